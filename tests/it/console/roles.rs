//! Roles and explanations at the console.

use provost::app::members::leave::deactivate;
use provost::domain::connection::ProviderKind;
use provost::domain::reference::MemberRef;
use serde_json::json;

use super::{SUPER, app, at};
use crate::harness::app::TestApp;
use crate::harness::browserless::Browser;

/// A group with one person, and a policy that gives the role of that name.
fn group_with(app: &TestApp, browser: &mut Browser, role: &str) -> String {
    let okta = app.provider(ProviderKind::Okta);
    let person = okta.new_user("maria@corp.example");
    let group = at(
        app,
        &format!("/groups/{}", okta.new_group("Approvers", &[person])),
    );
    browser.open(&group);
    browser.tick(role).press("Show preview");
    browser.press("Save policy").says("Added the policy");
    group
}

#[test]
fn the_list_tells_what_there_is_and_how_far_it_reaches() {
    let (app, mut browser) = app();
    let page = browser
        .open(&at(&app, "/roles"))
        .is(200, &at(&app, "/roles"));
    page.says("Super Administrator - All Privileges")
        .says("Powerful")
        .says("Cache Purge")
        .says("own and powerful ones first, the others by name");
    // On a phone the heads are links above the rows.
    browser.follow("Name").says("50 of");
    assert_eq!(browser.page.path, at(&app, "/roles?sort=name"));
    assert_eq!(
        browser.page.link("Name, ascending"),
        at(&app, "/roles?sort=-name")
    );
    browser
        .open(&at(&app, "/roles?q=super+admin"))
        .says("1 of 1");
    browser
        .open(&at(&app, "/roles?kind=own"))
        .says("No role matches");
    browser
        .open(&at(&app, "/roles?scope=domains"))
        .says("Domains");
    browser
        .open(&at(&app, "/roles?kind=odd"))
        .says("Part of the address was left out");
    let csv = browser
        .send("GET", &at(&app, "/roles.csv?q=super+admin"), &[], None)
        .text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    browser.open(&at(&app, "/roles"));
    browser
        .follow("Super Administrator - All Privileges")
        .says(SUPER)
        .says("1 path");
    browser.page.says("own policy").says("Permission group ID");
}

#[test]
fn an_own_role_is_made_given_widened_with_a_preview_and_kept_while_it_is_used() {
    let (app, mut browser) = app();
    browser.open(&at(&app, "/roles/new"));
    browser.press("Create role").says("Enter a name.");
    // Of the name, so it is said there too.
    browser
        .fill("Name", "Billing")
        .fill("Permissions", "invoices:read")
        .press("Create role")
        .says("that of the built-in role Billing");
    let field = "aria-describedby=\"f-name-error\" aria-invalid=\"true\"";
    assert!(browser.page.html.contains(field), "{}", browser.page.html);
    browser
        .fill("Name", "Invoice approver")
        .fill("Permissions", "invoices:approve invoices")
        .press("Create role")
        .says("has no colon");
    browser
        .fill("Permissions", "invoices read")
        .press("Create role")
        .says("\"invoices read\" has no colon");
    browser
        .fill("Permissions", "invoices:read\ninvoices:approve")
        .press("Create role")
        .says("Created Invoice approver")
        .says("invoices:approve")
        .says("Nobody holds this role");
    let role = browser.page.path.clone();
    let group = group_with(&app, &mut browser, "Invoice approver");
    browser
        .open(&role)
        .says("maria@corp.example")
        .says("Approvers");
    browser
        .follow("Grant to a group")
        .says("Choose the group that gets Invoice approver");
    browser.follow("Approvers").is(200, &group);
    let (_, asked) = browser.would_send("Save policy");
    let id = role.rsplit('/').next().expect("an id");
    assert!(asked.contains(&format!("role={id}")), "{asked}");
    // Both have the form open; the second one's is not saved over the first one's.
    let mut other = browser.window();
    for (window, permission) in [
        (&mut browser, "invoices:pay"),
        (&mut other, "invoices:void"),
    ] {
        window.open(&role);
        window.follow("Edit role");
        window.fill("Permissions", permission).press("Show preview");
        window
            .page
            .says("1 gains the permission")
            .says("1 loses the permission");
    }
    browser
        .press("Save role")
        .says("Changed Invoice approver")
        .says("invoices:pay");
    other
        .press("Save role")
        .says("changed since you last looked");
    assert_eq!(other.page.status, 409);
    other.page.says("1 loses the permission invoices:pay");
    kept_while_used(&mut browser, (&role, &group));
}

/// Deletes the role once the group's policy names it no more.
fn kept_while_used(browser: &mut Browser, (role, group): (&str, &str)) {
    browser
        .follow("Delete role")
        .says("1 policy names it")
        .says("It can’t be deleted while this policy names it; take it out of there first.")
        .says("Policy of Approvers");
    // There is nothing to press that would be refused.
    assert!(
        !browser
            .page
            .all("button")
            .contains(&"Delete role".to_owned())
    );
    assert_eq!(browser.page.link("Back to the role"), role);
    assert!(browser.page.link("Policy of Approvers").starts_with(group));
    browser.open(group);
    browser
        .follow("Remove Invoice approver")
        .says("loses Invoice approver");
    browser.press("Remove policy").says("Removed the policy");
    // Somebody grants it again while the page is open.
    browser.open(role);
    let path = browser.follow("Delete role").path.clone();
    let mut other = browser.window();
    other.open(group);
    other.tick("Invoice approver").press("Show preview");
    other.press("Save policy").says("Added the policy");
    browser
        .press("Delete role")
        .is(409, &path)
        .says("1 policy names it");
    other.open(group);
    other.follow("Remove Invoice approver");
    other.press("Remove policy").says("Removed the policy");
    browser.open(&path);
    browser
        .press("Delete role")
        .says("Deleted Invoice approver");
}

#[test]
fn a_built_in_role_is_hidden_and_shown_again() {
    let (app, mut browser) = app();
    browser.open(&at(&app, "/roles?q=cache+purge"));
    browser.follow("Cache Purge");
    let role = browser.page.path.clone();
    browser
        .press("Hide role")
        .says("Hid Cache Purge")
        .says("Hidden");
    browser
        .open(&at(&app, "/roles"))
        .says("1 hidden in this account");
    browser
        .open(&at(&app, "/roles?q=cache"))
        .says("hidden in this account");
    // None of those that answer.
    browser.open(&at(&app, "/roles?q=dns"));
    assert!(!browser.page.text().contains("hidden in this account"));
    assert!(!browser.page.all("tbody").join("").contains("Cache Purge"));
    browser
        .open(&at(&app, "/roles?hidden=only"))
        .says("Cache Purge");
    browser.open(&role);
    browser
        .press("Show role again")
        .says("Cache Purge is shown again");
    browser
        .open(&format!("{role}/edit"))
        .says("Built-in roles neither change nor go");
    browser
        .open(&at(&app, "/roles/x"))
        .is(404, &at(&app, "/roles/x"));
}

/// A group leads to the question about what it grants.
#[test]
fn a_member_is_tested_against_what_the_group_grants() {
    let (app, mut browser) = app();
    let group = group_with(&app, &mut browser, "DNS");
    browser.open(&group);
    let test = browser.page.link("Test a member");
    assert!(test.contains("/explain?role="), "{test}");
    browser.open(&test);
    browser.fill("Member", "maria@corp.example");
    browser
        .press("Explain")
        .says("maria@corp.example has DNS on the entire account");
}

#[test]
fn the_three_questions_are_answered() {
    let (app, mut browser) = app();
    let explain = at(&app, "/explain");
    browser.open(&explain).says("Ask about a member and a role");
    browser.follow(&format!(
        "Why does {SUPER} have Super Administrator - All Privileges?"
    ));
    browser
        .page
        .says("has Super Administrator - All Privileges on the entire account");
    browser.page.says("Own policy, allow");
    browser
        .page
        .says("is the last Super Administrator of the entire account")
        .says("What would take it away then")
        .says("Take it out of the member’s own policies");
    group_with(&app, &mut browser, "DNS");
    browser.open(&explain);
    browser.fill("Member", "maria@corp.example");
    browser.fill("Role", "DNS");
    browser
        .press("Explain")
        .says("maria@corp.example has DNS on the entire account");
    browser.page.says("One path grants it");
    browser.page.says("Pushed by okta on").says("Approvers");
    browser
        .page
        .says("Remove the member from Approvers in okta")
        .says("or change the policy of Approvers, for everybody in it");
    browser.open(&format!(
        "{explain}?ask=why_not&member=maria@corp.example&role=Billing"
    ));
    browser
        .page
        .says("does not have Billing")
        .says("names Billing");
    browser
        .open(&format!("{explain}?ask=who&role=DNS"))
        .says("Who has DNS");
    browser.page.says("maria@corp.example").says("1 path");
    assert!(!browser.page.text().contains("on this page"), "all of them");
    browser
        .open(&format!("{explain}?ask=who&role=nothing"))
        .says("This can’t be answered");
    browser
        .open(&format!("{explain}?ask=why&member=&role=DNS"))
        .says("Say whom you ask about");
    // A part of a name is for the list of members.
    browser
        .open(&format!("{explain}?ask=why&member=mari&role=DNS"))
        .says("Find the member");
    browser.follow("Find the member").says("maria@corp.example");
    browser
        .open(&format!("{explain}?ask=why&member=mari&role=DNS"))
        .says("Whom do you mean?")
        .says("Members with “mari” in their name or address");
    browser
        .follow("maria@corp.example")
        .says("maria@corp.example has DNS on the entire account");
    browser
        .open(&format!("{explain}?ask=why&member=nobody&role=DNS"))
        .says("Nobody here has “nobody” in their user name, name or address");
    assert!(!browser.page.text().contains("in their name or address"));
    // Of a role that is gone no member is to be chosen.
    let gone = format!("{explain}?ask=why&member=maria@corp.example&role=Gone");
    browser.open(&gone).says("There is no role Gone");
    let text = browser.page.text();
    assert!(!text.contains("in their name or address"), "{text}");
    assert!(!text.contains("Find the member"), "{text}");
}

#[test]
fn what_is_asked_about_is_no_markup() {
    let (app, mut browser) = app();
    let odd = at(&app, "/explain?ask=why&member=%3Cscript%3E&role=DNS");
    assert!(!browser.open(&odd).html.contains("<script>\""));
}

/// How many groups and people the list names for that role, the only one on the page.
fn reach(browser: &mut Browser, page: &str) -> (String, String) {
    browser.open(page);
    let cells = browser.page.all("td");
    let [.., groups, people] = cells.as_slice() else {
        panic!("{}", browser.page.text())
    };
    (groups.clone(), people.clone())
}

#[test]
fn a_legacy_group_that_is_only_offered_grants_nothing_that_is_counted() {
    let (app, mut browser) = app();
    app.legacy_on(false);
    let list = at(&app, "/roles?q=cache+purge");
    let told = |groups: &str, people: &str| (groups.to_owned(), people.to_owned());
    assert_eq!(reach(&mut browser, &list), told("0", "0"));
    let role = browser.page.link("Cache Purge");
    browser.open(&role).says("No group grants it.");
    // Once it is pushed it does, and the page of the role lists what is counted.
    let okta = app.provider(ProviderKind::Okta);
    let name = app.legacy_name("Cache Purge");
    let group = okta.new_group(&name, &[]);
    assert_eq!(reach(&mut browser, &list), told("1", "0"));
    let person = okta.new_user("maria@corp.example");
    let add = json!([{ "op": "Add", "path": "members", "value": [{ "value": person }] }]);
    okta.patch_group(&group, &add);
    assert_eq!(reach(&mut browser, &list), told("1", "1"));
    browser.open(&role).says("maria@corp.example");
    assert_eq!(browser.page.link(&name), at(&app, "/migrate"));
}

#[test]
fn the_role_that_everybody_gets_counts_everybody_who_is_active() {
    let (app, mut browser) = app();
    let list = at(&app, "/roles?q=minimal+account");
    let mut people = || -> usize {
        let (_, people) = reach(&mut browser, &list);
        people.parse().expect("a number")
    };
    let before = people();
    let okta = app.provider(ProviderKind::Okta);
    let new = okta.new_users("ada", 3);
    assert_eq!(people(), before + 3);
    let inactive = json!([{ "op": "replace", "value": { "active": false } }]);
    okta.patch_user(&new[0], &inactive);
    assert_eq!(people(), before + 2);
}

/// Who leaves stays in the groups, and so many are not looked through each time the list is opened.
#[test]
fn of_a_group_of_which_most_have_left_the_least_is_told() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = app.people(1_003);
    let group = okta.new_group("Everybody who was ever here", &people);
    browser.open(&at(&app, &format!("/groups/{group}")));
    browser.tick("Cache Purge").press("Show preview");
    browser.press("Save policy").says("Added the policy");
    let list = at(&app, "/roles?q=cache+purge");
    let told = |people: &str| ("1".to_owned(), people.to_owned());
    assert_eq!(reach(&mut browser, &list), told("at least 100"));
    app.write(move |tx| {
        for id in &people[2..1_000] {
            let which = MemberRef::Id(id.parse().expect("an id"));
            deactivate(tx, &which)?;
        }
        Ok(())
    });
    // The newest first.
    assert_eq!(reach(&mut browser, &list), told("at least 3"));
}
