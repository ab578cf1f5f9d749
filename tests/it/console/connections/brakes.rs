//! What pages say of a connection's brake and of what it holds: why it waits, and for what.

use provost::domain::brake::Brake;
use provost::domain::connection::SettingsChange;

use super::super::{SUPER, at};
use super::{HOUR, held, off};
use crate::harness::app::TestApp;
use crate::harness::browserless::Browser;

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
