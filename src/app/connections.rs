//! Connections: the identity providers of an account. Every transaction here is on one
//! account.

use super::summary::Faring;
use super::tokens::{self, IssuedToken};
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::connection::{
    Connection, ConnectionChange, ConnectionHealth, Managed, ProviderKind, SettingsChange,
};
use crate::domain::error::Result;
use crate::domain::id::ConnectionId;
use crate::domain::text::Label;
use crate::domain::token::{AddressCondition, Expiry, NewOwner, NewToken, TokenTemplate};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{activity, audit, connections};

/// Attaches a provider, and issues its first token: template scim, 365 days.
///
/// Errors: `Forbidden`, `Conflict` (name taken).
pub fn create(
    tx: &WriteTx<'_>,
    kind: ProviderKind,
    name: &Label,
    settings: &SettingsChange,
) -> Result<(Connection, IssuedToken)> {
    tx.require(Permission::TokensAdminister)?;
    let connection = connections::insert(tx, kind, name, settings)?;
    let event = Event::new(
        Action::ConnectionCreate,
        connection.id,
        connection.name.as_str(),
    )
    .after(connections::facts(&connection));
    audit::append(tx, event)?;
    let first = NewToken {
        name: name.clone(),
        template: TokenTemplate::Scim,
        owner: NewOwner::Connection(connection.id.to_string()),
        expires: Expiry::default(),
        not_before_ms: None,
        addresses: AddressCondition::default(),
    };
    let token = tokens::create(tx, &first)?;
    Ok((connection, token))
}

/// The account's connections by name, the built-in one last.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Connection>> {
    tx.require(Permission::LogsRead)?;
    connections::list(tx)
}

/// The connection of that id, or of that name (letter case aside).
///
/// Errors: `Forbidden`, `NotFound`.
pub fn find(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Connection> {
    tx.require(Permission::LogsRead)?;
    connections::get_named(tx, id_or_name)
}

/// People who are counted for one connection.
const PEOPLE_COUNTED: i64 = 10_000;

/// How many people and groups it manages; of people it counts no more than some.
///
/// Errors: `Forbidden`.
pub fn managed(tx: &ReadTx<'_>, id: ConnectionId) -> Result<Managed> {
    tx.require(Permission::LogsRead)?;
    connections::managed(tx, id, PEOPLE_COUNTED)
}

/// How it fares: last request, last write, error rate and the last 24 hours. What came in
/// the last seconds may still be missing: requests are counted in memory first.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn health(tx: &ReadTx<'_>, id_or_name: &str) -> Result<ConnectionHealth> {
    tx.require(Permission::LogsRead)?;
    let connection = connections::get_named(tx, id_or_name)?;
    activity::health(tx, connection.id)
}

/// All of the account's connections by name, the built-in one last, and how they fare.
///
/// Errors: `Forbidden`.
pub fn faring(tx: &ReadTx<'_>) -> Result<Vec<Faring>> {
    tx.require(Permission::LogsRead)?;
    let fares = |connection: Connection| {
        let health = activity::health(tx, connection.id)?;
        Ok(Faring { connection, health })
    };
    connections::list(tx)?.into_iter().map(fares).collect()
}

/// Whether another connection than that one waits for its first request.
///
/// Errors: `Forbidden`.
pub fn others_wait(tx: &ReadTx<'_>, id: ConnectionId) -> Result<bool> {
    tx.require(Permission::LogsRead)?;
    connections::others_wait(tx, id)
}

/// Whether a provider has sent something by another connection than that one.
///
/// Errors: `Forbidden`.
pub fn any_used(tx: &ReadTx<'_>, but: Option<ConnectionId>) -> Result<bool> {
    tx.require(Permission::LogsRead)?;
    connections::any_used(tx, but)
}

/// Changes name or settings.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (name taken), `Immutable` (the built-in one's
/// name).
pub fn set(tx: &WriteTx<'_>, id_or_name: &str, change: &ConnectionChange) -> Result<Connection> {
    tx.require(Permission::ConnectionsWrite)?;
    let before = connections::get_named(tx, id_or_name)?;
    let changed = connections::update(tx, &before, change)?;
    recorded(tx, Action::ConnectionUpdate, before, changed)
}

/// Requests of a paused connection are answered 503 until it is resumed.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn pause(tx: &WriteTx<'_>, id_or_name: &str) -> Result<Connection> {
    tx.require(Permission::ConnectionsWrite)?;
    let before = connections::get_named(tx, id_or_name)?;
    let changed = connections::set_paused(tx, &before, true)?;
    recorded(tx, Action::ConnectionPause, before, changed)
}

/// Lets the connection's requests in again.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn resume(tx: &WriteTx<'_>, id_or_name: &str) -> Result<Connection> {
    tx.require(Permission::ConnectionsWrite)?;
    let before = connections::get_named(tx, id_or_name)?;
    let changed = connections::set_paused(tx, &before, false)?;
    recorded(tx, Action::ConnectionResume, before, changed)
}

/// The connection as it is now, with an audit row when it is not as it was.
fn recorded(
    tx: &WriteTx<'_>,
    action: Action,
    before: Connection,
    changed: bool,
) -> Result<Connection> {
    if !changed {
        return Ok(before);
    }
    let after = connections::get(tx, before.id)?;
    let event = Event::new(action, after.id, after.name.as_str())
        .before(connections::facts(&before))
        .after(connections::facts(&after));
    audit::append(tx, event)?;
    Ok(after)
}
