//! What providers have made of a migration.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::Verification;
use crate::store::tx::ReadTx;

/// Compares what people may do with what the plan said, and tells which providers have pushed
/// since, under which name, and what was refused.
///
/// Errors: `Forbidden`, `NotFound`, `Unavailable` when it takes too long.
pub fn verify(tx: &ReadTx<'_>, id: MigrationId) -> Result<Verification> {
    tx.require(Permission::DirectoryRead)?;
    Err(Error::internal(id.to_string()))
}
