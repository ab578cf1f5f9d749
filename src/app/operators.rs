//! Operators: made and ended by box administrators; their own settings by themselves. What an
//! operator may do in an account is a matter of their member's roles there, which are given and
//! guarded like anybody's: the last Super Administrator of an account may well be an operator's
//! member. The last box administrator stays too.

pub mod own;
pub mod places;

use serde_json::json;

use crate::domain::actor::{Actor, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::OperatorId;
use crate::domain::operator::{NewOperator, Operator, Workplace};
use crate::domain::reason::Reason;
use crate::domain::session::Session;
use crate::store::operators::{self, factors};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{audit, sessions, setup};

pub use places::link;

/// What a box administrator is shown of an operator beside it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Whether they must have a second factor.
    pub factor_required: bool,
    /// The newest first.
    pub sessions: Vec<Session>,
    /// Until when a link to choose the password can be opened.
    pub link_until_ms: Option<i64>,
}

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

/// How the operator stands.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn standing(tx: &ReadTx<'_>, id: OperatorId) -> Result<Standing> {
    tx.require(Permission::BoxAdministration)?;
    Ok(Standing {
        factor_required: factors::required(tx, id)?,
        sessions: sessions::list(tx, id)?,
        link_until_ms: setup::link_until(tx, id)?,
    })
}

/// Nobody keeps themselves out, nor helps themselves to another second factor.
fn not_self(tx: &ReadTx<'_>, operator: &Operator) -> Result<()> {
    match tx.actor() {
        Actor::Operator(me) if me.operator == operator.id => Err(Error::forbidden(
            Reason::OwnRoles,
            "This is you, and nobody does this to themselves; let another server administrator do \
             it, or change what is yours under Your account.",
        )),
        Actor::Operator(_) | Actor::Client(_) | Actor::Cli { .. } | Actor::System { .. } => Ok(()),
    }
}

/// Lets the operator sign in, or not; not ends their sessions too.
///
/// Errors: `Forbidden` (also: the last box administrator; at the console oneself, and the last
/// one who can sign in as Super Administrator of an account), `NotFound`.
pub fn set_disabled(tx: &WriteTx<'_>, id_or_email: &str, disabled: bool) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let before = operators::get_named(tx, id_or_email)?;
    if before.disabled != disabled {
        if disabled {
            not_self(tx, &before)?;
            places::keep_somebody(tx, before.id)?;
        }
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
    if before.box_administrator != is_one {
        not_self(tx, &before)?;
        operators::set_box_administrator(tx, before.id, is_one)?;
        // Who may do other things signs in anew (T-26).
        sessions::end_all(tx, before.id, None)?;
    }
    recorded(tx, before)
}

/// Ends all sessions of the operator; how many.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn end_sessions(tx: &WriteTx<'_>, id_or_email: &str) -> Result<usize> {
    tx.require(Permission::BoxAdministration)?;
    let operator = operators::get_named(tx, id_or_email)?;
    let ended = sessions::end_all(tx, operator.id, None)?;
    if ended > 0 {
        let event = Event::new(Action::SignOut, operator.id, operator.email.as_str());
        audit::append(tx, event.after(json!({ "sessions": ended })))?;
    }
    Ok(ended)
}

/// Ends everybody's sessions but the own one; how many.
///
/// Errors: `Forbidden`.
pub fn sign_everyone_out(tx: &WriteTx<'_>) -> Result<usize> {
    tx.require(Permission::BoxAdministration)?;
    let kept = match tx.actor() {
        Actor::Operator(me) => Some(me.session),
        Actor::Client(_) | Actor::Cli { .. } | Actor::System { .. } => None,
    };
    let ended = sessions::end_everybodys(tx, kept)?;
    if ended > 0 {
        let event = Event::new(Action::SignOut, "everyone", "everyone");
        audit::append(tx, event.after(json!({ "sessions": ended })))?;
    }
    Ok(ended)
}

/// Writes down that the waiting after wrong passwords is ended; the door ends it, which is in
/// memory.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn unlock(tx: &WriteTx<'_>, id_or_email: &str) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let operator = operators::get_named(tx, id_or_email)?;
    let event = Event::new(Action::OperatorUpdate, operator.id, operator.email.as_str());
    audit::append(tx, event.after(json!({ "waiting": "ended" })))?;
    Ok(operator)
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
    not_self(tx, &operator)?;
    places::keep_somebody(tx, operator.id)?;
    operators::delete(tx, operator.id)?;
    let event = Event::new(Action::OperatorDelete, operator.id, operator.email.as_str());
    audit::append(tx, event.before(operators::facts(&operator)))?;
    Ok(operator)
}

/// Forgets authenticator and recovery codes, and ends the sessions: for somebody who lost them.
///
/// Errors: `Forbidden` (at the console also: oneself), `NotFound`.
pub fn reset_factors(tx: &WriteTx<'_>, id_or_email: &str) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let operator = operators::get_named(tx, id_or_email)?;
    not_self(tx, &operator)?;
    factors::reset(tx, operator.id)?;
    sessions::end_all(tx, operator.id, None)?;
    let event = Event::new(Action::FactorsChange, operator.id, operator.email.as_str());
    let before = json!({ "totp": operator.has_totp, "recovery_codes": operator.recovery_codes });
    audit::append(tx, event.before(before).after(json!({ "totp": false })))?;
    operators::get(tx, operator.id)
}
