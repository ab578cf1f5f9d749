//! Identifiers: 16 bytes inside, 32 lower-case hex digits outside, one type for each noun.

use std::fmt;
use std::str::FromStr;

/// The text is not 32 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

fn parse_hex(text: &str) -> Result<[u8; 16], NotAnId> {
    let digits = text.as_bytes();
    if digits.len() != 32 {
        return Err(NotAnId);
    }
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NotAnId),
    };
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Ok(bytes)
}

/// Writes the 32 hex digits of `bytes` at the end of `out`. A page of a list has hundreds of
/// ids, so they are written as one piece.
pub fn push_hex(out: &mut String, bytes: &[u8; 16]) {
    out.push_str(hex(bytes, &mut [0; 32]));
}

/// 32 hex digits at hand, for whoever writes them more than once.
pub struct Hex([u8; 32]);

impl Hex {
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn hex<'d>(bytes: &[u8; 16], digits: &'d mut [u8; 32]) -> &'d str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let (pairs, _) = digits.as_chunks_mut::<2>();
    for ([high, low], byte) in pairs.iter_mut().zip(bytes) {
        *high = DIGITS[usize::from(byte >> 4)];
        *low = DIGITS[usize::from(byte & 15)];
    }
    str::from_utf8(digits).unwrap_or_default()
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// The printed form.
            pub fn to_hex(self) -> Hex {
                let mut digits = [0; 32];
                hex(&self.0, &mut digits);
                Hex(digits)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(hex(&self.0, &mut [0; 32]))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Only the exact printed form is accepted: ids are case-exact (RFC 7643 3.1).
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse_hex(text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(|NotAnId| {
                    serde::de::Error::custom("an id is 32 lower-case hex digits")
                })
            }
        }
    )*};
}

typed_id! {
    /// A tenant.
    AccountId
    /// A person in one account: SCIM's User id and the API's `user.id`.
    MemberId
    /// The same person's membership of the account: the API's member id.
    MembershipId
    /// A user group in the REST API. SCIM addresses groups by [`GroupScimId`].
    GroupId
    /// An identity provider attached to an account.
    ConnectionId
    /// An API credential; not its secret.
    TokenId
    /// A policy of a member, a user group or a token.
    PolicyId
    /// What a policy applies to.
    ResourceGroupId
    /// One of the account's domains.
    DomainId
    /// A bundle of permissions as policies name it.
    PermissionGroupId
    /// The same bundle as `/roles` and a member's `roles` name it.
    RoleId
    /// An e-mail domain whose people sign in through the account's provider.
    SsoConnectorId
    /// Somebody who signs in to the console.
    OperatorId
    /// A browser that is signed in; not its secret.
    SessionId
    /// One HTTP request or one command, in answers, logs and the audit log.
    RequestId
    /// A row of the audit log.
    AuditId
    /// A plan of the legacy migration, and the run that was made of it.
    MigrationId
}

/// The ids that belong to a person's: told by the last two bits, which are 0 in every id that is
/// made (see `Entropy::uuid_v7`), so that they need no index of their own.
const MEMBERSHIP_BITS: u8 = 1;
const MINIMAL_ACCESS_BITS: u8 = 2;
const KIND_BITS: u8 = 3;

const fn with_kind(mut bytes: [u8; 16], kind: u8) -> [u8; 16] {
    bytes[15] = bytes[15] & !KIND_BITS | kind;
    bytes
}

impl MemberId {
    /// The id of the person's membership.
    pub const fn membership(self) -> MembershipId {
        MembershipId(with_kind(self.0, MEMBERSHIP_BITS))
    }

    /// The id of the policy that gives the person the role everybody gets.
    pub const fn minimal_access(self) -> PolicyId {
        PolicyId(with_kind(self.0, MINIMAL_ACCESS_BITS))
    }
}

impl MembershipId {
    /// Whose membership it is; `None`: nobody's.
    pub fn member(self) -> Option<MemberId> {
        let is_one = self.0[15] & KIND_BITS == MEMBERSHIP_BITS;
        is_one.then(|| MemberId(with_kind(self.0, 0)))
    }
}

impl PolicyId {
    /// Whose policy with the role that everybody gets it is; `None`: another policy.
    pub fn minimal_access_of(self) -> Option<MemberId> {
        let is_one = self.0[15] & KIND_BITS == MINIMAL_ACCESS_BITS;
        is_one.then(|| MemberId(with_kind(self.0, 0)))
    }
}

/// A group's id in SCIM: text of its own, since legacy groups are called
/// `cloudflare-v1-…`. Equal to the REST id for every group that Provost makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupScimId(String);

impl GroupScimId {
    /// At most this many bytes; a longer text names no group.
    pub const BYTES_MAX: usize = 64;

    /// `None` when no group can have this id.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= Self::BYTES_MAX;
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (fits && plain).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<GroupId> for GroupScimId {
    fn from(id: GroupId) -> Self {
        Self(id.to_string())
    }
}

impl fmt::Display for GroupScimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AuditId {
    /// When it was made, in milliseconds since 1970, UTC: what a UUIDv7 begins with.
    pub fn made_ms(self) -> i64 {
        let time = self.0.iter().take(6);
        time.fold(0, |ms, byte| ms << 8 | i64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_as_it_is_parsed() {
        let text = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";
        assert_eq!(
            text.parse::<MemberId>().map(|id| id.to_string()).as_deref(),
            Ok(text)
        );
    }

    #[test]
    fn a_membership_has_the_id_of_its_person_but_for_the_last_bits() {
        let ada: MemberId = "0198f3a2c4d57e6f8091a2b3c4d5e6f4".parse().expect("an id");
        assert!(ada.membership().to_string().ends_with("e6f5"));
        assert!(ada.minimal_access().to_string().ends_with("e6f6"));
        assert_eq!(ada.minimal_access().minimal_access_of(), Some(ada));
        assert_eq!(ada.membership().member(), Some(ada));
        assert_eq!(MembershipId::from_bytes(*ada.as_bytes()).member(), None);
    }

    #[test]
    fn capitals_hyphens_and_other_lengths_are_no_ids() {
        for text in [
            "",
            "0198F3A2C4D57E6F8091A2B3C4D5E6F7",
            "0198f3a2-c4d5-7e6f-8091-a2b3c4d5e6f7",
            "0198f3a2c4d57e6f8091a2b3c4d5e6f",
            "0198f3a2c4d57e6f8091a2b3c4d5e6fé",
        ] {
            assert_eq!(text.parse::<MemberId>(), Err(NotAnId), "{text}");
        }
    }
}
