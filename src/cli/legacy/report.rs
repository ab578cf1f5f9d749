//! Plans and their results as sentences for a person, a few lines for each group.

use super::ends;
use super::text::{count, counted, wrap, wrap_after};
use crate::cli::describe::legacy::roles;
use crate::domain::instant::print_ms;
use crate::domain::legacy::plan::{
    AccessRole, Choice, Class, GroupState, Plan, PlannedGroup, PlannedPerson, Summary,
};
use crate::domain::legacy::run::{
    LegacyGroup, PersonDifference, Progress, Run, RunState, Verification, VerifiedGroup,
};
use crate::domain::text::same_folded;

/// People who are named; the others are counted.
const PEOPLE_TOLD_MAX: usize = 20;

/// Groups that a question names.
const GROUPS_TOLD_MAX: usize = 20;

/// What the plan does to people's access, in one sentence.
fn effect(summary: &Summary) -> String {
    match summary.people {
        0 => return "nobody is in these groups".to_owned(),
        1 if summary.same == 1 => {
            return "1 person is in these groups, and keeps exactly the access they have"
                .to_owned();
        }
        people if people == summary.same => {
            return format!(
                "{people} people are in these groups, and keep exactly the access they have"
            );
        }
        _ => {}
    }
    let mut parts = Vec::new();
    for (number, one, many) in [
        (
            summary.same,
            "keeps the access they have",
            "keep the access they have",
        ),
        (summary.gain, "GAINS access", "GAIN access"),
        (summary.lose, "LOSES access", "LOSE access"),
    ] {
        if number > 0 {
            parts.push(counted(number, one, many));
        }
    }
    let people = counted(summary.people, "person", "people");
    format!("{people} in these groups: {}", parts.join(", "))
}

/// Groups with legacy names, as they are.
pub(super) fn groups(groups: &[LegacyGroup]) -> Vec<String> {
    let mut lines = Vec::new();
    for group in groups {
        lines.push(group.name.clone());
        let members = count(group.members, "member", "members");
        let grants = match (&group.role, group.grants) {
            (Some(role), true) => format!("gives {role} to {members}"),
            (_, false) => format!("gives nothing by its name to {members}"),
            (None, true) => format!("gives roles to {members}"),
        };
        let source = match &group.connection {
            Some(source) => format!(", pushed by {}", source.name),
            None => String::new(),
        };
        wrap(&mut lines, 4, &format!("{grants}{source}"));
        if group.class != Class::Exact {
            wrap(&mut lines, 4, &group.explanation);
        }
        if let Some(nearest) = &group.nearest {
            lines.push(format!("    meant is perhaps: {nearest}"));
        }
        if !group.suggestions.is_empty() {
            let text = format!("roles of a like name: {}", group.suggestions.join(", "));
            wrap(&mut lines, 4, &text);
        }
        if let Some(push) = &group.last_push {
            let verb = if push.accepted { "accepted" } else { "REFUSED" };
            lines.push(format!("    last push {} ({verb})", print_ms(push.at_ms)));
        }
    }
    lines
}

/// What carrying the plan out does, for the question.
pub(super) fn conversion(plan: &Plan) -> Vec<String> {
    let taking: Vec<&PlannedGroup> = plan.groups.iter().filter(|one| one.takes_part()).collect();
    let what = counted(
        taking.len(),
        "legacy group becomes a user group",
        "legacy groups become user groups",
    );
    let mut lines = Vec::new();
    wrap(
        &mut lines,
        0,
        &format!("account {}: {what}", plan.account_name),
    );
    for group in taking.iter().take(GROUPS_TOLD_MAX) {
        let new = group.new_name.as_deref().unwrap_or_default();
        lines.push(format!("  {}", group.old_name));
        lines.push(format!("      -> {}", renamed(new, group)));
    }
    if taking.len() > GROUPS_TOLD_MAX {
        let more = taking.len() - GROUPS_TOLD_MAX;
        lines.push(format!("  and {more} more, as in the plan"));
    }
    wrap(&mut lines, 0, &effect(&plan.summary));
    changes(plan, &mut lines);
    if plan
        .options
        .import
        .as_ref()
        .is_some_and(|import| import.create_missing)
    {
        let missing = counted(plan.summary.missing, "person is", "people are");
        lines.push(format!("{missing} made, inactive"));
    }
    wrap(
        &mut lines,
        0,
        "a backup is made first, and `provost legacy undo` leads back",
    );
    lines
}

fn renamed(new: &str, group: &PlannedGroup) -> String {
    match &group.policy {
        Some(policy) if !policy.kept => format!("\"{new}\", with a policy for {}", policy.role),
        Some(_) => format!("\"{new}\""),
        None => format!("\"{new}\", which gives no role"),
    }
}

/// The plan as a person reads it.
pub(super) fn plan(plan: &Plan) -> Vec<String> {
    let summary = &plan.summary;
    let mut lines = vec![format!("Plan {} for {}", plan.id, plan.account_name)];
    if plan.groups.is_empty() {
        lines.push("  No group with a legacy name is in use: nothing to migrate.".to_owned());
    } else {
        wrap(&mut lines, 2, &parts(summary));
        wrap(&mut lines, 2, &effect(summary));
    }
    let (before, after) = (
        summary.super_administrators_before,
        summary.super_administrators_after,
    );
    if before != after {
        let text = format!("Super Administrators in these groups: {before} before, {after} after");
        wrap(&mut lines, 2, &text);
    }
    for group in &plan.groups {
        lines.push(String::new());
        lines.push(group.old_name.clone());
        about(group, &mut lines);
    }
    if !plan.ignored.is_empty() {
        lines.push(String::new());
        let names = plan.ignored.join(", ");
        wrap(
            &mut lines,
            0,
            &format!("No legacy names, and left out: {names}"),
        );
    }
    for merge in &plan.merges {
        lines.push(String::new());
        lines.push(format!("Several groups give {}:", merge.role));
        lines.extend(merge.groups.iter().map(|group| format!("    {group}")));
        wrap(&mut lines, 4, &merge.proposal);
    }
    if plan.changed_people().next().is_some() {
        lines.push(String::new());
        lines.push("Whose access changes:".to_owned());
    }
    changes(plan, &mut lines);
    lines
}

/// Those whose access changes, and how.
fn changes(plan: &Plan, lines: &mut Vec<String>) {
    let changed: Vec<&PlannedPerson> = plan.changed_people().collect();
    for person in changed.iter().take(PEOPLE_TOLD_MAX) {
        wrap(lines, 4, &gains_and_losses(person));
    }
    if changed.len() > PEOPLE_TOLD_MAX {
        let more = changed.len() - PEOPLE_TOLD_MAX;
        lines.push(format!("    and {more} more; plan --people lists all"));
    }
}

/// Everybody in the plan's groups, with what they may do.
pub(super) fn people_of_plan(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    let told = |access: &[AccessRole]| match roles(access) {
        text if text.is_empty() => "nothing".to_owned(),
        text => text,
    };
    for person in &plan.people {
        lines.push(format!("{} ({})", person.user_name, person.state.name()));
        let before = told(plan.access_at(person.before));
        if person.changes() {
            wrap_after(&mut lines, "    before  ", 12, &before);
            let after = told(plan.access_at(person.after));
            wrap_after(&mut lines, "    after   ", 12, &after);
        } else {
            wrap_after(&mut lines, "    same    ", 12, &before);
        }
    }
    lines
}

fn parts(summary: &Summary) -> String {
    let mut parts = vec![format!("{} to convert", summary.convert)];
    for (number, what) in [
        (summary.rename_only, "to rename only"),
        (summary.skip, "left as they are"),
        (summary.undecided, "waiting for a decision"),
        (summary.conflicts, "with a conflict"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    format!(
        "{}: {}",
        counted(summary.groups, "group", "groups"),
        parts.join(", ")
    )
}

fn about(group: &PlannedGroup, lines: &mut Vec<String>) {
    let becomes = match (group.choice, &group.new_name) {
        (Some(Choice::Convert), Some(name)) => {
            let policy = match &group.policy {
                Some(policy) if policy.kept => {
                    format!(", keeps its policy for {}", policy.role)
                }
                Some(policy) => format!(", gets a policy for {}", policy.role),
                None => String::new(),
            };
            format!("becomes \"{name}\"{policy}")
        }
        (Some(Choice::RenameOnly), Some(name)) => format!("becomes \"{name}\", gives no role"),
        (Some(Choice::Skip), _) => "stays as it is".to_owned(),
        (Some(Choice::Convert | Choice::RenameOnly) | None, _) => "WAITS FOR A DECISION".to_owned(),
    };
    wrap(lines, 4, &becomes);
    if let Some(taken) = &group.name_taken {
        let by = match &taken.group {
            Some(name) if same_folded(name, &taken.name) => "a user group".to_owned(),
            Some(name) => format!("the user group \"{name}\", which was called so"),
            None => "another group of this plan".to_owned(),
        };
        let text = format!(
            "\"{}\" is taken by {by}, so it got a number; --map FILE gives it another name",
            taken.name
        );
        wrap(lines, 4, &text);
    }
    let pushed = match &group.connection {
        Some(source) => format!(", pushed by {}", source.name),
        None => String::new(),
    };
    let members = count(group.members, "member", "members");
    wrap(lines, 4, &format!("{members}{pushed}"));
    if group.class != Class::Exact || group.state == GroupState::Undecided {
        wrap(lines, 4, &group.explanation);
    }
    if let Some(nearest) = &group.nearest {
        lines.push(format!("    meant is perhaps: {nearest}"));
    }
    for (what, all) in [
        ("roles of a like name", &group.suggestions),
        ("gives no more", &group.drops),
        ("nobody here is called", &group.missing),
    ] {
        if !all.is_empty() {
            wrap(lines, 4, &format!("{what}: {}", first(all)));
        }
    }
    for conflict in &group.conflicts {
        wrap(lines, 4, &format!("CONFLICT: {}", conflict.message));
    }
}

/// The first of many, and how many more there are.
fn first(all: &[String]) -> String {
    let named = all.iter().take(PEOPLE_TOLD_MAX).map(String::as_str);
    let text = named.collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(PEOPLE_TOLD_MAX) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn gains_and_losses(person: &PlannedPerson) -> String {
    difference(
        &person.user_name,
        &roles(&person.gained),
        &roles(&person.lost),
    )
}

fn difference(name: &str, gained: &str, lost: &str) -> String {
    let mut parts = Vec::new();
    if !gained.is_empty() {
        parts.push(format!("gains {gained}"));
    }
    if !lost.is_empty() {
        parts.push(format!("loses {lost}"));
    }
    format!("{name} {}", parts.join(", "))
}

pub(super) fn people(title: &str, people: &[PersonDifference], lines: &mut Vec<String>) {
    if people.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(title.to_owned());
    for person in people.iter().take(PEOPLE_TOLD_MAX) {
        let text = difference(
            &person.user_name,
            &roles(&person.gained),
            &roles(&person.lost),
        );
        wrap(lines, 4, &text);
    }
    if people.len() > PEOPLE_TOLD_MAX {
        lines.push(format!("    and {} more", people.len() - PEOPLE_TOLD_MAX));
    }
}

/// What a migration did, and what it left.
pub(super) fn run(run: &Run) -> Vec<String> {
    let head = &run.head;
    let mut lines = vec![
        format!("Migration {} ({})", head.id, head.state.name()),
        format!("  converted {}", print_ms(head.converted_ms)),
    ];
    for (what, at) in [("undone", head.undone_ms), ("closed", head.closed_ms)] {
        lines.extend(at.map(|at| format!("  {what}    {}", print_ms(at))));
    }
    wrap(&mut lines, 2, &effect(&run.plan.summary));
    lines.push("  backup from before:".to_owned());
    lines.push(format!("    {}", head.backup));
    if !run.groups.is_empty() {
        lines.push(String::new());
        lines.push(counted(
            run.groups.len(),
            "group converted:",
            "groups converted:",
        ));
    }
    for group in &run.groups {
        let undone = if group.undone { " (undone)" } else { "" };
        lines.push(format!("    {}", group.old_name));
        lines.push(format!("        -> \"{}\"{undone}", group.new_name));
    }
    let skipped: Vec<&PlannedGroup> = run
        .plan
        .groups
        .iter()
        .filter(|group| !group.takes_part())
        .collect();
    if !skipped.is_empty() {
        lines.push(String::new());
        lines.push(counted(
            skipped.len(),
            "group left as it is:",
            "groups left as they are:",
        ));
        for group in skipped {
            lines.push(format!("    {}", group.old_name));
            wrap(&mut lines, 8, &group.explanation);
        }
    }
    lines
}

pub(super) fn verification(found: &Verification) -> Vec<String> {
    let state = match (found.is_verified(), found.groups_left().next()) {
        (true, None) => "UNDONE: no group of it is left to look at",
        (true, Some(_)) if found.head.state == RunState::Undone => {
            "UNDONE: no group of it is left to look at, and some were deleted before"
        }
        (true, Some(_)) if found.head.state == RunState::Closed => {
            "VERIFIED: access is as planned; the migration is closed, so no push is waited for"
        }
        (true, Some(_)) => "VERIFIED: access is as planned, and every provider has pushed since",
        (false, _) => "NOT YET VERIFIED",
    };
    let people = counted(found.people, "person has", "people have");
    let mut lines = vec![
        format!("Migration {} ({})", found.head.id, found.head.state.name()),
        format!("  {state}"),
        format!("  {} of {people} what the plan says", found.as_planned),
    ];
    self::people(
        "Something else, by what was changed since (memberships, policies):",
        &found.changed_since,
        &mut lines,
    );
    self::people(
        "Something else, and the groups are why:",
        &found.unexplained,
        &mut lines,
    );
    for group in &found.groups {
        lines.push(String::new());
        lines.extend(group_now(group, found.head.state));
    }
    ends::kept("Left to do, and what stays:", &found.kept, &mut lines);
    if !found.refusals.is_empty() {
        lines.push(String::new());
        lines.push("Refused since (provost log tail --outcome refused):".to_owned());
        for one in &found.refusals {
            lines.push(format!("    {} {}", print_ms(one.at_ms), one.connection));
            let id = one.group.as_str();
            let whom = format!("{} {id}", one.name);
            lines.push(format!("        {}", whom.trim()));
            wrap(&mut lines, 8, &one.detail);
        }
    }
    lines
}

fn group_now(group: &VerifiedGroup, run: RunState) -> Vec<String> {
    let now = match &group.name {
        Some(name) => format!(
            "now \"{name}\", {}",
            count(group.members, "member", "members")
        ),
        None => "was deleted since".to_owned(),
    };
    let mut lines = vec![group.group.old_name.clone()];
    if group.group.undone {
        lines.push("    was undone".to_owned());
        return lines;
    }
    lines.push(format!("    {now}"));
    let pushing = group.connections.iter().filter(|one| one.pushes);
    lines.extend(pushing.map(|one| format!("    {}", progress(one, run))));
    if !group.recorded {
        lines.push("    what providers had sent was not recorded at the close".to_owned());
    }
    lines
}

fn progress(progress: &Progress, run: RunState) -> String {
    let name = &progress.connection.name;
    if run == RunState::Closed && progress.waits_for_name() {
        return format!("{name} had not sent the new name at the close");
    }
    match (progress.other_name_ms(), progress.seen_ms) {
        (Some(at), _) if progress.renamed_ms.is_none() => {
            format!("{name} sent a new name {}, after the close", print_ms(at))
        }
        (Some(at), _) => format!("{name} sent a new name {}", print_ms(at)),
        (None, Some(at)) => format!("{name} pushed under the old name {}", print_ms(at)),
        (None, None) => format!("{name} has not pushed since the conversion"),
    }
}
