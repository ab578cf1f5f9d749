//! Pages of members.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::order::Sort;
use super::super::page::{Asked, Edge, Keys, Listed};
use super::super::policies;
use super::super::query::{Place, Where};
use super::super::sql::list as rows;
use super::super::tx::ReadTx;
use super::{COLUMNS, Read, TABLES, get_by_key, member_row};
use crate::domain::error::{Error, Result};
use crate::domain::listing::{MemberListing, Paged, Position};
use crate::domain::member::{GroupOfMember, Member, State};

const LISTED: Listed = Listed {
    from: "members m",
    alias: "m",
    documents: " JOIN member_documents d ON d.member = m.seq",
    total: "SELECT member_count FROM accounts WHERE seq = ?1",
};

/// A page of the account's members, and how many match in all.
pub fn list(tx: &ReadTx<'_>, listing: &MemberListing) -> Result<Paged<Member>> {
    asked(tx, listing)?.page(tx, &listing.span, stretch, by_keys)
}

/// The list as SQL.
fn asked(tx: &ReadTx<'_>, listing: &MemberListing) -> Result<Asked> {
    let place = Place::of(tx)?;
    let filter = listing.filter.as_ref();
    Ok(Asked::new(
        &LISTED,
        place.account,
        filter.map(|filter| Where::members(filter, place)),
        Sort::members(&listing.order.key, place),
        listing.order.descending,
    ))
}

static SQL_STRETCH_UP: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE m.account = ?1 AND m.seq > ?3
         ORDER BY m.seq LIMIT ?4"
    )
});
static SQL_STRETCH_DOWN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE m.account = ?1 AND m.seq < ?3
         ORDER BY m.seq DESC LIMIT ?4"
    )
});

/// A page of everybody in the order they were made, or its reverse: one statement for the
/// rows.
fn stretch(
    tx: &ReadTx<'_>,
    edge: &Edge,
    limit: i64,
    up: bool,
    backward: bool,
) -> Result<(Vec<Member>, Keys)> {
    let Some(from) = edge.seq(up) else {
        return Ok((Vec::new(), Keys::of(Vec::new(), 0, backward)));
    };
    let sql = if up {
        &SQL_STRETCH_UP
    } else {
        &SQL_STRETCH_DOWN
    };
    let mut found = rows(
        tx.conn(),
        sql,
        (tx.account()?, tx.connection(), from, limit + 1),
        member_row,
    )?;
    let seqs = found.iter().map(|read| read.key).collect();
    let keys = Keys::of_seqs(seqs, limit, backward);
    found.truncate(keys.positions.len());
    if backward {
        found.reverse();
    }
    Ok((beside_all(tx, found)?, keys))
}

static SQL_BY_KEYS: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {COLUMNS} FROM json_each(?1) k CROSS JOIN {TABLES} WHERE m.seq = k.value")
});

/// The members at these places, in that order.
fn by_keys(tx: &ReadTx<'_>, places: &[Position]) -> Result<Vec<Member>> {
    // Most look-ups find one, and that is cheaper asked for by itself.
    if let [place] = places {
        return Ok(vec![get_by_key(tx, place.seq)?.1]);
    }
    let seqs: Vec<i64> = places.iter().map(|place| place.seq).collect();
    let list = serde_json::to_string(&seqs).map_err(Error::internal)?;
    let params = (&list, tx.connection());
    let mut found = rows(tx.conn(), &SQL_BY_KEYS, params, member_row)?;
    let numbers = numbers_of(&seqs);
    found.sort_by_key(|read| numbers.get(&read.key));
    beside_all(tx, found)
}

/// Which one of the page each key belongs to.
fn numbers_of(seqs: &[i64]) -> HashMap<i64, usize> {
    seqs.iter().copied().zip(0..).collect()
}

/// Adds what comes by groups: two statements for all of a page, and none for one of people
/// without groups.
fn beside_all(tx: &ReadTx<'_>, found: Vec<Read>) -> Result<Vec<Member>> {
    let in_groups = found.iter().any(|read| read.in_groups);
    let seqs: Vec<i64> = found.iter().map(|read| read.key).collect();
    let mut members: Vec<Member> = found.into_iter().map(|read| read.member).collect();
    if !in_groups {
        return Ok(members);
    }
    let list = serde_json::to_string(&seqs).map_err(Error::internal)?;
    let numbers = numbers_of(&seqs);
    let at = |seq: i64| numbers.get(&seq).copied();
    let groups: Vec<(i64, GroupOfMember)> = rows(
        tx.conn(),
        "SELECT x.member, g.scim_id, g.name FROM json_each(?1) k
         CROSS JOIN group_members x ON x.member = k.value
         JOIN groups g ON g.seq = x.grp ORDER BY x.member, x.grp",
        [&list],
        |row| {
            let group = GroupOfMember {
                scim_id: row.get(1)?,
                name: row.get(2)?,
            };
            Ok((row.get(0)?, group))
        },
    )?;
    for (seq, group) in groups {
        if let Some(member) = at(seq).and_then(|at| members.get_mut(at)) {
            member.groups.push(group);
        }
    }
    for (seq, role) in policies::roles_by_groups(tx, &list)? {
        if let Some(member) = at(seq).and_then(|at| members.get_mut(at))
            && member.state == State::Active
        {
            member.roles.push(role);
        }
    }
    for member in &mut members {
        member.roles.sort_unstable();
    }
    Ok(members)
}

#[cfg(test)]
mod tests;
