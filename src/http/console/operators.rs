//! Operators: who may sign in to the console, where they work, and what is done about it.

pub mod act;
pub mod add;
pub mod place;
pub mod show;

use actix_web::HttpRequest;
use askama::Template;

use super::caller::Caller;
use super::chrome::Chrome;
use super::format::{Times, When};
use super::view::{Badge, Button, Secret, Tone};
use super::words::{t, tf, tn};
use super::{Answer, filters, flash, html, html_secret};
use crate::app;
use crate::app::operators::Standing;
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::error::{Error, Result};
use crate::domain::id::OperatorId;
use crate::domain::operator::Operator;
use crate::domain::setup::Code;
use crate::store::operators::places::Placed;

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

struct Row {
    name: String,
    email: String,
    href: String,
    marks: Vec<Badge>,
    /// "Corp: Super Administrator".
    places: Vec<String>,
    factor: Badge,
    signed_in: Option<When>,
    state: Badge,
}

#[derive(Template)]
#[template(path = "pages/operators/list.html")]
struct List {
    chrome: Chrome,
    lead: String,
    actions: Vec<Button>,
    rows: Vec<Row>,
}

fn chrome(caller: &Caller, req: &HttpRequest, title: &str) -> Chrome {
    caller.chrome().titled(title).flash(flash::told(req))
}

/// Below the list.
fn below(chrome: Chrome) -> Chrome {
    chrome.crumb(t("operators.title"), "/operators")
}

fn address(operator: &Operator) -> String {
    format!("/operators/{}", operator.id)
}

/// The operator of the path.
///
/// Errors: `NotFound`.
fn find(caller: &Caller, req: &HttpRequest) -> Result<Operator> {
    let id = req.match_info().get("operator_id").unwrap_or_default();
    // By id alone: an address in the path would be told apart by whom it is.
    let id: OperatorId = id.parse().map_err(|_| Error::not_found("operator", id))?;
    caller.read(|tx| app::operators::find(tx, &id.to_string()))
}

/// `GET /operators`.
pub async fn list(caller: Caller, req: HttpRequest) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    let chrome = chrome(&caller, &req, t("operators.title"));
    let rows = caller.read(|tx| {
        let mut rows = Vec::new();
        for operator in app::operators::list(tx)? {
            let standing = app::operators::standing(tx, operator.id)?;
            let places = app::operators::places::of(tx, operator.id)?;
            rows.push(row(&caller, &operator, (&standing, &places), &chrome.times));
        }
        Ok(rows)
    })?;
    let page = List {
        lead: tn("operators.lead", u64::try_from(rows.len()).unwrap_or(0)),
        actions: vec![
            Button::new("log-out", t("operators.everyone"), "/operators/sign-out"),
            Button::primary("user-plus", t("operators.add"), "/operators/new"),
        ],
        rows,
        chrome,
    };
    html(&req, &page)
}

fn row(
    caller: &Caller,
    operator: &Operator,
    (standing, places): (&Standing, &[Placed]),
    times: &Times,
) -> Row {
    let place = |place: &Placed| {
        tf(
            "operators.in_account",
            &[&place.account_name, &roles(place)],
        )
    };
    Row {
        name: operator.name.clone(),
        email: operator.email.clone(),
        href: address(operator),
        marks: marks(caller, operator),
        places: places.iter().map(place).collect(),
        factor: factor(operator, standing),
        signed_in: operator.signed_in_ms.map(|ms| times.ago(ms)),
        state: state(operator, standing),
    }
}

/// What they hold in an account, in a few words.
fn roles(place: &Placed) -> String {
    let all = place.roles.iter();
    let mut names: Vec<&str> = all
        .filter(|role| role.permission_group != catalogue::MINIMAL_ACCOUNT_ACCESS)
        .map(|role| role.name.as_str())
        .collect();
    // What they may do at the console first.
    let greatest = |name: &&str| !name.starts_with("Super Administrator");
    names.sort_by_key(|name| (greatest(name), !name.starts_with("Administrator")));
    match names.as_slice() {
        [] => match place.roles.first() {
            // The one that everybody has: it opens nothing here.
            Some(least) => tf("operators.role_least", &[&least.name]),
            None => t("operators.role_none").to_owned(),
        },
        [one] => (*one).to_owned(),
        [first, rest @ ..] => tf("operators.role_more", &[first, &rest.len()]),
    }
}

fn marks(caller: &Caller, operator: &Operator) -> Vec<Badge> {
    let mut marks = Vec::new();
    if caller.me().operator == operator.id {
        marks.push(Badge::new(Tone::Plain, "user", t("operators.you")));
    }
    if operator.box_administrator {
        marks.push(Badge::new(Tone::Accent, "server", t("operators.box")));
    }
    marks
}

fn factor(operator: &Operator, standing: &Standing) -> Badge {
    if operator.has_totp {
        Badge::new(Tone::Ok, "smartphone", t("operators.totp"))
    } else if standing.factor_required {
        Badge::new(Tone::Warn, "smartphone", t("operators.totp_missing"))
    } else {
        Badge::new(Tone::Plain, "", t("operators.password_only"))
    }
}

fn state(operator: &Operator, standing: &Standing) -> Badge {
    if operator.disabled {
        Badge::new(Tone::Plain, "pause", t("operators.disabled"))
    } else if operator.has_password {
        Badge::new(Tone::Ok, "circle-check", t("operators.active"))
    } else if standing.link_until_ms.is_some() {
        Badge::new(Tone::Accent, "mail", t("operators.no_password"))
    } else {
        Badge::new(Tone::Warn, "clock", t("operators.link_over"))
    }
}

#[derive(Template)]
#[template(path = "pages/operators/made.html")]
struct Made {
    chrome: Chrome,
    lead: String,
    secret: Secret,
    next: String,
}

/// The link, this once.
fn made_page(
    caller: &Caller,
    req: &HttpRequest,
    operator: &Operator,
    (code, minutes): (&Code, i64),
) -> Answer {
    let origin = caller.state().origin(req);
    let chrome = caller.chrome();
    let until = chrome.times.at(caller.now_ms() + minutes * MINUTE_MS).text;
    let page = Made {
        chrome: below(chrome.titled(tf("operators.made_title", &[&operator.name]))),
        lead: tf("operators.made_lead", &[&operator.email, &until]),
        secret: Secret {
            label: t("operators.made_label").to_owned(),
            value: format!("{origin}/recover?code={}", *code.grouped()),
            command: String::new(),
        },
        next: address(operator),
    };
    html_secret(req, &page)
}
