//! /Me (RFC 7644 3.11): the User whose token it is. Each request is the one to `/Users/{id}`,
//! with that one's answers, and says where it went. Everybody reads themself; who changes
//! themself needs what changing anybody needs, or a name or address of somebody else's could be
//! taken, for a provider to hand over that one's groups to.
//!
//! A POST would make a second person for somebody who is one already: it is not offered.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::ScimError;
use super::request::{BodySize, read_body};
use super::users;
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Kind};
use crate::domain::id::MemberId;
use crate::domain::reason::Reason;
use crate::http::caller::ScimCaller;

type Answer = Result<HttpResponse, ScimError>;

pub async fn get(caller: ScimCaller, req: HttpRequest) -> Answer {
    let id = owner(&caller, Permission::ScimReadOwn)?;
    let answer = users::get_own(&caller, &req);
    placed(&caller, id, answer)
}

pub async fn replace(caller: ScimCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let id = owner(&caller, Permission::ScimWrite)?;
    let answer = match read_body(&caller, &req, payload, BodySize::General).await {
        Ok(body) => users::replace_one(&caller, &req, id, body).await,
        Err(error) => Err(error),
    };
    placed(&caller, id, answer)
}

pub async fn patch(caller: ScimCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let id = owner(&caller, Permission::ScimWrite)?;
    let answer = match read_body(&caller, &req, payload, BodySize::General).await {
        Ok(body) => users::patch_one(&caller, &req, id, body).await,
        Err(error) => Err(error),
    };
    placed(&caller, id, answer)
}

pub async fn delete(caller: ScimCaller, req: HttpRequest) -> Answer {
    let id = owner(&caller, Permission::ScimWrite)?;
    let answer = users::delete_one(&caller, &req, id).await;
    placed(&caller, id, answer)
}

/// The member whose token it is.
///
/// Errors: `Forbidden`; `Unsupported` for the tokens of connections and accounts, which are
/// nobody's.
fn owner(caller: &ScimCaller, permission: Permission) -> Result<MemberId, Error> {
    caller.require(permission)?;
    caller.client()?.member.ok_or_else(|| {
        Error::new(
            Kind::Unsupported,
            Reason::Unsupported,
            "This token belongs to a connection or to the account and stands for no person; use \
             /Users/{id}, or a member's own token.",
        )
    })
}

/// "In any response, the HTTP Location header MUST be the permanent location" of the person:
/// refusals included. Content-Location names it where a body shows it (RFC 9110 8.7).
fn placed(caller: &ScimCaller, id: MemberId, answer: Answer) -> Answer {
    let shows = |response: &HttpResponse| response.status() == 200;
    let mut response = answer.unwrap_or_else(HttpResponse::from_error);
    let location = HeaderValue::try_from(users::location(caller, id)).map_err(Error::internal)?;
    let mut put = |name: HeaderName| {
        response.headers_mut().insert(name, location.clone());
    };
    put(header::LOCATION);
    if shows(&response) {
        response
            .headers_mut()
            .insert(header::CONTENT_LOCATION, location);
    }
    Ok(response)
}
