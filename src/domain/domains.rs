//! The account's domains: a plain list that resource groups choose from.

use std::fmt;

use super::error::{Error, Result};
use super::id::DomainId;
use super::reason::Reason;
use super::text::shown;

/// Most domains one account may have.
pub const DOMAINS_MAX: i64 = 10_000;

/// A domain of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub id: DomainId,
    pub name: String,
}

/// A domain's name as DNS has it: lower case, ASCII, labels between dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainName(String);

impl DomainName {
    /// As DNS limits it.
    pub const BYTES_MAX: usize = 253;

    /// Letter case and one dot at the end are passed over.
    ///
    /// Errors: `Invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if name.len() <= Self::BYTES_MAX && name.contains('.') && name.split('.').all(label) {
            return Ok(Self(name));
        }
        Err(Error::invalid(
            Reason::InvalidValue,
            format!(
                "\"{}\" is no domain name; write it as DNS has it, such as example.com (others \
                 than ASCII letters as xn--…).",
                shown(text)
            ),
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_dns() {
        let parsed = |text| DomainName::parse(text).map(|name| name.0).ok();
        assert_eq!(parsed("Example.COM.").as_deref(), Some("example.com"));
        assert!(parsed("xn--bcher-kva.example").is_some());
        for bad in [
            "",
            ".",
            "com",
            "a..b",
            "-a.b",
            "a-.b",
            "a b.c",
            "bücher.example",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
