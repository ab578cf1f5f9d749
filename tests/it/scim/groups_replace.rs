//! PUT /Groups/{id}.

use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::client::GROUP_URN;
use crate::harness::fixtures::{group, members, sorted, with};

const NOBODY: &str = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";

#[test]
fn the_members_become_those_of_the_body() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 4);
    let id = scim.new_group("Analysts", &ids[..2]);
    let body = group("Analysts and Friends", &ids[1..]);
    let replaced = scim.put(&format!("/Groups/{id}"), &body).is(200).json();
    assert_eq!(members(&replaced), sorted(&ids[1..]));
    assert_eq!(replaced["displayName"], "Analysts and Friends");
    assert_eq!(scim.read_group(&id), replaced);
}

#[test]
fn a_body_without_members_empties_the_group() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    for members in [
        json!({}),
        json!({ "members": null }),
        json!({ "members": [] }),
    ] {
        let id = scim.new_group("Analysts", &ids);
        let bare = with(
            json!({ "schemas": [GROUP_URN], "displayName": "Analysts" }),
            members,
        );
        let replaced = scim.put(&format!("/Groups/{id}"), &bare).is(200).json();
        assert_eq!(replaced["members"], json!([]));
        scim.delete(&format!("/Groups/{id}")).is(204);
    }
    assert_eq!(
        scim.read_user(&ids[0])["active"],
        true,
        "a group ends no membership"
    );
}

#[test]
fn what_was_read_can_be_put_back_unchanged() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    let body = with(group("Analysts", &ids), json!({ "externalId": "g1" }));
    let path = format!("/Groups/{}", scim.made("/Groups", &body));
    let before = scim.get(&path).is(200);
    let after = scim.put(&path, &before.json()).is(200);
    assert_eq!(after.json(), before.json());
    assert_eq!(after.etag(), before.etag());
    assert_eq!(app.last_logged().outcome.name(), "unchanged");
}

#[test]
fn a_body_without_external_id_clears_it() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.made(
        "/Groups",
        &with(group("Analysts", &[]), json!({ "externalId": "g1" })),
    );
    let replaced = scim
        .put(&format!("/Groups/{id}"), &group("Analysts", &[]))
        .is(200)
        .json();
    assert_eq!(replaced.get("externalId"), None);
}

#[test]
fn an_unknown_member_is_refused_and_nothing_is_applied() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    let id = scim.new_group("Analysts", &ids[..1]);
    let before = scim.read_group(&id);
    let theirs = app.other_account().new_user("ada@corp.example");
    for stranger in [NOBODY, &theirs, "x"] {
        let body = group("Renamed", &[ids[1].clone(), stranger.to_owned()]);
        scim.put(&format!("/Groups/{id}"), &body)
            .refused(400, "invalidValue");
    }
    assert_eq!(scim.read_group(&id), before);
}

#[test]
fn a_rename_to_a_taken_name_is_a_conflict() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_group("Analysts", &[]);
    scim.new_group("Others", &[]);
    scim.put(&format!("/Groups/{id}"), &group("OTHERS", &[]))
        .refused(409, "uniqueness");
    scim.put(&format!("/Groups/{id}"), &group("ANALYSTS", &[]))
        .is(200);
    scim.finds("Groups", r#"displayName eq "analysts""#, &[&id]);
}

#[test]
fn a_group_of_another_account_is_not_found() {
    let app = TestApp::spawn();
    let theirs = app.other_account().new_group("Analysts", &[]);
    let scim = app.scim();
    for id in [theirs.as_str(), NOBODY, "x", "%2e%2e"] {
        let path = format!("/Groups/{id}");
        scim.get(&path).refused(404, "");
        scim.put(&path, &group("Analysts", &[])).refused(404, "");
        let rename = json!([{ "op": "replace", "path": "displayName", "value": "x" }]);
        scim.patch(&path, &rename).refused(404, "");
        scim.delete(&path).refused(404, "");
    }
}
