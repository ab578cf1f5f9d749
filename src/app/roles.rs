//! Roles: the built-in ones, which an account may hide, and the account's own. Every
//! transaction here is on one account.

use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::role::custom::{NewRole, RoleChange, check_own_name, check_own_scope};
use crate::domain::role::{Role, RoleRef, RoleUse};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{audit, roles};

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

/// Changes a role of the account's own. Its scope stays while a policy names it.
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

/// About a role, by the id that policies name it by: every role has one.
fn event(action: Action, role: &Role) -> Event {
    Event::new(action, role.permission_group, role.name.as_str())
}
