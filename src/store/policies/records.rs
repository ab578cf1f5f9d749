//! The policies of a member or of a group, read and replaced as a whole.

use std::collections::HashMap;

use rusqlite::Row;
use serde_json::{Value, json};

use super::super::grants::{person, role_name};
use super::super::groups::GroupKey;
use super::super::members::{MemberKey, NUMBER_BITS};
use super::super::resource_groups::Scopes;
use super::super::sql::{find, get, list as rows, parsed, run};
use super::super::tx::{ReadTx, WriteTx};
use crate::domain::error::{Error, Result};
use crate::domain::id::{PermissionGroupId, PolicyId};
use crate::domain::policy::{Access, ChosenPolicy, Policy, continued};
use crate::domain::resource_group::{ResourceGroup, Scope};

/// Bytes of the facts of one side of a row, which holds less than `DIFF_BYTES_MAX` of it: there is
/// something else in it too.
const FACTS_BYTES_MAX: usize = 12 * 1024;
/// Domains that are named of a resource group where all of them are too many.
const DOMAINS_TOLD: [usize; 3] = [20, 3, 0];

/// Whose policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Member(MemberKey),
    Group(GroupKey),
}

/// The next key of a policy: those of an account lie together, so that one index finds the ones
/// that name a role.
pub(in crate::store) fn next_key(tx: &WriteTx<'_>) -> Result<i64> {
    let first = tx.account()? << NUMBER_BITS;
    let last: Option<i64> = find(
        tx.conn(),
        "SELECT seq FROM policies WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq DESC LIMIT 1",
        (first, first + (1 << NUMBER_BITS) - 1),
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or(first) + 1)
}

/// The holder's policies, everything in the order it was sent.
pub fn of(tx: &ReadTx<'_>, holder: Holder) -> Result<Vec<Policy>> {
    Ok(stored(tx, holder)?
        .into_iter()
        .map(|one| one.policy)
        .collect())
}

/// How many there are; the role that everybody has is not counted.
pub fn count(tx: &ReadTx<'_>, holder: Holder) -> Result<i64> {
    let (sql, key) = match holder {
        Holder::Member(key) => ("SELECT count(*) FROM policies WHERE member = ?1", key.0),
        Holder::Group(key) => ("SELECT count(*) FROM policies WHERE grp = ?1", key.0),
    };
    Ok(get(tx.conn(), sql, [key], |row| row.get(0))?)
}

/// When each of them was given its present words, in milliseconds since 1970, UTC.
pub fn made_ms(tx: &ReadTx<'_>, holder: Holder) -> Result<HashMap<PolicyId, i64>> {
    let (sql, key) = match holder {
        Holder::Member(key) => (
            "SELECT id, created_ms FROM policies WHERE member = ?1",
            key.0,
        ),
        Holder::Group(key) => ("SELECT id, created_ms FROM policies WHERE grp = ?1", key.0),
    };
    let made = rows(tx.conn(), sql, [key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(made.into_iter().collect())
}

/// A policy and the key of its row; the one that nearly everybody has is a flag of the member.
struct Stored {
    key: Option<i64>,
    policy: Policy,
}

/// One role of a policy on one resource group.
struct Pair {
    key: Option<i64>,
    policy: Option<PolicyId>,
    access: Access,
    role: PermissionGroupId,
    resource_group: i64,
}

const COLUMNS: &str = "g.policy, g.policy_id, g.access, g.permission_group, g.resource_group";
const ORDER: &str = "ORDER BY g.policy_ordinal, g.policy_id, g.group_ordinal,
    (SELECT y.ordinal FROM policy_resource_groups y
     WHERE y.policy = g.policy AND y.resource_group = g.resource_group)";

fn pair(row: &Row<'_>) -> rusqlite::Result<Pair> {
    Ok(Pair {
        key: row.get(0)?,
        policy: row.get(1)?,
        access: parsed(row, 2, Access::parse)?,
        role: row.get(3)?,
        resource_group: row.get(4)?,
    })
}

fn stored(tx: &ReadTx<'_>, holder: Holder) -> Result<Vec<Stored>> {
    let (column, key) = match holder {
        Holder::Member(key) => ("member", key.0),
        Holder::Group(key) => ("grp", key.0),
    };
    let sql = format!("SELECT {COLUMNS} FROM grants g WHERE g.{column} = ?1 {ORDER}");
    let pairs = rows(tx.conn(), &sql, [key], pair)?;
    let mut scopes = Scopes::new(tx);
    let mut policies: Vec<Stored> = Vec::new();
    for pair in pairs {
        let group = scopes.get(pair.resource_group)?;
        let id = pair.policy.map_or_else(|| minimal_access(tx, holder), Ok)?;
        match policies.last_mut() {
            Some(last) if last.policy.id == id => {
                if last.policy.permission_groups.last() != Some(&pair.role) {
                    last.policy.permission_groups.push(pair.role);
                }
                // Each role comes with all resource groups; those of the first tell them.
                if last.policy.permission_groups.len() == 1 {
                    last.policy.resource_groups.push(group);
                }
            }
            Some(_) | None => policies.push(Stored {
                key: pair.key,
                policy: Policy {
                    id,
                    access: pair.access,
                    permission_groups: vec![pair.role],
                    resource_groups: vec![group],
                },
            }),
        }
    }
    Ok(policies)
}

/// The id of the policy that is a flag.
fn minimal_access(tx: &ReadTx<'_>, holder: Holder) -> Result<PolicyId> {
    match holder {
        Holder::Member(key) => Ok(person(tx, key)?.id.minimal_access()),
        Holder::Group(_) => Err(Error::internal("a group with a member's policy")),
    }
}

/// Makes the holder's policies exactly these, in this order. What goes on as it was keeps its
/// row; what is new is written before what is old is deleted, so that nobody who keeps a role
/// is without it for a moment.
pub fn replace(tx: &WriteTx<'_>, holder: Holder, after: &[ChosenPolicy]) -> Result<Vec<Policy>> {
    let before = stored(tx, holder)?;
    let known: Vec<Policy> = before.iter().map(|one| one.policy.clone()).collect();
    let goes_on = continued(&known, after);
    let mut policies = Vec::with_capacity(after.len());
    let mut kept = vec![false; before.len()];
    for (ordinal, (policy, goes_on)) in (0_i64..).zip(after.iter().zip(goes_on)) {
        let old = goes_on.and_then(|at| Some((before.get(at)?, kept.get_mut(at)?)));
        let id = match old {
            Some((old, kept)) if policy.says_as(&old.policy) => {
                if stays(tx, old, ordinal)? {
                    *kept = true;
                    policies.push(old.policy.clone());
                    continue;
                }
                old.policy.id
            }
            Some((old, _)) => id_for_change(tx, holder, old)?,
            None => PolicyId::from_bytes(tx.new_id()),
        };
        insert(tx, holder, id, ordinal, policy)?;
        policies.push(Policy {
            id,
            access: policy.access,
            permission_groups: policy.permission_groups.clone(),
            resource_groups: policy.resource_groups.clone(),
        });
    }
    for (old, _) in before.iter().zip(kept).filter(|(_, kept)| !kept) {
        delete(tx, holder, old)?;
    }
    Ok(policies)
}

/// Puts an unchanged policy into its place; false when it can't stay what it is: the flag
/// stands for a first policy alone.
fn stays(tx: &WriteTx<'_>, old: &Stored, ordinal: i64) -> Result<bool> {
    let Some(key) = old.key else {
        return Ok(ordinal == 0);
    };
    run(
        tx.conn(),
        "UPDATE policies SET ordinal = ?2 WHERE seq = ?1 AND ordinal <> ?2",
        (key, ordinal),
    )?;
    Ok(true)
}

/// The id under which the changed policy goes on: its own, which the old row gives up. The id
/// that follows from the member's stands for one meaning only and does not go on with another.
fn id_for_change(tx: &WriteTx<'_>, holder: Holder, old: &Stored) -> Result<PolicyId> {
    let fixed = match holder {
        Holder::Member(_) => minimal_access(tx, holder)? == old.policy.id,
        Holder::Group(_) => false,
    };
    let Some(key) = old.key.filter(|_| !fixed) else {
        return Ok(PolicyId::from_bytes(tx.new_id()));
    };
    run(
        tx.conn(),
        "UPDATE policies SET id = ?2 WHERE seq = ?1",
        (key, tx.entropy().uuid_v7(tx.now_ms())),
    )?;
    Ok(old.policy.id)
}

fn delete(tx: &WriteTx<'_>, holder: Holder, old: &Stored) -> Result<()> {
    match (old.key, holder) {
        (Some(key), _) => run(tx.conn(), "DELETE FROM policies WHERE seq = ?1", [key])?,
        (None, Holder::Member(member)) => run(
            tx.conn(),
            "UPDATE members SET minimal_access = 0 WHERE seq = ?1",
            [member.0],
        )?,
        (None, Holder::Group(_)) => 0,
    };
    Ok(())
}

fn insert(
    tx: &WriteTx<'_>,
    holder: Holder,
    id: PolicyId,
    ordinal: i64,
    policy: &ChosenPolicy,
) -> Result<()> {
    let key = next_key(tx)?;
    let (member, group) = match holder {
        Holder::Member(key) => (Some(key.0), None),
        Holder::Group(key) => (None, Some(key.0)),
    };
    run(
        tx.conn(),
        "INSERT INTO policies (seq, id, account, member, grp, access, ordinal, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (
            key,
            id,
            tx.account()?,
            member,
            group,
            policy.access.name(),
            ordinal,
            tx.now_ms(),
        ),
    )?;
    for (ordinal, role) in (0_i64..).zip(&policy.permission_groups) {
        run(
            tx.conn(),
            "INSERT INTO policy_permission_groups (policy, ordinal, permission_group)
             VALUES (?1, ?2, ?3)",
            (key, ordinal, role),
        )?;
    }
    for (ordinal, group) in (0_i64..).zip(&policy.resource_groups) {
        run(
            tx.conn(),
            "INSERT INTO policy_resource_groups (policy, ordinal, resource_group)
             SELECT ?1, ?2, seq FROM resource_groups WHERE id = ?3 AND account = ?4",
            (key, ordinal, group.id, tx.account()?),
        )?;
    }
    Ok(())
}

/// What the audit log keeps of policies. What was made for a policy alone goes with it, and its
/// name says nothing: the domains are named. Where that were too much for a row, long lists of
/// them are told by the names of their resource groups.
pub fn facts(tx: &ReadTx<'_>, policies: &[Policy]) -> Result<Value> {
    Ok(facts_of_both(tx, &[], policies)?.1)
}

/// The same of policies before and after a change: a list of domains that is in both is told alike.
pub fn facts_of_both(
    tx: &ReadTx<'_>,
    before: &[Policy],
    after: &[Policy],
) -> Result<(Value, Value)> {
    let both = |most| -> Result<(Value, Value)> {
        Ok((facts_with(tx, before, most)?, facts_with(tx, after, most)?))
    };
    let fits = |side: &Value| side.to_string().len() <= FACTS_BYTES_MAX;
    let mut facts = both(usize::MAX)?;
    for most in DOMAINS_TOLD {
        if fits(&facts.0) && fits(&facts.1) {
            break;
        }
        facts = both(most)?;
    }
    Ok(facts)
}

/// At most so many domains of a resource group are named.
fn facts_with(tx: &ReadTx<'_>, policies: &[Policy], most: usize) -> Result<Value> {
    let fact = |policy: &Policy| {
        let roles = policy
            .permission_groups
            .iter()
            .map(|id| role_name(tx, *id))
            .collect::<Result<Vec<String>>>()?;
        let on = policy.resource_groups.iter();
        let on: Vec<String> = on.flat_map(|group| on_what(group, most)).collect();
        Ok(json!({
            "id": policy.id, "access": policy.access.name(), "roles": roles, "on": on,
        }))
    };
    policies.iter().map(fact).collect()
}

/// What a resource group covers, for people who read it when it is gone.
fn on_what(group: &ResourceGroup, most: usize) -> Vec<String> {
    let names: Vec<&str> = match &group.scope {
        Scope::WholeAccount => Vec::new(),
        Scope::Domains(domains) => domains.iter().map(|domain| domain.name.as_str()).collect(),
    };
    if names.is_empty() || names.len() > most {
        return vec![group.name.clone()];
    }
    if group.adhoc {
        return names.into_iter().map(str::to_owned).collect();
    }
    // It may cover others later, and be called as a domain is.
    vec![format!("{} ({})", group.name, names.join(", "))]
}
