//! Pages that wait for others: they look again by themselves, and disturb nobody.

use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::{SUPER, at, signed_in, sound};
use crate::harness::app::TestApp;
use crate::harness::chrome::{self, Chrome, Manner};
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user};

/// The address of the page on which that connection is waited for.
fn setup_of(app: &TestApp, connection: &str) -> String {
    let found = app.read(|tx| provost::app::connections::find(tx, connection));
    at(app, &format!("/connections/{}/setup", found.id))
}

fn first_sync(okta: &Client) {
    okta.post("/Users", &user("grace@corp.example")).is(201);
    okta.post("/Groups", &group("Admirals", &[])).is(201);
}

/// That the page is the one that was opened, and not another copy of it.
fn mark(chrome: &Chrome) {
    chrome.script("globalThis.__here = true", Vec::new());
}

#[track_caller]
fn is_still_there(chrome: &Chrome) {
    let here = chrome.script("return globalThis.__here === true", Vec::new());
    assert_eq!(here, json!(true), "the page was loaded again");
}

/// What the browser does when its tab comes to the front.
fn come_to_the_front(chrome: &Chrome) {
    let source = "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))";
    chrome.script(source, Vec::new());
}

#[test]
fn whoever_types_while_a_page_waits_goes_on_typing() {
    if !chrome::is_there("a page that waits") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    let chrome = signed_in(&app);
    chrome.visit(&setup_of(&app, "okta")).says("Waiting");
    mark(&chrome);
    chrome.click("//input[@id='q']").keys("gra");
    let before = "document.activeElement.setSelectionRange(1, 2)";
    chrome.script(before, Vec::new());
    first_sync(&okta);
    chrome.says("Every check passed");
    is_still_there(&chrome);
    let there = "const el = document.activeElement; \
                 return [el.id, el.value, el.selectionStart, el.selectionEnd]";
    let there = chrome.script(there, Vec::new());
    assert_eq!(there, json!(["q", "gra", 1, 2]));
    // There is nothing more to wait for.
    assert_eq!(chrome.count("//*[@data-again]"), 0);
    assert!(!chrome.text().contains("Pause"), "{}", chrome.text());
    sound(&chrome, "waiting-done");
}

#[test]
fn the_focus_stays_in_a_part_that_comes_anew() {
    if !chrome::is_there("a migration that is followed") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    app.legacy_on(false);
    let name = app.legacy_name("DNS");
    let dns = okta.new_group(&name, &people);
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, "/migrate"));
    chrome.press("Convert 1 group").says("Convert 1 group?");
    chrome
        .press("Convert 1 group")
        .says("no accepted push since");
    sound(&chrome, "waiting");
    mark(&chrome);
    let focus = "document.querySelector('#groups a[data-row]').focus()";
    chrome.script(focus, Vec::new());
    let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
    okta.patch_group(&dns, &body);
    come_to_the_front(&chrome);
    chrome.says("pushed under the old name");
    is_still_there(&chrome);
    let here = chrome.script("return document.activeElement.innerText", Vec::new());
    assert_eq!(here, json!("DNS Editors"));
    // The new name is waited for too, and then nothing more.
    assert_ne!(chrome.count("//*[@data-again]"), 0);
    let body = json!([{ "op": "Replace", "value": { "displayName": "DNS Editors" } }]);
    okta.patch_group(&dns, &body);
    come_to_the_front(&chrome);
    // What it says meanwhile speaks of new names too: that it waits no more is the end.
    chrome
        .lacks("//*[@data-again]")
        .says("no provider sends an old name any more");
    is_still_there(&chrome);
}

#[test]
fn a_pause_is_taken_back_where_it_was_made() {
    if !chrome::is_there("a migration that is paused") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 1);
    app.legacy_on(false);
    okta.new_group(&app.legacy_name("DNS"), &people);
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, "/migrate"));
    chrome.press("Convert 1 group").says("Convert 1 group?");
    chrome
        .press("Convert 1 group")
        .says("no accepted push since");
    let focus = "return document.activeElement.closest('#looks') !== null";
    chrome.press("Pause").lacks("//*[@data-again]");
    assert_eq!(chrome.script(focus, Vec::new()), json!(true), "paused");
    chrome.press("Resume updates").says("Pause");
    assert_eq!(chrome.script(focus, Vec::new()), json!(true), "looking");
}

#[test]
fn what_is_paused_or_signed_out_is_left_as_it_is() {
    if !chrome::is_there("a page that is paused") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    let chrome = signed_in(&app);
    let setup = setup_of(&app, "okta");
    chrome.visit(&setup).says("Updates every 5 seconds");
    chrome.press("Pause").says("Updates are paused");
    assert_eq!(chrome.count("//*[@data-again]"), 0);
    first_sync(&okta);
    come_to_the_front(&chrome);
    chrome.lets_pass(300);
    chrome.says("Waiting");
    chrome.press("Resume updates").says("Every check passed");
    // Signed out elsewhere: what is typed here is not lost to a page of another kind.
    app.provider(ProviderKind::Entra);
    chrome.visit(&setup_of(&app, "entra")).says("Waiting");
    mark(&chrome);
    chrome.click("//input[@id='q']").keys("gra");
    chrome.set_cookie("pvx", "none");
    come_to_the_front(&chrome);
    chrome.says("No longer updated");
    is_still_there(&chrome);
    let typed = chrome.script("return document.activeElement.value", Vec::new());
    assert_eq!(typed, json!("gra"));
    assert_eq!(chrome.count("//*[@data-again]"), 0);
}

#[test]
fn without_script_the_page_is_loaded_again() {
    if !chrome::is_there("a page that waits without JavaScript") {
        return;
    }
    let app = TestApp::spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let okta = app.provider(ProviderKind::Okta);
    let manner = Manner {
        without_script: true,
    };
    let chrome = Chrome::with(app.address(), manner);
    chrome.as_who(&app.signed_in(SUPER));
    let setup = setup_of(&app, "okta");
    chrome.visit(&format!("{setup}?watch=off")).says("Waiting");
    chrome.press("Resume updates").says("Waiting");
    first_sync(&okta);
    chrome.says("Every check passed");
}
