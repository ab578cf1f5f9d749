//! How a list of tokens is asked for at the console.

use super::{TokenOwner, TokenState};
use crate::domain::id::TokenId;

/// What tokens are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSort {
    Name,
    /// Last used; never comes first.
    Used,
    /// Those that do not end come last.
    Expires,
}

impl TokenSort {
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "name" => Some(Self::Name),
            "used" => Some(Self::Used),
            "expires" => Some(Self::Expires),
            _ => None,
        }
    }
}

/// A page of the account's tokens.
#[derive(Debug, Clone)]
pub struct TokenBrowse {
    /// A part of the name, letter case aside; nothing for all.
    pub text: String,
    pub owner: Option<TokenOwner>,
    pub state: Option<TokenState>,
    pub sort: TokenSort,
    pub descending: bool,
    /// The page begins behind this one; at its beginning where that is gone.
    pub after: Option<TokenId>,
    pub limit: i64,
}
