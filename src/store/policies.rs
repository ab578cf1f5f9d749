//! Policies: which roles a member or a group is given. So far there is one: Minimal Account
//! Access, on the whole account.

use super::roles::RoleNames;
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
    let names = RoleNames::new(tx);
    dropped.into_iter().map(|id| names.of(id)).collect()
}

/// The roles of the member's own policies, whose permission groups `ids` lists: 32 hex digits
/// each, nothing between them. Sorted, each once.
pub(in crate::store) fn own_roles(ids: &str) -> Vec<RoleOfMember> {
    let (ids, _) = ids.as_bytes().as_chunks::<32>();
    let ids = ids
        .iter()
        .filter_map(|id| str::from_utf8(id).ok()?.parse().ok());
    let mut roles: Vec<RoleOfMember> = ids
        .map(|id| RoleOfMember {
            name: role_name(id),
            path: RolePath::Direct,
        })
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// The roles that active members hold by their groups; `list` has the members' keys as a JSON
/// array. Each role with its member's key, each once, sorted by both.
pub(in crate::store) fn roles_by_groups(
    tx: &ReadTx<'_>,
    list: &str,
) -> Result<Vec<(i64, RoleOfMember)>> {
    let mut roles = rows(
        tx.conn(),
        "SELECT x.member, r.permission_group FROM json_each(?1) k
         CROSS JOIN group_members x ON x.member = k.value
         JOIN policies p ON p.grp = x.grp
         JOIN policy_permission_groups r ON r.policy = p.seq
         WHERE p.access = 'allow'",
        [list],
        |row| {
            let role = RoleOfMember {
                name: role_name(row.get(1)?),
                path: RolePath::Group,
            };
            Ok((row.get(0)?, role))
        },
    )?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

/// The name of the role that a policy names by `id`: of one nobody knows, the id.
pub(in crate::store) fn role_name(id: PermissionGroupId) -> String {
    catalogue::role_name(id).map_or_else(|| id.to_string(), ToOwned::to_owned)
}
