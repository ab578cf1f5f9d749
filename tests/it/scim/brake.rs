//! The brake on mass changes: what it lets pass, what it holds, and what becomes of that.

mod decisions;
mod privileged;

use provost::app;
use provost::domain::brake::{Brake, HeldChange, HeldSelection, HeldState};
use provost::domain::connection::{ProviderKind, SettingsChange};
use provost::domain::reason::Reason;
use serde_json::{Value, json};

use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{Answer, Client};
use crate::harness::fixtures::{user, with};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// Long enough for people to count.
const LONG: i64 = 24 * HOUR + 15 * MINUTE;

/// An account whose people, `p0@corp.example` and so on, have been members for long.
fn with_people(count: usize) -> (TestApp, Vec<String>) {
    let app = Setup::standing_clock().spawn();
    let ids = app.scim().new_users("p", count);
    app.pass(LONG);
    (app, ids)
}

fn set_brake(app: &TestApp, connection: &'static str, brake: Brake) {
    let change = SettingsChange {
        brake: Some(brake),
        ..SettingsChange::default()
    };
    app.set_connection(connection, change);
}

fn deactivate(scim: &Client, id: &str) -> Answer {
    let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
    scim.patch_user(id, &operations)
}

/// The whole of a refusal by the brake; gives its detail.
#[track_caller]
fn is_held(answer: Answer) -> String {
    assert_eq!(answer.header("retry-after"), Some("900"));
    answer.refused(429, "")
}

fn held(app: &TestApp) -> Vec<HeldChange> {
    let changes = app
        .read(|tx| app::brake::held_changes(tx, "Generic", app::brake::HeldAfter::default(), 1000));
    changes.0
}

fn names(changes: &[HeldChange]) -> Vec<&str> {
    changes
        .iter()
        .map(|change| change.target_name.as_str())
        .collect()
}

fn release(app: &TestApp, targets: &[&str]) -> i64 {
    let which = selection(targets);
    app.write(move |tx| app::brake::release(tx, "Generic", &which))
}

fn discard(app: &TestApp, targets: &[&str]) -> i64 {
    let which = selection(targets);
    app.write(move |tx| app::brake::discard(tx, "Generic", &which))
}

fn selection(targets: &[&str]) -> HeldSelection {
    HeldSelection {
        targets: targets.iter().map(|&target| target.to_owned()).collect(),
        ..HeldSelection::default()
    }
}

#[test]
fn ten_people_go_and_the_eleventh_is_held() {
    let (app, ids) = with_people(20);
    let scim = app.scim();
    for id in &ids[..10] {
        deactivate(&scim, id).is(200);
    }
    let before = scim.read_user(&ids[10]);
    let answer = deactivate(&scim, &ids[10]);
    let request = answer.request_id();
    let detail = is_held(answer);
    assert!(detail.contains("more than 10 members"), "{detail}");
    assert!(
        detail.contains("\"Generic\"") && detail.contains("connection held"),
        "{detail}"
    );
    assert_eq!(scim.read_user(&ids[10]), before, "nothing was changed");
    let logged = app.last_logged();
    assert_eq!(
        (logged.status, logged.reason.map(Reason::code)),
        (429, Some("brake"))
    );
    assert_eq!(logged.target_name, "p10@corp.example");
    app.pass(MINUTE);
    let again = deactivate(&scim, &ids[10]);
    let last = again.request_id();
    is_held(again);
    is_held(deactivate(&scim, &ids[11]));
    let changes = held(&app);
    assert_eq!(names(&changes), ["p10@corp.example", "p11@corp.example"]);
    let first = &changes[0];
    assert_eq!(
        (first.tries, first.people, first.target_kind),
        (2, 1, "User")
    );
    assert_eq!(first.target_id, ids[10]);
    assert_eq!(first.operation.name(), "deactivate_user");
    assert_eq!(first.meter.name(), "members");
    assert_eq!(first.last_ms - first.first_ms, MINUTE);
    assert_eq!(first.request.to_string(), last);
    assert_ne!(request, last);
    assert_eq!(first.state, HeldState::Held);
    let alarms = app.read(app::brake::alarms);
    assert_eq!(
        (alarms.len(), alarms[0].held, alarms[0].since_ms),
        (1, 2, first.first_ms)
    );
    assert_eq!(alarms[0].connection_name, "Generic");
    let raised = app.audited();
    let raised = raised.iter().filter(|what| *what == "Hold Changes");
    assert_eq!(raised.count(), 1, "the alarm is raised once");
}

#[test]
fn the_window_is_fifteen_minutes() {
    let (app, ids) = with_people(30);
    let scim = app.scim();
    for id in &ids[..5] {
        deactivate(&scim, id).is(200);
    }
    app.pass(5 * MINUTE);
    for id in &ids[5..10] {
        deactivate(&scim, id).is(200);
    }
    app.pass(10 * MINUTE - 10 * SECOND);
    is_held(deactivate(&scim, &ids[10]));
    app.pass(10 * SECOND);
    // The first five are out of the window; the second five are not.
    for id in &ids[10..15] {
        deactivate(&scim, id).is(200);
    }
    assert!(held(&app).is_empty(), "what was done is held no more");
    is_held(deactivate(&scim, &ids[15]));
    app.pass(900 * SECOND);
    deactivate(&scim, &ids[15]).is(200);
}

#[test]
fn of_a_hundred_members_twenty_go() {
    let (app, ids) = with_people(100);
    let scim = app.scim();
    for id in &ids[..20] {
        deactivate(&scim, id).is(200);
    }
    let detail = is_held(deactivate(&scim, &ids[20]));
    assert!(detail.contains("more than 20 members"), "{detail}");
}

#[test]
fn every_way_to_remove_somebody_is_counted_and_held() {
    let (app, ids) = with_people(20);
    let scim = app.scim();
    let inactive = |at: usize| {
        with(
            user(&format!("p{at}@corp.example")),
            json!({ "active": false }),
        )
    };
    let in_bulk = |method: &str, path: &str, data: Value| {
        let operation = json!([{ "method": method, "path": path, "data": data }]);
        scim.in_bulk(&operation).remove(0)
    };
    let active = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }],
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] });
    let path = |at: usize| format!("/Users/{}", ids[at]);
    scim.delete(&path(0)).is(204);
    scim.put(&path(1), &inactive(1)).is(200);
    deactivate(&scim, &ids[2]).is(200);
    assert_eq!(in_bulk("DELETE", &path(3), Value::Null)["status"], "204");
    assert_eq!(in_bulk("PUT", &path(4), inactive(4))["status"], "200");
    assert_eq!(in_bulk("PATCH", &path(5), active.clone())["status"], "200");
    for at in 6..10 {
        scim.delete(&path(at)).is(204);
    }
    is_held(scim.delete(&path(10)));
    is_held(scim.put(&path(11), &inactive(11)));
    is_held(deactivate(&scim, &ids[12]));
    for (at, method, data) in [
        (13, "DELETE", Value::Null),
        (14, "PUT", inactive(14)),
        (15, "PATCH", active),
    ] {
        let result = in_bulk(method, &path(at), data);
        assert_eq!(result["status"], "429", "{method}: {result}");
    }
    let changes = held(&app);
    assert_eq!(changes.len(), 6);
    let operations: Vec<&str> = changes.iter().map(|c| c.operation.name()).collect();
    let (off, gone) = ("deactivate_user", "delete_user");
    assert_eq!(operations, [gone, off, off, gone, off, off]);
    // Who is out already is no loss, and what takes nobody out is not held.
    scim.delete(&path(1)).is(204);
    scim.patch_user(
        &ids[10],
        &json!([{ "op": "add", "path": "title", "value": "x" }]),
    )
    .is(200);
    scim.new_user("new@corp.example");
}

#[test]
fn only_people_who_were_in_for_a_day_count() {
    let (app, ids) = with_people(12);
    let scim = app.scim();
    let new = scim.new_users("new", 15);
    app.pass(24 * HOUR + 15 * MINUTE - SECOND);
    for id in &new {
        deactivate(&scim, id).is(200);
    }
    for id in &ids[..10] {
        deactivate(&scim, id).is(200);
    }
    is_held(deactivate(&scim, &ids[10]));
    // Who comes back begins anew, and is not counted twice.
    scim.set_active(&ids[0], true);
    deactivate(&scim, &ids[0]).is(200);
    scim.set_active(&new[0], true);
    scim.delete(&format!("/Users/{}", new[0])).is(204);
}

#[test]
fn each_connection_has_a_brake_of_its_own() {
    let (app, ids) = with_people(40);
    let (scim, okta) = (app.scim(), app.provider(ProviderKind::Okta));
    set_brake(&app, "Generic", Brake::People(2));
    for id in &ids[..2] {
        deactivate(&scim, id).is(200);
    }
    is_held(deactivate(&scim, &ids[2]));
    for id in &ids[2..12] {
        deactivate(&okta, id).is(200);
    }
    assert!(held(&app).is_empty(), "another connection did it");
    is_held(deactivate(&okta, &ids[12]));
    set_brake(&app, "okta", Brake::Off);
    for id in &ids[12..30] {
        deactivate(&okta, id).is(200);
    }
    set_brake(&app, "Generic", Brake::Share(100));
    for id in &ids[30..] {
        deactivate(&scim, id).is(200);
    }
    set_brake(&app, "Generic", Brake::People(0));
    scim.set_active(&ids[39], true);
    app.pass(LONG);
    is_held(deactivate(&scim, &ids[39]));
    // The command line has none.
    let token = app.new_token("of the account", |_| {});
    deactivate(&app.client(&token), &ids[39]).is(200);
}

#[test]
fn monitoring_sees_what_is_held() {
    let (app, ids) = with_people(3);
    set_brake(&app, "Generic", Brake::People(1));
    let read = app.new_token("metrics", |new| {
        new.template = provost::domain::token::TokenTemplate::Read;
    });
    let figure = || {
        let bearer = format!("Bearer {read}");
        let headers = [("Authorization", bearer.as_str())];
        let text = app
            .scim()
            .send_plain("GET", "/metrics", &headers, None)
            .is(200)
            .text();
        let line = text
            .lines()
            .find(|line| line.starts_with("provost_changes_held "));
        line.expect("a gauge").to_owned()
    };
    assert_eq!(figure(), "provost_changes_held 0");
    for id in &ids {
        deactivate(&app.scim(), id);
    }
    assert_eq!(figure(), "provost_changes_held 2");
}
