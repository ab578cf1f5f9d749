//! What a migration comes to in a sentence, and what is still waited for.

use super::count;
use crate::domain::legacy::run::{Progress, Run, RunState, Verification, VerifiedGroup};
use crate::http::console::view::{Notice, Tone};
use crate::http::console::words::{t, tf, tn, tnf};

pub(super) fn verdict(run: &Run, found: &Verification) -> Notice {
    let waiting = waiting(found);
    match found.head.state {
        RunState::Undone => undone(run, found),
        _ if !found.unexplained.is_empty() => Notice::new(
            Tone::Bad,
            tn("legacy.unexplained", count(found.unexplained.len())),
            t("legacy.unexplained_text"),
        ),
        _ if !found.refusals.is_empty() => Notice::new(
            Tone::Warn,
            tn("legacy.refusals", count(found.refusals.len())),
            t("legacy.refusals_text"),
        ),
        RunState::Closed => closed(found),
        RunState::Converted if waiting > 0 => {
            let text = match count(found.changed_since.len()) {
                0 => t("legacy.waits_text").to_owned(),
                people => tn("legacy.waits_since", people),
            };
            Notice::new(Tone::Plain, tn("legacy.waits", waiting), text)
        }
        RunState::Converted => verified(run, found),
    }
}

/// That it is over, and which groups are still to be renamed where they come from.
fn closed(found: &Verification) -> Notice {
    let left = found.groups_left().filter(|one| {
        let mut connections = one.connections.iter();
        one.name.is_some() && connections.any(Progress::waits_for_name)
    });
    match count(left.count()) {
        0 => Notice::new(Tone::Ok, t("legacy.is_closed"), t("legacy.is_closed_text")),
        left => Notice::new(
            Tone::Warn,
            t("legacy.is_closed"),
            tn("legacy.closed_left", left),
        ),
    }
}

fn undone(run: &Run, found: &Verification) -> Notice {
    let back = if from_file(run) {
        t("legacy.is_unmade_text")
    } else {
        t("legacy.is_undone_text")
    };
    // What is left of it was deleted before.
    let text = match (count(found.groups_left().count()), found.head.groups_undone) {
        (0, _) => back.to_owned(),
        (deleted, 0) => tn("legacy.not_made_again", deleted),
        (deleted, _) => {
            let deleted = tn("legacy.not_made_again", deleted);
            let others = if from_file(run) {
                t("legacy.others_unmade")
            } else {
                t("legacy.others_undone")
            };
            tf("legacy.then_back", &[&others, &deleted])
        }
    };
    if found.kept.is_empty() {
        return Notice::new(Tone::Plain, t("legacy.is_undone"), text);
    }
    let text = tf("legacy.and_kept", &[&text]);
    Notice::new(Tone::Warn, t("legacy.is_undone"), text)
}

/// That nothing is to be waited for but what providers call the groups, if any pushes them.
fn verified(run: &Run, found: &Verification) -> Notice {
    let deleted = found.groups_left().filter(|one| one.name.is_none());
    let deleted = count(deleted.count());
    if deleted > 0 {
        let mut text = tn("legacy.were_deleted_text", deleted);
        if found.groups_left().any(|one| one.name.is_some()) {
            text = tf("legacy.were_deleted_others", &[&text]);
        }
        return Notice::new(Tone::Warn, tn("legacy.were_deleted", deleted), text);
    }
    let mut pushing = found.groups_left().flat_map(|one| &one.connections);
    let renames = pushing.any(Progress::waits_for_name);
    let (title, text) = match (found.groups_left().any(is_pushed), renames) {
        (false, _) if from_file(run) => ("legacy.verified_here", "legacy.verified_made_text"),
        (false, _) => ("legacy.verified_here", "legacy.verified_here_text"),
        (true, true) => ("legacy.verified", "legacy.verified_text"),
        (true, false) => ("legacy.verified", "legacy.verified_renamed"),
    };
    let (title, text) = match count(found.changed_since.len()) {
        0 => (t(title), t(text).to_owned()),
        people => {
            let then = match title {
                "legacy.verified_here" => "legacy.verified_here_then",
                _ => "legacy.verified_then",
            };
            (t(then), tnf("legacy.since_text", people, &[&t(text)]))
        }
    };
    Notice::new(Tone::Ok, title, text).icon("shield-check")
}

/// Groups that wait for a push.
pub(super) fn waiting(found: &Verification) -> u64 {
    let there = found.groups_left().filter(|one| one.name.is_some());
    count(there.filter(|one| !one.is_confirmed()).count())
}

pub(super) fn is_pushed(one: &VerifiedGroup) -> bool {
    one.connections.iter().any(|one| one.pushes)
}

/// Whether it made its groups from a file.
pub(super) fn from_file(run: &Run) -> bool {
    run.groups.iter().any(|group| group.made)
}
