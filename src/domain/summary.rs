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
    /// About how many of these people and groups a later request was accepted.
    pub accepted: i64,
    /// How many people and groups more would not be refused for that reason any more, with no
    /// later request that was accepted: somebody at this end saw to it.
    pub lifted: i64,
    /// Whether each token that was no good, where that was the reason, was accepted since.
    pub token_accepted: bool,
    /// The first and the last of those that were looked at; milliseconds since 1970, UTC.
    pub first_ms: i64,
    pub last_ms: i64,
}

impl Refusals {
    /// People and groups together.
    pub fn objects(&self) -> i64 {
        self.people + self.groups
    }

    /// Whether a later request was accepted about everything that is refused still. That it asked
    /// for the same is not said by that.
    pub fn is_settled(&self) -> bool {
        let any = self.objects() + self.lifted > 0;
        let all = self.others == 0 && any && self.accepted == self.objects();
        all || self.token_accepted
    }

    /// Whether nothing is left to be told of it, not even that something was accepted.
    pub fn is_over(&self) -> bool {
        self.lifted > 0 && self.others == 0 && self.objects() == 0
    }
}
