//! What a hash costs on this machine (T-20): measured when the first server starts here, and kept.
//! A quarter to half a second is more than anybody who guesses wants to pay, and no wait for
//! whoever signs in.

use rusqlite::Connection;

use super::{Cost, hash};
use crate::domain::error::Result;
use crate::env::Clock;
use crate::store::Db;
use crate::store::open::OpenError;
use crate::store::sql::{find, run};
use crate::store::tx::WriteTx;

/// Milliseconds that one hash shall take.
const TOOK_MIN_MS: u64 = 250;
const TOOK_MAX_MS: u64 = 500;
const TOOK_GOAL_MS: u64 = 350;
/// Memory to choose from: a slow machine gives up some before it gives up the second pass.
const MEMORIES_KIB: [u32; 4] = [64 * 1024, 46 * 1024, 32 * 1024, Cost::FLOOR.memory_kib];
const PASSES_MAX: u32 = 16;
/// Each time is the least of so many: something else may have run meanwhile.
const RUNS: usize = 3;
/// Corrections of the first choice.
const STEPS_MAX: usize = 6;

/// What was measured here; `None`: nothing yet.
pub(in crate::store) fn stored(conn: &Connection) -> std::result::Result<Option<Cost>, OpenError> {
    Ok(find(
        conn,
        "SELECT memory_kib, passes FROM password_cost",
        [],
        |row| {
            Ok(Cost {
                memory_kib: row.get(0)?,
                passes: row.get(1)?,
            })
        },
    )?)
}

fn store(tx: &WriteTx<'_>, cost: Cost, took_ms: u64) -> Result<()> {
    run(
        tx.conn(),
        "INSERT INTO password_cost (seq, memory_kib, passes, took_ms, measured_ms)
         VALUES (1, ?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        (
            cost.memory_kib,
            cost.passes,
            i64::try_from(took_ms).unwrap_or(i64::MAX),
            tx.now_ms(),
        ),
    )?;
    Ok(())
}

impl Db {
    /// Measures what a hash may cost, where that was never done here, and keeps to it from then
    /// on. It takes some seconds of one core; until then hashes cost what is usual.
    ///
    /// Errors: `Unavailable`, `StorageFull`, `Internal`.
    pub fn calibrate_passwords(&self) -> Result<()> {
        if self.passwords().is_calibrated() {
            return Ok(());
        }
        let clock = self.clock().clone();
        let (cost, took_ms) = choose(|cost| measure(&clock, cost))?;
        self.write_blocking(self.own_write("password cost"), move |tx| {
            store(tx, cost, took_ms)
        })?;
        self.passwords().set_cost(cost);
        let Cost { memory_kib, passes } = cost;
        tracing::info!(
            memory_kib,
            passes,
            took_ms,
            "measured what a password's hash may cost"
        );
        Ok(())
    }
}

/// Milliseconds that a hash takes.
fn measure(clock: &Clock, cost: Cost) -> Result<u64> {
    let peppered = zeroize::Zeroizing::new([7; 32]);
    let mut least = u64::MAX;
    for _ in 0..RUNS {
        let begun = clock.monotonic_us();
        hash(cost, &peppered, &[7; 16])?;
        least = least.min(clock.monotonic_us().saturating_sub(begun) / 1000);
    }
    Ok(least)
}

/// The cost whose hashes take as long as they shall, and how long that is.
fn choose(mut measure: impl FnMut(Cost) -> Result<u64>) -> Result<(Cost, u64)> {
    let mut cost = Cost::FLOOR;
    let mut took = 0;
    for memory_kib in MEMORIES_KIB {
        cost = Cost {
            memory_kib,
            passes: Cost::FLOOR.passes,
        };
        took = measure(cost)?;
        if took <= TOOK_MAX_MS {
            break;
        }
    }
    let mut wanted = passes_for(cost.passes, took);
    for _ in 0..STEPS_MAX {
        if wanted == cost.passes {
            break;
        }
        cost.passes = wanted;
        took = measure(cost)?;
        wanted = match took {
            TOOK_MIN_MS..=TOOK_MAX_MS => cost.passes,
            took => passes_for(cost.passes, took),
        };
    }
    Ok((cost, took))
}

/// How many passes the goal allows, when so many took so long.
fn passes_for(passes: u32, took_ms: u64) -> u32 {
    let wanted = TOOK_GOAL_MS * u64::from(passes) / took_ms.max(1);
    let wanted = u32::try_from(wanted).unwrap_or(PASSES_MAX);
    wanted.clamp(Cost::FLOOR.passes, PASSES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine that takes so many microseconds for a pass over a mebibyte.
    fn machine(us: u64) -> (Cost, u64) {
        let took = |cost: Cost| {
            let work = u64::from(cost.memory_kib / 1024) * u64::from(cost.passes);
            Ok(work * us / 1000)
        };
        choose(took).expect("a cost")
    }

    #[test]
    fn each_machine_takes_a_quarter_to_half_a_second() {
        for us in [350, 500, 1000, 1500, 2500, 3900, 5000, 7000, 12_000] {
            let (cost, took) = machine(us);
            assert!(
                (TOOK_MIN_MS..=TOOK_MAX_MS).contains(&took),
                "{us}: {cost:?}, {took}"
            );
            assert!(
                cost.passes >= 2 && cost.memory_kib >= 19 * 1024,
                "{us}: {cost:?}"
            );
        }
        assert_eq!(machine(1000).0.memory_kib, 64 * 1024);
    }

    #[test]
    fn neither_a_fast_nor_a_slow_one_leaves_what_is_allowed() {
        assert_eq!(
            machine(1).0,
            Cost {
                memory_kib: 64 * 1024,
                passes: PASSES_MAX
            }
        );
        assert_eq!(machine(1_000_000).0, Cost::FLOOR);
    }
}
