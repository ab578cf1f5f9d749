//! What everybody in the groups may do before and after.

use super::{Whom, Work, is_active};
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::id::PermissionGroupId;
use crate::domain::legacy::access::{Accesses, beyond};
use crate::domain::legacy::plan::{
    AccessRole, AccessScope, Choice, GroupState, PlannedPerson, PlannedPolicy,
};
use crate::domain::policy::{Access, ChosenPolicy};
use crate::domain::resource_group::ResourceGroup;
use crate::store;
use crate::store::grants::bulk::{Circle, Crowd, how_many, policies_of, super_administrators};
use crate::store::tx::ReadTx;

/// People before and after.
pub(super) struct Compared {
    pub(super) access: Vec<Vec<AccessRole>>,
    /// Those who were looked at and whom the plan tells.
    pub(super) people: Vec<PlannedPerson>,
    /// How many are in the groups.
    pub(super) everybody: usize,
    /// Of the whole account, before and after.
    pub(super) super_administrators: (i64, i64),
}

/// Works out the groups' policies, and for everybody in them what they may do.
pub(super) fn compare(tx: &ReadTx<'_>, work: &mut [Work], whom: Whom) -> Result<Compared> {
    let Circles {
        all,
        looked_at,
        places,
    } = circles(tx, work, whom)?;
    let crowd = Crowd::of(tx, &looked_at)?;
    let before = crowd.carried(tx)?;
    let mut after = before.clone();
    for (place, policies) in places.iter().zip(&mut after) {
        if let Some(one) = work.get(*place) {
            policies.clone_from(&one.after);
        }
    }
    let mut accesses = Accesses::default();
    let was = crowd.access(tx, &before, &mut accesses)?;
    let is = crowd.access(tx, &after, &mut accesses)?;
    let mut people = Vec::with_capacity(crowd.people.len());
    for ((person, before), after) in crowd.people.iter().zip(was).zip(is) {
        let (mut gained, mut lost) = (Vec::new(), Vec::new());
        if before != after {
            gained = beyond(accesses.at(before), accesses.at(after));
            lost = beyond(accesses.at(after), accesses.at(before));
            for place in crowd.circles_of(person).filter_map(|at| places.get(at)) {
                // A group whose policies stay is not why.
                if let Some(one) = work.get_mut(*place)
                    && one.before != one.after
                {
                    one.planned.state = GroupState::ChangesAccess;
                }
            }
        }
        people.push(PlannedPerson {
            id: person.id,
            user_name: person.user_name.clone(),
            state: person.state,
            before,
            after,
            gained,
            lost,
            confirmed: false,
        });
    }
    let now = super_administrators(tx)?;
    let count = |place: fn(&PlannedPerson) -> usize| {
        let is_one = |person: &&PlannedPerson| {
            is_active(person.state) && is_super_administrator(accesses.at(place(person)))
        };
        i64::try_from(people.iter().filter(is_one).count()).unwrap_or(i64::MAX)
    };
    let then = now - count(|person| person.before) + count(|person| person.after);
    let everybody = match whom {
        Whom::Everybody => people.len(),
        Whom::WithChanges => how_many(tx, &all)?,
    };
    if whom == Whom::WithChanges {
        people.retain(PlannedPerson::changes);
    }
    Ok(Compared {
        super_administrators: (now, then),
        everybody,
        people,
        access: accesses.into_all(),
    })
}

/// Who is in the groups of a plan that are not left out.
struct Circles {
    all: Vec<Circle>,
    looked_at: Vec<Circle>,
    /// Of those that are looked at, their places in the plan.
    places: Vec<usize>,
}

/// Plans the groups' policies, and finds whom that concerns.
fn circles(tx: &ReadTx<'_>, work: &mut [Work], whom: Whom) -> Result<Circles> {
    let whole = store::resource_groups::whole_account(tx)?;
    let (mut all, mut looked_at, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (place, one) in work.iter_mut().enumerate() {
        if one.planned.choice == Some(Choice::Skip) {
            continue;
        }
        let circle = match &one.existing {
            Some((key, _)) => {
                one.before = policies_of(tx, *key)?;
                Circle::Group(*key)
            }
            None => Circle::People(one.people.iter().map(|(key, _)| *key).collect()),
        };
        plan_policies(tx, one, &whole)?;
        if whom == Whom::Everybody || one.before != one.after {
            looked_at.push(circle.clone());
            places.push(place);
        }
        all.push(circle);
    }
    Ok(Circles {
        all,
        looked_at,
        places,
    })
}

/// Whether somebody with this is a Super Administrator as the guard counts them.
pub(in crate::app::legacy) fn is_super_administrator(access: &[AccessRole]) -> bool {
    access.iter().any(|role| {
        role.permission_group == catalogue::SUPER_ADMINISTRATOR
            && role.scope == AccessScope::WholeAccount
            && role.domains.is_empty()
    })
}

/// The group's policies as they will be. A legacy group has its role's and no other; a user
/// group that is only called like one keeps what it was given.
fn plan_policies(tx: &ReadTx<'_>, one: &mut Work, whole: &ResourceGroup) -> Result<()> {
    one.after.clone_from(&one.before);
    if !one.takes_part() {
        return Ok(());
    }
    let role = one.role.clone();
    if let Some(role) = &role {
        let wanted = role.permission_group;
        let kept = one
            .before
            .iter()
            .find(|policy| allows(policy, wanted, whole));
        one.planned.policy = Some(PlannedPolicy {
            role: role.name.clone(),
            permission_group: wanted,
            kept: kept.is_some(),
        });
        if kept.is_none() {
            one.after.push(ChosenPolicy {
                id: None,
                access: Access::Allow,
                permission_groups: vec![wanted],
                resource_groups: vec![whole.clone()],
            });
        }
    }
    if one.planned.mapped {
        let wanted = role.map(|role| role.permission_group);
        one.after
            .retain(|policy| wanted.is_some_and(|wanted| allows(policy, wanted, whole)));
    }
    let still: Vec<PermissionGroupId> = granted(&one.after);
    for role in granted(&one.before) {
        if !still.contains(&role) {
            one.planned.drops.push(store::grants::role_name(tx, role)?);
        }
    }
    Ok(())
}

fn allows(policy: &ChosenPolicy, role: PermissionGroupId, whole: &ResourceGroup) -> bool {
    policy.access == Access::Allow
        && policy.permission_groups.contains(&role)
        && policy.resource_groups.iter().any(|on| on.id == whole.id)
}

fn granted(policies: &[ChosenPolicy]) -> Vec<PermissionGroupId> {
    let allow = |policy: &&ChosenPolicy| policy.access == Access::Allow;
    let roles = policies.iter().filter(allow);
    roles
        .flat_map(|policy| policy.permission_groups.clone())
        .collect()
}
