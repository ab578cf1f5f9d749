//! The envelope that every answer of the REST API comes in.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderName;
use serde_json::{Value, json};

use super::caller::Done;
use super::paging::Page;
use crate::domain::id::AuditId;

pub const JSON: &str = "application/json";

/// Ties an answer to its row of the audit log, as Cloudflare's does.
const AUDIT_ID: HeaderName = HeaderName::from_static("cf-auditlog-id");

/// One thing.
pub fn one(result: Value) -> HttpResponse {
    answer(json!({ "success": true, "errors": [], "messages": [], "result": result }))
}

/// One thing that is JSON text already.
pub fn written(result: &str) -> HttpResponse {
    let body = format!("{{\"success\":true,\"errors\":[],\"messages\":[],\"result\":{result}}}");
    HttpResponse::Ok().content_type(JSON).body(body)
}

/// One thing, with something said beside it.
pub fn said(result: Value, code: u16, message: &str) -> HttpResponse {
    answer(json!({
        "success": true, "errors": [],
        "messages": [{ "code": code, "message": message }],
        "result": result,
    }))
}

/// What a write came to, with the id of its row of the audit log.
pub fn done(done: Done<Value>) -> HttpResponse {
    audited(one(done.value), done.audit)
}

/// The same of a list.
pub fn done_whole(done: Done<Vec<Value>>) -> HttpResponse {
    audited(whole(done.value), done.audit)
}

/// The same where the answer says nothing of it.
pub fn done_without_result<T>(done: &Done<T>) -> HttpResponse {
    let body = json!({ "success": true, "errors": [], "messages": [] });
    audited(answer(body), done.audit)
}

fn audited(mut response: HttpResponse, audit: Option<AuditId>) -> HttpResponse {
    if let Some(id) = audit
        && let Ok(id) = id.to_string().parse()
    {
        response.headers_mut().insert(AUDIT_ID, id);
    }
    response
}

/// A page of a list: past its end it is empty, and never anything else.
pub fn page(items: Vec<Value>, page: Page, total: i64) -> HttpResponse {
    let total_pages = total.div_euclid(page.per_page) + i64::from(total % page.per_page > 0);
    listed(
        json!({
            "page": page.page,
            "per_page": page.per_page,
            "count": items.len(),
            "total_count": total,
            "total_pages": total_pages,
        }),
        items,
    )
}

/// A list that comes in one piece.
pub fn whole(items: Vec<Value>) -> HttpResponse {
    let count = items.len();
    listed(
        json!({
            "page": 1, "per_page": count, "count": count, "total_count": count, "total_pages": 1,
        }),
        items,
    )
}

/// A page of a list that is read by cursor; `next` is missing at its end.
pub fn after(items: Vec<Value>, next: Option<String>) -> HttpResponse {
    let mut info = json!({ "count": items.len().to_string() });
    if let Some(next) = next {
        info["cursors"] = json!({ "after": next });
        info["cursor"] = Value::from(next);
    }
    listed(info, items)
}

/// A list with what is said about it.
pub fn listed(result_info: Value, items: Vec<Value>) -> HttpResponse {
    answer(json!({
        "success": true, "errors": [], "messages": [],
        "result": items, "result_info": result_info,
    }))
}

fn answer(body: Value) -> HttpResponse {
    HttpResponse::Ok().content_type(JSON).body(body.to_string())
}
