//! Members of a group by page number.

use super::super::sql::{get, list as rows};
use super::super::tx::ReadTx;
use super::GroupKey;
use crate::domain::error::Result;
use crate::domain::id::MemberId;

/// Whether `?2`, folded, stands somewhere in the name or an address of the member `x.member`.
macro_rules! named {
    () => {
        "EXISTS (SELECT 1 FROM members y WHERE y.seq = x.member
             AND (instr(y.user_name_key, ?2) > 0
                  OR EXISTS (SELECT 1 FROM member_emails e
                             WHERE e.member = y.seq AND instr(e.value_key, ?2) > 0)))"
    };
}

/// How many members have `part`, folded, in their name or an address.
pub fn count(tx: &ReadTx<'_>, key: GroupKey, part: &str) -> Result<i64> {
    Ok(get(
        tx.conn(),
        concat!(
            "SELECT count(*) FROM group_members x WHERE x.grp = ?1 AND ",
            named!()
        ),
        (key.0, part),
        |row| row.get(0),
    )?)
}

/// `limit` members after the first `offset`, with `part` in their name or an address, where
/// it is given; by name, where `by_name` says whether that descends.
pub fn members(
    tx: &ReadTx<'_>,
    key: GroupKey,
    part: Option<&str>,
    by_name: Option<bool>,
    (offset, limit): (i64, i64),
) -> Result<Vec<MemberId>> {
    let sql = match by_name {
        None => concat!(
            "SELECT x.member_id FROM group_members x
             WHERE x.grp = ?1 AND (?2 IS NULL OR ",
            named!(),
            ") ORDER BY x.member LIMIT ?3 OFFSET ?4"
        ),
        Some(false) => concat!(
            "SELECT x.member_id FROM group_members x JOIN members m ON m.seq = x.member
             WHERE x.grp = ?1 AND (?2 IS NULL OR ",
            named!(),
            ") ORDER BY m.user_name_key LIMIT ?3 OFFSET ?4"
        ),
        Some(true) => concat!(
            "SELECT x.member_id FROM group_members x JOIN members m ON m.seq = x.member
             WHERE x.grp = ?1 AND (?2 IS NULL OR ",
            named!(),
            ") ORDER BY m.user_name_key DESC LIMIT ?3 OFFSET ?4"
        ),
    };
    let ids = rows(tx.conn(), sql, (key.0, part, limit, offset), |row| {
        row.get(0)
    })?;
    Ok(ids)
}
