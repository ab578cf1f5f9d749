//! Settings at the console: the account's own, what the server was started with, backups.

use provost::domain::catalogue;

use super::{HOSTILE, MINUTE_MS, READS, SUPER, at};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::operators::PASSWORD;

/// A Super Administrator who does not administer the box.
const OTHER: &str = "super@corp.example";

fn of(app: TestApp) -> (TestApp, Browser, String) {
    let (app, browser) = super::of(app);
    let at = at(&app, "/settings");
    (app, browser, at)
}

#[test]
fn the_account_is_renamed_and_not_over_somebody_elses_name() {
    let (_app, mut browser, at) = of(TestApp::spawn());
    let mut other = browser.window();
    other.open(&at);
    // What these names may grant is switched elsewhere, and the sidebar may not lead there.
    browser
        .open(&at)
        .says("grant their role by that name while the legacy mapping is on");
    browser
        .fill("Account name", "Harbour")
        .press("Save name")
        .says("Saved the name Harbour");
    other.fill("Account name", "Quay").press("Save name");
    assert_eq!(other.page.status, 422);
    other.page.says("Somebody changed this to “Harbour”");
    browser.fill("Account name", "").press("Save name");
    assert_eq!(browser.page.status, 422);
    browser.open(&at);
    browser.fill("Account name", HOSTILE).press("Save name");
    let page = browser.open(&at);
    page.says(HOSTILE);
    assert!(!page.html.contains("<script>alert"), "markup in a name");
}

#[test]
fn the_reserved_prefix_is_the_boxs_to_change() {
    let (app, mut browser, at) = of(TestApp::spawn());
    browser.open(&at);
    browser
        .fill("Reserved prefix", "ACME")
        .press("Save prefix")
        .says("Saved the reserved prefix ACME");
    app.scim().new_group("CF team", &[]);
    browser
        .fill("Reserved prefix", &"x".repeat(33))
        .press("Save prefix");
    assert_eq!(browser.page.status, 422);
    browser.open(&at);
    browser
        .fill("Reserved prefix", "")
        .press("Save prefix")
        .says("No prefix is reserved any more");
    app.operator(OTHER, Some(catalogue::SUPER_ADMINISTRATOR));
    let mut other = app.signed_in(OTHER);
    let page = other.open(&at);
    page.says(
        "A server administrator (an operator who makes accounts and operators) can change this",
    );
    assert!(!page.text().contains("Save prefix"));
    assert!(
        !page.text().contains("Backups"),
        "what is the box's is not offered"
    );
}

#[test]
fn every_setting_says_where_it_comes_from() {
    let (_app, mut browser, at) = of(TestApp::spawn());
    browser
        .open(&format!("{at}/server"))
        .says("limits.token_rps")
        .says("8388608 8 MiB")
        .says("allow_insecure_permissions false Default")
        .says("http.listen")
        .says("Default");
    browser
        .open(&format!("{at}/safety"))
        .says("a share is never less than 10")
        .says("People who have been members for less than a day do not count.")
        .says("30 days (default)")
        .says("The last Super Administrator stays");
    browser
        .open(&format!("{at}/about"))
        .says(env!("CARGO_PKG_VERSION"))
        .says("Apache License")
        .says("Inter, OFL-1.1")
        .says("actix-web")
        .says("MIT OR Apache-2.0");
    // What only tests are made with is not in the binary.
    assert!(!browser.page.text().contains("webdriver"));
}

#[test]
fn what_the_server_was_started_with_is_the_boxs_and_shown_to_nobody_else() {
    let (app, mut browser, at) = of(TestApp::spawn());
    let server = format!("{at}/server");
    browser.open(&at);
    assert_eq!(browser.page.link("Server"), server);
    browser
        .open(&server)
        .is(200, &server)
        .says("limits.token_rps");
    app.operator(OTHER, Some(catalogue::SUPER_ADMINISTRATOR));
    app.operator(READS, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    for who in [OTHER, READS] {
        let mut other = app.signed_in(who);
        for below in ["", "/safety", "/about"] {
            let page = other.open(&format!("{at}{below}"));
            page.is(200, &format!("{at}{below}"));
            assert_eq!(page.find_link("Server"), None, "{who} at {below}");
            assert!(!page.text().contains("http.listen"), "{who} at {below}");
        }
        // How long the account's requests are kept is told; where that is set is not.
        let page = other.open(&format!("{at}/safety"));
        page.says("30 days");
        assert!(!page.text().contains("30 days (default)"), "{who}");
        // As at the other pages of the box.
        let mut refused = |path: &str| {
            let page = other.open(path).is(403, path);
            page.text().replace(&page.answer.request_id(), "")
        };
        let (answer, of_backups) = (refused(&server), refused(&format!("{at}/backups")));
        assert_eq!(answer, of_backups, "{who}");
        assert!(!answer.contains("limits."), "{answer}");
    }
}

#[test]
fn backups_are_made_by_box_administrators_with_their_password() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    let at = format!("{at}/backups");
    browser
        .open(&at)
        .says("No backup yet")
        .says("Restoring one")
        .says("Stop the server, and keep its data folder as it is.")
        .says("put the backup as");
    browser
        .press("Back up now")
        .is(200, &at)
        .says("Backed up")
        .says("Examined");
    let made: Vec<_> = std::fs::read_dir(app.data().join("backups"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "db"))
        .collect();
    assert_eq!(made.len(), 1);
    let verdict = provost::app::backups::verify(&app.db, &made[0]).expect("read");
    assert_eq!(verdict.findings, Vec::<String>::new());
    let told = app.audit();
    let last = told.last().expect("a row");
    assert_eq!(last["resource"]["type"], "backup");
    assert_eq!(last["actor"]["email"], SUPER);
    // Made in the same millisecond: said, not overwritten.
    browser.press("Back up now").says("Not backed up");
    assert_eq!(browser.page.status, 422);
    app.pass(6 * MINUTE_MS);
    browser.open(&at).is(200, &at);
    // What waited for the password is done with it, and not forgotten.
    browser
        .press("Back up now")
        .is(403, &at)
        .says("You are about to")
        .says("Nothing has to be entered again.");
    browser
        .fill("Password", "another one")
        .press("Continue")
        .is(403, "/confirm");
    browser
        .fill("Password", PASSWORD)
        .press("Continue")
        .is(200, "/confirm")
        .says("Password accepted");
    browser.press("Go on").is(200, &at).says("Backed up");
    app.operator(OTHER, Some(catalogue::SUPER_ADMINISTRATOR));
    let mut other = app.signed_in(OTHER);
    assert_eq!(other.open(&at).status, 403);
}

#[test]
fn whoever_only_reads_sees_no_forms() {
    let (app, _, at) = of(TestApp::spawn());
    app.operator(READS, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    let mut reader = app.signed_in(READS);
    for below in ["", "/safety", "/about"] {
        let page = reader.open(&format!("{at}{below}"));
        assert_eq!(page.status, 200, "{below}");
        let forms = page.html.split("<form").skip(1);
        let posts: Vec<&str> = forms
            .filter(|form| form.contains("method=\"post\""))
            .collect();
        assert!(
            posts.iter().all(|form| form.contains("/logout")),
            "{posts:?}"
        );
    }
}
