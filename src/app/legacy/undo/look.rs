//! What of a run can be undone, what can't, what stays, and what it does to people's access.

use crate::app::legacy::check::not_as_planned;
use crate::app::legacy::draft::Whom;
use crate::app::legacy::verify;
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::group::Group;
use crate::domain::id::PermissionGroupId;
use crate::domain::legacy::access::{Accesses, beyond};
use crate::domain::legacy::mapping::Mapping;
use crate::domain::legacy::plan::AccessRole;
use crate::domain::legacy::run::{
    BlockedBy, Blocker, Kept, PersonDifference, RunGroup, RunHead, Undo,
};
use crate::domain::text::shown;
use crate::store;
use crate::store::grants::bulk::{Circle, Crowd, policies_of};
use crate::store::legacy::runs::{self, Member, Stored};
use crate::store::legacy::{candidates, old_names, snapshot};
use crate::store::tx::ReadTx;

/// A group that can be undone.
pub(super) struct Left {
    pub(super) member: Member,
    /// As it is now.
    pub(super) group: Group,
}

pub(super) struct Look {
    pub(super) left: Vec<Left>,
    /// Those that were deleted since: they keep the run from nothing.
    pub(super) deleted: Vec<RunGroup>,
    pub(super) blockers: Vec<Blocker>,
    kept: Vec<Kept>,
    /// Whose access the undo changes.
    pub(super) people: Vec<PersonDifference>,
    /// Those who were looked at.
    crowd: Crowd,
    /// What each of the crowd may do then.
    promised: Vec<Vec<AccessRole>>,
}

impl Look {
    /// Finds everything out; [`prove`](Self::prove) needs everybody.
    pub(super) fn at(tx: &ReadTx<'_>, stored: &Stored, whom: Whom) -> Result<Self> {
        let (mut left, mut blockers, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut deleted = Vec::new();
        let mapping = store::legacy::mapping(tx)?;
        for member in runs::groups(tx, stored.key)? {
            if member.group.undone {
                continue;
            }
            let now = candidates::find_group(tx, &member.group.scim_id)?;
            let Some(now) = now.filter(|(key, _)| *key == member.key) else {
                kept.push(Kept::deleted(member.group.clone()));
                deleted.push(member.group);
                continue;
            };
            let since = stored.head.converted_ms;
            let found = found(tx, &member, now, mapping, since)?;
            match found {
                Ok(group) => {
                    stays(tx, stored, &member, &group, &mut kept)?;
                    left.push(Left { member, group });
                }
                Err(cause) => blockers.push(Blocker {
                    group: member.group,
                    cause,
                }),
            }
        }
        let (mut circles, mut then) = (Vec::new(), Vec::new());
        for left in &left {
            let key = left.member.key;
            let policies = snapshot::chosen(tx, &left.member.before)?;
            if whom == Whom::Everybody || policies_of(tx, key)? != policies {
                circles.push(Circle::Group(key));
                then.push(policies);
            }
        }
        let crowd = Crowd::of(tx, &circles)?;
        let before = crowd.carried(tx)?;
        let mut after = before.clone();
        for (after, then) in after.iter_mut().zip(then) {
            *after = then;
        }
        let mut accesses = Accesses::default();
        let was = crowd.access(tx, &before, &mut accesses)?;
        let is = crowd.access(tx, &after, &mut accesses)?;
        let mut people = Vec::new();
        for ((person, was), is) in crowd.people.iter().zip(was).zip(&is) {
            if was != *is {
                people.push(PersonDifference {
                    id: person.id,
                    user_name: person.user_name.clone(),
                    gained: beyond(accesses.at(was), accesses.at(*is)),
                    lost: beyond(accesses.at(*is), accesses.at(was)),
                });
            }
        }
        Ok(Self {
            left,
            deleted,
            blockers,
            kept,
            people,
            promised: is
                .iter()
                .map(|place| accesses.at(*place).to_vec())
                .collect(),
            crowd,
        })
    }

    /// Compares what everybody may do now, after the undo, with what was worked out before it.
    ///
    /// Errors: `Conflict`.
    pub(super) fn prove(&self, tx: &ReadTx<'_>) -> Result<()> {
        let mut keys = Vec::with_capacity(self.crowd.people.len());
        for person in &self.crowd.people {
            // Those whom the run made may be gone.
            if store::grants::find_person(tx, person.key)?.is_some() {
                keys.push(person.key);
            }
        }
        let crowd = Crowd::of(tx, &[Circle::People(keys)])?;
        let carried = crowd.carried(tx)?;
        let mut accesses = Accesses::default();
        let places = crowd.access(tx, &carried, &mut accesses)?;
        let mut promised = self.crowd.people.iter().zip(&self.promised);
        let mut others = Vec::new();
        for (person, place) in crowd.people.iter().zip(places) {
            let wanted = promised.find(|(one, _)| one.id == person.id);
            if wanted.is_some_and(|(_, wanted)| accesses.at(place) != wanted.as_slice()) {
                others.push(person.user_name.as_str());
            }
        }
        if others.is_empty() {
            return Ok(());
        }
        Err(not_as_planned(&others))
    }

    pub(super) fn into_undo(self, head: RunHead) -> Undo {
        let undone = |left: Left| RunGroup {
            undone: true,
            ..left.member.group
        };
        Undo {
            head,
            groups: self.left.into_iter().map(undone).collect(),
            blockers: self.blockers,
            kept: self.kept,
            people: self.people,
        }
    }
}

/// The group as it is now, or why it can't be undone.
fn found(
    tx: &ReadTx<'_>,
    member: &Member,
    (key, group): (store::groups::GroupKey, Group),
    mapping: Mapping,
    since: i64,
) -> Result<Result<Group, BlockedBy>> {
    if group.name != member.group.new_name {
        let other = verify::other_of(tx, &member.group, &group.name)?.is_some();
        let now = group.name;
        return Ok(Err(BlockedBy::Renamed { now, other }));
    }
    if snapshot::of(tx, key)? != member.after {
        return Ok(Err(BlockedBy::Policies));
    }
    if member.group.made && group.managed_by.is_some() {
        return Ok(Err(BlockedBy::Managed));
    }
    if member.group.made && candidates::added_since(tx, key, since)? > 0 {
        return Ok(Err(BlockedBy::People));
    }
    let Some(role) = member.legacy else {
        return Ok(Ok(group));
    };
    if let Some(why) = kept_by_mapping(member, role, mapping) {
        return Ok(Err(why));
    }
    if store::legacy::find_by_role(tx, role)?.is_some() {
        return Ok(Err(BlockedBy::RoleTaken));
    }
    Ok(Ok(group))
}

/// Why the mapping, as it is now, lets the group not be the legacy group of that role again.
fn kept_by_mapping(
    member: &Member,
    role: PermissionGroupId,
    mapping: Mapping,
) -> Option<BlockedBy> {
    // A legacy group has its policy while the mapping offers it, and none else.
    let offered = catalogue::role_by_group(role).is_some_and(|role| mapping.offers(role));
    if offered != member.before.is_empty() {
        return None;
    }
    // Switched on again, it offers all roles but that one.
    if mapping.on && role == catalogue::SUPER_ADMINISTRATOR {
        return Some(BlockedBy::SuperAdministratorNotOffered);
    }
    Some(BlockedBy::MappingSwitched { on: offered })
}

/// What stays as it is although the group is undone.
fn stays(
    tx: &ReadTx<'_>,
    stored: &Stored,
    member: &Member,
    group: &Group,
    kept: &mut Vec<Kept>,
) -> Result<()> {
    let mut keep = |message| {
        kept.push(Kept {
            group: member.group.clone(),
            of_run: false,
            other: None,
            gone: false,
            message,
        });
    };
    let planned = stored
        .outline
        .groups
        .iter()
        .find(|planned| planned.old_name == member.group.old_name);
    let then = planned.map_or(group.member_count, |planned| planned.members);
    let added = candidates::added_since(tx, member.key, stored.head.converted_ms)?;
    if !member.group.made && (added > 0 || then != group.member_count) {
        let s = if then == 1 { "" } else { "s" };
        keep(format!(
            "\"{}\" had {then} member{s} and has {} now, {added} of them added since; its \
             memberships stay as they are.",
            shown(&member.group.new_name),
            group.member_count
        ));
    }
    let old_names = old_names::of(tx, member.key)?;
    let sent: Vec<_> = old_names
        .iter()
        .filter(|old| old.renamed_ms.is_some())
        .collect();
    for old in &sent {
        let connection = shown(&old.connection.name);
        let new = shown(&member.group.new_name);
        let is_legacy = member.legacy.is_some();
        let sends = match (sent.len(), is_legacy) {
            (1, true) => {
                format!("sends the new name \"{new}\" already, which is refused from then on")
            }
            (1, false) => format!("sends the new name \"{new}\" already"),
            // Which of several sent that one is not kept.
            (_, true) => format!(
                "no longer sends the old name of \"{new}\", and what it sends is refused from then \
                 on"
            ),
            (_, false) => format!("no longer sends the old name of \"{new}\""),
        };
        keep(format!(
            "The connection \"{connection}\" {sends}; give the group its old name back in \
             that provider."
        ));
    }
    Ok(())
}
