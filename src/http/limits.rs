//! Limits that are about many requests: how many at once, how many of one token, how many
//! connections of one address. Constant memory each.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::{OperatorId, TokenId};
use crate::store::tokens::SecretHash;

/// Counts requests being answered.
pub struct InFlight {
    max: usize,
    now: Arc<AtomicUsize>,
}

/// A place among the requests being answered; given back when it is dropped.
pub struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl InFlight {
    pub fn new(max: usize) -> Self {
        Self {
            max,
            now: Arc::default(),
        }
    }

    /// `None` when as many are being answered as may be.
    pub fn enter(&self) -> Option<Place> {
        let before = self.now.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.now));
        (before < self.max).then_some(place)
    }

    pub fn now(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }
}

/// Feeds of one operator at once: each looks at the database every second.
const FEEDS_MAX: usize = 12;

/// Counts what is sent without end, by whose it is.
#[derive(Default)]
pub struct Feeds(Arc<Mutex<HashMap<OperatorId, usize>>>);

/// A place among an operator's feeds; given back when it is dropped.
pub struct FeedPlace {
    feeds: Arc<Mutex<HashMap<OperatorId, usize>>>,
    operator: OperatorId,
}

impl Feeds {
    /// `None` when the operator follows as many as they may.
    pub fn enter(&self, operator: OperatorId) -> Option<FeedPlace> {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = feeds.entry(operator).or_default();
        if *now >= FEEDS_MAX {
            return None;
        }
        *now += 1;
        let feeds = Arc::clone(&self.0);
        Some(FeedPlace { feeds, operator })
    }
}

impl Drop for FeedPlace {
    fn drop(&mut self) {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = feeds.get_mut(&self.operator) {
            *now -= 1;
            if *now == 0 {
                feeds.remove(&self.operator);
            }
        }
    }
}

/// Whose requests are counted together: a token's, or those with one value that a roll replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateOf([u8; 16]);

impl RateOf {
    pub fn token(token: TokenId) -> Self {
        Self(*token.as_bytes())
    }

    /// The beginning of a value's hash: as good as random, like a token's id.
    pub fn value(secret: &SecretHash) -> Self {
        let mut beginning = [0; 16];
        beginning.copy_from_slice(&secret[..16]);
        Self(beginning)
    }
}

/// Rates of tokens that are kept before those that are over are let go.
const RATES_KEPT_MAX: usize = 4096;

/// How fast each token may send: GCRA, one number a token.
pub struct TokenRates {
    /// Microseconds between two requests in the long run; `None`: no limit.
    interval: Option<u64>,
    /// How far ahead of its rate a token may be, in microseconds.
    tolerance: u64,
    /// When each token's next request is due, in microseconds.
    due: Mutex<HashMap<RateOf, u64>>,
}

impl TokenRates {
    pub fn new(per_second: u32, burst: u32) -> Self {
        let interval = (per_second > 0).then(|| (1_000_000 / u64::from(per_second)).max(1));
        Self {
            interval,
            tolerance: interval.unwrap_or(0) * u64::from(burst.max(1) - 1),
            due: Mutex::default(),
        }
    }

    /// Whether one more may be sent now; else the whole seconds until it may.
    pub fn admit(&self, whose: RateOf, now_us: u64) -> Result<(), u32> {
        let Some(interval) = self.interval else {
            return Ok(());
        };
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if due.len() >= RATES_KEPT_MAX && !due.contains_key(&whose) {
            // What is not due any more is as good as never seen.
            due.retain(|_, next_us| *next_us > now_us);
        }
        let due = due.entry(whose).or_default();
        let earliest = due.saturating_sub(self.tolerance);
        if now_us < earliest {
            let seconds = (earliest - now_us).div_ceil(1_000_000);
            return Err(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        *due = (*due).max(now_us) + interval;
        Ok(())
    }
}

/// Counts the connections of each address (IPv6: each /64).
pub struct AddressConnections {
    max: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One open connection. Whether there were too many of its address when it opened stays with
/// it, so that it is refused at its first request.
pub struct OpenConnection {
    key: Option<IpAddr>,
    pub too_many: bool,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl AddressConnections {
    pub fn new(max: usize) -> Self {
        Self {
            max,
            open: Arc::default(),
        }
    }

    /// `exempt`: loopback and trusted proxies speak for many.
    pub fn open(&self, address: IpAddr, exempt: bool) -> OpenConnection {
        let open = Arc::clone(&self.open);
        if exempt {
            return OpenConnection {
                key: None,
                too_many: false,
                open,
            };
        }
        let key = network_of(address);
        let mut counts = open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_default();
        *count += 1;
        let too_many = *count > self.max;
        drop(counts);
        OpenConnection {
            key: Some(key),
            too_many,
            open,
        }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut counts = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}

/// One customer has a /64 of IPv6 addresses: they count as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_follows_a_few_feeds_and_others_as_many() {
        let feeds = Feeds::default();
        let [ada, eve] = [1, 2].map(|n| OperatorId::from_bytes([n; 16]));
        let mut places: Vec<_> = (0..FEEDS_MAX).map(|_| feeds.enter(ada)).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(feeds.enter(ada).is_none());
        assert!(feeds.enter(eve).is_some());
        places.pop();
        assert!(feeds.enter(ada).is_some());
    }

    #[test]
    fn one_more_than_the_limit_finds_no_place() {
        let in_flight = InFlight::new(2);
        let first = in_flight.enter();
        let second = in_flight.enter();
        assert!(first.is_some() && second.is_some());
        assert!(in_flight.enter().is_none());
        drop(first);
        assert!(in_flight.enter().is_some());
    }

    #[test]
    fn a_token_may_send_its_burst_and_then_its_rate() {
        let rates = TokenRates::new(10, 3);
        let token = RateOf::token(TokenId::from_bytes([1; 16]));
        for _ in 0..3 {
            assert_eq!(rates.admit(token, 1_000_000), Ok(()));
        }
        assert_eq!(rates.admit(token, 1_000_000), Err(1));
        assert_eq!(rates.admit(token, 1_100_000), Ok(()));
        assert_eq!(rates.admit(token, 1_100_000), Err(1));
        assert_eq!(rates.admit(RateOf::value(&[2; 32]), 1_100_000), Ok(()));
    }

    #[test]
    fn zero_is_no_rate_limit() {
        let rates = TokenRates::new(0, 0);
        for _ in 0..100_000 {
            assert_eq!(rates.admit(RateOf::value(&[1; 32]), 5), Ok(()));
        }
    }

    #[test]
    fn connections_of_one_address_are_counted_and_given_back() {
        let connections = AddressConnections::new(2);
        let from = |text: &str| connections.open(text.parse().expect("an address"), false);
        let held = [from("192.0.2.1"), from("192.0.2.1")];
        assert!(!held[0].too_many && !held[1].too_many);
        assert!(from("192.0.2.1").too_many);
        assert!(!from("192.0.2.2").too_many);
        drop(held);
        assert!(!from("192.0.2.1").too_many);
        let one_network = [
            from("2001:db8::1"),
            from("2001:db8::2"),
            from("2001:db8::3"),
        ];
        assert!(one_network[2].too_many);
        let exempt = "127.0.0.1".parse().expect("an address");
        let many: Vec<_> = (0..9).map(|_| connections.open(exempt, true)).collect();
        assert!(many.iter().all(|connection| !connection.too_many));
    }
}
