//! The tenant.

use super::error::{Error, Result};
use super::id::AccountId;
use super::reason::Reason;
use super::text::{Label, forbidden_char};

/// The prefix that SCIM group names must not have, unless the account sets another.
pub const RESERVED_PREFIX_DEFAULT: &str = "CF";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// Unique on the box, letter case aside.
    pub name: String,
    /// Group names that begin like this are refused over SCIM; empty: none are.
    pub reserved_prefix: String,
    pub member_count: i64,
    /// Of user groups alone.
    pub group_count: i64,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
}

/// What an operator changes of an account; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    pub name: Option<Label>,
    /// See [`check_reserved_prefix`].
    pub reserved_prefix: Option<String>,
}

/// The longest reserved prefix, in characters.
pub const RESERVED_PREFIX_CHARS_MAX: usize = 32;

/// A prefix is visible text of at most [`RESERVED_PREFIX_CHARS_MAX`] characters; an empty
/// one reserves nothing.
///
/// Errors: `Invalid`.
pub fn check_reserved_prefix(prefix: &str) -> Result<()> {
    let fits = prefix.chars().count() <= RESERVED_PREFIX_CHARS_MAX;
    if fits && prefix.trim() == prefix && forbidden_char(prefix).is_none() {
        return Ok(());
    }
    Err(Error::invalid(
        Reason::InvalidValue,
        format!(
            "The reserved prefix must be visible text of at most {RESERVED_PREFIX_CHARS_MAX} \
             characters without outer white space; choose another."
        ),
    ))
}
