//! What providers have made of a migration.

use std::collections::{HashMap, HashSet};

use super::undo::after;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::{GroupId, MemberId, MigrationId};
use crate::domain::legacy::access::{Accesses, beyond};
use crate::domain::legacy::plan::{AccessRole, Plan};
use crate::domain::legacy::run::{
    DIFFERENCES_TOLD_MAX, PersonDifference, Progress, RunGroup, RunState, Verification,
    VerifiedGroup,
};
use crate::domain::text::fold;
use crate::store;
use crate::store::grants::HoldersAfter;
use crate::store::grants::bulk::{Circle, Crowd};
use crate::store::groups::GroupKey;
use crate::store::legacy::runs::{self, Member, Stored};
use crate::store::legacy::{candidates, old_names, pushes, snapshot};
use crate::store::tx::{Follows, ReadTx};

/// Compares what people may do with what the plan said, and tells which providers have pushed
/// since, under which name, and what was refused.
///
/// Errors: `Forbidden`, `NotFound`, `Unavailable` when it takes too long.
pub fn verify(tx: &ReadTx<'_>, id: MigrationId) -> Result<Verification> {
    tx.require(Permission::DirectoryRead)?;
    let stored = runs::get_stored(tx, id)?;
    let members = runs::groups(tx, stored.key)?;
    let mut groups = Vec::with_capacity(members.len());
    let mut there = Vec::new();
    let (at_close, recorded) = match stored.head.closed_ms {
        Some(closed_ms) => (at_close(tx, &stored)?, runs::recorded_at(tx, closed_ms)?),
        None => (Vec::new(), true),
    };
    let mut left_by_close = at_close.into_iter();
    for member in &members {
        let closed = left_by_close.next();
        let now = candidates::find_group(tx, &member.group.scim_id)?;
        let now = now.filter(|(key, _)| *key == member.key);
        if now.is_some() && !member.group.undone {
            there.push(member);
        }
        groups.push(VerifiedGroup {
            group: member.group.clone(),
            members: now.as_ref().map_or(0, |(_, group)| group.member_count),
            recorded,
            connections: match (now.as_ref().filter(|_| !member.group.undone), closed) {
                (None, _) => Vec::new(),
                (Some(_), Some(closed)) => closed,
                (Some((key, _)), None) => progress(tx, *key)?,
            },
            other: match now.as_ref().filter(|_| !member.group.undone) {
                Some((_, group)) => other_of(tx, &member.group, &group.name)?,
                None => None,
            },
            name: now.map(|(_, group)| group.name),
        });
    }
    let refusals = {
        // What is left of an undone run was deleted, and its name says nothing any more.
        let is_left =
            |member: &&Member| !member.group.undone && stored.head.state != RunState::Undone;
        let left = || members.iter().filter(is_left);
        let ids: HashSet<&str> = left().map(|one| one.group.scim_id.as_str()).collect();
        let named = left().map(|one| (one.group.old_name.as_str(), one.group.scim_id.as_str()));
        let named: HashMap<&str, &str> = named.collect();
        pushes::refused(tx, stored.provisioned, |id, name| {
            let found = match id {
                // It was to be made anew under the old name.
                "" => named.get(name),
                id => ids.get(id),
            };
            found.map(|id| (*id).to_owned())
        })?
    };
    // Providers are asked for again and again while they go over to the new names; what people may
    // do changes less often.
    let read = || access(tx, &stored, &there);
    let name = ("access of a migration", *id.as_bytes());
    let access = tx.kept(Follows::Access, name, read)?;
    let kept = after::stays(tx, &stored, &members)?;
    Ok(Verification {
        kept,
        head: stored.head,
        people: access.people,
        as_planned: access.as_planned,
        changed_since: access.changed_since.clone(),
        unexplained: access.unexplained.clone(),
        groups,
        refusals,
    })
}

/// How far connections were when the run was closed, for each of its groups: those that are still
/// there, as they are called now.
fn at_close(tx: &ReadTx<'_>, stored: &Stored) -> Result<Vec<Vec<Progress>>> {
    let sources = candidates::sources(tx)?;
    let now = |one: Progress| {
        let mut sources = sources.iter();
        let source = sources.find(|source| source.id == one.connection.id);
        let connection = source.cloned()?;
        Some(Progress { connection, ..one })
    };
    let ends = runs::ends(tx, stored.key)?.into_iter();
    let named = ends.map(|end| end.pushing.into_iter().filter_map(now).collect::<Vec<_>>());
    Ok(named.collect())
}

/// Another group that answers to the name which the run gave to this one, which has the name `now`:
/// a provider that sent it would be refused.
pub(super) fn other_of(tx: &ReadTx<'_>, group: &RunGroup, now: &str) -> Result<Option<GroupId>> {
    if now == group.new_name {
        return Ok(None);
    }
    let found = store::legacy::answering(tx, &fold(&group.new_name))?;
    let other = found.map(|found| found.group.id);
    Ok(other.filter(|id| *id != group.id))
}

/// How far each connection is that the group's old name was kept for.
pub(super) fn progress(tx: &ReadTx<'_>, key: GroupKey) -> Result<Vec<Progress>> {
    let pushing = candidates::pushing(tx, key)?;
    let sources = candidates::sources(tx)?;
    let mut all = Vec::new();
    for old in old_names::of(tx, key)? {
        let Some(source) = sources.iter().find(|one| one.id == old.connection.id) else {
            continue;
        };
        let wrote = old.seen_ms.is_some() || old.renamed_ms.is_some();
        all.push(Progress {
            connection: source.clone(),
            pushes: wrote || pushing.contains(&source.id),
            seen_ms: old.seen_ms,
            renamed_ms: old.renamed_ms,
            followed_ms: None,
        });
    }
    Ok(all)
}

#[derive(Default)]
struct Access {
    people: usize,
    as_planned: usize,
    changed_since: Vec<PersonDifference>,
    unexplained: Vec<PersonDifference>,
}

/// What those of the plan, and those in the groups now, may do: as it is, and as it would be if
/// the groups had the policies that the migration left.
fn access(tx: &ReadTx<'_>, stored: &Stored, there: &[&Member]) -> Result<Access> {
    let plan = runs::plan(tx, stored.key)?;
    let expected = expected(&plan, stored.head.state);
    let ids: Vec<MemberId> = expected.keys().copied().collect();
    let planned = store::grants::keys_of(tx, &ids, HoldersAfter::default(), usize::MAX)?;
    let mut circles: Vec<Circle> = there
        .iter()
        .map(|member| Circle::Group(member.key))
        .collect();
    circles.push(Circle::People(planned));
    let crowd = Crowd::of(tx, &circles)?;
    let live = crowd.carried(tx)?;
    let mut left = live.clone();
    for (member, policies) in there.iter().zip(&mut left) {
        *policies = snapshot::chosen(tx, &member.after)?;
    }
    let mut accesses = Accesses::default();
    let live = crowd.access(tx, &live, &mut accesses)?;
    let left = crowd.access(tx, &left, &mut accesses)?;
    let mut found = Access::default();
    for ((person, live), left) in crowd.people.iter().zip(live).zip(left) {
        let difference = |from: &[AccessRole]| PersonDifference {
            id: person.id,
            user_name: person.user_name.clone(),
            gained: beyond(from, accesses.at(live)),
            lost: beyond(accesses.at(live), from),
        };
        let expected = expected.get(&person.id);
        found.people += usize::from(expected.is_some());
        let as_planned = expected.is_some_and(|expected| *expected == accesses.at(live));
        found.as_planned += usize::from(as_planned);
        if live != left {
            tell(&mut found.unexplained, difference(accesses.at(left)));
        } else if let Some(expected) = expected.filter(|_| !as_planned) {
            tell(&mut found.changed_since, difference(expected));
        }
    }
    Ok(found)
}

fn tell(told: &mut Vec<PersonDifference>, difference: PersonDifference) {
    if told.len() < DIFFERENCES_TOLD_MAX {
        told.push(difference);
    }
}

/// What the plan says of each: of an undone run, what was before.
fn expected(plan: &Plan, state: RunState) -> HashMap<MemberId, &[AccessRole]> {
    let of = |person: &crate::domain::legacy::plan::PlannedPerson| match state {
        RunState::Converted | RunState::Closed => person.after,
        RunState::Undone => person.before,
    };
    plan.people
        .iter()
        .map(|person| (person.id, plan.access_at(of(person))))
        .collect()
}
