//! The rows of a view of the audit log as a file.

use serde_json::json;

use super::{PAGE_ROWS, source_of};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::audit::{AuditLook, AuditRow};
use crate::domain::instant::print_ms;
use crate::http::console::caller::AccountCaller;
use crate::http::console::list::Export;
use crate::http::console::{Answer, export, history};

/// Rows of a piece of an export, and rows that are gone through for it.
const EXPORT_ROWS: usize = 500;
const EXPORT_LOOKED: i64 = 10_000;
/// The same of the first piece, which somebody waits for.
const EXPORT_LOOKED_FIRST: i64 = 2_000;
const COLUMNS: [&str; 14] = [
    "seq",
    "id",
    "at",
    "action",
    "type",
    "result",
    "source",
    "actor",
    "address",
    "object_kind",
    "object_id",
    "object_name",
    "before",
    "after",
];
/// The rows of the view as a file (T-28); that it was made stands in the log itself (T-105).
pub(super) async fn send(caller: AccountCaller, form: Export, mut look: AuditLook) -> Answer {
    caller.require_confirmed()?;
    let since = (look.since_ms > i64::MIN).then_some(look.since_ms);
    caller
        .write(Permission::LogsRead, move |tx| {
            app::audit::record_export(tx, "audit", since)
        })
        .await?;
    look.before = None;
    let mut ended = false;
    let next = move |tx: &crate::store::tx::ReadTx<'_>| {
        if ended {
            return Ok(None);
        }
        let span = match look.before {
            None => (EXPORT_LOOKED_FIRST, PAGE_ROWS),
            Some(_) => (EXPORT_LOOKED, EXPORT_ROWS),
        };
        let found = app::audit::look(tx, &look, span)?;
        ended = found.next.is_none();
        look.before = found.next;
        Ok(Some(found.rows.iter().map(cells).collect()))
    };
    Ok(export::send(caller, form, "audit-log", &COLUMNS, next).await?)
}

fn cells(row: &AuditRow) -> export::Row {
    let entry = history::entry_of(row);
    let (action, resource) = (&entry["action"], &entry["resource"]);
    vec![
        json!(row.seq),
        json!(row.id),
        json!(print_ms(row.at_ms)),
        action["description"].clone(),
        action["type"].clone(),
        action["result"].clone(),
        json!(source_of(&entry).name()),
        json!(history::actor_id(&entry)),
        entry["actor"]["ip_address"].clone(),
        resource["type"].clone(),
        resource["id"].clone(),
        resource["name"].clone(),
        resource["request"].clone(),
        resource["response"].clone(),
    ]
}
