//! The way back, until a run is closed.

pub(super) mod after;
mod look;

use serde_json::json;

use self::look::{Left, Look};
use super::check::{counted, told};
use super::decided;
use super::draft::Whom;
use super::groups::facts;
use super::verify::progress;
use crate::app::guards;
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::{GroupId, MemberId, MigrationId};
use crate::domain::legacy::run::{Blocker, Kept, RunHead, RunState, Undo};
use crate::domain::member::State;
use crate::domain::policy::granted;
use crate::domain::reason::Reason;
use crate::domain::text::{GroupName, shown};
use crate::store;
use crate::store::legacy::runs::{self, Stored};
use crate::store::legacy::{candidates, old_names, snapshot};
use crate::store::policies::records::{self, Holder};
use crate::store::tx::{ReadTx, WriteTx};

/// What an undo would do, what would keep groups from it, and what would stay.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (closed).
pub fn preview(tx: &ReadTx<'_>, id: MigrationId) -> Result<Undo> {
    tx.require(Permission::DirectoryRead)?;
    let stored = open(tx, id)?;
    let look = Look::at(tx, &stored, Whom::WithChanges)?;
    Ok(look.into_undo(stored.head))
}

/// Undoes the run: names, policies and ids are what they were. Memberships that were pushed
/// since stay. Where something else was changed since, nothing is undone, unless `partial`: then
/// all but those groups are, and a later undo goes on with them. Groups that were deleted since
/// keep it from nothing: the run is undone when each of the others is. Undoing what is undone
/// changes nothing.
///
/// Errors: `Forbidden` (permission, a role that the caller may not give, the last Super
/// Administrator), `NotFound`, `Conflict` (closed; something was changed since).
pub fn undo(tx: &WriteTx<'_>, id: MigrationId, partial: bool) -> Result<Undo> {
    tx.require(Permission::DirectoryWrite)?;
    guards::may_set_policies(tx)?;
    let stored = open(tx, id)?;
    let look = Look::at(tx, &stored, Whom::Everybody)?;
    if stored.head.state == RunState::Undone {
        return Ok(look.into_undo(stored.head));
    }
    if !look.blockers.is_empty() && (!partial || look.left.is_empty()) {
        return Err(blocked(&look));
    }
    for left in &look.left {
        let policies = |rows| snapshot::chosen(tx, rows);
        let (was, is) = (
            policies(&left.member.before)?,
            policies(&left.member.after)?,
        );
        guards::may_give(tx, &granted(&is, &was))?;
    }
    let stayed = guards::keeping_super_administrator(tx, || take_back(tx, &stored, &look))?;
    look.prove(tx)?;
    if look.blockers.is_empty() {
        runs::set_state(tx, stored.key, RunState::Undone)?;
    }
    let names = |groups: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        groups.map(str::to_owned).collect()
    };
    let undone = names(&mut look.left.iter().map(|one| &*one.member.group.old_name));
    let kept = names(&mut look.blockers.iter().map(|one| &*one.group.new_name));
    let deleted = names(&mut look.deleted.iter().map(|one| &*one.new_name));
    let event = Event::new(Action::MigrationUndo, id, "").after(json!({
        "groups": undone,
        "not_undone": kept,
        "deleted_before": deleted,
        "people_changed": look.people.len(),
    }));
    store::audit::append(tx, event)?;
    let ids: Vec<GroupId> = look.left.iter().map(|one| one.member.group.id).collect();
    decided::keep_again(tx, &stored.outline, &ids)?;
    let head = runs::get_stored(tx, id)?.head;
    let mut undo = look.into_undo(head);
    undo.kept.extend(stayed);
    Ok(undo)
}

/// The run, unless it is closed.
fn open(tx: &ReadTx<'_>, id: MigrationId) -> Result<Stored> {
    let stored = runs::get_stored(tx, id)?;
    if stored.head.state == RunState::Closed {
        return Err(closed(&stored.head));
    }
    Ok(stored)
}

fn closed(head: &RunHead) -> Error {
    Error::conflict(
        Reason::MigrationState,
        format!(
            "The migration {} is closed and can't be undone; restore the backup {} if all of it \
             has to go.",
            head.id, head.backup
        ),
    )
}

fn blocked(look: &Look) -> Error {
    let others = match look.left.len() {
        0 => String::new(),
        1 => ", or undo the other group alone".to_owned(),
        number => format!(", or undo the {number} others alone"),
    };
    let messages = look.blockers.iter().map(Blocker::message);
    let messages: Vec<String> = messages
        .map(|message| message.trim_end_matches('.').to_owned())
        .collect();
    Error::conflict(
        Reason::MigrationState,
        format!(
            "{} can't be undone, for something was changed since: {}; change it back{others}, \
             nothing was changed.",
            counted(messages.len(), "group", "groups"),
            told(&messages),
        ),
    )
}

/// Undoes each group, then the people that the run made: who of them stayed.
fn take_back(tx: &WriteTx<'_>, stored: &Stored, look: &Look) -> Result<Vec<Kept>> {
    for left in &look.left {
        if left.member.group.made {
            remove(tx, stored.head.id, left)?;
        } else {
            let mut pushing = progress(tx, left.member.key)?;
            pushing.retain(|one| one.pushes);
            runs::set_at_end(tx, stored.key, left.member.group.id, &pushing)?;
            restore(tx, stored.head.id, left)?;
        }
        runs::set_group_undone(tx, stored.key, left.member.group.id)?;
    }
    let mut kept = Vec::new();
    let left = look.left.first().map(|left| &left.member.group);
    let first = left.or(look.deleted.first());
    let Some(first) = first.filter(|_| look.blockers.is_empty()) else {
        return Ok(kept);
    };
    for id in runs::people(tx, stored.key)? {
        if let Some(name) = remove_person(tx, stored.head.id, id)? {
            kept.push(Kept {
                group: first.clone(),
                of_run: true,
                other: None,
                gone: false,
                message: format!(
                    "{} was made by the migration and stays, since they were changed or put into \
                     a group since.",
                    shown(&name)
                ),
            });
        }
    }
    Ok(kept)
}

fn restore(tx: &WriteTx<'_>, id: MigrationId, left: &Left) -> Result<()> {
    let (key, member) = (left.member.key, &left.member);
    let was = records::of(tx, Holder::Group(key))?;
    let before = facts(tx, id, &left.group.name, &was)?;
    let old = GroupName::parse(&member.group.old_name)?;
    old_names::withdraw(tx, key, &member.group.old_name)?;
    store::groups::rename(tx, key, &old)?;
    candidates::set_legacy(tx, key, member.legacy)?;
    snapshot::restore(tx, key, &member.before)?;
    let is = records::of(tx, Holder::Group(key))?;
    let event = Event::new(Action::GroupUpdate, member.group.id, old.as_str())
        .before(before)
        .after(facts(tx, id, old.as_str(), &is)?);
    store::audit::append(tx, event)
}

/// Takes a group away that the run made.
fn remove(tx: &WriteTx<'_>, id: MigrationId, left: &Left) -> Result<()> {
    let was = records::of(tx, Holder::Group(left.member.key))?;
    let mut before = facts(tx, id, &left.group.name, &was)?;
    let count = json!({ "count": left.group.member_count });
    crate::app::members::note(&mut before, "members", count);
    store::groups::delete(tx, left.member.key, &left.group)?;
    let event = Event::new(Action::GroupDelete, left.group.id, left.group.name.as_str());
    store::audit::append(tx, event.before(before))
}

/// Takes somebody away whom the run made and nobody touched; else their name.
fn remove_person(tx: &WriteTx<'_>, id: MigrationId, person: MemberId) -> Result<Option<String>> {
    let Some((key, member)) = store::members::find_by_id(tx, person)? else {
        return Ok(None);
    };
    let untouched = member.state == State::Inactive
        && member.managed_by.is_none()
        && member.record_version == 1
        && !candidates::is_in_groups(tx, key)?;
    if !untouched {
        return Ok(Some(member.user_name));
    }
    store::members::delete(tx, key, &member)?;
    let event = Event::new(
        Action::MemberDelete,
        member.membership_id(),
        &member.user_name,
    );
    let before = json!({ "userName": member.user_name, "migration": id });
    store::audit::append(tx, event.before(before))?;
    Ok(None)
}
