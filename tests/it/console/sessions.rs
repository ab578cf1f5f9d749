//! Sessions: how they end, and what only their own pages can send.

use provost::app;
use provost::domain::catalogue::{ADMINISTRATOR, SUPER_ADMINISTRATOR};

use super::MINUTE_MS;
use crate::harness::app::{Setup, TestApp, local};
use crate::harness::browserless::Browser;
use crate::harness::operators::{PASSWORD, sign_in};

const ADA: &str = "ada@corp.example";

fn standing() -> TestApp {
    let app = Setup::standing_clock().spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    app
}

/// Whether the browser still is signed in.
fn is_in(browser: &mut Browser) -> bool {
    browser.open("/me/profile").path == "/me/profile"
}

#[test]
fn a_session_ends_by_silence_and_by_age() {
    let app = standing();
    let mut quiet = app.signed_in(ADA);
    app.pass(29 * MINUTE_MS);
    assert!(is_in(&mut quiet));
    app.pass(30 * MINUTE_MS);
    assert!(!is_in(&mut quiet));
    let mut busy = app.signed_in(ADA);
    for _ in 0..35 {
        app.pass(20 * MINUTE_MS);
        assert!(is_in(&mut busy));
    }
    app.pass(20 * MINUTE_MS);
    assert!(!is_in(&mut busy));
    // A page that looks again by itself is not somebody who does.
    let mut left = app.signed_in(ADA);
    let by_itself = [("X-By-Itself", "1"), ("Sec-Fetch-Site", "same-origin")];
    for status in [200, 303] {
        app.pass(16 * MINUTE_MS);
        let answer = left.send("GET", "/me/profile", &by_itself, None);
        assert_eq!(answer.status, status);
    }
}

/// A form was open when the session ended: whoever signs in again is where it was.
#[test]
fn a_form_of_an_ended_session_leads_back_to_its_page() {
    let app = standing();
    let mut browser = app.signed_in(ADA);
    let settings = format!("/a/{}/settings", app.account.id);
    browser.open(&settings);
    app.pass(31 * MINUTE_MS);
    browser.fill("Account name", "Late");
    let (to, body) = browser.would_send("Save name");
    assert_eq!(to, format!("{settings}/name"));
    // Nothing says that a page of ours sent it, so it is not kept.
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let page = browser.send("POST", &to, &form, Some(&body));
    assert_eq!(page.status, 401);
    assert!(
        page.text().contains("nothing was changed"),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains(&format!("/login?next={to}")),
        "{}",
        page.text()
    );
    // What only forms are sent to leads to the page that has the form.
    let asked = browser.send("GET", &format!("{settings}/name"), &[], None);
    assert_eq!(asked.status, 303);
    assert_eq!(asked.header("location"), Some(settings.as_str()));
}

#[test]
fn signing_out_ends_it_on_the_server() {
    let app = standing();
    let mut browser = app.signed_in(ADA);
    let mut kept = browser.window();
    browser.open("/me/profile");
    browser.press("Sign out").is(200, "/login");
    assert!(!browser.cookies.contains_key("pvx"));
    assert!(!is_in(&mut kept), "the cookie that was kept opens nothing");
}

#[test]
fn the_list_ends_one_or_all_others_and_holds_five() {
    let app = standing();
    let mut browsers: Vec<Browser> = (0..6).map(|_| app.signed_in(ADA)).collect();
    assert!(!is_in(&mut browsers[0]), "a sixth ends the oldest");
    let [_, second, _, _, _, last] = browsers.as_mut_slice() else {
        unreachable!("six browsers")
    };
    last.open("/me/sessions");
    assert_eq!(last.page.text().matches("End session").count(), 4);
    last.page.says("This session").says("Last request just now");
    assert!(is_in(second));
    last.open("/me/sessions");
    last.press("End all other sessions").is(200, "/me/sessions");
    assert!(!is_in(second));
    assert!(is_in(last));
    let mut other = app.signed_in(ADA);
    last.open("/me/sessions");
    last.press("End session")
        .is(200, "/me/sessions")
        .says("Ended");
    assert!(!is_in(&mut other));
}

#[test]
fn another_password_ends_the_others_and_changes_the_cookie() {
    let app = standing();
    let (mut here, mut there) = (app.signed_in(ADA), app.signed_in(ADA));
    let before = here.cookies["pvx"].clone();
    let change = |browser: &mut Browser, current: &str, new: &str| -> u16 {
        browser.open("/me/profile");
        browser
            .fill("Current password", current)
            .fill("New password", new)
            .fill("The same password again", new)
            .press("Change password")
            .status
    };
    assert_eq!(
        change(&mut here, "wrong", "seven boats under the bridge"),
        403
    );
    here.page.says("The current password is not right");
    assert_eq!(change(&mut here, PASSWORD, "short"), 422);
    assert_eq!(change(&mut here, PASSWORD, PASSWORD), 422);
    here.page.says("This is the password that you have now");
    assert_eq!(
        change(&mut here, PASSWORD, "seven boats under the bridge"),
        200
    );
    here.page
        .is(200, "/me/profile")
        .says("Changed your password");
    assert_ne!(here.cookies["pvx"], before);
    assert!(!is_in(&mut there));
    here.cookies.insert("pvx".to_owned(), before);
    assert!(!is_in(&mut here), "the cookie of before opens nothing");
}

#[test]
fn whoever_is_disabled_or_reset_is_out_at_once() {
    let app = standing();
    app.operator("grace@corp.example", Some(ADMINISTRATOR));
    let mut grace = app.signed_in("grace@corp.example");
    local(&app.db, None, |tx| {
        app::operators::set_disabled(tx, "grace@corp.example", true)
    });
    assert!(!is_in(&mut grace));
    sign_in(&mut grace, "grace@corp.example", PASSWORD);
    assert_eq!(grace.page.status, 401);
    let mut ada = app.signed_in(ADA);
    local(&app.db, None, |tx| app::operators::reset_factors(tx, ADA));
    assert!(!is_in(&mut ada));
}

#[test]
fn a_cookie_from_before_signing_in_is_never_the_session() {
    let app = standing();
    let mut browser = app.browser();
    let planted = format!("pvx_{}", "0".repeat(64));
    browser.cookies.insert("pvx".to_owned(), planted.clone());
    app.operator("eve@corp.example", Some(ADMINISTRATOR));
    sign_in(&mut browser, "eve@corp.example", PASSWORD);
    assert_ne!(browser.cookies["pvx"], planted);
    let mut thief = app.browser();
    thief.cookies.insert("pvx".to_owned(), planted);
    assert!(!is_in(&mut thief));
    assert!(
        !browser.cookies.contains_key("pvb"),
        "the cookie of before is gone"
    );
}

#[test]
fn a_form_is_taken_from_its_own_page_alone() {
    let app = standing();
    let mut browser = app.signed_in(ADA);
    browser.open("/me/profile");
    let (action, body) = browser.would_send("Save profile");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let host = format!("http://{}", app.address());
    let mut send = |headers: &[(&str, &str)], body: &str| {
        let answer = browser.send("POST", &action, headers, Some(body));
        answer.status
    };
    let without = body.replace("csrf=", "other=");
    assert_eq!(send(&[form], &without), 403);
    let mut forged = body.clone();
    forged.replace_range(5..7, if &body[5..7] == "00" { "11" } else { "00" });
    assert_eq!(send(&[form], &forged), 403);
    for headers in [
        [form, ("Origin", "https://evil.example")],
        [form, ("Origin", "null")],
        [form, ("Sec-Fetch-Site", "cross-site")],
        [form, ("Sec-Fetch-Site", "same-site")],
    ] {
        assert_eq!(send(&headers, &body), 403, "{headers:?}");
    }
    assert_eq!(send(&[("Content-Type", "text/plain")], &body), 415);
    assert_eq!(send(&[("Content-Type", "application/json")], &body), 415);
    let parts = ("Content-Type", "multipart/form-data; boundary=x");
    let part =
        format!("--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{body}\r\n--x--");
    assert_eq!(send(&[parts], &part), 415);
    assert_eq!(send(&[], &body), 415);
    let twice = "application/x-www-form-urlencoded, text/plain";
    assert_eq!(send(&[("Content-Type", twice)], &body), 415);
    assert_eq!(send(&[form, ("Origin", &host)], &body), 303);
    assert_eq!(send(&[form], &body), 303);
    // Another session's token is another one.
    let mut other = app.signed_in(ADA);
    other.open("/me/profile");
    let (_, theirs) = other.would_send("Save profile");
    let answer = browser.send("POST", &action, &[form], Some(&theirs));
    assert_eq!(answer.status, 403);
}

#[test]
fn dangerous_actions_ask_for_the_password_again() {
    let app = standing();
    let mut browser = app.signed_in(ADA);
    app.pass(6 * MINUTE_MS);
    browser.open("/me/factors");
    browser
        .press("Set up another authenticator")
        .is(403, "/me/factors/begin");
    browser
        .page
        .says("Your password again")
        .says("You are about to set up an authenticator.")
        .says("Nothing has to be entered again.");
    // Where the button is, whoever asks for the form's address.
    let back = browser.send("GET", "/me/factors/begin", &[], None);
    assert_eq!(back.header("location"), Some("/me/factors"));
    let before = browser.cookies["pvx"].clone();
    browser.open("/me/factors/confirm").is(200, "/confirm");
    browser
        .fill("Password", "wrong")
        .press("Continue")
        .is(403, "/confirm");
    browser
        .fill("Password", PASSWORD)
        .press("Continue")
        .is(200, "/me/factors");
    assert_ne!(
        browser.cookies["pvx"], before,
        "a new value after giving the password"
    );
    browser
        .press("Set up another authenticator")
        .is(200, "/me/factors/confirm");
}

#[test]
fn guesses_of_strangers_keep_nobody_from_giving_their_password_again() {
    let app = standing();
    let mut browser = app.signed_in(ADA);
    let mut stranger = app.browser();
    while stranger.page.status != 429 {
        sign_in(&mut stranger, ADA, "wrong");
    }
    let confirm = |browser: &mut Browser, password: &str| {
        browser.open("/confirm?next=/accounts");
        browser.fill("Password", password).press("Continue").status
    };
    assert_eq!(confirm(&mut browser, PASSWORD), 200);
    // Their own are counted.
    let statuses: Vec<u16> = (0..6).map(|_| confirm(&mut browser, "wrong")).collect();
    assert_eq!(statuses, [403, 403, 403, 403, 403, 429]);
}

#[test]
fn a_session_opens_the_console_and_nothing_else() {
    let app = standing();
    let mut browser = app.signed_in(ADA);
    let cookie = browser.cookies["pvx"].clone();
    let scim = format!("/client/v4/accounts/{}/scim/v2/Users", app.account.id);
    assert_eq!(browser.send("GET", &scim, &[], None).status, 401);
    let bearer = format!("Bearer {cookie}");
    let headers = [("Authorization", bearer.as_str())];
    assert_eq!(browser.send("GET", &scim, &headers, None).status, 401);
    let mut scim = app.browser();
    scim.headers
        .push(("Authorization".to_owned(), format!("Bearer {}", app.token)));
    assert_eq!(scim.open("/me/profile").path, "/login?next=/me/profile");
}

#[test]
fn appearance_is_kept_and_bad_zones_are_refused() {
    let app = standing();
    let mut browser = app.signed_in(ADA);
    browser.open("/me/appearance");
    browser
        .fill("Theme", "dark")
        .fill("Time zone", "Europe/Lisbon")
        .fill("Single-key shortcuts", "")
        .press("Save appearance")
        .is(200, "/me/appearance");
    assert!(browser.page.html.contains("data-theme=\"dark\""));
    assert!(browser.page.html.contains("data-keys=\"off\""));
    browser
        .fill("Time zone", "Europe/Atlantis")
        .press("Save appearance")
        .is(422, "/me/appearance");
    let mut again = app.signed_in(ADA);
    assert!(
        again
            .open("/me/appearance")
            .html
            .contains("value=\"Europe/Lisbon\"")
    );
}

#[test]
fn over_tls_what_a_form_did_is_told_in_a_cookie_that_nobody_else_can_set() {
    let app = Setup {
        public_url: Some("https://provost.example.com"),
        ..Setup::standing_clock()
    };
    let app = app.spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let mut ada = app.signed_in(ADA);
    let session = ada.cookies.remove("pvx").expect("a session");
    ada.cookies.insert("__Host-pvx".to_owned(), session);
    let at = format!("/a/{}/settings", app.account.id);
    ada.open(&at).is(200, &at);
    ada.fill("Account name", "Harbour");
    let (action, body) = ada.would_send("Save name");
    let headers = [
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", "https://provost.example.com"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let answer = ada.send("POST", &action, &headers, Some(&body));
    assert_eq!(answer.status, 303, "{}", answer.text());
    let set = answer.headers.get_all("set-cookie");
    let set: Vec<&str> = set.iter().filter_map(|value| value.to_str().ok()).collect();
    let [told] = set.as_slice() else {
        panic!("{set:?}")
    };
    let (pair, attributes) = told.split_once(';').expect("attributes");
    let (name, value) = pair.split_once('=').expect("a value");
    // What browsers want of that name: TLS, the whole host, and no other host.
    assert_eq!(name, "__Host-provost_said");
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax; Secure");
    // Under the name that a neighbour or plain HTTP could set, it says nothing.
    let value = value.to_owned();
    ada.cookies.remove(name);
    ada.cookies.insert("provost_said".to_owned(), value.clone());
    let page = ada.open(&at);
    assert!(!page.text().contains("Saved the name"), "{}", page.text());
    ada.cookies.remove("provost_said");
    ada.cookies.insert(name.to_owned(), value);
    ada.open(&at).says("Saved the name Harbour");
    assert!(!ada.cookies.contains_key(name), "it is told once");
}
