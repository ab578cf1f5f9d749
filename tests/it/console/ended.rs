//! Forms that come after their session has ended: kept over the sign-in, and sent by a button.

use provost::domain::catalogue::{ADMINISTRATOR, ADMINISTRATOR_READ_ONLY, SUPER_ADMINISTRATOR};

use super::sign_in::{add_factor, code_of};
use super::{MINUTE_MS, at};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::operators::PASSWORD;

const ADA: &str = "ada@corp.example";
const READS: &str = "reads@corp.example";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// What the page without the form says.
const LOST: &str = "sign in and do it again";

fn standing() -> TestApp {
    let app = Setup::standing_clock().spawn();
    // The first one administers the box.
    app.operator("box@corp.example", Some(SUPER_ADMINISTRATOR));
    app.operator(ADA, Some(ADMINISTRATOR));
    app.operator(READS, Some(ADMINISTRATOR_READ_ONLY));
    app
}

/// The name of a group is typed, and the session ends before the button is pressed.
fn typed(app: &TestApp, name: &str) -> Browser {
    let mut browser = app.signed_in(ADA);
    browser.open(&at(app, "/groups/new"));
    browser.fill("Name", name);
    app.pass(31 * MINUTE_MS);
    browser
}

fn has_group(app: &TestApp, name: &str) -> bool {
    let groups = at(app, "/groups");
    app.signed_in(READS).open(&groups).text().contains(name)
}

#[test]
fn what_was_typed_is_kept_over_the_whole_sign_in_and_sent_by_a_button_alone() {
    let app = standing();
    let (secret, _) = add_factor(&app, &mut app.signed_in(ADA));
    let name = "DNS & <Edge> “é”";
    let mut ada = typed(&app, name);
    ada.press("Create group")
        .is(401, &at(&app, "/groups/new"))
        .says("nothing was changed")
        .says("What you entered is kept");
    assert!(
        !ada.page
            .answer
            .header("location")
            .is_some_and(|to| to.contains("DNS"))
    );
    ada.fill("Email", ADA)
        .fill("Password", "four lamps under the harbour")
        .press("Sign in")
        .is(401, "/login/again");
    ada.fill("Password", PASSWORD)
        .press("Sign in")
        .is(200, "/login/again")
        .says("Second factor");
    ada.fill("Code", "no code")
        .press("Sign in")
        .is(401, "/login/again");
    assert!(!has_group(&app, "Edge"), "nothing is sent by itself");
    let code = code_of(&secret, app.db.clock().now_ms());
    ada.fill("Code", &code)
        .press("Sign in")
        .is(200, "/login/again")
        .says("Send what was entered?")
        .says("You are signed in as ada@corp.example")
        .says("User groups, in Corp")
        .says(name);
    assert!(!ada.page.html.contains("data-go"), "a script would send it");
    assert!(!has_group(&app, "Edge"), "nothing is sent by itself");
    ada.press("Send it").says(&format!("Created {name}"));
    assert!(has_group(&app, "Edge"));
}

#[test]
fn somebody_else_who_signs_in_sends_it_in_their_own_name_or_not() {
    let app = standing();
    let mut browser = typed(&app, "Edge");
    browser.press("Create group");
    browser
        .fill("Email", READS)
        .fill("Password", PASSWORD)
        .press("Sign in")
        .says("You are signed in as reads@corp.example");
    let page = browser.page.link("Open the page without it");
    assert_eq!(page, at(&app, "/groups/new"));
    browser.press("Send it").is(403, &at(&app, "/groups/new"));
    assert!(!has_group(&app, "Edge"));
}

/// T-27: what is kept comes from a page of ours, and leads to one.
#[test]
fn nothing_is_kept_for_another_site_nor_sent_to_one() {
    let app = standing();
    let ours = format!("http://{}", app.address());
    let browser = typed(&app, "Planted");
    let (to, body) = browser.would_send("Create group");
    let kept = |headers: &[(&str, &str)]| {
        let mut other = browser.window();
        let answer = other.send("POST", &to, headers, Some(&body));
        (answer.status, answer.text().contains("Planted"))
    };
    for headers in [
        [FORM, ("Origin", "https://evil.example")],
        [FORM, ("Origin", "null")],
        [FORM, ("Sec-Fetch-Site", "cross-site")],
        [FORM, ("Sec-Fetch-Site", "same-site")],
    ] {
        assert_eq!(kept(&headers), (403, false), "{headers:?}");
    }
    // Nothing says where these come from.
    assert_eq!(kept(&[FORM]), (401, false));
    assert_eq!(kept(&[FORM, ("Sec-Fetch-Site", "none")]), (401, false));
    assert_eq!(kept(&[FORM, ("Origin", &ours)]), (401, true));
    assert_eq!(
        kept(&[FORM, ("Sec-Fetch-Site", "same-origin")]),
        (401, true)
    );
    // The sign-in with it is bound to the browser, and to this site, as the other one is.
    let mut ada = browser.window();
    ada.post(&to, &body).is(401, &to);
    ada.fill("Email", ADA).fill("Password", PASSWORD);
    let (again, entered) = ada.would_send("Sign in");
    let evil = ("Origin", "https://evil.example");
    let refused = ada.send("POST", &again, &[FORM, evil], Some(&entered));
    assert_eq!(refused.status, 403);
    let mut victim = app.browser();
    let refused = victim.send("POST", &again, &[FORM, ("Origin", &ours)], Some(&entered));
    assert_eq!(refused.status, 403);
    // Whatever is written into it, it leads nowhere else.
    let own = format!("to={}", to.replace('/', "%2F"));
    for other in [
        "https://evil.example/x",
        "//evil.example",
        "/logout",
        "/client/v4/accounts",
    ] {
        let changed = entered.replace(&own, &format!("to={}", other.replace('/', "%2F")));
        assert_ne!(changed, entered, "{entered}");
        let mut ada = ada.window();
        let answer = ada.send("POST", &again, &[FORM, ("Origin", &ours)], Some(&changed));
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some(&*to)),
            "{other}"
        );
    }
}

#[test]
fn passwords_and_what_is_too_large_are_not_kept() {
    let app = standing();
    let mut ada = app.signed_in(ADA);
    ada.open("/me/profile");
    ada.fill("Current password", PASSWORD)
        .fill("New password", "seven boats under the bridge")
        .fill("The same password again", "seven boats under the bridge");
    app.pass(31 * MINUTE_MS);
    let page = ada
        .press("Change password")
        .is(401, "/me/password")
        .says(LOST);
    assert!(!page.html.contains("boats") && !page.html.contains("lamps"));
    assert_eq!(page.link("Sign in"), "/login?next=/me/password");
    let mut ada = app.signed_in(ADA);
    ada.open(&at(&app, "/members/new"));
    ada.fill("Email addresses", &"a@corp.example ".repeat(1200));
    app.pass(31 * MINUTE_MS);
    ada.press("Add members").says(LOST);
}

/// The password was asked for again, and that took too long too.
#[test]
fn a_form_that_waited_for_the_password_waits_for_the_sign_in() {
    let app = standing();
    let mut ada = app.signed_in("box@corp.example");
    ada.open("/me/factors");
    ada.press("Set up another authenticator");
    let secret = ada.page.all("code").swap_remove(0).replace(' ', "");
    let code = || code_of(&secret, app.db.clock().now_ms());
    ada.fill("Code", &code()).press("Switch on");
    ada.open("/operators/new");
    ada.fill("Name", "Carol")
        .fill("Email", "carol@corp.example");
    app.pass(6 * MINUTE_MS);
    ada.press("Add operator").is(403, "/operators/new");
    ada.fill("Password", PASSWORD);
    app.pass(31 * MINUTE_MS);
    ada.press("Continue")
        .is(401, "/confirm")
        .says("is kept on this page");
    assert!(
        !ada.page.html.contains("lamps"),
        "the password is in the page"
    );
    ada.fill("Email", "box@corp.example")
        .fill("Password", PASSWORD);
    ada.press("Sign in");
    ada.fill("Code", &code())
        .press("Sign in")
        .says("to add an operator, and came after that session had ended")
        .says("carol@corp.example");
    ada.press("Send it").says("Sign-in link for Carol");
}

/// It was a button that was pressed: there is nothing to be kept but that.
#[test]
fn a_button_is_pressed_again_by_whoever_signed_in() {
    let app = standing();
    let mut ada = app.signed_in(ADA);
    ada.open("/me/sessions");
    let mut other = app.signed_in(ADA);
    ada.open("/me/sessions");
    let (to, body) = ada.would_send("End all other sessions");
    ada.open("/me/sessions");
    ada.press("Sign out");
    ada.post(&to, &body)
        .is(401, &to)
        .says("is kept on this page");
    ada.fill("Email", ADA).fill("Password", PASSWORD);
    ada.press("Sign in")
        .says("Your account")
        .says("/me/sessions/others");
    assert_eq!(other.open("/me/profile").path, "/me/profile");
    ada.press("Send it").says("Ended");
    assert_eq!(other.open("/me/profile").path, "/login?next=/me/profile");
}
