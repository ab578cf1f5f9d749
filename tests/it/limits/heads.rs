//! How large the head of a request may be, how slow, and what is no HTTP at all (T-81).

use crate::harness::app::{Setup, TestApp};
use crate::harness::client::percent;
use crate::harness::wire::{Wire, exchange};

fn get(app: &TestApp, path: &str, headers: &str) -> String {
    let scim = app.scim();
    format!(
        "GET {}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n{headers}\r\n",
        scim.base(),
        scim.token
    )
}

#[test]
fn line_and_headers_have_at_most_16_kib() {
    let app = TestApp::spawn();
    let fits = format!("X-Padding: {}\r\n", "x".repeat(15 * 1024));
    exchange(app.address(), get(&app, "/Users", &fits))
        .expect("an answer")
        .is(200);
    let over = format!("X-Padding: {}\r\n", "x".repeat(16 * 1024));
    exchange(app.address(), get(&app, "/Users", &over))
        .expect("an answer")
        .refused(431, "");
    let long = format!("/Users?x={}", "x".repeat(16 * 1024));
    let answer = exchange(app.address(), get(&app, &long, "")).expect("an answer");
    assert!(matches!(answer.status, 414 | 431), "{}", answer.status);
    let endless = format!("X-Padding: {}\r\n", "x".repeat(4 * 1024 * 1024));
    if let Some(answer) = exchange(app.address(), get(&app, "/Users", &endless)) {
        assert!(
            matches!(answer.status, 400 | 413 | 431),
            "{}",
            answer.status
        );
    }
    app.scim().get("/Users").is(200);
}

#[test]
fn the_head_is_counted_to_the_byte() {
    let app = TestApp::spawn();
    // Request target, and of each header name, value and four bytes around them.
    let around = |count: usize| {
        let (scim, name) = (app.scim(), "X-Padding".len());
        let target = format!("{}/Users", scim.base()).len();
        let fixed =
            "Host".len() + 1 + 4 + "Authorization".len() + "Bearer ".len() + scim.token.len() + 4;
        format!(
            "X-Padding: {}\r\n",
            "x".repeat(count - target - fixed - name - 4)
        )
    };
    exchange(app.address(), get(&app, "/Users", &around(16 * 1024)))
        .expect("an answer")
        .is(200);
    let over = exchange(app.address(), get(&app, "/Users", &around(16 * 1024 + 1)));
    over.expect("an answer").refused(431, "");
}

#[test]
fn a_request_has_at_most_100_headers() {
    let app = TestApp::spawn();
    // Host and Authorization are two of them.
    for (count, status) in [(98, 200), (99, 431)] {
        let headers: String = (0..count).map(|i| format!("X-{i}: 1\r\n")).collect();
        let answer = exchange(app.address(), get(&app, "/Users", &headers)).expect("an answer");
        assert!(
            answer.status == status || (status == 431 && answer.status == 400),
            "{count}: {}",
            answer.status
        );
    }
}

#[test]
fn a_head_must_have_come_in_time() {
    let app = Setup::limits(|limits| limits.head_seconds = 1).spawn();
    let mut slow = Wire::connect(app.address());
    slow.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    if let Some(answer) = slow.answer() {
        assert_eq!(answer.status, 408);
    }
    assert!(slow.is_closed());
    let mut silent = Wire::connect(app.address());
    silent.answer();
    assert!(silent.is_closed());
}

#[test]
fn an_idle_connection_is_closed_in_time() {
    let app = Setup::limits(|limits| limits.keep_alive_seconds = 1).spawn();
    let mut wire = Wire::connect(app.address());
    wire.write(get(&app, "/Users", ""));
    wire.answer().expect("an answer").is(200);
    assert!(wire.is_closed());
}

#[test]
fn a_connection_is_used_again() {
    let app = TestApp::spawn();
    let mut wire = Wire::connect(app.address());
    for _ in 0..3 {
        wire.write(get(&app, "/Users", ""));
        wire.answer().expect("an answer").is(200);
    }
    wire.write(format!("{0}{0}", get(&app, "/Users", "")));
    wire.answer().expect("the first answer").is(200);
    wire.answer().expect("the second answer").is(200);
}

#[test]
fn a_filter_has_at_most_8_kib() {
    let app = TestApp::spawn();
    let filter = |bytes: usize| {
        let frame = r#"title eq """#.len();
        // Letters go out as they are, so that the head stays below its own limit.
        format!(r#"title eq "{}""#, "x".repeat(bytes - frame))
    };
    let ask = |filter: &str| {
        app.scim()
            .get(&format!("/Users?filter={}", percent(filter)))
    };
    ask(&filter(8 * 1024)).is(200);
    ask(&filter(8 * 1024 + 1)).refused(400, "invalidFilter");
}

#[test]
fn a_filter_is_at_most_32_deep() {
    let app = TestApp::spawn();
    let nested = |depth: usize| format!("{}title eq \"x\"{}", "(".repeat(depth), ")".repeat(depth));
    let ask = |filter: &str| {
        app.scim()
            .get(&format!("/Users?filter={}", percent(filter)))
    };
    // Parentheses around the one comparison that stands at the first level.
    let deepest = (1..64)
        .take_while(|depth| ask(&nested(*depth)).status == 200)
        .last();
    assert!(matches!(deepest, Some(31 | 32)), "{deepest:?}");
    ask(&nested(33)).refused(400, "invalidFilter");
    ask(&"(".repeat(2600)).refused(400, "invalidFilter");
    ask(&"not(".repeat(1000)).refused(400, "invalidFilter");
}

#[test]
fn a_filter_has_at_most_256_comparisons() {
    let app = TestApp::spawn();
    let many = |count: usize| vec![r#"id eq "x""#; count].join(" or ");
    // Spaces as `+`, quotes as they are: 256 comparisons percent-encoded outgrow the head.
    let ask = |filter: &str| {
        let filter = filter.replace(' ', "+").replace('"', "%22");
        app.scim().get(&format!("/Users?filter={filter}"))
    };
    ask(&many(256)).is(200);
    ask(&many(257)).refused(400, "invalidFilter");
}

#[test]
fn what_is_ambiguous_or_no_http_is_refused_and_the_connection_closed() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let post = |headers: &str, body: &str| {
        format!(
            "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/scim+json\r\n{headers}\r\n{body}",
            scim.base(),
            scim.token
        )
    };
    let body = r#"{"userName":"ada"}"#;
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for (what, bytes) in [
        (
            "length and chunks",
            post(
                "Content-Length: 18\r\nTransfer-Encoding: chunked\r\n",
                &chunked,
            ),
        ),
        (
            "two lengths",
            post("Content-Length: 18\r\nContent-Length: 19\r\n", body),
        ),
        ("a signed length", post("Content-Length: +18\r\n", body)),
        ("a negative length", post("Content-Length: -1\r\n", body)),
        (
            "a list of lengths",
            post("Content-Length: 18, 18\r\n", body),
        ),
        (
            "an unknown coding",
            post("Transfer-Encoding: xchunked\r\n", &chunked),
        ),
        (
            "a space before the colon",
            post("Content-Length : 18\r\n", body),
        ),
        (
            "a bad chunk",
            post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
        ),
        ("no host", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (
            "two hosts",
            "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n".to_owned(),
        ),
        (
            "a NUL",
            "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n".to_owned(),
        ),
        (
            "a folded header",
            "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n".to_owned(),
        ),
        ("no HTTP", "hello\r\n\r\n".to_owned()),
        ("TLS", "\u{16}\u{3}\u{1}\u{0}\u{5}hello\r\n\r\n".to_owned()),
        (
            "a future version",
            "GET / HTTP/9.9\r\nHost: x\r\n\r\n".to_owned(),
        ),
    ] {
        let mut wire = Wire::connect(app.address());
        wire.write(bytes);
        let status = wire.answer().map(|answer| answer.status);
        assert!(
            matches!(status, None | Some(400 | 413 | 501 | 505)),
            "{what}: {status:?}"
        );
        assert!(wire.is_closed(), "{what}: the connection stays open");
    }
    assert_eq!(scim.get("/Users").is(200).json()["totalResults"], 0);
}
