//! Whether an account's legacy groups grant their roles.

use crate::domain::catalogue;
use crate::domain::error::Error;
use crate::domain::id::GroupScimId;
use crate::domain::legacy::SCIM_ID_PREFIX;
use crate::domain::role::{Role, RoleScope};

/// The account's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
