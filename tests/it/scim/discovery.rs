//! /ServiceProviderConfig, /ResourceTypes, /Schemas (RFC 7644 4, RFC 7643 5-7).

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, ENTERPRISE_URN, GROUP_URN, USER_URN, text};
use crate::harness::fixtures::{group, user};

const DISCOVERY: [&str; 8] = [
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/User",
    "/ResourceTypes/Group",
    "/Schemas",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group",
    "/Schemas/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
];

#[test]
fn the_service_provider_config_says_what_is_offered() {
    let app = TestApp::spawn();
    let config = app.scim().get("/ServiceProviderConfig").is(200).json();
    let urn = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    assert_eq!(config["schemas"], json!([urn]));
    assert_eq!(config["patch"]["supported"], true);
    assert_eq!(config["etag"]["supported"], true);
    assert_eq!(
        config["filter"],
        json!({ "supported": true, "maxResults": 200 })
    );
    assert_eq!(config["bulk"]["supported"], true);
    // authentik wants integers.
    assert!(config["bulk"]["maxOperations"].is_u64() && config["bulk"]["maxPayloadSize"].is_u64());
    assert_eq!(config["sort"]["supported"], true);
    let pagination = json!({
        "cursor": true, "index": true, "defaultPaginationMethod": "index",
        "defaultPageSize": 100, "maxPageSize": 200,
    });
    assert_eq!(config["pagination"], pagination);
    assert_eq!(config["changePassword"]["supported"], false);
    let schemes = config["authenticationSchemes"].as_array().expect("schemes");
    assert_eq!(schemes[0]["type"], "oauthbearertoken");
    assert!(schemes[0]["name"].is_string() && schemes[0]["description"].is_string());
}

#[test]
fn each_document_stands_in_its_list_and_at_its_own_address() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (list, count) in [("/ResourceTypes", 2), ("/Schemas", 3)] {
        let listed = scim.get(list).is(200).json();
        assert_eq!(listed["totalResults"], count);
        assert_eq!(listed["itemsPerPage"], count);
        for item in listed["Resources"].as_array().expect("Resources") {
            let alone = scim
                .get(&format!("{list}/{}", text(item, "id")))
                .is(200)
                .json();
            assert_eq!(*item, alone);
            let location = text(&item["meta"], "location");
            let wanted = format!(
                "http://{}{}{list}/{}",
                app.address(),
                scim.base(),
                text(item, "id")
            );
            assert_eq!(location, wanted);
        }
    }
}

#[test]
fn the_resource_types_name_their_schemas_and_extensions() {
    let app = TestApp::spawn();
    let user = app.scim().get("/ResourceTypes/User").is(200).json();
    assert_eq!(
        (&user["endpoint"], &user["schema"]),
        (&json!("/Users"), &json!(USER_URN))
    );
    let extension = json!([{ "schema": ENTERPRISE_URN, "required": false }]);
    assert_eq!(user["schemaExtensions"], extension);
    let group = app.scim().get("/ResourceTypes/Group").is(200).json();
    assert_eq!(
        (&group["endpoint"], &group["schema"]),
        (&json!("/Groups"), &json!(GROUP_URN))
    );
}

/// An attribute as RFC 7643 7 describes it, and all below it.
fn check_attribute(attribute: &Value) {
    let one_of = |name: &str, known: &[&str]| {
        let found = attribute[name].as_str().unwrap_or_default();
        assert!(known.contains(&found), "{name} of {attribute}");
    };
    one_of(
        "type",
        &[
            "string",
            "boolean",
            "decimal",
            "integer",
            "dateTime",
            "reference",
            "binary",
            "complex",
        ],
    );
    one_of(
        "mutability",
        &["readOnly", "readWrite", "immutable", "writeOnly"],
    );
    one_of("returned", &["always", "never", "default", "request"]);
    for flag in ["multiValued", "required"] {
        assert!(attribute[flag].is_boolean(), "{flag} of {attribute}");
    }
    if attribute["type"] == "string" {
        one_of("uniqueness", &["none", "server", "global"]);
        assert!(
            attribute["caseExact"].is_boolean(),
            "caseExact of {attribute}"
        );
    }
    assert!(!text(attribute, "name").is_empty() && !text(attribute, "description").is_empty());
    let subs = attribute.get("subAttributes").and_then(Value::as_array);
    assert_eq!(
        subs.is_some(),
        attribute["type"] == "complex",
        "{attribute}"
    );
    subs.into_iter().flatten().for_each(check_attribute);
}

#[test]
fn every_attribute_is_described_in_full() {
    let app = TestApp::spawn();
    let list = app.scim().get("/Schemas").is(200).json();
    for schema in list["Resources"].as_array().expect("Resources") {
        schema["attributes"]
            .as_array()
            .expect("attributes")
            .iter()
            .for_each(check_attribute);
        assert!(!schema.to_string().contains("null"), "Entra takes no nulls");
    }
}

fn attribute_names(scim: &Client, urn: &str) -> Vec<String> {
    let schema = scim.get(&format!("/Schemas/{urn}")).is(200).json();
    let attributes = schema["attributes"].as_array().expect("attributes");
    attributes
        .iter()
        .map(|attribute| text(attribute, "name"))
        .collect()
}

#[test]
fn what_is_answered_is_announced() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let person = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", std::slice::from_ref(&person));
    for (answer, urn) in [
        (scim.read_user(&person), USER_URN),
        (scim.read_group(&made), GROUP_URN),
    ] {
        let announced = attribute_names(&scim, urn);
        for name in answer.as_object().expect("an object").keys() {
            let common = ["schemas", "id", "externalId", "meta"].contains(&name.as_str());
            assert!(
                common || announced.contains(name),
                "{name} is not announced"
            );
        }
    }
}

#[test]
fn discovery_takes_no_writes() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for path in DISCOVERY {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let body = (method != "DELETE").then_some(b"{}".as_slice());
            let answer = scim.send(method, path, &[], body);
            assert_eq!(answer.header("allow"), Some("GET"), "{method} {path}");
            answer.refused(405, "");
        }
    }
}

#[test]
fn an_unknown_schema_or_type_is_not_found() {
    let app = TestApp::spawn();
    for path in [
        "/Schemas/urn:x",
        "/ResourceTypes/Device",
        "/Schemas/User",
        "/ResourceTypes/",
    ] {
        app.scim().get(path).refused(404, "");
    }
}

#[test]
fn discovery_needs_a_token() {
    let app = TestApp::spawn();
    for path in DISCOVERY {
        app.client("")
            .send_plain("GET", &format!("{}{path}", app.scim().base()), &[], None)
            .is(401);
    }
}

#[test]
fn discovery_refuses_a_filter() {
    // RFC 7644 4: a filter on these is a 403.
    let app = TestApp::spawn();
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        let answer = app.scim().get(&format!("{path}?filter=id%20eq%20%22x%22"));
        assert_eq!(answer.status, 403, "{path}");
    }
}

#[test]
fn locations_follow_the_name_that_the_client_calls_us_by() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let host = [("Host", "provost.corp.example:8443")];
    let body = user("ada@corp.example").to_string();
    let created = scim
        .send("POST", "/Users", &host, Some(body.as_bytes()))
        .is(201);
    let location = created.header("location").unwrap_or_default();
    assert!(
        location.starts_with("http://provost.corp.example:8443/client/v4/"),
        "{location}"
    );
    let body = group("Analysts", &[]).to_string();
    let made = scim
        .send("POST", "/Groups", &host, Some(body.as_bytes()))
        .is(201)
        .json();
    assert!(text(&made["meta"], "location").starts_with("http://provost.corp.example:8443/"));
}
