//! What PATCH writes: add, replace and remove at every path that there is.

use serde_json::{Map, Value, json};

use super::{Announced, Resource, sample, writable};
use crate::harness::app::TestApp;
use crate::harness::client::text;

#[test]
fn what_is_writable_is_added_replaced_and_removed_by_patch() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for attribute in writable(&scim) {
        let (first, second) = (attribute.sample(1), attribute.sample(2));
        let made = Resource::make(&scim, "/Users", &json!({}));
        let required = attribute.is("required", true);
        for path in [attribute.path(), attribute.qualified().to_uppercase()] {
            made.patch(&json!({ "op": "add", "path": path, "value": first }));
            made.has(&attribute, Some(&first));
            made.patch(&json!({ "op": "replace", "path": path, "value": second }));
            made.has(&attribute, Some(&second));
            for operation in [
                json!({ "op": "remove", "path": path }),
                json!({ "op": "replace", "path": path, "value": null }),
                json!({ "op": "replace", "value": attribute.body(&Value::Null) }),
            ] {
                if required {
                    made.refuses(&operation, "mutability");
                    continue;
                }
                made.patch(&operation);
                made.has(&attribute, None);
                made.patch(&json!({ "op": "replace", "path": path, "value": first }));
                made.has(&attribute, Some(&first));
            }
        }
        // The names of a value without a path are paths too.
        made.patch(&json!({ "op": "replace", "value": attribute.body(&second) }));
        made.has(&attribute, Some(&second));
        let key = Map::from_iter([(attribute.qualified(), first.clone())]);
        made.patch(&json!({ "op": "replace", "value": key }));
        made.has(&attribute, Some(&first));
        made.refuses(
            &json!({ "op": "replace", "path": attribute.path(), "value": 7 }),
            "invalidValue",
        );
        made.refuses(
            &json!({ "op": "add", "path": format!("{}.nonsense", attribute.path()), "value": "x" }),
            "invalidPath",
        );
    }
}

/// The value of a sub-attribute, in the only entry where there are entries.
fn sub_of(resource: &Value, attribute: &Announced, sub: &str) -> Option<Value> {
    let value = attribute.of(resource)?;
    let entry = if attribute.is_multi() {
        &value[0]
    } else {
        value
    };
    entry.get(sub).cloned()
}

#[test]
fn sub_attributes_are_added_replaced_and_removed_by_patch() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for attribute in writable(&scim) {
        for sub in attribute.subs() {
            let name = text(sub, "name");
            // What chooses the entry is another of its sub-attributes.
            let chooser = attribute
                .subs()
                .into_iter()
                .find(|other| other["name"] != sub["name"] && other["type"] != "boolean");
            let chooser = chooser.expect("there is another");
            let mut start = Map::new();
            start.insert(text(chooser, "name"), sample(chooser, 1));
            let start = Value::Object(start);
            let made = if attribute.is_multi() {
                Resource::make(&scim, "/Users", &attribute.body(&json!([start])))
            } else {
                Resource::make(&scim, "/Users", &attribute.body(&start))
            };
            let mut paths = vec![format!("{}.{name}", attribute.path())];
            if attribute.is_multi() {
                let (by, value) = (text(chooser, "name"), sample(chooser, 1));
                let filter = format!("{by} eq {value}");
                paths.push(format!("{}[{filter}].{name}", attribute.path()));
            }
            for path in paths {
                for (op, n) in [("add", 1), ("replace", 2), ("replace", 1)] {
                    made.patch(&json!({ "op": op, "path": path, "value": sample(sub, n) }));
                    let found = sub_of(&made.read(), &attribute, &name);
                    assert_eq!(found, Some(sample(sub, n)), "{op} {path}");
                }
                made.refuses(
                    &json!({ "op": "add", "path": path, "value": [7] }),
                    "invalidValue",
                );
                made.patch(&json!({ "op": "remove", "path": path }));
                assert_eq!(
                    sub_of(&made.read(), &attribute, &name),
                    None,
                    "remove {path}"
                );
                made.patch(&json!({ "op": "add", "path": path, "value": sample(sub, 1) }));
                made.patch(&json!({ "op": "add", "path": path, "value": null }));
                assert_eq!(
                    sub_of(&made.read(), &attribute, &name),
                    None,
                    "null at {path}"
                );
            }
            // Without its last sub-attribute a value is nothing.
            let last = format!("{}.{}", attribute.path(), text(chooser, "name"));
            made.patch(&json!({ "op": "remove", "path": last }));
            made.has(&attribute, None);
        }
    }
}

#[test]
fn entries_are_added_replaced_and_removed_by_a_filter() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut all = writable(&scim);
    all.retain(Announced::is_multi);
    assert!(all.len() > 6);
    for attribute in all {
        let (first, second) = (attribute.sample(1), attribute.sample(2));
        let made = Resource::make(&scim, "/Users", &json!({}));
        let path = format!("{}[type eq \"type 1\"]", attribute.path());
        made.refuses(
            &json!({ "op": "replace", "path": path, "value": second[0] }),
            "noTarget",
        );
        made.patch(&json!({ "op": "remove", "path": path }));
        // What is missing is made by `add`, with what its filter says.
        made.patch(&json!({ "op": "add", "path": path, "value": first[0] }));
        made.has(&attribute, Some(&first));
        made.patch(&json!({ "op": "add", "path": attribute.path(), "value": second[0] }));
        made.has(&attribute, Some(&json!([first[0], second[0]])));
        made.patch(&json!({ "op": "remove", "path": path }));
        made.has(&attribute, Some(&second));
        let other = format!("{}[type eq \"type 2\"]", attribute.path());
        made.patch(&json!({ "op": "replace", "path": other, "value": first[0] }));
        made.has(&attribute, Some(&first));
        made.patch(&json!({ "op": "remove", "path": attribute.path(), "value": first }));
        made.has(&attribute, None);
    }
}
