//! Settings: the account's own, what keeps it safe, backups, what the server was started with and
//! from where, and what Provost is.

pub mod account;
pub mod backups;
pub mod server;

use actix_web::HttpRequest;

use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::flash;
use super::view::Tab;
use super::words::t;
use crate::domain::actor::Permission;

/// One of the pages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Account,
    Safety,
    Backups,
    Server,
    About,
}

fn chrome(caller: &AccountCaller, req: &HttpRequest) -> Chrome {
    caller
        .chrome()
        .page(Nav::Settings, t("nav.settings"))
        .flash(flash::told(req))
}

/// The pages that the caller may see.
fn tabs(caller: &AccountCaller, chrome: &Chrome, current: Page) -> Vec<Tab> {
    let all = [
        (Page::Account, "settings.account", ""),
        (Page::Safety, "settings.safety", "/safety"),
        (Page::Backups, "settings.backups", "/backups"),
        (Page::Server, "settings.server", "/server"),
        (Page::About, "settings.about", "/about"),
    ];
    let boxes = caller.allows(Permission::BoxAdministration);
    // What the server was started with, and copies of every account, are the box's.
    let seen = all
        .into_iter()
        .filter(|(page, ..)| boxes || !matches!(page, Page::Backups | Page::Server));
    seen.map(|(page, word, below)| Tab {
        text: t(word).to_owned(),
        href: chrome.path(&format!("/settings{below}")),
        count: String::new(),
        current: page == current,
    })
    .collect()
}
