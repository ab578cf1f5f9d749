//! How a caller says which member or group is meant.

use super::id::{GroupId, GroupScimId, MemberId, MembershipId};
use super::member::State;

/// A member, as a door knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberRef {
    /// SCIM's id, the API's `user.id`.
    Id(MemberId),
    /// The API's member id.
    Membership(MembershipId),
    /// Either id, the userName, or an e-mail address that one member alone has.
    Named(String),
}

/// A group, as a door knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupRef {
    /// The API's id.
    Id(GroupId),
    Scim(GroupScimId),
    /// An id, or the name (letter case aside).
    Named(String),
}

/// A member as answers about access name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: MemberId,
    pub membership_id: MembershipId,
    pub user_name: String,
    /// What pages call them: the userName where there is no name.
    pub name: String,
    pub state: State,
}
