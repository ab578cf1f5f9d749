//! What identity providers do with groups whose names grant a role, and with the names that
//! groups had before.

use crate::app::members::{Adopted, adopt};
use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::id::GroupScimId;
use crate::domain::legacy::mapping::scim_id;
use crate::domain::legacy::name::{NameClass, classify};
use crate::domain::legacy::refusal;
use crate::domain::reserved;
use crate::domain::role::Role;
use crate::domain::text::{GroupName, fold};
use crate::store;
use crate::store::groups::GroupKey;
use crate::store::legacy::{Answering, Made, NameRules, old_names};
use crate::store::tx::{ReadTx, WriteTx};

/// The group that a POST of this name takes: a legacy group that nobody has pushed yet, or one
/// that became a user group meanwhile. `None`: one is to be made, and may have the name.
///
/// Errors: `Invalid` (reserved prefix, nearly a legacy name), `Conflict` (pushed before; a name
/// that a migration gave which was undone).
pub(super) fn taken_by_push(tx: &WriteTx<'_>, name: &GroupName) -> Result<Option<GroupScimId>> {
    let rules = store::legacy::name_rules(tx)?;
    let class = classify(name.as_str(), rules.account);
    let free = free(name, &class, &rules);
    if class == NameClass::NotLegacy && free.is_ok() {
        check_put_back(tx, name)?;
        return Ok(None);
    }
    // What is wrong with the name leads nowhere where a migration made another of its group.
    if free.is_err()
        && granted(&class).is_none()
        && let Some(now) = store::legacy::runs::called_before(tx, name)?
    {
        return Err(refusal::migrated(name.as_str(), &now));
    }
    if let Some(found) = store::legacy::answering(tx, name.key())? {
        return known(name, &class, free, found).map(Some);
    }
    match granted(&class) {
        Some(role) if rules.mapping.offers(role) => made(tx, role, name).map(Some),
        Some(_) | None => free.map(|()| None),
    }
}

/// A provider that links a group anew after an undo sends the name that the group had in between: a
/// second group would be made, which grants nothing, takes the people from the first one that goes
/// on granting, and keeps it from being converted to that name again.
///
/// Errors: `Conflict`.
fn check_put_back(tx: &ReadTx<'_>, name: &GroupName) -> Result<()> {
    let Some(old) = store::legacy::runs::put_back(tx, name)? else {
        return Ok(());
    };
    // A group that has the name by now is told as such.
    if store::legacy::answering(tx, name.key())?.is_some() {
        return Ok(());
    }
    Err(refusal::put_back_anew(&old, name.as_str()))
}

/// The role of a name that is right.
fn granted(class: &NameClass) -> Option<&'static Role> {
    match class {
        NameClass::Exact { role } | NameClass::Alias { role, .. } => Some(role),
        NameClass::Near { .. }
        | NameClass::OtherAccount { .. }
        | NameClass::UnknownRole { .. }
        | NameClass::DomainRole { .. }
        | NameClass::NotLegacy => None,
    }
}

fn known(
    name: &GroupName,
    class: &NameClass,
    free: Result<()>,
    Answering {
        group, by_alias, ..
    }: Answering,
) -> Result<GroupScimId> {
    let may_be_taken = match group.legacy {
        Some(role) if granted(class).is_some_and(|known| known.permission_group == role) => true,
        // In another letter case.
        Some(_) => {
            free?;
            false
        }
        None => by_alias && group.old_name.as_deref() == Some(name.as_str()),
    };
    if may_be_taken && group.managed_by.is_none() {
        return Ok(group.scim_id);
    }
    Err(refusal::taken(name.as_str()))
}

/// A role that the catalogue had not yet when the mapping was switched on.
fn made(tx: &WriteTx<'_>, role: &'static Role, name: &GroupName) -> Result<GroupScimId> {
    let id = scim_id(role)?;
    match store::legacy::insert(tx, role)? {
        Made::New(key) => {
            store::legacy::grant(tx, key, role.permission_group)?;
            Ok(id)
        }
        Made::Known => {
            let (_, group) = super::find(tx, &id)?;
            Err(refusal::converted(name.as_str(), &group.name))
        }
        Made::NameTaken(_) => Err(refusal::taken(name.as_str())),
    }
}

/// Whether a user group may be called so.
///
/// Errors: `Invalid`.
pub(super) fn check_name(tx: &ReadTx<'_>, name: &GroupName) -> Result<()> {
    let rules = store::legacy::name_rules(tx)?;
    let class = classify(name.as_str(), rules.account);
    let refused = free(name, &class, &rules);
    if refused.is_err()
        && let Some(role) = granted(&class)
        && let Some((_, group)) = store::groups::find_by_id(tx, &scim_id(role)?)?
        && group.legacy.is_none()
    {
        return Err(refusal::migrated(name.as_str(), &group.name));
    }
    refused
}

/// The same of a text that is no name at all, for white space around it or what can't be seen.
///
/// Errors: `Invalid`, when it is nearly a legacy name.
pub(super) fn check_claimed(tx: &ReadTx<'_>, name: &str) -> Result<()> {
    let rules = store::legacy::name_rules(tx)?;
    let class = classify(name, rules.account);
    if !matches!(class, NameClass::Near { .. }) {
        return Ok(());
    }
    refusal::of_name(name, &class, rules.mapping).map_or(Ok(()), Err)
}

/// The prefix is kept for the names of legacy role groups.
fn free(name: &GroupName, class: &NameClass, rules: &NameRules) -> Result<()> {
    let (name, prefix) = (name.as_str(), &rules.reserved_prefix);
    if let Some(refused) = refusal::of_name(name, class, rules.mapping) {
        return Err(refused);
    }
    if !prefix.is_empty() && reserved::looks_reserved(name, prefix) {
        return Err(reserved::refusal(name, prefix));
    }
    Ok(())
}

/// Whether a migration may have to do with a name: cheap, for each push of each group asks it.
pub(super) fn is_about_legacy(tx: &ReadTx<'_>, name: &GroupName) -> Result<bool> {
    let account = store::legacy::account_id(tx)?;
    Ok(classify(name.as_str(), account) != NameClass::NotLegacy)
}

/// What a name means that is sent for a group.
pub(super) enum Naming {
    /// The one it has for the caller, or one that means the same.
    Same,
    /// One it had before, which the caller is to be shown again.
    Old,
    /// Its own, where the caller knew it by an old one.
    Own,
    Another,
}

/// Errors: `Immutable` (a legacy group's name), `Invalid` (a name that may not be).
pub(super) fn naming(
    tx: &ReadTx<'_>,
    key: GroupKey,
    group: &Names<'_>,
    name: &GroupName,
) -> Result<Naming> {
    if name.as_str() == group.old.unwrap_or(group.own) {
        return Ok(Naming::Same);
    }
    if let Some(role) = group.of.legacy {
        let account = store::legacy::account_id(tx)?;
        let meant = granted(&classify(name.as_str(), account));
        return match meant {
            Some(meant) if meant.permission_group == role => Ok(Naming::Same),
            Some(_) | None => Err(renamed(tx, key, group, name)?),
        };
    }
    if group.of.has_old_names {
        if name.as_str() == group.own {
            return Ok(Naming::Own);
        }
        if old_names::is_alias(tx, key, name)? {
            return Ok(match group.old {
                Some(_) => Naming::Same,
                None => Naming::Old,
            });
        }
    }
    let known = check_name(tx, name);
    if known.is_err() && store::legacy::runs::had_name(tx, key, name)? {
        return Err(refusal::had(name.as_str(), group.own));
    }
    known?;
    Ok(Naming::Another)
}

/// Why a legacy group can't be called so: a migration may have called it that, and been undone.
fn renamed(tx: &ReadTx<'_>, key: GroupKey, group: &Names<'_>, name: &GroupName) -> Result<Error> {
    let given = store::legacy::runs::names_taken_back(tx, key)?;
    if given.iter().any(|given| fold(given) == name.key()) {
        return Ok(refusal::put_back(group.own, name.as_str()));
    }
    Ok(refusal::rename(group.own))
}

/// What a group is called in the middle of a change.
pub(super) struct Names<'g> {
    /// As it was before.
    pub(super) of: &'g Group,
    pub(super) own: &'g str,
    /// As the caller knows it, where that is another name.
    pub(super) old: Option<&'g str>,
}

/// Lets the caller's connection write to what another one, or a person, manages. What is made
/// for providers, and none has yet, is the first one's that comes.
///
/// Errors: `Forbidden`.
pub(super) fn take_over(tx: &WriteTx<'_>, key: GroupKey, group: &Group) -> Result<Option<Adopted>> {
    let waits = group.legacy.is_some() || group.old_name.is_some();
    if waits && group.managed_by.is_none() {
        store::groups::adopt(tx, key)?;
        return Ok(Some(Adopted { from: None }));
    }
    adopt(tx, group.managed_by, "Group", |tx| {
        store::groups::adopt(tx, key)
    })
}

/// Legacy groups are always there.
///
/// Errors: `Immutable`.
pub(super) fn check_delete(group: &Group) -> Result<(), Error> {
    match group.legacy {
        Some(_) => Err(refusal::delete(&group.name)),
        None => Ok(()),
    }
}
