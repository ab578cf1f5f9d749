//! Groups to be made from a file: of another account, or of this one before it was here.

use std::collections::{HashMap, HashSet};

use super::{Ground, Work, invalid};
use crate::domain::error::{Error, Result};
use crate::domain::id::MemberId;
use crate::domain::legacy::mapping::scim_id;
use crate::domain::legacy::name::{NameClass, classify};
use crate::domain::legacy::plan::{Class, ConflictKind, Import};
use crate::domain::text::{GroupName, UserName, fold, shown};
use crate::store::legacy::candidates;
use crate::store::members::MemberKey;
use crate::store::tx::ReadTx;

/// Most names that the groups of a file list, those that are listed several times included.
pub(in crate::app::legacy) const MEMBERSHIPS_MAX: usize = 250_000;

/// What the file says of somebody.
#[derive(Clone)]
enum Known {
    Member(MemberKey, MemberId),
    Nobody(UserName),
    /// Nobody can be called so, and why.
    No(String),
}

/// The file's groups with legacy names, and the names of the others.
///
/// Errors: `Invalid` (no group at all), `TooMany`.
pub(super) fn work(
    tx: &ReadTx<'_>,
    ground: &Ground,
    import: &Import,
) -> Result<(Vec<Work>, Vec<String>)> {
    let listed: usize = import.groups.iter().map(|group| group.members.len()).sum();
    if listed > MEMBERSHIPS_MAX {
        return Err(Error::too_many(format!(
            "An import takes at most {MEMBERSHIPS_MAX} memberships; split the file by groups, and \
             import one part after the other."
        )));
    }
    let (mut work, mut ignored): (Vec<Work>, Vec<String>) = (Vec::new(), Vec::new());
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut known: HashMap<String, Known> = HashMap::new();
    let mut scim_ids: HashSet<String> = HashSet::new();
    for group in &import.groups {
        let class = classify(&group.name, import.from_account);
        if class == NameClass::NotLegacy {
            ignored.push(group.name.clone());
            continue;
        }
        let place = if let Some(place) = places.get(&fold(&group.name)) {
            *place
        } else {
            let one = begin(tx, ground, import, &group.name, &class, &mut scim_ids)?;
            work.push(one);
            places.insert(fold(&group.name), work.len() - 1);
            work.len() - 1
        };
        let Some(one) = work.get_mut(place) else {
            continue;
        };
        if one.planned.old_name != group.name {
            differ_in_case(one, &group.name);
            continue;
        }
        for name in &group.members {
            add(tx, import, one, name, &mut known)?;
        }
    }
    if work.is_empty() {
        return Err(invalid(format!(
            "The file has no group with a legacy name of the account {}; give the account's id \
             that its names hold.",
            import.from_account
        )));
    }
    for one in &mut work {
        tidy(import, one);
    }
    Ok((work, ignored))
}

/// One of the two may grant a role and the other none, so nobody is taken for a member of both.
fn differ_in_case(one: &mut Work, name: &str) {
    let message = format!(
        "The names \"{}\" and \"{}\" of the file differ in letter case alone; correct one, or \
         take that group out of the file.",
        shown(&one.planned.old_name),
        shown(name)
    );
    one.conflict(ConflictKind::NameTwice, message);
}

fn begin(
    tx: &ReadTx<'_>,
    ground: &Ground,
    import: &Import,
    name: &str,
    class: &NameClass,
    scim_ids: &mut HashSet<String>,
) -> Result<Work> {
    let mut one = Work::named(name, class);
    if let Err(error) = GroupName::parse(name) {
        one.conflict(ConflictKind::NameInvalid, error.message().to_owned());
    }
    if candidates::named(tx, name)?.is_some() {
        let message = format!(
            "There is a group \"{}\" in this account; migrate that one, or take it out of the \
             file (`provost legacy off` takes away those that were never used).",
            shown(name)
        );
        one.conflict(ConflictKind::GroupExists, message);
    }
    // A provider that knew this account's groups goes on with the ids it knows.
    let valid = matches!(one.planned.class, Class::Exact | Class::Alias);
    if import.from_account == ground.account
        && valid
        && let Some(role) = one.named_role
    {
        let id = scim_id(role)?.to_string();
        if !candidates::has_scim_id(tx, &id)? && scim_ids.insert(id.clone()) {
            one.planned.scim_id = Some(id);
        }
    }
    Ok(one)
}

fn add(
    tx: &ReadTx<'_>,
    import: &Import,
    one: &mut Work,
    name: &str,
    known: &mut HashMap<String, Known>,
) -> Result<()> {
    let person = if let Some(person) = known.get(name) {
        person.clone()
    } else {
        let person = match (candidates::person(tx, name)?, UserName::parse(name)) {
            (Some((key, id)), _) => Known::Member(key, id),
            (None, Ok(name)) => Known::Nobody(name),
            (None, Err(error)) => Known::No(error.message().to_owned()),
        };
        known.insert(name.to_owned(), person.clone());
        person
    };
    match person {
        Known::Member(key, id) => one.people.push((key, id)),
        Known::Nobody(name) => one.missing.push(name),
        // Left out like everybody who is not there, unless they are to be made.
        Known::No(_) if !import.create_missing => one.planned.missing.push(name.to_owned()),
        Known::No(why) => {
            let message = format!(
                "\"{}\" in the group \"{}\" can be nobody's userName: {why}",
                shown(name),
                shown(&one.planned.old_name)
            );
            one.conflict(ConflictKind::UserNameInvalid, message);
        }
    }
    Ok(())
}

/// Everybody once, and who is not there left out unless they are to be made.
fn tidy(import: &Import, one: &mut Work) {
    one.people.sort_by_key(|(key, _)| key.number());
    one.people.dedup();
    one.missing.sort_by(|one, other| one.key().cmp(other.key()));
    one.missing.dedup_by(|one, other| one.key() == other.key());
    let names = one.missing.iter().map(|name| name.as_str().to_owned());
    one.planned.missing.extend(names);
    if !import.create_missing {
        one.missing.clear();
    }
    let members = one.people.len().saturating_add(one.missing.len());
    one.planned.members = i64::try_from(members).unwrap_or(i64::MAX);
}
