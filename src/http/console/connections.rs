//! Connections: the list, the wizard, one connection with its settings and tokens, and what its
//! brake holds.

pub mod brake;
pub mod held;
pub mod list;
pub mod loosen;
pub mod pause;
pub mod settings;
pub mod show;
pub mod strays;
pub mod token;
pub mod values;
pub mod way_in;
pub mod wizard;

use actix_web::{HttpRequest, web};

use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::words::t;
use crate::app;
use crate::app::summary::Faring;
use crate::domain::connection::{Connection, ProviderKind};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::ConnectionId;

/// The connection of the path.
///
/// Errors: `Forbidden`, `NotFound`.
fn find(caller: &AccountCaller, req: &HttpRequest) -> Result<Faring> {
    let named = req.match_info().get("connection_id").unwrap_or_default();
    let unknown = || Error::not_found("connection", named);
    let id: ConnectionId = named.parse().map_err(|_| unknown())?;
    let id = id.to_string();
    let read = caller.read(|tx| {
        Ok(Faring {
            connection: app::connections::find(tx, &id)?,
            health: app::connections::health(tx, &id)?,
        })
    });
    // The use case's words are for the command line.
    read.map_err(|error| match error.kind() {
        Kind::NotFound => unknown(),
        _ => error,
    })
}

/// What was counted in memory is to be seen now: who connects a provider waits for its first
/// request.
pub(in crate::http::console) async fn counted(caller: &AccountCaller) {
    let db = caller.state().db().clone();
    let counted = web::block(move || db.flush_activity(false)).await;
    if !matches!(counted, Ok(Ok(()))) {
        tracing::debug!("the last requests were not counted yet");
    }
}

fn chrome(caller: &AccountCaller, title: &str) -> Chrome {
    caller.chrome().page(Nav::Connections, title)
}

/// Below the list.
fn below_list(chrome: Chrome) -> Chrome {
    let list = chrome.path("/connections");
    chrome.crumb(t("nav.connections"), list)
}

fn address(chrome: &Chrome, connection: &Connection) -> String {
    chrome.path(&format!("/connections/{}", connection.id))
}

/// Below a connection.
fn below(chrome: Chrome, connection: &Connection) -> Chrome {
    let at = address(&chrome, connection);
    below_list(chrome).crumb(&connection.name, at)
}

/// What the provider is called, as a product.
pub(in crate::http::console) fn provider_name(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Okta => t("provider.okta"),
        ProviderKind::Entra => t("provider.entra"),
        ProviderKind::Authentik => t("provider.authentik"),
        ProviderKind::Generic => t("setup.generic"),
    }
}

/// The provider inside a sentence that is about this connection.
fn provider_in_text(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Generic => t("provider.the_client"),
        ProviderKind::Okta | ProviderKind::Entra | ProviderKind::Authentik => provider_name(kind),
    }
}

/// Where the account's SCIM routes are, as providers reach them.
fn base_url(caller: &AccountCaller, req: &HttpRequest) -> String {
    let origin = caller.state().origin(req);
    format!("{origin}/client/v4/accounts/{}/scim/v2", caller.account())
}
