//! `…/domains`: the account's domains, which resource groups are made of. Ours.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{self, Page};
use super::query::Params;
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::domains::{DOMAINS_MAX, Domain, DomainName};
use crate::domain::error::Error;
use crate::domain::id::DomainId;

fn render(domain: &Domain) -> Value {
    json!({ "id": domain.id, "name": domain.name })
}

fn id_of(req: &HttpRequest) -> Result<String, Error> {
    let named = req.match_info().get("domain_id").unwrap_or_default();
    let id: Result<DomainId, _> = named.parse();
    id.map(|id| id.to_string())
        .map_err(|_| Error::not_found("domain", named))
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::GROUPS)?;
    let mut all = caller
        .read_long(|tx| app::domains::list(tx, None, DOMAINS_MAX))
        .await?;
    all.retain(|domain| params.get("name").is_none_or(|name| name == domain.name));
    let (items, total) = page.cut(all);
    Ok(envelope::page(
        items.iter().map(render).collect(),
        page,
        total,
    ))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let id = id_of(&req)?;
    let domain = caller.read(|tx| app::domains::find(tx, &id))?;
    Ok(envelope::one(render(&domain)))
}

pub async fn create(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::DirectoryWrite, &req, payload).await?;
    let fields = Fields::of(&body, "")?;
    let name = DomainName::parse(fields.required_text("name")?);
    let name = name.map_err(|error| ApiError::at("/name", error))?;
    let id = fields.parsed("id", "32 lower-case hex digits", |id| id.parse().ok())?;
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            app::domains::add(tx, &name, id)
        })
        .await?;
    Ok(envelope::done(done.map(|domain| render(&domain))))
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let id = id_of(&req)?;
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            app::domains::remove(tx, &id)
        })
        .await?;
    Ok(envelope::done(
        done.map(|domain| json!({ "id": domain.id })),
    ))
}
