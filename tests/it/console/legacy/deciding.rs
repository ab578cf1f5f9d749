//! What the plan's form says of names that are taken and of decisions that are not there.

use provost::domain::connection::ProviderKind;

use super::World;
use crate::console::{app, at};
use crate::harness::browserless::Page;

#[test]
fn a_name_that_got_a_number_says_whose_it_is() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let other = okta.new_group("DNS Editors", &[]);
    app.legacy_on(false);
    okta.new_group(&app.legacy_name("DNS"), &[]);
    let migrate = at(&app, "/migrate");
    let page = browser.open(&migrate);
    page.says("DNS Editors 2")
        .says("“DNS Editors” is taken")
        .says("There is a user group “DNS Editors” already, so this one got a number.");
    let group = page.link("See DNS Editors");
    browser.open(&group).says("DNS Editors").says(&other);
    browser.open(&migrate);
    let page = browser
        .fill("New group name", "DNS Editors")
        .press("Update the plan");
    page.says("1 conflict")
        .says("already, that the connection \"okta\" pushes, there since")
        .says("which grants nothing; choose another name");
    assert_eq!(page.link("See DNS Editors"), group);
    let page = browser
        .fill("New group name", "Name  servers")
        .press("Update the plan");
    page.says("two spaces in a row").says("1 conflict");
    browser
        .fill("New group name", "Name servers")
        .press("Update the plan");
    let page = &browser.page;
    page.says("1 ready");
    assert!(
        !page.text().contains("Editors” is taken"),
        "{}",
        page.text()
    );
}

/// A group with a conflict is compared as it was decided.
#[test]
fn a_conflict_is_not_said_to_be_compared_as_it_stays() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 1);
    okta.new_group("DNS Editors", &[]);
    app.set_reserved_prefix("");
    okta.new_group(&app.legacy_name("Nonsense"), &people);
    app.legacy_on(false);
    let stays = "1 group waits for a decision, and is compared as it stays.";
    browser.open(&at(&app, "/migrate")).says(stays);
    let id = app.account.id.to_string();
    let label = format!("Another role, by its name for CF-{}… - Nonsense", &id[..8]);
    browser
        .tick("Map to another role")
        .fill(&label, "DNS")
        .press("Apply the decisions");
    let page = browser
        .fill("New group name", "DNS Editors")
        .press("Update the plan");
    page.says("1 conflict")
        .says("By this plan 1 person gains access")
        .says("1 group has a conflict: nothing is converted until that is settled.");
    assert!(!page.text().contains("compared as"), "{}", page.text());
}

#[test]
fn rows_stay_open_and_what_waits_for_a_decision_always_is() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    app.set_reserved_prefix("");
    for role in ["Nonsense", "Other nonsense"] {
        okta.new_group(&app.legacy_name(role), &[]);
    }
    app.legacy_on(false);
    okta.new_group(&app.legacy_name("DNS"), &[]);
    let open = |page: &Page| {
        page.html
            .matches("<details class=\"plan-row\" open>")
            .count()
    };
    let page = browser.open(&at(&app, "/migrate"));
    page.says("1 ready, 2 need a decision");
    assert_eq!(open(page), 2, "what waits");
    assert_eq!(open(browser.press("Expand all")), 3);
    let page = browser.tick("Leave it out").press("Update the plan");
    page.says("The plan is updated").says("Collapse all");
    assert_eq!(open(page), 3, "they stay open");
    browser.press("See the comparison");
    assert_eq!(
        open(browser.press("Back to the plan")),
        3,
        "by the way back"
    );
    assert_eq!(open(browser.press("Collapse all")), 2);
    assert_eq!(open(browser.press("Update the plan")), 2);
}

#[test]
fn decisions_that_are_not_there_are_asked_for_group_by_group() {
    let mut world = World::new();
    world.browser.open(&world.at);
    let short = world.short();
    let page = world.browser.press("Apply the decisions");
    assert_eq!(page.status, 422, "{}", page.text());
    page.says("One group has no decision yet")
        .says(&format!("Choose what {short} should become."));
    let page = world
        .browser
        .tick("Map to another role")
        .press("Apply the decisions");
    assert_eq!(page.status, 422, "{}", page.text());
    page.says(&format!("Enter the name of the role for {short}"));
    // An update of the plan decides of nothing, and asks for nothing.
    world.browser.open(&world.at);
    let page = world.browser.press("Update the plan");
    assert_eq!(page.status, 200, "{}", page.text());
    page.says("The plan is updated").says("1 needs a decision");
}

#[test]
fn what_a_name_grants_is_explained_by_that_name() {
    let mut world = World::new();
    let page = world.browser.open(&format!("{}/mapping", world.at));
    // The mapping is on; the account's own names are shown where more is offered.
    assert!(!page.html.contains("&#60;account"), "{}", page.text());
    let offer = format!("{}/mapping?to=on", world.at);
    let super_administrator = world.app.legacy_name("Super Administrator");
    world.browser.open(&offer).says(&super_administrator);
    let explain = at(
        &world.app,
        "/explain?ask=why&member=person0%40corp.example&role=DNS",
    );
    let page = world.browser.open(&explain);
    page.says("Granted by the group’s name");
    assert!(!page.text().contains("Policy …"), "{}", page.text());
    assert!(!page.html.contains("/groups/"), "it has no page");
}

#[test]
fn a_converted_group_is_found_by_the_id_that_its_provider_knows() {
    let mut world = World::new();
    world.convert();
    let (sent, own) = (world.dns.clone(), world.group());
    assert_ne!(sent, own);
    let page = at(&world.app, &format!("/groups/{own}"));
    let known = at(&world.app, &format!("/groups/{sent}"));
    world.browser.open(&known).is(200, &page);
    let other = at(&world.app, "/groups/cloudflare-v1-none");
    world.browser.open(&other).is(404, &other);
}
