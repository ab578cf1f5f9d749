//! The clock and the source of randomness: the only callers of the operating system's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

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

/// The operating system's randomness.
#[derive(Clone, Debug, Default)]
pub struct Entropy;

impl Entropy {
    /// Random bytes.
    ///
    /// # Panics
    /// When the system's generator fails, which it can't once it has been seeded: there would
    /// be no safe way on.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        SystemRandom::new()
            .fill(&mut bytes)
            .expect("the operating system has randomness");
        bytes
    }

    /// A UUIDv7 (RFC 9562 5.7): its first 48 bits are `now_ms`, so new rows land at the right
    /// edge of an index.
    pub fn uuid_v7(&self, now_ms: i64) -> [u8; 16] {
        let ms = u64::try_from(now_ms).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(ms, &self.bytes())
            .into_uuid()
            .into_bytes()
    }
}
