//! What answers hold, and what lists find.

use serde_json::{Value, json};

use super::{Resource, announced, sample, writable};
use crate::harness::app::TestApp;
use crate::harness::client::{Client, text};

#[test]
fn what_is_returned_follows_its_characteristic() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for route in ["/Users", "/Groups"] {
        for attribute in announced(&scim, route) {
            // Nothing here is returned on request alone, or never.
            assert!(attribute.is("returned", "default"), "{}", attribute.name());
            if attribute.is("mutability", "readOnly") || attribute.name() == "members" {
                continue;
            }
            let value = attribute.sample(1);
            let made = Resource::make(&scim, attribute.route, &attribute.body(&value));
            let shown = |query: &str| {
                let answer = scim.get(&format!("{}?{query}", made.path)).is(200).json();
                assert!(answer["id"].is_string() && answer["schemas"].is_array());
                attribute.of(&answer).cloned()
            };
            let name = attribute.path();
            assert_eq!(shown(&format!("attributes={name}")), Some(value.clone()));
            assert_eq!(shown("attributes=meta"), None);
            assert_eq!(
                shown(&format!("excludedAttributes={name},id,schemas")),
                None
            );
            assert_eq!(shown("excludedAttributes=meta,id,schemas"), Some(value));
        }
    }
}

/// Letter case the other way round.
fn swapped(value: &Value) -> Value {
    let swap = |c: char| {
        if c.is_ascii_lowercase() {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        }
    };
    match value {
        Value::String(text) => json!(text.chars().map(swap).collect::<String>()),
        other => other.clone(),
    }
}

/// Whether `eq` finds the resource.
fn found(scim: &Client, made: &Resource<'_>, path: &str, value: &Value) -> bool {
    let answer = scim.find("Users", &format!("{path} eq {value}"));
    let list = answer.is(200).json();
    let ids = list["Resources"].as_array().expect("Resources");
    let id = made.path.strip_prefix("/Users/").expect("a person");
    ids.iter().any(|one| one["id"] == id)
}

#[test]
fn what_is_announced_is_found_by_its_value() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut asked = 0;
    for attribute in writable(&scim) {
        let value = attribute.sample(1);
        let made = Resource::make(&scim, "/Users", &attribute.body(&value));
        let mut leaves = vec![(attribute.path(), attribute.attribute.clone(), value)];
        if !attribute.subs().is_empty() {
            let whole = leaves.remove(0).2;
            let entry = if attribute.is_multi() {
                &whole[0]
            } else {
                &whole
            };
            for sub in attribute.subs() {
                let name = text(sub, "name");
                let path = format!("{}.{name}", attribute.path());
                leaves.push((path, sub.clone(), entry[&name].clone()));
            }
        }
        for (path, leaf, value) in leaves {
            asked += 1;
            assert!(found(&scim, &made, &path, &value), "{path} eq {value}");
            let other = swapped(&value);
            if other != value {
                let case_exact = leaf["caseExact"] == true;
                let any_case = found(&scim, &made, &path, &other);
                assert_eq!(any_case, !case_exact, "{path} eq {other}");
            }
            let no = sample(&leaf, 2);
            assert!(!found(&scim, &made, &path, &no), "{path} eq {no}");
        }
    }
    assert!(asked > 50, "{asked}");
}
