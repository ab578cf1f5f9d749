//! What is remembered of the refusals of a token whose secret was the right one: somebody still
//! has it, and uses it in vain.

use std::net::IpAddr;

use super::Token;
use crate::domain::reason::Reason;

/// Tries that are further back say nothing of now, in milliseconds: a week.
const STILL_MS: i64 = 7 * 86_400_000;

/// Why it let nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// It is switched off.
    Disabled,
    NotYetValid,
    Expired,
    /// A roll has replaced the value that was sent, and its time is over.
    Replaced,
    /// It may not be used from there.
    Address,
}

impl Barred {
    pub const ALL: [Self; 5] = [
        Self::Disabled,
        Self::NotYetValid,
        Self::Expired,
        Self::Replaced,
        Self::Address,
    ];

    /// What the refusal's reason means; `None` for reasons that are not the token's own.
    pub fn of(reason: Reason) -> Option<Self> {
        Some(match reason {
            Reason::TokenDisabled => Self::Disabled,
            Reason::TokenNotYetValid => Self::NotYetValid,
            Reason::TokenExpired => Self::Expired,
            Reason::TokenReplaced => Self::Replaced,
            Reason::TokenAddress => Self::Address,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Address => "address",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }
}

/// The last refusals of a token, all for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRefusals {
    pub why: Barred,
    pub count: i64,
    /// The first and the last of them. Milliseconds since 1970, UTC.
    pub since_ms: i64,
    pub last_ms: i64,
    /// Of the last one.
    pub address: Option<String>,
}

impl Token {
    /// Its refusals, where they go on: what barred it still does, and somebody tried of late.
    pub fn still_tried(&self, now_ms: i64) -> Option<&TokenRefusals> {
        let refused = self.refused.as_ref()?;
        let goes_on = match refused.why {
            Barred::Disabled => self.validity.disabled,
            Barred::NotYetValid => self.begins_later(now_ms),
            Barred::Expired => self.has_ended(now_ms),
            // Another roll, or change, may have mended it, and the newer value once it is used:
            // who has an old one still tries again.
            Barred::Replaced => {
                let used = self.last_used_ms.is_some_and(|used| used > refused.last_ms);
                refused.last_ms >= self.modified_ms && !used
            }
            Barred::Address => {
                let condition = &self.validity.addresses;
                let address = refused.address.as_deref();
                let address = address.and_then(|text| text.parse::<IpAddr>().ok());
                !condition.is_empty() && !address.is_some_and(|ip| condition.admits(ip))
            }
        };
        let ago_ms = now_ms - refused.last_ms;
        (goes_on && (0..STILL_MS).contains(&ago_ms)).then_some(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for why in Barred::ALL {
            assert_eq!(Barred::parse(why.name()), Some(why));
        }
        // Each reason that is of the credential, and no other.
        for &reason in Reason::ALL {
            assert_eq!(Barred::of(reason).is_some(), reason.is_of_credential());
        }
    }
}
