//! The provisioning log: what identity providers sent, and what came of it.

pub mod about;
pub mod search;

use rusqlite::Row;
use serde_json::json;

use super::sql::{find, list as list_rows, parsed, run};
use super::tx::{ReadTx, WriteTx};
use super::{Db, audit, connections};
use crate::domain::actor::{Actor, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::connection::ProviderKind;
use crate::domain::error::Result;
use crate::domain::id::RequestId;
use crate::domain::instant::print_ms;
use crate::domain::provisioning::{Note, Outcome, ProvisioningFilter, ProvisioningRow, Refusal};
use crate::domain::query::{Start, Window};
use crate::domain::reason::Reason;

/// Texts are kept to this many characters: a detail is one sentence, a URI has a limit.
const TEXT_CHARS_MAX: usize = 1024;

/// How long rows are kept unless a setting says otherwise.
pub const RETENTION_DAYS_DEFAULT: i64 = 30;
/// Rows removed in one write, so that nobody waits long behind it.
const RETENTION_BATCH_ROWS: i64 = 2000;
const DAY_MS: i64 = 86_400_000;

/// The row of a write that succeeded, in the write's own savepoint.
pub(in crate::store) fn append_success(tx: &WriteTx<'_>, known: &Note, took_us: u64) -> Result<()> {
    let mut note = std::mem::take(&mut tx.state.borrow_mut().note);
    if note.target.kind.is_empty() {
        note.target.clone_from(&known.target);
    }
    let outcome = if tx.changed() {
        Outcome::Applied
    } else {
        Outcome::Unchanged
    };
    let answer = Answer {
        status: tx.status(),
        scim_type: "",
        reason: "",
        detail: "",
    };
    insert(tx, &note, outcome, &answer, took_us)
}

/// The row of a refusal.
pub(in crate::store) fn append(
    tx: &WriteTx<'_>,
    note: &Note,
    outcome: Outcome,
    refusal: &Refusal,
    took_us: u64,
) -> Result<()> {
    let answer = Answer {
        status: refusal.status,
        scim_type: refusal.scim_type,
        reason: refusal.reason.code(),
        detail: &refusal.detail,
    };
    insert(tx, note, outcome, &answer, took_us)
}

struct Answer<'a> {
    status: u16,
    scim_type: &'a str,
    reason: &'a str,
    detail: &'a str,
}

fn insert(
    tx: &WriteTx<'_>,
    note: &Note,
    outcome: Outcome,
    answer: &Answer<'_>,
    took_us: u64,
) -> Result<()> {
    let request = tx.request();
    let token = match tx.actor() {
        Actor::Client(client) => Some(client.token),
        Actor::Operator(_) | Actor::Cli { .. } | Actor::System { .. } => None,
    };
    let changes = if note.changes.is_empty() {
        "[]".to_owned()
    } else {
        serde_json::Value::from(note.changes.clone()).to_string()
    };
    let asked = if note.asked.is_empty() {
        String::new()
    } else {
        json!(note.asked).to_string()
    };
    run(
        tx.conn(),
        "INSERT INTO provisioning (account, connection, token, at_ms, duration_us, request,
             method, uri, address, target_kind, target_id, target_name, outcome, status,
             scim_type, reason, detail, changes, asked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19)",
        rusqlite::params![
            tx.account()?,
            tx.connection(),
            token,
            tx.now_ms(),
            i64::try_from(took_us).unwrap_or(i64::MAX),
            request.id,
            request.method,
            short(&request.uri),
            request.address.map(|address| address.to_string()),
            note.target.kind,
            short(&note.target.id),
            short(&note.target.name),
            outcome.name(),
            answer.status,
            answer.scim_type,
            answer.reason,
            short(answer.detail),
            changes,
            asked,
        ],
    )?;
    Ok(())
}

/// The text, cut at a character's border.
fn short(text: &str) -> &str {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

/// Rows that match: of the transaction's account, or of the whole box.
///
/// Errors: `NotFound` (connection; it can be named on an account only).
pub fn list(
    tx: &ReadTx<'_>,
    filter: &ProvisioningFilter,
    window: Window,
) -> Result<Vec<ProvisioningRow>> {
    let connection = match &filter.connection {
        Some(named) => Some(connections::key(tx, connections::get_named(tx, named)?.id)?),
        None => None,
    };
    let since = filter.since_ms.unwrap_or(i64::MIN);
    let outcome = filter.outcome.map(Outcome::name);
    let account = tx.account_or_none();
    let rows = match window.from {
        Start::Newest | Start::Before(_) => {
            let before = if let Start::Before(seq) = window.from {
                seq
            } else {
                i64::MAX
            };
            list_rows(
                tx.conn(),
                "SELECT p.seq, p.at_ms, c.id, c.name, c.kind, p.token, p.request, p.method,
                        p.uri, p.address, p.target_kind, p.target_id, p.target_name, p.outcome,
                        p.status, p.scim_type, p.reason, p.detail, p.changes, p.duration_us, p.asked
                 FROM provisioning p LEFT JOIN connections c ON c.seq = p.connection
                 WHERE p.seq < ?1 AND (?2 IS NULL OR p.account = ?2)
                   AND (?3 IS NULL OR p.connection = ?3) AND (?4 IS NULL OR p.outcome = ?4)
                   AND p.at_ms >= ?5
                 ORDER BY p.seq DESC LIMIT ?6",
                (before, account, connection, outcome, since, window.limit),
                provisioning_row,
            )?
        }
        Start::After(seq) => list_rows(
            tx.conn(),
            "SELECT p.seq, p.at_ms, c.id, c.name, c.kind, p.token, p.request, p.method,
                    p.uri, p.address, p.target_kind, p.target_id, p.target_name, p.outcome,
                    p.status, p.scim_type, p.reason, p.detail, p.changes, p.duration_us, p.asked
             FROM provisioning p LEFT JOIN connections c ON c.seq = p.connection
             WHERE p.seq > ?1 AND (?2 IS NULL OR p.account = ?2)
               AND (?3 IS NULL OR p.connection = ?3) AND (?4 IS NULL OR p.outcome = ?4)
               AND p.at_ms >= ?5
             ORDER BY p.seq LIMIT ?6",
            (seq, account, connection, outcome, since, window.limit),
            provisioning_row,
        )?,
    };
    Ok(rows)
}

/// The row of that number or request id, when the transaction may see it.
pub fn get(tx: &ReadTx<'_>, seq_or_request: &str) -> Result<Option<ProvisioningRow>> {
    // A request id that is all digits is longer than any number of a row.
    if let Ok(seq) = seq_or_request.parse::<i64>() {
        return by_number(tx, seq);
    }
    let Ok(request) = seq_or_request.parse::<RequestId>() else {
        return Ok(None);
    };
    if let Some(row) = near(tx, request)? {
        return Ok(Some(row));
    }
    // It is not where its time says, so the whole log is gone through: the clock was set.
    let seq: Option<i64> = find(
        tx.conn(),
        "SELECT seq FROM provisioning WHERE request = ?1 AND (?2 IS NULL OR account = ?2)
         ORDER BY seq LIMIT 1",
        (request, tx.account_or_none()),
        |row| row.get(0),
    )?;
    seq.map_or(Ok(None), |seq| by_number(tx, seq))
}

/// The first row of that request, if it is about where its time says that it should be.
pub fn near(tx: &ReadTx<'_>, request: RequestId) -> Result<Option<ProvisioningRow>> {
    match search::near(tx, request)? {
        Some(seq) => by_number(tx, seq),
        None => Ok(None),
    }
}

fn by_number(tx: &ReadTx<'_>, seq: i64) -> Result<Option<ProvisioningRow>> {
    Ok(find(
        tx.conn(),
        "SELECT p.seq, p.at_ms, c.id, c.name, c.kind, p.token, p.request, p.method,
                p.uri, p.address, p.target_kind, p.target_id, p.target_name, p.outcome,
                p.status, p.scim_type, p.reason, p.detail, p.changes, p.duration_us, p.asked
         FROM provisioning p LEFT JOIN connections c ON c.seq = p.connection
         WHERE p.seq = ?1 AND (?2 IS NULL OR p.account = ?2)",
        (seq, tx.account_or_none()),
        provisioning_row,
    )?)
}

fn provisioning_row(row: &Row<'_>) -> rusqlite::Result<ProvisioningRow> {
    let connection = match row.get::<_, Option<crate::domain::id::ConnectionId>>(2)? {
        Some(id) => Some((id, row.get(3)?, parsed(row, 4, ProviderKind::parse)?)),
        None => None,
    };
    Ok(ProvisioningRow {
        seq: row.get(0)?,
        at_ms: row.get(1)?,
        connection,
        token: row.get(5)?,
        request: row.get(6)?,
        method: row.get(7)?,
        uri: row.get(8)?,
        address: row.get(9)?,
        target_kind: row.get(10)?,
        target_id: row.get(11)?,
        target_name: row.get(12)?,
        outcome: parsed(row, 13, Outcome::parse)?,
        status: row.get(14)?,
        scim_type: row.get(15)?,
        reason: Reason::from_code(row.get_ref(16)?.as_str()?),
        detail: row.get(17)?,
        changes: parsed(row, 18, |text| serde_json::from_str(text).ok())?,
        duration_us: row.get(19)?,
        asked: parsed(row, 20, |text| match text {
            "" => Some(Vec::new()),
            text => serde_json::from_str(text).ok(),
        })?,
    })
}

impl Db {
    /// Removes rows older than `days`, in batches that nobody waits long behind; how many
    /// there were. The newest row stays, so that numbers are never used again.
    ///
    /// Errors: as [`Db::write`].
    pub fn remove_old_provisioning(&self, days: i64) -> Result<i64> {
        let before_ms = self
            .clock()
            .now_ms()
            .saturating_sub(days.saturating_mul(DAY_MS));
        let mut removed = 0;
        loop {
            let batch = self.write_blocking(self.own_write("retention"), move |tx| {
                remove_batch(tx, before_ms)
            })?;
            removed += batch;
            if batch < RETENTION_BATCH_ROWS {
                break;
            }
        }
        if removed > 0 {
            let facts = json!({ "rows": removed, "before": print_ms(before_ms) });
            self.write_blocking(self.own_write("retention"), move |tx| {
                tx.require(Permission::BoxAdministration)?;
                let event = Event::new(Action::LogRetention, "provisioning", "provisioning log");
                audit::append(tx, event.before(facts))
            })?;
        }
        Ok(removed)
    }
}

fn remove_batch(tx: &WriteTx<'_>, before_ms: i64) -> Result<i64> {
    tx.require(Permission::BoxAdministration)?;
    let removed = run(
        tx.conn(),
        "DELETE FROM provisioning
         WHERE seq IN (SELECT seq FROM provisioning ORDER BY seq LIMIT ?1)
           AND at_ms < ?2 AND seq < (SELECT max(seq) FROM provisioning)",
        (RETENTION_BATCH_ROWS, before_ms),
    )?;
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}
