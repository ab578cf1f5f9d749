//! The names by which connections know groups that have others now. Each is an alias of its
//! group in `group_names` too, so that it finds the group and nobody else takes it.

use super::super::groups::GroupKey;
use super::super::sql::{OnUnique, find, list as read_all, run};
use super::super::tx::{ReadTx, WriteTx};
use crate::domain::connection::ConnectionRef;
use crate::domain::error::{Error, Result};
use crate::domain::legacy::OldName;
use crate::domain::reason::Reason;
use crate::domain::text::{GroupName, fold};

/// SQL for the name by which the connection `?` knows the group `alias`, where it is an old one.
macro_rules! old_name_column {
    ($alias:literal, $connection:literal) => {
        concat!(
            "CASE WHEN ",
            $alias,
            ".has_old_names THEN (SELECT o.name FROM group_old_names o WHERE o.grp = ",
            $alias,
            ".seq AND o.connection = ",
            $connection,
            " AND o.renamed_ms IS NULL) END"
        )
    };
}
pub(in crate::store) use old_name_column;

/// SQL for the name by which a connection knows the group `alias`.
macro_rules! seen_name {
    ($alias:literal, $connection:literal) => {
        concat!(
            "CASE WHEN ",
            $alias,
            ".has_old_names THEN ifnull((SELECT o.name FROM group_old_names o WHERE o.grp = ",
            $alias,
            ".seq AND o.connection = ",
            $connection,
            " AND o.renamed_ms IS NULL), ",
            $alias,
            ".name) ELSE ",
            $alias,
            ".name END"
        )
    };
}
pub(in crate::store) use seen_name;

/// SQL for the document of `groups g` with the name by which the connection `?2` knows it: it
/// begins with the name.
macro_rules! document_column {
    () => {
        concat!(
            "CASE WHEN g.has_old_names THEN '\"displayName\":' || json_quote(",
            $crate::store::legacy::old_names::seen_name!("g", "?2"),
            ") || substr(g.document, length('\"displayName\":' || json_quote(g.name)) + 1) ",
            "ELSE g.document END"
        )
    };
}
pub(in crate::store) use document_column;

/// The same name as an operand on `groups g`, and on `groups y`, the groups of a member: the one
/// `?` is the connection.
pub(in crate::store) const GROUP_NAME: &str = seen_name!("g", "?");
pub(in crate::store) const MEMBERS_GROUP_NAME: &str = seen_name!("y", "?");

/// Whether the caller's connection is shown any old name: mostly none is, and then names have an
/// order of their own.
pub(in crate::store) fn are_shown(tx: &ReadTx<'_>) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM group_old_names WHERE connection = ?1 AND renamed_ms IS NULL LIMIT 1",
        [tx.connection()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// The same as it is remembered, for whoever has read a row already.
pub(in crate::store) fn are_shown_as_known(tx: &ReadTx<'_>) -> Result<bool> {
    let known = tx.recall().and_then(|recall| recall.known());
    let (Some(known), Some(connection)) = (known, tx.connection()) else {
        return are_shown(tx);
    };
    if let Some(are_shown) = known.old_names(connection) {
        return Ok(are_shown);
    }
    let are_shown = are_shown(tx)?;
    known.learn_old_names(connection, are_shown);
    Ok(are_shown)
}

/// Those of a group, by connection in the order they were made.
pub fn of(tx: &ReadTx<'_>, key: GroupKey) -> Result<Vec<OldName>> {
    Ok(read_all(
        tx.conn(),
        "SELECT c.id, c.name, o.name, o.seen_ms, o.renamed_ms
         FROM group_old_names o JOIN connections c ON c.seq = o.connection
         WHERE o.grp = ?1 ORDER BY o.connection",
        [key.0],
        |row| {
            Ok(OldName {
                connection: ConnectionRef {
                    id: row.get(0)?,
                    name: row.get(1)?,
                },
                name: row.get(2)?,
                seen_ms: row.get(3)?,
                renamed_ms: row.get(4)?,
            })
        },
    )?)
}

/// Keeps `old`, which the group gave up, as its alias and as the name by which every connection
/// of the account knows it, until that one sends another.
///
/// Errors: `Conflict` when another group has taken the name.
pub fn keep(tx: &WriteTx<'_>, key: GroupKey, old: &str) -> Result<()> {
    let account = tx.account()?;
    let name_key = fold(old);
    run(
        tx.conn(),
        "INSERT INTO group_names (account, name_key, grp, kind) VALUES (?1, ?2, ?3, 'alias')",
        (account, &name_key, key.0),
    )
    .on_unique("group_names.account, group_names.name_key", || {
        Error::conflict(
            Reason::GroupNameTaken,
            format!("Another group answers to the name {old:?} already; rename that one first."),
        )
    })?;
    run(
        tx.conn(),
        "INSERT INTO group_old_names (grp, connection, name, name_key)
         SELECT ?1, seq, ?2, ?3 FROM connections WHERE account = ?4",
        (key.0, old, &name_key, account),
    )?;
    Ok(())
}

/// Takes back what [`keep`] did; other aliases of the group stay.
pub fn withdraw(tx: &WriteTx<'_>, key: GroupKey, old: &str) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM group_names
         WHERE account = ?1 AND name_key = ?2 AND grp = ?3 AND kind = 'alias'",
        (tx.account()?, fold(old), key.0),
    )?;
    forget(tx, key)
}

/// Ends all that the group was called before: every alias, and what connections are shown.
pub fn end(tx: &WriteTx<'_>, key: GroupKey) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM group_names WHERE grp = ?1 AND kind = 'alias'",
        [key.0],
    )?;
    forget(tx, key)
}

fn forget(tx: &WriteTx<'_>, key: GroupKey) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM group_old_names WHERE grp = ?1",
        [key.0],
    )?;
    Ok(())
}

/// Whether the group answers to the name, letter case aside, beside its own.
pub fn is_alias(tx: &ReadTx<'_>, key: GroupKey, name: &GroupName) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM group_names
         WHERE account = ?1 AND name_key = ?2 AND grp = ?3 AND kind = 'alias'",
        (tx.account()?, name.key(), key.0),
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// The caller's connection wrote to the group while it knew it by the old name.
pub fn seen(tx: &WriteTx<'_>, key: GroupKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE group_old_names SET seen_ms = ?3
         WHERE grp = ?1 AND connection = ?2 AND renamed_ms IS NULL",
        (key.0, tx.connection(), tx.now_ms()),
    )?;
    Ok(())
}

/// The caller's connection sent an old name, and is shown it from now on.
pub fn sent(tx: &WriteTx<'_>, key: GroupKey, name: &GroupName) -> Result<()> {
    run(
        tx.conn(),
        "INSERT INTO group_old_names (grp, connection, name, name_key, seen_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (grp, connection) DO UPDATE SET name = excluded.name,
             name_key = excluded.name_key, seen_ms = excluded.seen_ms, renamed_ms = NULL",
        (
            key.0,
            tx.connection(),
            name.as_str(),
            name.key(),
            tx.now_ms(),
        ),
    )?;
    Ok(())
}

/// The caller's connection sent another name, and is shown the group's own from now on.
pub fn renamed(tx: &WriteTx<'_>, key: GroupKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE group_old_names SET renamed_ms = ?3
         WHERE grp = ?1 AND connection = ?2 AND renamed_ms IS NULL",
        (key.0, tx.connection(), tx.now_ms()),
    )?;
    Ok(())
}
