//! `…/connections`: the identity providers of the account, and how they fare.

use actix_web::HttpRequest;
use serde_json::{Value, json};

use super::Answer;
use super::caller::ApiCaller;
use super::envelope;
use super::paging::{self, Page};
use super::query::Params;
use crate::app;
use crate::domain::connection::{AdoptExisting, AttributeUpdates, Connection, ConnectionHealth};
use crate::domain::error::Error;
use crate::domain::id::ConnectionId;
use crate::domain::instant::print_ms;

fn render(connection: &Connection) -> Value {
    let settings = &connection.settings;
    json!({
        "id": connection.id,
        "name": connection.name,
        "kind": connection.kind.name(),
        "paused": connection.paused,
        "built_in": connection.built_in,
        "created_on": print_ms(connection.created_ms),
        "settings": {
            "strict_upn_email": settings.strict_upn_email,
            "attribute_updates": match settings.attribute_updates {
                AttributeUpdates::Store => "store",
                AttributeUpdates::Ignore => "ignore",
            },
            "adopt_existing": match settings.adopt_existing {
                AdoptExisting::Adopt => "adopt",
                AdoptExisting::Refuse => "refuse",
            },
            "require_sso_domain": settings.require_sso_domain,
            "brake": settings.brake,
        },
    })
}

fn render_health(health: &ConnectionHealth) -> Value {
    let hours = health.hours.iter().map(|hour| {
        json!({
            "reads": hour.reads, "writes": hour.writes,
            "refused": hour.refused, "failed": hour.failed, "held": hour.held,
        })
    });
    json!({
        "last_request_on": health.last_request_ms.map(print_ms),
        "last_write_on": health.last_write_ms.map(print_ms),
        "error_per_mille": health.error_per_mille(),
        "held": health.held,
        "held_since": health.held_since_ms.map(print_ms),
        "hours": hours.collect::<Vec<Value>>(),
    })
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::SMALL)?;
    let found = caller.read(app::connections::list)?;
    let (items, total) = page.cut(found);
    Ok(envelope::page(
        items.iter().map(render).collect(),
        page,
        total,
    ))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let named = req.match_info().get("connection_id").unwrap_or_default();
    let unknown = || Error::not_found("connection", named);
    let id: ConnectionId = named.parse().map_err(|_| unknown())?;
    let id = id.to_string();
    let (connection, health) = caller.read(|tx| {
        let connection = app::connections::find(tx, &id)?;
        Ok((connection, app::connections::health(tx, &id)?))
    })?;
    let mut shown = render(&connection);
    shown["health"] = render_health(&health);
    Ok(envelope::one(shown))
}
