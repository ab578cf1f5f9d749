//! Legacy groups: rows of `groups` with the role that their name grants. Their policy is a row
//! like any other, there while the mapping is on.

pub mod candidates;
pub mod decisions;
pub mod old_names;
pub mod pushes;
pub mod runs;
pub mod snapshot;

use std::collections::BTreeSet;

use super::grants::HoldersAfter;
use super::groups::{GroupKey, find_by_id, remove_row, take_number, whole_where};
use super::members::MemberKey;
use super::policies::records::{self, Holder};
use super::sql::{find, get, list as read_all, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::id::{AccountId, GroupId, GroupScimId, PermissionGroupId};
use crate::domain::legacy::mapping::{self, Mapping, MappingStatus};
use crate::domain::policy::{Access, ChosenPolicy};
use crate::domain::role::Role;
use crate::domain::text::fold;

/// The account's setting.
pub fn mapping(tx: &ReadTx<'_>) -> Result<Mapping> {
    Ok(get(
        tx.conn(),
        "SELECT legacy_mapping, legacy_super_administrator FROM accounts WHERE seq = ?1",
        [tx.account()?],
        |row| {
            Ok(Mapping {
                on: row.get(0)?,
                super_administrator: row.get(1)?,
            })
        },
    )?)
}

/// The setting, and what there is of legacy groups.
pub fn status(tx: &ReadTx<'_>) -> Result<MappingStatus> {
    let mapping = mapping(tx)?;
    let account = tx.account()?;
    let (groups, pushed, memberships) = get(
        tx.conn(),
        "SELECT count(*), count(connection), ifnull(sum(member_count), 0)
         FROM groups WHERE account = ?1 AND legacy IS NOT NULL",
        [account],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    // By the index of SCIM ids: a dot follows the hyphen.
    let converted = get(
        tx.conn(),
        "SELECT count(*) FROM groups
         WHERE account = ?1 AND scim_id >= 'cloudflare-v1-' AND scim_id < 'cloudflare-v1.'
           AND legacy IS NULL",
        [account],
        |row| row.get(0),
    )?;
    Ok(MappingStatus {
        mapping,
        groups,
        pushed,
        memberships,
        converted,
    })
}

/// What the account says of names over SCIM.
#[derive(Debug, Clone)]
pub struct NameRules {
    pub account: AccountId,
    /// The prefix that names must not have; empty: none.
    pub reserved_prefix: String,
    pub mapping: Mapping,
}

pub fn name_rules(tx: &ReadTx<'_>) -> Result<NameRules> {
    Ok(get(
        tx.conn(),
        "SELECT id, reserved_prefix, legacy_mapping, legacy_super_administrator
         FROM accounts WHERE seq = ?1",
        [tx.account()?],
        |row| {
            Ok(NameRules {
                account: row.get(0)?,
                reserved_prefix: row.get(1)?,
                mapping: Mapping {
                    on: row.get(2)?,
                    super_administrator: row.get(3)?,
                },
            })
        },
    )?)
}

/// Writes the setting; the groups are the caller's business.
pub fn set_mapping(tx: &WriteTx<'_>, mapping: Mapping) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE accounts SET legacy_mapping = ?2, legacy_super_administrator = ?3,
             modified_ms = ?4
         WHERE seq = ?1",
        (
            tx.account()?,
            mapping.on,
            mapping.super_administrator,
            tx.now_ms(),
        ),
    )?;
    Ok(())
}

/// The account that the transaction is on: legacy names hold its id.
pub fn account_id(tx: &ReadTx<'_>) -> Result<AccountId> {
    Ok(get(
        tx.conn(),
        "SELECT id FROM accounts WHERE seq = ?1",
        [tx.account()?],
        |row| row.get(0),
    )?)
}

/// The account's legacy groups, in the order they were made.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<(GroupKey, Group)>> {
    whole_where(tx, "g.legacy IS NOT NULL")
}

/// The legacy group of the role, if the account has it.
pub fn find_by_role(tx: &ReadTx<'_>, role: PermissionGroupId) -> Result<Option<GroupKey>> {
    Ok(find(
        tx.conn(),
        "SELECT seq FROM groups WHERE account = ?1 AND legacy = ?2",
        (tx.account()?, role),
        |row| row.get(0).map(GroupKey),
    )?)
}

/// What became of a legacy group that was to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It was not there.
    New(GroupKey),
    /// The account has a group with its SCIM id: it, or the user group that it became.
    Known,
    /// Another group has its name, or had it and is still found by it: the one called so.
    NameTaken(String),
}

/// What keeps the role's legacy group from being made; `None`: nothing does.
pub fn in_the_way(tx: &ReadTx<'_>, role: &Role) -> Result<Option<Made>> {
    let scim_id = mapping::scim_id(role)?;
    let known: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM groups WHERE account = ?1 AND scim_id = ?2",
        (tx.account()?, scim_id.as_str()),
        |row| row.get(0),
    )?;
    if known.is_some() {
        return Ok(Some(Made::Known));
    }
    Ok(called(tx, &name_of(tx, role)?)?.map(Made::NameTaken))
}

fn name_of(tx: &ReadTx<'_>, role: &Role) -> Result<String> {
    role.legacy_group_name(account_id(tx)?)
        .ok_or_else(|| Error::internal("a legacy group of a role that has none"))
}

/// Makes the role's legacy group, without a policy and with nobody in it, unless it is there.
pub fn insert(tx: &WriteTx<'_>, role: &Role) -> Result<Made> {
    if let Some(found) = in_the_way(tx, role)? {
        return Ok(found);
    }
    let account = tx.account()?;
    let (scim_id, name) = (mapping::scim_id(role)?, name_of(tx, role)?);
    let key = take_number(tx, account)?;
    run(
        tx.conn(),
        "INSERT INTO groups (seq, id, account, scim_id, name, legacy, created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        (
            key.0,
            GroupId::from_bytes(tx.entropy().uuid_v7(tx.now_ms())),
            account,
            scim_id.as_str(),
            &name,
            role.permission_group,
            tx.now_ms(),
        ),
    )?;
    run(
        tx.conn(),
        "INSERT INTO group_names (account, name_key, grp, kind) VALUES (?1, ?2, ?3, 'current')",
        (account, fold(&name), key.0),
    )?;
    insert_spellings(tx, key, role)?;
    Ok(Made::New(key))
}

/// Lets the group be found by the old spellings of its role too, as far as they are free.
pub fn insert_spellings(tx: &WriteTx<'_>, key: GroupKey, role: &Role) -> Result<()> {
    let account = account_id(tx)?;
    for alias in &role.aliases {
        run(
            tx.conn(),
            "INSERT INTO group_names (account, name_key, grp, kind) VALUES (?1, ?2, ?3, 'alias')
             ON CONFLICT DO NOTHING",
            (
                tx.account()?,
                fold(&format!("CF-{account} - {alias}")),
                key.0,
            ),
        )?;
    }
    Ok(())
}

/// The name of the group that answers to `name`, letter case aside.
pub fn called(tx: &ReadTx<'_>, name: &str) -> Result<Option<String>> {
    Ok(answering(tx, &fold(name))?.map(|found| found.group.name))
}

/// A group that answers to a name.
pub struct Answering {
    pub key: GroupKey,
    pub group: Group,
    /// Whether the name is not its own, but one it had or an old spelling of it.
    pub by_alias: bool,
}

/// The group that answers to the name with that key.
pub fn answering(tx: &ReadTx<'_>, name_key: &str) -> Result<Option<Answering>> {
    let found: Option<(String, bool)> = find(
        tx.conn(),
        "SELECT g.scim_id, n.kind = 'alias' FROM group_names n JOIN groups g ON g.seq = n.grp
         WHERE n.account = ?1 AND n.name_key = ?2",
        (tx.account()?, name_key),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((scim_id, by_alias)) = found else {
        return Ok(None);
    };
    let id =
        GroupScimId::parse(&scim_id).ok_or_else(|| Error::internal("a group's SCIM id is none"))?;
    let found = find_by_id(tx, &id)?;
    Ok(found.map(|(key, group)| Answering {
        key,
        group,
        by_alias,
    }))
}

/// The policy of a legacy group: its one role, on the whole account.
pub fn policy(tx: &ReadTx<'_>, role: PermissionGroupId) -> Result<ChosenPolicy> {
    Ok(ChosenPolicy {
        id: None,
        access: Access::Allow,
        permission_groups: vec![role],
        resource_groups: vec![super::resource_groups::whole_account(tx)?],
    })
}

/// Whether the group has a policy.
pub fn grants(tx: &ReadTx<'_>, key: GroupKey) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM policies WHERE grp = ?1 LIMIT 1",
        [key.0],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Gives a legacy group that has no policy its role.
pub fn grant(tx: &WriteTx<'_>, key: GroupKey, role: PermissionGroupId) -> Result<()> {
    records::replace(tx, Holder::Group(key), &[policy(tx, role)?])?;
    Ok(())
}

/// The next members of legacy groups, at most `limit`, in the order they were made.
pub fn members(tx: &ReadTx<'_>, after: HoldersAfter, limit: usize) -> Result<Vec<MemberKey>> {
    let groups: Vec<i64> = read_all(
        tx.conn(),
        "SELECT seq FROM groups WHERE account = ?1 AND legacy IS NOT NULL AND member_count > 0",
        [tx.account()?],
        |row| row.get(0),
    )?;
    super::grants::with_members(tx, BTreeSet::new(), &groups, after, limit)
}

/// Takes all legacy groups' policies away; how many there were.
pub fn revoke_all(tx: &WriteTx<'_>) -> Result<usize> {
    Ok(run(
        tx.conn(),
        "DELETE FROM policies WHERE grp IN
             (SELECT seq FROM groups WHERE account = ?1 AND legacy IS NOT NULL)",
        [tx.account()?],
    )?)
}

/// Removes the legacy groups that nobody ever pushed and that hold nobody; how many.
pub fn remove_untouched(tx: &WriteTx<'_>) -> Result<usize> {
    let account = tx.account()?;
    let untouched: Vec<(GroupKey, GroupId)> = read_all(
        tx.conn(),
        "SELECT seq, id FROM groups
         WHERE account = ?1 AND legacy IS NOT NULL AND connection IS NULL AND member_count = 0",
        [account],
        |row| Ok((GroupKey(row.get(0)?), row.get(1)?)),
    )?;
    for (key, id) in &untouched {
        remove_row(tx, *key, *id)?;
    }
    Ok(untouched.len())
}
