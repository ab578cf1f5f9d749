//! Names as people and providers write them, and the key by which two are the same.

use std::fmt;
use std::sync::LazyLock;

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_normalizer::{ComposingNormalizer, ComposingNormalizerBorrowed};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use super::error::{Error, Result};
use super::reason::Reason;

static FOLDER: CaseMapperBorrowed<'static> = CaseMapper::new();
static NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfc();
static CATEGORY: LazyLock<icu_properties::CodePointMapDataBorrowed<'static, GeneralCategory>> =
    LazyLock::new(CodePointMapData::<GeneralCategory>::new);

/// The key under which two spellings are one name: NFC, full case folding, NFC again
/// (locale-free). `Straße` and `STRASSE` share it, `ｆｏｏ` and `foo` do not.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded = FOLDER.fold_string(&NFC.normalize(text)).into_owned();
    NFC.normalize(&folded).into_owned()
}

/// Letter case aside, the same text (`caseExact: false`, RFC 7643 2.2).
pub fn same_folded(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && fold(a) == fold(b))
}

/// The first character that no name may hold: control, format (bidi marks and zero-width
/// characters among them), unassigned, private use, surrogates, line separators.
pub fn forbidden_char(text: &str) -> Option<char> {
    text.chars().find(|&c| is_forbidden(c))
}

fn is_forbidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(
        CATEGORY.get(c),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::Unassigned
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    )
}

/// Text of a client for a message to people: at most 80 characters, and what can't be seen
/// replaced.
pub fn shown(text: &str) -> String {
    let visible = |c| {
        if is_forbidden(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().take(80).map(visible).collect()
}

fn check_name(what: &str, remedy: &str, text: &str, chars_max: usize) -> Result<()> {
    let refuse = |why: String| {
        Err(Error::invalid(
            Reason::InvalidValue,
            format!("{what} {why}; {remedy}."),
        ))
    };
    if text.trim().is_empty() {
        // There is none of which another could be chosen.
        let remedy = if remedy == ANOTHER_NAME {
            "enter one"
        } else {
            remedy
        };
        return Err(Error::invalid(
            Reason::InvalidValue,
            format!("{what} is empty; {remedy}."),
        ));
    }
    if text.trim() != text {
        return refuse("begins or ends with white space".to_owned());
    }
    if text.chars().count() > chars_max {
        return refuse(format!("is longer than {chars_max} characters"));
    }
    match forbidden_char(text) {
        Some(c) => refuse(format!(
            "holds the character U+{:04X}, which can't be seen or is not assigned",
            u32::from(c)
        )),
        None => Ok(()),
    }
}

/// Where whoever sent a name corrects it.
const IN_THE_PROVIDER: &str = "correct it in the provider and send it again";
const ANOTHER_NAME: &str = "choose another name";

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:expr, $remedy:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name {
            text: String,
            key: String,
        }

        impl $name {
            pub const CHARS_MAX: usize = $max;

            /// Refuses empty text, outer white space, characters that can't be seen
            /// (see [`forbidden_char`]) and more than `CHARS_MAX` characters.
            pub fn parse(text: &str) -> Result<Self> {
                check_name($what, $remedy, text, Self::CHARS_MAX)?;
                Ok(Self {
                    text: text.to_owned(),
                    key: fold(text),
                })
            }

            /// As it was sent.
            pub fn as_str(&self) -> &str {
                &self.text
            }

            /// What makes it unique: see [`fold`].
            pub fn key(&self) -> &str {
                &self.key
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }
    };
}

name_type! {
    /// A member's sign-in name, kept as sent, unique in the account by its key.
    UserName, "userName", 512, IN_THE_PROVIDER
}
name_type! {
    /// A user group's name, kept as sent, unique in the account by its key. Whether it
    /// begins with the account's reserved prefix is [`super::reserved`]'s question.
    GroupName, "displayName", 512, IN_THE_PROVIDER
}
impl GroupName {
    /// A name that is chosen in Provost, where it is corrected too.
    pub fn chosen(text: &str) -> Result<Self> {
        check_name("The group's name", ANOTHER_NAME, text, Self::CHARS_MAX)?;
        Self::parse(text)
    }

    /// What is refused of a name that somebody makes up in Provost, and kept of one that a
    /// provider sent: two spaces in a row look like one.
    pub fn check_spaces(&self) -> Result<()> {
        let mut pairs = self.text.chars().zip(self.text.chars().skip(1));
        if !pairs.any(|(one, next)| one.is_whitespace() && next.is_whitespace()) {
            return Ok(());
        }
        Err(Error::invalid(
            Reason::InvalidValue,
            "The group's name has two spaces in a row, which look like one; write a single space.",
        ))
    }
}

name_type! {
    /// The name of an account, a connection or a token.
    Label, "The name", 120, ANOTHER_NAME
}
name_type! {
    /// The name of an account's own role, kept as sent, unique in the account by its key.
    /// Which names are taken by built-in roles is [`super::role`]'s question.
    RoleName, "The role's name", 120, ANOTHER_NAME
}

/// A provider's own id for a record, kept verbatim and compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

impl ExternalId {
    pub const CHARS_MAX: usize = 1024;

    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() || text.chars().count() > Self::CHARS_MAX {
            return Err(Error::invalid(
                Reason::InvalidValue,
                format!(
                    "externalId must have 1 to {} characters; correct the provider's mapping.",
                    Self::CHARS_MAX
                ),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_or_composition_are_one() {
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("Amélie"), fold("AME\u{301}LIE"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
        assert_ne!(fold("ı"), fold("i"));
        assert!(same_folded("Bob@X.org", "bob@x.ORG"));
    }

    #[test]
    fn a_user_name_is_kept_as_sent() {
        let name = UserName::parse("Amara.Okafor@Corp.Example");
        assert_eq!(
            name.as_ref().map(UserName::as_str).ok(),
            Some("Amara.Okafor@Corp.Example")
        );
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for bad in [
            "",
            " ",
            " a",
            "a ",
            "a\u{200b}b",
            "a\u{202e}b",
            "a\u{0}b",
            "a\u{7f}",
            "a\u{e000}",
            "a\u{378}",
            "a\u{ad}b",
        ] {
            assert!(UserName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
