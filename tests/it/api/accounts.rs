//! `/accounts`.

use serde_json::json;

use crate::harness::api::{SCIM_PROVISIONING, SETTINGS_READ};
use crate::harness::app::TestApp;

#[test]
fn a_token_sees_its_account_and_no_other() {
    let app = TestApp::spawn();
    let api = app.api();
    app.other_account();
    let listed = api.get("/accounts");
    let body = listed.json();
    assert_eq!(
        body["result_info"],
        json!({ "page": 1, "per_page": 20, "count": 1, "total_count": 1, "total_pages": 1 })
    );
    let items = listed.items();
    assert_eq!(items[0]["id"], api.0.account);
    assert_eq!(items[0]["name"], "Corp");
    assert_eq!(api.get(&api.at("")).result(), items[0]);
    assert_eq!(api.get("/accounts?name=Corp").items().len(), 1);
    assert_eq!(api.get("/accounts?name=Other").items().len(), 0);
}

#[test]
fn pages_are_numbers_with_or_without_a_fraction_and_end_empty() {
    let app = TestApp::spawn();
    let api = app.api();
    for (query, page, per_page, count) in [
        ("?page=1", 1, 20, 1),
        ("?page=1.0&per_page=5.0", 1, 5, 1),
        ("?page=2", 2, 20, 0),
        ("?page=2.0", 2, 20, 0),
        ("?page=0&per_page=0", 1, 5, 1),
        ("?page=-3&per_page=100000", 1, 50, 1),
        ("?page=9223372036854775807&per_page=50", i64::MAX, 50, 0),
    ] {
        let body = api.get(&format!("/accounts{query}")).is(200).json();
        let info = &body["result_info"];
        assert_eq!(info["page"], page, "{query}");
        assert_eq!(info["per_page"], per_page, "{query}");
        assert_eq!(info["count"], count, "{query}");
        assert_eq!(info["total_count"], 1, "{query}");
    }
    let refused = api.get("/accounts?page=two");
    assert_eq!(refused.pointer(), "page");
    refused.fails(400, 1001);
}

#[test]
fn an_account_is_renamed_by_what_was_read() {
    let app = TestApp::spawn();
    let api = app.api();
    let mut account = api.get(&api.at("")).result();
    account["name"] = json!("Corporation");
    let renamed = api.put(&api.at(""), &account);
    let audit = renamed.header("cf-auditlog-id").expect("an id").to_owned();
    assert_eq!(renamed.result(), account);
    let row = app.audit().pop().expect("a row");
    assert_eq!(row["id"], audit);
    assert_eq!(row["action"]["description"], "Update Account");
    assert_eq!(row["raw"]["status_code"], 200);
    // Nothing changed, nothing recorded.
    assert!(
        api.put(&api.at(""), &account)
            .header("cf-auditlog-id")
            .is_none()
    );
    let refused = api.put(&api.at(""), &json!({ "type": "standard" }));
    assert_eq!(refused.pointer(), "/name");
    refused.fails(400, 1001);
    let wrong = json!({ "id": "f".repeat(32), "name": "x" });
    api.put(&api.at(""), &wrong).fails(400, 1001);
    app.other_account();
    api.put(&api.at(""), &json!({ "name": "Other" }))
        .fails(409, 1004);
}

#[test]
fn accounts_are_made_on_the_server_alone() {
    let app = TestApp::spawn();
    let api = app.api();
    let message = api
        .post("/accounts", &json!({ "name": "New" }))
        .fails(403, 9109);
    assert!(message.contains("command line"), "{message}");
}

#[test]
fn reading_and_writing_an_account_take_their_permissions() {
    let app = TestApp::spawn();
    let scim = app.api_with(&[SCIM_PROVISIONING]);
    scim.get(&scim.at("")).fails(403, 9109);
    let read = app.api_with(&[SETTINGS_READ]);
    read.get(&read.at("")).is(200);
    read.put(&read.at(""), &json!({ "name": "x" }))
        .fails(403, 9109);
    let denied = app.audit().pop().expect("a row");
    assert_eq!(denied["action"]["description"], "Deny Request");
    assert_eq!(denied["action"]["result"], "failure");
    assert_eq!(denied["raw"]["method"], "PUT");
}
