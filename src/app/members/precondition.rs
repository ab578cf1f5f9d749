//! What a request believes of a record's version.

use crate::domain::error::{Error, Result};

/// What the caller believes of the record's version (RFC 9110 13.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// `If-Match`: one of these, as ETags print them.
    pub one_of: Option<Tags>,
    /// `If-None-Match`: none of these.
    pub none_of: Option<Tags>,
}

/// Versions as a client lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// `*`: whichever there is.
    Any,
    These(Vec<String>),
}

impl Tags {
    /// Weak tags name the same version when their opaque parts are equal (RFC 9110 8.8.3.2).
    pub fn have(&self, version: &str) -> bool {
        let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|tag| opaque(tag) == opaque(version)),
        }
    }
}

impl Precondition {
    /// Errors: `Stale`.
    pub fn check(&self, version: impl std::fmt::Display) -> Result<()> {
        let current = version.to_string();
        if self
            .one_of
            .as_ref()
            .is_some_and(|tags| !tags.have(&current))
        {
            return Err(Error::stale(format!(
                "The record is at version {current}, not at the one that If-Match names; read \
                 it again and repeat the change."
            )));
        }
        if self
            .none_of
            .as_ref()
            .is_some_and(|tags| tags.have(&current))
        {
            return Err(Error::stale(format!(
                "The record is at version {current}, which If-None-Match rules out; leave the \
                 header out to change it."
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precondition_looks_at_the_opaque_part_of_a_tag() {
        let these = |tags: &[&str]| {
            Some(Tags::These(
                tags.iter().map(|&tag| tag.to_owned()).collect(),
            ))
        };
        let passes = |one_of: Option<Tags>, none_of: Option<Tags>| {
            let precondition = Precondition { one_of, none_of };
            precondition.check("W/\"2\"").is_ok()
        };
        assert!(passes(None, None) && passes(Some(Tags::Any), None));
        assert!(passes(these(&["\"1\"", "W/\"2\""]), None));
        assert!(passes(these(&["\"2\""]), these(&["\"1\""])));
        assert!(!passes(these(&["\"1\""]), None) && !passes(these(&[]), None));
        assert!(!passes(None, Some(Tags::Any)) && !passes(None, these(&["\"2\""])));
    }
}
