//! What the tests stand on: the whole product on a free port, and a client that holds every
//! answer to what all answers must have.

pub(crate) mod api;
pub(crate) mod app;
pub(crate) mod browserless;
pub(crate) mod checks;
#[cfg(debug_assertions)]
pub(crate) mod chrome;
pub(crate) mod client;
pub(crate) mod fixtures;
pub(crate) mod html;
pub(crate) mod operators;
pub(crate) mod pages;
pub(crate) mod process;
pub(crate) mod schema;
#[cfg(debug_assertions)]
pub(crate) mod seeded;
pub(crate) mod wire;

use std::time::Duration;

use provost::env::{Clock, Entropy};

/// Asks again and again until `done` says so; for what happens beside the test.
#[track_caller]
pub(crate) fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    const DEADLINE_US: u64 = 20_000_000;
    let clock = Clock::system();
    while !done() {
        assert!(
            clock.monotonic_us() < DEADLINE_US,
            "waited in vain for {what}"
        );
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// A text that an environment variable gives.
#[cfg(debug_assertions)]
#[expect(
    clippy::disallowed_methods,
    reason = "the harness of the tests is set by variables"
)]
pub(crate) fn named_folder(name: &str) -> Option<std::path::PathBuf> {
    std::env::var_os(name).map(Into::into)
}

/// A number that an environment variable gives.
#[expect(
    clippy::disallowed_methods,
    reason = "the harness of the tests is set by variables"
)]
pub(crate) fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// A small generator (xorshift*), so that a random test can be repeated from its seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A new seed each run.
    pub(crate) fn seed() -> u64 {
        u64::from_le_bytes(Entropy.bytes())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("64 bits");
        usize::try_from(self.next() % end).expect("below a usize")
    }
}

/// Runs `work` once for each of `count` numbers, all at once, and gives back what they gave.
pub(crate) fn at_once<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(count);
    std::thread::scope(|scope| {
        let (work, start) = (&work, &start);
        let threads: Vec<_> = (0..count)
            .map(|i| {
                scope.spawn(move || {
                    start.wait();
                    work(i)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("the thread ended well"))
            .collect()
    })
}
