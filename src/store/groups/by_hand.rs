//! Groups as API, console and commands know them.

use std::collections::HashSet;

use super::super::grants::person;
use super::super::members::MemberKey;
use super::super::sql::{find, list as rows, run};
use super::super::tx::{ReadTx, WriteTx};
use super::{GroupKey, MembersAfter, find_by_id};
use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::id::{GroupId, GroupScimId, MemberId, MembershipId};
use crate::domain::reference::{GroupRef, Person};
use crate::domain::text::fold;

/// The user group that is meant; legacy groups are none.
///
/// Errors: `NotFound`.
pub fn get(tx: &ReadTx<'_>, which: &GroupRef) -> Result<(GroupKey, Group)> {
    let id = match which {
        GroupRef::Id(id) => scim_id_of(tx, *id)?,
        GroupRef::Scim(id) => Some(id.clone()),
        GroupRef::Named(text) => named(tx, text)?,
    };
    let found = id.map_or(Ok(None), |id| find_by_id(tx, &id))?;
    let found = found.filter(|(_, group)| group.legacy.is_none());
    found.ok_or_else(|| match which {
        GroupRef::Id(id) => Error::not_found("user group", id),
        GroupRef::Scim(id) => Error::not_found("user group", id),
        GroupRef::Named(text) => Error::not_found("user group", text),
    })
}

/// Those of these ids, SCIM's or others, that a user group has, each with its name.
pub fn there(tx: &ReadTx<'_>, ids: &[&str]) -> Result<Vec<(String, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let all = serde_json::to_string(ids).map_err(Error::internal)?;
    Ok(rows(
        tx.conn(),
        "SELECT j.value, g.name FROM json_each(?2) j
         JOIN groups g ON g.account = ?1 AND g.scim_id = j.value AND g.legacy IS NULL
         UNION
         SELECT j.value, g.name FROM json_each(?2) j
         JOIN groups g ON g.id = unhex(j.value) AND g.account = ?1 AND g.legacy IS NULL",
        (tx.account()?, all),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

fn scim_id_of(tx: &ReadTx<'_>, id: GroupId) -> Result<Option<GroupScimId>> {
    let text: Option<String> = find(
        tx.conn(),
        "SELECT scim_id FROM groups WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        |row| row.get(0),
    )?;
    Ok(text.and_then(|text| GroupScimId::parse(&text)))
}

fn named(tx: &ReadTx<'_>, text: &str) -> Result<Option<GroupScimId>> {
    if let Ok(id) = text.parse::<GroupId>()
        && let Some(id) = scim_id_of(tx, id)?
    {
        return Ok(Some(id));
    }
    if let Some(id) = GroupScimId::parse(text)
        && find_by_id(tx, &id)?.is_some()
    {
        return Ok(Some(id));
    }
    let text: Option<String> = find(
        tx.conn(),
        "SELECT g.scim_id FROM group_names n JOIN groups g ON g.seq = n.grp
         WHERE n.account = ?1 AND n.name_key = ?2",
        (tx.account()?, fold(text)),
        |row| row.get(0),
    )?;
    Ok(text.and_then(|text| GroupScimId::parse(&text)))
}

/// The next members, at most `limit`, and where to go on.
pub fn people(
    tx: &ReadTx<'_>,
    key: GroupKey,
    after: MembersAfter,
    limit: i64,
) -> Result<(Vec<Person>, MembersAfter)> {
    let keys: Vec<i64> = rows(
        tx.conn(),
        "SELECT member FROM group_members WHERE grp = ?1 AND member > ?2
         ORDER BY member LIMIT ?3",
        (key.0, after.0, limit),
        |row| row.get(0),
    )?;
    let last = keys.last().map_or(after, |key| MembersAfter(*key));
    let people = keys.into_iter().map(|key| person(tx, MemberKey(key)));
    Ok((people.collect::<Result<_>>()?, last))
}

/// When that member came into the group, in milliseconds since 1970, UTC; `None`: they are not
/// in it.
pub fn added_ms(tx: &ReadTx<'_>, key: GroupKey, member: MemberKey) -> Result<Option<i64>> {
    Ok(find(
        tx.conn(),
        "SELECT added_ms FROM group_members WHERE grp = ?1 AND member = ?2",
        (key.0, member.0),
        |row| row.get(0),
    )?)
}

/// Whoever asked, a person made it, and no provider manages it.
pub fn set_unmanaged(tx: &WriteTx<'_>, key: GroupKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE groups SET connection = NULL WHERE seq = ?1",
        [key.0],
    )?;
    Ok(())
}

/// Nobody of this account has that membership.
pub fn unknown_membership(id: MembershipId) -> Error {
    Error::invalid(
        crate::domain::reason::Reason::UnknownMember,
        format!("{id} is no member of this account; take the id from the list of members."),
    )
}

/// Of those who are to be the group's members: who is not in it yet, and who of it is not among
/// them.
pub fn differences(
    tx: &ReadTx<'_>,
    key: GroupKey,
    ids: &[MemberId],
) -> Result<(Vec<MemberId>, Vec<MemberId>)> {
    let held: Vec<MemberId> = rows(
        tx.conn(),
        "SELECT member_id FROM group_members WHERE grp = ?1",
        [key.0],
        |row| row.get(0),
    )?;
    let wanted: HashSet<MemberId> = ids.iter().copied().collect();
    let goes = held.iter().filter(|id| !wanted.contains(id)).copied();
    let goes = goes.collect();
    let held: HashSet<MemberId> = held.into_iter().collect();
    let comes = ids
        .iter()
        .filter(|id| !held.contains(id))
        .copied()
        .collect();
    Ok((comes, goes))
}
