//! A group's policies as rows: kept before a migration changes them, and put back by undoing it,
//! byte for byte.

use serde::{Deserialize, Serialize};

use super::super::groups::GroupKey;
use super::super::policies::records::next_key;
use super::super::resource_groups;
use super::super::sql::{find, list as rows, run};
use super::super::tx::{ReadTx, WriteTx};
use crate::domain::error::{Error, Result};
use crate::domain::id::{PermissionGroupId, PolicyId, ResourceGroupId};
use crate::domain::policy::{Access, ChosenPolicy};

/// One policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRow {
    seq: i64,
    id: PolicyId,
    access: String,
    ordinal: i64,
    created_ms: i64,
    roles: Vec<PermissionGroupId>,
    on: Vec<ResourceGroupId>,
}

/// The group's policies.
pub fn of(tx: &ReadTx<'_>, key: GroupKey) -> Result<Vec<PolicyRow>> {
    let mut policies: Vec<PolicyRow> = rows(
        tx.conn(),
        "SELECT seq, id, access, ordinal, created_ms FROM policies WHERE grp = ?1
         ORDER BY ordinal, seq",
        [key.0],
        |row| {
            Ok(PolicyRow {
                seq: row.get(0)?,
                id: row.get(1)?,
                access: row.get(2)?,
                ordinal: row.get(3)?,
                created_ms: row.get(4)?,
                roles: Vec::new(),
                on: Vec::new(),
            })
        },
    )?;
    for policy in &mut policies {
        policy.roles = rows(
            tx.conn(),
            "SELECT permission_group FROM policy_permission_groups WHERE policy = ?1
             ORDER BY ordinal",
            [policy.seq],
            |row| row.get(0),
        )?;
        policy.on = rows(
            tx.conn(),
            "SELECT r.id FROM policy_resource_groups y
             JOIN resource_groups r ON r.seq = y.resource_group
             WHERE y.policy = ?1 ORDER BY y.ordinal",
            [policy.seq],
            |row| row.get(0),
        )?;
    }
    Ok(policies)
}

/// The same as policies to be made.
///
/// Errors: `Internal` when something that a policy names is gone.
pub fn chosen(tx: &ReadTx<'_>, policies: &[PolicyRow]) -> Result<Vec<ChosenPolicy>> {
    let group = |id: &ResourceGroupId| {
        let found = resource_groups::find_by_id(tx, *id)?;
        found.ok_or_else(|| Error::internal("a resource group that is gone"))
    };
    let of = |policy: &PolicyRow| {
        let access = Access::parse(&policy.access)
            .ok_or_else(|| Error::internal("a policy that neither allows nor denies"))?;
        Ok(ChosenPolicy {
            id: Some(policy.id),
            access,
            permission_groups: policy.roles.clone(),
            resource_groups: policy.on.iter().map(group).collect::<Result<_>>()?,
        })
    };
    policies.iter().map(of).collect()
}

/// Makes the group's policies these again. What comes is written before what goes is deleted.
///
/// Errors: `Internal` when something that a policy names is gone.
pub fn restore(tx: &WriteTx<'_>, key: GroupKey, wanted: &[PolicyRow]) -> Result<()> {
    let now = of(tx, key)?;
    for policy in wanted {
        let same = |one: &&PolicyRow| one.id == policy.id;
        match now.iter().find(same) {
            None => insert(tx, key, policy)?,
            Some(there) if there.ordinal != policy.ordinal => {
                run(
                    tx.conn(),
                    "UPDATE policies SET ordinal = ?2 WHERE seq = ?1",
                    (there.seq, policy.ordinal),
                )?;
            }
            Some(_) => {}
        }
    }
    for policy in &now {
        if !wanted.iter().any(|one| one.id == policy.id) {
            run(
                tx.conn(),
                "DELETE FROM policies WHERE seq = ?1",
                [policy.seq],
            )?;
        }
    }
    Ok(())
}

fn insert(tx: &WriteTx<'_>, key: GroupKey, policy: &PolicyRow) -> Result<()> {
    let taken: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM policies WHERE seq = ?1",
        [policy.seq],
        |row| row.get(0),
    )?;
    let seq = match taken {
        None => policy.seq,
        Some(_) => next_key(tx)?,
    };
    run(
        tx.conn(),
        "INSERT INTO policies (seq, id, account, grp, access, ordinal, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            seq,
            policy.id,
            tx.account()?,
            key.0,
            &policy.access,
            policy.ordinal,
            policy.created_ms,
        ),
    )?;
    for (ordinal, role) in (0_i64..).zip(&policy.roles) {
        run(
            tx.conn(),
            "INSERT INTO policy_permission_groups (policy, ordinal, permission_group)
             VALUES (?1, ?2, ?3)",
            (seq, ordinal, role),
        )?;
    }
    for (ordinal, on) in (0_i64..).zip(&policy.on) {
        let made = run(
            tx.conn(),
            "INSERT INTO policy_resource_groups (policy, ordinal, resource_group)
             SELECT ?1, ?2, seq FROM resource_groups WHERE id = ?3 AND account = ?4",
            (seq, ordinal, on, tx.account()?),
        )?;
        if made == 0 {
            return Err(Error::internal("a resource group that is gone"));
        }
    }
    Ok(())
}
