//! Random directories, and random changes of them by the use cases.

mod bulk;
mod guard;
mod pages;
mod preview;
mod removal;
mod world;

/// How long a test runs.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no setting of the product"
)]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
