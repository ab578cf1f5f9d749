//! The end of a migration: old names end, and it can't be undone any more.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::Closed;
use crate::store::tx::{ReadTx, WriteTx};

/// What closing would do, and which connections still push under an old name.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (undone).
pub fn preview(tx: &ReadTx<'_>, id: MigrationId) -> Result<Closed> {
    tx.require(Permission::DirectoryRead)?;
    Err(Error::internal(id.to_string()))
}

/// Ends the old names. Closing what is closed changes nothing.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (undone; connections that push have sent no new
/// name, unless `anyway`).
pub fn close(tx: &WriteTx<'_>, id: MigrationId, anyway: bool) -> Result<Closed> {
    tx.require(Permission::DirectoryWrite)?;
    Err(Error::internal(format!("{id} {anyway}")))
}
