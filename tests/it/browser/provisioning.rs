//! Providers: connected, watched, held back.

use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::{at, signed_in, sound};
use crate::harness::app::{Setup, TestApp};
use crate::harness::chrome;
use crate::harness::fixtures::{group, user};

const HOUR: i64 = 3_600_000;

#[test]
fn the_wizard_ticks_what_has_arrived() {
    if !chrome::is_there("the wizard") {
        return;
    }
    let app = TestApp::spawn();
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, "/connections/new"));
    chrome.click("//a[contains(@class,'tile')][.//strong[normalize-space(.)='Okta']]");
    chrome
        .fill("Connection name", "Okta Workforce")
        .press("Create connection and token")
        .says("shown this once");
    sound(&chrome, "wizard-token");
    let shown = chrome.texts("//code");
    let token = shown.iter().find(|text| text.starts_with("pvs_"));
    let okta = app.client(token.expect("a token"));
    chrome.press("I have stored the token").says("Waiting");
    sound(&chrome, "wizard-waiting");
    let setup = chrome.at();
    okta.post("/Users", &user("grace@corp.example")).is(201);
    okta.post("/Groups", &group("Admirals", &[])).is(201);
    chrome.visit(&setup).says("Every check passed");
    sound(&chrome, "wizard-done");
}

#[test]
fn what_the_brake_holds_is_decided() {
    if !chrome::is_there("the brake") {
        return;
    }
    let app = Setup::standing_clock().spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 14);
    app.pass(25 * HOUR);
    let chrome = signed_in(&app);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    for id in &people {
        okta.patch(&format!("/Users/{id}"), &off);
    }
    chrome.visit(&at(&app, "")).says("4 changes are held");
    chrome
        .press("See what is held")
        .says("person13@corp.example");
    sound(&chrome, "held");
    chrome.tick("person13@corp.example").press("Discard");
    chrome.says("keeps their access");
    sound(&chrome, "held-discard");
    chrome.press("Discard 1 change").says("Discarded 1 change");
    sound(&chrome, "held-discarded");
    chrome.visit(&at(&app, "/log?since=all"));
    sound(&chrome, "log-days");
    chrome.visit(&at(&app, "/audit")).says("Hold Changes");
    sound(&chrome, "audit-days");
    chrome.visit(&at(&app, "/connections"));
    chrome.press("okta").press("Held changes");
    chrome.press("Release").says("All changes that were held");
    chrome.press("Release all").says("Released 3 changes");
    okta.patch(&format!("/Users/{}", people[12]), &off).is(200);
    okta.patch(&format!("/Users/{}", people[13]), &off).is(403);
}

#[test]
fn the_log_is_filtered_shared_and_exported_as_it_is_seen() {
    if !chrome::is_there("the log") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("person", 12);
    for _ in 0..3 {
        okta.post("/Users", &user("person3@corp.example")).is(409);
    }
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, "/log")).says("15 requests");
    // The list follows while one chooses, and the address with it.
    chrome.fill("Outcome", "Rejected").says("3 requests");
    // Nobody's focus is lost by it.
    let focus = "return document.activeElement.name";
    assert_eq!(chrome.script(focus, Vec::new()), "outcome");
    let shared = chrome.at();
    assert!(shared.contains("outcome=refused"), "{shared}");
    let rows = chrome.count("//table[contains(@class,'log')]/tbody/tr[@id]");
    assert_eq!(rows, 3, "{}", chrome.text());
    let csv = "//a[normalize-space(.)='CSV']";
    let href = chrome.script(
        "return document.evaluate(arguments[0], document, null, 9).singleNodeValue\
         .getAttribute('href')",
        vec![json!(csv)],
    );
    let mut other = app.signed_in(super::SUPER);
    let file = other.send("GET", href.as_str().expect("an address"), &[], None);
    assert_eq!(file.text().lines().count(), rows + 1, "{}", file.text());
    other.open(&shared).says("3 requests");
    // And back: the list of before.
    chrome.back();
    chrome.says("15 requests");
}

#[test]
fn a_row_comes_in_by_itself_and_stays_out_while_paused() {
    if !chrome::is_there("the live log") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_user("first@corp.example");
    let chrome = signed_in(&app);
    chrome
        .visit(&at(&app, "/log"))
        .says("first@corp.example")
        .says("Live");
    okta.new_user("second@corp.example");
    chrome.says("second@corp.example");
    chrome.says("2 requests, 0 rejected");
    chrome.says("2 requests, newest first");
    sound(&chrome, "log-live");
    chrome.press("Pause").says("Resume");
    let feeds = chrome.count("//*[@data-feed]");
    assert_eq!(feeds, 0, "paused, and still listening");
    okta.new_user("third@corp.example");
    // A feed looks each second.
    chrome.lets_pass(1_500);
    assert!(!chrome.text().contains("third@corp.example"));
    chrome.press("Resume").says("third@corp.example");
    // Nothing comes in any more, and the page says so.
    let ended = "DELETE FROM sessions";
    app.sql().execute(ended, []).expect("no session");
    chrome.says("No longer updated");
    let live = chrome.count("//*[@data-live]//*[contains(@class, 'live')]");
    assert_eq!(live, 0, "it still says that it is live");
}
