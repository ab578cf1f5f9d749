//! The audit log at the console: looked through, filtered, read row by row, exported.

use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;

use crate::harness::app::TestApp;

const SUPER: &str = "ada@corp.example";
/// What no page may take for markup.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x>";

#[test]
fn the_log_is_filtered_paged_read_and_exported() {
    let app = TestApp::spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let mut browser = app.signed_in(SUPER);
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("person", 60);
    okta.new_group(HOSTILE, &[]);
    let at = format!("/a/{}/audit", app.account.id);
    let page = browser.open(&at);
    page.is(200, &at)
        .says("Create SCIM Group")
        .says("50 rows, newest first")
        .says(HOSTILE);
    assert!(!page.html.contains("<script>alert"), "markup in a name");
    assert!(!page.html.contains("<img"), "markup in a name");
    assert!(!page.html.contains("Check the chain"), "not for everybody");
    browser.follow("Next").says("First page");
    browser
        .open(&format!("{at}?q=scim+group"))
        .says("1 row")
        .says("What was done: scim group");
    browser
        .open(&format!("{at}?action=delete"))
        .says("No row matches");
    browser
        .open(&format!("{at}?until=2000-01-01"))
        .says("No row matches");
    browser
        .open(&format!("{at}?action=melt&after=x&colour=red"))
        .is(200, &at)
        .says("Part of the address was left out");
    browser.open(&format!("{at}?q=scim+group")).is(200, &at);
    browser.follow("Create SCIM Group");
    browser
        .page
        .says("Entry")
        .says("All changes of this object")
        .says(HOSTILE);
    browser.follow("All changes of this object").says("1 row");
    browser
        .open(&format!("{at}/99999"))
        .is(404, &format!("{at}/99999"));
    let csv = browser.send("GET", &format!("{at}.csv?q=scim+group"), &[], None);
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.starts_with("seq,id,at,action,"), "{csv}");
    browser.open(&at).says("Export Log");
}
