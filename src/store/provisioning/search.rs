//! Looking through the log. It has no index but its numbers, which grow with time, so a moment is
//! found by halving and everything else by going through a bounded stretch of rows.

use rusqlite::{Row, params};

use super::provisioning_row;
use crate::domain::connection::HourSums;
use crate::domain::error::{Error, Result};
use crate::domain::id::{ConnectionId, RequestId};
use crate::domain::provisioning::{
    Counted, Followed, Found, HourOf, LogSearch, Outcome, ProvisioningRow, ResultKind,
};
use crate::domain::reason::Reason;
use crate::store::connections;
use crate::store::sql::{find, like_part, list};
use crate::store::summary::members_beginning;
use crate::store::tx::ReadTx;

/// What rows between two numbers have to be to pass what is wanted.
macro_rules! wanted {
    () => {
        "WHERE p.seq > ?1 AND p.seq < ?2 AND p.account = ?3
           AND (?4 IS NULL OR p.connection = ?4)
           AND (?5 IS NULL OR p.outcome IN (?5, ?6))
           AND (?7 IS NULL OR p.target_kind = ?7) AND (?8 IS NULL OR p.reason = ?8)
           AND (NOT ?13 OR p.reason <> 'brake')
           AND (?9 IS NULL OR p.target_name LIKE ?9 ESCAPE '\\' OR p.target_id = ?10
                OR p.request = ?11 OR p.target_id IN (SELECT value FROM json_each(?14))) "
    };
}

/// Those rows, in an order.
macro_rules! found_rows {
    ($order:literal) => {
        concat!(
            "SELECT p.seq, p.at_ms, c.id, c.name, c.kind, p.token, p.request, p.method,
                p.uri, p.address, p.target_kind, p.target_id, p.target_name, p.outcome,
                p.status, p.scim_type, p.reason, p.detail, p.changes, p.duration_us, p.asked
         FROM provisioning p LEFT JOIN connections c ON c.seq = p.connection ",
            wanted!(),
            $order
        )
    };
}

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Rows looked through before a request counts as not found where its time says it should be.
const NEAR_ROWS: i64 = 20_000;
/// People who are looked up by the beginning of the name that is shown of them.
const PEOPLE_MAX: i64 = 50;
/// A request is written down after it arrived; clocks are set back now and then.
const LATE_MS: i64 = 60_000;

/// The newest rows that match before that number, at most `limit`, of at most `looked` rows.
///
/// Errors: `NotFound` (connection).
pub fn search(
    tx: &ReadTx<'_>,
    wanted: &LogSearch,
    before: Option<i64>,
    (looked, limit): (i64, i64),
) -> Result<Found> {
    let newest = newest(tx)?;
    let before = before.unwrap_or(i64::MAX).min(newest.saturating_add(1));
    let since = match wanted.since_ms {
        Some(ms) => first_at(tx, ms)?,
        None => 0,
    };
    let floor = before.saturating_sub(looked).max(since);
    let bounds = (floor - 1, before);
    let rows = rows(tx, wanted, bounds, limit, true)?;
    let filled = i64::try_from(rows.len()).is_ok_and(|found| found == limit);
    let oldest = if filled {
        rows.last().map_or(floor, |row| row.seq)
    } else {
        floor
    };
    let further = oldest > since && is_before(tx, oldest)?;
    let looked_to = if further && !filled {
        at(tx, oldest)?
    } else {
        None
    };
    Ok(Found {
        rows,
        next: further.then_some(oldest),
        looked_to_ms: looked_to,
    })
}

/// How many rows match, by the hour, of the newest `looked` ones.
///
/// Errors: `NotFound` (connection).
pub fn count(tx: &ReadTx<'_>, wanted: &LogSearch, looked: i64) -> Result<Counted> {
    let end = newest(tx)?.saturating_add(1);
    let since = match wanted.since_ms {
        Some(ms) => first_at(tx, ms)?,
        None => 0,
    };
    let floor = end.saturating_sub(looked).max(since);
    let mut hours: Vec<HourOf> = Vec::new();
    let sql = concat!(
        "SELECT p.at_ms, p.outcome, p.reason = 'brake' FROM provisioning p ",
        wanted!(),
        "ORDER BY p.seq LIMIT ?12"
    );
    let _: Vec<()> = each(tx, wanted, (floor - 1, end), looked, sql, |row| {
        let hour = row.get::<_, i64>(0)?.div_euclid(HOUR_MS);
        let sums = of_hour(&mut hours, hour);
        match (row.get_ref(1)?.as_str()?, row.get(2)?) {
            ("refused", true) => sums.held += 1,
            ("refused", false) => sums.refused += 1,
            ("failed", _) => sums.failed += 1,
            _ => sums.writes += 1,
        }
        Ok(())
    })?;
    let looked_to_ms = if floor > since && is_before(tx, floor)? {
        at(tx, floor)?
    } else {
        None
    };
    Ok(Counted {
        hours,
        looked_to_ms,
    })
}

/// The sums of that hour. Rows come by their numbers, so it is mostly the last one.
fn of_hour(hours: &mut Vec<HourOf>, hour: i64) -> &mut HourSums {
    let known = hours.iter().rposition(|(one, _)| *one == hour);
    let at = known.unwrap_or_else(|| {
        hours.push((hour, HourSums::default()));
        hours.len() - 1
    });
    &mut hours[at].1
}

/// The rows that match after that number, at most `limit` of at most `looked`, oldest first, and
/// how far that went.
///
/// Errors: `NotFound` (connection).
pub fn follow(
    tx: &ReadTx<'_>,
    wanted: &LogSearch,
    after: i64,
    (looked, limit): (i64, i64),
) -> Result<Followed> {
    let newest = newest(tx)?;
    // Who was away for long sees the newest.
    let after = after.clamp(newest.saturating_sub(looked).min(newest), newest);
    let found = rows(tx, wanted, (after, newest.saturating_add(1)), limit, false)?;
    let filled = i64::try_from(found.len()).is_ok_and(|found| found == limit);
    let seen = found
        .last()
        .filter(|_| filled)
        .map_or(newest, |row| row.seq);
    Ok(Followed { rows: found, seen })
}

/// The account's rows that were written within `apart_ms` of that one, it among them, at most
/// `limit`, newest first.
pub fn around(
    tx: &ReadTx<'_>,
    row: &ProvisioningRow,
    apart_ms: i64,
    limit: i64,
) -> Result<Vec<ProvisioningRow>> {
    let from = first_at(tx, row.at_ms - apart_ms)?.max(row.seq - limit);
    let to = first_at(tx, row.at_ms + apart_ms + 1)?.min(row.seq + limit);
    let all = LogSearch::default();
    rows(tx, &all, (from - 1, to.max(row.seq + 1)), limit, true)
}

/// The number of the newest row of the box; 0 for none.
pub fn newest(tx: &ReadTx<'_>) -> Result<i64> {
    let newest = find(
        tx.conn(),
        "SELECT seq FROM provisioning ORDER BY seq DESC LIMIT 1",
        [],
        |row| row.get(0),
    )?;
    Ok(newest.unwrap_or(0))
}

/// The number of the row of that request, where its id says that it should be.
pub(super) fn near(tx: &ReadTx<'_>, request: RequestId) -> Result<Option<i64>> {
    // A UUIDv7 begins with the milliseconds since 1970.
    let ms = request.as_bytes()[..6]
        .iter()
        .fold(0, |ms, byte| ms << 8 | i64::from(*byte));
    // Mostly it is written at once; where clocks were set back, before.
    let from = first_at(tx, ms)?;
    let before = first_at(tx, ms - LATE_MS)?.max(from.saturating_sub(NEAR_ROWS));
    for (from, to) in [(from, from.saturating_add(NEAR_ROWS)), (before, from)] {
        let found = find(
            tx.conn(),
            "SELECT seq FROM provisioning
             WHERE seq >= ?1 AND seq < ?2 AND request = ?3 AND (?4 IS NULL OR account = ?4)
             ORDER BY seq LIMIT 1",
            (from, to, request, tx.account_or_none()),
            |row| row.get(0),
        )?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The number of the first row of then or later; one more than the newest when there is none.
fn first_at(tx: &ReadTx<'_>, ms: i64) -> Result<i64> {
    let (mut low, mut high) = (0, newest(tx)?.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        let row: Option<(i64, i64)> = find(
            tx.conn(),
            "SELECT seq, at_ms FROM provisioning WHERE seq >= ?1 ORDER BY seq LIMIT 1",
            [middle],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        match row {
            Some((seq, at_ms)) if at_ms < ms => low = seq + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

fn is_before(tx: &ReadTx<'_>, seq: i64) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM provisioning WHERE seq < ?1 LIMIT 1",
        [seq],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// When the row of that number, or the next one, was written.
fn at(tx: &ReadTx<'_>, seq: i64) -> Result<Option<i64>> {
    Ok(find(
        tx.conn(),
        "SELECT at_ms FROM provisioning WHERE seq >= ?1 ORDER BY seq LIMIT 1",
        [seq],
        |row| row.get(0),
    )?)
}

/// Rows between two numbers, both left out.
fn rows(
    tx: &ReadTx<'_>,
    wanted: &LogSearch,
    (after, before): (i64, i64),
    limit: i64,
    newest_first: bool,
) -> Result<Vec<ProvisioningRow>> {
    let sql = if newest_first {
        found_rows!("ORDER BY p.seq DESC LIMIT ?12")
    } else {
        found_rows!("ORDER BY p.seq LIMIT ?12")
    };
    each(tx, wanted, (after, before), limit, sql, provisioning_row)
}

/// What `sql` reads of the rows between two numbers that pass what is wanted.
fn each<T>(
    tx: &ReadTx<'_>,
    wanted: &LogSearch,
    (after, before): (i64, i64),
    limit: i64,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let connection = match wanted.connection {
        Some(id) => Some(key(tx, id)?),
        None => None,
    };
    let outcomes = match wanted.result {
        None => None,
        Some(ResultKind::Accepted) => Some((Outcome::Applied, Outcome::Unchanged)),
        Some(ResultKind::Rejected) => Some((Outcome::Refused, Outcome::Failed)),
        Some(ResultKind::Held) => Some((Outcome::Refused, Outcome::Refused)),
    };
    let reason = match wanted.result {
        Some(ResultKind::Held) => Some(Reason::Brake),
        Some(ResultKind::Accepted | ResultKind::Rejected) | None => wanted.reason,
    };
    let text = wanted.text.as_deref();
    Ok(list(
        tx.conn(),
        sql,
        params![
            after,
            before,
            tx.account()?,
            connection,
            outcomes.map(|(one, _)| one.name()),
            outcomes.map(|(_, other)| other.name()),
            wanted.kind,
            reason.map(Reason::code),
            text.map(like_part),
            text,
            text.and_then(|text| text.parse::<RequestId>().ok()),
            limit,
            wanted.result == Some(ResultKind::Rejected),
            text.map(|text| people(tx, text)).transpose()?,
        ],
        read,
    )?)
}

/// Ids of people whose names begin so, as a JSON array: the log has them by their user names.
fn people(tx: &ReadTx<'_>, beginning: &str) -> Result<String> {
    let found = members_beginning(tx, beginning, PEOPLE_MAX)?;
    serde_json::to_string(&found).map_err(Error::internal)
}

/// The key of a connection of this account.
fn key(tx: &ReadTx<'_>, id: ConnectionId) -> Result<i64> {
    connections::get(tx, id)?;
    connections::key(tx, id)
}
