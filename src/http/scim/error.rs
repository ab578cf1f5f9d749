//! The SCIM door's errors: RFC 7644 3.12 bodies, whatever went wrong and wherever.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};

use crate::domain::error::{Error, Kind};
use crate::domain::provisioning::Refusal;
use crate::domain::reason::Reason;
use crate::http::error::add_headers;
use crate::scim;

/// An error on its way to a SCIM client.
#[derive(Debug)]
pub enum ScimError {
    /// The request is no good SCIM.
    Protocol(scim::Error),
    /// It is, and can't be done.
    Domain(Error),
    /// It is no good HTTP for this route.
    Http(HttpFault),
}

/// What the framework, or the reading of a body, refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpFault {
    RouteUnknown,
    MethodNotAllowed { allow: &'static str },
    HostInvalid,
    AuthorizationTwice,
    MediaType,
    ContentEncoding,
    BodyTooLarge { max: usize },
    BulkTooLarge { max: usize },
    BodyTooSlow,
    BodyBroken,
    HeadTooLarge { max: usize },
    TooManyConnections,
    TooManyRequests,
}

impl HttpFault {
    pub(in crate::http) fn status(self) -> u16 {
        match self {
            Self::RouteUnknown => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::HostInvalid | Self::AuthorizationTwice | Self::BodyBroken => 400,
            Self::MediaType | Self::ContentEncoding => 415,
            Self::BodyTooLarge { .. } | Self::BulkTooLarge { .. } => 413,
            Self::BodyTooSlow => 408,
            Self::HeadTooLarge { .. } => 431,
            Self::TooManyConnections | Self::TooManyRequests => 503,
        }
    }

    pub(in crate::http) fn reason(self) -> Reason {
        match self {
            Self::RouteUnknown => Reason::RouteUnknown,
            Self::MethodNotAllowed { .. } => Reason::MethodNotAllowed,
            Self::HostInvalid | Self::AuthorizationTwice | Self::BodyBroken => Reason::BadRequest,
            Self::MediaType => Reason::MediaType,
            Self::ContentEncoding => Reason::ContentEncoding,
            Self::BodyTooLarge { .. } | Self::BulkTooLarge { .. } | Self::HeadTooLarge { .. } => {
                Reason::TooLarge
            }
            Self::BodyTooSlow => Reason::Timeout,
            Self::TooManyConnections | Self::TooManyRequests => Reason::Busy,
        }
    }

    /// Whether the connection ends with the answer: what still comes on it can't be trusted
    /// to be the next request.
    pub(in crate::http) fn closes(self) -> bool {
        match self {
            Self::BodyTooLarge { .. }
            | Self::BulkTooLarge { .. }
            | Self::BodyTooSlow
            | Self::BodyBroken
            | Self::HeadTooLarge { .. }
            | Self::ContentEncoding
            | Self::TooManyConnections => true,
            Self::RouteUnknown
            | Self::MethodNotAllowed { .. }
            | Self::HostInvalid
            | Self::AuthorizationTwice
            | Self::MediaType
            | Self::TooManyRequests => false,
        }
    }

    pub(in crate::http) fn detail(self) -> String {
        match self {
            Self::RouteUnknown => {
                "SCIM has no such resource; it serves /Users, /Groups, /Me, /Bulk, \
                /ServiceProviderConfig, /ResourceTypes and /Schemas."
                    .to_owned()
            }
            Self::MethodNotAllowed { allow } => {
                format!("This resource takes only {allow}; use one of these methods.")
            }
            Self::HostInvalid => "The Host header names no host; send the name and port that the \
                base URL has."
                .to_owned(),
            Self::AuthorizationTwice => "The request has more than one Authorization header; send \
                one."
                .to_owned(),
            Self::MediaType => "The body must be sent as application/scim+json (or \
                application/json); set the Content-Type."
                .to_owned(),
            Self::ContentEncoding => "Compressed bodies are not read; send the body without \
                Content-Encoding."
                .to_owned(),
            Self::BodyTooLarge { max } => {
                format!(
                    "The body is larger than the {max} bytes this request may have; send the \
                    change in smaller parts."
                )
            }
            // RFC 7644 3.7.4: the limit is named.
            Self::BulkTooLarge { max } => {
                format!(
                    "The bulk request is larger than maxPayloadSize, which is {max} bytes; send \
                    its operations in several requests."
                )
            }
            Self::BodyTooSlow => {
                "The body did not arrive in time; send the request again.".to_owned()
            }
            Self::BodyBroken => {
                "The body could not be read to its end; send the request again.".to_owned()
            }
            Self::HeadTooLarge { max } => {
                format!(
                    "The request line and headers are larger than {max} bytes, or too \
                    many; shorten the URL, use a shorter filter."
                )
            }
            Self::TooManyConnections => "This address has as many connections open as it may; \
                close some."
                .to_owned(),
            Self::TooManyRequests => "The server is answering as many requests as it takes; send \
                the request again."
                .to_owned(),
        }
    }
}

impl From<scim::Error> for ScimError {
    fn from(error: scim::Error) -> Self {
        Self::Protocol(error)
    }
}

impl From<Error> for ScimError {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<HttpFault> for ScimError {
    fn from(fault: HttpFault) -> Self {
        Self::Http(fault)
    }
}

impl ScimError {
    /// The error as it is answered.
    pub fn wire(&self) -> scim::Error {
        match self {
            Self::Protocol(error) => error.clone(),
            Self::Domain(error) => scim::error::from_domain(error),
            Self::Http(fault) => scim::Error {
                status: fault.status(),
                scim_type: None,
                detail: fault.detail(),
                reason: fault.reason(),
            },
        }
    }

    /// How the provisioning log keeps it.
    pub fn refusal(&self) -> Refusal {
        let error = self.wire();
        Refusal {
            status: error.status,
            scim_type: error.scim_type.map_or("", scim::ScimType::name),
            reason: error.reason,
            detail: error.detail,
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
            Self::Domain(_) | Self::Protocol(_) | Self::Http(_) => None,
        }
    }
}

impl fmt::Display for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wire().detail)
    }
}

impl ResponseError for ScimError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.wire().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let error = self.wire();
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Domain(error) => add_headers(&mut response, error),
            Self::Protocol(_) => {}
            Self::Http(fault) => {
                if let HttpFault::MethodNotAllowed { allow } = fault {
                    response.insert_header((header::ALLOW, *allow));
                }
                if fault.status() == 503 {
                    response.insert_header((header::RETRY_AFTER, "1"));
                }
                if fault.closes() {
                    response.force_close();
                }
            }
        }
        response.content_type(scim::MEDIA_TYPE).body(error.body())
    }
}
