//! Plans and migrations that went on elsewhere: in another window, by another operator, at the
//! provider.

use provost::app;
use provost::domain::connection::ProviderKind;
use serde_json::{Value, json};

use super::World;
use crate::console::SUPER;
use crate::harness::fixtures::group;

const KEPT: &str = "Your decisions are kept, as of";
const MOVED: &str = "Nothing was converted: the plan is another one now";

/// Nothing of it is lost without a reason.
#[track_caller]
fn is_kept(page: &super::Page) {
    page.says(KEPT);
    let text = page.text();
    assert!(!text.contains("could not be kept"), "{text}");
}

/// Somebody else converts the group of DNS alone, at another door.
#[track_caller]
fn converted_elsewhere(world: &World, other: &str) {
    let api = world.app.api();
    let at = api.at("/legacy_groups");
    let name = world.app.legacy_name(crate::console::HOSTILE);
    let options = json!({ "decisions": [{ "group": name, "choice": other }] });
    let plan = api.post(&format!("{at}/plan"), &options).result();
    let asked = json!({
        "id": plan["id"], "fingerprint": plan["fingerprint"], "options": plan["options"],
    });
    api.post(&format!("{at}/convert"), &asked).is(200);
}

#[test]
fn decisions_stay_when_others_convert_first() {
    let mut world = World::new();
    world.decide("A group with no policy").says("2 ready");
    world
        .browser
        .press("Convert 2 groups")
        .says("Convert 2 groups?");
    converted_elsewhere(&world, "skip");
    let page = world.browser.press("Convert 2 groups");
    assert_eq!(page.status, 409, "{}", page.text());
    page.says(MOVED).says("Changed since you looked");
    is_kept(page);
    let page = world.browser.open(&world.at);
    is_kept(page);
    page.says("1 ready");
}

#[test]
fn a_plan_of_which_nothing_is_left_says_so_and_where_it_went() {
    let (app, mut browser) = crate::console::app();
    let okta = app.provider(ProviderKind::Okta);
    app.set_reserved_prefix("");
    app.legacy_on(false);
    okta.new_group(&app.legacy_name("DNS"), &[]);
    let at = format!("/a/{}/migrate", app.account.id);
    browser.open(&at);
    browser.press("Convert 1 group").says("Convert 1 group?");
    let mut other = app.signed_in(SUPER);
    other.open(&at);
    other.press("Convert 1 group").says("Convert 1 group?");
    other.press("Convert 1 group").says("Converted 1 group");
    let page = browser.press("Convert 1 group");
    assert_eq!(page.status, 409, "{}", page.text());
    page.says(MOVED)
        .says("Nothing is left that could be converted: look at the latest migration below");
    let text = page.text();
    assert!(!text.contains("could not be kept"), "{text}");
    assert_eq!(page.link("1 group converted"), other.page.path);
}

#[test]
fn decisions_about_groups_that_were_converted_or_deleted_name_them() {
    let mut world = World::new();
    world.decide("A group with no policy").says("2 ready");
    world
        .browser
        .press("Convert 2 groups")
        .says("Convert 2 groups?");
    converted_elsewhere(&world, "rename_only");
    let gone = gone_of(&world);
    let page = world.browser.press("Convert 2 groups");
    assert!(matches!(page.status, 409 | 422), "{}", page.text());
    page.says(&gone).says("See the latest migration");
    let text = page.text();
    assert!(!text.contains("There is no legacy group"), "{text}");
    is_kept(page);

    // The same where it was decided of in the form alone.
    let mut world = World::new();
    world.browser.open(&world.at);
    let sql = "SELECT scim_id FROM groups WHERE name = ?1";
    let old = world.app.legacy_name(crate::console::HOSTILE);
    let id: String = world
        .app
        .sql()
        .query_row(sql, [&old], |row| row.get(0))
        .expect("the other group");
    world.browser.tick("Leave it out");
    world.okta.delete(&format!("/Groups/{id}")).is(204);
    let gone = gone_of(&world);
    let page = world.browser.press("Apply the decisions");
    page.says("The plan is another one now").says(&gone);
    is_kept(page);
}

fn gone_of(world: &World) -> String {
    format!("so what you decided of it is left out: {}.", world.short())
}

#[test]
fn a_group_that_arrives_meanwhile_is_told_and_takes_no_decision_away() {
    let mut world = World::new();
    world.decide("A group with no policy").says("2 ready");
    world
        .browser
        .press("Convert 2 groups")
        .says("Convert 2 groups?");
    let billing = world.app.legacy_name("Billing");
    world.okta.new_group(&billing, &world.people[..1]);
    let page = world.browser.press("Convert 2 groups");
    assert_eq!(page.status, 409, "{}", page.text());
    page.says(MOVED).says("the groups or their names");
    is_kept(page);
    page.says("3 ready");
}

/// Two windows of one operator: what was sent first is not lost by what is sent later.
#[test]
fn what_another_window_decided_is_filled_in_and_told() {
    let mut world = World::new();
    let mut late = world.app.signed_in(SUPER);
    late.open(&world.at).says("1 needs a decision");
    world.decide("Leave it out").says("1 ready, 1 left out");
    let page = late
        .fill("Pattern for new names", "{role} crew")
        .press("Update the plan");
    page.says("1 ready, 1 left out")
        .says("was decided of on another page since this form was opened")
        .says(&world.short());
    is_kept(page);
    let page = world.browser.open(&world.at);
    page.says("1 ready, 1 left out").says("DNS crew");
    // A form that was filled in with them may take them back.
    let page = world
        .browser
        .tick("A group with no policy")
        .press("Apply the decisions");
    page.says("2 ready");
    let text = page.text();
    assert!(!text.contains("another page since"), "{text}");
}

fn call(world: &World, name: &str) -> crate::harness::client::Answer {
    let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
    world.okta.patch_group(&world.dns, &body)
}

#[track_caller]
fn verified(world: &World, run: &str) -> Value {
    let api = world.app.api();
    let id = run.rsplit('/').next().unwrap_or_default();
    let found = api.get(&api.at(&format!("/legacy_groups/runs/{id}/verification")));
    found.result().clone()
}

#[test]
fn a_provider_that_follows_after_the_close_is_told_as_it_is_now() {
    let mut world = World::new();
    let run = world.convert();
    world.browser.open(&format!("{run}/close"));
    world
        .browser
        .tick("Close it all the same")
        .press("Close the migration")
        .says("Not renamed")
        .says("0 of 2 pushed since")
        .says("2 groups did not have their new names at their providers when this was closed")
        .says("Then, at okta");
    // The old name is refused, for the group and for one to be made by it.
    let old = world.app.legacy_name("DNS");
    call(&world, &old).refused(400, "invalidValue");
    assert!(world.okta.post("/Groups", &group(&old, &[])).status >= 400);
    assert_eq!(verified(&world, &run)["verified"], false);
    world
        .browser
        .open(&run)
        .says("had not sent the new name at the close");
    assert!(matches!(call(&world, "DNS Editors").status, 200 | 204));
    let page = world.browser.open(&run);
    page.says("sent the new name after the close")
        .says("1 of 2 pushed since")
        .says("This migration is closed")
        .says("One group did not have its new name at its provider when this was closed");
    let found = verified(&world, &run);
    assert_eq!(found["verified"], true, "{found}");
    let groups = found["groups"].as_array().expect("groups");
    let dns = groups.iter().find(|one| one["new_name"] == "DNS Editors");
    let told = &dns.expect("the group of DNS")["connections"][0];
    assert_eq!(told["confirmed"], true, "{found}");
    assert!(told["new_name_sent_on"].is_string(), "{found}");
    // How far the other one was stays.
    page_of_other(&mut world, &run);
}

/// The provider tried again, as it does.
#[test]
fn what_a_pause_refused_is_settled_once_it_is_accepted() {
    let mut world = World::new();
    let run = world.convert();
    world
        .app
        .write(|tx| app::connections::pause(tx, "okta").map(drop));
    call(&world, "DNS Editors").refused(503, "");
    let refused = "One push to these groups was refused since";
    world.browser.open(&run).says(refused);
    world
        .app
        .write(|tx| app::connections::resume(tx, "okta").map(drop));
    assert!(matches!(call(&world, "DNS Editors").status, 200 | 204));
    let text = world.browser.open(&run).text();
    assert!(!text.contains("refused since"), "{text}");
}

/// What was changed afterwards is not what was planned.
#[test]
fn access_that_changed_since_is_not_told_as_it_was_planned() {
    let mut world = World::new();
    let run = world.convert();
    let planned = "Access is as planned";
    world.browser.open(&run).says(planned);
    world.okta.delete(&format!("/Groups/{}", world.dns)).is(204);
    let page = world.browser.open(&run);
    page.says("2 people have other access since, by what was changed afterwards");
    assert!(!page.text().contains(planned), "{}", page.text());
}

#[track_caller]
fn page_of_other(world: &mut World, run: &str) {
    let page = world.browser.open(run);
    page.says("Not renamed")
        .says("had not sent the new name at the close");
}

/// While the mapping is off, what granted by it can't be put back.
#[test]
fn the_mapping_says_that_a_migration_waits_for_it_to_be_undone() {
    let mut world = World::new();
    let waits = "1 migration can be undone. While the mapping is off";
    let mapping = format!("{}/mapping", world.at);
    let text = world.browser.open(&mapping).text();
    assert!(!text.contains(waits), "{text}");
    let run = world.convert();
    let text = world.browser.open(&world.at).text();
    assert!(!text.contains(waits), "{text}");
    world.browser.open(&mapping).says(waits);
    world
        .browser
        .press("Switch the mapping off")
        .says("Switched the legacy mapping off")
        .says(waits);
    let page = world.browser.open(&format!("{run}/undo"));
    page.says("the mapping was switched off since");
    assert_eq!(page.all("h1").len(), 1);
}

/// What is left out gets no name, and what clashes is no name to be copied.
#[test]
fn a_plan_offers_no_name_that_is_not_given() {
    let (app, mut browser) = crate::console::app();
    let okta = app.provider(ProviderKind::Okta);
    app.legacy_on(false);
    okta.new_group(&app.legacy_name("DNS"), &[]);
    okta.new_group("Taken", &[]);
    let at = format!("/a/{}/migrate", app.account.id);
    let page = browser.open(&at);
    page.says("New names");
    assert_eq!(page.link("Go to the conversion"), "#commit");
    let page = browser
        .fill("New group name", "Taken")
        .press("Update the plan");
    page.says("1 conflict");
    assert!(!page.html.contains("new-names"), "{}", page.text());
    let page = browser
        .fill("What it becomes", "skip")
        .press("Update the plan");
    page.says("Counts only if the group is converted: it is left out.");
}
