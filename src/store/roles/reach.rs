//! How far the roles of an account reach, as a list of all of them tells: bounded, so that it
//! costs the same whoever holds them. People who are no longer active keep their records and their
//! groups for ever, so what is bounded is how many are looked at, not how many are found.

use std::collections::BTreeSet;

use rusqlite::{Connection, Params};

use crate::domain::catalogue::MINIMAL_ACCOUNT_ACCESS;
use crate::domain::error::Result;
use crate::domain::id::PermissionGroupId;
use crate::domain::role::{Counted, Granting, RoleReach};
use crate::store::sql::list;
use crate::store::tx::ReadTx;

/// How far one role is followed.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Policies that are looked at.
    pub policies: usize,
    /// People who are looked at, by policies of groups and by the role that everybody gets.
    pub looked: usize,
    /// People and groups that are counted.
    pub counted: usize,
}

pub const MOST: Most = Most {
    policies: 1_000,
    looked: 1_000,
    counted: 100,
};

/// Those of a group, whether they are active: the newest first, who mostly are.
const OF_GROUP: &str = "SELECT x.member, m.state = 'active' FROM group_members x
     CROSS JOIN members m ON m.seq = x.member
     WHERE x.grp = ?1 AND x.member < ?2 ORDER BY x.member DESC LIMIT ?3";
/// The active ones of a source, by an index that has no others among them, and whether they have
/// the role that everybody gets: nearly all.
const OF_SOURCE: &str = "SELECT m.seq, m.minimal_access FROM members m INDEXED BY members_by_source
     WHERE m.account = ?1 AND m.connection IS ?2 AND m.state = 'active'
       AND m.seq < ?3 ORDER BY m.seq DESC LIMIT ?4";

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// People who are counted once each.
struct People<'c> {
    conn: &'c Connection,
    found: BTreeSet<i64>,
    /// So many more may be looked at.
    left: usize,
    counted: usize,
    /// Whether somebody was left out for it.
    cut: bool,
}

impl People<'_> {
    fn is_done(&self) -> bool {
        self.left == 0 || self.found.len() > self.counted
    }

    /// Adds those who count among the people of `sql`. It reads some at a time, with whether each
    /// counts; `values` gives what is bound for those below a key.
    fn add<P: Params>(&mut self, sql: &str, values: impl Fn(i64, i64) -> P) -> Result<()> {
        let mut below = i64::MAX;
        while !self.is_done() {
            let most = self.left.min(self.counted.saturating_add(1));
            // One more tells whether there are more.
            let asked = limit(most.saturating_add(1));
            let mut some: Vec<(i64, bool)> = list(self.conn, sql, values(below, asked), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            let more = some.len() > most;
            some.truncate(most);
            // To find nobody takes a look too.
            self.left = self.left.saturating_sub(some.len().max(1));
            let counts = some.iter().filter(|(_, counts)| *counts);
            self.found.extend(counts.map(|(key, _)| *key));
            match some.last() {
                Some((key, _)) if more => below = *key,
                _ => return Ok(()),
            }
        }
        self.cut = true;
        Ok(())
    }
}

/// So many were found; whether `all` were looked at.
fn counted(found: usize, all: bool, most: usize) -> Counted {
    if found > most {
        Counted::MoreThan(most)
    } else if all {
        Counted::All(found)
    } else {
        Counted::AtLeast(found)
    }
}

/// The active members whom policies that allow the role reach, and the groups that have one, as
/// [`granting`] lists them. Denials are not looked at.
pub fn reach(tx: &ReadTx<'_>, role: PermissionGroupId, most: Most) -> Result<RoleReach> {
    let account = tx.account()?;
    let mut holders: Vec<(Option<i64>, Option<i64>)> = list(
        tx.conn(),
        "SELECT m.seq, p.grp FROM policy_permission_groups x
         CROSS JOIN policies p ON p.seq = x.policy LEFT JOIN groups g ON g.seq = p.grp
         LEFT JOIN members m ON m.seq = p.member AND m.state = 'active'
         WHERE x.policy >> 40 = ?1 AND x.permission_group = ?2 AND p.access = 'allow'
           -- A legacy group that is only offered gives nobody anything.
           AND (g.legacy IS NULL OR g.connection IS NOT NULL OR g.member_count > 0)
         ORDER BY x.policy LIMIT ?3",
        (account, role, limit(most.policies.saturating_add(1))),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let all = holders.len() <= most.policies;
    holders.truncate(most.policies);
    let groups: BTreeSet<i64> = holders.iter().filter_map(|(_, group)| *group).collect();
    let mut people = People {
        conn: tx.conn(),
        found: holders.iter().filter_map(|(member, _)| *member).collect(),
        left: most.looked,
        counted: most.counted,
        cut: false,
    };
    // The role that everybody gets has no policies in rows of their own.
    if role == MINIMAL_ACCOUNT_ACCESS && !people.is_done() {
        let sources: Vec<Option<i64>> = list(
            tx.conn(),
            "SELECT NULL UNION ALL
             SELECT * FROM (SELECT seq FROM connections WHERE account = ?1 LIMIT ?2)",
            (account, limit(most.looked)),
            |row| row.get(0),
        )?;
        for source in sources {
            people.add(OF_SOURCE, |below, some| (account, source, below, some))?;
        }
    }
    for group in &groups {
        people.add(OF_GROUP, |below, some| (*group, below, some))?;
    }
    Ok(RoleReach {
        groups: counted(groups.len(), all, most.counted),
        people: counted(people.found.len(), all && !people.cut, most.counted),
    })
}

/// All groups that allow `role`, by name, at most `limit`. Legacy groups are among them once a
/// provider has pushed them or somebody is in them: the others are only offered.
pub fn granting(tx: &ReadTx<'_>, role: PermissionGroupId, limit: i64) -> Result<Vec<Granting>> {
    Ok(list(
        tx.conn(),
        "SELECT DISTINCT o.id, o.name, o.legacy IS NOT NULL FROM policy_permission_groups x
         CROSS JOIN policies p ON p.seq = x.policy CROSS JOIN groups o ON o.seq = p.grp
         WHERE x.policy >> 40 = ?1 AND x.permission_group = ?2 AND p.access = 'allow'
           AND (o.legacy IS NULL OR o.connection IS NOT NULL OR o.member_count > 0)
         ORDER BY o.name, o.seq LIMIT ?3",
        (tx.account()?, role, limit),
        |row| {
            Ok(Granting {
                id: row.get(0)?,
                name: row.get(1)?,
                legacy: row.get(2)?,
            })
        },
    )?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::app::{connections, groups, members};
    use crate::domain::catalogue::role_by_name;
    use crate::domain::connection::{ProviderKind, SettingsChange};
    use crate::domain::id::MembershipId;
    use crate::domain::policy::NewPolicy;
    use crate::domain::reference::GroupRef;
    use crate::domain::text::{GroupName, Label};
    use crate::store::testing::TestDb;
    use crate::store::tx::WriteTx;

    const MOST: Most = Most {
        policies: 3,
        looked: 6,
        counted: 4,
    };

    /// Ten people, of whom those are active whose number, from 1 on, is as `active` says.
    fn ten(active: &str) -> (TestDb, Vec<MembershipId>) {
        let db = TestDb::new();
        let made = db.write(|tx| {
            let one = |number| {
                let person = json!({ "userName": format!("p{number}@x.example") });
                let attributes = person.as_object().cloned().unwrap_or_default();
                members::add(tx, attributes).map(|member| member.membership_id())
            };
            (1..=10).map(one).collect()
        });
        db.attack(&format!(
            "UPDATE members SET state = 'inactive', minimal_access = 0
             WHERE NOT (seq & 0xff) {active}"
        ))
        .expect("a change by all rules");
        (db, made.expect("people"))
    }

    fn dns() -> PermissionGroupId {
        role_by_name("DNS").expect("a role").permission_group
    }

    /// Makes a group of these people that has the role DNS.
    fn group(db: &TestDb, name: &'static str, people: Vec<MembershipId>) {
        let made = db.write(move |tx| {
            let name = GroupName::parse(name)?;
            let (_, group) = groups::by_hand::make(tx, &name, &[NewPolicy::allow(dns())])?;
            groups::by_hand::add_people(tx, &GroupRef::Id(group.id), &people)
        });
        made.expect("a group");
    }

    fn reached(db: &TestDb, role: PermissionGroupId) -> (Counted, Counted) {
        let reach = db.read(|tx| reach(tx, role, MOST)).expect("a reach");
        (reach.groups, reach.people)
    }

    #[test]
    fn whoever_left_is_not_looked_at_where_everybody_is_counted() {
        let none = Counted::All(0);
        let role = MINIMAL_ACCOUNT_ACCESS;
        for (active, people) in [
            ("> 8", Counted::All(2)),
            ("> 6", Counted::All(4)),
            ("> 5", Counted::MoreThan(4)),
            ("< 3", Counted::All(2)),
        ] {
            let (db, _) = ten(active);
            assert_eq!(reached(&db, role), (none, people), "{active}");
        }
        // Those of a provider are told by another stretch of the index.
        let (db, _) = ten("> 6");
        let connect = |tx: &WriteTx<'_>| {
            let (name, settings) = (Label::parse("One")?, SettingsChange::default());
            connections::create(tx, ProviderKind::Okta, &name, &settings)
        };
        db.write(connect).expect("a connection");
        db.attack(
            "UPDATE members SET connection = (SELECT seq FROM connections WHERE name = 'One')
             WHERE (seq & 0xff) > 8",
        )
        .expect("a change by all rules");
        assert_eq!(reached(&db, role), (none, Counted::All(4)));
    }

    #[test]
    fn of_a_group_so_many_are_looked_at_and_the_newest_first() {
        let one = Counted::All(1);
        for (active, people) in [
            ("> 5", Counted::MoreThan(4)),
            ("> 8", Counted::AtLeast(2)),
            ("< 3", Counted::AtLeast(0)),
        ] {
            let (db, everybody) = ten(active);
            group(&db, "Team", everybody);
            assert_eq!(reached(&db, dns()), (one, people), "{active}");
        }
        let (db, mut everybody) = ten("< 3");
        everybody.truncate(4);
        group(&db, "Team", everybody);
        assert_eq!(reached(&db, dns()), (one, Counted::All(2)));
    }

    #[test]
    fn policies_that_are_not_looked_at_may_reach_more() {
        let (db, everybody) = ten("< 3");
        for name in ["A", "B", "C"] {
            group(&db, name, vec![everybody[0]]);
        }
        let told = (Counted::All(3), Counted::All(1));
        assert_eq!(reached(&db, dns()), told);
        group(&db, "D", vec![everybody[1]]);
        let told = (Counted::AtLeast(3), Counted::AtLeast(1));
        assert_eq!(reached(&db, dns()), told);
    }
}
