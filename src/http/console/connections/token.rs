//! Tokens of a connection: another one, or a new value that overlaps the old one.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

use super::wizard::made_page;
use super::{address, below, chrome, find, provider_in_text};
use crate::app;
use crate::app::tokens::IssuedToken;
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::error::{Error, Result};
use crate::domain::id::TokenId;
use crate::domain::text::{Label, same_folded};
use crate::domain::token::{
    AddressCondition, Expiry, NewOwner, NewToken, Token, TokenState, TokenTemplate,
};
use crate::http::console::ask::Ask;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::query;
use crate::http::console::setup::checked;
use crate::http::console::tokens::secret::{FORM_KEY, Once, form_key, made_before, once_shown};
use crate::http::console::tokens::{begins, overlap};
use crate::http::console::view::{Field, Form};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, html, html_as};
use crate::store::tx::WriteTx;

/// The connection's token of that id; `None` where no id is given.
///
/// Errors: `NotFound`.
fn token_of(caller: &AccountCaller, connection: &Connection, id: &str) -> Result<Option<Token>> {
    if id.is_empty() {
        return Ok(None);
    }
    let token = caller.read(|tx| app::tokens::find(tx, id))?;
    if token.connection.as_deref() == Some(connection.name.as_str()) {
        Ok(Some(token))
    } else {
        Err(Error::not_found("token", id))
    }
}

fn page(caller: &AccountCaller, connection: &Connection, token: Option<&Token>) -> Ask {
    let title = match token {
        Some(token) => tf("connections.roll_title", &[&token.name]),
        None => t("connections.new_token").to_owned(),
    };
    let chrome = below(chrome(caller, &title), connection);
    let at = address(&chrome, connection);
    let provider = provider_in_text(connection.kind);
    // The address names the token, so that the form's own one is the page again: after a wrong
    // value, and once the password was given.
    let address = match token {
        Some(token) => format!("{at}/token?token={}", token.id),
        None => format!("{at}/token"),
    };
    let form = Form::new(address).hidden(FORM_KEY, form_key(caller));
    match token {
        Some(token) => Ask {
            lead: roll_lead(token, provider, caller.now_ms(), &chrome),
            form,
            fields: overlap::field(token, caller.now_ms()).into_iter().collect(),
            submit: t("connections.roll").to_owned(),
            kind: "primary",
            icon: "rotate-ccw-key",
            cancel: at,
            chrome,
        },
        None => Ask {
            lead: tf("connections.new_token_lead", &[&provider]),
            form,
            fields: vec![
                Field::text("name", t("connections.token_name"))
                    .value(name_offered(caller, connection))
                    .required()
                    .wide(),
            ],
            submit: t("connections.create_token").to_owned(),
            kind: "primary",
            icon: "key-round",
            cancel: at,
            chrome,
        },
    }
}

/// The connection's name, with the first number that makes it one which none of its tokens has.
fn name_offered(caller: &AccountCaller, connection: &Connection) -> String {
    let taken = caller.read(|tx| app::tokens::of_connection(tx, connection.id));
    let taken = taken.unwrap_or_default();
    let is_free = |name: &String| !taken.iter().any(|one| same_folded(&one.name, name));
    // Of so many more numbers than tokens, one is free.
    let numbered = (2..taken.len() + 3).map(|n| format!("{} {n}", connection.name));
    let names = std::iter::once(connection.name.clone()).chain(numbered);
    let free = names.into_iter().find(is_free);
    free.unwrap_or_else(|| connection.name.clone())
}

fn roll_lead(token: &Token, provider: &str, now_ms: i64, chrome: &Chrome) -> String {
    let end = token.validity.expires_ms.unwrap_or_default();
    match token.state(now_ms) {
        TokenState::Active => tf("connections.roll_lead", &[&provider]),
        TokenState::NotYetValid => {
            let from = begins(token, &chrome.times).unwrap_or_default();
            tf("connections.roll_lead_early", &[&provider, &from])
        }
        TokenState::Expired => {
            let day = chrome.times.day(end).text;
            tf("connections.roll_lead_over", &[&provider, &day])
        }
        TokenState::Disabled => tf("connections.roll_lead_off", &[&provider]),
    }
}

/// `GET /a/{account_id}/connections/{connection_id}/token?token=…`.
pub async fn ask(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensAdminister)?;
    let connection = find(&caller, &req)?.connection;
    caller.require_confirmed()?;
    let token = token_of(&caller, &connection, &query(&req, "token"))?;
    html(&req, &page(&caller, &connection, token.as_ref()))
}

/// `POST /a/{account_id}/connections/{connection_id}/token`: shows the value this once.
pub async fn make(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::TokensAdminister)?;
    let connection = find(&caller, &req)?.connection;
    caller.require_confirmed()?;
    if let Some(before) = made_before(&caller, form.get(FORM_KEY))? {
        return Ok(before);
    }
    let what = (form.get(FORM_KEY), Permission::TokensAdminister);
    let which: fn(&IssuedToken) -> TokenId = |issued| issued.token.id;
    let token = token_of(&caller, &connection, &query(&req, "token"))?;
    let rolls = token.is_some();
    let made = if let Some(token) = token {
        let hours = match overlap::hours(&token, caller.now_ms(), &form) {
            Ok(hours) => hours,
            Err(why) => {
                let mut page = page(&caller, &connection, Some(&token));
                let fields = page.fields.into_iter();
                page.fields = fields.map(|field| field.error(why)).collect();
                page.form = page.form.errors_of(&page.fields);
                return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
            }
        };
        let id = token.id.to_string();
        let roll = move |tx: &WriteTx<'_>| app::tokens::roll(tx, &id, hours * overlap::HOUR_MS);
        once_shown(&caller, what, roll, which).await?
    } else {
        let mut page = page(&caller, &connection, None);
        form.get("name").clone_into(&mut page.fields[0].value);
        let Some(name) = checked(&mut page.fields[0], Label::parse(form.get("name").trim())) else {
            page.form = page.form.errors_of(&page.fields);
            return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
        };
        let new = NewToken {
            name,
            template: TokenTemplate::Scim,
            owner: NewOwner::Connection(connection.id.to_string()),
            expires: Expiry::default(),
            not_before_ms: None,
            addresses: AddressCondition::default(),
        };
        let create = move |tx: &WriteTx<'_>| app::tokens::create(tx, &new);
        once_shown(&caller, what, create, which).await?
    };
    let issued = match made {
        Once::Made(issued) => issued,
        Once::Before(before) => return Ok(before),
    };
    let lead = if rolls {
        rolled_lead(&caller, &connection, &issued.token)
    } else {
        tf("wizard.made", &[&connection.name])
    };
    made_page(&caller, &req, (&connection, lead), &issued)
}

/// What has become of the value before.
fn rolled_lead(caller: &AccountCaller, connection: &Connection, token: &Token) -> String {
    let times = caller.chrome().times;
    let until_ms = token.old_works_until_ms(times.now_ms());
    let until = until_ms.map(|ms| times.at(ms).text);
    match (begins(token, &times), until) {
        (Some(from), Some(until)) => tf(
            "wizard.rolled_from_until",
            &[&connection.name, &from, &until],
        ),
        (None, Some(until)) => tf("wizard.rolled_until", &[&connection.name, &until]),
        (_, None) => tf("wizard.rolled_now", &[&connection.name]),
    }
}
