//! The log as it is read back, searched and verified.

use super::AuditId;

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
