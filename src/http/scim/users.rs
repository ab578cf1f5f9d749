//! /Users.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::error::ScimError;
use super::operation::Operation;
use super::request::{Asked, BodySize, is_known, list_request, precondition, read_body};
use super::walk::{self, Texts, Walk};
use super::{operation, respond};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::MemberId;
use crate::domain::listing::{MemberListing, MemberSort, Part};
use crate::domain::member::{Member, MemberView};
use crate::domain::query::{MemberCondition, MemberFilter};
use crate::http::caller::ScimCaller;
use crate::scim::list::ListRequest;
use crate::scim::{patch as patches, sort, user};
use crate::store::tx::ReadTx;

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
    shown(caller, req, |tx, show| app::members::show(tx, id, show))
}

/// GET of the User whose token it is.
pub fn get_own(caller: &ScimCaller, req: &HttpRequest) -> Answer {
    shown(caller, req, |tx, show| app::members::show_own(tx, show))
}

/// The version, and the body.
type Shown = (String, String);

fn shown(
    caller: &ScimCaller,
    req: &HttpRequest,
    read: impl FnOnce(&ReadTx<'_>, &dyn Fn(&MemberView<'_>) -> Shown) -> Result<Shown, Error>,
) -> Answer {
    let asked = Asked::of(req)?;
    let base_url = caller.base_url();
    let show = |member: &MemberView<'_>| {
        let body = user::render_projected(member, base_url, &asked.projection);
        (member.version().to_string(), body)
    };
    let (version, body) = caller.read(|tx| read(tx, &show))?;
    if is_known(req, &version)? {
        return Ok(respond::not_modified(&version));
    }
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
    let (base_url, projection) = (caller.base_url().to_owned(), request.projection.clone());
    let backward = walk.is_backward();
    let read = move |tx: &ReadTx<'_>| {
        let mut texts = Texts::of_page(listing.span.limit, backward);
        let page = app::members::list(tx, &listing, &mut |member| {
            texts.push(|out| user::push_projected(member, &base_url, &projection, out))
        })?;
        Ok((page, texts))
    };
    let (page, texts) = walk::read(caller, near, read).await?;
    Ok(walk::answer(&walk, &page, Part::Members, texts))
}

pub async fn create(caller: ScimCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let asked = Asked::of(&req)?;
    let body = read_body(&caller, &req, payload, BodySize::General).await?;
    let member = caller.write(operation::create_user(&body, None)).await?;
    let location = location(&caller, member.id);
    let body = user::render_projected(&member.view(), caller.base_url(), &asked.projection);
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
    let body = user::render_projected(&member.view(), caller.base_url(), &asked.projection);
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
