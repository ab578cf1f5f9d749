//! /Bulk (RFC 7644 3.7): what one operation does, and what they do to each other.

mod hostile;
mod limits;
mod references;
mod turns;

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{ENTERPRISE_URN, PATCH_URN, text};
use crate::harness::fixtures::{group, sorted, user, values, with};

/// An operation that makes a person of this userName and bulkId.
fn person(name: &str) -> Value {
    let data = user(&format!("{name}@corp.example"));
    json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": data })
}

/// The same with a manager who is made along.
fn report(name: &str, manager: &str) -> Value {
    let mut operation = person(name);
    operation["data"][ENTERPRISE_URN] =
        json!({ "manager": { "value": format!("bulkId:{manager}") } });
    operation
}

/// An operation that makes a group of people who are made along.
fn team(name: &str, members: &[&str]) -> Value {
    let members: Vec<String> = members
        .iter()
        .map(|name| format!("bulkId:{name}"))
        .collect();
    json!({ "method": "POST", "path": "/Groups", "bulkId": name, "data": group(name, &members) })
}

fn patch(path: &str, operations: &Value) -> Value {
    let data = json!({ "schemas": [PATCH_URN], "Operations": operations });
    json!({ "method": "PATCH", "path": path, "data": data })
}

fn delete(path: &str) -> Value {
    json!({ "method": "DELETE", "path": path })
}

/// The id at the end of what an operation answers as its location.
#[track_caller]
fn id(result: &Value) -> String {
    let location = text(result, "location");
    location.rsplit('/').next().unwrap_or_default().to_owned()
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results
        .iter()
        .map(|result| result["status"].as_str().unwrap_or_default())
        .collect()
}

/// `scimType` of an operation's error.
fn scim_type(result: &Value) -> &str {
    result["response"]["scimType"].as_str().unwrap_or_default()
}

#[track_caller]
fn detail(result: &Value) -> String {
    text(&result["response"], "detail")
}

/// userNames of everybody in the account, sorted.
fn everybody(app: &TestApp) -> Vec<String> {
    let list = app.scim().get("/Users?count=200").is(200).json();
    let people = list["Resources"].as_array().expect("Resources");
    let names: Vec<String> = people.iter().map(|one| text(one, "userName")).collect();
    sorted(&names)
}

#[test]
fn each_method_does_what_its_request_does() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (ada, eve) = (
        scim.new_user("ada@corp.example"),
        scim.new_user("eve@corp.example"),
    );
    let (of, old) = (scim.new_group("Analysts", &[]), scim.new_group("Old", &[]));
    let replaced = with(user("ada@corp.example"), json!({ "title": "Lead" }));
    let members = json!([{ "op": "add", "path": "members",
        "value": values(std::slice::from_ref(&ada)) }]);
    let nick = json!([{ "op": "add", "path": "nickName", "value": "A" }]);
    let results = scim.in_bulk(&json!([
        person("bob"),
        { "method": "PUT", "path": format!("/Users/{ada}"), "data": replaced },
        patch(&format!("/Users/{ada}"), &nick),
        delete(&format!("/Users/{eve}")),
        team("New", &[]),
        { "method": "PUT", "path": format!("/Groups/{of}"), "data": group("Renamed", &[]) },
        patch(&format!("/Groups/{of}"), &members),
        delete(&format!("/Groups/{old}")),
    ]));
    assert_eq!(
        statuses(&results),
        ["201", "200", "200", "204", "201", "200", "200", "204"]
    );
    let methods: Vec<&Value> = results.iter().map(|result| &result["method"]).collect();
    assert_eq!(
        methods,
        [
            "POST", "PUT", "PATCH", "DELETE", "POST", "PUT", "PATCH", "DELETE"
        ]
    );
    assert_eq!(
        (&results[0]["bulkId"], &results[4]["bulkId"]),
        (&json!("bob"), &json!("New"))
    );
    assert!(results[1].get("bulkId").is_none());
    // The versions are the resources' own, in the order in which they came about.
    let read = scim.read_user(&ada);
    assert_eq!(
        (&read["title"], &read["nickName"]),
        (&json!("Lead"), &json!("A"))
    );
    let renamed = scim.read_group(&of);
    assert_eq!(renamed["displayName"], "Renamed");
    assert_eq!(renamed["meta"]["version"], results[6]["version"]);
    assert_ne!(results[5]["version"], results[6]["version"]);
    let bob = scim.read_user(&id(&results[0]));
    assert_eq!(bob["meta"]["version"], results[0]["version"]);
    assert_eq!(bob["meta"]["location"], results[0]["location"]);
    assert_eq!(
        results[3]["location"],
        text(&bob["meta"], "location").replace(&id(&results[0]), &eve)
    );
    scim.get(&format!("/Users/{eve}")).refused(404, "");
    scim.get(&format!("/Groups/{old}")).refused(404, "");
    assert_eq!(scim.members_of(&of), [ada]);
}

#[test]
fn an_operation_that_fails_leaves_nothing_and_the_others_are_done() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ada = scim.new_user("ada@corp.example");
    let before = scim.read_user(&ada);
    let nobody = "00000000000000000000000000000001";
    let two = json!([
        { "op": "add", "path": "title", "value": "x" },
        { "op": "add", "path": "shoeSize", "value": "x" },
    ]);
    let mut unnamed = person("unnamed");
    unnamed["data"] = json!({});
    let mut stranger = team("Strangers", &[]);
    stranger["data"]["members"] = json!([{ "value": ada }, { "value": nobody }]);
    let results = scim.in_bulk(&json!([
        person("ada"),
        patch(&format!("/Users/{ada}"), &two),
        unnamed,
        stranger,
        delete(&format!("/Users/{nobody}")),
        { "method": "PUT", "path": "/Groups/none", "data": group("x", &[]) },
        { "method": "POST", "path": "/Users", "bulkId": "text", "data": "text" },
        { "method": "GET", "path": format!("/Users/{ada}") },
        { "method": "PUT", "path": "/Devices/1", "data": {} },
        person("bob"),
    ]));
    assert_eq!(
        statuses(&results),
        [
            "409", "400", "400", "400", "404", "404", "400", "405", "404", "201"
        ]
    );
    let types: Vec<&str> = results.iter().map(scim_type).collect();
    let wanted = [
        "uniqueness",
        "invalidPath",
        "invalidValue",
        "invalidValue",
        "",
        "",
        "invalidSyntax",
        "",
        "",
        "",
    ];
    assert_eq!(types, wanted);
    // A POST that failed is nowhere; all others are where they were to be.
    let located: Vec<bool> = results
        .iter()
        .map(|one| one.get("location").is_some())
        .collect();
    assert_eq!(
        located,
        [
            false, true, false, false, true, true, false, true, false, true
        ]
    );
    assert_eq!(results[0]["bulkId"], "ada");
    assert_eq!(scim.read_user(&ada), before);
    assert_eq!(everybody(&app), ["ada@corp.example", "bob@corp.example"]);
    assert_eq!(scim.get("/Groups").is(200).json()["totalResults"], 0);
    assert_eq!(app.audited(), ["Create SCIM User", "Create SCIM User"]);
}

#[test]
fn every_operation_has_its_rows_under_the_request_of_the_bulk() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ada = scim.new_user("ada@corp.example");
    let path = format!("/Users/{ada}");
    let title = json!([{ "op": "add", "path": "title", "value": "x" }]);
    let answer = scim.bulk(
        &json!([
            person("bob"),
            patch(&path, &title),
            patch(&path, &title),
            person("ada"),
            { "method": "FROBNICATE", "path": "/\u{1b}[31m" },
            delete(&path),
        ]),
        json!({}),
    );
    let request = answer.request_id();
    let rows = app.log().split_off(1);
    assert!(rows.iter().all(|row| row.request.to_string() == request));
    let found: Vec<(&str, &str, u16, &str)> = rows
        .iter()
        .map(|row| {
            let (_, path) = row.uri.split_once("/scim/v2").expect("below the base");
            (row.method.as_str(), path, row.status, row.outcome.name())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("POST", "/Users", 201, "applied"),
            ("PATCH", path.as_str(), 200, "applied"),
            ("PATCH", path.as_str(), 200, "unchanged"),
            ("POST", "/Users", 409, "refused"),
            ("FROBNICATE", "/\u{fffd}[31m", 405, "refused"),
            ("DELETE", path.as_str(), 204, "applied"),
        ]
    );
    assert_eq!(rows[0].target_name, "bob@corp.example");
    assert_eq!(rows[3].target_name, "ada@corp.example");
    assert_eq!(
        (rows[5].target_id.as_str(), &rows[5].changes[..]),
        (&*ada, &["deleted".to_owned()][..])
    );
    let audit: Vec<Value> = app.audit().split_off(app.audit().len() - 3);
    let found: Vec<(String, String, &Value)> = audit
        .iter()
        .map(|row| {
            let raw = &row["raw"];
            (
                text(&row["action"], "description"),
                text(raw, "method"),
                &raw["status_code"],
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "Create SCIM User".to_owned(),
                "POST".to_owned(),
                &json!(201)
            ),
            (
                "Update SCIM User".to_owned(),
                "PATCH".to_owned(),
                &json!(200)
            ),
            (
                "Delete SCIM User".to_owned(),
                "DELETE".to_owned(),
                &json!(204)
            ),
        ]
    );
    assert!(
        audit
            .iter()
            .all(|row| row["raw"]["cf_ray_id"] == request.as_str())
    );
}

#[test]
fn the_version_must_be_the_current_one_when_it_is_given() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ada = scim.new_user("ada@corp.example");
    let path = format!("/Users/{ada}");
    let current = scim.get(&path).is(200).etag();
    let of = |version: &str, title: &str| {
        let change = json!([{ "op": "replace", "path": "title", "value": title }]);
        with(patch(&path, &change), json!({ "version": version }))
    };
    let results = scim.in_bulk(&json!([
        of("W/\"0\"", "a"),
        of(&current, "b"),
        of(&current, "c"),
        of("*", "d"),
        with(delete(&path), json!({ "version": "W/\"0\"" })),
        with(person("bob"), json!({ "version": "W/\"0\"" })),
        with(delete(&path), json!({ "version": 1 })),
    ]));
    assert_eq!(
        statuses(&results),
        ["412", "200", "412", "200", "412", "201", "400"]
    );
    assert_eq!(scim.read_user(&ada)["title"], "d");
}

#[test]
fn after_so_many_errors_the_rest_is_neither_done_nor_listed() {
    for (count, listed) in [(1, 2), (2, 4), (3, 5), (4, 5)] {
        let app = TestApp::spawn();
        let scim = app.scim();
        let bad = || delete("/Users/nobody");
        let operations = json!([person("a"), bad(), person("b"), bad(), bad()]);
        let answer = scim
            .bulk(&operations, json!({ "failOnErrors": count }))
            .is(200);
        let results = answer.json()["Operations"].as_array().map(Vec::len);
        assert_eq!(results, Some(listed), "{count}");
        assert_eq!(app.log().len(), listed, "{count}");
        let people: &[&str] = match count {
            1 => &["a@corp.example"],
            _ => &["a@corp.example", "b@corp.example"],
        };
        assert_eq!(everybody(&app), people);
    }
}

#[test]
fn errors_are_counted_over_the_whole_of_a_long_request() {
    let app = TestApp::spawn();
    let scim = app.scim();
    // Every tenth fails, and the 30th error is the 300th operation.
    let operations: Vec<Value> = (0..400)
        .map(|i| match i % 10 {
            9 => delete("/Users/nobody"),
            _ => person(&format!("p{i}")),
        })
        .collect();
    let answer = scim
        .bulk(&json!(operations), json!({ "failOnErrors": 30 }))
        .is(200);
    assert_eq!(
        answer.json()["Operations"].as_array().map(Vec::len),
        Some(300)
    );
    assert_eq!(app.log().len(), 300);
    assert_eq!(
        scim.get("/Users?count=0").is(200).json()["totalResults"],
        270
    );
}

#[test]
fn a_large_group_is_answered_with_the_status_of_its_own_request() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(201);
    let of = scim.new_group("Everybody", &ids[..199]);
    let add = |at: usize| {
        let add = json!([{ "op": "add", "path": "members", "value": values(&ids[at..=at]) }]);
        patch(&format!("/Groups/{of}"), &add)
    };
    let results = scim.in_bulk(&json!([add(199), add(200)]));
    assert_eq!(statuses(&results), ["200", "204"]);
    assert_eq!(
        scim.get(&format!("/Groups/{of}")).is(200).etag(),
        results[1]["version"]
    );
}

#[test]
fn the_rules_of_single_requests_hold() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut reserved = team("CF-x", &[]);
    reserved["bulkId"] = json!("r");
    let off = json!([{ "op": "replace", "value": { "active": "False" } }]);
    let results = scim.in_bulk(&json!([
        reserved,
        person("ada"),
        patch("/Users/bulkId:ada", &off),
    ]));
    assert_eq!(statuses(&results), ["400", "201", "200"]);
    assert_eq!(scim.read_user(&id(&results[1]))["active"], false);
}
