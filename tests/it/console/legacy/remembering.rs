//! What was decided of a plan and not carried out.

use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::World;
use super::from_file::made_from_file;
use crate::console::{HOSTILE, READS, app, at};

const KEPT: &str = "Your decisions are kept, as of";

fn kept(world: &World) -> i64 {
    let sql = "SELECT count(*) FROM legacy_plan_decisions";
    let found = world.app.sql().query_row(sql, [], |row| row.get(0));
    found.expect("a count")
}

#[test]
fn decisions_are_there_again_when_the_plan_is_opened() {
    let mut world = World::new();
    world.decide("Leave it out").says("1 ready, 1 left out");
    let page = world.browser.open(&world.at);
    page.says("1 ready, 1 left out").says(KEPT);
    // So is what was sent on the way to another page.
    world
        .browser
        .tick("A group with no policy")
        .press("See the comparison");
    let page = world.browser.open(&world.at);
    page.says("2 ready").says(KEPT);
    // They are nobody else's.
    let role = Some(catalogue::ADMINISTRATOR_READ_ONLY);
    world.app.operator(READS, role);
    let mut reader = world.app.signed_in(READS);
    reader.open(&world.at).says("1 ready, 1 needs a decision");
    assert!(!reader.page.text().contains(KEPT), "{}", reader.page.text());
    // Whoever may not convert keeps theirs too, until they are removed.
    reader.tick("Leave it out").press("Apply the decisions");
    reader
        .open(&world.at)
        .says("1 ready, 1 left out")
        .says(KEPT);
    assert_eq!(kept(&world), 2);
    world
        .app
        .write(|tx| provost::app::operators::remove(tx, READS));
    assert_eq!(kept(&world), 1);
    let page = world.browser.open(&world.at);
    page.says("2 ready");
    let page = world.browser.press("Start afresh");
    page.says("The plan starts afresh")
        .says("1 ready, 1 needs a decision");
    assert!(!page.text().contains(KEPT), "{}", page.text());
    assert_eq!(kept(&world), 0);
    // Nothing was changed by any of it.
    let rows = world.app.audit().len();
    world.decide("Leave it out");
    assert_eq!(world.app.audit().len(), rows);
}

#[test]
fn decisions_go_when_they_are_carried_out_and_come_again_with_an_undo() {
    let mut world = World::new();
    world.decide("A group with no policy");
    assert_eq!(kept(&world), 1);
    let run = world.convert();
    assert_eq!(kept(&world), 0);
    world.browser.open(&format!("{run}/undo"));
    world.browser.press("Undo 2 groups");
    world.browser.open(&world.at).says(KEPT).says("2 ready");
}

/// What was left out stays decided with the conversion, and hides nothing else from the undo.
#[test]
fn a_new_name_comes_again_with_an_undo_beside_what_was_left_out() {
    let mut world = World::new();
    world.browser.open(&world.at);
    world
        .browser
        .tick("Leave it out")
        .fill_last("New group name", "Analysts of the night")
        .press("Apply the decisions");
    world.browser.press("Convert 1 group");
    let page = world.browser.press("Convert 1 group");
    page.says("Analysts of the night");
    let run = page.path.clone();
    world.browser.open(&format!("{run}/undo"));
    world.browser.press("Undo 1 group");
    let page = world.browser.open(&world.at);
    page.says(KEPT).says("1 ready, 1 left out");
    assert!(
        page.html.contains("value=\"Analysts of the night\""),
        "{}",
        page.text()
    );
}

/// Files and REST call groups by their names, and a role beside a choice; the form by their ids.
#[test]
fn what_another_door_decided_is_filled_in_and_stays_with_the_next_press() {
    let mut world = World::new();
    let (api, dns) = (world.app.api(), world.app.legacy_name("DNS"));
    let at = api.at("/legacy_groups");
    let options = json!({ "decisions": [
        { "group": dns, "choice": "convert", "role": "Billing", "new_name": "Zone people" },
        { "group": world.app.legacy_name(HOSTILE), "choice": "convert",
          "role": "Analytics", "new_name": "Analysts of the night" },
    ] });
    let plan = api.post(&format!("{at}/plan"), &options).result();
    let changed = plan["people"].as_array().into_iter().flatten();
    let changed: Vec<_> = changed.map(|one| one["id"].clone()).collect();
    let asked = json!({
        "id": plan["id"], "fingerprint": plan["fingerprint"], "options": plan["options"],
        "confirmed": changed,
    });
    let run = api.post(&format!("{at}/convert"), &asked).is(200).result();
    let id = run["id"].as_str().expect("an id").to_owned();
    world.browser.open(&format!("{}/{id}/undo", world.at));
    world.browser.press("Undo 2 groups");
    let names = |page: &crate::harness::browserless::Page| {
        for name in ["Zone people", "Analysts of the night"] {
            let value = format!("value=\"{name}\"");
            assert!(page.html.contains(&value), "{name}: {}", page.text());
        }
        page.says("2 ready").says("Allow Billing, entire account");
        page.says("Allow Analytics, entire account");
    };
    names(world.browser.open(&world.at));
    names(world.browser.press("Update the plan"));
    names(world.browser.open(&world.at));
}

/// Of more groups than a page has room for each comes to be decided, and what was decided before
/// stays so though the page no longer shows it.
#[test]
fn more_groups_than_a_page_shows_are_decided_one_page_after_the_other() {
    let (app, browser) = app();
    app.set_reserved_prefix("");
    for team in 0..101 {
        let name = app.legacy_name(&format!("Team {team}"));
        app.scim().new_group(&name, &[]);
    }
    let mut world = World::of((app, browser));
    for left_out in 1..=2 {
        world.decide("Leave it out");
        let page = world.browser.open(&world.at);
        let waits = 102 - left_out;
        page.says(&format!(
            "1 ready, {waits} need a decision, {left_out} left out"
        ));
    }
    assert_eq!(kept(&world), 1);
}

/// It is nothing that a conversion of the others carried out.
#[test]
fn what_was_left_out_stays_so_after_a_conversion() {
    let mut world = World::new();
    world.decide("Leave it out");
    world.browser.press("Convert 1 group");
    world.browser.press("Convert 1 group");
    assert_eq!(kept(&world), 1);
    let page = world.browser.open(&world.at);
    page.says("1 left out");
    let text = page.text();
    assert!(!text.contains("needs a decision"), "{text}");
}

/// They are about groups that are gone then. A file's groups are others.
#[test]
fn decisions_of_everybody_go_by_whatever_door_the_plan_is_carried_out() {
    let mut world = World::new();
    world.decide("Leave it out");
    let role = Some(catalogue::ADMINISTRATOR_READ_ONLY);
    world.app.operator(READS, role);
    let mut reader = world.app.signed_in(READS);
    reader.open(&world.at);
    reader.tick("Leave it out").press("Apply the decisions");
    made_from_file(&world.app, &["Billing"]);
    assert_eq!(kept(&world), 2);
    let (api, other) = (world.app.api(), world.app.legacy_name(HOSTILE));
    let at = api.at("/legacy_groups");
    let options = json!({ "decisions": [{ "group": other, "choice": "skip" }] });
    let plan = api.post(&format!("{at}/plan"), &options).result();
    let asked = json!({
        "id": plan["id"], "fingerprint": plan["fingerprint"], "options": plan["options"],
    });
    api.post(&format!("{at}/convert"), &asked).is(200);
    assert_eq!(kept(&world), 0);
}

/// As another version may have left them.
#[test]
fn decisions_that_can_not_be_read_are_none() {
    let mut world = World::new();
    world.decide("Leave it out").says("1 ready, 1 left out");
    let sql = r#"UPDATE legacy_plan_decisions SET options = '{"later":1}'"#;
    world.app.sql().execute_batch(sql).expect("another row");
    let page = world.browser.open(&world.at);
    page.is(200, &world.at).says("1 ready, 1 needs a decision");
    assert!(!page.text().contains(KEPT), "{}", page.text());
    world.decide("Leave it out");
    world.browser.open(&world.at).says(KEPT);
}

#[test]
fn a_pattern_that_can_not_be_taken_is_there_again_too() {
    let mut world = World::new();
    world.browser.open(&world.at);
    let page = world
        .browser
        .fill("Pattern for new names", "no place for it")
        .press("Update the plan");
    assert_eq!(page.status, 422, "{}", page.text());
    let page = world.browser.open(&world.at);
    page.is(200, &world.at).says(KEPT);
    assert!(page.html.contains("value=\"no place for it\""));
}

#[test]
fn what_no_longer_fits_is_said() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    app.set_reserved_prefix("");
    // Without the mapping, names of no role may be changed.
    let ids = ["First", "Second"].map(|role| okta.new_group(&app.legacy_name(role), &[]));
    let migrate = at(&app, "/migrate");
    browser.open(&migrate);
    let choices: Vec<String> = ids.iter().map(|id| format!("choice.{id}")).collect();
    let fields = [
        ("group", ids[0].as_str()),
        (choices[0].as_str(), "skip"),
        ("group", ids[1].as_str()),
        (choices[1].as_str(), "skip"),
    ];
    let (_, body) = browser.would_send("Update the plan");
    let token = body.split('&').find(|field| field.starts_with("csrf="));
    let mut body = vec![token.expect("a token").to_owned()];
    body.extend(fields.map(|(name, value)| format!("{name}={value}")));
    browser.post(&migrate, &body.join("&")).says("2 left out");
    let rename = |id: &str, name: &str| {
        let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
        assert!(matches!(okta.patch_group(id, &body).status, 200 | 204));
    };
    rename(&ids[0], "Analysts");
    rename(&ids[1], &app.legacy_name("Third"));
    let page = browser.open(&migrate);
    let id = &app.account.id.to_string()[..8];
    page.says("1 left out").says(KEPT).says(&format!(
        "This group is no longer in the plan, so what you decided of it is left out: CF-{id}… - \
         First."
    ));
    page.says(&format!("CF-{id}… - Second to CF-{id}… - Third"));
}
