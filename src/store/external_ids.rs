//! What connections call people and groups: each connection has its own id for each of them.
//!
//! All are rows of a table, which finds them. Reading a page of people is not to look one up
//! for everybody, so the first connection's is in the record's own row too; that it is the only
//! one, as nearly always, is in the row as well.

use super::sql::{OnUnique, get, run};
use super::tx::WriteTx;
use crate::domain::error::{Error, Result};
use crate::domain::reason::Reason;
use crate::domain::text::ExternalId;

/// The statements for one kind of record. `?1` is the record's key, `?2` the connection's.
pub(in crate::store) struct Noun {
    name: &'static str,
    /// The connection of the id in the record's own row, that id, and whether there are more.
    own: &'static str,
    set_own: &'static str,
    add: &'static str,
    remove: &'static str,
    find_further: &'static str,
    set_further: &'static str,
    remove_further: &'static str,
    /// What SQLite says when the connection has the id for another record.
    taken: &'static str,
}

macro_rules! noun {
    ($name:literal, $records:literal, $ids:literal, $record:literal) => {
        Noun {
            name: $name,
            own: concat!(
                "SELECT external_connection, external_id, more_external_ids FROM ",
                $records,
                " WHERE seq = ?1"
            ),
            set_own: concat!(
                "UPDATE ",
                $records,
                " SET external_connection = ?2, external_id = ?3 WHERE seq = ?1"
            ),
            add: concat!(
                "INSERT INTO ",
                $ids,
                " (connection, value, ",
                $record,
                ", further) VALUES (?2, ?3, ?1, ?4)"
            ),
            remove: concat!(
                "DELETE FROM ",
                $ids,
                " WHERE connection = ?2 AND value = ?3 AND ",
                $record,
                " = ?1"
            ),
            find_further: concat!(
                "SELECT value FROM ",
                $ids,
                " WHERE ",
                $record,
                " = ?1 AND connection = ?2 AND further = 1"
            ),
            set_further: concat!(
                "UPDATE ",
                $records,
                " SET more_external_ids = EXISTS (SELECT 1 FROM ",
                $ids,
                " WHERE ",
                $record,
                " = ?1 AND further = 1) WHERE seq = ?1"
            ),
            remove_further: concat!(
                "DELETE FROM ",
                $ids,
                " WHERE ",
                $record,
                " = ?1 AND further = 1"
            ),
            taken: concat!($ids, ".connection, ", $ids, ".value"),
        }
    };
}

pub(in crate::store) const OF_MEMBERS: Noun =
    noun!("User", "members", "member_external_ids", "member");
pub(in crate::store) const OF_GROUPS: Noun = noun!("Group", "groups", "group_external_ids", "grp");

/// SQL for the external id that the connection `?2` has for the record `alias`, whose further
/// ones are in `ids` under `record`. The sub-select is entered for the few who have more.
macro_rules! external_id_column {
    ($alias:literal, $ids:literal, $record:literal) => {
        concat!(
            "CASE WHEN ",
            $alias,
            ".external_connection = ?2 THEN ",
            $alias,
            ".external_id WHEN ",
            $alias,
            ".more_external_ids THEN (SELECT x.value FROM ",
            $ids,
            " x WHERE x.",
            $record,
            " = ",
            $alias,
            ".seq AND x.connection = ?2 AND x.further = 1) END"
        )
    };
}
pub(in crate::store) use external_id_column;

/// The same as an operand: its one `?` is the connection.
macro_rules! external_id_operand {
    ($alias:literal, $ids:literal, $record:literal) => {
        concat!(
            "(SELECT CASE WHEN ",
            $alias,
            ".external_connection = q.c THEN ",
            $alias,
            ".external_id WHEN ",
            $alias,
            ".more_external_ids THEN (SELECT x.value FROM ",
            $ids,
            " x WHERE x.",
            $record,
            " = ",
            $alias,
            ".seq AND x.connection = q.c AND x.further = 1) END FROM (SELECT ? AS c) q)"
        )
    };
}
pub(in crate::store) const MEMBER_OPERAND: &str =
    external_id_operand!("m", "member_external_ids", "member");
pub(in crate::store) const GROUP_OPERAND: &str =
    external_id_operand!("g", "group_external_ids", "grp");

/// Writes the id that the caller's connection has for a record that has none of any, and whose
/// own row holds it already.
///
/// Errors: `Conflict` when the connection has it for another record.
pub(in crate::store) fn add_own(
    tx: &WriteTx<'_>,
    noun: &Noun,
    key: i64,
    id: &ExternalId,
) -> Result<()> {
    add(tx, noun, key, id, false)
}

fn add(tx: &WriteTx<'_>, noun: &Noun, key: i64, id: &ExternalId, further: bool) -> Result<()> {
    run(
        tx.conn(),
        noun.add,
        (key, tx.connection(), id.as_str(), further),
    )
    .on_unique(noun.taken, || {
        let noun = noun.name;
        Error::conflict(
            Reason::ExternalIdTaken,
            format!(
                "Another {noun} of this connection has the externalId {:?}; find it by externalId \
                 and update it, or send another one.",
                id.as_str()
            ),
        )
    })?;
    Ok(())
}

/// Sets, or with `None` clears, the caller's connection's own id for the record.
///
/// Errors: `Conflict` when the connection has it for another record.
pub(in crate::store) fn set(
    tx: &WriteTx<'_>,
    noun: &Noun,
    key: i64,
    id: Option<&ExternalId>,
) -> Result<()> {
    let conn = tx.conn();
    let connection = tx.connection();
    let (own, own_id, more): (Option<i64>, Option<String>, bool) =
        get(conn, noun.own, [key], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    if own == connection && own.is_some() {
        run(conn, noun.remove, (key, connection, own_id))?;
    } else if more {
        let further: Option<String> =
            super::sql::find(conn, noun.find_further, (key, connection), |row| row.get(0))?;
        if let Some(further) = further {
            run(conn, noun.remove, (key, connection, further))?;
        }
    }
    let takes_own = own.is_none() || own == connection;
    if let Some(id) = id {
        add(tx, noun, key, id, !takes_own)?;
    }
    if takes_own {
        let connection = id.and(connection);
        run(
            conn,
            noun.set_own,
            (key, connection, id.map(ExternalId::as_str)),
        )?;
    } else {
        run(conn, noun.set_further, [key])?;
    }
    Ok(())
}

/// Removes all that connections call the record, which is about to go.
pub(in crate::store) fn remove_all(tx: &WriteTx<'_>, noun: &Noun, key: i64) -> Result<()> {
    let conn = tx.conn();
    let (own, own_id, more): (Option<i64>, Option<String>, bool) =
        get(conn, noun.own, [key], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    if own.is_some() {
        run(conn, noun.remove, (key, own, own_id))?;
    }
    if more {
        run(conn, noun.remove_further, [key])?;
    }
    Ok(())
}
