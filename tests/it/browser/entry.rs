//! Coming in: the first run, signing in, sessions, tokens.

use provost::app;
use provost::domain::catalogue;

use super::{SUPER, at, signed_in, sound};
use crate::console::sign_in::code_of;
use crate::harness::app::{TestApp, local};
use crate::harness::chrome::{self, Chrome};
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user};
use crate::harness::operators::PASSWORD;

const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

/// The secret that the page offers to an authenticator.
#[track_caller]
fn secret(chrome: &Chrome) -> String {
    let shown = chrome.texts("//code");
    shown.first().expect("a secret").replace(' ', "")
}

#[test]
fn from_the_printed_link_to_the_first_synced_person() {
    if !chrome::is_there("the first run") {
        return;
    }
    let app = TestApp::spawn();
    let code = local(&app.db, None, |tx| app::setup::issue(tx, 30));
    let chrome = Chrome::open(app.address());
    chrome.visit(&format!("/setup?code={}", *code.grouped()));
    chrome.is_at("/setup");
    sound(&chrome, "setup-you");
    chrome
        .fill("Name", "Ada Lovelace")
        .fill("Email", SUPER)
        .fill("Password", PASSWORD)
        .fill("The same password again", PASSWORD)
        .press("Create Super Administrator")
        .is_at("/setup/factor");
    sound(&chrome, "setup-factor");
    let code = code_of(&secret(&chrome), app.db.clock().now_ms());
    chrome.fill("Code", &code).press("Switch on");
    chrome.says("I have stored them");
    sound(&chrome, "setup-codes");
    chrome.press("I have stored them").says("Account name");
    sound(&chrome, "setup-account");
    chrome
        .fill("Account name", "Analytical Engines")
        .fill("Account ID", ACCOUNT)
        .press("Continue")
        .says("Public base URL");
    sound(&chrome, "setup-address");
    chrome
        .press("Test and continue")
        .says("Each provider gets a connection");
    sound(&chrome, "setup-connect");
    chrome
        .fill("Identity provider", "okta")
        .fill("Connection name", "Okta")
        .press("Create connection and token")
        .is_at("/setup/connect");
    sound(&chrome, "setup-token");
    let shown = chrome.texts("//code");
    let token = shown.iter().find(|text| text.starts_with("pvs_"));
    let okta = Client::new(app.address(), ACCOUNT, token.expect("a token"));
    chrome.press("I have stored the token").says("Waiting");
    sound(&chrome, "setup-watch");
    okta.get("/Users").is(200);
    okta.post("/Users", &user("grace@corp.example")).is(201);
    okta.post("/Groups", &group("Admirals", &[])).is(201);
    chrome.visit("/setup").says("First user grace@corp.example");
    sound(&chrome, "setup-done");
    chrome
        .press("Finish setup")
        .is_at(&format!("/a/{ACCOUNT}"))
        .says("grace@corp.example");
}

#[test]
fn a_password_an_authenticator_and_a_recovery_code() {
    if !chrome::is_there("signing in") {
        return;
    }
    let app = TestApp::spawn();
    app.operator("box@corp.example", Some(catalogue::SUPER_ADMINISTRATOR));
    app.operator(SUPER, Some(catalogue::ADMINISTRATOR));
    let chrome = Chrome::open(app.address());
    let enter = |password: &str| {
        chrome.visit("/login").fill("Email", SUPER);
        chrome.fill("Password", password).press("Sign in");
    };
    chrome.visit("/login");
    sound(&chrome, "login");
    enter("not the password at all");
    chrome.says("Email, password or code is wrong");
    sound(&chrome, "login-refused");
    chrome.visit("/recover");
    sound(&chrome, "recover");
    enter(PASSWORD);
    chrome.is_at(&at(&app, ""));
    chrome.visit("/me/factors").press("Set up an authenticator");
    chrome.is_at("/me/factors/confirm");
    sound(&chrome, "me-factors-confirm");
    let code = code_of(&secret(&chrome), app.db.clock().now_ms());
    chrome.fill("Code", "000000").press("Switch on");
    chrome.says("This is not the code");
    chrome.fill("Code", &code).press("Switch on");
    chrome.says("I have stored them");
    let codes = chrome.texts("//code");
    assert_eq!(codes.len(), 10, "{codes:?}");
    // Out, and in again by one of the codes, which is good this once.
    chrome.press("I have stored them").says("Second factor");
    let sign_out = "document.querySelector('form[action=\"/logout\"]').requestSubmit()";
    chrome.script(sign_out, Vec::new());
    chrome.is_at("/login");
    enter(PASSWORD);
    chrome.says("Second factor");
    sound(&chrome, "login-factor");
    chrome
        .fill("Or a recovery code", &codes[0])
        .press("Sign in")
        .is_at(&at(&app, ""));
    chrome
        .visit("/me/factors")
        .says("9 recovery codes are left");
    sound(&chrome, "me-factors-on");
}

#[test]
fn whoever_ends_a_session_ends_it_in_the_other_browser() {
    if !chrome::is_there("ending a session") {
        return;
    }
    let app = TestApp::spawn();
    let here = signed_in(&app);
    let there = Chrome::open(app.address());
    there.as_who(&app.signed_in(SUPER));
    there
        .visit(&at(&app, "/members"))
        .is_at(&at(&app, "/members"));
    here.visit("/me/sessions").says("This session");
    here.press("End session").says("Ended");
    there.visit(&at(&app, "/groups")).is_at("/login");
    here.visit(&at(&app, "/groups")).is_at(&at(&app, "/groups"));
}

#[test]
fn a_form_of_an_ended_session_waits_for_its_button() {
    if !chrome::is_there("a form of an ended session") {
        return;
    }
    let app = TestApp::spawn();
    app.operator("box@corp.example", Some(catalogue::SUPER_ADMINISTRATOR));
    app.operator(SUPER, Some(catalogue::ADMINISTRATOR));
    let chrome = Chrome::open(app.address());
    chrome.as_who(&app.signed_in(SUPER));
    chrome.visit(&at(&app, "/groups/new")).fill("Name", "Edge");
    local(&app.db, None, |tx| app::operators::end_sessions(tx, SUPER));
    chrome
        .press("Create group")
        .says("What you entered is kept on this page");
    sound(&chrome, "login-kept");
    chrome.fill("Email", SUPER);
    chrome.fill("Password", PASSWORD).press("Sign in");
    chrome.says("Send what was entered?");
    sound(&chrome, "ended");
    chrome.press("Send it").says("Created Edge");
}

#[test]
fn a_token_is_shown_once() {
    if !chrome::is_there("making a token") {
        return;
    }
    let app = TestApp::spawn();
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, "/tokens/new?template=read"));
    chrome
        .fill("Name", "access-review")
        .press("Continue to summary")
        .says("Check the token");
    sound(&chrome, "token-summary");
    chrome.press("Create token").says("Copy the value now");
    sound(&chrome, "token-secret");
    let shown = chrome.at();
    let is_value = |text: &String| text.starts_with("pva_");
    let value = chrome.texts("//code").into_iter().find(is_value);
    let value = value.expect("a value");
    let api = Client::new(app.address(), "", &value);
    let verify = format!("/client/v4/accounts/{}/tokens/verify", app.account.id);
    let bearer = format!("Bearer {value}");
    let answer = api.send_plain("GET", &verify, &[("Authorization", &bearer)], None);
    assert_eq!(answer.status, 200, "{}", answer.text());
    // Not by going back.
    chrome.visit(&at(&app, "/tokens")).says("access-review");
    chrome.back();
    chrome.is_at(shown.split('?').next().unwrap_or_default());
    chrome.says("The value was shown once");
    assert!(!chrome.text().contains(&value), "shown by going back");
    // Nor by its address.
    chrome.visit(&shown);
    assert!(!chrome.text().contains(&value), "shown twice");
    sound(&chrome, "token-gone");
    chrome.visit(&at(&app, "/tokens")).says("access-review");
    assert!(!chrome.text().contains(&value), "shown in the list");
}

#[test]
fn the_last_super_administrator_stays() {
    if !chrome::is_there("the last Super Administrator") {
        return;
    }
    let app = TestApp::spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    app.operator("bob@corp.example", Some(catalogue::ADMINISTRATOR));
    let chrome = Chrome::open(app.address());
    chrome.as_who(&app.signed_in("bob@corp.example"));
    chrome.visit(&at(&app, "/members?q=ada"));
    let row = "return document.querySelector('table a[data-row]').getAttribute('href')";
    let ada = chrome.script(row, Vec::new());
    let ada = ada.as_str().expect("a way to her page");
    for change in ["remove", "deactivate"] {
        chrome.visit(&format!("{ada}/{change}"));
        chrome.says("would leave the account without a Super Administrator");
        sound(&chrome, "last-super-administrator");
    }
    chrome
        .visit(ada)
        .says("Super Administrator - All Privileges");
}
