//! A browser whose owner has switched JavaScript off.

use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;

use super::{SUPER, at};
use crate::harness::app::TestApp;
use crate::harness::chrome::{self, Chrome, Manner};

#[test]
fn a_policy_is_added_and_a_list_is_filtered_without_script() {
    if !chrome::is_there("a browser without JavaScript") {
        return;
    }
    let app = TestApp::spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    okta.new_group("Edge operations", &people);
    okta.new_group("Finance", &[]);
    let manner = Manner {
        without_script: true,
    };
    let chrome = Chrome::with(app.address(), manner);
    chrome.as_who(&app.signed_in(SUPER));
    // The navigation of a phone opens, for it is HTML's own.
    chrome.view(390, false);
    chrome.visit(&at(&app, ""));
    chrome.click("//button[@popovertarget='side']");
    chrome.click("//nav[@id='side']//a[contains(., 'User groups')]");
    chrome.is_at(&at(&app, "/groups"));
    chrome.view(1280, false);
    chrome.visit(&at(&app, "/groups"));
    chrome.fill("Name", "edge").press("Apply").says("1 of 1");
    chrome.follow("Edge operations");
    chrome.tick("DNS").press("Show preview");
    chrome.says("2 gain DNS on the entire account");
    chrome.press("Save policy").says("Added the policy");
    // What takes script is not offered.
    chrome.visit(&at(&app, "/log")).says("person1@corp.example");
    assert!(!chrome.text().contains("Live"), "{}", chrome.text());
}
