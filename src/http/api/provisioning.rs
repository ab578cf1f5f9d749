//! `…/provisioning_log`: every SCIM request that asked for a change, and what came of it.

use actix_web::HttpRequest;
use serde_json::{Value, json};

use super::Answer;
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{self, cursor, read_cursor};
use super::query::Params;
use crate::app;
use crate::domain::instant::print_ms;
use crate::domain::provisioning::{Outcome, ProvisioningFilter, ProvisioningRow};
use crate::domain::query::{Start, Window};

fn render(row: &ProvisioningRow) -> Value {
    let connection = row
        .connection
        .as_ref()
        .map(|(id, name, kind)| json!({ "id": id, "name": name, "kind": kind.name() }));
    json!({
        "id": row.seq.to_string(),
        "time": print_ms(row.at_ms),
        "connection": connection,
        "token_id": row.token,
        "request_id": row.request,
        "method": row.method,
        "uri": row.uri,
        "ip_address": row.address,
        "target": { "type": row.target_kind, "id": row.target_id, "name": row.target_name },
        "outcome": row.outcome.name(),
        "status_code": row.status,
        "scim_type": row.scim_type,
        "reason": row.reason.map(crate::domain::reason::Reason::code),
        "detail": row.detail,
        "fix": row.fix(),
        "changes": row.changes,
        "duration_us": row.duration_us,
    })
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let outcome = match params.get("outcome").filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(Outcome::parse(text).ok_or_else(|| {
            ApiError::field(
                "outcome",
                "outcome must be applied, unchanged, refused or failed; send one of them.",
            )
        })?),
    };
    let filter = ProvisioningFilter {
        connection: params.get("connection").map(str::to_owned),
        outcome,
        since_ms: params.instant("since")?,
    };
    let limit = params.number("limit")?.unwrap_or(paging::LOGS.default);
    let limit = limit.clamp(paging::LOGS.min, paging::LOGS.max);
    let oldest_first = params.direction()? == Some(false);
    let from = match (oldest_first, read_cursor(&params)?) {
        (true, seq) => Start::After(seq.unwrap_or(0)),
        (false, Some(seq)) => Start::Before(seq),
        (false, None) => Start::Newest,
    };
    // One more, to know whether there are more.
    let window = Window {
        from,
        limit: limit + 1,
    };
    let mut rows = caller
        .read_long(move |tx| app::provisioning::list(tx, &filter, window))
        .await?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| cursor(row.seq));
    Ok(envelope::after(rows.iter().map(render).collect(), next))
}
