//! What reaches a member: every policy, their own and by groups, and the answers that stand on
//! it. SCIM, API and commands all ask here.

pub mod bulk;
mod ends;

use std::collections::{BTreeSet, HashMap};

use rusqlite::Row;

use super::groups::GroupKey;
use super::members::{MemberKey, seq_of};
use super::resource_groups::Scopes;
use super::sql::{find, get, list as rows, parsed, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::catalogue;
use crate::domain::connection::ConnectionRef;
use crate::domain::effective::{Effective, GroupLink, Path, Via, evaluate};
use crate::domain::error::{Error, Result};
use crate::domain::id::{
    ConnectionId, GroupId, GroupScimId, MemberId, PermissionGroupId, PolicyId, ResourceGroupId,
};
use crate::domain::member::State;
use crate::domain::policy::Access;
use crate::domain::reference::Person;

pub use ends::Ends;

/// One role of one policy, on one resource group.
struct Grant {
    group: Option<i64>,
    /// `None`: the policy that is a flag of the member.
    policy: Option<PolicyId>,
    access: Access,
    role: PermissionGroupId,
    resource_group: i64,
}

fn grant(row: &Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        group: row.get(0)?,
        policy: row.get(1)?,
        access: parsed(row, 2, Access::parse)?,
        role: row.get(3)?,
        resource_group: row.get(4)?,
    })
}

const OWN: &str = "SELECT NULL, g.policy_id, g.access, g.permission_group, g.resource_group
    FROM grants g WHERE g.member = ?1
    ORDER BY g.policy_ordinal, g.policy_id, g.group_ordinal";
const OWN_OF_ROLE: &str = "SELECT NULL, g.policy_id, g.access, g.permission_group, g.resource_group
    FROM grants g WHERE g.member = ?1 AND g.permission_group = ?2
    ORDER BY g.policy_ordinal, g.policy_id";
// The tables themselves: a view of members' and groups' policies can't be joined by a key, and
// groups have none that is no row.
const BY_GROUPS: &str = "SELECT x.grp, p.id, p.access, g.permission_group, r.resource_group
    FROM group_members x CROSS JOIN policies p ON p.grp = x.grp
    CROSS JOIN policy_permission_groups g ON g.policy = p.seq
    CROSS JOIN policy_resource_groups r ON r.policy = p.seq
    WHERE x.member = ?1
    ORDER BY x.grp, p.ordinal, p.seq, g.ordinal, r.ordinal";
const BY_GROUPS_OF_ROLE: &str = "SELECT x.grp, p.id, p.access, g.permission_group, r.resource_group
    FROM group_members x CROSS JOIN policies p ON p.grp = x.grp
    CROSS JOIN policy_permission_groups g ON g.policy = p.seq AND g.permission_group = ?2
    CROSS JOIN policy_resource_groups r ON r.policy = p.seq
    WHERE x.member = ?1
    ORDER BY x.grp, p.ordinal, p.seq, r.ordinal";

/// Reads the paths of members, one after the other.
pub struct Paths<'t, 'c> {
    tx: &'t ReadTx<'c>,
    scopes: Scopes<'t, 'c>,
}

impl<'t, 'c> Paths<'t, 'c> {
    pub fn new(tx: &'t ReadTx<'c>) -> Self {
        Self {
            tx,
            scopes: Scopes::new(tx),
        }
    }

    /// Every way in which a role reaches the member, or that one `role` does: their own
    /// policies first, then group by group.
    pub fn of(
        &mut self,
        member: MemberKey,
        role: Option<PermissionGroupId>,
    ) -> Result<Vec<(PermissionGroupId, Path)>> {
        let mut paths = self.own(member, role)?;
        paths.extend(self.by_groups(member, role)?);
        Ok(paths)
    }

    /// Those of the member's own policies.
    pub fn own(
        &mut self,
        member: MemberKey,
        role: Option<PermissionGroupId>,
    ) -> Result<Vec<(PermissionGroupId, Path)>> {
        let conn = self.tx.conn();
        let grants = match role {
            None => rows(conn, OWN, [member.0], grant)?,
            Some(role) => rows(conn, OWN_OF_ROLE, (member.0, role), grant)?,
        };
        self.paths(member, grants, &mut |_| Ok(Via::Direct))
    }

    /// Those of the groups they are in.
    pub fn by_groups(
        &mut self,
        member: MemberKey,
        role: Option<PermissionGroupId>,
    ) -> Result<Vec<(PermissionGroupId, Path)>> {
        let (tx, conn) = (self.tx, self.tx.conn());
        let grants = match role {
            None => rows(conn, BY_GROUPS, [member.0], grant)?,
            Some(role) => rows(conn, BY_GROUPS_OF_ROLE, (member.0, role), grant)?,
        };
        let mut links: HashMap<i64, Via> = HashMap::new();
        self.paths(member, grants, &mut |group| {
            if let Some(known) = links.get(&group) {
                return Ok(known.clone());
            }
            let link = Via::Group(link(tx, group, member)?);
            links.insert(group, link.clone());
            Ok(link)
        })
    }

    fn paths(
        &mut self,
        member: MemberKey,
        grants: Vec<Grant>,
        via: &mut dyn FnMut(i64) -> Result<Via>,
    ) -> Result<Vec<(PermissionGroupId, Path)>> {
        let mut paths: Vec<(PermissionGroupId, Path)> = Vec::new();
        let mut last = None;
        for grant in grants {
            let resource_group = self.scopes.get(grant.resource_group)?;
            let this = Some((grant.group, grant.policy, grant.role));
            if this == last
                && let Some((_, path)) = paths.last_mut()
            {
                path.resource_groups.push(resource_group);
                continue;
            }
            last = this;
            let policy = match grant.policy {
                Some(policy) => policy,
                None => person(self.tx, member)?.id.minimal_access(),
            };
            let path = Path {
                access: grant.access,
                policy,
                via: grant.group.map_or(Ok(Via::Direct), &mut *via)?,
                resource_groups: vec![resource_group],
            };
            paths.push((grant.role, path));
        }
        Ok(paths)
    }
}

/// The group, and how the member came into it.
fn link(tx: &ReadTx<'_>, group: i64, member: MemberKey) -> Result<GroupLink> {
    Ok(get(
        tx.conn(),
        "SELECT o.id, o.scim_id, o.name, c.id, c.name, a.id, a.name, x.added_ms
         FROM group_members x JOIN groups o ON o.seq = x.grp
         LEFT JOIN connections c ON c.seq = o.connection
         LEFT JOIN connections a ON a.seq = x.connection
         WHERE x.grp = ?1 AND x.member = ?2",
        (group, member.0),
        |row| {
            Ok(GroupLink {
                id: row.get(0)?,
                scim_id: parsed(row, 1, GroupScimId::parse)?,
                name: row.get(2)?,
                managed_by: connection(row, 3)?,
                added_by: connection(row, 5)?,
                added_ms: row.get(7)?,
            })
        },
    )?)
}

fn connection(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<ConnectionRef>> {
    let id: Option<ConnectionId> = row.get(at)?;
    let Some(id) = id else { return Ok(None) };
    let name = row.get(at + 1)?;
    Ok(Some(ConnectionRef { id, name }))
}

/// Who it is.
pub fn person(tx: &ReadTx<'_>, member: MemberKey) -> Result<Person> {
    find_person(tx, member)?.ok_or_else(|| Error::internal("a member who is not there"))
}

/// The same of somebody who may have gone.
pub fn find_person(tx: &ReadTx<'_>, member: MemberKey) -> Result<Option<Person>> {
    Ok(find(
        tx.conn(),
        "SELECT id, user_name, state, coalesce(shown_name(document), user_name)
         FROM members WHERE seq = ?1",
        [member.0],
        |row| {
            let id: MemberId = row.get(0)?;
            Ok(Person {
                id,
                membership_id: id.membership(),
                user_name: row.get(1)?,
                name: row.get(3)?,
                state: parsed(row, 2, State::parse)?,
            })
        },
    )?)
}

/// Every role that reaches the member, as it stands in the end; or that one `role`.
pub fn effective(
    tx: &ReadTx<'_>,
    member: MemberKey,
    role: Option<PermissionGroupId>,
) -> Result<Vec<Effective>> {
    let active = person(tx, member)?.state == State::Active;
    let mut roles = evaluate(active, Paths::new(tx).of(member, role)?);
    for role in &mut roles {
        role.name = role_name(tx, role.permission_group)?;
    }
    Ok(roles)
}

/// The same as it would stand if the member were active now.
pub fn once_active(tx: &ReadTx<'_>, member: MemberKey) -> Result<Vec<Effective>> {
    Ok(evaluate(true, Paths::new(tx).of(member, None)?))
}

/// The name of a role; of one nobody knows, its id.
pub fn role_name(tx: &ReadTx<'_>, role: PermissionGroupId) -> Result<String> {
    if let Some(name) = catalogue::role_name(role) {
        return Ok(name.to_owned());
    }
    let name: Option<String> = find(
        tx.conn(),
        "SELECT name FROM custom_roles WHERE permission_group = ?1 AND account = ?2",
        (role, tx.account()?),
        |row| row.get(0),
    )?;
    Ok(name.unwrap_or_else(|| role.to_string()))
}

/// Where a reader of a role's holders stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldersAfter(pub(in crate::store) i64);

impl HoldersAfter {
    /// For a cursor.
    pub fn key(self) -> i64 {
        self.0
    }

    pub fn of_key(key: i64) -> Self {
        Self(key)
    }

    pub fn behind(member: MemberKey) -> Self {
        Self(member.0)
    }

    pub fn is_before(self, member: MemberKey) -> bool {
        self.0 < member.0
    }
}

/// The next members whom a policy that allows `role` reaches, at most `limit`, in the order they
/// were made. What they hold in the end is another question.
pub fn reached(
    tx: &ReadTx<'_>,
    role: PermissionGroupId,
    after: HoldersAfter,
    limit: usize,
) -> Result<Vec<MemberKey>> {
    let account = tx.account()?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let own: Vec<i64> = rows(
        tx.conn(),
        "SELECT DISTINCT p.member FROM policy_permission_groups x
         CROSS JOIN policies p ON p.seq = x.policy
         WHERE x.policy >> 40 = ?1 AND x.permission_group = ?2 AND p.access = 'allow'
           AND p.member > ?3 ORDER BY p.member LIMIT ?4",
        (account, role, after.0, most),
        |row| row.get(0),
    )?;
    let groups: Vec<i64> = rows(
        tx.conn(),
        "SELECT DISTINCT p.grp FROM policy_permission_groups x
         CROSS JOIN policies p ON p.seq = x.policy
         WHERE x.policy >> 40 = ?1 AND x.permission_group = ?2 AND p.access = 'allow'
           AND p.grp IS NOT NULL",
        (account, role),
        |row| row.get(0),
    )?;
    let mut found: BTreeSet<i64> = own.into_iter().collect();
    if role == catalogue::MINIMAL_ACCOUNT_ACCESS {
        let flagged: Vec<i64> = rows(
            tx.conn(),
            "SELECT seq FROM members WHERE seq > max(?1, ?2) AND seq < ?3 AND minimal_access = 1
             ORDER BY seq LIMIT ?4",
            (after.0, seq_of(account, 0), seq_of(account + 1, 0), most),
            |row| row.get(0),
        )?;
        found.extend(flagged);
    }
    with_members(tx, found, &groups, after, limit)
}

/// The next members whom a policy that names the resource group reaches, as [`reached`].
pub fn reached_on(
    tx: &ReadTx<'_>,
    resource_group: ResourceGroupId,
    after: HoldersAfter,
    limit: usize,
) -> Result<Vec<MemberKey>> {
    let holders: Vec<(Option<i64>, Option<i64>)> = rows(
        tx.conn(),
        "SELECT DISTINCT p.member, p.grp
         FROM resource_groups r JOIN policy_resource_groups y ON y.resource_group = r.seq
         JOIN policies p ON p.seq = y.policy WHERE r.id = ?1 AND r.account = ?2",
        (resource_group, tx.account()?),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let own = holders.iter().filter_map(|(member, _)| *member);
    let own = own.filter(|member| *member > after.0).collect();
    let groups: Vec<i64> = holders.iter().filter_map(|(_, group)| *group).collect();
    with_members(tx, own, &groups, after, limit)
}

/// The next members of a group, as [`reached`].
pub fn members_of(
    tx: &ReadTx<'_>,
    group: GroupKey,
    after: HoldersAfter,
    limit: usize,
) -> Result<Vec<MemberKey>> {
    with_members(tx, BTreeSet::new(), &[group.0], after, limit)
}

/// The first of `found` and of the groups' members behind `after`, at most `limit`.
pub(in crate::store) fn with_members(
    tx: &ReadTx<'_>,
    mut found: BTreeSet<i64>,
    groups: &[i64],
    after: HoldersAfter,
    limit: usize,
) -> Result<Vec<MemberKey>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    for group in groups {
        // Nobody beyond the last of a full page is of interest.
        let end = if found.len() < limit {
            None
        } else {
            found.last().copied()
        };
        let members: Vec<i64> = rows(
            tx.conn(),
            "SELECT member FROM group_members WHERE grp = ?1 AND member > ?2 AND member < ?3
             ORDER BY member LIMIT ?4",
            (group, after.0, end.unwrap_or(i64::MAX), most),
            |row| row.get(0),
        )?;
        found.extend(members);
        while found.len() > limit {
            found.pop_last();
        }
    }
    Ok(found.into_iter().take(limit).map(MemberKey).collect())
}

/// User groups that allow `role`, by name: what somebody could be put into. At most `limit`.
pub fn groups_with(
    tx: &ReadTx<'_>,
    role: PermissionGroupId,
    limit: i64,
) -> Result<Vec<(GroupId, String)>> {
    Ok(rows(
        tx.conn(),
        "SELECT DISTINCT o.id, o.name FROM policy_permission_groups x
         CROSS JOIN policies p ON p.seq = x.policy CROSS JOIN groups o ON o.seq = p.grp
         WHERE x.policy >> 40 = ?1 AND x.permission_group = ?2 AND p.access = 'allow'
           AND o.legacy IS NULL
         ORDER BY o.name, o.seq LIMIT ?3",
        (tx.account()?, role, limit),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// The keys of these members, those that there are, in the order they were made: at most
/// `limit` behind `after`.
pub fn keys_of(
    tx: &ReadTx<'_>,
    ids: &[MemberId],
    after: HoldersAfter,
    limit: usize,
) -> Result<Vec<MemberKey>> {
    let mut keys = BTreeSet::new();
    for id in ids {
        let key: Option<i64> = find(
            tx.conn(),
            "SELECT seq FROM members WHERE id = ?1 AND account = ?2",
            (id, tx.account()?),
            |row| row.get(0),
        )?;
        keys.extend(key.filter(|key| *key > after.0));
    }
    Ok(keys.into_iter().take(limit).map(MemberKey).collect())
}

/// Whether any policy of the account denies anything: mostly none does, and then what allows
/// is effective.
pub fn account_denies(tx: &ReadTx<'_>) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM policies WHERE account = ?1 AND access = 'deny' LIMIT 1",
        [tx.account()?],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Whether the account had an effective Super Administrator once and has none now: what the
/// database's own guard refuses too.
pub fn is_left_alone(tx: &ReadTx<'_>) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM accounts_left_alone WHERE account = ?1",
        [tx.account()?],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Whether the account has an effective Super Administrator, which the guard keeps.
pub fn is_administered(tx: &ReadTx<'_>) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM administered_accounts WHERE account = ?1",
        [tx.account()?],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Puts the database's guard off to the end of a change of several steps, which calls
/// [`take_up_guard`]; without that nothing can be committed. False when it is put off already.
pub fn put_off_guard(tx: &WriteTx<'_>) -> Result<bool> {
    let put_off = run(
        tx.conn(),
        "INSERT INTO guards_put_off (account) VALUES (?1) ON CONFLICT DO NOTHING",
        [tx.account()?],
    )?;
    Ok(put_off > 0)
}

/// Lets the guard look.
///
/// Errors: `Forbidden` when the last Super Administrator went meanwhile.
pub fn take_up_guard(tx: &WriteTx<'_>) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM guards_put_off WHERE account = ?1",
        [tx.account()?],
    )?;
    Ok(())
}

/// Whether a policy of the group names Super Administrator: only then can a change of who is in
/// it touch the last one.
pub fn makes_super_administrators(tx: &ReadTx<'_>, group: GroupKey) -> Result<bool> {
    let found: Option<i64> = find(
        tx.conn(),
        "SELECT 1 FROM policies p CROSS JOIN policy_permission_groups x ON x.policy = p.seq
         WHERE p.grp = ?1 AND x.permission_group = ?2 LIMIT 1",
        (group.0, catalogue::SUPER_ADMINISTRATOR),
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}
