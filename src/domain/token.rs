//! API tokens: their form, what they may do, and from when and where.
//!
//! Form (T-10): a prefix that says what it is, 40 base62 characters (238 random bits), 6
//! base62 characters of CRC-32 over all before. A wrong checksum is refused without a look
//! at the database.

pub mod browse;
pub mod policy;
pub mod refused;
mod state;
mod validity;
mod values;

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::actor::Permission;
use super::catalogue;
use super::id::{MemberId, PermissionGroupId, TokenId};

pub use state::{TokenState, TokenStatus};
pub use validity::{AddressCondition, Validity};
pub use values::{InUse, ValueUses};

const RANDOM_CHARS: usize = 40;
const CHECK_CHARS: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Longest validity that may be asked for, and the default: 365 days.
pub const TTL_DAYS_DEFAULT: i64 = 365;
/// How long the old secret stays good after a roll by CLI or console: 24 hours.
pub const OVERLAP_HOURS_DEFAULT: i64 = 24;
/// The longest overlap: 7 days.
pub const OVERLAP_HOURS_MAX: i64 = 168;

/// Who a token belongs to; its prefix says so, that a leaked string can be recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    Connection,
    Account,
    Member,
}

impl TokenOwner {
    const ALL: [Self; 3] = [Self::Connection, Self::Account, Self::Member];

    pub fn prefix(self) -> &'static str {
        match self {
            Self::Connection => "pvs_",
            Self::Account => "pva_",
            Self::Member => "pvu_",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|owner| owner.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Account => "account",
            Self::Member => "member",
        }
    }
}

/// A token's secret text. It is shown once, where it is issued, and has no `Display`,
/// `Serialize` or `Clone`.
pub struct TokenSecret(Zeroizing<String>);

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

impl TokenSecret {
    /// Random bytes to offer to [`TokenSecret::issue`]: more than the 40 that are used, since
    /// those over 247 are passed over to keep all 62 characters equally likely.
    pub const RANDOM_BYTES: usize = 96;

    /// `None` when too many of the random bytes had to be passed over (odds below 2⁻⁹⁰).
    pub fn issue(owner: TokenOwner, random: &[u8; Self::RANDOM_BYTES]) -> Option<Self> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        text.push_str(owner.prefix());
        let usable = random.iter().filter(|&&byte| byte < 248);
        text.extend(
            usable
                .take(RANDOM_CHARS)
                .map(|&byte| char::from(ALPHABET[usize::from(byte % 62)])),
        );
        if text.len() != owner.prefix().len() + RANDOM_CHARS {
            return None;
        }
        let check = checksum(&text);
        text.push_str(&check);
        Some(Self(text))
    }

    /// Checks the form alone: prefix, length, alphabet, checksum.
    pub fn parse(text: &str) -> Option<Self> {
        let owner = TokenOwner::ALL
            .into_iter()
            .find(|owner| text.starts_with(owner.prefix()))?;
        let body_end = owner.prefix().len() + RANDOM_CHARS;
        let well_formed = text.len() == body_end + CHECK_CHARS
            && text.bytes().skip(4).all(|b| b.is_ascii_alphanumeric());
        if !well_formed {
            return None;
        }
        let (head, check) = text.split_at(body_end);
        (checksum(head) == check).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text itself: to hash it, or to show it to whom it was issued.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The last four characters, which lists and logs show.
    pub fn hint(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

fn checksum(text: &str) -> String {
    let mut rest = u64::from(crc32fast::hash(text.as_bytes()));
    let mut digits = [b'0'; CHECK_CHARS];
    for digit in digits.iter_mut().rev() {
        let index = usize::try_from(rest % 62).unwrap_or_default();
        *digit = ALPHABET[index];
        rest /= 62;
    }
    digits.iter().map(|&b| char::from(b)).collect()
}

/// The permission groups a token holds, as bits for those that this server asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grants {
    bits: u32,
    everything: bool,
}

/// The permission groups that this server asks for; each has the bit of its place.
pub const ASKED_FOR: [PermissionGroupId; 13] = [
    catalogue::SCIM_PROVISIONING,
    catalogue::ACCOUNT_SETTINGS_READ,
    catalogue::ACCOUNT_SETTINGS_WRITE,
    catalogue::ACCOUNT_API_TOKENS_READ,
    catalogue::ACCOUNT_API_TOKENS_WRITE,
    catalogue::SSO_CONNECTOR_READ,
    catalogue::SSO_CONNECTOR_WRITE,
    catalogue::USER_DETAILS_READ,
    catalogue::USER_DETAILS_WRITE,
    catalogue::MEMBERSHIPS_READ,
    catalogue::MEMBERSHIPS_WRITE,
    catalogue::API_TOKENS_READ,
    catalogue::API_TOKENS_WRITE,
];

/// The groups of which any one opens what `permission` names.
fn openers(permission: Permission) -> &'static [PermissionGroupId] {
    use catalogue as c;
    match permission {
        Permission::ScimRead | Permission::ScimReadOwn | Permission::DirectoryRead => &[
            c::SCIM_PROVISIONING,
            c::ACCOUNT_SETTINGS_READ,
            c::ACCOUNT_SETTINGS_WRITE,
        ],
        Permission::ScimWrite | Permission::DirectoryWrite => {
            &[c::SCIM_PROVISIONING, c::ACCOUNT_SETTINGS_WRITE]
        }
        Permission::MetricsRead | Permission::AccountRead | Permission::LogsRead => {
            &[c::ACCOUNT_SETTINGS_READ, c::ACCOUNT_SETTINGS_WRITE]
        }
        Permission::AccountWrite | Permission::RolesWrite => &[c::ACCOUNT_SETTINGS_WRITE],
        Permission::TokensRead => &[c::ACCOUNT_API_TOKENS_READ, c::ACCOUNT_API_TOKENS_WRITE],
        Permission::TokensWrite => &[c::ACCOUNT_API_TOKENS_WRITE],
        Permission::SsoRead => &[c::SSO_CONNECTOR_READ, c::SSO_CONNECTOR_WRITE],
        Permission::SsoWrite => &[c::SSO_CONNECTOR_WRITE],
        Permission::UserRead => &[c::USER_DETAILS_READ, c::USER_DETAILS_WRITE],
        Permission::UserWrite => &[c::USER_DETAILS_WRITE],
        Permission::MembershipsRead => &[c::MEMBERSHIPS_READ, c::MEMBERSHIPS_WRITE],
        Permission::MembershipsWrite => &[c::MEMBERSHIPS_WRITE],
        Permission::UserTokensRead => &[c::API_TOKENS_READ, c::API_TOKENS_WRITE],
        Permission::UserTokensWrite => &[c::API_TOKENS_WRITE],
        Permission::TokenVerify
        | Permission::ConnectionsWrite
        | Permission::TokensAdminister
        | Permission::OwnOperator
        | Permission::BoxAdministration => &[],
    }
}

impl Grants {
    /// Groups that this server asks nothing of are passed over.
    pub fn from_groups(groups: impl IntoIterator<Item = PermissionGroupId>) -> Self {
        let groups: Vec<PermissionGroupId> = groups.into_iter().collect();
        let held = ASKED_FOR.iter().enumerate();
        let bits = held
            .filter(|(_, group)| groups.contains(group))
            .fold(0, |bits, (place, _)| bits | 1 << place);
        // The catalogue is read for those alone that may well hold all of it.
        let everything = bits == (1 << ASKED_FOR.len()) - 1
            && catalogue::template_groups(TokenTemplate::Admin)
                .iter()
                .all(|group| groups.contains(group));
        Self { bits, everything }
    }

    /// Any one of the named groups is enough, as with Cloudflare's tokens.
    pub fn allow(self, permission: Permission) -> bool {
        permission == Permission::TokenVerify
            || openers(permission).iter().any(|group| self.has(*group))
    }

    /// Whether it holds this one of the groups that this server asks for.
    pub fn has(self, group: PermissionGroupId) -> bool {
        let place = ASKED_FOR.iter().position(|asked| *asked == group);
        place.is_some_and(|place| self.bits & 1 << place != 0)
    }

    /// Whether it holds every group that this server uses, as those of template `admin` do:
    /// nothing can be given that it does not hold.
    pub fn hold_everything(self) -> bool {
        self.everything
    }
}

/// What a new token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenTemplate {
    /// SCIM Provisioning: what an identity provider needs.
    Scim,
    /// Account Settings Read: reads, changes nothing.
    Read,
    /// Every token permission group that Provost uses.
    Admin,
}

/// Which tokens a list shows.
#[derive(Debug, Clone, Default)]
pub struct TokenFilter {
    /// This member's; `None`: those of the account and of its connections.
    pub member: Option<MemberId>,
    /// Exactly this name.
    pub name: Option<String>,
    pub include_expired: bool,
    /// Newest first.
    pub descending: bool,
}

/// A token as lists show it.
#[derive(Debug, Clone)]
pub struct Token {
    pub id: TokenId,
    pub owner: TokenOwner,
    /// The connection's name, for a connection's token.
    pub connection: Option<String>,
    /// For a member's token.
    pub member: Option<MemberId>,
    pub name: String,
    /// Of all its policies.
    pub permission_groups: Vec<PermissionGroupId>,
    pub policies: Vec<policy::TokenPolicy>,
    pub validity: Validity,
    /// Of the newest secret.
    pub hint: String,
    /// When the secret before the newest ends, where a roll left it one.
    pub old_until_ms: Option<i64>,
    pub created_ms: i64,
    pub modified_ms: i64,
    pub last_used_ms: Option<i64>,
    pub last_used_address: Option<String>,
    /// Which of its values that was.
    pub uses: ValueUses,
    /// What was refused with the right secret; `None` as long as nothing was.
    pub refused: Option<refused::TokenRefusals>,
}

/// When a new token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// This many days from now.
    Days(i64),
    /// At this instant, in milliseconds since 1970, UTC.
    At(i64),
    Never,
}

impl Default for Expiry {
    fn default() -> Self {
        Self::Days(TTL_DAYS_DEFAULT)
    }
}

/// The longest validity in days that may be given as such: 100 years.
pub const TTL_DAYS_MAX: i64 = 36_500;

/// Who is to own a new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewOwner {
    Account,
    /// By id or name.
    Connection(String),
    /// It ends with the membership.
    Member(MemberId),
}

impl NewOwner {
    pub fn kind(&self) -> TokenOwner {
        match self {
            Self::Account => TokenOwner::Account,
            Self::Connection(_) => TokenOwner::Connection,
            Self::Member(_) => TokenOwner::Member,
        }
    }
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: super::text::Label,
    pub template: TokenTemplate,
    pub owner: NewOwner,
    pub expires: Expiry,
    /// Milliseconds since 1970, UTC.
    pub not_before_ms: Option<i64>,
    pub addresses: AddressCondition,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(fill: u8) -> TokenSecret {
        TokenSecret::issue(TokenOwner::Connection, &[fill; TokenSecret::RANDOM_BYTES])
            .expect("usable random bytes")
    }

    #[test]
    fn an_issued_token_has_the_announced_form() {
        let secret = secret(7);
        assert_eq!(secret.reveal().len(), 50);
        assert!(secret.reveal().starts_with("pvs_7777"));
        assert!(TokenSecret::parse(secret.reveal()).is_some());
        assert_eq!(format!("{secret:?}"), "TokenSecret(…)");
    }

    #[test]
    fn any_changed_character_is_refused() {
        let secret = secret(9);
        let text = secret.reveal();
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(TokenSecret::parse(&changed).is_none(), "{changed}");
        }
        for bad in ["", " ", "null", "pvs_", &text[..49], &format!("{text}0")] {
            assert!(TokenSecret::parse(bad).is_none(), "{bad}");
        }
    }
}
