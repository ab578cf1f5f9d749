//! `…/iam/resource_groups`: what policies apply to.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::policies::{read_scope, render_resource_group};
use super::query::Params;
use crate::app;
use crate::app::resource_groups::ResourceGroupChange;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::{AccountId, ResourceGroupId};
use crate::domain::resource_group::ResourceGroup;
use crate::domain::text::Label;

/// Most of them in one answer: all that an account can have with a name, and some without.
const LISTED_MAX: i64 = 10_000;

fn id_of(req: &HttpRequest) -> Result<ResourceGroupId, Error> {
    let named = req.match_info().get("resource_group_id");
    by_id(named.unwrap_or_default())
}

/// That id; a text that can be none names none.
pub fn by_id(named: &str) -> Result<ResourceGroupId, Error> {
    named
        .parse()
        .map_err(|_| Error::not_found("resource group", named))
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let name = params.get("name").map(str::to_owned);
    let found = caller
        .read_long(move |tx| app::resource_groups::list(tx, name.as_deref(), 0, LISTED_MAX))
        .await?;
    let wanted = |group: &&ResourceGroup| {
        params
            .get("id")
            .is_none_or(|wanted| wanted == group.id.to_string())
    };
    let shown = found.iter().filter(wanted);
    let shown = shown.map(|group| render_resource_group(group, caller.account()));
    Ok(envelope::whole(shown.collect()))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let id = id_of(&req)?;
    let group = caller.read(|tx| app::resource_groups::get(tx, id))?;
    Ok(envelope::one(render_resource_group(
        &group,
        caller.account(),
    )))
}

fn name(fields: &Fields<'_>) -> Result<Option<Label>, ApiError> {
    let name = fields.text("name")?.map(Label::parse).transpose();
    name.map_err(|error| ApiError::at(fields.at("name"), error))
}

pub async fn create(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::DirectoryWrite, &req, payload).await?;
    let fields = Fields::of(&body, "")?;
    let name = name(&fields)?.ok_or_else(|| fields.missing("name"))?;
    let scope = read_scope(&fields, caller.account())?;
    let scope = scope.ok_or_else(|| fields.missing("scope"))?;
    let account = caller.account();
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            app::resource_groups::create(tx, &name, scope)
        })
        .await?;
    Ok(envelope::done(
        done.map(|group| render_resource_group(&group, account)),
    ))
}

/// What a PUT changes.
pub fn read_change(
    fields: &Fields<'_>,
    account: AccountId,
) -> Result<ResourceGroupChange, ApiError> {
    Ok(ResourceGroupChange {
        name: name(fields)?,
        scope: read_scope(fields, account)?,
    })
}

pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::DirectoryWrite, &req, payload).await?;
    let id = id_of(&req)?;
    caller.read(|tx| app::resource_groups::get(tx, id))?;
    let change = read_change(&Fields::of(&body, "")?, caller.account())?;
    let account = caller.account();
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            app::resource_groups::update(tx, id, &change)
        })
        .await?;
    Ok(envelope::done(
        done.map(|group| render_resource_group(&group, account)),
    ))
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let id = id_of(&req)?;
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            app::resource_groups::delete(tx, id)
        })
        .await?;
    let gone: super::caller::Done<Value> = done.map(|group| json!({ "id": group.id }));
    Ok(envelope::done(gone))
}
