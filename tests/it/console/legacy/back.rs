//! The ways between the plan and what is made from it, with all that was decided.

use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::World;
use crate::console::app;
use crate::harness::browserless::Browser;
use crate::harness::fixtures::group;

const NAME: &str = "Name servers";

/// The plan is open, with the new name and the role that were chosen.
#[track_caller]
fn is_as_decided(browser: &Browser, at: &str) {
    let page = browser.page.is(200, at);
    page.says("By this plan 1 person gains access");
    assert!(page.html.contains(&format!("value=\"{NAME}\"")));
    assert!(!page.text().contains("The plan is updated"), "it was not");
}

#[test]
fn the_comparison_and_the_confirmation_lead_back_to_what_was_decided() {
    let mut world = World::new();
    let at = world.at.clone();
    let label = format!("Another role, by its name for {}", world.short());
    let browser = &mut world.browser;
    browser.open(&at);
    // What is chosen in the form is compared, applied or not.
    browser
        .tick("Map to another role")
        .fill(&label, "DNS")
        .fill("New group name", NAME);
    browser
        .press("See the comparison")
        .is(200, &format!("{at}/people"))
        .says("By this plan 1 person gains access")
        .says("decisions and names in the form of the plan");
    browser.press("Back to the plan");
    is_as_decided(browser, &at);
    // By the crumb too, which is the form's.
    browser.press("2 members before and after DNS");
    browser.press("Legacy migration");
    is_as_decided(browser, &at);
    for way in ["Cancel", "Legacy migration"] {
        browser
            .press("Convert 2 groups")
            .says("Confirm each person whose access changes");
        browser.press(way);
        is_as_decided(browser, &at);
    }
}

#[test]
fn a_pattern_that_cannot_be_leaves_the_decisions_as_they_are() {
    let mut world = World::new();
    world.decide("A group with no policy");
    for button in ["See the comparison", "Update the plan"] {
        let page = world
            .browser
            .fill("Pattern for new names", "no place")
            .press(button);
        assert_eq!(page.status, 422, "{}", page.text());
        page.says("The decisions can’t be taken").says("2 ready");
        assert!(page.html.contains("value=\"no place\""), "{}", page.html);
        assert_eq!(page.html.matches("aria-invalid").count(), 1);
    }
}

#[test]
fn a_plan_that_waits_for_a_decision_is_no_good_news_yet() {
    let mut world = World::new();
    let good = "<section class=\"alert ok\"";
    let page = world.browser.open(&world.at);
    assert!(!page.html.contains(good), "{}", page.html);
    page.says("1 group waits for a decision, and is compared as it stays.");
    let page = world.decide("A group with no policy");
    assert!(page.html.contains(good), "{}", page.html);
}

/// A group that is gone takes no other's decision with it.
#[test]
fn of_a_group_that_is_gone_alone_the_decision_goes() {
    let mut world = World::new();
    world.decide("A group with no policy").says("2 ready");
    let all = world.okta.get("/Groups").is(200).json();
    let all = all["Resources"].as_array().expect("groups");
    let id = |group: &serde_json::Value| group["id"].as_str().map(str::to_owned);
    let other = all.iter().filter_map(id).find(|id| *id != world.dns);
    let other = other.expect("the group that waited");
    world.okta.delete(&format!("/Groups/{other}")).is(204);
    let page = world
        .browser
        .fill("Pattern for new names", "{role} crew")
        .press("Update the plan");
    assert_eq!(page.status, 422, "{}", page.text());
    page.says("The plan is another one now").says("1 ready");
    assert!(page.html.contains("value=\"DNS crew\""), "{}", page.text());
}

#[test]
fn what_is_wrong_with_a_decision_is_mended_in_the_plan() {
    let mut world = World::new();
    let label = format!("Another role, by its name for {}", world.short());
    let browser = &mut world.browser;
    browser.open(&world.at);
    browser
        .tick("Map to another role")
        .fill(&label, "Domain DNS")
        .fill("New group name", &"n".repeat(513));
    let page = browser.press("Apply the decisions");
    page.says("is never granted on the whole account")
        .says("The group's name is longer than 512 characters; choose another name.");
    assert!(!page.text().contains("in the provider"), "{}", page.text());
    // What has a conflict takes no part in what is compared.
    browser
        .press("See the comparison")
        .says("The plan can’t be carried out as it is");
}

/// Of a group that is made, and is there already, it is none.
#[test]
fn a_taken_name_is_a_refusal_of_the_group_that_is_given_it() {
    let mut world = World::new();
    let run = world.convert();
    world.okta.new_group("Taken", &[]);
    world.okta.post("/Groups", &group("Taken", &[])).is(409);
    let page = world.browser.open(&run);
    assert!(!page.text().contains("refused since"), "{}", page.text());
    let body = json!([{ "op": "replace", "path": "displayName", "value": "Taken" }]);
    world.okta.patch_group(&world.dns, &body).is(409);
    world
        .browser
        .open(&run)
        .says("One push to these groups was refused since");
    // It is settled by one that is accepted of the same group, and by nothing of another.
    world.okta.new_group("Elsewhere", &[]);
    world
        .browser
        .open(&run)
        .says("One push to these groups was refused since");
    let good = json!([{ "op": "replace", "path": "displayName", "value": "DNS Editors" }]);
    let sent = world.okta.patch_group(&world.dns, &good);
    assert!(matches!(sent.status, 200 | 204), "{}", sent.text());
    let page = world.browser.open(&run);
    assert!(!page.text().contains("refused since"), "{}", page.text());
    page.says("is refused");
}

/// The page of a run and the one that ends it tell the same of each provider; what the conversion
/// did is told as of then.
#[test]
fn a_run_says_the_same_on_all_of_its_pages() {
    let mut world = World::new();
    let run = world.convert();
    let none = "no accepted push since the conversion";
    world.browser.open(&run).says(none);
    let page = world.browser.open(&format!("{run}/close"));
    page.says(none)
        .says("The new names of 2 groups have not come from every provider that pushes them");
    let text = page.text();
    assert!(!text.contains("pushed under the old name"), "{text}");
    world.push();
    for path in [run.clone(), format!("{run}/close")] {
        let page = world.browser.open(&path);
        page.says("pushed under the old name").says(none);
    }
    // What is paused sends nothing.
    world
        .app
        .write(|tx| provost::app::connections::pause(tx, "okta"));
    for path in [run.clone(), format!("{run}/close")] {
        let page = world.browser.open(&path);
        page.says("okta is paused: nothing from it arrives until it is resumed.");
    }
    let page = world.browser.open(&format!("{run}/people"));
    page.says("Converted on")
        .says("all 3 people kept exactly the access they had");
    let text = page.text();
    assert!(!text.contains("have today"), "{text}");
}

#[test]
fn the_name_of_a_group_that_is_left_out_is_kept() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    app.legacy_on(false);
    okta.new_group(&app.legacy_name("DNS"), &[]);
    let at = format!("/a/{}/migrate", app.account.id);
    browser.open(&at);
    browser
        .fill("New group name", NAME)
        .fill("What it becomes", "skip")
        .press("Update the plan")
        .says("1 left out");
    let written = format!("value=\"{NAME}\"");
    assert!(browser.page.html.contains(&written), "after an update");
    browser.press("See the comparison");
    browser.press("Back to the plan");
    assert!(browser.page.html.contains(&written), "after a comparison");
    browser.fill("What it becomes", "").press("Update the plan");
    browser.page.says("1 ready").says(NAME);
    // A reload of a page that a form made leads back, and not to an error.
    browser.open(&format!("{at}/convert")).is(200, &at);
}
