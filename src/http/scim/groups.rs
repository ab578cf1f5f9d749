//! /Groups.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::ScimError;
use super::members_stream::GroupsBody;
use super::request::{
    Asked, BodySize, LIST_BYTES_MAX, is_known, precondition, read_body, read_page,
};
use super::{operation, respond};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::group::Group;
use crate::domain::id::GroupScimId;
use crate::domain::query::{GroupCondition, GroupFilter};
use crate::http::caller::ScimCaller;
use crate::scim::filter::Filter;
use crate::scim::{group as wire, list as lists, patch as patches};
use crate::store::groups::GroupKey;

type Answer = Result<HttpResponse, ScimError>;

fn id_of(path: web::Path<(String, String)>) -> Result<GroupScimId, Error> {
    operation::group_id(&path.1)
}

pub async fn get(caller: ScimCaller, req: HttpRequest, id: web::Path<(String, String)>) -> Answer {
    let asked = Asked::of(&req)?;
    let id = id_of(id)?;
    let (key, group) = caller.read(|tx| app::groups::get(tx, &id))?;
    let version = group.version().to_string();
    if is_known(&req, &version)? {
        return Ok(respond::not_modified(&version));
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, version));
    GroupsBody::one((key, group), asked.projection).answer(&caller, response)
}

pub async fn list(caller: ScimCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::ScimRead)?;
    let asked = Asked::of(&req)?;
    let page = asked.query.page()?;
    let filter = filter_of(&asked, caller.base_url())?;
    let indexed = GroupCondition::is_indexed;
    let paged = read_page(&caller, filter, page, indexed, app::groups::list).await?;
    let mut head = String::new();
    lists::render_head(paged.total, page, &mut head);
    let groups = fitting(paged.items, &asked, caller.base_url());
    GroupsBody {
        groups,
        projection: asked.projection,
        list: Some(head),
    }
    .answer(&caller, HttpResponse::Ok())
}

fn filter_of(asked: &Asked, base_url: &str) -> Result<Option<GroupFilter>, ScimError> {
    let Some(text) = asked.query.get("filter") else {
        return Ok(None);
    };
    Ok(Some(wire::lower(&Filter::parse(text)?, base_url)?))
}

/// As many of the page as the answer may hold, at least one.
fn fitting(
    mut groups: Vec<(GroupKey, Group)>,
    asked: &Asked,
    base_url: &str,
) -> Vec<(GroupKey, Group)> {
    if !asked.projection.wants_members() {
        return groups;
    }
    // An entry is the URL, the id twice and a few names.
    let entry = base_url.len() + 128;
    let mut bytes = 0_usize;
    let fit = groups.iter().take_while(|(_, group)| {
        let members = usize::try_from(group.member_count).unwrap_or(usize::MAX);
        bytes = bytes
            .saturating_add(members.saturating_mul(entry))
            .saturating_add(2048);
        bytes <= LIST_BYTES_MAX
    });
    let fit = fit.count().max(1);
    groups.truncate(fit);
    groups
}

pub async fn create(caller: ScimCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let asked = Asked::of(&req)?;
    let body = read_body(&caller, &req, payload, BodySize::Group).await?;
    let (key, group) = caller.write(operation::create_group(&body, None)).await?;
    let mut response = HttpResponse::Created();
    let location = format!("{}/Groups/{}", caller.base_url(), group.scim_id);
    response.insert_header((header::LOCATION, location));
    response.insert_header((header::ETAG, group.version().to_string()));
    GroupsBody::one((key, group), asked.projection).answer(&caller, response)
}

pub async fn replace(
    caller: ScimCaller,
    req: HttpRequest,
    id: web::Path<(String, String)>,
    payload: web::Payload,
) -> Answer {
    let asked = Asked::of(&req)?;
    let body = read_body(&caller, &req, payload, BodySize::Group).await?;
    let operation = operation::replace_group(id_of(id)?, &body, precondition(&req));
    let (key, group) = caller.write(operation).await?;
    show(&caller, asked, key, group)
}

pub async fn patch(
    caller: ScimCaller,
    req: HttpRequest,
    id: web::Path<(String, String)>,
    payload: web::Payload,
) -> Answer {
    let asked = Asked::of(&req)?;
    let body = read_body(&caller, &req, payload, BodySize::General).await?;
    let (id, ops) = (id_of(id)?, patches::parse(body));
    let kind = caller.client()?.connection_kind;
    let brief = asked.projection.wants_members();
    let operation = operation::patch_group(id, ops, kind, precondition(&req), brief);
    let (key, group) = caller.write(operation).await?;
    if operation::is_silent(&group, brief) {
        return Ok(respond::changed(&group.version().to_string()));
    }
    show(&caller, asked, key, group)
}

fn show(caller: &ScimCaller, asked: Asked, key: GroupKey, group: Group) -> Answer {
    let mut response = HttpResponse::build(StatusCode::OK);
    response.insert_header((header::ETAG, group.version().to_string()));
    GroupsBody::one((key, group), asked.projection).answer(caller, response)
}

pub async fn delete(
    caller: ScimCaller,
    req: HttpRequest,
    id: web::Path<(String, String)>,
) -> Answer {
    caller.require(Permission::ScimWrite)?;
    let operation = operation::delete_group(id_of(id)?, precondition(&req));
    caller.write(operation).await?;
    Ok(respond::deleted())
}
