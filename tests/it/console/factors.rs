//! The second factor that Super Administrators must have, and that nobody decides on themselves.

use provost::app;
use provost::domain::catalogue::{ADMINISTRATOR, ADMINISTRATOR_READ_ONLY, SUPER_ADMINISTRATOR};
use provost::domain::policy::NewPolicy;
use provost::domain::reference::MemberRef;

use super::sign_in::{add_factor, code_of};
use crate::harness::app::{Setup, TestApp, local};
use crate::harness::browserless::Browser;
use crate::harness::operators::{PASSWORD, sign_in};

const ADA: &str = "ada@corp.example";
const EVE: &str = "eve@corp.example";

/// Ada, who administers the box, and Eve as made on the command line.
fn with_eve(role: provost::domain::id::PermissionGroupId) -> TestApp {
    let app = Setup::standing_clock().spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let eve = app.operator_elsewhere(EVE);
    let account = app.account.id;
    local(&app.db, None, move |tx| {
        app::operators::link(tx, eve, account, role)
    });
    app
}

/// Gives Eve's member that role alone.
fn give_eve(app: &TestApp, role: provost::domain::id::PermissionGroupId) {
    let which = MemberRef::Named(format!("{EVE} (console)"));
    app.write(move |tx| app::policies::set_of_member(tx, &which, &[NewPolicy::allow(role)]));
}

#[test]
fn a_super_administrator_gets_nowhere_before_the_second_factor() {
    let app = with_eve(SUPER_ADMINISTRATOR);
    let account = format!("/a/{}", app.account.id);
    let mut eve = app.browser();
    sign_in(&mut eve, EVE, PASSWORD);
    eve.page
        .is(200, "/me/factors")
        .says("Set up a second factor to go on");
    let (everywhere, token) = (
        [
            "/",
            "/accounts",
            "/me/profile",
            "/me/sessions",
            "/search?q=x",
        ],
        eve.would_send("Set up an authenticator").1,
    );
    for page in everywhere.into_iter().map(str::to_owned).chain([
        account.clone(),
        format!("{account}/members"),
        format!("{account}/members.csv"),
        format!("{account}/log/live"),
    ]) {
        eve.open(&page).is(200, "/me/factors");
    }
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    for post in [
        "/me/profile",
        "/me/password",
        &format!("{account}/groups/new"),
    ] {
        let answer = eve.send("POST", post, &form, Some(&token));
        assert_eq!(answer.status, 403, "{post}: {}", answer.text());
    }
    let (secret, codes) = add_factor(&app, &mut eve);
    assert_eq!(codes.len(), 10);
    eve.follow("I have stored them").is(200, &account);
    // Replaced it may be, but not removed.
    eve.open("/me/factors").says("keep a second factor");
    assert!(!eve.page.html.contains("Switch authenticator off"));
    let (_, token) = eve.would_send("Make new recovery codes");
    let removed = eve.send("POST", "/me/factors/remove", &form, Some(&token));
    assert_eq!(removed.status, 403);
    // The page of new ones, loaded again, makes no others: these stay good.
    let fresh = eve.press("Make new recovery codes").all("code");
    assert_eq!(fresh.len(), 10);
    let again = eve.send("POST", "/me/factors/codes", &form, Some(&token));
    assert_eq!(again.status, 303, "{}", again.text());
    eve.open("/me/factors")
        .says("No other recovery codes were made")
        .says("10 recovery codes are left");
    let mut by_code = app.browser();
    sign_in(&mut by_code, EVE, PASSWORD);
    by_code.fill("Or a recovery code", &fresh[0]);
    by_code.press("Sign in").is(200, &account);
    app.pass(60_000);
    let mut again = app.browser();
    sign_in(&mut again, EVE, PASSWORD);
    let code = code_of(&secret, app.db.clock().now_ms());
    again.fill("Code", &code).press("Sign in").is(200, &account);
    replace_factor(&app, &mut again, &secret);
}

/// Another authenticator takes the place of the first.
fn replace_factor(app: &TestApp, browser: &mut Browser, before: &str) {
    browser.open("/me/factors");
    browser
        .press("Set up another authenticator")
        .is(200, "/me/factors/confirm");
    let secret = browser.page.all("code").swap_remove(0).replace(' ', "");
    assert_ne!(secret, before);
    let code = code_of(&secret, app.db.clock().now_ms());
    browser
        .fill("Code", &code)
        .press("Switch on")
        .is(200, "/me/factors/confirm");
    app.pass(60_000);
    let mut again = app.browser();
    sign_in(&mut again, EVE, PASSWORD);
    let old = code_of(before, app.db.clock().now_ms());
    again.fill("Code", &old).press("Sign in").is(401, "/login");
    again.page.says("The code is not right, or was used before");
    let new = code_of(&secret, app.db.clock().now_ms());
    assert_eq!(again.fill("Code", &new).press("Sign in").status, 200);
}

#[test]
fn it_is_asked_for_as_soon_as_the_role_is_there_and_no_longer_than_that() {
    let app = with_eve(ADMINISTRATOR);
    let account = format!("/a/{}", app.account.id);
    let mut eve = app.signed_in(EVE);
    eve.open(&account).is(200, &account);
    give_eve(&app, SUPER_ADMINISTRATOR);
    eve.open(&account).is(200, "/me/factors");
    give_eve(&app, ADMINISTRATOR);
    eve.open(&account).is(200, &account);
    // Nobody else is made to, and who has one of their own will may let it go.
    add_factor(&app, &mut eve);
    eve.open("/me/factors");
    eve.press("Switch authenticator off").is(200, "/me/factors");
    eve.page.says("password alone");
    // Reset by somebody else, it is set up anew before anything.
    let mut ada = app.signed_in(ADA);
    local(&app.db, None, |tx| app::operators::reset_factors(tx, ADA));
    assert_eq!(ada.open("/").path, "/login");
    sign_in(&mut ada, ADA, PASSWORD);
    ada.page.is(200, "/me/factors");
}

#[test]
fn the_cookie_is_another_one_when_the_roles_are() {
    let app = with_eve(ADMINISTRATOR_READ_ONLY);
    let account = format!("/a/{}", app.account.id);
    let mut eve = app.signed_in(EVE);
    let first = eve.cookies["pvx"].clone();
    eve.open(&account).is(200, &account);
    eve.open(&format!("{account}/members"));
    assert_eq!(eve.cookies["pvx"], first, "nothing changed");
    give_eve(&app, ADMINISTRATOR);
    let mut kept = eve.window();
    // An error page hands the new one out too.
    eve.open(&format!("{account}/members/{}", app.account.id))
        .is(404, &format!("{account}/members/{}", app.account.id));
    let second = eve.cookies["pvx"].clone();
    assert_ne!(second, first, "more rights");
    assert_eq!(kept.open(&account).path.split('?').next(), Some("/login"));
    // A form that was open still is this session's.
    eve.open(&format!("{account}/groups/new"));
    give_eve(&app, ADMINISTRATOR_READ_ONLY);
    let (action, body) = eve.fill("Name", "Navigators").would_send("Create group");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(eve.send("POST", &action, &form, Some(&body)).status, 403);
    assert_ne!(eve.cookies["pvx"], second, "fewer rights");
    eve.open(&account).is(200, &account);
}

#[test]
fn nobody_decides_on_their_own_roles() {
    let app = with_eve(SUPER_ADMINISTRATOR);
    let mut ada = app.signed_in(ADA);
    let named = |email: &str| MemberRef::Named(format!("{email} (console)"));
    let member = |email: &str| {
        let which = named(email);
        let found = app.read(move |tx| app::members::by_hand::find(tx, &which));
        let base = format!("/a/{}/members/{}", app.account.id, found.membership_id());
        (base, found.membership_id())
    };
    let (own, own_id) = member(ADA);
    for act in ["deactivate", "remove"] {
        ada.open(&format!("{own}/{act}"));
        ada.page.is(422, &format!("{own}/{act}"));
        ada.page.says("nobody changes their own roles");
    }
    // None of it is offered.
    ada.open(&own);
    for offer in ["Deactivate", "Remove member", "Add policy"] {
        assert!(!ada.page.text().contains(offer), "{offer}");
    }
    // A group with a role is no way around it; one without is anybody's.
    let name = "Navigators".to_owned();
    let (_, group) = app.write(move |tx| {
        let name = provost::domain::text::GroupName::parse(&name)?;
        app::groups::by_hand::make(tx, &name, &[NewPolicy::allow(ADMINISTRATOR)])
    });
    let add = format!("/a/{}/groups/{}/members/add", app.account.id, group.id);
    ada.open(&add);
    ada.fill("Or name them", &own_id.to_string())
        .press("Show preview")
        .says("nobody changes their own roles");
    // Somebody else may.
    let (theirs, _) = member(EVE);
    ada.open(&format!("{theirs}/deactivate"))
        .is(200, &format!("{theirs}/deactivate"));
}
