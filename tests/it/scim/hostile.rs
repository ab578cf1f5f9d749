//! Bodies, filters and paths that nobody would send on purpose: each is answered with a 2xx or
//! a SCIM error, never with a 500, and the database holds together afterwards (the harness
//! checks both). The seed is in the message of a failure.

use serde_json::{Map, Value, json};

use crate::harness::Random;
use crate::harness::app::TestApp;
use crate::harness::client::{Client, ENTERPRISE_URN, GROUP_URN, PATCH_URN, USER_URN, percent};
use crate::harness::fixtures::values;

const ROUNDS: usize = 1500;

/// Texts that have hurt somebody's server.
const TEXTS: [&str; 24] = [
    "",
    " ",
    "\0",
    "null",
    "undefined",
    "True",
    "-1",
    "1e309",
    "\u{202e}",
    "\u{feff}",
    "é",
    "e\u{301}",
    "😀",
    "%00",
    "%s%n",
    "' OR 1=1 --",
    "\"",
    "\\",
    "]",
    "members[value eq \"x\"]",
    "__proto__",
    "0198f3a2c4d57e6f8091a2b3c4d5e6f7",
    "CF-x",
    "2026-02-30T25:61:61Z",
];

/// Attribute names, right and wrong.
const NAMES: [&str; 22] = [
    "userName",
    "active",
    "emails",
    "name",
    "name.givenName",
    "members",
    "displayName",
    "externalId",
    "id",
    "meta",
    "schemas",
    "groups",
    "roles",
    "password",
    "x509Certificates",
    "addresses",
    "manager",
    "op",
    "path",
    "value",
    "$ref",
    ENTERPRISE_URN,
];

fn text(random: &mut Random) -> String {
    let one = TEXTS[random.below(TEXTS.len())];
    match random.below(4) {
        0 => one.repeat(random.below(300)),
        1 => format!("{one}{}", TEXTS[random.below(TEXTS.len())]),
        _ => one.to_owned(),
    }
}

/// Any value at all, not too deep.
fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 => json!(random.next()),
        3 => json!(-1.5e300),
        4 | 5 => Value::String(text(random)),
        6 => (0..random.below(4))
            .map(|_| value(random, depth - 1))
            .collect(),
        _ => {
            let name = |random: &mut Random| match random.below(3) {
                0 => text(random),
                _ => NAMES[random.below(NAMES.len())].to_owned(),
            };
            let entries = (0..random.below(5)).map(|_| (name(random), value(random, depth - 1)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

/// The document with some of its parts replaced.
fn spoiled(random: &mut Random, document: &Value) -> Value {
    if random.below(12) == 0 {
        return value(random, 3);
    }
    match document {
        Value::Array(items) => items.iter().map(|item| spoiled(random, item)).collect(),
        Value::Object(object) => {
            let part = |(name, part): (&String, &Value)| (name.clone(), spoiled(random, part));
            Value::Object(object.iter().map(part).collect())
        }
        plain => plain.clone(),
    }
}

/// A filter or a path made of pieces that belong there, in any order.
fn expression(random: &mut Random) -> String {
    const PIECES: [&str; 20] = [
        "userName",
        "emails",
        "[",
        "]",
        "(",
        ")",
        " eq ",
        " EQ ",
        " and ",
        " or ",
        "not ",
        "not (",
        ".value",
        "\"x\"",
        "true",
        "null",
        "1",
        "type eq \"work\"",
        ":",
        "urn:ietf:params:scim:schemas:core:2.0:User:",
    ];
    let count = 1 + random.below(12);
    let piece = |random: &mut Random| match random.below(8) {
        0 => text(random),
        1 => NAMES[random.below(NAMES.len())].to_owned(),
        _ => PIECES[random.below(PIECES.len())].to_owned(),
    };
    (0..count).map(|_| piece(random)).collect()
}

/// Whole and right, to be spoiled.
fn documents(person: &str, group: &str) -> [(&'static str, String, Value); 6] {
    let member = values(std::slice::from_ref(&person.to_owned()));
    let user = json!({
        "schemas": [USER_URN, ENTERPRISE_URN], "userName": "ada", "externalId": "x", "active": true,
        "name": { "givenName": "Ada", "familyName": "King" }, "displayName": "Ada",
        "emails": [{ "value": "a@corp.example", "type": "work", "primary": true }],
        "addresses": [{ "type": "work", "locality": "London" }],
        ENTERPRISE_URN: { "department": "x", "manager": { "value": "y" } },
    });
    let whole = json!({
        "schemas": [GROUP_URN], "displayName": "Analysts", "externalId": "g", "members": member,
    });
    let of_user = json!({ "schemas": [PATCH_URN], "Operations": [
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@corp.example" },
        { "op": "add", "value": { "name.givenName": "A", "active": "True", "title": "x" } },
        { "op": "remove", "path": "addresses[type eq \"work\"]" },
    ] });
    let of_group = json!({ "schemas": [PATCH_URN], "Operations": [
        { "op": "add", "path": "members", "value": member },
        { "op": "remove", "path": format!("members[value eq \"{person}\"]") },
        { "op": "replace", "value": { "displayName": "Others", "externalId": "h" } },
    ] });
    let (at_user, at_group) = (format!("/Users/{person}"), format!("/Groups/{group}"));
    [
        ("POST", "/Users".to_owned(), user.clone()),
        ("PUT", at_user.clone(), user),
        ("PATCH", at_user, of_user),
        ("POST", "/Groups".to_owned(), whole.clone()),
        ("PUT", at_group.clone(), whole),
        ("PATCH", at_group, of_group),
    ]
}

/// A server, its client, a person, a group, and a generator.
fn scene() -> (TestApp, Client, [(&'static str, String, Value); 6], Random) {
    let app = TestApp::spawn();
    let scim = app.scim();
    let person = scim.new_user("somebody@corp.example");
    let group = scim.new_group("Some Group", std::slice::from_ref(&person));
    let documents = documents(&person, &group);
    (app, scim, documents, Random::seeded(Random::seed()))
}

/// The answer is one that a client can act on.
#[track_caller]
fn fine(status: u16, what: &str) {
    assert!(
        matches!(status, 200..=204 | 400 | 404 | 409 | 413),
        "{status}: {what}"
    );
}

#[test]
fn spoiled_bodies_are_answered_well() {
    let (_app, scim, documents, mut random) = scene();
    let seed = format!("{random:?}");
    for _ in 0..ROUNDS {
        let (method, path, document) = &documents[random.below(documents.len())];
        let body = spoiled(&mut random, document).to_string();
        let status = scim.send(method, path, &[], Some(body.as_bytes())).status;
        fine(status, &format!("{seed}: {method} {path} {body}"));
    }
}

#[test]
fn spoiled_bytes_are_answered_well() {
    let (_app, scim, documents, mut random) = scene();
    let seed = format!("{random:?}");
    for _ in 0..ROUNDS {
        let (method, path, document) = &documents[random.below(documents.len())];
        let mut bytes = document.to_string().into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = random.next().to_le_bytes()[0],
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, b"{}[],:\"\\\0"[random.below(9)]),
            }
        }
        let status = scim.send(method, path, &[], Some(&bytes)).status;
        let shown = String::from_utf8_lossy(&bytes);
        fine(status, &format!("{seed}: {method} {path} {shown}"));
    }
}

#[test]
fn spoiled_filters_and_paths_are_answered_well() {
    let (_app, scim, documents, mut random) = scene();
    let seed = format!("{random:?}");
    for _ in 0..ROUNDS {
        let expression = expression(&mut random);
        let query = percent(&expression);
        if query.len() < 12_000 {
            for kind in ["Users", "Groups"] {
                let path = format!("/{kind}?filter={query}&attributes={query}&count=2");
                let status = scim.get(&path[..path.len().min(15_000)]).status;
                fine(status, &format!("{seed}: {kind} {expression}"));
            }
        }
        let (_, path, _) = &documents[if random.below(2) == 0 { 2 } else { 5 }];
        let op = ["add", "replace", "remove"][random.below(3)];
        let operation = json!([{
            "op": op,
            "path": expression, "value": value(&mut random, 2),
        }]);
        let status = scim.patch(path, &operation).status;
        fine(status, &format!("{seed}: {path} {operation}"));
    }
}
