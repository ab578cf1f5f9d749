//! /Users.

use std::ops::Range;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::error::ScimError;
use super::operation::Operation;
use super::request::{Asked, BodySize, is_known, list_request, precondition, read_body};
use super::walk::{self, LIST_BYTES_MAX, Walk};
use super::{operation, respond};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::MemberId;
use crate::domain::listing::{MemberListing, MemberSort, Part};
use crate::domain::member::Member;
use crate::domain::query::{MemberCondition, MemberFilter};
use crate::http::caller::ScimCaller;
use crate::scim::list::ListRequest;
use crate::scim::project::Projection;
use crate::scim::{patch as patches, sort, user};

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
    listed(&caller, &list_request(&req)?).await
}

fn lowered(request: &ListRequest, base_url: &str) -> Result<Option<MemberFilter>, ScimError> {
    let lower = |filter| user::lower(filter, base_url);
    Ok(request.filter.as_ref().map(lower).transpose()?)
}

/// The page that is asked for.
pub async fn listed(caller: &ScimCaller, request: &ListRequest) -> Answer {
    let walk = Walk::begin(caller, "Users", request)?;
    let listing = MemberListing {
        filter: lowered(request, caller.base_url())?,
        order: sort::members(request.sort.as_ref())?,
        span: walk.span_of_one(),
    };
    let near = walk::is_near(
        &listing,
        &MemberSort::Made,
        MemberCondition::is_indexed,
        MemberSort::is_indexed,
    );
    let page = walk::read(caller, near, listing, app::members::list).await?;
    let page = page.in_part(Part::Members);
    let mut frame = walk.frame(&page);
    let mut body = String::with_capacity(1024 * (1 + page.items.len()));
    frame.render_head(&mut body);
    let shown = push_page(&page.items, caller.base_url(), request, &walk, &mut body);
    walk.close(&page, shown.clone(), &mut frame);
    frame.render_tail(shown.len(), &mut body);
    Ok(respond::json(body))
}

/// As many of the page as the answer may hold, at least one; which.
fn push_page(
    members: &[Member],
    base_url: &str,
    request: &ListRequest,
    walk: &Walk<'_>,
    body: &mut String,
) -> Range<usize> {
    if walk.is_backward() {
        return push_page_from_end(members, base_url, request, body);
    }
    for (shown, member) in members.iter().enumerate() {
        let before = body.len();
        if shown > 0 {
            body.push(',');
        }
        push_one(member, base_url, &request.projection, body);
        if shown > 0 && body.len() > LIST_BYTES_MAX {
            body.truncate(before);
            return 0..shown;
        }
    }
    0..members.len()
}

/// The same for a page that was read from its end: it is shortened at its beginning, so that
/// whoever goes back misses nobody.
fn push_page_from_end(
    members: &[Member],
    base_url: &str,
    request: &ListRequest,
    body: &mut String,
) -> Range<usize> {
    let mut texts: Vec<String> = Vec::with_capacity(members.len());
    let mut bytes = body.len();
    for member in members.iter().rev() {
        let mut text = String::new();
        push_one(member, base_url, &request.projection, &mut text);
        bytes = bytes.saturating_add(text.len() + 1);
        if !texts.is_empty() && bytes > LIST_BYTES_MAX {
            break;
        }
        texts.push(text);
    }
    for (number, text) in texts.iter().rev().enumerate() {
        if number > 0 {
            body.push(',');
        }
        body.push_str(text);
    }
    members.len() - texts.len()..members.len()
}

/// Appends one resource as a list shows it.
pub fn push_one(member: &Member, base_url: &str, projection: &Projection, out: &mut String) {
    if projection.is_all() {
        user::render(member, base_url, out);
    } else {
        out.push_str(&user::render_projected(member, base_url, projection));
    }
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
