//! `externalId`: verbatim, one for each connection and record, unique in the connection.

use provost::domain::connection::ProviderKind;
use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::fixtures::{group, user, with};

#[test]
fn each_connection_sees_its_own() {
    let app = TestApp::spawn();
    let (okta, entra) = (
        app.provider(ProviderKind::Okta),
        app.provider(ProviderKind::Entra),
    );
    let body = with(user("ada@corp.example"), json!({ "externalId": "okta-1" }));
    let id = okta.made("/Users", &body);
    assert_eq!(entra.read_user(&id).get("externalId"), None);
    let set = json!([{ "op": "replace", "path": "externalId", "value": "entra-1" }]);
    assert_eq!(
        entra.patch_user(&id, &set).is(200).json()["externalId"],
        "entra-1"
    );
    assert_eq!(okta.read_user(&id)["externalId"], "okta-1");
    okta.finds("Users", r#"externalId eq "okta-1""#, &[&id]);
    okta.finds("Users", r#"externalId eq "entra-1""#, &[]);
    entra.finds("Users", r#"externalId eq "entra-1""#, &[&id]);
}

#[test]
fn two_records_of_one_connection_cannot_share_one() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let with_id = |name: &str| with(user(name), json!({ "externalId": "x" }));
    scim.made("/Users", &with_id("ada@corp.example"));
    let detail = scim
        .post("/Users", &with_id("bob@corp.example"))
        .refused(409, "uniqueness");
    assert!(detail.contains("externalId"), "{detail}");
    let bob = scim.new_user("bob@corp.example");
    let set = json!([{ "op": "add", "path": "externalId", "value": "x" }]);
    scim.patch_user(&bob, &set).refused(409, "uniqueness");
    scim.put(&format!("/Users/{bob}"), &with_id("bob@corp.example"))
        .refused(409, "uniqueness");
    let other = app.provider(ProviderKind::Okta);
    other.made("/Users", &with_id("carol@corp.example"));
}

#[test]
fn letter_case_and_every_character_count() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (i, external) in ["a", "A", " a", "a ", "00u'1\"\\", "é", "e\u{301}"]
        .iter()
        .enumerate()
    {
        let body = with(
            user(&format!("p{i}@corp.example")),
            json!({ "externalId": external }),
        );
        let id = scim.made("/Users", &body);
        assert_eq!(scim.read_user(&id)["externalId"], *external);
        let quoted = serde_json::to_string(external).expect("a JSON string");
        scim.finds("Users", &format!("externalId eq {quoted}"), &[&id]);
    }
}

#[test]
fn it_can_be_changed_and_removed() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.made(
        "/Users",
        &with(user("ada@corp.example"), json!({ "externalId": "x" })),
    );
    let change = |operation| scim.patch_user(&id, &json!([operation])).is(200).json();
    let set = change(json!({ "op": "replace", "path": "externalId", "value": "y" }));
    assert_eq!(set["externalId"], "y");
    let removed = change(json!({ "op": "remove", "path": "externalId" }));
    assert_eq!(removed.get("externalId"), None);
    scim.finds("Users", r#"externalId eq "y""#, &[]);
    scim.made(
        "/Users",
        &with(user("bob@corp.example"), json!({ "externalId": "y" })),
    );
}

#[test]
fn a_deleted_records_external_id_is_free() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let body = with(user("ada@corp.example"), json!({ "externalId": "x" }));
    let id = scim.made("/Users", &body);
    scim.delete(&format!("/Users/{id}")).is(204);
    scim.made("/Users", &body);
}

#[test]
fn groups_have_theirs_too() {
    let app = TestApp::spawn();
    let (okta, entra) = (
        app.provider(ProviderKind::Okta),
        app.provider(ProviderKind::Entra),
    );
    let body = |name: &str| with(group(name, &[]), json!({ "externalId": "g" }));
    let id = okta.made("/Groups", &body("Analysts"));
    assert_eq!(okta.read_group(&id)["externalId"], "g");
    assert_eq!(entra.read_group(&id).get("externalId"), None);
    okta.finds("Groups", r#"externalId eq "g""#, &[&id]);
    entra.finds("Groups", r#"externalId eq "g""#, &[]);
    okta.post("/Groups", &body("Others"))
        .refused(409, "uniqueness");
    let set = json!([{ "op": "replace", "path": "externalId", "value": "h" }]);
    assert_eq!(
        entra.patch_group(&id, &set).is(200).json()["externalId"],
        "h"
    );
    assert_eq!(okta.read_group(&id)["externalId"], "g");
}

#[test]
fn a_persons_and_a_groups_may_be_equal() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.made(
        "/Users",
        &with(user("ada@corp.example"), json!({ "externalId": "x" })),
    );
    scim.made(
        "/Groups",
        &with(group("Analysts", &[]), json!({ "externalId": "x" })),
    );
}

#[test]
fn a_number_is_no_external_id_and_never_an_id() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.made(
        "/Users",
        &with(user("ada@corp.example"), json!({ "externalId": "1" })),
    );
    assert_ne!(id, "1");
    scim.get("/Users/1").refused(404, "");
}
