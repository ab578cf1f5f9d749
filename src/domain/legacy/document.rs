//! Legacy groups and their migration as the doors show them: names of fields are stable, and
//! instants RFC 3339 texts.

use serde::Serialize;
use serde_json::{Value, json};

use super::mapping::{MappingStatus, SwitchedOff, SwitchedOn};
use super::plan::Plan;
use super::run::{
    Blocker, Closed, Inventory, Kept, LegacyGroup, PersonDifference, Progress, Run, RunGroup,
    RunHead, RunState, Undo, Unsent, Verification, VerifiedGroup,
};
use crate::domain::instant::print_ms;

fn all<T>(items: &[T], render: impl Fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(render).collect()
}

fn time(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, |ms| json!(print_ms(ms)))
}

pub fn mapping(status: &MappingStatus) -> Value {
    json!({
        "enabled": status.mapping.on,
        "super_administrator_offered": status.mapping.super_administrator,
        "groups": status.groups,
        "groups_pushed": status.pushed,
        "memberships": status.memberships,
        "groups_converted": status.converted,
    })
}

pub fn switched_on(on: &SwitchedOn) -> Value {
    let mut value = mapping(&on.status);
    value["made"] = json!(on.made);
    value["restored"] = json!(on.restored);
    value["names_taken"] = json!(all(&on.name_taken, |taken| {
        json!({ "role": taken.role, "group": taken.group })
    }));
    value
}

pub fn switched_off(off: &SwitchedOff) -> Value {
    let mut value = mapping(&off.status);
    value["ended"] = json!(off.ended);
    value["hidden"] = json!(off.hidden);
    value
}

pub fn inventory(found: &Inventory) -> Value {
    json!({
        "mapping": found.mapping,
        "groups": all(&found.groups, group),
        "never_used": found.never_used,
        "people": found.people,
    })
}

pub fn group(group: &LegacyGroup) -> Value {
    json!({
        "id": group.id,
        "scim_id": group.scim_id,
        "name": group.name,
        "class": group.class,
        "explanation": group.explanation,
        "nearest": group.nearest,
        "suggestions": group.suggestions,
        "role": group.role,
        "mapped": group.mapped,
        "grants": group.grants,
        "connection": group.connection,
        "members": group.members,
        "created_on": print_ms(group.created_ms),
        "modified_on": print_ms(group.modified_ms),
        "last_push": group.last_push.as_ref().map(|push| json!({
            "at": print_ms(push.at_ms),
            "connection": push.connection,
            "accepted": push.accepted,
        })),
    })
}

/// A run with its plan, which may be large.
#[derive(Serialize)]
pub struct Whole<'r> {
    #[serde(flatten)]
    run: Value,
    plan: &'r Plan,
}

impl<'r> Whole<'r> {
    pub fn of(run: &'r Run) -> Self {
        Self {
            run: self::run(run),
            plan: &run.plan,
        }
    }
}

pub fn run(run: &Run) -> Value {
    let mut value = head(&run.head);
    value["converted"] = json!(all(&run.groups, run_group));
    let skipped = run.plan.groups.iter().filter(|group| !group.takes_part());
    value["skipped"] = skipped
        .map(|group| json!({ "old_name": group.old_name, "explanation": group.explanation }))
        .collect();
    value["summary"] = json!(run.plan.summary);
    value
}

pub fn head(head: &RunHead) -> Value {
    json!({
        "id": head.id,
        "state": head.state.name(),
        "converted_on": print_ms(head.converted_ms),
        "undone_on": time(head.undone_ms),
        "closed_on": time(head.closed_ms),
        "backup": head.backup,
        "groups": head.groups,
        "groups_undone": head.groups_undone,
    })
}

fn run_group(group: &RunGroup) -> Value {
    json!({
        "id": group.id,
        "scim_id": group.scim_id,
        "old_name": group.old_name,
        "new_name": group.new_name,
        "made": group.made,
        "undone": group.undone,
    })
}

fn person(person: &PersonDifference) -> Value {
    json!({
        "id": person.id,
        "user_name": person.user_name,
        "gained": person.gained,
        "lost": person.lost,
    })
}

/// After the end of a run nobody is waited for.
fn progress(progress: &Progress, run: RunState) -> Value {
    json!({
        "connection": progress.connection,
        "pushes": progress.pushes,
        "confirmed": progress.is_confirmed(),
        "waits_for_name": run == RunState::Converted && progress.waits_for_name(),
        "old_name_sent_on": time(progress.seen_ms),
        "new_name_sent_on": time(progress.other_name_ms()),
    })
}

fn verified(group: &VerifiedGroup, run: RunState) -> Value {
    let mut value = run_group(&group.group);
    value["name"] = json!(group.name);
    value["other"] = json!(group.other.map(|id| id.to_string()));
    value["members"] = json!(group.members);
    value["confirmed"] = json!(group.is_confirmed());
    let connections = all(&group.connections, |one| progress(one, run));
    value["connections"] = json!(connections);
    value["connections_recorded"] = json!(group.recorded);
    value
}

pub fn verification(found: &Verification) -> Value {
    json!({
        "run": head(&found.head),
        "verified": found.is_verified(),
        "people": found.people,
        "as_planned": found.as_planned,
        "changed_since": all(&found.changed_since, person),
        "unexplained": all(&found.unexplained, person),
        "groups": all(&found.groups, |group| verified(group, found.head.state)),
        "kept": all(&found.kept, kept),
        "refusals": all(&found.refusals, |refused| json!({
            "at": print_ms(refused.at_ms),
            "connection": refused.connection,
            "group": refused.group,
            "detail": refused.detail,
        })),
    })
}

fn kept(kept: &Kept) -> Value {
    json!({
        "group": run_group(&kept.group),
        "of_run": kept.of_run,
        "other": kept.other.map(|id| id.to_string()),
        "message": kept.message,
    })
}

pub fn undo(undo: &Undo) -> Value {
    let blocker =
        |one: &Blocker| json!({ "group": run_group(&one.group), "message": one.message() });
    json!({
        "run": head(&undo.head),
        "groups": all(&undo.groups, run_group),
        "blockers": all(&undo.blockers, blocker),
        "kept": all(&undo.kept, kept),
        "people": all(&undo.people, person),
    })
}

pub fn closed(closed: &Closed) -> Value {
    let waiting = |one: &Unsent| {
        json!({
            "group": run_group(&one.group),
            "name": one.name,
            "other": one.other.map(|id| id.to_string()),
            "connections": all(&one.waiting, |one| json!(one.connection)),
        })
    };
    json!({
        "run": head(&closed.head),
        "names_ended": closed.names,
        "without_new_name": all(&closed.without_new_name, waiting),
    })
}
