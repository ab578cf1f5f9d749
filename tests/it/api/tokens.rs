//! Tokens of the account.

use serde_json::{Value, json};

use crate::harness::api::{Api, SCIM_PROVISIONING, SETTINGS_READ, SETTINGS_WRITE, TOKENS_WRITE};
use crate::harness::app::{NOON_MS, Setup, TestApp};
use crate::harness::client::text;

const DAY_MS: i64 = 86_400_000;

fn made(api: &Api, body: &Value) -> (String, String) {
    let token = api.post(&api.at("/tokens"), body).result();
    (text(&token, "id"), text(&token, "value"))
}

fn path(api: &Api, id: &str) -> String {
    api.at(&format!("/tokens/{id}"))
}

#[test]
fn a_token_is_made_read_changed_rolled_and_ended() {
    let app = TestApp::spawn();
    let api = app.api();
    let mut body = api.token_body("deploy", &[SETTINGS_WRITE, SETTINGS_READ]);
    body["condition"] = json!({ "request_ip": { "in": ["127.0.0.0/8", "::1"] } });
    let answer = api.post(&api.at("/tokens"), &body);
    assert!(answer.header("cf-auditlog-id").is_some());
    let token = answer.result();
    let (id, value) = (text(&token, "id"), text(&token, "value"));
    assert!(value.starts_with("pva_"), "an account's own");
    let groups = token["policies"][0]["permission_groups"].clone();
    assert_eq!(
        groups,
        json!([
            { "id": SETTINGS_WRITE, "name": "Account Settings Write" },
            { "id": SETTINGS_READ, "name": "Account Settings Read" },
        ])
    );
    let condition = json!({ "request_ip": { "in": ["127.0.0.0/8", "::1/128"] } });
    assert_eq!(token["condition"], condition);
    let mine = api.with_token(&value);
    assert_eq!(
        mine.get(&mine.at("/tokens/verify")).result()["id"],
        token["id"]
    );

    let read = api.get(&path(&api, &id)).result();
    assert!(read.get("value").is_none());
    let mut change = read.clone();
    change["name"] = json!("deployment");
    change["status"] = json!("disabled");
    let changed = api.put(&path(&api, &id), &change).result();
    assert_eq!(changed["name"], "deployment");
    assert_eq!(changed["status"], "disabled");
    assert_eq!(changed["policies"], read["policies"], "ids are kept");
    mine.get(&mine.at("")).fails(401, 1000);
    change["status"] = json!("active");
    api.put(&path(&api, &id), &change).is(200);
    mine.get(&mine.at("")).is(200);

    let rolled = api
        .send("PUT", &format!("{}/value", path(&api, &id)), None)
        .result();
    mine.get(&mine.at("")).fails(401, 1000);
    let mine = api.with_token(rolled.as_str().expect("a secret"));
    mine.get(&mine.at("")).is(200);

    assert_eq!(api.delete(&path(&api, &id)).result(), json!({ "id": id }));
    mine.get(&mine.at("")).fails(401, 1000);
    api.get(&path(&api, &id)).fails(404, 1003);
    let descriptions: Vec<String> = app.audited();
    assert_eq!(
        descriptions,
        [
            "Create Token",
            "Update Token",
            "Update Token",
            "Roll Token",
            "Revoke Token"
        ]
    );
}

#[test]
fn a_list_ends_with_an_empty_page() {
    let app = TestApp::spawn();
    let api = app.api();
    for number in 0..9 {
        made(
            &api,
            &api.token_body(&format!("t{number}"), &[SETTINGS_READ]),
        );
    }
    let page = |number: usize| api.get(&api.at(&format!("/tokens?per_page=5&page={number}")));
    // With the connection's token and the caller's own.
    let sizes = [1, 2, 3, 4].map(|number| page(number).items().len());
    assert_eq!(sizes, [5, 5, 1, 0]);
    let info = page(3).json()["result_info"].clone();
    assert_eq!(info["total_count"], 11);
    assert_eq!(info["total_pages"], 3);
    let names = |query: &str| -> Vec<String> {
        let items = api.get(&api.at(&format!("/tokens?{query}"))).items();
        items.iter().map(|token| text(token, "name")).collect()
    };
    assert_eq!(names("name=t3"), ["t3"]);
    assert_eq!(names("direction=desc&per_page=5")[0], "t8");
    assert_eq!(names("direction=asc")[0], "Generic");
    api.get(&api.at("/tokens?direction=up")).fails(400, 1001);
}

#[test]
fn expired_tokens_are_listed_on_request() {
    let app = Setup::standing_clock().spawn();
    let api = app.api();
    let mut body = api.token_body("short", &[SETTINGS_READ]);
    body["expires_on"] = json!("2026-11-22T12:00:00Z");
    assert_eq!(NOON_MS, 1_795_262_400_000, "the clock stands a day before");
    let (id, value) = made(&api, &body);
    app.pass(2 * DAY_MS);
    let names = |query: &str| api.get(&api.at(&format!("/tokens{query}"))).items().len();
    assert_eq!(names("?include_expired=true"), names("") + 1);
    let token = api.get(&path(&api, &id)).result();
    assert_eq!(token["status"], "expired");
    let late = api.with_token(&value);
    late.get(&late.at("")).fails(401, 1000);
    // What was read can be sent back, and a later end revives it.
    api.put(&path(&api, &id), &token).is(200);
    let mut longer = token;
    longer["expires_on"] = json!("2027-01-01T00:00:00Z");
    api.put(&path(&api, &id), &longer).is(200);
    late.get(&late.at("")).is(200);
    longer["expires_on"] = json!("2020-01-01T00:00:00Z");
    api.put(&path(&api, &id), &longer).fails(400, 1001);
}

#[test]
fn a_deny_takes_what_an_allow_gives() {
    let app = TestApp::spawn();
    let api = app.api();
    let mut body = api.token_body("less", &[SETTINGS_READ, SETTINGS_WRITE]);
    let mut deny = body["policies"][0].clone();
    deny["effect"] = json!("deny");
    deny["permission_groups"] = json!([{ "id": SETTINGS_WRITE }]);
    body["policies"].as_array_mut().expect("a list").push(deny);
    let (_, value) = made(&api, &body);
    let less = api.with_token(&value);
    less.get(&less.at("")).is(200);
    less.put(&less.at(""), &json!({ "name": "x" }))
        .fails(403, 9109);
}

#[test]
fn nobody_gives_a_token_what_they_do_not_hold() {
    let app = TestApp::spawn();
    let maker = app.api_with(&[TOKENS_WRITE, SETTINGS_READ]);
    let may = maker.token_body("fine", &[SETTINGS_READ]);
    let (own, _) = made(&maker, &may);
    for more in [SETTINGS_WRITE, SCIM_PROVISIONING] {
        let body = maker.token_body("more", &[SETTINGS_READ, more]);
        maker.post(&maker.at("/tokens"), &body).fails(403, 9109);
        maker.put(&path(&maker, &own), &body).fails(403, 9109);
    }
    // A token that may more is not theirs to roll either.
    let admin = app.api();
    let (strong, _) = made(&admin, &admin.token_body("strong", &[SETTINGS_WRITE]));
    let roll = format!("{}/value", path(&maker, &strong));
    maker.send("PUT", &roll, None).fails(403, 9109);
    admin.send("PUT", &roll, None).is(200);
}

#[test]
fn what_is_wrong_with_a_token_is_pointed_at() {
    let app = TestApp::spawn();
    let api = app.api();
    let good = api.token_body("t", &[SETTINGS_READ]);
    let group = "/policies/0/permission_groups";
    for (pointer, change, value) in [
        ("/name", "/name", Value::Null),
        ("/name", "/name", json!("  ")),
        ("/name", "/name", json!(7)),
        ("/policies", "/policies", Value::Null),
        ("/policies", "/policies", json!([])),
        ("/policies/0", "/policies/0", json!("all")),
        ("/policies/0/effect", "/policies/0/effect", json!("maybe")),
        (
            "/policies/0/resources",
            "/policies/0/resources",
            json!(null),
        ),
        (group, group, json!([])),
        (
            "/policies/0/permission_groups/0/id",
            "/policies/0/permission_groups/0",
            json!({ "id": "f".repeat(32) }),
        ),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(change).expect("a place") = value;
        let refused = api.post(&api.at("/tokens"), &body);
        assert_eq!(refused.pointer(), pointer, "{body}");
        refused.fails(400, 1001);
    }
    for (name, value) in [
        ("expires_on", json!("soon")),
        ("not_before", json!(5)),
        ("status", json!("lost")),
        ("condition", json!([])),
        (
            "condition",
            json!({ "request_ip": { "in": ["10.0.0.0/33"] } }),
        ),
        (
            "condition",
            json!({ "request.ip": { "not_in": "10.0.0.0/8" } }),
        ),
        (
            "condition",
            json!({ "request_ip": { "in": ["10.1.0.0/16"], "not_in": ["10.0.0.0/8"] } }),
        ),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let refused = api.post(&api.at("/tokens"), &body);
        assert!(refused.pointer().starts_with(&format!("/{name}")), "{body}");
        refused.fails(400, 1001);
    }
    let mut others = good.clone();
    others["policies"][0]["resources"] =
        json!({ format!("com.cloudflare.api.account.{}", "f".repeat(32)): "*" });
    api.post(&api.at("/tokens"), &others).fails(400, 1001);
}

#[test]
fn a_condition_is_kept_under_either_spelling() {
    let app = TestApp::spawn();
    let api = app.api();
    let mut body = api.token_body("elsewhere", &[SETTINGS_READ]);
    body["condition"] = json!({ "request.ip": { "not_in": ["127.0.0.1"] } });
    let token = api.post(&api.at("/tokens"), &body).result();
    let kept = json!({ "request_ip": { "not_in": ["127.0.0.1/32"] } });
    assert_eq!(token["condition"], kept);
    let here = api.with_token(&text(&token, "value"));
    let why = here.get(&here.at("")).fails(403, 9109);
    assert!(why.contains("which its condition forbids"), "{why}");
    let mut body = api.token_body("from afar", &[SETTINGS_READ]);
    body["condition"] = json!({ "request_ip": { "in": ["192.0.2.0/24"] } });
    let token = api.post(&api.at("/tokens"), &body).result();
    let here = api.with_token(&text(&token, "value"));
    let why = here.get(&here.at("")).fails(403, 9109);
    assert!(why.contains("its condition names the ones it may"), "{why}");
    // What is changed so that nobody is left is refused as what is made so.
    body["condition"]["request_ip"]["not_in"] = json!(["192.0.0.0/16"]);
    let at = api.at(&format!("/tokens/{}", text(&token, "id")));
    let refused = api.put(&at, &body);
    assert_eq!(refused.pointer(), "/condition/request_ip/not_in");
    refused.fails(400, 1001);
    // One that is so, from before that was refused, is taken back as it was read.
    let sql = "UPDATE tokens SET addresses = ?1 WHERE name = 'from afar'";
    let all = r#"{"in":["192.0.2.0/24"],"not_in":["192.0.0.0/16"]}"#;
    app.sql().execute(sql, [all]).expect("stored");
    let mut read = api.get(&at).result();
    read["name"] = json!("from nowhere");
    api.put(&at, &read).is(200);
    read["condition"]["request_ip"]["in"] = json!(["192.0.3.0/24"]);
    api.put(&at, &read).fails(400, 1001);
}

#[test]
fn permission_groups_are_found_by_name_and_scope() {
    let app = TestApp::spawn();
    let api = app.api();
    let list = |query: &str| {
        api.get(&api.at(&format!("/tokens/permission_groups{query}")))
            .items()
    };
    assert!(list("").len() > 300);
    let named = list("?name=SCIM+Provisioning");
    assert_eq!(named.len(), 1);
    assert_eq!(named[0]["id"], SCIM_PROVISIONING);
    let of_user = list("?scope=com.cloudflare.api.user");
    assert!(!of_user.is_empty() && of_user.len() < 50);
}
