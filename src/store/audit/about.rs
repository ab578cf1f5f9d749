//! The newest changes of one thing. The log has no index by what a row is about, which each write
//! would pay for: so one look goes back through so many rows, and tells where the next one begins.

use super::audit_row;
use crate::domain::audit::AuditFound;
use crate::domain::error::Result;
use crate::store::sql::{find, list};
use crate::store::tx::ReadTx;

/// What two ids begin with alike is rare enough from so many bytes on.
const SAME_BYTES_MIN: usize = 16;

/// Rows about what has one of these two ids: those among the `looked` rows of the log before the
/// row `before`, at most `limit`. Nothing is about something from before `since_ms`.
pub fn about(
    tx: &ReadTx<'_>,
    ids: [&str; 2],
    since_ms: i64,
    before: Option<i64>,
    (looked, limit): (i64, i64),
) -> Result<AuditFound> {
    let before = before.unwrap_or(i64::MAX);
    // Ids of one thing differ in their last digits, if at all: one look at each row's text is
    // enough to pass it over, and costs half of two.
    let same = ids[0].bytes().zip(ids[1].bytes());
    let same = same.take_while(|(a, b)| a == b).count();
    let needles = match ids[0].get(..same) {
        Some(both) if same >= SAME_BYTES_MIN => [both, both],
        Some(_) | None => ids,
    };
    let rows = list(
        tx.conn(),
        "SELECT seq, id, at_ms, entry, hash FROM audit
         WHERE seq < ?1 AND seq >= ?1 - ?2 AND account = ?3 AND at_ms >= ?4
           AND (instr(entry, ?5) > 0 OR (?6 <> ?5 AND instr(entry, ?6) > 0))
           AND (entry ->> '$.resource.id') IN (?7, ?8)
         ORDER BY seq DESC LIMIT ?9",
        (
            start(tx, before)?,
            looked,
            tx.account()?,
            since_ms,
            needles[0],
            needles[1],
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
    let back_to_ms = older.filter(|at_ms| *at_ms >= since_ms);
    Ok(AuditFound {
        rows,
        next: back_to_ms.map(|_| next),
        back_to_ms,
    })
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
