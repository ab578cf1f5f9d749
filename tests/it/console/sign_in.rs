//! Signing in, and who is kept from it.

use data_encoding::BASE32_NOPAD;
use provost::app;
use provost::domain::catalogue::{ADMINISTRATOR, SUPER_ADMINISTRATOR};
use provost::store::totp::TotpSecret;

use crate::harness::app::{Setup, TestApp, local};
use crate::harness::at_once;
use crate::harness::browserless::Browser;
use crate::harness::operators::{PASSWORD, sign_in};

const ADA: &str = "ada@corp.example";

/// The code of an authenticator with that secret.
pub(crate) fn code_of(secret: &str, now_ms: i64) -> String {
    let bytes = BASE32_NOPAD.decode(secret.as_bytes()).expect("base32");
    TotpSecret::from_bytes(bytes.try_into().expect("160 bits")).code_at(now_ms)
}

fn with_ada(setup: Setup) -> TestApp {
    let app = setup.spawn();
    // The first operator administers the box, and signs in with a second factor.
    app.operator("box@corp.example", Some(SUPER_ADMINISTRATOR));
    app.operator(ADA, Some(ADMINISTRATOR));
    app
}

/// Sets an authenticator up; gives its secret and the recovery codes.
pub(super) fn add_factor(app: &TestApp, browser: &mut Browser) -> (String, Vec<String>) {
    browser.open("/me/factors");
    browser
        .press("Set up an authenticator")
        .is(200, "/me/factors/confirm");
    let secret = browser.page.all("code").swap_remove(0).replace(' ', "");
    let code = code_of(&secret, app.db.clock().now_ms());
    browser
        .fill("Code", &code)
        .press("Switch on")
        .is(200, "/me/factors/confirm");
    let codes = browser.page.all("code");
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

#[test]
fn a_password_signs_in_and_leads_to_where_one_wanted_to_go() {
    let app = with_ada(Setup::default());
    let mut browser = app.browser();
    browser.open("/me/sessions?x=1").is(200, "/login");
    browser
        .fill("Email", "ADA@corp.example ")
        .fill("Password", PASSWORD)
        .press("Sign in")
        .is(200, "/me/sessions");
    assert_eq!(browser.page.path, "/me/sessions?x=1");
    // Who is signed in needs no sign-in page.
    browser
        .open("/login")
        .is(200, &format!("/a/{}", app.account.id));
}

#[test]
fn nothing_tells_which_of_the_two_was_wrong() {
    let app = with_ada(Setup::default());
    app.operator("bob@corp.example", None);
    local(&app.db, None, |tx| {
        app::operators::set_disabled(tx, "bob@corp.example", true)
    });
    let answer = |email: &str, password: &str| {
        let mut browser = app.browser();
        sign_in(&mut browser, email, password);
        assert_eq!(browser.page.status, 401);
        assert!(!browser.cookies.contains_key("pvx"));
        // The address is repeated; the token is this browser's own.
        let csrf = browser.would_send("Sign in").1;
        let csrf = csrf
            .split('&')
            .next()
            .unwrap_or_default()
            .replace("csrf=", "");
        browser.page.html.replace(email, "").replace(&csrf, "")
    };
    let wrong = answer(ADA, "four lamps under the harbour");
    assert!(wrong.contains("Email, password or code is wrong"));
    assert_eq!(wrong, answer("eve@corp.example", PASSWORD));
    assert_eq!(wrong, answer("bob@corp.example", PASSWORD));
    assert_eq!(wrong, answer(ADA, &"x".repeat(1025)));
}

#[test]
fn failures_slow_down_their_own_network_and_nobody_elses() {
    let proxies = vec!["127.0.0.0/8".parse().expect("a net")];
    let app = with_ada(Setup {
        standing_clock: true,
        trusted_proxies: proxies,
        ..Setup::default()
    });
    let from = |address: &str| {
        let mut browser = app.browser();
        browser
            .headers
            .push(("X-Forwarded-For".to_owned(), address.to_owned()));
        browser
    };
    let tries = |address: &str, password: &str| {
        let mut browser = from(address);
        sign_in(&mut browser, ADA, password);
        browser.page.status
    };
    assert_eq!(tries("192.0.2.1", PASSWORD), 200);
    let statuses: Vec<u16> = (0..6).map(|_| tries("198.51.100.7", "wrong")).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    // The right one has to wait there as well, or it could be guessed.
    assert_eq!(tries("198.51.100.9", PASSWORD), 429);
    assert_eq!(tries("192.0.2.200", PASSWORD), 200);
    app.pass(1000);
    assert_eq!(tries("198.51.100.7", "wrong"), 401);
    assert_eq!(tries("198.51.100.7", PASSWORD), 429);
    // Of all unknown networks together only so many are let try: the known one goes on.
    let refused = (0..100).filter(|i| tries(&format!("10.0.{i}.1"), "wrong") == 429);
    assert!(refused.count() > 20);
    assert_eq!(tries("192.0.2.1", PASSWORD), 200);
}

#[test]
fn guesses_at_once_are_counted_as_if_one_came_after_the_other() {
    let app = with_ada(Setup {
        standing_clock: true,
        workers: 2,
        ..Setup::default()
    });
    let statuses = at_once(12, |_| {
        let mut browser = app.browser();
        sign_in(&mut browser, ADA, "wrong");
        browser.page.status
    });
    let tried = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(tried, 5, "{statuses:?}");
}

#[test]
fn a_second_factor_is_asked_for_and_each_code_is_good_once() {
    let app = with_ada(Setup::standing_clock());
    let mut first = app.signed_in(ADA);
    let (secret, codes) = add_factor(&app, &mut first);
    let now = || app.db.clock().now_ms();
    let mut browser = app.browser();
    sign_in(&mut browser, ADA, PASSWORD);
    browser.page.is(200, "/login").says("Second factor");
    assert!(!browser.cookies.contains_key("pvx"));
    // It was taken when the authenticator was set up.
    let taken = code_of(&secret, now());
    browser
        .fill("Code", &taken)
        .press("Sign in")
        .is(401, "/login");
    app.pass(30_000);
    let code = code_of(&secret, now());
    browser
        .fill("Code", &code)
        .press("Sign in")
        .is(200, &format!("/a/{}", app.account.id));
    let mut again = app.browser();
    sign_in(&mut again, ADA, PASSWORD);
    again.fill("Code", &code).press("Sign in").is(401, "/login");
    again.fill(
        "Or a recovery code",
        &codes[0].to_lowercase().replace('-', " "),
    );
    again
        .press("Sign in")
        .is(200, &format!("/a/{}", app.account.id));
    let mut used = app.browser();
    sign_in(&mut used, ADA, PASSWORD);
    used.fill("Or a recovery code", &codes[0])
        .press("Sign in")
        .is(401, "/login");
    again.open("/me/factors").says("9 recovery codes are left");
}

#[test]
fn what_the_second_step_is_bound_to_is_of_no_use_elsewhere() {
    let app = with_ada(Setup::standing_clock());
    let mut first = app.signed_in(ADA);
    let (secret, _) = add_factor(&app, &mut first);
    app.pass(30_000);
    let mut browser = app.browser();
    sign_in(&mut browser, ADA, PASSWORD);
    let code = code_of(&secret, app.db.clock().now_ms());
    let (_, body) = browser.fill("Code", &code).would_send("Sign in");
    let ticket = body
        .split('&')
        .find(|part| part.starts_with("ticket="))
        .expect("a ticket");
    let mut other = app.browser();
    other.open("/login");
    let (_, own) = other.would_send("Sign in");
    let csrf = own
        .split('&')
        .find(|part| part.starts_with("csrf="))
        .expect("a token");
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = other.send(
        "POST",
        "/login",
        &kind,
        Some(&format!("{csrf}&{ticket}&code={code}")),
    );
    assert_eq!(answer.status, 422, "{}", answer.text());
    // And of none here after five minutes.
    app.pass(5 * 60_000);
    let late = code_of(&secret, app.db.clock().now_ms());
    browser
        .fill("Code", &late)
        .press("Sign in")
        .is(422, "/login")
        .says("took too long");
}

#[test]
fn codes_of_the_second_factor_are_counted_too() {
    let app = with_ada(Setup::standing_clock());
    let mut first = app.signed_in(ADA);
    let (secret, _) = add_factor(&app, &mut first);
    app.pass(30_000);
    let mut browser = app.browser();
    sign_in(&mut browser, ADA, PASSWORD);
    let statuses: Vec<u16> = (0..6)
        .map(|_| browser.fill("Code", "000000").press("Sign in").status)
        .collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    app.pass(1000);
    let code = code_of(&secret, app.db.clock().now_ms());
    assert_eq!(browser.fill("Code", &code).press("Sign in").status, 200);
}

#[test]
fn nobody_is_led_to_another_site() {
    let app = with_ada(Setup::default());
    for next in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "%2F%2Fevil.example",
    ] {
        let mut browser = app.browser();
        browser.open(&format!("/login?next={next}"));
        browser
            .fill("Email", ADA)
            .fill("Password", PASSWORD)
            .press("Sign in")
            .is(200, &format!("/a/{}", app.account.id));
    }
}

#[test]
fn a_forgotten_password_is_chosen_anew_by_a_link_from_the_server() {
    let app = with_ada(Setup::default());
    let mut signed_in = app.signed_in(ADA);
    let code = local(&app.db, None, |tx| app::setup::issue_recovery(tx, ADA, 30));
    let mut browser = app.browser();
    browser
        .open("/recover")
        .is(200, "/recover")
        .says("provost admin recover");
    browser
        .open(&format!("/recover?code={}", *code.grouped()))
        .is(200, "/recover")
        .says(ADA);
    app.browser()
        .open(&format!("/recover?code={}", *code.grouped()))
        .is(404, "/recover");
    let fill = |browser: &mut Browser, text: &str| {
        browser
            .fill("Password", text)
            .fill("The same password again", text);
    };
    fill(&mut browser, "ada@corp.example ada");
    browser.press("Set password").is(422, "/recover");
    // All that is wrong, at once, each at its field.
    browser
        .fill("Password", "short")
        .fill("The same password again", "shorter")
        .press("Set password")
        .is(422, "/recover")
        .says("The password has 5 characters")
        .says("The two passwords differ");
    fill(&mut browser, "seven boats under the bridge");
    browser
        .press("Set password")
        .is(200, "/login")
        .says("The new password is set");
    signed_in.open("/me/profile").is(200, "/login");
    sign_in(&mut browser, ADA, PASSWORD);
    assert_eq!(browser.page.status, 401);
    sign_in(&mut browser, ADA, "seven boats under the bridge");
    assert_eq!(browser.page.status, 200);
    browser
        .open(&format!("/recover?code={}", *code.grouped()))
        .is(404, "/recover");
}
