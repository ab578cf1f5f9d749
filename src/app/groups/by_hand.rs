//! User groups as API, console and commands make and change them. What a provider manages is
//! read here; its policies alone are changed ([`crate::app::policies`]).

use serde_json::{Value, json};

use super::{AUDITED_MEMBERS_MAX, first_members, note, note_first};
use crate::app::guards;
use crate::app::policies::give;
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::id::{MemberId, MembershipId};
use crate::domain::legacy::name::{differences, reads_as_legacy};
use crate::domain::policy::NewPolicy;
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef, Person};
use crate::domain::text::GroupName;
use crate::store;
use crate::store::groups::{GroupKey, MembersAfter, by_hand};
use crate::store::policies::records::Holder;
use crate::store::tx::{ReadTx, WriteTx};

/// What is changed of a group; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct GroupChange {
    pub name: Option<GroupName>,
    pub policies: Option<Vec<NewPolicy>>,
}

/// A member of a group, and when they came into it, in milliseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    pub person: Person,
    pub added_ms: i64,
}

/// The group that is meant, and the key by which its members are read.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn find(tx: &ReadTx<'_>, which: &GroupRef) -> Result<(GroupKey, Group)> {
    tx.require(Permission::DirectoryRead)?;
    by_hand::get(tx, which)
}

/// The next members of a group, at most `limit`, and where to go on.
///
/// Errors: `Forbidden`.
pub fn people(
    tx: &ReadTx<'_>,
    key: GroupKey,
    after: MembersAfter,
    limit: i64,
) -> Result<(Vec<Person>, MembersAfter)> {
    tx.require(Permission::DirectoryRead)?;
    by_hand::people(tx, key, after, limit)
}

/// That member of that group.
///
/// Errors: `Forbidden`, `NotFound` (group, member, or the one is not in the other).
pub fn person(tx: &ReadTx<'_>, which: &GroupRef, member: &MemberRef) -> Result<GroupMember> {
    tx.require(Permission::DirectoryRead)?;
    let (key, group) = by_hand::get(tx, which)?;
    let (member_key, member) = store::members::by_hand::get(tx, member)?;
    let added_ms = by_hand::added_ms(tx, key, member_key)?.ok_or_else(|| {
        Error::not_found(&format!("member of {}", group.name), member.membership_id())
    })?;
    let person = store::grants::person(tx, member_key)?;
    Ok(GroupMember { person, added_ms })
}

/// Makes a group by hand, with policies and nobody in it.
///
/// Errors: `Forbidden`, `Invalid` (a legacy group's name; as for policies), `Conflict` (name
/// taken), `TooMany`.
pub fn make(
    tx: &WriteTx<'_>,
    name: &GroupName,
    policies: &[NewPolicy],
) -> Result<(GroupKey, Group)> {
    tx.require(Permission::DirectoryWrite)?;
    check_name(name)?;
    let inserted = store::groups::insert(tx, name);
    let (key, id) = inserted.map_err(|error| in_our_words(error, name))?;
    by_hand::set_unmanaged(tx, key)?;
    let mut after = json!({ "name": name.as_str() });
    if !policies.is_empty() {
        let set = give(tx, Holder::Group(key), policies)?;
        if let Some((_, facts)) = set.changed(tx)? {
            note(&mut after, "policies", facts);
        }
    }
    let (key, group) = by_hand::get(tx, &GroupRef::Scim(id))?;
    let event = Event::new(Action::GroupCreate, group.id, name.as_str()).after(after);
    store::audit::append(tx, event)?;
    Ok((key, group))
}

/// Renames a group, replaces its policies, or both.
///
/// Errors: `Forbidden` (permission, a managed group's name, a role that the caller does not
/// hold, the last Super Administrator), `NotFound`, `Invalid`, `Conflict` (name taken),
/// `TooMany`.
pub fn change(
    tx: &WriteTx<'_>,
    which: &GroupRef,
    change: &GroupChange,
) -> Result<(GroupKey, Group)> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, group) = by_hand::get(tx, which)?;
    let (mut before, mut after) = (Value::Null, Value::Null);
    if let Some(name) = change
        .name
        .as_ref()
        .filter(|name| name.as_str() != group.name)
    {
        unlocked(tx, &group, "its name is")?;
        check_name(name)?;
        let renamed = store::groups::rename(tx, key, name);
        renamed.map_err(|error| in_our_words(error, name))?;
        note(&mut before, "name", json!(group.name));
        note(&mut after, "name", json!(name.as_str()));
    }
    if let Some(policies) = &change.policies {
        let set = give(tx, Holder::Group(key), policies)?;
        if let Some((was, is)) = set.changed(tx)? {
            note(&mut before, "policies", was);
            note(&mut after, "policies", is);
        }
    }
    if after.is_null() {
        return Ok((key, group));
    }
    store::groups::touch(tx, key)?;
    let (key, group) = by_hand::get(tx, &GroupRef::Id(group.id))?;
    let event = Event::new(Action::GroupUpdate, group.id, group.name.as_str())
        .before(before)
        .after(after);
    store::audit::append(tx, event)?;
    Ok((key, group))
}

/// Adds members to a group made by hand; who is in already stays.
///
/// Errors: `Forbidden` (permission, a managed group, roles of the group that the caller does not
/// hold, the last Super Administrator), `NotFound`, `Invalid` (unknown member), `TooMany`.
pub fn add_people(
    tx: &WriteTx<'_>,
    which: &GroupRef,
    members: &[MembershipId],
) -> Result<(GroupKey, Group)> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, group) = by_hand::get(tx, which)?;
    unlocked(tx, &group, "its members are")?;
    let ids = ids_of(tx, members)?;
    guards::may_give_by_membership(tx, key, true)?;
    let added = guards::keeping_super_administrator_of(tx, key, || {
        store::groups::add_members(tx, key, &ids)
    })?;
    recorded(tx, key, group, added, Vec::new())
}

/// Takes members out of a group made by hand; who is not in is passed over.
///
/// Errors: `Forbidden` (permission, a managed group, roles that the group denies and the caller
/// does not hold, the last Super Administrator), `NotFound`, `Invalid` (unknown member).
pub fn remove_people(
    tx: &WriteTx<'_>,
    which: &GroupRef,
    members: &[MembershipId],
) -> Result<(GroupKey, Group)> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, group) = by_hand::get(tx, which)?;
    unlocked(tx, &group, "its members are")?;
    let ids = ids_of(tx, members)?;
    guards::may_give_by_membership(tx, key, false)?;
    let removed = guards::keeping_super_administrator_of(tx, key, || {
        store::groups::remove_members(tx, key, &ids)
    })?;
    recorded(tx, key, group, Vec::new(), removed)
}

/// Makes the members of a group made by hand exactly these.
///
/// Errors: as [`add_people`] and [`remove_people`].
pub fn set_people(
    tx: &WriteTx<'_>,
    which: &GroupRef,
    members: &[MembershipId],
) -> Result<(GroupKey, Group)> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, group) = by_hand::get(tx, which)?;
    unlocked(tx, &group, "its members are")?;
    let ids = ids_of(tx, members)?;
    let (comes, goes) = store::groups::by_hand::differences(tx, key, &ids)?;
    if !comes.is_empty() {
        guards::may_give_by_membership(tx, key, true)?;
    }
    if !goes.is_empty() {
        guards::may_give_by_membership(tx, key, false)?;
    }
    let (added, removed) = guards::keeping_super_administrator_of(tx, key, || {
        let removed = store::groups::remove_members(tx, key, &goes)?;
        Ok((store::groups::add_members(tx, key, &comes)?, removed))
    })?;
    recorded(tx, key, group, added, removed)
}

/// Deletes a group made by hand; its members stay members of the account.
///
/// Errors: `Forbidden` (permission, a managed group, roles that the group denies and the caller
/// does not hold, the last Super Administrator), `NotFound`.
pub fn remove(tx: &WriteTx<'_>, which: &GroupRef) -> Result<Group> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, group) = by_hand::get(tx, which)?;
    unlocked(tx, &group, "whether it exists is")?;
    guards::may_give_by_membership(tx, key, false)?;
    let policies = store::policies::records::of(tx, Holder::Group(key))?;
    let mut before = json!({
        "name": group.name,
        "members": { "count": group.member_count },
        "policies": store::policies::records::facts(tx, &policies)?,
    });
    note_first(&mut before, &first_members(tx, key)?);
    guards::keeping_super_administrator_of(tx, key, || store::groups::delete(tx, key, &group))?;
    let event = Event::new(Action::GroupDelete, group.id, group.name.as_str()).before(before);
    store::audit::append(tx, event)?;
    Ok(group)
}

fn unlocked(tx: &ReadTx<'_>, group: &Group, kept: &str) -> Result<()> {
    guards::not_managed(tx, group.managed_by, ("group", &group.name), kept)
}

fn ids_of(tx: &ReadTx<'_>, members: &[MembershipId]) -> Result<Vec<MemberId>> {
    let id_of = |id: &MembershipId| {
        let known = store::members::by_hand::id_of(tx, *id)?;
        known.ok_or_else(|| by_hand::unknown_membership(*id))
    };
    members.iter().map(id_of).collect()
}

/// Writes down who came and went, when anybody did.
fn recorded(
    tx: &WriteTx<'_>,
    key: GroupKey,
    group: Group,
    added: Vec<MemberId>,
    removed: Vec<MemberId>,
) -> Result<(GroupKey, Group)> {
    if added.is_empty() && removed.is_empty() {
        return Ok((key, group));
    }
    if !store::policies::records::of(tx, Holder::Group(key))?.is_empty() {
        for member in added.iter().chain(&removed) {
            guards::not_own(tx, *member)?;
        }
    }
    store::groups::touch(tx, key)?;
    let mut event = Event::new(Action::GroupUpdate, group.id, group.name.as_str());
    if !added.is_empty() {
        note(&mut event.after, "members_added", listed(&added));
    }
    if !removed.is_empty() {
        note(&mut event.before, "members_removed", listed(&removed));
    }
    store::audit::append(tx, event)?;
    by_hand::get(tx, &GroupRef::Id(group.id))
}

fn listed(ids: &[MemberId]) -> Value {
    let named: Vec<&MemberId> = ids.iter().take(AUDITED_MEMBERS_MAX).collect();
    json!({ "count": ids.len(), "ids": named })
}

/// A conflict of names for people who know user groups, not SCIM's Groups.
fn in_our_words(error: Error, name: &GroupName) -> Error {
    if error.reason() != Reason::GroupNameTaken {
        return error;
    }
    let name = name.as_str();
    Error::conflict(
        Reason::GroupNameTaken,
        format!("There is a user group {name:?} already; change that one, or choose another name."),
    )
}

/// A legacy group's name says which role it grants; a group by hand has policies for that. People
/// take what looks like such a name for one.
fn check_name(name: &GroupName) -> Result<()> {
    let Some(look_alikes) = reads_as_legacy(name.as_str()) else {
        return name.check_spaces();
    };
    let but = if look_alikes.is_empty() {
        String::new()
    } else {
        format!(
            ", and this one reads like one, though {}",
            differences(&look_alikes)
        )
    };
    Err(Error::invalid(
        Reason::ReservedPrefix,
        format!(
            "Names of the form CF-<account id> - <role> are kept for legacy role groups{but}; \
             choose another name, and grant the role by a policy."
        ),
    ))
}
