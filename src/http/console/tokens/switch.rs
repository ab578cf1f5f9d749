//! Switching a token off, and on again.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

use super::find;
use super::show::{About, refused, sure, unseen};
use crate::app;
use crate::domain::actor::Permission;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::connections::counted;
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, flash, html, html_as};

/// `GET /a/{account_id}/tokens/{token_id}/switch`: to the other state.
pub async fn ask(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensAdminister)?;
    // Whether it was used is what the page is about.
    counted(&caller).await;
    let token = find(&caller, &req)?;
    caller.require_confirmed()?;
    html(&req, &sure(&caller, &req, &token, About::Switch))
}

/// `POST /a/{account_id}/tokens/{token_id}/switch`: to the state that the form names.
pub async fn switch(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::TokensAdminister)?;
    let token = find(&caller, &req)?;
    caller.require_confirmed()?;
    let page = sure(&caller, &req, &token, About::Switch);
    let (id, seen) = (token.id.to_string(), form.get("seen").to_owned());
    let on = match form.get("to") {
        "on" => true,
        "off" => false,
        // To neither: a form that the page has not.
        _ => return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page),
    };
    let done = caller
        .write(Permission::TokensAdminister, move |tx| {
            unseen(&app::tokens::find(tx, &id)?, &seen)?;
            app::tokens::switch(tx, &id, on)
        })
        .await;
    match done {
        Ok(token) => {
            let at = caller.chrome().path(&format!("/tokens/{}", token.id));
            let (title, next) = match (on, token.begins_later(caller.now_ms())) {
                (true, false) => ("tokens.switched_on", "tokens.switched_on_next"),
                (true, true) => ("tokens.switched_on", "tokens.switched_on_later"),
                (false, _) => ("tokens.switched_off", "tokens.revoked_next"),
            };
            Ok(flash::done(&req, &at, &tf(title, &[&token.name]), t(next)))
        }
        Err(error) => refused(&req, page, error),
    }
}
