//! The audit log: appended in the transaction of the change, chained, never changed.

pub mod about;
pub mod look;
pub mod search;
pub mod verify;

use std::net::IpAddr;

use rusqlite::Row;
use serde::Serialize;
use serde_json::{Value, json};

use super::sql::{find, list as list_rows, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::actor::Actor;
use crate::domain::audit::{Action, AuditFilter, AuditRow, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::{AuditId, MemberId, RequestId, SessionId, TokenId};
use crate::domain::instant::print_ms;
use crate::domain::query::{Start, Window};
use crate::domain::text::fold;

/// The longest `before` or `after` of an entry, in bytes of JSON (T-101).
pub const DIFF_BYTES_MAX: usize = 16 * 1024;

/// What the first row of the chain follows.
pub(in crate::store) const CHAIN_START: [u8; 32] = [0; 32];

/// Appends the row of a change. Without it there is no change: an error here undoes the
/// savepoint.
pub fn append(tx: &WriteTx<'_>, event: Event) -> Result<()> {
    let (last_seq, last_hash) = tail(tx)?;
    let (seq, id, at_ms) = (last_seq + 1, AuditId::from_bytes(tx.new_id()), tx.now_ms());
    let (success, makes_a_person) = (event.success, event.action == Action::ScimUserCreate);
    let entry = entry(tx, id, event)?;
    let account = tx.account_or_none();
    let hash = chain(tx.keys(), &last_hash, seq, account, at_ms, entry.as_bytes());
    run(
        tx.conn(),
        "INSERT INTO audit (seq, id, account, at_ms, entry, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (seq, id, account, at_ms, &entry, hash),
    )?;
    tx.audit_tail().set(Some((seq, hash)));
    // A refusal that is recorded changes nothing.
    if success {
        let mut state = tx.state.borrow_mut();
        state.audited = Some(id);
        // Whoever is new changes nothing for those who were there.
        let leaves_people = state.leaves_people.unwrap_or(true) && makes_a_person;
        state.leaves_people = Some(leaves_people);
        state.makes_people |= makes_a_person;
    }
    Ok(())
}

/// The hash of a row: over the one before and every column of its own, each of fixed width
/// but the last, so that no two rows share a text.
pub(in crate::store) fn chain(
    keys: &super::keys::Keys,
    previous: &[u8; 32],
    seq: i64,
    account: Option<i64>,
    at_ms: i64,
    entry: &[u8],
) -> [u8; 32] {
    keys.chain(&[
        previous,
        &seq.to_be_bytes(),
        &account.unwrap_or(0).to_be_bytes(),
        &at_ms.to_be_bytes(),
        entry,
    ])
}

/// The last row. Only the writer appends, so it remembers it between two rows.
fn tail(tx: &WriteTx<'_>) -> Result<(i64, [u8; 32])> {
    if let Some(tail) = tx.audit_tail().get() {
        return Ok(tail);
    }
    let last = find(
        tx.conn(),
        "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(last.unwrap_or((0, CHAIN_START)))
}

/// The entry in the shape of audit log v2, as Cloudflare's, with our additions
/// under `provost`.
#[derive(Serialize)]
struct Entry<'a> {
    id: AuditId,
    action: EntryAction,
    actor: EntryActor<'a>,
    raw: EntryRaw<'a>,
    resource: EntryResource<'a>,
    provost: EntryProvost<'a>,
}

#[derive(Serialize)]
struct EntryAction {
    description: &'static str,
    result: &'static str,
    time: String,
    #[serde(rename = "type")]
    verb: &'static str,
}

#[derive(Serialize, Default)]
struct EntryActor<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    context: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<TokenId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<IpAddr>,
}

#[derive(Serialize)]
struct EntryRaw<'a> {
    cf_ray_id: RequestId,
    method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code: Option<u16>,
    uri: &'a str,
    user_agent: &'a str,
}

#[derive(Serialize)]
struct EntryResource<'a> {
    id: &'a str,
    name: &'a str,
    product: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    scope: &'static str,
    request: Value,
    response: Value,
}

#[derive(Serialize, Default)]
struct EntryProvost<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'a str>,
    /// Which of the token's secrets was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_secret: Option<&'a str>,
    /// The operator's member in the account, and the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<MemberId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

fn entry(tx: &WriteTx<'_>, id: AuditId, event: Event) -> Result<String> {
    let request = tx.request();
    let (actor, provost) = actor_of(tx);
    let action = event.action;
    let entry = Entry {
        id,
        action: EntryAction {
            description: action.description(),
            result: if event.success { "success" } else { "failure" },
            time: print_ms(tx.now_ms()),
            verb: action.verb().name(),
        },
        actor,
        raw: EntryRaw {
            cf_ray_id: request.id,
            method: &request.method,
            status_code: Some(tx.status()).filter(|status| *status != 0),
            uri: &request.uri,
            user_agent: &request.user_agent,
        },
        resource: EntryResource {
            id: &event.resource_id,
            name: &event.resource_name,
            product: action.product(),
            kind: action.resource_type(),
            scope: "accounts",
            request: event.before,
            response: event.after,
        },
        provost,
    };
    let text = serde_json::to_string(&entry).map_err(Error::internal)?;
    if text.len() <= DIFF_BYTES_MAX {
        return Ok(text);
    }
    // Seldom: only then is it worth looking which side is too large (T-101).
    let Entry { resource, .. } = entry;
    let resource = EntryResource {
        request: bounded(resource.request),
        response: bounded(resource.response),
        ..resource
    };
    serde_json::to_string(&Entry { resource, ..entry }).map_err(Error::internal)
}

fn actor_of<'a>(tx: &'a WriteTx<'_>) -> (EntryActor<'a>, EntryProvost<'a>) {
    match tx.actor() {
        Actor::Client(client) => (
            EntryActor {
                kind: if client.member.is_some() {
                    "user"
                } else {
                    "account"
                },
                context: "api_token",
                id: client.member.map_or_else(
                    || client.connection.to_string(),
                    |member| member.to_string(),
                ),
                email: client.member_name.as_deref(),
                token_id: Some(client.token),
                token_name: Some(&client.token_name),
                ip_address: tx.request().address,
            },
            EntryProvost {
                connection: Some(&client.connection_name),
                token_secret: Some(&client.secret_hint),
                ..EntryProvost::default()
            },
        ),
        Actor::Operator(operator) => {
            let actor = EntryActor {
                kind: "user",
                context: "dash",
                id: operator.operator.to_string(),
                email: Some(&operator.email),
                ip_address: tx.request().address,
                ..EntryActor::default()
            };
            let provost = EntryProvost {
                member: operator.member,
                session: Some(operator.session),
                ..EntryProvost::default()
            };
            (actor, provost)
        }
        Actor::Cli { user } => {
            let id = format!("cli:{user}");
            let actor = EntryActor {
                kind: "user",
                context: "api",
                id,
                ..EntryActor::default()
            };
            (actor, EntryProvost::default())
        }
        Actor::System { why } => {
            let id = "provost".to_owned();
            let actor = EntryActor {
                kind: "system",
                context: "api",
                id,
                ..EntryActor::default()
            };
            (
                actor,
                EntryProvost {
                    why: Some(why),
                    ..EntryProvost::default()
                },
            )
        }
    }
}

/// A value that is too large is replaced by a statement of its size: the row must fit (T-101).
fn bounded(value: Value) -> Value {
    if value.is_null() {
        return value;
    }
    let bytes = value.to_string().len();
    if bytes <= DIFF_BYTES_MAX {
        value
    } else {
        json!({ "omitted_bytes": bytes })
    }
}

/// Rows that match: of the transaction's account, or of the whole box.
pub fn list(tx: &ReadTx<'_>, filter: &AuditFilter, window: Window) -> Result<Vec<AuditRow>> {
    let (account, action) = (tx.account_or_none(), filter.action.as_deref().map(fold));
    let rows = match window.from {
        Start::Newest | Start::Before(_) => {
            let before = if let Start::Before(seq) = window.from {
                seq
            } else {
                i64::MAX
            };
            list_rows(
                tx.conn(),
                "SELECT seq, id, at_ms, entry, hash FROM audit
                 WHERE seq < ?1 AND (?2 IS NULL OR account = ?2) AND at_ms >= ?3
                   AND (?4 IS NULL OR fold(entry ->> '$.action.description') = ?4
                        OR entry ->> '$.action.type' = ?4)
                 ORDER BY seq DESC LIMIT ?5",
                (
                    before,
                    account,
                    filter.since_ms.unwrap_or(i64::MIN),
                    action,
                    window.limit,
                ),
                audit_row,
            )?
        }
        Start::After(seq) => list_rows(
            tx.conn(),
            "SELECT seq, id, at_ms, entry, hash FROM audit
             WHERE seq > ?1 AND (?2 IS NULL OR account = ?2) AND at_ms >= ?3
               AND (?4 IS NULL OR fold(entry ->> '$.action.description') = ?4
                    OR entry ->> '$.action.type' = ?4)
             ORDER BY seq LIMIT ?5",
            (
                seq,
                account,
                filter.since_ms.unwrap_or(i64::MIN),
                action,
                window.limit,
            ),
            audit_row,
        )?,
    };
    Ok(rows)
}

/// The row of that number or id, when the transaction may see it.
pub fn get(tx: &ReadTx<'_>, seq_or_id: &str) -> Result<Option<AuditRow>> {
    let account = tx.account_or_none();
    if let Ok(id) = seq_or_id.parse::<AuditId>() {
        // An id begins with its time, and rows with theirs: it is among those of that time, but
        // for clocks that went back.
        let made_ms = id.made_ms();
        let near = (
            look::first_since(tx, made_ms)?,
            look::first_since(tx, made_ms + 1)?,
        );
        let row = find(
            tx.conn(),
            "SELECT seq, id, at_ms, entry, hash FROM audit
             WHERE seq >= ?1 AND seq < ?2 AND id = ?3 AND (?4 IS NULL OR account = ?4)",
            (near.0, near.1, id, account),
            audit_row,
        )?;
        if row.is_some() {
            return Ok(row);
        }
        let row = find(
            tx.conn(),
            "SELECT seq, id, at_ms, entry, hash FROM audit
             WHERE id = ?1 AND (?2 IS NULL OR account = ?2)",
            (id, account),
            audit_row,
        )?;
        return Ok(row);
    }
    let Ok(seq) = seq_or_id.parse::<i64>() else {
        return Ok(None);
    };
    let row = find(
        tx.conn(),
        "SELECT seq, id, at_ms, entry, hash FROM audit
         WHERE seq = ?1 AND (?2 IS NULL OR account = ?2)",
        (seq, account),
        audit_row,
    )?;
    Ok(row)
}

pub(in crate::store) fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get(0)?,
        id: row.get(1)?,
        at_ms: row.get(2)?,
        entry: row.get(3)?,
        hash: row.get(4)?,
    })
}

/// What the audit log keeps of an export.
pub fn export_facts(since_ms: Option<i64>) -> Value {
    json!({ "since": since_ms.map(print_ms) })
}
