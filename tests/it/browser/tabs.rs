//! Tabs are where they were, whichever of them is opened, and what is done from their pages is
//! above them.

use provost::app;
use provost::domain::connection::ProviderKind;
use provost::domain::id::MemberId;
use provost::domain::text::GroupName;

use super::look::WIDTHS;
use super::{at, signed_in};
use crate::harness::app::TestApp;
use crate::harness::chrome::{self, Chrome};

/// Where the tabs of the page that is open begin, from the top of the page.
const TOP: &str = r"
    const tabs = document.querySelector('nav.tabs').getBoundingClientRect();
    return Math.round(tabs.top + scrollY);
";

/// Whether the buttons of the page that is open are above its tabs.
const ABOVE: &str = r"
    const buttons = document.querySelector('#actions').getBoundingClientRect();
    const tabs = document.querySelector('nav.tabs').getBoundingClientRect();
    return buttons.height === 0 || buttons.bottom <= tabs.top;
";

/// The same place at each of these pages.
#[track_caller]
fn stay(chrome: &Chrome, page: &str, tabs: &[&str]) {
    for width in WIDTHS {
        chrome.view(width, false);
        let top = |tab: &&str| {
            chrome.visit(&format!("{page}{tab}"));
            assert_eq!(chrome.script(ABOVE, Vec::new()), true, "{page}{tab}");
            chrome.script(TOP, Vec::new()).as_i64().expect("a place")
        };
        let tops: Vec<i64> = tabs.iter().map(top).collect();
        let same = tops.iter().all(|top| *top == tops[0]);
        assert!(same, "{page} at {width}: {tops:?}");
    }
}

#[test]
fn tabs_stay_where_they_are() {
    if !chrome::is_there("tabs") {
        return;
    }
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    let pushed = okta.new_group("Edge operations", &people);
    let (_, local) = app.write(|tx| {
        let name = GroupName::parse("Local")?;
        app::groups::by_hand::make(tx, &name, &[])
    });
    let person: MemberId = people[0].parse().expect("an id");
    let chrome = signed_in(&app);
    let of_group = ["", "/members", "/sync", "/history"];
    for id in [pushed, local.id.to_string()] {
        stay(&chrome, &at(&app, &format!("/groups/{id}")), &of_group);
    }
    let member = at(&app, &format!("/members/{}", person.membership()));
    stay(&chrome, &member, &["", "/groups", "/sync", "/history"]);
    let settings = at(&app, "/settings");
    let of_account = ["", "/safety", "/backups", "/server", "/about"];
    stay(&chrome, &settings, &of_account);
}
