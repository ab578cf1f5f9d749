//! What may be done with members.

pub mod by_hand;
pub mod leave;
pub mod pages;
mod precondition;
pub mod shown;
pub mod walk;

use serde_json::{Map, Value, json};

use super::{brake, guards, sso_connectors};
use crate::domain::actor::{Actor, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::brake::HeldOperation;
use crate::domain::connection::{AdoptExisting, AttributeUpdates, ConnectionSettings};
use crate::domain::document;
use crate::domain::error::{Error, Result};
use crate::domain::id::{ConnectionId, MemberId};
use crate::domain::listing::{MemberListing, Paged};
use crate::domain::member::{ACTIVE, Attributes, Member, MemberView, Profile, State};
use crate::domain::reason::Reason;
use crate::domain::text::UserName;
use crate::store;
use crate::store::members::{MemberKey, Record};
use crate::store::tx::{ReadTx, WriteTx};

pub use precondition::{Precondition, Tags};

/// The member with that id.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: MemberId) -> Result<Member> {
    tx.require(Permission::ScimRead)?;
    find(tx, id).map(|(_, member)| member)
}

/// What `show` makes of the member with that id: for whoever changes nothing.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn show<T>(
    tx: &ReadTx<'_>,
    id: MemberId,
    show: impl FnOnce(&MemberView<'_>) -> T,
) -> Result<T> {
    tx.require(Permission::ScimRead)?;
    shown(tx, id, show)
}

/// The same of the member who owns the caller's token.
///
/// Errors: `Forbidden` (also for a token of no member), `NotFound`.
pub fn show_own<T>(tx: &ReadTx<'_>, show: impl FnOnce(&MemberView<'_>) -> T) -> Result<T> {
    tx.require(Permission::ScimReadOwn)?;
    shown(tx, tx.actor().own_member()?, show)
}

fn shown<T>(tx: &ReadTx<'_>, id: MemberId, show: impl FnOnce(&MemberView<'_>) -> T) -> Result<T> {
    let shown = store::members::show(tx, id, show)?;
    shown.ok_or_else(|| Error::not_found("User", id))
}

fn find(tx: &ReadTx<'_>, id: MemberId) -> Result<(MemberKey, Member)> {
    store::members::find_by_id(tx, id)?.ok_or_else(|| Error::not_found("User", id))
}

/// A page of members, as `show` makes them.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn list<T>(
    tx: &ReadTx<'_>,
    listing: &MemberListing,
    show: &mut dyn FnMut(&MemberView<'_>) -> T,
) -> Result<Paged<T>> {
    tx.require(Permission::ScimRead)?;
    store::members::list(tx, listing, show)
}

/// A person to be made, with all that can be worked out before the writer is asked.
#[derive(Debug)]
pub struct NewMember {
    profile: Profile,
    record: Record,
}

impl NewMember {
    /// Errors: `Invalid` when userName breaks its rules.
    pub fn prepare(profile: Profile) -> Result<Self> {
        let record = Record::of(&profile)?;
        Ok(Self { profile, record })
    }

    pub fn user_name(&self) -> &str {
        self.record.user_name.as_str()
    }
}

/// Makes a member as an identity provider asks.
///
/// Errors: `Forbidden`, `Invalid`, `Conflict` (userName or externalId taken).
pub fn create(tx: &WriteTx<'_>, new: NewMember) -> Result<Member> {
    tx.require(Permission::ScimWrite)?;
    let (member, profile) = insert(tx, new)?;
    let event = Event::new(Action::ScimUserCreate, member.id, &member.user_name);
    store::audit::append(tx, event.after(made(profile, &member)))?;
    tx.note_change("created");
    Ok(member)
}

/// Makes a member by hand, active, with Minimal Account Access.
///
/// Errors: `Forbidden`, `Invalid`, `Conflict` (userName taken).
pub fn add(tx: &WriteTx<'_>, attributes: Attributes) -> Result<Member> {
    tx.require(Permission::BoxAdministration)?;
    let profile = Profile {
        active: true,
        external_id: None,
        attributes,
    };
    let (member, profile) = insert(tx, NewMember::prepare(profile)?)?;
    let event = Event::new(Action::MemberAdd, member.membership_id(), &member.user_name);
    store::audit::append(tx, event.after(made(profile, &member)))?;
    Ok(member)
}

fn insert(tx: &WriteTx<'_>, new: NewMember) -> Result<(Member, Profile)> {
    let NewMember { profile, record } = new;
    check_upn(tx, &profile)?;
    let state = if profile.active {
        State::Active
    } else {
        State::Inactive
    };
    let (_, member) = store::members::insert(tx, record, state)?;
    tx.note_target("User", member.id, &member.user_name);
    Ok((member, profile))
}

/// Entra's rule: UPN and mail are one string, letter case included.
fn check_upn(tx: &ReadTx<'_>, profile: &Profile) -> Result<()> {
    if !settings(tx).is_some_and(|settings| settings.strict_upn_email) {
        return Ok(());
    }
    let Some(email) = profile.primary_work_email() else {
        return Ok(());
    };
    let user_name = profile.text("userName").unwrap_or_default();
    if email == user_name {
        return Ok(());
    }
    Err(Error::invalid(
        Reason::UpnEmailMismatch,
        format!(
            "userName is {user_name:?} and the primary work address {email:?}: this connection \
             wants the same string in both, letter case included; map both to the same attribute."
        ),
    ))
}

fn settings<'a>(tx: &'a ReadTx<'_>) -> Option<&'a ConnectionSettings> {
    match tx.actor() {
        Actor::Client(client) => Some(&client.settings),
        Actor::Operator(_) | Actor::Cli { .. } | Actor::System { .. } => None,
    }
}

/// The member whom a provider is about to change.
fn for_a_provider(
    tx: &WriteTx<'_>,
    id: MemberId,
    precondition: &Precondition,
) -> Result<(MemberKey, Member)> {
    let (key, member) = find(tx, id)?;
    tx.note_target("User", id, &member.user_name);
    precondition.check(member.version())?;
    guards::not_of_operator(tx, key, &member.user_name)?;
    Ok((key, member))
}

/// Changes a member by a pure function of what is stored; nothing is written when nothing
/// changes.
///
/// Errors: what `change` returns; `Forbidden` (permission, the last Super Administrator, a
/// member's token that would give what its owner does not hold), `NotFound`, `Stale`, `Invalid`,
/// `Conflict`.
pub fn edit<E: From<Error>>(
    tx: &WriteTx<'_>,
    id: MemberId,
    action: Action,
    precondition: &Precondition,
    change: impl FnOnce(&Profile) -> Result<Profile, E>,
) -> Result<Member, E> {
    tx.require(Permission::ScimWrite)?;
    let (key, member) = for_a_provider(tx, id, precondition)?;
    let adopted = adopt(tx, member.managed_by, "User", |tx| {
        store::members::adopt(tx, key)
    })?;
    let before = profile_of(&member)?;
    let mut after = change(&before)?;
    if settings(tx).is_some_and(|s| s.attribute_updates == AttributeUpdates::Ignore)
        && after.attributes != before.attributes
    {
        after.attributes.clone_from(&before.attributes);
        tx.note_change("attributes ignored by the connection's setting");
    }
    // Somebody invited is accepted by any write that does not switch them off.
    let accepted = member.state == State::Pending && after.active;
    if after.active {
        brake::member_stays(tx, key)?;
    }
    if after == before && !accepted && adopted.is_none() {
        return Ok(member);
    }
    let activated = accepted || (after.active && !before.active);
    if activated && guards::is_by_member(tx) {
        guards::may_let_in(tx, key)?;
    }
    let ends = before.active && !after.active;
    if ends {
        sso_connectors::check_deprovisioning(tx, before.email())?;
    }
    let operation = HeldOperation::DeactivateUser;
    let removal = ends.then(|| brake::removal_of_member(tx, key, operation));
    let removal = removal.transpose()?.flatten();
    let had = effective_names(&member);
    let dropped = apply(tx, (key, &member), &before, &after, activated)?;
    brake::charge(tx, removal.as_ref())?;
    let (_, member) = find(tx, id)?;
    let mut event = Event::new(action, id, &member.user_name);
    (event.before, event.after) = difference(before, after);
    if let Some(Adopted { from }) = adopted {
        note(&mut event.before, "managed_by", json!(from));
        note(
            &mut event.after,
            "managed_by",
            json!(tx.actor().connection()),
        );
        tx.note_change("adopted");
    }
    if ends {
        note_ended(&mut event.before, &dropped, had);
    }
    if accepted {
        note(&mut event.before, "state", json!(State::Pending.name()));
        note(&mut event.after, "state", json!(member.state.name()));
    }
    if activated {
        note(&mut event.after, "roles", json!(member.role_names()));
    }
    note_changes(tx, &event);
    store::audit::append(tx, event)?;
    tx.note_target("User", id, &member.user_name);
    Ok(member)
}

/// Writes what differs; the roles that a deactivation dropped.
fn apply(
    tx: &WriteTx<'_>,
    (key, member): (MemberKey, &Member),
    before: &Profile,
    after: &Profile,
    activated: bool,
) -> Result<Vec<String>> {
    if after.attributes != before.attributes {
        check_upn(tx, after)?;
    }
    let state = match (activated, after.active) {
        (true, _) => State::Active,
        (false, true) => member.state,
        (false, false) => State::Inactive,
    };
    let was = (member, &before.attributes);
    store::members::update(tx, key, was, Record::of(after)?, state)?;
    if activated {
        store::members::activate(tx, key)?;
    } else if before.active && !after.active {
        let dropped = store::members::deactivate(tx, key)?;
        guards::keep_super_administrator(tx)?;
        return Ok(dropped);
    }
    Ok(Vec::new())
}

/// Removes a member over every door. The id is never used again.
///
/// Errors: `Forbidden` (permission, the last Super Administrator), `NotFound`, `Stale`.
pub fn delete(tx: &WriteTx<'_>, id: MemberId, precondition: &Precondition) -> Result<()> {
    tx.require(Permission::ScimWrite)?;
    let (key, member) = for_a_provider(tx, id, precondition)?;
    adopt(tx, member.managed_by, "User", |_| Ok(()))?;
    let roles = member.role_names();
    let groups: Vec<&str> = member
        .beside
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    let lost = json!({ "roles": roles, "groups": groups, "state": member.state.name() });
    let profile = profile_of(&member)?;
    sso_connectors::check_deprovisioning(tx, profile.email())?;
    let removal = brake::removal_of_member(tx, key, HeldOperation::DeleteUser)?;
    guards::keeping_super_administrator(tx, || store::members::delete(tx, key, &member))?;
    brake::charge(tx, removal.as_ref())?;
    let mut before = snapshot(profile);
    note(&mut before, "lost", lost);
    let event = Event::new(Action::ScimUserDelete, id, &member.user_name).before(before);
    tx.note_change("deleted");
    store::audit::append(tx, event)
}

/// A record that a connection has taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) struct Adopted {
    /// `None`: it was made by hand.
    pub(in crate::app) from: Option<ConnectionId>,
}

/// Lets a connection write to what another one, or a person, manages: takes it over, or
/// refuses, as its setting says. `Some` when it was taken over.
pub(in crate::app) fn adopt(
    tx: &WriteTx<'_>,
    managed_by: Option<ConnectionId>,
    noun: &str,
    take: impl FnOnce(&WriteTx<'_>) -> Result<()>,
) -> Result<Option<Adopted>> {
    let Actor::Client(client) = tx.actor() else {
        return Ok(None);
    };
    if managed_by == Some(client.connection) {
        return Ok(None);
    }
    match client.settings.adopt_existing {
        AdoptExisting::Adopt => {
            take(tx)?;
            Ok(Some(Adopted { from: managed_by }))
        }
        AdoptExisting::Refuse => Err(Error::forbidden(
            Reason::ManagedElsewhere,
            format!(
                "This {noun} is managed elsewhere and the connection {:?} may not take it over; \
                 change it there, or set the connection's adopt_existing to adopt.",
                client.connection_name
            ),
        )),
    }
}

pub(in crate::app) fn profile_of(member: &Member) -> Result<Profile> {
    let attributes = document::attributes(&member.document)
        .map_err(|error| Error::internal(format!("the document of {}: {error}", member.id)))?;
    Ok(Profile {
        active: member.state != State::Inactive,
        external_id: stored_external_id(member.external_id.as_deref())?,
        attributes,
    })
}

pub(in crate::app) fn stored_external_id(
    text: Option<&str>,
) -> Result<Option<crate::domain::text::ExternalId>> {
    text.map(crate::domain::text::ExternalId::parse).transpose()
}

/// The roles that somebody held whose membership ends, by groups too.
const EFFECTIVE_ROLES: &str = "effective_roles";

/// What the audit log keeps of that: beside all roles that were `had`, those that policies of
/// their own gave, which were dropped for good.
fn note_ended(before: &mut Value, dropped: &[String], had: Value) {
    if !dropped.is_empty() {
        note(before, "roles", json!(dropped));
    }
    note(before, EFFECTIVE_ROLES, had);
}

fn effective_names(member: &Member) -> Value {
    let mut names = member.role_names();
    names.dedup();
    json!(names)
}

/// The whole of a profile, for the audit log.
fn snapshot(profile: Profile) -> Value {
    let active = if profile.is_active_unassigned() {
        Value::Null
    } else {
        Value::Bool(profile.active)
    };
    let mut all = profile.attributes;
    all.insert(ACTIVE.to_owned(), active);
    if let Some(id) = profile.external_id {
        all.insert("externalId".to_owned(), Value::from(id.as_str()));
    }
    Value::Object(all)
}

/// The same of somebody who was just made, with the roles they were given.
fn made(profile: Profile, member: &Member) -> Value {
    let mut all = snapshot(profile);
    let roles = member.role_names();
    if !roles.is_empty() {
        note(&mut all, "roles", json!(roles));
    }
    all
}

/// The attributes that differ, as they were and as they are.
fn difference(before: Profile, after: Profile) -> (Value, Value) {
    let (Value::Object(mut before), Value::Object(mut after)) = (snapshot(before), snapshot(after))
    else {
        return (Value::Null, Value::Null);
    };
    let same: Vec<String> = before
        .iter()
        .filter(|(name, value)| after.get(*name) == Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        before.remove(&name);
        after.remove(&name);
    }
    (Value::Object(before), Value::Object(after))
}

pub(in crate::app) fn note(value: &mut Value, name: &str, what: Value) {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Value::Object(object) = value {
        object.insert(name.to_owned(), what);
    }
}

/// The attributes of one side; in place of an extension those of its attributes that differ.
fn changed_names<'v>(side: &'v Value, other: &Value) -> Vec<&'v str> {
    let mut names = Vec::new();
    for (name, value) in side.as_object().into_iter().flatten() {
        match value {
            Value::Object(inner) if name.starts_with("urn:") => {
                let differs = |key: &&String| inner.get(*key) != other[name].get(*key);
                names.extend(inner.keys().filter(differs).map(String::as_str));
            }
            _ => names.push(name.as_str()),
        }
    }
    names
}

fn note_changes(tx: &WriteTx<'_>, event: &Event) {
    let (after, before) = (&event.after, &event.before);
    for (side, other) in [(after, before), (before, after)] {
        for name in changed_names(side, other) {
            // Who reads the log asks which of the two it was.
            let name = match (name, after[name].as_bool()) {
                ("active", Some(true)) => "reactivated",
                ("active", Some(false)) => "deactivated",
                _ => name,
            };
            let repeated = tx.notes_change(name);
            let untold = ["managed_by", "roles", EFFECTIVE_ROLES];
            if !repeated && !untold.contains(&name) {
                tx.note_change(name);
            }
        }
    }
}

/// The member with that name: for doors that know people by it.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get_by_user_name(tx: &ReadTx<'_>, name: &UserName) -> Result<Member> {
    tx.require(Permission::ScimRead)?;
    let found = store::members::find_by_user_name(tx, name)?;
    found
        .map(|(_, member)| member)
        .ok_or_else(|| Error::not_found("User", name))
}
