//! The e-mail domains whose people sign in through the account's identity provider.

use std::fmt;

use super::error::{Error, Result};
use super::id::SsoConnectorId;
use super::reason::Reason;

/// How long a verification that was begun is awaited, in milliseconds.
pub const VERIFICATION_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// Where anybody can have an address: nobody owns these for their people.
const PUBLIC: [&str; 34] = [
    "126.com",
    "163.com",
    "aim.com",
    "aol.com",
    "duck.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "t-online.de",
    "web.de",
    "yahoo.co.uk",
    "yahoo.com",
    "yandex.ru",
    "zoho.com",
];

/// A domain of addresses, in lower case; an internationalized one as `xn--…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailDomain(String);

impl EmailDomain {
    /// Errors: `Invalid` for what is no domain name, a domain where anybody can have an
    /// address, and one of a school (`.edu`).
    pub fn parse(text: &str) -> Result<Self> {
        let domain = text.to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if domain.len() > 253
            || !domain.contains('.')
            || !domain.split('.').all(label)
            || top(&domain).bytes().all(|b| b.is_ascii_digit())
        {
            return Err(refused(
                text,
                "is no domain of e-mail addresses; give what stands behind the @, an \
                 internationalized one as xn--…",
            ));
        }
        if PUBLIC.contains(&domain.as_str()) || top(&domain) == "edu" {
            return Err(refused(
                text,
                "gives addresses to the public or to students; use a domain that the \
                 organisation alone has addresses in",
            ));
        }
        Ok(Self(domain))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The last label.
fn top(domain: &str) -> &str {
    domain.rsplit('.').next().unwrap_or_default()
}

fn refused(text: &str, why: &str) -> Error {
    let text = super::text::shown(text);
    Error::invalid(Reason::InvalidValue, format!("{text:?} {why}."))
}

impl fmt::Display for EmailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The domain of an address, in lower case; empty when it has none.
pub fn domain_of(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    domain.to_ascii_lowercase()
}

/// How far a domain's verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerificationStatus {
    /// Not begun.
    Awaiting,
    /// Begun: somebody on the server's machine has to confirm it.
    Pending,
    /// Begun, and not confirmed within [`VERIFICATION_MS`].
    Failed,
    Verified,
}

impl VerificationStatus {
    pub const ALL: [Self; 4] = [Self::Awaiting, Self::Pending, Self::Failed, Self::Verified];

    pub fn name(self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Verified => "verified",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// A domain of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoConnector {
    pub id: SsoConnectorId,
    /// Unique in the account; in lower case.
    pub email_domain: String,
    /// Only a verified one can be, and in one account of the box only.
    pub enabled: bool,
    /// Kept and shown for clients; it changes nothing here.
    pub use_fedramp_language: bool,
    /// The text that a TXT record of the domain must hold, as a proof of owning it.
    pub code: String,
    pub status: VerificationStatus,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    pub modified_ms: i64,
}

/// A domain to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSsoConnector {
    pub email_domain: EmailDomain,
    /// Whether its verification begins at once, as is usual.
    pub begin_verification: bool,
    pub use_fedramp_language: bool,
}

/// What is changed of a domain; `None` stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SsoConnectorChange {
    pub enabled: Option<bool>,
    pub use_fedramp_language: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_stands_behind_the_at() {
        for (text, read) in [
            ("corp.example", Some("corp.example")),
            ("Mail.Corp.EXAMPLE", Some("mail.corp.example")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("corp", None),
            ("corp.example.", None),
            ("@corp.example", None),
            ("a@corp.example", None),
            ("-a.example", None),
            ("bücher.example", None),
            ("10.0.0.1", None),
            ("", None),
            ("gmail.com", None),
            ("GMAIL.com", None),
            ("mit.edu", None),
            ("education.example", Some("education.example")),
        ] {
            let parsed = EmailDomain::parse(text).ok();
            assert_eq!(parsed.as_ref().map(EmailDomain::as_str), read, "{text}");
        }
        assert!(EmailDomain::parse(&format!("{}.example", "a".repeat(64))).is_err());
        assert!(EmailDomain::parse(&"a.".repeat(127)).is_err());
    }

    #[test]
    fn the_domain_of_an_address_is_its_last_part() {
        assert_eq!(domain_of("ada@Corp.example"), "corp.example");
        assert_eq!(domain_of("\"a@b\"@corp.example"), "corp.example");
        assert_eq!(domain_of("ada"), "");
    }
}
