//! Where signing in leads: to the account, or to the choice of one.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::caller::{AccountCaller, Caller};
use super::chrome::{Chrome, Nav};
use super::error::ConsoleError;
use super::view::{Empty, Link};
use super::words::t;
use super::{Answer, filters, html_as, see_other};
use crate::app;
use crate::domain::setup::Step;
use crate::http::State;
use actix_web::web;

/// `GET /`.
pub async fn home(state: web::Data<State>, caller: Result<Caller, ConsoleError>) -> Answer {
    let db = state.db();
    if !db.read(&db.own_seat("console"), app::operators::any)? {
        return Ok(see_other("/setup"));
    }
    let caller = caller?;
    let (me, places) = caller.read(app::operators::own::get)?;
    let progress = caller.read(app::setup::progress)?;
    // Whoever was given a place on the command line has it without the first run's steps.
    let begun = places.is_empty() || progress.account.is_some();
    if me.box_administrator && begun && progress.step() != Step::Finished {
        return Ok(see_other("/setup"));
    }
    match places.as_slice() {
        [only] => Ok(see_other(&format!("/a/{}", only.account))),
        _ => Ok(see_other("/accounts")),
    }
}

#[derive(Template)]
#[template(path = "pages/accounts.html")]
struct Accounts {
    chrome: Chrome,
    places: Vec<Link>,
    empty: Empty,
}

/// `GET /accounts`: where the operator works.
pub async fn accounts(caller: Caller, req: HttpRequest) -> Answer {
    let (_, places) = caller.read(app::operators::own::get)?;
    let link = |place: crate::domain::operator::Workplace| {
        Link::new(place.account_name, format!("/a/{}", place.account))
    };
    let page = Accounts {
        chrome: caller.chrome().titled(t("accounts.title")),
        places: places.into_iter().map(link).collect(),
        empty: Empty {
            icon: "users",
            title: t("accounts.none").to_owned(),
            why: t("accounts.none_why").to_owned(),
            action: None,
        },
    };
    html_as(&req, StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "pages/overview.html")]
struct Overview {
    chrome: Chrome,
    account: String,
}

/// `GET /a/{account_id}`.
pub async fn overview(caller: AccountCaller, req: HttpRequest) -> Answer {
    let page = Overview {
        chrome: caller.chrome().page(Nav::Overview, t("nav.overview")),
        account: caller.account().to_string(),
    };
    html_as(&req, StatusCode::OK, &page)
}
