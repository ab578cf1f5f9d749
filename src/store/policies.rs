//! Policies: which roles a member or a group is given. So far there is one: Minimal Account
//! Access, on the whole account.

use rusqlite::Row;

use super::sql::{find, list as rows, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::catalogue;
use crate::domain::error::{Error, Result};
use crate::domain::id::{PermissionGroupId, PolicyId};
use crate::domain::member::{RoleOfMember, RolePath};

/// Gives the member the role every member has, as their own policy; whether it was missing.
pub(in crate::store) fn grant_minimal_access(tx: &WriteTx<'_>, member: i64) -> Result<bool> {
    let held: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM policies p JOIN policy_permission_groups g ON g.policy = p.seq
         WHERE p.member = ?1 AND p.access = 'allow' AND g.permission_group = ?2",
        (member, catalogue::MINIMAL_ACCOUNT_ACCESS),
        |row| row.get(0),
    )?;
    if held.is_some() {
        return Ok(false);
    }
    give_minimal_access(tx, member)?;
    Ok(true)
}

/// The same for somebody who was just made, and so holds nothing yet.
pub(in crate::store) fn give_minimal_access(tx: &WriteTx<'_>, member: i64) -> Result<()> {
    let account = tx.account()?;
    let whole_account: Option<i64> = find(
        tx.conn(),
        "SELECT seq FROM resource_groups WHERE account = ?1 AND built_in = 1",
        [account],
        |row| row.get(0),
    )?;
    let whole_account = whole_account
        .ok_or_else(|| Error::internal("an account without its built-in resource group"))?;
    run(
        tx.conn(),
        "INSERT INTO policies (id, account, member, access, ordinal, created_ms)
         VALUES (?1, ?2, ?3, 'allow', 0, ?4)",
        (
            PolicyId::from_bytes(tx.new_id()),
            account,
            member,
            tx.now_ms(),
        ),
    )?;
    let policy = tx.conn().last_insert_rowid();
    run(
        tx.conn(),
        "INSERT INTO policy_permission_groups (policy, ordinal, permission_group)
         VALUES (?1, 0, ?2)",
        (policy, catalogue::MINIMAL_ACCOUNT_ACCESS),
    )?;
    run(
        tx.conn(),
        "INSERT INTO policy_resource_groups (policy, ordinal, resource_group) VALUES (?1, 0, ?2)",
        (policy, whole_account),
    )?;
    Ok(())
}

/// The role that [`give_minimal_access`] gives, as answers show it.
pub(in crate::store) fn minimal_access() -> RoleOfMember {
    RoleOfMember {
        name: role_name(catalogue::MINIMAL_ACCOUNT_ACCESS),
        path: RolePath::Direct,
    }
}

/// Drops the member's own policies; the names of the roles they gave.
pub(in crate::store) fn drop_of_member(tx: &WriteTx<'_>, member: i64) -> Result<Vec<String>> {
    let dropped: Vec<PermissionGroupId> = rows(
        tx.conn(),
        "SELECT DISTINCT g.permission_group FROM policies p
         JOIN policy_permission_groups g ON g.policy = p.seq
         WHERE p.member = ?1 AND p.access = 'allow' ORDER BY p.seq, g.ordinal",
        [member],
        |row| row.get(0),
    )?;
    run(
        tx.conn(),
        "DELETE FROM policies WHERE member = ?1",
        [member],
    )?;
    Ok(dropped.into_iter().map(role_name).collect())
}

/// The roles an active member holds, by their own policies and by their groups'.
pub(in crate::store) fn roles_of_member(tx: &ReadTx<'_>, member: i64) -> Result<Vec<RoleOfMember>> {
    let mut roles = rows(
        tx.conn(),
        "SELECT p.member, g.permission_group, 0 FROM policies p
         JOIN policy_permission_groups g ON g.policy = p.seq
         WHERE p.member = ?1 AND p.access = 'allow'
         UNION ALL
         SELECT x.member, g.permission_group, 1 FROM group_members x
         JOIN policies p ON p.grp = x.grp
         JOIN policy_permission_groups g ON g.policy = p.seq
         WHERE x.member = ?1 AND p.access = 'allow'",
        [member],
        role_row,
    )?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

/// The same for many members, whose keys `list` holds as a JSON array: each role with its
/// member's key, sorted by both.
pub(in crate::store) fn roles_of_members(
    tx: &ReadTx<'_>,
    list: &str,
) -> Result<Vec<(i64, RoleOfMember)>> {
    let mut roles = rows(
        tx.conn(),
        "SELECT p.member, g.permission_group, 0 FROM json_each(?1) k
         CROSS JOIN policies p ON p.member = k.value
         JOIN policy_permission_groups g ON g.policy = p.seq
         WHERE p.access = 'allow'
         UNION ALL
         SELECT x.member, g.permission_group, 1 FROM json_each(?1) k
         CROSS JOIN group_members x ON x.member = k.value
         JOIN policies p ON p.grp = x.grp
         JOIN policy_permission_groups g ON g.policy = p.seq
         WHERE p.access = 'allow'",
        [list],
        |row| Ok((row.get(0)?, role_row(row)?)),
    )?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

/// Columns 1 and 2: the permission group, and whether it came by a group.
fn role_row(row: &Row<'_>) -> rusqlite::Result<RoleOfMember> {
    let by_group: bool = row.get(2)?;
    let path = if by_group {
        RolePath::Group
    } else {
        RolePath::Direct
    };
    Ok(RoleOfMember {
        name: role_name(row.get(1)?),
        path,
    })
}

/// The name of the role that a policy names by `id`: of one nobody knows, the id.
pub(in crate::store) fn role_name(id: PermissionGroupId) -> String {
    catalogue::role_name(id).map_or_else(|| id.to_string(), ToOwned::to_owned)
}
