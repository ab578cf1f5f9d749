//! What holds of every PATCH: random people and groups, random operations.
//!
//! `PROVOST_PATCH_CASES` sets how many of each (default 48).

mod groups;
mod shapes;
mod users;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use crate::harness::variable;

/// Runs `law` for random values; the smallest that breaks it is in the message.
#[track_caller]
fn check<S: Strategy>(values: &S, law: impl Fn(S::Value) -> TestCaseResult) {
    let cases = variable("PROVOST_PATCH_CASES").unwrap_or(48);
    let config = Config {
        cases: u32::try_from(cases).expect("a count"),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let broken = TestRunner::new(config).run(values, law);
    assert!(broken.is_ok(), "{}", broken.unwrap_err());
}
