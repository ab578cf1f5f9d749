//! The accounts of the box: where the operator works, how they fare, and a new one.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::caller::{Caller, Posted};
use super::chrome::{AccountSlot, Chrome};
use super::error::ConsoleError;
use super::form::Form as Sent;
use super::format::number;
use super::overview::cards;
use super::pressed::Press;
use super::tokens::secret::form_key;
use super::view::{Badge, Button, Empty, FORM_KEY, Field, Form, Input, Tone};
use super::words::{t, tf, tn};
use super::{Answer, filters, flash, html_as};
use crate::app;
use crate::app::summary::Faring;
use crate::domain::account::Account;
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::AccountId;
use crate::domain::operator::Workplace;
use crate::domain::text::Label;
use crate::store::tx::ReadTx;

/// Accounts whose health is looked at: each is a read of its own.
const LOOKED_MAX: usize = 50;

/// An account in the list.
struct Row {
    name: String,
    /// Nothing where the operator does not work there.
    href: String,
    id: String,
    members: String,
    groups: String,
    health: Badge,
}

#[derive(Template)]
#[template(path = "pages/accounts.html")]
struct Accounts {
    chrome: Chrome,
    lead: String,
    operators: Option<Button>,
    create: Option<Button>,
    rows: Vec<Row>,
    empty: Empty,
    form: Option<(Form, Vec<Field>)>,
}

/// `GET /accounts`.
pub async fn accounts(caller: Caller, req: HttpRequest) -> Answer {
    let page = page(&caller, &req, &Sent::default(), None)?;
    html_as(&req, StatusCode::OK, &page)
}

/// What is wrong with the form.
struct Wrong {
    /// The field's name.
    field: &'static str,
    text: String,
}

fn page(
    caller: &Caller,
    req: &HttpRequest,
    sent: &Sent,
    wrong: Option<Wrong>,
) -> Result<Accounts, ConsoleError> {
    let (_, places) = caller.read(app::operators::own::get)?;
    let makes = caller.allows(Permission::BoxAdministration);
    let mut rows: Vec<Row> = Vec::new();
    for (at, place) in places.iter().enumerate() {
        rows.push(row(caller, place, at < LOOKED_MAX)?);
    }
    if makes {
        let others = caller.read(app::accounts::list)?;
        let elsewhere = |one: &&Account| !places.iter().any(|place| place.account == one.id);
        rows.extend(others.iter().filter(elsewhere).map(other));
    }
    let create = Button::primary("plus", t("accounts.create"), "#create");
    let count = u64::try_from(rows.len()).unwrap_or(0);
    let lead = match count {
        // The list says it.
        0 => String::new(),
        // Of others, they are not told.
        _ if !makes => tn("accounts.works_in", count),
        _ => tn("accounts.lead", count),
    };
    Ok(Accounts {
        chrome: caller
            .chrome()
            .titled(t("accounts.title"))
            .flash(flash::told(req)),
        lead,
        operators: makes.then(|| Button::new("users", t("accounts.operators"), "/operators")),
        create: makes.then_some(create),
        rows,
        empty: Empty {
            icon: "building-2",
            title: t("accounts.none").to_owned(),
            why: t("accounts.none_why").to_owned(),
            action: None,
        },
        form: makes.then(|| form(caller, sent, wrong)),
    })
}

fn row(caller: &Caller, place: &Workplace, looked: bool) -> Result<Row, ConsoleError> {
    let slot = AccountSlot::new(place.account, &place.account_name);
    let mut row = Row {
        name: place.account_name.clone(),
        href: slot.base,
        id: place.account.to_string(),
        members: "–".to_owned(),
        groups: "–".to_owned(),
        health: Badge::new(Tone::Plain, "", t("accounts.not_looked")),
    };
    if !looked {
        return Ok(row);
    }
    let there = caller.again_in(place.account)?;
    if !there.allows(Permission::LogsRead) {
        row.health = Badge::new(Tone::Plain, "lock", t("accounts.least_role"));
        return Ok(row);
    }
    let (account, health) = there.read(health)?;
    row.members = number(u64::try_from(account.member_count).unwrap_or(0));
    row.groups = number(u64::try_from(account.group_count).unwrap_or(0));
    row.health = health;
    Ok(row)
}

/// How an account fares, by what is worst of its connections.
fn health(tx: &ReadTx<'_>) -> Result<(Account, Badge)> {
    let account = app::accounts::current(tx)?;
    let held: i64 = app::brake::alarms(tx)?.iter().map(|alarm| alarm.held).sum();
    let faring = app::connections::faring(tx)?;
    let providers = faring.iter().filter(|one| !one.connection.built_in);
    let paused = providers
        .clone()
        .filter(|one| one.connection.paused)
        .count();
    let is_ill = |one: &&Faring| cards::state(one, tx.now_ms()).1 == Tone::Warn;
    let ill = u64::try_from(providers.clone().filter(is_ill).count()).unwrap_or(0);
    let badge = if held > 0 {
        let held = u64::try_from(held).unwrap_or(0);
        Badge::new(Tone::Warn, "hand", tn("accounts.held", held))
    } else if paused > 0 {
        let paused = u64::try_from(paused).unwrap_or(0);
        Badge::new(Tone::Warn, "pause", tn("accounts.paused", paused))
    } else if ill > 0 {
        Badge::new(Tone::Warn, "triangle-alert", tn("accounts.ill", ill))
    } else if providers.count() == 0 {
        Badge::new(Tone::Plain, "plug", t("accounts.no_provider"))
    } else {
        Badge::new(Tone::Ok, "circle-check", t("accounts.healthy"))
    };
    Ok((account, badge))
}

/// An account where the operator does not work.
fn other(account: &Account) -> Row {
    Row {
        name: account.name.clone(),
        href: String::new(),
        id: account.id.to_string(),
        members: number(u64::try_from(account.member_count).unwrap_or(0)),
        groups: number(u64::try_from(account.group_count).unwrap_or(0)),
        health: Badge::new(Tone::Plain, "lock", t("accounts.no_role")),
    }
}

fn form(caller: &Caller, sent: &Sent, wrong: Option<Wrong>) -> (Form, Vec<Field>) {
    let error_of = |name: &str| {
        let found = wrong.as_ref().filter(|wrong| wrong.field == name);
        found.map(|wrong| wrong.text.clone()).unwrap_or_default()
    };
    let fields = vec![
        Field::text("name", t("accounts.name"))
            .value(sent.get("name"))
            .error(error_of("name"))
            .autocomplete("off")
            .required(),
        Field::text("id", t("accounts.id"))
            .value(sent.get("id"))
            .hint(t("accounts.id_hint"))
            .error(error_of("id"))
            .autocomplete("off"),
    ];
    let form = Form::new("/accounts").hidden(FORM_KEY, form_key(caller));
    let form = form.errors_of(&fields);
    let whole = error_of("");
    let form = match whole.as_str() {
        "" => form,
        text => form.error(text),
    };
    (form, fields)
}

/// `POST /accounts`.
pub async fn create(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::BoxAdministration)?;
    let (name, id) = match read(&form) {
        Ok(asked) => asked,
        Err(wrong) => return refused(&caller, &req, &form, wrong),
    };
    let me = caller.me().operator;
    let press = Press::of(&caller, &form);
    let noted = press.clone();
    let made = caller
        .write(Permission::BoxAdministration, move |tx| {
            let account = app::accounts::create(tx, &name, id)?;
            let role = catalogue::SUPER_ADMINISTRATOR;
            app::operators::link(tx, me, account.id, role)?;
            let title = tf("accounts.created", &[&account.name]);
            let at = format!("/a/{}", account.id);
            noted.made(&at, &title);
            Ok((at, title))
        })
        .await;
    match made {
        Ok((at, title)) => Ok(flash::done(&req, &at, &title, t("accounts.created_text"))),
        Err(error) if matches!(error.kind(), Kind::Conflict | Kind::Invalid) => {
            let taken = error.kind() == Kind::Conflict;
            if let Some(before) = press.before(&req).filter(|_| taken) {
                return Ok(before);
            }
            let text = error.message().to_owned();
            let wrong = Wrong { field: "", text };
            refused(&caller, &req, &form, wrong)
        }
        Err(error) => Err(error.into()),
    }
}

fn refused(caller: &Caller, req: &HttpRequest, form: &Sent, wrong: Wrong) -> Answer {
    let page = page(caller, req, form, Some(wrong))?;
    html_as(req, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn read(form: &Sent) -> Result<(Label, Option<AccountId>), Wrong> {
    let wrong = |field, error: Error| Wrong {
        field,
        text: error.message().to_owned(),
    };
    let name = Label::parse(form.text("name").unwrap_or_default());
    let name = name.map_err(|error| wrong("name", error))?;
    let id = match form.text("id") {
        None => None,
        Some(text) => Some(text.to_ascii_lowercase().parse().map_err(|_| Wrong {
            field: "id",
            text: t("accounts.bad_id").to_owned(),
        })?),
    };
    Ok((name, id))
}
