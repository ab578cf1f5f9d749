//! Decisions on a plan that the operator who works at the console has sent and not carried out:
//! they are theirs alone, so nobody's overwrite another's, and no row of the audit log, for they
//! change nothing.

use std::collections::BTreeMap;

use crate::domain::actor::Permission;
use crate::domain::error::{Kind, Result};
use crate::domain::id::GroupId;
use crate::domain::legacy::called::Called;
use crate::domain::legacy::plan::{Choice, Class, Decision, KeptDecisions, Plan, PlanOptions};
use crate::domain::text::same_folded;
use crate::store::legacy::decisions;
use crate::store::tx::{ReadTx, WriteTx};

/// The caller's own.
///
/// Errors: `Forbidden`.
pub fn get(tx: &ReadTx<'_>) -> Result<Option<KeptDecisions>> {
    tx.require(Permission::DirectoryRead)?;
    decisions::get(tx, tx.actor().own_operator()?.operator)
}

/// Keeps `options` for the caller, or forgets what was kept where they say nothing. When that was,
/// in milliseconds since 1970, UTC: pages tell by it what they were filled in with.
///
/// Errors: `Forbidden`, `TooMany`.
pub fn keep(
    tx: &WriteTx<'_>,
    options: &PlanOptions,
    names: &BTreeMap<String, String>,
) -> Result<i64> {
    tx.require(Permission::DirectoryRead)?;
    let operator = tx.actor().own_operator()?.operator;
    if options.is_empty() {
        decisions::remove(tx, operator)?;
    } else {
        decisions::set(tx, operator, options, names)?;
    }
    Ok(tx.now_ms())
}

/// Forgets everybody's: a plan was carried out, and they name groups that it changed.
pub(super) fn forget_all(tx: &WriteTx<'_>) -> Result<()> {
    decisions::remove_all(tx)
}

/// Goes on leaving out what the caller left out of a plan that was carried out; nothing for callers
/// of whom nothing is kept.
pub(super) fn keep_left_out(tx: &WriteTx<'_>, plan: &Plan) -> Result<()> {
    let left_out = |one: &&Decision| one.choice == Some(Choice::Skip);
    let decisions = plan.options.decisions.iter().filter(left_out);
    let options = PlanOptions {
        decisions: decisions.cloned().collect(),
        ..PlanOptions::default()
    };
    keep_of(tx, &options, plan)
}

/// Fills in again what was decided of the groups of a plan that were undone, and of those that were
/// left out of it. What the caller decided since counts more.
pub(super) fn keep_again(tx: &WriteTx<'_>, plan: &Plan, undone: &[GroupId]) -> Result<()> {
    let Ok(own) = tx.actor().own_operator() else {
        return Ok(());
    };
    let called = Called::of(&plan.groups);
    let place = |decision: &Decision| called.place(&decision.group);
    let kept = decisions::get(tx, own.operator)?;
    let mut options = kept.map(|kept| kept.options).unwrap_or_default();
    let since: Vec<Option<usize>> = options.decisions.iter().map(place).collect();
    for decision in &plan.options.decisions {
        let place = place(decision);
        let group = place.and_then(|place| plan.groups.get(place)?.id);
        let is_open = decision.choice == Some(Choice::Skip)
            || group.is_some_and(|group| undone.contains(&group));
        if is_open && !since.contains(&place) {
            options.decisions.push(decision.clone());
        }
    }
    let template = plan.options.template.as_ref();
    options.template = options.template.or(template.cloned());
    keep_of(tx, &options, plan)
}

fn keep_of(tx: &WriteTx<'_>, options: &PlanOptions, plan: &Plan) -> Result<()> {
    let Ok(own) = tx.actor().own_operator() else {
        return Ok(());
    };
    // A file's groups are none that a plan of the console shows.
    if options.is_empty() || plan.options.import.is_some() {
        return Ok(());
    }
    let options = as_filled_in(options, plan);
    match decisions::set(tx, own.operator, &options, &names(&options, plan, None)) {
        // They are a help, and no reason to carry nothing out.
        Err(error) if error.kind() == Kind::TooMany => Ok(()),
        done => done,
    }
}

/// The same decisions as the form of the plan makes them: it calls groups by their ids, and a role
/// is a conversion. A file of the command line and REST call groups by their names too, which the
/// form would not know, and lose.
fn as_filled_in(options: &PlanOptions, plan: &Plan) -> PlanOptions {
    let called = Called::of(&plan.groups);
    let decision = |one: &Decision| {
        let place = called.place(&one.group);
        let group = place.and_then(|place| plan.groups.get(place));
        let id = group.and_then(|group| group.id);
        let by_role = one.role.is_some() && one.choice == Some(Choice::Convert);
        // The role that its name says is no decision.
        let own = group.filter(|group| matches!(group.class, Class::Exact | Class::Alias));
        let own = own.and_then(|group| group.role.as_deref());
        let other = |role: &String| own.is_none_or(|own| !same_folded(own, role));
        Decision {
            group: id.map_or_else(|| one.group.clone(), |id| id.to_string()),
            choice: one.choice.filter(|_| !by_role),
            role: one.role.clone().filter(other),
            ..one.clone()
        }
    };
    let says =
        |one: &Decision| one.choice.is_some() || one.role.is_some() || one.new_name.is_some();
    PlanOptions {
        decisions: options
            .decisions
            .iter()
            .map(decision)
            .filter(says)
            .collect(),
        ..options.clone()
    }
}

/// What the groups are called that the options decide of; of those that are gone, what they were
/// called when that was kept.
pub fn names(
    options: &PlanOptions,
    plan: &Plan,
    kept: Option<&KeptDecisions>,
) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let called = Called::of(&plan.groups);
    for decision in &options.decisions {
        let place = called.place(&decision.group);
        let name = match place.and_then(|place| plan.groups.get(place)) {
            Some(group) => Some(&group.old_name),
            None => kept.and_then(|kept| kept.names.get(&decision.group)),
        };
        if let Some(name) = name {
            names.insert(decision.group.clone(), name.clone());
        }
    }
    names
}
