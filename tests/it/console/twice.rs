//! Forms that come twice: two presses of a button make one thing, and lead to it.

use super::{app, at};
use crate::harness::browserless::Browser;

const ONCE: &str = "its work was done once";

/// Presses the button twice: the second leads where the first does, and says the same.
#[track_caller]
fn pressed_twice(browser: &mut Browser, button: &str, said: &str) -> String {
    let (to, body) = browser.would_send(button);
    let first = browser.post(&to, &body).says(said).path.clone();
    browser
        .post(&to, &body)
        .is(200, &first)
        .says(said)
        .says(ONCE);
    first
}

#[test]
fn a_group_a_role_and_an_account_are_made_once_and_others_are_refused_their_name() {
    let (app, mut browser) = app();
    for (form, label, button) in [
        (at(&app, "/groups/new"), "Name", "Create group"),
        (at(&app, "/roles/new"), "Name", "Create role"),
        ("/accounts".to_owned(), "Account name", "Create account"),
    ] {
        let fill = |browser: &mut Browser, name: &str| {
            browser.open(&form);
            browser.fill(label, name);
            if button == "Create role" {
                browser.fill("Permissions", "edge:read");
            }
        };
        fill(&mut browser, "Twice");
        let (to, body) = browser.would_send(button);
        pressed_twice(&mut browser, button, "Created Twice");
        // The way back, another name, and the same button: something else.
        browser
            .post(&to, &body.replace("Twice", "Thrice"))
            .says("Created Thrice");
        // Another form with the name is somebody's mistake.
        fill(&mut browser, "Twice");
        browser.press(button).is(422, &form);
        assert!(
            !browser.page.text().contains(ONCE),
            "{}",
            browser.page.text()
        );
        // So is the same form of another session.
        let mut other = app.signed_in(super::SUPER);
        other.open(&form);
        let token = |browser: &Browser| {
            let sent = browser.would_send(button).1;
            sent.split('&').next().unwrap_or_default().to_owned()
        };
        let theirs = body.replacen(
            body.split('&').next().unwrap_or_default(),
            &token(&other),
            1,
        );
        other.post(&to, &theirs).is(422, &form);
    }
}

#[test]
fn people_and_policies_are_added_once() {
    let (app, mut browser) = app();
    browser.open(&at(&app, "/members/new"));
    browser
        .fill("Email addresses", "grace@corp.example, mary@corp.example")
        .tick("Active at once")
        .press("Add members")
        .says("2 members");
    let list = pressed_twice(&mut browser, "Add 2 members", "Added 2 members");
    assert_eq!(list, at(&app, "/members"));
    browser.open(&at(&app, "/members/new"));
    browser
        .fill("Email addresses", "grace@corp.example")
        .press("Add members")
        .is(422, &at(&app, "/members/new"));
    browser.open(&list);
    let grace = browser.follow("grace@corp.example").path.clone();
    browser.open(&format!("{grace}/policies/new"));
    browser.tick("DNS").press("Show preview");
    let page = pressed_twice(&mut browser, "Save policy", "Policy added");
    assert_eq!(page, grace);
    // The one that everybody gets, and this one.
    assert_eq!(browser.page.html.matches("/remove\"").count(), 3);
    browser.open(&at(&app, "/groups/new"));
    browser.fill("Name", "Edge").press("Create group");
    browser.tick("DNS").press("Show preview");
    pressed_twice(&mut browser, "Save policy", "Added the policy");
    browser.page.says("Policies 1");
}
