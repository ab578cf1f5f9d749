//! How far the roles of an account reach, as a list of all of them tells: bounded, so that it
//! costs the same whoever holds them.

use std::collections::BTreeSet;

use crate::domain::catalogue::MINIMAL_ACCOUNT_ACCESS;
use crate::domain::error::Result;
use crate::domain::id::PermissionGroupId;
use crate::domain::role::{Granting, RoleReach};
use crate::store::members::seq_of;
use crate::store::sql::list;
use crate::store::tx::ReadTx;

/// Policies of one role that are looked at.
const POLICIES_MAX: i64 = 1_000;
/// People and groups that are counted; there may be more.
const COUNTED_MAX: usize = 100;

/// The active members whom policies that allow the role reach, and the groups that have one, as
/// [`granting`] lists them: each counted up to a hundred. Denials are not looked at.
pub fn reach(tx: &ReadTx<'_>, role: PermissionGroupId) -> Result<RoleReach> {
    let holders: Vec<(Option<i64>, Option<i64>)> = list(
        tx.conn(),
        "SELECT p.member, p.grp FROM policy_permission_groups x
         CROSS JOIN policies p ON p.seq = x.policy LEFT JOIN groups g ON g.seq = p.grp
         WHERE x.policy >> 40 = ?1 AND x.permission_group = ?2 AND p.access = 'allow'
           -- A legacy group that is only offered gives nobody anything.
           AND (g.legacy IS NULL OR g.connection IS NOT NULL OR g.member_count > 0)
         ORDER BY x.policy LIMIT ?3",
        (tx.account()?, role, POLICIES_MAX),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let groups: BTreeSet<i64> = holders.iter().filter_map(|(_, group)| *group).collect();
    let most = i64::try_from(COUNTED_MAX)
        .unwrap_or(i64::MAX)
        .saturating_add(1);
    let mut people: BTreeSet<i64> = BTreeSet::new();
    // The role that everybody gets has no policies in rows of their own.
    if role == MINIMAL_ACCOUNT_ACCESS {
        let account = tx.account()?;
        people.extend(list(
            tx.conn(),
            "SELECT seq FROM members WHERE seq BETWEEN ?1 AND ?2 AND minimal_access = 1
               AND state = 'active' ORDER BY seq LIMIT ?3",
            (seq_of(account, 0), seq_of(account + 1, 0) - 1, most),
            |row| row.get::<_, i64>(0),
        )?);
    }
    for (member, group) in &holders {
        if people.len() > COUNTED_MAX {
            break;
        }
        let found: Vec<i64> = match (member, group) {
            (Some(member), _) => list(
                tx.conn(),
                "SELECT seq FROM members WHERE seq = ?1 AND state = 'active'",
                [member],
                |row| row.get(0),
            )?,
            (None, Some(group)) => list(
                tx.conn(),
                "SELECT x.member FROM group_members x CROSS JOIN members m ON m.seq = x.member
                 WHERE x.grp = ?1 AND m.state = 'active' ORDER BY x.member LIMIT ?2",
                (group, most),
                |row| row.get(0),
            )?,
            (None, None) => Vec::new(),
        };
        people.extend(found);
    }
    let groups_more = groups.len() > COUNTED_MAX;
    let people_more = people.len() > COUNTED_MAX;
    Ok(RoleReach {
        groups: groups.len().min(COUNTED_MAX),
        groups_more,
        people: people.len().min(COUNTED_MAX),
        people_more,
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
