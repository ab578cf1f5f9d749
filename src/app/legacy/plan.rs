//! What a migration would do.

use std::collections::HashSet;

use super::draft::{Draft, Whom};
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::{MemberId, MigrationId};
use crate::domain::legacy::plan::{Plan, PlanOptions, PlannedGroup};
use crate::store::Db;
use crate::store::grants::bulk::{Circle, Crowd};
use crate::store::legacy::candidates;
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
    Ok(Draft::make(tx, id, options, Whom::Everybody)?.plan)
}

/// The same, but of people only those whose access would change; the numbers count everybody, and
/// the fingerprint is the same. It takes no longer the more people there are who keep everything.
///
/// Errors: those of [`make`].
pub fn changes(tx: &ReadTx<'_>, id: MigrationId, options: &PlanOptions) -> Result<Plan> {
    tx.require(Permission::DirectoryRead)?;
    Ok(Draft::make(tx, id, options, Whom::WithChanges)?.plan)
}

/// Who is in a group of a plan now; nobody where it is not there.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn people_in(tx: &ReadTx<'_>, group: &PlannedGroup) -> Result<HashSet<MemberId>> {
    tx.require(Permission::DirectoryRead)?;
    let known = group.scim_id.as_deref();
    let found = known.map_or(Ok(None), |id| candidates::find_group(tx, id))?;
    let Some((key, _)) = found else {
        return Ok(HashSet::new());
    };
    let crowd = Crowd::of(tx, &[Circle::Group(key)])?;
    Ok(crowd.people.into_iter().map(|person| person.id).collect())
}
