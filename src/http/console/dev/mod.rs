//! A page with every component in every state, and the pages of errors, for whoever builds
//! pages and for the tests of how they look. Debug builds only: it is no part of the product,
//! and its words are no part of the catalogue.

mod rows;
mod samples;

use actix_web::{HttpMessage, HttpRequest, web};
use askama::Template;

use super::chrome::{AccountSlot, Chrome, Nav, NavCounts, Theme, Viewer};
use super::error::ConsoleError;
use super::format::Times;
use super::view::{
    ActiveFilters, Badge, Button, Column, CommitBar, Confirm, ConnectionRow, Delta, DiffLine,
    Empty, EventRow, Fact, FactValue, Field, Filters, Form, GroupRow, Histogram, Hop, Input, Link,
    LogRow, MemberRow, Notice, Pager, Picks, PlanRow, Policy, Preview, Secret, Sorted, Source,
    Stat, Step, Tab, TokenRow, Unseen, Verdict,
};
use super::{Answer, filters, flash, html};
use crate::domain::error::{Error, Kind};
use crate::domain::id::AccountId;
use crate::domain::reason::Reason;
use crate::http::State;
use crate::http::scim::error::HttpFault;

pub(in crate::http) fn configure(app: &mut web::ServiceConfig) {
    app.route("/dev/components", web::get().to(components))
        .route("/dev/bare", web::get().to(bare))
        .route("/dev/error/{kind}", web::get().to(error))
        .route("/dev/flash", web::get().to(told));
}

#[derive(Template)]
#[template(path = "pages/dev/components.html")]
struct Components {
    chrome: Chrome,
    badges: Vec<Badge>,
    buttons: Vec<Button>,
    notices: Vec<Notice>,
    sources: Vec<Source>,
    tabs: Vec<Tab>,
    stats: Vec<Stat>,
    histogram: Histogram,
    histogram_low: Histogram,
    form: Form,
    form_plain: Form,
    fields: Vec<Field>,
    picks: Vec<Picks>,
    preview: Preview,
    preview_loss: Preview,
    confirm: Confirm,
    empty: Empty,
    filters: Filters,
    active: ActiveFilters,
    pager: Pager,
    exports: Vec<Link>,
    log_columns: Vec<Column>,
    log: Vec<LogRow>,
    verdict: Verdict,
    deltas: Vec<Delta>,
    diff: Vec<DiffLine>,
    member_columns: Vec<Column>,
    members: Vec<MemberRow>,
    group_columns: Vec<Column>,
    groups: Vec<GroupRow>,
    connection_columns: Vec<Column>,
    connections: Vec<ConnectionRow>,
    token_columns: Vec<Column>,
    tokens: Vec<TokenRow>,
    events: Vec<EventRow>,
    facts: Vec<Fact>,
    hops: Vec<Hop>,
    policies: Vec<Policy>,
    steps: Vec<Step>,
    plan: Vec<PlanRow>,
    commit: CommitBar,
    secret: Secret,
}

#[derive(Template)]
#[template(path = "pages/dev/bare.html")]
struct Bare {
    chrome: Chrome,
    form: Form,
    fields: Vec<Field>,
}

fn chrome(req: &HttpRequest, times: Times) -> Chrome {
    let asked = |name: &str| req.query_string().split('&').any(|pair| pair == name);
    let theme = match () {
        () if asked("theme=dark") => Theme::Dark,
        () if asked("theme=light") => Theme::Light,
        () => Theme::System,
    };
    let viewer = Viewer::new("Ines Duarte", "ines@acme.example").theme(theme);
    let account = AccountSlot::new(AccountId::from_bytes([0xa3; 16]), "Acme Industries");
    let counts = NavCounts {
        members: Some(1284),
        groups: Some(36),
        connections: Some(3),
        tokens: Some(7),
        legacy: Some(5),
    };
    let chrome = Chrome::new(viewer, "csrf", times).account(account, counts);
    if asked("readonly=1") {
        return chrome.read_only("The database can’t be written; look at the disk and restart.");
    }
    chrome
}

fn times_of(state: &State) -> Times {
    Times::utc(state.db().clock().now_ms())
}

/// `GET /dev/components`.
pub async fn components(req: HttpRequest, state: web::Data<State>) -> Answer {
    let times = times_of(&state);
    let chrome = chrome(&req, times.clone())
        .page(Nav::Groups, "Platform Engineers")
        .crumb("User groups", "/dev/components")
        .flash(flash::told(&req))
        .sync(Some(Badge::live("Okta synced 42 s ago").leads_to("/log")));
    html(&req, &samples::components(chrome, &times))
}

/// `GET /dev/bare`: the layout of pages without a session.
pub async fn bare(req: HttpRequest, state: web::Data<State>) -> Answer {
    let mut chrome = chrome(&req, times_of(&state)).titled("Sign in");
    chrome.account = None;
    chrome.nav = Vec::new();
    let fields = vec![
        Field::email("email", "Email")
            .autocomplete("username")
            .required(),
        Field::password(Unseen::Password, "Password")
            .autocomplete("current-password")
            .required(),
    ];
    let form = Form::new("/dev/bare")
        .refusal("Not signed in")
        .error("The email or the password is wrong.");
    html(
        &req,
        &Bare {
            chrome,
            form,
            fields,
        },
    )
}

/// `GET /dev/error/{kind}`: the page of an error; `?inside` within the console.
pub async fn error(req: HttpRequest, state: web::Data<State>, kind: web::Path<u16>) -> Answer {
    if req.query_string().contains("inside") {
        req.extensions_mut().insert(chrome(&req, times_of(&state)));
    }
    let refused = Error::forbidden(
        Reason::PermissionMissing,
        "API tokens are for Super Administrators; ask one of them.",
    );
    Err(match *kind {
        401 => ConsoleError::SignedOut,
        403 => ConsoleError::Denied {
            error: refused,
            roles: vec!["Super Administrator - All Privileges".to_owned()],
            holders: vec![Link::new("Tomás Reyes", "/dev/components")],
        },
        404 => Error::not_found("user group", "7148c1e4d9f247f5b6dcd3ef20f998f9").into(),
        409 => ConsoleError::Overtaken {
            error: Error::stale("Tomás Reyes changed this policy 2 minutes ago; look at it again."),
            change: vec!["The role Cache Purge was added.".to_owned()],
        },
        422 => Error::invalid(Reason::InvalidValue, "A policy needs a role; choose one.").into(),
        429 => Error::new(
            Kind::RateLimited,
            Reason::RateLimited,
            "Too many attempts; wait 30 s.",
        )
        .with_retry_after(30)
        .into(),
        503 => HttpFault::TooManyRequests.into(),
        _ => Error::internal("asked for").into(),
    })
}

/// `GET /dev/flash`: leads to the components and tells something there.
pub async fn told(req: HttpRequest) -> Answer {
    let text = "31 people gained Cache Purge.";
    Ok(flash::done(
        &req,
        "/dev/components",
        "Saved Cache on-call",
        text,
    ))
}
