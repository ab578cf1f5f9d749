//! Policies: which roles a member or a group is given. So far there is one: Minimal Account
//! Access, on the whole account.

pub mod holders;
pub mod records;

use std::collections::HashSet;

use super::roles;
use super::sql::{find, list as rows, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::id::PermissionGroupId;
use crate::domain::member::{RoleOfMember, RolePath, USUAL_ROLE};

/// Gives the member the role every member has, as their own policy, unless they hold it.
pub(in crate::store) fn grant_minimal_access(tx: &WriteTx<'_>, member: i64) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE members SET minimal_access = 1 WHERE seq = ?1 AND minimal_access = 0
         AND NOT EXISTS (SELECT 1 FROM policies p
                         JOIN policy_permission_groups g ON g.policy = p.seq
                         WHERE p.member = ?1 AND p.access = 'allow' AND g.permission_group = ?2)",
        (member, catalogue::MINIMAL_ACCOUNT_ACCESS),
    )?;
    Ok(())
}

/// The role that everybody gets, as answers show it.
pub(in crate::store) fn minimal_access() -> RoleOfMember {
    RoleOfMember {
        name: USUAL_ROLE.to_owned(),
        path: RolePath::Direct,
    }
}

/// Drops the member's own policies; the roles they gave, in their order.
pub(in crate::store) fn drop_of_member(
    tx: &WriteTx<'_>,
    member: i64,
) -> Result<Vec<PermissionGroupId>> {
    let mut dropped: Vec<PermissionGroupId> = rows(
        tx.conn(),
        "SELECT permission_group FROM grants WHERE member = ?1 AND access = 'allow'
         ORDER BY policy_ordinal, policy, group_ordinal",
        [member],
        |row| row.get(0),
    )?;
    let mut told = HashSet::new();
    dropped.retain(|id| told.insert(*id));
    run(
        tx.conn(),
        "DELETE FROM policies WHERE member = ?1",
        [member],
    )?;
    run(
        tx.conn(),
        "UPDATE members SET minimal_access = 0, has_policies = 0 WHERE seq = ?1",
        [member],
    )?;
    Ok(dropped)
}

/// The roles that an active member holds in the end by policies that are rows: their own and
/// their groups'. In no order, some perhaps more than once.
pub(in crate::store) fn roles_by_policies(
    tx: &ReadTx<'_>,
    member: i64,
) -> rusqlite::Result<Vec<RoleOfMember>> {
    rows(
        tx.conn(),
        "SELECT permission_group, 0 FROM roles_of_members WHERE member = ?1
         UNION ALL
         SELECT permission_group, 1 FROM roles_of_groups WHERE member = ?1",
        [member],
        |row| {
            let path = if row.get(1)? {
                RolePath::Group
            } else {
                RolePath::Direct
            };
            Ok(RoleOfMember {
                name: roles::name_of(tx, row.get(0)?)?,
                path,
            })
        },
    )
}

/// Whether a policy denies the member the role that everybody gets.
pub(in crate::store) fn denies_minimal_access(
    tx: &ReadTx<'_>,
    member: i64,
) -> rusqlite::Result<bool> {
    let denied: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM denials_of_members WHERE member = ?1 AND permission_group = ?2
         UNION ALL
         SELECT 1 FROM denials_of_groups WHERE member = ?1 AND permission_group = ?2 LIMIT 1",
        (member, catalogue::MINIMAL_ACCOUNT_ACCESS),
        |row| row.get(0),
    )?;
    Ok(denied.is_some())
}
