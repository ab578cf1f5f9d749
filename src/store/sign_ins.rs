//! How often somebody may guess (T-23): constant memory, whoever tries. What is counted is the
//! pair of a name and a network, so that nobody is kept out by guesses from elsewhere.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::id::OperatorId;

const SLOTS: usize = 65_536;
/// Failures before the first delay.
const FREE_FAILURES: u32 = 5;
/// The same of one network, whatever names it tries.
const FREE_FAILURES_OF_NETWORK: u32 = 40;
const DELAY_SECONDS_MAX: u32 = 300;
/// Half of the failures are forgotten after so many seconds without another.
const HALF_LIFE_SECONDS: u32 = 900;
/// Guesses of all unknown networks together: so many a second in the long run, and at once.
const GUESSES_PER_SECOND: u32 = 10;
const GUESSES_AT_ONCE: u32 = 60;
/// For so many hashes of names it is remembered until when one was held back.
const HELD_BACK_SLOTS: usize = 4096;
/// Names that an administrator unlocked, of which it is remembered.
const UNLOCKED_MAX: usize = 4096;

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    failures: u32,
    last_s: u32,
    until_s: u32,
}

/// A guess, by what its failures are counted under.
#[derive(Debug, Clone, Copy)]
pub enum Guess<'a> {
    /// A password for that name. `known`: somebody of that name has signed in from that network,
    /// so what others do there and elsewhere is not held against them.
    Password {
        name: &'a str,
        network: &'a str,
        known: bool,
    },
    /// A code of a second factor, by somebody who knows the password.
    Code { operator: OperatorId },
    /// The own password again, by somebody who is signed in: nobody else's guesses are held
    /// against them.
    Own { operator: OperatorId },
    /// A code of a link.
    Link { network: &'a str },
}

/// The counters. Nothing is kept over a restart, which no guesser can bring about.
#[derive(Debug, Default)]
pub struct SignIns {
    state: Mutex<Option<State>>,
}

#[derive(Debug)]
struct State {
    slots: Vec<Slot>,
    random: RandomState,
    /// How often a name was unlocked: it is part of the key.
    unlocked: HashMap<String, u32>,
    /// Until when somebody of a name had to wait, wherever they are. It decides nothing: names
    /// that share a place are taken for each other.
    held_back: Vec<u32>,
    /// Guesses of unknown networks that may still be made, and when that was worked out.
    left: u32,
    left_s: u32,
}

/// The network that counts as one: an IPv4 /24, an IPv6 /56.
pub fn network_of(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Some(IpAddr::V6(v6)) => {
            let net = std::net::Ipv6Addr::from_bits(v6.to_bits() >> 72 << 72);
            format!("{net}/56")
        }
        None => "unknown".to_owned(),
    }
}

impl SignIns {
    /// Counts a guess before anything is computed for it, so that guesses at once are as many as
    /// they are; else the whole seconds to wait.
    pub fn begin(&self, guess: Guess<'_>, now_ms: i64) -> Result<(), u32> {
        let now = seconds(now_ms);
        let mut state = self.lock();
        let state = state.get_or_insert_with(|| State::new(now));
        let keys = state.keys(guess);
        let wait = keys.iter().map(|(key, _)| {
            let slot = state.slots[*key];
            slot.until_s.saturating_sub(now)
        });
        let wait = wait.max().unwrap_or_default();
        if wait > 0 {
            return Err(wait);
        }
        if !matches!(
            guess,
            Guess::Password { known: true, .. } | Guess::Own { .. }
        ) {
            state.spend(now)?;
        }
        let pair = keys.first().map(|(key, _)| *key);
        for (key, free) in keys {
            state.slots[key].fail(now, free);
        }
        if let (Guess::Password { name, .. }, Some(pair)) = (guess, pair) {
            let (place, until_s) = (state.place(name), state.slots[pair].until_s);
            state.held_back[place] = state.held_back[place].max(until_s);
        }
        Ok(())
    }

    /// Whether failures of that name, or with its operator's codes, still count so much that
    /// [`Self::unlock`] would help.
    pub fn is_held_back(&self, name: &str, operator: OperatorId, now_ms: i64) -> bool {
        let now = seconds(now_ms);
        let state = self.lock();
        let Some(state) = state.as_ref() else {
            return false;
        };
        let lately = |until_s: u32| until_s > 0 && until_s + HALF_LIFE_SECONDS > now;
        let own = [Guess::Code { operator }, Guess::Own { operator }];
        let mut own = own.into_iter().flat_map(|guess| state.keys(guess));
        lately(state.held_back[state.place(name)])
            || own.any(|(key, _)| lately(state.slots[key].until_s))
    }

    /// The guess was right: nothing of it is held against anybody.
    pub fn succeeded(&self, guess: Guess<'_>) {
        let mut state = self.lock();
        let Some(state) = state.as_mut() else { return };
        let own = !matches!(guess, Guess::Link { .. });
        // One good name does not make up for the others that a network tried.
        for (key, _) in state.keys(guess).into_iter().take(usize::from(own)) {
            state.slots[key] = Slot::default();
        }
    }

    /// Forgets all failures of that name, from wherever they came.
    pub fn unlock(&self, name: &str, operator: OperatorId) {
        let mut state = self.lock();
        let Some(state) = state.as_mut() else { return };
        if state.unlocked.len() >= UNLOCKED_MAX {
            state.unlocked.clear();
        }
        *state.unlocked.entry(name.to_owned()).or_default() += 1;
        let place = state.place(name);
        state.held_back[place] = 0;
        for guess in [Guess::Code { operator }, Guess::Own { operator }] {
            for (key, _) in state.keys(guess) {
                state.slots[key] = Slot::default();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(now: u32) -> Self {
        Self {
            slots: vec![Slot::default(); SLOTS],
            random: RandomState::new(),
            unlocked: HashMap::new(),
            held_back: vec![0; HELD_BACK_SLOTS],
            left: GUESSES_AT_ONCE,
            left_s: now,
        }
    }

    /// The slots that count a guess, the own one first, and the failures each lets pass.
    fn keys(&self, guess: Guess<'_>) -> Vec<(usize, u32)> {
        match guess {
            Guess::Password {
                name,
                network,
                known,
            } => {
                let times = self.unlocked.get(name).copied().unwrap_or_default();
                let pair = self.slot(&("pair", name, network, times));
                let net = self.slot(&("network", network));
                let mut keys = vec![(pair, FREE_FAILURES)];
                keys.extend((!known).then_some((net, FREE_FAILURES_OF_NETWORK)));
                keys
            }
            Guess::Code { operator } => {
                vec![(self.slot(&("code", operator.as_bytes())), FREE_FAILURES)]
            }
            Guess::Own { operator } => {
                vec![(self.slot(&("own", operator.as_bytes())), FREE_FAILURES)]
            }
            Guess::Link { network } => {
                vec![(self.slot(&("link", network)), FREE_FAILURES_OF_NETWORK)]
            }
        }
    }

    fn slot(&self, key: &impl std::hash::Hash) -> usize {
        let hash = self.random.hash_one(key);
        usize::try_from(hash % SLOTS as u64).unwrap_or_default()
    }

    fn place(&self, name: &str) -> usize {
        let hash = self.random.hash_one(("name", name));
        usize::try_from(hash % HELD_BACK_SLOTS as u64).unwrap_or_default()
    }

    fn spend(&mut self, now: u32) -> Result<(), u32> {
        let back = now
            .saturating_sub(self.left_s)
            .saturating_mul(GUESSES_PER_SECOND);
        self.left = self.left.saturating_add(back).min(GUESSES_AT_ONCE);
        self.left_s = now;
        self.left = self.left.checked_sub(1).ok_or(1_u32)?;
        Ok(())
    }
}

impl Slot {
    fn fail(&mut self, now: u32, free: u32) {
        let quiet = now.saturating_sub(self.last_s) / HALF_LIFE_SECONDS;
        self.failures = self.failures.checked_shr(quiet).unwrap_or_default() + 1;
        self.last_s = now;
        let over = self.failures.saturating_sub(free);
        let again = (self.failures >= free).then(|| 1_u32.checked_shl(over));
        if let Some(delay) = again {
            let delay = delay.unwrap_or(DELAY_SECONDS_MAX).min(DELAY_SECONDS_MAX);
            self.until_s = now.saturating_add(delay.max(1));
            // Delays no longer grow from here on.
            self.failures = self.failures.min(free + 16);
        }
    }
}

fn seconds(ms: i64) -> u32 {
    u32::try_from(ms / 1000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_000_000_000;

    fn guess<'a>(name: &'a str, network: &'a str) -> Guess<'a> {
        let known = false;
        Guess::Password {
            name,
            network,
            known,
        }
    }

    #[test]
    fn after_five_failures_each_delay_is_twice_the_one_before() {
        let sign_ins = SignIns::default();
        let ada = guess("ada", "192.0.2.0/24");
        for _ in 0..5 {
            assert_eq!(sign_ins.begin(ada, NOW_MS), Ok(()));
        }
        let mut now = NOW_MS;
        let mut delays = Vec::new();
        for _ in 0..11 {
            let wait = sign_ins.begin(ada, now).expect_err("a delay");
            delays.push(wait);
            now += i64::from(wait) * 1000;
            assert_eq!(sign_ins.begin(ada, now), Ok(()));
        }
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn a_stranger_elsewhere_keeps_nobody_out() {
        let sign_ins = SignIns::default();
        for _ in 0..5 {
            let _ = sign_ins.begin(guess("ada", "198.51.100.0/24"), NOW_MS);
        }
        assert!(
            sign_ins
                .begin(guess("ada", "198.51.100.0/24"), NOW_MS)
                .is_err()
        );
        assert_eq!(sign_ins.begin(guess("ada", "192.0.2.0/24"), NOW_MS), Ok(()));
    }

    #[test]
    fn a_flood_from_everywhere_stops_only_networks_that_are_not_known() {
        let sign_ins = SignIns::default();
        let refused = (0..1000).filter(|i| {
            let network = format!("10.{}.{}.0/24", i / 250, i % 250);
            sign_ins.begin(guess("ada", &network), NOW_MS).is_err()
        });
        assert_eq!(refused.count(), 1000 - 60);
        let known = Guess::Password {
            name: "ada",
            network: "192.0.2.0/24",
            known: true,
        };
        assert_eq!(sign_ins.begin(known, NOW_MS), Ok(()));
        assert_eq!(
            sign_ins.begin(guess("ada", "203.0.113.0/24"), NOW_MS + 1000),
            Ok(())
        );
    }

    #[test]
    fn success_and_an_administrator_clear_what_was_counted() {
        let sign_ins = SignIns::default();
        let (ada, operator) = (
            guess("ada", "192.0.2.0/24"),
            OperatorId::from_bytes([1; 16]),
        );
        let fill = |guess| while sign_ins.begin(guess, NOW_MS).is_ok() {};
        fill(ada);
        sign_ins.succeeded(ada);
        assert_eq!(sign_ins.begin(ada, NOW_MS), Ok(()));
        let held_back = |at_ms| sign_ins.is_held_back("ada", operator, at_ms);
        fill(ada);
        assert!(held_back(NOW_MS));
        assert!(!held_back(NOW_MS + i64::from(HALF_LIFE_SECONDS) * 2000));
        fill(Guess::Code { operator });
        sign_ins.unlock("ada", operator);
        assert!(!held_back(NOW_MS));
        assert_eq!(sign_ins.begin(ada, NOW_MS + 10_000), Ok(()));
        assert_eq!(
            sign_ins.begin(Guess::Code { operator }, NOW_MS + 10_000),
            Ok(())
        );
    }

    #[test]
    fn failures_are_forgotten_by_and_by() {
        let sign_ins = SignIns::default();
        let ada = guess("ada", "192.0.2.0/24");
        while sign_ins.begin(ada, NOW_MS).is_ok() {}
        let later = NOW_MS + i64::from(HALF_LIFE_SECONDS) * 1000 * 4;
        assert_eq!(sign_ins.begin(ada, later), Ok(()));
        assert_eq!(sign_ins.begin(ada, later), Ok(()));
    }

    #[test]
    fn a_network_is_what_one_customer_has() {
        let of = |text: &str| network_of(text.parse().ok());
        assert_eq!(of("192.0.2.7"), "192.0.2.0/24");
        assert_eq!(of("::ffff:192.0.2.9"), "192.0.2.0/24");
        assert_eq!(of("2001:db8:1:2ff:3::4"), "2001:db8:1:200::/56");
    }
}
