//! How often in a minute something is told of each token, so that a flood fills few rows.

use std::collections::HashMap;
use std::sync::Mutex;

use super::{MINUTE_MS, lock};

/// By the token's key: the minute, and how often it was asked in it.
#[derive(Debug, Default)]
pub(super) struct PerMinute(Mutex<HashMap<i64, (i64, u32)>>);

impl PerMinute {
    /// Whether this is one of the first `max` times in the minute of `now_ms`. Holds the tokens of
    /// one minute alone.
    pub(super) fn admits(&self, token: i64, now_ms: i64, max: u32) -> bool {
        let minute = now_ms.div_euclid(MINUTE_MS);
        let mut asked = lock(&self.0);
        asked.retain(|_, (at, _)| *at == minute);
        let (_, times) = asked.entry(token).or_insert((minute, 0));
        *times = times.saturating_add(1);
        *times <= max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_so_many_times_in_each_minute() {
        let told = PerMinute::default();
        let admitted = |token, at_ms| (0..5).filter(|_| told.admits(token, at_ms, 2)).count();
        assert_eq!((admitted(1, 5), admitted(2, 6)), (2, 2));
        assert_eq!(admitted(1, MINUTE_MS - 1), 0);
        assert_eq!(admitted(1, MINUTE_MS), 2);
    }
}
