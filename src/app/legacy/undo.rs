//! The way back, until a run is closed.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::Undo;
use crate::store::tx::{ReadTx, WriteTx};

/// What an undo would do, what would keep groups from it, and what would stay.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (closed).
pub fn preview(tx: &ReadTx<'_>, id: MigrationId) -> Result<Undo> {
    tx.require(Permission::DirectoryRead)?;
    Err(Error::internal(id.to_string()))
}

/// Undoes the run: names, policies and ids are what they were. Memberships that were pushed
/// since stay. Where something else was changed since, nothing is undone, unless `partial`: then
/// all but those groups are, and a later undo goes on with them. Undoing what is undone changes
/// nothing.
///
/// Errors: `Forbidden` (permission, the last Super Administrator), `NotFound`, `Conflict`
/// (closed; something was changed since; the mapping was switched since).
pub fn undo(tx: &WriteTx<'_>, id: MigrationId, partial: bool) -> Result<Undo> {
    tx.require(Permission::DirectoryWrite)?;
    Err(Error::internal(format!("{id} {partial}")))
}
