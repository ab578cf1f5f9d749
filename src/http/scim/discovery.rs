//! What this server offers (RFC 7644 4).

use actix_web::{HttpRequest, HttpResponse, web};

use super::error::ScimError;
use super::respond;
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Kind};
use crate::domain::reason::Reason;
use crate::http::caller::ScimCaller;
use crate::scim::discovery::{self, BulkLimits};
use crate::scim::list::Query;

pub async fn service_provider_config(
    caller: ScimCaller,
    req: HttpRequest,
) -> Result<HttpResponse, ScimError> {
    check(&caller, &req)?;
    let limits = caller.state().limits();
    let bulk = BulkLimits {
        operations: limits.bulk_operations,
        payload_bytes: limits.bulk_body_bytes,
    };
    Ok(respond::json(discovery::service_provider_config(
        caller.base_url(),
        bulk,
    )))
}

pub async fn resource_types(
    caller: ScimCaller,
    req: HttpRequest,
) -> Result<HttpResponse, ScimError> {
    check(&caller, &req)?;
    Ok(respond::json(discovery::resource_types(caller.base_url())))
}

pub async fn resource_type(
    caller: ScimCaller,
    req: HttpRequest,
    name: web::Path<(String, String)>,
) -> Result<HttpResponse, ScimError> {
    check(&caller, &req)?;
    let (_, name) = name.into_inner();
    let body = discovery::resource_type(&name, caller.base_url());
    Ok(respond::json(body.ok_or_else(|| {
        unknown("ResourceType", "/ResourceTypes", &name)
    })?))
}

pub async fn schemas(caller: ScimCaller, req: HttpRequest) -> Result<HttpResponse, ScimError> {
    check(&caller, &req)?;
    Ok(respond::json(discovery::schemas(caller.base_url())))
}

pub async fn schema(
    caller: ScimCaller,
    req: HttpRequest,
    urn: web::Path<(String, String)>,
) -> Result<HttpResponse, ScimError> {
    check(&caller, &req)?;
    let (_, urn) = urn.into_inner();
    let body = discovery::schema(&urn, caller.base_url());
    Ok(respond::json(
        body.ok_or_else(|| unknown("Schema", "/Schemas", &urn))?,
    ))
}

pub fn unknown(noun: &str, route: &str, name: &str) -> Error {
    let name: String = name.chars().take(80).collect();
    Error::new(
        Kind::NotFound,
        Reason::NotFound,
        format!("This server has no {noun} {name:?}; GET {route} lists what it has."),
    )
}

/// Whoever may read may read all of it, and nothing of it can be picked: a filter is
/// refused so that nobody takes the whole for its result (RFC 7644 4).
fn check(caller: &ScimCaller, req: &HttpRequest) -> Result<(), ScimError> {
    caller.require(Permission::ScimReadOwn)?;
    if Query::parse(req.query_string())?.get("filter").is_none() {
        return Ok(());
    }
    Err(Error::forbidden(
        Reason::InvalidFilter,
        "What the server offers can't be filtered; ask without the filter.",
    )
    .into())
}
