//! The migrations that were carried out.

use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::MigrationId;
use crate::domain::legacy::plan::Plan;
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

/// One of them, with its plan but none of the plan's people: what it takes does not grow with how
/// many they are.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn outline(tx: &ReadTx<'_>, id: MigrationId) -> Result<Run> {
    tx.require(Permission::DirectoryRead)?;
    let stored = runs::get_stored(tx, id)?;
    let plan = stored.outline.clone();
    with(tx, stored, plan)
}

/// The plan of one of them as a JSON document without spaces, with all its people. They are not
/// looked at, which would take most of the time.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn plan_document(tx: &ReadTx<'_>, id: MigrationId) -> Result<String> {
    tx.require(Permission::DirectoryRead)?;
    let stored = runs::get_stored(tx, id)?;
    runs::plan_text(tx, stored.key)
}

/// The run with its groups, and with all of its plan.
pub(super) fn whole(tx: &ReadTx<'_>, stored: Stored) -> Result<Run> {
    let plan = runs::plan(tx, stored.key)?;
    with(tx, stored, plan)
}

fn with(tx: &ReadTx<'_>, stored: Stored, plan: Plan) -> Result<Run> {
    let groups = runs::groups(tx, stored.key)?;
    Ok(Run {
        head: stored.head,
        groups: groups.into_iter().map(|member| member.group).collect(),
        plan,
    })
}
