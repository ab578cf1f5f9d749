//! `…/legacy_groups`: groups whose names grant roles, and their way to user groups. Ours.

use actix_web::{HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Answer;
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{cursor, read_cursor};
use super::preview::{self, limit};
use super::query::Params;
use crate::app::legacy;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::id::MigrationId;
use crate::domain::legacy::document as render;
use crate::domain::legacy::plan::{ConvertRequest, PlanOptions};
use crate::scim::json::JsonLimits;
use crate::store::grants::HoldersAfter;

fn id_of(req: &HttpRequest) -> Result<MigrationId, Error> {
    let named = req.match_info().get("migration_id").unwrap_or_default();
    named
        .parse()
        .map_err(|_| Error::not_found("Migration", named))
}

/// Reads one part of the body into a type of the plan's document.
fn typed<T: DeserializeOwned>(value: &Value, pointer: &str) -> Result<T, ApiError> {
    serde_json::from_value(value.clone()).map_err(|error| {
        ApiError::field(
            pointer,
            format!("{pointer} is not what a plan holds there: {error}; correct it."),
        )
    })
}

/// Options of a plan; the pointer of a complaint leads to the decision or group that is wrong.
fn options(fields: &Fields<'_>) -> Result<PlanOptions, ApiError> {
    let mut options = PlanOptions {
        template: fields.text("template")?.map(str::to_owned),
        ..PlanOptions::default()
    };
    if let Some(decisions) = fields.list("decisions")? {
        for (place, decision) in decisions.iter().enumerate() {
            let pointer = format!("{}/{place}", fields.at("decisions"));
            options.decisions.push(typed(decision, &pointer)?);
        }
    }
    if let Some(import) = fields.value("import") {
        options.import = Some(typed(import, &fields.at("import"))?);
    }
    Ok(options)
}

/// What a document of the domain comes to: large ones are written once, and not built as values
/// before.
fn written(document: &impl serde::Serialize) -> Answer {
    let result = serde_json::to_string(document).map_err(Error::internal)?;
    Ok(envelope::written(&result))
}

pub async fn inventory(caller: ApiCaller) -> Answer {
    let found = caller.read_long(legacy::inventory::read).await?;
    Ok(envelope::one(render::inventory(&found)))
}

pub async fn mapping(caller: ApiCaller) -> Answer {
    let status = caller.read(legacy::mapping::status)?;
    Ok(envelope::one(render::mapping(&status)))
}

/// What the mapping is to be.
struct Switch {
    on: bool,
    allow_super_administrator: bool,
}

impl Switch {
    fn read(fields: &Fields<'_>) -> Result<Self, ApiError> {
        let on = fields.boolean("enabled")?;
        let super_administrator = fields.boolean("allow_super_administrator")?;
        let read = Self {
            on: on.ok_or_else(|| fields.missing("enabled"))?,
            allow_super_administrator: super_administrator.unwrap_or(false),
        };
        if read.allow_super_administrator && !read.on {
            return Err(ApiError::field(
                fields.at("allow_super_administrator"),
                "allow_super_administrator says nothing while the mapping is switched off; leave \
                 it out.",
            ));
        }
        Ok(read)
    }
}

/// Switches the mapping on or off; `…/mapping/preview` tells before whom it touches.
pub async fn set_mapping(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::AccountWrite, &req, payload).await?;
    let switch = Switch::read(&Fields::of(&body, "")?)?;
    let done = caller
        .write(Permission::AccountWrite, move |tx| {
            if switch.on {
                let on = legacy::mapping::switch_on(tx, switch.allow_super_administrator)?;
                return Ok(render::switched_on(&on));
            }
            legacy::mapping::switch_off(tx).map(|off| render::switched_off(&off))
        })
        .await?;
    Ok(envelope::done(done))
}

/// Who would gain or lose what by [`set_mapping`].
pub async fn preview_mapping(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let params = Params::of(&req)?;
    let body = body::read(&caller, Permission::AccountWrite, &req, payload).await?;
    let switch = Switch::read(&Fields::of(&body, "")?)?;
    let after = read_cursor(&params)?.map_or_else(HoldersAfter::default, HoldersAfter::of_key);
    let limit = limit(&params)?;
    let done = caller
        .write(Permission::AccountWrite, move |tx| {
            if switch.on {
                let allow = switch.allow_super_administrator;
                return legacy::mapping::preview_on(tx, allow, after, limit);
            }
            legacy::mapping::preview_off(tx, after, limit)
        })
        .await?;
    let found = done.value;
    Ok(envelope::after(
        found.differences.iter().map(preview::render).collect(),
        found.next.map(|next| cursor(next.key())),
    ))
}

/// What a migration would do; nothing is changed, and nothing stored.
pub async fn plan(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let permission = Permission::DirectoryRead;
    let body = body::read_up_to(&caller, permission, &req, payload, &JsonLimits::GROUP).await?;
    let options = options(&Fields::of(&body, "")?)?;
    let id = legacy::plan::new_id(caller.state().db());
    let made = caller
        .read_long(move |tx| {
            let plan = legacy::plan::make(tx, id, &options)?;
            serde_json::to_string(&plan).map_err(Error::internal)
        })
        .await?;
    Ok(envelope::written(&made))
}

/// Carries a plan out, after a backup.
pub async fn convert(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let permission = Permission::DirectoryWrite;
    let body = body::read_up_to(&caller, permission, &req, payload, &JsonLimits::GROUP).await?;
    let fields = Fields::of(&body, "")?;
    let id = fields.parsed("id", "the id of a plan", |text| text.parse().ok())?;
    let mut asked = ConvertRequest {
        id: id.ok_or_else(|| fields.missing("id"))?,
        fingerprint: fields.required_text("fingerprint")?.to_owned(),
        options: match fields.object("options")? {
            Some(fields) => options(&fields)?,
            None => PlanOptions::default(),
        },
        confirmed: Vec::new(),
    };
    for (place, member) in fields
        .list("confirmed")?
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let pointer = format!("{}/{place}", fields.at("confirmed"));
        let member = member.as_str().and_then(|text| text.parse().ok());
        asked.confirmed.push(member.ok_or_else(|| {
            let problem = format!("{pointer} is no id of a member; send the plan's people's ids.");
            ApiError::field(&pointer, problem)
        })?);
    }
    let run = caller
        .work(permission, move |db, seat, write| {
            legacy::convert::convert(db, seat, write, asked)
        })
        .await?;
    Ok(envelope::one(render::run(&run)))
}

pub async fn runs(caller: ApiCaller) -> Answer {
    let found = caller.read(legacy::runs::list)?;
    Ok(envelope::whole(found.iter().map(render::head).collect()))
}

pub async fn run(caller: ApiCaller, req: HttpRequest) -> Answer {
    let id = id_of(&req)?;
    let found = caller
        .read_long(move |tx| legacy::runs::get(tx, id))
        .await?;
    written(&render::Whole::of(&found))
}

/// Whether access is as planned, and what providers have sent since.
pub async fn verification(caller: ApiCaller, req: HttpRequest) -> Answer {
    let id = id_of(&req)?;
    let found = caller
        .read_long(move |tx| legacy::verify::verify(tx, id))
        .await?;
    Ok(envelope::one(render::verification(&found)))
}

/// What an undo would do.
pub async fn preview_undo(caller: ApiCaller, req: HttpRequest) -> Answer {
    let id = id_of(&req)?;
    let found = caller
        .read_long(move |tx| legacy::undo::preview(tx, id))
        .await?;
    Ok(envelope::one(render::undo(&found)))
}

/// An optional body with one optional flag.
async fn flag(
    caller: &ApiCaller,
    req: &HttpRequest,
    payload: web::Payload,
    name: &str,
) -> Result<bool, ApiError> {
    let permission = Permission::DirectoryWrite;
    let bytes = body::optional(caller, permission, req, payload).await?;
    let Some(body) = bytes else { return Ok(false) };
    Ok(Fields::of(&body, "")?.boolean(name)?.unwrap_or(false))
}

pub async fn undo(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let partial = flag(&caller, &req, payload, "partial").await?;
    let id = id_of(&req)?;
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            legacy::undo::undo(tx, id, partial)
        })
        .await?;
    Ok(envelope::done(done.map(|undo| render::undo(&undo))))
}

/// What closing would do.
pub async fn preview_close(caller: ApiCaller, req: HttpRequest) -> Answer {
    let id = id_of(&req)?;
    let found = caller
        .read_long(move |tx| legacy::close::preview(tx, id))
        .await?;
    Ok(envelope::one(render::closed(&found)))
}

pub async fn close(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let anyway = flag(&caller, &req, payload, "anyway").await?;
    let id = id_of(&req)?;
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            legacy::close::close(tx, id, anyway)
        })
        .await?;
    Ok(envelope::done(done.map(|closed| render::closed(&closed))))
}
