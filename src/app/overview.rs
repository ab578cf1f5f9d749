//! What there is in an account, at a glance.

use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::overview::Counts;
use crate::store::overview;
use crate::store::tx::ReadTx;

/// Errors: `Forbidden` without `AccountRead`.
pub fn counts(tx: &ReadTx<'_>) -> Result<Counts> {
    tx.require(Permission::AccountRead)?;
    overview::counts(tx)
}
