//! What operations of a bulk refer to by `bulkId`.

use provost::domain::connection::{AttributeUpdates, SettingsChange};
use serde_json::{Value, json};

use super::{delete, detail, everybody, id, patch, person, report, scim_type, statuses, team};
use crate::harness::app::TestApp;
use crate::harness::client::ENTERPRISE_URN;
use crate::harness::fixtures::{sorted, user, with};

fn manager(user: &Value) -> &Value {
    &user[ENTERPRISE_URN]["manager"]["value"]
}

#[test]
fn a_group_has_the_members_that_are_made_along() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (round, group_at) in [(0, 2), (1, 0), (2, 1)] {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        let mut operations = vec![person(&a), person(&b)];
        operations.insert(group_at, team(&format!("t{round}"), &[&a, &b]));
        let results = scim.in_bulk(&json!(operations));
        assert_eq!(statuses(&results), ["201"; 3]);
        let ids: Vec<String> = results.iter().map(id).collect();
        let people: Vec<String> = (0..3)
            .filter(|at| *at != group_at)
            .map(|at| ids[at].clone())
            .collect();
        assert_eq!(scim.members_of(&ids[group_at]), sorted(&people));
    }
}

#[test]
fn what_needs_a_later_operation_waits_and_the_others_keep_their_order() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let old = scim.new_user("ada@corp.example");
    // The new one can be made only after the old one is gone, though the team needs it first.
    let results = scim.in_bulk(&json!([
        team("t", &["ada"]),
        delete(&format!("/Users/{old}")),
        person("ada"),
    ]));
    assert_eq!(statuses(&results), ["201", "204", "201"]);
    assert_eq!(results[0]["bulkId"], "t");
    assert_eq!(scim.members_of(&id(&results[0])), [id(&results[2])]);
}

#[test]
fn what_follows_one_that_waits_on_the_same_resource_waits_too() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (old, of) = (
        scim.new_user("old@corp.example"),
        scim.new_group("Team", &[]),
    );
    let path = format!("/Groups/{of}");
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": "bulkId:u" }] }]);
    let empty = json!([{ "op": "replace", "path": "members", "value": [] }]);
    let results = scim.in_bulk(&json!([
        patch(&path, &add),
        patch(&path, &empty),
        person("u")
    ]));
    assert_eq!(statuses(&results), ["200", "200", "201"]);
    assert_eq!(scim.members_of(&of), Vec::<String>::new());
    let mut put = report("old", "n");
    put["method"] = json!("PUT");
    put["path"] = json!(format!("/Users/{old}"));
    let results = scim.in_bulk(&json!([put, delete(&format!("/Users/{old}")), person("n")]));
    assert_eq!(statuses(&results), ["200", "204", "201"]);
    // The one before may fail: that is no reason for the next.
    let title = json!([{ "op": "add", "path": "title", "value": "x" }]);
    let path = format!("/Users/{}", id(&results[2]));
    let results = scim.in_bulk(&json!([
        patch(
            &path,
            &json!([{ "op": "add", "path": "none", "value": "x" }])
        ),
        patch(&path, &title),
    ]));
    assert_eq!(statuses(&results), ["400", "200"]);
}

#[test]
fn a_circle_is_done_where_its_last_operation_was_sent() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let old = scim.new_user("b@corp.example");
    let circle = || [report("a", "b"), report("b", "a")];
    let mut taken = person("x");
    taken["data"] = user("b@corp.example");
    let [first, last] = circle();
    let operations = json!([first, taken, last]);
    let answer = scim.bulk(&operations, json!({ "failOnErrors": 1 })).is(200);
    let results = answer.json()["Operations"].as_array().cloned();
    let results = results.expect("Operations");
    assert_eq!(statuses(&results), ["409"]);
    assert_eq!(results[0]["bulkId"], "x");
    assert_eq!(everybody(&app), ["b@corp.example"]);
    let renamed = json!([{ "op": "replace", "path": "userName", "value": "c@corp.example" }]);
    let [first, last] = circle();
    let path = format!("/Users/{old}");
    let results = scim.in_bulk(&json!([first, patch(&path, &renamed), last]));
    assert_eq!(statuses(&results), ["201", "200", "201"]);
}

#[test]
fn managers_are_made_along_in_any_order() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let results = scim.in_bulk(&json!([
        report("a", "b"),
        report("b", "c"),
        person("c"),
        report("d", "a"),
    ]));
    assert_eq!(statuses(&results), ["201"; 4]);
    for (of, is) in [(0, 1), (1, 2), (3, 0)] {
        let read = scim.read_user(&id(&results[of]));
        assert_eq!(*manager(&read), json!(id(&results[is])));
    }
}

#[test]
fn people_who_manage_each_other_are_made_together() {
    let app = TestApp::spawn();
    let scim = app.scim();
    // The setting that later updates are ignored is about later ones.
    let settings = SettingsChange {
        attribute_updates: Some(AttributeUpdates::Ignore),
        ..SettingsChange::default()
    };
    app.set_connection("Generic", settings);
    let answer = scim.bulk(
        &json!([
            report("a", "b"),
            person("x"),
            report("b", "c"),
            report("c", "a"),
            report("self", "self"),
        ]),
        json!({}),
    );
    let request = answer.request_id();
    let results = answer.is(200).json()["Operations"]
        .as_array()
        .expect("a list")
        .clone();
    assert_eq!(statuses(&results), ["201"; 5]);
    for (of, is) in [(0, 2), (2, 3), (3, 0), (4, 4)] {
        let read = scim.read_user(&id(&results[of]));
        assert_eq!(*manager(&read), json!(id(&results[is])));
        assert_eq!(read["meta"]["version"], results[of]["version"]);
    }
    // Each is made by its own operation all the same.
    assert_eq!(app.audited(), ["Create SCIM User"; 5]);
    let rows = app.log();
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| row.request.to_string() == request
        && row.status == 201
        && row.outcome.name() == "applied"));
    let names: Vec<&str> = rows.iter().map(|row| &row.target_name[..1]).collect();
    assert_eq!(names, ["x", "a", "b", "c", "s"]);
}

#[test]
fn a_circle_is_made_whole_or_not_at_all() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_user("b@corp.example");
    let results = scim.in_bulk(&json!([
        report("a", "b"),
        report("b", "a"),
        report("c", "a"),
        person("d"),
    ]));
    assert_eq!(statuses(&results), ["409", "409", "409", "201"]);
    let types: Vec<&str> = results[..3].iter().map(scim_type).collect();
    assert_eq!(types, ["", "uniqueness", ""]);
    assert!(
        detail(&results[0]).contains("\"b\""),
        "{}",
        detail(&results[0])
    );
    assert!(
        detail(&results[2]).contains("\"a\""),
        "{}",
        detail(&results[2])
    );
    assert_eq!(everybody(&app), ["b@corp.example", "d@corp.example"]);
    assert_eq!(app.audited(), ["Create SCIM User"; 2]);
    let refused: Vec<(String, u16)> = app
        .log()
        .into_iter()
        .filter(|row| row.outcome.name() == "refused")
        .map(|row| (row.target_name, row.status))
        .collect();
    let name = |name: &str| (format!("{name}@corp.example"), 409);
    assert_eq!(refused, [name("a"), name("b"), name("c")]);
}

#[test]
fn a_circle_needs_what_its_people_refer_to_beside() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_user("c@corp.example");
    let mut first = report("a", "b");
    first["data"][ENTERPRISE_URN]["manager"]["$ref"] = json!("../Users/bulkId:c");
    let results = scim.in_bulk(&json!([first, report("b", "a"), person("c")]));
    assert_eq!(statuses(&results), ["409"; 3]);
    assert!(
        detail(&results[0]).contains("\"c\""),
        "{}",
        detail(&results[0])
    );
    assert!(
        detail(&results[1]).contains("\"a\""),
        "{}",
        detail(&results[1])
    );
    assert_eq!(everybody(&app), ["c@corp.example"]);
}

#[test]
fn a_circle_may_hold_64_and_no_more() {
    let circle = |count: usize| {
        let person = |i: usize| report(&format!("p{i}"), &format!("p{}", (i + 1) % count));
        json!((0..count).map(person).collect::<Vec<Value>>())
    };
    let app = TestApp::spawn();
    let scim = app.scim();
    assert_eq!(statuses(&scim.in_bulk(&circle(65))), ["409"; 65]);
    assert_eq!(everybody(&app), Vec::<String>::new());
    assert_eq!(statuses(&scim.in_bulk(&circle(64))), ["201"; 64]);
}

#[test]
fn paths_and_patches_refer_too() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (old, of) = (
        scim.new_user("old@corp.example"),
        scim.new_group("Team", &[]),
    );
    let team_path = format!("/Groups/{of}");
    let add = json!([{ "op": "add", "path": "members",
        "value": [{ "value": "bulkId:a" }, { "value": "bulkId:b" }, { "value": "bulkId:c" }] }]);
    let by_filter = json!([{ "op": "remove", "path": "members[value eq \"bulkId:b\"]" }]);
    let managed = json!([{ "op": "add", "path": "manager", "value": "bulkId:a" }]);
    let whole = json!([{ "op": "add", "value": { "displayName": "New",
        "members": [{ "value": "bulkId:b" }] } }]);
    let put = with(user("c@corp.example"), json!({ "title": "bulkId:a" }));
    let results = scim.in_bulk(&json!([
        patch(&team_path, &add),
        person("a"),
        person("b"),
        person("c"),
        patch(&team_path, &by_filter),
        patch(&format!("/Users/{old}"), &managed),
        { "method": "PUT", "path": "/Users/bulkId:c", "data": put },
        team("New", &[]),
        patch("/Groups/bulkId:New", &whole),
        delete("/Users/bulkId:a"),
    ]));
    assert_eq!(
        statuses(&results),
        [
            "200", "201", "201", "201", "200", "200", "200", "201", "200", "204"
        ]
    );
    let (a, b, c) = (id(&results[1]), id(&results[2]), id(&results[3]));
    // The first had to wait for the people, and the removal was sent after it.
    let in_team = scim.members_of(&of);
    assert!(in_team.contains(&c) && !in_team.contains(&a), "{in_team:?}");
    assert_eq!(*manager(&scim.read_user(&old)), json!(a));
    assert_eq!(scim.read_user(&c)["title"], "bulkId:a");
    assert_eq!(id(&results[6]), c);
    assert_eq!(scim.members_of(&id(&results[7])), [b]);
    scim.get(&format!("/Users/{a}")).refused(404, "");
}

#[test]
fn a_reference_to_nothing_fails_with_its_operation() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let of = scim.new_group("Team", &[]);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": "bulkId:none" }] }]);
    let remove = json!([{ "op": "remove", "path": "members[value eq \"bulkId:none\"]" }]);
    let results = scim.in_bulk(&json!([
        team("t", &["none"]),
        report("a", "none"),
        patch(&format!("/Groups/{of}"), &add),
        patch(&format!("/Groups/{of}"), &remove),
        delete("/Users/bulkId:none"),
        team("u", &["t"]),
        delete("/Users/bulkId:u"),
        with(delete("/Users/x"), json!({ "bulkId": "mine" })),
        report("b", "mine"),
        person("c"),
    ]));
    assert_eq!(
        statuses(&results),
        [
            "400", "400", "400", "400", "400", "400", "400", "404", "400", "201"
        ]
    );
    for at in [0, 1, 2, 3, 4, 8] {
        assert_eq!(scim_type(&results[at]), "invalidValue");
        assert!(detail(&results[at]).contains("is given to no POST"));
    }
    assert!(
        detail(&results[5]).contains("makes a Group"),
        "{}",
        detail(&results[5])
    );
    assert_eq!(everybody(&app), ["c@corp.example"]);
    let reason = app.log()[1]
        .reason
        .map(provost::domain::reason::Reason::code);
    assert_eq!(reason, Some("bulk_reference"));
}

#[test]
fn what_needs_something_that_failed_fails_too() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_user("a@corp.example");
    let title = json!([{ "op": "add", "path": "title", "value": "x" }]);
    let mut broken = person("broken");
    broken["path"] = json!("/Devices");
    let results = scim.in_bulk(&json!([
        team("t", &["a", "b"]),
        person("a"),
        person("b"),
        patch("/Users/bulkId:a", &title),
        patch(
            "/Groups/bulkId:t",
            &json!([{ "op": "remove", "path": "members" }])
        ),
        broken,
        report("c", "broken"),
        person("twice"),
        person("twice"),
        report("d", "twice"),
    ]));
    assert_eq!(
        statuses(&results),
        [
            "409", "409", "201", "409", "409", "404", "409", "400", "400", "409"
        ]
    );
    for (at, named) in [
        (0, "\"a\""),
        (3, "\"a\""),
        (4, "\"t\""),
        (6, "\"broken\""),
        (9, "\"twice\""),
    ] {
        assert!(
            detail(&results[at]).contains(named),
            "{}",
            detail(&results[at])
        );
        assert_eq!(scim_type(&results[at]), "");
    }
    assert_eq!(everybody(&app), ["a@corp.example", "b@corp.example"]);
    assert_eq!(scim.get("/Groups").is(200).json()["totalResults"], 0);
}

#[test]
fn groups_hold_no_groups_so_the_circle_of_the_rfc_is_refused() {
    let app = TestApp::spawn();
    let results = app
        .scim()
        .in_bulk(&json!([team("A", &["B"]), team("B", &["A"])]));
    assert_eq!(statuses(&results), ["400", "400"]);
    assert_eq!(scim_type(&results[0]), "invalidValue");
}

#[test]
fn texts_that_look_like_references_stay_elsewhere() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut one = person("a");
    one["data"]["displayName"] = json!("bulkId:none");
    one["data"]["externalId"] = json!("bulkId:a");
    let results = scim.in_bulk(&json!([one]));
    let read = scim.read_user(&id(&results[0]));
    assert_eq!(
        (&read["displayName"], &read["externalId"]),
        (&json!("bulkId:none"), &json!("bulkId:a"))
    );
}

#[test]
fn a_legacy_group_that_is_taken_is_meant_by_its_bulk_id() {
    let app = TestApp::spawn();
    app.legacy_on(false);
    let scim = app.scim();
    let mut dns = team("dns", &["ada"]);
    let name = app.legacy_name("DNS");
    dns["data"]["displayName"] = json!(name);
    let eve = json!([{ "op": "add", "path": "members", "value": [{ "value": "bulkId:eve" }] }]);
    let results = scim.in_bulk(&json!([
        dns,
        person("ada"),
        person("eve"),
        patch("/Groups/bulkId:dns", &eve),
        delete("/Groups/bulkId:dns"),
    ]));
    assert_eq!(statuses(&results), ["201", "201", "201", "200", "400"]);
    let made = id(&results[0]);
    assert!(made.starts_with("cloudflare-v1-"), "{made}");
    assert_eq!(
        (id(&results[3]), id(&results[4])),
        (made.clone(), made.clone())
    );
    assert_eq!(scim_type(&results[4]), "mutability");
    assert_eq!(
        scim.members_of(&made),
        sorted(&[id(&results[1]), id(&results[2])])
    );
}
