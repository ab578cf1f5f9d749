//! The audit log, read. A transaction on an account sees its rows, one of the box all.

use crate::domain::actor::Permission;
use crate::domain::audit::{
    Action, AuditCondition, AuditField, AuditFilter, AuditFound, AuditLook, AuditRow, AuditSearch,
    AuditVerdict, Event,
};
use crate::domain::error::{Error, Result};
use crate::domain::query::Window;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{Db, audit};

/// Rows that match, in the window's order.
///
/// Errors: `Forbidden`, `Unavailable` (the search took longer than a read may).
pub fn list(tx: &ReadTx<'_>, filter: &AuditFilter, window: Window) -> Result<Vec<AuditRow>> {
    tx.require(Permission::LogsRead)?;
    audit::list(tx, filter, window)
}

/// The row of that sequence number or id.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn show(tx: &ReadTx<'_>, seq_or_id: &str) -> Result<AuditRow> {
    tx.require(Permission::LogsRead)?;
    audit::get(tx, seq_or_id)?.ok_or_else(|| Error::not_found("audit row", seq_or_id))
}

/// Rows of the account that match.
///
/// Errors: `Forbidden`, `Unavailable` (the search took longer than a read may).
pub fn search(tx: &ReadTx<'_>, search: &AuditSearch) -> Result<Vec<AuditRow>> {
    tx.require(Permission::LogsRead)?;
    audit::search::list_found(tx, search)
}

/// The same, and how many there are in all.
///
/// Errors: `Forbidden`, `Unavailable` (the search took longer than a read may).
pub fn search_page(tx: &ReadTx<'_>, search: &AuditSearch) -> Result<(Vec<AuditRow>, i64)> {
    tx.require(Permission::LogsRead)?;
    let rows = audit::search::list_found(tx, search)?;
    Ok((rows, audit::search::count_found(tx, search)?))
}

/// Rows about what the row `id` is about.
///
/// Errors: `Forbidden`, `NotFound` (that row), `Unavailable` (the search took longer than a read
/// may).
pub fn history(tx: &ReadTx<'_>, id: &str, search: &AuditSearch) -> Result<Vec<AuditRow>> {
    tx.require(Permission::LogsRead)?;
    let found = match id.parse() {
        Ok(id) => audit::search::resource_of(tx, id)?,
        Err(_) => None,
    };
    let (resource, kind) = found.ok_or_else(|| Error::not_found("audit row", id))?;
    let is = |field, value| AuditCondition {
        field,
        values: vec![value],
        negated: false,
    };
    let mut search = search.clone();
    search.conditions.push(is(AuditField::ResourceId, resource));
    search.conditions.push(is(AuditField::ResourceType, kind));
    audit::search::list_found(tx, &search)
}

/// Rows about what has one of these two ids and was made at `since_ms`: at most `limit` of the
/// `looked` rows before the row `before`.
///
/// Errors: `Forbidden`, `Unavailable` (the search took longer than a read may).
pub fn about(
    tx: &ReadTx<'_>,
    ids: [&str; 2],
    since_ms: i64,
    before: Option<i64>,
    span: (i64, usize),
) -> Result<AuditFound> {
    tx.require(Permission::LogsRead)?;
    audit::about::about(tx, ids, since_ms, before, span)
}

/// Rows of the account that match: at most `limit` of the `looked` rows before the look's place.
/// No row is of a time before the account.
///
/// Errors: `Forbidden`, `Unavailable` (the search took longer than a read may).
pub fn look(tx: &ReadTx<'_>, look: &AuditLook, span: (i64, usize)) -> Result<AuditFound> {
    tx.require(Permission::LogsRead)?;
    audit::look::look(tx, look, span)
}

/// Records that a log is about to be exported: `log` is `audit` or `provisioning`.
///
/// Errors: `Forbidden`.
pub fn record_export(tx: &WriteTx<'_>, log: &str, since_ms: Option<i64>) -> Result<()> {
    tx.require(Permission::LogsRead)?;
    let event = Event::new(Action::LogRead, log, log).after(audit::export_facts(since_ms));
    audit::append(tx, event)
}

/// Recomputes the whole chain and compares it with the anchors, in short reads that hold
/// nobody up. The caller must have been let in as one who reads logs.
///
/// Errors: `Unavailable`, `Internal` (the log can't be read).
pub fn verify(db: &Db) -> Result<AuditVerdict> {
    Ok(db.check_chain(None)?.verdict)
}
