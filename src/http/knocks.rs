//! Who asked for an account over SCIM by nobody's token: a provider that is being set up, perhaps.
//! Remembered since the server started, in constant memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::domain::id::AccountId;

/// Accounts of which it is remembered that they were asked for: also of those that don't exist,
/// which nobody looks up for a stranger.
const ACCOUNTS_MAX: usize = 1024;

/// One request that was let in no further than the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knock {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    pub address: Option<IpAddr>,
}

/// The last ones for an account.
#[derive(Debug, Clone, Copy)]
struct Last {
    /// Its place among all: clocks go back.
    order: u64,
    any: Knock,
    /// That came with a token, which nobody knows.
    unknown: Option<Knock>,
}

#[derive(Debug, Default)]
pub struct Knocks(Mutex<All>);

#[derive(Debug, Default)]
struct All {
    added: u64,
    last: HashMap<AccountId, Last>,
}

impl Knocks {
    /// `unknown`: it came with a token that nobody knows, and not without one.
    pub fn add(&self, account: AccountId, knock: Knock, unknown: bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.last.len() >= ACCOUNTS_MAX && !all.last.contains_key(&account) {
            // Whoever asks for accounts at random crowds nobody out for good.
            let oldest = all.last.iter().min_by_key(|(_, last)| last.order);
            if let Some(oldest) = oldest.map(|(account, _)| *account) {
                all.last.remove(&oldest);
            }
        }
        all.added += 1;
        let order = all.added;
        let last = all.last.entry(account).or_insert(Last {
            order,
            any: knock,
            unknown: None,
        });
        (last.order, last.any) = (order, knock);
        if unknown {
            last.unknown = Some(knock);
        }
    }

    /// The last one at `since_ms` or later: who came before a connection was made was not its
    /// provider.
    pub fn any(&self, account: AccountId, since_ms: i64) -> Option<Knock> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = all.last.get(&account)?.any;
        (last.at_ms >= since_ms).then_some(last)
    }

    /// The last one since then that came with an unknown token.
    pub fn unknown(&self, account: AccountId, since_ms: i64) -> Option<Knock> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = all.last.get(&account)?.unknown;
        last.filter(|knock| knock.at_ms >= since_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u16) -> AccountId {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        AccountId::from_bytes(bytes)
    }

    fn at(at_ms: i64) -> Knock {
        Knock {
            at_ms,
            address: None,
        }
    }

    #[test]
    fn a_request_without_a_token_is_told_apart_from_one_with_an_unknown_token() {
        let knocks = Knocks::default();
        knocks.add(account(1), at(5), false);
        assert_eq!(knocks.any(account(1), 5), Some(at(5)));
        assert_eq!(knocks.any(account(1), 6), None);
        assert_eq!(knocks.unknown(account(1), 0), None);
        knocks.add(account(1), at(6), true);
        knocks.add(account(1), at(7), false);
        assert_eq!(knocks.unknown(account(1), 6), Some(at(6)));
        assert_eq!(knocks.unknown(account(1), 7), None);
        assert_eq!(knocks.unknown(account(2), 0), None);
    }

    #[test]
    fn strangers_fill_no_memory_and_crowd_out_the_oldest_alone() {
        let knocks = Knocks::default();
        for number in 0..3000_u16 {
            knocks.add(account(number), at(i64::from(number)), true);
        }
        let held = knocks.0.lock().expect("a lock").last.len();
        assert_eq!(held, ACCOUNTS_MAX);
        assert!(knocks.any(account(2999), 0).is_some());
        assert_eq!(knocks.any(account(0), 0), None);
        // The newest stays, whatever the clock says of it.
        knocks.add(account(4000), at(-1), true);
        knocks.add(account(4001), at(-1), true);
        assert!(knocks.any(account(4000), -1).is_some());
    }
}
