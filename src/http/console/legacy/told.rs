//! What a plan comes to, in sentences and figures.

use super::{count, counted};
use crate::domain::actor::Permission;
use crate::domain::legacy::mapping::MappingStatus;
use crate::domain::legacy::plan::{GroupState, Part, Plan, PlannedGroup, Summary};
use crate::domain::legacy::run::{RunHead, RunState};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{list, number};
use crate::http::console::view::{Notice, Stat, Tone};
use crate::http::console::words::{t, tf, tn, tnf};

/// The comparison of everybody's access in figures.
fn figures(summary: &Summary) -> String {
    let supers = |n: i64| number(counted(n));
    tf(
        "legacy.compared",
        &[
            &number(count(summary.same)),
            &number(count(summary.gain)),
            &number(count(summary.lose)),
            &supers(summary.super_administrators_before),
            &supers(summary.super_administrators_after),
        ],
    )
}

/// What it came to when a plan was carried out, at `when`.
pub(super) fn proof_then(summary: &Summary, when: &str) -> Notice {
    let (gain, lose) = (summary.gain, summary.lose);
    let gained = || tn("legacy.gained_then", count(gain));
    let lost = || tn("legacy.lost_then", count(lose));
    let (tone, title) = match (gain, lose) {
        _ if summary.people == 0 => (Tone::Ok, tf("legacy.nobody_then", &[&when])),
        (0, 0) => {
            let title = tnf("legacy.kept_then", count(summary.people), &[&when]);
            (Tone::Ok, title)
        }
        (_, 0) => (Tone::Warn, tf("legacy.only_then", &[&when, &gained()])),
        (0, _) => (Tone::Warn, tf("legacy.only_then", &[&when, &lost()])),
        _ => {
            let title = tf("legacy.both_then", &[&when, &gained(), &lost()]);
            (Tone::Warn, title)
        }
    };
    let notice = Notice::new(tone, title, figures(summary));
    match tone {
        Tone::Ok => notice.icon("shield-check"),
        Tone::Plain | Tone::Accent | Tone::Warn | Tone::Bad => notice,
    }
}

/// What the comparison of everybody's access comes to: good news only of a plan that has no
/// conflict and waits for no decision. A group that waits for one is compared as it stays; one that
/// has a conflict as it was decided, and nothing is converted before that is settled.
pub(super) fn proof(plan: &Plan) -> Notice {
    let summary = &plan.summary;
    let figures = figures(summary);
    let open = [
        ("legacy.as_it_stays", GroupState::Undecided),
        ("legacy.not_settled", GroupState::Conflict),
    ]
    .map(|(key, state)| {
        let groups = plan.groups.iter().filter(|group| group.state == state);
        (key, count(groups.count()))
    });
    let open = open.iter().filter(|(_, groups)| *groups > 0);
    let mut told: Vec<String> = open.map(|(key, groups)| tn(key, *groups)).collect();
    let is_open = !told.is_empty();
    told.push(figures);
    let figures = told.join(" ");
    if is_open && summary.gain == 0 && summary.lose == 0 {
        let title = if ready(plan) == 0 {
            t("legacy.none_ready")
        } else {
            t("legacy.keep_ready")
        };
        return Notice::new(Tone::Plain, title, figures);
    }
    let same = summary.gain == 0 && summary.lose == 0;
    if same && ready(plan) == 0 && !plan.groups.is_empty() {
        return Notice::new(Tone::Plain, t("legacy.none_ready"), figures);
    }
    let good = |title: String| Notice::new(Tone::Ok, title, &figures).icon("shield-check");
    if summary.people == 0 {
        return good(t("legacy.nobody_in").to_owned());
    }
    if summary.gain == 0 && summary.lose == 0 {
        return good(tn("legacy.keep", count(summary.people)));
    }
    let gain = tn("legacy.gain", count(summary.gain));
    let lose = tn("legacy.lose", count(summary.lose));
    let title = match (summary.gain, summary.lose) {
        (_, 0) => tf("legacy.only", &[&gain]),
        (0, _) => tf("legacy.only", &[&lose]),
        _ => tf("legacy.both", &[&gain, &lose]),
    };
    Notice::new(Tone::Warn, title, figures)
}

/// How many of the groups are ready to be converted.
fn ready(plan: &Plan) -> usize {
    let is_ready = |group: &&PlannedGroup| match group.state {
        GroupState::SameAccess | GroupState::ChangesAccess => group.conflicts.is_empty(),
        GroupState::Undecided | GroupState::Conflict | GroupState::Skipped => false,
    };
    plan.groups.iter().filter(is_ready).count()
}

/// How many of the groups are ready, and how many are not.
pub(super) fn aside(plan: &Plan) -> String {
    let summary = &plan.summary;
    let parts = [
        ("legacy.ready", ready(plan)),
        ("legacy.need", summary.undecided),
        ("legacy.conflicts", summary.conflicts),
        ("legacy.skipped", summary.skip),
    ];
    let told = parts.iter().filter(|(_, n)| *n > 0);
    let told: Vec<String> = told.map(|(key, n)| tn(key, count(*n))).collect();
    told.join(", ")
}

pub(super) fn stats(summary: &Summary) -> Vec<Stat> {
    let notes = [
        "legacy.equal_note",
        "legacy.gained_note",
        "legacy.lost_note",
    ];
    stats_with(summary, notes.map(t))
}

/// Of a plan that was carried out.
pub(super) fn stats_then(summary: &Summary) -> Vec<Stat> {
    let notes = [
        "legacy.equal_then",
        "legacy.gained_note_then",
        "legacy.lost_note_then",
    ];
    stats_with(summary, notes.map(t))
}

fn stats_with(summary: &Summary, [equal, gained, lost]: [&str; 3]) -> Vec<Stat> {
    let stat = |label: &str, n: usize, note: &str| Stat::new(t(label), number(count(n)), note);
    vec![
        stat("legacy.people", summary.people, t("legacy.people_note")),
        stat("legacy.equal", summary.same, equal),
        stat("legacy.gained", summary.gain, gained),
        stat("legacy.lost", summary.lose, lost),
    ]
}

/// What the bar at the end says first.
pub(super) fn commit_title(plan: &Plan) -> String {
    let summary = &plan.summary;
    if summary.undecided > 0 {
        return tn("legacy.decide_first", count(summary.undecided));
    }
    if summary.conflicts > 0 {
        return tn("legacy.solve_first", count(summary.conflicts));
    }
    if plan.takes_part() == 0 {
        return t("legacy.nothing_to_convert").to_owned();
    }
    let taking = plan.groups.iter().filter(|group| group.takes_part());
    let members: i64 = taking.map(|group| group.members).sum();
    let groups = tn("legacy.groups", count(plan.takes_part()));
    let members = tn("legacy.memberships", counted(members));
    tf("legacy.in_one", &[&groups, &members])
}

/// And what it says then; `may`: whether the viewer may convert.
pub(super) fn commit_text(plan: &Plan, may: bool) -> &'static str {
    match (plan.is_ready(), plan.changed_people().next()) {
        (true, _) if !may => t("legacy.commit_others"),
        (true, None) => t("legacy.commit_text"),
        (true, Some(_)) => t("legacy.commit_people"),
        (false, _) => t("legacy.commit_waits"),
    }
}

/// In what two plans differ, by their fingerprints.
pub(super) fn differing(one: &str, other: &str) -> String {
    let noun = |part: &Part| match part {
        Part::Options => t("legacy.part_options"),
        Part::Mapping => t("legacy.part_mapping"),
        Part::Groups => t("legacy.part_groups"),
        Part::NewNames => t("legacy.part_names"),
        Part::Policies => t("legacy.part_policies"),
        Part::Connections => t("legacy.part_connections"),
        Part::People => t("legacy.part_people"),
    };
    let parts = Part::differing(one, other);
    let nouns: Vec<&str> = parts.iter().map(noun).collect();
    list(&nouns)
}

/// How many of the migrations can be undone.
pub(super) fn open_runs(runs: &[RunHead]) -> usize {
    let open = runs.iter().filter(|run| run.state == RunState::Converted);
    open.count()
}

/// Whether names grant, and the way to switch it; with what waits for that to be undone.
pub(super) fn mapping(
    (status, runs): (&MappingStatus, &[RunHead]),
    caller: &AccountCaller,
    chrome: &Chrome,
) -> Notice {
    let (title, word) = if status.mapping.on {
        ("legacy.mapping_on", "legacy.switch_off")
    } else {
        ("legacy.mapping_off", "legacy.switch_on")
    };
    let pushed = tn("legacy.pushed", counted(status.pushed));
    let converted = tn("legacy.converted_so_far", counted(status.converted));
    let mut text = tf("legacy.mapping_text", &[&pushed, &converted]);
    let open = count(open_runs(runs));
    if !status.mapping.on && open > 0 {
        text = format!("{text} {}", tn("legacy.off_undo", open));
    }
    let notice = Notice::new(Tone::Plain, t(title), text).icon("waypoints");
    if caller.allows(Permission::AccountWrite) {
        notice.action(t(word), chrome.path("/migrate/mapping"))
    } else {
        notice
    }
}
