//! What is left to do after an undo, and what runs that ended tell.

use provost::domain::catalogue;
use provost::domain::policy::NewPolicy;
use provost::domain::reason::Reason;
use provost::domain::reference::GroupRef;
use serde_json::json;

use super::World;
use crate::console::at;
use crate::harness::fixtures::values;

const NEW: &str = "DNS Editors";
const LEFT: &str = "The connection \"okta\" sent the new name \"DNS Editors\" before the undo";

impl World {
    fn call_dns(&self, name: &str) -> crate::harness::client::Answer {
        let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
        self.okta.patch_group(&self.dns, &body)
    }

    /// The group beside that of DNS: its new name, its old one, and its id at the provider.
    fn other(&self) -> (String, String, String) {
        let sql = "SELECT new_name, old_name, scim_id FROM legacy_migration_groups
                   WHERE scim_id <> ?1";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let found = self.app.sql().query_row(sql, [&self.dns], read);
        found.expect("the other group")
    }
}

#[test]
fn a_provider_that_sends_the_new_name_after_an_undo_is_told_the_way_out() {
    let mut world = World::new();
    let run = world.convert();
    assert!(matches!(world.call_dns(NEW).status, 200 | 204));
    let add = json!([{ "op": "Add", "path": "members", "value": values(&world.people[2..]) }]);
    world.okta.patch_group(&world.dns, &add);
    let page = world.browser.open(&format!("{run}/undo"));
    page.says("already, which is refused from then on");
    world.browser.press("Undo 2 groups").says("Undid 2 groups");
    // The page of the run goes on saying what the question said.
    let page = &world.browser.page;
    page.says(LEFT)
        .says("What is left to do at providers, and what was not put back, is told below")
        .says("1 person came into the group between the conversion and the undo");
    assert_eq!(page.link("Plan the migration again"), world.at);
    let detail = world.call_dns(NEW).refused(400, "mutability");
    let old = world.app.legacy_name("DNS");
    assert!(
        detail.contains("was undone") && detail.contains(&old),
        "{detail}"
    );
    assert!(!detail.contains("provost"), "{detail}");
    let row = world.app.last_logged();
    assert_eq!(row.reason, Some(Reason::LegacyPutBack));
    let fix = "Give the group its old name back in the provider, or convert it again here.";
    for path in [String::new(), format!("/log/{}", row.seq)] {
        let page = world.browser.open(&at(&world.app, &path));
        page.says(fix);
        let text = page.text();
        assert!(!text.contains("Remove the mapping"), "{text}");
        assert!(!text.contains("provost legacy"), "{text}");
        assert_eq!(page.link("Legacy migration"), world.at);
    }
    world.browser.open(&run).says(LEFT);
    // Once it is called as before, nothing is asked of the provider.
    assert!(matches!(world.call_dns(&old).status, 200 | 204));
    let text = world.browser.open(&run).text();
    assert!(!text.contains(LEFT), "{text}");
    // A name that no migration gave is another matter.
    let detail = world.call_dns("Name servers").refused(400, "mutability");
    assert!(detail.contains("turn off renaming"), "{detail}");
    let row = format!("/log/{}", world.app.last_logged().seq);
    let page = world.browser.open(&at(&world.app, &row));
    page.says("turn renaming off there");
    assert!(
        !page.text().contains("Remove the mapping"),
        "{}",
        page.text()
    );
}

/// Also of a group that is none of a role, and may be called anything.
#[test]
fn a_provider_that_sends_the_old_name_again_has_nothing_left_to_do() {
    let mut world = World::new();
    let run = world.convert();
    let (new, old, id) = world.other();
    let call = |world: &World, name: &str| {
        let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
        assert!(matches!(
            world.okta.patch_group(&id, &body).status,
            200 | 204
        ));
    };
    call(&world, &new);
    world.browser.open(&format!("{run}/undo"));
    world.browser.press("Undo 2 groups").says("Undid 2 groups");
    let left = "gives it to the group again with its next push";
    let nothing = "for it grants nothing by either name";
    world.browser.page.says(left).says(nothing);
    let group = GroupRef::Named(old.clone());
    let dns = catalogue::role_by_name("DNS").expect("a role");
    let policies = [NewPolicy::allow(dns.permission_group)];
    world
        .app
        .write(move |tx| provost::app::policies::set_of_group(tx, &group, &policies).map(drop));
    let page = world.browser.open(&run);
    page.says(left)
        .says("for it keeps its policies by either name");
    assert!(!page.text().contains(nothing), "{}", page.text());
    // Mended at the provider.
    call(&world, &old);
    let text = world.browser.open(&run).text();
    assert!(!text.contains(left), "{text}");
}

/// What was deleted is not made again, and is no reason for the rest to wait.
#[test]
fn groups_that_were_deleted_keep_no_migration_from_its_undo() {
    let mut world = World::new();
    let run = world.convert();
    world.okta.delete(&format!("/Groups/{}", world.dns)).is(204);
    let page = world.browser.open(&format!("{run}/undo"));
    page.says("1 group gets its old name back")
        .says("was deleted since, and is not made again");
    for word in ["Undo the others alone", "can’t be undone"] {
        assert!(!page.text().contains(word), "{word}: {}", page.text());
    }
    world.browser.press("Undo 1 group").says("Undid 1 group");
    let page = &world.browser.page;
    page.says("This migration was undone")
        .says("2 groups became user groups, with 3 people. 1 group was put back later.")
        .says("The groups that are still there got their old names and policies back.")
        .says("One group was deleted before the undo, and is not made again.")
        .says("Deleted since");
    assert!(!page.text().contains("Undo the rest"), "{}", page.text());
    let page = world.browser.open(&format!("{}/mapping", world.at));
    assert!(!page.text().contains("can be undone"), "{}", page.text());
    let page = world.browser.open(&world.at);
    page.says("2 groups converted, 1 of them undone");
}

#[test]
fn a_migration_of_which_no_group_is_left_is_marked_as_undone() {
    let mut world = World::new();
    let run = world.convert();
    let (.., other) = world.other();
    for id in [&world.dns, &other] {
        world.okta.delete(&format!("/Groups/{id}")).is(204);
    }
    world.browser.open(&run).says("2 groups were deleted since");
    world
        .browser
        .follow("Mark as undone")
        .says("No group is left to put back")
        .says("Nobody’s access changes");
    let text = world.browser.page.text();
    assert!(!text.contains("until that is mended"), "{text}");
    world
        .browser
        .press("Mark as undone")
        .says("This migration was undone")
        .says("2 groups were deleted before the undo, and are not made again.")
        .says("2 groups became user groups, with 3 people.");
    let text = world.browser.page.text();
    for word in ["put back", "Mark as undone", "got their old names"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    let overview = format!("/a/{}", world.app.account.id);
    let page = world.browser.open(&format!("{overview}/audit"));
    page.says("2 groups had been deleted");
    // Nothing is left of it to be asked.
    world
        .browser
        .open(&format!("{run}/undo"))
        .says("Nothing is left to undo.");
}

#[test]
fn a_run_that_was_closed_before_that_was_written_down_says_so() {
    let mut world = World::new();
    let run = world.convert();
    world.browser.open(&format!("{run}/close"));
    world
        .browser
        .tick("Close it all the same")
        .press("Close the migration")
        .says("had not sent the new name at the close");
    // As an earlier version left it.
    let sql = "UPDATE legacy_migration_groups SET at_close = '[]';
               UPDATE schema_migrations SET applied_ms = 9000000000000 WHERE version = 13";
    world.app.sql().execute_batch(sql).expect("an older run");
    let page = world.browser.open(&run);
    page.says("Not recorded")
        .says("What providers had sent was not recorded when it was closed");
    let text = page.text();
    assert!(!text.contains("No provider pushes it"), "{text}");
    assert!(!text.contains("Done"), "{text}");
}

/// A legacy group has no page of its own before it is converted.
#[test]
fn a_members_legacy_group_leads_to_the_migration() {
    let mut world = World::new();
    let overview = format!("/a/{}", world.app.account.id);
    world.browser.open(&format!("{overview}/members"));
    world.browser.follow("person0@corp.example");
    let member = world.browser.page.path.clone();
    let page = world.browser.open(&format!("{member}/groups"));
    page.says("Grants by its name");
    let name = world.app.legacy_name("DNS");
    world.browser.follow(&name).is(200, &world.at);
    // Where it is a user group for a while, the address of its page stays good.
    let run = world.convert();
    let group = world.browser.page.link("DNS Editors");
    world.browser.open(&group).is(200, &group);
    world.browser.open(&format!("{run}/undo"));
    world.browser.press("Undo 2 groups");
    world.browser.open(&group).is(200, &world.at);
    let groups = format!("{overview}/groups");
    let gone = format!("{groups}/{}", "0".repeat(32));
    world.browser.open(&gone).is(404, &gone);
}
