//! How much there is of what the console's sidebar leads to.

use super::brake::Brake;
use crate::domain::connection::{ConnectionRef, Signs};

/// A provider, for what is said of all of them in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSync {
    pub connection: String,
    /// How it fares, and when it was: what is red elsewhere is not said to sync.
    pub signs: Signs,
}

/// A connection that holds changes, for what is said of its brake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    pub brake: Brake,
    pub paused: bool,
    /// How many people it removed within the brake's window, which count against it.
    pub removed: i64,
}

/// Counts of an account. All are kept or bounded: every page asks for them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    pub members: i64,
    /// Without legacy groups.
    pub groups: i64,
    /// Groups in use whose names are legacy names, or nearly: at most [`LEGACY_MAX`].
    pub legacy_waiting: i64,
    /// Whether there are legacy groups at all, or a migration that can be undone.
    pub legacy: bool,
    /// Without the built-in one.
    pub connections: i64,
    /// Changes that the brake holds; at most [`HELD_MAX`].
    pub held: i64,
    /// The connection that holds them, where it is one alone.
    pub held_by: Option<ConnectionRef>,
    /// Those that hold them, at most [`SYNCS_MAX`].
    pub holders: Vec<Holder>,
    /// The providers that sent something, or are paused: at most [`SYNCS_MAX`], those that hold
    /// changes first, then those that sent something last.
    pub syncs: Vec<LastSync>,
}

/// So many held changes are counted, and no more.
pub const HELD_MAX: i64 = 1000;
/// So many connections are looked at, and no more.
pub const SYNCS_MAX: i64 = 20;
/// So many groups with legacy names are counted, and no more.
pub const LEGACY_MAX: i64 = 1000;
