//! What bodies write, and what nothing writes.

use serde_json::{Value, json};

use super::{Announced, Resource, announced, least, writable};
use crate::harness::app::TestApp;
use crate::harness::client::{USER_URN, text};
use crate::harness::fixtures::with;

#[test]
fn what_is_writable_is_stored_replaced_and_unassigned_by_bodies() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for attribute in writable(&scim) {
        let (first, second) = (attribute.sample(1), attribute.sample(2));
        let made = Resource::make(&scim, "/Users", &attribute.body(&first));
        made.has(&attribute, Some(&first));
        let put = |body: Value| scim.put(&made.path, &with(least("/Users"), body)).is(200);
        put(attribute.body(&second));
        made.has(&attribute, Some(&second));
        if attribute.is("required", true) {
            let missing = json!({ "schemas": [USER_URN] });
            scim.put(&made.path, &missing).refused(400, "invalidValue");
            scim.post("/Users", &missing).refused(400, "invalidValue");
            continue;
        }
        put(json!({}));
        // Leaving `active` out of a PUT says nothing of it.
        let left = (attribute.name() == "active").then_some(&second);
        made.has(&attribute, left);
        put(attribute.body(&first));
        put(attribute.body(&Value::Null));
        let left = (attribute.name() == "active").then_some(&first);
        made.has(&attribute, left);
    }
}

/// What a client sends for something it may not write.
fn junk(attribute: &Announced) -> Value {
    if attribute.is_multi() {
        json!([{ "value": "junk", "type": "direct" }])
    } else {
        json!("junk")
    }
}

#[test]
fn what_is_read_only_is_ignored_in_bodies_and_refused_in_patches() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for route in ["/Users", "/Groups"] {
        let mut all = announced(&scim, route);
        all.retain(|attribute| attribute.is("mutability", "readOnly"));
        // Common attributes are in no schema (RFC 7643 3.1).
        for (name, multi) in [("id", false), ("meta", false), ("schemas", true)] {
            all.push(Announced {
                route,
                urn: least(route)["schemas"][0]
                    .as_str()
                    .expect("a URN")
                    .to_owned(),
                attribute: json!({ "name": name, "type": "string", "multiValued": multi }),
            });
        }
        for attribute in all {
            let junk = junk(&attribute);
            let made = Resource::make(&scim, route, &attribute.body(&junk));
            let before = made.read();
            assert_ne!(attribute.of(&before), Some(&junk));
            let body = with(least(route), attribute.body(&junk));
            assert_eq!(scim.put(&made.path, &body).is(200).json(), before);
            let mut paths = vec![attribute.path(), attribute.qualified()];
            let subs = attribute.subs();
            paths.extend(
                subs.iter()
                    .map(|sub| format!("{}.{}", attribute.path(), text(sub, "name"))),
            );
            if !subs.is_empty() {
                paths.push(format!("{}[value eq \"junk\"]", attribute.path()));
                paths.push(format!("{}[value eq \"junk\"].value", attribute.path()));
            }
            for path in paths {
                for operation in [
                    json!({ "op": "add", "path": path, "value": junk }),
                    json!({ "op": "replace", "path": path, "value": junk }),
                    json!({ "op": "remove", "path": path }),
                ] {
                    if attribute.name() == "roles" {
                        // Entra sends app roles; they grant nothing.
                        made.patch(&operation);
                    } else {
                        made.refuses(&operation, "mutability");
                    }
                }
            }
            assert_eq!(made.read(), before);
        }
    }
}

#[test]
fn the_parts_of_a_member_are_immutable() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let all = announced(&scim, "/Groups");
    let members = all.iter().find(|attribute| attribute.name() == "members");
    let members = members.expect("they are announced");
    let id = scim.new_user("ada@corp.example");
    let entry = json!([{ "value": id }]);
    let made = Resource::make(&scim, "/Groups", &json!({ "members": entry }));
    assert!(!members.subs().is_empty());
    for sub in members.subs() {
        assert_eq!(sub["mutability"], "immutable");
        let name = text(sub, "name");
        for path in [
            format!("members.{name}"),
            format!("members[value eq \"{id}\"].{name}"),
        ] {
            for op in ["add", "replace", "remove"] {
                let operation = json!({ "op": op, "path": path, "value": "x" });
                made.refuses(&operation, "mutability");
            }
        }
    }
    // An entry in its own place is no change; in that of nobody it has no target.
    let before = scim.get(&made.path).etag();
    let own = format!("members[value eq \"{id}\"]");
    made.patch(&json!({ "op": "replace", "path": own, "value": entry }));
    assert_eq!(scim.get(&made.path).etag(), before);
    made.patch(&json!({ "op": "remove", "path": own }));
    made.refuses(
        &json!({ "op": "replace", "path": own, "value": entry }),
        "noTarget",
    );
    made.refuses(
        &json!({ "op": "remove", "path": "displayName" }),
        "mutability",
    );
    made.refuses(
        &json!({ "op": "replace", "path": "displayName", "value": null }),
        "mutability",
    );
}

#[test]
fn passwords_are_taken_and_never_told() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let all = announced(&scim, "/Users");
    assert!(all.iter().all(|attribute| attribute.name() != "password"));
    let made = Resource::make(&scim, "/Users", &json!({ "password": "a long secret" }));
    for operation in [
        json!({ "op": "replace", "path": "password", "value": "a long secret" }),
        json!({ "op": "add", "value": { "password": "a long secret" } }),
        json!({ "op": "remove", "path": "password" }),
    ] {
        made.patch(&operation);
    }
    for query in ["", "?attributes=password"] {
        let answer = scim.get(&format!("{}{query}", made.path)).is(200);
        assert!(!answer.text().contains("secret") && answer.json().get("password").is_none());
    }
}
