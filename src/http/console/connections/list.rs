//! The list of connections.

use actix_web::HttpRequest;
use askama::Template;

use super::wizard::{Tile, tiles};
use super::{chrome, counted};
use crate::app;
use crate::domain::actor::Permission;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::overview::cards;
use crate::http::console::view::{Button, Column, ConnectionRow, Sorted};
use crate::http::console::words::t;
use crate::http::console::{Answer, filters, html};

#[derive(Template)]
#[template(path = "pages/connections/list.html")]
struct List {
    chrome: Chrome,
    connect: Option<Button>,
    columns: Vec<Column>,
    rows: Vec<ConnectionRow>,
    /// Shown where no provider is connected, to whoever may connect one.
    tiles: Vec<Tile>,
    none: bool,
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
    let row = |one| cards::connection(one, &tokens, &chrome);
    let page = List {
        connect: (connects && !none).then(|| {
            let new = chrome.path("/connections/new");
            Button::primary("plug", t("overview.connect"), new)
        }),
        columns: cards::columns(),
        rows: faring.iter().filter(used).map(row).collect(),
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
