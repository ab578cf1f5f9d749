//! How much a bulk request may be, and what is no bulk request at all.

use serde_json::{Value, json};

use super::{everybody, person, statuses};
use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{BULK_URN, PATCH_URN};
use crate::harness::fixtures::user;

fn people(count: usize) -> Value {
    let people = (0..count).map(|i| person(&format!("p{i}")));
    json!(people.collect::<Vec<Value>>())
}

/// A request of exactly so many bytes: blanks are as good as any.
fn padded(operations: &Value, bytes: usize) -> Vec<u8> {
    let body = json!({ "schemas": [BULK_URN], "Operations": operations });
    let mut raw = body.to_string().into_bytes();
    assert!(raw.len() <= bytes, "{} bytes", raw.len());
    raw.resize(bytes, b' ');
    raw
}

#[test]
fn a_thousand_operations_are_done_and_one_more_is_too_many() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let results = scim.in_bulk(&people(1000));
    assert_eq!(statuses(&results), vec!["201"; 1000]);
    assert_eq!(
        scim.get("/Users?count=0").is(200).json()["totalResults"],
        1000
    );
    assert_eq!(app.log().len(), 1000);
    let detail = scim.bulk(&people(1001), json!({})).refused(413, "");
    assert!(detail.contains("maxOperations is 1000"), "{detail}");
    let row = app.last_logged();
    assert_eq!((row.outcome.name(), row.status), ("refused", 413));
    assert!(row.uri.ends_with("/Bulk"), "{}", row.uri);
    assert_eq!(app.log().len(), 1001);
}

#[test]
fn four_mebibytes_are_read_and_no_byte_more() {
    const MAX: usize = 4 * 1024 * 1024;
    let app = TestApp::spawn();
    let scim = app.scim();
    let send = |raw: &[u8]| scim.send("POST", "/Bulk", &[], Some(raw));
    send(&padded(&people(1), MAX)).is(200);
    let detail = send(&padded(&json!([person("late")]), MAX + 1)).refused(413, "");
    assert!(
        detail.contains("maxPayloadSize") && detail.contains("4194304"),
        "{detail}"
    );
    assert_eq!(everybody(&app), ["p0@corp.example"]);
}

#[test]
fn a_body_of_150000_values_is_read_and_no_value_more() {
    let app = TestApp::spawn();
    let scim = app.scim();
    // Seven are the message, its four arrays and two texts, one of which is no operation.
    let send = |values: usize| {
        let nothing = vec![Value::Null; values - 7];
        let (first, second) = nothing.split_at(nothing.len() / 2);
        let body = json!({ "schemas": [BULK_URN], "Operations": ["x"],
            "first": first, "second": second });
        scim.post("/Bulk", &body).refused(400, "invalidSyntax")
    };
    let detail = send(150_000);
    assert!(detail.contains("Operation 1"), "{detail}");
    let detail = send(150_001);
    assert!(detail.contains("150000 values"), "{detail}");
}

#[test]
fn the_limits_are_announced_as_they_are_set() {
    let app = TestApp::spawn();
    let config = app.scim().get("/ServiceProviderConfig").is(200).json();
    assert_eq!(
        config["bulk"],
        json!({ "supported": true, "maxOperations": 1000, "maxPayloadSize": 4_194_304 })
    );
    let app = Setup::limits(|limits| {
        limits.bulk_operations = 2;
        limits.bulk_body_bytes = 2048;
    })
    .spawn();
    let scim = app.scim();
    let config = scim.get("/ServiceProviderConfig").is(200).json();
    assert_eq!(
        config["bulk"],
        json!({ "supported": true, "maxOperations": 2, "maxPayloadSize": 2048 })
    );
    assert_eq!(statuses(&scim.in_bulk(&people(2))), ["201", "201"]);
    let detail = scim.bulk(&people(3), json!({})).refused(413, "");
    assert!(detail.contains("maxOperations is 2"), "{detail}");
    scim.send("POST", "/Bulk", &[], Some(&padded(&people(1), 2049)))
        .refused(413, "");
}

#[test]
fn what_could_not_be_begun_in_time_is_answered_one_by_one() {
    let app = Setup::limits(|limits| limits.bulk_seconds = 0).spawn();
    let scim = app.scim();
    let results = scim.in_bulk(&people(3));
    assert_eq!(statuses(&results), ["503"; 3]);
    let details: Vec<String> = results.iter().map(super::detail).collect();
    assert!(
        details
            .iter()
            .all(|detail| detail.contains("send the operation again"))
    );
    assert_eq!(everybody(&app), Vec::<String>::new());
}

#[test]
fn a_bulk_request_counts_as_one_request_for_the_rate() {
    let app = Setup::limits(|limits| {
        limits.token_rps = 1;
        limits.token_burst = 2;
    })
    .spawn();
    let scim = app.scim();
    assert_eq!(scim.in_bulk(&people(20)).len(), 20);
    scim.get("/Users").is(200);
    scim.get("/Users").refused(429, "");
}

#[test]
fn what_is_no_bulk_request_is_refused_whole_and_logged_once() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let one = json!([person("a")]);
    let send = |body: &Value| scim.post("/Bulk", body);
    for body in [
        json!([]),
        json!({ "schemas": [BULK_URN] }),
        json!({ "schemas": [BULK_URN], "Operations": [] }),
        json!({ "schemas": [BULK_URN], "Operations": "x" }),
        json!({ "schemas": [BULK_URN], "Operations": [person("a"), 1] }),
        json!({ "schemas": [PATCH_URN], "Operations": one }),
        json!({ "Operations": one }),
        json!({ "schemas": [BULK_URN], "Operations": one, "failOnErrors": 0 }),
        json!({ "schemas": [BULK_URN], "Operations": one, "failOnErrors": "1" }),
    ] {
        let before = app.log().len();
        send(&body).refused(400, "invalidSyntax");
        let rows = app.log();
        assert_eq!(rows.len(), before + 1, "{body}");
        assert!(rows[before].uri.ends_with("/Bulk"));
    }
    let twice = br#"{"schemas": [], "Schemas": []}"#;
    scim.send("POST", "/Bulk", &[], Some(twice))
        .refused(400, "invalidSyntax");
    let html = [("Content-Type", "text/html")];
    scim.send("POST", "/Bulk", &html, Some(b"{}"))
        .refused(415, "");
    assert_eq!(everybody(&app), Vec::<String>::new());
}

#[test]
fn it_takes_post_and_a_token_that_may_write() {
    let app = TestApp::spawn();
    let answer = app.scim().get("/Bulk");
    assert_eq!(answer.header("allow"), Some("POST"));
    answer.refused(405, "");
    let reader = app.new_token("reader", |new| {
        new.template = provost::domain::token::TokenTemplate::Read;
    });
    let answer = app.client(&reader).bulk(&people(1), json!({}));
    answer.refused(403, "");
    assert_eq!(everybody(&app), Vec::<String>::new());
}

#[test]
fn an_operations_data_has_the_limits_of_its_own_request() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut large = person("large");
    let notes: Vec<Value> = (0..5)
        .map(|i| json!({ "value": format!("{i}{}", "x".repeat(250 * 1024)) }))
        .collect();
    large["data"]["entitlements"] = json!(notes);
    let results = scim.in_bulk(&json!([large, person("small")]));
    assert_eq!(statuses(&results), ["400", "201"]);
    let alone = super::with(user("large@corp.example"), json!({ "entitlements": notes }));
    assert!(matches!(scim.post("/Users", &alone).status, 400 | 413));
}
