//! The first run: the link that starts it, and how far it has come.

use std::fmt;

use data_encoding::{Encoding, Specification};
use zeroize::Zeroizing;

use super::error::{Error, Kind, Result};
use super::id::{AccountId, ConnectionId};
use super::reason::Reason;

/// How long a link can be opened.
pub const LINK_MINUTES_DEFAULT: i64 = 30;
pub const LINK_MINUTES_MAX: i64 = 24 * 60;
/// What the random bytes of a link's code are cut to: 60 bits.
const CODE_CHARS: usize = 12;
/// Random characters of a recovery code: 80 bits.
const RECOVERY_CHARS: usize = 16;
/// Recovery codes that an operator is given.
pub const RECOVERY_CODES: usize = 10;

/// 32 letters and digits that nobody takes for one another (Crockford's alphabet).
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code that a person reads and types. It has no `Display`, `Serialize` or `Clone`.
pub struct Code(Zeroizing<String>);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl Code {
    /// Of a setup or recovery link: 60 bits.
    pub fn of_link(random: &[u8; 10]) -> Self {
        Self::of(random, CODE_CHARS)
    }

    /// A recovery code: 80 bits.
    pub fn of_recovery(random: &[u8; 10]) -> Self {
        Self::of(random, RECOVERY_CHARS)
    }

    fn of(random: &[u8; 10], chars: usize) -> Self {
        let mut text = Zeroizing::new(alphabet().encode(random));
        text.truncate(chars);
        Self(text)
    }

    /// What somebody typed: letter case, hyphens and spaces aside, O as 0, I and L as 1.
    pub fn typed(text: &str) -> Option<Self> {
        let mut code = Zeroizing::new(String::new());
        for c in text
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .take(RECOVERY_CHARS + 1)
        {
            code.push(match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            });
        }
        let known = code.chars().all(|c| ALPHABET.contains(c));
        let fits = [CODE_CHARS, RECOVERY_CHARS].contains(&code.len());
        (known && fits).then_some(Self(code))
    }

    /// Without hyphens: for hashing.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// In groups of four, to be shown once.
    pub fn grouped(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len() + 4));
        for (at, c) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(c);
        }
        text
    }
}

fn alphabet() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str(ALPHABET);
    specification
        .encoding()
        .expect("32 different symbols make an encoding")
}

/// How far the first run has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    pub account: Option<AccountId>,
    /// How clients reach this server, as it was entered.
    pub public_url: Option<String>,
    pub address_passed: bool,
    pub connection: Option<ConnectionId>,
    pub connect_passed: bool,
    pub finished: bool,
}

/// The steps of the first run that follow on there being an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Account,
    Address,
    Connect,
    Watch,
    Finished,
}

impl Progress {
    /// What is to be done next.
    pub fn step(&self) -> Step {
        if self.finished {
            Step::Finished
        } else if self.account.is_none() {
            Step::Account
        } else if !self.address_passed {
            Step::Address
        } else if !self.connect_passed {
            Step::Connect
        } else {
            Step::Watch
        }
    }
}

/// Used, too old, another browser's or never made: the four are not told apart.
pub fn link_unknown() -> Error {
    Error::new(
        Kind::NotFound,
        Reason::LinkUnknown,
        "This link was used, is too old, gave way to a newer one, or was opened in another \
         browser; ask whoever sent it for another one, or make one on the server, with `provost \
         setup-link` for the first run and `provost admin recover` for an operator.",
    )
}

/// Errors: `Invalid`.
pub fn check_minutes(minutes: i64) -> Result<()> {
    if (1..=LINK_MINUTES_MAX).contains(&minutes) {
        return Ok(());
    }
    Err(Error::invalid(
        Reason::InvalidValue,
        format!("A link is good for 1 to {LINK_MINUTES_MAX} minutes; choose one of these."),
    ))
}

/// A public base URL: scheme, host and port.
///
/// Errors: `Invalid`.
pub fn check_public_url(text: &str) -> Result<String> {
    let refuse = || {
        Error::invalid(
            Reason::InvalidValue,
            "The address must be a URL of scheme, host and port without a path, such as \
             https://provost.example.com; correct it.",
        )
    };
    let text = text.trim().trim_end_matches('/');
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .ok_or_else(refuse)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    if rest.is_empty() || rest.len() > 255 || !rest.bytes().all(plain) {
        return Err(refuse());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_understood_as_people_type_it() {
        let code = Code::of_link(&[0xff; 10]);
        assert_eq!(code.grouped().as_str(), "ZZZZ-ZZZZ-ZZZZ");
        let typed = Code::typed(" zzzz-zzzz zzzz ").expect("a code");
        assert_eq!(typed.reveal(), code.reveal());
        let lookalikes = Code::typed("OIL0-1234-5678").expect("a code");
        assert_eq!(lookalikes.reveal(), "011012345678");
        for bad in ["", "ZZZZ", "ZZZZ-ZZZZ-ZZZU", "ZZZZZZZZZZZZZZZZZ", "é"] {
            assert!(Code::typed(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_address_is_a_host_and_nothing_behind_it() {
        for (good, kept) in [
            (
                "https://provost.example.com/",
                "https://provost.example.com",
            ),
            (" http://[::1]:7443 ", "http://[::1]:7443"),
        ] {
            assert_eq!(check_public_url(good).expect("a URL"), kept);
        }
        for bad in [
            "",
            "provost.example.com",
            "https://",
            "https://a/b",
            "https://a?b",
            "ftp://a",
        ] {
            assert!(check_public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn steps_follow_one_another() {
        let mut progress = Progress::default();
        assert_eq!(progress.step(), Step::Account);
        progress.account = Some(AccountId::from_bytes([1; 16]));
        assert_eq!(progress.step(), Step::Address);
        progress.address_passed = true;
        assert_eq!(progress.step(), Step::Connect);
        progress.connect_passed = true;
        assert_eq!(progress.step(), Step::Watch);
        progress.finished = true;
        assert_eq!(progress.step(), Step::Finished);
    }
}
