//! How a migration ends, as sentences for a person.

use super::report::people;
use super::text::{counted, wrap};
use crate::domain::legacy::run::{Closed, Kept, Progress, Undo, Unsent};

/// What stays although groups are undone, under a title.
pub(super) fn kept(title: &str, kept: &[Kept], lines: &mut Vec<String>) {
    if kept.is_empty() {
        return;
    }
    lines.push(title.to_owned());
    for one in kept {
        wrap(lines, 4, &one.message);
    }
}

pub(super) fn undo(undo: &Undo, will: bool) -> Vec<String> {
    let verb = if will { "would get back" } else { "got back" };
    let groups = counted(undo.groups.len(), "group", "groups");
    let mut lines = vec![format!("{groups} {verb} the old name:")];
    if undo.groups.is_empty() {
        lines = vec![format!("no group {verb} an old name")];
    }
    for group in &undo.groups {
        lines.push(format!("    \"{}\"", group.new_name));
        lines.push(format!("        -> {}", group.old_name));
    }
    // Before, when it is the one thing that would be done.
    if will && undo.only_ends() {
        lines = vec!["no group of it is left; the migration would end as undone".to_owned()];
    }
    kept("What stays as it is:", &undo.kept, &mut lines);
    if !undo.blockers.is_empty() {
        lines.push("What keeps groups from it:".to_owned());
        for one in &undo.blockers {
            wrap(&mut lines, 4, &one.message());
        }
    }
    people("Whose access changes by it:", &undo.people, &mut lines);
    lines
}

pub(super) fn closed(closed: &Closed, will: bool) -> Vec<String> {
    let names = counted(closed.names, "old name", "old names");
    let mut lines = vec![match (will, closed.names) {
        (true, _) => format!("{names} would end; after that there is no undo"),
        (false, 0) => "closed".to_owned(),
        (false, _) => format!("{names} ended; there is no undo any more"),
    }];
    if !closed.without_new_name.is_empty() {
        lines.push(if will {
            "The new name has not come; the old one would be refused from then on:".to_owned()
        } else {
            "The new name has not come; the old one is refused from now on:".to_owned()
        });
        for Unsent {
            group,
            name,
            waiting,
            ..
        } in &closed.without_new_name
        {
            let told = |one: &Progress| match one.seen_ms {
                Some(_) => format!("{} pushed under the old name", one.connection.name),
                None => format!("no push of {} yet", one.connection.name),
            };
            let told: Vec<String> = waiting.iter().map(told).collect();
            lines.push(format!("    {}", group.old_name));
            lines.push(format!("        -> \"{name}\""));
            wrap(&mut lines, 8, &told.join(", "));
        }
    }
    lines
}
