//! Where operators work: each account has a member for them there, made by hand.

use serde_json::json;

use crate::app::guards;
use crate::app::policies::chosen;
use crate::domain::actor::{Actor, MemberRights, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::{AccountId, MemberId, OperatorId, PermissionGroupId};
use crate::domain::member::{Member, Profile, State};
use crate::domain::operator::{Email, Operator};
use crate::domain::policy::{NewPolicy, Target};
use crate::domain::reason::Reason;
use crate::domain::reference::{MemberRef, Person};
use crate::store;
use crate::store::audit;
use crate::store::members::{MemberKey, Record, by_hand};
use crate::store::operators;
use crate::store::operators::places::{self, Placed};
use crate::store::policies::records::{self, Holder};
use crate::store::tx::{ReadTx, WriteTx};

/// Where the operator works, and with which roles.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn of(tx: &ReadTx<'_>, id: OperatorId) -> Result<Vec<Placed>> {
    tx.require(Permission::BoxAdministration)?;
    places::of(tx, id)
}

/// Whom somebody could ask who may not do that at the console: members of the account as whom
/// operators work who can sign in, and may.
///
/// Errors: `Forbidden`.
pub fn who_may(tx: &ReadTx<'_>, permission: Permission) -> Result<Vec<Person>> {
    tx.require(Permission::DirectoryRead)?;
    places::allowed(tx, permission)
}

/// The member whom the operator of that sign-in address works as in the account.
///
/// Errors: `Forbidden`.
pub fn member_by_address(tx: &ReadTx<'_>, address: &str) -> Result<Option<MemberId>> {
    tx.require(Permission::DirectoryRead)?;
    places::member_by_address(tx, address)
}

/// Makes a member for the operator in that account, active, with that one role on the whole
/// account. At the console a box administrator does so where they hold that role themselves, or
/// where nobody is Super Administrator yet.
///
/// Errors: `Forbidden`, `NotFound` (operator, account), `Conflict` (works there already; a
/// member of that name), `Invalid` (role).
pub fn link(
    tx: &WriteTx<'_>,
    operator: OperatorId,
    account: AccountId,
    role: PermissionGroupId,
) -> Result<Member> {
    tx.require(Permission::BoxAdministration)?;
    let operator = operators::get(tx, operator)?;
    tx.on_account(account, |tx| {
        guards::may_place(tx, &[(role, Target::WholeAccount)].into())?;
        let member = linked(tx, &operator, role)?;
        let event = Event::new(Action::OperatorLink, operator.id, operator.email.as_str());
        let after = json!({ "member": member.id, "user_name": member.user_name });
        audit::append(tx, event.after(after))?;
        Ok(member)
    })
}

/// Lets the operator work in that account as a member who is there already, made by hand, with
/// the roles that this one has. At the console a box administrator must hold them too.
///
/// Errors: `Forbidden` (also: a member that a provider manages), `NotFound` (operator, account,
/// member), `Conflict` (works there already; the member is another operator's), `Invalid` (a
/// member who is not active).
pub fn link_member(
    tx: &WriteTx<'_>,
    operator: OperatorId,
    account: AccountId,
    which: &MemberRef,
) -> Result<Member> {
    tx.require(Permission::BoxAdministration)?;
    let operator = operators::get(tx, operator)?;
    tx.on_account(account, |tx| {
        let (key, member) = by_hand::get(tx, which)?;
        guards::may_place(
            tx,
            &guards::atoms_of(&store::grants::effective(tx, key, None)?),
        )?;
        let name = &member.user_name;
        if let Some(connection) = member.managed_by {
            let connection = store::connections::get(tx, connection)?;
            return Err(Error::forbidden(
                Reason::ManagedByProvider,
                format!(
                    "{} manages the member {name}, and operators work as members made by hand; \
                     let one be made for them.",
                    connection.name
                ),
            ));
        }
        if member.state != State::Active {
            return Err(Error::invalid(
                Reason::InvalidValue,
                format!("The member {name} is not active; let them in first."),
            ));
        }
        if let Some(other) = operators::of_member(tx, key)? {
            return Err(taken(format!(
                "The operator {other} works as the member {name}; choose another member."
            )));
        }
        works_elsewhere(tx, &operator)?;
        operators::link(tx, operator.id, key)?;
        let event = Event::new(Action::OperatorLink, operator.id, operator.email.as_str());
        let after = json!({ "member": member.id, "user_name": member.user_name });
        audit::append(tx, event.after(after))?;
        Ok(member)
    })
}

fn taken(message: String) -> Error {
    Error::conflict(Reason::NameTaken, message)
}

/// Errors: `Conflict` where the operator works in the transaction's account already.
fn works_elsewhere(tx: &ReadTx<'_>, operator: &Operator) -> Result<()> {
    match operators::member_of(tx, operator.id)? {
        None => Ok(()),
        Some(_) => Err(taken(format!(
            "The operator {} works in this account already; change the roles of their member \
             instead.",
            operator.email
        ))),
    }
}

/// Refuses to an operator to become somebody who may do what they may not: a link that lets one
/// choose the password is all that it takes.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn may_stand_for(tx: &WriteTx<'_>, id: OperatorId) -> Result<()> {
    if !matches!(tx.actor(), Actor::Operator(_)) {
        return Ok(());
    }
    for place in places::of(tx, id)? {
        let atoms = guards::atoms_of(&place.roles);
        tx.on_account(place.account, |tx| guards::may_place(tx, &atoms))?;
    }
    Ok(())
}

/// What nobody else could do, were that operator to sign in no more: the accounts that would be
/// without anybody who can sign in as Super Administrator, by their names.
///
/// Errors: `Forbidden`.
pub fn alone_in(tx: &ReadTx<'_>, operator: &Operator) -> Result<Vec<String>> {
    tx.require(Permission::BoxAdministration)?;
    if operator.disabled || !operator.has_password {
        return Ok(Vec::new());
    }
    let mut alone = Vec::new();
    for place in places::of(tx, operator.id)? {
        if is_alone(tx, &place, operator.id)? {
            alone.push(place.account_name);
        }
    }
    Ok(alone)
}

/// Whether the operator is Super Administrator there, and nobody else can sign in as one.
fn is_alone(tx: &ReadTx<'_>, place: &Placed, id: OperatorId) -> Result<bool> {
    let rules = place.rights == MemberRights::Everything;
    Ok(rules && !places::others_administer(tx, place.account, id)?)
}

/// Refuses to an operator what would leave an account of this one without anybody who can sign in
/// as its Super Administrator. The command line may: it can make another one.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn keep_somebody(tx: &WriteTx<'_>, id: OperatorId) -> Result<()> {
    if !matches!(tx.actor(), Actor::Operator(_)) {
        return Ok(());
    }
    for place in places::of(tx, id)? {
        if is_alone(tx, &place, id)? {
            return Err(Error::forbidden(
                Reason::LastSuperAdministrator,
                format!(
                    "Nobody else can sign in as Super Administrator of {}; let another operator \
                     work there as one first.",
                    place.account_name
                ),
            ));
        }
    }
    Ok(())
}

/// The operator's new member.
fn linked(tx: &WriteTx<'_>, operator: &Operator, role: PermissionGroupId) -> Result<Member> {
    works_elsewhere(tx, operator)?;
    let email = Email::parse(&operator.email)?;
    let (key, member) = made(tx, &email.member_name(), &operator.name)?;
    operators::link(tx, operator.id, key)?;
    let policies = chosen(tx, &[NewPolicy::allow(role)], &mut |scope| {
        store::resource_groups::for_scope(tx, scope)
    })?;
    let given = records::replace(tx, Holder::Member(key), &policies)?;
    let event = Event::new(Action::MemberAdd, member.membership_id(), &member.user_name);
    let after = json!({
        "userName": member.user_name,
        "displayName": operator.name,
        "policies": records::facts(tx, &given)?,
    });
    audit::append(tx, event.after(after))?;
    let (_, member) = by_hand::get(tx, &MemberRef::Id(member.id))?;
    Ok(member)
}

fn made(tx: &WriteTx<'_>, user_name: &str, name: &str) -> Result<(MemberKey, Member)> {
    let attributes = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "displayName": name,
    });
    let serde_json::Value::Object(attributes) = attributes else {
        return Err(Error::internal("an object that is none"));
    };
    let profile = Profile {
        active: true,
        external_id: None,
        attributes,
    };
    let record = Record::of(&profile)?;
    store::members::insert(tx, record, State::Active)
}
