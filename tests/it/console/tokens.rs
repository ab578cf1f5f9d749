//! API tokens at the console: made with a summary, shown once, rolled, revoked.

mod early;
mod ends;
mod presses;
mod refused;

use provost::domain::catalogue;

use super::{HOSTILE, MINUTE_MS, READS, SUPER, at};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::operators::PASSWORD;

const ADMINISTRATOR: &str = "changes@corp.example";

fn of(app: TestApp) -> (TestApp, Browser, String) {
    let (app, browser) = super::of(app);
    let at = at(&app, "/tokens");
    (app, browser, at)
}

fn app() -> (TestApp, Browser, String) {
    of(TestApp::spawn())
}

/// The value that is shown this once.
#[track_caller]
fn secret(browser: &Browser) -> String {
    let values = browser.page.all("code");
    let found = values.iter().find(|text| text.starts_with("pva_"));
    let found = found.unwrap_or_else(|| panic!("no secret: {}", browser.page.text()));
    assert_eq!(
        browser.page.answer.header("cache-control"),
        Some("no-store")
    );
    found.clone()
}

/// What the token answers when it is verified.
#[track_caller]
fn works(app: &TestApp, secret: &str, status: u16) {
    let path = format!("/client/v4/accounts/{}/tokens/verify", app.account.id);
    let auth = format!("Bearer {secret}");
    let answer = app
        .browser()
        .send("GET", &path, &[("Authorization", &auth)], None);
    assert_eq!(answer.status, status, "{}", answer.text());
}

fn count(app: &TestApp) -> usize {
    app.read(provost::app::tokens::list).len()
}

#[test]
fn a_token_is_made_by_the_wizard_shown_once_rolled_and_revoked() {
    let (app, mut browser, at) = app();
    browser.open(&at).is(200, &at);
    browser.follow("Create token");
    browser
        .fill("Name", "")
        .fill("Addresses it may be used from", "nowhere")
        .press("Continue to summary")
        .says("Choose at least one permission")
        .says("is no network");
    assert_eq!(browser.page.status, 422);
    let page = browser.open(&format!("{at}/new?template=read"));
    page.says("neither API tokens nor SSO connectors");
    browser
        .fill("Name", HOSTILE)
        .fill("Addresses it may be used from", "127.0.0.0/8")
        .press("Continue to summary")
        .says("Check the token")
        .says("Reads connections, the audit and provisioning logs and metrics too")
        .says("127.0.0.0/8")
        .says(HOSTILE);
    assert!(!browser.page.html.contains("<script>alert"), "markup");
    // Back, with all that was filled in.
    browser.press("Change it");
    assert!(browser.page.html.contains("127.0.0.0/8"));
    browser.press("Continue to summary");
    let before = count(&app);
    let (_, body) = browser.would_send("Create token");
    let page = browser.press("Create token");
    page.says("Copy the value now").says("read -rs TOKEN");
    let made = secret(&browser);
    let shown = browser.page.path.clone();
    assert!(shown.ends_with("/secret"), "{shown}");
    works(&app, &made, 200);
    // The same form once more makes no second token, and shows nothing anew.
    browser.post(&format!("{at}/new"), &body).is(410, &shown);
    assert_eq!(count(&app), before + 1);
    browser.open(&shown).is(410, &shown);
    assert!(!browser.page.html.contains(&made), "shown twice");
    browser.page.says("Roll the token to get a new value");
    browser.open(&at).says(HOSTILE);
    browser.follow(HOSTILE).says("Account Settings Read");
    let token = browser.page.path.clone();
    browser.follow("Roll token");
    browser
        .press("Roll token")
        .says("The old value works until");
    let second = secret(&browser);
    works(&app, &made, 200);
    works(&app, &second, 200);
    browser
        .open(&token)
        .says("The old value works until")
        .says("It ends sooner if the token is revoked");
    browser.open(&format!("{token}/roll"));
    browser
        .fill("The old value works for", "0")
        .press("Roll token")
        .says("The old value has ended");
    let third = secret(&browser);
    works(&app, &made, 401);
    works(&app, &second, 401);
    works(&app, &third, 200);
    browser.follow("I have stored it");
    assert!(!browser.page.text().contains("The old value works until"));
    browser.follow("Revoke token").says("can’t be brought back");
    browser.press("Revoke token").says("Revoked");
    works(&app, &third, 401);
    browser.open(&token).is(404, &token);
}

#[test]
fn the_value_waits_for_the_page_even_when_the_answer_was_lost() {
    let (app, mut browser, at) = app();
    browser.open(&format!("{at}/new?template=scim"));
    browser.fill("Name", "Twice").press("Continue to summary");
    let (action, body) = browser.would_send("Create token");
    // Sent, and the answer never arrives; then pressed again.
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let lost = browser.send("POST", &action, &headers, Some(&format!("{body}&sure=1")));
    assert_eq!(lost.status, 303);
    // The value is for the session that made it, and for nobody else.
    let mut other = app.signed_in(SUPER);
    let to = lost.header("location").expect("a location").to_owned();
    other.open(&to).is(410, &to);
    browser.press("Create token").says("Copy the value now");
    works(&app, &secret(&browser), 200);
    let named = app.read(provost::app::tokens::list);
    assert_eq!(
        named.iter().filter(|token| token.name == "Twice").count(),
        1
    );
    // Nor is it in the audit log, or in any log of the provider's requests.
    let told = app
        .audit()
        .iter()
        .map(ToString::to_string)
        .collect::<String>();
    assert!(told.contains("Twice"));
    assert!(
        !told.contains(&secret(&browser)),
        "a secret in the audit log"
    );
}

#[test]
fn the_value_does_not_wait_for_long() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    browser.open(&format!("{at}/new?template=scim"));
    browser.fill("Name", "Late").press("Continue to summary");
    let (action, body) = browser.would_send("Create token");
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let made = browser.send("POST", &action, &headers, Some(&format!("{body}&sure=1")));
    app.pass(5 * MINUTE_MS);
    let to = made.header("location").expect("a location").to_owned();
    browser.open(&to).is(410, &to);
}

#[test]
fn the_password_is_asked_anew_and_nothing_filled_in_is_lost() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    browser.open(&format!("{at}/new?template=read"));
    app.pass(6 * MINUTE_MS);
    browser
        .fill("Name", "Backup script")
        .press("Continue to summary")
        .is(200, "/confirm");
    browser.fill("Password", PASSWORD).press("Continue");
    assert!(
        browser.page.path.starts_with(&format!("{at}/new?")),
        "{}",
        browser.page.path
    );
    browser
        .press("Continue to summary")
        .says("Backup script will be able to do this")
        .says("Account Settings Read");
    let before = count(&app);
    app.pass(6 * MINUTE_MS);
    browser.press("Create token").is(200, "/confirm");
    assert_eq!(count(&app), before);
    for below in ["/new", ""] {
        let path = format!("{at}{below}");
        let answer = browser.send("GET", &path, &[], None);
        let wanted = if below.is_empty() { 200 } else { 303 };
        assert_eq!(answer.status, wanted, "{path}");
    }
    browser.fill("Password", PASSWORD).press("Continue");
    let made = app.new_token("Script", |_| {});
    browser.open(&at);
    let token = browser.page.link("Script");
    browser.open(&format!("{token}/switch"));
    app.pass(6 * MINUTE_MS);
    let switch = format!("{token}/switch");
    browser.press("Switch off").is(403, &switch);
    works(&app, &made, 200);
    // What was chosen is kept, and done once the password is there.
    browser.fill("Password", PASSWORD).press("Continue");
    browser.press("Go on").is(200, &token);
    works(&app, &made, 401);
}

#[test]
fn the_password_is_asked_for_something_and_cancel_leads_back() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    app.new_token("Script", |_| {});
    browser.open(&at);
    let token = browser.page.link("Script");
    let roll = format!("{token}/roll");
    app.pass(6 * MINUTE_MS);
    browser
        .open(&roll)
        .is(200, "/confirm")
        .says("You are about to give the API token “Script” a new value.");
    let origin = format!("http://{}", app.address());
    let back = |browser: &mut Browser, from: &str| {
        browser.headers = vec![("Referer".to_owned(), from.to_owned())];
        browser.open(&roll).is(200, "/confirm");
        browser.page.link("Cancel")
    };
    assert_eq!(
        back(&mut browser, &format!("{origin}{at}?q=x")),
        format!("{at}?q=x")
    );
    // Told by a stranger, or of this very page: to the page above.
    for hostile in [
        "https://evil.example/x".to_owned(),
        format!("{origin}//evil.example/"),
        format!("{origin}.evil.example/"),
        format!("{origin}/\\evil.example"),
        format!("{origin}{roll}"),
        format!("{origin}/confirm?next=/x"),
    ] {
        assert_eq!(back(&mut browser, &hostile), token, "{hostile}");
    }
    // A wrong password does not lose the way back, and no form brings another one.
    back(&mut browser, &format!("{origin}{at}"));
    let (action, body) = browser.would_send("Continue");
    browser
        .fill("Password", "wrong")
        .press("Continue")
        .is(403, "/confirm");
    assert_eq!(browser.page.link("Cancel"), at);
    let sent = body.replace("back=", "back=//evil.example/");
    assert_ne!(sent, body);
    browser.post(&action, &sent).is(403, "/confirm");
    assert_eq!(browser.page.link("Cancel"), token);
    browser.headers.clear();
    browser.open("/confirm?next=//evil.example/x");
    assert_eq!(browser.page.link("Cancel"), "/");
}

#[test]
fn everything_and_resources_are_what_they_say() {
    let (app, mut browser, at) = app();
    browser.open(&format!("{at}/new?template=admin"));
    browser.fill("Name", "All").press("Continue to summary");
    browser.page.says("It holds every permission");
    browser.press("Create token");
    let all = secret(&browser);
    // It may give what only a token that holds everything may.
    let members = format!("/client/v4/accounts/{}/members", app.account.id);
    let auth = format!("Bearer {all}");
    let headers = [
        ("Authorization", auth.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = format!(
        "{{\"email\":\"boss@corp.example\",\"roles\":[\"{}\"]}}",
        "33666b9c79b9a5273fc7344ff42f953d"
    );
    let made = app.browser().send("POST", &members, &headers, Some(&body));
    assert!(matches!(made.status, 200 | 201), "{}", made.text());
    browser.open(&format!("{at}/new?template=scim"));
    browser
        .fill("Name", "Nowhere")
        .fill("Accounts", "")
        .press("Continue to summary")
        .says("would reach no account");
    assert_eq!(browser.page.status, 422);
    browser
        .fill("Accounts", "every")
        .press("Continue to summary");
    browser.press("Create token");
    works(&app, &secret(&browser), 200);
    browser.follow("I have stored it").says("All accounts");
}

#[test]
fn the_list_is_filtered_sorted_paged_and_exported() {
    let (app, mut browser, at) = app();
    for number in 0..60 {
        app.new_token(&format!("Script {number:02}"), |_| {});
    }
    app.new_token("=HYPERLINK(1)", |_| {});
    browser.open(&at).says("50 tokens");
    browser.follow("Next").says("Script 59");
    browser.open(&format!("{at}?sort=-name")).says("Script 59");
    browser.open(&format!("{at}?q=script+07")).says("1 token");
    browser
        .open(&format!("{at}?status=expired"))
        .says("No token matches");
    browser
        .open(&format!("{at}?owner=x&status=y&sort=z&after=w"))
        .is(200, &at)
        .says("Part of the address was left out");
    let csv = browser
        .send("GET", &format!("{at}.csv?q=script"), &[], None)
        .text();
    assert!(csv.starts_with("id,name,owner,"), "{csv}");
    assert_eq!(csv.lines().count(), 61);
    let odd = browser
        .send("GET", &format!("{at}.csv?q=hyperlink"), &[], None)
        .text();
    assert!(odd.contains("\"'=HYPERLINK(1)\""), "{odd}");
    let json = browser.send("GET", &format!("{at}.json"), &[], None).json();
    assert_eq!(json.as_array().map(Vec::len), Some(count(&app)));
}

#[test]
fn a_token_is_switched_off_and_on_again() {
    let (app, mut browser, at) = app();
    let made = app.new_token("Script", |_| {});
    works(&app, &made, 200);
    browser.open(&at);
    let token = browser.page.link("Script");
    let mut other = browser.window();
    other.open(&format!("{token}/switch"));
    browser.open(&token).says("Active");
    browser
        .follow("Switch off")
        .says("Switch off the token Script?")
        .says("until it is switched on again");
    works(&app, &made, 200);
    browser.press("Switch off").says("Switched off Script");
    browser.page.says("Switched off");
    works(&app, &made, 401);
    // Who asked for the same a moment later gets what they asked for, and no second row of it.
    other.press("Switch off").says("Switched off Script");
    browser.open(&format!("{token}/roll")).says("on its page");
    browser.open(&token);
    browser.follow("Switch on").says("works again from then on");
    browser.press("Switch on").says("Switched on Script");
    browser.page.says("Active");
    works(&app, &made, 200);
    // A value that a roll replaced does not come back.
    let rolled = app.write(|tx| provost::app::tokens::roll(tx, "Script", 3_600_000));
    works(&app, &made, 200);
    browser
        .open(&format!("{token}/switch"))
        .says("The value that a roll replaced ends for good");
    browser.press("Switch off");
    browser.open(&format!("{token}/switch"));
    browser.press("Switch on");
    works(&app, &made, 401);
    works(&app, rolled.secret.reveal(), 200);
    let audit = app.audit();
    let told = audit.iter().map(ToString::to_string);
    assert_eq!(told.filter(|row| row.contains("Update Token")).count(), 4);
}

#[test]
fn whoever_may_not_is_offered_nothing_and_refused() {
    let (app, mut owner, at) = app();
    app.new_token("Script", |_| {});
    owner.open(&at);
    let token = owner.page.link("Script");
    for (email, role) in [
        (ADMINISTRATOR, catalogue::ADMINISTRATOR),
        (READS, catalogue::ADMINISTRATOR_READ_ONLY),
    ] {
        app.operator(email, Some(role));
        let mut browser = app.signed_in(email);
        for path in [&at, &token] {
            let page = browser.open(path);
            assert_eq!(page.status, 200, "{email} {path}");
            for word in ["Create token", "Roll token", "Switch off", "Revoke token"] {
                assert!(!page.text().contains(word), "{email} is offered {word}");
            }
        }
        for path in [
            format!("{at}/new"),
            format!("{token}/roll"),
            format!("{token}/switch"),
            format!("{token}/revoke"),
            format!("{token}/secret"),
        ] {
            let page = browser.open(&path);
            assert_eq!(page.status, 403, "{email} {path}");
        }
    }
    let before = count(&app);
    let strange = format!("{at}/{}", app.account.id);
    owner.open(&strange).is(404, &strange);
    assert_eq!(count(&app), before);
}

#[test]
fn two_who_roll_at_once_do_not_undo_each_other() {
    let (app, mut browser, at) = app();
    app.new_token("Script", |_| {});
    browser.open(&at);
    let token = browser.page.link("Script");
    let mut other = browser.window();
    other.open(&format!("{token}/roll"));
    let mut third = browser.window();
    third.open(&format!("{token}/revoke"));
    browser.open(&format!("{token}/roll"));
    browser.press("Roll token");
    works(&app, &secret_of_any(&browser), 200);
    other.press("Roll token").says("Somebody rolled this token");
    assert_eq!(other.page.status, 422);
    third
        .press("Revoke token")
        .says("Somebody rolled this token");
    browser.open(&token).is(200, &token);
}

/// The same of a token of any owner.
fn secret_of_any(browser: &Browser) -> String {
    let values = browser.page.all("code");
    let found = values.iter().find(|text| text.starts_with("pv"));
    found.expect("a secret").clone()
}
