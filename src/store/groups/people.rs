//! Who is in a group, as somebody looks through it: by the key of the people, so that a page
//! costs the same in a large group.

use rusqlite::Row;

use super::super::sql::{get, list as rows, parsed};
use super::super::tx::ReadTx;
use super::{GroupKey, MembersAfter};
use crate::domain::connection::{ConnectionMark, ProviderKind};
use crate::domain::error::{Error, Result};
use crate::domain::group::GroupPerson;
use crate::domain::id::{ConnectionId, MemberId};
use crate::domain::member::State;
use crate::domain::reference::Person;
use crate::domain::text::fold;

fn person(row: &Row<'_>) -> rusqlite::Result<(Person, String)> {
    let id: MemberId = row.get(1)?;
    let (user_name, name): (String, String) = (row.get(2)?, row.get(4)?);
    let person = Person {
        id,
        membership_id: id.membership(),
        name: if name.is_empty() {
            user_name.clone()
        } else {
            name.clone()
        },
        user_name,
        state: parsed(row, 3, State::parse)?,
    };
    Ok((person, name))
}

/// The next members of a group, at most `limit`, with `part` somewhere in the userName or the
/// name that is shown where it is given; and where to go on, when there may be more. A part is looked for
/// in `looked` members, so there may be fewer than there are.
pub fn list(
    tx: &ReadTx<'_>,
    key: GroupKey,
    part: Option<&str>,
    after: MembersAfter,
    (looked, limit): (i64, i64),
) -> Result<(Vec<GroupPerson>, Option<MembersAfter>)> {
    let is_bounded = part.is_some();
    let looked = if is_bounded { looked } else { i64::MAX };
    let part = part.map(fold);
    let mut found: Vec<(i64, GroupPerson)> = rows(
        tx.conn(),
        "SELECT m.seq, m.id, m.user_name, m.state, coalesce(shown_name(m.document), ''),
                x.added_ms, c.id, c.name, c.kind
             FROM (SELECT member, added_ms, connection FROM group_members
                   WHERE grp = ?1 AND member > ?2 ORDER BY member LIMIT ?5) x
             CROSS JOIN members m ON m.seq = x.member
             LEFT JOIN connections c ON c.seq = x.connection
             WHERE ?3 IS NULL OR instr(m.user_name_key, ?3) > 0
                OR instr(coalesce(m.display_name_key, ''), ?3) > 0
                OR instr(coalesce(m.shown_name_key, ''), ?3) > 0
             ORDER BY x.member LIMIT ?4",
        (key.0, after.0, part, limit.saturating_add(1), looked),
        listed,
    )?;
    let most = usize::try_from(limit).unwrap_or(0);
    let more = found.len() > most;
    found.truncate(most);
    let next = if more {
        found.last().map(|(seq, _)| MembersAfter(*seq))
    } else if is_bounded {
        behind(tx, key, after, looked)?
    } else {
        None
    };
    let people = found.into_iter().map(|(_, person)| person).collect();
    Ok((people, next))
}

fn listed(row: &Row<'_>) -> rusqlite::Result<(i64, GroupPerson)> {
    let (person, name) = person(row)?;
    let connection: Option<ConnectionId> = row.get(6)?;
    let added_by = match connection {
        Some(id) => Some(ConnectionMark {
            id,
            name: row.get(7)?,
            kind: parsed(row, 8, ProviderKind::parse)?,
        }),
        None => None,
    };
    let person = GroupPerson {
        person,
        name,
        added_ms: row.get(5)?,
        added_by,
    };
    Ok((row.get(0)?, person))
}

/// The place behind so many members; `None` when there are no more than these.
fn behind(
    tx: &ReadTx<'_>,
    key: GroupKey,
    after: MembersAfter,
    members: i64,
) -> Result<Option<MembersAfter>> {
    let at: Vec<i64> = rows(
        tx.conn(),
        "SELECT member FROM group_members WHERE grp = ?1 AND member > ?2
         ORDER BY member LIMIT 2 OFFSET ?3",
        (key.0, after.0, members - 1),
        |row| row.get(0),
    )?;
    // The last one that was looked at, and one more.
    Ok(match at.as_slice() {
        [last, _] => Some(MembersAfter(*last)),
        _ => None,
    })
}

/// Members of the account who are not in the group and whose userName, name or address begins
/// with `beginning`, at most `limit`: four stretches of indexes.
pub fn candidates(
    tx: &ReadTx<'_>,
    key: GroupKey,
    beginning: &str,
    limit: i64,
) -> Result<Vec<(Person, String)>> {
    let from = fold(beginning);
    // The last code point there is: nothing that begins so comes after it.
    let to = format!("{from}\u{10ffff}");
    Ok(rows(
        tx.conn(),
        "SELECT m.seq, m.id, m.user_name, m.state, coalesce(shown_name(m.document), '')
             FROM (SELECT seq FROM (SELECT seq FROM members
                    WHERE account = ?1 AND user_name_key >= ?2 AND user_name_key < ?3 LIMIT 200)
                  UNION SELECT seq FROM (SELECT seq FROM members
                    WHERE account = ?1 AND display_name_key >= ?2 AND display_name_key < ?3
                    LIMIT 200)
                  UNION SELECT seq FROM (SELECT seq FROM members
                    WHERE account = ?1 AND shown_name_key >= ?2 AND shown_name_key < ?3
                    LIMIT 200)
                  UNION SELECT seq FROM (SELECT member AS seq FROM member_emails
                    WHERE account = ?1 AND value_key >= ?2 AND value_key < ?3 LIMIT 200)) f
             JOIN members m ON m.seq = f.seq
             WHERE m.state <> 'inactive' AND NOT EXISTS
                   (SELECT 1 FROM group_members x WHERE x.grp = ?4 AND x.member = m.seq)
             ORDER BY m.user_name_key LIMIT ?5",
        (tx.account()?, &from, &to, key.0, limit),
        person,
    )?)
}

/// Those of these members who are not in the group and could be, by userName.
pub fn outside(tx: &ReadTx<'_>, key: GroupKey, ids: &[MemberId]) -> Result<Vec<(Person, String)>> {
    let all = serde_json::to_string(ids).map_err(Error::internal)?;
    Ok(rows(
        tx.conn(),
        "SELECT m.seq, m.id, m.user_name, m.state, coalesce(shown_name(m.document), '')
         FROM json_each(?2) j CROSS JOIN members m ON m.id = unhex(j.value)
         WHERE m.account = ?1 AND m.state <> 'inactive' AND NOT EXISTS
               (SELECT 1 FROM group_members x WHERE x.grp = ?3 AND x.member = m.seq)
         ORDER BY m.user_name_key",
        (tx.account()?, all, key.0),
        person,
    )?)
}

/// How many of the group's members are active: the others receive nothing by it.
pub fn active(tx: &ReadTx<'_>, key: GroupKey) -> Result<i64> {
    Ok(get(
        tx.conn(),
        "SELECT count(*) FROM group_members x CROSS JOIN members m ON m.seq = x.member
         WHERE x.grp = ?1 AND m.state = 'active'",
        [key.0],
        |row| row.get(0),
    )?)
}

/// The group's own ids at connections.
pub fn external_ids(tx: &ReadTx<'_>, key: GroupKey) -> Result<Vec<(ConnectionId, String)>> {
    Ok(rows(
        tx.conn(),
        "SELECT c.id, g.external_id
         FROM groups g JOIN connections c ON c.seq = g.external_connection
         WHERE g.seq = ?1
         UNION ALL
         SELECT c.id, x.value FROM group_external_ids x JOIN connections c ON c.seq = x.connection
         WHERE x.grp = ?1 AND x.further = 1",
        [key.0],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::app;
    use crate::domain::reference::GroupRef;
    use crate::domain::text::GroupName;
    use crate::store::testing::TestDb;

    /// The userNames that all pages of two tell, and how many pages there were.
    fn found(db: &TestDb, key: GroupKey, part: Option<&str>, looked: i64) -> (Vec<String>, usize) {
        let (mut names, mut after) = (Vec::new(), MembersAfter::default());
        for pages in 1..20 {
            let page = db.read(|tx| list(tx, key, part, after, (looked, 2)));
            let (people, next) = page.expect("a page");
            assert!(people.len() <= 2);
            names.extend(people.into_iter().map(|one| one.person.user_name));
            match next {
                Some(next) => after = next,
                None => return (names, pages),
            }
        }
        panic!("no end of {part:?}");
    }

    #[test]
    fn a_part_is_looked_for_in_stretches_of_the_group() {
        let db = TestDb::new();
        let made = db.write(|tx| {
            let mut ids = Vec::new();
            for number in 0..9 {
                let name = ["ada", "max", "zoe"][number % 3];
                let person = json!({ "userName": format!("p{number}"), "displayName": name });
                let attributes = person.as_object().cloned().unwrap_or_default();
                ids.push(app::members::add(tx, attributes)?.membership_id());
            }
            let (_, group) = app::groups::by_hand::make(tx, &GroupName::parse("All")?, &[])?;
            app::groups::by_hand::add_people(tx, &GroupRef::Id(group.id), &ids)
        });
        let (key, _) = made.expect("a group of nine");
        for looked in [1, 2, 3, 4, 8, 9, 100] {
            let (names, pages) = found(&db, key, Some("MAX"), looked);
            assert_eq!(names, ["p1", "p4", "p7"], "{looked}");
            // Every stretch is a page; a page that is full ends one.
            assert!(
                pages <= 2 + 9 / usize::try_from(looked).expect("few"),
                "{looked}"
            );
            assert!(found(&db, key, Some("nobody"), looked).0.is_empty());
        }
        let (all, pages) = found(&db, key, None, 1);
        assert_eq!(
            (all.len(), pages),
            (9, 5),
            "without a part there are no stretches"
        );
    }
}
