//! POST /Groups.

use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::client::GROUP_URN;
use crate::harness::fixtures::{group, members, sorted, with};

const NOBODY: &str = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";

#[test]
fn a_group_is_made_with_its_members() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 3);
    let created = scim.post("/Groups", &group("Analysts", &ids)).is(201);
    let body = created.json();
    assert_eq!(body["displayName"], "Analysts");
    assert_eq!(members(&body), sorted(&ids));
    let read = scim
        .get(&format!("/Groups/{}", body["id"].as_str().expect("an id")))
        .is(200);
    assert_eq!(read.json(), body);
    assert_eq!(read.etag(), created.etag());
}

#[test]
fn members_show_value_reference_and_type() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", std::slice::from_ref(&id));
    let at = format!("http://{}{}/Users/{id}", app.address(), scim.base());
    let wanted = json!([{ "value": id, "$ref": at, "type": "User" }]);
    assert_eq!(scim.read_group(&made)["members"], wanted);
}

#[test]
fn a_group_without_members_answers_an_empty_list() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let body = json!({ "schemas": [GROUP_URN], "displayName": "Analysts" });
    let created = scim.post("/Groups", &body).is(201).json();
    assert_eq!(created["members"], json!([]));
}

#[test]
fn member_shapes_that_providers_send_are_understood() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    let shapes = [
        json!([{ "value": ids[0], "display": "x" }, { "value": ids[1], "$ref": null }]),
        json!([{ "value": ids[0], "$ref": format!("Users/{}", ids[0]), "type": "User" }, { "value": ids[1] }]),
        json!([{ "value": ids[0] }, { "value": ids[1] }, { "value": ids[0] }]),
    ];
    for (i, shape) in shapes.into_iter().enumerate() {
        let body = with(
            group(&format!("Group {i}"), &[]),
            json!({ "members": shape }),
        );
        let created = scim.post("/Groups", &body).is(201).json();
        assert_eq!(members(&created), sorted(&ids), "{i}");
    }
}

#[test]
fn a_member_that_is_unknown_or_of_another_account_is_refused() {
    let app = TestApp::spawn();
    let theirs = app.other_account().new_user("ada@corp.example");
    let scim = app.scim();
    let known = scim.new_user("ada@corp.example");
    let a_group = scim.new_group("Others", &[]);
    for stranger in [NOBODY, &theirs, "ada@corp.example", "x", "", &a_group] {
        let body = group("Analysts", &[known.clone(), stranger.to_owned()]);
        scim.post("/Groups", &body).refused(400, "invalidValue");
    }
    assert_eq!(scim.get("/Groups").is(200).json()["totalResults"], 1);
}

#[test]
fn an_inactive_person_can_be_a_member() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.set_active(&id, false);
    let made = scim.new_group("Analysts", std::slice::from_ref(&id));
    assert_eq!(scim.members_of(&made), [id]);
}

#[test]
fn a_taken_name_is_a_conflict_and_changes_nothing() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", &[]);
    let detail = scim
        .post("/Groups", &group("ANALYSTS", &[id]))
        .refused(409, "uniqueness");
    assert!(detail.contains("ANALYSTS"), "{detail}");
    assert_eq!(scim.members_of(&made), Vec::<String>::new());
}

#[test]
fn the_same_name_in_two_accounts_is_two_groups() {
    let app = TestApp::spawn();
    assert_ne!(
        app.scim().new_group("A", &[]),
        app.other_account().new_group("A", &[])
    );
}

#[test]
fn what_breaks_a_rule_is_refused() {
    let app = TestApp::spawn();
    for wrong in [
        json!({ "displayName": null }),
        json!({ "displayName": 7 }),
        json!({ "displayName": "x".repeat(513) }),
        json!({ "members": "everybody" }),
        json!({ "members": [7] }),
        json!({ "members": [{ "display": "Ada" }] }),
        json!({ "members": [{ "value": 7 }] }),
        json!({ "externalId": "" }),
    ] {
        let body = with(group("Analysts", &[]), wrong.clone());
        let answer = app.scim().post("/Groups", &body);
        assert_eq!(
            (answer.status, &answer.json()["scimType"]),
            (400, &json!("invalidValue")),
            "{wrong}"
        );
    }
    assert_eq!(app.scim().get("/Groups").is(200).json()["totalResults"], 0);
}

#[test]
fn unknown_attributes_and_schemas_are_ignored() {
    let app = TestApp::spawn();
    let body = json!({
        "schemas": [GROUP_URN, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "displayName": "Analysts", "description": "x", "id": NOBODY, "meta": { "resourceType": "Group" },
    });
    let created = app.scim().post("/Groups", &body).is(201).json();
    assert_eq!(created["schemas"], json!([GROUP_URN]));
    assert_ne!(created["id"], NOBODY);
    assert_eq!(created.get("description"), None);
}
