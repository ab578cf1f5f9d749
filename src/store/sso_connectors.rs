//! The e-mail domains of an account, and how far each is verified.

use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::sql::{OnUnique, find, get as get_row, list as rows, parsed, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::SsoConnectorId;
use crate::domain::reason::Reason;
use crate::domain::sso_connector::{
    NewSsoConnector, SsoConnector, SsoConnectorChange, VERIFICATION_MS, VerificationStatus,
};

/// Most domains that a list shows.
const LISTED_MAX: i64 = 10_000;

/// Errors: `Conflict` (the account has that domain).
pub fn insert(tx: &WriteTx<'_>, new: &NewSsoConnector, code: &str) -> Result<SsoConnector> {
    let id = SsoConnectorId::from_bytes(tx.new_id());
    let (status, begun) = if new.begin_verification {
        (VerificationStatus::Pending, Some(tx.now_ms()))
    } else {
        (VerificationStatus::Awaiting, None)
    };
    run(
        tx.conn(),
        "INSERT INTO sso_connectors (id, account, email_domain, use_fedramp_language, code,
             status, begun_ms, created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        params![
            id,
            tx.account()?,
            new.email_domain.as_str(),
            new.use_fedramp_language,
            code,
            status.name(),
            begun,
            tx.now_ms(),
        ],
    )
    .on_unique(
        "sso_connectors.account, sso_connectors.email_domain",
        || {
            Error::conflict(
                Reason::NameTaken,
                format!(
                    "The account has an SSO connector for {} already; change that one.",
                    new.email_domain
                ),
            )
        },
    )?;
    get(tx, id)
}

/// The account's domains, by name.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<SsoConnector>> {
    let all = rows(
        tx.conn(),
        "SELECT id, email_domain, enabled, use_fedramp_language, code, status, begun_ms,
                created_ms, modified_ms
         FROM sso_connectors WHERE account = ?1 ORDER BY email_domain LIMIT ?2",
        (tx.account()?, LISTED_MAX),
        |row| connector_row(row, tx.now_ms()),
    )?;
    Ok(all)
}

/// Errors: `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: SsoConnectorId) -> Result<SsoConnector> {
    let found = find(
        tx.conn(),
        "SELECT id, email_domain, enabled, use_fedramp_language, code, status, begun_ms,
                created_ms, modified_ms
         FROM sso_connectors WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        |row| connector_row(row, tx.now_ms()),
    )?;
    found.ok_or_else(|| unknown(&id.to_string()))
}

/// By id, else by domain, letter case aside.
///
/// Errors: `NotFound`.
pub fn get_named(tx: &ReadTx<'_>, id_or_domain: &str) -> Result<SsoConnector> {
    if let Ok(id) = id_or_domain.parse() {
        return get(tx, id);
    }
    let found = find(
        tx.conn(),
        "SELECT id, email_domain, enabled, use_fedramp_language, code, status, begun_ms,
                created_ms, modified_ms
         FROM sso_connectors WHERE account = ?1 AND email_domain = ?2",
        (tx.account()?, id_or_domain.to_ascii_lowercase()),
        |row| connector_row(row, tx.now_ms()),
    )?;
    found.ok_or_else(|| unknown(id_or_domain))
}

/// Whether the account has that domain verified and enabled; `domain` in lower case.
pub fn is_enabled(tx: &ReadTx<'_>, domain: &str) -> Result<bool> {
    let enabled = get_row(
        tx.conn(),
        "SELECT EXISTS (SELECT 1 FROM sso_connectors
                        WHERE account = ?1 AND email_domain = ?2 AND enabled = 1)",
        (tx.account()?, domain),
        |row| row.get(0),
    )?;
    Ok(enabled)
}

/// Whether anything was changed.
///
/// Errors: `Conflict` (enabled in another account).
pub fn update(
    tx: &WriteTx<'_>,
    before: &SsoConnector,
    change: &SsoConnectorChange,
) -> Result<bool> {
    let enabled = change.enabled.unwrap_or(before.enabled);
    let fedramp = change
        .use_fedramp_language
        .unwrap_or(before.use_fedramp_language);
    if (enabled, fedramp) == (before.enabled, before.use_fedramp_language) {
        return Ok(false);
    }
    run(
        tx.conn(),
        "UPDATE sso_connectors SET enabled = ?2, use_fedramp_language = ?3, modified_ms = ?4
         WHERE id = ?1",
        (before.id, enabled, fedramp, tx.now_ms()),
    )
    .on_unique("sso_connectors.email_domain", || {
        Error::conflict(
            Reason::NameTaken,
            format!(
                "The domain {} is enabled in another account of this server; disable it there \
                 first.",
                before.email_domain
            ),
        )
    })?;
    Ok(true)
}

/// Writes how far the verification is; begun now, where it is pending.
pub fn set_status(tx: &WriteTx<'_>, id: SsoConnectorId, status: VerificationStatus) -> Result<()> {
    let begun = (status == VerificationStatus::Pending).then(|| tx.now_ms());
    run(
        tx.conn(),
        "UPDATE sso_connectors SET status = ?2, begun_ms = ?3, modified_ms = ?4 WHERE id = ?1",
        (id, status.name(), begun, tx.now_ms()),
    )?;
    Ok(())
}

pub fn delete(tx: &WriteTx<'_>, id: SsoConnectorId) -> Result<()> {
    run(tx.conn(), "DELETE FROM sso_connectors WHERE id = ?1", [id])?;
    Ok(())
}

/// What the audit log keeps of a domain.
pub fn facts(connector: &SsoConnector) -> Value {
    json!({
        "email_domain": connector.email_domain,
        "enabled": connector.enabled,
        "use_fedramp_language": connector.use_fedramp_language,
        "verification": connector.status.name(),
    })
}

fn connector_row(row: &Row<'_>, now_ms: i64) -> rusqlite::Result<SsoConnector> {
    let begun: Option<i64> = row.get(6)?;
    let status = match parsed(row, 5, VerificationStatus::parse)? {
        VerificationStatus::Pending
            if begun.is_some_and(|begun| begun.saturating_add(VERIFICATION_MS) < now_ms) =>
        {
            VerificationStatus::Failed
        }
        status => status,
    };
    Ok(SsoConnector {
        id: row.get(0)?,
        email_domain: row.get(1)?,
        enabled: row.get(2)?,
        use_fedramp_language: row.get(3)?,
        code: row.get(4)?,
        status,
        created_ms: row.get(7)?,
        modified_ms: row.get(8)?,
    })
}

fn unknown(id_or_domain: &str) -> Error {
    let shown = crate::domain::text::shown(id_or_domain);
    Error::new(
        Kind::NotFound,
        Reason::NotFound,
        format!(
            "There is no SSO connector {shown} in this account; `provost sso list` shows them."
        ),
    )
}
