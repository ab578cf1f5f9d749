//! Policies, members, groups: shown before they are saved, and never saved over somebody else's
//! change.

use provost::app;
use provost::domain::connection::ProviderKind;
use provost::domain::domains::DomainName;
use serde_json::json;

use super::{at, signed_in, sound};
use crate::harness::app::TestApp;
use crate::harness::chrome::{self, Chrome};
use crate::harness::operators::PASSWORD;

/// A group that Okta pushed with two people; gives the address of its page.
fn with_group(app: &TestApp) -> String {
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    okta.new_group("Edge operations", &people);
    at(app, "/groups")
}

#[track_caller]
fn open_group(chrome: &Chrome, groups: &str) -> String {
    chrome.visit(groups).follow("Edge operations");
    chrome.says("This group grants nothing yet");
    chrome.at()
}

#[test]
fn a_policy_is_shown_saved_and_explained() {
    if !chrome::is_there("adding a policy") {
        return;
    }
    let app = TestApp::spawn();
    let groups = with_group(&app);
    let chrome = signed_in(&app);
    let page = open_group(&chrome, &groups);
    chrome.tick("DNS").press("Show preview");
    chrome.says("2 gain DNS on the entire account");
    sound(&chrome, "policy-preview");
    chrome.press("Save policy").says("Added the policy");
    assert_eq!(chrome.at(), page);
    sound(&chrome, "policy-saved");
    chrome
        .press("Explain")
        .says("has DNS on the entire account");
    sound(&chrome, "explained");
}

/// Where roles stand that do not fit the scope, there is nothing to tick, but what is ticked.
#[test]
fn only_roles_that_fit_the_scope_are_offered() {
    if !chrome::is_there("the roles of a scope") {
        return;
    }
    let app = TestApp::spawn();
    app.write(|tx| app::domains::add(tx, &DomainName::parse("shop.example")?, None));
    let groups = with_group(&app);
    let chrome = signed_in(&app);
    open_group(&chrome, &groups);
    let shown = |role: &str| {
        let find = "return [...document.querySelectorAll('label.pick')].find((l) => \
                    l.textContent.trim() === arguments[0]).checkVisibility()";
        chrome.script(find, vec![json!(role)]) == json!(true)
    };
    assert!(shown("DNS") && !shown("Domain DNS"));
    chrome.tick("Billing").fill("Scope", "Selected domains");
    assert!(shown("Domain DNS") && shown("Bot Management"));
    assert!(!shown("DNS"), "on the entire account alone");
    assert!(shown("Billing"), "to be taken out");
    chrome
        .tick("Billing")
        .tick("Domain DNS")
        .tick("shop.example");
    assert!(!shown("Billing"));
    sound(&chrome, "policy-scope");
    chrome.press("Show preview");
    chrome.says("2 gain Domain DNS on 1 domain: shop.example");
}

/// The link past the menu, and those from what is wrong to its field: nothing is loaded, sent
/// again or lost, and the focus goes there.
#[test]
fn a_link_to_a_place_in_the_page_goes_there_and_loads_nothing() {
    if !chrome::is_there("links inside a page") {
        return;
    }
    let app = TestApp::spawn();
    let chrome = signed_in(&app);
    let stays = |then: &str| chrome.script(&format!("return window.stays && {then}"), Vec::new());
    chrome.visit(&at(&app, "/settings"));
    chrome.script("window.stays = true", Vec::new());
    chrome.key_press("Skip to content");
    assert_eq!(stays("document.activeElement.id"), "content");
    chrome.fill("Account name", " ").press("Save name");
    chrome.says("This was not saved");
    chrome.script("window.stays = true", Vec::new());
    chrome.follow("The name is empty; enter one.");
    assert_eq!(stays("document.activeElement.name"), "name");
    // Whoever has saved goes on at what is said of it.
    chrome.fill("Account name", "Corp").press("Save name");
    chrome.says("Saved the name Corp");
    let said = "return document.activeElement.innerText.trim()";
    assert_eq!(chrome.script(said, Vec::new()), "Saved the name Corp");
}

/// The same without a mouse: each control is reached by the tabulator, and one sees where one is.
#[test]
fn a_policy_is_added_by_the_keyboard_alone() {
    if !chrome::is_there("adding a policy by the keyboard") {
        return;
    }
    let app = TestApp::spawn();
    let groups = with_group(&app);
    let chrome = signed_in(&app);
    chrome.visit(&groups);
    chrome.key_press("Skip to content");
    chrome.key_press("Edge operations");
    chrome.says("This group grants nothing yet");
    chrome.key_tick("DNS");
    chrome.key_press("Show preview");
    chrome.says("2 gain DNS on the entire account");
    chrome.key_press("Save policy");
    chrome.says("Added the policy");
    // Single keys lead on, and can be looked up.
    chrome.keys("g").keys("m").is_at(&at(&app, "/members"));
    chrome
        .says("person1@corp.example")
        .keys("/")
        .keys("person1\u{e007}");
    chrome
        .is_at(&at(&app, "/search"))
        .says("person1@corp.example");
    // A list follows what is typed, letter by letter, without taking the field away.
    chrome.visit(&at(&app, "/members"));
    chrome.key_fill("Search names and addresses", "person");
    chrome.says("2 members").keys("0").says("1 member");
}

#[test]
fn two_administrators_edit_one_policy_and_the_second_sees_it() {
    if !chrome::is_there("two administrators") {
        return;
    }
    let app = TestApp::spawn();
    let groups = with_group(&app);
    let first = signed_in(&app);
    let second = Chrome::open(app.address());
    second.as_who(&app.signed_in(super::SUPER));
    let page = open_group(&first, &groups);
    second.visit(&page);
    for window in [&first, &second] {
        window.tick("DNS").press("Show preview");
        window.says("2 gain DNS on the entire account");
    }
    first.press("Save policy").says("Added the policy");
    second.press("Save policy");
    second.says("so nothing was saved");
    sound(&second, "policy-moved");
    first.visit(&page);
    let policies = "//section[.//h2[normalize-space(.)='Permission policies']]//h3";
    assert_eq!(first.texts(policies).len(), 1, "{}", first.text());
}

#[test]
fn rows_are_ticked_in_a_row_and_changed_together() {
    if !chrome::is_there("changing several members") {
        return;
    }
    let app = TestApp::spawn();
    app.people(8);
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, "/members?q=hand&sort=name"));
    // From the second to the fifth, with the shift key held.
    chrome.tick("hand1@corp.example");
    let last = "//input[@aria-label='hand4@corp.example']";
    chrome.script(
        "const box = document.querySelector('input[aria-label=\"hand4@corp.example\"]'); \
         box.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }));",
        Vec::new(),
    );
    assert_eq!(chrome.count(last), 1);
    let ticked = "return document.querySelectorAll('tbody input:checked').length";
    assert_eq!(chrome.script(ticked, Vec::new()), 4);
    chrome.press("Deactivate").says("Deactivate 4 members");
    sound(&chrome, "bulk");
    chrome
        .press("Deactivate 4 members")
        .says("Deactivated 4 members");
    chrome.visit(&at(&app, "/members?state=inactive"));
    chrome.says("hand4@corp.example").says("4 members");
}

/// What can do much asks for the password again, and then goes where one was going.
#[test]
fn what_can_do_much_asks_for_the_password_again() {
    if !chrome::is_there("giving the password again") {
        return;
    }
    let app = crate::harness::app::Setup::standing_clock().spawn();
    let chrome = signed_in(&app);
    app.pass(6 * 60_000);
    chrome.visit(&at(&app, "/connections/new/okta"));
    chrome.is_at("/confirm");
    sound(&chrome, "confirm");
    chrome.fill("Password", PASSWORD).press("Continue");
    chrome.says("Connection name");
}
