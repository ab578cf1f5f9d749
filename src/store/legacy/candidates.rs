//! What a migration looks at, and the one thing of a group that it alone changes.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use super::super::groups::{GroupKey, find_by_id};
use super::super::members::{MemberKey, seqs_of};
use super::super::sql::{find, get as get_row, list as rows, run};
use super::super::tx::{ReadTx, WriteTx};
use crate::domain::connection::ProviderKind;
use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::id::{ConnectionId, GroupScimId, MemberId, PermissionGroupId, PolicyId};
use crate::domain::legacy::plan::Source;
use crate::domain::text::fold;

/// Bytes of SHA-256 that a part of a fingerprint has.
const PRINT_BYTES: usize = 8;

/// The account's groups that are legacy groups, or whose names `looks_legacy`, in the order they
/// were made.
pub fn list(
    tx: &ReadTx<'_>,
    looks_legacy: impl Fn(&str) -> bool,
) -> Result<Vec<(GroupKey, Group)>> {
    // The groups of an account lie together in that order, so nothing is sorted.
    let found: Vec<Option<String>> = rows(
        tx.conn(),
        "SELECT scim_id, name, legacy IS NOT NULL FROM groups
         WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
        seqs_of(tx.account()?),
        |row| {
            let wanted = row.get(2)? || looks_legacy(row.get_ref(1)?.as_str()?);
            if wanted {
                row.get(0).map(Some)
            } else {
                Ok(None)
            }
        },
    )?;
    let mut groups = Vec::new();
    for id in found.into_iter().flatten() {
        let id = GroupScimId::parse(&id);
        let group = id.map_or(Ok(None), |id| find_by_id(tx, &id))?;
        groups.push(group.ok_or_else(|| Error::internal("a group that is not there"))?);
    }
    Ok(groups)
}

/// The group that answers to `name`, letter case aside.
pub fn named(tx: &ReadTx<'_>, name: &str) -> Result<Option<GroupKey>> {
    Ok(find(
        tx.conn(),
        "SELECT grp FROM group_names WHERE account = ?1 AND name_key = ?2",
        (tx.account()?, fold(name)),
        |row| row.get(0).map(GroupKey),
    )?)
}

/// The group with that SCIM id, if it is still there.
pub fn find_group(tx: &ReadTx<'_>, scim_id: &str) -> Result<Option<(GroupKey, Group)>> {
    let id = GroupScimId::parse(scim_id);
    id.map_or(Ok(None), |id| find_by_id(tx, &id))
}

/// The group with that SCIM id, which must be there.
///
/// Errors: `Internal`.
pub fn get(tx: &ReadTx<'_>, scim_id: &str) -> Result<Group> {
    let found = find_group(tx, scim_id)?;
    found
        .map(|(_, group)| group)
        .ok_or_else(|| Error::internal("a group that is not there"))
}

/// How many came into the group after then, in milliseconds since 1970, UTC.
pub fn added_since(tx: &ReadTx<'_>, key: GroupKey, since_ms: i64) -> Result<i64> {
    Ok(get_row(
        tx.conn(),
        "SELECT count(*) FROM group_members WHERE grp = ?1 AND added_ms > ?2",
        (key.0, since_ms),
        |row| row.get(0),
    )?)
}

/// How many of those who are in the group came after the one time and not after the other.
pub fn added_between(tx: &ReadTx<'_>, key: GroupKey, since_ms: i64, until_ms: i64) -> Result<i64> {
    Ok(get_row(
        tx.conn(),
        "SELECT count(*) FROM group_members
         WHERE grp = ?1 AND added_ms > ?2 AND added_ms <= ?3",
        (key.0, since_ms, until_ms),
        |row| row.get(0),
    )?)
}

/// Whether the account has a group with that SCIM id.
pub fn has_scim_id(tx: &ReadTx<'_>, id: &str) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM groups WHERE account = ?1 AND scim_id = ?2",
        (tx.account()?, id),
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// The account's connections, in the order they were made.
pub fn sources(tx: &ReadTx<'_>) -> Result<Vec<Source>> {
    Ok(rows(
        tx.conn(),
        "SELECT id, name, kind FROM connections WHERE account = ?1 ORDER BY seq",
        [tx.account()?],
        |row| {
            Ok(Source {
                id: row.get(0)?,
                name: row.get(1)?,
                kind: super::super::connections::kind_column(row, 2)
                    .unwrap_or(ProviderKind::Generic),
            })
        },
    )?)
}

/// The member with that userName, letter case aside, in whichever state.
pub fn person(tx: &ReadTx<'_>, user_name: &str) -> Result<Option<(MemberKey, MemberId)>> {
    Ok(find(
        tx.conn(),
        "SELECT seq, id FROM members WHERE account = ?1 AND user_name_key = ?2",
        (tx.account()?, fold(user_name)),
        |row| Ok((MemberKey(row.get(0)?), row.get(1)?)),
    )?)
}

/// Whether somebody is in any group.
pub fn is_in_groups(tx: &ReadTx<'_>, key: MemberKey) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM group_members WHERE member = ?1 LIMIT 1",
        [key.0],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Policies that deny one of the `roles` to anybody, in the order of their keys.
pub fn denials(tx: &ReadTx<'_>, roles: &[PermissionGroupId]) -> Result<Vec<PolicyId>> {
    let denials: Vec<(PolicyId, PermissionGroupId)> = rows(
        tx.conn(),
        "SELECT p.id, x.permission_group FROM policies p
         CROSS JOIN policy_permission_groups x ON x.policy = p.seq
         WHERE p.account = ?1 AND p.access = 'deny' ORDER BY p.seq, x.ordinal",
        [tx.account()?],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let about = |(_, role): &(PolicyId, PermissionGroupId)| roles.contains(role);
    Ok(denials
        .into_iter()
        .filter(about)
        .map(|(id, _)| id)
        .collect())
}

/// Makes a group a legacy group of that role, or a user group.
pub fn set_legacy(
    tx: &WriteTx<'_>,
    key: GroupKey,
    legacy: Option<PermissionGroupId>,
) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE groups SET legacy = ?2 WHERE seq = ?1",
        (key.0, legacy),
    )?;
    Ok(())
}

/// Gives a group that was just made the id by which providers know the legacy group.
pub fn set_scim_id(tx: &WriteTx<'_>, key: GroupKey, id: &str) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE groups SET scim_id = ?2 WHERE seq = ?1",
        (key.0, id),
    )?;
    Ok(())
}

/// The connections that push to a group: the one that manages it, and those that have an id of
/// their own for it.
pub fn pushing(tx: &ReadTx<'_>, key: GroupKey) -> Result<Vec<ConnectionId>> {
    Ok(rows(
        tx.conn(),
        "SELECT c.id FROM connections c
         WHERE c.seq = (SELECT connection FROM groups WHERE seq = ?1)
            OR c.seq = (SELECT external_connection FROM groups WHERE seq = ?1)
            OR EXISTS (SELECT 1 FROM group_external_ids x
                       WHERE x.grp = ?1 AND x.connection = c.seq AND x.further = 1)
         ORDER BY c.seq",
        [key.0],
        |row| row.get(0),
    )?)
}

/// A part of a fingerprint.
pub fn print(text: &str) -> String {
    let sum = digest::digest(&digest::SHA256, text.as_bytes());
    HEXLOWER.encode(sum.as_ref().get(..PRINT_BYTES).unwrap_or_default())
}
