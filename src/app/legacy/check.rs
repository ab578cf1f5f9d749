//! Why a plan can't be carried out: each refusal names the cause, the groups or people, and what
//! to do.

use std::collections::HashSet;

use super::draft::is_super_administrator;
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, MigrationId};
use crate::domain::legacy::plan::{
    AccessRole, AccessScope, ConvertRequest, Part, Plan, PlannedPerson,
};
use crate::domain::reason::Reason;
use crate::domain::text::shown;

/// Names that a refusal tells; the others are counted.
const TOLD_MAX: usize = 10;

/// The first of `names`, and how many more there are.
pub(super) fn told<S: AsRef<str>>(names: &[S]) -> String {
    let mut text: Vec<String> = names
        .iter()
        .take(TOLD_MAX)
        .map(|name| name.as_ref().to_owned())
        .collect();
    if names.len() > TOLD_MAX {
        text.push(format!("and {} more", names.len() - TOLD_MAX));
    }
    text.join(", ")
}

/// A number, and the word for it.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{number} {word}")
}

/// What can be said against carrying out `plan`, as it is now, for whoever asks for it.
///
/// Errors: `Conflict`, `Invalid`, `Forbidden` (the last Super Administrator).
pub(super) fn request(plan: &Plan, asked: &ConvertRequest) -> Result<()> {
    same(plan, asked)?;
    decided(plan)?;
    if plan.takes_part() == 0 {
        return Err(Error::invalid(
            Reason::PlanUnready,
            "The plan has no group to convert, so there is nothing to do; nothing was changed.",
        ));
    }
    keeps_super_administrator(plan)?;
    confirmed(plan, asked)
}

fn same(plan: &Plan, asked: &ConvertRequest) -> Result<()> {
    if plan.fingerprint == asked.fingerprint {
        return Ok(());
    }
    let parts = Part::differing(&plan.fingerprint, &asked.fingerprint);
    let nouns: Vec<&str> = parts.iter().map(|part| part.noun()).collect();
    let changed: Vec<String> = plan.changed_people().map(change_of).collect();
    let people = if parts.contains(&Part::People) && !changed.is_empty() {
        format!(
            " ({} people's access would change now: {})",
            changed.len(),
            told(&changed)
        )
    } else {
        String::new()
    };
    Err(Error::conflict(
        Reason::PlanStale,
        format!(
            "Since the plan was made, this changed: {}{people}; make the plan again, look at it, \
             and convert that one, nothing was changed.",
            nouns.join(", ")
        ),
    ))
}

/// What the plan decides is refused now, and was not when it was made.
pub(super) fn no_longer_fits(error: &Error) -> Error {
    let why = error.message();
    let why = why.split_once("; ").map_or(why, |(why, _)| why);
    Error::conflict(
        Reason::PlanStale,
        format!(
            "Since the plan was made, this changed: {}; make the plan again, look at it, and \
             convert that one, nothing was changed.",
            why.trim_end_matches('.')
        ),
    )
}

fn decided(plan: &Plan) -> Result<()> {
    let undecided: Vec<String> = plan
        .groups
        .iter()
        .filter(|group| group.choice.is_none())
        .map(|group| format!("\"{}\"", shown(&group.old_name)))
        .collect();
    if !undecided.is_empty() {
        return Err(Error::conflict(
            Reason::PlanUnready,
            format!(
                "{} for a decision: {}; decide for each to convert it, to rename it \
                 only, or to skip it, and make the plan again.",
                counted(undecided.len(), "group waits", "groups wait"),
                told(&undecided)
            ),
        ));
    }
    let conflicts: Vec<&str> = plan
        .groups
        .iter()
        .flat_map(|group| &group.conflicts)
        .map(|conflict| conflict.message.trim_end_matches('.'))
        .collect();
    if conflicts.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        Reason::PlanUnready,
        format!(
            "{} the plan from being carried out: {}.",
            counted(conflicts.len(), "conflict keeps", "conflicts keep"),
            told(&conflicts)
        ),
    ))
}

fn keeps_super_administrator(plan: &Plan) -> Result<()> {
    let summary = &plan.summary;
    if summary.super_administrators_before == 0 || summary.super_administrators_after > 0 {
        return Ok(());
    }
    let loses = |person: &&PlannedPerson| {
        is_super_administrator(plan.access_at(person.before))
            && !is_super_administrator(plan.access_at(person.after))
    };
    let names: Vec<String> = plan
        .changed_people()
        .filter(loses)
        .map(|person| shown(&person.user_name))
        .collect();
    Err(Error::forbidden(
        Reason::LastSuperAdministrator,
        format!(
            "This would leave the account without a Super Administrator, since {} would lose the \
             role and nobody else has it; convert their group with the role, or grant the role to \
             another active member first.",
            told(&names)
        ),
    ))
}

fn confirmed(plan: &Plan, asked: &ConvertRequest) -> Result<()> {
    let confirmed: HashSet<MemberId> = asked.confirmed.iter().copied().collect();
    let open: Vec<String> = plan
        .changed_people()
        .filter(|person| !confirmed.contains(&person.id))
        .map(change_of)
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(
        Reason::AccessChanges,
        format!(
            "The access of {} would change and is not confirmed: {}; confirm each of them, or \
             decide otherwise of their groups, nothing was changed.",
            counted(open.len(), "person", "people"),
            told(&open)
        ),
    ))
}

/// Somebody, and what they gain and lose.
fn change_of(person: &PlannedPerson) -> String {
    let mut parts = Vec::new();
    for (verb, roles) in [("gains", &person.gained), ("loses", &person.lost)] {
        if !roles.is_empty() {
            let names: Vec<String> = roles.iter().map(role_text).collect();
            parts.push(format!("{verb} {}", names.join(" and ")));
        }
    }
    format!("{} ({})", shown(&person.user_name), parts.join(", "))
}

fn role_text(role: &AccessRole) -> String {
    let domains = role.domains.join(" and ");
    match (role.scope, role.domains.is_empty()) {
        (AccessScope::WholeAccount, true) => role.role.clone(),
        (AccessScope::WholeAccount, false) => format!("{} but on {domains}", role.role),
        (AccessScope::Domains, _) => format!("{} on {domains}", role.role),
    }
}

/// The id is that of another plan that was carried out.
pub(super) fn another_plan(id: MigrationId) -> Error {
    Error::conflict(
        Reason::PlanStale,
        format!(
            "The plan {id} was carried out already, and not as this one; make a plan of its own, \
             nothing was changed."
        ),
    )
}

/// The comparison after the change found something else than the plan.
pub(super) fn not_as_planned(names: &[&str]) -> Error {
    Error::conflict(
        Reason::AccessChanges,
        format!(
            "After the change {} people had another access than the plan says: {}; everything was \
             undone, make the plan again.",
            names.len(),
            told(names)
        ),
    )
}
