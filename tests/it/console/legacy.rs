//! Legacy groups at the console: found, decided, converted, followed, undone, closed.

mod anew;
mod back;
mod deciding;
mod from_file;
mod mapping;
mod overtaken;
mod refused;
mod remembering;
mod renamed;
mod undone;

use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use provost::domain::legacy::plan::Plan;
use serde_json::{Value, json};

use super::{HOSTILE, READS};
use crate::harness::app::TestApp;
use crate::harness::browserless::{Browser, Page};
use crate::harness::client::Client;

const KEEP: &str = "All 3 people keep exactly the access they have today";

/// Okta pushed two groups with legacy names: DNS's with two people, and one of no role with one.
struct World {
    app: TestApp,
    okta: Client,
    browser: Browser,
    at: String,
    dns: String,
    people: Vec<String>,
}

impl World {
    fn new() -> Self {
        Self::of(super::app())
    }

    fn of((app, browser): (TestApp, Browser)) -> Self {
        let okta = app.provider(ProviderKind::Okta);
        let people = okta.new_users("person", 3);
        // Names of no role are refused while the mapping is on, and with the prefix.
        app.set_reserved_prefix("");
        okta.new_group(&app.legacy_name(HOSTILE), &people[2..]);
        app.legacy_on(false);
        let dns = okta.new_group(&app.legacy_name("DNS"), &people[..2]);
        let at = format!("/a/{}/migrate", app.account.id);
        Self {
            app,
            okta,
            browser,
            at,
            dns,
            people,
        }
    }

    /// Decides of the group that waits.
    #[track_caller]
    fn decide(&mut self, choice: &str) -> &Page {
        self.browser.open(&self.at);
        self.browser.tick(choice).press("Apply the decisions")
    }

    /// Decides that the group that waits is one of DNS too.
    #[track_caller]
    fn as_dns(&mut self) {
        self.browser.open(&self.at);
        let label = format!("Another role, by its name for {}", self.short());
        self.browser
            .tick("Map to another role")
            .fill(&label, "DNS")
            .press("Apply the decisions");
    }

    /// Converts both, the second one without a policy.
    #[track_caller]
    fn convert(&mut self) -> String {
        self.decide("A group with no policy").says("2 ready");
        self.browser
            .press("Convert 2 groups")
            .says("Convert 2 groups?")
            .says(KEEP);
        self.browser
            .press("Convert 2 groups")
            .says("Converted 2 groups");
        self.browser.page.path.clone()
    }

    /// The name of the group that waits, as pages show it.
    fn short(&self) -> String {
        let id = self.app.account.id.to_string();
        format!("CF-{}… - {HOSTILE}", &id[..8])
    }

    /// The provider sends the DNS group again, by the name it knows.
    fn push(&self) {
        let name = self.app.legacy_name("DNS");
        let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
        self.okta.patch_group(&self.dns, &body);
    }
}

#[track_caller]
fn no_markup(page: &Page) {
    assert!(!page.html.contains("<script>alert"), "markup in a name");
    assert!(!page.html.contains("<img"), "markup in a name");
}

#[test]
fn without_legacy_groups_there_is_nothing_to_do() {
    let (app, mut browser) = super::app();
    let account = format!("/a/{}", app.account.id);
    let at = format!("{account}/migrate");
    let offered = format!("href=\"{at}\"");
    assert!(!browser.open(&account).html.contains(&offered));
    browser
        .open(&at)
        .is(200, &at)
        .says("No legacy groups")
        .says("The legacy mapping is off")
        .says("provost legacy import");
    browser
        .follow("Switch the mapping on")
        .says("Nobody’s access changes");
    browser
        .press("Switch the mapping on")
        .says("Switched the legacy mapping on")
        .says("The legacy mapping is on");
    // Offered groups are there, and none of them waits.
    let page = browser.open(&account);
    assert!(page.html.contains(&offered));
    assert!(!page.html.contains("count hot"));
    browser.open(&at);
    browser.follow("Switch the mapping off");
    browser
        .follow("Offer the group of Super Administrator too")
        .says("can then make anybody a Super Administrator");
    browser
        .press("Offer the group of Super Administrator too")
        .says("The group of Super Administrator is offered");
    let unknown = format!("{at}/0123456789abcdef0123456789abcdef");
    for path in [&unknown, &format!("{at}/0123"), &format!("{unknown}/undo")] {
        browser.open(path).is(404, path);
    }
}

#[test]
fn a_plan_is_decided_converted_followed_and_undone() {
    let mut world = World::new();
    let at = world.at.clone();
    let page = world.browser.open(&at);
    page.says("Whoever is in the groups that are ready keeps exactly the access they have today")
        .says("1 ready, 1 needs a decision")
        .says("One decision needed")
        .says("Decide about one group first")
        .says("Then, at okta")
        .says(HOSTILE);
    no_markup(page);
    assert!(page.html.contains("title=\"to convert\">2<"), "two wait");
    assert!(
        !page
            .all("button")
            .iter()
            .any(|word| word.contains("Convert"))
    );
    world.as_dns();
    world
        .browser
        .page
        .says("By this plan 1 person gains access")
        .says("gains DNS on the entire account");
    let href = world.browser.page.link("person2@corp.example");
    world.browser.open(&href).says("person2@corp.example");
    let run = world.convert();
    let page = &world.browser.page;
    page.says("2 groups became user groups, with 3 people.")
        .says("2 groups wait for their providers’ next push")
        .says("0 of 2 pushed since");
    assert_eq!(page.looks_every(), Some(15));
    // The next push, still under the old name, is noted.
    world.push();
    world
        .browser
        .open(&run)
        .says("1 of 2 pushed since")
        .says("pushed under the old name")
        .says(HOSTILE);
    no_markup(&world.browser.page);
    world.browser.follow("Pause");
    let paused = &world.browser.page;
    assert_eq!(paused.looks_every(), None);
    paused.says("Updates are paused");
    world
        .browser
        .open(&format!("{run}/undo"))
        .says("2 groups get their old names back")
        .says("Nobody’s access changes");
    no_markup(&world.browser.page);
    world
        .browser
        .press("Undo 2 groups")
        .says("Undid 2 groups")
        .says("This migration was undone")
        .says("2 groups became user groups, with 3 people, and were put back later.");
    world.browser.open(&format!("{run}/undo"));
    world.browser.page.says("Nothing is left to undo");
    world
        .browser
        .open(&at)
        .says("2 ready")
        .says("2 groups converted")
        .says("1 migration, 1 undone")
        .says("Undone");
}

#[test]
fn a_migration_is_closed_once_nobody_needs_the_old_names() {
    let mut world = World::new();
    let run = world.convert();
    world
        .browser
        .open(&format!("{run}/close"))
        .says("The new names of 2 groups have not come from every provider that pushes them");
    no_markup(&world.browser.page);
    let page = world.browser.press("Close the migration");
    assert_eq!(page.status, 422, "{}", page.text());
    page.says("The migration was not closed")
        .says("close the migration all the same");
    world
        .browser
        .tick("Close it all the same")
        .press("Close the migration")
        .says("Closed the migration")
        .says("This migration is closed");
    assert_eq!(world.browser.page.looks_every(), None);
    let undo = format!("{run}/undo");
    let page = world.browser.open(&undo);
    page.is(200, &run).says("be undone any more");
}

#[test]
fn people_whose_access_changes_are_confirmed_one_by_one() {
    let mut world = World::new();
    world.as_dns();
    world
        .browser
        .press("Convert 2 groups")
        .says("Confirm each person whose access changes");
    let page = world.browser.press("Convert 2 groups");
    assert_eq!(page.status, 422, "{}", page.text());
    page.says("Nothing was converted")
        .says("person2@corp.example (gains DNS)");
    world
        .browser
        .tick("person2@corp.example")
        .press("Convert 2 groups")
        .says("Converted 2 groups");
}

#[test]
fn what_changed_since_the_plan_is_told_in_place_of_converting() {
    let mut world = World::new();
    world.decide("A group with no policy");
    // Another name is not what was looked at either.
    world
        .browser
        .fill("New group name", "Zone people")
        .press("Convert 2 groups");
    let page = &world.browser.page;
    assert_eq!(page.status, 409, "{}", page.text());
    page.says("Nothing was converted")
        .says("decisions or names in the form")
        .says("Zone people");
    world.browser.press("Convert 2 groups").says("Zone people");
    // Somebody else gives a legacy group's name away before the last step.
    world.okta.new_group("Zone people", &[]);
    let page = world.browser.press("Convert 2 groups");
    assert_eq!(page.status, 409, "{}", page.text());
    page.says("Nothing was converted")
        .says("Solve one conflict first")
        .says("1 conflict");
    let open = page.html.matches("aria-invalid").count();
    assert_eq!(open, 1, "the field says so");
    world
        .browser
        .fill("Pattern for new names", "no place")
        .press("Update the plan");
    let page = &world.browser.page;
    assert_eq!(page.status, 422, "{}", page.text());
    page.says("The decisions can’t be taken");
}

#[test]
fn an_undo_names_what_is_in_its_way_and_does_the_rest() {
    let mut world = World::new();
    let run = world.convert();
    let undo = format!("{run}/undo");
    world
        .browser
        .open(&undo)
        .says("2 groups get their old names back");
    // Somebody gives the converted group another role meanwhile.
    let mut other = world.browser.window();
    other.open(&format!(
        "/a/{}/groups/{}",
        world.app.account.id,
        world.group()
    ));
    other.tick("Cache Purge").press("Show preview");
    other.press("Save policy").says("Added the policy");
    let page = world.browser.press("Undo 2 groups");
    assert_eq!(page.status, 409, "{}", page.text());
    page.says("One group can’t be undone")
        .says("The policies of \"DNS Editors\"");
    let page = world.browser.press("Undo 1 group");
    assert_eq!(page.status, 422, "{}", page.text());
    page.says("Nothing was undone");
    world
        .browser
        .tick("Undo the others alone")
        .press("Undo 1 group")
        .says("Undid 1 group")
        .says("1 group was put back later");
    world
        .browser
        .open(&undo)
        .says("Each group that is left is kept from it");
}

#[test]
fn switching_off_names_those_who_lose_access() {
    let mut world = World::new();
    world.browser.open(&world.at);
    world
        .browser
        .follow("Switch the mapping off")
        .says("2 lose DNS on the entire account")
        .says("person0@corp.example");
    // One of them leaves meanwhile: it is another change.
    let path = format!("members[value eq \"{}\"]", world.people[0]);
    let body = json!([{ "op": "Remove", "path": path }]);
    world.okta.patch_group(&world.dns, &body);
    let page = world.browser.press("Switch the mapping off");
    assert_eq!(page.status, 409, "{}", page.text());
    page.says("1 loses DNS on the entire account");
    let mut other = world.browser.window();
    world
        .browser
        .press("Switch the mapping off")
        .says("Switched the legacy mapping off")
        .says("The legacy mapping is off");
    let overview = format!("/a/{}", world.app.account.id);
    let page = world.browser.open(&overview);
    page.says("grants nothing while the legacy mapping is off");
    assert!(!page.text().contains("still grant"), "{}", page.text());
    // A page that is as old as this says so, and does nothing.
    other.open(&format!("{}/mapping", world.at));
    world.app.legacy_on(false);
    other.press("Switch the mapping on").says("Nothing to do");
}

#[test]
fn a_refusal_of_a_form_shows_commands_as_code() {
    let mut world = World::new();
    world.browser.open(&world.at);
    let label = format!("Another role, by its name for {}", world.short());
    let page = world
        .browser
        .tick("Map to another role")
        .fill(&label, "Nonsense")
        .press("Apply the decisions");
    page.says("There is no role");
    let codes = page.all("code");
    let found = codes.iter().any(|code| code == "provost role list");
    assert!(found, "{codes:?}");
    assert!(!page.html.contains('`'), "{}", page.text());
}

#[test]
fn a_plan_is_a_file_for_people_and_for_other_systems() {
    let mut world = World::new();
    world.decide("A group with no policy");
    let origin = format!("http://{}", world.app.address());
    let (_, body) = world.browser.would_send("Plan as CSV");
    let at = world.at.clone();
    let mut file = |form: &str| {
        let headers = [
            ("Sec-Fetch-Site", "same-origin"),
            ("Origin", &*origin),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let path = format!("{at}/plan.{form}");
        let answer = world.browser.send("POST", &path, &headers, Some(&body));
        assert_eq!(answer.status, 200, "{form}");
        let named = answer.header("content-disposition").unwrap_or_default();
        assert!(named.starts_with("attachment; filename=\"plan-"), "{named}");
        answer.text()
    };
    let csv = file("csv");
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.contains(" - DNS,exact,convert,DNS Editors,DNS,2,okta,same_access,"));
    assert!(csv.contains("unknown_role,rename_only"), "{csv}");
    let plan: Value = serde_json::from_str(&file("json")).expect("JSON");
    assert_eq!(plan["summary"]["people"], 3);
    assert_eq!(plan["options"]["decisions"][0]["choice"], "rename_only");
    assert!(file("tf").contains("resource \"cloudflare_user_group\""));
    assert!(file("sh").starts_with("#!/bin/sh"));
    let page = world.browser.press("See the comparison");
    page.says("Before").says("person0@corp.example").says(KEEP);
    world.decide("A group with no policy");
    let page = world.browser.press("2 members before and after DNS");
    page.says("person1@corp.example")
        .says("DNS Minimal Account Access")
        .says("Same access");
    assert!(!page.text().contains("person2@corp.example"));
    let run = world.convert();
    let done = world
        .browser
        .send("GET", &format!("{run}/plan.json"), &[], None);
    let plan: Plan = serde_json::from_str(&done.text()).expect("a plan");
    assert!(run.ends_with(&plan.id.to_string()) && plan.people.len() == 3);
    let laid_out = serde_json::to_string_pretty(&plan).expect("JSON");
    assert_eq!(done.text(), laid_out + "\n");
    world.browser.follow("See the comparison").says("person2@");
}

#[test]
fn whoever_only_reads_sees_it_all_and_changes_nothing() {
    let mut world = World::new();
    let role = Some(catalogue::ADMINISTRATOR_READ_ONLY);
    world.app.operator(READS, role);
    let mut reader = world.app.signed_in(READS);
    let page = reader.open(&world.at);
    page.is(200, &world.at).says("1 ready, 1 needs a decision");
    assert!(!page.html.contains("Switch the mapping off"));
    reader
        .tick("A group with no policy")
        .press("Apply the decisions")
        .says("your role reads only");
    let words = reader.page.all("button");
    assert!(!words.iter().any(|word| word.contains("Convert")));
    let (_, body) = reader.would_send("Apply the decisions");
    let run = world.convert();
    let page = reader.open(&run);
    page.is(200, &run).says("0 of 2 pushed since");
    assert!(!page.html.contains("/undo\""), "an undo is offered");
    assert!(!page.html.contains("/close\""), "an end is offered");
    let origin = format!("http://{}", world.app.address());
    let headers = [
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", &*origin),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let at = &world.at;
    for path in [
        &format!("{at}/convert"),
        &format!("{at}/mapping"),
        &format!("{run}/undo"),
        &format!("{run}/close"),
    ] {
        let answer = reader.send("POST", path, &headers, Some(&body));
        assert_eq!(answer.status, 403, "{path}");
    }
}

impl World {
    /// The id of the DNS group over REST, once it is a user group.
    fn group(&self) -> String {
        let mut browser = self.browser.window();
        browser.open(&format!("/a/{}/groups?q=DNS", self.app.account.id));
        let href = browser.page.link("DNS Editors");
        href.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// What a browser sends of a form that nobody touched is the plan as it was shown.
#[test]
fn a_plan_that_nobody_touched_is_converted_as_it_is() {
    let (app, mut browser) = super::app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 3);
    app.legacy_on(false);
    for role in ["DNS", "Billing"] {
        okta.new_group(&app.legacy_name(role), &people);
    }
    browser.open(&format!("/a/{}/migrate", app.account.id));
    browser.page.says("2 ready").says(KEEP);
    browser.press("Convert 2 groups").says("Convert 2 groups?");
    browser.press("Convert 2 groups").says("Converted 2 groups");
    // It has no name, and is told by its day.
    let run = browser.page.path.clone();
    let log = run.replace("/migrate/", "/audit?q=convert&object=");
    browser.open(&log).says("Legacy migration of ");
}
