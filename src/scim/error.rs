//! SCIM's own errors, and how every error of the domain looks in SCIM (RFC 7644 3.12).

use std::fmt;

use super::{ERROR_URN, write};
use crate::domain::error as domain;
use crate::domain::reason::Reason;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error keywords of RFC 7644 table 9 and of RFC 9865 2.1. Its third one, `expiredCursor`,
/// is missing: our cursors do not expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    InvalidFilter,
    TooMany,
    Uniqueness,
    Mutability,
    InvalidSyntax,
    InvalidPath,
    NoTarget,
    InvalidValue,
    InvalidVers,
    Sensitive,
    InvalidCursor,
    InvalidCount,
}

impl ScimType {
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// An error as a SCIM client reads it. `detail` is one sentence that names what clashed and
/// what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The HTTP status code.
    pub status: u16,
    pub scim_type: Option<ScimType>,
    pub detail: String,
    pub reason: Reason,
}

impl Error {
    fn bad(scim_type: ScimType, reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            status: 400,
            scim_type: Some(scim_type),
            detail: detail.into(),
            reason,
        }
    }

    /// The filter can't be read, or asks for an order of what has none.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidFilter, Reason::InvalidFilter, detail)
    }

    /// The path of a PATCH operation can't be read.
    pub fn unreadable_path(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidPath, Reason::PathUnreadable, detail)
    }

    /// The path of a PATCH operation names nothing we know.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidPath, Reason::InvalidPath, detail)
    }

    /// The path of a PATCH operation is missing, or its filter matches nothing.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::NoTarget, Reason::NoTarget, detail)
    }

    /// A read-only or immutable attribute was written.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::Mutability, Reason::Mutability, detail)
    }

    /// A value of the wrong type, too long, or missing where one is required.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidValue, Reason::InvalidValue, detail)
    }

    /// A group's member list names somebody who can't be in the account.
    pub fn unknown_member(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidValue, Reason::UnknownMember, detail)
    }

    /// The body is not JSON, or not the message it should be.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidSyntax, Reason::InvalidSyntax, detail)
    }

    /// More at once than a limit allows.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::TooMany, Reason::TooMany, detail)
    }

    /// 413: a bulk request beyond a limit, which the detail names (RFC 7644 3.7.4).
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self {
            status: 413,
            scim_type: None,
            detail: detail.into(),
            reason: Reason::TooLarge,
        }
    }

    /// A cursor that this list did not give (RFC 9865 2.1).
    pub fn invalid_cursor(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidCursor, Reason::InvalidCursor, detail)
    }

    /// A count that can't be, or not with this cursor (RFC 9865 2.1).
    pub fn invalid_count(detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidCount, Reason::InvalidCount, detail)
    }

    /// 409: a name or an external id is taken; `reason` says which.
    pub fn uniqueness(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            status: 409,
            scim_type: Some(ScimType::Uniqueness),
            detail: detail.into(),
            reason,
        }
    }

    /// The body of the answer (RFC 7644 3.12).
    pub fn body(&self) -> String {
        error_body(self.status, self.scim_type, &self.detail)
    }
}

/// The body of an error answer; `status` is a string there (RFC 7644 3.12).
pub fn error_body(status: u16, scim_type: Option<ScimType>, detail: &str) -> String {
    let mut out = String::with_capacity(160 + detail.len());
    out.push_str("{\"schemas\":[\"");
    out.push_str(ERROR_URN);
    out.push_str("\"],\"status\":\"");
    out.push_str(&status.to_string());
    out.push('"');
    if let Some(scim_type) = scim_type {
        out.push_str(",\"scimType\":\"");
        out.push_str(scim_type.name());
        out.push('"');
    }
    out.push_str(",\"detail\":");
    write::push_string(&mut out, detail);
    out.push('}');
    out
}

/// The table from the domain's kinds of error to SCIM's.
pub fn from_domain(error: &domain::Error) -> Error {
    let (status, scim_type) = match error.kind() {
        domain::Kind::Unauthenticated => (401, None),
        domain::Kind::Forbidden => (403, None),
        domain::Kind::NotFound => (404, None),
        domain::Kind::Invalid => (400, Some(invalid_type(error.reason()))),
        domain::Kind::Immutable => (400, Some(ScimType::Mutability)),
        domain::Kind::Conflict => (409, Some(ScimType::Uniqueness)),
        domain::Kind::Stale => (412, None),
        domain::Kind::TooMany => (400, Some(ScimType::TooMany)),
        domain::Kind::TooLarge => (413, None),
        domain::Kind::RateLimited => (429, None),
        domain::Kind::Unsupported => (501, None),
        domain::Kind::Unavailable => (503, None),
        domain::Kind::StorageFull => (507, None),
        domain::Kind::Internal => (500, None),
    };
    Error {
        status,
        scim_type,
        detail: error.message().to_owned(),
        reason: error.reason(),
    }
}

/// What is invalid is a value, unless the error came from SCIM's own grammar and only passed
/// through a use case.
fn invalid_type(reason: Reason) -> ScimType {
    const OWN: [(Reason, ScimType); 7] = [
        (Reason::InvalidFilter, ScimType::InvalidFilter),
        (Reason::InvalidPath, ScimType::InvalidPath),
        (Reason::PathUnreadable, ScimType::InvalidPath),
        (Reason::NoTarget, ScimType::NoTarget),
        (Reason::InvalidSyntax, ScimType::InvalidSyntax),
        (Reason::InvalidCursor, ScimType::InvalidCursor),
        (Reason::InvalidCount, ScimType::InvalidCount),
    ];
    let own = OWN.iter().find(|(other, _)| *other == reason);
    own.map_or(ScimType::InvalidValue, |(_, scim_type)| *scim_type)
}

impl From<domain::Error> for Error {
    fn from(error: domain::Error) -> Self {
        from_domain(&error)
    }
}

/// For use cases that fold SCIM operations inside their transaction; [`from_domain`] gives
/// the same error back.
impl From<Error> for domain::Error {
    fn from(error: Error) -> Self {
        let kind = match error.scim_type {
            Some(ScimType::Mutability) => domain::Kind::Immutable,
            Some(ScimType::TooMany) => domain::Kind::TooMany,
            Some(ScimType::Uniqueness) => domain::Kind::Conflict,
            Some(
                ScimType::InvalidFilter
                | ScimType::InvalidSyntax
                | ScimType::InvalidPath
                | ScimType::NoTarget
                | ScimType::InvalidValue
                | ScimType::InvalidVers
                | ScimType::Sensitive
                | ScimType::InvalidCursor
                | ScimType::InvalidCount,
            )
            | None => domain::Kind::Invalid,
        };
        Self::new(kind, error.reason, error.detail)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_a_string_and_text_is_escaped() {
        let body = Error::invalid_path("No \"x\".").body();
        assert_eq!(
            body,
            "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"],\"status\":\"400\",\
             \"scimType\":\"invalidPath\",\"detail\":\"No \\\"x\\\".\"}"
        );
    }

    #[test]
    fn a_trip_through_the_domain_changes_nothing() {
        for error in [
            Error::invalid_filter("a"),
            Error::invalid_path("a"),
            Error::unreadable_path("a"),
            Error::no_target("a"),
            Error::mutability("a"),
            Error::invalid_value("a"),
            Error::unknown_member("a"),
            Error::invalid_syntax("a"),
            Error::too_many("a"),
            Error::invalid_cursor("a"),
            Error::invalid_count("a"),
            Error::uniqueness(Reason::UserNameTaken, "a"),
        ] {
            assert_eq!(Error::from(domain::Error::from(error.clone())), error);
        }
    }
}
