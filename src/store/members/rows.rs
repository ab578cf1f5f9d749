//! Members as they are read: most are shown as they lie there, and few are read to be changed.

use std::sync::LazyLock;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::super::external_ids::external_id_column;
use super::super::recall::CallersId;
use super::super::sql::{find, is_text, parsed, text};
use super::super::tx::ReadTx;
use super::MemberKey;
use super::beside::{Ahead, Hints, read_beside, show_unusual};
use crate::domain::error::Result;
use crate::domain::id::MemberId;
use crate::domain::member::{Member, MemberView, State};
use crate::domain::text::UserName;

/// What [`shape`] reads of `members m`; `?2` is the caller's connection. The third says two things,
/// since reading one more costs as much as the rest of a short row: a text is the external id of
/// somebody usual, bytes are that of somebody unusual, and a number is somebody unusual who has
/// none.
pub(super) const COLUMNS: &str = "m.seq, m.document,
    CASE WHEN m.external_connection = ?2 THEN
             CASE WHEN m.unusual THEN CAST(m.external_id AS BLOB) ELSE m.external_id END
         WHEN m.unusual THEN 0 END";

static SQL_BY_ID: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM members m WHERE m.id = ?1 AND m.account = ?3"));
/// A member with what only a change asks for.
const SQL_WHOLE: &str = concat!(
    "SELECT m.seq, m.id, m.state, m.minimal_access, m.has_policies, m.had_groups, ",
    external_id_column!("m", "member_external_ids", "member"),
    ", m.version, m.document, m.user_name, m.created_ms, m.modified_ms,
       (SELECT c.id FROM connections c WHERE c.seq = m.connection)
     FROM members m WHERE m.id = ?1 AND m.account = ?3"
);

/// What `show` makes of the member with that id, in this account.
pub fn show<T>(
    tx: &ReadTx<'_>,
    id: MemberId,
    show: impl FnOnce(&MemberView<'_>) -> T,
) -> Result<Option<T>> {
    let params = (id, tx.connection(), tx.account()?);
    let found = find(tx.conn(), &SQL_BY_ID, params, |row| {
        shape(tx, row, &mut Ahead::default(), show)
    })?;
    Ok(found.map(|(_, shown)| shown))
}

/// What `show` makes of a row of [`COLUMNS`], and the row's key.
pub(super) fn shape<T>(
    tx: &ReadTx<'_>,
    row: &Row<'_>,
    ahead: &mut Ahead,
    show: impl FnOnce(&MemberView<'_>) -> T,
) -> rusqlite::Result<(i64, T)> {
    let key = row.get(0)?;
    let (external_id, is_usual) = match row.get_ref(2)? {
        ValueRef::Null => (None, true),
        ValueRef::Text(id) => (Some(id), true),
        ValueRef::Blob(id) => (Some(id), false),
        ValueRef::Integer(_) | ValueRef::Real(_) => (None, false),
    };
    let usual = MemberView {
        state: State::Active,
        document: text(row, 1)?,
        external_id: external_id.map(|id| is_text(2, id)).transpose()?,
        beside: None,
    };
    if is_usual {
        return Ok((key, show(&usual)));
    }
    let shown = show_unusual(tx, key, ahead, |unusual| {
        show(&MemberView {
            state: unusual.state,
            external_id: match &unusual.external_id {
                CallersId::InRow => usual.external_id,
                CallersId::Beside(id) => id.as_deref(),
            },
            beside: unusual.beside.as_deref(),
            ..usual
        })
    })?;
    Ok((key, shown))
}

/// The member with that id, in this account.
pub fn find_by_id(tx: &ReadTx<'_>, id: MemberId) -> Result<Option<(MemberKey, Member)>> {
    let params = (id, tx.connection(), tx.account()?);
    let found = find(tx.conn(), SQL_WHOLE, params, |row| {
        let key = row.get(0)?;
        let state = parsed(row, 2, State::named)?;
        let member = Member {
            id: row.get(1)?,
            state,
            beside: read_beside(tx, key, state, Hints::of(row, 3)?)?,
            external_id: row.get(6)?,
            record_version: row.get(7)?,
            document: row.get(8)?,
            user_name: row.get(9)?,
            created_ms: row.get(10)?,
            modified_ms: row.get(11)?,
            managed_by: row.get(12)?,
        };
        Ok((MemberKey(key), member))
    })?;
    Ok(found)
}

/// The member with that name, letter case aside.
pub fn find_by_user_name(tx: &ReadTx<'_>, name: &UserName) -> Result<Option<(MemberKey, Member)>> {
    let id: Option<MemberId> = find(
        tx.conn(),
        "SELECT id FROM members WHERE account = ?1 AND user_name_key = ?2",
        (tx.account()?, name.key()),
        |row| row.get(0),
    )?;
    match id {
        Some(id) => find_by_id(tx, id),
        None => Ok(None),
    }
}
