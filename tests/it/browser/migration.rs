//! Legacy groups, from finding them to undoing, without a mouse.

use provost::domain::connection::ProviderKind;

use super::{at, signed_in, sound};
use crate::harness::app::TestApp;
use crate::harness::chrome::{self, Chrome};

#[test]
fn legacy_groups_are_migrated_by_the_keyboard_alone() {
    if !chrome::is_there("the migration by the keyboard") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 3);
    app.set_reserved_prefix("");
    okta.new_group(&app.legacy_name("Zone Editor"), &people[2..]);
    app.legacy_on(false);
    let dns = okta.new_group(&app.legacy_name("DNS"), &people[..2]);
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, ""));
    chrome.key_press("Preview the migration");
    chrome.is_at(&at(&app, "/migrate"));
    chrome.says("1 ready, 1 needs a decision");
    sound(&chrome, "migrate-plan");
    chrome.key_choose("A group with no policy", "A group with no policy");
    chrome.key_press("Apply the decisions").says("2 ready");
    chrome.key_press("See the comparison");
    chrome.says("What everybody in these groups may do");
    sound(&chrome, "migrate-comparison");
    chrome.key_press("Back to the plan").says("2 ready");
    chrome.key_press("Convert 2 groups");
    chrome.says("Convert 2 groups?");
    sound(&chrome, "migrate-convert");
    chrome.key_press("Convert 2 groups");
    chrome.says("Converted 2 groups");
    sound(&chrome, "migrate-run");
    let run = chrome.at();
    chrome.visit(&format!("{run}/close"));
    chrome.says("no accepted push since the conversion");
    sound(&chrome, "migrate-close");
    chrome.visit(&format!("{run}/people")).says("Converted on");
    sound(&chrome, "migrate-comparison-then");
    chrome.visit(&run);
    // Okta notices nothing.
    okta.get(&format!("/Groups/{dns}")).is(200);
    chrome.key_press("Undo");
    chrome.says("2 groups get their old names back");
    sound(&chrome, "migrate-undo");
    chrome.key_press("Undo 2 groups");
    chrome.says("Undid 2 groups");
    sound(&chrome, "migrate-undone");
}

/// The button that converts.
const CONVERT: &str = "//button[starts-with(normalize-space(.), 'Convert ')]";

/// How many of what the path finds can be seen.
fn seen(chrome: &Chrome, path: &str) -> usize {
    chrome.count(&format!("{path}[not(ancestor-or-self::*[@hidden])]"))
}

#[test]
fn a_plan_that_was_edited_is_said_to_be_out_of_date() {
    if !chrome::is_there("a plan that is edited") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    app.legacy_on(false);
    okta.new_group(&app.legacy_name("DNS"), &people);
    okta.new_group(&app.legacy_name("Billing"), &people);
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, "/migrate")).says("2 ready");
    let (same, out) = ("//*[text()='Same access']", "//*[text()='Not updated']");
    let both = |chrome: &Chrome| (seen(chrome, same), seen(chrome, out), seen(chrome, CONVERT));
    assert_eq!(both(&chrome), (2, 0, 1));
    assert_eq!(seen(&chrome, "//*[@data-stale]"), 0);
    chrome.fill("Pattern for new names", "{role} team");
    chrome.says("so this is out of date");
    assert_eq!(both(&chrome), (0, 2, 0));
    sound(&chrome, "migrate-plan-edited");
    chrome.click("//*[@role='region']//button[@data-stale='plan']");
    chrome.says("The plan is updated").says("DNS team");
    assert_eq!(both(&chrome), (2, 0, 1));
}
