//! Counts for the console's sidebar.

use super::activity;
use super::brake;
use super::sql::{get, list, parsed};
use super::tx::ReadTx;
use crate::domain::brake::{Brake, Meter};
use crate::domain::connection::{ConnectionRef, Signs, error_per_mille};
use crate::domain::error::Result;
use crate::domain::overview::{Counts, HELD_MAX, Holder, LEGACY_MAX, LastSync, SYNCS_MAX};

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
                holders: Vec::new(),
                syncs: Vec::new(),
            })
        },
    )?;
    // Mostly nothing is.
    if counts.held > 0 {
        let (mut connections, holders): (Vec<_>, Vec<_>) = holders(tx)?.into_iter().unzip();
        counts.holders = holders;
        counts.held_by = connections.pop().filter(|_| connections.is_empty());
    }
    counts.syncs = syncs(tx)?;
    Ok(counts)
}

/// Each connection's last hour is the last of its rows.
fn syncs(tx: &ReadTx<'_>) -> Result<Vec<LastSync>> {
    let found = list(
        tx.conn(),
        "SELECT seq, name, paused, last, holds,
                (SELECT a.last_good_ms < a.last_request_ms FROM connection_activity a
                 WHERE a.connection = newest.seq ORDER BY a.hour DESC LIMIT 1)
         FROM
            (SELECT c.seq, c.name, c.paused,
                    EXISTS (SELECT 1 FROM held_changes h
                            WHERE h.connection = c.seq AND h.state = 'held') AS holds,
                    (SELECT a.last_request_ms FROM connection_activity a
                     WHERE a.connection = c.seq ORDER BY a.hour DESC LIMIT 1) AS last
             FROM connections c WHERE c.account = ?1 AND NOT c.built_in) newest
         WHERE last > 0 OR paused ORDER BY holds DESC, last DESC LIMIT ?2",
        (tx.account()?, SYNCS_MAX),
        |row| {
            let key: i64 = row.get(0)?;
            let connection: String = row.get(1)?;
            let signs = Signs {
                paused: row.get(2)?,
                last_request_ms: row.get::<_, Option<i64>>(3)?.filter(|ms| *ms > 0),
                last_failed: row.get::<_, Option<bool>>(5)?.unwrap_or(false),
                error_per_mille: None,
                holds: row.get(4)?,
            };
            Ok((key, LastSync { connection, signs }))
        },
    )?;
    let mut syncs = Vec::with_capacity(found.len());
    for (key, mut one) in found {
        one.signs.error_per_mille = error_per_mille(&activity::last_day(tx, key)?);
        syncs.push(one);
    }
    Ok(syncs)
}

/// The connections that hold changes, at most so many, with what is known of their brakes.
fn holders(tx: &ReadTx<'_>) -> Result<Vec<(ConnectionRef, Holder)>> {
    Ok(list(
        tx.conn(),
        "SELECT c.id, c.name, c.brake, c.paused,
                (SELECT ifnull(sum(r.people), 0) FROM brake_removals r
                 WHERE r.connection = c.seq AND r.meter = ?3 AND r.slot > ?4)
         FROM connections c
         WHERE c.account = ?1
           AND EXISTS (SELECT 1 FROM held_changes h
                       WHERE h.connection = c.seq AND h.state = 'held')
         LIMIT ?2",
        (
            tx.account()?,
            SYNCS_MAX,
            Meter::Members.name(),
            brake::before_window(tx),
        ),
        |row| {
            let connection = ConnectionRef {
                id: row.get(0)?,
                name: row.get(1)?,
            };
            let holder = Holder {
                brake: parsed(row, 2, |text| Brake::parse(text).ok())?,
                paused: row.get(3)?,
                removed: row.get(4)?,
            };
            Ok((connection, holder))
        },
    )?)
}
