use std::io::Write;

use super::variable;
use super::world::{Random, World};
use crate::app;
use crate::app::groups::by_hand;
use crate::domain::catalogue;
use crate::domain::effective::{Edge, Effective};
use crate::domain::error::Result;
use crate::domain::id::{MemberId, PermissionGroupId, PolicyId};
use crate::domain::policy::{NewPolicy, Policy};
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::ChosenScope;
use crate::domain::role::RoleRef;
use crate::store::check::integrity;
use crate::store::tx::WriteTx;

/// Rounds in one directory, before another one is begun.
const ROUNDS_EACH: u64 = 100;

/// What a run came to.
#[derive(Default)]
struct Count {
    roles: u64,
    /// Roles with more than one way in.
    by_several: u64,
    /// Removals that would take the last Super Administrator's role.
    refused: u64,
}

/// The policies without the role in that one.
fn stripped(policies: Vec<Policy>, from: PolicyId, role: PermissionGroupId) -> Vec<NewPolicy> {
    let strip = |policy: Policy| {
        let mut permission_groups = policy.permission_groups;
        if policy.id == from {
            permission_groups.retain(|group| *group != role);
        }
        let on = policy.resource_groups.into_iter();
        NewPolicy {
            id: Some(policy.id),
            access: policy.access,
            permission_groups,
            resource_groups: on.map(|group| ChosenScope::Group(group.id)).collect(),
        }
    };
    let left = policies.into_iter().map(strip);
    left.filter(|policy| !policy.permission_groups.is_empty())
        .collect()
}

/// Takes the edge away, by the use cases that people take it away by.
fn take(tx: &WriteTx<'_>, member: MemberId, role: PermissionGroupId, edge: &Edge) -> Result<()> {
    let which = MemberRef::Id(member);
    match edge {
        Edge::OwnPolicy(policy) => {
            let mut left = stripped(app::policies::of_member(tx, &which)?, *policy, role);
            if left.is_empty() {
                // A member has at least one policy.
                let other = if role == catalogue::MINIMAL_ACCOUNT_ACCESS {
                    catalogue::ADMINISTRATOR_READ_ONLY
                } else {
                    catalogue::MINIMAL_ACCOUNT_ACCESS
                };
                left.push(NewPolicy::allow(other));
            }
            app::policies::set_of_member(tx, &which, &left)?;
        }
        Edge::Membership(group) => {
            let group = GroupRef::Id(*group);
            by_hand::remove_people(tx, &group, &[member.membership()])?;
        }
        Edge::GroupPolicy(group, policy) => {
            let group = GroupRef::Id(*group);
            let left = stripped(app::policies::of_group(tx, &group)?, *policy, role);
            app::policies::set_of_group(tx, &group, &left)?;
        }
    }
    Ok(())
}

/// Whether the role is effective once these edges are gone, which come back afterwards; `None`
/// where it may not be tried.
fn is_left(
    tx: &WriteTx<'_>,
    member: MemberId,
    role: PermissionGroupId,
    edges: &[Edge],
) -> Result<Option<bool>> {
    let tried = tx.rehearse(|| {
        for edge in edges {
            take(tx, member, role, edge)?;
        }
        explained(tx, member, role)
    });
    match tried {
        Ok(found) => Ok(Some(found.is_some_and(|found| found.is_effective()))),
        Err(error) if error.reason() == Reason::LastSuperAdministrator => Ok(None),
        Err(error) => Err(error),
    }
}

fn explained(
    tx: &WriteTx<'_>,
    member: MemberId,
    role: PermissionGroupId,
) -> Result<Option<Effective>> {
    let role = RoleRef::PermissionGroup(role);
    Ok(app::access::explain(tx, &MemberRef::Id(member), &role)?.effective)
}

/// Every role of the member: what is wrong with what explain names.
fn judge(tx: &WriteTx<'_>, member: MemberId, count: &mut Count) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for known in app::access::effective(tx, &MemberRef::Id(member))?.roles {
        let role = known.permission_group;
        let found = explained(tx, member, role)?;
        let edges = found.map(|found| found.removal).unwrap_or_default();
        if edges.is_empty() == known.is_effective() {
            wrong.push(format!("{} has {edges:?}", known.name));
        }
        count.roles += 1;
        count.by_several += u64::from(edges.len() > 1);
        match is_left(tx, member, role, &edges)? {
            Some(true) => wrong.push(format!("{} is there without {edges:?}", known.name)),
            Some(false) => {}
            None => count.refused += 1,
        }
        for kept in 0..edges.len() {
            let mut fewer = edges.clone();
            fewer.remove(kept);
            if is_left(tx, member, role, &fewer)? == Some(false) {
                wrong.push(format!("{} is gone without {fewer:?}", known.name));
            }
        }
    }
    Ok(wrong)
}

#[test]
fn taking_away_what_explain_names_ends_a_role_and_taking_less_does_not() {
    let rounds = variable("PROVOST_REMOVAL_ROUNDS").unwrap_or(60);
    let seed = variable("PROVOST_REMOVAL_SEED")
        .unwrap_or_else(|| u64::from_le_bytes(crate::env::Entropy.bytes()));
    let (mut random, mut world) = (Random(seed), World::new());
    let mut count = Count::default();
    let mut round = 0;
    // Some worlds have few roles that come by several ways: then there are more rounds.
    while round < rounds || (count.by_several <= rounds / 6 && round < 8 * rounds) {
        if round % ROUNDS_EACH == ROUNDS_EACH - 1 {
            assert_eq!(integrity(&world.db.db).expect("an examination"), Vec::new());
            world = World::new();
        }
        for _ in 0..3 {
            world.refill();
            let step = world.step(&mut random);
            // A refusal leaves everything as it was.
            let _ = world.take(&step);
        }
        for member in world.members.clone() {
            let (found, counted) = world
                .db
                .write(move |tx| {
                    let mut counted = Count::default();
                    let wrong = judge(tx, member, &mut counted)?;
                    Ok((wrong, counted))
                })
                .expect("a verdict");
            assert_eq!(found, Vec::<String>::new(), "seed {seed}, round {round}");
            count.roles += counted.roles;
            count.by_several += counted.by_several;
            count.refused += counted.refused;
        }
        round += 1;
    }
    let Count {
        roles,
        by_several,
        refused,
    } = count;
    let told = format!(
        "{round} rounds, seed {seed}: {roles} roles, {by_several} of them by several ways; \
         {refused} kept by the guard\n"
    );
    std::io::stderr()
        .write_all(told.as_bytes())
        .expect("stderr");
    assert!(by_several > rounds / 6, "{told}");
}
