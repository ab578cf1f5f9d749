//! What a command says when it can't do what it was asked: three lines and an exit code.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::config::ConfigError;
use crate::domain::error::{Error, Kind};
use crate::domain::reason::Reason;
use crate::store::open::OpenError;
use crate::tls::TlsError;

/// The exit codes that more than one module names.
pub mod exit {
    pub const DONE: u8 = 0;
    pub const FAILED: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const CONFIG: u8 = 3;
    pub const NOT_FOUND: u8 = 4;
    pub const CONFLICT: u8 = 5;
    pub const NOT_ALLOWED: u8 = 6;
    /// A check or a comparison failed.
    pub const CHECK_FAILED: u8 = 7;
    pub const UNAVAILABLE: u8 = 8;
    /// A guard refused it.
    pub const GUARD: u8 = 9;
}

/// What to do before the last Super Administrator goes.
const ANOTHER_SUPER_ADMINISTRATOR: &str =
    "provost policy add MEMBER --role \"Super Administrator\" --scope account";

/// A command that failed: what, why, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub exit_code: u8,
    pub what: String,
    pub why: String,
    pub next: String,
}

impl Fault {
    pub fn new(
        exit_code: u8,
        what: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            exit_code,
            what: what.into(),
            why: why.into(),
            next: next.into(),
        }
    }

    /// An argument that can't be meant so.
    pub fn usage(what: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(exit::USAGE, what, why, next)
    }

    /// `what` could not be done because of `error`, whose message names the remedy after its
    /// last semicolon; without one, `next` is it.
    pub fn of_error(error: &Error, what: impl Into<String>, next: &str) -> Self {
        let is_last = error.reason() == Reason::LastSuperAdministrator;
        let exit_code = match error.kind() {
            Kind::Forbidden if is_last || error.reason() == Reason::LastBoxAdministrator => {
                exit::GUARD
            }
            Kind::RateLimited if error.reason() == Reason::Brake => exit::GUARD,
            Kind::Invalid | Kind::TooMany | Kind::TooLarge => exit::USAGE,
            Kind::NotFound => exit::NOT_FOUND,
            Kind::Conflict if error.reason() == Reason::AccessChanges => exit::CHECK_FAILED,
            Kind::Conflict | Kind::Stale => exit::CONFLICT,
            Kind::Unauthenticated | Kind::Forbidden | Kind::Immutable => exit::NOT_ALLOWED,
            Kind::RateLimited | Kind::Unavailable | Kind::StorageFull => exit::UNAVAILABLE,
            Kind::Unsupported | Kind::Internal => exit::FAILED,
        };
        let message = error.message().trim_end_matches('.');
        let (why, remedy) = message.rsplit_once("; ").unwrap_or((message, next));
        // What a listing shows helps more than the general advice.
        let next = if is_last {
            ANOTHER_SUPER_ADMINISTRATOR
        } else if error.kind() == Kind::NotFound {
            next
        } else {
            remedy
        };
        Self::new(exit_code, what, why, next)
    }
}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Self {
        Self::new(exit::CONFIG, error.what, error.why, error.next)
    }
}

impl From<TlsError> for Fault {
    fn from(error: TlsError) -> Self {
        Self::new(exit::CONFIG, error.what, error.why, error.next)
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        let what = "cannot open the data folder";
        Self::new(error.exit_code(), what, error.to_string(), error.remedy())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.what, self.why, self.next)
    }
}

/// Why a command ended before its end.
#[derive(Debug)]
pub enum Stop {
    Fault(Fault),
    /// Whoever reads the answer is gone, or can't take more.
    Output(io::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_of_an_error_is_the_third_line() {
        let error = Error::conflict(
            Reason::NameTaken,
            "The name \"A\" is taken; choose another.",
        );
        let fault = Fault::of_error(&error, "cannot create the account", "?");
        assert_eq!(fault.exit_code, exit::CONFLICT);
        assert_eq!(
            (fault.why.as_str(), fault.next.as_str()),
            ("The name \"A\" is taken", "choose another")
        );
        let missing = Error::not_found("token", "x");
        let fault = Fault::of_error(&missing, "cannot revoke it", "provost token list");
        assert_eq!(fault.next, "provost token list");
    }
}
