//! Groups whose names grant a role, `CF-<account> - <Role>`, and how they become user groups.

pub mod access;
pub mod called;
pub mod calls;
pub mod document;
pub mod mapping;
pub mod name;
pub mod new_name;
pub mod plan;
pub mod refusal;
pub mod run;
pub mod steps;
pub mod terraform;

use super::catalogue;
use super::connection::ConnectionRef;
use super::id::{AccountId, PermissionGroupId};
use super::role::IdSource;
use super::text::shown;
use plan::{Plan, PlannedGroup};

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

/// A name of a plan's file for a comment in another one: on one line, and without what can't be
/// seen.
fn comment(name: &str) -> String {
    // A plan's file may have been written by anybody; no name is that long.
    let chars: Vec<char> = name.chars().take(320).collect();
    let parts = chars.chunks(80);
    parts
        .map(|part| shown(&part.iter().collect::<String>()))
        .collect()
}

/// The account that an export is for: the one whose groups were in the file, else the plan's.
fn account_of(plan: &Plan) -> AccountId {
    let import = plan.options.import.as_ref();
    import.map_or(plan.account, |import| import.from_account)
}

/// The groups that an export makes, with their new names.
fn made(plan: &Plan) -> impl Iterator<Item = (&PlannedGroup, &str)> {
    let groups = plan.groups.iter().filter(|group| group.takes_part());
    groups.filter_map(|group| Some((group, group.new_name.as_deref()?)))
}

/// The groups that it leaves out.
fn left_out(plan: &Plan) -> impl Iterator<Item = &PlannedGroup> {
    let is_made = |group: &&PlannedGroup| group.takes_part() && group.new_name.is_some();
    plan.groups.iter().filter(move |group| !is_made(group))
}

/// Whether the id is Cloudflare's own. Others are Provost's alone, and the role is to be found by
/// its name.
fn is_published(id: PermissionGroupId) -> bool {
    let role = catalogue::roles()
        .iter()
        .find(|role| role.permission_group == id);
    role.is_some_and(|role| role.permission_group_source == Some(IdSource::Published))
}
