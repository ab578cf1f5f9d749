//! User groups: rows, their names, and their members as rows of a join table. Every edit is a
//! few statements whose cost depends on the edit, not on the group.

pub mod by_hand;
pub mod pages;
pub mod people;

use std::collections::HashSet;

use super::external_ids::{self, OF_GROUPS};
use super::members::seq_of;
use super::sql::{OnUnique, find, get, list as read_all, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::error::{Error, Result};
use crate::domain::group::{GROUP_MEMBERS_MAX, Group, MemberMatch};
use crate::domain::id::{GroupId, GroupScimId, MemberId};
use crate::domain::reason::Reason;
use crate::domain::text::{ExternalId, GroupName};

/// A group's own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupKey(pub(in crate::store) i64);

mod rows;

pub(in crate::store) use rows::whole_where;
pub use rows::{find_by_id, list, list_user_groups, list_whole};

/// Where a reader of a long member list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MembersAfter(i64);

impl MembersAfter {
    /// For a cursor.
    pub fn key(self) -> i64 {
        self.0
    }

    pub fn of_key(key: i64) -> Self {
        Self(key)
    }
}

/// The next members of a group, at most `limit`, in a stable order, and where to go on.
/// No transaction is held between two calls.
pub fn members(
    tx: &ReadTx<'_>,
    key: GroupKey,
    after: MembersAfter,
    limit: i64,
) -> Result<(Vec<MemberId>, MembersAfter)> {
    let found: Vec<(i64, MemberId)> = read_all(
        tx.conn(),
        "SELECT member, member_id FROM group_members WHERE grp = ?1 AND member > ?2
         ORDER BY member LIMIT ?3",
        (key.0, after.0, limit),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let last = found.last().map_or(after, |(seq, _)| MembersAfter(*seq));
    Ok((found.into_iter().map(|(_, id)| id).collect(), last))
}

/// Makes a group without members, managed by the caller's connection.
///
/// Errors: `Conflict` when the name is taken.
pub fn insert(tx: &WriteTx<'_>, name: &GroupName) -> Result<(GroupKey, GroupScimId)> {
    let account = tx.account()?;
    let id = GroupId::from_bytes(tx.new_id());
    let scim_id = GroupScimId::from(id);
    let key = take_number(tx, account)?;
    run(
        tx.conn(),
        "INSERT INTO groups (seq, id, account, scim_id, name, connection, created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        (
            key.0,
            id,
            account,
            scim_id.as_str(),
            name.as_str(),
            tx.connection(),
            tx.now_ms(),
        ),
    )?;
    let then = "find it by displayName and update it, or choose another name";
    insert_name(tx, key, name, then)?;
    Ok((key, scim_id))
}

/// Counts one group more; its key.
pub(in crate::store) fn take_number(tx: &WriteTx<'_>, account: i64) -> Result<GroupKey> {
    let number = get(
        tx.conn(),
        "UPDATE accounts SET group_count = group_count + 1, last_group = last_group + 1
         WHERE seq = ?1 RETURNING last_group",
        [account],
        |row| row.get(0),
    )?;
    Ok(GroupKey(seq_of(account, number)))
}

/// `then`: what the client may do where it is another group's.
fn insert_name(tx: &WriteTx<'_>, key: GroupKey, name: &GroupName, then: &str) -> Result<()> {
    let account = tx.account()?;
    run(
        tx.conn(),
        "INSERT INTO group_names (account, name_key, grp, kind) VALUES (?1, ?2, ?3, 'current')",
        (account, name.key(), key.0),
    )
    .on_unique("group_names.account, group_names.name_key", || {
        Error::conflict(
            Reason::GroupNameTaken,
            format!(
                "A Group with the displayName {:?} exists already; {then}.",
                name.as_str()
            ),
        )
    })?;
    Ok(())
}

/// Gives the group another name.
///
/// Errors: `Conflict` when the name is taken.
pub fn rename(tx: &WriteTx<'_>, key: GroupKey, name: &GroupName) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM group_names WHERE grp = ?1 AND kind = 'current'",
        [key.0],
    )?;
    let then = "rename or remove that one first, or choose another name";
    insert_name(tx, key, name, then)?;
    run(
        tx.conn(),
        "UPDATE groups SET name = ?2 WHERE seq = ?1",
        (key.0, name.as_str()),
    )?;
    Ok(())
}

/// Sets, or with `None` clears, the caller's connection's own id for the group.
///
/// Errors: `Conflict` when the connection has it for another group.
pub fn set_external_id(tx: &WriteTx<'_>, key: GroupKey, id: Option<&ExternalId>) -> Result<()> {
    external_ids::set(tx, &OF_GROUPS, key.0, id)
}

/// Adds members; who is in already stays. Returns who came in.
///
/// Errors: `Invalid` (UnknownMember) for an id that is no member's of this account;
/// `TooMany` when the group would hold more than [`GROUP_MEMBERS_MAX`].
pub fn add_members(tx: &WriteTx<'_>, key: GroupKey, ids: &[MemberId]) -> Result<Vec<MemberId>> {
    let account = tx.account()?;
    let mut insert = tx.conn().prepare_cached(
        "INSERT INTO group_members (grp, member, member_id, connection, added_ms)
         SELECT ?1, seq, id, ?2, ?3 FROM members WHERE id = ?4 AND account = ?5
         ON CONFLICT DO NOTHING",
    )?;
    let mut added = Vec::new();
    for id in ids {
        if insert.execute((key.0, tx.connection(), tx.now_ms(), id, account))? == 1 {
            added.push(*id);
        } else if !is_member_of_account(tx, account, *id)? {
            return Err(unknown_member(*id));
        }
    }
    count_members(tx, key, i64::try_from(added.len()).unwrap_or(i64::MAX))?;
    Ok(added)
}

fn is_member_of_account(tx: &ReadTx<'_>, account: i64, id: MemberId) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM members WHERE id = ?1 AND account = ?2",
        (id, account),
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

fn unknown_member(id: MemberId) -> Error {
    Error::invalid(
        Reason::UnknownMember,
        format!(
            "members names {id}, who is no User of this account; provision the person first, \
             nothing was changed."
        ),
    )
}

/// Keeps the count beside the group in step with its rows.
fn count_members(tx: &WriteTx<'_>, key: GroupKey, change: i64) -> Result<()> {
    if change == 0 {
        return Ok(());
    }
    let count: i64 = get(
        tx.conn(),
        "SELECT member_count FROM groups WHERE seq = ?1",
        [key.0],
        |row| row.get(0),
    )?;
    if count.saturating_add(change) > GROUP_MEMBERS_MAX {
        return Err(Error::too_many(format!(
            "The group would hold more than {GROUP_MEMBERS_MAX} members; split it, nothing was \
             changed."
        )));
    }
    run(
        tx.conn(),
        "UPDATE groups SET member_count = member_count + ?2 WHERE seq = ?1",
        (key.0, change),
    )?;
    Ok(())
}

/// Errors: `Invalid` (no target) when that person is not in the group.
pub fn require_member(tx: &ReadTx<'_>, key: GroupKey, id: MemberId) -> Result<()> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM group_members WHERE grp = ?1
         AND member = (SELECT seq FROM members WHERE id = ?2 AND account = ?3)",
        (key.0, id, tx.account()?),
        |row| row.get(0),
    )?;
    if found.is_some() {
        return Ok(());
    }
    Err(Error::invalid(
        Reason::NoTarget,
        format!("No entry of members has the value {id}; add it instead."),
    ))
}

/// Removes members; who is not in is passed over. Returns who went.
pub fn remove_members(tx: &WriteTx<'_>, key: GroupKey, ids: &[MemberId]) -> Result<Vec<MemberId>> {
    let mut delete = tx.conn().prepare_cached(
        "DELETE FROM group_members WHERE grp = ?1
         AND member = (SELECT seq FROM members WHERE id = ?2 AND account = ?3)",
    )?;
    let account = tx.account()?;
    let mut removed = Vec::new();
    for id in ids {
        if delete.execute((key.0, id, account))? == 1 {
            removed.push(*id);
        }
    }
    count_members(tx, key, -i64::try_from(removed.len()).unwrap_or(i64::MAX))?;
    Ok(removed)
}

/// Removes everybody; how many went.
pub fn remove_all_members(tx: &WriteTx<'_>, key: GroupKey) -> Result<i64> {
    let removed = run(
        tx.conn(),
        "DELETE FROM group_members WHERE grp = ?1",
        [key.0],
    )?;
    let removed = i64::try_from(removed).unwrap_or(i64::MAX);
    count_members(tx, key, -removed)?;
    Ok(removed)
}

/// Makes the members exactly these: only the difference is written. Who came, who went.
///
/// Errors: as [`add_members`].
pub fn replace_members(
    tx: &WriteTx<'_>,
    key: GroupKey,
    ids: &[MemberId],
) -> Result<(Vec<MemberId>, Vec<MemberId>)> {
    let wanted: HashSet<MemberId> = ids.iter().copied().collect();
    let held: Vec<MemberId> = read_all(
        tx.conn(),
        "SELECT member_id FROM group_members WHERE grp = ?1",
        [key.0],
        |row| row.get(0),
    )?;
    let gone: Vec<MemberId> = held.into_iter().filter(|id| !wanted.contains(id)).collect();
    let removed = remove_members(tx, key, &gone)?;
    let added = add_members(tx, key, ids)?;
    Ok((added, removed))
}

/// Removes the members that a filter on their entries picks. Returns who went.
pub fn remove_members_where(
    tx: &WriteTx<'_>,
    key: GroupKey,
    condition: &MemberMatch,
) -> Result<Vec<MemberId>> {
    let held: Vec<MemberId> = read_all(
        tx.conn(),
        "SELECT member_id FROM group_members WHERE grp = ?1",
        [key.0],
        |row| row.get(0),
    )?;
    let picked: Vec<MemberId> = held.into_iter().filter(|id| condition.picks(*id)).collect();
    remove_members(tx, key, &picked)
}

/// Counts the version up and writes the time.
pub fn touch(tx: &WriteTx<'_>, key: GroupKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE groups SET version = version + 1, modified_ms = ?2 WHERE seq = ?1",
        (key.0, tx.now_ms()),
    )?;
    Ok(())
}

/// Puts the group under the caller's connection.
pub fn adopt(tx: &WriteTx<'_>, key: GroupKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE groups SET connection = ?2 WHERE seq = ?1",
        (key.0, tx.connection()),
    )?;
    Ok(())
}

/// Removes the group; its members stay members of the account.
pub fn delete(tx: &WriteTx<'_>, key: GroupKey, group: &Group) -> Result<()> {
    remove_row(tx, key, group.id)
}

/// The same of a group of which nothing but its id is known.
pub(in crate::store) fn remove_row(tx: &WriteTx<'_>, key: GroupKey, id: GroupId) -> Result<()> {
    let account = tx.account()?;
    run(
        tx.conn(),
        "INSERT INTO tombstones (id, account, kind, deleted_ms) VALUES (?1, ?2, 'group', ?3)",
        (id, account, tx.now_ms()),
    )?;
    external_ids::remove_all(tx, &OF_GROUPS, key.0)?;
    run(tx.conn(), "DELETE FROM groups WHERE seq = ?1", [key.0])?;
    run(
        tx.conn(),
        "UPDATE accounts SET group_count = group_count - 1 WHERE seq = ?1",
        [account],
    )?;
    Ok(())
}
