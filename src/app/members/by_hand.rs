//! Members as API, console and commands make and change them. What a provider manages is read
//! here; its policies alone are changed ([`crate::app::policies`]).

use serde_json::{Value, json};

use super::{NewMember, effective_names, made, note, profile_of, snapshot};
use crate::app::guards;
use crate::app::policies::{Set, give_to_member};
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::member::{Attributes, Member, Profile, State};
use crate::domain::policy::NewPolicy;
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::text::{UserName, shown};
use crate::store;
use crate::store::members::{MemberKey, Record, by_hand};
use crate::store::policies::records::Holder;
use crate::store::tx::{ReadTx, WriteTx};

/// Longest address, in characters, that API and console take.
pub const EMAIL_CHARS_MAX: usize = 90;

/// Somebody to be made a member.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub attributes: Attributes,
    /// At once, without being asked: nobody is written to either way.
    pub accepted: bool,
    /// `None`: Minimal Account Access.
    pub policies: Option<Vec<NewPolicy>>,
}

/// Whether it could be an address that somebody has: no white space and no marks that addresses
/// are written between, and a host of labels.
fn looks_right(email: &str) -> bool {
    let Some((who, host)) = email.split_once('@') else {
        return false;
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
    let label = |label: &str| {
        let fits = |c: char| c.is_alphanumeric() || "-_".contains(c);
        !label.is_empty() && label.chars().all(fits)
    };
    !who.is_empty() && !who.contains(odd) && host.split('.').all(label)
}

impl Invitation {
    /// Of somebody of whom only the address is known: it is the userName too.
    ///
    /// Errors: `Invalid`.
    pub fn by_email(email: &str, accepted: bool, policies: Option<Vec<NewPolicy>>) -> Result<Self> {
        if !looks_right(email) || email.chars().count() > EMAIL_CHARS_MAX {
            return Err(Error::invalid(
                Reason::InvalidValue,
                format!(
                    "\"{}\" is no e-mail address of at most {EMAIL_CHARS_MAX} characters; write \
                     it as name@example.com.",
                    shown(email)
                ),
            ));
        }
        let attributes = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": email,
            "emails": [{ "primary": true, "type": "work", "value": email }],
        });
        let Value::Object(attributes) = attributes else {
            return Err(Error::internal("an object that is none"));
        };
        Ok(Self {
            attributes,
            accepted,
            policies,
        })
    }
}

/// Those of these user names that members of the account have already.
///
/// Errors: `Forbidden`.
pub fn taken(tx: &ReadTx<'_>, names: &[String]) -> Result<Vec<String>> {
    tx.require(Permission::DirectoryRead)?;
    let mut taken = Vec::new();
    for name in names {
        // What can't be a user name is nobody's.
        let Ok(parsed) = UserName::parse(name) else {
            continue;
        };
        if store::members::find_by_user_name(tx, &parsed)?.is_some() {
            taken.push(name.clone());
        }
    }
    Ok(taken)
}

/// Somebody to be made a member, and where they come in.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub invitation: Invitation,
    /// Groups made by hand.
    pub groups: Vec<GroupRef>,
}

/// What is changed of a member; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct MemberChange {
    /// Makes the person an active member, whether invited or inactive.
    pub accept: bool,
    pub policies: Option<Vec<NewPolicy>>,
}

/// The member who is meant.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (several have that address).
pub fn find(tx: &ReadTx<'_>, which: &MemberRef) -> Result<Member> {
    tx.require(Permission::DirectoryRead)?;
    by_hand::get(tx, which).map(|(_, member)| member)
}

/// Makes a member by hand: invited, or accepted at once.
///
/// Errors: `Forbidden` (permission, a role that the caller does not hold), `Invalid` (address or
/// userName; as for policies), `Conflict` (userName taken), `TooMany`.
pub fn invite(tx: &WriteTx<'_>, invitation: Invitation) -> Result<Member> {
    tx.require(Permission::DirectoryWrite)?;
    let Invitation {
        attributes,
        accepted,
        policies,
    } = invitation;
    let profile = Profile {
        active: true,
        external_id: None,
        attributes,
    };
    let new = NewMember::prepare(profile)?;
    let name = new.user_name().to_owned();
    let NewMember { profile, record } = new;
    let state = if accepted {
        State::Active
    } else {
        State::Pending
    };
    let inserted = store::members::insert(tx, record, state);
    let (key, member) = inserted.map_err(|error| in_our_words(error, &name))?;
    by_hand::set_unmanaged(tx, key)?;
    let mut set = None;
    match policies {
        Some(policies) => set = Some(give_to_member(tx, key, &member, &policies)?),
        // What everybody gets is nobody's to withhold.
        None => store::members::activate(tx, key)?,
    }
    let (_, member) = by_hand::get(tx, &MemberRef::Id(member.id))?;
    let mut after = made(profile, &member);
    note(&mut after, "state", json!(member.state.name()));
    if let Some(set) = set {
        let facts = store::policies::records::facts(tx, &set.after)?;
        note(&mut after, "policies", facts);
    }
    let event = Event::new(Action::MemberAdd, member.membership_id(), &member.user_name);
    store::audit::append(tx, event.after(after))?;
    Ok(member)
}

/// The same, into groups too.
///
/// Errors: as [`invite`], and as [`crate::app::groups::by_hand::add_people`].
pub fn bring(tx: &WriteTx<'_>, arrival: &Arrival) -> Result<Member> {
    tx.require(Permission::DirectoryWrite)?;
    let member = invite(tx, arrival.invitation.clone())?;
    for group in &arrival.groups {
        crate::app::groups::by_hand::add_people(tx, group, &[member.membership_id()])?;
    }
    Ok(member)
}

/// Makes somebody of whom only the userName is known, inactive: a provider makes them a member.
/// `noted` is what the audit log is told beside.
///
/// Errors: `Conflict` (userName taken).
pub(in crate::app) fn make_inactive(
    tx: &WriteTx<'_>,
    user_name: &str,
    (name, noted): (&str, Value),
) -> Result<Member> {
    let attributes = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
    });
    let Value::Object(attributes) = attributes else {
        return Err(Error::internal("an object that is none"));
    };
    let profile = Profile {
        active: false,
        external_id: None,
        attributes,
    };
    let NewMember { profile, record } = NewMember::prepare(profile)?;
    let inserted = store::members::insert(tx, record, State::Inactive);
    let (key, member) = inserted.map_err(|error| in_our_words(error, user_name))?;
    by_hand::set_unmanaged(tx, key)?;
    let mut after = made(profile, &member);
    note(&mut after, "state", json!(member.state.name()));
    note(&mut after, name, noted);
    let event = Event::new(Action::MemberAdd, member.membership_id(), &member.user_name);
    store::audit::append(tx, event.after(after))?;
    Ok(member)
}

/// Accepts a member, replaces their policies, or both.
///
/// Errors: `Forbidden` (permission, a managed member who is not in, a role that the caller does
/// not hold and the member would have, the last Super Administrator), `NotFound`, `Invalid`, `TooMany`.
pub fn change(tx: &WriteTx<'_>, which: &MemberRef, change: &MemberChange) -> Result<Member> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, member) = by_hand::get(tx, which)?;
    let (mut before, mut after) = (Value::Null, Value::Null);
    let set = guards::keeping_super_administrator(tx, || apply(tx, key, &member, change))?;
    if change.accept && member.state != State::Active {
        note(&mut before, "state", json!(member.state.name()));
        note(&mut after, "state", json!(State::Active.name()));
    }
    if let Some((was, is)) = set.map_or(Ok(None), |set| set.changed(tx))? {
        note(&mut before, "policies", was);
        note(&mut after, "policies", is);
    }
    if after.is_null() {
        return Ok(member);
    }
    let accepted = member.state != State::Active;
    let (_, member) = by_hand::get(tx, &MemberRef::Id(member.id))?;
    if change.accept && accepted {
        note(&mut after, "roles", effective_names(&member));
    }
    let event = Event::new(
        Action::MemberUpdate,
        member.membership_id(),
        &member.user_name,
    )
    .before(before)
    .after(after);
    store::audit::append(tx, event)?;
    Ok(member)
}

/// What became of the policies, where they were to change.
fn apply(
    tx: &WriteTx<'_>,
    key: MemberKey,
    member: &Member,
    change: &MemberChange,
) -> Result<Option<Set>> {
    let mut state = member.state;
    if change.accept && state != State::Active {
        unlocked(tx, member, "whether they are in is")?;
        guards::may_let_in(tx, key)?;
        let profile = Profile {
            active: true,
            ..profile_of(member)?
        };
        state = State::Active;
        let was = (member, &profile.attributes);
        store::members::update(tx, key, was, Record::of(&profile)?, state)?;
        if member.state == State::Inactive && change.policies.is_none() {
            // Nothing was left of theirs.
            store::members::activate(tx, key)?;
        }
    }
    let Some(policies) = &change.policies else {
        return Ok(None);
    };
    let member = Member {
        state,
        ..member.clone()
    };
    give_to_member(tx, key, &member, policies).map(Some)
}

/// Removes a member over every door; the ids are never used again.
///
/// Errors: `Forbidden` (permission, a managed member, the last Super Administrator), `NotFound`.
pub fn remove(tx: &WriteTx<'_>, which: &MemberRef) -> Result<Member> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, member) = by_hand::get(tx, which)?;
    end(tx, key, member)
}

/// The same for whoever may.
///
/// Errors: `Forbidden` (a managed member, the last Super Administrator).
pub(in crate::app) fn end(tx: &WriteTx<'_>, key: MemberKey, member: Member) -> Result<Member> {
    unlocked(tx, &member, "whether they exist is")?;
    guards::not_own(tx, member.id)?;
    let policies = store::policies::records::of(tx, Holder::Member(key))?;
    let groups: Vec<&str> = member
        .beside
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    let lost = json!({
        "policies": store::policies::records::facts(tx, &policies)?,
        "groups": groups,
        "state": member.state.name(),
    });
    guards::keeping_super_administrator(tx, || store::members::delete(tx, key, &member))?;
    let mut before = snapshot(profile_of(&member)?);
    note(&mut before, "lost", lost);
    let event = Event::new(
        Action::MemberDelete,
        member.membership_id(),
        &member.user_name,
    );
    store::audit::append(tx, event.before(before))?;
    Ok(member)
}

fn unlocked(tx: &ReadTx<'_>, member: &Member, kept: &str) -> Result<()> {
    guards::not_managed(tx, member.managed_by, ("member", &member.user_name), kept)
}

/// A conflict of user names for people who know members, not SCIM's Users.
fn in_our_words(error: Error, name: &str) -> Error {
    if error.reason() != Reason::UserNameTaken {
        return error;
    }
    Error::conflict(
        Reason::UserNameTaken,
        format!(
            "There is a member {name:?} already, perhaps inactive; change that one, or let its \
             provider reactivate it."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_have_is_no_address() {
        for good in [
            "ada@corp.example",
            "o'neil+ops@mail.corp.example",
            "jürgen@bücher.example",
            "root@localhost",
        ] {
            assert!(looks_right(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "ada",
            "@corp.example",
            "ada@",
            "ada@corp@example",
            "ada@corp..example",
            "<script>@x",
            "ada lovelace@corp.example",
            "ada@<b>.example",
            "\"ada\"@corp.example",
        ] {
            assert!(!looks_right(bad), "{bad}");
        }
    }
}
