//! `…/iam/user_groups/{id}/members`: who is in a group.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields, wrong};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::members::render_user;
use super::memberships::status;
use super::paging::{self, Page};
use super::query::Params;
use super::user_groups::named;
use crate::app::groups::by_hand;
use crate::app::groups::pages::{self, PeoplePage};
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::MembershipId;
use crate::domain::instant::print_ms;
use crate::domain::member::Member;
use crate::domain::text::shown;
use crate::scim::json::JsonLimits;

/// Most members of a group that the answer to an addition tells; of a larger group it tells
/// those that were added.
const TOLD_MAX: i64 = 1_000;

fn render(member: &Member) -> Value {
    let user = render_user(member);
    json!({
        "id": member.membership_id(),
        "email": user["email"],
        "status": status(member.state),
    })
}

fn id_of(req: &HttpRequest) -> Result<MembershipId, Error> {
    by_id(req.match_info().get("member_id").unwrap_or_default())
}

/// That id; a text that can be none names nobody.
pub fn by_id(named: &str) -> Result<MembershipId, Error> {
    named.parse().map_err(|_| Error::not_found("member", named))
}

/// A bare list of objects with ids, as the SDKs send it, or one under `members`.
pub fn read(body: &Value, at: &str) -> Result<Vec<MembershipId>, ApiError> {
    let (sent, at) = match body {
        Value::Array(sent) => (sent.as_slice(), at.to_owned()),
        Value::Object(_) => {
            let fields = Fields::of(body, at)?;
            (fields.required_list("members")?, fields.at("members"))
        }
        _ => return Err(wrong(at, "an array")),
    };
    let id = |(place, sent): (usize, &Value)| {
        let pointer = format!("{at}/{place}");
        let fields = Fields::of(sent, &pointer)?;
        let text = fields.required_text("id")?;
        text.parse().map_err(|_| {
            let message = format!(
                "{} is no member of this account; take the id from the list of members.",
                shown(text)
            );
            ApiError::field(fields.at("id"), message)
        })
    };
    sent.iter().enumerate().map(id).collect()
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::GROUPS)?;
    let which = named(&req)?;
    let asked = PeoplePage {
        part: params
            .get("fuzzyEmail")
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        by_name: params.direction()?,
        offset: page.offset(),
        limit: page.per_page,
    };
    let (found, total) = caller
        .read_long(move |tx| pages::people(tx, &which, &asked))
        .await?;
    Ok(envelope::page(
        found.iter().map(render).collect(),
        page,
        total,
    ))
}

/// Adds; the answer is everybody in it, where they are not too many.
pub async fn create(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    changed(&caller, &req, payload, false).await
}

/// Replaces; the answer is in the order sent.
pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    changed(&caller, &req, payload, true).await
}

async fn changed(
    caller: &ApiCaller,
    req: &HttpRequest,
    payload: web::Payload,
    replaces: bool,
) -> Answer {
    let limits = JsonLimits::GROUP;
    let permission = Permission::DirectoryWrite;
    let body = body::read_up_to(caller, permission, req, payload, &limits).await?;
    let which = named(req)?;
    caller.read(|tx| by_hand::find(tx, &which))?;
    let ids = read(&body, "")?;
    let done = caller
        .write(permission, move |tx| {
            let (key, group) = if replaces {
                by_hand::set_people(tx, &which, &ids)?
            } else {
                by_hand::add_people(tx, &which, &ids)?
            };
            let all = !replaces && group.member_count <= TOLD_MAX;
            pages::people_of(tx, key, (!all).then_some(&ids), TOLD_MAX)
        })
        .await?;
    let shown = done.map(|members| members.iter().map(render).collect::<Vec<Value>>());
    Ok(envelope::done_whole(shown))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let (which, id) = (named(&req)?, id_of(&req)?);
    let (member, added_ms) = caller.read(|tx| pages::person(tx, &which, id))?;
    let mut shown = render(&member);
    shown["created_at"] = Value::from(print_ms(added_ms));
    shown["user"] = render_user(&member);
    Ok(envelope::one(shown))
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let (which, id) = (named(&req)?, id_of(&req)?);
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            let (member, _) = pages::person(tx, &which, id)?;
            by_hand::remove_people(tx, &which, &[id])?;
            Ok(member)
        })
        .await?;
    Ok(envelope::done(done.map(|member| render(&member))))
}
