//! The provisioning log: one row for each SCIM request that wrote or was refused.

use super::connection::{HourSums, ProviderKind};
use super::id::{ConnectionId, RequestId, TokenId};
use super::reason::Reason;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something changed.
    Applied,
    /// It succeeded, and everything was so already.
    Unchanged,
    /// It was refused for a reason the client can mend; nothing was applied.
    Refused,
    /// Provost failed; nothing was applied.
    Failed,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Applied, Self::Unchanged, Self::Refused, Self::Failed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// What a request was about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// `User`, `Group` or empty.
    pub kind: &'static str,
    /// The SCIM id, or empty.
    pub id: String,
    /// userName or displayName, or empty.
    pub name: String,
}

/// What the log says of a request beside who sent it and when.
#[derive(Debug, Clone, Default)]
pub struct Note {
    pub target: Target,
    /// What changed, in a few words each: `displayName`, `members: 2 added`.
    pub changes: Vec<String>,
    /// What a change asked for that was refused.
    pub asked: AskedValues,
}

/// Attributes and the values that a request wants them to have: `name.familyName`, `Hopper`;
/// nothing where it wants them gone.
pub type AskedValues = Vec<(String, String)>;

/// A refusal as the log keeps it.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    /// RFC 7644 table 9, or empty.
    pub scim_type: &'static str,
    pub reason: Reason,
    pub detail: String,
}

impl Refusal {
    /// Whose fault it was. A paused connection refuses as it was told to.
    pub fn outcome(&self) -> Outcome {
        if self.status >= 500 && self.reason != Reason::ConnectionPaused {
            Outcome::Failed
        } else {
            Outcome::Refused
        }
    }
}

/// What mends a name that another record has.
const USER_RENAME: &str = "Somebody else has that userName, perhaps inactive: rename or remove \
                           that person first, or correct the userName in the provider.";
const GROUP_RENAME: &str = "Another group has that name: rename or remove that one first, or \
                            give this group another name in the provider.";

/// A row as it is read back.
#[derive(Debug, Clone)]
pub struct ProvisioningRow {
    pub seq: i64,
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    pub connection: Option<(ConnectionId, String, ProviderKind)>,
    pub token: Option<TokenId>,
    pub request: RequestId,
    pub method: String,
    pub uri: String,
    pub address: Option<String>,
    pub target_kind: String,
    pub target_id: String,
    pub target_name: String,
    pub outcome: Outcome,
    pub status: u16,
    pub scim_type: String,
    pub reason: Option<Reason>,
    pub detail: String,
    pub changes: Vec<String>,
    pub asked: AskedValues,
    /// From arrival to the row's writing, in microseconds.
    pub duration_us: i64,
}

impl ProvisioningRow {
    /// What to do about it, in the words of that provider.
    pub fn fix(&self) -> Option<&'static str> {
        let kind = self
            .connection
            .as_ref()
            .map_or(ProviderKind::Generic, |(_, _, kind)| *kind);
        let reason = self.reason?;
        // What is to be renamed is there already: there is nothing to match it with.
        let renames = matches!(self.method.as_str(), "PUT" | "PATCH");
        Some(match reason {
            Reason::UserNameTaken if renames => USER_RENAME,
            Reason::GroupNameTaken if renames => GROUP_RENAME,
            other => other.fix(kind),
        })
    }

    /// The name that it wanted its record to have: that of the record itself where it would not
    /// have renamed it. A long one is kept as far as it was written down.
    pub fn wanted_name(&self) -> &str {
        let attribute = match self.target_kind.as_str() {
            "User" => "userName",
            _ => "displayName",
        };
        let mut asked = self.asked.iter().rev();
        let asked = asked.find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        match asked {
            Some((_, value)) if !value.is_empty() => value.strip_suffix('…').unwrap_or(value),
            Some(_) | None => &self.target_name,
        }
    }
}

/// Which rows of the log are asked for.
#[derive(Debug, Clone, Default)]
pub struct ProvisioningFilter {
    /// Id or name of a connection.
    pub connection: Option<String>,
    pub outcome: Option<Outcome>,
    /// Milliseconds since 1970, UTC: rows of then or later.
    pub since_ms: Option<i64>,
}

/// Which outcomes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultKind {
    /// Applied, or unchanged.
    Accepted,
    /// Refused, or failed; not what the brake holds.
    Rejected,
    /// Refused by the brake.
    Held,
}

/// What is looked for in an account's log. Nothing of it has an index: a search goes through a
/// stretch of the log.
#[derive(Debug, Clone, Default)]
pub struct LogSearch {
    pub connection: Option<ConnectionId>,
    pub result: Option<ResultKind>,
    /// `User` or `Group`.
    pub kind: Option<&'static str>,
    pub reason: Option<Reason>,
    /// Part of the target's name, its SCIM id, a request's id, or the beginning of a person's name.
    pub text: Option<String>,
    /// Milliseconds since 1970, UTC: rows of then or later.
    pub since_ms: Option<i64>,
}

impl LogSearch {
    /// Whether it chooses among the requests of a connection and a time. All of those are counted
    /// by the hour, reads too; of some, only rows can be counted.
    pub fn chooses(&self) -> bool {
        self.result.is_some() || self.kind.is_some() || self.reason.is_some() || self.text.is_some()
    }
}

/// How many rows match, by the hour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    pub hours: Vec<HourOf>,
    /// Since when, where older ones were not looked at. Milliseconds since 1970.
    pub looked_to_ms: Option<i64>,
}

/// What was found in a stretch of the log.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Newest first.
    pub rows: Vec<ProvisioningRow>,
    /// Where to look on, towards older rows; `None`: there is nothing older that could match.
    pub next: Option<i64>,
    /// When the stretch ended, if it ended before enough was found. Milliseconds since 1970.
    pub looked_to_ms: Option<i64>,
}

/// The number of the newest row of the log, and what was found up to it.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// Oldest first.
    pub rows: Vec<ProvisioningRow>,
    pub seen: i64,
}

/// Requests of one hour since 1970, of one connection or of all.
pub type HourOf = (i64, HourSums);
