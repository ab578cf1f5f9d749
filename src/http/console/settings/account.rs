//! What the account is called, and which names it keeps for itself.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Page, chrome, tabs};
use crate::app;
use crate::domain::account::{Account, AccountChange, RESERVED_PREFIX_CHARS_MAX};
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::text::Label;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::view::{Fact, FactValue, Field, Form, Input, Tab};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal};

#[derive(Template)]
#[template(path = "pages/settings/account.html")]
struct AccountPage {
    chrome: Chrome,
    tabs: Vec<Tab>,
    /// `None`: the viewer may not, and is told who may.
    name_form: Option<Form>,
    name: Field,
    prefix_form: Option<Form>,
    prefix: Field,
    facts: Vec<Fact>,
}

fn page(caller: &AccountCaller, req: &HttpRequest, account: &Account) -> AccountPage {
    let chrome = chrome(caller, req);
    let form = |permission: Permission, below: &str, seen: &str| {
        let at = chrome.path(&format!("/settings{below}"));
        let may = caller.allows(permission);
        may.then(|| Form::new(at).hidden("seen", seen))
    };
    AccountPage {
        tabs: tabs(caller, &chrome, Page::Account),
        name_form: form(Permission::AccountWrite, "/name", &account.name),
        name: Field::text("name", t("settings.name"))
            .value(&account.name)
            .hint(t("settings.name_hint"))
            .autocomplete("off")
            .required(),
        prefix_form: form(
            Permission::BoxAdministration,
            "/prefix",
            &account.reserved_prefix,
        ),
        prefix: Field::text("prefix", t("settings.prefix"))
            .value(&account.reserved_prefix)
            .hint(t("settings.prefix_hint"))
            .autocomplete("off")
            .length_max(RESERVED_PREFIX_CHARS_MAX),
        facts: vec![
            Fact::copy(
                t("settings.account_id"),
                account.id.to_string(),
                t("settings.copy_id"),
            ),
            Fact::copy(
                t("settings.scim_url"),
                format!(
                    "{}/client/v4/accounts/{}/scim/v2",
                    caller.state().origin(req),
                    account.id
                ),
                t("settings.copy_scim"),
            ),
            Fact::time(t("settings.made"), chrome.times.at(account.created_ms)),
        ],
        chrome,
    }
}

/// `GET /a/{account_id}/settings`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    let account = caller.read(app::accounts::current)?;
    html(&req, &page(&caller, &req, &account))
}

/// Not over what somebody else has written since the page was opened.
fn unseen(now: &str, seen: &str) -> Result<()> {
    if now == seen {
        Ok(())
    } else {
        Err(Error::stale(tf("settings.changed_meanwhile", &[&now])))
    }
}

/// `POST /a/{account_id}/settings/name`.
pub async fn rename(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::AccountWrite)?;
    let before = caller.read(app::accounts::current)?;
    let (sent, seen) = (form.get("name").trim(), form.get("seen").to_owned());
    let done = match Label::parse(sent) {
        Ok(name) => {
            caller
                .write(Permission::AccountWrite, move |tx| {
                    unseen(&app::accounts::current(tx)?.name, &seen)?;
                    app::accounts::rename_current(tx, &name)
                })
                .await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(after) => {
            let title = tf("settings.renamed", &[&after.name]);
            let at = caller.chrome().path("/settings");
            Ok(flash::done(&req, &at, &title, ""))
        }
        Err(error) => {
            let error = refusal(error)?;
            let mut page = page(&caller, &req, &before);
            page.name = page.name.value(sent).error(error);
            page.name_form = page.name_form.map(|form| form.errors_of([&page.name]));
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// `POST /a/{account_id}/settings/prefix`.
pub async fn prefix(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::BoxAdministration)?;
    let before = caller.read(app::accounts::current)?;
    let id = caller.account().to_string();
    let (sent, seen) = (form.get("prefix").trim(), form.get("seen").to_owned());
    let change = AccountChange {
        name: None,
        reserved_prefix: Some(sent.to_owned()),
    };
    let done = caller
        .write(Permission::BoxAdministration, move |tx| {
            unseen(&app::accounts::current(tx)?.reserved_prefix, &seen)?;
            app::accounts::set(tx, &id, &change)
        })
        .await;
    match done {
        Ok(after) => {
            let at = caller.chrome().path("/settings");
            let title = if after.reserved_prefix.is_empty() {
                t("settings.prefix_off").to_owned()
            } else {
                tf("settings.prefix_saved", &[&after.reserved_prefix])
            };
            Ok(flash::done(&req, &at, &title, ""))
        }
        Err(error) => {
            let error = refusal(error)?;
            let mut page = page(&caller, &req, &before);
            page.prefix = page.prefix.value(sent).error(error);
            page.prefix_form = page.prefix_form.map(|form| form.errors_of([&page.prefix]));
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
