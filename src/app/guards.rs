//! What no use case may do, whoever asks: leave an account without its Super Administrator, give
//! what the caller does not hold, or change what a provider manages. The first rule is kept by
//! the database too.

use std::collections::BTreeSet;

use crate::domain::actor::{Actor, MemberRights, Permission};
use crate::domain::catalogue;
use crate::domain::effective::Effective;
use crate::domain::error::Result;
use crate::domain::guard;
use crate::domain::id::{ConnectionId, MemberId};
use crate::domain::policy::{Atom, Policy, Target, granted};
use crate::store;
use crate::store::groups::GroupKey;
use crate::store::members::MemberKey;
use crate::store::policies::records::{Holder, of};
use crate::store::tx::{ReadTx, WriteTx};

/// Makes a change, and refuses it when the account had an effective Super Administrator before
/// and has none after: what is in between, of a change of several steps, is nobody's. The cost
/// does not depend on the number of members: looking ends with the first one found. An operator
/// is kept, too, from leaving no Super Administrator who can sign in to the console.
///
/// Errors: what `change` returns; `Forbidden`.
pub(in crate::app) fn keeping_super_administrator<T>(
    tx: &WriteTx<'_>,
    change: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let asked = matches!(tx.actor(), Actor::Operator(_));
    keeping(tx, asked, change)
}

/// `keeps_sign_in`: whether somebody stays who can sign in as Super Administrator, too.
fn keeping<T>(
    tx: &WriteTx<'_>,
    keeps_sign_in: bool,
    change: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if !store::grants::put_off_guard(tx)? {
        // Part of a larger change, at whose end it is asked.
        return change();
    }
    let somebody = |tx| store::operators::places::somebody_administers(tx);
    let signs_in = keeps_sign_in && somebody(tx)?;
    let changed = change()?;
    store::grants::take_up_guard(tx)?;
    keep_super_administrator(tx)?;
    if signs_in && !somebody(tx)? {
        return Err(guard::nobody_signs_in());
    }
    Ok(changed)
}

/// The same where one step can only take away, or comes last.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn keep_super_administrator(tx: &WriteTx<'_>) -> Result<()> {
    guard::keep_super_administrator(store::grants::is_left_alone(tx)?)
}

/// The same of a change of who is in a group, which most groups can't break: they give no Super
/// Administrator, and deny none. A provider is kept from locking everybody out in this way too:
/// the members that operators work as are in groups like any others. The server's command line is
/// not: it lets another operator be made.
///
/// Errors: what `change` returns; `Forbidden`.
pub(in crate::app) fn keeping_super_administrator_of<T>(
    tx: &WriteTx<'_>,
    group: GroupKey,
    change: impl FnOnce() -> Result<T>,
) -> Result<T> {
    if store::grants::makes_super_administrators(tx, group)? {
        let asked = matches!(tx.actor(), Actor::Operator(_) | Actor::Client(_));
        return keeping(tx, asked, change);
    }
    change()
}

/// What the caller can give.
enum Holdings {
    /// No policy and no role: a token that provisions.
    Nothing,
    AllButSuperAdministrator,
    Everything,
    /// What the member who owns the token holds.
    OfMember(MemberId),
}

fn holdings(tx: &ReadTx<'_>) -> Holdings {
    match tx.actor() {
        Actor::Cli { .. } | Actor::System { .. } => Holdings::Everything,
        Actor::Operator(operator) => {
            // Whoever may change nothing gives nothing, whatever else they hold.
            let member = operator
                .member
                .filter(|_| tx.actor().allows(Permission::DirectoryWrite));
            member.map_or(Holdings::Nothing, Holdings::OfMember)
        }
        Actor::Client(client) if !client.grants.has(catalogue::ACCOUNT_SETTINGS_WRITE) => {
            Holdings::Nothing
        }
        Actor::Client(client) => match client.member {
            Some(member) => Holdings::OfMember(member),
            None if client.grants.hold_everything() => Holdings::Everything,
            None => Holdings::AllButSuperAdministrator,
        },
    }
}

/// Lets only those on who may say at all what others may do.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn may_set_policies(tx: &ReadTx<'_>) -> Result<()> {
    match holdings(tx) {
        Holdings::Nothing => Err(guard::no_policies()),
        Holdings::AllButSuperAdministrator | Holdings::Everything | Holdings::OfMember(_) => Ok(()),
    }
}

/// Refuses to give what the caller does not hold: each of `atoms` is given to somebody.
///
/// Errors: `Forbidden`, with the first that is not held.
pub(in crate::app) fn may_give(tx: &ReadTx<'_>, atoms: &BTreeSet<Atom>) -> Result<()> {
    if atoms.is_empty() {
        return Ok(());
    }
    match holdings(tx) {
        Holdings::Everything => Ok(()),
        Holdings::Nothing => Err(guard::no_policies()),
        Holdings::AllButSuperAdministrator => no_super_administrator(tx, atoms),
        Holdings::OfMember(member) => held_by(tx, member, atoms),
    }
}

/// Who lets people in, and puts them into groups: what a token that provisions does over SCIM
/// too, so only Super Administrator is kept from it here. A member gives what they hold in this
/// way too, whatever their token was made for.
fn holdings_of_admission(tx: &ReadTx<'_>) -> Holdings {
    match tx.actor() {
        Actor::Client(client) => match client.member {
            Some(member) => Holdings::OfMember(member),
            None => holdings(tx),
        },
        Actor::Operator(_) | Actor::Cli { .. } | Actor::System { .. } => holdings(tx),
    }
}

/// Refuses to an operator, who acts on the box, to give in the transaction's account what they do
/// not hold there: a way to sign in as somebody is all that this one may do. Where nobody is
/// Super Administrator yet there is nobody to ask.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn may_place(tx: &ReadTx<'_>, atoms: &BTreeSet<Atom>) -> Result<()> {
    let Actor::Operator(operator) = tx.actor() else {
        return Ok(());
    };
    if !store::grants::is_administered(tx)? {
        return Ok(());
    }
    let place = store::operators::member_of(tx, operator.operator)?;
    let Some((key, member)) = place else {
        return Err(guard::no_place());
    };
    if store::tokens::rights_here(tx, key)? < MemberRights::Administers {
        return Err(guard::no_place());
    }
    held_by(tx, member, atoms)
}

/// Each role on each target, but what everybody gets.
pub(in crate::app) fn atoms_of(roles: &[Effective]) -> BTreeSet<Atom> {
    let mut atoms = BTreeSet::new();
    for role in roles {
        // What everybody gets is nobody's to withhold.
        if role.permission_group != catalogue::MINIMAL_ACCOUNT_ACCESS {
            let targets = role.scope.targets().into_iter();
            atoms.extend(targets.map(|target| (role.permission_group, target)));
        }
    }
    atoms
}

/// Whether a member acts with a token of theirs, over SCIM too: what they give there they must
/// hold. A provider's token, and the account's, do there what they were made for.
pub(in crate::app) fn is_by_member(tx: &ReadTx<'_>) -> bool {
    matches!(tx.actor(), Actor::Client(client) if client.member.is_some())
}

/// The same as [`may_give`] where somebody comes into a group, or leaves it, with the group's
/// policies.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn may_give_by_membership(
    tx: &ReadTx<'_>,
    group: GroupKey,
    comes: bool,
) -> Result<()> {
    let policies = match holdings_of_admission(tx) {
        Holdings::Everything => return Ok(()),
        Holdings::Nothing | Holdings::AllButSuperAdministrator | Holdings::OfMember(_) => {
            of(tx, Holder::Group(group))?
        }
    };
    let none: [Policy; 0] = [];
    let atoms = if comes {
        granted(&none, &policies)
    } else {
        granted(&policies, &none)
    };
    may_admit_to(tx, &atoms)
}

/// The same where somebody becomes an active member, with all that then reaches them: what they
/// were given when invited, and the groups they were kept in.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn may_let_in(tx: &ReadTx<'_>, key: MemberKey) -> Result<()> {
    if matches!(holdings_of_admission(tx), Holdings::Everything) {
        return Ok(());
    }
    let atoms = atoms_of(&store::grants::once_active(tx, key)?);
    may_admit_to(tx, &atoms)
}

fn may_admit_to(tx: &ReadTx<'_>, atoms: &BTreeSet<Atom>) -> Result<()> {
    match holdings_of_admission(tx) {
        Holdings::Everything => Ok(()),
        Holdings::Nothing | Holdings::AllButSuperAdministrator => no_super_administrator(tx, atoms),
        Holdings::OfMember(member) => held_by(tx, member, atoms),
    }
}

fn no_super_administrator(tx: &ReadTx<'_>, atoms: &BTreeSet<Atom>) -> Result<()> {
    let is_it = |atom: &&Atom| atom.0 == catalogue::SUPER_ADMINISTRATOR;
    match atoms.iter().find(is_it) {
        Some(atom) => refuse(tx, *atom, "this token"),
        None => Ok(()),
    }
}

fn held_by(tx: &ReadTx<'_>, member: MemberId, atoms: &BTreeSet<Atom>) -> Result<()> {
    let held: Vec<Effective> = match store::members::find_by_id(tx, member)? {
        Some((key, _)) => store::grants::effective(tx, key, None)?,
        None => Vec::new(),
    };
    let holds = |(role, target): Atom| {
        held.iter().any(|one| {
            let all =
                one.permission_group == catalogue::SUPER_ADMINISTRATOR && one.is_unrestricted();
            all || (one.permission_group == role && one.scope.covers(target))
        })
    };
    match atoms.iter().find(|&&atom| !holds(atom)) {
        Some(atom) => refuse(tx, *atom, holder(tx)),
        None => Ok(()),
    }
}

/// In whose name a member's holdings are asked.
fn holder(tx: &ReadTx<'_>) -> &'static str {
    match tx.actor() {
        Actor::Operator(_) => "you",
        Actor::Client(_) | Actor::Cli { .. } | Actor::System { .. } => {
            "the member whose token this is"
        }
    }
}

fn refuse(tx: &ReadTx<'_>, (role, target): Atom, whose: &str) -> Result<()> {
    let on = match target {
        Target::WholeAccount => "the whole account".to_owned(),
        Target::Domain(id) => {
            let domain = store::domains::find_by_id(tx, id)?;
            domain.map_or_else(|| id.to_string(), |domain| domain.name)
        }
    };
    Err(guard::not_held(
        &store::grants::role_name(tx, role)?,
        &on,
        whose,
    ))
}

/// Refuses to operators what changes their own roles: policies of the member they work as, and
/// whether and where that member is in (T-41).
///
/// Errors: `Forbidden`.
pub(in crate::app) fn not_own(tx: &ReadTx<'_>, member: MemberId) -> Result<()> {
    match tx.actor() {
        Actor::Operator(operator) if operator.member == Some(member) => Err(guard::own_roles()),
        Actor::Operator(_) | Actor::Client(_) | Actor::Cli { .. } | Actor::System { .. } => Ok(()),
    }
}

/// Refuses a provider's change of the member that an operator of the console works as: it is
/// nobody's but theirs and the account's administrators'.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn not_of_operator(
    tx: &ReadTx<'_>,
    member: MemberKey,
    user_name: &str,
) -> Result<()> {
    match store::operators::of_member(tx, member)? {
        Some(_) => Err(guard::member_of_operator(user_name)),
        None => Ok(()),
    }
}

/// Refuses what only the provider that manages the record may do; policies are never asked
/// about. `kept` says what is meant, such as "its name is".
///
/// Errors: `Forbidden`.
pub(in crate::app) fn not_managed(
    tx: &ReadTx<'_>,
    managed_by: Option<ConnectionId>,
    (noun, name): (&str, &str),
    kept: &str,
) -> Result<()> {
    let Some(id) = managed_by else { return Ok(()) };
    let connection = store::connections::get(tx, id)?;
    Err(guard::managed(noun, name, &connection.name, kept))
}

#[cfg(test)]
mod tests;
