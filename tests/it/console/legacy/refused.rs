//! What providers were refused since a migration, as its page tells it.

use provost::domain::connection::ProviderKind;

use crate::console::{app, at};
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
    page.says("choose another name and give the role by a policy")
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
