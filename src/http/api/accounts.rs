//! `/accounts`: the token's account.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{self, Page};
use super::query::Params;
use crate::app;
use crate::domain::account::Account;
use crate::domain::actor::Permission;
use crate::domain::instant::print_ms;
use crate::domain::text::Label;

/// An account as every route shows it.
pub fn render(account: &Account) -> Value {
    json!({
        "id": account.id,
        "name": account.name,
        "type": "enterprise",
        "created_on": print_ms(account.created_ms),
        "settings": { "abuse_contact_email": Value::Null, "enforce_twofactor": false },
    })
}

/// A token opens one account, so that is all there is.
pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::SMALL)?;
    params.direction()?;
    let account = caller.read(app::accounts::current)?;
    let wanted = params.get("name").is_none_or(|name| name == account.name);
    let found = if wanted {
        vec![render(&account)]
    } else {
        Vec::new()
    };
    let (items, total) = page.cut(found);
    Ok(envelope::page(items, page, total))
}

/// Accounts are the box's: no token makes them.
pub async fn create(caller: ApiCaller) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    Err(ApiError::field(
        "",
        "Accounts are made with `provost account create` on the server; use that.",
    ))
}

pub async fn get(caller: ApiCaller) -> Answer {
    let account = caller.read(app::accounts::current)?;
    Ok(envelope::one(render(&account)))
}

/// What is not kept here (settings, type) is taken as it is, so that what was read can be sent
/// back.
pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::AccountWrite, &req, payload).await?;
    let fields = Fields::of(&body, "")?;
    let id = fields.text("id")?;
    if id.is_some_and(|id| id != caller.account().to_string()) {
        return Err(ApiError::field(
            "/id",
            "The id in the body is not the account's of the address; leave it out.",
        ));
    }
    let name = fields.required_text("name")?;
    let name = Label::parse(name).map_err(|error| ApiError::at("/name", error))?;
    let done = caller
        .write(Permission::AccountWrite, move |tx| {
            app::accounts::rename_current(tx, &name)
        })
        .await?;
    Ok(envelope::done(done.map(|account| render(&account))))
}
