//! Legacy groups and their migration.

use serde_json::{Value, json};

use super::{Described, on_off, word, yes};
use crate::admin::reply::{DetectedView, LegacyReply};
use crate::domain::instant::print_ms;
use crate::domain::legacy::document;
use crate::domain::legacy::mapping::MappingStatus;
use crate::domain::legacy::plan::{AccessRole, AccessScope, Plan, PlannedGroup, PlannedPerson};
use crate::domain::legacy::run::{LegacyGroup, RunGroup, RunHead, RunState, VerifiedGroup};

/// The document that the `json` output prints.
pub(super) fn value(reply: &LegacyReply) -> Value {
    match reply {
        LegacyReply::Status(status) => document::mapping(status),
        LegacyReply::Group(group) => document::group(group),
        LegacyReply::Detected(view) => json!(view),
        LegacyReply::Plan(plan) => json!(plan),
        LegacyReply::People(people) => json!(people),
        LegacyReply::Head(head) => document::head(head),
        LegacyReply::Run(run) => document::run(run),
        LegacyReply::Verification(found) => document::verification(found),
        LegacyReply::Undo(undo) => document::undo(undo),
        LegacyReply::Closed(closed) => document::closed(closed),
        LegacyReply::Ready => json!({}),
    }
}

pub(super) fn describe(reply: &LegacyReply) -> Described {
    match reply {
        LegacyReply::Status(status) => mapping(status),
        LegacyReply::Group(found) => group(found),
        LegacyReply::Detected(view) => detected(view),
        LegacyReply::Plan(made) => plan(made),
        LegacyReply::Head(made) => head(made),
        LegacyReply::Run(made) => head(&made.head),
        LegacyReply::Verification(found) => head_of("legacy_verification", &found.head),
        LegacyReply::Undo(undo) => head_of("legacy_undo", &undo.head),
        LegacyReply::Closed(closed) => head_of("legacy_closed", &closed.head),
        // Neither is ever shown by itself.
        LegacyReply::Ready | LegacyReply::People(_) => Described {
            noun: "legacy_ready",
            fields: Vec::new(),
            columns: &[],
            widths: &[],
        },
    }
}

fn mapping(status: &MappingStatus) -> Described {
    let super_administrator = status.mapping.super_administrator;
    Described {
        noun: "legacy_mapping",
        fields: vec![
            ("mapping", on_off(status.mapping.on).to_owned()),
            (
                "super_administrator",
                if super_administrator {
                    "offered"
                } else {
                    "not offered"
                }
                .to_owned(),
            ),
            ("groups", status.groups.to_string()),
            ("pushed", status.pushed.to_string()),
            ("memberships", status.memberships.to_string()),
            ("converted", status.converted.to_string()),
        ],
        columns: &["mapping", "groups", "pushed", "memberships", "converted"],
        widths: &[],
    }
}

fn group(group: &LegacyGroup) -> Described {
    let pushed = group.last_push.as_ref();
    Described {
        noun: "legacy_group",
        fields: vec![
            ("name", group.name.clone()),
            ("class", word(&group.class)),
            ("role", group.role.clone().unwrap_or_default()),
            ("grants", yes(group.grants)),
            ("members", group.members.to_string()),
            (
                "connection",
                group
                    .connection
                    .as_ref()
                    .map(|source| source.name.clone())
                    .unwrap_or_default(),
            ),
            (
                "last_push",
                pushed.map(|push| print_ms(push.at_ms)).unwrap_or_default(),
            ),
            ("explanation", group.explanation.clone()),
            ("nearest", group.nearest.clone().unwrap_or_default()),
            ("suggestions", group.suggestions.join(", ")),
            ("created", print_ms(group.created_ms)),
            ("modified", print_ms(group.modified_ms)),
            ("id", group.id.to_string()),
            ("scim_id", group.scim_id.clone()),
        ],
        columns: &[
            "name",
            "class",
            "role",
            "grants",
            "members",
            "connection",
            "last_push",
        ],
        widths: &[],
    }
}

fn detected(view: &DetectedView) -> Described {
    Described {
        noun: "legacy_summary",
        fields: vec![
            ("mapping", word(&view.mapping)),
            ("groups", view.groups.to_string()),
            ("never_used", view.never_used.to_string()),
            ("people", view.people.to_string()),
        ],
        columns: &["mapping", "groups", "never_used", "people"],
        widths: &[],
    }
}

fn plan(plan: &Plan) -> Described {
    let summary = &plan.summary;
    Described {
        noun: "legacy_plan",
        fields: vec![
            ("id", plan.id.to_string()),
            ("account", plan.account_name.clone()),
            ("groups", summary.groups.to_string()),
            ("convert", summary.convert.to_string()),
            ("undecided", summary.undecided.to_string()),
            ("conflicts", summary.conflicts.to_string()),
            ("people", summary.people.to_string()),
            ("gain", summary.gain.to_string()),
            ("lose", summary.lose.to_string()),
        ],
        columns: &[
            "id",
            "groups",
            "convert",
            "undecided",
            "conflicts",
            "people",
            "gain",
            "lose",
        ],
        widths: &[],
    }
}

/// A group of a plan.
pub(in crate::cli) fn planned_group(group: &PlannedGroup, from_file: bool) -> Described {
    let policy = group.policy.as_ref();
    let conflicts: Vec<&str> = group
        .conflicts
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    Described {
        noun: "planned_group",
        fields: vec![
            ("group", group.old_name.clone()),
            ("class", word(&group.class)),
            ("role", group.role.clone().unwrap_or_default()),
            (
                "choice",
                group.choice.as_ref().map(word).unwrap_or_default(),
            ),
            ("new_name", group.new_name.clone().unwrap_or_default()),
            (
                "policy",
                policy.map(|policy| policy.role.clone()).unwrap_or_default(),
            ),
            ("members", group.members.to_string()),
            ("state", word(&group.state)),
            (
                "connection",
                group
                    .connection
                    .as_ref()
                    .map(|one| one.name.clone())
                    .unwrap_or_default(),
            ),
            ("explanation", group.explanation.clone()),
            ("nearest", group.nearest.clone().unwrap_or_default()),
            ("suggestions", group.suggestions.join(", ")),
            ("drops", group.drops.join(", ")),
            ("missing", group.missing.join(", ")),
            ("conflicts", conflicts.join(" ")),
            ("scim_id", group.scim_id.clone().unwrap_or_default()),
        ],
        // Whom nobody here knows is told of a file alone, for there are none otherwise.
        columns: if from_file {
            &[
                "group", "class", "new_name", "policy", "members", "state", "missing",
            ]
        } else {
            &["group", "class", "new_name", "policy", "members", "state"]
        },
        widths: &[],
    }
}

/// Somebody in a plan, with what they may do before and after it.
pub(in crate::cli) fn planned_person(plan: &Plan, person: &PlannedPerson) -> Described {
    Described {
        noun: "planned_person",
        fields: vec![
            ("member", person.user_name.clone()),
            ("state", person.state.name().to_owned()),
            ("before", roles(plan.access_at(person.before))),
            ("after", roles(plan.access_at(person.after))),
            ("gained", roles(&person.gained)),
            ("lost", roles(&person.lost)),
            ("id", person.id.to_string()),
        ],
        columns: &["member", "state", "before", "after", "gained", "lost"],
        widths: &[],
    }
}

/// Roles, and on what where it is not the whole account.
pub(in crate::cli) fn roles(roles: &[AccessRole]) -> String {
    let each = roles.iter().map(|role| match role.scope {
        AccessScope::WholeAccount if role.domains.is_empty() => role.role.clone(),
        AccessScope::WholeAccount => format!("{} (but {})", role.role, role.domains.join(", ")),
        AccessScope::Domains => format!("{} (on {})", role.role, role.domains.join(", ")),
    });
    each.collect::<Vec<String>>().join("; ")
}

fn head_fields(head: &RunHead) -> Vec<(&'static str, String)> {
    let time = |ms: Option<i64>| ms.map(print_ms).unwrap_or_default();
    vec![
        ("id", head.id.to_string()),
        ("state", head.state.name().to_owned()),
        ("converted", print_ms(head.converted_ms)),
        ("undone", time(head.undone_ms)),
        ("closed", time(head.closed_ms)),
        ("groups", head.groups.to_string()),
        ("groups_undone", head.groups_undone.to_string()),
        ("backup", head.backup.clone()),
    ]
}

fn head(head: &RunHead) -> Described {
    head_of("legacy_migration", head)
}

fn head_of(noun: &'static str, head: &RunHead) -> Described {
    Described {
        noun,
        fields: head_fields(head),
        columns: &["id", "state", "converted", "groups"],
        widths: &[],
    }
}

/// A group that a run converted.
pub(in crate::cli) fn run_group(group: &RunGroup) -> Described {
    Described {
        noun: "migrated_group",
        fields: vec![
            ("old_name", group.old_name.clone()),
            ("new_name", group.new_name.clone()),
            ("made", yes(group.made)),
            ("undone", yes(group.undone)),
            ("id", group.id.to_string()),
            ("scim_id", group.scim_id.clone()),
        ],
        columns: &["old_name", "new_name", "undone"],
        widths: &[],
    }
}

/// A group that a run converted, and how it fares.
pub(in crate::cli) fn verified_group(found: &VerifiedGroup, run: RunState) -> Described {
    // After the end of a run nobody is waited for.
    let open = run == RunState::Converted;
    let waiting: Vec<&str> = found
        .connections
        .iter()
        .filter(|one| open && one.pushes && !one.is_confirmed())
        .map(|one| one.connection.name.as_str())
        .collect();
    Described {
        noun: "verified_group",
        fields: vec![
            ("old_name", found.group.old_name.clone()),
            ("name", found.name.clone().unwrap_or_default()),
            ("members", found.members.to_string()),
            ("confirmed", yes(found.is_confirmed())),
            ("waits_for", waiting.join(", ")),
            ("undone", yes(found.group.undone)),
            ("id", found.group.id.to_string()),
            ("scim_id", found.group.scim_id.clone()),
        ],
        columns: &["old_name", "name", "members", "confirmed", "waits_for"],
        widths: &[],
    }
}
