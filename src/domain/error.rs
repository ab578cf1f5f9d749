//! One error for everything inside; each door renders it in its own way.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use super::reason::Reason;
use super::text::shown;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can do about an error; doors choose the status code from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No credential, or one that is not good (any more).
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// Unknown, or another account's: the two are not told apart.
    NotFound,
    /// A value breaks a rule.
    Invalid,
    /// The attribute or record can't be changed.
    Immutable,
    /// A name or external id is taken.
    Conflict,
    /// The record changed since the caller read it.
    Stale,
    /// More at once than a limit allows.
    TooMany,
    /// More bytes than a limit allows.
    TooLarge,
    /// Sooner than a limit allows; see [`Error::retry_after_seconds`].
    RateLimited,
    /// Part of the standard, and not offered here.
    Unsupported,
    /// Not now; see [`Error::retry_after_seconds`].
    Unavailable,
    /// The disk is full.
    StorageFull,
    /// Our fault.
    Internal,
}

/// An error: what the caller may read, and apart from it what only our log may hold.
pub struct Error {
    kind: Kind,
    reason: Reason,
    message: Cow<'static, str>,
    retry_after_seconds: Option<u32>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub fn new(kind: Kind, reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            reason,
            message: message.into(),
            retry_after_seconds: None,
            source: None,
        }
    }

    pub fn unauthenticated(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Unauthenticated, reason, message)
    }

    pub fn forbidden(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Forbidden, reason, message)
    }

    /// `noun` is what was looked for: "User", "Group", "connection".
    pub fn not_found(noun: &str, id: impl fmt::Display) -> Self {
        let id = shown(&id.to_string());
        Self::new(
            Kind::NotFound,
            Reason::NotFound,
            format!(
                "There is no {noun} {id} {}; {}.",
                place_of(noun),
                missed(noun)
            ),
        )
    }

    pub fn invalid(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Invalid, reason, message)
    }

    pub fn immutable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Immutable, Reason::Mutability, message)
    }

    /// The same for a reason of its own.
    pub fn immutable_for(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Immutable, reason, message)
    }

    pub fn conflict(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Conflict, reason, message)
    }

    pub fn stale(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Stale, Reason::Stale, message)
    }

    pub fn too_many(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::TooMany, Reason::TooMany, message)
    }

    pub fn unavailable(
        reason: Reason,
        message: impl Into<Cow<'static, str>>,
        retry_after_seconds: u32,
    ) -> Self {
        Self::new(Kind::Unavailable, reason, message).with_retry_after(retry_after_seconds)
    }

    /// `what` failed and is not the caller's business; it goes to the log alone.
    pub fn internal(what: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut error = Self::new(
            Kind::Internal,
            Reason::Internal,
            "Provost failed to answer this request; nothing was changed, and the server's log has \
             the cause under the request id.",
        );
        error.source = Some(what.into());
        error
    }

    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Safe for the caller to read, always.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whole seconds: Okta reads nothing else.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        self.retry_after_seconds
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} ({}): {}",
            self.kind,
            self.reason.code(),
            self.message
        )?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}
/// Where it would be: accounts share some things.
fn place_of(noun: &str) -> &'static str {
    match noun {
        "account" | "kind of provider" | "operator" => "on this server",
        _ => "in this account",
    }
}

/// What to do about something that is not there: not everything can have been deleted.
fn missed(noun: &str) -> &'static str {
    match noun {
        "audit row" => {
            "rows of the audit log are never removed, so compare the number or ID with the list"
        }
        "log row" => "look for it in the list, rows are removed when the retention is over",
        "connection" => "connections are never deleted, so look it up in the list",
        "kind of provider" => "it is one of okta, entra, authentik and generic",
        _ => "look it up by name, it may have been deleted",
    }
}
