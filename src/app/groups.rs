//! What may be done with user groups.

pub mod by_hand;
mod legacy;
pub mod pages;
pub mod shown;

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::brake::{self, Leavers};
use super::guards;
use super::members::{Adopted, Precondition, adopt, note};
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::brake::HeldOperation;
use crate::domain::error::{Error, Result};
use crate::domain::group::{Group, GroupEdit, GroupView};
use crate::domain::id::{GroupScimId, MemberId};
use crate::domain::listing::{GroupListing, Paged};
use crate::domain::text::{ExternalId, GroupName};
use crate::store;
use crate::store::groups::{GroupKey, MembersAfter};
use crate::store::tx::{ReadTx, WriteTx};
use legacy::{Names, Naming, is_about_legacy, naming};

/// Most member ids that one audit row names; it says how many more there were.
pub(in crate::app) const AUDITED_MEMBERS_MAX: usize = 200;

/// A group to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    pub name: GroupName,
    pub external_id: Option<ExternalId>,
    pub members: Vec<MemberId>,
}

/// The group with that id, and the key by which its members are read.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: &GroupScimId) -> Result<(GroupKey, Group)> {
    tx.require(Permission::ScimRead)?;
    find(tx, id)
}

fn find(tx: &ReadTx<'_>, id: &GroupScimId) -> Result<(GroupKey, Group)> {
    store::groups::find_by_id(tx, id)?.ok_or_else(|| Error::not_found("Group", id))
}

/// A page of groups, as `show` makes them.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn list<T>(
    tx: &ReadTx<'_>,
    listing: &GroupListing,
    show: &mut dyn FnMut(&GroupView<'_>) -> T,
) -> Result<Paged<T>> {
    tx.require(Permission::ScimRead)?;
    store::groups::list(tx, listing, show)
}

/// The same for whoever goes on to read the members.
///
/// Errors: as [`list`].
pub fn list_whole(tx: &ReadTx<'_>, listing: &GroupListing) -> Result<Paged<(GroupKey, Group)>> {
    tx.require(Permission::ScimRead)?;
    store::groups::list_whole(tx, listing)
}

/// The next members of a group, and where to go on; none are left when fewer than `limit`
/// come.
///
/// Errors: `Forbidden`.
pub fn members(
    tx: &ReadTx<'_>,
    key: GroupKey,
    after: MembersAfter,
    limit: i64,
) -> Result<(Vec<MemberId>, MembersAfter)> {
    tx.require(Permission::ScimRead)?;
    store::groups::members(tx, key, after, limit)
}

/// Makes a group as an identity provider asks; a legacy group that nobody has pushed yet is
/// there already, and taken.
///
/// Errors: `Forbidden`, `Invalid` (reserved prefix, nearly a legacy name, unknown member),
/// `Conflict` (name or externalId taken), `TooMany`; of a group that is taken, as [`edit`].
pub fn create(tx: &WriteTx<'_>, new: &NewGroup) -> Result<(GroupKey, Group)> {
    tx.require(Permission::ScimWrite)?;
    tx.note_target("Group", "", new.name.as_str());
    if let Some(id) = legacy::taken_by_push(tx, &new.name)? {
        let external_id = new.external_id.clone();
        let edits = [
            external_id.map(|id| GroupEdit::SetExternalId(Some(id))),
            Some(GroupEdit::AddMembers(new.members.clone())),
        ];
        let edits: Vec<GroupEdit> = edits.into_iter().flatten().collect();
        let first = Precondition::default();
        return edit(tx, &id, Action::ScimGroupCreate, &first, &edits, |_, _| ());
    }
    let (key, id) = store::groups::insert(tx, &new.name)?;
    tx.note_target("Group", &id, new.name.as_str());
    if new.external_id.is_some() {
        store::groups::set_external_id(tx, key, new.external_id.as_ref())?;
    }
    let added = store::groups::add_members(tx, key, &new.members)?;
    let mut after = json!({ "displayName": new.name.as_str() });
    if let Some(external_id) = &new.external_id {
        note(&mut after, "externalId", json!(external_id.as_str()));
    }
    if !added.is_empty() {
        note(&mut after, "members", member_list(&added));
    }
    tx.note_change("created");
    note_members(tx, added.len(), "added");
    let event = Event::new(Action::ScimGroupCreate, &id, new.name.as_str()).after(after);
    store::audit::append(tx, event)?;
    find(tx, &id)
}

/// Of a name that can be no group's as it was sent: whether it was meant to be a legacy one's.
///
/// Errors: `Forbidden`, `Invalid` (nearly a legacy name, with the right one).
pub fn check_claimed_name(tx: &WriteTx<'_>, name: &str) -> Result<()> {
    tx.require(Permission::ScimWrite)?;
    legacy::check_claimed(tx, name)
}

/// Says which group a write is about that will be refused for its body.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn name_target(tx: &WriteTx<'_>, id: &GroupScimId) -> Result<()> {
    tx.require(Permission::ScimWrite)?;
    let (_, group) = find(tx, id)?;
    tx.note_target("Group", id, &group.name);
    Ok(())
}

/// Applies `edits` in order, all or none; the version moves only when they come to a change.
/// `answered` sees the group as it is then, before its audit row is written.
///
/// Errors: `Forbidden` (permission, the last Super Administrator, a member's token that would
/// give what its owner does not hold), `NotFound`, `Stale`, `Immutable` (a legacy group's name),
/// `Invalid` (reserved prefix, nearly a legacy name, unknown member, a member that has to be in),
/// `Conflict` (name or externalId taken), `TooMany`.
pub fn edit(
    tx: &WriteTx<'_>,
    id: &GroupScimId,
    action: Action,
    precondition: &Precondition,
    edits: &[GroupEdit],
    answered: impl FnOnce(&WriteTx<'_>, &Group),
) -> Result<(GroupKey, Group)> {
    tx.require(Permission::ScimWrite)?;
    let (key, group) = find(tx, id)?;
    tx.note_target("Group", id, &group.name);
    precondition.check(group.version())?;
    let adopted = legacy::take_over(tx, key, &group)?;
    let mut change = Change::new(&group);
    let mut leavers = Leavers::default();
    let admits = Admission::of(tx, key);
    guards::keeping_super_administrator_of(tx, key, || {
        edits.iter().try_for_each(|edit| {
            leavers.before(tx, key, edit)?;
            change.apply(tx, key, edit)
        })
    })?;
    let removal = leavers.removal(tx, key, HeldOperation::RemoveMembers)?;
    brake::charge(tx, removal.as_ref())?;
    if group.old_name.is_some() && change.old_name.is_some() {
        store::legacy::old_names::seen(tx, key)?;
    }
    let changed = change.settle();
    admits.check(&change)?;
    if !changed && adopted.is_none() {
        answered(tx, &group);
        return Ok((key, group));
    }
    store::groups::touch(tx, key)?;
    if let Some(Adopted { from }) = adopted {
        note(&mut change.before, "managed_by", json!(from));
        note(
            &mut change.after,
            "managed_by",
            json!(tx.actor().connection()),
        );
        tx.note_change("adopted");
    }
    let (key, group) = find(tx, id)?;
    tx.note_target("Group", id, &group.name);
    answered(tx, &group);
    let event = change.into_event(tx, action, id);
    store::audit::append(tx, event)?;
    Ok((key, group))
}

/// Whether somebody may be put into the group, or taken out, as it is before the change.
struct Admission {
    comes: Result<()>,
    goes: Result<()>,
}

impl Admission {
    fn of(tx: &ReadTx<'_>, key: GroupKey) -> Self {
        let by_member = guards::is_by_member(tx);
        let may = |comes| {
            if by_member {
                guards::may_give_by_membership(tx, key, comes)
            } else {
                Ok(())
            }
        };
        Self {
            comes: may(true),
            goes: may(false),
        }
    }

    /// Errors: `Forbidden`.
    fn check(self, change: &Change<'_>) -> Result<()> {
        if !change.added.is_empty() {
            self.comes?;
        }
        if !change.removed.is_empty() || change.emptied > 0 {
            self.goes?;
        }
        Ok(())
    }
}

/// What the edits of one request came to.
struct Change<'g> {
    group: &'g Group,
    name: String,
    /// The name by which the caller knows it, where that is another one.
    old_name: Option<String>,
    external_id: Option<String>,
    added: Vec<MemberId>,
    removed: Vec<MemberId>,
    /// Removed by emptying a large group: counted, not named.
    emptied: i64,
    before: Value,
    after: Value,
}

impl<'g> Change<'g> {
    fn new(group: &'g Group) -> Self {
        Self {
            group,
            name: group.name.clone(),
            old_name: group.old_name.clone(),
            external_id: group.external_id.clone(),
            added: Vec::new(),
            removed: Vec::new(),
            emptied: 0,
            before: Value::Null,
            after: Value::Null,
        }
    }

    fn apply(&mut self, tx: &WriteTx<'_>, key: GroupKey, edit: &GroupEdit) -> Result<()> {
        let (added, removed) = match edit {
            GroupEdit::Rename(name) => return self.rename(tx, key, name),
            GroupEdit::SetExternalId(id) => return self.set_external_id(tx, key, id.as_ref()),
            GroupEdit::AddMembers(ids) => (store::groups::add_members(tx, key, ids)?, Vec::new()),
            GroupEdit::RemoveMembers(ids) => {
                (Vec::new(), store::groups::remove_members(tx, key, ids)?)
            }
            GroupEdit::ReplaceMembers(ids) => store::groups::replace_members(tx, key, ids)?,
            GroupEdit::RemoveMembersWhere(condition) => (
                Vec::new(),
                store::groups::remove_members_where(tx, key, condition)?,
            ),
            GroupEdit::PassOver(count) => {
                tx.note_change(format!("members: {count} passed over, which are no ids"));
                return Ok(());
            }
            GroupEdit::RequireMember(id) => return store::groups::require_member(tx, key, *id),
            GroupEdit::RemoveAllMembers => return self.empty(tx, key),
        };
        self.added.extend(added);
        self.removed.extend(removed);
        Ok(())
    }

    /// Takes out what the edits did and undid; whether anything is left. What comes to
    /// nothing is no change: the version stays and no audit row is written (RFC 7644 3.5.2.1
    /// says so of an `add` of what is there).
    fn settle(&mut self) -> bool {
        for name in ["displayName", "externalId"] {
            if let (Value::Object(before), Value::Object(after)) =
                (&mut self.before, &mut self.after)
                && before.get(name) == after.get(name)
            {
                before.remove(name);
                after.remove(name);
            }
        }
        // Whoever knows it by an old name may have given it another one in between.
        let renamed = self.group.has_old_names && self.name != self.group.name;
        if renamed {
            note(&mut self.before, "name", json!(self.group.name));
            note(&mut self.after, "name", json!(self.name));
        }
        if !self.added.is_empty() && !self.removed.is_empty() {
            let mut balance: HashMap<MemberId, i64> = HashMap::new();
            for id in &self.added {
                *balance.entry(*id).or_default() += 1;
            }
            for id in &self.removed {
                *balance.entry(*id).or_default() -= 1;
            }
            // Somebody comes and goes by turns, so that it is one more of either at most.
            let mut came = HashSet::new();
            self.added
                .retain(|id| balance.get(id) == Some(&1) && came.insert(*id));
            let mut went = HashSet::new();
            self.removed
                .retain(|id| balance.get(id) == Some(&-1) && went.insert(*id));
        }
        let named =
            self.after.get("displayName").is_some() || self.after.get("externalId").is_some();
        named || renamed || !self.added.is_empty() || !self.removed.is_empty() || self.emptied > 0
    }

    /// Removes everybody. A small group's are named; of a large one's some are, and the rest
    /// is counted.
    fn empty(&mut self, tx: &WriteTx<'_>, key: GroupKey) -> Result<()> {
        let limit = i64::try_from(AUDITED_MEMBERS_MAX).unwrap_or(i64::MAX);
        let after = MembersAfter::default();
        let (mut first, _) = store::groups::members(tx, key, after, limit.saturating_add(1))?;
        let emptied = store::groups::remove_all_members(tx, key)?;
        if first.len() <= AUDITED_MEMBERS_MAX {
            self.removed.extend(first);
            return Ok(());
        }
        first.truncate(AUDITED_MEMBERS_MAX);
        note(&mut self.before, "members_first", json!(first));
        self.emptied += emptied;
        Ok(())
    }

    fn rename(&mut self, tx: &WriteTx<'_>, key: GroupKey, name: &GroupName) -> Result<()> {
        let names = Names {
            of: self.group,
            own: &self.name,
            old: self.old_name.as_deref(),
        };
        let seen = self.old_name.as_deref().unwrap_or(&self.name).to_owned();
        match naming(tx, key, &names, name)? {
            Naming::Same => return self.given_back(tx, key, name),
            Naming::Old => {
                store::legacy::old_names::sent(tx, key, name)?;
                self.old_name = Some(name.as_str().to_owned());
            }
            Naming::Own => {
                store::legacy::old_names::renamed(tx, key)?;
                self.old_name = None;
            }
            Naming::Another => {
                store::groups::rename(tx, key, name)?;
                if self.old_name.take().is_some() {
                    store::legacy::old_names::renamed(tx, key)?;
                }
                name.as_str().clone_into(&mut self.name);
                self.given_back(tx, key, name)?;
            }
        }
        if self.before.get("displayName").is_none() {
            note(&mut self.before, "displayName", json!(seen));
        }
        note(&mut self.after, "displayName", json!(name.as_str()));
        Ok(())
    }

    /// Its provider may not have sent a new name before a close, or another one before an undo: of
    /// that, only of names that are legacy ones, or nearly, something may be noted.
    fn given_back(&self, tx: &WriteTx<'_>, key: GroupKey, name: &GroupName) -> Result<()> {
        store::legacy::runs::followed(tx, key, name)?;
        let means_role = self.group.legacy.is_some();
        if means_role || is_about_legacy(tx, name)? {
            store::legacy::runs::given_back(tx, key, (name, means_role))?;
        }
        Ok(())
    }

    fn set_external_id(
        &mut self,
        tx: &WriteTx<'_>,
        key: GroupKey,
        id: Option<&ExternalId>,
    ) -> Result<()> {
        if id.map(ExternalId::as_str) == self.external_id.as_deref() {
            return Ok(());
        }
        store::groups::set_external_id(tx, key, id)?;
        if self.before.get("externalId").is_none() {
            note(&mut self.before, "externalId", json!(self.external_id));
        }
        self.external_id = id.map(|id| id.as_str().to_owned());
        note(&mut self.after, "externalId", json!(self.external_id));
        Ok(())
    }

    fn into_event(mut self, tx: &WriteTx<'_>, action: Action, id: &GroupScimId) -> Event {
        for name in ["displayName", "externalId"] {
            if self.after.get(name).is_some() {
                tx.note_change(name);
            }
        }
        note_members(tx, self.added.len(), "added");
        let emptied = usize::try_from(self.emptied).unwrap_or(usize::MAX);
        note_members(tx, self.removed.len().saturating_add(emptied), "removed");
        if !self.added.is_empty() {
            note(&mut self.after, "members_added", member_list(&self.added));
        }
        if !self.removed.is_empty() {
            note(
                &mut self.before,
                "members_removed",
                member_list(&self.removed),
            );
        }
        if self.emptied > 0 {
            note(
                &mut self.before,
                "members_removed_by_emptying",
                json!(self.emptied),
            );
        }
        Event::new(action, id, self.name)
            .before(self.before)
            .after(self.after)
    }
}

/// The ids, as far as an audit row holds them, and how many there were.
pub(in crate::app) fn member_list(ids: &[MemberId]) -> Value {
    let named: Vec<&MemberId> = ids.iter().take(AUDITED_MEMBERS_MAX).collect();
    json!({ "count": ids.len(), "ids": named })
}

/// Of a group that is about to go, as many members as an audit row names.
fn first_members(tx: &ReadTx<'_>, key: GroupKey) -> Result<Vec<MemberId>> {
    let limit = i64::try_from(AUDITED_MEMBERS_MAX).unwrap_or(i64::MAX);
    let (first, _) = store::groups::members(tx, key, MembersAfter::default(), limit)?;
    Ok(first)
}

/// Tells who went with it, for the histories of these people.
fn note_first(before: &mut Value, first: &[MemberId]) {
    if !first.is_empty() {
        note(before, "members_first", json!(first));
    }
}

fn note_members(tx: &WriteTx<'_>, count: usize, what: &str) {
    if count > 0 {
        tx.note_change(format!("members: {count} {what}"));
    }
}

/// Removes a group; its members stay members of the account.
///
/// Errors: `Forbidden` (permission, the last Super Administrator), `NotFound`, `Stale`.
pub fn delete(tx: &WriteTx<'_>, id: &GroupScimId, precondition: &Precondition) -> Result<()> {
    tx.require(Permission::ScimWrite)?;
    let (key, group) = find(tx, id)?;
    tx.note_target("Group", id, &group.name);
    precondition.check(group.version())?;
    legacy::check_delete(&group)?;
    adopt(tx, group.managed_by, "Group", |_| Ok(()))?;
    if guards::is_by_member(tx) {
        guards::may_give_by_membership(tx, key, false)?;
    }
    let mut leavers = Leavers::default();
    leavers.before(tx, key, &GroupEdit::RemoveAllMembers)?;
    let first = first_members(tx, key)?;
    guards::keeping_super_administrator_of(tx, key, || store::groups::delete(tx, key, &group))?;
    let removal = leavers.removal(tx, key, HeldOperation::DeleteGroup)?;
    brake::charge(tx, removal.as_ref())?;
    let mut before = json!({
        "displayName": group.name, "externalId": group.external_id,
        "members": { "count": group.member_count },
    });
    note_first(&mut before, &first);
    tx.note_change("deleted");
    store::audit::append(
        tx,
        Event::new(Action::ScimGroupDelete, id, group.name).before(before),
    )
}
