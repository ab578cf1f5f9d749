//! /Users.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::ScimError;
use super::request::{
    Asked, BodySize, LIST_BYTES_MAX, claimed_name, is_known, precondition, read_body, read_page,
};
use super::respond;
use crate::app;
use crate::app::members::NewMember;
use crate::domain::actor::Permission;
use crate::domain::audit::Action;
use crate::domain::error::Error;
use crate::domain::id::MemberId;
use crate::domain::member::{Member, Profile};
use crate::domain::provisioning::Target;
use crate::domain::query::{MemberCondition, MemberFilter, Paged};
use crate::http::caller::ScimCaller;
use crate::scim::filter::Filter;
use crate::scim::project::Projection;
use crate::scim::{list as lists, patch as patches, user};

type Answer = Result<HttpResponse, ScimError>;

/// The id of the path; a text that can be nobody's id is nobody.
fn id_of(path: web::Path<(String, String)>) -> Result<MemberId, Error> {
    let (_, id) = path.into_inner();
    id.parse().map_err(|_| Error::not_found("User", id))
}

fn target(id: MemberId) -> Target {
    Target {
        kind: "User",
        id: id.to_string(),
        name: String::new(),
    }
}

pub async fn get(caller: ScimCaller, req: HttpRequest, id: web::Path<(String, String)>) -> Answer {
    let asked = Asked::of(&req)?;
    let id = id_of(id)?;
    let member = caller.read(|tx| app::members::get(tx, id))?;
    let version = member.version().to_string();
    if is_known(&req, &version)? {
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
    let new = user::parse_new(&body).and_then(|profile| Ok(NewMember::prepare(profile)?));
    let target = Target {
        kind: "User",
        id: String::new(),
        name: claimed_name(&body, "userName"),
    };
    // A body that can't be read is refused inside the write: its row says who it was about.
    let member = caller
        .write(target, 201, move |tx| Ok(app::members::create(tx, new?)?))
        .await?;
    let location = format!("{}/Users/{}", caller.base_url(), member.id);
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
    edit(
        &caller,
        &req,
        id_of(id)?,
        Action::ScimUserReplace,
        move |profile| Ok(user::parse_replacement(&body, profile)?),
    )
    .await
}

pub async fn patch(
    caller: ScimCaller,
    req: HttpRequest,
    id: web::Path<(String, String)>,
    payload: web::Payload,
) -> Answer {
    let body = read_body(&caller, &req, payload, BodySize::General).await?;
    let ops = patches::parse(body);
    let kind = caller.client()?.connection_kind;
    let id = id_of(id)?;
    edit(&caller, &req, id, Action::ScimUserUpdate, move |profile| {
        Ok(user::apply(&ops?, profile, &id, kind)?)
    })
    .await
}

async fn edit(
    caller: &ScimCaller,
    req: &HttpRequest,
    id: MemberId,
    action: Action,
    change: impl FnOnce(&Profile) -> Result<Profile, ScimError> + Send + 'static,
) -> Answer {
    let asked = Asked::of(req)?;
    let precondition = precondition(req);
    let member = caller
        .write(target(id), 200, move |tx| {
            app::members::edit(tx, id, action, &precondition, change)
        })
        .await?;
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
    let (id, precondition) = (id_of(id)?, precondition(&req));
    caller
        .write(target(id), 204, move |tx| {
            Ok(app::members::delete(tx, id, &precondition)?)
        })
        .await?;
    Ok(respond::deleted())
}
