//! /Users.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::error::ScimError;
use super::operation::Operation;
use super::request::{
    Asked, BodySize, LIST_BYTES_MAX, is_known, precondition, read_body, read_page,
};
use super::{operation, respond};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::MemberId;
use crate::domain::member::Member;
use crate::domain::query::{MemberCondition, MemberFilter, Paged};
use crate::http::caller::ScimCaller;
use crate::scim::filter::Filter;
use crate::scim::project::Projection;
use crate::scim::{list as lists, patch as patches, user};

type Answer = Result<HttpResponse, ScimError>;

fn id_of(path: web::Path<(String, String)>) -> Result<MemberId, Error> {
    operation::user_id(&path.1)
}

/// The address of that User.
pub fn location(caller: &ScimCaller, id: MemberId) -> String {
    format!("{}/Users/{id}", caller.base_url())
}

pub async fn get(caller: ScimCaller, req: HttpRequest, id: web::Path<(String, String)>) -> Answer {
    get_one(&caller, &req, id_of(id)?)
}

/// GET of that User.
pub fn get_one(caller: &ScimCaller, req: &HttpRequest, id: MemberId) -> Answer {
    let asked = Asked::of(req)?;
    let member = caller.read(|tx| app::members::get(tx, id))?;
    let version = member.version().to_string();
    if is_known(req, &version)? {
        return Ok(respond::not_modified(&version));
    }
    let body = user::render_projected(&member, caller.base_url(), &asked.projection);
    Ok(respond::resource(StatusCode::OK, &version, body))
}

pub async fn list(caller: ScimCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::ScimRead)?;
    let asked = Asked::of(&req)?;
    let page = asked.query.page()?;
    let filter = filter_of(&asked, caller.base_url())?;
    let indexed = MemberCondition::is_indexed;
    let paged = read_page(&caller, filter, page, indexed, app::members::list).await?;
    let mut body = String::with_capacity(1024 * (1 + paged.items.len()));
    lists::render_head(paged.total, page, &mut body);
    let shown = push_page(&paged, caller.base_url(), &asked.projection, &mut body);
    lists::render_tail(shown, &mut body);
    Ok(respond::json(body))
}

fn filter_of(asked: &Asked, base_url: &str) -> Result<Option<MemberFilter>, ScimError> {
    let Some(text) = asked.query.get("filter") else {
        return Ok(None);
    };
    Ok(Some(user::lower(&Filter::parse(text)?, base_url)?))
}

/// As many of the page as the answer may hold, at least one; how many.
fn push_page(
    paged: &Paged<Member>,
    base_url: &str,
    projection: &Projection,
    body: &mut String,
) -> usize {
    for (shown, member) in paged.items.iter().enumerate() {
        let before = body.len();
        if shown > 0 {
            body.push(',');
        }
        if projection.is_all() {
            user::render(member, base_url, body);
        } else {
            body.push_str(&user::render_projected(member, base_url, projection));
        }
        if shown > 0 && body.len() > LIST_BYTES_MAX {
            body.truncate(before);
            return shown;
        }
    }
    paged.items.len()
}

pub async fn create(caller: ScimCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let asked = Asked::of(&req)?;
    let body = read_body(&caller, &req, payload, BodySize::General).await?;
    let member = caller.write(operation::create_user(&body, None)).await?;
    let location = location(&caller, member.id);
    let body = user::render_projected(&member, caller.base_url(), &asked.projection);
    Ok(respond::created(
        location,
        &member.version().to_string(),
        body,
    ))
}

pub async fn replace(
    caller: ScimCaller,
    req: HttpRequest,
    id: web::Path<(String, String)>,
    payload: web::Payload,
) -> Answer {
    let body = read_body(&caller, &req, payload, BodySize::General).await?;
    replace_one(&caller, &req, id_of(id)?, body).await
}

/// PUT of that User.
pub async fn replace_one(
    caller: &ScimCaller,
    req: &HttpRequest,
    id: MemberId,
    body: Value,
) -> Answer {
    let operation = operation::replace_user(id, body, precondition(req));
    change(caller, req, operation).await
}

pub async fn patch(
    caller: ScimCaller,
    req: HttpRequest,
    id: web::Path<(String, String)>,
    payload: web::Payload,
) -> Answer {
    let body = read_body(&caller, &req, payload, BodySize::General).await?;
    patch_one(&caller, &req, id_of(id)?, body).await
}

/// PATCH of that User.
pub async fn patch_one(
    caller: &ScimCaller,
    req: &HttpRequest,
    id: MemberId,
    body: Value,
) -> Answer {
    let kind = caller.client()?.connection_kind;
    let operation = operation::patch_user(id, patches::parse(body), kind, precondition(req));
    change(caller, req, operation).await
}

async fn change(caller: &ScimCaller, req: &HttpRequest, operation: Operation<Member>) -> Answer {
    let asked = Asked::of(req)?;
    let member = caller.write(operation).await?;
    let body = user::render_projected(&member, caller.base_url(), &asked.projection);
    Ok(respond::resource(
        StatusCode::OK,
        &member.version().to_string(),
        body,
    ))
}

pub async fn delete(
    caller: ScimCaller,
    req: HttpRequest,
    id: web::Path<(String, String)>,
) -> Answer {
    caller.require(Permission::ScimWrite)?;
    delete_one(&caller, &req, id_of(id)?).await
}

/// DELETE of that User.
pub async fn delete_one(caller: &ScimCaller, req: &HttpRequest, id: MemberId) -> Answer {
    let operation = operation::delete_user(id, precondition(req));
    caller.write(operation).await?;
    Ok(respond::deleted())
}
