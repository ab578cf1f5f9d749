//! The changes that the brake holds: one row for each person or group and connection.

use rusqlite::Row;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::audit::{Action, Event};
use crate::domain::brake::{BrakeAlarm, HeldChange, HeldName, HeldOperation, HeldState, Meter};
use crate::domain::connection::Connection;
use crate::domain::error::{Error, Result};
use crate::domain::id::{ConnectionId, MemberId};
use crate::store::groups::GroupKey;
use crate::store::members::MemberKey;
use crate::store::sql::{find, get, list as rows, parsed, run};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{Db, audit, connections};

/// Whom a held change would remove, or what they would be removed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldTarget {
    Member(MemberKey),
    Group(GroupKey),
}

impl HeldTarget {
    /// The columns member and grp.
    fn columns(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Member(key) => (Some(key.0), None),
            Self::Group(key) => (None, Some(key.0)),
        }
    }
}

/// A removal that was refused, on its way past the rollback of what it had written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub target: HeldTarget,
    pub operation: HeldOperation,
    pub meter: Meter,
    pub people: i64,
    /// How many might have gone.
    pub limit: i64,
    /// Whether it was refused for good before: it is counted once more, and waits for nobody.
    pub discarded: bool,
}

/// What was decided of a target before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub state: HeldState,
    /// How many people it was decided of.
    pub people: i64,
    pub until_ms: Option<i64>,
}

/// What was decided of the target for the caller's connection.
pub fn decision(tx: &ReadTx<'_>, target: HeldTarget) -> Result<Option<Decision>> {
    let (member, group) = target.columns();
    let read = |row: &Row<'_>| {
        Ok(Decision {
            state: parsed(row, 0, HeldState::parse)?,
            people: row.get(1)?,
            until_ms: row.get(2)?,
        })
    };
    let found = if member.is_some() {
        find(
            tx.conn(),
            "SELECT state, people, until_ms FROM held_changes
             WHERE member = ?1 AND connection = ?2",
            (member, tx.connection()),
            read,
        )
    } else {
        find(
            tx.conn(),
            "SELECT state, people, until_ms FROM held_changes WHERE grp = ?1 AND connection = ?2",
            (group, tx.connection()),
            read,
        )
    };
    Ok(found?)
}

/// Nothing waits for a decision of this target any more: what was tried was done, or the
/// provider wants the person in after all. What was released stays so.
pub fn settle(tx: &WriteTx<'_>, target: HeldTarget) -> Result<()> {
    let (member, group) = target.columns();
    let sql = if member.is_some() {
        "DELETE FROM held_changes WHERE member = ?1 AND connection = ?2 AND state <> 'released'"
    } else {
        "DELETE FROM held_changes WHERE grp = ?1 AND connection = ?2 AND state = 'held'"
    };
    run(tx.conn(), sql, (member.or(group), tx.connection()))?;
    Ok(())
}

/// Writes a refused removal down; the first that a connection has waiting raises the alarm, in
/// the audit log too.
pub(in crate::store) fn record(tx: &WriteTx<'_>, held: &Held) -> Result<()> {
    if held.discarded {
        return count_again(tx, held.target);
    }
    let alarmed: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM held_changes WHERE connection = ?1 AND state = 'held' LIMIT 1",
        [tx.connection()],
        |row| row.get(0),
    )?;
    let (member, group) = held.target.columns();
    let sql = if member.is_some() {
        "INSERT INTO held_changes (connection, member, grp, operation, meter, people, first_ms,
             last_ms, request, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, 'held')
         ON CONFLICT (member, connection) WHERE member IS NOT NULL DO UPDATE
         SET operation = excluded.operation, meter = excluded.meter, people = excluded.people,
             tries = tries + 1, last_ms = excluded.last_ms, request = excluded.request,
             state = 'held', until_ms = NULL"
    } else {
        "INSERT INTO held_changes (connection, member, grp, operation, meter, people, first_ms,
             last_ms, request, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, 'held')
         ON CONFLICT (grp, connection) WHERE grp IS NOT NULL DO UPDATE
         SET operation = excluded.operation, meter = excluded.meter,
             people = max(people, excluded.people), tries = tries + 1,
             last_ms = excluded.last_ms, request = excluded.request, state = 'held',
             until_ms = NULL"
    };
    run(
        tx.conn(),
        sql,
        (
            tx.connection(),
            member,
            group,
            held.operation.name(),
            held.meter.name(),
            held.people,
            tx.now_ms(),
            tx.request().id,
        ),
    )?;
    match tx.actor() {
        Actor::Client(client) if alarmed.is_none() => {
            let event = Event::new(
                Action::ConnectionBrake,
                client.connection,
                client.connection_name.as_str(),
            );
            let facts = json!({
                "brake": client.settings.brake,
                "limit": held.limit,
                "meter": held.meter.name(),
            });
            audit::append(tx, event.after(facts))
        }
        Actor::Client(_) | Actor::Operator(_) | Actor::Cli { .. } | Actor::System { .. } => Ok(()),
    }
}

/// A removal that was refused for good was asked for once more.
fn count_again(tx: &WriteTx<'_>, target: HeldTarget) -> Result<()> {
    let (member, group) = target.columns();
    let sql = if member.is_some() {
        "UPDATE held_changes SET tries = tries + 1, last_ms = ?3, request = ?4
         WHERE member = ?1 AND connection = ?2 AND state = 'discarded'"
    } else {
        "UPDATE held_changes SET tries = tries + 1, last_ms = ?3, request = ?4
         WHERE grp = ?1 AND connection = ?2 AND state = 'discarded'"
    };
    let now = tx.now_ms();
    let key = (member.or(group), tx.connection(), now, tx.request().id);
    run(tx.conn(), sql, key)?;
    Ok(())
}

/// Where a reader of held changes stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldAfter(i64);

/// The next changes of a connection, at most `limit`, in the order they were first held, and
/// where to go on. What was released and is over is left out.
pub fn list(
    tx: &ReadTx<'_>,
    connection: &Connection,
    after: HeldAfter,
    limit: i64,
) -> Result<(Vec<HeldChange>, HeldAfter)> {
    let found = rows(
        tx.conn(),
        "SELECT h.seq, m.id, m.user_name, g.scim_id, g.name, h.operation, h.meter,
                h.people, h.tries, h.first_ms, h.last_ms, h.request, h.state, h.until_ms
         FROM held_changes h LEFT JOIN members m ON m.seq = h.member
         LEFT JOIN groups g ON g.seq = h.grp
         WHERE h.connection = ?1 AND h.seq > ?2 AND ifnull(h.until_ms, ?3 + 1) > ?3
         ORDER BY h.seq LIMIT ?4",
        (
            connections::key(tx, connection.id)?,
            after.0,
            tx.now_ms(),
            limit,
        ),
        |row| Ok((row.get::<_, i64>(0)?, held_row(row)?)),
    )?;
    let last = found.last().map_or(after, |(seq, _)| HeldAfter(*seq));
    Ok((found.into_iter().map(|(_, change)| change).collect(), last))
}

/// At most `limit` of a connection's changes, state by state and each as they were first held:
/// those that wait come first, however many were decided in the last day.
pub fn waiting_first(
    tx: &ReadTx<'_>,
    connection: &Connection,
    limit: i64,
) -> Result<Vec<HeldChange>> {
    let key = connections::key(tx, connection.id)?;
    let mut all = Vec::new();
    for state in [HeldState::Held, HeldState::Discarded, HeldState::Released] {
        let room = limit - i64::try_from(all.len()).unwrap_or(limit);
        if room <= 0 {
            break;
        }
        all.extend(rows(
            tx.conn(),
            "SELECT h.seq, m.id, m.user_name, g.scim_id, g.name, h.operation, h.meter,
                    h.people, h.tries, h.first_ms, h.last_ms, h.request, h.state, h.until_ms
             FROM held_changes h LEFT JOIN members m ON m.seq = h.member
             LEFT JOIN groups g ON g.seq = h.grp
             WHERE h.connection = ?1 AND h.state = ?2 AND ifnull(h.until_ms, ?3 + 1) > ?3
             ORDER BY h.first_ms, h.seq LIMIT ?4",
            (key, state.name(), tx.now_ms(), room),
            held_row,
        )?);
    }
    Ok(all)
}

/// What became of what was held of these targets, by their SCIM ids: of each connection what is
/// decided of it now. What was done since, or is over, is left out.
pub fn states(tx: &ReadTx<'_>, targets: &[&str]) -> Result<Vec<(ConnectionId, String, HeldState)>> {
    let all = serde_json::to_string(targets).map_err(Error::internal)?;
    Ok(rows(
        tx.conn(),
        "SELECT c.id, j.value, h.state FROM json_each(?1) j
         JOIN members m ON m.id = unhex(j.value) AND m.account = ?2
         JOIN held_changes h ON h.member = m.seq
         JOIN connections c ON c.seq = h.connection
         WHERE ifnull(h.until_ms, ?3 + 1) > ?3
         UNION ALL
         SELECT c.id, j.value, h.state FROM json_each(?1) j
         JOIN groups g ON g.account = ?2 AND g.scim_id = j.value
         JOIN held_changes h ON h.grp = g.seq
         JOIN connections c ON c.seq = h.connection
         WHERE ifnull(h.until_ms, ?3 + 1) > ?3",
        (all, tx.account()?, tx.now_ms()),
        |row| Ok((row.get(0)?, row.get(1)?, parsed(row, 2, HeldState::parse)?)),
    )?)
}

fn held_row(row: &Row<'_>) -> rusqlite::Result<HeldChange> {
    let user: Option<MemberId> = row.get(1)?;
    let (target_kind, target_id, target_name) = match user {
        Some(id) => ("User", id.to_string(), row.get(2)?),
        None => ("Group", row.get(3)?, row.get(4)?),
    };
    Ok(HeldChange {
        target_kind,
        target_id,
        target_name,
        operation: parsed(row, 5, HeldOperation::parse)?,
        meter: parsed(row, 6, Meter::parse)?,
        people: row.get(7)?,
        tries: row.get(8)?,
        first_ms: row.get(9)?,
        last_ms: row.get(10)?,
        request: row.get(11)?,
        state: parsed(row, 12, HeldState::parse)?,
        until_ms: row.get(13)?,
    })
}

/// The name of whom or what a row is about, by the four columns from that one on.
fn name_row(row: &Row<'_>, at: usize) -> rusqlite::Result<HeldName> {
    let user: Option<MemberId> = row.get(at)?;
    let is_person = user.is_some();
    let (id, name) = match user {
        Some(id) => (id.to_string(), row.get(at + 1)?),
        None => (row.get(at + 2)?, row.get(at + 3)?),
    };
    Ok(HeldName {
        is_person,
        id,
        name,
    })
}

/// Whom and what everything is about that [`decide_all`] decides of, at most `limit`.
pub fn waiting(
    tx: &ReadTx<'_>,
    connection: &Connection,
    until_ms: i64,
    limit: usize,
) -> Result<Vec<HeldName>> {
    let key = connections::key(tx, connection.id)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(rows(
        tx.conn(),
        "SELECT m.id, m.user_name, g.scim_id, g.name
         FROM held_changes h LEFT JOIN members m ON m.seq = h.member
         LEFT JOIN groups g ON g.seq = h.grp
         WHERE h.connection = ?1 AND h.state = 'held' AND h.first_ms <= ?2
         ORDER BY h.first_ms, h.seq LIMIT ?3",
        (key, until_ms, limit),
        |row| name_row(row, 0),
    )?)
}

/// Decides of everything that waits and was first held at `until_ms` or before; how many
/// that were.
pub fn decide_all(
    tx: &WriteTx<'_>,
    connection: &Connection,
    state: HeldState,
    passes_until_ms: Option<i64>,
    until_ms: i64,
) -> Result<i64> {
    let key = connections::key(tx, connection.id)?;
    forget_over(tx, key)?;
    let decided = run(
        tx.conn(),
        "UPDATE held_changes SET state = ?2, until_ms = ?3
         WHERE connection = ?1 AND state = 'held' AND first_ms <= ?4",
        (key, state.name(), passes_until_ms, until_ms),
    )?;
    Ok(i64::try_from(decided).unwrap_or(i64::MAX))
}

/// The same of one target, by id or name, where it is in one of the states that are expected, or
/// none is: whatever was decided of it before. `None` when the connection has nothing such held of
/// it, else whether that changed anything, and of whom.
pub fn decide_one(
    tx: &WriteTx<'_>,
    connection: &Connection,
    (id_or_name, expected): (&str, &[HeldState]),
    state: HeldState,
    passes_until_ms: Option<i64>,
) -> Result<Option<(bool, HeldName)>> {
    let key = connections::key(tx, connection.id)?;
    forget_over(tx, key)?;
    let found: Option<(i64, HeldState, HeldName)> = find(
        tx.conn(),
        "SELECT h.seq, h.state, m.id, m.user_name, g.scim_id, g.name FROM (
             SELECT seq AS member, NULL AS grp FROM members
             WHERE account = ?4 AND id = ?3
             UNION ALL
             SELECT NULL, seq FROM groups WHERE account = ?4 AND scim_id = ?2
             UNION ALL
             SELECT seq, NULL FROM members WHERE account = ?4 AND user_name_key = fold(?2)
             UNION ALL
             SELECT NULL, grp FROM group_names WHERE account = ?4 AND name_key = fold(?2)) t
         JOIN held_changes h ON h.member = t.member OR h.grp = t.grp
         LEFT JOIN members m ON m.seq = h.member LEFT JOIN groups g ON g.seq = h.grp
         WHERE h.connection = ?1 LIMIT 1",
        (
            key,
            id_or_name,
            id_or_name.parse::<MemberId>().ok(),
            tx.account()?,
        ),
        |row| {
            let state = parsed(row, 1, HeldState::parse)?;
            Ok((row.get(0)?, state, name_row(row, 2)?))
        },
    )?;
    let Some((seq, was, name)) = found else {
        return Ok(None);
    };
    if !expected.is_empty() && !expected.contains(&was) {
        return Ok(None);
    }
    let changes = was != state;
    if changes {
        run(
            tx.conn(),
            "UPDATE held_changes SET state = ?2, until_ms = ?3 WHERE seq = ?1",
            (seq, state.name(), passes_until_ms),
        )?;
    }
    Ok(Some((changes, name)))
}

fn forget_over(tx: &WriteTx<'_>, connection: i64) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM held_changes
         WHERE connection = ?1 AND state = 'released' AND until_ms <= ?2",
        (connection, tx.now_ms()),
    )?;
    Ok(())
}

/// The account's connections that hold changes nothing was decided of, by name.
pub fn alarms(tx: &ReadTx<'_>) -> Result<Vec<BrakeAlarm>> {
    let alarms = rows(
        tx.conn(),
        "SELECT c.id, c.name,
                (SELECT count(*) FROM held_changes h
                 WHERE h.connection = c.seq AND h.state = 'held') AS held,
                (SELECT min(h.first_ms) FROM held_changes h
                 WHERE h.connection = c.seq AND h.state = 'held')
         FROM connections c WHERE c.account = ?1 AND held > 0 ORDER BY c.name_key LIMIT 10000",
        [tx.account()?],
        |row| {
            Ok(BrakeAlarm {
                connection: row.get(0)?,
                connection_name: row.get(1)?,
                held: row.get(2)?,
                since_ms: row.get(3)?,
            })
        },
    )?;
    Ok(alarms)
}

impl Db {
    /// How many changes the brakes of the whole box hold, for the metrics.
    ///
    /// Errors: as [`Db::read`].
    pub fn changes_held(&self) -> Result<i64> {
        let actor = Actor::System { why: "metrics" };
        let seat = self.local_seat(actor, None)?;
        self.read(&seat, |tx| {
            let held = get(
                tx.conn(),
                "SELECT count(*) FROM held_changes WHERE state = 'held'",
                [],
                |row| row.get(0),
            )?;
            Ok(held)
        })
    }
}
