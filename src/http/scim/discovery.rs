//! What this server offers (RFC 7644 4).

use actix_web::{HttpResponse, web};

use super::error::ScimError;
use super::respond;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::http::caller::ScimCaller;
use crate::scim::discovery;

pub async fn service_provider_config(caller: ScimCaller) -> Result<HttpResponse, ScimError> {
    caller.require(Permission::ScimRead)?;
    Ok(respond::json(discovery::service_provider_config(
        caller.base_url(),
    )))
}

pub async fn resource_types(caller: ScimCaller) -> Result<HttpResponse, ScimError> {
    caller.require(Permission::ScimRead)?;
    Ok(respond::json(discovery::resource_types(caller.base_url())))
}

pub async fn resource_type(
    caller: ScimCaller,
    name: web::Path<(String, String)>,
) -> Result<HttpResponse, ScimError> {
    caller.require(Permission::ScimRead)?;
    let (_, name) = name.into_inner();
    let body = discovery::resource_type(&name, caller.base_url());
    Ok(respond::json(
        body.ok_or_else(|| Error::not_found("ResourceType", name))?,
    ))
}

pub async fn schemas(caller: ScimCaller) -> Result<HttpResponse, ScimError> {
    caller.require(Permission::ScimRead)?;
    Ok(respond::json(discovery::schemas(caller.base_url())))
}

pub async fn schema(
    caller: ScimCaller,
    urn: web::Path<(String, String)>,
) -> Result<HttpResponse, ScimError> {
    caller.require(Permission::ScimRead)?;
    let (_, urn) = urn.into_inner();
    let body = discovery::schema(&urn, caller.base_url());
    Ok(respond::json(
        body.ok_or_else(|| Error::not_found("Schema", urn))?,
    ))
}
