//! `…/tokens`: those of the account, and those of the person behind a member's token.

mod draft;

use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};

use super::Answer;
use super::body;
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{self, Page};
use super::query::Params;
use crate::app::tokens::{self, Whose};
use crate::domain::catalogue::{self, TokenPermissionGroup};
use crate::domain::error::Error;
use crate::domain::id::TokenId;
use crate::domain::instant::print_ms;
use crate::domain::reason::Reason;
use crate::domain::token::policy::TokenPolicy;
use crate::domain::token::{Token, TokenFilter};

/// The code that the real API sends along with "valid".
const VERIFIED: u16 = 10_000;

fn render(token: &Token, now_ms: i64) -> Value {
    let mut shown = json!({
        "id": token.id,
        "name": token.name,
        "status": token.status(now_ms).name(),
        "policies": token.policies.iter().map(render_policy).collect::<Vec<Value>>(),
        "issued_on": print_ms(token.created_ms),
        "modified_on": print_ms(token.modified_ms),
    });
    let times = [
        ("last_used_on", token.last_used_ms),
        ("expires_on", token.validity.expires_ms),
        ("not_before", token.validity.not_before_ms),
    ];
    for (name, ms) in times {
        if let Some(ms) = ms {
            shown[name] = Value::from(print_ms(ms));
        }
    }
    if !token.validity.addresses.is_empty() {
        shown["condition"] = json!({ "request_ip": token.validity.addresses });
    }
    shown
}

fn render_policy(policy: &TokenPolicy) -> Value {
    let group = |id: &_| {
        let known = catalogue::token_permission_group(*id);
        let mut shown = Map::new();
        shown.insert("id".to_owned(), json!(id));
        if let Some(known) = known {
            shown.insert("name".to_owned(), json!(known.name));
        }
        Value::Object(shown)
    };
    json!({
        "id": policy.id,
        "effect": policy.effect.name(),
        "permission_groups": policy.permission_groups.iter().map(group).collect::<Vec<Value>>(),
        "resources": policy.resources,
    })
}

fn render_group(group: &TokenPermissionGroup) -> Value {
    json!({
        "id": group.id,
        "name": group.name,
        "scopes": group.scopes,
        "category": group.category,
        "is_selectable": true,
    })
}

/// The id in the path; a text that can be no token's id names none.
fn id_of(req: &HttpRequest) -> Result<TokenId, Error> {
    let named = req.match_info().get("token_id").unwrap_or_default();
    named.parse().map_err(|_| Error::not_found("token", named))
}

fn listed(caller: &ApiCaller, req: &HttpRequest, whose: Whose) -> Answer {
    let params = Params::of(req)?;
    let page = Page::of(&params, paging::SMALL)?;
    let filter = TokenFilter {
        member: None,
        name: params.get("name").map(str::to_owned),
        include_expired: params.boolean("include_expired")?,
        descending: params.descending()?,
    };
    let (found, total) =
        caller.read(|tx| tokens::page(tx, whose, &filter, page.offset(), page.per_page))?;
    let items = found.iter().map(|token| render(token, caller.now_ms()));
    Ok(envelope::page(items.collect(), page, total))
}

async fn issued(
    caller: &ApiCaller,
    req: &HttpRequest,
    payload: web::Payload,
    whose: Whose,
) -> Answer {
    let body = body::read(caller, whose.write(), req, payload).await?;
    let draft = draft::read(&body, None)?;
    let done = caller
        .write(whose.write(), move |tx| tokens::issue(tx, whose, &draft))
        .await?;
    let now_ms = caller.now_ms();
    Ok(envelope::done(done.map(|issued| {
        let mut shown = render(&issued.token, now_ms);
        shown["value"] = Value::from(issued.secret.reveal());
        shown
    })))
}

fn shown(caller: &ApiCaller, req: &HttpRequest, whose: Whose) -> Answer {
    let id = id_of(req)?;
    let token = caller.read(|tx| tokens::get(tx, whose, id))?;
    Ok(envelope::one(render(&token, caller.now_ms())))
}

async fn replaced(
    caller: &ApiCaller,
    req: &HttpRequest,
    payload: web::Payload,
    whose: Whose,
) -> Answer {
    let body = body::read(caller, whose.write(), req, payload).await?;
    let id = id_of(req)?;
    // Looked for first: whoever names no token of theirs learns nothing else.
    let before = caller.read(|tx| tokens::get(tx, whose, id))?;
    let draft = draft::read(&body, Some(&before.validity.addresses))?;
    let done = caller
        .write(whose.write(), move |tx| {
            tokens::replace(tx, whose, id, &draft)
        })
        .await?;
    let now_ms = caller.now_ms();
    Ok(envelope::done(done.map(|token| render(&token, now_ms))))
}

async fn rolled(caller: &ApiCaller, req: &HttpRequest, whose: Whose) -> Answer {
    caller.require(whose.write())?;
    let id = id_of(req)?;
    let done = caller
        .write(whose.write(), move |tx| tokens::roll_now(tx, whose, id))
        .await?;
    Ok(envelope::done(
        done.map(|issued| Value::from(issued.secret.reveal())),
    ))
}

async fn ended(caller: &ApiCaller, req: &HttpRequest, whose: Whose) -> Answer {
    caller.require(whose.write())?;
    let id = id_of(req)?;
    let done = caller
        .write(whose.write(), move |tx| tokens::end(tx, whose, id))
        .await?;
    Ok(envelope::done(done.map(|token| json!({ "id": token.id }))))
}

fn verified(caller: &ApiCaller) -> Answer {
    let token = caller.read(tokens::own)?;
    let mut shown = json!({ "id": token.id, "status": token.status(caller.now_ms()).name() });
    let times = [
        ("expires_on", token.validity.expires_ms),
        ("not_before", token.validity.not_before_ms),
    ];
    for (name, ms) in times {
        if let Some(ms) = ms {
            shown[name] = Value::from(print_ms(ms));
        }
    }
    Ok(envelope::said(
        shown,
        VERIFIED,
        "This API Token is valid and active",
    ))
}

/// Everything a token can be given, in the catalogue's order.
fn groups(caller: &ApiCaller, req: &HttpRequest, whose: Whose) -> Answer {
    caller.require(whose.read())?;
    if whose == Whose::Own {
        caller.own_member()?;
    }
    let params = Params::of(req)?;
    let (name, scope) = (params.get("name"), params.get("scope"));
    let wanted = |group: &&TokenPermissionGroup| {
        name.is_none_or(|name| group.name == name)
            && scope.is_none_or(|scope| group.scopes.iter().any(|known| known == scope))
    };
    let found = catalogue::token_permission_groups().iter().filter(wanted);
    Ok(envelope::whole(found.map(render_group).collect()))
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    listed(&caller, &req, Whose::Account)
}

pub async fn create(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    issued(&caller, &req, payload, Whose::Account).await
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    shown(&caller, &req, Whose::Account)
}

pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    replaced(&caller, &req, payload, Whose::Account).await
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    ended(&caller, &req, Whose::Account).await
}

pub async fn roll(caller: ApiCaller, req: HttpRequest) -> Answer {
    rolled(&caller, &req, Whose::Account).await
}

pub async fn verify(caller: ApiCaller) -> Answer {
    verified(&caller)
}

pub async fn permission_groups(caller: ApiCaller, req: HttpRequest) -> Answer {
    groups(&caller, &req, Whose::Account)
}

pub async fn list_own(caller: ApiCaller, req: HttpRequest) -> Answer {
    listed(&caller, &req, Whose::Own)
}

pub async fn create_own(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    issued(&caller, &req, payload, Whose::Own).await
}

pub async fn get_own(caller: ApiCaller, req: HttpRequest) -> Answer {
    shown(&caller, &req, Whose::Own)
}

pub async fn update_own(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    replaced(&caller, &req, payload, Whose::Own).await
}

pub async fn delete_own(caller: ApiCaller, req: HttpRequest) -> Answer {
    ended(&caller, &req, Whose::Own).await
}

pub async fn roll_own(caller: ApiCaller, req: HttpRequest) -> Answer {
    rolled(&caller, &req, Whose::Own).await
}

/// The real API refuses an account's token here too, and says less about why.
pub async fn verify_own(caller: ApiCaller) -> Answer {
    if caller.own_member().is_ok() {
        return verified(&caller);
    }
    Err(ApiError::from(Error::unauthenticated(
        Reason::TokenUnknown,
        format!(
            "This token belongs to an account, not to a user; verify it at \
             /accounts/{}/tokens/verify.",
            caller.account()
        ),
    )))
}

pub async fn own_permission_groups(caller: ApiCaller, req: HttpRequest) -> Answer {
    groups(&caller, &req, Whose::Own)
}
