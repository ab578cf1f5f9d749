//! What a request leaves in the audit log and in the provisioning log.

use provost::domain::connection::ProviderKind;
use provost::domain::token::TokenTemplate;
use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::fixtures::{group, user, values};

/// Everything a provider can do to a person and a group, with the audit log's word for it.
fn everything(app: &TestApp) -> Vec<(&'static str, String)> {
    let scim = app.scim();
    let created = scim.post("/Users", &user("ada@corp.example")).is(201);
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let made = scim.post("/Groups", &group("Analysts", &[])).is(201);
    let of = made.json()["id"].as_str().expect("an id").to_owned();
    let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    let add =
        json!([{ "op": "add", "path": "members", "value": values(std::slice::from_ref(&id)) }]);
    vec![
        ("Create SCIM User", created.request_id()),
        ("Create SCIM Group", made.request_id()),
        (
            "Update SCIM User",
            scim.patch_user(&id, &title).is(200).request_id(),
        ),
        (
            "Replace SCIM User",
            scim.put(&format!("/Users/{id}"), &user("ada@corp.example"))
                .is(200)
                .request_id(),
        ),
        (
            "Update SCIM Group",
            scim.patch_group(&of, &add).is(200).request_id(),
        ),
        (
            "Replace SCIM Group",
            scim.put(&format!("/Groups/{of}"), &group("Renamed", &[]))
                .is(200)
                .request_id(),
        ),
        (
            "Delete SCIM Group",
            scim.delete(&format!("/Groups/{of}")).is(204).request_id(),
        ),
        (
            "Delete SCIM User",
            scim.delete(&format!("/Users/{id}")).is(204).request_id(),
        ),
    ]
}

#[test]
fn every_change_has_its_audit_row_under_its_request_id() {
    let app = TestApp::spawn();
    let done = everything(&app);
    let rows: Vec<Value> = app
        .audit()
        .into_iter()
        .filter(|row| row["actor"]["context"] == "api_token")
        .collect();
    let found: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| {
            (
                row["action"]["description"].as_str().unwrap_or_default(),
                row["raw"]["cf_ray_id"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    let wanted: Vec<(&str, &str)> = done.iter().map(|(what, id)| (*what, id.as_str())).collect();
    assert_eq!(found, wanted);
}

#[test]
fn an_audit_row_says_who_did_what_to_whom_and_how() {
    let app = TestApp::spawn();
    everything(&app);
    let scim_base = app.scim().base();
    let rows = app.audit();
    let of = |what: &str| rows.iter().find(|row| row["action"]["description"] == what);
    let create = of("Create SCIM User").expect("a row");
    assert_eq!(create["action"]["type"], "create");
    assert_eq!(create["action"]["result"], "success");
    assert_eq!(create["actor"]["token_name"], "Generic");
    assert_eq!(create["actor"]["ip_address"], "127.0.0.1");
    assert_eq!(create["raw"]["method"], "POST");
    assert_eq!(create["raw"]["uri"], format!("{scim_base}/Users"));
    assert_eq!(create["raw"]["status_code"], 201);
    assert!(
        create["raw"]["user_agent"]
            .as_str()
            .is_some_and(|agent| agent.contains("ureq"))
    );
    assert_eq!(create["resource"]["type"], "scim_user");
    assert_eq!(create["resource"]["product"], "scim");
    assert_eq!(
        create["resource"]["response"]["userName"],
        "ada@corp.example"
    );
    let update = of("Update SCIM User").expect("a row");
    assert_eq!(update["resource"]["response"], json!({ "title": "x" }));
    let delete = of("Delete SCIM User").expect("a row");
    assert_eq!(delete["action"]["type"], "delete");
    assert_eq!(delete["raw"]["status_code"], 204);
    assert_eq!(
        delete["resource"]["request"]["userName"],
        "ada@corp.example"
    );
    let whole = rows.iter().map(Value::to_string).collect::<String>();
    assert!(!whole.contains(&app.token), "no secrets");
}

#[test]
fn whether_somebody_was_let_in_or_out_is_told_by_the_log() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.set_active(&id, false);
    scim.set_active(&id, true);
    let told: Vec<Vec<String>> = app.log().into_iter().map(|row| row.changes).collect();
    assert_eq!(told[1..], [["deactivated"], ["reactivated"]]);
}

#[test]
fn every_write_has_its_row_in_the_provisioning_log() {
    let app = TestApp::spawn();
    let done = everything(&app);
    let rows = app.log();
    let found: Vec<(String, &str, u16)> = rows
        .iter()
        .map(|row| (row.request.to_string(), row.method.as_str(), row.status))
        .collect();
    let methods = [
        "POST", "POST", "PATCH", "PUT", "PATCH", "PUT", "DELETE", "DELETE",
    ];
    let statuses = [201, 201, 200, 200, 200, 200, 204, 204];
    let wanted: Vec<(String, &str, u16)> = done
        .iter()
        .zip(methods.iter().zip(statuses))
        .map(|((_, id), (method, status))| (id.clone(), *method, status))
        .collect();
    assert_eq!(found, wanted);
    assert!(
        rows.iter()
            .all(|row| row.outcome.name() == "applied" && row.duration_us > 0)
    );
    let patched = &rows[4];
    assert_eq!(
        (patched.target_kind.as_str(), patched.target_name.as_str()),
        ("Group", "Analysts")
    );
    assert_eq!(patched.changes, ["members: 1 added"]);
    assert_eq!(rows[2].changes, ["title"]);
    assert_eq!(rows[0].target_name, "ada@corp.example");
    assert_eq!(
        rows[0]
            .connection
            .as_ref()
            .map(|(_, name, _)| name.as_str()),
        Some("Generic")
    );
}

#[test]
fn a_refusal_has_a_row_with_reason_and_fix() {
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_user("ada@corp.example");
    let answer = okta.post("/Users", &user("ada@corp.example"));
    let (id, detail) = (answer.request_id(), answer.refused(409, "uniqueness"));
    let row = app.last_logged();
    assert_eq!(row.request.to_string(), id);
    assert_eq!((row.outcome.name(), row.status), ("refused", 409));
    assert_eq!(
        (row.scim_type.as_str(), row.detail.as_str()),
        ("uniqueness", detail.as_str())
    );
    assert_eq!(
        row.reason.map(provost::domain::reason::Reason::code),
        Some("user_name_taken")
    );
    assert_eq!(row.target_name, "ada@corp.example");
    assert!(row.fix().is_some(), "says what to do");
    assert_eq!(
        app.audited(),
        ["Create SCIM User"],
        "a refusal changes nothing"
    );
}

#[test]
fn refusals_of_every_kind_are_logged() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let nobody = "/Users/0198f3a2c4d57e6f8091a2b3c4d5e6f7";
    let text = [("Content-Type", "text/plain")];
    for (answer, reason) in [
        (scim.get(nobody), "not_found"),
        (scim.delete(nobody), "not_found"),
        (scim.get("/Devices"), "route_unknown"),
        (
            scim.send("PUT", "/Users", &[], Some(b"{}")),
            "method_not_allowed",
        ),
        (
            scim.send("POST", "/Users", &[], Some(b"{")),
            "invalid_syntax",
        ),
        (
            scim.send("POST", "/Users", &text, Some(b"{}")),
            "media_type",
        ),
        (scim.find("Users", "x"), "invalid_filter"),
        (scim.post("/Groups", &group("CF x", &[])), "reserved_prefix"),
        (
            scim.post("/Groups", &group("x", &["y".to_owned()])),
            "unknown_member",
        ),
    ] {
        let id = answer.request_id();
        let row = app
            .log()
            .into_iter()
            .find(|row| row.request.to_string() == id);
        let row = row.expect("a row for each");
        assert_eq!(
            row.reason.map(provost::domain::reason::Reason::code),
            Some(reason)
        );
        assert_eq!((row.status, row.outcome.name()), (answer.status, "refused"));
    }
}

#[test]
fn reads_have_no_rows_and_are_summed() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    for _ in 0..5 {
        scim.read_user(&id);
    }
    assert_eq!(app.log().len(), 1);
    app.db.flush_activity(true).expect("a flush");
    let health = app.read(|tx| provost::app::connections::health(tx, "Generic"));
    let now = health.hours[23];
    assert_eq!(
        (now.reads, now.writes, now.refused, now.failed),
        (5, 1, 0, 0)
    );
    assert!(health.last_request_ms >= health.last_write_ms && health.last_write_ms.is_some());
}

#[test]
fn a_token_remembers_when_and_from_where_it_was_used() {
    let app = TestApp::spawn();
    app.scim().get("/Users").is(200);
    app.db.flush_activity(true).expect("a flush");
    let token = app.read(|tx| provost::app::tokens::find(tx, "Generic"));
    assert!(token.last_used_ms.is_some());
    assert_eq!(token.last_used_address.as_deref(), Some("127.0.0.1"));
}

#[test]
fn a_token_that_is_off_is_knocked_with_and_not_used() {
    let app = TestApp::spawn();
    app.write(|tx| provost::app::tokens::switch(tx, "Generic", false));
    app.scim().get("/Users").is(401);
    app.db.flush_activity(true).expect("a flush");
    let token = app.read(|tx| provost::app::tokens::find(tx, "Generic"));
    assert_eq!((token.last_used_ms, token.last_used_address), (None, None));
    let health = app.read(|tx| provost::app::connections::health(tx, "Generic"));
    assert!(health.last_request_ms.is_some(), "the provider asked");
}

#[test]
fn a_missing_permission_is_audited() {
    let app = TestApp::spawn();
    let reader = app.client(&app.new_token("reader", |new| new.template = TokenTemplate::Read));
    let refused = reader.post("/Users", &user("ada@corp.example")).is(403);
    let row = app.audit().pop().expect("a row");
    assert_eq!(row["action"]["description"], "Deny Request");
    assert_eq!(row["action"]["result"], "failure");
    assert_eq!(row["actor"]["token_name"], "reader");
    assert_eq!(row["raw"]["cf_ray_id"], refused.request_id());
}

#[test]
fn a_query_string_is_in_no_log() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.find("Users", "canary-in-the-query");
    scim.get("/Users/x?filter=canary-in-the-query").is(404);
    let logs = format!("{:?}{:?}", app.log(), app.audit());
    assert!(!logs.contains("canary"), "filters name people");
}

#[test]
fn another_account_sees_none_of_it() {
    let app = TestApp::spawn();
    app.other_account().new_user("ada@corp.example");
    assert_eq!(app.log().len(), 0);
    assert_eq!(app.audited(), Vec::<String>::new());
}
