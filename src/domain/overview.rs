//! How much there is of what the console's sidebar leads to.

/// Counts of an account. All are kept or bounded: every page asks for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub members: i64,
    /// Without legacy groups.
    pub groups: i64,
    pub legacy_groups: i64,
    /// Without the built-in one.
    pub connections: i64,
    /// Changes that the brake holds; at most [`HELD_MAX`].
    pub held: i64,
}

/// So many held changes are counted, and no more.
pub const HELD_MAX: i64 = 1000;
