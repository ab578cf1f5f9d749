//! The provisioning log, read. A transaction on an account sees its rows, one of the box all.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::provisioning::{ProvisioningFilter, ProvisioningRow};
use crate::domain::query::Window;
use crate::store::provisioning;
use crate::store::tx::ReadTx;

/// Rows that match, in the window's order. An unknown connection is an error, not an empty
/// list.
///
/// Errors: `Forbidden`, `NotFound` (connection), `Unavailable` (the search took longer than a
/// read may).
pub fn list(
    tx: &ReadTx<'_>,
    filter: &ProvisioningFilter,
    window: Window,
) -> Result<Vec<ProvisioningRow>> {
    tx.require(Permission::LogsRead)?;
    provisioning::list(tx, filter, window)
}

/// What was last sent about the record with that SCIM id: at most `limit` of the last `looked`
/// requests.
///
/// Errors: `Forbidden`.
pub fn about(tx: &ReadTx<'_>, target: &str, span: (i64, i64)) -> Result<Vec<ProvisioningRow>> {
    tx.require(Permission::LogsRead)?;
    provisioning::about::about(tx, target, span)
}

/// The row of that sequence number or request id.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn show(tx: &ReadTx<'_>, seq_or_request: &str) -> Result<ProvisioningRow> {
    tx.require(Permission::LogsRead)?;
    provisioning::get(tx, seq_or_request)?
        .ok_or_else(|| Error::not_found("log row", seq_or_request))
}
