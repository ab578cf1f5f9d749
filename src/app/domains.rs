//! The account's domains: what resource groups choose from.

use serde_json::json;

use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::domains::{Domain, DomainName};
use crate::domain::error::{Error, Result};
use crate::domain::id::DomainId;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{audit, domains};

use super::guards;

/// The account's domains by name, at most `limit` after the name `after`.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>, after: Option<&str>, limit: i64) -> Result<Vec<Domain>> {
    tx.require(Permission::DirectoryRead)?;
    domains::list(tx, after, limit)
}

/// The domain of that id or name.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn find(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Domain> {
    tx.require(Permission::DirectoryRead)?;
    named(tx, id_or_name)
}

fn named(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Domain> {
    if let Ok(id) = id_or_name.parse()
        && let Some(domain) = domains::find_by_id(tx, id)?
    {
        return Ok(domain);
    }
    let named = match DomainName::parse(id_or_name) {
        Ok(name) => domains::find_by_name(tx, &name)?,
        Err(_) => None,
    };
    named.ok_or_else(|| Error::not_found("domain", id_or_name))
}

/// Adds a domain; `id` keeps the id that it has elsewhere.
///
/// Errors: `Forbidden`, `Conflict` (id or name taken), `TooMany`.
pub fn add(tx: &WriteTx<'_>, name: &DomainName, id: Option<DomainId>) -> Result<Domain> {
    tx.require(Permission::DirectoryWrite)?;
    guards::may_set_policies(tx)?;
    let domain = domains::insert(tx, name, id)?;
    let event = Event::new(Action::DomainAdd, domain.id, domain.name.as_str())
        .after(json!({ "name": domain.name }));
    audit::append(tx, event)?;
    Ok(domain)
}

/// Removes a domain that no resource group names.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (in use; says where).
pub fn remove(tx: &WriteTx<'_>, id_or_name: &str) -> Result<Domain> {
    tx.require(Permission::DirectoryWrite)?;
    guards::may_set_policies(tx)?;
    let domain = named(tx, id_or_name)?;
    domains::delete(tx, &domain)?;
    let event = Event::new(Action::DomainRemove, domain.id, domain.name.as_str())
        .before(json!({ "name": domain.name }));
    audit::append(tx, event)?;
    Ok(domain)
}
