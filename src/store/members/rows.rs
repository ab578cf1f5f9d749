//! Members as they are read: most are shown as they lie there, and few are read to be changed.

use std::sync::LazyLock;

use rusqlite::Row;

use super::super::external_ids::external_id_column;
use super::super::sql::{find, parsed};
use super::super::tx::ReadTx;
use super::MemberKey;
use super::beside::{Ahead, Hints, read_beside, unusual};
use crate::domain::error::Result;
use crate::domain::id::MemberId;
use crate::domain::member::{Member, MemberView, State};
use crate::domain::text::UserName;

/// What [`shape`] reads of `members m`; `?2` is the caller's connection.
pub(super) const COLUMNS: &str = "m.seq, m.unusual, m.document,
    CASE WHEN m.external_connection = ?2 THEN m.external_id END";

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
    let usual = MemberView {
        state: State::Active,
        document: row.get_ref(2)?.as_str()?,
        external_id: row.get_ref(3)?.as_str_or_null()?,
        beside: None,
    };
    if !row.get(1)? {
        return Ok((key, show(&usual)));
    }
    let unusual = unusual(tx, key, ahead)?;
    let external_id = unusual.external_id.as_ref();
    let shown = show(&MemberView {
        state: unusual.state,
        external_id: external_id.map_or(usual.external_id, |id| id.as_deref()),
        beside: unusual.beside.as_deref(),
        ..usual
    });
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
