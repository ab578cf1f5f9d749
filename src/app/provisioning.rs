//! The provisioning log, read. A transaction on an account sees its rows, one of the box all.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::ConnectionId;
use crate::domain::provisioning::{
    Counted, Followed, Found, HourOf, LogSearch, ProvisioningFilter, ProvisioningRow,
};
use crate::domain::query::Window;
use crate::store::tx::ReadTx;
use crate::store::{activity, provisioning};

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

/// The newest rows that match before that number, at most `limit` of at most `looked`.
///
/// Errors: `Forbidden`, `NotFound` (connection).
pub fn search(
    tx: &ReadTx<'_>,
    wanted: &LogSearch,
    before: Option<i64>,
    span: (i64, i64),
) -> Result<Found> {
    tx.require(Permission::LogsRead)?;
    provisioning::search::search(tx, wanted, before, span)
}

/// How many rows match, by the hour, of the newest `looked` ones.
///
/// Errors: `Forbidden`, `NotFound` (connection).
pub fn count(tx: &ReadTx<'_>, wanted: &LogSearch, looked: i64) -> Result<Counted> {
    tx.require(Permission::LogsRead)?;
    provisioning::search::count(tx, wanted, looked)
}

/// What came in after that number, oldest first: at most `limit` of at most `looked` rows.
///
/// Errors: `Forbidden`, `NotFound` (connection).
pub fn follow(
    tx: &ReadTx<'_>,
    wanted: &LogSearch,
    after: i64,
    span: (i64, i64),
) -> Result<Followed> {
    tx.require(Permission::LogsRead)?;
    provisioning::search::follow(tx, wanted, after, span)
}

/// Rows that were written within `apart_ms` of that one, newest first, it among them.
///
/// Errors: `Forbidden`.
pub fn around(
    tx: &ReadTx<'_>,
    row: &ProvisioningRow,
    apart_ms: i64,
    limit: i64,
) -> Result<Vec<ProvisioningRow>> {
    tx.require(Permission::LogsRead)?;
    provisioning::search::around(tx, row, apart_ms, limit)
}

/// The number of the log's newest row.
///
/// Errors: `Forbidden`.
pub fn newest(tx: &ReadTx<'_>) -> Result<i64> {
    tx.require(Permission::LogsRead)?;
    provisioning::search::newest(tx)
}

/// Requests of each of the last `hours` hours, reads too, of one connection or of all; hours
/// without any are left out.
///
/// Errors: `Forbidden`, `NotFound` (connection).
pub fn by_hour(
    tx: &ReadTx<'_>,
    connection: Option<ConnectionId>,
    hours: i64,
) -> Result<Vec<HourOf>> {
    tx.require(Permission::LogsRead)?;
    activity::by_hour(tx, connection, hours)
}
