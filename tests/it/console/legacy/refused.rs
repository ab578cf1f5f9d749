//! What providers were refused since a migration, as its page tells it.

use provost::domain::connection::ProviderKind;

use crate::console::app;
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
        .says("still pushed under its old name");
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
