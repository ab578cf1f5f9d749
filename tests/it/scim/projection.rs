//! `attributes` and `excludedAttributes` (RFC 7644 3.9) on every route that answers a
//! resource.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, ENTERPRISE_URN, USER_URN};
use crate::harness::fixtures::{group, user, values, with};

fn rich() -> Value {
    with(
        user("ada@corp.example"),
        json!({
            "displayName": "Ada", "title": "Analyst",
            "name": { "givenName": "Ada", "familyName": "King" },
            ENTERPRISE_URN: { "department": "Tours", "costCenter": "1" },
        }),
    )
}

fn names(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[track_caller]
fn shown(scim: &Client, id: &str, query: &str) -> Value {
    scim.get(&format!("/Users/{id}?{query}")).is(200).json()
}

#[test]
fn only_the_named_attributes_are_answered_and_id_and_schemas() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.made("/Users", &rich());
    let one = shown(&scim, &id, "attributes=userName");
    assert_eq!(names(&one), BTreeSet::from(["schemas", "id", "userName"]));
    let two = shown(&scim, &id, "attributes=USERNAME,%20displayname");
    assert_eq!(
        names(&two),
        BTreeSet::from(["schemas", "id", "userName", "displayName"])
    );
    let qualified = shown(&scim, &id, &format!("attributes={USER_URN}:title"));
    assert_eq!(
        names(&qualified),
        BTreeSet::from(["schemas", "id", "title"])
    );
    let unknown = shown(&scim, &id, "attributes=shoeSize");
    assert_eq!(names(&unknown), BTreeSet::from(["schemas", "id"]));
    for computed in ["meta", "roles", "active"] {
        let shown = shown(&scim, &id, &format!("attributes={computed}"));
        assert_eq!(names(&shown), BTreeSet::from(["schemas", "id", computed]));
    }
}

#[test]
fn sub_attributes_can_be_named() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.made("/Users", &rich());
    let one = shown(&scim, &id, "attributes=name.givenName,emails.value");
    assert_eq!(one["name"], json!({ "givenName": "Ada" }));
    assert_eq!(one["emails"], json!([{ "value": "ada@corp.example" }]));
    let two = shown(
        &scim,
        &id,
        &format!("attributes={ENTERPRISE_URN}:department"),
    );
    assert_eq!(two[ENTERPRISE_URN], json!({ "department": "Tours" }));
    assert_eq!(names(&two).len(), 3);
}

#[test]
fn excluded_attributes_are_left_out_but_never_id_and_schemas() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.made("/Users", &rich());
    let whole = scim.read_user(&id);
    let lean = shown(
        &scim,
        &id,
        "excludedAttributes=displayName,emails,id,schemas,meta",
    );
    let mut wanted = names(&whole);
    for name in ["displayName", "emails", "meta"] {
        wanted.remove(name);
    }
    assert_eq!(names(&lean), wanted);
    let partly = shown(&scim, &id, "excludedAttributes=name.givenName");
    assert_eq!(partly["name"], json!({ "familyName": "King" }));
}

#[test]
fn every_route_that_answers_a_person_heeds_it() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let wanted = BTreeSet::from(["schemas", "id", "title"]);
    let created = scim.post("/Users?attributes=title", &rich()).is(201).json();
    assert_eq!(names(&created), wanted);
    let id = created["id"].as_str().expect("an id").to_owned();
    let path = format!("/Users/{id}?attributes=title");
    assert_eq!(names(&scim.put(&path, &rich()).is(200).json()), wanted);
    let patch = json!([{ "op": "replace", "path": "title", "value": "Lead" }]);
    assert_eq!(names(&scim.patch(&path, &patch).is(200).json()), wanted);
    let list = scim.get("/Users?attributes=title").is(200).json();
    assert_eq!(names(&list["Resources"][0]), wanted);
}

#[test]
fn what_is_left_out_of_an_answer_is_written_all_the_same() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let wanted = BTreeSet::from(["schemas", "id"]);
    let lean = "attributes=id&excludedAttributes=meta";
    let made = scim.post(&format!("/Users?{lean}"), &rich()).is(201);
    assert_eq!(names(&made.json()), wanted);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let whole = scim.get(&format!("/Users/{id}")).is(200);
    assert_eq!(whole.json()["title"], "Analyst");
    assert_eq!(made.etag(), whole.etag());
    let location = made.header("location").map(str::to_owned);
    assert_eq!(
        location.as_deref(),
        whole.json()["meta"]["location"].as_str()
    );
    let title = json!([{ "op": "replace", "path": "title", "value": "Lead" }]);
    let patched = scim.patch(&format!("/Users/{id}?{lean}"), &title).is(200);
    assert_eq!(names(&patched.json()), wanted);
    let put = scim.put(
        &format!("/Users/{id}?excludedAttributes=title,emails"),
        &rich(),
    );
    let put = put.is(200).json();
    assert!(put.get("title").is_none() && put.get("emails").is_none());
    assert_eq!(put["displayName"], "Ada");
    assert_eq!(scim.read_user(&id)["title"], "Analyst");
}

#[test]
fn groups_show_what_is_asked_for_on_every_write() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let person = scim.new_user("ada@corp.example");
    let body = group("Analysts", std::slice::from_ref(&person));
    let wanted = BTreeSet::from(["schemas", "id", "displayName"]);
    let made = scim
        .post("/Groups?attributes=displayName", &body)
        .is(201)
        .json();
    assert_eq!(names(&made), wanted);
    let id = made["id"].as_str().expect("an id").to_owned();
    let path = format!("/Groups/{id}?attributes=displayName");
    assert_eq!(names(&scim.put(&path, &body).is(200).json()), wanted);
    let patch = json!([{ "op": "add", "path": "externalId", "value": "e" }]);
    assert_eq!(names(&scim.patch(&path, &patch).is(200).json()), wanted);
    let members = format!("/Groups/{id}?attributes=members.value");
    let shown = scim.patch(&members, &patch).is(200).json();
    assert_eq!(shown["members"], json!([{ "value": person }]));
    assert_eq!(names(&shown), BTreeSet::from(["schemas", "id", "members"]));
}

#[test]
fn a_patch_of_a_large_group_answers_what_leaves_its_members_out() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(201);
    let id = scim.new_group("Everybody", &ids);
    let patch = |query: &str, name: &str| {
        let change = json!([{ "op": "replace", "path": "externalId", "value": name }]);
        scim.patch(&format!("/Groups/{id}{query}"), &change)
    };
    patch("", "a").is(204);
    patch("?attributes=members", "b").is(204);
    patch("?excludedAttributes=members.type", "c").is(204);
    let lean = patch("?attributes=externalId", "d").is(200);
    assert_eq!(lean.json()["externalId"], "d");
    assert_eq!(
        names(&lean.json()),
        BTreeSet::from(["schemas", "id", "externalId"])
    );
    let without = patch("?excludedAttributes=members", "e").is(200);
    assert_eq!(without.json().get("members"), None);
    assert_eq!(without.json()["meta"]["version"], without.etag());
    let statuses: Vec<u16> = app
        .log()
        .iter()
        .rev()
        .take(5)
        .map(|row| row.status)
        .collect();
    assert_eq!(statuses, [200, 200, 204, 204, 204]);
}

#[test]
fn every_route_that_answers_a_group_heeds_it() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let person = scim.new_user("ada@corp.example");
    let body = group("Analysts", std::slice::from_ref(&person));
    let created = scim
        .post("/Groups?excludedAttributes=members", &body)
        .is(201)
        .json();
    assert_eq!(created.get("members"), None);
    let id = created["id"].as_str().expect("an id").to_owned();
    let path = format!("/Groups/{id}?excludedAttributes=MEMBERS");
    assert_eq!(scim.get(&path).is(200).json().get("members"), None);
    assert_eq!(scim.put(&path, &body).is(200).json().get("members"), None);
    let patch = json!([{ "op": "add", "path": "members", "value": values(&[person]) }]);
    assert_eq!(
        scim.patch(&path, &patch).is(200).json().get("members"),
        None
    );
    let list = scim
        .get("/Groups?excludedAttributes=members")
        .is(200)
        .json();
    assert_eq!(list["Resources"][0].get("members"), None);
    let named = scim
        .get(&format!("/Groups/{id}?attributes=displayName"))
        .is(200)
        .json();
    assert_eq!(
        names(&named),
        BTreeSet::from(["schemas", "id", "displayName"])
    );
    let lean = scim
        .get(&format!("/Groups/{id}?attributes=members.value"))
        .is(200)
        .json();
    assert_eq!(names(&lean["members"][0]), BTreeSet::from(["value"]));
}
