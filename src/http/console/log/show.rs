//! One request on a page of its own: what a ticket links to.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::entry::{self, Entry, Where};
use super::there::There;
use super::{result, row, subject};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Kind;
use crate::domain::provisioning::ProvisioningRow;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::{Chrome, Nav};
use crate::http::console::connections::counted;
use crate::http::console::view::{Badge, Button, Column, Empty, FactValue, LogRow, Sorted};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html, html_as};

/// Milliseconds within which requests count as neighbours, and how many are shown.
const APART_MS: i64 = 1000;
const NEIGHBOURS_MAX: i64 = 20;

#[derive(Template)]
#[template(path = "pages/log/show.html")]
struct Show {
    chrome: Chrome,
    badge: Badge,
    lead: String,
    entry: Entry,
    columns: Vec<Column>,
    neighbours: Vec<LogRow>,
}

#[derive(Template)]
#[template(path = "pages/log/gone.html")]
struct Gone {
    chrome: Chrome,
    empty: Empty,
}

fn chrome(caller: &AccountCaller, title: &str) -> Chrome {
    let chrome = caller.chrome().page(Nav::Log, title);
    let log = chrome.path("/log");
    chrome.crumb(t("nav.log"), log)
}

/// `GET /a/{account_id}/log/{row_id}`: by the row's number or the request's id.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    counted(&caller).await;
    let id = req.match_info().get("row_id").unwrap_or_default();
    let named = id.to_owned();
    let read = caller
        .read_long(move |tx| {
            let row = app::provisioning::show(tx, &named)?;
            let near = app::provisioning::around(tx, &row, APART_MS, NEIGHBOURS_MAX)?;
            Ok((row, near))
        })
        .await;
    let (found, near) = match read {
        Ok(read) => read,
        Err(error) if error.kind() == Kind::NotFound => return gone(&caller, &req),
        Err(error) => return Err(error.into()),
    };
    let title = tf("log.entry", &[&found.method, &subject(&found)]);
    let chrome = chrome(&caller, &title);
    let there = There::of(&caller, &near)?;
    let neighbour = |one: &ProvisioningRow| {
        let own = one.seq == found.seq;
        let at = || chrome.path(&format!("/log/{}", one.seq));
        let href = if own { String::new() } else { at() };
        row(one, &chrome, &there, href, own)
    };
    let page = Show {
        badge: result(&found, &there),
        lead: chrome.times.at(found.at_ms).absolute,
        entry: entry::entry(&found, &caller, &req, Where::OnItsOwn),
        columns: super::list::columns(),
        neighbours: near.iter().map(neighbour).collect(),
        chrome,
    };
    html(&req, &page)
}

/// It was never there, or is no longer: what is kept and why.
fn gone(caller: &AccountCaller, req: &HttpRequest) -> Answer {
    let chrome = chrome(caller, t("error.404"));
    let log = Button::new("activity", t("log.open_log"), chrome.path("/log"));
    let page = Gone {
        empty: Empty {
            icon: "search",
            title: t("log.gone").to_owned(),
            why: t("log.gone_why").to_owned(),
            action: Some(log),
        },
        chrome,
    };
    html_as(req, StatusCode::NOT_FOUND, &page)
}
