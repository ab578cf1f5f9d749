//! The brake's meters, and the changes it holds. A meter is a few sums, one for each ten
//! seconds of the window, so that counting costs the same however many people went.

use rusqlite::Row;
use serde_json::json;

use super::groups::GroupKey;
use super::members::MemberKey;
use super::sql::{find, get, list as rows, parsed, run};
use super::tx::{ReadTx, WriteTx};
use super::{Db, audit, connections};
use crate::domain::actor::Actor;
use crate::domain::audit::{Action, Event};
use crate::domain::brake::{
    BrakeAlarm, HeldChange, HeldOperation, HeldState, Meter, PRIVILEGED, WINDOW_MS,
};
use crate::domain::connection::Connection;
use crate::domain::error::Result;
use crate::domain::id::MemberId;

/// The width of a sum.
const SLOT_MS: i64 = 10_000;

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

/// Remembers since when somebody is a member again.
pub(in crate::store) fn note_return(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    run(
        tx.conn(),
        "INSERT INTO member_returns (member, since_ms) VALUES (?1, ?2)
         ON CONFLICT (member) DO UPDATE SET since_ms = excluded.since_ms",
        (key.0, tx.now_ms()),
    )?;
    Ok(())
}

/// Whether that person is a member, and has been since `since_ms`.
pub fn is_member_since(tx: &ReadTx<'_>, key: MemberKey, since_ms: i64) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM members m LEFT JOIN member_returns r ON r.member = m.seq
         WHERE m.seq = ?1 AND m.state = 'active'
           AND m.created_ms <= ?2 AND ifnull(r.since_ms, m.created_ms) <= ?2",
        (key.0, since_ms),
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Whether a policy of that person's own, or of a group they are in, gives them a privileged
/// role, while they are a member. Policies are read without the view `grants`: what that adds
/// is no privileged role, and would cost a look at each person.
pub fn is_privileged(tx: &ReadTx<'_>, key: MemberKey) -> Result<bool> {
    let [first, second] = PRIVILEGED;
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM members m
         WHERE m.seq = ?1 AND m.state = 'active'
           AND (EXISTS (SELECT 1 FROM policies p JOIN policy_permission_groups g
                            ON g.policy = p.seq
                        WHERE p.member = ?1 AND p.access = 'allow'
                          AND g.permission_group IN (?2, ?3))
                OR EXISTS (SELECT 1 FROM group_members x JOIN policies p ON p.grp = x.grp
                           JOIN policy_permission_groups g ON g.policy = p.seq
                           WHERE x.member = ?1 AND p.access = 'allow'
                             AND g.permission_group IN (?2, ?3)))",
        (key.0, first, second),
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Whether the group gives its members a privileged role.
pub fn gives_privilege(tx: &ReadTx<'_>, key: GroupKey) -> Result<bool> {
    let [first, second] = PRIVILEGED;
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM policies p JOIN policy_permission_groups g ON g.policy = p.seq
         WHERE p.grp = ?1 AND p.access = 'allow' AND g.permission_group IN (?2, ?3) LIMIT 1",
        (key.0, first, second),
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Those of `ids`, or all when `None`, who have been members of the account and of the group
/// since `since_ms`.
pub fn long_members(
    tx: &ReadTx<'_>,
    key: GroupKey,
    ids: Option<&[MemberId]>,
    since_ms: i64,
) -> Result<Vec<(MemberKey, MemberId)>> {
    let read = |row: &Row<'_>| Ok((MemberKey(row.get(0)?), row.get(1)?));
    let Some(ids) = ids else {
        let all = rows(
            tx.conn(),
            "SELECT m.seq, m.id FROM group_members x JOIN members m ON m.seq = x.member
             LEFT JOIN member_returns r ON r.member = m.seq
             WHERE x.grp = ?1 AND x.added_ms <= ?2 AND m.state = 'active'
               AND m.created_ms <= ?2 AND ifnull(r.since_ms, m.created_ms) <= ?2",
            (key.0, since_ms),
            read,
        )?;
        return Ok(all);
    };
    let mut found = Vec::new();
    for id in ids {
        let one = find(
            tx.conn(),
            "SELECT m.seq, m.id FROM members m
             JOIN group_members x ON x.grp = ?1 AND x.member = m.seq
             LEFT JOIN member_returns r ON r.member = m.seq
             WHERE m.id = ?3 AND x.added_ms <= ?2 AND m.state = 'active'
               AND m.created_ms <= ?2 AND ifnull(r.since_ms, m.created_ms) <= ?2",
            (key.0, since_ms, id),
            read,
        )?;
        found.extend(one);
    }
    Ok(found)
}

/// How many people the caller's connection removed within the window, by this meter.
pub fn removed(tx: &ReadTx<'_>, meter: Meter) -> Result<i64> {
    let removed = get(
        tx.conn(),
        "SELECT ifnull(sum(people), 0) FROM brake_removals
         WHERE connection = ?1 AND meter = ?2 AND slot > ?3",
        (
            tx.connection(),
            meter.name(),
            slot(tx) - WINDOW_MS / SLOT_MS,
        ),
        |row| row.get(0),
    )?;
    Ok(removed)
}

fn slot(tx: &ReadTx<'_>) -> i64 {
    tx.now_ms().div_euclid(SLOT_MS)
}

/// Counts people as removed now by the caller's connection, and forgets what is out of the
/// window.
pub fn count_removed(tx: &WriteTx<'_>, meter: Meter, people: i64) -> Result<()> {
    let now = slot(tx);
    run(
        tx.conn(),
        "DELETE FROM brake_removals WHERE connection = ?1 AND meter = ?2 AND slot <= ?3",
        (tx.connection(), meter.name(), now - WINDOW_MS / SLOT_MS),
    )?;
    run(
        tx.conn(),
        "INSERT INTO brake_removals (connection, meter, slot, people) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (connection, meter, slot) DO UPDATE SET people = people + excluded.people",
        (tx.connection(), meter.name(), now, people),
    )?;
    Ok(())
}

/// How many active members the account has.
pub fn active_members(tx: &ReadTx<'_>) -> Result<i64> {
    let count = get(
        tx.conn(),
        "SELECT active_count FROM accounts WHERE seq = ?1",
        [tx.account()?],
        |row| row.get(0),
    )?;
    Ok(count)
}

/// How many active members hold a privileged role, as far as `enough`: whoever asks compares
/// with a share, and need not know how many more there are.
pub fn privileged_members(tx: &ReadTx<'_>, enough: i64) -> Result<i64> {
    let [first, second] = PRIVILEGED;
    let count = get(
        tx.conn(),
        "SELECT count(*) FROM (
             SELECT DISTINCT h.member FROM (
                 SELECT ifnull(p.member, x.member) AS member
                 FROM policy_permission_groups g JOIN policies p ON p.seq = g.policy
                 LEFT JOIN group_members x ON x.grp = p.grp
                 WHERE g.policy >> 40 = ?1 AND g.permission_group IN (?2, ?3)
                   AND p.access = 'allow') h
             JOIN members m ON m.seq = h.member
             WHERE m.state = 'active' LIMIT ?4)",
        (tx.account()?, first, second, enough),
        |row| row.get(0),
    )?;
    Ok(count)
}

/// Writes a refused removal down; the first that a connection has waiting raises the alarm, in
/// the audit log too.
pub(in crate::store) fn record(tx: &WriteTx<'_>, held: &Held) -> Result<()> {
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
            let facts = json!({ "brake": client.settings.brake, "meter": held.meter.name() });
            audit::append(tx, event.after(facts))
        }
        Actor::Client(_) | Actor::Cli { .. } | Actor::System { .. } => Ok(()),
    }
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

/// The same of one target, by id or name, whatever was decided of it before; `None` when the
/// connection has nothing held of it, else whether that changed anything.
pub fn decide_one(
    tx: &WriteTx<'_>,
    connection: &Connection,
    id_or_name: &str,
    state: HeldState,
    passes_until_ms: Option<i64>,
) -> Result<Option<bool>> {
    let key = connections::key(tx, connection.id)?;
    forget_over(tx, key)?;
    let found: Option<(i64, bool)> = find(
        tx.conn(),
        "SELECT h.seq, h.state <> ?3 FROM held_changes h
         LEFT JOIN members m ON m.seq = h.member LEFT JOIN groups g ON g.seq = h.grp
         WHERE h.connection = ?1
           AND (m.id = ?4 OR g.scim_id = ?2
                OR m.user_name_key = fold(?2) OR fold(g.name) = fold(?2))
         ORDER BY h.seq LIMIT 1",
        (
            key,
            id_or_name,
            state.name(),
            id_or_name.parse::<MemberId>().ok(),
        ),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((seq, changes)) = found else {
        return Ok(None);
    };
    if changes {
        run(
            tx.conn(),
            "UPDATE held_changes SET state = ?2, until_ms = ?3 WHERE seq = ?1",
            (seq, state.name(), passes_until_ms),
        )?;
    }
    Ok(Some(changes))
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
        "SELECT c.id, c.name, h.held, h.since_ms FROM connections c
         JOIN (SELECT connection, count(*) AS held, min(first_ms) AS since_ms
               FROM held_changes WHERE state = 'held' GROUP BY connection) h
           ON h.connection = c.seq
         WHERE c.account = ?1 ORDER BY c.name_key LIMIT 10000",
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
