//! Requests that are no good HTTP, no good JSON, or for nothing that is here. The answer is a
//! SCIM error whatever refused it, and nothing is applied.

use provost::domain::token::TokenTemplate;
use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::client::SCIM_TYPE;
use crate::harness::fixtures::user;

#[test]
fn an_unknown_route_is_not_found() {
    let app = TestApp::spawn();
    for path in [
        "",
        "/",
        "/User",
        "/users",
        "/Users/a/b",
        "/Devices",
        "/.searches",
        "/bulk",
        "/Me/x",
        "/url",
    ] {
        app.scim().get(path).refused(404, "");
    }
}

/// No id has letters beyond ASCII, so one that has names nobody, like any other unknown one.
#[test]
fn an_id_of_any_letters_is_an_unknown_one() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (path, noun) in [("Users", "User"), ("Groups", "Group")] {
        let told = |id: &str| {
            let answer = scim.get(&format!("/{path}/{id}"));
            answer.refused(404, "").replace(id, "…").replace("ü", "…")
        };
        assert_eq!(told("%C3%BC"), told("x"), "{path}");
        assert!(told("%C3%BC").contains(&format!("no {noun} …")), "{path}");
        let strange = format!("/{path}/%C3%BC");
        scim.delete(&strange).refused(404, "");
        let answer = scim.send("POST", &strange, &[], None);
        assert_eq!(answer.status, 405);
        assert_eq!(answer.header("allow"), Some("GET, PUT, PATCH, DELETE"));
        // Who it is comes first, as for every id.
        app.client("pvs_x").get(&strange).is(401);
        let name = format!("Reads {noun}");
        let reads = app.new_token(&name, |new| new.template = TokenTemplate::Read);
        let reads = app.client(&reads);
        reads.get(&strange).refused(404, "");
        reads.delete(&strange).is(403);
    }
    scim.get("/Schemas/%C3%BC").refused(404, "");
    scim.get("/%C3%BC").refused(404, "");
    // The account's id is one too, and SCIM is spoken there all the same.
    let elsewhere = crate::harness::client::Client::new(app.address(), "%C3%BC", &app.token);
    elsewhere.get("/Users/x").refused(404, "");
    elsewhere.with_token("pvs_x").get("/Users").is(401);
}

#[test]
fn an_unknown_method_is_answered_405_with_allow() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let person = format!("/Users/{}", scim.new_user("ada@corp.example"));
    let made = format!("/Groups/{}", scim.new_group("Analysts", &[]));
    for (path, allow, wrong) in [
        (
            "/Users",
            "GET, POST",
            vec!["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"],
        ),
        ("/Groups", "GET, POST", vec!["PUT", "PATCH", "DELETE"]),
        (
            person.as_str(),
            "GET, PUT, PATCH, DELETE",
            vec!["POST", "OPTIONS"],
        ),
        (made.as_str(), "GET, PUT, PATCH, DELETE", vec!["POST"]),
        ("/.search", "POST", vec!["GET", "PUT", "DELETE"]),
        ("/Users/.search", "POST", vec!["GET", "PUT", "DELETE"]),
        ("/Groups/.search", "POST", vec!["GET", "PATCH", "DELETE"]),
    ] {
        for method in wrong {
            let answer = scim.send(method, path, &[], None);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        }
    }
}

#[test]
fn an_override_header_changes_no_method() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let path = format!("/Users/{}", scim.new_user("ada@corp.example"));
    for name in [
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
    ] {
        scim.send("GET", &path, &[(name, "DELETE")], None).is(200);
        scim.send("POST", &path, &[(name, "DELETE")], Some(b"{}"))
            .is(405);
    }
    scim.get(&format!("{path}?_method=DELETE")).is(200);
    scim.get(&path).is(200);
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let good = user("ada@corp.example").to_string();
    let trailing = format!("{good} {{}}");
    let cut = &good[..good.len() - 1];
    for (what, body) in [
        ("empty", b"".as_slice()),
        ("blank", b"  "),
        ("text", b"ada"),
        ("cut off", cut.as_bytes()),
        ("trailing", trailing.as_bytes()),
        ("single quotes", b"{'userName':'ada'}"),
        ("trailing comma", br#"{"userName":"ada",}"#),
        ("comment", br#"{"userName":"ada"/**/}"#),
        ("bare word", br#"{"userName":NaN}"#),
        ("infinite", br#"{"userName":"ada","title":1e999}"#),
        ("leading zero", br#"{"userName":01}"#),
        ("control character", b"{\"userName\":\"a\nb\"}"),
        ("lone surrogate", br#"{"userName":"\ud800"}"#),
        ("bad UTF-8", b"{\"userName\":\"\xff\"}"),
        ("UTF-16", b"\xff\xfe{\0}\0"),
        ("a form", b"userName=ada"),
    ] {
        let answer = scim.send("POST", "/Users", &[], Some(body));
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        answer.refused(400, "invalidSyntax");
    }
    assert_eq!(scim.get("/Users").is(200).json()["totalResults"], 0);
}

#[test]
fn a_key_twice_is_refused_also_in_other_letter_case_and_below() {
    let app = TestApp::spawn();
    for body in [
        r#"{"userName":"ada","userName":"bob"}"#,
        r#"{"userName":"ada","USERNAME":"bob"}"#,
        r#"{"userName":"ada","user\u004eame":"bob"}"#,
        r#"{"userName":"ada","name":{"givenName":"a","givenname":"b"}}"#,
        r#"{"userName":"ada","emails":[{"value":"a","value":"b"}]}"#,
        r#"{"userName":"ada","x":{"y":[{"z":1,"Z":2}]}}"#,
    ] {
        app.scim()
            .send("POST", "/Users", &[], Some(body.as_bytes()))
            .refused(400, "invalidSyntax");
    }
}

#[test]
fn only_json_is_read() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (i, media) in [
        SCIM_TYPE,
        "application/scim+json; charset=utf-8",
        "application/json",
        "APPLICATION/JSON",
    ]
    .iter()
    .enumerate()
    {
        let body = user(&format!("p{i}@corp.example")).to_string();
        scim.send(
            "POST",
            "/Users",
            &[("Content-Type", media)],
            Some(body.as_bytes()),
        )
        .is(201);
    }
    let body = user("ada@corp.example").to_string();
    for media in [
        "text/plain",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
    ] {
        let answer = scim.send(
            "POST",
            "/Users",
            &[("Content-Type", media)],
            Some(body.as_bytes()),
        );
        assert_eq!(answer.status, 415, "{media}: {}", answer.text());
    }
}

#[test]
fn a_compressed_body_is_refused() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let body = user("ada@corp.example").to_string();
    for coding in [
        "gzip",
        "deflate",
        "br",
        "zstd",
        "GZIP",
        "gzip, identity",
        "compress",
    ] {
        let headers = [("Content-Encoding", coding)];
        let answer = scim.send("POST", "/Users", &headers, Some(body.as_bytes()));
        assert_eq!(answer.status, 415, "{coding}: {}", answer.text());
    }
    let plain = [("Content-Encoding", "identity")];
    scim.send("POST", "/Users", &plain, Some(body.as_bytes()))
        .is(201);
}

#[test]
fn answers_are_never_compressed_and_always_scim() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_users("person", 20);
    for accept in [
        "text/html",
        "application/xml",
        "*/*",
        "application/json;q=0.1",
        "nonsense",
    ] {
        let headers = [
            ("Accept", accept),
            ("Accept-Encoding", "gzip, br, deflate, zstd"),
        ];
        let answer = scim.send("GET", "/Users", &headers, None).is(200);
        assert_eq!(answer.header("content-encoding"), None);
        assert_eq!(answer.header("content-type"), Some(SCIM_TYPE), "{accept}");
    }
}

#[test]
fn each_answer_has_a_request_id_of_its_own() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let chosen = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";
    let headers = [("X-Request-Id", chosen)];
    let ids: Vec<String> = (0..3)
        .map(|_| scim.send("GET", "/Users", &headers, None).request_id())
        .collect();
    assert_eq!(
        ids.iter().collect::<std::collections::BTreeSet<_>>().len(),
        3
    );
    assert!(
        !ids.iter().any(|id| id == chosen),
        "a client chooses no ids of ours"
    );
}

#[test]
fn an_attribute_that_names_an_object_of_the_language_is_just_unknown() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let body = r#"{"userName":"ada","__proto__":{"active":false},"constructor":{"x":1}}"#;
    let created = scim
        .send("POST", "/Users", &[], Some(body.as_bytes()))
        .is(201)
        .json();
    assert_eq!(created["active"], true);
    let id = created["id"].as_str().expect("an id");
    for path in [
        "__proto__.active",
        "constructor.prototype.active",
        "name.__proto__",
    ] {
        let operation = json!([{ "op": "replace", "path": path, "value": false }]);
        scim.patch_user(id, &operation).refused(400, "invalidPath");
    }
}

#[test]
fn outside_scim_there_is_a_plain_not_found() {
    let app = TestApp::spawn();
    for (path, page) in [
        ("/admin", true),
        ("/client", false),
        ("/client/v5/accounts", false),
        ("/.env", true),
        ("/metrics/x", true),
        ("/%2e%2e/etc", true),
    ] {
        let answer = app.scim().send_plain("GET", path, &[], None).is(404);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        if page {
            assert!(answer.text().starts_with("<!doctype html>"), "{path}");
        } else {
            assert_eq!(answer.json()["success"], false);
        }
    }
}

#[test]
fn health_is_open_and_says_little() {
    let app = TestApp::spawn();
    for path in ["/healthz", "/readyz"] {
        let answer = app.scim().send_plain("GET", path, &[], None).is(200);
        assert!(answer.body.len() < 100, "{}", answer.text());
        assert!(answer.header("x-request-id").is_some());
    }
}

#[test]
fn a_damaged_database_is_read_only_and_says_so() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    app.db.set_damaged();
    let detail = scim
        .post("/Users", &user("bob@corp.example"))
        .refused(503, "");
    assert!(detail.contains("read-only"), "{detail}");
    scim.get(&format!("/Users/{id}")).is(200);
    scim.send_plain("GET", "/healthz", &[], None).is(200);
    scim.send_plain("GET", "/readyz", &[], None).is(503);
}
