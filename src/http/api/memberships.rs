//! `/memberships`: in which accounts the person behind a member's token is. A person of two
//! accounts is two members that nothing links, so there is one.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::paging::{self, Page};
use super::policies::RoleTable;
use super::query::Params;
use super::{accounts, roles, user};
use crate::app;
use crate::app::user::Membership;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::MembershipId;
use crate::domain::member::State;
use crate::domain::role::RoleScope;

/// How the API calls a member's state.
pub fn status(state: State) -> &'static str {
    match state {
        State::Pending => "pending",
        State::Active => "accepted",
        State::Inactive => "rejected",
    }
}

fn render(own: &Membership) -> Value {
    let names = user::role_names(&own.member);
    let held = own
        .roles
        .iter()
        .filter(|role| role.scope == RoleScope::Account && names.contains(&role.name.as_str()));
    json!({
        "id": own.member.membership_id(),
        "account": accounts::render(&own.account),
        "status": status(own.member.state),
        "permissions": roles::render_keys_of(held),
        "roles": names,
        "api_access_enabled": true,
    })
}

/// The same with the policies of the member's own, as one membership is shown.
fn render_whole(own: Membership) -> Value {
    let mut shown = render(&own);
    let table = RoleTable::new(own.account.id, own.roles);
    shown["policies"] = table.render_all(&own.policies);
    shown
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::SMALL)?;
    params.direction()?;
    let own = caller.read(app::user::memberships)?;
    let named = |name| {
        params
            .get(name)
            .is_none_or(|wanted| wanted == own.account.name)
    };
    let of_state = params
        .get("status")
        .is_none_or(|wanted| wanted == status(own.member.state));
    let mut found = Vec::new();
    if named("name") && named("account.name") && of_state {
        found.push(render(&own));
    }
    let (items, total) = page.cut(found);
    Ok(envelope::page(items, page, total))
}

fn id_of(req: &HttpRequest) -> Result<MembershipId, Error> {
    let named = req.match_info().get("membership_id").unwrap_or_default();
    named
        .parse()
        .map_err(|_| Error::not_found("membership", named))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let id = id_of(&req)?;
    let own = caller.read(|tx| app::user::membership(tx, id))?;
    Ok(envelope::one(render_whole(own)))
}

/// `accepted` is what it is, since a token has nobody else's; `rejected` leaves the account.
pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let permission = Permission::MembershipsWrite;
    let body = body::read(&caller, permission, &req, payload).await?;
    let id = id_of(&req)?;
    let own = caller.read(|tx| app::user::membership(tx, id))?;
    let fields = Fields::of(&body, "")?;
    let leaves = fields.parsed("status", "accepted or rejected", |text| match text {
        "accepted" => Some(false),
        "rejected" => Some(true),
        _ => None,
    })?;
    let mut shown = render_whole(own);
    if !leaves.ok_or_else(|| fields.missing("status"))? {
        return Ok(envelope::one(shown));
    }
    let done = caller
        .write(permission, move |tx| app::user::leave(tx, id))
        .await?;
    shown["status"] = Value::from(status(State::Inactive));
    Ok(envelope::done(done.map(|()| shown)))
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    let permission = Permission::MembershipsWrite;
    caller.require(permission)?;
    let id = id_of(&req)?;
    let done = caller
        .write(permission, move |tx| app::user::leave(tx, id))
        .await?;
    Ok(envelope::done(done.map(|()| json!({ "id": id }))))
}
