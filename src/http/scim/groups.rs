//! /Groups.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::ScimError;
use super::members_stream::{Around, GroupsBody};
use super::request::{
    Asked, BodySize, claimed_name, is_known, list_request, precondition, read_body,
};
use super::respond;
use super::walk::{self, Walk};
use crate::app;
use crate::app::groups::NewGroup;
use crate::domain::actor::Permission;
use crate::domain::audit::Action;
use crate::domain::error::Error;
use crate::domain::group::{Group, GroupEdit, PATCH_ANSWER_MEMBERS_MAX};
use crate::domain::id::GroupScimId;
use crate::domain::provisioning::Target;
use crate::domain::query::{GroupCondition, GroupListing, GroupSort, Part};
use crate::http::caller::ScimCaller;
use crate::scim::list::ListRequest;
use crate::scim::project::Projection;
use crate::scim::{self, group as wire, patch as patches, sort};
use crate::store::groups::GroupKey;

type Answer = Result<HttpResponse, ScimError>;

/// The id of the path; a text that can be no group's id names none.
fn id_of(path: web::Path<(String, String)>) -> Result<GroupScimId, Error> {
    let (_, id) = path.into_inner();
    GroupScimId::parse(&id).ok_or_else(|| Error::not_found("Group", id))
}

fn target(id: &GroupScimId) -> Target {
    Target {
        kind: "Group",
        id: id.to_string(),
        name: String::new(),
    }
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

/// The page that is asked for.
pub async fn listed(caller: &ScimCaller, request: &ListRequest) -> Answer {
    let walk = Walk::begin(caller, "Groups", request)?;
    let listing = GroupListing {
        filter: request.filter.as_ref().map(wire::lower).transpose()?,
        order: sort::groups(request.sort.as_ref())?,
        span: walk.span_of_one(),
    };
    let near = walk::is_near(
        &listing,
        &GroupSort::Made,
        GroupCondition::is_indexed,
        GroupSort::is_indexed,
    );
    let page = walk::read(caller, near, listing, app::groups::list).await?;
    let mut page = page.in_part(Part::Groups);
    let sizes: Vec<usize> = page
        .items
        .iter()
        .map(|(_, group)| size(group, &request.projection, caller.base_url()))
        .collect();
    let shown = walk::fitting(&sizes, walk.is_backward());
    let mut frame = walk.frame(&page);
    walk.close(&page, shown.clone(), &mut frame);
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
    let new = wire::parse_new(&body).map(|new| NewGroup {
        name: new.name,
        external_id: new.external_id,
        members: new.members,
    });
    let target = Target {
        kind: "Group",
        id: String::new(),
        name: claimed_name(&body, "displayName"),
    };
    // A body that can't be read is refused inside the write: its row says what it was about.
    let (key, group) = caller
        .write(target, 201, move |tx| Ok(app::groups::create(tx, &new?)?))
        .await?;
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
    let edits = wire::parse_replacement(&body);
    let id = id_of(id)?;
    let (key, group) = edit(&caller, &req, id, Action::ScimGroupReplace, edits, false).await?;
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
    let id = id_of(id)?;
    let kind = caller.client()?.connection_kind;
    let edits = patches::parse(body).and_then(|ops| wire::edits(&ops, &id, kind));
    let brief = asked.projection.wants_members();
    let (key, group) = edit(&caller, &req, id, Action::ScimGroupUpdate, edits, brief).await?;
    if brief && group.member_count > PATCH_ANSWER_MEMBERS_MAX {
        return Ok(respond::changed(&group.version().to_string()));
    }
    show(&caller, asked, key, group)
}

/// `brief`: a large group is answered without a body.
async fn edit(
    caller: &ScimCaller,
    req: &HttpRequest,
    id: GroupScimId,
    action: Action,
    edits: Result<Vec<GroupEdit>, scim::Error>,
    brief: bool,
) -> Result<(GroupKey, Group), ScimError> {
    let precondition = precondition(req);
    caller
        .write(target(&id), 200, move |tx| {
            let edits = match edits {
                Ok(edits) => edits,
                Err(error) => {
                    app::groups::name_target(tx, &id)?;
                    return Err(error.into());
                }
            };
            Ok(app::groups::edit(
                tx,
                &id,
                action,
                &precondition,
                &edits,
                |tx, group| {
                    if brief && group.member_count > PATCH_ANSWER_MEMBERS_MAX {
                        tx.note_status(204);
                    }
                },
            )?)
        })
        .await
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
    let (id, precondition) = (id_of(id)?, precondition(&req));
    caller
        .write(target(&id), 204, move |tx| {
            Ok(app::groups::delete(tx, &id, &precondition)?)
        })
        .await?;
    Ok(respond::deleted())
}
