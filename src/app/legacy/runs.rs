//! The migrations that were carried out.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::{Run, RunHead};
use crate::store::tx::ReadTx;

/// The account's runs, the newest first; at most 1,000.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<RunHead>> {
    tx.require(Permission::DirectoryRead)?;
    Err(Error::internal("not there yet"))
}

/// One of them, with its plan.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: MigrationId) -> Result<Run> {
    tx.require(Permission::DirectoryRead)?;
    Err(Error::internal(id.to_string()))
}
