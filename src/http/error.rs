//! What the errors of every door have in common: the status of each kind, and headers.

use actix_web::HttpResponseBuilder;
use actix_web::http::{StatusCode, header};

use super::api::error::ApiError;
use super::console::error::ConsoleError;
use super::scim::error::{HttpFault, ScimError};
use crate::domain::error::{Error, Kind};

/// What an address speaks, also where no route is: what the framework refuses is told in the
/// shape that others there have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Dialect {
    Scim,
    Api,
    Console,
}

impl Dialect {
    pub(in crate::http) fn of(path: &str) -> Self {
        let machine = path == "/client" || path.starts_with("/client/");
        if path.contains("/scim/") {
            Self::Scim
        } else if machine || matches!(path, "/healthz" | "/readyz" | "/metrics") {
            Self::Api
        } else {
            Self::Console
        }
    }

    pub(in crate::http) fn fault(self, fault: HttpFault) -> actix_web::Error {
        match self {
            Self::Scim => ScimError::from(fault).into(),
            Self::Api => ApiError::from(fault).into(),
            Self::Console => ConsoleError::from(fault).into(),
        }
    }

    pub(in crate::http) fn error(self, error: Error) -> actix_web::Error {
        match self {
            Self::Scim => ScimError::from(error).into(),
            Self::Api => ApiError::from(error).into(),
            Self::Console => ConsoleError::from(error).into(),
        }
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

/// Headers that go with an error whatever its body's shape.
pub fn add_headers(response: &mut HttpResponseBuilder, error: &Error) {
    if error.kind() == Kind::Unauthenticated {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if let Some(seconds) = error.retry_after_seconds() {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
}
