//! Members as API, console and commands know them.

use super::super::sql::{find, get as get_one, list as rows, run};
use super::super::tx::{ReadTx, WriteTx};
use super::{MemberKey, find_by_id};
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, MembershipId};
use crate::domain::member::Member;
use crate::domain::reason::Reason;
use crate::domain::reference::MemberRef;
use crate::domain::text::{fold, shown};

/// The member who is meant.
///
/// Errors: `NotFound`; `Conflict` when several have that address.
pub fn get(tx: &ReadTx<'_>, which: &MemberRef) -> Result<(MemberKey, Member)> {
    let id = match which {
        MemberRef::Id(id) => Some(*id),
        MemberRef::Membership(id) => id_of(tx, *id)?,
        MemberRef::Named(text) => named(tx, text)?,
    };
    let found = id.map_or(Ok(None), |id| find_by_id(tx, id))?;
    found.ok_or_else(|| match which {
        MemberRef::Id(id) => Error::not_found("member", id),
        MemberRef::Membership(id) => Error::not_found("member", id),
        MemberRef::Named(text) => Error::not_found("member", text),
    })
}

/// How many of the people up to that key, in the order they were made, are inactive.
pub fn inactive_up_to(tx: &ReadTx<'_>, seq: i64) -> Result<i64> {
    Ok(get_one(
        tx.conn(),
        "SELECT count(*) FROM members INDEXED BY members_inactive
         WHERE account = ?1 AND state = 'inactive' AND seq <= ?2",
        (tx.account()?, seq),
        |row| row.get(0),
    )?)
}

/// The person of that membership, in this account.
pub fn id_of(tx: &ReadTx<'_>, id: MembershipId) -> Result<Option<MemberId>> {
    let Some(id) = id.member() else {
        return Ok(None);
    };
    Ok(find(
        tx.conn(),
        "SELECT id FROM members WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        |row| row.get(0),
    )?)
}

fn named(tx: &ReadTx<'_>, text: &str) -> Result<Option<MemberId>> {
    if let Ok(id) = text.parse::<MemberId>() {
        if let Some(known) = id_of(tx, MembershipId::from_bytes(*id.as_bytes()))? {
            return Ok(Some(known));
        }
        if find_by_id(tx, id)?.is_some() {
            return Ok(Some(id));
        }
    }
    let (account, key) = (tx.account()?, fold(text));
    let by_name: Option<MemberId> = find(
        tx.conn(),
        "SELECT id FROM members WHERE account = ?1 AND user_name_key = ?2",
        (account, &key),
        |row| row.get(0),
    )?;
    if by_name.is_some() {
        return Ok(by_name);
    }
    let by_address: Vec<MemberId> = rows(
        tx.conn(),
        "SELECT DISTINCT m.id FROM member_emails e JOIN members m ON m.seq = e.member
         WHERE e.account = ?1 AND e.value_key = ?2 LIMIT 2",
        (account, &key),
        |row| row.get(0),
    )?;
    match by_address.as_slice() {
        [] => Ok(None),
        [id] => Ok(Some(*id)),
        _ => Err(Error::conflict(
            Reason::NameTaken,
            format!(
                "Several members have the address \"{}\"; say which one by the member id.",
                shown(text)
            ),
        )),
    }
}

/// Whoever asked, a person made it, and no provider manages it.
pub fn set_unmanaged(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE members SET connection = NULL WHERE seq = ?1",
        [key.0],
    )?;
    Ok(())
}
