//! The person behind a member's token: who they are, and their membership.

use serde_json::{Value, json};

use super::members::{by_hand, profile_of};
use crate::domain::account::Account;
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::MembershipId;
use crate::domain::member::{Attributes, Member};
use crate::domain::policy::Policy;
use crate::domain::reason::Reason;
use crate::domain::role::Role;
use crate::store::members::{MemberKey, Record};
use crate::store::policies::records::{self, Holder};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{accounts, audit, members, roles};

/// What a person changes of themself; `None` stays as it is, an empty text is taken away.
#[derive(Debug, Clone, Default)]
pub struct NameChange {
    pub given: Option<String>,
    pub family: Option<String>,
}

/// The member who owns the caller's token, and their account.
///
/// Errors: `Forbidden` for a token that belongs to no member.
pub fn get(tx: &ReadTx<'_>) -> Result<(Member, Account)> {
    tx.require(Permission::UserRead)?;
    let (_, member) = own(tx)?;
    Ok((member, accounts::current(tx)?))
}

/// Changes their name.
///
/// Errors: `Forbidden` (a token of no member; somebody whom a connection manages), `Invalid`.
pub fn rename(tx: &WriteTx<'_>, change: &NameChange) -> Result<(Member, Account)> {
    tx.require(Permission::UserWrite)?;
    let (key, before) = own(tx)?;
    let stored = profile_of(&before)?;
    let mut profile = stored.clone();
    for (part, value) in [("givenName", &change.given), ("familyName", &change.family)] {
        if let Some(value) = value {
            put(&mut profile.attributes, part, value);
        }
    }
    let account = accounts::current(tx)?;
    if profile == stored {
        return Ok((before, account));
    }
    if before.managed_by.is_some() {
        return Err(Error::forbidden(
            Reason::ManagedElsewhere,
            "This person is managed by an identity provider, which keeps their name; change it \
             there.",
        ));
    }
    let was = (&before, &stored.attributes);
    members::update(tx, key, was, Record::of(&profile)?, before.state)?;
    let (_, after) = own(tx)?;
    let event = Event::new(Action::UserUpdate, after.id, &after.user_name)
        .before(json!({ "name": stored.attributes.get("name") }))
        .after(json!({ "name": profile.attributes.get("name") }));
    audit::append(tx, event)?;
    Ok((after, account))
}

/// A membership, as its own member sees it.
#[derive(Debug, Clone)]
pub struct Membership {
    pub member: Member,
    pub account: Account,
    pub policies: Vec<Policy>,
    /// All of the account, hidden ones too: what the policies name.
    pub roles: Vec<Role>,
}

/// The memberships of the token's owner: the one in the token's account.
///
/// Errors: `Forbidden` for a token that belongs to no member.
pub fn memberships(tx: &ReadTx<'_>) -> Result<Membership> {
    tx.require(Permission::MembershipsRead)?;
    let (key, member) = own(tx)?;
    Ok(Membership {
        member,
        account: accounts::current(tx)?,
        policies: records::of(tx, Holder::Member(key))?,
        roles: roles::list(tx)?,
    })
}

/// That membership, by its id.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn membership(tx: &ReadTx<'_>, id: MembershipId) -> Result<Membership> {
    tx.require(Permission::MembershipsRead)?;
    let found = memberships(tx)?;
    if found.member.membership_id() != id {
        return Err(Error::not_found("membership", id));
    }
    Ok(found)
}

/// Ends that membership: the person leaves, and is gone over every door.
///
/// Errors: `Forbidden` (a token of no member, somebody whom a connection manages, the last Super
/// Administrator), `NotFound`.
pub fn leave(tx: &WriteTx<'_>, id: MembershipId) -> Result<()> {
    tx.require(Permission::MembershipsWrite)?;
    let (key, member) = own(tx)?;
    if member.membership_id() != id {
        return Err(Error::not_found("membership", id));
    }
    by_hand::end(tx, key, member).map(|_| ())
}

fn own(tx: &ReadTx<'_>) -> Result<(MemberKey, Member)> {
    let id = tx.actor().own_member()?;
    members::find_by_id(tx, id)?.ok_or_else(|| Error::not_found("User", id))
}

fn put(attributes: &mut Attributes, part: &str, value: &str) {
    let name = attributes
        .entry("name")
        .or_insert_with(|| Value::Object(Attributes::new()));
    if let Value::Object(name) = name {
        if value.is_empty() {
            name.remove(part);
        } else {
            name.insert(part.to_owned(), Value::from(value));
        }
        if name.is_empty() {
            attributes.remove("name");
        }
    }
}
