//! What all pages have in common, and the files they are made with.

use std::collections::BTreeSet;

use provost::domain::catalogue::SUPER_ADMINISTRATOR;
use provost::http::assets;
use provost::http::routes::{self, Door};

use crate::authz::console::target;
use crate::harness::app::TestApp;
use crate::harness::client::Answer;
use crate::harness::html::page_problems;

const ADA: &str = "ada@corp.example";

#[track_caller]
fn is_page(answer: &Answer, what: &str) {
    let problems = page_problems(answer);
    assert!(
        problems.is_empty(),
        "{what}: {problems:#?}\n{}",
        answer.text()
    );
}

/// The pages of the route table, but for files and what leads elsewhere.
fn pages(app: &TestApp) -> Vec<String> {
    let pages = routes::all().filter(|route| route.door == Door::Console);
    let pages = pages.filter(|route| route.method == "GET" && !route.path.starts_with("/static/"));
    // A list as a file is no page.
    let pages = pages.filter(|route| !route.path.contains(".{form:"));
    // Nor are events.
    let pages = pages.filter(|route| !route.path.ends_with("/live"));
    pages.map(|route| target(app, route).0).collect()
}

#[test]
fn every_page_is_whole_and_says_to_the_browser_what_it_may() {
    let app = TestApp::spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let mut browser = app.signed_in(ADA);
    let mut seen = 0;
    for path in pages(&app) {
        let answer = browser.send("GET", &path, &[], None);
        if answer.status == 303 {
            let location = answer.header("location").expect("a location");
            assert!(
                location.starts_with('/') && !location.starts_with("//"),
                "{path}"
            );
            continue;
        }
        assert!(answer.status < 500, "{path}: {}", answer.text());
        is_page(&answer, &path);
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
    // Whoever is not signed in is led to the sign-in page, and sees nothing on the way.
    for path in pages(&app) {
        let answer = app.scim().send_plain("GET", &path, &[], None);
        match answer.status {
            303 => assert!(answer.body.is_empty(), "{path}"),
            200 | 404 => is_page(&answer, &path),
            status => panic!("{path}: {status}"),
        }
    }
}

#[test]
fn errors_are_pages_within_the_console_and_without() {
    let app = TestApp::spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let mut browser = app.signed_in(ADA);
    for path in [
        "/nothing",
        "/a/0/nothing",
        "/%ff",
        "/me/nothing",
        "/static/x.css",
    ] {
        let outside = app.scim().send_plain("GET", path, &[], None);
        assert_eq!(outside.status, 404, "{path}");
        is_page(&outside, path);
        assert!(outside.text().contains(&outside.request_id()), "{path}");
        is_page(&browser.send("GET", path, &[], None), path);
    }
    // Whoever is signed in finds the way on from there.
    let at = format!("/a/{}/nothing", app.account.id);
    browser
        .open(&at)
        .is(404, &at)
        .says("Connections")
        .says("Nothing is here");
    let stranger = app.scim().send_plain("GET", &at, &[], None).is(404);
    assert!(
        !stranger.text().contains("Connections"),
        "{}",
        stranger.text()
    );
    let wrong = app.scim().send_plain("DELETE", "/login", &[], None).is(405);
    assert_eq!(wrong.header("allow"), Some("GET, POST"));
    is_page(&wrong, "DELETE /login");
}

#[test]
#[cfg(debug_assertions)]
fn every_component_and_every_error_is_a_good_page() {
    let app = TestApp::spawn();
    for path in [
        "/dev/components",
        "/dev/components?theme=dark&readonly=1",
        "/dev/bare",
        "/dev/error/403",
        "/dev/error/404?inside",
        "/dev/error/409?inside",
        "/dev/error/422?inside",
        "/dev/error/429",
        "/dev/error/500?inside",
        "/dev/error/503",
    ] {
        let answer = app.scim().send_plain("GET", path, &[], None);
        is_page(&answer, path);
        if let Some(status) = path.strip_prefix("/dev/error/") {
            assert_eq!(status[..3].parse(), Ok(answer.status), "{path}");
        }
    }
    let wait = app.scim().send_plain("GET", "/dev/error/429", &[], None);
    assert_eq!(wait.header("retry-after"), Some("30"));
    let signed_out = app
        .scim()
        .send_plain("GET", "/dev/error/401?a=b&c", &[], None);
    let to = Some("/login?next=/dev/error/401%3Fa%3Db%26c");
    assert_eq!(
        (signed_out.status, signed_out.header("location")),
        (303, to)
    );
}

#[test]
#[cfg(debug_assertions)]
fn what_a_form_did_is_told_once() {
    let app = TestApp::spawn();
    let mut browser = app.browser();
    browser
        .open("/dev/flash")
        .is(200, "/dev/components")
        .says("31 people gained Cache Purge.");
    browser.open("/dev/components");
    assert!(!browser.page.text().contains("31 people gained"));
    assert!(browser.cookies.is_empty());
}

#[test]
#[cfg(debug_assertions)]
fn pages_are_compressed_for_who_takes_it() {
    let app = TestApp::spawn();
    let ask = |path: &str, encoding: &str| {
        let answer = app
            .scim()
            .send_plain("GET", path, &[("Accept-Encoding", encoding)], None);
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
        answer
    };
    let (packed, plain) = (
        ask("/dev/components", "gzip"),
        ask("/dev/components", "identity"),
    );
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(plain.header("content-encoding"), None);
    assert!(packed.body.len() * 4 < plain.body.len());
    assert!(packed.body.starts_with(&[0x1f, 0x8b]));
}

#[test]
fn files_are_kept_for_good_and_never_another_version() {
    let app = TestApp::spawn();
    let get =
        |path: &str, headers: &[(&str, &str)]| app.scim().send_plain("GET", path, headers, None);
    let mut urls = BTreeSet::new();
    for name in [
        "console.css",
        "console.js",
        "icons.svg",
        "favicon.svg",
        "inter-latin.woff2",
    ] {
        let url = assets::url(name);
        let plain = get(url, &[("Accept-Encoding", "identity")]).is(200);
        assert_eq!(
            plain.header("cache-control"),
            Some("public, max-age=31536000, immutable")
        );
        assert_eq!(plain.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            plain.header("cross-origin-resource-policy"),
            Some("same-origin")
        );
        assert_eq!(plain.header("set-cookie"), None);
        let etag = plain.header("etag").expect("an ETag").to_owned();
        let again = get(
            url,
            &[("If-None-Match", &etag), ("Accept-Encoding", "identity")],
        );
        assert_eq!((again.status, again.body.len()), (304, 0), "{name}");
        assert_eq!(again.header("etag"), Some(etag.as_str()));
        assert_eq!(get(url, &[("If-None-Match", "\"x\"")]).status, 200);
        let packed = get(url, &[("Accept-Encoding", "br, gzip;q=0.5")]);
        if name.ends_with("woff2") {
            assert_eq!(packed.header("content-encoding"), None);
            assert_eq!(packed.header("vary"), None);
        } else {
            assert_eq!(packed.header("content-encoding"), Some("gzip"));
            assert_eq!(packed.header("vary"), Some("Accept-Encoding"));
            assert_ne!(packed.header("etag"), Some(etag.as_str()));
            assert!(packed.body.len() < plain.body.len(), "{name}");
        }
        urls.insert(url);
        let (stem, rest) = url.split_once('.').expect("a name");
        get(&format!("{stem}.x{}", &rest[1..]), &[]).is(404);
        get(&format!("/static/{name}"), &[]).is(404);
    }
    assert_eq!(urls.len(), 5);
}

#[test]
fn the_first_view_is_small() {
    let app = TestApp::spawn();
    let get = |path: &str| {
        let headers = [("Accept-Encoding", "gzip")];
        app.scim()
            .send_plain("GET", path, &headers, None)
            .is(200)
            .body
            .len()
    };
    let files = ["console.css", "console.js", "icons.svg", "favicon.svg"];
    let files: usize = files.iter().map(|name| get(assets::url(name))).sum();
    let view = files + get("/login");
    assert!(view < 65 * 1024, "{view} bytes");
    let font = get(assets::url("inter-latin.woff2"));
    assert!(font < 50 * 1024, "{font} bytes");
}
