//! What holds for every route: the envelope, codes, headers, methods and bodies.

use serde_json::json;

use crate::harness::app::{Setup, TestApp};
use crate::harness::client::text;

#[test]
fn no_token_and_no_good_token_are_401() {
    let app = TestApp::spawn();
    let api = app.api();
    let target = format!("/client/v4{}", api.at("/tokens"));
    let ask = |headers: &[(&str, &str)]| api.0.send_plain("GET", &target, headers, None);
    ask(&[]).fails(401, 9106);
    ask(&[("Authorization", "Basic abc")]).fails(401, 9106);
    ask(&[("Authorization", "Bearer pva_nothing")]).fails(401, 1000);
    // The clients can be given a key in place of a token.
    let key = [("X-Auth-Key", "k"), ("X-Auth-Email", "ann@corp.example")];
    let message = ask(&key).fails(401, 9106);
    assert!(message.contains("keys are not taken"), "{message}");
    let (one, two) = ("Bearer pva_x", "Bearer pva_y");
    ask(&[("Authorization", one), ("Authorization", two)]).fails(400, 6003);
}

#[test]
fn an_unknown_address_is_404_and_a_method_that_is_none_of_its_own_405() {
    let app = TestApp::spawn();
    let api = app.api();
    let message = api.get("/client/nothing/here").fails(404, 7003);
    assert!(message.contains("openapi.json"), "{message}");
    api.get(&api.at("/tokens/x/y/z")).fails(404, 7003);
    api.get("/client").fails(404, 7003);
    api.get(&api.at("/%ff")).fails(404, 7003);
    let refused = api.delete(&api.at("/tokens"));
    assert_eq!(refused.header("allow"), Some("GET, POST"));
    refused.fails(405, 7001);
    let refused = api.send("POST", &api.at("/tokens/x/value"), None);
    assert_eq!(refused.header("allow"), Some("PUT"));
    refused.fails(405, 7001);
}

/// No id has letters beyond ASCII, so one that has is as unknown as any other.
#[test]
fn an_id_of_any_letters_is_an_unknown_one() {
    let app = TestApp::spawn();
    let api = app.api();
    let told = |path: &str, id: &str| {
        let answer = api.get(&format!("{path}/{id}")).is(404);
        answer.text().replace(id, "…").replace("ü", "…")
    };
    for below in [
        "/members",
        "/tokens",
        "/roles",
        "/iam/user_groups",
        "/iam/permission_groups",
        "/iam/resource_groups",
        "/domains",
        "/sso_connectors",
        "/connections",
    ] {
        let path = api.at(below);
        assert_eq!(told(&path, "%C3%BC"), told(&path, "x"), "{below}");
    }
    // Of two ids the first that can be none is told of.
    for (group, noun) in [("none", "user group"), (&"f".repeat(32), "member")] {
        let path = api.at(&format!("/iam/user_groups/{group}/members"));
        let answer = told(&path, "%C3%BC");
        assert_eq!(answer, told(&path, "x"));
        assert!(answer.contains(&format!("no {noun} ")), "{answer}");
    }
    // Whose account it is comes before that, and who asks before everything.
    let other = app.other_account();
    for account in [other.account.as_str(), "%C3%BC", &"f".repeat(32)] {
        let text = api
            .get(&format!("/accounts/{account}/members/%C3%BC"))
            .is(404)
            .text();
        assert!(text.contains("account"), "{text}");
        assert!(!text.contains("member"), "{text}");
    }
    let target = format!("/client/v4{}", api.at("/members/%C3%BC"));
    api.0.send_plain("GET", &target, &[], None).fails(401, 9106);
    let refused = api.send("POST", &api.at("/members/%C3%BC"), None);
    assert_eq!(refused.header("allow"), Some("GET, PUT, DELETE"));
    refused.fails(405, 7001);
    api.get(&api.at("/%C3%BC")).fails(404, 7003);
}

#[test]
fn ids_of_nobody_and_of_others_answer_the_same() {
    let app = TestApp::spawn();
    let api = app.api();
    let other = app.other_account();
    let same = |theirs: &str, nobodys: &str| {
        let known = api.get(theirs).is(404);
        let unknown = api.get(nobodys).is(404);
        assert_eq!(known.body, unknown.body);
        assert_eq!(known.headers.len(), unknown.headers.len());
    };
    let nobody = "f".repeat(32);
    same(
        &format!("/accounts/{}", other.account),
        &format!("/accounts/{nobody}"),
    );
    same(
        &format!("/accounts/{}/tokens", other.account),
        &format!("/accounts/{nobody}/tokens"),
    );
    // The id itself is repeated; all else is the same.
    let theirs = other.with_token(&other.token);
    let own = crate::harness::api::Api(theirs);
    let id = text(&own.get(&own.at("/tokens/verify")).result(), "id");
    let message = api.get(&api.at(&format!("/tokens/{id}"))).fails(404, 1003);
    let unknown = api.get(&api.at(&format!("/tokens/{nobody}")));
    assert_eq!(unknown.fails(404, 1003).replace(&nobody, &id), message);
}

#[test]
fn bodies_are_strict_json_of_the_right_kind() {
    let app = TestApp::spawn();
    let api = app.api();
    let target = format!("/client/v4{}", api.at("/tokens"));
    let bearer = format!("Bearer {}", api.0.token);
    let send = |kind: &str, body: &[u8]| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", kind)];
        api.0.send_plain("POST", &target, &headers, Some(body))
    };
    send("application/json", b"{\"name\":").fails(400, 1001);
    send("application/json", b"{\"name\":\"a\",\"name\":\"b\"}").fails(400, 1001);
    send("application/json", b"").fails(400, 1001);
    send("application/json", b"[]").fails(400, 1001);
    send("application/json", b"\"\xff\"").fails(400, 1001);
    let message = send("text/plain", b"{}").fails(415, 6003);
    assert!(message.contains("application/json"), "{message}");
    let deep = "[".repeat(100);
    send("application/json", deep.as_bytes()).fails(400, 1001);
}

#[test]
fn a_body_that_is_too_large_is_413() {
    let app = Setup::limits(|limits| limits.scim_body_bytes = 2_000).spawn();
    let api = app.api();
    let long = "x".repeat(3_000);
    let refused = api.post(&api.at("/tokens"), &json!({ "name": long }));
    refused.fails(413, 1008);
}

#[test]
fn deletes_and_puts_without_a_body_are_fine_whatever_they_say_it_is() {
    let app = TestApp::spawn();
    let api = app.api();
    let body = api.token_body("short", &[crate::harness::api::SETTINGS_READ]);
    let token = api.post(&api.at("/tokens"), &body).result();
    let path = api.at(&format!("/tokens/{}", text(&token, "id")));
    assert!(
        api.send("PUT", &format!("{path}/value"), None)
            .result()
            .is_string()
    );
    let plain = format!("/client/v4{path}");
    let bearer = format!("Bearer {}", api.0.token);
    let gone = api
        .0
        .send_plain("DELETE", &plain, &[("Authorization", &bearer)], None);
    assert_eq!(gone.result(), json!({ "id": token["id"] }));
}

#[test]
fn too_many_requests_of_one_token_are_429_with_a_time() {
    let app = Setup {
        standing_clock: true,
        ..Setup::limits(|limits| {
            limits.token_rps = 1;
            limits.token_burst = 2;
        })
    }
    .spawn();
    let api = app.api();
    api.get(&api.at("/tokens")).is(200);
    api.get(&api.at("/tokens")).is(200);
    let refused = api.get(&api.at("/tokens"));
    assert!(refused.header("retry-after").is_some());
    refused.fails(429, 10_429);
}

#[test]
fn the_description_is_open_and_names_every_route() {
    let app = TestApp::spawn();
    let client = app.scim();
    let answer = client.send_plain("GET", "/client/v4/openapi.json", &[], None);
    let document = answer.is(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    for route in provost::http::routes::all() {
        if route.door == provost::http::routes::Door::Api {
            let method = route.method.to_ascii_lowercase();
            assert!(document["paths"][route.path][method].is_object());
        }
    }
}
