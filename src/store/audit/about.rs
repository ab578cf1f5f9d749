//! The newest changes of one thing. The log has no index by what a row is about, which each write
//! would pay for: so one look goes back through so many rows, and tells where the next one begins.

use super::audit_row;
use crate::domain::audit::AuditRow;
use crate::domain::error::Result;
use crate::store::sql::{find, list};
use crate::store::tx::ReadTx;

/// Rows about what has one of these two ids, newest first: those among the `looked` rows of the log
/// before the row `before`, at most `limit`; and the row before which the next look begins, `None`
/// when there can be no more. Nothing is about something from before `since_ms`.
pub fn about(
    tx: &ReadTx<'_>,
    ids: [&str; 2],
    since_ms: i64,
    before: Option<i64>,
    (looked, limit): (i64, i64),
) -> Result<(Vec<AuditRow>, Option<i64>)> {
    let before = before.unwrap_or(i64::MAX);
    let rows = list(
        tx.conn(),
        "SELECT seq, id, at_ms, entry, hash FROM audit
         WHERE seq < ?1 AND seq >= ?1 - ?2 AND account = ?3 AND at_ms >= ?4
           AND (instr(entry, ?5) > 0 OR instr(entry, ?6) > 0)
           AND (entry ->> '$.resource.id') IN (?5, ?6)
         ORDER BY seq DESC LIMIT ?7",
        (
            start(tx, before)?,
            looked,
            tx.account()?,
            since_ms,
            ids[0],
            ids[1],
            limit,
        ),
        audit_row,
    )?;
    let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit;
    let next = match rows.last() {
        Some(last) if full => last.seq,
        Some(_) | None => start(tx, before)?.saturating_sub(looked),
    };
    let older: Option<i64> = find(
        tx.conn(),
        "SELECT at_ms FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT 1",
        [next],
        |row| row.get(0),
    )?;
    Ok((rows, older.filter(|at_ms| *at_ms >= since_ms).map(|_| next)))
}

/// One more than the number of the last row before `before`.
fn start(tx: &ReadTx<'_>, before: i64) -> Result<i64> {
    let last: Option<i64> = find(
        tx.conn(),
        "SELECT seq FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT 1",
        [before],
        |row| row.get(0),
    )?;
    Ok(last.map_or(0, |seq| seq + 1))
}
