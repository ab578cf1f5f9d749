//! What the overview of an account tells.

use super::connection::{ConnectionRef, ProviderKind};
use super::id::GroupId;
use super::reason::Reason;

/// A group that has members and gives them nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleGroup {
    pub id: GroupId,
    pub name: String,
    pub members: i64,
}

/// What a provider was refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    pub connection: ConnectionRef,
    pub kind: ProviderKind,
    pub reason: Option<Reason>,
    pub requests: i64,
    /// How many people and groups they were about, and how many of them were about neither.
    pub people: i64,
    pub groups: i64,
    pub others: i64,
    /// Milliseconds since 1970, UTC.
    pub last_ms: i64,
}
