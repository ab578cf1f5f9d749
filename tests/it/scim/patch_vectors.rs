//! The cases of `tests/vectors/patch.json` over HTTP and SQL, for a connection of every kind:
//! what they expect is what RFC 7644 3.5.2 says, and no provider's habit changes it.

use provost::domain::connection::{ProviderKind, SettingsChange};
use serde_json::{Map, Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Answer, Client};

const VECTORS: &str = include_str!("../../vectors/patch.json");
/// What the cases call people.
const PEOPLE: [&str; 6] = ["a", "b", "c", "d", "x", "y"];

/// The people that groups have as members, with the names that the cases have for them.
struct People(Vec<(&'static str, String)>);

impl People {
    fn make(scim: &Client, kind: ProviderKind) -> Self {
        let id = |name: &&'static str| {
            let user_name = format!("{name}-{}@corp.example", kind.name());
            (*name, scim.new_user(&user_name))
        };
        Self(PEOPLE.iter().map(id).collect())
    }

    fn id(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, id)| id.as_str())
    }

    /// Writes ids for names, where a `value` or a path has one.
    fn named_in(&self, json: &Value) -> Value {
        match json {
            Value::Object(map) => {
                let written = map.iter().map(|(key, value)| {
                    let value = match (key.as_str(), value) {
                        ("value", Value::String(name)) => json!(self.id(name).unwrap_or(name)),
                        ("path", Value::String(path)) => json!(self.named_in_path(path)),
                        (_, value) => self.named_in(value),
                    };
                    (key.clone(), value)
                });
                written.collect()
            }
            Value::Array(items) => items.iter().map(|item| self.named_in(item)).collect(),
            other => other.clone(),
        }
    }

    fn named_in_path(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for (name, id) in &self.0 {
            path = path.replace(&format!("\"{name}\""), &format!("\"{id}\""));
        }
        path
    }
}

/// As the vectors compare: multi-valued attributes in any order, members by value, `primary`
/// false and nothing alike, without what the server computes.
fn comparable(resource: &Value) -> Value {
    const COMPUTED: [&str; 5] = ["schemas", "meta", "id", "groups", "roles"];
    let top = resource.as_object().into_iter().flatten();
    let kept = top.filter(|(name, _)| !COMPUTED.contains(&name.as_str()));
    let mut kept: Map<String, Value> = kept
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(Value::Array(members)) = kept.get_mut("members") {
        for member in members {
            *member = json!({ "value": member["value"] });
        }
    }
    normal(&Value::Object(kept))
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(name, value)| {
                let nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
                let default = *name == "primary" && **value == json!(false);
                !nothing && !default
            });
            kept.map(|(name, value)| (name.clone(), normal(value)))
                .collect()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

/// What is wrong with the answer to a case, and with what is stored after it.
fn differences(case: &Value, answer: &Answer, before: &Answer, after: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut need = |what: &str, ok: bool| {
        if !ok {
            let (sent, stored) = (answer.text(), after.text());
            wrong.push(format!(
                "{what}: {} {sent}\n  stored: {stored}",
                answer.status
            ));
        }
    };
    if let Some(expected) = case.get("expect_error") {
        let found = answer.json();
        let kinds = &expected["scimType"];
        let known = kinds.as_array().map_or_else(
            || found["scimType"] == *kinds,
            |kinds| kinds.contains(&found["scimType"]),
        );
        need("status", expected["status"] == answer.status);
        need("scimType", known);
        need("nothing changed", after.body == before.body);
        need("the version stays", after.etag() == before.etag());
        return wrong;
    }
    let stored = after.json();
    need("status", answer.status == 200);
    need(
        "expected",
        comparable(&stored) == comparable(&case["expect_resource"]),
    );
    need("the answer is what is stored", answer.json() == stored);
    if answer.status == 200 {
        need("the answer's version", answer.etag() == after.etag());
    }
    // "Unless other operations change the resource, this SHALL NOT change the modify
    // timestamp" (3.5.2.1).
    let same = comparable(&before.json()) == comparable(&stored);
    need(
        "the version moves with changes alone",
        (after.etag() == before.etag()) == same,
    );
    let modified = |answer: &Answer| answer.json()["meta"]["lastModified"].clone();
    need(
        "no change, no new lastModified",
        !same || modified(before) == modified(after),
    );
    wrong
}

fn run(scim: &Client, kind: ProviderKind, wrong: &mut Vec<String>) -> usize {
    let vectors: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    let people = People::make(scim, kind);
    let cases = vectors["cases"].as_array().expect("cases");
    for case in cases {
        let resource = case["resource"].as_str().expect("a name");
        let is_group = resource.contains("group");
        let plain = &vectors["resources"][resource];
        let (route, body, case) = if is_group {
            ("/Groups", people.named_in(plain), people.named_in(case))
        } else {
            ("/Users", plain.clone(), case.clone())
        };
        let id = scim.made(route, &body);
        let path = format!("{route}/{id}");
        let before = scim.get(&path).is(200);
        let answer = scim.patch(&path, &case["operations"]);
        let after = scim.get(&path).is(200);
        for difference in differences(&case, &answer, &before, &after) {
            wrong.push(format!("{kind:?}, {}: {difference}", case["name"]));
        }
        // Frees the name for the next case.
        scim.delete(&path).is(204);
    }
    cases.len()
}

#[test]
fn every_case_holds_for_every_kind_of_connection() {
    let app = TestApp::spawn();
    let mut wrong = Vec::new();
    for kind in ProviderKind::ALL {
        let scim = app.provider(kind);
        if kind == ProviderKind::Entra {
            // The cases' userName is no address.
            let lenient = SettingsChange {
                strict_upn_email: Some(false),
                ..SettingsChange::default()
            };
            app.set_connection("entra", lenient);
        }
        let count = run(&scim, kind, &mut wrong);
        assert!(count > 100, "{count} cases");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
