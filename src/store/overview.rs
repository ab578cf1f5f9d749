//! Counts for the console's sidebar.

use super::activity;
use super::sql::{find, get, list};
use super::tx::ReadTx;
use crate::domain::connection::{ConnectionRef, Signs, error_per_mille};
use crate::domain::error::Result;
use crate::domain::overview::{Counts, HELD_MAX, LEGACY_MAX, LastSync};

/// The shortest key of a name that may be a legacy name: `cf-`, an account's id, and a role.
const LEGACY_KEY_CHARS_MIN: i64 = 38;

pub fn counts(tx: &ReadTx<'_>) -> Result<Counts> {
    let mut counts = get(
        tx.conn(),
        "SELECT a.member_count, a.group_count - a.legacy_count, a.legacy_count > 0,
                (SELECT count(*) FROM connections WHERE account = a.seq AND NOT built_in),
                (SELECT count(*) FROM
                    (SELECT 1 FROM connections c JOIN held_changes h ON h.connection = c.seq
                     WHERE c.account = a.seq AND h.state = 'held' LIMIT ?2)),
                -- By the index of names; what is only offered, at most one for each role, is
                -- passed over.
                (SELECT count(*) FROM
                    (SELECT 1 FROM group_names n JOIN groups g ON g.seq = n.grp
                     WHERE n.account = a.seq AND n.kind = 'current'
                       AND n.name_key >= 'cf-' AND n.name_key < 'cf.'
                       AND length(n.name_key) >= ?3
                       AND (g.legacy IS NULL OR g.connection IS NOT NULL OR g.member_count > 0)
                     LIMIT ?4)),
                EXISTS (SELECT 1 FROM legacy_migrations m
                        WHERE m.account = a.seq AND m.state = 'converted')
         FROM accounts a WHERE a.seq = ?1",
        (tx.account()?, HELD_MAX, LEGACY_KEY_CHARS_MIN, LEGACY_MAX),
        |row| {
            let (offered, waiting, open) = (row.get(2)?, row.get(5)?, row.get(6)?);
            Ok(Counts {
                members: row.get(0)?,
                groups: row.get(1)?,
                legacy_waiting: waiting,
                legacy: offered || open || waiting > 0,
                connections: row.get(3)?,
                held: row.get(4)?,
                held_by: None,
                last_sync: None,
            })
        },
    )?;
    // Mostly nothing is.
    if counts.held > 0 {
        counts.held_by = only_holder(tx)?;
    }
    counts.last_sync = last_sync(tx)?;
    Ok(counts)
}

/// Each connection's last hour is the last of its rows.
fn last_sync(tx: &ReadTx<'_>) -> Result<Option<LastSync>> {
    let found = find(
        tx.conn(),
        "SELECT seq, name, paused, last,
                EXISTS (SELECT 1 FROM held_changes h
                        WHERE h.connection = newest.seq AND h.state = 'held'),
                (SELECT a.last_good_ms < a.last_request_ms FROM connection_activity a
                 WHERE a.connection = newest.seq ORDER BY a.hour DESC LIMIT 1)
         FROM
            (SELECT c.seq, c.name, c.paused,
                    (SELECT a.last_request_ms FROM connection_activity a
                     WHERE a.connection = c.seq ORDER BY a.hour DESC LIMIT 1) AS last
             FROM connections c WHERE c.account = ?1 AND NOT c.built_in) newest
         WHERE last > 0 ORDER BY last DESC LIMIT 1",
        [tx.account()?],
        |row| {
            let key: i64 = row.get(0)?;
            let connection: String = row.get(1)?;
            let signs = Signs {
                paused: row.get(2)?,
                last_request_ms: row.get(3)?,
                last_failed: row.get(5)?,
                error_per_mille: None,
                holds: row.get(4)?,
            };
            Ok((key, LastSync { connection, signs }))
        },
    )?;
    let Some((key, mut last)) = found else {
        return Ok(None);
    };
    last.signs.error_per_mille = error_per_mille(&activity::last_day(tx, key)?);
    Ok(Some(last))
}

/// The connection that holds changes; `None` where several do.
fn only_holder(tx: &ReadTx<'_>) -> Result<Option<ConnectionRef>> {
    let mut holders: Vec<ConnectionRef> = list(
        tx.conn(),
        "SELECT c.id, c.name FROM connections c
         WHERE c.account = ?1
           AND EXISTS (SELECT 1 FROM held_changes h
                       WHERE h.connection = c.seq AND h.state = 'held')
         LIMIT 2",
        [tx.account()?],
        |row| {
            Ok(ConnectionRef {
                id: row.get(0)?,
                name: row.get(1)?,
            })
        },
    )?;
    let last = holders.pop();
    Ok(last.filter(|_| holders.is_empty()))
}
