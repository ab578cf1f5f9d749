//! Whether the server lives, whether it can do its work, and its figures.

use actix_web::{HttpResponse, web};

use super::State;
use super::api::error::ApiError;
use super::caller::MetricsCaller;
use super::metrics::CONTENT_TYPE;
use crate::store::Condition;

/// `GET /healthz`: 200 as long as requests are answered.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok\n")
}

/// `GET /readyz`: 200 when reads and writes are served, else 503 with the reason.
pub async fn ready(state: web::Data<State>) -> HttpResponse {
    let (mut response, text) = match state.db().condition() {
        Condition::Healthy => (HttpResponse::Ok(), "ready\n"),
        Condition::Damaged => (
            HttpResponse::ServiceUnavailable(),
            "read-only: the database failed its integrity check; run `provost db check`\n",
        ),
        Condition::WriteFailed => (
            HttpResponse::ServiceUnavailable(),
            "read-only: a write could not be made durable; look at the disk and restart\n",
        ),
    };
    response
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

/// `GET /metrics`, for a token that may read metrics.
pub async fn metrics(
    _caller: MetricsCaller,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    open_metrics(state).await
}

/// The same on a listener of its own, which asks no token.
pub async fn open_metrics(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let text = state
        .metrics()
        .render(state.db(), state.in_flight().now())?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text))
}
