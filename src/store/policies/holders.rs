//! Whose policy an id names.

use super::super::sql::find as row;
use super::super::tx::ReadTx;
use crate::domain::error::Result;
use crate::domain::id::{GroupId, MemberId, PolicyId};
use crate::domain::role::RoleHolder;

/// The member or the group that has the policy; `None`: nobody of this account.
pub fn find(tx: &ReadTx<'_>, id: PolicyId) -> Result<Option<RoleHolder>> {
    let account = tx.account()?;
    let member = |row: &rusqlite::Row<'_>| {
        let id: MemberId = row.get(0)?;
        Ok(RoleHolder::Member {
            id: id.membership(),
            user_name: row.get(1)?,
        })
    };
    let group = |row: &rusqlite::Row<'_>| {
        let id: GroupId = row.get(0)?;
        let name = row.get(1)?;
        Ok(RoleHolder::Group { id, name })
    };
    let found = row(
        tx.conn(),
        "SELECT m.id, m.user_name FROM policies p JOIN members m ON m.seq = p.member
         WHERE p.id = ?1 AND p.account = ?2",
        (id, account),
        member,
    )?;
    if found.is_some() {
        return Ok(found);
    }
    if let Some(of) = id.minimal_access_of() {
        let found = row(
            tx.conn(),
            "SELECT id, user_name FROM members
             WHERE id = ?1 AND account = ?2 AND minimal_access = 1",
            (of, account),
            member,
        )?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(row(
        tx.conn(),
        "SELECT g.id, g.name FROM policies p JOIN groups g ON g.seq = p.grp
         WHERE p.id = ?1 AND p.account = ?2",
        (id, account),
        group,
    )?)
}
