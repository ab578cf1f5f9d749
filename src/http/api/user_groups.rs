//! `…/iam/user_groups`: named sets of members that carry policies.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{self, Page};
use super::policies::{self, RoleTable};
use super::query::Params;
use crate::app;
use crate::app::groups::by_hand::{self, GroupChange};
use crate::app::groups::pages::{self, GroupPage};
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Kind, Result as DomainResult};
use crate::domain::group::Group;
use crate::domain::id::AccountId;
use crate::domain::instant::print_ms;
use crate::domain::policy::Policy;
use crate::domain::reference::GroupRef;
use crate::domain::text::GroupName;
use crate::store::tx::ReadTx;

fn render(group: &Group, policies: &[Policy], roles: &RoleTable) -> Value {
    json!({
        "id": group.id,
        "name": group.name,
        "status": "V",
        "created_on": print_ms(group.created_ms),
        "modified_on": print_ms(group.modified_ms),
        "policies": roles.render_all(policies),
        "member_count": group.member_count,
        "managed_by": group.managed_by,
    })
}

fn shown_now(tx: &ReadTx<'_>, which: &GroupRef, account: AccountId) -> DomainResult<Value> {
    let (group, policies) = pages::get(tx, which)?;
    let roles = RoleTable::new(account, app::roles::list(tx, true)?);
    Ok(render(&group, &policies, &roles))
}

/// The group of the id in the path.
pub fn named(req: &HttpRequest) -> Result<GroupRef, Error> {
    by_id(req.match_info().get("user_group_id").unwrap_or_default())
}

/// The group of that id; a text that can be no id names none.
pub fn by_id(named: &str) -> Result<GroupRef, Error> {
    named
        .parse()
        .map(GroupRef::Id)
        .map_err(|_| Error::not_found("user group", named))
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::GROUPS)?;
    let account = caller.account();
    if let Some(id) = params.get("id").filter(|id| !id.is_empty()) {
        caller.require(Permission::DirectoryRead)?;
        let found = match by_id(id) {
            Ok(which) => caller.read(|tx| shown_now(tx, &which, account)),
            Err(error) => Err(error),
        };
        let found = match found {
            Err(error) if error.kind() == Kind::NotFound => None,
            found => Some(found?),
        };
        let named = |shown: &Value| params.get("name").is_none_or(|name| shown["name"] == name);
        let (items, total) = page.cut(found.into_iter().filter(named).collect());
        return Ok(envelope::page(items, page, total));
    }
    let some = |name| {
        params
            .get(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let asked = GroupPage {
        name: some("name"),
        part: some("fuzzyName"),
        descending: params.descending()?,
        offset: page.offset(),
        limit: page.per_page,
    };
    let (items, total) = caller
        .read_long(move |tx| {
            let (found, total) = pages::page(tx, &asked)?;
            let roles = RoleTable::new(account, app::roles::list(tx, true)?);
            let items = found
                .iter()
                .map(|(group, policies)| render(group, policies, &roles));
            Ok((items.collect::<Vec<Value>>(), total))
        })
        .await?;
    Ok(envelope::page(items, page, total))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let which = named(&req)?;
    let shown = caller.read(|tx| shown_now(tx, &which, caller.account()))?;
    Ok(envelope::one(shown))
}

fn name(fields: &Fields<'_>) -> Result<Option<GroupName>, ApiError> {
    let name = fields.text("name")?.map(GroupName::chosen).transpose();
    name.map_err(|error| ApiError::at(fields.at("name"), error))
}

pub async fn create(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::DirectoryWrite, &req, payload).await?;
    let fields = Fields::of(&body, "")?;
    let name = name(&fields)?.ok_or_else(|| fields.missing("name"))?;
    let policies = policies::read(&fields, caller.account())?.unwrap_or_default();
    let account = caller.account();
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            let (_, group) = by_hand::make(tx, &name, &policies)?;
            shown_now(tx, &GroupRef::Id(group.id), account)
        })
        .await?;
    Ok(envelope::done(done))
}

/// What a PUT changes.
pub fn read_change(fields: &Fields<'_>, account: AccountId) -> Result<GroupChange, ApiError> {
    Ok(GroupChange {
        name: name(fields)?,
        policies: policies::read(fields, account)?,
    })
}

/// Policies are replaced as a whole where the body has them, and stay where it has not.
pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::DirectoryWrite, &req, payload).await?;
    let which = named(&req)?;
    caller.read(|tx| by_hand::find(tx, &which))?;
    let change = read_change(&Fields::of(&body, "")?, caller.account())?;
    let account = caller.account();
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            by_hand::change(tx, &which, &change)?;
            shown_now(tx, &which, account)
        })
        .await?;
    Ok(envelope::done(done))
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let which = named(&req)?;
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            by_hand::remove(tx, &which)
        })
        .await?;
    Ok(envelope::done(done.map(|group| json!({ "id": group.id }))))
}
