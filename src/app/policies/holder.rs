//! Whose a policy is, for whoever knows nothing but its id.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::PolicyId;
use crate::domain::role::RoleHolder;
use crate::store::policies::holders;
use crate::store::tx::ReadTx;

/// The member or the group that has the policy.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn find(tx: &ReadTx<'_>, id: PolicyId) -> Result<RoleHolder> {
    tx.require(Permission::DirectoryRead)?;
    holders::find(tx, id)?.ok_or_else(|| Error::not_found("policy", id))
}
