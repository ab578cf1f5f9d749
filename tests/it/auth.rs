//! Which credentials open an account, and what every other one hears (T-10 to T-18).

use std::collections::BTreeSet;

use provost::app;
use provost::domain::token::{AddressCondition, Expiry, TokenTemplate};
use ureq::http::HeaderValue;

use crate::harness::app::{Setup, TestApp};
use crate::harness::client::Answer;
use crate::harness::fixtures::user;
use crate::harness::wire::exchange;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// GET /Users with these headers alone.
#[track_caller]
fn ask(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    app.scim().send_plain(
        "GET",
        &format!("{}/Users", app.scim().base()),
        headers,
        None,
    )
}

#[track_caller]
fn status(app: &TestApp, token: &str) -> u16 {
    app.client(token).get("/Users").status
}

#[test]
fn without_a_good_header_there_is_a_401_that_asks_for_a_bearer_token() {
    let app = TestApp::spawn();
    let token = app.token.clone();
    let basic = format!("Basic {token}");
    let twice = format!("Bearer Bearer {token}");
    let tail = format!("Bearer {token}, Bearer {token}");
    let quoted = format!("Bearer \"{token}\"");
    for value in [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer null",
        "Bearer undefined",
        "Bearer not-the-token",
        "Bearer pvs_",
        "Token x",
        token.as_str(),
        &basic,
        &twice,
        &tail,
        &quoted,
    ] {
        let answer = ask(&app, &[("Authorization", value)]);
        assert_eq!(answer.status, 401, "{value:?}: {}", answer.text());
        let asks = answer
            .headers
            .get("www-authenticate")
            .map(HeaderValue::as_bytes);
        assert!(
            asks.is_some_and(|asks| asks.starts_with(b"Bearer")),
            "{value:?}"
        );
    }
    ask(&app, &[]).refused(401, "");
}

#[test]
fn the_scheme_may_be_written_in_any_letter_case() {
    let app = TestApp::spawn();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        ask(
            &app,
            &[("Authorization", &format!("{scheme} {}", app.token))],
        )
        .is(200);
    }
}

#[test]
fn two_authorization_headers_are_refused() {
    let app = TestApp::spawn();
    let good = format!("Bearer {}", app.token);
    for other in [good.as_str(), "Bearer x", "Basic x"] {
        for pair in [[good.as_str(), other], [other, good.as_str()]] {
            let answer = exchange(
                app.address(),
                format!(
                    "GET {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nAuthorization: {}\r\n\r\n",
                    app.scim().base(),
                    pair[0],
                    pair[1]
                ),
            );
            answer.expect("an answer").refused(400, "");
        }
    }
}

#[test]
fn a_token_in_query_cookie_body_or_another_header_is_no_token() {
    let app = TestApp::spawn();
    let (scim, token) = (app.scim(), app.token.clone());
    for query in ["access_token", "token", "Authorization", "bearer"] {
        let target = format!("{}/Users?{query}={token}", scim.base());
        scim.send_plain("GET", &target, &[], None).is(401);
    }
    for (name, value) in [
        (
            "Cookie",
            format!("token={token}; Authorization=Bearer {token}"),
        ),
        ("X-Api-Key", token.clone()),
        ("X-Auth-Token", token.clone()),
        ("Proxy-Authorization", format!("Bearer {token}")),
        ("X-Forwarded-Authorization", format!("Bearer {token}")),
    ] {
        ask(&app, &[(name, &value)]).is(401);
    }
    let body = format!("access_token={token}");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let target = format!("{}/Users", scim.base());
    scim.send_plain("POST", &target, &form, Some(body.as_bytes()))
        .is(401);
}

#[test]
fn a_changed_token_is_refused() {
    let app = TestApp::spawn();
    let token = app.token.clone();
    for at in [0, 3, 4, 20, token.len() - 1] {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        let changed = String::from_utf8(changed).expect("ASCII");
        assert_eq!(status(&app, &changed), 401, "{at}");
    }
    assert_eq!(status(&app, &token[..token.len() - 1]), 401);
    assert_eq!(status(&app, &format!("{token}x")), 401);
    assert_eq!(status(&app, &token.to_uppercase()), 401);
}

#[test]
fn a_well_formed_token_that_was_never_issued_is_refused() {
    let (app, other) = (TestApp::spawn(), TestApp::spawn());
    assert_eq!(status(&app, &other.token), 401);
}

#[test]
fn a_token_is_good_from_its_start_to_its_end() {
    let app = Setup::standing_clock().spawn();
    let from = crate::harness::app::NOON_MS + DAY_MS;
    let token = app.new_token("soon", |new| {
        new.not_before_ms = Some(from);
        new.expires = Expiry::At(from + DAY_MS);
    });
    assert_eq!(status(&app, &token), 401);
    app.pass(DAY_MS - 1);
    let detail = app.client(&token).get("/Users").refused(401, "");
    assert!(detail.contains("yet"), "{detail}");
    app.pass(1);
    assert_eq!(status(&app, &token), 200);
    app.pass(DAY_MS - 1);
    assert_eq!(status(&app, &token), 200);
    app.pass(1);
    let detail = app.client(&token).get("/Users").refused(401, "");
    assert!(detail.contains("expired"), "{detail}");
}

#[test]
fn a_clock_set_back_revives_no_token() {
    let app = Setup::standing_clock().spawn();
    let token = app.new_token("short", |new| new.expires = Expiry::Days(1));
    app.pass(2 * DAY_MS);
    assert_eq!(status(&app, &token), 401);
    app.pass(-2 * DAY_MS);
    assert_eq!(status(&app, &token), 401);
    let write = app.client(&token).post("/Users", &user("ada@corp.example"));
    write.refused(401, "");
}

#[test]
fn a_connections_first_token_is_good_for_365_days() {
    let app = Setup::standing_clock().spawn();
    app.pass(365 * DAY_MS - 1);
    assert_eq!(status(&app, &app.token), 200);
    app.pass(1);
    assert_eq!(status(&app, &app.token), 401);
}

#[test]
fn a_revoked_token_is_refused_at_once() {
    let app = TestApp::spawn();
    let token = app.new_token("doomed", |_| {});
    for _ in 0..3 {
        assert_eq!(status(&app, &token), 200);
    }
    app.write(|tx| app::tokens::revoke(tx, "doomed"));
    assert_eq!(status(&app, &token), 401);
    assert_eq!(status(&app, &app.token), 200, "others go on");
}

#[test]
fn a_rolled_tokens_old_secret_overlaps() {
    let app = Setup::standing_clock().spawn();
    let old = app.new_token("rolled", |_| {});
    let issued = app.write(|tx| app::tokens::roll(tx, "rolled", 24 * HOUR_MS));
    let new = issued.secret.reveal().to_owned();
    assert_ne!(old, new);
    assert_eq!((status(&app, &old), status(&app, &new)), (200, 200));
    app.pass(24 * HOUR_MS - 1);
    assert_eq!((status(&app, &old), status(&app, &new)), (200, 200));
    app.pass(1);
    assert_eq!((status(&app, &old), status(&app, &new)), (401, 200));
}

/// Whoever switches a token off is told that its old secret ends with that.
#[test]
fn a_token_that_is_switched_off_comes_back_with_its_newest_secret_alone() {
    let app = Setup::standing_clock().spawn();
    let api = app.api();
    let old = app.new_token("rolled", |_| {});
    let issued = app.write(|tx| app::tokens::roll(tx, "rolled", 24 * HOUR_MS));
    let (id, new) = (issued.token.id, issued.secret.reveal().to_owned());
    let at = api.at(&format!("/tokens/{id}"));
    let switch = |state: &str| {
        let mut token = api.get(&at).result();
        token["status"] = serde_json::json!(state);
        api.put(&at, &token).is(200);
    };
    switch("disabled");
    switch("active");
    assert_eq!((status(&app, &old), status(&app, &new)), (401, 200));
    // Nor does one that is rolled while it is off.
    switch("disabled");
    let newest = app.write(|tx| app::tokens::roll(tx, "rolled", 24 * HOUR_MS));
    assert_eq!(
        newest.token.old_works_until_ms(newest.token.modified_ms),
        None,
        "the value of before goes on"
    );
    switch("active");
    let newest = newest.secret.reveal().to_owned();
    assert_eq!((status(&app, &new), status(&app, &newest)), (401, 200));
    // Nor one of a token that went off by another way and comes back.
    let last = app.write(|tx| app::tokens::roll(tx, "rolled", 24 * HOUR_MS));
    let off = "UPDATE tokens SET disabled = 1 WHERE name = 'rolled'";
    app.sql().execute_batch(off).expect("switched off");
    switch("active");
    assert_eq!(
        (status(&app, &newest), status(&app, last.secret.reveal())),
        (401, 200)
    );
}

#[test]
fn an_overlap_of_nothing_ends_the_old_secret_at_once() {
    let app = TestApp::spawn();
    let old = app.new_token("rolled", |_| {});
    assert_eq!(status(&app, &old), 200);
    let issued = app.write(|tx| app::tokens::roll(tx, "rolled", 0));
    assert_eq!(
        (status(&app, &old), status(&app, issued.secret.reveal())),
        (401, 200)
    );
    let told = app.client(&old).get("/Users").refused(401, "");
    assert!(
        told.contains("was replaced when the token was rolled"),
        "{told}"
    );
}

#[test]
fn the_audit_log_tells_which_secret_was_used() {
    let app = TestApp::spawn();
    let old = app.new_token("rolled", |_| {});
    let new = app
        .write(|tx| app::tokens::roll(tx, "rolled", HOUR_MS))
        .secret
        .reveal()
        .to_owned();
    for (i, token) in [&old, &new].into_iter().enumerate() {
        app.client(token).new_user(&format!("p{i}@corp.example"));
        let row = app.audit().pop().expect("a row");
        assert_eq!(row["provost"]["token_secret"], token[token.len() - 4..]);
    }
}

#[test]
fn an_address_condition_is_heeded() {
    let app = TestApp::spawn();
    let net = |text: &str| vec![text.parse().expect("a network")];
    for (i, (allow, deny, wanted)) in [
        ("127.0.0.0/8", "10.0.0.0/8", 200),
        ("10.0.0.0/8", "192.0.2.0/24", 403),
        ("127.0.0.0/8", "127.0.0.1/32", 403),
    ]
    .into_iter()
    .enumerate()
    {
        let token = app.new_token(&format!("t{i}"), |new| {
            new.addresses = AddressCondition {
                allow: net(allow),
                deny: net(deny),
            };
        });
        assert_eq!(status(&app, &token), wanted, "{allow} {deny}");
        // Nobody of the network says where they come from.
        for name in [
            "X-Forwarded-For",
            "Forwarded",
            "X-Real-IP",
            "True-Client-IP",
        ] {
            let value = if name == "Forwarded" {
                "for=10.0.0.1"
            } else {
                "10.0.0.1"
            };
            let sent = [
                ("Authorization", format!("Bearer {token}")),
                (name, value.to_owned()),
            ];
            let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
            assert_eq!(ask(&app, &sent).status, wanted, "{name}");
        }
    }
}

#[test]
fn another_account_and_an_unknown_one_answer_byte_alike() {
    let app = TestApp::spawn();
    let other = app.other_account();
    let nobody = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";
    let theirs = other.new_user("ada@corp.example");
    for path in [
        "/Users",
        "/Groups",
        "/Schemas",
        "/nothing",
        &format!("/Users/{theirs}"),
    ] {
        let ask = |account: &str| {
            let mut client = app.scim();
            account.clone_into(&mut client.account);
            let answer = client.get(path);
            let mut names: BTreeSet<String> = answer
                .headers
                .keys()
                .map(|name| name.as_str().to_owned())
                .collect();
            names.remove("date");
            (answer.status, answer.text(), names)
        };
        let foreign = ask(&other.account);
        assert_eq!(foreign.0, 404, "{path}");
        assert_eq!(foreign, ask(nobody), "{path}");
        for no_account in ["x", "%2e%2e", &app.account.id.to_string().to_uppercase()] {
            assert_eq!(foreign, ask(no_account), "{path} {no_account}");
        }
    }
    let mut intruder = app.scim();
    intruder.account.clone_from(&other.account);
    intruder
        .post("/Users", &user("eve@corp.example"))
        .refused(404, "");
    intruder
        .delete(&format!("/Users/{theirs}"))
        .refused(404, "");
    assert_eq!(other.get("/Users").is(200).json()["totalResults"], 1);
}

#[test]
fn a_read_token_reads_and_changes_nothing() {
    let app = TestApp::spawn();
    let id = app.scim().new_user("ada@corp.example");
    let reader = app.client(&app.new_token("reader", |new| new.template = TokenTemplate::Read));
    reader.get("/Users").is(200);
    reader.get(&format!("/Users/{id}")).is(200);
    reader.get("/Schemas").is(200);
    let detail = reader
        .post("/Users", &user("bob@corp.example"))
        .refused(403, "");
    assert!(detail.contains("token"), "{detail}");
    reader
        .put(&format!("/Users/{id}"), &user("ada@corp.example"))
        .refused(403, "");
    reader.delete(&format!("/Users/{id}")).refused(403, "");
    assert_eq!(reader.get("/Users").is(200).json()["totalResults"], 1);
}

#[test]
fn a_token_of_no_connection_acts_as_the_connection_api() {
    let app = TestApp::spawn();
    let token = app.new_token("mine", |_| {});
    assert!(token.starts_with("pva_") && app.token.starts_with("pvs_"));
    app.client(&token).new_user("ada@corp.example");
    let row = app.last_logged();
    assert_eq!(
        row.connection.map(|(_, name, _)| name).as_deref(),
        Some("API")
    );
}

#[test]
fn tokens_are_not_stored_and_not_logged() {
    let app = TestApp::spawn();
    let token = app.new_token("canary", |_| {});
    app.client(&token).new_user("ada@corp.example");
    app.client(&token[..40]).get("/Users").is(401);
    app.db.flush_activity(true).expect("a flush");
    for file in std::fs::read_dir(app.data()).expect("the folder") {
        let path = file.expect("an entry").path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        // All but the hint at its end.
        let secret = &token.as_bytes()[..40];
        let found = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "{} holds the token", path.display());
    }
}

#[test]
fn unauthenticated_requests_are_audited_as_sums() {
    let app = TestApp::spawn();
    for _ in 0..50 {
        app.client("pvs_wrong").get("/Users").is(401);
    }
    app.db.flush_activity(true).expect("a flush");
    let rows: i64 = app
        .sql()
        .query_row(
            "SELECT count(*) FROM audit WHERE entry LIKE '%Deny Request%'",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert!(
        (1..=2).contains(&rows),
        "one row a source and minute, not {rows}"
    );
}

#[test]
fn metrics_need_a_token_that_may_read_them() {
    let app = TestApp::spawn();
    let reader = app.new_token("reader", |new| new.template = TokenTemplate::Read);
    let get = |token: &str| {
        let bearer = format!("Bearer {token}");
        app.scim()
            .send_plain("GET", "/metrics", &[("Authorization", &bearer)], None)
    };
    app.scim().send_plain("GET", "/metrics", &[], None).is(401);
    get(&app.token).is(403);
    let metrics = get(&reader).is(200);
    app.db.flush_activity(true).expect("written");
    let used = app.read(|tx| app::tokens::find(tx, "reader")).last_used_ms;
    assert!(used.is_some(), "a token that is used is told so");
    assert!(
        metrics
            .header("content-type")
            .is_some_and(|t| t.starts_with("application/openmetrics-text"))
    );
    let text = metrics.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(
        !text.contains(&app.account.id.to_string()),
        "no account is a label: {text}"
    );
}

#[test]
fn metrics_on_a_listener_of_their_own_need_no_token() {
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = free.expect("a free port");
    let app = Setup {
        metrics: Some(address),
        ..Setup::default()
    }
    .spawn();
    app.scim().new_user("ada@corp.example");
    let ask = |path: &str| exchange(address, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
    let metrics = ask("/metrics").expect("an answer").is(200).text();
    assert!(metrics.contains("201"), "{metrics}");
    for path in [
        "/healthz",
        "/client/v4/accounts",
        &format!("{}/Users", app.scim().base()),
    ] {
        assert_eq!(ask(path).expect("an answer").status, 404, "{path}");
    }
    app.scim().send_plain("GET", "/metrics", &[], None).is(401);
}
