//! Forms that come after their session has ended: kept over the sign-in, and sent by a button.

use provost::domain::catalogue::{ADMINISTRATOR, ADMINISTRATOR_READ_ONLY, SUPER_ADMINISTRATOR};

use super::sign_in::{add_factor, code_of};
use super::{MINUTE_MS, at};
use crate::harness::app::{Setup, TestApp, local};
use crate::harness::browserless::Browser;
use crate::harness::operators::PASSWORD;

const BOX: &str = "box@corp.example";
const ADA: &str = "ada@corp.example";
const READS: &str = "reads@corp.example";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// What the page without the form says.
const LOST: &str = "sign in and do it again";

fn standing() -> TestApp {
    let app = Setup::standing_clock().spawn();
    // The first one administers the box.
    app.operator(BOX, Some(SUPER_ADMINISTRATOR));
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

/// The server administrator, and the secret of their authenticator.
fn box_administrator(app: &TestApp) -> (Browser, String) {
    let mut browser = app.signed_in(BOX);
    browser.open("/me/factors");
    browser.press("Set up another authenticator");
    let secret = browser.page.all("code").swap_remove(0).replace(' ', "");
    let code = code_of(&secret, app.db.clock().now_ms());
    browser.fill("Code", &code).press("Switch on");
    (browser, secret)
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
        .says("You are signed in as ada@corp.example. You filled in the form below before")
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
        .says("You are signed in as reads@corp.example. Another person’s form was not sent on");
    assert!(!browser.page.text().contains("ada@"), "whose it is");
    let page = browser.page.link("Open the page without it");
    assert_eq!(page, at(&app, "/groups/new"));
    browser.press("Send it").is(403, &at(&app, "/groups/new"));
    assert!(!has_group(&app, "Edge"));
    // Who looks after the server knows operators by name.
    let (_, secret) = box_administrator(&app);
    let mut browser = typed(&app, "Quay");
    browser.press("Create group");
    browser.fill("Email", BOX).fill("Password", PASSWORD);
    browser.press("Sign in");
    let code = code_of(&secret, app.db.clock().now_ms());
    browser
        .fill("Code", &code)
        .press("Sign in")
        .says("You are signed in as box@corp.example. ada@corp.example’s form was not sent on")
        .says("you do it in your own name");
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
    // The sign-in with it is bound to the browser, and to this site, as the other one is: elsewhere
    // it is asked for anew.
    let mut ada = browser.window();
    ada.post(&to, &body).is(401, &to);
    ada.fill("Email", ADA).fill("Password", PASSWORD);
    let (again, entered) = ada.would_send("Sign in");
    let evil = ("Origin", "https://evil.example");
    let refused = ada.send("POST", &again, &[FORM, evil], Some(&entered));
    assert_eq!(refused.status, 403);
    let mut victim = app.browser();
    let refused = victim.send("POST", &again, &[FORM, ("Origin", &ours)], Some(&entered));
    assert_eq!(refused.status, 401);
    assert!(!victim.cookies.contains_key("pvx"), "signed in unasked");
    let refused = victim
        .window()
        .send("POST", &again, &[FORM], Some(&entered));
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
    let (mut ada, secret) = box_administrator(&app);
    let code = || code_of(&secret, app.db.clock().now_ms());
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
    ada.fill("Email", BOX).fill("Password", PASSWORD);
    ada.press("Sign in");
    ada.fill("Code", &code())
        .press("Sign in")
        .says("to add an operator, and it came after that session had ended")
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

/// Two tabs of one browser: the same cookies, whichever of them was given them.
fn share(from: &Browser, to: &mut Browser) {
    to.cookies.clone_from(&from.cookies);
}

#[test]
fn forms_of_several_tabs_are_kept_over_one_sign_in() {
    let app = standing();
    let new = at(&app, "/groups/new");
    let mut one = app.signed_in(ADA);
    let (mut two, mut three) = (one.window(), one.window());
    for (tab, name) in [(&mut one, "Edge"), (&mut two, "Quay"), (&mut three, "Mole")] {
        tab.open(&new);
        tab.fill("Name", name);
    }
    app.pass(31 * MINUTE_MS);
    one.press("Create group").is(401, &new);
    share(&one, &mut two);
    two.press("Create group").is(401, &new);
    share(&one, &mut three);
    three.press("Create group").is(401, &new);
    one.fill("Email", ADA).fill("Password", PASSWORD);
    one.press("Sign in").says("Send what was entered?");
    // Whoever it is in this tab: the browser is signed in.
    share(&one, &mut two);
    two.fill("Email", READS).fill("Password", "no matter");
    two.press("Sign in")
        .is(200, "/login/again")
        .says("Another tab of this browser has signed in already")
        .says("You are signed in as ada@corp.example")
        .says("Quay");
    assert!(!has_group(&app, "Quay"), "nothing is sent by itself");
    two.press("Send it").says("Created Quay");
    one.press("Send it").says("Created Edge");
    // It signed out again: then this tab signs in.
    one.open("/me/sessions");
    one.press("Sign out");
    share(&one, &mut three);
    three.fill("Email", ADA).fill("Password", PASSWORD);
    three
        .press("Sign in")
        .is(401, "/login/again")
        .says("is kept on this page");
    three
        .fill("Password", PASSWORD)
        .press("Sign in")
        .says("Mole");
    three.press("Send it").says("Created Mole");
}

#[test]
fn a_sign_in_that_another_tab_was_quicker_with_leads_on() {
    let app = standing();
    let mut one = app.browser();
    one.open("/login");
    let mut two = one.window();
    two.open("/login?next=/me/profile");
    one.fill("Email", ADA).fill("Password", PASSWORD);
    one.press("Sign in");
    share(&one, &mut two);
    two.fill("Email", ADA).fill("Password", PASSWORD);
    two.press("Sign in").is(200, "/me/profile");
    assert!(!two.page.text().contains("nobody was signed in"));
    // Somebody else goes on as nobody but themselves, or is told.
    let mut three = app.browser().window();
    three.open("/login?next=/me/profile");
    share(&one, &mut three);
    three
        .fill("Email", "grace@corp.example")
        .fill("Password", "whatever it is");
    three
        .press("Sign in")
        .is(200, "/me/profile")
        .says(&format!("You are signed in as {ADA}"))
        .says("nobody was signed in as grace@corp.example");
}

#[test]
fn a_form_of_an_earlier_session_is_shown_and_not_sent() {
    let app = standing();
    let ours = format!("http://{}", app.address());
    let new = at(&app, "/groups/new");
    let mut old = typed(&app, "Edge");
    let later = app.signed_in(ADA);
    share(&later, &mut old);
    let (to, body) = old.would_send("Create group");
    // Where it comes from is not known, or it has no token at all: it is refused as it was.
    let token = body.split('&').find(|pair| pair.starts_with("csrf="));
    let token = token.expect("a token");
    let cut = token[..token.len() - 2].to_owned();
    for (headers, body) in [
        (vec![FORM], body.clone()),
        (vec![FORM, ("Sec-Fetch-Site", "none")], body.clone()),
        (vec![FORM, ("Origin", "null")], body.clone()),
        (vec![FORM, ("Origin", "https://evil.example")], body.clone()),
        (vec![FORM, ("Origin", &ours)], body.replace(token, "csrf=")),
        (vec![FORM, ("Origin", &ours)], body.replace(token, &cut)),
    ] {
        let answer = old.send("POST", &to, &headers, Some(&body));
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(!answer.text().contains("Edge"), "{headers:?}");
    }
    old.press("Create group")
        .is(403, &new)
        .says("Send what was entered?")
        .says("was opened in an earlier session")
        .says("Edge");
    assert!(!has_group(&app, "Edge"), "nothing is sent by itself");
    old.press("Send it").says("Created Edge");
    // A password is not kept, and nothing is left without it.
    let mut old = app.signed_in(ADA);
    old.open("/me/profile");
    old.fill("Current password", PASSWORD)
        .fill("New password", "seven boats under the bridge")
        .fill("The same password again", "seven boats under the bridge");
    share(&later, &mut old);
    let page = old.press("Change password").is(403, "/me/password");
    assert!(!page.html.contains("boats") && !page.html.contains("lamps"));
}

/// Of what was chosen the form has ids alone.
#[test]
fn what_was_chosen_is_told_by_names_to_whoever_may_read_them() {
    let app = standing();
    app.operator_elsewhere("other@corp.example");
    let mut ada = app.signed_in(ADA);
    ada.open(&at(&app, "/groups/new"));
    ada.fill("Name", "Harbour").press("Create group");
    let path = at(&app, "/members/new?from=quay");
    ada.open(&path);
    ada.fill("Email addresses", "pia@corp.example")
        .tick("Harbour")
        .tick("Cache Purge");
    let (to, body) = ada.would_send("Add members");
    let to = format!("{to}?from=quay");
    let ids: Vec<&str> = body
        .split('&')
        .filter_map(|pair| pair.strip_prefix("role=").or(pair.strip_prefix("in=")))
        .collect();
    assert_eq!(ids.len(), 2, "{body}");
    app.pass(31 * MINUTE_MS);
    for (who, knows) in [(READS, true), ("other@corp.example", false)] {
        let mut tab = ada.window();
        tab.post(&to, &body).is(401, &at(&app, "/members/new"));
        tab.fill("Email", who).fill("Password", PASSWORD);
        let page = tab.press("Sign in").says("Send what was entered?");
        page.says("pia@corp.example").says("/members/new?from=quay");
        // The names of built-in roles are no secret; one id is told by itself.
        page.says("Cache Purge");
        assert_eq!(page.text().contains("Harbour"), knows, "{}", page.text());
        let told = ids.iter().filter(|id| page.text().contains(**id)).count();
        assert_eq!(told, usize::from(!knows), "{}", page.text());
        if !knows {
            page.says("User groups");
        }
    }
}

#[test]
fn what_a_token_was_to_be_is_told_as_its_summary_tells_it() {
    let app = standing();
    let (mut admin, secret) = box_administrator(&app);
    admin.open(&at(&app, "/tokens/new?template=read"));
    admin.fill("Name", "Backups");
    app.pass(31 * MINUTE_MS);
    admin.press("Continue to summary");
    admin.fill("Email", BOX).fill("Password", PASSWORD);
    admin.press("Sign in");
    let code = code_of(&secret, app.db.clock().now_ms());
    admin.fill("Code", &code);
    let page = admin.press("Sign in").says("API tokens, in Corp");
    page.says("Account resources This account")
        .says("Expires after 365 days")
        .says("Permissions");
    for raw in ["Effect", "Account1", "include", "Template"] {
        assert!(!page.text().contains(raw), "{raw}: {}", page.text());
    }
}

/// Nothing goes before the second factor of those who must have one.
#[test]
fn whoever_must_set_a_second_factor_up_is_led_there_first() {
    let app = standing();
    let late = app.operator_elsewhere("late@corp.example");
    let account = app.account.id;
    local(&app.db, None, move |tx| {
        provost::app::operators::link(tx, late, account, SUPER_ADMINISTRATOR)
    });
    let mut browser = typed(&app, "Edge");
    browser.press("Create group");
    browser
        .fill("Email", "late@corp.example")
        .fill("Password", PASSWORD)
        .press("Sign in")
        .is(200, "/me/factors")
        .says("What you entered was not sent");
    assert!(!browser.page.text().contains("Edge"));
}
