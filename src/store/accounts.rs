//! Accounts, and the one row of the box they stand on.

use rusqlite::{Connection, Row, TransactionBehavior};
use serde_json::{Value, json};

use super::connections;
use super::open::OpenError;
use super::sql::{OnUnique, find, get as get_row, list as list_rows, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::account::{Account, AccountChange, RESERVED_PREFIX_DEFAULT};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{AccountId, ConnectionId, ResourceGroupId};
use crate::domain::reason::Reason;
use crate::domain::text::{Label, fold};
use crate::env::Entropy;

/// Most accounts a list shows.
const ACCOUNTS_LISTED_MAX: i64 = 10_000;

/// The prefix of an account's name among resources.
pub(in crate::store) const RESOURCE_PREFIX: &str = "com.cloudflare.api.account.";

/// Counts this start; the latest time the database has seen, in milliseconds since 1970.
pub(in crate::store) fn register_start(
    conn: &mut Connection,
    entropy: &Entropy,
    now_ms: i64,
) -> Result<i64, OpenError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    run(
        &tx,
        "INSERT INTO box (seq, id, boots, last_seen_ms) VALUES (1, ?1, 1, ?2)
         ON CONFLICT (seq) DO UPDATE SET boots = boots + 1,
             last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
        (entropy.uuid_v7(now_ms), now_ms),
    )?;
    let seen = get_row(&tx, "SELECT last_seen_ms FROM box", [], |row| row.get(0))?;
    tx.commit()?;
    Ok(seen)
}

/// The box's id, and which start of which version this is.
pub fn start_facts(tx: &ReadTx<'_>) -> Result<(String, Value)> {
    let (id, boots): (AccountId, i64) =
        get_row(tx.conn(), "SELECT id, boots FROM box", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let version = env!("CARGO_PKG_VERSION");
    Ok((id.to_string(), json!({ "boot": boots, "version": version })))
}

/// The row's key of an account.
pub(in crate::store) fn key(conn: &Connection, id: AccountId) -> Result<Option<i64>> {
    Ok(find(
        conn,
        "SELECT seq FROM accounts WHERE id = ?1",
        [id],
        |row| row.get(0),
    )?)
}

/// Makes an account, its built-in connection and its whole-account resource group.
///
/// Errors: `Conflict` (name or id taken).
pub fn insert(tx: &WriteTx<'_>, name: &Label, id: Option<AccountId>) -> Result<Account> {
    let (conn, now) = (tx.conn(), tx.now_ms());
    // Nobody else writes between this look and the insert.
    if let Some(id) = id
        && key(conn, id)?.is_some()
    {
        return Err(id_taken(id));
    }
    let id = id.unwrap_or_else(|| AccountId::from_bytes(tx.new_id()));
    run(
        conn,
        "INSERT INTO accounts (id, name, name_key, reserved_prefix, created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        (id, name.as_str(), name.key(), RESERVED_PREFIX_DEFAULT, now),
    )
    .on_unique("accounts.name_key", || name_taken(name))?;
    let account = conn.last_insert_rowid();
    connections::insert_built_in(conn, account, ConnectionId::from_bytes(tx.new_id()), now)?;
    run(
        conn,
        "INSERT INTO resource_groups (id, account, name, built_in, created_ms)
         VALUES (?1, ?2, ?3, 1, ?4)",
        (
            ResourceGroupId::from_bytes(tx.new_id()),
            account,
            format!("{RESOURCE_PREFIX}{id}"),
            now,
        ),
    )?;
    tx.credentials_changed();
    get(tx, id)
}

/// All accounts, by name.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Account>> {
    let accounts = list_rows(
        tx.conn(),
        "SELECT id, name, reserved_prefix, member_count, group_count - legacy_count,
                created_ms
         FROM accounts ORDER BY name_key LIMIT ?1",
        [ACCOUNTS_LISTED_MAX],
        account_row,
    )?;
    Ok(accounts)
}

/// Errors: `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: AccountId) -> Result<Account> {
    let found = find(
        tx.conn(),
        "SELECT id, name, reserved_prefix, member_count, group_count - legacy_count,
                created_ms
         FROM accounts WHERE id = ?1",
        [id],
        account_row,
    )?;
    found.ok_or_else(|| unknown(&id.to_string()))
}

/// By id, else by name, letter case aside.
///
/// Errors: `NotFound`.
pub fn get_named(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Account> {
    if let Ok(id) = id_or_name.parse::<AccountId>()
        && key(tx.conn(), id)?.is_some()
    {
        return get(tx, id);
    }
    let found = find(
        tx.conn(),
        "SELECT id, name, reserved_prefix, member_count, group_count - legacy_count,
                created_ms
         FROM accounts WHERE name_key = ?1",
        [fold(id_or_name)],
        account_row,
    )?;
    found.ok_or_else(|| unknown(id_or_name))
}

/// The account that the transaction is on.
pub fn current(tx: &ReadTx<'_>) -> Result<Account> {
    let account = get_row(
        tx.conn(),
        "SELECT id, name, reserved_prefix, member_count, group_count - legacy_count,
                created_ms
         FROM accounts WHERE seq = ?1",
        [tx.account()?],
        account_row,
    )?;
    Ok(account)
}

/// Whether anything was changed.
///
/// Errors: `Conflict` (name taken).
pub fn update(tx: &WriteTx<'_>, before: &Account, change: &AccountChange) -> Result<bool> {
    let name = change
        .name
        .as_ref()
        .map_or(before.name.as_str(), Label::as_str);
    let prefix = change
        .reserved_prefix
        .as_deref()
        .unwrap_or(&before.reserved_prefix);
    if name == before.name && prefix == before.reserved_prefix {
        return Ok(false);
    }
    run(
        tx.conn(),
        "UPDATE accounts SET name = ?2, name_key = ?3, reserved_prefix = ?4, modified_ms = ?5
         WHERE id = ?1",
        (before.id, name, fold(name), prefix, tx.now_ms()),
    )
    .on_unique("accounts.name_key", || name_taken(name))?;
    tx.credentials_changed();
    Ok(true)
}

/// Remembers the latest time that was seen.
pub(in crate::store) fn touch_last_seen(tx: &WriteTx<'_>) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE box SET last_seen_ms = ?1 WHERE last_seen_ms < ?1",
        [tx.now_ms()],
    )?;
    Ok(())
}

/// What the audit log keeps of an account.
pub fn facts(account: &Account) -> Value {
    json!({ "name": account.name, "reserved_prefix": account.reserved_prefix })
}

fn account_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        reserved_prefix: row.get(2)?,
        member_count: row.get(3)?,
        group_count: row.get(4)?,
        created_ms: row.get(5)?,
    })
}

fn unknown(id_or_name: &str) -> Error {
    Error::new(
        Kind::NotFound,
        Reason::NotFound,
        format!("There is no account {id_or_name}; `provost account list` shows them."),
    )
}

fn name_taken(name: impl std::fmt::Display) -> Error {
    Error::conflict(
        Reason::NameTaken,
        format!("An account named {name} exists; choose another name."),
    )
}

fn id_taken(id: AccountId) -> Error {
    Error::conflict(
        Reason::NameTaken,
        format!("An account with the id {id} exists; leave the id out to have one generated."),
    )
}
