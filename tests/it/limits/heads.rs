//! How large the head of a request may be, how slow, and what is no HTTP at all (T-81).

use provost::config::Limits;

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
fn a_request_has_at_most_so_many_headers() {
    for max in [10, Limits::default().headers] {
        let app = Setup::limits(|limits| limits.headers = max).spawn();
        // Host and Authorization are two of them.
        for (count, wanted) in [(max - 2, 200), (max - 1, 431)] {
            let headers: Vec<String> = (0..count).map(|i| format!("X-{i}: 1\r\n")).collect();
            let answer = exchange(app.address(), get(&app, "/Users", &headers.concat()));
            assert_eq!(
                answer.expect("an answer").status,
                wanted,
                "{} headers",
                count + 2
            );
        }
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

/// Heads that no two servers read alike, or that are none. `|` ends a line; `{P}` is the
/// beginning of a POST of 18 bytes.
const AMBIGUOUS: &str = r#"
length and chunks => {P}Content-Length: 18|Transfer-Encoding: chunked||12|{"userName":"ada"}|0||
two lengths => {P}Content-Length: 18|Content-Length: 19||{"userName":"ada"}
a signed length => {P}Content-Length: +18||{"userName":"ada"}
a negative length => {P}Content-Length: -1||{"userName":"ada"}
a list of lengths => {P}Content-Length: 18, 18||{"userName":"ada"}
an unknown coding => {P}Transfer-Encoding: xchunked||12|{"userName":"ada"}|0||
a space before the colon => {P}Content-Length : 18||{"userName":"ada"}
a bad chunk => {P}Transfer-Encoding: chunked||zz|{}|0||
no host => GET / HTTP/1.1||
two hosts => GET / HTTP/1.1|Host: x|Host: y||
a folded header => GET / HTTP/1.1|Host: x|X: a| b||
a NUL => GET / HTTP/1.1|Host: x|X: a\0b||
a quote in the target => GET /?filter=a+eq+"b" HTTP/1.1|Host: x||
a future version => GET / HTTP/9.9|Host: x||
no HTTP => hello||
"#;

#[test]
fn what_is_ambiguous_or_no_http_is_refused_and_the_connection_closed() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let post = format!(
        "POST {}/Users HTTP/1.1|Host: x|Authorization: Bearer {}|Content-Type: application/json|",
        scim.base(),
        scim.token
    );
    for line in AMBIGUOUS.trim().lines() {
        let (what, bytes) = line.split_once(" => ").expect("two parts");
        let bytes = bytes
            .replace("{P}", &post)
            .replace('|', "\r\n")
            .replace(r"\0", "\0");
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
