//! The brake on mass changes: how many people a connection may take out at once, and what
//! becomes of the changes it stops.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::catalogue;
use super::error::{Error, Result};
use super::id::{ConnectionId, PermissionGroupId, RequestId};
use super::reason::Reason;

/// Removals of this long are counted together, in milliseconds.
pub const WINDOW_MS: i64 = 15 * 60 * 1000;
/// When a held request may be sent again.
pub const RETRY_AFTER_SECONDS: u32 = 900;
/// Only who was a member for this long before the window counts, in milliseconds.
pub const MEMBER_FOR_MS: i64 = 24 * 60 * 60 * 1000;
/// How long retries of what was released pass, in milliseconds.
pub const RELEASE_MS: i64 = 24 * 60 * 60 * 1000;
/// A share of a small account is never less than this many people.
pub const SHARE_PEOPLE_MIN: i64 = 10;

/// How many people one connection may remove within [`WINDOW_MS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Brake {
    /// As many as it likes.
    Off,
    /// This many.
    People(u32),
    /// This share in percent, at least [`SHARE_PEOPLE_MIN`]; 1 to 100.
    Share(u8),
}

impl Default for Brake {
    fn default() -> Self {
        Self::Share(20)
    }
}

impl Brake {
    /// How many of `people` may be removed within [`WINDOW_MS`]; `None`: all of them.
    pub fn limit(self, people: i64) -> Option<i64> {
        match self {
            Self::Off => None,
            Self::People(limit) => Some(i64::from(limit)),
            Self::Share(percent) => {
                let share = people.saturating_mul(i64::from(percent.max(1)));
                Some(SHARE_PEOPLE_MIN.max(share.div_euclid(100)))
            }
        }
    }

    /// `off`, a number of people, or a share such as `20%`.
    ///
    /// Errors: `Invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let plain = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
        let text = text.trim();
        let read = match text.strip_suffix('%').map(str::trim_end) {
            None if text.eq_ignore_ascii_case("off") => Some(Self::Off),
            None if plain(text) => text.parse().ok().map(Self::People),
            Some(share) if plain(share) => {
                let share = share.parse().ok().filter(|share| (1..=100).contains(share));
                share.map(Self::Share)
            }
            None | Some(_) => None,
        };
        read.ok_or_else(|| {
            Error::invalid(
                Reason::InvalidValue,
                "The brake is neither off, nor a number of people, nor a share from 1% to 100%; \
                 give it as off, 25 or 20%.",
            )
        })
    }
}

impl fmt::Display for Brake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::People(people) => people.fmt(f),
            Self::Share(percent) => write!(f, "{percent}%"),
        }
    }
}

impl TryFrom<String> for Brake {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|error| error.to_string())
    }
}

impl From<Brake> for String {
    fn from(brake: Brake) -> Self {
        brake.to_string()
    }
}

/// The roles whose holders have a meter of their own: those of the catalogue that administer
/// the account itself, Super Administrator and Administrator. An account's own roles are about
/// its own systems and are none of them. A role that is denied elsewhere is held all the same.
pub const PRIVILEGED: [PermissionGroupId; 2] =
    [catalogue::SUPER_ADMINISTRATOR, catalogue::ADMINISTRATOR];

/// What is counted, each against its own limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meter {
    /// Active members who are deactivated or deleted.
    Members,
    /// People who lose the last of the [`PRIVILEGED`] roles they hold: by that too, or because
    /// they go from a group, or it goes.
    Privileged,
}

impl Meter {
    pub const ALL: [Self; 2] = [Self::Members, Self::Privileged];

    pub fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Privileged => "privileged",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meter| meter.name() == name)
    }
}

/// What a held request wanted to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldOperation {
    DeactivateUser,
    DeleteUser,
    RemoveMembers,
    DeleteGroup,
}

impl HeldOperation {
    pub const ALL: [Self; 4] = [
        Self::DeactivateUser,
        Self::DeleteUser,
        Self::RemoveMembers,
        Self::DeleteGroup,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::DeactivateUser => "deactivate_user",
            Self::DeleteUser => "delete_user",
            Self::RemoveMembers => "remove_members",
            Self::DeleteGroup => "delete_group",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// What was decided of a held change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeldState {
    /// Nothing yet: the alarm shows.
    Held,
    /// Its retries pass, for [`RELEASE_MS`].
    Released,
    /// Its retries are refused, until it is released after all.
    Discarded,
}

impl HeldState {
    pub const ALL: [Self; 3] = [Self::Held, Self::Released, Self::Discarded];

    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Released => "released",
            Self::Discarded => "discarded",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A change that the brake stopped: one for each person or group and connection, however
/// often the provider tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldChange {
    /// `User` or `Group`.
    pub target_kind: &'static str,
    /// The SCIM id.
    pub target_id: String,
    /// userName or displayName, as it is now.
    pub target_name: String,
    /// What the last try wanted.
    pub operation: HeldOperation,
    /// Whose limit was reached.
    pub meter: Meter,
    /// How many people would go, or lose their privileged role, by it.
    pub people: i64,
    pub tries: i64,
    /// Milliseconds since 1970, UTC.
    pub first_ms: i64,
    pub last_ms: i64,
    /// The last try, in the provisioning log.
    pub request: RequestId,
    pub state: HeldState,
    /// Of a released one: until when it passes. Milliseconds since 1970, UTC.
    pub until_ms: Option<i64>,
}

/// Whom or what a held change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldName {
    pub is_person: bool,
    /// As SCIM has it.
    pub id: String,
    pub name: String,
}

/// Which held changes of a connection are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldSelection {
    /// Ids or names of people and groups; empty: all that nothing was decided of.
    pub targets: Vec<String>,
    /// Of those, what was first held then or before: what came after somebody looked is not
    /// decided unseen. Milliseconds since 1970, UTC.
    pub until_ms: Option<i64>,
    /// Only what is in one of these states: whoever saw it in another one has not decided of it.
    /// Empty: whatever was decided before.
    pub states: Vec<HeldState>,
}

impl HeldSelection {
    /// Those, or all, whatever was decided of them before.
    pub fn seen(targets: Vec<String>, until_ms: Option<i64>) -> Self {
        Self {
            targets,
            until_ms,
            states: Vec::new(),
        }
    }
}

/// A connection whose brake holds changes that wait for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrakeAlarm {
    pub connection: ConnectionId,
    pub connection_name: String,
    pub held: i64,
    /// When the oldest of them was first tried. Milliseconds since 1970, UTC.
    pub since_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brake_prints_as_it_is_read() {
        for text in ["off", "0", "25", "1%", "20%", "100%"] {
            assert_eq!(
                Brake::parse(text).map(|b| b.to_string()).ok(),
                Some(text.to_owned())
            );
        }
        assert_eq!(Brake::default().to_string(), "20%");
        for (text, read) in [(" Off", "off"), ("2 %", "2%"), ("25 ", "25")] {
            assert_eq!(
                Brake::parse(text).map(|b| b.to_string()).ok(),
                Some(read.to_owned())
            );
        }
        for text in [
            "",
            "on",
            "-1",
            "+1",
            "0%",
            "101%",
            "%",
            "2 0%",
            "99999999999",
            "1.5%",
        ] {
            assert!(Brake::parse(text).is_err(), "{text}");
        }
    }
}
