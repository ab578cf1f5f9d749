//! Whether an account's legacy groups grant their roles.

use serde::{Deserialize, Serialize};

use crate::domain::catalogue;
use crate::domain::error::Error;
use crate::domain::id::GroupScimId;
use crate::domain::legacy::SCIM_ID_PREFIX;
use crate::domain::role::{Role, RoleScope};

/// The account's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mapping {
    pub on: bool,
    /// Whether the group of Super Administrator is offered too; never while it is off.
    pub super_administrator: bool,
}

impl Mapping {
    /// Whether there is a legacy group of this role.
    pub fn offers(self, role: &Role) -> bool {
        self.on
            && has_legacy_group(role)
            && (self.super_administrator || role.permission_group != catalogue::SUPER_ADMINISTRATOR)
    }
}

/// The setting, and what there is of legacy groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingStatus {
    pub mapping: Mapping,
    /// Legacy groups of the account; they grant while the mapping is on.
    pub groups: i64,
    /// Of them, those that a provider has pushed.
    pub pushed: i64,
    /// How many members they have together; somebody in two counts twice.
    pub memberships: i64,
    /// User groups that were legacy groups once and have kept the SCIM id.
    pub converted: i64,
}

/// A legacy group that could not be made, for another group answers to its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameTaken {
    pub role: String,
    pub group: String,
}

/// What switching on came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchedOn {
    pub status: MappingStatus,
    /// Legacy groups that were not there before.
    pub made: usize,
    /// Those that grant again.
    pub restored: usize,
    pub name_taken: Vec<NameTaken>,
}

/// What switching off came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchedOff {
    pub status: MappingStatus,
    /// Legacy groups that grant no more; they keep their members.
    pub ended: usize,
    /// Those that nobody had pushed and that are shown no more.
    pub hidden: usize,
}

/// Whether a name can grant the role: built in, and given on the whole account.
pub fn has_legacy_group(role: &Role) -> bool {
    role.built_in && role.scope == RoleScope::Account
}

/// The roles that names can grant, in the catalogue's order.
pub fn legacy_roles() -> impl Iterator<Item = &'static Role> {
    catalogue::roles()
        .iter()
        .filter(|role| has_legacy_group(role))
}

/// The SCIM id of the legacy group that grants the role.
///
/// Errors: `Internal`, never of a real role.
pub fn scim_id(role: &Role) -> Result<GroupScimId, Error> {
    GroupScimId::parse(&format!("{SCIM_ID_PREFIX}{}", role.permission_group))
        .ok_or_else(|| Error::internal("a legacy group without a SCIM id"))
}
