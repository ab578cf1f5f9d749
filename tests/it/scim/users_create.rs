//! POST /Users (RFC 7644 3.3).

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{ENTERPRISE_URN, USER_URN};
use crate::harness::fixtures::{roles, user, with};

/// A person with every attribute of RFC 7643 4.1 and 4.3 that a client may write.
fn everything() -> Value {
    json!({
        "schemas": [USER_URN, ENTERPRISE_URN],
        "userName": "Ada.King@corp.example",
        "externalId": "00u-Ada",
        "name": {
            "formatted": "Ms. Ada B King III", "familyName": "King", "givenName": "Ada",
            "middleName": "Byron", "honorificPrefix": "Ms.", "honorificSuffix": "III",
        },
        "displayName": "Ada King",
        "nickName": "Ada",
        "profileUrl": "https://people.corp.example/ada",
        "title": "Analyst",
        "userType": "Employee",
        "preferredLanguage": "en-GB",
        "locale": "en-GB",
        "timezone": "Europe/London",
        "active": true,
        "emails": [
            { "value": "Ada.King@corp.example", "type": "work", "primary": true },
            { "value": "ada@home.example", "type": "home", "display": "at home" },
        ],
        "phoneNumbers": [{ "value": "+44 (0)20 7946-0000", "type": "work" }],
        "ims": [{ "value": "ada", "type": "xmpp" }],
        "photos": [{ "value": "https://people.corp.example/ada.png", "type": "photo" }],
        "addresses": [{
            "type": "work", "streetAddress": "12 St James's Square", "locality": "London",
            "region": "LND", "postalCode": "SW1Y 4JH", "country": "GB",
            "formatted": "12 St James's Square\nLondon", "primary": true,
        }],
        "entitlements": [{ "value": "engine", "display": "Engine", "type": "app" }],
        "x509Certificates": [{ "value": "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" }],
        ENTERPRISE_URN: {
            "employeeNumber": "1815", "costCenter": "42", "organization": "Corp",
            "division": "Engines", "department": "Analysis",
            "manager": { "value": "charles", "displayName": "Charles Babbage" },
        },
    })
}

#[test]
fn a_new_person_is_active_and_holds_minimal_account_access() {
    let app = TestApp::spawn();
    let created = app
        .scim()
        .post("/Users", &user("ada@corp.example"))
        .is(201)
        .json();
    assert_eq!(created["active"], true);
    assert_eq!(roles(&created), ["Minimal Account Access"]);
    assert_eq!(created["roles"][0]["type"], "direct");
    assert_eq!(created["meta"]["created"], created["meta"]["lastModified"]);
}

#[test]
fn the_answer_is_what_a_get_answers() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let created = scim.post("/Users", &everything()).is(201);
    let location = created.header("location").expect("a location").to_owned();
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        location,
        format!("http://{}{}/Users/{id}", app.address(), scim.base())
    );
    let read = scim.get(&format!("/Users/{id}")).is(200);
    assert_eq!(read.etag(), created.etag());
    assert_eq!(read.json(), created.json());
}

#[test]
fn every_attribute_comes_back_as_it_was_sent() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let sent = everything();
    let id = scim.made("/Users", &sent);
    let mut read = scim.read_user(&id);
    let ours = read.as_object_mut().expect("an object");
    for name in ["id", "meta", "roles"] {
        assert!(ours.remove(name).is_some(), "{name} is missing");
    }
    // The reference that we work out ourselves.
    if let Some(manager) = ours[ENTERPRISE_URN]["manager"].as_object_mut() {
        manager.remove("$ref");
    }
    assert_eq!(read, sent);
}

#[test]
fn an_inactive_person_may_be_created() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let suspended = with(user("ada@corp.example"), json!({ "active": false }));
    let created = scim.post("/Users", &suspended).is(201).json();
    assert_eq!(created["active"], false);
    assert_eq!(roles(&created), Vec::<String>::new());
    assert_eq!(
        scim.ids("Users", r#"userName eq "ada@corp.example""#).len(),
        1
    );
}

#[test]
fn unknown_attributes_and_schemas_are_ignored() {
    let app = TestApp::spawn();
    let body = with(
        user("ada@corp.example"),
        json!({
            "schemas": [
                USER_URN,
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0User",
                "urn:example:params:scim:schemas:extension:other:2.0:User",
            ],
            "urn:example:params:scim:schemas:extension:other:2.0:User": { "shoe": 44 },
            "favouriteColour": "green",
            "name": { "givenName": "Ada", "totem": "wolf" },
        }),
    );
    let created = app.scim().post("/Users", &body).is(201).json();
    assert_eq!(created["schemas"], json!([USER_URN]));
    assert_eq!(created["name"], json!({ "givenName": "Ada" }));
    assert_eq!(created.get("favouriteColour"), None);
    assert!(!created.to_string().contains("shoe"), "{created}");
}

#[test]
fn nulls_and_empty_lists_mean_absent() {
    let app = TestApp::spawn();
    let body = with(
        user("ada@corp.example"),
        json!({
            "title": null, "phoneNumbers": [], "roles": [], "groups": [], "photos": null,
            "name": { "givenName": null, "familyName": "King" },
            ENTERPRISE_URN: { "department": null, "manager": null },
        }),
    );
    let created = app.scim().post("/Users", &body).is(201).json();
    for name in ["title", "phoneNumbers", "photos", "groups"] {
        assert_eq!(created.get(name), None, "{name}");
    }
    assert_eq!(created["name"], json!({ "familyName": "King" }));
}

#[test]
fn what_a_client_may_not_write_is_passed_over() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let body = with(
        user("ada@corp.example"),
        json!({
            "id": "0198f3a2c4d57e6f8091a2b3c4d5e6f7",
            "meta": { "resourceType": "Group", "version": "W/\"9\"", "created": "1815-12-10T00:00:00Z" },
            "roles": [{ "value": "Super Administrator - All Privileges" }],
            "groups": [{ "value": "0198f3a2c4d57e6f8091a2b3c4d5e6f7" }],
            "password": "correct horse battery staple",
        }),
    );
    let created = scim.post("/Users", &body).is(201).json();
    assert_ne!(created["id"], "0198f3a2c4d57e6f8091a2b3c4d5e6f7");
    assert_eq!(created["meta"]["resourceType"], "User");
    assert_eq!(roles(&created), ["Minimal Account Access"]);
    assert_eq!(created.get("groups"), None);
    let everything = format!("{:?}{:?}{created}", app.audit(), app.log());
    assert!(
        !everything.contains("correct horse"),
        "the password was kept"
    );
}

#[test]
fn letter_case_of_attribute_names_does_not_matter() {
    let app = TestApp::spawn();
    let body = json!({
        "SCHEMAS": [USER_URN], "USERNAME": "ada@corp.example", "displayname": "Ada",
        "Name": { "GIVENNAME": "Ada" }, "EMAILS": [{ "VALUE": "ada@corp.example", "Primary": true }],
    });
    let created = app.scim().post("/Users", &body).is(201).json();
    assert_eq!(created["userName"], "ada@corp.example");
    assert_eq!(created["displayName"], "Ada");
    assert_eq!(created["name"]["givenName"], "Ada");
    assert_eq!(created["emails"][0]["value"], "ada@corp.example");
}

#[test]
fn shapes_that_providers_send_are_understood() {
    let app = TestApp::spawn();
    let body = with(
        user("ada@corp.example"),
        json!({
            "active": "True",
            "emails": { "value": "ada@corp.example", "type": "work", "primary": "true" },
            ENTERPRISE_URN: { "manager": "charles" },
        }),
    );
    let created = app.scim().post("/Users", &body).is(201).json();
    assert_eq!(created["active"], true);
    let email = json!([{ "value": "ada@corp.example", "type": "work", "primary": true }]);
    assert_eq!(created["emails"], email);
    assert_eq!(created[ENTERPRISE_URN]["manager"]["value"], "charles");
}

#[test]
fn what_breaks_a_rule_is_refused_and_nothing_is_stored() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (what, wrong) in [
        ("userName", json!({ "userName": null })),
        ("userName", json!({ "userName": "" })),
        ("userName", json!({ "userName": 7 })),
        ("userName", json!({ "userName": ["ada"] })),
        ("active", json!({ "active": "perhaps" })),
        ("displayName", json!({ "displayName": { "a": 1 } })),
        ("name", json!({ "name": "Ada" })),
        ("givenName", json!({ "name": { "givenName": 1 } })),
        ("emails", json!({ "emails": [7] })),
        (
            "emails",
            json!({ "emails": [
            { "value": "a@corp.example", "primary": true },
            { "value": "b@corp.example", "primary": true },
        ] }),
        ),
        ("externalId", json!({ "externalId": "" })),
        ("externalId", json!({ "externalId": 7 })),
        (
            "x509Certificates",
            json!({ "x509Certificates": [{ "value": "!!!" }] }),
        ),
        (ENTERPRISE_URN, json!({ ENTERPRISE_URN: "Analysis" })),
    ] {
        let body = with(user("ada@corp.example"), wrong.clone());
        let detail = scim.post("/Users", &body).refused(400, "invalidValue");
        assert!(detail.contains(what), "{wrong}: {detail}");
    }
    let body = json!({ "schemas": [USER_URN], "displayName": "nobody" });
    scim.post("/Users", &body).refused(400, "invalidValue");
    assert_eq!(scim.get("/Users").is(200).json()["totalResults"], 0);
    assert_eq!(app.audited(), Vec::<String>::new());
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    let app = TestApp::spawn();
    for body in [json!([]), json!("ada"), json!(null), json!(1)] {
        app.scim()
            .post("/Users", &body)
            .refused(400, "invalidSyntax");
    }
}

#[test]
fn a_taken_user_name_is_a_conflict_and_changes_nothing() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let before = scim.read_user(&id);
    let again = with(
        user("ADA@corp.example"),
        json!({ "displayName": "Somebody Else" }),
    );
    let detail = scim.post("/Users", &again).refused(409, "uniqueness");
    assert!(detail.contains("ADA@corp.example"), "{detail}");
    assert_eq!(scim.read_user(&id), before);
}

#[test]
fn a_taken_user_name_is_a_conflict_also_when_inactive() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.set_active(&id, false);
    scim.post("/Users", &user("ada@corp.example"))
        .refused(409, "uniqueness");
    assert_eq!(scim.read_user(&id)["active"], false);
}

#[test]
fn the_same_name_in_two_accounts_is_two_people() {
    let app = TestApp::spawn();
    let here = app.scim().new_user("ada@corp.example");
    let there = app.other_account().new_user("ada@corp.example");
    assert_ne!(here, there);
}
