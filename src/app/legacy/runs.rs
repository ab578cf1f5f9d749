//! The migrations that were carried out.

use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::{Run, RunHead};
use crate::store::legacy::runs::{self, Stored};
use crate::store::tx::ReadTx;

/// The account's runs, the newest first; at most 1,000.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<RunHead>> {
    tx.require(Permission::DirectoryRead)?;
    runs::list(tx)
}

/// One of them, with its plan.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: MigrationId) -> Result<Run> {
    tx.require(Permission::DirectoryRead)?;
    whole(tx, runs::get_stored(tx, id)?)
}

/// The run with its groups.
pub(super) fn whole(tx: &ReadTx<'_>, stored: Stored) -> Result<Run> {
    let groups = runs::groups(tx, stored.key)?;
    Ok(Run {
        head: stored.head,
        groups: groups.into_iter().map(|member| member.group).collect(),
        plan: stored.plan,
    })
}
