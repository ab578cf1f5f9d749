//! A plan as a file: its groups as CSV, all of it as JSON, and what makes the same groups at
//! Cloudflare itself, as Terraform or as a script.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::plan::plan_id;
use super::{decisions, run_of};
use crate::app::legacy;
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::MigrationId;
use crate::domain::legacy::plan::{Plan, PlannedGroup};
use crate::domain::legacy::{calls, terraform};
use crate::http::console::Answer;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::export::csv_line;

mod layout;

use layout::laid_out;

/// The columns of the CSV file.
const COLUMNS: [&str; 9] = [
    "group",
    "class",
    "choice",
    "new_name",
    "role",
    "members",
    "connection",
    "state",
    "told",
];

/// `POST /a/{account_id}/migrate/plan.{form}`: the plan with the decisions of the form.
pub async fn of_plan(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryRead)?;
    let (id, options) = (plan_id(&caller, &form), decisions::read(&form));
    let plan = caller
        .read_long(move |tx| legacy::plan::make(tx, id, &options))
        .await?;
    Ok(file(&req, &plan)?)
}

/// `GET /a/{account_id}/migrate/{run_id}/plan.{form}`: the plan that was carried out.
pub async fn of_run(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let id = run_of(&req)?;
    // The document alone tells the people, who may be thousands.
    if form_of(&req) == "json" {
        let plan = caller
            .read_long(move |tx| legacy::runs::plan_document(tx, id))
            .await?;
        return Ok(sent(id, "json", laid_out(&plan) + "\n"));
    }
    let run = caller
        .read_long(move |tx| legacy::runs::outline(tx, id))
        .await?;
    Ok(file(&req, &run.plan)?)
}

fn form_of(req: &HttpRequest) -> &str {
    req.match_info().get("form").unwrap_or_default()
}

fn file(req: &HttpRequest, plan: &Plan) -> Result<HttpResponse> {
    let form = form_of(req);
    let text = match form {
        "csv" => as_csv(plan)?,
        "tf" => terraform::file(plan),
        "sh" => calls::script(plan),
        _ => serde_json::to_string_pretty(plan).map_err(Error::internal)? + "\n",
    };
    Ok(sent(plan.id, form, text))
}

fn sent(id: MigrationId, form: &str, text: String) -> HttpResponse {
    let kind = match form {
        "csv" => "text/csv; charset=utf-8",
        "tf" | "sh" => "text/plain; charset=utf-8",
        _ => "application/json",
    };
    let name = format!("attachment; filename=\"plan-{id}.{form}\"");
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(text)
}

/// A line for each group.
fn as_csv(plan: &Plan) -> Result<String> {
    let mut out = String::new();
    csv_line(COLUMNS.into_iter(), &mut out);
    for group in &plan.groups {
        let cells = cells(group)?;
        csv_line(cells.iter().map(String::as_str), &mut out);
    }
    Ok(out)
}

/// The word that the plan's document has for it.
fn word(value: impl serde::Serialize) -> Result<String> {
    let value = serde_json::to_value(value).map_err(Error::internal)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

fn cells(group: &PlannedGroup) -> Result<[String; 9]> {
    let mut told = vec![group.explanation.as_str()];
    told.extend(group.conflicts.iter().map(|one| one.message.as_str()));
    let policy = group.policy.as_ref();
    let connection = group.connection.as_ref();
    Ok([
        group.old_name.clone(),
        word(group.class)?,
        word(group.choice)?,
        group.new_name.clone().unwrap_or_default(),
        policy.map_or_else(String::new, |one| one.role.clone()),
        group.members.to_string(),
        connection.map_or_else(String::new, |one| one.name.clone()),
        word(group.state)?,
        told.join(" "),
    ])
}
