//! `…/logs/audit` (v2) and `…/audit_logs` (as it was before).

use actix_web::HttpRequest;
use serde_json::{Map, Value, json};

use super::Answer;
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{self, Page, cursor, read_cursor};
use super::query::Params;
use crate::app;
use crate::domain::account::Account;
use crate::domain::audit::{AuditCondition, AuditField, AuditRow, AuditSearch};
use crate::domain::error::Error;
use crate::domain::instant::print_ms;

/// The names that version 2 searches by.
const FIELDS: [(&str, AuditField); 23] = [
    ("id", AuditField::Id),
    ("audit_log_id", AuditField::Id),
    ("account_name", AuditField::AccountName),
    ("action_description", AuditField::ActionDescription),
    ("action_result", AuditField::ActionResult),
    ("action_type", AuditField::ActionType),
    ("actor_context", AuditField::ActorContext),
    ("actor_email", AuditField::ActorEmail),
    ("actor_id", AuditField::ActorId),
    ("actor_ip_address", AuditField::ActorAddress),
    ("actor_token_id", AuditField::ActorTokenId),
    ("actor_token_name", AuditField::ActorTokenName),
    ("actor_type", AuditField::ActorType),
    ("raw_cf_ray_id", AuditField::RequestId),
    ("raw_method", AuditField::Method),
    ("raw_status_code", AuditField::StatusCode),
    ("raw_uri", AuditField::Uri),
    ("resource_id", AuditField::ResourceId),
    ("resource_product", AuditField::ResourceProduct),
    ("resource_scope", AuditField::ResourceScope),
    ("resource_type", AuditField::ResourceType),
    ("zone_id", AuditField::ZoneId),
    ("zone_name", AuditField::ZoneName),
];

/// The names of the older version, and of which part of an entry each is.
const FIELDS_LEGACY: [(&str, AuditField); 5] = [
    ("id", AuditField::Id),
    ("action.type", AuditField::ActionType),
    ("actor.email", AuditField::ActorEmail),
    ("actor.ip", AuditField::ActorAddress),
    ("zone.name", AuditField::ZoneName),
];

/// A product of the log: its value and its label.
type Product = (&'static str, &'static str);

/// The categories: value, label, products.
const CATEGORIES: [(&str, &str, &[Product]); 3] = [
    (
        "account_and_billing",
        "Account",
        &[
            ("accounts", "Accounts"),
            ("tokens", "API tokens"),
            ("sso", "SSO connectors"),
        ],
    ),
    (
        "identity",
        "Members and access",
        &[
            ("members", "Members"),
            ("roles", "Roles"),
            ("user_groups", "User groups"),
            ("resource_groups", "Resource groups"),
            ("scim", "SCIM provisioning"),
        ],
    ),
    ("system", "The server", &[("system", "The server")]),
];

/// Longest list of one condition.
const VALUES_MAX: usize = 100;

/// An entry as it was written, with the account that it is of.
fn render(row: &AuditRow, account: &Account) -> Result<Value, Error> {
    let mut entry: Map<String, Value> =
        serde_json::from_str(&row.entry).map_err(Error::internal)?;
    entry.insert(
        "account".to_owned(),
        json!({ "id": account.id, "name": account.name }),
    );
    Ok(Value::Object(entry))
}

/// The same in the older shape.
fn render_legacy(row: &AuditRow, account: &Account) -> Result<Value, Error> {
    let entry: Value = serde_json::from_str(&row.entry).map_err(Error::internal)?;
    let text = |part: &str| match &entry["resource"][part] {
        Value::Null => String::new(),
        value => value.to_string(),
    };
    let kind = if entry["actor"]["type"] == "system" {
        "Cloudflare"
    } else {
        "user"
    };
    Ok(json!({
        "id": entry["id"],
        "when": print_ms(row.at_ms),
        "action": {
            "type": entry["action"]["type"],
            "result": entry["action"]["result"] == "success",
            "info": entry["action"]["description"],
        },
        "actor": {
            "id": entry["actor"]["id"],
            "email": entry["actor"]["email"],
            "ip": entry["actor"]["ip_address"],
            "type": kind,
        },
        "interface": "API",
        "metadata": { "name": entry["resource"]["name"], "uri": entry["raw"]["uri"] },
        "newValue": text("response"),
        "oldValue": text("request"),
        "owner": { "id": account.id },
        "resource": { "id": entry["resource"]["id"], "type": entry["resource"]["type"] },
    }))
}

fn conditions(
    params: &Params,
    fields: &[(&str, AuditField)],
) -> Result<Vec<AuditCondition>, ApiError> {
    let mut found = Vec::new();
    for (name, field) in fields {
        for (name, negated) in [((*name).to_owned(), false), (format!("{name}.not"), true)] {
            let values = params.all(&name);
            if values.len() > VALUES_MAX {
                return Err(ApiError::field(
                    &name,
                    format!("{name} is sent more than {VALUES_MAX} times; send fewer."),
                ));
            }
            if !values.is_empty() {
                found.push(AuditCondition {
                    field: *field,
                    values,
                    negated,
                });
            }
        }
    }
    Ok(found)
}

/// The products of the categories that are asked for.
fn of_categories(params: &Params) -> Option<AuditCondition> {
    let wanted = params.all("product_category");
    if wanted.is_empty() {
        return None;
    }
    let chosen = CATEGORIES
        .iter()
        .filter(|(value, _, _)| wanted.iter().any(|wanted| wanted == value));
    let products = chosen.flat_map(|(_, _, products)| products.iter());
    Some(AuditCondition {
        field: AuditField::ResourceProduct,
        values: products.map(|(value, _)| (*value).to_owned()).collect(),
        negated: false,
    })
}

fn search_of(params: &Params) -> Result<AuditSearch, ApiError> {
    let required = |name: &str| {
        params.instant(name)?.ok_or_else(|| {
            ApiError::field(
                name,
                format!("{name} is missing; send a date or a time, such as {name}=2026-11-21."),
            )
        })
    };
    let limit = params.number("limit")?.unwrap_or(paging::LOGS.default);
    let mut conditions = conditions(params, &FIELDS)?;
    conditions.extend(of_categories(params));
    Ok(AuditSearch {
        since_ms: required("since")?,
        before_ms: required("before")?,
        conditions,
        oldest_first: params.direction()? == Some(false),
        after_seq: read_cursor(params)?,
        offset: 0,
        limit: limit.clamp(paging::LOGS.min, paging::LOGS.max),
    })
}

/// What fits of the rows, of which there may be one too many, and where the next page begins.
fn cut(mut rows: Vec<AuditRow>, limit: i64) -> (Vec<AuditRow>, Option<String>) {
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| cursor(row.seq));
    (rows, next)
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let mut search = search_of(&params)?;
    let limit = search.limit;
    search.limit += 1;
    let rows = caller
        .read_long(move |tx| app::audit::search(tx, &search))
        .await?;
    let (rows, next) = cut(rows, limit);
    let account = caller.read(app::accounts::current)?;
    let items = rows.iter().map(|row| render(row, &account));
    Ok(envelope::after(items.collect::<Result<_, _>>()?, next))
}

/// What else happened to what an entry is about.
pub async fn history(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let id = req.match_info().get("id").unwrap_or_default().to_owned();
    let mut search = search_of(&params)?;
    // The entry's own id is in the path.
    search
        .conditions
        .retain(|condition| condition.field != AuditField::Id);
    let limit = search.limit;
    search.limit += 1;
    let rows = caller
        .read_long(move |tx| app::audit::history(tx, &id, &search))
        .await?;
    let (rows, next) = cut(rows, limit);
    let account = caller.read(app::accounts::current)?;
    let items: Result<Vec<Value>, Error> = rows.iter().map(|row| render(row, &account)).collect();
    let mut info = json!({ "count": rows.len().to_string(), "history_status": "exact" });
    if let Some(next) = next {
        info["cursors"] = json!({ "after": next });
        info["cursor"] = Value::from(next);
    }
    Ok(envelope::listed(info, items?))
}

pub async fn product_categories(caller: ApiCaller) -> Answer {
    caller.require(crate::domain::actor::Permission::LogsRead)?;
    let shown = CATEGORIES.iter().map(|(value, label, products)| {
        let products = products
            .iter()
            .map(|(value, label)| json!({ "value": value, "label": label }));
        json!({ "value": value, "label": label, "products": products.collect::<Vec<Value>>() })
    });
    Ok(envelope::whole(shown.collect()))
}

pub async fn list_legacy(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::LOGS)?;
    let mut conditions = conditions(&params, &FIELDS_LEGACY)?;
    if params.boolean("hide_user_logs")? {
        conditions.push(AuditCondition {
            field: AuditField::ActorType,
            values: vec!["user".to_owned()],
            negated: true,
        });
    }
    let search = AuditSearch {
        since_ms: params.instant("since")?.unwrap_or(i64::MIN),
        before_ms: params.instant("before")?.unwrap_or(i64::MAX),
        conditions,
        oldest_first: params.direction()? == Some(false),
        after_seq: None,
        offset: page.offset(),
        limit: page.per_page,
    };
    let (rows, total) = caller
        .read_long(move |tx| app::audit::search_page(tx, &search))
        .await?;
    let account = caller.read(app::accounts::current)?;
    let items = rows.iter().map(|row| render_legacy(row, &account));
    Ok(envelope::page(
        items.collect::<Result<_, _>>()?,
        page,
        total,
    ))
}
