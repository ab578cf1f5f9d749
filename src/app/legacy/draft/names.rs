//! The groups' new names.

use std::collections::HashMap;

use super::super::beside;
use super::{Ground, Work};
use crate::domain::error::Result;
use crate::domain::legacy::called::Called;
use crate::domain::legacy::name::{NameClass, classify};
use crate::domain::legacy::new_name::{of_role, of_template, unique};
use crate::domain::legacy::plan::{Choice, Conflict, ConflictKind, PlanOptions, TakenName};
use crate::domain::reserved::looks_reserved;
use crate::domain::text::{GroupName, fold, shown};
use crate::store;
use crate::store::legacy::candidates;
use crate::store::tx::ReadTx;

/// Gives each group that is not skipped a name: the one that was chosen for it, or one that is
/// free.
pub(super) fn choose(
    tx: &ReadTx<'_>,
    ground: &Ground,
    options: &PlanOptions,
    work: &mut [Work],
) -> Result<()> {
    let chosen = chosen(options, work);
    // What was chosen is not given to another group by the way.
    let mut used: HashMap<String, usize> = HashMap::new();
    for name in chosen.iter().flatten() {
        *used.entry(fold(name)).or_default() += 1;
    }
    let twice: Vec<String> = used
        .iter()
        .filter(|(_, count)| **count > 1)
        .map(|(key, _)| key.clone())
        .collect();
    for (one, chosen) in work.iter_mut().zip(chosen) {
        if one.planned.choice == Some(Choice::Skip) {
            continue;
        }
        let name = if let Some(name) = chosen {
            check(tx, ground, one, &name, twice.contains(&fold(&name)))?;
            name
        } else {
            let (name, taken) = free(tx, ground, options, one, &used)?;
            one.planned.name_taken = taken;
            *used.entry(fold(&name)).or_default() += 1;
            name
        };
        let parsed = GroupName::chosen(&name).and_then(|name| name.check_spaces().map(|()| name));
        match parsed {
            Ok(parsed) => one.new_name = Some(parsed),
            Err(error) => one.conflict(ConflictKind::NameInvalid, error.message().to_owned()),
        }
        one.planned.new_name = Some(name);
    }
    Ok(())
}

/// The names that somebody chose, in the groups' order.
fn chosen(options: &PlanOptions, work: &[Work]) -> Vec<Option<String>> {
    let called = Called::of(work.iter().map(|one| &one.planned));
    let mut of: HashMap<usize, &str> = HashMap::new();
    for decision in &options.decisions {
        if let (Some(place), Some(name)) = (called.place(&decision.group), &decision.new_name) {
            of.insert(place, name);
        }
    }
    let name = |(place, one): (usize, &Work)| {
        let is_skipped = one.planned.choice == Some(Choice::Skip);
        let name = of.get(&place).filter(|_| !is_skipped);
        name.map(|name| (*name).to_owned())
    };
    work.iter().enumerate().map(name).collect()
}

/// Whether the name is kept for legacy groups, or looks so.
fn is_reserved(ground: &Ground, name: &str) -> bool {
    looks_reserved(name, &ground.prefix) || classify(name, ground.account) != NameClass::NotLegacy
}

fn check(
    tx: &ReadTx<'_>,
    ground: &Ground,
    one: &mut Work,
    name: &str,
    is_twice: bool,
) -> Result<()> {
    let name = shown(name);
    if is_reserved(ground, &name) {
        one.conflict(
            ConflictKind::NameReserved,
            format!(
                "The new name \"{name}\" begins like, or looks like, a legacy name; choose \
                 another one."
            ),
        );
    }
    if is_twice {
        one.conflict(
            ConflictKind::NameTwice,
            format!("Several groups of the plan are to be \"{name}\"; give each its own name."),
        );
    }
    if let Some(found) = store::legacy::answering(tx, &fold(&name))? {
        let is = shown(&found.group.name);
        let message = if found.by_alias {
            format!(
                "The group \"{is}\" was called \"{name}\" and is still found by it; choose another \
                 name."
            )
        } else {
            let (told, away) = beside::told(tx, &ground.sources, &found)?;
            format!(
                "There is a user group \"{is}\" already, {told}; choose another name, or {away} \
                 first."
            )
        };
        one.planned.conflicts.push(Conflict {
            kind: ConflictKind::NameTaken,
            message,
            group: Some(found.group.id),
        });
    }
    Ok(())
}

/// A name that nobody has: of the role, or of what the old name says; and where another has that,
/// which got a number then, who.
fn free(
    tx: &ReadTx<'_>,
    ground: &Ground,
    options: &PlanOptions,
    one: &Work,
    used: &HashMap<String, usize>,
) -> Result<(String, Option<TakenName>)> {
    let role = one.role.as_ref().or(one.named_role);
    let single_spaced: Vec<&str> = one.text.split_whitespace().collect();
    let single_spaced = single_spaced.join(" ");
    let text = role.map_or(single_spaced.as_str(), |role| role.name.as_str());
    let mut name = match &options.template {
        Some(template) => of_template(template, text),
        None => of_role(text, role.and_then(|role| role.access)),
    };
    if is_reserved(ground, &name) {
        name = format!("Team {name}");
    }
    let mut failed = None;
    let wanted = name;
    let name = unique(&wanted, |name| {
        let known = candidates::named(tx, name);
        let taken = known.map(|known| known.is_some() || used.contains_key(&fold(name)));
        taken.unwrap_or_else(|error| {
            failed = Some(error);
            false
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let taken = if name == wanted {
        None
    } else {
        Some(taken_by(tx, wanted)?)
    };
    Ok((name, taken))
}

/// The group that has the name, or had it and is still found by it; else another one of the plan.
fn taken_by(tx: &ReadTx<'_>, name: String) -> Result<TakenName> {
    let found = store::legacy::answering(tx, &fold(&name))?.map(|found| found.group);
    Ok(TakenName {
        id: found.as_ref().map(|group| group.id),
        group: found.map(|group| group.name),
        name,
    })
}
