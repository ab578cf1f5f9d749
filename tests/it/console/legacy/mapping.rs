//! What the switch of the legacy mapping says at the console.

use provost::domain::connection::ProviderKind;

use crate::console::app;

#[test]
fn switching_on_says_before_and_after_whose_names_are_taken() {
    let (app, mut browser) = app();
    let at = format!("/a/{}/migrate", app.account.id);
    let mapping = format!("{at}/mapping");
    // With nothing in the way nothing is said.
    let page = browser.open(&mapping);
    assert!(!page.text().contains("taken"), "{}", page.text());
    let okta = app.provider(ProviderKind::Okta);
    app.set_reserved_prefix("");
    let group = okta.new_group(&app.legacy_name("DNS"), &[]);
    let page = browser.open(&mapping);
    page.says("The name of 1 legacy group is taken")
        .says("would be the name of the legacy group of DNS");
    let short = format!("CF-{}… - DNS", &app.account.id.to_string()[..8]);
    browser.follow(&short);
    let there = format!("/a/{}/groups/{group}", app.account.id);
    assert_eq!(browser.page.link(&app.legacy_name("DNS")), there);
    browser.open(&mapping);
    browser
        .press("Switch the mapping on")
        .says("Switched the legacy mapping on")
        .says("Other groups have the names of the legacy groups of DNS, so these were not made.");
    // As the other doors say it.
    let taken = app.legacy_on(false).name_taken;
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].role, "DNS");
    let page = browser.open(&mapping);
    assert!(!page.text().contains("taken"), "off: {}", page.text());
}
