//! The errors of the REST door: the envelope of `/client/v4`, whatever went wrong and wherever.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::{Value, json};

use crate::domain::error::{Error, Kind};
use crate::domain::reason::Reason;
use crate::http::error::{add_headers, status_of};
use crate::http::scim::error::{HttpFault, ScimError};
use crate::scim;

/// The official clients repeat what they get a 409 for unless they are told not to, and a
/// duplicate does not become unique by waiting.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// An error on its way to a client of the REST API.
#[derive(Debug)]
pub enum ApiError {
    /// It can't be done.
    Domain(Error),
    /// A part of the request, by JSON pointer into the body or by parameter, is no good.
    Field { pointer: String, error: Error },
    /// It is no good HTTP for this route.
    Http(HttpFault),
}

impl ApiError {
    /// A value of the body that breaks a rule; `pointer` leads to it (RFC 6901).
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Field {
            pointer: pointer.into(),
            error: Error::invalid(Reason::InvalidValue, message.into()),
        }
    }

    /// An error of the domain about that part of the request.
    pub fn at(pointer: impl Into<String>, error: Error) -> Self {
        Self::Field {
            pointer: pointer.into(),
            error,
        }
    }

    pub fn reason(&self) -> Reason {
        match self {
            Self::Domain(error) | Self::Field { error, .. } => error.reason(),
            Self::Http(fault) => fault.reason(),
        }
    }

    /// What only our log may know.
    pub fn cause(&self) -> Option<&Error> {
        match self {
            Self::Domain(error)
                if matches!(
                    error.kind(),
                    Kind::Internal | Kind::Unavailable | Kind::StorageFull
                ) =>
            {
                Some(error)
            }
            Self::Domain(_) | Self::Field { .. } | Self::Http(_) => None,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Domain(error) | Self::Field { error, .. } => error.message().to_owned(),
            Self::Http(fault) => detail(*fault),
        }
    }

    fn code(&self) -> u16 {
        match self {
            Self::Domain(error) | Self::Field { error, .. } => code_of(error),
            Self::Http(fault) => fault_code(*fault),
        }
    }

    fn body(&self) -> String {
        let mut error = json!({ "code": self.code(), "message": self.message() });
        if let Self::Field { pointer, .. } = self {
            error["source"] = json!({ "pointer": pointer });
        }
        json!({ "success": false, "errors": [error], "messages": [], "result": Value::Null })
            .to_string()
    }
}

/// The integer code of each kind of error, in the words of `docs/api.md`.
fn code_of(error: &Error) -> u16 {
    let reason = error.reason();
    match error.kind() {
        Kind::Unauthenticated if reason == Reason::TokenMissing => 9106,
        Kind::Unauthenticated => 1000,
        Kind::Forbidden if matches!(reason, Reason::PermissionMissing | Reason::TokenAddress) => {
            9109
        }
        Kind::Forbidden => 10_000,
        Kind::NotFound if reason == Reason::RouteUnknown => 7003,
        Kind::NotFound => 1003,
        Kind::Invalid if reason == Reason::RoleScope => 1006,
        Kind::Invalid => 1001,
        Kind::Immutable => 1002,
        Kind::Conflict => 1004,
        Kind::Stale => 1005,
        Kind::TooMany => 1007,
        Kind::TooLarge => 1008,
        Kind::RateLimited => 10_429,
        Kind::Unsupported => 1009,
        Kind::Unavailable => 1010,
        Kind::StorageFull => 1011,
        Kind::Internal => 1012,
    }
}

fn fault_code(fault: HttpFault) -> u16 {
    match fault {
        HttpFault::RouteUnknown => 7003,
        HttpFault::MethodNotAllowed { .. } => 7001,
        HttpFault::HostInvalid
        | HttpFault::AuthorizationTwice
        | HttpFault::MediaType
        | HttpFault::ContentEncoding
        | HttpFault::HeadTooLarge { .. } => 6003,
        HttpFault::BodyTooLarge { .. } | HttpFault::BulkTooLarge { .. } => 1008,
        HttpFault::BodyTooSlow | HttpFault::BodyBroken => 1001,
        HttpFault::TooManyConnections | HttpFault::TooManyRequests => 1010,
    }
}

/// What this door says in other words than SCIM does.
fn detail(fault: HttpFault) -> String {
    match fault {
        HttpFault::RouteUnknown => "There is nothing at this address; GET \
            /client/v4/openapi.json lists what there is."
            .to_owned(),
        HttpFault::MediaType => {
            "The body must be sent as application/json; set the Content-Type.".to_owned()
        }
        HttpFault::HeadTooLarge { max } => format!(
            "The request line and headers are larger than {max} bytes, or too many; send fewer \
             parameters."
        ),
        HttpFault::MethodNotAllowed { .. }
        | HttpFault::HostInvalid
        | HttpFault::AuthorizationTwice
        | HttpFault::ContentEncoding
        | HttpFault::BodyTooLarge { .. }
        | HttpFault::BulkTooLarge { .. }
        | HttpFault::BodyTooSlow
        | HttpFault::BodyBroken
        | HttpFault::TooManyConnections
        | HttpFault::TooManyRequests => fault.detail(),
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<HttpFault> for ApiError {
    fn from(fault: HttpFault) -> Self {
        Self::Http(fault)
    }
}

impl From<scim::Error> for ApiError {
    /// The reader of bodies and of query strings is SCIM's.
    fn from(error: scim::Error) -> Self {
        Self::Domain(Error::invalid(error.reason, error.detail))
    }
}

impl From<ScimError> for ApiError {
    fn from(error: ScimError) -> Self {
        match error {
            ScimError::Protocol(error) => error.into(),
            ScimError::Domain(error) => Self::Domain(error),
            ScimError::Http(fault) => Self::Http(fault),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Domain(error) | Self::Field { error, .. } => status_of(error.kind()),
            Self::Http(fault) => {
                StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Domain(error) | Self::Field { error, .. } => {
                add_headers(&mut response, error);
                if error.kind() == Kind::Conflict {
                    response.insert_header((SHOULD_RETRY, HeaderValue::from_static("false")));
                }
            }
            Self::Http(fault) => add_fault_headers(&mut response, *fault),
        }
        response
            .content_type(super::envelope::JSON)
            .body(self.body())
    }
}

fn add_fault_headers(response: &mut HttpResponseBuilder, fault: HttpFault) {
    if let HttpFault::MethodNotAllowed { allow } = fault {
        response.insert_header((header::ALLOW, allow));
    }
    if fault.status() == 503 {
        response.insert_header((header::RETRY_AFTER, "1"));
    }
    if fault.closes() {
        response.force_close();
    }
}
