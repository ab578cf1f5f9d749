//! `…/sso_connectors`: e-mail domains whose people sign in through the account's provider.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::SsoConnectorId;
use crate::domain::instant::print_ms;
use crate::domain::sso_connector::{
    EmailDomain, NewSsoConnector, SsoConnector, SsoConnectorChange,
};

fn render(connector: &SsoConnector) -> Value {
    json!({
        "id": connector.id,
        "email_domain": connector.email_domain,
        "enabled": connector.enabled,
        "use_fedramp_language": connector.use_fedramp_language,
        "verification": { "code": connector.code, "status": connector.status.name() },
        "created_on": print_ms(connector.created_ms),
        "updated_on": print_ms(connector.modified_ms),
    })
}

fn id_of(req: &HttpRequest) -> Result<SsoConnectorId, Error> {
    let named = req.match_info().get("sso_connector_id").unwrap_or_default();
    named
        .parse()
        .map_err(|_| Error::not_found("SSO connector", named))
}

pub async fn list(caller: ApiCaller) -> Answer {
    let found = caller.read(app::sso_connectors::list)?;
    Ok(envelope::whole(found.iter().map(render).collect()))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let id = id_of(&req)?;
    let connector = caller.read(|tx| app::sso_connectors::get(tx, id))?;
    Ok(envelope::one(render(&connector)))
}

pub async fn create(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::SsoWrite, &req, payload).await?;
    let fields = Fields::of(&body, "")?;
    let domain = EmailDomain::parse(fields.required_text("email_domain")?);
    let new = NewSsoConnector {
        email_domain: domain.map_err(|error| ApiError::at("/email_domain", error))?,
        begin_verification: fields.boolean("begin_verification")?.unwrap_or(true),
        use_fedramp_language: fields.boolean("use_fedramp_language")?.unwrap_or(false),
    };
    let done = caller
        .write(Permission::SsoWrite, move |tx| {
            app::sso_connectors::create(tx, &new)
        })
        .await?;
    Ok(envelope::done(done.map(|connector| render(&connector))))
}

pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::SsoWrite, &req, payload).await?;
    let id = id_of(&req)?;
    let fields = Fields::of(&body, "")?;
    let change = SsoConnectorChange {
        enabled: fields.boolean("enabled")?,
        use_fedramp_language: fields.boolean("use_fedramp_language")?,
    };
    let done = caller
        .write(Permission::SsoWrite, move |tx| {
            app::sso_connectors::update(tx, id, &change)
        })
        .await?;
    Ok(envelope::done(done.map(|connector| render(&connector))))
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::SsoWrite)?;
    let id = id_of(&req)?;
    let done = caller
        .write(Permission::SsoWrite, move |tx| {
            app::sso_connectors::delete(tx, id)
        })
        .await?;
    Ok(envelope::done(
        done.map(|connector| json!({ "id": connector.id })),
    ))
}

/// Answers without a result, as the real API does.
pub async fn begin_verification(caller: ApiCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::SsoWrite)?;
    let id = id_of(&req)?;
    let done = caller
        .write(Permission::SsoWrite, move |tx| {
            app::sso_connectors::begin_verification(tx, id)
        })
        .await?;
    Ok(envelope::done_without_result(&done))
}
