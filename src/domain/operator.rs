//! Operators: people who sign in to the console, with a password of their own. What one may do
//! in an account follows from the roles of a member that was made for them there.

use std::fmt;

use super::error::{Error, Result};
use super::id::{AccountId, MemberId, OperatorId};
use super::reason::Reason;
use super::text::{Label, fold, forbidden_char, shown};

/// An operator, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the row")]
pub struct Operator {
    pub id: OperatorId,
    pub name: String,
    /// What they sign in with; unique on the box, letter case aside.
    pub email: String,
    /// Whether accounts, operators, TLS and backups are theirs too.
    pub box_administrator: bool,
    /// Cannot sign in.
    pub disabled: bool,
    pub has_password: bool,
    /// Whether signing in asks for a code of an authenticator too.
    pub has_totp: bool,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
    pub settings: Settings,
    /// Milliseconds since 1970, UTC; `None`: never.
    pub signed_in_ms: Option<i64>,
    pub created_ms: i64,
}

/// How the console looks and behaves for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub theme: Theme,
    /// A name of the IANA time zone database.
    pub zone: String,
    /// Whether single keys do something.
    pub shortcuts: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            zone: "UTC".to_owned(),
            shortcuts: true,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the browser says.
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// Somebody to become an operator.
#[derive(Debug, Clone)]
pub struct NewOperator {
    pub name: Label,
    pub email: Email,
    /// The first operator is one whatever this says.
    pub box_administrator: bool,
}

/// Where an operator works: a member of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workplace {
    pub account: AccountId,
    pub account_name: String,
    pub member: MemberId,
}

/// The address an operator signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    key: String,
}

impl Email {
    /// As RFC 5321 4.5.3.1 limits a path.
    pub const CHARS_MAX: usize = 254;

    /// Errors: `Invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let shaped = text.split_once('@').is_some_and(|(who, host)| {
            let plain = |part: &str| !part.is_empty() && !part.contains(['@', ' ']);
            plain(who) && plain(host)
        });
        let fits = text.chars().count() <= Self::CHARS_MAX && forbidden_char(text).is_none();
        if shaped && fits {
            return Ok(Self {
                text: text.to_owned(),
                key: fold(text),
            });
        }
        Err(Error::invalid(
            Reason::InvalidValue,
            format!(
                "\"{}\" is no e-mail address; write it as name@example.com.",
                shown(text)
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Under which it is unique: see [`fold`].
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The userName of the member that is made for the operator in an account. It is not the
    /// bare address: that is left to the person whom a provider pushes under it.
    pub fn member_name(&self) -> String {
        format!("{} (console)", self.text)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Nobody would be left to administer the box.
pub fn last_box_administrator() -> Error {
    Error::forbidden(
        Reason::LastBoxAdministrator,
        "This is the last operator who may administer the server; make another one a server \
         administrator first.",
    )
}

pub fn email_taken(email: &str) -> Error {
    Error::conflict(
        Reason::NameTaken,
        format!(
            "An operator with the address {} exists; use another address, or let this one work in \
             one more account on their page or with provost admin assign.",
            shown(email)
        ),
    )
}

pub fn unknown(named: &str) -> Error {
    Error::new(
        super::error::Kind::NotFound,
        Reason::NotFound,
        format!(
            "There is no operator {}; `provost admin list` shows them.",
            shown(named)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts_and_no_space() {
        for good in ["ada@example.com", " ada@example.com ", "ä@ö.example"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c",
            "a b@c",
            "a\u{202e}@c",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_is_found_in_any_letter_case() {
        let one = Email::parse("Ada@Example.com").expect("an address");
        assert_eq!(
            one.key(),
            Email::parse("ADA@example.COM").expect("one").key()
        );
        assert_eq!(one.as_str(), "Ada@Example.com");
    }
}
