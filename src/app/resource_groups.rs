//! Resource groups: what policies apply to.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::guards;
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::{DomainId, ResourceGroupId};
use crate::domain::policy::{Access, Atom, Policy, Target};
use crate::domain::reason::Reason;
use crate::domain::resource_group::{NewScope, ResourceGroup, Scope};
use crate::domain::text::Label;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{audit, resource_groups};

/// Holders that a refusal tells; the rest are counted.
const USERS_TOLD_MAX: usize = 5;

/// What is changed of a resource group; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ResourceGroupChange {
    pub name: Option<Label>,
    pub scope: Option<NewScope>,
}

/// The built-in one first, then those with names, then those made for policies: at most `limit`
/// after the first `offset`; `name` picks the one called exactly so.
///
/// Errors: `Forbidden`.
pub fn list(
    tx: &ReadTx<'_>,
    name: Option<&str>,
    offset: i64,
    limit: i64,
) -> Result<Vec<ResourceGroup>> {
    tx.require(Permission::DirectoryRead)?;
    resource_groups::list(tx, name, offset, limit)
}

/// The resource group of that id.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: ResourceGroupId) -> Result<ResourceGroup> {
    tx.require(Permission::DirectoryRead)?;
    found(tx, id)
}

fn found(tx: &ReadTx<'_>, id: ResourceGroupId) -> Result<ResourceGroup> {
    resource_groups::find_by_id(tx, id)?.ok_or_else(|| Error::not_found("resource group", id))
}

/// Makes a named list of domains.
///
/// Errors: `Forbidden`, `Conflict` (name taken), `Invalid` (the whole account, an unknown
/// domain, none), `TooMany`.
pub fn create(tx: &WriteTx<'_>, name: &Label, scope: NewScope) -> Result<ResourceGroup> {
    tx.require(Permission::DirectoryWrite)?;
    guards::may_set_policies(tx)?;
    let domains = domains(tx, scope)?;
    let group = resource_groups::insert(tx, name, &domains)?;
    let event = event(Action::ResourceGroupCreate, &group).after(facts(&group));
    audit::append(tx, event)?;
    Ok(group)
}

/// Renames it, or lets it cover other domains: whoever has a role on it has it there then.
///
/// Errors: `Forbidden` (permission, a role that the caller does not hold), `NotFound`,
/// `Immutable` (the built-in one, one without a name), `Conflict`, `Invalid`, `TooMany`.
pub fn update(
    tx: &WriteTx<'_>,
    id: ResourceGroupId,
    change: &ResourceGroupChange,
) -> Result<ResourceGroup> {
    tx.require(Permission::DirectoryWrite)?;
    guards::may_set_policies(tx)?;
    let before = own(tx, id)?;
    let domains = change
        .scope
        .clone()
        .map(|scope| domains(tx, scope))
        .transpose()?;
    if let Some(domains) = &domains {
        let policies = resource_groups::policies(tx, id)?;
        guards::may_give(tx, &widened(&policies, &before, domains))?;
    }
    let after = resource_groups::update(tx, &before, change.name.as_ref(), domains.as_deref())?;
    guards::keep_super_administrator(tx)?;
    if after != before {
        let event = event(Action::ResourceGroupUpdate, &after)
            .before(facts(&before))
            .after(facts(&after));
        audit::append(tx, event)?;
    }
    Ok(after)
}

/// Deletes one that no policy names.
///
/// Errors: `Forbidden`, `NotFound`, `Immutable` (the built-in one, one without a name),
/// `Conflict` (in use; says by whom).
pub fn delete(tx: &WriteTx<'_>, id: ResourceGroupId) -> Result<ResourceGroup> {
    tx.require(Permission::DirectoryWrite)?;
    guards::may_set_policies(tx)?;
    let group = own(tx, id)?;
    let (count, users) = resource_groups::users(tx, id, USERS_TOLD_MAX)?;
    if count > 0 {
        let more = match count - users.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        return Err(Error::conflict(
            Reason::InUse,
            format!(
                "The resource group \"{}\" is named by policies of {}{more}; take it out of them \
                 first.",
                group.name,
                users.join(", ")
            ),
        ));
    }
    resource_groups::delete(tx, &group)?;
    let event = event(Action::ResourceGroupDelete, &group).before(facts(&group));
    audit::append(tx, event)?;
    Ok(group)
}

/// One with a name: the others nobody changes.
fn own(tx: &ReadTx<'_>, id: ResourceGroupId) -> Result<ResourceGroup> {
    let group = found(tx, id)?;
    if group.built_in {
        return Err(Error::immutable(
            "The resource group of the whole account neither changes nor goes; make one with \
             domains.",
        ));
    }
    if group.adhoc {
        return Err(Error::immutable(format!(
            "The resource group {id} belongs to the policies that named its scope; change those.",
        )));
    }
    Ok(group)
}

fn domains(tx: &ReadTx<'_>, scope: NewScope) -> Result<Vec<DomainId>> {
    match scope.without_repeats() {
        NewScope::Domains(domains) => Ok(domains),
        NewScope::WholeAccount => Err(Error::invalid(
            Reason::InvalidValue,
            format!(
                "The whole account has its resource group already, {}; name domains here.",
                resource_groups::whole_account(tx)?.id
            ),
        )),
    }
}

/// What the change gives: allows on domains that come, and denials on domains that go.
fn widened(policies: &[Policy], group: &ResourceGroup, domains: &[DomainId]) -> BTreeSet<Atom> {
    let before: BTreeSet<Target> = group.scope.targets().into_iter().collect();
    let after: BTreeSet<Target> = domains.iter().map(|id| Target::Domain(*id)).collect();
    let mut atoms = BTreeSet::new();
    for policy in policies {
        let given = match policy.access {
            Access::Allow => after.difference(&before),
            Access::Deny => before.difference(&after),
        };
        for target in given {
            atoms.extend(policy.permission_groups.iter().map(|role| (*role, *target)));
        }
    }
    atoms
}

fn event(action: Action, group: &ResourceGroup) -> Event {
    Event::new(action, group.id, group.name.as_str())
}

fn facts(group: &ResourceGroup) -> Value {
    let domains: Vec<&str> = match &group.scope {
        Scope::WholeAccount => Vec::new(),
        Scope::Domains(domains) => domains.iter().map(|domain| domain.name.as_str()).collect(),
    };
    json!({ "name": group.name, "domains": domains })
}
