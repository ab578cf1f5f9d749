//! PUT /Users/{id} (RFC 7644 3.5.1).

use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::client::{ENTERPRISE_URN, USER_URN};
use crate::harness::fixtures::{groups, roles, user, with};

#[test]
fn a_replacement_removes_what_it_leaves_out() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let rich = with(
        user("ada@corp.example"),
        json!({ "title": "Analyst", "externalId": "00u1", ENTERPRISE_URN: { "department": "x" } }),
    );
    let id = scim.made("/Users", &rich);
    let plain = json!({ "schemas": [USER_URN], "userName": "ada@corp.example" });
    let replaced = scim.put(&format!("/Users/{id}"), &plain).is(200).json();
    for name in ["title", "externalId", "emails", ENTERPRISE_URN] {
        assert_eq!(replaced.get(name), None, "{name}");
    }
    assert_eq!(replaced["schemas"], json!([USER_URN]));
    assert_eq!(scim.read_user(&id), replaced);
}

#[test]
fn what_was_read_can_be_put_back_unchanged() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let rich = with(
        user("ada@corp.example"),
        json!({
            "externalId": "00u1", "password": "x",
            ENTERPRISE_URN: { "manager": { "value": "charles" } },
        }),
    );
    let id = scim.made("/Users", &rich);
    scim.new_group("Analysts", std::slice::from_ref(&id));
    let path = format!("/Users/{id}");
    let before = scim.get(&path).is(200);
    let after = scim.put(&path, &before.json()).is(200);
    assert_eq!(after.json(), before.json());
    assert_eq!(after.etag(), before.etag());
    assert_eq!(app.last_logged().outcome.name(), "unchanged");
}

#[test]
fn a_replacement_without_active_leaves_it_as_it_is() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let path = format!("/Users/{id}");
    assert_eq!(
        scim.put(&path, &user("ada@corp.example")).is(200).json()["active"],
        true
    );
    scim.set_active(&id, false);
    assert_eq!(
        scim.put(&path, &user("ada@corp.example")).is(200).json()["active"],
        false
    );
}

#[test]
fn a_replacement_may_deactivate_and_activate() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let path = format!("/Users/{id}");
    for (active, held) in [(json!(false), 0), (json!("True"), 1), (json!("false"), 0)] {
        let body = with(user("ada@corp.example"), json!({ "active": active }));
        let replaced = scim.put(&path, &body).is(200).json();
        assert_eq!(roles(&replaced).len(), held, "{active}");
    }
}

#[test]
fn roles_and_groups_of_the_body_are_ignored() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let group = scim.new_group("Analysts", std::slice::from_ref(&id));
    let body = with(
        user("ada@corp.example"),
        json!({
            "roles": [{ "value": "Super Administrator - All Privileges" }], "groups": [],
            "id": "0198f3a2c4d57e6f8091a2b3c4d5e6f7", "meta": { "version": "W/\"0\"" },
        }),
    );
    let replaced = scim.put(&format!("/Users/{id}"), &body).is(200).json();
    assert_eq!(replaced["id"], id);
    assert_eq!(roles(&replaced), ["Minimal Account Access"]);
    assert_eq!(groups(&replaced), [group]);
}

#[test]
fn a_rename_frees_the_old_name() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada.byron@corp.example");
    let renamed = scim
        .put(&format!("/Users/{id}"), &user("ada.king@corp.example"))
        .is(200);
    assert_eq!(renamed.json()["userName"], "ada.king@corp.example");
    scim.finds("Users", r#"userName eq "ada.king@corp.example""#, &[&id]);
    scim.new_user("ada.byron@corp.example");
}

#[test]
fn a_rename_to_a_taken_name_is_a_conflict() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    let path = format!("/Users/{}", ids[0]);
    let before = scim.read_user(&ids[0]);
    scim.put(&path, &user("PERSON1@corp.example"))
        .refused(409, "uniqueness");
    assert_eq!(scim.read_user(&ids[0]), before);
    // One's own name in another letter case is nobody else's.
    scim.put(&path, &user("PERSON0@corp.example")).is(200);
}

#[test]
fn a_bad_replacement_changes_nothing() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let before = scim.get(&format!("/Users/{id}")).is(200);
    for wrong in [
        json!({ "userName": null }),
        json!({ "active": "maybe" }),
        json!({ "emails": [{ "value": 1 }] }),
        json!({ "emails": [{ "primary": true }, { "primary": true }] }),
    ] {
        let body = with(user("ada@corp.example"), wrong);
        scim.put(&format!("/Users/{id}"), &body)
            .refused(400, "invalidValue");
    }
    let after = scim.get(&format!("/Users/{id}")).is(200);
    assert_eq!(after.etag(), before.etag());
    assert_eq!(after.json(), before.json());
}

#[test]
fn a_replacement_of_nobody_is_not_found() {
    let app = TestApp::spawn();
    let path = "/Users/0198f3a2c4d57e6f8091a2b3c4d5e6f7";
    app.scim()
        .put(path, &user("ada@corp.example"))
        .refused(404, "");
    assert_eq!(app.scim().get("/Users").is(200).json()["totalResults"], 0);
}
