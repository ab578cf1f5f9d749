//! What a connection's settings change, and what a paused one hears.

use provost::app;
use provost::domain::connection::{AttributeUpdates, ProviderKind, SettingsChange};
use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::client::USER_URN;
use crate::harness::fixtures::{user, values, with};

fn strict(on: bool) -> SettingsChange {
    SettingsChange {
        strict_upn_email: Some(on),
        ..SettingsChange::default()
    }
}

#[test]
fn entra_wants_one_string_in_user_name_and_address_by_default() {
    let app = TestApp::spawn();
    for kind in ProviderKind::ALL {
        let name = format!("{}@corp.example", kind.name());
        let email = json!([{ "value": name.to_uppercase(), "type": "work", "primary": true }]);
        let answer = app
            .provider(kind)
            .post("/Users", &with(user(&name), json!({ "emails": email })));
        if kind == ProviderKind::Entra {
            let detail = answer.refused(400, "invalidValue");
            assert!(detail.contains("userName"), "{detail}");
        } else {
            answer.is(201);
        }
    }
}

#[test]
fn the_rule_holds_for_every_way_to_write() {
    let app = TestApp::spawn();
    app.set_connection("Generic", strict(true));
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let other = json!([{ "value": "ada@other.example", "type": "work", "primary": true }]);
    let body = with(user("ada@corp.example"), json!({ "emails": other }));
    scim.put(&format!("/Users/{id}"), &body)
        .refused(400, "invalidValue");
    for operation in [
        json!({ "op": "replace", "path": "userName", "value": "Ada@corp.example" }),
        json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@corp.example" }),
    ] {
        scim.patch_user(&id, &json!([operation]))
            .refused(400, "invalidValue");
    }
    let both = json!([{ "op": "replace", "value": {
        "userName": "b@corp.example", "emails[type eq \"work\"].value": "b@corp.example",
    } }]);
    scim.patch_user(&id, &both).is(200);
    let without = json!({ "schemas": [USER_URN], "userName": "c@corp.example" });
    scim.post("/Users", &without).is(201);
    app.set_connection("Generic", strict(false));
    scim.put(&format!("/Users/{id}"), &body).is(200);
}

#[test]
fn ignored_updates_succeed_and_change_nothing_but_active_and_external_id() {
    let app = TestApp::spawn();
    let ignore = SettingsChange {
        attribute_updates: Some(AttributeUpdates::Ignore),
        ..SettingsChange::default()
    };
    app.set_connection("Generic", ignore);
    let scim = app.scim();
    let id = scim.made(
        "/Users",
        &with(user("ada@corp.example"), json!({ "title": "Analyst" })),
    );
    let rename = json!([{ "op": "replace", "path": "title", "value": "Lead" }]);
    assert_eq!(
        scim.patch_user(&id, &rename).is(200).json()["title"],
        "Analyst"
    );
    let body = with(
        user("other@corp.example"),
        json!({ "title": "Lead", "active": false, "externalId": "00u1" }),
    );
    let replaced = scim.put(&format!("/Users/{id}"), &body).is(200).json();
    assert_eq!(replaced["userName"], "ada@corp.example");
    assert_eq!(replaced["title"], "Analyst");
    assert_eq!(replaced["active"], false);
    assert_eq!(replaced["externalId"], "00u1");
    let made = scim.new_group("Analysts", &[]);
    let add =
        json!([{ "op": "add", "path": "members", "value": values(std::slice::from_ref(&id)) }]);
    scim.patch_group(&made, &add).is(200);
    assert_eq!(
        scim.members_of(&made),
        [id],
        "groups are no profile attributes"
    );
}

#[test]
fn a_paused_connection_hears_503_until_it_is_resumed() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    app.write(|tx| app::connections::pause(tx, "Generic"));
    let path = format!("/Users/{id}");
    for answer in [
        scim.get(&path),
        scim.get("/ServiceProviderConfig"),
        scim.post("/Users", &user("bob@corp.example")),
        scim.put(&path, &user("ada@corp.example")),
        scim.delete(&path),
    ] {
        let after = answer
            .header("retry-after")
            .and_then(|text| text.parse::<u32>().ok());
        assert!(after.is_some_and(|seconds| seconds > 0), "whole seconds");
        let detail = answer.refused(503, "");
        assert!(detail.contains("paused"), "{detail}");
        assert!(detail.contains("in the console"), "{detail}");
        assert!(
            detail.contains("`provost connection resume Generic`"),
            "{detail}"
        );
        assert!(detail.len() <= 200, "{detail}");
    }
    let okta = app.provider(ProviderKind::Okta);
    assert_eq!(
        okta.get("/Users").is(200).json()["totalResults"],
        1,
        "others go on"
    );
    app.write(|tx| app::connections::resume(tx, "Generic"));
    scim.get(&path).is(200);
}

#[test]
fn a_wrong_token_on_a_paused_connection_is_still_a_401() {
    let app = TestApp::spawn();
    app.write(|tx| app::connections::pause(tx, "Generic"));
    app.client("pvs_x").get("/Users").is(401);
}
