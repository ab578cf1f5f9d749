//! What operators do about themselves.

use serde_json::json;

use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::operator::{Operator, Settings, Workplace};
use crate::domain::reason::Reason;
use crate::domain::session::SessionSecret;
use crate::domain::setup::Code;
use crate::domain::text::{Label, forbidden_char};
use crate::store::keys::Keys;
use crate::store::operators::{self, factors};
use crate::store::totp::TotpSecret;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{audit, sessions};

/// The longest name of a time zone.
const ZONE_CHARS_MAX: usize = 64;

/// Who is signed in, and where they work.
///
/// Errors: `Forbidden`.
pub fn get(tx: &ReadTx<'_>) -> Result<(Operator, Vec<Workplace>)> {
    tx.require(Permission::OwnOperator)?;
    let id = tx.actor().own_operator()?.operator;
    Ok((operators::get(tx, id)?, operators::workplaces(tx, id)?))
}

/// The stored hash of the own password, to be compared outside of any transaction.
///
/// Errors: `Forbidden`.
pub fn password(tx: &ReadTx<'_>) -> Result<Option<String>> {
    tx.require(Permission::OwnOperator)?;
    operators::password(tx, tx.actor().own_operator()?.operator)
}

/// Changes the own name.
///
/// Errors: `Forbidden`.
pub fn rename(tx: &WriteTx<'_>, name: &Label) -> Result<Operator> {
    tx.require(Permission::OwnOperator)?;
    let before = own(tx)?;
    if before.name == name.as_str() {
        return Ok(before);
    }
    operators::set_name(tx, before.id, name.as_str())?;
    let after = own(tx)?;
    let event = Event::new(Action::OperatorUpdate, after.id, after.email.as_str())
        .before(operators::facts(&before))
        .after(operators::facts(&after));
    audit::append(tx, event)?;
    Ok(after)
}

/// Changes how the console looks. The door knows which time zones there are.
///
/// Errors: `Forbidden`, `Invalid` (the zone's name).
pub fn set_settings(tx: &WriteTx<'_>, settings: &Settings) -> Result<Operator> {
    tx.require(Permission::OwnOperator)?;
    let zone = settings.zone.as_str();
    let fits = (1..=ZONE_CHARS_MAX).contains(&zone.chars().count());
    if !fits || forbidden_char(zone).is_some() {
        return Err(Error::invalid(
            Reason::InvalidValue,
            "The time zone must be a name such as Europe/Lisbon; choose one from the list.",
        ));
    }
    let before = own(tx)?;
    if before.settings == *settings {
        return Ok(before);
    }
    operators::set_settings(tx, before.id, settings)?;
    let facts = |settings: &Settings| {
        json!({
            "theme": settings.theme.name(),
            "zone": settings.zone,
            "shortcuts": settings.shortcuts,
        })
    };
    let event = Event::new(Action::OperatorUpdate, before.id, before.email.as_str())
        .before(facts(&before.settings))
        .after(facts(settings));
    audit::append(tx, event)?;
    own(tx)
}

/// Makes `hash` the own password's, where `verified` still is: the one that was just compared.
/// Other sessions end, and this one gets another cookie.
///
/// Errors: `Forbidden`, `Stale` (changed meanwhile).
pub fn set_password(tx: &WriteTx<'_>, verified: Option<&str>, hash: &str) -> Result<SessionSecret> {
    tx.require(Permission::OwnOperator)?;
    let operator = own(tx)?;
    if operators::password(tx, operator.id)?.as_deref() != verified {
        return Err(Error::stale(
            "The password was changed meanwhile in another place; sign in again.",
        ));
    }
    operators::set_password(tx, operator.id, hash)?;
    let event = Event::new(Action::PasswordChange, operator.id, operator.email.as_str());
    audit::append(tx, event)?;
    factors_changed(tx, &operator)
}

/// Begins to set an authenticator up: its secret, which counts once a code of it was given.
///
/// Errors: `Forbidden`.
pub fn begin_totp(tx: &WriteTx<'_>) -> Result<TotpSecret> {
    tx.require(Permission::OwnOperator)?;
    let operator = own(tx)?;
    let secret = factors::begin_totp(tx, operator.id)?;
    let event = Event::new(Action::FactorsChange, operator.id, operator.email.as_str());
    audit::append(tx, event.after(json!({ "totp": "begun" })))?;
    Ok(secret)
}

/// The secret that waits for its first code.
///
/// Errors: `Forbidden`.
pub fn pending_totp(tx: &ReadTx<'_>, keys: &Keys) -> Result<Option<TotpSecret>> {
    tx.require(Permission::OwnOperator)?;
    factors::pending_totp(tx, keys, tx.actor().own_operator()?.operator)
}

/// Switches the authenticator on, with the recovery codes that go with it, shown this once.
/// Other sessions end, and this one gets another cookie.
///
/// Errors: `Forbidden`, `Invalid` (not its code).
pub fn confirm_totp(tx: &WriteTx<'_>, code: &str) -> Result<(Vec<Code>, SessionSecret)> {
    tx.require(Permission::OwnOperator)?;
    let operator = own(tx)?;
    if !factors::confirm_totp(tx, operator.id, code)? {
        return Err(wrong_code());
    }
    let codes = factors::new_recovery_codes(tx, operator.id)?;
    let event = Event::new(Action::FactorsChange, operator.id, operator.email.as_str())
        .before(json!({ "totp": operator.has_totp }))
        .after(json!({ "totp": true, "recovery_codes": codes.len() }));
    audit::append(tx, event)?;
    Ok((codes, factors_changed(tx, &operator)?))
}

/// Not the code of the authenticator that is being set up.
pub fn wrong_code() -> Error {
    Error::invalid(
        Reason::InvalidValue,
        "This is not the code that the authenticator shows now; enter the next one, and look \
         whether the device's clock is right.",
    )
}

/// Whether the own second factor can only be replaced (T-25).
///
/// Errors: `Forbidden`.
pub fn factor_required(tx: &ReadTx<'_>) -> Result<bool> {
    tx.require(Permission::OwnOperator)?;
    factors::required(tx, tx.actor().own_operator()?.operator)
}

/// Switches the authenticator off, and forgets the recovery codes.
///
/// Errors: `Forbidden` (also: whoever must have one replaces it).
pub fn remove_totp(tx: &WriteTx<'_>) -> Result<SessionSecret> {
    tx.require(Permission::OwnOperator)?;
    let operator = own(tx)?;
    if factors::required(tx, operator.id)? {
        return Err(Error::forbidden(
            Reason::FactorNeeded,
            "Super Administrators and server administrators keep a second factor; set up another \
             authenticator in place of this one.",
        ));
    }
    factors::reset(tx, operator.id)?;
    let event = Event::new(Action::FactorsChange, operator.id, operator.email.as_str())
        .before(json!({ "totp": operator.has_totp }))
        .after(json!({ "totp": false }));
    audit::append(tx, event)?;
    factors_changed(tx, &operator)
}

/// Stands for one's recovery codes as they are: what makes new ones says which it saw.
///
/// Errors: `Forbidden`.
pub fn recovery_codes_seen(tx: &ReadTx<'_>) -> Result<String> {
    tx.require(Permission::OwnOperator)?;
    factors::recovery_codes_seen(tx, tx.actor().own_operator()?.operator)
}

/// New recovery codes in place of the old ones, shown this once. A form that is sent again, as by
/// a reload of the page that shows them, makes no others: those written down would be good no more.
///
/// Errors: `Forbidden`, `Invalid` (without an authenticator they recover nothing), `Stale` where
/// the codes are others than were `seen`.
pub fn new_recovery_codes(tx: &WriteTx<'_>, seen: &str) -> Result<Vec<Code>> {
    tx.require(Permission::OwnOperator)?;
    let operator = own(tx)?;
    if !operator.has_totp {
        return Err(Error::invalid(
            Reason::InvalidValue,
            "Recovery codes stand in for an authenticator, and none is set up; set one up first.",
        ));
    }
    if recovery_codes_seen(tx)? != seen {
        return Err(Error::stale(
            "The recovery codes are others than when the form was opened; look how many are left.",
        ));
    }
    let codes = factors::new_recovery_codes(tx, operator.id)?;
    let event = Event::new(Action::FactorsChange, operator.id, operator.email.as_str())
        .before(json!({ "recovery_codes": operator.recovery_codes }))
        .after(json!({ "recovery_codes": codes.len() }));
    audit::append(tx, event)?;
    Ok(codes)
}

/// Whoever was signed in elsewhere with what was good before is so no more (T-26).
fn factors_changed(tx: &WriteTx<'_>, operator: &Operator) -> Result<SessionSecret> {
    let session = tx.actor().own_operator()?.session;
    sessions::end_all(tx, operator.id, Some(session))?;
    sessions::confirm(tx, session)
}

fn own(tx: &ReadTx<'_>) -> Result<Operator> {
    operators::get(tx, tx.actor().own_operator()?.operator)
}
