//! What a change would do to people's access, found by making it and undoing it: so it is what
//! happens, refusals included.

mod confirmed;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::{groups, guards, legacy, members, policies, resource_groups, roles};
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::{MembershipId, ResourceGroupId};
use crate::domain::policy::NewPolicy;
use crate::domain::preview::{Difference, Held};
use crate::domain::reference::{GroupRef, MemberRef, Person};
use crate::domain::role::RoleRef;
use crate::domain::role::custom::RoleChange;
use crate::store;
use crate::store::grants::HoldersAfter;
use crate::store::members::MemberKey;
use crate::store::tx::{ReadTx, WriteTx};

pub use confirmed::{Confirmed, Shown, confirm, show};

/// A change that may touch access, as its use case takes it.
#[derive(Debug, Clone)]
pub enum Change {
    MemberPolicies(MemberRef, Vec<NewPolicy>),
    GroupPolicies(GroupRef, Vec<NewPolicy>),
    Member(MemberRef, members::by_hand::MemberChange),
    Invite(members::by_hand::Invitation),
    RemoveMember(MemberRef),
    Deactivate(MemberRef),
    /// People to be made members and put into groups.
    Bring(members::by_hand::Arrival),
    /// Several, in their order: all of them, or none.
    All(Vec<Change>),
    Group(GroupRef, groups::by_hand::GroupChange),
    AddToGroup(GroupRef, Vec<MembershipId>),
    RemoveFromGroup(GroupRef, Vec<MembershipId>),
    SetGroupMembers(GroupRef, Vec<MembershipId>),
    DeleteGroup(GroupRef),
    ResourceGroup(ResourceGroupId, resource_groups::ResourceGroupChange),
    Role(RoleRef, RoleChange),
    LegacyOn {
        allow_super_administrator: bool,
    },
    LegacyOff,
}

/// Some of those for whom the change makes a difference.
#[derive(Debug, Clone)]
pub struct Preview {
    /// People who are there, then those who come to be by the change.
    pub differences: Vec<Difference>,
    /// How many of them are of people who are there.
    pub of_known: usize,
    /// How many were looked at: those without a difference keep what they have.
    pub looked_at: usize,
    /// Where to go on: there may be more.
    pub next: Option<HoldersAfter>,
}

/// The difference that `change` makes for the next `limit` members it may touch, behind
/// `after`. It is made inside the writer and undone there, so `limit` bounds how long others
/// wait; nothing is left of it, no audit row either.
///
/// Errors: what the change itself would be refused with.
pub fn preview(
    tx: &WriteTx<'_>,
    change: &Change,
    after: HoldersAfter,
    limit: usize,
) -> Result<Preview> {
    tx.require(Permission::DirectoryWrite)?;
    let touched = touched(tx, change, after, limit)?;
    let next = match touched.last() {
        Some(last) if touched.len() >= limit => Some(HoldersAfter::behind(*last)),
        Some(_) | None => None,
    };
    let before = all_held(tx, &touched)?;
    let rehearsed = rehearsed(change);
    let (made, after) = tx.rehearse(|| {
        let made = done(tx, &rehearsed)?.into_iter();
        let made = made.map(|id| store::members::by_hand::get(tx, &id).map(|(key, _)| key));
        let made: Vec<MemberKey> = made.collect::<Result<_>>()?;
        let also: Vec<MemberKey> = touched.iter().chain(&made).copied().collect();
        Ok((made, all_held(tx, &also)?))
    })?;
    let nothing = Held::default();
    let difference = |key: &MemberKey| {
        let (was, is) = (before.get(&key.number()), after.get(&key.number()));
        let person = was.or(is).map(|(person, _)| person.clone())?;
        let was = was.map_or(&nothing, |(_, held)| held);
        let is = is.map_or(&nothing, |(_, held)| held);
        Difference::between(person, was, is)
    };
    let mut differences: Vec<_> = touched.iter().filter_map(difference).collect();
    let of_known = differences.len();
    differences.extend(made.iter().filter_map(difference));
    Ok(Preview {
        differences,
        of_known,
        looked_at: touched.len() + made.len(),
        next,
    })
}

/// The change as it is shown: of people who are brought in and only invited, what they will have
/// once they are accepted. Nothing would be to be told of them else.
fn rehearsed(change: &Change) -> Cow<'_, Change> {
    match change {
        Change::Bring(arrival) if !arrival.invitation.accepted => {
            let mut arrival = arrival.clone();
            arrival.invitation.accepted = true;
            Cow::Owned(Change::Bring(arrival))
        }
        Change::All(changes) => {
            let all = changes.iter().map(|change| rehearsed(change).into_owned());
            Cow::Owned(Change::All(all.collect()))
        }
        _ => Cow::Borrowed(change),
    }
}

/// Whom the change may touch; the others keep what they have.
fn touched(
    tx: &ReadTx<'_>,
    change: &Change,
    after: HoldersAfter,
    limit: usize,
) -> Result<Vec<MemberKey>> {
    match change {
        Change::MemberPolicies(which, _)
        | Change::Member(which, _)
        | Change::Deactivate(which)
        | Change::RemoveMember(which) => {
            let (key, _) = store::members::by_hand::get(tx, which)?;
            Ok([key]
                .into_iter()
                .filter(|key| after.is_before(*key))
                .collect())
        }
        Change::GroupPolicies(which, _) | Change::Group(which, _) | Change::DeleteGroup(which) => {
            let (key, _) = store::groups::by_hand::get(tx, which)?;
            store::grants::members_of(tx, key, after, limit)
        }
        Change::AddToGroup(_, ids) | Change::RemoveFromGroup(_, ids) => {
            let ids: Vec<_> = ids.iter().filter_map(|id| id.member()).collect();
            store::grants::keys_of(tx, &ids, after, limit)
        }
        Change::SetGroupMembers(which, ids) => {
            let (key, _) = store::groups::by_hand::get(tx, which)?;
            let ids: Vec<_> = ids.iter().filter_map(|id| id.member()).collect();
            let (comes, goes) = store::groups::by_hand::differences(tx, key, &ids)?;
            store::grants::keys_of(tx, &[comes, goes].concat(), after, limit)
        }
        Change::ResourceGroup(id, _) => store::grants::reached_on(tx, *id, after, limit),
        Change::Role(which, _) => {
            let role = store::roles::get(tx, which)?;
            store::grants::reached(tx, role.permission_group, after, limit)
        }
        Change::Invite(_) | Change::Bring(_) => Ok(Vec::new()),
        Change::All(changes) => {
            let mut all = BTreeMap::new();
            for change in changes {
                let some = touched(tx, change, after, limit)?;
                all.extend(some.into_iter().map(|key| (key.number(), key)));
            }
            Ok(all.into_values().take(limit).collect())
        }
        Change::LegacyOn { .. } | Change::LegacyOff => store::legacy::members(tx, after, limit),
    }
}

/// Makes the change; who came to be by it.
///
/// Errors: what the change is refused with.
pub fn make(tx: &WriteTx<'_>, change: &Change) -> Result<Vec<MemberRef>> {
    tx.require(Permission::DirectoryWrite)?;
    done(tx, change)
}

fn done(tx: &WriteTx<'_>, change: &Change) -> Result<Vec<MemberRef>> {
    match change {
        Change::MemberPolicies(which, new) => {
            policies::set_of_member(tx, which, new)?;
        }
        Change::GroupPolicies(which, new) => {
            policies::set_of_group(tx, which, new)?;
        }
        Change::Member(which, change) => {
            members::by_hand::change(tx, which, change)?;
        }
        Change::Invite(invitation) => {
            let member = members::by_hand::invite(tx, invitation.clone())?;
            return Ok(vec![MemberRef::Id(member.id)]);
        }
        Change::Bring(arrival) => {
            let member = members::by_hand::bring(tx, arrival)?;
            return Ok(vec![MemberRef::Id(member.id)]);
        }
        Change::All(changes) => {
            // What is in between is nobody's.
            return guards::keeping_super_administrator(tx, || {
                let made = changes.iter().map(|change| done(tx, change));
                Ok(made.collect::<Result<Vec<_>>>()?.concat())
            });
        }
        Change::Deactivate(which) => {
            members::leave::deactivate(tx, which)?;
        }
        Change::RemoveMember(which) => {
            members::by_hand::remove(tx, which)?;
        }
        Change::Group(which, change) => {
            groups::by_hand::change(tx, which, change)?;
        }
        Change::AddToGroup(which, ids) => {
            groups::by_hand::add_people(tx, which, ids)?;
        }
        Change::RemoveFromGroup(which, ids) => {
            groups::by_hand::remove_people(tx, which, ids)?;
        }
        Change::SetGroupMembers(which, ids) => {
            groups::by_hand::set_people(tx, which, ids)?;
        }
        Change::DeleteGroup(which) => {
            groups::by_hand::remove(tx, which)?;
        }
        Change::ResourceGroup(id, change) => {
            resource_groups::update(tx, *id, change)?;
        }
        Change::Role(which, change) => {
            roles::update(tx, which, change)?;
        }
        Change::LegacyOn {
            allow_super_administrator,
        } => {
            legacy::mapping::switch_on(tx, *allow_super_administrator)?;
        }
        Change::LegacyOff => {
            legacy::mapping::switch_off(tx)?;
        }
    }
    Ok(Vec::new())
}

/// What each of them has, and who they are; those who are gone are left out.
fn all_held(tx: &ReadTx<'_>, keys: &[MemberKey]) -> Result<HashMap<i64, (Person, Held)>> {
    let mut own_roles = HashMap::new();
    for role in store::roles::list_own(tx)? {
        own_roles.insert(role.permission_group, role.permissions);
    }
    let mut ends = store::grants::Ends::new(tx);
    let mut all = HashMap::with_capacity(keys.len());
    for key in keys {
        let Some(person) = store::grants::find_person(tx, *key)? else {
            continue;
        };
        let roles = ends.of(*key, person.state)?;
        let permissions = roles
            .iter()
            .filter_map(|role| own_roles.get(&role.permission_group))
            .flatten()
            .map(ToString::to_string)
            .collect();
        all.insert(key.number(), (person, Held { roles, permissions }));
    }
    Ok(all)
}
