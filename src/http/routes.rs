//! The route table: every door, path, method and handler, one line each. The authorization
//! matrix of the tests is made from it.

use actix_web::http::header;
use actix_web::{HttpResponse, Route as ActixRoute, web};
use serde_json::json;

use super::caller::ScimCaller;
use super::error::PlainError;
use super::scim::error::{HttpFault, ScimError};
use super::{health, scim};
use crate::domain::error::{Error, Kind};
use crate::domain::reason::Reason;

/// Which dialect a route speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Scim,
    /// Health and metrics.
    Server,
}

/// What a caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Open,
    ScimRead,
    ScimWrite,
    MetricsRead,
}

/// One line of the table.
pub struct Route {
    pub door: Door,
    pub method: &'static str,
    /// SCIM paths are below [`SCIM_BASE`].
    pub path: &'static str,
    pub access: Access,
    handler: fn() -> ActixRoute,
}

/// Where SCIM lives.
pub const SCIM_BASE: &str = "/client/v4/accounts/{account_id}/scim/v2";

macro_rules! routes {
    ($($door:ident { $($verb:ident $path:literal $access:ident => $handler:path;)* })*) => {
        pub const ROUTES: &[Route] = &[$($(Route {
            door: Door::$door,
            method: routes!(@name $verb),
            path: $path,
            access: Access::$access,
            handler: || web::$verb().to($handler),
        },)*)*];
    };
    (@name get) => { "GET" };
    (@name post) => { "POST" };
    (@name put) => { "PUT" };
    (@name patch) => { "PATCH" };
    (@name delete) => { "DELETE" };
}

routes! {
    Scim {
        post "/.search" ScimRead => scim::search::everything;
        post "/Users/.search" ScimRead => scim::search::users;
        post "/Groups/.search" ScimRead => scim::search::groups;
        get "/Users" ScimRead => scim::users::list;
        post "/Users" ScimWrite => scim::users::create;
        get "/Users/{id}" ScimRead => scim::users::get;
        put "/Users/{id}" ScimWrite => scim::users::replace;
        patch "/Users/{id}" ScimWrite => scim::users::patch;
        delete "/Users/{id}" ScimWrite => scim::users::delete;
        get "/Groups" ScimRead => scim::groups::list;
        post "/Groups" ScimWrite => scim::groups::create;
        get "/Groups/{id}" ScimRead => scim::groups::get;
        put "/Groups/{id}" ScimWrite => scim::groups::replace;
        patch "/Groups/{id}" ScimWrite => scim::groups::patch;
        delete "/Groups/{id}" ScimWrite => scim::groups::delete;
        get "/Me" ScimRead => scim::me::get;
        put "/Me" ScimWrite => scim::me::replace;
        patch "/Me" ScimWrite => scim::me::patch;
        delete "/Me" ScimWrite => scim::me::delete;
        post "/Bulk" ScimWrite => scim::bulk::bulk;
        get "/ServiceProviderConfig" ScimRead => scim::discovery::service_provider_config;
        get "/ResourceTypes" ScimRead => scim::discovery::resource_types;
        get "/ResourceTypes/{id}" ScimRead => scim::discovery::resource_type;
        get "/Schemas" ScimRead => scim::discovery::schemas;
        get "/Schemas/{id}" ScimRead => scim::discovery::schema;
    }
    Server {
        get "/healthz" Open => health::live;
        get "/readyz" Open => health::ready;
        get "/metrics" MetricsRead => health::metrics;
    }
}

/// Registers the table, and an answer in the door's own dialect for all that is not in it.
pub fn configure(app: &mut web::ServiceConfig) {
    // A segment that is no UTF-8 names nothing.
    let nothing = |_, _: &_| ScimError::from(HttpFault::RouteUnknown).into();
    app.app_data(web::PathConfig::default().error_handler(nothing));
    let mut scim = web::scope(SCIM_BASE);
    for path in paths(Door::Scim) {
        let allow = allow(Door::Scim, path);
        scim = scim.service(resource(Door::Scim, path).default_service(web::to(
            // Known callers alone learn which methods there are.
            move |_caller: ScimCaller| async move {
                Err::<HttpResponse, _>(ScimError::from(HttpFault::MethodNotAllowed { allow }))
            },
        )));
    }
    app.service(scim.default_service(web::to(async |_caller: ScimCaller| {
        Err::<HttpResponse, _>(ScimError::from(HttpFault::RouteUnknown))
    })));
    for path in paths(Door::Server) {
        app.service(resource(Door::Server, path).default_service(web::to(method_unknown)));
    }
    app.default_service(web::to(unknown));
}

async fn unknown() -> Result<HttpResponse, PlainError> {
    Err(PlainError(Error::new(
        Kind::NotFound,
        Reason::RouteUnknown,
        "There is nothing at this address; SCIM is at /client/v4/accounts/{account_id}/scim/v2.",
    )))
}

async fn method_unknown() -> HttpResponse {
    let body = json!({
        "success": false,
        "errors": [{ "code": 1001, "message": "This address takes only GET; use that." }],
        "messages": [], "result": null,
    });
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, "GET"))
        .content_type("application/json")
        .body(body.to_string())
}

/// The paths of a door, each once, in the order of the table.
fn paths(door: Door) -> Vec<&'static str> {
    let mut paths = Vec::new();
    for route in ROUTES.iter().filter(|route| route.door == door) {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    paths
}

fn resource(door: Door, path: &'static str) -> actix_web::Resource {
    ROUTES
        .iter()
        .filter(|route| route.door == door && route.path == path)
        .fold(web::resource(path), |resource, route| {
            resource.route((route.handler)())
        })
}

/// The methods of a path, as the Allow header lists them (RFC 9110 10.2.1).
fn allow(door: Door, path: &str) -> &'static str {
    let has = |method: &str| {
        ROUTES
            .iter()
            .any(|r| r.door == door && r.path == path && r.method == method)
    };
    match (has("GET"), has("POST"), has("PATCH")) {
        (true, true, _) => "GET, POST",
        (false, true, _) => "POST",
        (_, false, true) => "GET, PUT, PATCH, DELETE",
        (_, false, false) => "GET",
    }
}
