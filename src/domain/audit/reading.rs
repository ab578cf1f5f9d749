//! The log as it is read back, searched and verified.

use super::{ActionType, AuditId};

/// A row of the log as it is read back.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Gap-free, from 1.
    pub seq: i64,
    pub id: AuditId,
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// The entry in the shape of audit log v2, as JSON text: what the chain covers.
    pub entry: String,
    pub hash: [u8; 32],
}

/// The first thing wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainFault {
    pub seq: i64,
    pub what: String,
}

/// Which rows of the log are asked for.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// The description of an `Action`, such as `Create SCIM User`, or a verb: `create`,
    /// `update`, `delete`, `view`; letter case aside.
    pub action: Option<String>,
    /// Milliseconds since 1970, UTC: rows of then or later.
    pub since_ms: Option<i64>,
}

/// What an entry can be searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditField {
    Id,
    AccountName,
    ActionDescription,
    ActionResult,
    ActionType,
    ActorContext,
    ActorEmail,
    ActorId,
    ActorAddress,
    ActorTokenId,
    ActorTokenName,
    ActorType,
    RequestId,
    Method,
    StatusCode,
    Uri,
    ResourceId,
    ResourceProduct,
    ResourceScope,
    ResourceType,
    ZoneId,
    ZoneName,
}

/// One condition of a search: the field is one of these texts, or none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCondition {
    pub field: AuditField,
    pub values: Vec<String>,
    pub negated: bool,
}

/// A search of the log; all conditions must hold.
#[derive(Debug, Clone)]
pub struct AuditSearch {
    /// Milliseconds since 1970, UTC: rows of then or later.
    pub since_ms: i64,
    /// Rows before then.
    pub before_ms: i64,
    pub conditions: Vec<AuditCondition>,
    pub oldest_first: bool,
    /// The page begins behind this row.
    pub after_seq: Option<i64>,
    /// Rows of the page to be passed over.
    pub offset: i64,
    pub limit: i64,
}

/// By which door a change came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditSource {
    Console,
    Api,
    Scim,
    Cli,
    /// Provost itself.
    System,
}

impl AuditSource {
    pub const ALL: [Self; 5] = [
        Self::Console,
        Self::Api,
        Self::Scim,
        Self::Cli,
        Self::System,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
            Self::Scim => "scim",
            Self::Cli => "cli",
            Self::System => "system",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// Of an entry: `kind`, `context` and `id` are its actor's.
    pub fn of(kind: &str, context: &str, id: &str, uri: &str) -> Self {
        match (kind, context) {
            ("system", _) => Self::System,
            (_, "dash") => Self::Console,
            _ if id.starts_with("cli:") => Self::Cli,
            _ if uri.contains("/scim/v2") => Self::Scim,
            _ => Self::Api,
        }
    }
}

/// Which rows the console shows; what is empty asks for nothing. Letter case aside.
#[derive(Debug, Clone)]
pub struct AuditLook {
    /// A part of what was done, of who did it, or of what it was done to; or the beginning of the
    /// name of a person to whom it was done.
    pub text: String,
    /// A part of an e-mail address or of the name of a token or connection, or an id.
    pub actor: String,
    pub verb: Option<ActionType>,
    /// What was done, or what was refused.
    pub done: Option<bool>,
    /// A part of the name of what was changed, its id, or its kind; or the beginning of the name
    /// of a person who was.
    pub object: String,
    pub source: Option<AuditSource>,
    /// Milliseconds since 1970, UTC: rows of then or later, and before then.
    pub since_ms: i64,
    pub until_ms: i64,
    /// Rows before this one.
    pub before: Option<i64>,
}

impl AuditLook {
    /// Whether every row of the time is asked for.
    pub fn is_plain(&self) -> bool {
        let texts = [&self.text, &self.actor, &self.object];
        let chosen = self.verb.is_some() || self.done.is_some() || self.source.is_some();
        texts.iter().all(|text| text.is_empty()) && !chosen
    }
}

/// What one look back through the log found.
#[derive(Debug, Clone)]
pub struct AuditFound {
    /// Newest first.
    pub rows: Vec<AuditRow>,
    /// The row before which the next look begins; `None` when there can be no more.
    pub next: Option<i64>,
    /// The time of the last row that was looked at, in milliseconds since 1970, UTC.
    pub back_to_ms: Option<i64>,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerdict {
    /// Rows that were recomputed.
    pub rows: i64,
    /// The last row's number, 0 in an empty log.
    pub last_seq: i64,
    /// Anchors that were compared.
    pub anchors: i64,
    pub fault: Option<ChainFault>,
}

/// What is known of the chain: the last examination, or an earlier one that found it broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainState {
    /// When it was examined, in milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// From the first row on, not the newest rows alone.
    pub whole: bool,
    pub verdict: AuditVerdict,
}
