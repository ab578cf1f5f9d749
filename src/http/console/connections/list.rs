//! The list of connections.

use actix_web::HttpRequest;
use askama::Template;

use super::strays::Stray;
use super::way_in::Strangers;
use super::wizard::{Tile, tiles};
use super::{chrome, counted};
use crate::app;
use crate::domain::actor::Permission;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::list::{ListQuery, ListSpec};
use crate::http::console::overview::cards;
use crate::http::console::view::{
    ActiveFilters, Button, Column, ConnectionRow, Empty, FilterChip, Notice, Sorted,
};
use crate::http::console::words::{t, tn};
use crate::http::console::{Answer, filters, html};

const SPEC: ListSpec = ListSpec {
    filters: &["held"],
    sorts: &[],
    sort: "",
    extras: &[],
};
/// The value of `held` for those that hold changes.
pub const HELD_ANY: &str = "any";

#[derive(Template)]
#[template(path = "pages/connections/list.html")]
struct List {
    chrome: Chrome,
    notice: Option<Notice>,
    /// Said where a provider that used to come in may come with an unknown token.
    stray: Option<Notice>,
    connect: Option<Button>,
    active: Option<ActiveFilters>,
    columns: Vec<Column>,
    rows: Vec<ConnectionRow>,
    /// The account's own connection, which is no provider's, below those that are.
    own: Vec<ConnectionRow>,
    /// Shown where no provider is connected, to whoever may connect one.
    tiles: Vec<Tile>,
    none: bool,
    /// Shown where none is what was asked for.
    empty: Option<Empty>,
}

/// `GET /a/{account_id}/connections`.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    counted(&caller).await;
    let sees_tokens = caller.allows(Permission::TokensRead);
    let (faring, tokens) = caller
        .read_long(move |tx| {
            let tokens = if sees_tokens {
                app::tokens::list(tx)?
            } else {
                Vec::new()
            };
            Ok((app::connections::faring(tx)?, tokens))
        })
        .await?;
    let chrome = chrome(&caller, t("nav.connections"));
    let connects = caller.allows(Permission::TokensAdminister);
    let none = faring.iter().all(|one| one.connection.built_in);
    let used = |one: &&app::summary::Faring| !none || one.health.last_request_ms.is_some();
    let mut list = ListQuery::of(&req, &SPEC);
    let held = list.pick("held", |value| (value == HELD_ANY).then_some(()));
    let meant = |one: &&app::summary::Faring| held.is_none() || one.health.held > 0;
    let strangers = Strangers::in_lists(&caller);
    let row = |one: &app::summary::Faring| {
        let mut row = cards::connection(one, &tokens, strangers, &chrome);
        if held.is_some() {
            row.href.push_str("/held");
        } else {
            // The card of the one that is no provider's says so.
            row.about = "";
        }
        row
    };
    // What was asked for stands in one list.
    let is_own = |one: &&app::summary::Faring| held.is_none() && one.connection.built_in;
    let shown = faring.iter().filter(used).filter(meant);
    let (own, providers): (Vec<_>, Vec<_>) = shown.partition(is_own);
    let rows: Vec<ConnectionRow> = providers.into_iter().map(row).collect();
    let page = List {
        notice: list.notice(),
        stray: Stray::of(&faring, &tokens, strangers, &chrome).map(Stray::notice),
        active: list.is_filtered().then(|| ActiveFilters {
            total: tn("connections.total", u64::try_from(rows.len()).unwrap_or(0)),
            chips: vec![FilterChip {
                text: t("connections.holding").to_owned(),
                without: list.with("held", ""),
            }],
            aside: String::new(),
            aside_link: None,
        }),
        empty: (held.is_some() && rows.is_empty()).then(|| none_holds(list.all())),
        connect: (connects && !none).then(|| {
            let new = chrome.path("/connections/new");
            Button::primary("plug", t("overview.connect"), new)
        }),
        columns: cards::columns(),
        own: own.into_iter().map(row).collect(),
        rows,
        tiles: if connects && none {
            tiles(&chrome)
        } else {
            Vec::new()
        },
        none,
        chrome,
    };
    html(&req, &page)
}

/// Where no connection holds changes; `all` leads to every connection.
fn none_holds(all: String) -> Empty {
    Empty {
        icon: "shield-check",
        title: t("held.none").to_owned(),
        why: t("connections.none_holds").to_owned(),
        action: Some(Button::new("x", t("connections.show_all"), all)),
    }
}
