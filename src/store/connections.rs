//! Connections of an account. Whatever changes what a token may do forgets the seats that
//! are remembered.

use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::sql::{OnUnique, find, get as get_row, list as list_rows, parsed, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::brake::Brake;
use crate::domain::connection::{
    AdoptExisting, AttributeUpdates, BUILT_IN_NAME, Connection, ConnectionChange,
    ConnectionSettings, Managed, ProviderKind, SettingsChange,
};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::ConnectionId;
use crate::domain::reason::Reason;
use crate::domain::text::{Label, fold};

/// Most connections a list shows.
const CONNECTIONS_LISTED_MAX: i64 = 10_000;

/// Column `column` as a kind.
pub(in crate::store) fn kind_column(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<ProviderKind> {
    parsed(row, column, ProviderKind::parse)
}

/// Columns strict_upn_email, attribute_updates, adopt_existing, require_sso_domain and brake
/// from `first` on.
pub(in crate::store) fn settings_columns(
    row: &Row<'_>,
    first: usize,
) -> rusqlite::Result<ConnectionSettings> {
    Ok(ConnectionSettings {
        strict_upn_email: row.get(first)?,
        attribute_updates: parsed(row, first + 1, |text| match text {
            "store" => Some(AttributeUpdates::Store),
            "ignore" => Some(AttributeUpdates::Ignore),
            _ => None,
        })?,
        adopt_existing: parsed(row, first + 2, |text| match text {
            "adopt" => Some(AdoptExisting::Adopt),
            "refuse" => Some(AdoptExisting::Refuse),
            _ => None,
        })?,
        require_sso_domain: row.get(first + 3)?,
        brake: parsed(row, first + 4, |text| Brake::parse(text).ok())?,
    })
}

fn updates_name(updates: AttributeUpdates) -> &'static str {
    match updates {
        AttributeUpdates::Store => "store",
        AttributeUpdates::Ignore => "ignore",
    }
}

fn adopt_name(adopt: AdoptExisting) -> &'static str {
    match adopt {
        AdoptExisting::Adopt => "adopt",
        AdoptExisting::Refuse => "refuse",
    }
}

/// Errors: `Conflict` (name taken).
pub fn insert(
    tx: &WriteTx<'_>,
    kind: ProviderKind,
    name: &Label,
    settings: &SettingsChange,
) -> Result<Connection> {
    let id = ConnectionId::from_bytes(tx.new_id());
    let settings = settings.apply(&ConnectionSettings::default_for(kind));
    insert_row(
        tx.conn(),
        &NewRow {
            account: tx.account()?,
            id,
            kind,
            settings,
            built_in: false,
            now: tx.now_ms(),
        },
        name.as_str(),
    )
    .on_unique("connections.account, connections.name_key", || {
        name_taken(name)
    })?;
    tx.credentials_changed();
    get(tx, id)
}

/// The account's own connection.
pub(in crate::store) fn insert_built_in(
    conn: &rusqlite::Connection,
    account: i64,
    id: ConnectionId,
    now: i64,
) -> Result<()> {
    let kind = ProviderKind::Generic;
    let settings = ConnectionSettings::default_for(kind);
    let row = NewRow {
        account,
        id,
        kind,
        settings,
        built_in: true,
        now,
    };
    insert_row(conn, &row, BUILT_IN_NAME)?;
    Ok(())
}

struct NewRow {
    account: i64,
    id: ConnectionId,
    kind: ProviderKind,
    settings: ConnectionSettings,
    built_in: bool,
    now: i64,
}

fn insert_row(conn: &rusqlite::Connection, new: &NewRow, name: &str) -> rusqlite::Result<usize> {
    run(
        conn,
        "INSERT INTO connections (id, account, kind, name, name_key, strict_upn_email,
             attribute_updates, adopt_existing, require_sso_domain, brake, built_in, created_ms,
             modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)",
        params![
            new.id,
            new.account,
            new.kind.name(),
            name,
            fold(name),
            new.settings.strict_upn_email,
            updates_name(new.settings.attribute_updates),
            adopt_name(new.settings.adopt_existing),
            new.settings.require_sso_domain,
            new.settings.brake.to_string(),
            new.built_in,
            new.now,
        ],
    )
}

/// The account's connections by name, the built-in one last.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Connection>> {
    let connections = list_rows(
        tx.conn(),
        "SELECT id, kind, name, strict_upn_email, attribute_updates, adopt_existing,
                require_sso_domain, brake, paused, built_in, created_ms
         FROM connections WHERE account = ?1 ORDER BY built_in, name_key LIMIT ?2",
        (tx.account()?, CONNECTIONS_LISTED_MAX),
        connection_row,
    )?;
    Ok(connections)
}

/// Whether a provider waits for its first request beside that connection.
pub fn others_wait(tx: &ReadTx<'_>, id: ConnectionId) -> Result<bool> {
    let found = find(
        tx.conn(),
        "SELECT 1 FROM connections c
         WHERE c.account = ?1 AND c.id <> ?2 AND NOT c.built_in
           AND NOT EXISTS (SELECT 1 FROM connection_activity a
                           WHERE a.connection = c.seq AND a.last_request_ms > 0)
         LIMIT 1",
        (tx.account()?, id),
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Whether a provider has sent something by another one than that.
pub fn any_used(tx: &ReadTx<'_>, but: Option<ConnectionId>) -> Result<bool> {
    let found = find(
        tx.conn(),
        "SELECT 1 FROM connections c JOIN connection_activity a ON a.connection = c.seq
         WHERE c.account = ?1 AND c.id IS NOT ?2 AND NOT c.built_in AND a.last_request_ms > 0
         LIMIT 1",
        (tx.account()?, but),
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Errors: `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: ConnectionId) -> Result<Connection> {
    let found = find(
        tx.conn(),
        "SELECT id, kind, name, strict_upn_email, attribute_updates, adopt_existing,
                require_sso_domain, brake, paused, built_in, created_ms
         FROM connections WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        connection_row,
    )?;
    found.ok_or_else(|| unknown(&id.to_string()))
}

/// By id, else by name, letter case aside.
///
/// Errors: `NotFound`.
pub fn get_named(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Connection> {
    if let Ok(id) = id_or_name.parse::<ConnectionId>() {
        match get(tx, id) {
            Err(error) if error.kind() == Kind::NotFound => {}
            other => return other,
        }
    }
    let found = find(
        tx.conn(),
        "SELECT id, kind, name, strict_upn_email, attribute_updates, adopt_existing,
                require_sso_domain, brake, paused, built_in, created_ms
         FROM connections WHERE account = ?1 AND name_key = ?2",
        (tx.account()?, fold(id_or_name)),
        connection_row,
    )?;
    found.ok_or_else(|| unknown(id_or_name))
}

/// The row's key of a connection that was read in this transaction.
pub(in crate::store) fn key(tx: &ReadTx<'_>, id: ConnectionId) -> Result<i64> {
    let key = get_row(
        tx.conn(),
        "SELECT seq FROM connections WHERE id = ?1",
        [id],
        |row| row.get(0),
    )?;
    Ok(key)
}

/// People, at most so many, and user groups that the connection manages. Legacy groups are none.
pub fn managed(tx: &ReadTx<'_>, id: ConnectionId, most: i64) -> Result<Managed> {
    let found = get_row(
        tx.conn(),
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM members m
                 WHERE m.account = c.account AND m.connection = c.seq LIMIT ?3)),
                (SELECT count(*) FROM groups g
                 WHERE g.account = c.account AND g.connection = c.seq AND g.legacy IS NULL)
         FROM connections c WHERE c.account = ?1 AND c.id = ?2",
        (tx.account()?, id, most.saturating_add(1)),
        |row| {
            let people: i64 = row.get(0)?;
            Ok(Managed {
                people: people.min(most),
                more_people: people > most,
                groups: row.get(1)?,
            })
        },
    )?;
    Ok(found)
}

/// Whether anything was changed.
///
/// Errors: `Conflict` (name taken), `Immutable` (the built-in one's name).
pub fn update(tx: &WriteTx<'_>, before: &Connection, change: &ConnectionChange) -> Result<bool> {
    let name = change
        .name
        .as_ref()
        .map_or(before.name.as_str(), Label::as_str);
    let settings = change.settings.apply(&before.settings);
    if name == before.name && settings == before.settings {
        return Ok(false);
    }
    if before.built_in && name != before.name {
        return Err(Error::immutable(
            "The account's own connection keeps its name; make another connection instead.",
        ));
    }
    run(
        tx.conn(),
        "UPDATE connections SET name = ?2, name_key = ?3, strict_upn_email = ?4,
             attribute_updates = ?5, adopt_existing = ?6, require_sso_domain = ?7, brake = ?8,
             modified_ms = ?9
         WHERE id = ?1",
        params![
            before.id,
            name,
            fold(name),
            settings.strict_upn_email,
            updates_name(settings.attribute_updates),
            adopt_name(settings.adopt_existing),
            settings.require_sso_domain,
            settings.brake.to_string(),
            tx.now_ms(),
        ],
    )
    .on_unique("connections.account, connections.name_key", || {
        name_taken(name)
    })?;
    tx.credentials_changed();
    Ok(true)
}

/// Whether anything was changed.
pub fn set_paused(tx: &WriteTx<'_>, before: &Connection, paused: bool) -> Result<bool> {
    if before.paused == paused {
        return Ok(false);
    }
    run(
        tx.conn(),
        "UPDATE connections SET paused = ?2, modified_ms = ?3 WHERE id = ?1",
        (before.id, paused, tx.now_ms()),
    )?;
    tx.credentials_changed();
    Ok(true)
}

/// What the audit log keeps of a connection.
pub fn facts(connection: &Connection) -> Value {
    json!({
        "name": connection.name,
        "kind": connection.kind.name(),
        "strict_upn_email": connection.settings.strict_upn_email,
        "attribute_updates": updates_name(connection.settings.attribute_updates),
        "adopt_existing": adopt_name(connection.settings.adopt_existing),
        "require_sso_domain": connection.settings.require_sso_domain,
        "brake": connection.settings.brake,
        "paused": connection.paused,
    })
}

fn connection_row(row: &Row<'_>) -> rusqlite::Result<Connection> {
    Ok(Connection {
        id: row.get(0)?,
        kind: kind_column(row, 1)?,
        name: row.get(2)?,
        settings: settings_columns(row, 3)?,
        paused: row.get(8)?,
        built_in: row.get(9)?,
        created_ms: row.get(10)?,
    })
}

fn unknown(id_or_name: &str) -> Error {
    Error::new(
        Kind::NotFound,
        Reason::NotFound,
        format!(
            "There is no connection {id_or_name} in this account; \
             `provost connection list` shows them."
        ),
    )
}

fn name_taken(name: impl std::fmt::Display) -> Error {
    Error::conflict(
        Reason::NameTaken,
        format!("A connection named {name} exists in this account; choose another name."),
    )
}
