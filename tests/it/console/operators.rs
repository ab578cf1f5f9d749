//! What operators may do follows from the roles of their members.

use provost::app;
use provost::app::members::by_hand::Invitation;
use provost::domain::catalogue::{ADMINISTRATOR, ADMINISTRATOR_READ_ONLY, SUPER_ADMINISTRATOR};
use provost::domain::error::Kind;
use provost::domain::operator::{Email, NewOperator};
use provost::domain::policy::NewPolicy;
use provost::domain::reference::MemberRef;
use serde_json::json;

use super::MINUTE_MS;
use crate::harness::app::{Setup, TestApp, label, local, local_write};
use crate::harness::browserless::Browser;
use crate::harness::fixtures::user;
use crate::harness::operators::{PASSWORD, sign_in};

const ADA: &str = "ada@corp.example";
const GRACE: &str = "grace@corp.example";

#[test]
fn without_a_role_there_is_nothing_but_you() {
    let app = TestApp::spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    app.operator("eve@corp.example", None);
    let account = format!("/a/{}", app.account.id);
    let mut eve = app.signed_in("eve@corp.example");
    eve.open(&account)
        .is(403, &account)
        .says("Administrator Read Only");
    let link = format!("<a href=\"{account}/members\"");
    let (_, entry) = eve.page.html.split_once(&link).expect("an entry");
    let entry = entry.split("</a>").next().unwrap_or_default();
    assert!(entry.ends_with("Members"), "a count that is none: {entry}");
    // The overview would answer the same.
    eve.follow("To the accounts")
        .is(200, "/accounts")
        .says("You work in 1 account.");
    app.operator_elsewhere("nowhere@corp.example");
    let mut nowhere = app.signed_in("nowhere@corp.example");
    nowhere.open("/accounts").says("You work in no account");
    assert!(!nowhere.page.text().contains("0 accounts"));
    eve.open("/me/profile").is(200, "/me/profile");
    app.operator("bob@corp.example", Some(ADMINISTRATOR_READ_ONLY));
    app.signed_in("bob@corp.example")
        .open(&account)
        .is(200, &account);
    // An account where one does not work is told apart from one that is not there by nothing.
    let other = app.other_account();
    let mut ada = app.signed_in(ADA);
    let mut page = |account: &str| {
        let page = ada.open(&format!("/a/{account}"));
        (
            page.status,
            page.html.replace(&page.answer.request_id(), ""),
        )
    };
    let theirs = page(&other.account);
    assert_eq!(theirs.0, 404);
    assert_eq!(theirs, page(&"0".repeat(32)));
    // And the end of a membership is the end of the rights.
    let which = MemberRef::Named("bob@corp.example (console)".to_owned());
    app.write(move |tx| app::members::leave::deactivate(tx, &which));
    let mut bob = app.signed_in("bob@corp.example");
    bob.open(&account).is(403, &account);
}

#[test]
fn no_provider_touches_an_operators_member() {
    let app = TestApp::spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let scim = app.scim();
    let found = scim.get("/Users?filter=userName%20eq%20%22ada@corp.example%20(console)%22");
    let id = found.is(200).json()["Resources"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/Users/{id}");
    scim.put(&path, &user("ada@corp.example (console)")).is(403);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    scim.patch(&path, &off).refused(403, "");
    scim.delete(&path).is(403);
    scim.post("/Users", &user("ada@corp.example (console)"))
        .is(409);
    // The person themself is free to come.
    scim.post("/Users", &user(ADA)).is(201);
    let taken = app.sql().execute(
        "UPDATE members SET connection = (SELECT seq FROM connections LIMIT 1)
         WHERE user_name LIKE '%(console)'",
        [],
    );
    assert!(taken.is_err(), "the database lets a provider take it over");
}

#[test]
fn somebody_is_always_left_to_administer_box_and_account() {
    let app = TestApp::spawn();
    let ada = app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    app.operator("bob@corp.example", Some(ADMINISTRATOR));
    let refused = |f: Box<dyn FnOnce(&provost::store::tx::WriteTx<'_>) -> _ + Send>| {
        let done: Result<(), provost::domain::error::Error> =
            app.db.write_blocking(local_write(None), f);
        done.err().map(|error| error.kind())
    };
    let forbidden = Some(Kind::Forbidden);
    assert_eq!(
        refused(Box::new(
            |tx| app::operators::set_disabled(tx, ADA, true).map(drop)
        )),
        forbidden
    );
    assert_eq!(
        refused(Box::new(|tx| app::operators::remove(tx, ADA).map(drop))),
        forbidden
    );
    assert_eq!(
        refused(Box::new(|tx| {
            app::operators::set_box_administrator(tx, ADA, false).map(drop)
        })),
        forbidden
    );
    // The operator's member counts as a Super Administrator like any other.
    let which = MemberRef::Named("ada@corp.example (console)".to_owned());
    let left = app.try_write(move |tx| app::members::by_hand::remove(tx, &which));
    assert_eq!(left.err().map(|error| error.kind()), forbidden);
    app.write(|tx| app::operators::set_box_administrator(tx, "bob@corp.example", true));
    app.write(|tx| app::operators::remove(tx, ADA));
    let gone = app
        .sql()
        .query_row("SELECT count(*) FROM operators", [], |row| row.get(0));
    assert_eq!(gone, Ok(1_i64));
    assert!(!ada.to_string().is_empty());
}

/// Ada, who administers box and account, and Grace, who may only read.
fn with_grace() -> TestApp {
    let app = Setup::standing_clock().spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    app.operator(GRACE, Some(ADMINISTRATOR_READ_ONLY));
    app
}

/// The address of an operator's page.
fn page_of(browser: &mut Browser, name: &str) -> String {
    browser.open("/operators");
    browser.page.link(name)
}

#[test]
fn the_list_says_who_may_sign_in_where_and_with_what() {
    let app = with_grace();
    let mut ada = app.signed_in(ADA);
    ada.open("/accounts");
    ada.follow("Operators").is(200, "/operators");
    ada.page
        .says("2 people have a login")
        .says("Corp: Super Administrator - All Privileges")
        .says("Corp: Administrator Read Only")
        .says("Authenticator")
        .says("Password alone")
        .says("Server administrator");
    let grace = page_of(&mut ada, GRACE);
    ada.open(&grace)
        .is(200, &grace)
        .says("Not signed in anywhere");
    app.signed_in(GRACE);
    ada.open(&grace).says("Signed in");
    ada.open("/operators/nope")
        .is(404, "/operators/nope")
        .says("There is no operator nope on this server");
    // Nobody else is let see it, nor told who is who.
    let mut her = app.signed_in(GRACE);
    her.open("/operators")
        .is(403, "/operators")
        .says("server administrators");
    her.open(&grace).is(403, &grace);
    assert!(!her.open("/accounts").html.contains("/operators"));
}

#[test]
fn somebody_new_gets_a_link_once_and_signs_in_with_it() {
    let app = with_grace();
    let mut ada = app.signed_in(ADA);
    ada.open("/operators").link("Add operator");
    ada.follow("Add operator");
    ada.fill("Name", "Bob")
        .fill("Email", "bob")
        .press("Add operator")
        .is(422, "/operators/new")
        .says("no e-mail address");
    ada.fill("Email", GRACE)
        .press("Add operator")
        .is(422, "/operators/new")
        .says("exists");
    let field = "aria-describedby=\"f-email-hint f-email-error\" aria-invalid=\"true\"";
    assert!(ada.page.html.contains(field), "{}", ada.page.html);
    ada.fill("Email", "bob@corp.example")
        .fill("Role in the account", &ADMINISTRATOR.to_string())
        .press("Add operator")
        .is(200, "/operators/new")
        .says("in one browser, until 22 Nov 2026, 12:00");
    let link = ada.page.all("code").swap_remove(0);
    let path = link.split_once("/recover").expect("a link").1;
    let bob_page = page_of(&mut ada, "Bob");
    ada.open(&bob_page).says("Link sent").says("Never");
    assert!(!ada.page.html.contains(path), "the link is shown once");
    // Lost: another one takes its place.
    ada.open(&bob_page);
    ada.follow("New sign-in link");
    ada.press("New sign-in link")
        .is(200, &format!("{bob_page}/link"));
    let newer = ada.page.all("code").swap_remove(0);
    let mut bob = app.browser();
    bob.open(&format!("/recover{path}")).is(404, "/recover");
    let path = newer.split_once("/recover").expect("a link").1;
    bob.open(&format!("/recover{path}"))
        .is(200, "/recover")
        .says("Choose your password")
        .says("You were given a sign-in to this console.");
    bob.fill("Password", PASSWORD)
        .fill("The same password again", PASSWORD)
        .press("Set password")
        .says("Your password is set. Sign in with it.");
    sign_in(&mut bob, "bob@corp.example", PASSWORD);
    bob.page.is(200, &format!("/a/{}", app.account.id));
    // Who has a password gets another one from the server alone.
    ada.open(&bob_page).says("provost admin recover");
    assert!(!ada.page.html.contains("/link\""));
    let (_, token) = ada.would_send("Sign out");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let forced = ada.send("POST", &format!("{bob_page}/link"), &form, Some(&token));
    assert_eq!(forced.status, 422, "{}", forced.text());
}

#[test]
fn a_form_that_was_sent_twice_or_late_makes_one_operator() {
    let app = with_grace();
    let mut ada = app.signed_in(ADA);
    let add = |ada: &mut Browser| {
        ada.open("/operators/new");
        ada.fill("Name", "Bob").fill("Email", "bob@corp.example");
    };
    add(&mut ada);
    ada.press("Add operator").is(200, "/operators/new");
    let bob_page = page_of(&mut ada, "Bob");
    // Pressed twice: the second answer may be all that is seen.
    add(&mut ada);
    ada.press("Add operator")
        .is(200, &bob_page)
        .says("Bob was added before")
        .says("make a new one here");
    // Typed for longer than the password counts: it is asked for, and nothing is typed again.
    app.pass(6 * MINUTE_MS);
    ada.open("/operators/new").is(200, "/confirm");
    ada.fill("Password", PASSWORD)
        .press("Continue")
        .is(200, "/operators/new");
    ada.fill("Name", "Carol & Co")
        .fill("Email", "carol@corp.example")
        .tick("Make them a server administrator, who makes accounts and operators too");
    app.pass(6 * MINUTE_MS);
    ada.press("Add operator").is(403, "/operators/new");
    ada.fill("Password", PASSWORD).press("Continue");
    ada.press("Go on")
        .is(200, "/operators/new")
        .says("Sign-in link for Carol & Co");
    ada.open("/operators").says("Carol & Co");
}

#[test]
fn a_member_who_is_there_already_is_let_sign_in_with_the_roles_they_have() {
    let app = with_grace();
    let mut ada = app.signed_in(ADA);
    let invited = app.write(|tx| {
        let policies = vec![NewPolicy::allow(ADMINISTRATOR)];
        let invitation = Invitation::by_email("eve@corp.example", true, Some(policies))?;
        app::members::by_hand::invite(tx, invitation)
    });
    let member = format!("/a/{}/members/{}", app.account.id, invited.membership_id());
    ada.open(&member);
    ada.follow("Let this person sign in to the console");
    ada.page.says("eve@corp.example").says("Administrator");
    ada.press("Add operator").is(200, "/operators/new");
    let link = ada.page.all("code").swap_remove(0);
    ada.open(&member).link("Who signs in as this member");
    let mut eve = app.browser();
    eve.open(&format!(
        "/recover{}",
        link.split_once("/recover").expect("a link").1
    ));
    eve.fill("Password", PASSWORD)
        .fill("The same password again", PASSWORD)
        .press("Set password");
    sign_in(&mut eve, "eve@corp.example", PASSWORD);
    eve.page.is(200, &format!("/a/{}", app.account.id));
    eve.open(&member).says("the member that you work as");
    // Nobody signs in as somebody whom a provider manages.
    let okta = app.provider(provost::domain::connection::ProviderKind::Okta);
    let pushed = okta.new_user("maria@corp.example");
    let pushed: provost::domain::id::MemberId = pushed.parse().expect("an id");
    let (account, id) = (app.account.id, pushed.membership());
    ada.open(&format!("/a/{account}/members/{id}"));
    assert!(!ada.page.text().contains("Let this person sign in"));
    ada.open(&format!("/operators/new?account={account}&member={id}"));
    ada.press("Add operator")
        .is(422, "/operators/new")
        .says("manages the member");
}

#[test]
fn a_box_administrator_gives_no_sign_in_that_can_do_more_than_they_can() {
    let app = with_grace();
    // Grace administers the box, and may only read in the account.
    local(&app.db, None, |tx| {
        app::operators::set_box_administrator(tx, GRACE, true)
    });
    let grace = local(&app.db, None, |tx| app::operators::find(tx, GRACE)).id;
    app.set_factor(grace);
    let mut browser = app.signed_in(GRACE);
    browser.open("/operators/new");
    browser
        .fill("Name", "Mallory")
        .fill("Email", "mallory@corp.example")
        .fill("Role in the account", &SUPER_ADMINISTRATOR.to_string())
        .press("Add operator")
        .is(422, "/operators/new")
        .says("This account has its Super Administrators");
    // One who was made on the server and has no password yet is nobody to become.
    let pending = local(&app.db, None, |tx| {
        let new = NewOperator {
            name: label("Pending"),
            email: Email::parse("pending@corp.example")?,
            box_administrator: false,
        };
        app::operators::create(tx, &new)
    });
    let account = app.account.id;
    local(&app.db, None, move |tx| {
        app::operators::link(tx, pending.id, account, SUPER_ADMINISTRATOR)
    });
    let page = page_of(&mut browser, "Pending");
    browser.open(&format!("{page}/link"));
    browser
        .press("New sign-in link")
        .is(422, &format!("{page}/link"))
        .says("This account has its Super Administrators");
}

#[test]
fn who_is_deactivated_or_signed_out_is_out_and_nobody_keeps_themselves_out() {
    let app = with_grace();
    let (mut ada, mut grace) = (app.signed_in(ADA), app.signed_in(GRACE));
    let (own, hers) = (page_of(&mut ada, ADA), page_of(&mut ada, GRACE));
    let press = |browser: &mut Browser, act: &str, button: &str| {
        browser.open(&format!("{hers}/{act}"));
        browser.press(button).is(200, &hers);
    };
    press(&mut ada, "sign-out", "End all sessions");
    assert_eq!(grace.open("/accounts").path, "/login?next=/accounts");
    let mut grace = app.signed_in(GRACE);
    press(&mut ada, "deactivate", "Deactivate");
    ada.page.says("Deactivated grace");
    assert_eq!(grace.open("/accounts").path, "/login?next=/accounts");
    sign_in(&mut grace, GRACE, PASSWORD);
    assert_eq!(grace.page.status, 401);
    press(&mut ada, "reactivate", "Reactivate");
    sign_in(&mut grace, GRACE, PASSWORD);
    assert_eq!(grace.page.status, 200);
    // Nobody waits for anything.
    let unlock = format!("{hers}/unlock");
    assert!(!ada.open(&hers).html.contains(&unlock));
    let mut guesser = app.browser();
    while guesser.page.status != 429 {
        sign_in(&mut guesser, GRACE, "wrong");
    }
    assert!(ada.open(&hers).html.contains(&unlock));
    press(&mut ada, "unlock", "Let them try again");
    assert!(!ada.page.html.contains(&unlock));
    sign_in(&mut guesser, GRACE, "wrong");
    assert_eq!(guesser.page.status, 401);
    ada.open("/operators/sign-out");
    ada.press("Sign everyone out")
        .is(200, "/operators")
        .says("Ended 1 session");
    assert_eq!(grace.open("/accounts").path, "/login?next=/accounts");
    // Oneself: none of it is offered, and none of it done.
    ada.open(&own).says("This is your own sign-in");
    assert_eq!(ada.page.link("Second factor"), "/me/factors");
    ada.page.says("now, this one");
    assert!(!ada.page.html.contains(&format!("{own}/")));
    for act in ["deactivate", "reset"] {
        ada.open(&format!("{own}/{act}"));
        let button = if act == "reset" {
            "Reset second factor"
        } else {
            "Deactivate"
        };
        ada.press(button)
            .is(422, &format!("{own}/{act}"))
            .says("nobody does this to themselves");
    }
    // The one who could still sign in as Super Administrator of an account stays.
    let bob = app.operator_elsewhere("bob@corp.example");
    let other = app.other_account().account.parse().expect("an id");
    app.works_in(bob, other, SUPER_ADMINISTRATOR);
    let bobs = page_of(&mut ada, "bob@corp.example");
    ada.open(&format!("{bobs}/deactivate"));
    ada.press("Deactivate")
        .is(422, &format!("{bobs}/deactivate"))
        .says("Nobody else can sign in as Super Administrator of Other");
    // And what is done about somebody asks for the password again.
    app.pass(6 * 60_000);
    ada.open(&format!("{bobs}/unlock")).is(200, "/confirm");
}
