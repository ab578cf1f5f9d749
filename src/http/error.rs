//! Errors outside the SCIM door: the envelope of the REST API (errors with a code and a message),
//! which every client of `/client/v4` reads.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::json;

use crate::domain::error::{Error, Kind};

/// A domain error as JSON.
#[derive(Debug)]
pub struct PlainError(pub Error);

impl From<Error> for PlainError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for PlainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The HTTP status of each kind.
pub fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Invalid | Kind::Immutable | Kind::TooMany => StatusCode::BAD_REQUEST,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn code_of(kind: Kind) -> u16 {
    match kind {
        Kind::Unauthenticated => 1000,
        Kind::Forbidden => 9109,
        Kind::NotFound => 7003,
        Kind::Invalid | Kind::Immutable | Kind::TooMany | Kind::TooLarge => 1001,
        Kind::Conflict => 1002,
        Kind::Stale => 1003,
        Kind::RateLimited => 10_429,
        Kind::Unsupported | Kind::Unavailable | Kind::StorageFull | Kind::Internal => 1004,
    }
}

impl ResponseError for PlainError {
    fn status_code(&self) -> StatusCode {
        status_of(self.0.kind())
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        add_headers(&mut response, &self.0);
        response.content_type("application/json").body(
            json!({
                "success": false,
                "errors": [{ "code": code_of(self.0.kind()), "message": self.0.message() }],
                "messages": [], "result": null,
            })
            .to_string(),
        )
    }
}

/// Headers that go with an error whatever its body's shape.
pub fn add_headers(response: &mut HttpResponseBuilder, error: &Error) {
    if error.kind() == Kind::Unauthenticated {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if let Some(seconds) = error.retry_after_seconds() {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
}
