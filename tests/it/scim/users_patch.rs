//! PATCH /Users/{id} (RFC 7644 3.5.2).

use provost::domain::connection::ProviderKind;
use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, ENTERPRISE_URN, PATCH_URN, USER_URN};
use crate::harness::fixtures::{user, with};

/// Ada with a few attributes; gives client and id.
fn ada(app: &TestApp) -> (Client, String) {
    let scim = app.scim();
    let body = with(
        user("ada@corp.example"),
        json!({
            "displayName": "Ada", "title": "Analyst", "name": { "givenName": "Ada" },
            "phoneNumbers": [{ "value": "1", "type": "work" }, { "value": "2", "type": "home" }],
        }),
    );
    let id = scim.made("/Users", &body);
    (scim, id)
}

#[test]
fn the_answer_is_the_resource_with_a_new_version() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let before = scim.get(&format!("/Users/{id}")).is(200).etag();
    let patched = scim.patch_user(
        &id,
        &json!([{ "op": "replace", "path": "title", "value": "Lead" }]),
    );
    let patched = patched.is(200);
    assert_ne!(patched.etag(), before);
    assert_eq!(patched.json()["title"], "Lead");
    assert_eq!(scim.read_user(&id), patched.json());
}

/// An operation, where to look afterwards, and what is there. `{E}` is the enterprise
/// extension, `{U}` the core schema.
const SHAPES: &str = r#"
{"op":"Replace","path":"title","value":"T"} => /title => "T"
{"op":"ADD","path":"nickName","value":"N"} => /nickName => "N"
{"op":"replace","path":"TITLE","value":"T"} => /title => "T"
{"op":"replace","path":"{U}:title","value":"T"} => /title => "T"
{"op":"replace","path":"name.familyName","value":"K"} => /name/familyName => "K"
{"op":"replace","path":"active","value":"False"} => /active => false
{"op":"Add","path":"active","value":"false"} => /active => false
{"op":"replace","value":{"active":false}} => /active => false
{"op":"replace","value":{"name.givenName":"G","title":"T"}} => /name/givenName => "G"
{"op":"replace","value":{"{E}:department":"D"}} => /{E}/department => "D"
{"op":"add","value":{"{E}":{"department":"D"}}} => /{E}/department => "D"
{"op":"add","path":"{E}:department","value":"D"} => /{E}/department => "D"
{"op":"add","path":"{E}:manager","value":"charles"} => /{E}/manager/value => "charles"
{"op":"add","path":"manager","value":[{"$ref":"x","value":"charles"}]} => /{E}/manager/value => "charles"
{"op":"replace","path":"phoneNumbers[type eq \"work\"].value","value":"9"} => /phoneNumbers/0/value => "9"
{"op":"replace","path":"phoneNumbers[type eq \"home\"]","value":{"value":"9"}} => /phoneNumbers/1/value => "9"
{"op":"add","path":"phoneNumbers","value":[{"value":"3","type":"mobile"}]} => /phoneNumbers/2/value => "3"
{"op":"add","path":"phoneNumbers[type eq \"mobile\"].value","value":"3"} => /phoneNumbers/2/value => "3"
{"op":"remove","path":"phoneNumbers[type eq \"work\"]"} => /phoneNumbers/0/value => "2"
{"op":"remove","path":"title"} => /title => null
{"op":"replace","path":"title","value":null} => /title => null
{"op":"replace","path":"phoneNumbers","value":[]} => /phoneNumbers => null
{"op":"remove","path":"emails"} => /emails => null
"#;

/// A `scimType`, and an operation that is refused with it.
const WRONG: &str = r#"
invalidPath => {"op":"replace","path":"shoeSize","value":44}
invalidPath => {"op":"replace","path":"name.totem","value":"wolf"}
invalidPath => {"op":"replace","value":{"shoeSize":44}}
invalidPath => {"op":"add","path":"emails[","value":"x"}
invalidPath => {"op":"add","path":"urn:nobody:knows:shoeSize","value":"x"}
invalidPath => {"op":"add","path":"__proto__.x","value":"x"}
noTarget => {"op":"remove"}
noTarget => {"op":"replace","path":"emails[type eq \"fax\"].value","value":"x"}
mutability => {"op":"replace","path":"id","value":"0198f3a2c4d57e6f8091a2b3c4d5e6f7"}
mutability => {"op":"replace","value":{"id":"0198f3a2c4d57e6f8091a2b3c4d5e6f7"}}
mutability => {"op":"add","path":"groups","value":[{"value":"x"}]}
mutability => {"op":"remove","path":"userName"}
mutability => {"op":"replace","path":"userName","value":null}
mutability => {"op":"replace","value":{"userName":null}}
invalidValue => {"op":"replace","path":"userName","value":""}
invalidValue => {"op":"replace","path":"active","value":"perhaps"}
invalidValue => {"op":"replace","path":"title","value":{"a":1}}
invalidSyntax => {"op":"move","path":"title","value":"x"}
invalidSyntax => {"path":"title","value":"x"}
"#;

#[test]
fn operations_apply_in_the_shapes_that_providers_send() {
    let filled = SHAPES
        .replace("{E}", ENTERPRISE_URN)
        .replace("{U}", USER_URN);
    for line in filled.trim().lines() {
        let mut parts = line.split(" => ");
        let mut part = || parts.next().expect("three parts");
        let (operation, pointer, wanted) = (part(), part(), part());
        let operation: Value = serde_json::from_str(operation).expect("JSON");
        let app = TestApp::spawn();
        let (scim, id) = ada(&app);
        let answer = scim.patch_user(&id, &json!([operation]));
        assert_eq!(answer.status, 200, "{line}: {}", answer.text());
        let found = answer.json().pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(found.to_string(), wanted, "{line}");
        assert_eq!(scim.read_user(&id), answer.json());
    }
}

#[test]
fn wrong_operations_are_refused_and_change_nothing() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let before = scim.get(&format!("/Users/{id}")).is(200);
    let good = json!({ "op": "replace", "path": "title", "value": "Lead" });
    for line in WRONG.trim().lines() {
        let (kind, operation) = line.split_once(" => ").expect("two parts");
        let operation: Value = serde_json::from_str(operation).expect("JSON");
        // What stands before the wrong one is not applied either.
        let answer = scim.patch_user(&id, &json!([good, operation]));
        let found = answer.json();
        assert_eq!(
            (answer.status, &found["scimType"]),
            (400, &json!(kind)),
            "{line}: {found}"
        );
    }
    let after = scim.get(&format!("/Users/{id}")).is(200);
    assert_eq!(after.etag(), before.etag());
    assert_eq!(after.json(), before.json());
}

#[test]
fn roles_and_password_succeed_without_effect() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let before = scim.read_user(&id);
    for operation in [
        json!({ "op": "add", "path": "roles", "value": [{ "value": "Super Administrator - All Privileges" }] }),
        json!({ "op": "replace", "path": "roles[primary eq \"True\"].value", "value": "Administrator" }),
        json!({ "op": "remove", "path": "roles" }),
        json!({ "op": "replace", "path": "password", "value": "secret" }),
        json!({ "op": "replace", "value": { "password": "secret", "roles": [] } }),
    ] {
        let answer = scim.patch_user(&id, &json!([operation]));
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
    }
    assert_eq!(scim.read_user(&id), before);
}

#[test]
fn own_id_schemas_and_meta_in_a_value_without_path_are_ignored() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let value =
        json!({ "id": id, "schemas": [USER_URN], "meta": { "version": "x" }, "title": "T" });
    let answer = scim
        .patch_user(&id, &json!([{ "op": "replace", "value": value }]))
        .is(200);
    assert_eq!(answer.json()["title"], "T");
}

#[test]
fn a_filtered_path_without_target_is_created_for_okta_and_entra_only() {
    let app = TestApp::spawn();
    let operation = json!([{
        "op": "replace", "path": "emails[type eq \"other\"].value", "value": "o@corp.example",
    }]);
    for kind in ProviderKind::ALL {
        let provider = app.provider(kind);
        let id = provider.new_user(&format!("{}@corp.example", kind.name()));
        let answer = provider.patch_user(&id, &operation);
        if kind.replace_creates_missing() {
            let emails = answer.is(200).json()["emails"].clone();
            let made = json!({ "type": "other", "value": "o@corp.example" });
            assert_eq!(emails[1], made, "{kind:?}");
        } else {
            answer.refused(400, "noTarget");
        }
    }
}

/// A `scimType`, and the one operation of a request as text: what two JSON readers could
/// understand differently, or what no attribute can hold.
const READ_STRICTLY: &str = r#"
invalidSyntax => {"op":"replace","value":{"title":"A","title":"B"}}
invalidSyntax => {"op":"replace","value":{"title":"A","TITLE":"B"}}
invalidSyntax => {"op":"replace","value":{"name":{"givenName":"A","GivenName":"B"}}}
invalidSyntax => {"op":"add","path":"name","value":{"givenName":"A","GIVENNAME":"B"}}
invalidSyntax => {"op":"add","path":"emails","value":[{"value":"a","type":"x","Value":"b"}]}
invalidSyntax => {"op":"add","op":"remove","path":"title","value":"A"}
invalidSyntax => {"op":"add","OP":"remove","path":"title","value":"A"}
invalidSyntax => {"op":"replace","path":"title","value":1e999}
invalidSyntax => {"op":"replace","path":"title","value":"\ud800"}
invalidSyntax => {"op":"replace","path":"title","value":NaN}
invalidSyntax => {"op":"replace","path":"title","value":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}
invalidValue => {"op":"replace","path":"title","value":123456789012345678901234567890}
invalidValue => {"op":"replace","path":"title","value":-0.5}
invalidValue => {"op":"replace","path":"active","value":1}
invalidValue => {"op":"replace","value":"title"}
invalidValue => {"op":"add","value":[{"title":"A"}]}
"#;

#[test]
fn the_json_of_a_value_is_read_strictly() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let before = scim.get(&format!("/Users/{id}")).is(200);
    for line in READ_STRICTLY.trim().lines() {
        let (kind, operation) = line.split_once(" => ").expect("two parts");
        let body = format!(r#"{{"schemas":["{PATCH_URN}"],"Operations":[{operation}]}}"#);
        let answer = scim.send("PATCH", &format!("/Users/{id}"), &[], Some(body.as_bytes()));
        let found = answer.json();
        assert_eq!(
            (answer.status, &found["scimType"]),
            (400, &json!(kind)),
            "{line}: {found}"
        );
    }
    let after = scim.get(&format!("/Users/{id}")).is(200);
    assert_eq!((after.etag(), after.body), (before.etag(), before.body));
}

#[test]
fn an_unassigned_active_is_left_out_and_changes_nobodys_membership() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let roles = scim.read_user(&id)["roles"].clone();
    let remove = json!([{ "op": "remove", "path": "active" }]);
    let answer = scim.patch_user(&id, &remove).is(200);
    let stored = scim.read_user(&id);
    assert_eq!(answer.json(), stored);
    assert_eq!(stored.get("active"), None);
    assert_eq!(stored["roles"], roles);
    assert_eq!(scim.patch_user(&id, &remove).is(200).etag(), answer.etag());
    // Sent back as it is, and in lists, it stays so.
    let path = format!("/Users/{id}");
    assert_eq!(scim.put(&path, &stored).is(200).etag(), answer.etag());
    let list = scim.find("Users", &format!("id eq \"{id}\"")).is(200);
    assert_eq!(list.json()["Resources"][0], stored);
    let audited = app.audit().pop().expect("a row")["resource"].clone();
    assert_eq!(audited["request"], json!({ "active": true }));
    assert_eq!(audited["response"], json!({ "active": null }));
    // Switching off and on again works as ever, and shows.
    assert_eq!(scim.set_active(&id, false)["active"], false);
    assert_eq!(
        scim.patch_user(&id, &remove).is(200).json().get("roles"),
        None
    );
    assert_eq!(scim.set_active(&id, true)["roles"], roles);
    assert_eq!(scim.read_user(&id)["active"], true);
}

#[test]
fn a_new_primary_takes_the_place_of_the_old_one() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let value = json!([{ "value": "b@corp.example", "type": "home", "primary": true }]);
    let answer = scim.patch_user(
        &id,
        &json!([{ "op": "add", "path": "emails", "value": value }]),
    );
    let emails = answer.is(200).json()["emails"].clone();
    assert_ne!(emails[0]["primary"], true);
    assert_eq!(emails[1]["primary"], true);
}

#[test]
fn an_envelope_that_is_not_a_patch_is_refused() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let operations = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    for body in [
        json!({ "Operations": operations }),
        json!({ "schemas": [USER_URN], "Operations": operations }),
        json!({ "schemas": [PATCH_URN] }),
        json!({ "schemas": [PATCH_URN], "Operations": {} }),
        json!({ "schemas": [PATCH_URN], "Operations": ["x"] }),
        json!([]),
    ] {
        let raw = body.to_string();
        let answer = scim.send("PATCH", &format!("/Users/{id}"), &[], Some(raw.as_bytes()));
        answer.refused(400, "invalidSyntax");
    }
    assert_eq!(scim.read_user(&id)["title"], "Analyst");
}

#[test]
fn operations_in_any_letter_case_of_the_envelope_are_read() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let body = json!({
        "schemas": [PATCH_URN],
        "operations": [{ "OP": "replace", "Path": "title", "Value": "x" }],
    });
    let raw = body.to_string();
    let answer = scim
        .send("PATCH", &format!("/Users/{id}"), &[], Some(raw.as_bytes()))
        .is(200);
    assert_eq!(answer.json()["title"], "x");
}

#[test]
fn a_patch_that_changes_nothing_keeps_the_version() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    let before = scim.get(&format!("/Users/{id}")).is(200);
    let same = json!([{ "op": "replace", "path": "title", "value": "Analyst" }]);
    let after = scim.patch_user(&id, &same).is(200);
    assert_eq!(after.etag(), before.etag());
    assert_eq!(after.json(), before.json());
    assert_eq!(app.last_logged().outcome.name(), "unchanged");
    assert_eq!(app.audited(), ["Create SCIM User"]);
}

#[test]
fn a_rename_to_a_taken_name_is_a_conflict() {
    let app = TestApp::spawn();
    let (scim, id) = ada(&app);
    scim.new_user("bob@corp.example");
    let operations = json!([
        { "op": "replace", "path": "title", "value": "x" },
        { "op": "replace", "path": "userName", "value": "BOB@corp.example" },
    ]);
    scim.patch_user(&id, &operations).refused(409, "uniqueness");
    assert_eq!(scim.read_user(&id)["title"], "Analyst");
}
