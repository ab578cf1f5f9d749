//! The brake's meters: a few sums, one for each ten seconds of the window, so that counting
//! costs the same however many people went.

mod held;

use rusqlite::Row;

use super::groups::GroupKey;
use super::members::MemberKey;
use super::sql::{find, get, list as rows, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::brake::{Meter, PRIVILEGED, WINDOW_MS};
use crate::domain::error::Result;
use crate::domain::id::{ConnectionId, MemberId};

pub(in crate::store) use held::record;
pub use held::{
    Decision, Held, HeldAfter, HeldTarget, alarms, decide_all, decide_one, decision, list, settle,
    states, waiting, waiting_first,
};

/// The width of a sum.
const SLOT_MS: i64 = 10_000;

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
        (tx.connection(), meter.name(), before_window(tx)),
        |row| row.get(0),
    )?;
    Ok(removed)
}

/// The same of any connection of the account.
pub fn removed_by(tx: &ReadTx<'_>, connection: ConnectionId, meter: Meter) -> Result<i64> {
    let removed = get(
        tx.conn(),
        "SELECT ifnull(sum(r.people), 0) FROM connections c
         JOIN brake_removals r ON r.connection = c.seq AND r.meter = ?3 AND r.slot > ?4
         WHERE c.account = ?1 AND c.id = ?2",
        (tx.account()?, connection, meter.name(), before_window(tx)),
        |row| row.get(0),
    )?;
    Ok(removed)
}

/// The last sum that counts no more.
pub(in crate::store) fn before_window(tx: &ReadTx<'_>) -> i64 {
    slot(tx) - WINDOW_MS / SLOT_MS
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
