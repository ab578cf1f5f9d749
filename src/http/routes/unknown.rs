//! What is answered to an address that no pattern matches. One that would be a route but for
//! letters beyond ASCII in an id names something that there is not: the patterns leave those
//! letters out, since they are made for every route in every worker.

use std::borrow::Cow;

use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::allow::allow;
use super::{API_BASE, Access, Door, Route, SCIM_BASE, all};
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::AccountId;
use crate::http::api::caller::ApiCaller;
use crate::http::api::error::ApiError;
use crate::http::caller::ScimCaller;
use crate::http::scim::discovery;
use crate::http::scim::error::{HttpFault, ScimError};
use crate::scim::list::decode;

/// The route that an address would be of.
struct Missed {
    /// `None`: there is none of that method.
    needs: Option<Access>,
    /// Which methods there are.
    allow: &'static str,
    /// The account, as the address has it.
    account: Option<String>,
    error: Error,
}

/// The parts of an address, decoded; `None` where one is no text.
fn parts(path: &str) -> Option<Vec<String>> {
    // A plus is one: spaces are written so in a query alone.
    let part = |part: &str| {
        let text = part.replace('+', "%2B");
        decode(&text).ok().map(Cow::into_owned)
    };
    path.split('/').map(part).collect()
}

/// The name of what a pattern's part stands for: `{user_group_id}`.
fn name_of(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

fn missed(door: Door, req: &HttpRequest) -> Option<Missed> {
    if !req.path().contains('%') && req.path().is_ascii() {
        return None;
    }
    let base = match door {
        Door::Scim => SCIM_BASE,
        Door::Api => API_BASE,
        Door::Server | Door::Console => return None,
    };
    let sent = parts(req.path())?;
    let same = |route: &&Route| {
        let pattern = base.split('/').chain(route.path.split('/').skip(1));
        let fits = |(part, sent): (&str, &String)| match name_of(part) {
            Some(_) => !sent.is_empty(),
            None => part == sent,
        };
        route.door == door && pattern.clone().count() == sent.len() && pattern.zip(&sent).all(fits)
    };
    let route = all().find(same)?;
    let pattern: Vec<&str> = base
        .split('/')
        .chain(route.path.split('/').skip(1))
        .collect();
    let named = || (0..sent.len()).filter(|at| name_of(pattern[*at]).is_some());
    if named().all(|at| sent[at].is_ascii()) {
        return None;
    }
    // As in a handler: of a group that no id names, no member is looked for.
    let at = named().find(|at| sent[*at].parse::<AccountId>().is_err())?;
    let account = pattern.iter().position(|part| *part == "{account_id}");
    let mut methods = all().filter(|other| other.door == door && other.path == route.path);
    Some(Missed {
        needs: methods
            .find(|other| other.method == req.method().as_str())
            .map(|other| other.access),
        allow: allow(door, route.path),
        account: account.map(|at| sent[at].clone()),
        error: no_such(pattern[at - 1], name_of(pattern[at])?, &sent[at]),
    })
}

/// There is nothing of that id; `parent` is the part of the address before it.
fn no_such(parent: &str, name: &str, id: &str) -> Error {
    match (parent, name) {
        ("Users", _) => Error::not_found("User", id),
        ("Groups", _) => Error::not_found("Group", id),
        ("ResourceTypes", _) => discovery::unknown("ResourceType", "/ResourceTypes", id),
        ("Schemas", _) => discovery::unknown("Schema", "/Schemas", id),
        ("audit", _) => Error::not_found("audit row", id),
        (_, "sso_connector_id") => Error::not_found("SSO connector", id),
        (_, name) => {
            let noun = name.strip_suffix("_id").unwrap_or(name);
            Error::not_found(&noun.replace('_', " "), id)
        }
    }
}

fn needed(access: Access) -> Option<Permission> {
    match access {
        Access::Open => None,
        Access::Needs(permission) => Some(permission),
    }
}

fn of_scim(caller: &ScimCaller, missed: Missed) -> ScimError {
    let Some(access) = missed.needs else {
        let allow = missed.allow;
        return HttpFault::MethodNotAllowed { allow }.into();
    };
    let allowed = needed(access).map_or(Ok(()), |permission| caller.require(permission));
    allowed.err().unwrap_or(missed.error).into()
}

fn of_api(caller: &ApiCaller, missed: Missed) -> ApiError {
    let Some(access) = missed.needs else {
        let allow = missed.allow;
        return HttpFault::MethodNotAllowed { allow }.into();
    };
    let account = missed.account.map(|account| {
        let account = account.parse().ok();
        caller.check(account.unwrap_or(AccountId::from_bytes([0; 16])))
    });
    let allowed = account
        .unwrap_or(Ok(()))
        .and_then(|()| needed(access).map_or(Ok(()), |permission| caller.require(permission)));
    allowed.err().unwrap_or(missed.error).into()
}

/// Below an account's SCIM address.
pub(super) async fn scim(caller: ScimCaller, req: HttpRequest) -> Result<HttpResponse, ScimError> {
    Err(match missed(Door::Scim, &req) {
        Some(missed) => of_scim(&caller, missed),
        None => HttpFault::RouteUnknown.into(),
    })
}

/// Everywhere else below the API's address: SCIM's too, where the account's id has such letters.
pub(super) async fn api(req: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    if let Some(missed) = missed(Door::Scim, &req) {
        let caller = ScimCaller::extract(&req).await?;
        return Err(of_scim(&caller, missed).into());
    }
    let caller = ApiCaller::extract(&req).await?;
    let error = match missed(Door::Api, &req) {
        Some(missed) => of_api(&caller, missed),
        None => HttpFault::RouteUnknown.into(),
    };
    Err(error.into())
}
