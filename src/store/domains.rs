//! The account's domains.

use rusqlite::Row;

use super::sql::{OnUnique, find, get, list as rows, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::domains::{DOMAINS_MAX, Domain, DomainName};
use crate::domain::error::{Error, Result};
use crate::domain::id::DomainId;
use crate::domain::reason::Reason;

fn domain_row(row: &Row<'_>) -> rusqlite::Result<Domain> {
    Ok(Domain {
        id: row.get(0)?,
        name: row.get(1)?,
    })
}

/// The account's domains by name: at most `limit` after the name `after`.
pub fn list(tx: &ReadTx<'_>, after: Option<&str>, limit: i64) -> Result<Vec<Domain>> {
    Ok(rows(
        tx.conn(),
        "SELECT id, name FROM domains WHERE account = ?1 AND name > ?2 ORDER BY name LIMIT ?3",
        (tx.account()?, after.unwrap_or_default(), limit),
        domain_row,
    )?)
}

pub fn find_by_id(tx: &ReadTx<'_>, id: DomainId) -> Result<Option<Domain>> {
    Ok(find(
        tx.conn(),
        "SELECT id, name FROM domains WHERE account = ?1 AND id = ?2",
        (tx.account()?, id),
        domain_row,
    )?)
}

pub fn find_by_name(tx: &ReadTx<'_>, name: &DomainName) -> Result<Option<Domain>> {
    Ok(find(
        tx.conn(),
        "SELECT id, name FROM domains WHERE account = ?1 AND name = ?2",
        (tx.account()?, name.as_str()),
        domain_row,
    )?)
}

/// Adds a domain; `id` keeps an existing id.
///
/// Errors: `Conflict` (id or name taken), `TooMany`.
pub fn insert(tx: &WriteTx<'_>, name: &DomainName, id: Option<DomainId>) -> Result<Domain> {
    let account = tx.account()?;
    let count: i64 = get(
        tx.conn(),
        "SELECT count(*) FROM domains WHERE account = ?1",
        [account],
        |row| row.get(0),
    )?;
    if count >= DOMAINS_MAX {
        return Err(Error::too_many(format!(
            "An account has at most {DOMAINS_MAX} domains; remove some first."
        )));
    }
    // Nobody else writes between this look and the insert.
    if let Some(id) = id
        && find_by_id(tx, id)?.is_some()
    {
        return Err(Error::conflict(
            Reason::NameTaken,
            format!("A domain with the id {id} exists; leave the id out to have one made."),
        ));
    }
    let id = id.unwrap_or_else(|| DomainId::from_bytes(tx.new_id()));
    run(
        tx.conn(),
        "INSERT INTO domains (id, account, name, created_ms) VALUES (?1, ?2, ?3, ?4)",
        (id, account, name.as_str(), tx.now_ms()),
    )
    .on_unique("domains.account, domains.name", || {
        Error::conflict(
            Reason::NameTaken,
            format!("The account has the domain {name} already; use that one."),
        )
    })?;
    Ok(Domain {
        id,
        name: name.as_str().to_owned(),
    })
}

/// Removes a domain.
///
/// Errors: `Conflict` when a resource group names it.
pub fn delete(tx: &WriteTx<'_>, domain: &Domain) -> Result<()> {
    let account = tx.account()?;
    let used: Option<String> = find(
        tx.conn(),
        "SELECT r.name FROM domains d JOIN resource_group_domains x ON x.domain = d.seq
         JOIN resource_groups r ON r.seq = x.resource_group
         WHERE d.account = ?1 AND d.id = ?2 ORDER BY r.scope_key IS NOT NULL, r.name LIMIT 1",
        (account, domain.id),
        |row| row.get(0),
    )?;
    if let Some(group) = used {
        return Err(Error::conflict(
            Reason::InUse,
            format!(
                "The domain {} is named by the resource group \"{group}\"; take it out there, or \
                 out of the policies that name it, first.",
                domain.name
            ),
        ));
    }
    run(
        tx.conn(),
        "DELETE FROM domains WHERE account = ?1 AND id = ?2",
        (account, domain.id),
    )?;
    Ok(())
}
