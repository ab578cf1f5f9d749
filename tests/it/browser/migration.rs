//! Legacy groups, from finding them to undoing, without a mouse.

use provost::domain::connection::ProviderKind;

use super::{at, signed_in, sound};
use crate::harness::app::TestApp;
use crate::harness::chrome;

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
    chrome.says("no push since the conversion");
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
