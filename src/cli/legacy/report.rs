//! Plans and their results as sentences for a person, a few lines for each group.

use crate::cli::describe::legacy::roles;
use crate::domain::instant::print_ms;
use crate::domain::legacy::plan::{
    Choice, Class, GroupState, Plan, PlannedGroup, PlannedPerson, Summary,
};
use crate::domain::legacy::run::{
    Closed, PersonDifference, Progress, Run, RunState, Undo, Verification, VerifiedGroup,
};

/// People who are named; the others are counted.
const PEOPLE_TOLD_MAX: usize = 20;

/// A number, and the word for it.
pub(super) fn count(number: impl Into<i64>, one: &str, many: &str) -> String {
    let number = number.into();
    let word = if number == 1 { one } else { many };
    format!("{number} {word}")
}

fn counted(number: usize, one: &str, many: &str) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX), one, many)
}

/// What the plan does to people's access, in one sentence.
pub(super) fn effect(summary: &Summary) -> String {
    if summary.people == 0 {
        return "nobody is in these groups".to_owned();
    }
    if summary.gain == 0 && summary.lose == 0 {
        return format!(
            "{} in them, and everybody keeps exactly the access they have",
            counted(summary.people, "person", "people")
        );
    }
    format!(
        "{} in them: {} the same, {} gain access, {} lose access",
        counted(summary.people, "person", "people"),
        summary.same,
        summary.gain,
        summary.lose
    )
}

/// The plan as a person reads it.
pub(super) fn plan(plan: &Plan) -> Vec<String> {
    let summary = &plan.summary;
    let mut lines = vec![
        format!("Plan {} for {}", plan.id, plan.account_name),
        format!("  {}", parts(summary)),
        format!("  {}", effect(summary)),
    ];
    for group in &plan.groups {
        lines.push(String::new());
        lines.push(group.old_name.clone());
        lines.extend(about(group).into_iter().map(|line| format!("    {line}")));
    }
    if !plan.ignored.is_empty() {
        lines.push(String::new());
        lines.push(format!(
            "No legacy names, and left out: {}",
            plan.ignored.join(", ")
        ));
    }
    for merge in &plan.merges {
        lines.push(String::new());
        lines.push(format!("Several groups give {}:", merge.role));
        lines.extend(merge.groups.iter().map(|group| format!("    {group}")));
        lines.push(format!("    {}", merge.proposal));
    }
    let changed: Vec<&PlannedPerson> = plan.changed_people().collect();
    if !changed.is_empty() {
        lines.push(String::new());
        lines.push("Whose access changes:".to_owned());
        for person in changed.iter().take(PEOPLE_TOLD_MAX) {
            lines.push(format!("    {}", gains_and_losses(person)));
        }
        if changed.len() > PEOPLE_TOLD_MAX {
            let more = changed.len() - PEOPLE_TOLD_MAX;
            lines.push(format!("    and {more} more; -o csv --people lists all"));
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

fn about(group: &PlannedGroup) -> Vec<String> {
    let mut lines = Vec::new();
    match (group.choice, &group.new_name) {
        (Some(Choice::Convert), Some(name)) => {
            let policy = match &group.policy {
                Some(policy) if policy.kept => {
                    format!("; keeps its policy for {}", policy.role)
                }
                Some(policy) => format!("; gets a policy for {}", policy.role),
                None => String::new(),
            };
            lines.push(format!("becomes \"{name}\"{policy}"));
        }
        (Some(Choice::RenameOnly), Some(name)) => {
            lines.push(format!("is renamed to \"{name}\", and gives no role"));
        }
        (Some(Choice::Skip), _) => lines.push("stays as it is".to_owned()),
        (Some(Choice::Convert | Choice::RenameOnly) | None, _) => {
            lines.push("WAITS FOR A DECISION".to_owned());
        }
    }
    let pushed = match &group.connection {
        Some(source) => format!(", pushed by {}", source.name),
        None => String::new(),
    };
    lines.push(format!(
        "{}{pushed}",
        count(group.members, "member", "members")
    ));
    if group.class != Class::Exact || group.state == GroupState::Undecided {
        lines.push(group.explanation.clone());
    }
    if let Some(nearest) = &group.nearest {
        lines.push(format!("meant is perhaps: {nearest}"));
    }
    if !group.suggestions.is_empty() {
        lines.push(format!(
            "roles of a like name: {}",
            group.suggestions.join(", ")
        ));
    }
    if !group.drops.is_empty() {
        lines.push(format!("gives no more: {}", group.drops.join(", ")));
    }
    if !group.missing.is_empty() {
        lines.push(format!(
            "nobody here is called: {}",
            group.missing.join(", ")
        ));
    }
    for conflict in &group.conflicts {
        lines.push(format!("CONFLICT: {}", conflict.message));
    }
    lines
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

fn people(title: &str, people: &[PersonDifference], lines: &mut Vec<String>) {
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
        lines.push(format!("    {text}"));
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
        format!("  backup made before: {}", head.backup),
        format!("  {}", effect(&run.plan.summary)),
    ];
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
            lines.push(format!("    {}: {}", group.old_name, group.explanation));
        }
    }
    lines
}

pub(super) fn verification(found: &Verification) -> Vec<String> {
    let state = if found.is_verified() {
        "VERIFIED: access is as planned, and every provider has pushed since"
    } else {
        "NOT YET VERIFIED"
    };
    let mut lines = vec![
        format!("Migration {} ({})", found.head.id, found.head.state.name()),
        format!("  {state}"),
        format!(
            "  {} of {} have exactly what the plan says",
            found.as_planned,
            counted(found.people, "person", "people")
        ),
    ];
    people(
        "Something else, by what was changed since (memberships, policies):",
        &found.changed_since,
        &mut lines,
    );
    people(
        "Something else, and the groups are why:",
        &found.unexplained,
        &mut lines,
    );
    for group in &found.groups {
        lines.push(String::new());
        lines.extend(group_now(group));
    }
    if !found.refusals.is_empty() {
        lines.push(String::new());
        lines.push("Refused pushes since (provost log tail --outcome refused):".to_owned());
        for one in &found.refusals {
            let at = print_ms(one.at_ms);
            lines.push(format!(
                "    {at} {} {}: {}",
                one.connection, one.group, one.detail
            ));
        }
    }
    lines
}

fn group_now(group: &VerifiedGroup) -> Vec<String> {
    let now = match &group.name {
        Some(name) => format!(
            "now \"{name}\", {}",
            count(group.members, "member", "members")
        ),
        None => "was deleted since".to_owned(),
    };
    let undone = if group.group.undone { ", undone" } else { "" };
    let mut lines = vec![group.group.old_name.clone(), format!("    {now}{undone}")];
    let pushing = group.connections.iter().filter(|one| one.pushes);
    lines.extend(pushing.map(|one| format!("    {}", progress(one))));
    lines
}

fn progress(progress: &Progress) -> String {
    let name = &progress.connection.name;
    match (progress.renamed_ms, progress.seen_ms) {
        (Some(at), _) => format!("{name} sent a new name {}", print_ms(at)),
        (None, Some(at)) => format!("{name} pushed under the old name {}", print_ms(at)),
        (None, None) => format!("{name} has not pushed since the conversion"),
    }
}

pub(super) fn undo(undo: &Undo, will: bool) -> Vec<String> {
    let verb = match (will, undo.head.state) {
        (true, _) => "would get back",
        (false, RunState::Undone | RunState::Converted | RunState::Closed) => "got back",
    };
    let groups = counted(undo.groups.len(), "group", "groups");
    let mut lines = vec![format!("{groups} {verb} the old name:")];
    for group in &undo.groups {
        lines.push(format!("    \"{}\" -> {}", group.new_name, group.old_name));
    }
    for (title, all) in [("Stays as it is:", &undo.kept)] {
        if !all.is_empty() {
            lines.push(title.to_owned());
            lines.extend(all.iter().map(|one| format!("    {}", one.message)));
        }
    }
    if !undo.blockers.is_empty() {
        lines.push("Can't be undone, for something was changed since:".to_owned());
        lines.extend(
            undo.blockers
                .iter()
                .map(|one| format!("    {}", one.message)),
        );
    }
    people("Whose access changes by it:", &undo.people, &mut lines);
    lines
}

pub(super) fn closed(closed: &Closed, will: bool) -> Vec<String> {
    let verb = if will { "would end" } else { "ended" };
    let names = counted(closed.names, "old name", "old names");
    let mut lines = vec![format!("{names} {verb}; after that there is no undo")];
    if !closed.without_new_name.is_empty() {
        lines.push(
            "Still pushed under the old name, which would be refused from then on:".to_owned(),
        );
        for (group, sources) in &closed.without_new_name {
            let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
            lines.push(format!("    {} by {}", group.old_name, names.join(", ")));
        }
    }
    lines
}
