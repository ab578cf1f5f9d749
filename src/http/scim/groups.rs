//! /Groups.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::ScimError;
use super::members_stream::{Around, GroupsBody};
use super::request::{Asked, BodySize, is_known, list_request, precondition, read_body};
use super::walk::{self, Texts, Walk};
use super::{operation, respond};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::group::Group;
use crate::domain::id::GroupScimId;
use crate::domain::listing::{GroupListing, GroupSort, Part};
use crate::domain::query::{GroupCondition, GroupFilter};
use crate::http::caller::ScimCaller;
use crate::scim::list::ListRequest;
use crate::scim::project::Projection;
use crate::scim::{group as wire, patch as patches, sort};
use crate::store::groups::GroupKey;
use crate::store::tx::ReadTx;

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
    listed(&caller, &list_request(&req)?).await
}

fn lowered(request: &ListRequest, base_url: &str) -> Result<Option<GroupFilter>, ScimError> {
    let lower = |filter| wire::lower(filter, base_url);
    Ok(request.filter.as_ref().map(lower).transpose()?)
}

/// The page that is asked for.
pub async fn listed(caller: &ScimCaller, request: &ListRequest) -> Answer {
    let walk = Walk::begin(caller, "Groups", request)?;
    let listing = GroupListing {
        filter: lowered(request, caller.base_url())?,
        order: sort::groups(request.sort.as_ref())?,
        span: walk.span_of_one(),
    };
    let near = walk::is_near(
        &listing,
        &GroupSort::Made,
        GroupCondition::is_indexed,
        GroupSort::is_indexed,
    );
    if !request.projection.wants_members() {
        let (base_url, projection) = (caller.base_url().to_owned(), request.projection.clone());
        let backward = walk.is_backward();
        let read = move |tx: &ReadTx<'_>| {
            let mut texts = Texts::of_page(listing.span.limit, backward);
            let wire = wire::WithoutMembers::new(&base_url, &projection);
            let page = app::groups::list(tx, &listing, &mut |group| {
                texts.push(|out| wire.push(group, out))
            })?;
            Ok((page, texts))
        };
        let (page, texts) = walk::read(caller, near, read).await?;
        return Ok(walk::answer(&walk, &page, Part::Groups, texts));
    }
    let read = move |tx: &ReadTx<'_>| app::groups::list_whole(tx, &listing);
    let mut page = walk::read(caller, near, read).await?;
    let sizes: Vec<usize> = page
        .items
        .iter()
        .map(|(_, group)| size(group, &request.projection, caller.base_url()))
        .collect();
    let shown = walk::fitting(&sizes, walk.is_backward());
    let mut frame = walk.frame(&page);
    walk.close(
        &page,
        walk::in_part(Part::Groups),
        shown.clone(),
        &mut frame,
    );
    page.items.truncate(shown.end);
    GroupsBody {
        groups: page.items.split_off(shown.start),
        projection: request.projection.clone(),
        list: Some(Around::of(&frame, shown.len())),
    }
    .answer(caller, HttpResponse::Ok())
}

/// About how many bytes a group has in an answer.
pub fn size(group: &Group, projection: &Projection, base_url: &str) -> usize {
    if !projection.wants_members() {
        return 2048;
    }
    // An entry is the URL, the id twice and a few names.
    let entry = base_url.len() + 128;
    let members = usize::try_from(group.member_count).unwrap_or(usize::MAX);
    members.saturating_mul(entry).saturating_add(2048)
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

fn show(caller: &ScimCaller, asked: Asked<'_>, key: GroupKey, group: Group) -> Answer {
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
