//! Members of a group by page number.

use super::super::sql::{get, list as rows};
use super::super::tx::ReadTx;
use super::GroupKey;
use crate::domain::error::Result;
use crate::domain::id::MemberId;

/// The members of the group `?1` who are members of the account, with `?2`, folded, somewhere
/// in the name or an address, where it is given.
macro_rules! shown {
    () => {
        " FROM group_members x CROSS JOIN members m ON m.seq = x.member
          WHERE x.grp = ?1 AND m.state <> 'inactive'
            AND (?2 IS NULL OR instr(m.user_name_key, ?2) > 0
                 OR EXISTS (SELECT 1 FROM member_emails e
                            WHERE e.member = m.seq AND instr(e.value_key, ?2) > 0)) "
    };
}

/// How many there are; see [`members`].
pub fn count(tx: &ReadTx<'_>, key: GroupKey, part: Option<&str>) -> Result<i64> {
    let sql = concat!("SELECT count(*)", shown!());
    Ok(get(tx.conn(), sql, (key.0, part), |row| row.get(0))?)
}

/// `limit` members after the first `offset`, with `part`, folded, in their name or an address,
/// where it is given; by name, where `by_name` says whether that descends. Inactive people are
/// passed over: they are kept in their groups, and are no members.
pub fn members(
    tx: &ReadTx<'_>,
    key: GroupKey,
    part: Option<&str>,
    by_name: Option<bool>,
    (offset, limit): (i64, i64),
) -> Result<Vec<MemberId>> {
    let sql = match by_name {
        None => concat!(
            "SELECT x.member_id",
            shown!(),
            "ORDER BY x.member LIMIT ?3 OFFSET ?4"
        ),
        Some(false) => concat!(
            "SELECT x.member_id",
            shown!(),
            "ORDER BY m.user_name_key LIMIT ?3 OFFSET ?4"
        ),
        Some(true) => concat!(
            "SELECT x.member_id",
            shown!(),
            "ORDER BY m.user_name_key DESC LIMIT ?3 OFFSET ?4"
        ),
    };
    let params = (key.0, part, limit, offset);
    Ok(rows(tx.conn(), sql, params, |row| row.get(0))?)
}
