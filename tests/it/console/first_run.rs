//! From the printed link to the first person who was synced.

use provost::app;
use provost::domain::account::Account;
use provost::domain::connection::{ProviderKind, SettingsChange};
use provost::domain::error::Kind;
use provost::domain::text::Label;
use serde_json::json;

use crate::harness::app::{Setup, TestApp, local};
use crate::harness::browserless::Browser;
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user};
use crate::harness::operators::PASSWORD;

/// The address of a new link of the first run.
fn link(app: &TestApp, minutes: i64) -> String {
    let code = local(&app.db, None, move |tx| app::setup::issue(tx, minutes));
    format!("/setup?code={}", *code.grouped())
}

/// Fills the first step in.
fn be_ada(browser: &mut Browser) {
    browser
        .fill("Name", "Ada Lovelace")
        .fill("Email", "ada@corp.example")
        .fill("Password", PASSWORD)
        .fill("The same password again", PASSWORD)
        .press("Create Super Administrator");
}

/// Sets the authenticator up that the page offers.
fn switch_on(app: &TestApp, browser: &mut Browser) {
    let secret = browser.page.all("code").swap_remove(0).replace(' ', "");
    // What is to be scanned stands before the field.
    assert!(!browser.page.html.contains(" autofocus"));
    let code = super::sign_in::code_of(&secret, app.db.clock().now_ms());
    let page = browser.fill("Code", &code).press("Switch on");
    page.is(200, "/setup/factor").says("Recovery codes");
    assert!(page.html.contains("aria-current=\"step\""), "it is a step");
}

#[test]
fn a_new_box_is_set_up_from_the_link_to_the_first_synced_person() {
    let app = TestApp::spawn();
    let mut browser = app.browser();
    browser
        .open("/")
        .is(404, "/setup")
        .says("provost setup-link");
    // The code leaves the address bar.
    browser.open(&link(&app, 30)).is(200, "/setup");
    assert_eq!(browser.page.path, "/setup");
    be_ada(&mut browser);
    // Nothing goes before the second factor.
    browser.open("/setup").is(200, "/setup/factor");
    switch_on(&app, &mut browser);
    browser
        .follow("I have stored them")
        .is(200, "/setup")
        .says("Account name");
    browser
        .fill("Account name", "Analytical Engines")
        .fill("Account ID", "0123456789ABCDEF0123456789abcdef")
        .press("Continue")
        .is(200, "/setup")
        .says("Public base URL");
    // It reaches itself where the browser reached it.
    browser
        .press("Test and continue")
        .is(200, "/setup")
        .says("Identity provider");
    browser
        .fill("Identity provider", "okta")
        .fill("Connection name", "");
    let (path, again) = browser.would_send("Create connection and token");
    browser.press("Create connection and token");
    let page = browser.page.is(200, "/setup/connect").says("Okta");
    let shown = page.all("code");
    let account = "0123456789abcdef0123456789abcdef";
    assert!(
        shown[0].ends_with(&format!("/client/v4/accounts/{account}/scim/v2")),
        "{shown:?}"
    );
    let token = shown
        .iter()
        .find(|text| text.starts_with("pvs_"))
        .expect("a token")
        .clone();
    // Loaded again it makes no second one, and says how to come by one.
    let page = browser.post(&path, &again).is(200, "/setup");
    page.says("The token was shown once");
    assert!(!page.html.contains(&token), "the token is shown once");
    browser
        .follow("Another token")
        .says("Roll it to see a new one");
    let sql = "SELECT count(*) FROM connections WHERE name = 'Okta'";
    let made: i64 = app
        .sql()
        .query_row(sql, [], |row| row.get(0))
        .expect("a count");
    assert_eq!(made, 1);
    watch_the_first_sync(&app, &mut browser, account, &token);
    browser.post(&path, &again).is(200, "/setup");
    browser
        .press("Finish setup")
        .is(200, &format!("/a/{account}"));
    browser.open("/").is(200, &format!("/a/{account}"));
    // By the way back of the browser.
    browser.open("/setup").is(200, &format!("/a/{account}"));
}

/// The four ticks come one by one, as the provider gets on.
fn watch_the_first_sync(app: &TestApp, browser: &mut Browser, account: &str, token: &str) {
    let waiting = |browser: &mut Browser| {
        browser
            .open("/setup")
            .is(200, "/setup")
            .text()
            .matches("Waiting")
            .count()
    };
    assert_eq!(waiting(browser), 4);
    assert_eq!(browser.page.looks_every(), Some(5));
    let paused = browser.follow("Pause");
    assert_eq!(paused.looks_every(), None);
    browser.follow("Resume updates").is(200, "/setup");
    let values = browser
        .page
        .link("What to enter at the provider, screen by screen");
    browser.open(&values).is(200, &values);
    browser.follow("Back to the setup").is(200, "/setup");
    assert!(
        !browser.page.html.contains(token),
        "the token is shown once"
    );
    // A wrong token knocks, the right one comes in.
    Client::new(app.address(), account, &app.token).get("/Users");
    Client::new(app.address(), account, "pvs_x")
        .get("/Users")
        .is(401);
    assert_eq!(waiting(browser), 3);
    let okta = Client::new(app.address(), account, token);
    okta.get("/Users").is(200);
    assert_eq!(waiting(browser), 2);
    okta.post("/Users", &user("grace@corp.example")).is(201);
    okta.post("/Groups", &group("Admirals", &[])).is(201);
    assert_eq!(waiting(browser), 0);
    browser
        .page
        .says("First user grace@corp.example")
        .says("First group Admirals");
    assert_eq!(browser.page.looks_every(), None);
}

#[test]
fn a_link_is_good_in_one_browser_once_and_for_its_time() {
    let app = Setup::standing_clock().spawn();
    let (mut first, mut second) = (app.browser(), app.browser());
    let old = link(&app, 30);
    let newer = link(&app, 30);
    first.open(&old).is(404, "/setup");
    first.open(&newer).is(200, "/setup");
    // The page again, but not elsewhere.
    first.open(&newer).is(200, "/setup");
    second.open(&newer).is(404, "/setup");
    second.open("/setup").is(404, "/setup");
    app.pass(30 * 60_000);
    first.open("/setup").is(404, "/setup");
    let last = link(&app, 30);
    first.open(&last).is(200, "/setup");
    be_ada(&mut first);
    first.page.is(200, "/setup/factor");
    second.open(&last).is(200, "/login");
    let another = app
        .db
        .write_blocking(app.db.own_write("test"), |tx| app::setup::issue(tx, 30));
    assert_eq!(
        another.err().map(|error| error.kind()),
        Some(Kind::Conflict)
    );
    let mut tries = app.browser();
    let refused = (0..80).any(|_| tries.open("/recover?code=0000-0000-0000").status == 429);
    assert!(refused, "codes can be guessed without end");
}

/// Enters nothing, then the wrong things.
fn be_nobody(browser: &mut Browser) {
    browser
        .press("Create Super Administrator")
        .is(422, "/setup/you")
        .says("Enter your name.")
        .says("Enter your email address, such as name@example.com.")
        .says("Choose a password of at least 15 characters.");
    browser
        .fill("Name", "Ada")
        .fill("Email", "ada")
        .fill("Password", "short")
        .fill("The same password again", "short")
        .press("Create Super Administrator")
        .is(422, "/setup/you")
        .says("no e-mail address")
        .says("needs 15");
    browser
        .fill("Email", "ada@corp.example")
        .fill("Password", PASSWORD)
        .fill("The same password again", "another one")
        .press("Create Super Administrator")
        .is(422, "/setup/you")
        .says("passwords differ");
    let second = browser.page.html.contains("id=\"f-again-error\"");
    assert!(second, "it is the second one that differs");
}

#[test]
fn what_is_entered_wrong_is_told_at_its_field() {
    let app = TestApp::spawn();
    let mut browser = app.browser();
    browser.open(&link(&app, 30));
    be_nobody(&mut browser);
    browser
        .fill("Password", PASSWORD)
        .fill("The same password again", PASSWORD)
        .press("Create Super Administrator")
        .is(200, "/setup/factor");
    switch_on(&app, &mut browser);
    browser.open("/setup");
    browser
        .press("Continue")
        .is(422, "/setup/account")
        .says("empty");
    browser
        .fill("Account name", "Corp")
        .press("Continue")
        .is(422, "/setup/account")
        .says("An account named Corp exists");
    let corp: Account = app.account.clone();
    browser
        .fill("Account", &corp.id.to_string())
        .press("Continue")
        .is(200, "/setup");
    browser
        .fill("Public base URL", "http://127.0.0.1:1")
        .press("Test and continue")
        .is(422, "/setup/address")
        .says("could not be reached");
    browser
        .fill("Public base URL", "https://provost.example.com")
        .press("Continue untested");
    // From here on the cookie goes over TLS alone, by its name too.
    assert!(
        browser.cookies.contains_key("__Host-pvx"),
        "{:?}",
        browser.cookies
    );
    browser.page.is(200, "/setup").says("Identity provider");
    browser
        .press("Do this later")
        .is(200, "/setup")
        .says("no connection yet");
    browser
        .press("Finish setup")
        .is(200, &format!("/a/{}", corp.id));
    the_place_was_recorded(&app);
}

/// Who made the place in the account, and from where.
fn the_place_was_recorded(app: &TestApp) {
    let made = app.audit();
    let linked = made
        .iter()
        .find(|row| row["action"]["description"] == "Link Operator to Account");
    let actor = &linked.expect("a row")["actor"];
    assert_eq!(actor["type"], json!("user"));
    assert_eq!(actor["context"], json!("dash"));
    assert_eq!(actor["email"], json!("ada@corp.example"));
    assert_eq!(actor["ip_address"], json!("127.0.0.1"));
}

/// Whoever does not give the password again is let go, and comes back when they like.
#[test]
fn the_first_run_is_left_where_the_password_is_not_given_again() {
    let app = Setup::standing_clock().spawn();
    let mut browser = app.browser();
    browser.open(&link(&app, 30));
    be_ada(&mut browser);
    app.pass(6 * 60_000);
    browser.open("/setup/factor").is(200, "/confirm");
    browser.follow("Cancel").is(200, "/me/factors");
    browser
        .press("Set up an authenticator")
        .is(403, "/me/factors/begin");
    browser.fill("Password", PASSWORD).press("Continue");
    browser.press("Go on").is(200, "/me/factors/confirm");
    let secret = browser.page.all("code").swap_remove(0).replace(' ', "");
    let code = super::sign_in::code_of(&secret, app.db.clock().now_ms());
    browser.fill("Code", &code).press("Switch on");
    browser.open("/setup");
    browser
        .fill("Account name", "Harbour")
        .press("Continue")
        .says("Public base URL");
    app.pass(6 * 60_000);
    browser
        .press("Continue untested")
        .is(200, "/confirm")
        .says("connect your first provider");
    let away = browser.page.link("Cancel");
    assert!(away.starts_with("/a/"), "{away}");
    browser.open(&away).is(200, &away).says("Harbour");
    browser.open("/").is(200, "/confirm");
    browser
        .fill("Password", PASSWORD)
        .press("Continue")
        .is(200, "/setup")
        .says("Identity provider");
    // Another provider, of the command line, does not wait for that.
    browser.open(&away).says("Four steps until the first sync");
    let account = away.rsplit('/').next().unwrap_or_default();
    let id = account.parse().expect("an account id");
    let (_, token) = local(&app.db, Some(id), |tx| {
        let name = Label::parse("okta")?;
        app::connections::create(tx, ProviderKind::Okta, &name, &SettingsChange::default())
    });
    let okta = Client::new(app.address(), account, token.secret.reveal());
    okta.new_user("person@corp.example");
    browser
        .open(&away)
        .says("The first run was not finished")
        .says("Connections");
    assert_eq!(browser.page.link("Continue setup"), "/setup");
}

#[test]
fn an_authenticator_is_set_up_and_its_recovery_codes_are_shown_once() {
    let app = TestApp::spawn();
    let mut browser = app.browser();
    browser.open(&link(&app, 30));
    be_ada(&mut browser);
    let secret = browser.page.all("code").swap_remove(0).replace(' ', "");
    assert!(browser.page.html.contains("<path d=\"M4 4h1v1h-1z"));
    browser
        .fill("Code", "000000")
        .press("Switch on")
        .is(422, "/setup/factor");
    let code = super::sign_in::code_of(&secret, app.db.clock().now_ms());
    browser
        .fill("Code", &code)
        .press("Switch on")
        .is(200, "/setup/factor");
    assert_eq!(browser.page.all("code").len(), 10);
    // The page is not there a second time.
    browser
        .open("/setup/factor")
        .is(200, "/setup")
        .says("Your recovery codes were shown once");
    browser
        .follow("To the second factor")
        .is(200, "/me/factors")
        .says("10 recovery codes are left");
    browser
        .open("/me/factors/confirm")
        .is(200, "/me/factors")
        .says("Your recovery codes were shown once");
}
