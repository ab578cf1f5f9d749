//! An identity provider attached to an account, and how it wants to be treated.

use serde::{Deserialize, Serialize};

use super::brake::Brake;
use super::id::ConnectionId;

/// Which client talks; decides tolerances and the wording of fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    Okta,
    Entra,
    Authentik,
    Generic,
}

impl ProviderKind {
    pub const ALL: [Self; 4] = [Self::Okta, Self::Entra, Self::Authentik, Self::Generic];

    pub fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Authentik => "authentik",
            Self::Generic => "generic",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Entra and Okta send `replace` for filtered paths that match nothing yet, and mean
    /// "create it".
    pub fn replace_creates_missing(self) -> bool {
        matches!(self, Self::Okta | Self::Entra)
    }
}

/// What happens to profile changes that arrive after creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributeUpdates {
    Store,
    /// They succeed and change nothing; `active` and `externalId` still do.
    Ignore,
}

/// What happens when a connection writes to what another one, or a person, made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdoptExisting {
    Adopt,
    Refuse,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionSettings {
    /// userName and the primary work address must be the same string, letter case included.
    pub strict_upn_email: bool,
    pub attribute_updates: AttributeUpdates,
    pub adopt_existing: AdoptExisting,
    /// People whose address is in no verified, enabled SSO domain are not deprovisioned.
    pub require_sso_domain: bool,
    pub brake: Brake,
}

impl ConnectionSettings {
    pub fn default_for(kind: ProviderKind) -> Self {
        Self {
            strict_upn_email: kind == ProviderKind::Entra,
            attribute_updates: AttributeUpdates::Store,
            adopt_existing: AdoptExisting::Adopt,
            require_sso_domain: false,
            brake: Brake::default(),
        }
    }
}

/// The name of the connection that tokens without one act as.
pub const BUILT_IN_NAME: &str = "API";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub id: ConnectionId,
    pub kind: ProviderKind,
    /// Unique in the account, letter case aside.
    pub name: String,
    pub settings: ConnectionSettings,
    /// Paused connections get 503: a 401 would make Entra quarantine the job.
    pub paused: bool,
    /// The account's own connection "API", which tokens without a connection act as.
    pub built_in: bool,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
}

/// A connection as others refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRef {
    pub id: ConnectionId,
    pub name: String,
}

/// A connection as lists mark what came by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionMark {
    pub id: ConnectionId,
    pub kind: ProviderKind,
    pub name: String,
}

/// What an operator sets of a connection's settings; `None` stays as it is, or as the kind's
/// default when the connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SettingsChange {
    pub strict_upn_email: Option<bool>,
    pub attribute_updates: Option<AttributeUpdates>,
    pub adopt_existing: Option<AdoptExisting>,
    pub require_sso_domain: Option<bool>,
    pub brake: Option<Brake>,
}

impl SettingsChange {
    pub fn apply(&self, settings: &ConnectionSettings) -> ConnectionSettings {
        ConnectionSettings {
            strict_upn_email: self.strict_upn_email.unwrap_or(settings.strict_upn_email),
            attribute_updates: self.attribute_updates.unwrap_or(settings.attribute_updates),
            adopt_existing: self.adopt_existing.unwrap_or(settings.adopt_existing),
            require_sso_domain: self
                .require_sso_domain
                .unwrap_or(settings.require_sso_domain),
            brake: self.brake.unwrap_or(settings.brake),
        }
    }
}

/// What an operator changes of a connection.
#[derive(Debug, Clone, Default)]
pub struct ConnectionChange {
    pub name: Option<super::text::Label>,
    pub settings: SettingsChange,
}

/// What a connection manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Managed {
    /// Counted so far.
    pub people: i64,
    pub more_people: bool,
    pub groups: i64,
}

/// Requests of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HourSums {
    pub reads: i64,
    /// Writes that were accepted.
    pub writes: i64,
    /// Without what the brake held.
    pub refused: i64,
    pub failed: i64,
    /// Refused by the brake.
    pub held: i64,
}

impl HourSums {
    pub fn add(&mut self, other: &Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.refused += other.refused;
        self.failed += other.failed;
        self.held += other.held;
    }

    pub fn requests(&self) -> i64 {
        self.reads + self.writes + self.refused + self.failed + self.held
    }
}

/// What is told of a connection in a word: little enough for every page to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs {
    pub paused: bool,
    /// Milliseconds since 1970, UTC; `None`: never.
    pub last_request_ms: Option<i64>,
    /// Whether that one was refused, or failed.
    pub last_failed: bool,
    /// Requests of the last 24 hours that were refused or failed; `None` without requests.
    pub error_per_mille: Option<i64>,
    /// Whether its brake holds anything.
    pub holds: bool,
}

/// How a connection fares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectionHealth {
    /// Milliseconds since 1970, UTC; `None`: never.
    pub last_request_ms: Option<i64>,
    pub last_write_ms: Option<i64>,
    /// The last request that went well, a read too.
    pub last_good_ms: Option<i64>,
    /// The last 24 hours, oldest first; the last entry is the hour that runs.
    pub hours: [HourSums; 24],
    /// Changes that its brake holds and nobody has decided of, and since when there are any.
    pub held: i64,
    pub held_since_ms: Option<i64>,
}

impl ConnectionHealth {
    pub fn signs(&self, paused: bool) -> Signs {
        Signs {
            paused,
            last_request_ms: self.last_request_ms,
            last_failed: self.last_good_ms < self.last_request_ms,
            error_per_mille: self.error_per_mille(),
            holds: self.held > 0,
        }
    }

    /// Requests of the last 24 hours that were refused or failed, without those that the brake
    /// held, in per mille; `None` without requests.
    pub fn error_per_mille(&self) -> Option<i64> {
        error_per_mille(&self.hours)
    }
}

/// Requests of those hours that were refused or failed, in per mille; `None` without requests.
pub fn error_per_mille(hours: &[HourSums]) -> Option<i64> {
    let (mut all, mut errors) = (0_i64, 0_i64);
    for hour in hours {
        errors += hour.refused + hour.failed;
        all += hour.requests();
    }
    (all > 0).then(|| errors * 1000 / all)
}
