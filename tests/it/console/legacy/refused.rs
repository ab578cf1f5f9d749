//! What providers were refused since a migration, as its page tells it.

use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::World;
use crate::console::{HOSTILE, app, at};
use crate::harness::fixtures::group;

#[test]
fn what_was_refused_since_a_migration_names_commands_as_code() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    app.set_reserved_prefix("");
    let name = app.legacy_name("Super Administrator - All Privileges");
    okta.new_group(&name, &[]);
    let at = format!("/a/{}/migrate", app.account.id);
    browser.open(&at);
    browser.press("Convert 1 group").says("Convert 1 group?");
    browser.press("Convert 1 group").says("Converted 1 group");
    let run = browser.page.path.clone();
    browser
        .open(&format!("{run}/close"))
        .says("The new name of one group has not come");
    browser
        .tick("Close it all the same")
        .press("Close the migration")
        .says("Closed the migration");
    app.legacy_on(false);
    assert_eq!(okta.post("/Groups", &group(&name, &[])).status, 400);
    let page = browser.open(&run);
    page.says("is offered only after");
    assert!(!page.html.contains('`'), "{}", page.text());
    let command = "provost legacy on --allow-super-administrator";
    let codes = page.all("code");
    assert!(codes.iter().any(|code| code == command), "{codes:?}");
    assert_eq!(page.link("Legacy mapping"), format!("{at}/mapping"));
}

/// Once the old names have ended, nothing else tells who still sends one.
#[test]
fn who_never_sent_the_new_name_is_named_after_the_close_and_told_to_rename() {
    let mut world = World::new();
    let run = world.convert();
    // One of the two groups is renamed at the provider.
    let body = json!([{ "op": "Replace", "value": { "displayName": "DNS Editors" } }]);
    world.okta.patch_group(&world.dns, &body);
    world.browser.open(&format!("{run}/close"));
    world
        .browser
        .tick("Close it all the same")
        .press("Close the migration")
        .says("This migration is closed")
        .says("had not sent the new name at the close")
        .says("Not renamed")
        .says("sends the new name")
        .says("Pushed since")
        .says("or were in an undo")
        .says("Do this at once: the old names have ended");
    let text = world.browser.page.text();
    assert!(!text.contains("No provider pushes it"), "{text}");
    let name = world.app.legacy_name("DNS");
    let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
    let detail = world
        .okta
        .patch_group(&world.dns, &body)
        .refused(400, "invalidValue");
    // It has another name by now, of which the provider's old one says nothing.
    let now = "rename it in the provider to \"DNS Editors\"";
    assert!(detail.contains(now), "{detail}");
    let other = world.okta.new_group("Analysts", &[]);
    let detail = world
        .okta
        .patch_group(&other, &body)
        .refused(400, "invalidValue");
    let now = "link the group in the provider to \"DNS Editors\"";
    assert!(detail.contains(now), "{detail}");
    let text = world.browser.page.text();
    assert!(!text.contains("Nothing has to be done at once"), "{text}");
    // Whoever makes the groups anew hears where they are, and the migration tells of it.
    let made = group(&name, &[]);
    let detail = world.okta.post("/Groups", &made).refused(409, "uniqueness");
    assert!(
        detail.contains("was made the user group \"DNS Editors\""),
        "{detail}"
    );
    let made = group(&world.app.legacy_name(HOSTILE), &[]);
    let detail = world
        .okta
        .post("/Groups", &made)
        .refused(400, "invalidValue");
    assert!(
        detail.contains("that a migration made the user group"),
        "{detail}"
    );
    let page = world.browser.open(&run);
    page.says("was made the user group \"DNS Editors\"")
        .says("that a migration made the user group");
}

/// A role of domains has no legacy group, so no spelling of its name is the right one.
#[test]
fn what_mends_a_name_is_no_name_that_would_be_refused_again() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    app.legacy_on(false);
    let domain = group(&app.legacy_name("Domain DNS"), &[]);
    assert_eq!(okta.post("/Groups", &domain).status, 400);
    let row = at(&app, &format!("/log/{}", app.last_logged().seq));
    let page = browser.open(&row);
    page.says("choose another name and grant the role by a policy")
        .says("else give the group a name of another kind");
    let text = page.text();
    assert!(!text.contains("exactly as the detail shows"), "{text}");
    let near = app.legacy_name("super administrator - All Privileges");
    let detail = okta
        .post("/Groups", &group(&near, &[]))
        .refused(400, "invalidValue");
    let offered = "run `provost legacy on --allow-super-administrator` and send exactly";
    assert!(detail.contains(offered), "{detail}");
}
