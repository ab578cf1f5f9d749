//! The logs and the connections over the REST API.

use provost::domain::connection::ProviderKind;
use serde_json::Value;

use crate::harness::api::{Api, SCIM_PROVISIONING};
use crate::harness::app::{Setup, TestApp};
use crate::harness::client::text;
use crate::harness::fixtures::user;

const ALL_TIME: &str = "since=2026-01-01&before=2027-01-01";

fn descriptions(items: &[Value]) -> Vec<String> {
    items
        .iter()
        .map(|entry| text(&entry["action"], "description"))
        .collect()
}

/// All pages of a cursor list.
fn walk(api: &Api, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let body = api.get(&format!("{path}&cursor={cursor}")).is(200).json();
        let page = body["result"].as_array().expect("a list").clone();
        assert_eq!(body["result_info"]["count"], page.len().to_string());
        items.extend(page);
        match body["result_info"]["cursors"]["after"].as_str() {
            Some(after) => after.clone_into(&mut cursor),
            None => return items,
        }
    }
}

#[test]
fn the_audit_log_is_read_by_cursor_without_gap_or_repetition() {
    let app = Setup::standing_clock().spawn();
    let api = app.api();
    app.scim().new_users("u", 7);
    let path = api.at(&format!("/logs/audit?{ALL_TIME}&limit=3"));
    let walked = walk(&api, &path);
    let ids: Vec<String> = walked.iter().map(|entry| text(entry, "id")).collect();
    let all: Vec<String> = app
        .audit()
        .iter()
        .rev()
        .map(|row| text(row, "id"))
        .collect();
    assert_eq!(ids, all);
    assert_eq!(walked[0]["account"]["name"], "Corp");
    let oldest_first = walk(&api, &format!("{path}&direction=asc"));
    let forward: Vec<String> = oldest_first.iter().map(|e| text(e, "id")).rev().collect();
    assert_eq!(forward, all);
}

#[test]
fn rows_are_picked_by_any_field_and_left_out_by_any() {
    let app = Setup::standing_clock().spawn();
    let api = app.api();
    let ann = app.scim().new_user("ann@corp.example");
    app.scim().new_group("Staff", &[]);
    app.scim().set_active(&ann, false);
    let ask = |query: &str| {
        let answer = api.get(&api.at(&format!("/logs/audit?{ALL_TIME}&{query}")));
        descriptions(&answer.items())
    };
    assert_eq!(ask("resource_type=scim_group"), ["Create SCIM Group"]);
    let id = format!("resource_id={ann}");
    assert_eq!(ask(&id), ["Update SCIM User", "Create SCIM User"]);
    assert_eq!(
        ask(&format!("{id}&action_type.not=create")),
        ["Update SCIM User"]
    );
    assert_eq!(
        ask("action_type.not=create&action_type.not=update"),
        Vec::<String>::new()
    );
    assert_eq!(ask(&format!("{id}&raw_status_code=201")).len(), 1);
    // The connection is one of them.
    assert_eq!(ask("product_category=identity").len(), 4);
    assert_eq!(
        ask("product_category=system&product_category=identity").len(),
        4
    );
    assert_eq!(ask("product_category=nothing").len(), 0);
    // Rows without the field are none of the texts.
    let with_token = ask("actor_context=api_token").len();
    assert_eq!(
        ask("actor_token_name.not=Generic").len(),
        ask("x=").len() - with_token
    );
    assert_eq!(ask("account_name.not=Corp").len(), 0);
}

#[test]
fn the_span_is_required_and_kept() {
    let app = Setup::standing_clock().spawn();
    let api = app.api();
    for (query, pointer) in [
        ("", "since"),
        ("since=2026-01-01", "before"),
        ("since=then&before=2027-01-01", "since"),
        ("since=2026-01-01&before=2027-01-01&cursor=!", "cursor"),
        ("since=2026-01-01&before=2027-01-01&limit=many", "limit"),
    ] {
        let refused = api.get(&api.at(&format!("/logs/audit?{query}")));
        assert_eq!(refused.pointer(), pointer, "{query}");
        refused.fails(400, 1001);
    }
    let count = |span: &str| {
        api.get(&api.at(&format!("/logs/audit?{span}")))
            .items()
            .len()
    };
    assert_eq!(count("since=2026-11-21&before=2026-11-21T12:00:00Z"), 0);
    assert!(count("since=2026-11-21T12:00:00Z&before=2026-11-22") > 0);
    let huge = api.get(&api.at(&format!("/logs/audit?{ALL_TIME}&limit=100000")));
    huge.is(200);
}

#[test]
fn the_history_of_an_entry_is_what_happened_to_the_same_thing() {
    let app = Setup::standing_clock().spawn();
    let api = app.api();
    let ann = app.scim().new_user("ann@corp.example");
    app.scim().new_user("bob@corp.example");
    app.scim().set_active(&ann, false);
    let entries = api.get(&api.at(&format!("/logs/audit?{ALL_TIME}&resource_id={ann}")));
    let id = text(&entries.items()[1], "id");
    let path = api.at(&format!("/logs/audit/{id}/history?{ALL_TIME}"));
    let history = api.get(&path);
    assert_eq!(history.json()["result_info"]["history_status"], "exact");
    assert_eq!(
        descriptions(&history.items()),
        ["Update SCIM User", "Create SCIM User"]
    );
    let unknown = api.at(&format!(
        "/logs/audit/{}/history?{ALL_TIME}",
        "f".repeat(32)
    ));
    api.get(&unknown).fails(404, 1003);
    let categories = api.get(&api.at("/logs/audit/product_categories")).items();
    assert_eq!(categories.len(), 3);
}

#[test]
fn the_older_log_has_pages() {
    let app = Setup::standing_clock().spawn();
    let api = app.api();
    app.scim().new_users("u", 5);
    let page = |query: &str| api.get(&api.at(&format!("/audit_logs?per_page=2&{query}")));
    let first = page("page=1");
    let total = first.json()["result_info"]["total_count"]
        .as_u64()
        .expect("a number");
    let newest = &first.items()[0];
    assert_eq!(newest["action"]["info"], "Create SCIM User");
    assert_eq!(newest["oldValue"], "");
    assert!(text(newest, "newValue").contains("u4@corp.example"));
    assert_eq!(page(&format!("page={total}")).items().len(), 0);
    assert_eq!(page("action.type=delete").items().len(), 0);
    assert_eq!(page("before=2026-11-21").items().len(), 0);
    assert_eq!(page("zone.name=corp.example").items().len(), 0);
    let id = text(newest, "id");
    assert_eq!(page(&format!("id={id}")).items().len(), 1);
    // What has no value asks for nothing.
    assert_eq!(page("zone.name=&action.type=&since=").items().len(), 2);
}

#[test]
fn the_provisioning_log_is_read_by_cursor_and_outcome() {
    let app = Setup::standing_clock().spawn();
    let api = app.api();
    let scim = app.scim();
    scim.new_users("u", 4);
    scim.post("/Users", &user("u0@corp.example")).is(409);
    let path = api.at("/provisioning_log?limit=2");
    let rows = walk(&api, &path);
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[0]["outcome"], "refused");
    assert_eq!(rows[0]["reason"], "user_name_taken");
    assert!(rows[0]["fix"].is_string());
    assert_eq!(rows[1]["target"]["name"], "u3@corp.example");
    let refused = walk(&api, &format!("{path}&outcome=refused"));
    assert_eq!(refused.len(), 1);
    let oldest = walk(&api, &format!("{path}&direction=asc"));
    assert_eq!(oldest[0]["target"]["name"], "u0@corp.example");
    api.get(&format!("{path}&outcome=lost")).fails(400, 1001);
    api.get(&format!("{path}&connection=nothing"))
        .fails(404, 1003);
    assert_eq!(walk(&api, &format!("{path}&connection=Generic")).len(), 5);
}

#[test]
fn connections_show_how_they_fare() {
    let app = TestApp::spawn();
    let api = app.api();
    app.new_connection(ProviderKind::Okta, "Okta");
    let connections = api.get(&api.at("/connections")).items();
    let names: Vec<String> = connections.iter().map(|c| text(c, "name")).collect();
    assert_eq!(names, ["Generic", "Okta", "API"]);
    let id = text(&connections[1], "id");
    let one = api.get(&api.at(&format!("/connections/{id}"))).result();
    assert_eq!(one["kind"], "okta");
    assert_eq!(one["health"]["hours"].as_array().map(Vec::len), Some(24));
    for unknown in ["f".repeat(32), "Okta".to_owned()] {
        api.get(&api.at(&format!("/connections/{unknown}")))
            .fails(404, 1003);
    }
}

#[test]
fn logs_take_account_settings() {
    let app = TestApp::spawn();
    let api = app.api_with(&[SCIM_PROVISIONING]);
    for path in [
        &format!("/logs/audit?{ALL_TIME}"),
        "/logs/audit/product_categories",
        "/audit_logs",
        "/provisioning_log",
        "/connections",
    ] {
        api.get(&api.at(path)).fails(403, 9109);
    }
}
