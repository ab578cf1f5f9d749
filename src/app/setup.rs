//! The first run, and the links that let somebody in who can't sign in yet.

use serde_json::json;

use super::operators;
use super::sessions::{self, opened_session};
use crate::domain::account::Account;
use crate::domain::actor::{Actor, Permission, Request};
use crate::domain::audit::{Action, Event};
use crate::domain::catalogue;
use crate::domain::error::{Error, Result};
use crate::domain::id::{AccountId, ConnectionId};
use crate::domain::operator::{NewOperator, Operator};
use crate::domain::reason::Reason;
use crate::domain::session::SessionSecret;
use crate::domain::setup::{Code, Progress, check_minutes, link_unknown};
use crate::domain::text::Label;
use crate::store;
use crate::store::operators as rows;
use crate::store::setup::{self, BrowserHash, Link};
use crate::store::sign_ins::{Guess, network_of};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{Db, accounts, audit};

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

/// Makes the link that the first operator is made with, in place of an earlier one.
///
/// Errors: `Forbidden`, `Conflict` (there are operators), `Invalid` (minutes).
pub fn issue(tx: &WriteTx<'_>, minutes: i64) -> Result<Code> {
    tx.require(Permission::BoxAdministration)?;
    check_minutes(minutes)?;
    if rows::any(tx)? {
        return Err(Error::conflict(
            Reason::NameTaken,
            "There are operators already: the first of them signs in, and a first run that was \
             left goes on; use `provost admin create` for another one, or `provost admin recover` \
             for one who can't sign in.",
        ));
    }
    let code = setup::insert_link(tx, None, minutes * MINUTE_MS)?;
    let event = Event::new(Action::SetupLinkCreate, "setup", "first operator");
    audit::append(tx, event.after(json!({ "minutes": minutes })))?;
    Ok(code)
}

/// Makes the link by which an operator chooses a password, in place of an earlier one. For one
/// who has a password it is made on the server alone: at the console, it would be a way to become
/// them.
///
/// Errors: `Forbidden` (at the console also: one who has a password, or holds a role that the
/// caller does not), `NotFound`, `Invalid` (minutes; a disabled operator).
pub fn issue_recovery(tx: &WriteTx<'_>, id_or_email: &str, minutes: i64) -> Result<Code> {
    tx.require(Permission::BoxAdministration)?;
    check_minutes(minutes)?;
    let operator = rows::get_named(tx, id_or_email)?;
    if operator.disabled {
        return Err(Error::invalid(
            Reason::InvalidValue,
            format!(
                "The operator {} is disabled and can't sign in; enable them first.",
                operator.email
            ),
        ));
    }
    if matches!(tx.actor(), Actor::Operator(_)) && operator.has_password {
        return Err(Error::forbidden(
            Reason::PermissionMissing,
            format!(
                "{} has chosen a password; a link for another one is made on the server, with \
                 `provost admin recover`.",
                operator.email
            ),
        ));
    }
    operators::places::may_stand_for(tx, operator.id)?;
    let code = setup::insert_link(tx, Some(operator.id), minutes * MINUTE_MS)?;
    let event = Event::new(
        Action::SetupLinkCreate,
        operator.id,
        operator.email.as_str(),
    );
    audit::append(tx, event.after(json!({ "minutes": minutes })))?;
    Ok(code)
}

/// Counts an attempt to open a link: nobody tries all of them.
///
/// Errors: `RateLimited`.
pub fn admit(db: &Db, request: &Request) -> Result<()> {
    let network = network_of(request.address);
    let guess = Guess::Link { network: &network };
    sessions::admit(db, guess)
}

/// Opens a link in this browser, which is the only one that can use it from here on.
///
/// Errors: `Forbidden`, `NotFound` (used, too old, opened in another browser, or none).
pub fn open(tx: &WriteTx<'_>, code: &str, browser: &BrowserHash) -> Result<Link> {
    tx.require(Permission::BoxAdministration)?;
    let opened = match Code::typed(code) {
        Some(code) => setup::open_link(tx, &code, browser)?,
        None => None,
    };
    opened.ok_or_else(link_unknown)
}

/// The link that this browser has opened, and whose password it is for.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn opened(tx: &ReadTx<'_>, browser: &BrowserHash) -> Result<(Link, Option<Operator>)> {
    tx.require(Permission::BoxAdministration)?;
    let link = setup::link_of(tx, browser)?.ok_or_else(link_unknown)?;
    let operator = link.operator.map(|id| rows::get(tx, id)).transpose()?;
    Ok((link, operator))
}

/// Makes the first operator with the link that this browser has opened, and signs them in. The
/// actor is the operator to be; the link is spent.
///
/// Errors: `NotFound` (the link), `Conflict` (address taken).
pub fn first_operator(
    tx: &WriteTx<'_>,
    browser: &BrowserHash,
    new: &NewOperator,
    password: &str,
) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let link = setup::link_of(tx, browser)?;
    let link = link.filter(|link| link.operator.is_none());
    let link = link.filter(|_| !rows::any(tx).unwrap_or(true));
    let link = link.ok_or_else(link_unknown)?;
    let operator = operators::insert(tx, new, Some(password))?;
    setup::spend_link(tx, link)?;
    Ok(operator)
}

/// Gives the operator a new password with the link that this browser has opened. All their
/// sessions end; the second factor stays.
///
/// Errors: `Forbidden`, `NotFound` (the link).
pub fn recover(tx: &WriteTx<'_>, browser: &BrowserHash, password: &str) -> Result<Operator> {
    tx.require(Permission::BoxAdministration)?;
    let link = setup::link_of(tx, browser)?.ok_or_else(link_unknown)?;
    let id = link.operator.ok_or_else(link_unknown)?;
    rows::set_password(tx, id, password)?;
    store::sessions::end_all(tx, id, None)?;
    setup::spend_link(tx, link)?;
    let operator = rows::get(tx, id)?;
    let event = Event::new(Action::PasswordChange, operator.id, operator.email.as_str());
    audit::append(tx, event.after(json!({ "with": "link" })))?;
    Ok(operator)
}

/// The session of whoever was made, or chose a password, by a link just now.
///
/// Errors: `Forbidden`.
pub fn begin(tx: &WriteTx<'_>) -> Result<SessionSecret> {
    tx.require(Permission::OwnOperator)?;
    opened_session(tx, "link")
}

/// How far the first run has come.
///
/// Errors: `Forbidden`.
pub fn progress(tx: &ReadTx<'_>) -> Result<Progress> {
    tx.require(Permission::OwnOperator)?;
    setup::progress(tx)
}

/// How clients reach this server, as it was entered in the first run.
///
/// Errors: `Forbidden`.
pub fn public_url(tx: &ReadTx<'_>) -> Result<Option<String>> {
    tx.require(Permission::BoxAdministration)?;
    Ok(setup::progress(tx)?.public_url)
}

/// The account of the first run.
#[derive(Debug, Clone)]
pub enum ChosenAccount {
    /// To be made; with an id that it had elsewhere.
    New { name: Label, id: Option<AccountId> },
    /// One that was made on the command line before.
    Existing(AccountId),
}

/// Makes the account, or takes one that is there, and makes the operator its Super
/// Administrator.
///
/// Errors: `Forbidden` (also: an account that has a Super Administrator), `Conflict` (name or id
/// taken), `NotFound`.
pub fn set_account(tx: &WriteTx<'_>, chosen: &ChosenAccount) -> Result<Account> {
    tx.require(Permission::BoxAdministration)?;
    let account = match chosen {
        ChosenAccount::New { name, id } => super::accounts::create(tx, name, *id)?,
        ChosenAccount::Existing(id) => accounts::get(tx, *id)?,
    };
    let me = tx.actor().own_operator()?.operator;
    let role = catalogue::SUPER_ADMINISTRATOR;
    let works_there = rows::workplaces(tx, me)?;
    if !works_there.iter().any(|place| place.account == account.id) {
        operators::link(tx, me, account.id, role)?;
    }
    setup::set_account(tx, account.id)?;
    Ok(account)
}

/// Sets how clients reach this server; `None`: as the settings, or the request, say.
///
/// Errors: `Forbidden`.
pub fn set_public_url(tx: &WriteTx<'_>, url: Option<&str>) -> Result<()> {
    tx.require(Permission::BoxAdministration)?;
    let before = setup::progress(tx)?;
    setup::set_public_url(tx, url)?;
    if before.public_url.as_deref() != url {
        let event = Event::new(Action::SetupUpdate, "public_url", "public URL")
            .before(json!({ "public_url": before.public_url }))
            .after(json!({ "public_url": url }));
        audit::append(tx, event)?;
    }
    Ok(())
}

/// Passes the step of the first connection; `None`: later.
///
/// Errors: `Forbidden`.
pub fn set_connection(tx: &WriteTx<'_>, connection: Option<ConnectionId>) -> Result<()> {
    tx.require(Permission::BoxAdministration)?;
    setup::set_connection(tx, connection)
}

/// The first run is over.
///
/// Errors: `Forbidden`.
pub fn finish(tx: &WriteTx<'_>) -> Result<()> {
    tx.require(Permission::BoxAdministration)?;
    setup::finish(tx)
}
