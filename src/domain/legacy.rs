//! Groups whose names grant a role, `CF-<account> - <Role>`, and how they become user groups.

pub mod access;
pub mod document;
pub mod mapping;
pub mod name;
pub mod new_name;
pub mod plan;
pub mod refusal;
pub mod run;

use super::connection::ConnectionRef;

/// What SCIM ids of legacy groups begin with; the permission group's id follows.
pub const SCIM_ID_PREFIX: &str = "cloudflare-v1-";

/// By what name a connection knows a group that has another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldName {
    pub connection: ConnectionRef,
    pub name: String,
    /// When the connection last wrote to the group while it knew it by that name; milliseconds
    /// since 1970, UTC.
    pub seen_ms: Option<i64>,
    /// When it sent another name: since then it is shown the group's own.
    pub renamed_ms: Option<i64>,
}
