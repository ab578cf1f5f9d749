//! What a migration would do.

use super::draft::Draft;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::MigrationId;
use crate::domain::legacy::plan::{Plan, PlanOptions};
use crate::store::Db;
use crate::store::tx::ReadTx;

/// The id of a plan that is about to be made.
pub fn new_id(db: &Db) -> MigrationId {
    MigrationId::from_bytes(db.entropy().uuid_v7(db.clock().now_ms()))
}

/// What a migration would do: nothing is changed, and nothing stored.
///
/// Errors: `Forbidden`, `Invalid` (the template; a decision of a group that is not there, or
/// twice; an import without groups, or too large), `Unavailable` when it takes too long.
pub fn make(tx: &ReadTx<'_>, id: MigrationId, options: &PlanOptions) -> Result<Plan> {
    tx.require(Permission::DirectoryRead)?;
    Ok(Draft::make(tx, id, options)?.plan)
}
