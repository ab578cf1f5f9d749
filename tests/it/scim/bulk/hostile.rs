//! Whatever comes as a bulk request is answered, and nothing of it is done by half.

use serde_json::{Map, Value, json};

use crate::harness::Random;
use crate::harness::app::TestApp;
use crate::harness::client::{BULK_URN, ENTERPRISE_URN, PATCH_URN};

const REQUESTS: usize = 400;

const TEXTS: [&str; 24] = [
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "GET",
    "/Users",
    "/Groups",
    "/Users/bulkId:a",
    "/Groups/bulkId:b",
    "/Me",
    "/Users/../Groups",
    "bulkId:a",
    "bulkId:b",
    "bulkId:",
    "a",
    "b",
    "add",
    "remove",
    "members",
    "members[value eq \"bulkId:a\"]",
    "a\u{0}b\u{202e}c",
    "W/\"1\"",
    "",
    "😀",
];

const NAMES: [&str; 20] = [
    "schemas",
    "Operations",
    "failOnErrors",
    "method",
    "path",
    "bulkId",
    "version",
    "data",
    "userName",
    "displayName",
    "members",
    "value",
    "$ref",
    "manager",
    ENTERPRISE_URN,
    "op",
    "active",
    "emails",
    "externalId",
    "id",
];

fn any(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => json!(random.below(2) == 0),
        2 => json!(random.next()),
        3..=5 => json!(TEXTS[random.below(TEXTS.len())]),
        6 => (0..random.below(4))
            .map(|_| any(random, depth - 1))
            .collect(),
        _ => {
            let mut map = Map::new();
            for _ in 0..random.below(6) {
                let name = NAMES[random.below(NAMES.len())];
                map.insert(name.to_owned(), any(random, depth - 1));
            }
            Value::Object(map)
        }
    }
}

/// An operation that is nearly right.
fn operation(random: &mut Random) -> Value {
    let mut pick = |of: &[&str]| of[random.below(of.len())].to_owned();
    let (method, path) = (
        pick(&["POST", "POST", "PUT", "PATCH", "DELETE"]),
        pick(&[
            "/Users",
            "/Groups",
            "/Users/bulkId:a",
            "/Groups/bulkId:b",
            "/Users/bulkId:c",
        ]),
    );
    let (bulk_id, other) = (pick(&["a", "b", "c", "d"]), pick(&["a", "b", "c", "d"]));
    let name = format!("n{}", random.below(12));
    let reference = json!({ "value": format!("bulkId:{other}") });
    let data = if method == "PATCH" {
        json!({ "schemas": [PATCH_URN], "Operations": [
            { "op": "add", "path": "externalId", "value": name },
            { "op": "add", "value": { "members": [reference.clone()] } },
        ]})
    } else {
        json!({ "userName": name, "displayName": name, "members": [reference.clone()],
            ENTERPRISE_URN: { "manager": reference } })
    };
    json!({ "method": method, "path": path, "bulkId": bulk_id, "data": data })
}

/// Puts something else somewhere in it.
fn spoil(value: &mut Value, random: &mut Random) {
    let deeper = random.below(4) > 0;
    match value {
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = random.below(items.len());
            spoil(&mut items[at], random);
        }
        Value::Object(map) if deeper && !map.is_empty() => {
            let at = random.below(map.len());
            if let Some(inner) = map.values_mut().nth(at) {
                spoil(inner, random);
            }
        }
        other => *other = any(random, 3),
    }
}

#[test]
fn no_envelope_is_answered_with_a_failure() {
    let seed = Random::seed();
    let mut random = Random::seeded(seed);
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..REQUESTS {
        let operations: Vec<Value> = (0..=random.below(5))
            .map(|_| operation(&mut random))
            .collect();
        let mut body = json!({ "schemas": [BULK_URN], "Operations": operations });
        for _ in 0..random.below(4) {
            spoil(&mut body, &mut random);
        }
        let before = app.audited().len();
        let answer = scim.post("/Bulk", &body);
        *seen.entry(answer.status.to_string()).or_insert(0) += 1;
        assert!(
            answer.status < 500,
            "seed {seed}: {body}\n{}",
            answer.text()
        );
        if answer.status != 200 {
            assert_eq!(app.audited().len(), before, "seed {seed}: {body}");
            continue;
        }
        for one in answer.json()["Operations"].as_array().into_iter().flatten() {
            let status = one["status"].as_str().unwrap_or_default().to_owned();
            assert!(status.as_str() < "500", "seed {seed}: {body}\n{one}");
            *seen.entry(status).or_insert(0) += 1;
        }
    }
    // The generator reaches what it is there for.
    for status in ["200", "201", "400", "409"] {
        assert!(seen.contains_key(status), "seed {seed}: {seen:?}");
    }
}
