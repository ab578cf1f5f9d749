//! Names that a migration gave which was undone: sent again by providers, and had by other groups.

use provost::domain::connection::ProviderKind;
use provost::domain::reason::Reason;
use serde_json::json;

use super::World;
use crate::console::{MINUTE_MS, SUPER, at, of};
use crate::harness::app::Setup;
use crate::harness::fixtures::group;

const NEW: &str = "DNS Editors";

impl World {
    /// Converts both groups and undoes it; the page of the run.
    #[track_caller]
    fn undone(&mut self) -> String {
        let run = self.convert();
        self.browser.open(&format!("{run}/undo"));
        self.browser.press("Undo 2 groups").says("Undid 2 groups");
        run
    }

    /// The same, with new names made by that pattern.
    #[track_caller]
    fn undone_as(&mut self, pattern: &str) -> String {
        self.browser.open(&self.at);
        self.browser
            .fill("Pattern for new names", pattern)
            .press("Update the plan");
        self.undone()
    }
}

#[test]
fn a_group_that_is_pushed_anew_after_an_undo_is_refused_with_the_way_out() {
    let mut world = World::new();
    let run = world.undone();
    let old = world.app.legacy_name("DNS");
    for name in [NEW, "dns editors"] {
        let pushed = world.okta.post("/Groups", &group(name, &world.people[..1]));
        let detail = pushed.refused(409, "uniqueness");
        let link = format!("link the group in the provider to \"{old}\"");
        assert!(
            detail.contains("was undone") && detail.contains(&link),
            "{detail}"
        );
    }
    let row = world.app.last_logged();
    assert_eq!(row.reason, Some(Reason::LegacyPutBack));
    let fix = "Give the group its old name back in the provider, or convert it again here.";
    for path in [String::new(), format!("/log/{}", row.seq)] {
        let page = world.browser.open(&at(&world.app, &path));
        page.says(fix);
    }
    let left = "\"okta\" has sent the new name \"DNS Editors\" since the undo, and was refused";
    world
        .browser
        .open(&run)
        .says(left)
        .says("since the undo, and was refused 2 times; link")
        .says("What is left of it is told below");
    // So it is of a provider that has never pushed the group.
    let entra = world.app.provider(ProviderKind::Entra);
    entra.post("/Groups", &group(NEW, &[])).is(409);
    let other =
        "\"entra\" has sent the new name \"DNS Editors\" since the undo, and was refused; link";
    world.browser.open(&run).says(other);
    let api = world.app.api();
    let id = run.rsplit('/').next().unwrap_or_default();
    let found = api.get(&api.at(&format!("/legacy_groups/runs/{id}/verification")));
    let kept = &found.result()["kept"];
    assert_eq!(kept.as_array().map(Vec::len), Some(2), "{kept}");
    assert_eq!(
        (&kept[0]["of_run"], &kept[0]["other"]),
        (&json!(false), &json!(null))
    );
    // It is linked to the group that is there.
    let body = json!([{ "op": "Replace", "value": { "displayName": old } }]);
    assert!(matches!(
        world.okta.patch_group(&world.dns, &body).status,
        200 | 204
    ));
    let text = world.browser.open(&run).text();
    assert!(!text.contains(left), "{text}");
    // Converting goes as it went, and what was in between was no second group.
    world.convert();
    let named = format!("displayName eq \"{NEW}\"");
    world.okta.finds("Groups", &named, &[&world.dns]);
}

/// Nothing tells that somebody who never pushed the group has given the name up.
#[test]
fn the_refusal_of_a_connection_that_never_pushed_the_group_is_told_for_a_day() {
    let mut world = World::of(of(Setup::standing_clock().spawn()));
    let run = world.undone();
    let entra = world.app.provider(ProviderKind::Entra);
    for _ in 0..2 {
        entra.post("/Groups", &group(NEW, &[])).is(409);
    }
    let left = "The connection \"entra\" has sent the new name";
    let page = world.browser.open(&run);
    page.says(left)
        .says("was refused 2 times; link the group in that provider to")
        .says("or choose another name for it there, or convert it again.");
    assert!(!page.text().contains("give it that name back"));
    world.app.pass(25 * 60 * MINUTE_MS);
    let mut later = world.app.signed_in(SUPER);
    let text = later.open(&run).text();
    assert!(!text.contains(left), "{text}");
}

/// Names are the same in any letter case of any script, and however they are composed.
#[test]
fn the_name_of_an_undone_migration_is_kept_however_it_is_written() {
    let mut world = World::new();
    world.undone_as("Équipe {role}");
    for name in ["Équipe DNS", "équipe DNS", "E\u{301}QUIPE dns"] {
        let pushed = world.okta.post("/Groups", &group(name, &[]));
        let detail = pushed.refused(409, "uniqueness");
        assert!(detail.contains("was undone"), "{name}: {detail}");
    }
    let row = world.app.last_logged();
    assert_eq!(row.reason, Some(Reason::LegacyPutBack));
}

/// Nothing tells which name was sent to a group: the newest migration of it is meant.
#[test]
fn a_name_that_is_sent_after_a_second_undo_is_told_of_that_migration_alone() {
    let mut world = World::new();
    let first = world.undone();
    let second = world.undone_as("{role} crew");
    let body = json!([{ "op": "Replace", "value": { "displayName": "DNS crew" } }]);
    let sent = world.okta.patch_group(&world.dns, &body);
    sent.refused(400, "mutability");
    let page = world.browser.open(&second);
    page.says(
        "has sent a name that a migration had given the group since the undo, and was refused",
    )
    .says("or give it that name back, or convert it again.");
    assert!(!page.text().contains("has sent the new name"));
    // What was to be made has a name, and how often that came altogether is not known.
    let again = world.okta.post("/Groups", &group("DNS crew", &[]));
    again.refused(409, "uniqueness");
    let page = world.browser.open(&second);
    page.says("has sent the new name \"DNS crew\" since the undo, and was refused; link");
    let text = world.browser.open(&first).text();
    assert!(!text.contains("since the undo, and was refused"), "{text}");
}

/// Of a group that may be called anything, the name is free once it has another one.
#[test]
fn the_name_of_an_undone_migration_is_free_once_its_group_has_another() {
    let mut world = World::new();
    world.undone();
    let sql = "SELECT new_name, scim_id FROM legacy_migration_groups WHERE scim_id <> ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found = world.app.sql().query_row(sql, [&world.dns], read);
    let (new, id): (String, String) = found.expect("the other group");
    let body = group(&new, &[]);
    world.okta.post("/Groups", &body).refused(409, "uniqueness");
    let rename = json!([{ "op": "Replace", "value": { "displayName": "Analysts" } }]);
    assert!(matches!(
        world.okta.patch_group(&id, &rename).status,
        200 | 204
    ));
    world.okta.post("/Groups", &body).is(201);
    // The form of its old name is kept for others: what it is called now is said.
    let old = world.app.legacy_name(crate::console::HOSTILE);
    let back = json!([{ "op": "Replace", "value": { "displayName": old } }]);
    let detail = world
        .okta
        .patch_group(&id, &back)
        .refused(400, "invalidValue");
    assert!(
        detail.contains("has ended: it is the user group \"Analysts\" now"),
        "{detail}"
    );
}

#[test]
fn another_group_of_the_new_name_is_told_wherever_it_stands_in_the_way() {
    let mut world = World::new();
    let run = world.undone();
    let api = world.app.api();
    let made = api.post(&api.at("/iam/user_groups"), &json!({ "name": NEW }));
    made.is(200);
    // A provider hears that the name is taken, as of any other.
    world
        .okta
        .post("/Groups", &group(NEW, &[]))
        .refused(409, "uniqueness");
    let row = world.app.last_logged();
    assert_eq!(row.reason, Some(Reason::GroupNameTaken));
    let page = world.browser.open(&run);
    page.says("There is another group \"DNS Editors\" now, that no provider pushes, there since")
        .says("which grants nothing")
        .says("choose another name for it, or rename or delete that group first");
    let other = page.link(NEW);
    world.browser.open(&other).says(NEW);
    let page = world.browser.open(&world.at);
    page.says("DNS Editors 2")
        .says("There is a user group “DNS Editors” already");
    assert_eq!(page.link("See DNS Editors"), other);
}

/// A migration that has ended asks nothing any more, and nothing else changed first.
#[test]
fn what_has_ended_leads_to_its_page() {
    let mut world = World::new();
    let run = world.convert();
    // A page that was open before.
    let mut late = world.app.signed_in(crate::console::SUPER);
    late.open(&format!("{run}/undo"));
    world.browser.open(&format!("{run}/close"));
    world
        .browser
        .tick("Close it all the same")
        .press("Close the migration")
        .says("Closed the migration");
    let page = world.browser.open(&format!("{run}/undo"));
    page.is(200, &run).says("This migration is closed");
    let page = late.press("Undo 2 groups");
    page.is(200, &run)
        .says("Nothing to do")
        .says("is closed and can't be undone");
    let mut world = World::new();
    let run = world.undone();
    let page = world.browser.open(&format!("{run}/close"));
    page.is(200, &run).says("This migration was undone");
}

#[test]
fn the_latest_changes_tell_migrations_in_sentences() {
    let mut world = World::new();
    let run = world.undone();
    let page = world.browser.open(&at(&world.app, ""));
    page.says("Legacy groups were converted: 2 groups")
        .says("A legacy migration was undone: 2 groups");
    assert_eq!(page.link("Legacy groups"), run);
    let run = world.convert();
    world.browser.open(&format!("{run}/close"));
    world
        .browser
        .tick("Close it all the same")
        .press("Close the migration");
    let page = world.browser.open(&at(&world.app, ""));
    page.says("A legacy migration was closed: 2 old names ended");
    assert_eq!(page.link("A legacy migration"), run);
}
