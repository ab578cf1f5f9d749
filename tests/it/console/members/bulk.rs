//! Several members at once.

use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;

use super::add;
use crate::console::{app, at};
use crate::harness::browserless::Browser;

const ADMINISTRATOR: &str = "changes@corp.example";

#[test]
fn several_are_changed_at_once_and_those_who_are_not_ours_are_left_out() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_user("maria@corp.example");
    add(&app, &mut browser, "grace@corp.example");
    add(&app, &mut browser, "mary@corp.example");
    let list = at(&app, "/members");
    browser.open(&list);
    browser
        .press("Deactivate")
        .is(200, &list)
        .says("Nobody was chosen");
    browser
        .tick("grace@corp.example")
        .tick("mary@corp.example")
        .tick("maria@corp.example")
        .press("Deactivate")
        .is(200, &at(&app, "/members/bulk"))
        .says("Deactivate 2 members")
        .says("okta manages this member")
        .says("1 of those chosen is left out")
        .says("2 lose Minimal Account Access");
    browser
        .press("Deactivate 2 members")
        .is(200, &list)
        .says("Deactivated 2 members")
        .says("Inactive 2");
    browser.open(&at(&app, "/groups/new"));
    browser.fill("Name", "Edge").press("Create group");
    browser.open(&list);
    browser
        .tick("maria@corp.example")
        .tick("mary@corp.example")
        .press("Add to a group")
        .says("Add 1 member to a group")
        .says("Inactive: only members who are in can be added to a group");
    browser
        .fill("Group", "Nowhere")
        .press("Show preview")
        .is(422, &at(&app, "/members/bulk"))
        .says("Nowhere");
    browser
        .fill("Group", "edge")
        .press("Add 1 member to a group")
        .says("Nobody’s access changes");
    browser
        .press("Add 1 member to a group")
        .says("Added 1 member to the group");
    browser.open(&list);
    browser
        .tick("grace@corp.example")
        .press("Remove")
        .says("removed for good");
    browser.press("Remove 1 member").says("Removed 1 member");
}

/// Whom the rules would refuse anyway keeps nobody else from it.
#[test]
fn of_those_chosen_oneself_is_left_out() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    let list = at(&app, "/members");
    for (button, done) in [("Deactivate", "Deactivated"), ("Remove", "Removed")] {
        browser.open(&list);
        browser
            .tick("ada@corp.example (console)")
            .tick("grace@corp.example")
            .press(button)
            .is(200, &at(&app, "/members/bulk"))
            .says("1 of those chosen is left out")
            .says("This is the member that you work as");
        let text = browser.page.text();
        assert!(!text.contains("This was not saved"), "{text}");
        browser
            .press(&format!("{button} 1 member"))
            .is(200, &list)
            .says(&format!("{done} 1 member"));
    }
}

/// The guards refuse it with some of them: those are named, and it is one press for the others.
#[test]
fn of_those_chosen_the_last_super_administrator_is_left_out() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    app.operator(ADMINISTRATOR, Some(catalogue::ADMINISTRATOR));
    let mut less = app.signed_in(ADMINISTRATOR);
    let (list, bulk) = (at(&app, "/members"), at(&app, "/members/bulk"));
    less.open(&list);
    less.tick("ada@corp.example (console)")
        .tick("grace@corp.example")
        .press("Deactivate")
        .is(200, &bulk)
        .says("1 of those chosen is left out")
        .says("No Super Administrator who can sign in would be left in this account.")
        .says("1 loses Minimal Account Access");
    less.press("Deactivate 1 member")
        .is(200, &list)
        .says("Deactivated 1 member")
        .says("Inactive 1");
    less.tick("ada@corp.example (console)")
        .press("Remove")
        .is(200, &bulk)
        .says("This member can’t be removed")
        .says("Why not")
        .says("No Super Administrator who can sign in would be left in this account.");
    assert!(!less.page.html.contains("name=\"action\""));
}

#[test]
fn nobody_is_sent_to_another_administrator_where_there_is_none() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    let own = "ada@corp.example (console)";
    let bulk = at(&app, "/members/bulk");
    let on_oneself = |browser: &mut Browser| {
        browser.open(&at(&app, "/members"));
        browser.tick(own).press("Deactivate").is(200, &bulk);
        browser.page.says("This member can’t be deactivated");
        assert!(
            !browser
                .page
                .text()
                .contains("They lose all access at once.")
        );
        browser.page.text()
    };
    let alone = on_oneself(&mut browser);
    assert!(
        alone.contains("nobody else is Super Administrator"),
        "{alone}"
    );
    assert!(!alone.contains("another administrator"), "{alone}");
    browser.open(&at(&app, "/members"));
    browser
        .follow("ada@corp.example")
        .says("grant the role to another active member first");
    app.operator("eve@corp.example", Some(catalogue::SUPER_ADMINISTRATOR));
    let not_alone = on_oneself(&mut browser);
    assert!(
        not_alone.contains("only another administrator may do it"),
        "{not_alone}"
    );
}

#[test]
fn nobody_is_put_into_a_group_with_policies_by_themselves() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    browser.open(&at(&app, "/groups/new"));
    browser.fill("Name", "Edge").press("Create group");
    let into_edge = |browser: &mut Browser| {
        browser.open(&at(&app, "/members"));
        browser
            .tick("ada@corp.example (console)")
            .tick("grace@corp.example")
            .press("Add to a group")
            .says("Nobody changes their own roles, so you are added only if the group has no");
        browser.fill("Group", "Edge").press("Show preview");
    };
    into_edge(&mut browser);
    browser.page.says("Add 2 members to a group");
    browser.open(&at(&app, "/groups"));
    browser.follow("Edge");
    browser.tick("DNS").press("Show preview");
    browser.press("Save policy").says("Added the policy");
    into_edge(&mut browser);
    browser
        .page
        .says("1 of those chosen is left out")
        .says("This is the member that you work as")
        .says("1 gains DNS on the entire account");
    browser
        .press("Add 1 member to a group")
        .says("Added 1 member to the group");
}
