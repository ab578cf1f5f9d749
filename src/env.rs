//! The clock and the source of randomness: the only callers of the operating system's own.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rustix::rand::{GetRandomFlags, getrandom};

/// Tells the time. Tests hold it still and move it by hand.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    fixed_ms: Option<Arc<AtomicI64>>,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock the others ask"
    )]
    pub fn system() -> Self {
        Self {
            start: Instant::now(),
            fixed_ms: None,
        }
    }

    /// A clock that stands at `ms` until the returned handle moves it.
    pub fn fixed(ms: i64) -> (Self, Arc<AtomicI64>) {
        let handle = Arc::new(AtomicI64::new(ms));
        let clock = Self {
            fixed_ms: Some(Arc::clone(&handle)),
            ..Self::system()
        };
        (clock, handle)
    }

    /// Milliseconds since 1970, UTC, as the machine believes.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock the others ask"
    )]
    pub fn now_ms(&self) -> i64 {
        if let Some(fixed) = &self.fixed_ms {
            return fixed.load(Ordering::Relaxed);
        }
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// Microseconds since this clock was made; never goes back.
    pub fn monotonic_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Random bytes fetched at once for ids: a call of the system costs more than all the rest of
/// making one.
const ID_BYTES_FETCHED: usize = 1024;
/// Random bits of a UUIDv7, in bytes.
const ID_BYTES: usize = 10;

thread_local! {
    static FOR_IDS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The operating system's randomness.
#[derive(Clone, Debug, Default)]
pub struct Entropy;

impl Entropy {
    /// Random bytes, fresh from the system: secrets are made of these.
    ///
    /// # Panics
    /// When the system's generator fails, which it can't once it has been seeded: there would
    /// be no safe way on.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let mut filled = 0;
        while filled < N {
            filled += getrandom(&mut bytes[filled..], GetRandomFlags::empty())
                .expect("the operating system has randomness");
        }
        bytes
    }

    /// A UUIDv7 (RFC 9562 5.7): its first 48 bits are `now_ms`, so new rows land at the right
    /// edge of an index. Its last two bits are 0: with others in their place it names what belongs
    /// to the same thing (see `domain::id`). An id is no secret.
    pub fn uuid_v7(&self, now_ms: i64) -> [u8; 16] {
        let ms = u64::try_from(now_ms).unwrap_or_default();
        let random = FOR_IDS.with_borrow_mut(|left| {
            if left.len() < ID_BYTES {
                left.extend_from_slice(&self.bytes::<ID_BYTES_FETCHED>());
            }
            let mut random = [0; ID_BYTES];
            random.copy_from_slice(&left[left.len() - ID_BYTES..]);
            random[ID_BYTES - 1] &= !3;
            left.truncate(left.len() - ID_BYTES);
            random
        });
        uuid::Builder::from_unix_timestamp_millis(ms, &random)
            .into_uuid()
            .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_of_one_moment_differ_and_those_of_later_ones_sort_later() {
        let ids: HashSet<_> = (0..10_000).map(|_| Entropy.uuid_v7(5)).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(Entropy.uuid_v7(5) < Entropy.uuid_v7(6));
        assert!(ids.iter().all(|id| id[15].trailing_zeros() >= 2));
    }
}
