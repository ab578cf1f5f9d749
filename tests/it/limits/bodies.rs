//! How large a body may be, how deep, how long, how slow.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{Client, PATCH_URN};
use crate::harness::fixtures::{group, user, values, with};
use crate::harness::wire::Wire;

const MIB: usize = 1024 * 1024;

/// A body of exactly so many bytes: blanks are as good as any.
fn padded(body: &Value, bytes: usize) -> Vec<u8> {
    let mut raw = body.to_string().into_bytes();
    raw.resize(bytes, b' ');
    raw
}

fn refusal(scim: &Client, body: &str) -> (u16, Value) {
    let answer = scim.send("POST", "/Users", &[], Some(body.as_bytes()));
    (
        answer.status,
        if answer.status == 201 {
            Value::Null
        } else {
            answer.json()["scimType"].clone()
        },
    )
}

const SYNTAX: &str = "invalidSyntax";

#[test]
fn a_users_body_has_at_most_1_mib() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ada = user("ada@corp.example");
    scim.send("POST", "/Users", &[], Some(&padded(&ada, MIB)))
        .is(201);
    let bob = user("bob@corp.example");
    let detail = scim
        .send("POST", "/Users", &[], Some(&padded(&bob, MIB + 1)))
        .refused(413, "");
    assert!(detail.contains("1048576"), "{detail}");
    let id = scim
        .ids("Users", r#"userName eq "ada@corp.example""#)
        .remove(0);
    let path = format!("/Users/{id}");
    scim.send("PUT", &path, &[], Some(&padded(&ada, MIB)))
        .is(200);
    scim.send("PUT", &path, &[], Some(&padded(&ada, MIB + 1)))
        .refused(413, "");
}

#[test]
fn a_groups_body_has_at_most_8_mib_when_it_is_made_or_replaced_and_1_when_patched() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let body = group("Analysts", &[]);
    let made = scim
        .send("POST", "/Groups", &[], Some(&padded(&body, 8 * MIB)))
        .is(201)
        .json();
    let other = group("Others", &[]);
    scim.send("POST", "/Groups", &[], Some(&padded(&other, 8 * MIB + 1)))
        .refused(413, "");
    let path = format!("/Groups/{}", made["id"].as_str().expect("an id"));
    scim.send("PUT", &path, &[], Some(&padded(&body, 8 * MIB)))
        .is(200);
    scim.send("PUT", &path, &[], Some(&padded(&body, 8 * MIB + 1)))
        .refused(413, "");
    let patch = json!({
        "schemas": [PATCH_URN],
        "Operations": [{ "op": "add", "path": "externalId", "value": "g1" }],
    });
    scim.send("PATCH", &path, &[], Some(&padded(&patch, MIB)))
        .is(200);
    scim.send("PATCH", &path, &[], Some(&padded(&patch, MIB + 1)))
        .refused(413, "");
    assert_eq!(scim.get("/Groups").is(200).json()["totalResults"], 1);
}

#[test]
fn a_body_that_announces_too_much_is_refused_before_it_is_sent() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut wire = Wire::connect(app.address());
    wire.write(format!(
        "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: 1048577\r\n\r\n",
        scim.base(),
        scim.token
    ));
    wire.answer().expect("an answer").refused(413, "");
    assert!(
        wire.is_closed(),
        "what follows could not be told from a request"
    );
}

#[test]
fn a_chunked_body_is_counted_as_it_comes() {
    let app = Setup::limits(|limits| limits.scim_body_bytes = 2048).spawn();
    let scim = app.scim();
    for (bytes, status) in [(2048, 201), (2049, 413)] {
        let body = padded(&user(&format!("{status}@corp.example")), bytes);
        let mut wire = Wire::connect(app.address());
        wire.write(format!(
            "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/scim+json\r\nTransfer-Encoding: chunked\r\n\r\n",
            scim.base(),
            scim.token
        ));
        for chunk in body.chunks(100) {
            wire.write(format!("{:x}\r\n", chunk.len()));
            wire.write(chunk);
            wire.write("\r\n");
        }
        wire.write("0\r\n\r\n");
        assert_eq!(wire.answer().expect("an answer").status, status, "{bytes}");
    }
}

#[test]
fn json_is_at_most_32_deep() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let nested = |depth: usize, name: &str| {
        // The object itself is the first level.
        let inner = format!("{}{}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        format!(r#"{{"userName":"{name}","x":{inner}}}"#)
    };
    assert_eq!(refusal(&scim, &nested(32, "a")).0, 201);
    assert_eq!(refusal(&scim, &nested(33, "b")), (400, json!(SYNTAX)));
    assert_eq!(refusal(&scim, &nested(100_000, "c")), (400, json!(SYNTAX)));
    let objects = format!("{}1{}", r#"{"x":"#.repeat(100_000), "}".repeat(100_000));
    assert_eq!(refusal(&scim, &objects), (400, json!(SYNTAX)));
}

#[test]
fn an_object_has_at_most_1000_members() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let wide = |count: usize, name: &str| {
        let members: Vec<String> = (1..count).map(|i| format!(r#""x{i}":1"#)).collect();
        format!(r#"{{"userName":"{name}",{}}}"#, members.join(","))
    };
    assert_eq!(refusal(&scim, &wide(1000, "a")).0, 201);
    assert_eq!(refusal(&scim, &wide(1001, "b")), (400, json!(SYNTAX)));
}

#[test]
fn an_array_has_at_most_20000_items() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let long = |count: usize, name: &str| {
        format!(
            r#"{{"userName":"{name}","x":[{}]}}"#,
            vec!["1"; count].join(",")
        )
    };
    assert_eq!(refusal(&scim, &long(20_000, "a")).0, 201);
    assert_eq!(refusal(&scim, &long(20_001, "b")), (400, json!(SYNTAX)));
}

#[test]
fn a_string_has_at_most_256_kib() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let long = |bytes: usize, name: &str| {
        format!(r#"{{"userName":"{name}","x":"{}"}}"#, "x".repeat(bytes))
    };
    assert_eq!(refusal(&scim, &long(256 * 1024, "a")).0, 201);
    assert_eq!(
        refusal(&scim, &long(256 * 1024 + 1, "b")),
        (400, json!(SYNTAX))
    );
    // Escapes count as what they stand for, and keys are strings too.
    let escaped = format!(
        r#"{{"userName":"c","x":"{}"}}"#,
        r"\u00e9".repeat(128 * 1024)
    );
    assert_eq!(refusal(&scim, &escaped).0, 201);
    let key = format!(r#"{{"userName":"d","{}":1}}"#, "k".repeat(256 * 1024 + 1));
    assert_eq!(refusal(&scim, &key), (400, json!(SYNTAX)));
}

#[test]
fn a_group_is_made_or_replaced_with_at_most_100000_members() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let body = |count: usize, name: &str| group(name, &vec![id.clone(); count]).to_string();
    let made = scim
        .send(
            "POST",
            "/Groups",
            &[],
            Some(body(100_000, "Analysts").as_bytes()),
        )
        .is(201);
    let made = made.json()["id"].as_str().expect("an id").to_owned();
    let over = scim.send(
        "POST",
        "/Groups",
        &[],
        Some(body(100_001, "Others").as_bytes()),
    );
    assert_eq!(over.status, 400, "{}", over.text());
    let path = format!("/Groups/{made}");
    scim.send(
        "PUT",
        &path,
        &[],
        Some(body(100_000, "Analysts").as_bytes()),
    )
    .is(200);
    let over = scim.send(
        "PUT",
        &path,
        &[],
        Some(body(100_001, "Analysts").as_bytes()),
    );
    assert_eq!(over.status, 400, "{}", over.text());
    assert_eq!(scim.members_of(&made), [id]);
}

#[test]
fn a_patch_has_at_most_1000_operations() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let operations = |count: usize, title: &str| {
        Value::from(vec![
            json!({ "op": "replace", "path": "title", "value": title });
            count
        ])
    };
    scim.patch_user(&id, &operations(1000, "a")).is(200);
    scim.patch_user(&id, &operations(1001, "b"))
        .refused(400, "tooMany");
    assert_eq!(scim.read_user(&id)["title"], "a");
    let empty = scim.patch_user(&id, &json!([]));
    empty.refused(400, "invalidSyntax");
}

#[test]
fn a_patch_adds_at_most_20000_members() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", &[]);
    let add = |count: usize| json!([{ "op": "add", "path": "members", "value": values(&vec![id.clone(); count]) }]);
    let two = |first: usize, second: usize| json!([add(first)[0].clone(), add(second)[0].clone()]);
    scim.patch_group(&made, &add(20_000)).is(200);
    scim.patch_group(&made, &two(10_000, 10_000)).is(200);
    scim.patch_group(&made, &two(10_000, 10_001))
        .refused(400, "tooMany");
}

#[test]
fn a_path_has_at_most_2_kib() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let path = |bytes: usize| {
        let frame = r#"emails[value eq ""].type"#.len();
        format!(r#"emails[value eq "{}"].type"#, "x".repeat(bytes - frame))
    };
    let add =
        |path: String| scim.patch_user(&id, &json!([{ "op": "add", "path": path, "value": "x" }]));
    add(path(2048)).is(200);
    add(path(2049)).refused(400, "invalidPath");
}

#[test]
fn a_group_holds_at_most_1000000_members() {
    let app = TestApp::spawn().unchecked_at_end();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    let made = scim.new_group("Everybody", &[]);
    // A million people take minutes to make; the count that the limit looks at does not.
    let changed = app
        .sql()
        .execute("UPDATE groups SET member_count = 999999", [])
        .expect("an update");
    assert_eq!(changed, 1);
    let add = |id: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    scim.patch_group(&made, &add(&ids[0])).is(204);
    let detail = scim
        .patch_group(&made, &add(&ids[1]))
        .refused(400, "tooMany");
    assert!(
        detail.contains("1000000") || detail.contains("1,000,000"),
        "{detail}"
    );
    assert_eq!(scim.members_of(&made), ids[..1]);
}

#[test]
fn a_stored_person_is_bounded() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let emails = |count: usize| -> Value {
        (0..count)
            .map(|i| json!({ "value": format!("a{i}@corp.example") }))
            .collect()
    };
    let body = |name: &str, count: usize| with(user(name), json!({ "emails": emails(count) }));
    let id = scim.made("/Users", &body("a@corp.example", 1000));
    let over = scim.post("/Users", &body("b@corp.example", 1001));
    assert_eq!(over.status, 400, "{}", over.text());
    let one_more =
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "z@corp.example" }] }]);
    assert_eq!(scim.patch_user(&id, &one_more).status, 400);
}

#[test]
fn a_body_must_have_come_in_time() {
    let app = Setup::limits(|limits| limits.body_seconds = 1).spawn();
    let scim = app.scim();
    let head = |length: usize| {
        format!(
            "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n",
            scim.base(),
            scim.token
        )
    };
    let mut slow = Wire::connect(app.address());
    slow.write(head(100));
    slow.write("{");
    slow.answer().expect("an answer").refused(408, "");
    assert!(slow.is_closed());
    let body = user("ada@corp.example").to_string();
    let (first, second) = body.split_at(10);
    let mut late = Wire::connect(app.address());
    late.write(head(body.len()));
    late.write(first);
    std::thread::park_timeout(Duration::from_millis(300));
    late.write(second);
    late.answer().expect("an answer").is(201);
}

#[test]
fn a_body_must_keep_its_pace_after_five_seconds() {
    let app = Setup::limits(|limits| limits.body_bytes_per_second_min = 1 << 30).spawn();
    let scim = app.scim();
    let mut slow = Wire::connect(app.address());
    slow.write(format!(
        "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: 100000\r\n\r\n{{",
        scim.base(),
        scim.token
    ));
    // Well before the 30 seconds that the whole body has.
    slow.answer().expect("an answer").refused(408, "");
}
