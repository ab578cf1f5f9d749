//! `…/preview`: what a request would do to people's access, refusals included. Ours.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::access::{render_person, render_scope};
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{cursor, read_cursor};
use super::query::Params;
use super::{group_members, members, resource_groups, roles, user_groups};
use crate::app::preview::{self, Change};
use crate::domain::actor::Permission;
use crate::domain::preview::{Difference, RoleOn};
use crate::store::grants::HoldersAfter;

/// Members of one answer: it is worked out inside the writer, and others wait meanwhile.
const MEMBERS_DEFAULT: i64 = 100;
const MEMBERS_MAX: i64 = 500;

pub(super) fn render(difference: &Difference) -> Value {
    let roles = |roles: &[RoleOn]| {
        let each = roles.iter().map(|role| {
            json!({
                "permission_group": { "id": role.permission_group, "name": role.name },
                "scope": render_scope(&role.scope),
            })
        });
        each.collect::<Vec<Value>>()
    };
    json!({
        "member": render_person(&difference.member),
        "gained": roles(&difference.gained),
        "lost": roles(&difference.lost),
        "permissions_gained": difference.permissions_gained,
        "permissions_lost": difference.permissions_lost,
    })
}

/// How many members one answer tells of.
pub(super) fn limit(params: &Params) -> Result<usize, ApiError> {
    let limit = params.number("limit")?.unwrap_or(MEMBERS_DEFAULT);
    Ok(usize::try_from(limit.clamp(1, MEMBERS_MAX)).unwrap_or(1))
}

/// The change that a request of this method, path (below the account) and body would make.
fn change(fields: &Fields<'_>, caller: &ApiCaller) -> Result<Change, ApiError> {
    let method = fields.required_text("method")?;
    let path = fields.required_text("path")?;
    let account = caller.account();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let object = || match fields.object("body")? {
        Some(body) => Ok(body),
        None => Err(fields.missing("body")),
    };
    let list = || match fields.value("body") {
        Some(body) => group_members::read(body, &fields.at("body")),
        None => Err(fields.missing("body")),
    };
    Ok(match (method, parts.as_slice()) {
        ("POST", ["members"]) => Change::Invite(members::read_invitation(&object()?, caller)?),
        ("PUT", ["members", id]) => Change::Member(
            members::by_id(id)?,
            members::read_change(&object()?, caller)?,
        ),
        ("DELETE", ["members", id]) => Change::RemoveMember(members::by_id(id)?),
        ("PUT", ["roles", id]) => Change::Role(roles::by_id(id)?, roles::read_change(&object()?)?),
        ("PUT", ["iam", "resource_groups", id]) => Change::ResourceGroup(
            resource_groups::by_id(id)?,
            resource_groups::read_change(&object()?, account)?,
        ),
        ("PUT", ["iam", "user_groups", id]) => Change::Group(
            user_groups::by_id(id)?,
            user_groups::read_change(&object()?, account)?,
        ),
        ("DELETE", ["iam", "user_groups", id]) => Change::DeleteGroup(user_groups::by_id(id)?),
        ("POST", ["iam", "user_groups", id, "members"]) => {
            Change::AddToGroup(user_groups::by_id(id)?, list()?)
        }
        ("PUT", ["iam", "user_groups", id, "members"]) => {
            Change::SetGroupMembers(user_groups::by_id(id)?, list()?)
        }
        ("DELETE", ["iam", "user_groups", id, "members", member]) => {
            let member = group_members::by_id(member)?;
            Change::RemoveFromGroup(user_groups::by_id(id)?, vec![member])
        }
        _ => {
            return Err(ApiError::field(
                fields.at("path"),
                "No request of this method and path changes access; name one on members, roles, \
                 iam/resource_groups or iam/user_groups.",
            ));
        }
    })
}

pub async fn preview(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let permission = Permission::DirectoryWrite;
    let limits = crate::scim::json::JsonLimits::GROUP;
    let params = Params::of(&req)?;
    let body = body::read_up_to(&caller, permission, &req, payload, &limits).await?;
    let change = change(&Fields::of(&body, "")?, &caller)?;
    let after = read_cursor(&params)?.map_or_else(HoldersAfter::default, HoldersAfter::of_key);
    let limit = limit(&params)?;
    let done = caller
        .write(permission, move |tx| {
            preview::preview(tx, &change, after, limit)
        })
        .await?;
    let found = done.value;
    Ok(envelope::after(
        found.differences.iter().map(render).collect(),
        found.next.map(|next| cursor(next.key())),
    ))
}
