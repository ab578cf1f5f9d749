//! Steps of the machine's clock, as they show between two looks at it.

use std::sync::Mutex;

use super::lock;

/// A step larger than this is put on record, in milliseconds (T-106).
const STEP_MS: i64 = 60_000;

/// Two clocks read at once: they must advance together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    /// Milliseconds since 1970, UTC, and since the start.
    pub(super) wall_ms: i64,
    pub(super) steady_ms: i64,
}

/// What they showed last.
#[derive(Debug, Default)]
pub(super) struct Watched(Mutex<Option<Clocks>>);

impl Watched {
    /// The step since the last look, in milliseconds, when it is a large one. At the first look it
    /// shows only when the clock went back: `seen_ms` is the latest time known.
    pub(super) fn step(&self, now: Clocks, seen_ms: i64) -> Option<i64> {
        let before = lock(&self.0).replace(now);
        let step = match before {
            Some(before) => (now.wall_ms - before.wall_ms) - (now.steady_ms - before.steady_ms),
            None => (now.wall_ms - seen_ms).min(0),
        };
        (step.abs() > STEP_MS).then_some(step)
    }
}
