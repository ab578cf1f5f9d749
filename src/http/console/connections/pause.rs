//! Pausing a connection, and resuming it.

use actix_web::HttpRequest;

use super::{address, below, chrome, find};
use crate::app;
use crate::domain::actor::Permission;
use crate::http::console::ask::Ask;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::view::Form;
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, flash, html};

/// `GET /a/{account_id}/connections/{connection_id}/pause`: what it means.
pub async fn pause(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::ConnectionsWrite)?;
    let connection = find(&caller, &req)?.connection;
    let title = tf("connections.pause_title", &[&connection.name]);
    let chrome = below(chrome(&caller, &title), &connection);
    let at = address(&chrome, &connection);
    let page = Ask {
        lead: if connection.built_in {
            t("connections.own_pause_lead").to_owned()
        } else {
            t("connections.pause_lead").to_owned()
        },
        form: Form::new(format!("{at}/pause")),
        fields: Vec::new(),
        submit: t("connections.pause").to_owned(),
        kind: "danger",
        icon: "pause",
        cancel: at,
        chrome,
    };
    html(&req, &page)
}

/// `POST /a/{account_id}/connections/{connection_id}/pause`.
pub async fn paused(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    set_paused(posted.caller, &req, true).await
}

/// `POST /a/{account_id}/connections/{connection_id}/resume`.
pub async fn resumed(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    set_paused(posted.caller, &req, false).await
}

async fn set_paused(caller: AccountCaller, req: &HttpRequest, paused: bool) -> Answer {
    caller.require(Permission::ConnectionsWrite)?;
    let connection = find(&caller, req)?.connection;
    let id = connection.id.to_string();
    caller
        .write(Permission::ConnectionsWrite, move |tx| {
            if paused {
                app::connections::pause(tx, &id)
            } else {
                app::connections::resume(tx, &id)
            }
        })
        .await?;
    let at = address(&caller.chrome(), &connection);
    let (title, text) = if paused {
        ("connections.was_paused", t("connections.paused_text"))
    } else {
        ("connections.was_resumed", t("connections.resumed_text"))
    };
    Ok(flash::done(req, &at, &tf(title, &[&connection.name]), text))
}
