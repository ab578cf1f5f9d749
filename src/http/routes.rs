//! The route table: every door, path, method and handler, one line each. The authorization
//! matrix of the tests is made from it.

mod allow;
mod answering;
mod unknown;

use std::fmt;

use actix_web::dev::fn_service;
use actix_web::{HttpRequest, HttpResponse, ResponseError, Route as ActixRoute, Scope, web};

use allow::allow;
use answering::Answering;

use super::api::caller::ApiCaller;
use super::api::error::ApiError;
use super::caller::ScimCaller;
use super::console::caller::told_within;
use super::console::error::ConsoleError;
use super::error::Dialect;
use super::scim::error::{HttpFault, ScimError};
use super::{api, health, scim};
use crate::domain::actor::Permission;

/// Which dialect a route speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Scim,
    /// The REST API.
    Api,
    /// Health and metrics.
    Server,
    /// Pages for people, and what they are made with.
    Console,
}

/// What a caller needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Open,
    Needs(Permission),
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("Open"),
            Self::Needs(permission) => permission.fmt(f),
        }
    }
}

/// One line of the table.
pub struct Route {
    pub door: Door,
    pub method: &'static str,
    /// SCIM paths are below [`SCIM_BASE`], those of the API below [`API_BASE`].
    pub path: &'static str,
    pub access: Access,
    verb: fn() -> ActixRoute,
    answering: Answering,
}

/// Where SCIM lives.
pub const SCIM_BASE: &str = "/client/v4/accounts/{account_id}/scim/v2";
/// Where the REST API lives.
pub const API_BASE: &str = "/client/v4";

macro_rules! routes {
    ($table:ident:
     $($door:ident { $($verb:ident $path:literal $access:ident => $handler:path;)* })*) => {
        pub(super) const $table: &[Route] = &[$($(Route {
            door: Door::$door,
            method: routes!(@name $verb),
            path: $path,
            access: routes!(@access $access),
            verb: web::$verb,
            answering: |req| $crate::http::routes::answering::answered_by($handler, req),
        },)*)*];
    };
    (@name get) => { "GET" };
    (@name post) => { "POST" };
    (@name put) => { "PUT" };
    (@name patch) => { "PATCH" };
    (@name delete) => { "DELETE" };
    (@access Open) => { Access::Open };
    (@access $permission:ident) => { Access::Needs(Permission::$permission) };
}

// After the macro: it is written with it.
mod console;

/// Every line of every door.
pub fn all() -> impl Iterator<Item = &'static Route> {
    MACHINES.iter().chain(console::PAGES)
}

routes! {
    MACHINES:
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
        get "/Me" ScimReadOwn => scim::me::get;
        put "/Me" ScimWrite => scim::me::replace;
        patch "/Me" ScimWrite => scim::me::patch;
        delete "/Me" ScimWrite => scim::me::delete;
        post "/Bulk" ScimWrite => scim::bulk::bulk;
        get "/ServiceProviderConfig" ScimReadOwn => scim::discovery::service_provider_config;
        get "/ResourceTypes" ScimReadOwn => scim::discovery::resource_types;
        get "/ResourceTypes/{id}" ScimReadOwn => scim::discovery::resource_type;
        get "/Schemas" ScimReadOwn => scim::discovery::schemas;
        get "/Schemas/{id}" ScimReadOwn => scim::discovery::schema;
    }
    Api {
        get "/openapi.json" Open => api::openapi::serve;
        get "/accounts" AccountRead => api::accounts::list;
        post "/accounts" BoxAdministration => api::accounts::create;
        get "/accounts/{account_id}" AccountRead => api::accounts::get;
        put "/accounts/{account_id}" AccountWrite => api::accounts::update;
        get "/accounts/{account_id}/tokens" TokensRead => api::tokens::list;
        post "/accounts/{account_id}/tokens" TokensWrite => api::tokens::create;
        get "/accounts/{account_id}/tokens/permission_groups" TokensRead
            => api::tokens::permission_groups;
        get "/accounts/{account_id}/tokens/verify" TokenVerify => api::tokens::verify;
        get "/accounts/{account_id}/tokens/{token_id}" TokensRead => api::tokens::get;
        put "/accounts/{account_id}/tokens/{token_id}" TokensWrite => api::tokens::update;
        delete "/accounts/{account_id}/tokens/{token_id}" TokensWrite => api::tokens::delete;
        put "/accounts/{account_id}/tokens/{token_id}/value" TokensWrite => api::tokens::roll;
        get "/accounts/{account_id}/members" DirectoryRead => api::members::list;
        post "/accounts/{account_id}/members" DirectoryWrite => api::members::create;
        get "/accounts/{account_id}/members/{member_id}" DirectoryRead => api::members::get;
        put "/accounts/{account_id}/members/{member_id}" DirectoryWrite => api::members::update;
        delete "/accounts/{account_id}/members/{member_id}" DirectoryWrite
            => api::members::delete;
        get "/accounts/{account_id}/members/{member_id}/permissions" DirectoryRead
            => api::access::permissions;
        get "/accounts/{account_id}/explain" DirectoryRead => api::access::explain;
        post "/accounts/{account_id}/preview" DirectoryWrite => api::preview::preview;
        get "/accounts/{account_id}/roles" DirectoryRead => api::roles::list;
        post "/accounts/{account_id}/roles" RolesWrite => api::roles::create;
        get "/accounts/{account_id}/roles/{role_id}" DirectoryRead => api::roles::get;
        put "/accounts/{account_id}/roles/{role_id}" RolesWrite => api::roles::update;
        delete "/accounts/{account_id}/roles/{role_id}" RolesWrite => api::roles::delete;
        get "/accounts/{account_id}/roles/{role_id}/holders" DirectoryRead
            => api::access::holders;
        get "/accounts/{account_id}/iam/permission_groups" DirectoryRead
            => api::roles::list_groups;
        get "/accounts/{account_id}/iam/permission_groups/{permission_group_id}" DirectoryRead
            => api::roles::get_group;
        get "/accounts/{account_id}/iam/resource_groups" DirectoryRead
            => api::resource_groups::list;
        post "/accounts/{account_id}/iam/resource_groups" DirectoryWrite
            => api::resource_groups::create;
        get "/accounts/{account_id}/iam/resource_groups/{resource_group_id}" DirectoryRead
            => api::resource_groups::get;
        put "/accounts/{account_id}/iam/resource_groups/{resource_group_id}" DirectoryWrite
            => api::resource_groups::update;
        delete "/accounts/{account_id}/iam/resource_groups/{resource_group_id}" DirectoryWrite
            => api::resource_groups::delete;
        get "/accounts/{account_id}/iam/user_groups" DirectoryRead => api::user_groups::list;
        post "/accounts/{account_id}/iam/user_groups" DirectoryWrite
            => api::user_groups::create;
        get "/accounts/{account_id}/iam/user_groups/{user_group_id}" DirectoryRead
            => api::user_groups::get;
        put "/accounts/{account_id}/iam/user_groups/{user_group_id}" DirectoryWrite
            => api::user_groups::update;
        delete "/accounts/{account_id}/iam/user_groups/{user_group_id}" DirectoryWrite
            => api::user_groups::delete;
        get "/accounts/{account_id}/iam/user_groups/{user_group_id}/members" DirectoryRead
            => api::group_members::list;
        post "/accounts/{account_id}/iam/user_groups/{user_group_id}/members" DirectoryWrite
            => api::group_members::create;
        put "/accounts/{account_id}/iam/user_groups/{user_group_id}/members" DirectoryWrite
            => api::group_members::update;
        get "/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}"
            DirectoryRead => api::group_members::get;
        delete "/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}"
            DirectoryWrite => api::group_members::delete;
        get "/accounts/{account_id}/domains" DirectoryRead => api::domains::list;
        post "/accounts/{account_id}/domains" DirectoryWrite => api::domains::create;
        get "/accounts/{account_id}/domains/{domain_id}" DirectoryRead => api::domains::get;
        delete "/accounts/{account_id}/domains/{domain_id}" DirectoryWrite
            => api::domains::delete;
        get "/accounts/{account_id}/sso_connectors" SsoRead => api::sso_connectors::list;
        post "/accounts/{account_id}/sso_connectors" SsoWrite => api::sso_connectors::create;
        get "/accounts/{account_id}/sso_connectors/{sso_connector_id}" SsoRead
            => api::sso_connectors::get;
        patch "/accounts/{account_id}/sso_connectors/{sso_connector_id}" SsoWrite
            => api::sso_connectors::update;
        delete "/accounts/{account_id}/sso_connectors/{sso_connector_id}" SsoWrite
            => api::sso_connectors::delete;
        post "/accounts/{account_id}/sso_connectors/{sso_connector_id}/begin_verification"
            SsoWrite => api::sso_connectors::begin_verification;
        get "/accounts/{account_id}/legacy_groups" DirectoryRead => api::legacy_groups::inventory;
        get "/accounts/{account_id}/legacy_groups/mapping" AccountRead
            => api::legacy_groups::mapping;
        put "/accounts/{account_id}/legacy_groups/mapping" AccountWrite
            => api::legacy_groups::set_mapping;
        post "/accounts/{account_id}/legacy_groups/mapping/preview" AccountWrite
            => api::legacy_groups::preview_mapping;
        post "/accounts/{account_id}/legacy_groups/plan" DirectoryRead
            => api::legacy_groups::plan;
        post "/accounts/{account_id}/legacy_groups/convert" DirectoryWrite
            => api::legacy_groups::convert;
        get "/accounts/{account_id}/legacy_groups/runs" DirectoryRead => api::legacy_groups::runs;
        get "/accounts/{account_id}/legacy_groups/runs/{migration_id}" DirectoryRead
            => api::legacy_groups::run;
        get "/accounts/{account_id}/legacy_groups/runs/{migration_id}/verification" DirectoryRead
            => api::legacy_groups::verification;
        get "/accounts/{account_id}/legacy_groups/runs/{migration_id}/undo" DirectoryRead
            => api::legacy_groups::preview_undo;
        post "/accounts/{account_id}/legacy_groups/runs/{migration_id}/undo" DirectoryWrite
            => api::legacy_groups::undo;
        get "/accounts/{account_id}/legacy_groups/runs/{migration_id}/close" DirectoryRead
            => api::legacy_groups::preview_close;
        post "/accounts/{account_id}/legacy_groups/runs/{migration_id}/close" DirectoryWrite
            => api::legacy_groups::close;
        get "/user" UserRead => api::user::get;
        patch "/user" UserWrite => api::user::edit;
        get "/user/tokens" UserTokensRead => api::tokens::list_own;
        post "/user/tokens" UserTokensWrite => api::tokens::create_own;
        get "/user/tokens/permission_groups" UserTokensRead
            => api::tokens::own_permission_groups;
        get "/user/tokens/verify" TokenVerify => api::tokens::verify_own;
        get "/user/tokens/{token_id}" UserTokensRead => api::tokens::get_own;
        put "/user/tokens/{token_id}" UserTokensWrite => api::tokens::update_own;
        delete "/user/tokens/{token_id}" UserTokensWrite => api::tokens::delete_own;
        put "/user/tokens/{token_id}/value" UserTokensWrite => api::tokens::roll_own;
        get "/memberships" MembershipsRead => api::memberships::list;
        get "/memberships/{membership_id}" MembershipsRead => api::memberships::get;
        put "/memberships/{membership_id}" MembershipsWrite => api::memberships::update;
        delete "/memberships/{membership_id}" MembershipsWrite => api::memberships::delete;
        get "/accounts/{account_id}/logs/audit" LogsRead => api::audit::list;
        get "/accounts/{account_id}/logs/audit/product_categories" LogsRead
            => api::audit::product_categories;
        get "/accounts/{account_id}/logs/audit/{id}/history" LogsRead => api::audit::history;
        get "/accounts/{account_id}/audit_logs" LogsRead => api::audit::list_legacy;
        get "/accounts/{account_id}/provisioning_log" LogsRead => api::provisioning::list;
        get "/accounts/{account_id}/connections" LogsRead => api::connections::list;
        get "/accounts/{account_id}/connections/{connection_id}" LogsRead
            => api::connections::get;
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
    let no_text = |_, req: &HttpRequest| Dialect::of(req.path()).fault(HttpFault::RouteUnknown);
    app.app_data(web::PathConfig::default().error_handler(no_text));
    app.service(scim_scope());
    app.service(api_scope());
    for path in paths(Door::Server) {
        let allow = allow(Door::Server, path);
        let unknown = move || async move {
            ApiError::from(HttpFault::MethodNotAllowed { allow }).error_response()
        };
        app.service(resource(Door::Server, path).default_service(web::to(unknown)));
    }
    for path in paths(Door::Console) {
        let allow = allow(Door::Console, path);
        let unknown = move || async move {
            Err::<HttpResponse, _>(ConsoleError::from(HttpFault::MethodNotAllowed { allow }))
        };
        app.service(resource(Door::Console, path).default_service(web::to(unknown)));
    }
    #[cfg(debug_assertions)]
    app.configure(super::console::dev::configure);
    app.default_service(web::to(nothing));
}

fn scim_scope() -> Scope {
    let mut scim = web::scope(&pattern(SCIM_BASE));
    for path in paths(Door::Scim) {
        let allow = allow(Door::Scim, path);
        scim = scim.service(resource(Door::Scim, path).default_service(web::to(
            // Known callers alone learn which methods there are.
            move |_caller: ScimCaller| async move {
                Err::<HttpResponse, _>(ScimError::from(HttpFault::MethodNotAllowed { allow }))
            },
        )));
    }
    scim.default_service(web::to(unknown::scim))
}

fn api_scope() -> Scope {
    let mut api = web::scope(API_BASE);
    for path in paths(Door::Api) {
        let allow = allow(Door::Api, path);
        api = api.service(resource(Door::Api, path).default_service(web::to(
            move |_caller: ApiCaller| async move {
                Err::<HttpResponse, _>(ApiError::from(HttpFault::MethodNotAllowed { allow }))
            },
        )));
    }
    api.default_service(web::to(unknown::api))
}

/// Whether the console has a page of that path.
pub fn is_page(path: &str) -> bool {
    let mut pages = all().filter(|route| route.door == Door::Console);
    pages.any(|page| page.path == path && page.method == "GET")
}

/// What the console's page of that path needs; `None` where there is none, or anybody may open it.
pub fn page_needs(path: &str) -> Option<Permission> {
    let mut pages = all().filter(|route| route.door == Door::Console && route.method == "GET");
    match pages.find(|page| page.path == path)?.access {
        Access::Needs(permission) => Some(permission),
        Access::Open => None,
    }
}

/// Whether the console takes forms of whoever is signed in at that address.
pub fn takes_forms(path: &str) -> bool {
    let mut forms = all().filter(|route| {
        let known = matches!(route.access, Access::Needs(_));
        route.door == Door::Console && route.method == "POST" && known
    });
    forms.any(|route| fits(route.path, path))
}

fn fits(pattern: &str, path: &str) -> bool {
    let (patterns, parts) = (pattern.split('/'), path.split('/'));
    let same = patterns.clone().count() == parts.clone().count();
    same && patterns.zip(parts).all(|(pattern, part)| {
        let Some((before, hole)) = pattern.split_once('{') else {
            return pattern == part;
        };
        let Some(filled) = part.strip_prefix(before) else {
            return false;
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        match hole.trim_end_matches('}').split_once(':') {
            Some((_, known)) => known.split('|').any(|one| one == filled),
            None => !filled.is_empty() && filled.bytes().all(plain),
        }
    })
}

async fn nothing(req: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let dialect = Dialect::of(req.path());
    if matches!(dialect, Dialect::Console) {
        told_within(&req).await;
    }
    Err(dialect.fault(HttpFault::RouteUnknown))
}

/// The paths of a door, each once, in the order of the table.
fn paths(door: Door) -> Vec<&'static str> {
    let mut paths = Vec::new();
    for route in all().filter(|route| route.door == door) {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    paths
}

/// The routes of a path, which is told apart from others by its name: the whole path as the table
/// has it.
fn resource(door: Door, path: &'static str) -> actix_web::Resource {
    let base = match door {
        Door::Scim => SCIM_BASE,
        Door::Api => API_BASE,
        Door::Console | Door::Server => "",
    };
    let resource = web::resource(pattern(path)).name(&format!("{base}{path}"));
    all()
        .filter(|route| route.door == door && route.path == path)
        .fold(resource, |resource, route| {
            resource.route((route.verb)().service(fn_service(route.answering)))
        })
}

/// The path as it is matched: each part in braces is one segment of ASCII characters, since no id
/// has others ([`unknown`] answers to those). Left to itself, the framework makes of each an automaton for all that Unicode has,
/// for every route in every worker: megabytes.
fn pattern(path: &str) -> String {
    let mut pattern = String::new();
    for part in path.split_inclusive('}') {
        // The table says of some what they match.
        let named = part
            .rsplit_once('{')
            .is_some_and(|(_, name)| name.contains(':'));
        match part.strip_suffix('}') {
            Some(start) if !named => {
                pattern.push_str(start);
                pattern.push_str(":[^/[:^ascii:]]+}");
            }
            Some(_) | None => pattern.push_str(part),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_ascii_unless_the_table_says_what_it_is() {
        assert_eq!(
            pattern("/a/{account_id}/new/{kind:okta|entra}/{id}/on"),
            "/a/{account_id:[^/[:^ascii:]]+}/new/{kind:okta|entra}/{id:[^/[:^ascii:]]+}/on"
        );
    }
}
