//! Which groups have a legacy name, and who still pushes to them.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::legacy::run::Inventory;
use crate::store::tx::ReadTx;

/// Every group with a legacy name, or what looks like one.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn read(tx: &ReadTx<'_>) -> Result<Inventory> {
    tx.require(Permission::DirectoryRead)?;
    Err(Error::internal("not there yet"))
}
