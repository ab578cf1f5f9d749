//! Operators: made and ended by box administrators; their own settings by themselves. What an
//! operator may do in an account is a matter of their member's roles there, which are given and
//! guarded like anybody's: the last Super Administrator of an account may well be an operator's
//! member. The last box administrator stays too.

pub mod own;

use serde_json::json;

use super::policies::chosen;
use crate::domain::actor::{Actor, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::{AccountId, OperatorId, PermissionGroupId};
use crate::domain::member::{Member, Profile, State};
use crate::domain::operator::{Email, NewOperator, Operator, Workplace};
use crate::domain::policy::NewPolicy;
use crate::domain::reason::Reason;
use crate::store;
use crate::store::members::{MemberKey, Record, by_hand};
use crate::store::operators::{self, factors};
use crate::store::policies::records::{self, Holder};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{audit, sessions};

/// Makes an operator, who has no password before they choose one by a link. The first one is a
/// box administrator.
///
/// Errors: `Forbidden`, `Conflict` (address taken).
pub fn create(tx: &WriteTx<'_>, new: &NewOperator) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    insert(tx, new, None)
}

pub(in crate::app) fn insert(
    tx: &WriteTx<'_>,
    new: &NewOperator,
    password: Option<&str>,
) -> Result<Operator> {
    let first = !operators::any(tx)?;
    let new = NewOperator {
        box_administrator: new.box_administrator || first,
        ..new.clone()
    };
    let operator = operators::insert(tx, &new, password)?;
    let event = Event::new(Action::OperatorCreate, operator.id, operator.email.as_str());
    audit::append(tx, event.after(operators::facts(&operator)))?;
    Ok(operator)
}

/// All operators, by name.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Operator>> {
    tx.require(Permission::BoxAdministration)?;
    operators::list(tx)
}

/// The operator of that id, or of that address (letter case aside).
///
/// Errors: `Forbidden`, `NotFound`.
pub fn find(tx: &ReadTx<'_>, id_or_email: &str) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    operators::get_named(tx, id_or_email)
}

/// Whether there is an operator: else the first run is still to come.
///
/// Errors: `Forbidden`.
pub fn any(tx: &ReadTx<'_>) -> Result<bool> {
    tx.require(Permission::BoxAdministration)?;
    operators::any(tx)
}

/// Where the operator works.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn workplaces(tx: &ReadTx<'_>, id: OperatorId) -> Result<Vec<Workplace>> {
    tx.require(Permission::BoxAdministration)?;
    operators::workplaces(tx, id)
}

/// Lets the operator sign in, or not; not ends their sessions too.
///
/// Errors: `Forbidden` (also: the last box administrator), `NotFound`.
pub fn set_disabled(tx: &WriteTx<'_>, id_or_email: &str, disabled: bool) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let before = operators::get_named(tx, id_or_email)?;
    if before.disabled != disabled {
        operators::set_disabled(tx, before.id, disabled)?;
        sessions::end_all(tx, before.id, None)?;
    }
    recorded(tx, before)
}

/// Makes the operator a box administrator, or takes that away.
///
/// Errors: `Forbidden` (also: the last box administrator), `NotFound`.
pub fn set_box_administrator(
    tx: &WriteTx<'_>,
    id_or_email: &str,
    is_one: bool,
) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let before = operators::get_named(tx, id_or_email)?;
    operators::set_box_administrator(tx, before.id, is_one)?;
    recorded(tx, before)
}

fn recorded(tx: &WriteTx<'_>, before: Operator) -> Result<Operator> {
    let after = operators::get(tx, before.id)?;
    if before != after {
        let event = Event::new(Action::OperatorUpdate, after.id, after.email.as_str())
            .before(operators::facts(&before))
            .after(operators::facts(&after));
        audit::append(tx, event)?;
    }
    Ok(after)
}

/// Removes the operator with their sessions. Their members stay, as members made by hand.
///
/// Errors: `Forbidden` (also: the last box administrator), `NotFound`.
pub fn remove(tx: &WriteTx<'_>, id_or_email: &str) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let operator = operators::get_named(tx, id_or_email)?;
    operators::delete(tx, operator.id)?;
    let event = Event::new(Action::OperatorDelete, operator.id, operator.email.as_str());
    audit::append(tx, event.before(operators::facts(&operator)))?;
    Ok(operator)
}

/// Forgets authenticator and recovery codes, and ends the sessions: for somebody who lost them.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn reset_factors(tx: &WriteTx<'_>, id_or_email: &str) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let operator = operators::get_named(tx, id_or_email)?;
    factors::reset(tx, operator.id)?;
    sessions::end_all(tx, operator.id, None)?;
    let event = Event::new(Action::FactorsChange, operator.id, operator.email.as_str());
    let before = json!({ "totp": operator.has_totp, "recovery_codes": operator.recovery_codes });
    audit::append(tx, event.before(before).after(json!({ "totp": false })))?;
    operators::get(tx, operator.id)
}

/// Makes a member for the operator in that account, active, with that one role on the whole
/// account. A box administrator may do so where nobody is Super Administrator yet; beyond that
/// it is the command line's.
///
/// Errors: `Forbidden`, `NotFound` (operator, account), `Conflict` (works there already; a
/// member of that name), `Invalid` (role).
pub fn link(
    tx: &WriteTx<'_>,
    operator: OperatorId,
    account: AccountId,
    role: PermissionGroupId,
) -> Result<Member> {
    tx.require(Permission::BoxAdministration)?;
    let operator = operators::get(tx, operator)?;
    tx.on_account(account, |tx| {
        if matches!(tx.actor(), Actor::Operator(_)) && store::grants::is_administered(tx)? {
            return Err(Error::forbidden(
                Reason::RoleNotHeld,
                "This account has its Super Administrators; let one of them, or `provost admin \
                 create` on the server, give the operator a role there.",
            ));
        }
        let member = linked(tx, &operator, role)?;
        let event = Event::new(Action::OperatorLink, operator.id, operator.email.as_str());
        let after = json!({ "member": member.id, "user_name": member.user_name });
        audit::append(tx, event.after(after))?;
        Ok(member)
    })
}

/// The operator's new member.
fn linked(tx: &WriteTx<'_>, operator: &Operator, role: PermissionGroupId) -> Result<Member> {
    if operators::member_of(tx, operator.id)?.is_some() {
        return Err(Error::conflict(
            Reason::NameTaken,
            format!(
                "The operator {} works in this account already; change the roles of their member \
                 instead.",
                operator.email
            ),
        ));
    }
    let email = Email::parse(&operator.email)?;
    let (key, member) = made(tx, &email.member_name(), &operator.name)?;
    operators::link(tx, operator.id, key)?;
    let policies = chosen(tx, &[NewPolicy::allow(role)], &mut |scope| {
        store::resource_groups::for_scope(tx, scope)
    })?;
    let given = records::replace(tx, Holder::Member(key), &policies)?;
    let event = Event::new(Action::MemberAdd, member.membership_id(), &member.user_name);
    let after = json!({
        "userName": member.user_name,
        "displayName": operator.name,
        "policies": records::facts(tx, &given)?,
    });
    audit::append(tx, event.after(after))?;
    let (_, member) = by_hand::get(tx, &crate::domain::reference::MemberRef::Id(member.id))?;
    Ok(member)
}

fn made(tx: &WriteTx<'_>, user_name: &str, name: &str) -> Result<(MemberKey, Member)> {
    let attributes = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "displayName": name,
    });
    let serde_json::Value::Object(attributes) = attributes else {
        return Err(Error::internal("an object that is none"));
    };
    let profile = Profile {
        active: true,
        external_id: None,
        attributes,
    };
    let record = Record::of(&profile)?;
    store::members::insert(tx, record, State::Active)
}
