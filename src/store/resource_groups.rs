//! Resource groups: the built-in whole account, named lists of domains, and those made for a
//! policy that named its scope itself.

use std::collections::HashMap;

use rusqlite::Row;

use super::sql::{OnUnique, find, get as get_row, list as rows, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::domains::Domain;
use crate::domain::error::{Error, Result};
use crate::domain::id::{DomainId, ResourceGroupId};
use crate::domain::policy::{Policy, unknown_domain};
use crate::domain::reason::Reason;
use crate::domain::resource_group::{
    DOMAINS_OF_GROUP_MAX, NewScope, RESOURCE_GROUPS_MAX, ResourceGroup, Scope, domain_key,
};
use crate::domain::text::Label;

const COLUMNS: &str = "seq, id, name, built_in, scope_key IS NOT NULL";

/// A row, its domains still to come.
fn group_row(row: &Row<'_>) -> rusqlite::Result<(i64, ResourceGroup)> {
    let group = ResourceGroup {
        id: row.get(1)?,
        name: row.get(2)?,
        built_in: row.get(3)?,
        adhoc: row.get(4)?,
        scope: Scope::WholeAccount,
    };
    Ok((row.get(0)?, group))
}

fn with_domains(
    tx: &ReadTx<'_>,
    (key, mut group): (i64, ResourceGroup),
) -> Result<(i64, ResourceGroup)> {
    if !group.built_in {
        group.scope = Scope::Domains(rows(
            tx.conn(),
            "SELECT d.id, d.name FROM resource_group_domains x JOIN domains d ON d.seq = x.domain
             WHERE x.resource_group = ?1 ORDER BY x.ordinal",
            [key],
            |row| {
                Ok(Domain {
                    id: row.get(0)?,
                    name: row.get(1)?,
                })
            },
        )?);
    }
    Ok((key, group))
}

/// Resource groups by their keys, each read once.
pub(in crate::store) struct Scopes<'t, 'c> {
    tx: &'t ReadTx<'c>,
    known: HashMap<i64, ResourceGroup>,
}

impl<'t, 'c> Scopes<'t, 'c> {
    pub(in crate::store) fn new(tx: &'t ReadTx<'c>) -> Self {
        Self {
            tx,
            known: HashMap::new(),
        }
    }

    pub(in crate::store) fn get(&mut self, key: i64) -> Result<ResourceGroup> {
        if let Some(group) = self.known.get(&key) {
            return Ok(group.clone());
        }
        let found = get_row(
            self.tx.conn(),
            "SELECT seq, id, name, built_in, scope_key IS NOT NULL FROM resource_groups
             WHERE seq = ?1",
            [key],
            group_row,
        )?;
        let (_, group) = with_domains(self.tx, found)?;
        self.known.insert(key, group.clone());
        Ok(group)
    }
}

/// The resource group with that id, in this account.
pub fn find_by_id(tx: &ReadTx<'_>, id: ResourceGroupId) -> Result<Option<ResourceGroup>> {
    let found = find(
        tx.conn(),
        "SELECT seq, id, name, built_in, scope_key IS NOT NULL FROM resource_groups
         WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        group_row,
    )?;
    let found = found.map(|found| with_domains(tx, found)).transpose()?;
    Ok(found.map(|(_, group)| group))
}

/// The account's built-in one.
pub fn whole_account(tx: &ReadTx<'_>) -> Result<ResourceGroup> {
    let found = find(
        tx.conn(),
        "SELECT seq, id, name, built_in, scope_key IS NOT NULL FROM resource_groups
         WHERE account = ?1 AND built_in = 1",
        [tx.account()?],
        group_row,
    )?;
    found
        .map(|(_, group)| group)
        .ok_or_else(|| Error::internal("an account without its built-in resource group"))
}

/// The account's resource groups: the built-in one, those with names by name, then those made
/// for policies, at most `limit` after the first `offset`; `name` picks the one called so.
pub fn list(
    tx: &ReadTx<'_>,
    name: Option<&str>,
    offset: i64,
    limit: i64,
) -> Result<Vec<ResourceGroup>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM resource_groups
         WHERE account = ?1 AND (?2 IS NULL OR name = ?2)
         ORDER BY built_in DESC, scope_key IS NOT NULL, name_key, seq LIMIT ?3 OFFSET ?4"
    );
    let params = (tx.account()?, name, limit, offset);
    let found = rows(tx.conn(), &sql, params, group_row)?;
    let whole = |found| with_domains(tx, found).map(|(_, group)| group);
    found.into_iter().map(whole).collect()
}

/// Makes a resource group with a name.
///
/// Errors: `Conflict` (name taken), `Invalid` (unknown domain, none), `TooMany`.
pub fn insert(tx: &WriteTx<'_>, name: &Label, domains: &[DomainId]) -> Result<ResourceGroup> {
    let account = tx.account()?;
    let count: i64 = get_row(
        tx.conn(),
        "SELECT count(*) FROM resource_groups WHERE account = ?1 AND name_key IS NOT NULL",
        [account],
        |row| row.get(0),
    )?;
    if count >= RESOURCE_GROUPS_MAX {
        return Err(Error::too_many(format!(
            "An account has at most {RESOURCE_GROUPS_MAX} resource groups; delete some first."
        )));
    }
    let id = ResourceGroupId::from_bytes(tx.new_id());
    run(
        tx.conn(),
        "INSERT INTO resource_groups (id, account, name, name_key, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (id, account, name.as_str(), name.key(), tx.now_ms()),
    )
    .on_unique(NAME, || name_taken(name))?;
    let key = tx.conn().last_insert_rowid();
    insert_domains(tx, key, domains)?;
    found(tx, id)
}

const NAME: &str = "resource_groups.account, resource_groups.name_key";

fn name_taken(name: &Label) -> Error {
    Error::conflict(
        Reason::NameTaken,
        format!("The account has a resource group \"{name}\" already; choose another name."),
    )
}

fn found(tx: &ReadTx<'_>, id: ResourceGroupId) -> Result<ResourceGroup> {
    find_by_id(tx, id)?.ok_or_else(|| Error::internal("a resource group that was just written"))
}

fn insert_domains(tx: &WriteTx<'_>, key: i64, domains: &[DomainId]) -> Result<()> {
    if domains.is_empty() {
        return Err(Error::invalid(
            Reason::InvalidValue,
            "A resource group names at least one domain; name some, or use the account's own for \
             everything.",
        ));
    }
    if domains.len() > DOMAINS_OF_GROUP_MAX {
        return Err(Error::too_many(format!(
            "A resource group names at most {DOMAINS_OF_GROUP_MAX} domains; make several."
        )));
    }
    for (ordinal, id) in (0_i64..).zip(domains) {
        let written = run(
            tx.conn(),
            "INSERT INTO resource_group_domains (resource_group, ordinal, domain)
             SELECT ?1, ?2, seq FROM domains WHERE account = ?3 AND id = ?4",
            (key, ordinal, tx.account()?, id),
        )?;
        if written == 0 {
            return Err(unknown_domain(*id));
        }
    }
    Ok(())
}

/// The resource group for a scope that was named in a policy: the built-in one, or one without
/// a name, the same for the same domains in the same order.
///
/// Errors: `Invalid` (unknown domain, none), `TooMany`.
pub fn for_scope(tx: &WriteTx<'_>, scope: &NewScope) -> Result<ResourceGroup> {
    let NewScope::Domains(domains) = scope else {
        return whole_account(tx);
    };
    if let Some(group) = find_for_scope(tx, domains)? {
        return Ok(group);
    }
    let (id, account) = (ResourceGroupId::from_bytes(tx.new_id()), tx.account()?);
    let name = match domains.as_slice() {
        [domain] => domain_key(*domain),
        _ => format!("com.cloudflare.api.account.zones.{id}"),
    };
    run(
        tx.conn(),
        "INSERT INTO resource_groups (id, account, name, scope_key, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (id, account, name, scope_key(domains), tx.now_ms()),
    )?;
    insert_domains(tx, tx.conn().last_insert_rowid(), domains)?;
    found(tx, id)
}

/// The one without a name that covers these, if some policy needed it before.
pub fn find_for_scope(tx: &ReadTx<'_>, domains: &[DomainId]) -> Result<Option<ResourceGroup>> {
    let id: Option<ResourceGroupId> = find(
        tx.conn(),
        "SELECT id FROM resource_groups WHERE account = ?1 AND scope_key = ?2",
        (tx.account()?, scope_key(domains)),
        |row| row.get(0),
    )?;
    id.map(|id| found(tx, id)).transpose()
}

fn scope_key(domains: &[DomainId]) -> String {
    let mut key = String::with_capacity(domains.len() * 32);
    for domain in domains {
        crate::domain::id::push_hex(&mut key, domain.as_bytes());
    }
    key
}

/// Renames it, or makes it cover other domains; what is `None` stays.
///
/// Errors: `Conflict` (name taken), `Invalid` (unknown domain, none), `TooMany`.
pub fn update(
    tx: &WriteTx<'_>,
    group: &ResourceGroup,
    name: Option<&Label>,
    domains: Option<&[DomainId]>,
) -> Result<ResourceGroup> {
    let key: i64 = get_row(
        tx.conn(),
        "SELECT seq FROM resource_groups WHERE id = ?1",
        [group.id],
        |row| row.get(0),
    )?;
    if let Some(name) = name {
        run(
            tx.conn(),
            "UPDATE resource_groups SET name = ?2, name_key = ?3 WHERE seq = ?1",
            (key, name.as_str(), name.key()),
        )
        .on_unique(NAME, || name_taken(name))?;
    }
    if let Some(domains) = domains {
        run(
            tx.conn(),
            "DELETE FROM resource_group_domains WHERE resource_group = ?1",
            [key],
        )?;
        insert_domains(tx, key, domains)?;
    }
    found(tx, group.id)
}

/// Deletes it.
pub fn delete(tx: &WriteTx<'_>, group: &ResourceGroup) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM resource_groups WHERE id = ?1 AND account = ?2",
        (group.id, tx.account()?),
    )?;
    Ok(())
}

/// Who names it in a policy: `member NAME` or `group NAME`, at most `limit`, and how many there
/// are.
pub fn users(
    tx: &ReadTx<'_>,
    group: ResourceGroupId,
    limit: usize,
) -> Result<(usize, Vec<String>)> {
    let named: Vec<String> = rows(
        tx.conn(),
        "SELECT DISTINCT CASE WHEN m.seq IS NULL THEN 'group ' || o.name
                              ELSE 'member ' || m.user_name END
         FROM resource_groups r JOIN policy_resource_groups y ON y.resource_group = r.seq
         JOIN policies p ON p.seq = y.policy
         LEFT JOIN members m ON m.seq = p.member LEFT JOIN groups o ON o.seq = p.grp
         WHERE r.id = ?1 AND r.account = ?2 ORDER BY 1",
        (group, tx.account()?),
        |row| row.get(0),
    )?;
    let count = named.len();
    Ok((count, named.into_iter().take(limit).collect()))
}

/// Every policy that names it.
pub fn policies(tx: &ReadTx<'_>, group: ResourceGroupId) -> Result<Vec<Policy>> {
    let pairs = rows(
        tx.conn(),
        "SELECT p.id, p.access, x.permission_group
         FROM resource_groups r JOIN policy_resource_groups y ON y.resource_group = r.seq
         JOIN policies p ON p.seq = y.policy
         JOIN policy_permission_groups x ON x.policy = p.seq
         WHERE r.id = ?1 AND r.account = ?2",
        (group, tx.account()?),
        |row| {
            Ok(Policy {
                id: row.get(0)?,
                access: super::sql::parsed(row, 1, crate::domain::policy::Access::parse)?,
                permission_groups: vec![row.get(2)?],
                resource_groups: Vec::new(),
            })
        },
    )?;
    Ok(pairs)
}
