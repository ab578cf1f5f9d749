//! Groups that were renamed after their conversion: what they are called now is what is left to do.

use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::{Browser, Page, World};
use crate::console::at;
use crate::harness::client::Client;
use crate::harness::fixtures::group;

/// What was planned, and what it is called now.
const PLANNED: &str = "DNS Editors";
const NOW: &str = "Name servers";
const TAKEN: &str = "“DNS Editors”, as was planned, belongs to another group now";

#[track_caller]
fn call(client: &Client, id: &str, name: &str) {
    let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
    let answer = client.patch_group(id, &body);
    assert!(matches!(answer.status, 200 | 204), "{}", answer.text());
}

/// What the card of that provider says.
fn card<'p>(page: &'p Page, title: &str) -> &'p str {
    let mut cards = page.html.split("<section class=\"card\"");
    let heading = format!(">{title}</h2>");
    cards
        .find(|card| card.contains(&heading))
        .unwrap_or_default()
}

/// Converts both groups, and lets another provider rename that of DNS.
#[track_caller]
fn renamed(world: &mut World) -> (String, Client) {
    let run = world.convert();
    let entra = world.app.provider(ProviderKind::Entra);
    call(&entra, &world.dns, NOW);
    // The first one goes on pushing under the old name.
    world.push();
    (run, entra)
}

#[test]
fn a_group_that_another_provider_renamed_is_recommended_by_the_name_it_has() {
    let mut world = World::new();
    let (run, entra) = renamed(&mut world);
    let page = world.browser.open(&run);
    let then = card(page, "Then, at okta");
    assert!(then.contains(NOW) && !then.contains(PLANNED), "{then}");
    // Somebody else may have the planned name by then.
    let other = entra.new_group(PLANNED, &[]);
    let page = world.browser.open(&run);
    let then = card(page, "Then, at okta");
    let copied = format!(">{PLANNED}<");
    assert!(then.contains(NOW) && !then.contains(&copied), "{then}");
    let theirs = page.link(TAKEN);
    world.browser.open(&theirs).says(&other);
    let page = world.browser.open(&format!("{run}/close"));
    page.says(NOW);
    assert_eq!(page.link(TAKEN), theirs);
    let refusal = world.browser.press("Close the migration");
    refusal.says("\"Name servers\" (okta)");
    // Once that provider sends what the group is called, nothing is left to be done of it.
    call(&world.okta, &world.dns, NOW);
    let page = world.browser.open(&run);
    let then = card(page, "Then, at okta");
    assert!(!then.is_empty() && !then.contains(NOW), "{then}");
}

#[test]
fn every_door_tells_the_name_that_a_renamed_group_has() {
    let mut world = World::new();
    let (run, entra) = renamed(&mut world);
    entra.new_group(PLANNED, &[]);
    let id = run.rsplit('/').next().unwrap_or_default();
    let api = world.app.api();
    let found = api.get(&api.at(&format!("/legacy_groups/runs/{id}/verification")));
    let groups = found.result()["groups"].clone();
    let groups = groups.as_array().expect("groups");
    let dns = groups.iter().find(|group| group["new_name"] == PLANNED);
    let dns = dns.expect("the group of DNS");
    assert_eq!(dns["name"], NOW);
    assert!(dns["other"].is_string(), "{dns}");
    let rest: Vec<_> = groups.iter().filter(|group| *group != dns).collect();
    assert!(
        rest.iter().all(|group| group["other"].is_null()),
        "{rest:?}"
    );
    let closed = api.post(
        &api.at(&format!("/legacy_groups/runs/{id}/close")),
        &json!({}),
    );
    let told = closed.is(409).text();
    assert!(told.contains(NOW) && !told.contains(PLANNED), "{told}");
    let anyway = json!({ "anyway": true });
    let closed = api.post(&api.at(&format!("/legacy_groups/runs/{id}/close")), &anyway);
    let left = closed.result()["without_new_name"].clone();
    let left = left.as_array().expect("groups");
    let dns_left = left.iter().find(|one| one["name"] == NOW);
    assert!(
        dns_left.is_some_and(|one| one["other"] == dns["other"]),
        "{left:?}"
    );
}

/// Of two that gave the group another name, which of them sent the present one is not kept.
#[test]
fn of_two_providers_that_renamed_a_group_neither_is_said_to_send_its_name() {
    let mut world = World::new();
    let entra = world.app.provider(ProviderKind::Entra);
    let old = world.app.legacy_name("DNS");
    // It pushes the group too.
    entra.post("/Groups", &group(&old, &[])).is(409);
    call(&entra, &world.dns, &old);
    let run = world.convert();
    call(&entra, &world.dns, NOW);
    call(&world.okta, &world.dns, PLANNED);
    let page = world.browser.open(&run);
    page.says("no longer sends the old name");
    assert!(
        !page.text().contains("sends the new name"),
        "{}",
        page.text()
    );
    let undo = format!("{run}/undo");
    let page = world.browser.open(&undo);
    page.says("\"entra\" no longer sends the old name of \"DNS Editors\"");
    // Where another group has the planned name, that is what keeps this one from being undone.
    call(&world.okta, &world.dns, NOW);
    world
        .browser
        .open(&undo)
        .says("give it its name back first");
    entra.new_group(PLANNED, &[]);
    world
        .browser
        .open(&undo)
        .says("another group is called \"DNS Editors\" now; rename that one first");
}

/// Which group it was, and where the log tells the rest.
#[test]
fn what_was_refused_since_names_the_group_and_leads_to_the_log() {
    let mut world = World::new();
    let run = world.convert();
    world.okta.new_group("Taken", &[]);
    let body = json!([{ "op": "replace", "path": "displayName", "value": "Taken" }]);
    world.okta.patch_group(&world.dns, &body).is(409);
    let row = at(&world.app, &format!("/log/{}", world.app.last_logged().seq));
    let page = world.browser.open(&run);
    let refused = card(page, "Refused since").to_owned();
    assert!(refused.contains(&format!("href=\"{row}\"")), "{refused}");
    assert!(refused.contains(PLANNED), "{refused}");
    world.browser.open(&row).says("Taken");
}

/// What an undo made of the groups is nothing that stands at the providers.
#[test]
fn the_groups_of_an_undone_migration_are_not_told_of_as_at_the_providers() {
    let mut world = World::new();
    let run = world.convert();
    let title = title_of(world.browser.open(&run));
    let page = world.browser.open(&format!("{run}/undo"));
    assert_eq!(page.link(&title), run, "the crumb is the page's title");
    world.browser.press("Undo 2 groups").says("Undid 2 groups");
    let page = world.browser.open(&run);
    page.says("What became of it")
        .says("Was put back as it was before");
    assert!(!page.text().contains("At the providers"), "{}", page.text());
}

fn title_of(page: &Page) -> String {
    let title = page.html.split("<h1").nth(1).unwrap_or_default();
    let title = title.split('<').next().unwrap_or_default();
    let title = title.split_once('>').map_or(title, |(_, rest)| rest);
    title.trim().to_owned()
}

#[test]
fn the_bar_of_a_plan_with_a_conflict_leads_to_it() {
    let mut world = World::new();
    world.okta.post("/Groups", &group("Crew", &[])).is(201);
    world.decide("A group with no policy");
    let id = conflict(&mut world.browser);
    let page = &world.browser.page;
    assert!(page.html.contains(&format!("id=\"{id}\"")), "{id}");
}

/// Gives a group a name that is taken; the field that the bar leads to.
fn conflict(browser: &mut Browser) -> String {
    browser
        .fill("New group name", "Crew")
        .press("Update the plan")
        .says("Solve one conflict first.");
    let to = browser.page.link("Go to the conflict");
    let (_, id) = to.split_once('#').expect("a place on the page");
    id.to_owned()
}
