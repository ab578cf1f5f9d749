//! Attribute paths, and the paths of PATCH operations (RFC 7644 3.10 and 3.5.2).

use std::fmt;
use std::str::FromStr;

use super::error::Error;
use super::filter::{Filter, Parser};
use super::lex::{Fault, Token};

/// Longest path of a PATCH operation.
pub const PATH_BYTES_MAX: usize = 2 * 1024;

/// `urn:…:User:name.familyName`: an attribute, perhaps with its schema and a sub-attribute.
/// Names are kept as written and compared letter case aside (RFC 7643 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttrPath {
    pub urn: Option<String>,
    pub name: String,
    pub sub: Option<String>,
}

/// ATTRNAME of RFC 7643 2.1; `$` begins `$ref`.
fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'$')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl AttrPath {
    /// Reads a word that begins at byte `at`. The schema ends at the last colon: its version
    /// has dots, an attribute's name has no colon.
    pub(crate) fn from_word(word: &str, at: usize) -> Result<Self, Fault> {
        let (urn, rest) = match word.rfind(':') {
            Some(colon) => (Some(&word[..colon]), &word[colon + 1..]),
            None => (None, word),
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        let is_keyword = |word: &str| {
            ["and", "or", "not"]
                .iter()
                .any(|keyword| word.eq_ignore_ascii_case(keyword))
        };
        let good = is_name(name)
            && sub.is_none_or(is_name)
            && urn.is_none_or(|urn| !urn.is_empty())
            && !(urn.is_none() && sub.is_none() && is_keyword(name));
        if !good {
            return Err(Fault::new(at, "expected an attribute's name"));
        }
        Ok(Self {
            urn: urn.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        })
    }

    /// Reads an attribute's name as `attributes`, `sortBy` and the like give it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_word(text, 0).ok()
    }

    /// Whether the path is a schema's URN and nothing more: then the split at the last
    /// colon took the URN's own end for a name.
    pub fn is_schema(&self, schema: &str) -> bool {
        match (&self.urn, &self.sub) {
            (Some(urn), None) => {
                schema.len() == urn.len() + 1 + self.name.len()
                    && schema.is_char_boundary(urn.len())
                    && schema[..urn.len()].eq_ignore_ascii_case(urn)
                    && schema[urn.len() + 1..].eq_ignore_ascii_case(&self.name)
            }
            _ => false,
        }
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// The target of a PATCH operation: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// With the sub-attribute, also when it stands behind the filter.
    pub attr: AttrPath,
    pub filter: Option<Filter>,
}

impl Path {
    /// Errors: `invalidPath` with the byte offset and what was expected there.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > PATH_BYTES_MAX {
            return Err(Error::unreadable_path(format!(
                "A path is longer than {PATH_BYTES_MAX} bytes; send shorter paths."
            )));
        }
        Self::read(text).map_err(|fault| {
            let shown: String = text.chars().take(200).collect();
            Error::unreadable_path(format!(
                "The path {shown:?} can't be read at byte {}: {}; correct the mapping.",
                fault.at, fault.what
            ))
        })
    }

    fn read(text: &str) -> Result<Self, Fault> {
        let mut parser = Parser::new(text);
        let first = parser.next()?;
        let Token::Word(word) = first.token else {
            let found = first.token.describe();
            return Err(Fault::new(
                first.start,
                format!("expected an attribute, found {found}"),
            ));
        };
        let mut attr = AttrPath::from_word(word, first.start)?;
        let filter = match parser.peek()?.token {
            Token::BracketOpen => Some(parser.value_filter(&attr)?),
            _ => None,
        };
        if filter.is_some() {
            attr.sub = parser.sub_after_bracket()?;
        }
        parser.expect_end()?;
        Ok(Self { attr, filter })
    }
}

impl FromStr for Path {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = &self.filter else {
            return self.attr.fmt(f);
        };
        if let Some(urn) = &self.attr.urn {
            write!(f, "{urn}:")?;
        }
        write!(f, "{}[{filter}]", self.attr.name)?;
        match &self.attr.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{ENTERPRISE_URN, filter};
    use super::*;

    #[test]
    fn paths_print_as_they_are_read() {
        for text in [
            "members",
            "name.familyName",
            "emails[type eq \"work\"]",
            "emails[type eq \"work\" and primary eq true].value",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            "urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq \"a]b\"].value",
            ENTERPRISE_URN,
            "members.$ref",
        ] {
            assert_eq!(
                Path::parse(text).map(|p| p.to_string()).as_deref(),
                Ok(text)
            );
        }
    }

    #[test]
    fn a_schema_alone_is_recognised() {
        let path = AttrPath::parse(&ENTERPRISE_URN.to_ascii_uppercase());
        assert!(path.is_some_and(|path| path.is_schema(ENTERPRISE_URN)));
        assert!(AttrPath::parse("User").is_some_and(|path| !path.is_schema(ENTERPRISE_URN)));
    }

    #[test]
    fn broken_paths_are_refused() {
        for text in [
            "",
            " ",
            "name.",
            ".name",
            "a.b.c",
            "a b",
            "a[b eq 1",
            "a[]",
            "a[b eq 1]]",
            "a[b eq 1]c",
            "a[b eq 1] .c",
            "a[b eq 1].",
            "a.b[c eq 1]",
            "1a",
            "urn:",
            ":a",
            "a[b eq 1].c.d",
            "\"a\"",
        ] {
            let error = Path::parse(text).map_err(|error| error.scim_type);
            assert_eq!(
                error,
                Err(Some(super::super::ScimType::InvalidPath)),
                "{text:?}"
            );
        }
        let long = "a".repeat(PATH_BYTES_MAX);
        assert!(Path::parse(&long).is_ok());
        assert!(Path::parse(&format!("{long}a")).is_err());
    }

    proptest! {
        #[test]
        fn reading_what_was_printed_gives_it_back(
            attr in filter::tests::with_sub(),
            filter in proptest::option::of(filter::tests::plain_filter()),
        ) {
            let path = Path { attr, filter };
            let text = path.to_string();
            prop_assume!(text.len() <= PATH_BYTES_MAX);
            prop_assert_eq!(Path::parse(&text), Ok(path), "{}", text);
        }

        #[test]
        fn any_text_is_answered(text in "\\PC*") {
            let _ = Path::parse(&text);
        }
    }
}
