//! Roles: the built-in ones, which an account may hide, and the account's own. Every
//! transaction here is on one account.

use std::collections::HashSet;

use crate::domain::actor::{Actor, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::catalogue;
use crate::domain::effective::Effective;
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, PermissionGroupId};
use crate::domain::reason::Reason;
use crate::domain::role::custom::{
    NewRole, RoleChange, RolePermission, check_own_name, check_own_scope,
};
use crate::domain::role::{Role, RoleReach, RoleRef, RoleUse};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{audit, grants, members, roles};

/// Most policies that [`uses`] shows.
pub const USES_MAX: i64 = 200;

/// The roles of the account: the built-in ones in the catalogue's order, then its own by name.
/// Hidden ones are left out unless they are asked for.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>, with_hidden: bool) -> Result<Vec<Role>> {
    tx.require(Permission::DirectoryRead)?;
    let mut all = roles::list(tx)?;
    all.retain(|role| with_hidden || !role.hidden);
    Ok(all)
}

/// One role, hidden or not.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, which: &RoleRef) -> Result<Role> {
    tx.require(Permission::DirectoryRead)?;
    roles::get(tx, which)
}

/// How far each role of the list reaches, in its order.
///
/// Errors: `Forbidden`.
pub fn reach(tx: &ReadTx<'_>, list: &[Role]) -> Result<Vec<RoleReach>> {
    tx.require(Permission::DirectoryRead)?;
    let reach = |role: &Role| roles::reach::reach(tx, role.permission_group, roles::reach::MOST);
    list.iter().map(reach).collect()
}

/// How many policies name the role, and the first [`USES_MAX`] of them: those of groups first.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn uses(tx: &ReadTx<'_>, which: &RoleRef) -> Result<(i64, Vec<RoleUse>)> {
    tx.require(Permission::DirectoryRead)?;
    let role = roles::get(tx, which)?;
    roles::uses(tx, role.permission_group, USES_MAX)
}

/// Makes a role of the account's own.
///
/// Errors: `Forbidden`, `Invalid` (scope, permissions), `Conflict` (name taken, or that of a
/// built-in role), `TooMany`.
pub fn create(tx: &WriteTx<'_>, new: &NewRole) -> Result<Role> {
    tx.require(Permission::RolesWrite)?;
    new.check()?;
    let role = roles::insert(tx, new)?;
    let event = event(Action::RoleCreate, &role).after(roles::facts(&role));
    audit::append(tx, event)?;
    Ok(role)
}

/// Changes a role of the account's own. Its scope stays while a policy names it, and what a
/// member's token adds to a role in use is what that member holds.
///
/// Errors: `Forbidden`, `NotFound`, `Immutable` (a built-in role), `Invalid` (scope,
/// permissions), `Conflict` (name taken; scope of a role in use).
pub fn update(tx: &WriteTx<'_>, which: &RoleRef, change: &RoleChange) -> Result<Role> {
    tx.require(Permission::RolesWrite)?;
    let before = own(tx, which)?;
    if let Some(name) = &change.name {
        check_own_name(name)?;
    }
    change.scope.map_or(Ok(()), check_own_scope)?;
    may_permit(tx, &before, change)?;
    if !roles::update(tx, &before, change)? {
        return Ok(before);
    }
    let after = roles::get(tx, &RoleRef::PermissionGroup(before.permission_group))?;
    let event = event(Action::RoleUpdate, &after)
        .before(roles::facts(&before))
        .after(roles::facts(&after));
    audit::append(tx, event)?;
    Ok(after)
}

/// Deletes a role of the account's own that no policy names.
///
/// Errors: `Forbidden`, `NotFound`, `Immutable` (a built-in role), `Conflict` (in use; says by
/// whom).
pub fn delete(tx: &WriteTx<'_>, which: &RoleRef) -> Result<Role> {
    tx.require(Permission::RolesWrite)?;
    let role = own(tx, which)?;
    roles::delete(tx, &role)?;
    let event = event(Action::RoleDelete, &role).before(roles::facts(&role));
    audit::append(tx, event)?;
    Ok(role)
}

/// Leaves a built-in role out of lists; whoever holds it keeps it, and policies may name it.
///
/// Errors: `Forbidden`, `NotFound`, `Immutable` (an own role).
pub fn hide(tx: &WriteTx<'_>, which: &RoleRef) -> Result<Role> {
    tx.require(Permission::RolesWrite)?;
    set_hidden(tx, which, true)
}

/// Lists a built-in role again.
///
/// Errors: `Forbidden`, `NotFound`, `Immutable` (an own role).
pub fn unhide(tx: &WriteTx<'_>, which: &RoleRef) -> Result<Role> {
    tx.require(Permission::RolesWrite)?;
    set_hidden(tx, which, false)
}

fn set_hidden(tx: &WriteTx<'_>, which: &RoleRef, hidden: bool) -> Result<Role> {
    let before = roles::get(tx, which)?;
    if !before.built_in {
        return Err(Error::immutable(format!(
            "The role {} is the account's own, and only built-in roles can be hidden; delete it \
             when no policy names it.",
            before.name
        )));
    }
    if !roles::set_hidden(tx, &before, hidden)? {
        return Ok(before);
    }
    let action = if hidden {
        Action::RoleHide
    } else {
        Action::RoleUnhide
    };
    let after = Role {
        hidden,
        ..before.clone()
    };
    let event = event(action, &after)
        .before(roles::facts(&before))
        .after(roles::facts(&after));
    audit::append(tx, event)?;
    Ok(after)
}

/// The role, which has to be the account's own.
fn own(tx: &ReadTx<'_>, which: &RoleRef) -> Result<Role> {
    let role = roles::get(tx, which)?;
    if role.built_in {
        return Err(Error::immutable(format!(
            "The role {} is built in, and built-in roles neither change nor go; make a role of \
             your own, or hide this one.",
            role.name
        )));
    }
    Ok(role)
}

/// Nobody gives what they do not hold, not by widening a role that others, or they themselves,
/// hold. Other tokens than a member's may give any role of the account's own, so also what it
/// permits.
///
/// Errors: `Forbidden`, `Invalid` (too many permissions).
fn may_permit(tx: &ReadTx<'_>, role: &Role, change: &RoleChange) -> Result<()> {
    let member = match tx.actor() {
        Actor::Client(client) => client.member,
        Actor::Operator(operator) => operator.member,
        Actor::Cli { .. } | Actor::System { .. } => None,
    };
    let Some(member) = member else {
        return Ok(());
    };
    let after = change.permissions.apply(&role.permissions)?;
    let is_new = |one: &&RolePermission| !role.permissions.contains(one);
    let added: Vec<&RolePermission> = after.iter().filter(is_new).collect();
    if added.is_empty() || roles::uses(tx, role.permission_group, 0)?.0 == 0 {
        return Ok(());
    }
    let held = held_everywhere(tx, member)?;
    if held.contains(&catalogue::SUPER_ADMINISTRATOR) {
        return Ok(());
    }
    let own = roles::list_own(tx)?;
    let permitted: Vec<&RolePermission> = own
        .iter()
        .filter(|own| held.contains(&own.permission_group))
        .flat_map(|own| &own.permissions)
        .collect();
    match added.into_iter().find(|one| !permitted.contains(one)) {
        Some(one) => Err(Error::forbidden(
            Reason::PermissionMissing,
            format!(
                "This would let whoever holds the role {} do {one}, which the member whose token \
                 this is may not do; let a Super Administrator change the role.",
                role.name
            ),
        )),
        None => Ok(()),
    }
}

/// What the member holds on the whole account without exception.
fn held_everywhere(tx: &ReadTx<'_>, member: MemberId) -> Result<HashSet<PermissionGroupId>> {
    let Some((key, _)) = members::find_by_id(tx, member)? else {
        return Ok(HashSet::new());
    };
    let held = grants::effective(tx, key, None)?;
    let everywhere = held.into_iter().filter(Effective::is_unrestricted);
    Ok(everywhere.map(|one| one.permission_group).collect())
}

/// About a role, by the id that policies name it by: every role has one.
fn event(action: Action, role: &Role) -> Event {
    Event::new(action, role.permission_group, role.name.as_str())
}
