//! What pages say of a connection's brake and of what it holds: why it waits, and for what.

use provost::app;
use provost::domain::brake::{Brake, HeldSelection};
use provost::domain::catalogue;
use provost::domain::connection::{AdoptExisting, ProviderKind, SettingsChange};
use provost::domain::policy::NewPolicy;
use provost::domain::text::GroupName;
use serde_json::json;

use super::super::{SUPER, at};
use super::{HOUR, held, off};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::fixtures::group;

const DISCARDED: &str = "rejected: the removal was discarded here";

fn set(app: &TestApp, brake: Brake) {
    let change = SettingsChange {
        brake: Some(brake),
        ..SettingsChange::default()
    };
    app.set_connection("okta", change);
}

/// The page of what the connection holds.
#[track_caller]
fn held_page(app: &TestApp, browser: &mut Browser) -> String {
    browser.open(&at(app, "/connections"));
    format!("{}/held", browser.page.link("okta"))
}

#[test]
fn what_is_held_of_a_paused_connection_is_told_to_wait_for_that_too() {
    let (app, ..) = held();
    let paused = "The connection is paused: nothing arrives until it is resumed.";
    let mut browser = app.signed_in(SUPER);
    let page = held_page(&app, &mut browser);
    let places = [page, at(&app, ""), at(&app, "/members")];
    for place in &places {
        let text = browser.open(place).text();
        assert!(!text.contains(paused), "{place}: {text}");
    }
    app.write(|tx| provost::app::connections::pause(tx, "okta").map(drop));
    for place in &places {
        browser.open(place).says(paused);
    }
    browser.open(&places[0]);
    browser.press("Release").says(paused);
    browser
        .press("Release all")
        .says("Released")
        .says("within 24 hours. The connection is paused: nothing arrives until it is resumed.");
    app.write(|tx| provost::app::connections::resume(tx, "okta").map(drop));
    for place in &places {
        let text = browser.open(place).text();
        assert!(!text.contains(paused), "{place}: {text}");
    }
}

#[test]
fn a_brake_at_none_is_not_said_to_find_room_later() {
    let (app, okta, people) = held();
    let mut browser = app.signed_in(SUPER);
    let room = "there is room";
    browser.open(&at(&app, "")).says(room);
    set(&app, Brake::People(0));
    app.pass(HOUR);
    okta.patch_user(&people[29], &off()).is(429);
    let mut browser = app.signed_in(SUPER);
    let page = browser.open(&at(&app, ""));
    page.says("The brake is at 0, so every removal waits.");
    assert!(!page.text().contains(room), "{}", page.text());
    let held = held_page(&app, &mut browser);
    let page = browser.open(&held);
    page.says("The brake is at 0: every removal of somebody who has been a member for a day waits");
    assert!(!page.text().contains(room), "{}", page.text());
}

/// What is held was more than the limit when it came, and nothing is once the limit is everybody.
#[test]
fn the_limit_is_seen_against_those_who_just_went_too() {
    let (app, ..) = held();
    let mut browser = app.signed_in(SUPER);
    let held = held_page(&app, &mut browser);
    // Of 31 people 10 went a moment ago, and 21 are there.
    set(&app, Brake::People(21));
    let page = browser.open(&held);
    page.says("may remove 21 people. Removals beyond that were not applied.");
    assert!(!page.text().contains("everybody"), "{}", page.text());
    set(&app, Brake::People(31));
    let page = browser.open(&held);
    page.says("may remove 31 people. That is everybody, so nothing more is held: what waits here");
    assert!(!page.text().contains("beyond"), "{}", page.text());
    browser.press("Discard");
    browser.press("Discard all");
    browser
        .open(&held)
        .says("may remove 31 people. That is everybody, so nothing is held.");
}

/// A share is never less than ten people: that is what was too many.
#[test]
fn the_audit_log_says_the_limit_that_applied() {
    let (app, ..) = held();
    let mut browser = app.signed_in(SUPER);
    let page = browser.open(&at(&app, "/audit"));
    page.says("more than 10 people would have been removed");
    assert!(!page.text().contains("more than 20%"), "{}", page.text());
}

/// What waits for a decision is no failure.
#[test]
fn what_is_held_is_a_warning_wherever_it_is_told() {
    let (app, ..) = held();
    let mut browser = app.signed_in(SUPER);
    for below in ["", "/connections", "/members"] {
        let page = browser.open(&at(&app, below));
        let badges = page.html.split("class=\"badge ").skip(1);
        let badges = badges.filter(|rest| rest.contains("#i-hand"));
        let mut told = 0;
        for badge in badges.filter_map(|rest| rest.split("</span>").next()) {
            if badge.contains("#i-hand") {
                told += 1;
                assert!(badge.starts_with("warn"), "{below}: {badge}");
            }
        }
        assert!(told > 0, "{below}");
    }
}

fn these(targets: &[&str]) -> HeldSelection {
    HeldSelection {
        targets: targets.iter().map(|&target| target.to_owned()).collect(),
        ..HeldSelection::default()
    }
}

fn discard(app: &TestApp, targets: &[&str]) {
    let which = these(targets);
    app.write(move |tx| app::brake::discard(tx, "okta", &which));
}

fn release(app: &TestApp, targets: &[&str]) {
    let which = these(targets);
    app.write(move |tx| app::brake::release(tx, "okta", &which));
}

/// What needs somebody by the overview, and what was accepted since.
fn parts(app: &TestApp, browser: &mut Browser) -> (String, String) {
    let text = browser.open(&at(app, "")).text();
    let (open, since) = text.split_once("Accepted since").unwrap_or((&text, ""));
    (open.to_owned(), since.to_owned())
}

/// What was discarded is told as refused for as long as it is.
#[test]
fn a_discard_that_is_no_more_needs_nobody() {
    let (app, okta, people) = held();
    let mut browser = app.signed_in(SUPER);
    let names = ["person29@corp.example", "person28@corp.example"];
    discard(&app, &names);
    for id in &people[28..] {
        okta.patch_user(id, &off()).refused(403, "");
    }
    let told = format!("2 people from okta {DISCARDED}");
    let (open, since) = parts(&app, &mut browser);
    assert!(open.contains(&told) && since.is_empty(), "{open}");
    // The provider takes one of them back, and then the other.
    okta.set_active(&people[29], true);
    let (open, since) = parts(&app, &mut browser);
    assert!(open.contains(&told) && since.is_empty(), "{open}");
    assert!(open.contains("a later request for 1 of them was accepted"));
    okta.set_active(&people[28], true);
    let (open, since) = parts(&app, &mut browser);
    assert!(!open.contains(DISCARDED), "{open}");
    assert!(since.contains(&told), "{since}");
    // Whoever is released is refused no more either, though nothing was accepted.
    discard(&app, &["person27@corp.example"]);
    okta.patch_user(&people[27], &off()).refused(403, "");
    let (open, since) = parts(&app, &mut browser);
    assert!(open.contains(&format!("3 people from okta {DISCARDED}")));
    assert!(since.is_empty(), "{since}");
    release(&app, &["person27@corp.example"]);
    let (open, since) = parts(&app, &mut browser);
    assert!(!open.contains(DISCARDED), "{open}");
    assert!(since.contains(&told), "{since}");
    browser.open(&at(&app, "/connections"));
    let page = browser.page.link("okta");
    browser
        .open(&page)
        .says("Settled: nothing of it is discarded any more.");
    // Discarded after all, it stays refused.
    discard(&app, &["person27@corp.example"]);
    let (open, _) = parts(&app, &mut browser);
    assert!(open.contains(DISCARDED), "{open}");
}

/// Another change of a group says nothing of whom it was refused to lose.
#[test]
fn a_discard_of_a_group_stays_until_it_is_released() {
    let app = Setup::standing_clock().spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 3);
    let owners = app.write(|tx| {
        let policy = NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR);
        app::groups::by_hand::make(tx, &GroupName::parse("Owners")?, &[policy])
    });
    let owners = owners.1.scim_id.to_string();
    let change = SettingsChange {
        adopt_existing: Some(AdoptExisting::Adopt),
        ..SettingsChange::default()
    };
    app.set_connection("okta", change);
    let path = format!("/Groups/{owners}");
    okta.put(&path, &group("Owners", &people)).is(200);
    app.pass(25 * HOUR);
    set(&app, Brake::People(0));
    let first = json!([{ "value": people[0] }]);
    let change = |op: &str| json!([{ "op": op, "path": "members", "value": first }]);
    okta.patch_group(&owners, &change("remove"))
        .refused(429, "");
    discard(&app, &["Owners"]);
    okta.patch_group(&owners, &change("remove"))
        .refused(403, "");
    let told = format!("1 group from okta {DISCARDED}");
    let mut browser = app.signed_in(SUPER);
    let (open, _) = parts(&app, &mut browser);
    assert!(open.contains(&told), "{open}");
    okta.patch_group(&owners, &change("add")).is(200);
    let (open, since) = parts(&app, &mut browser);
    assert!(open.contains(&told) && since.is_empty(), "{open}{since}");
    release(&app, &["Owners"]);
    let (open, since) = parts(&app, &mut browser);
    assert!(
        !open.contains(DISCARDED) && since.contains(&told),
        "{open}{since}"
    );
}
