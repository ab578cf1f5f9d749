//! A named set of members, which carries policies.

use std::fmt;

use super::connection::ConnectionMark;
use super::id::{ConnectionId, GroupId, GroupScimId, MemberId, PermissionGroupId};
use super::reference::Person;
use super::text::{ExternalId, GroupName};

/// Most members one group may hold.
pub const GROUP_MEMBERS_MAX: i64 = 1_000_000;
/// Most members one PATCH may add.
pub const PATCH_ADDS_MAX: usize = 20_000;
/// A PATCH of a larger group answers 204: the answer must not cost what the change did not.
pub const PATCH_ANSWER_MEMBERS_MAX: i64 = 200;

/// One change of a group. SCIM, the REST API and the console all make these; each is a few
/// statements on rows, whose cost depends on the change and not on the size of the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupEdit {
    Rename(GroupName),
    SetExternalId(Option<ExternalId>),
    /// Who is in already stays; every id must be a member of the account.
    AddMembers(Vec<MemberId>),
    /// Who is not in, or unknown, is passed over.
    RemoveMembers(Vec<MemberId>),
    /// Nobody but these.
    ReplaceMembers(Vec<MemberId>),
    RemoveAllMembers,
    /// The result of `remove members[…]` with a filter that is not just ids.
    RemoveMembersWhere(MemberMatch),
    /// Changes nothing, and is refused when that person is not in: the result of
    /// `replace members[…]` by the same member.
    RequireMember(MemberId),
    /// So many values could be nobody's id and were passed over: the provisioning log says so.
    PassOver(usize),
}

/// A filter on the entries of `members`, which have nothing but an id and the type User.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberMatch {
    Is(MemberId),
    Constant(bool),
    And(Vec<MemberMatch>),
    Or(Vec<MemberMatch>),
    Not(Box<MemberMatch>),
}

/// A group as it is read, without its members: those are read, or streamed, apart.
#[derive(Debug, Clone)]
pub struct Group {
    pub id: GroupId,
    pub scim_id: GroupScimId,
    pub name: String,
    pub external_id: Option<String>,
    pub managed_by: Option<ConnectionId>,
    /// The role that its name grants, of a legacy group; such a group is none of the user
    /// groups that API, console and commands show.
    pub legacy: Option<PermissionGroupId>,
    /// Whether some connection knows it, or knew it, by another name.
    pub has_old_names: bool,
    /// The name by which the caller's connection knows it, where that is another one: SCIM
    /// shows this.
    pub old_name: Option<String>,
    pub member_count: i64,
    pub record_version: i64,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    pub modified_ms: i64,
}

/// A group as an answer without members needs it, as it lies in the database: texts that are copied
/// alone are not looked at.
#[derive(Debug, Clone, Copy)]
pub struct GroupView<'r> {
    /// UTF-8.
    pub scim_id: &'r [u8],
    pub external_id: Option<&'r str>,
    /// `"displayName":…,"meta":{…`, as far as the version, in UTF-8.
    pub document: &'r [u8],
}

/// Somebody in a group, and how they came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPerson {
    pub person: Person,
    /// What they are called; nothing where there is only the userName.
    pub name: String,
    /// Milliseconds since 1970, UTC.
    pub added_ms: i64,
    /// `None`: by hand.
    pub added_by: Option<ConnectionMark>,
}

/// The ETag of a group: a counter, never a hash of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupVersion(pub i64);

impl fmt::Display for GroupVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}

impl Group {
    pub fn version(&self) -> GroupVersion {
        GroupVersion(self.record_version)
    }

    /// Its name as the caller's connection knows it.
    pub fn seen_name(&self) -> &str {
        self.old_name.as_deref().unwrap_or(&self.name)
    }
}

impl MemberMatch {
    /// Whether the entry of that member passes.
    pub fn picks(&self, id: MemberId) -> bool {
        match self {
            Self::Is(wanted) => *wanted == id,
            Self::Constant(value) => *value,
            Self::And(parts) => parts.iter().all(|part| part.picks(id)),
            Self::Or(parts) => parts.iter().any(|part| part.picks(id)),
            Self::Not(part) => !part.picks(id),
        }
    }
}
