//! What the logs, histories and held changes lead to and say, so that nobody has to guess.

use provost::app;
use provost::app::groups::by_hand::GroupChange;
use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use provost::domain::policy::NewPolicy;
use provost::domain::reference::GroupRef;
use serde_json::{Value, json};

use super::{MINUTE_MS, app, at, of};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user};

const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The newest request, open on its own page.
#[track_caller]
fn newest<'b>(app: &TestApp, browser: &'b mut Browser) -> &'b mut Browser {
    let seq = app.last_logged().seq;
    browser.open(&at(app, &format!("/log/{seq}")));
    browser
}

fn rename(path: &str, to: &str) -> Value {
    json!([{ "op": "replace", "path": path, "value": to }])
}

#[test]
fn a_name_that_is_taken_leads_to_whoever_has_it() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    okta.new_group("Edge", &people);
    let riggers = okta.new_group("Riggers", &people);
    let (has, has_not) = ("person1@corp.example", "person0@corp.example");
    let in_words = "rename or remove that person first";
    // By PATCH, by PUT, and somebody new.
    okta.patch_user(&people[0], &rename("userName", has))
        .is(409);
    newest(&app, &mut browser).page.says(in_words);
    let text = browser.page.text();
    assert!(!text.contains("instead of creating"), "{text}");
    browser.follow("Members of that name").says(has);
    assert_eq!(browser.page.find_link(has_not), None, "the wrong one");
    okta.put(&format!("/Users/{}", people[0]), &user(has))
        .is(409);
    newest(&app, &mut browser).page.says(in_words);
    browser.follow("Members of that name");
    assert_eq!(browser.page.find_link(has_not), None, "the wrong one");
    okta.post("/Users", &user(has)).is(409);
    newest(&app, &mut browser)
        .page
        .says("let the provider match on userName")
        .says("exists already");
    // Who manages both is no difference.
    let text = browser.page.text();
    assert!(!text.contains("Managed by"), "{text}");
    browser.follow("Members of that name").says(has);
    // Groups too.
    let path = format!("/Groups/{riggers}");
    okta.patch(&path, &rename("displayName", "Edge")).is(409);
    newest(&app, &mut browser)
        .page
        .says("rename or remove that one first");
    browser.follow("Groups of that name").says("Edge");
    assert_eq!(browser.page.find_link("Riggers"), None, "the wrong one");
    okta.put(&path, &group("Edge", &people)).is(409);
    newest(&app, &mut browser);
    browser.follow("Groups of that name").says("Edge");
    assert_eq!(browser.page.find_link("Riggers"), None, "the wrong one");
}

#[test]
fn who_is_gone_is_named_and_not_led_to() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    let edge = okta.new_group("Edge", &people);
    okta.delete(&format!("/Users/{}", people[0])).is(204);
    okta.delete(&format!("/Groups/{edge}")).is(204);
    for log in ["/log", "/audit"] {
        let page = browser.open(&at(&app, log));
        page.says("person0@corp.example").says("Edge");
        for gone in ["person0@corp.example", "Edge"] {
            assert_eq!(page.find_link(gone), None, "{log} leads to {gone}");
        }
        let there = page.link("person1@corp.example");
        browser.open(&there).is(200, &there);
    }
    // A request's own row among those of its time opens nothing.
    newest(&app, &mut browser).page.says("At the same time");
    let html = &browser.page.html;
    let seq = app.last_logged().seq;
    assert!(!html.contains(&format!("Close request {seq}")), "{html}");
    assert!(html.contains("Open request "), "{html}");
}

#[test]
fn a_list_that_comes_to_another_day_says_so() {
    let (app, mut browser) = of(Setup::standing_clock().spawn());
    let okta = app.provider(ProviderKind::Okta);
    okta.new_user("early@corp.example");
    let days = |browser: &mut Browser, path: &str| {
        let page = browser.open(&at(&app, path));
        page.says("Times in UTC");
        page.html.matches("<tr class=\"day\">").count()
    };
    assert_eq!(days(&mut browser, "/log?since=all"), 0);
    app.pass(25 * HOUR_MS);
    let mut browser = app.signed_in(super::SUPER);
    okta.new_user("late@corp.example");
    assert_eq!(days(&mut browser, "/log?since=all"), 1);
    assert_eq!(days(&mut browser, "/audit"), 1);
    // The first row's day stands above it where it is not today.
    app.pass(25 * HOUR_MS);
    let mut browser = app.signed_in(super::SUPER);
    assert_eq!(days(&mut browser, "/log?since=all"), 2);
    // One that comes in stands above the day of those below it, or of none.
    let midnight = |top: i64| {
        let feed = at(
            &app,
            &format!("/log/live?after={}&top={top}", app.last_logged().seq),
        );
        okta.new_user(&format!("new{top}@corp.example"));
        feed
    };
    let written_ms = app.last_logged().at_ms;
    let feed = midnight(written_ms);
    let text = browser.send("GET", &feed, &[], None).text();
    assert_eq!(text.matches("<tr class=\"day\">").count(), 1, "{text}");
    let feed = midnight(app.last_logged().at_ms);
    let text = browser.send("GET", &feed, &[], None).text();
    assert!(!text.contains("<tr class=\"day\">"), "{text}");
}

/// What the brake holds of a provider: 13 people let go, two of them deleted, and a group.
fn held() -> (TestApp, Browser, Client, Vec<String>) {
    let app = Setup::standing_clock().spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 13);
    app.pass(25 * HOUR_MS);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    for id in &people[..12] {
        okta.patch_user(id, &off);
    }
    okta.delete(&format!("/Users/{}", people[12])).is(429);
    let (app, browser) = of(app);
    (app, browser, okta, people)
}

#[test]
fn what_is_held_says_what_was_asked_for() {
    let (app, mut browser, _, _) = held();
    browser
        .open(&at(&app, "/log?outcome=held"))
        .says("person12@corp.example Asked to delete; more than the brake allows")
        .says("person11@corp.example Asked to deactivate; more than the brake allows");
}

#[test]
fn of_a_group_it_is_said_how_many_would_go() {
    let app = Setup::standing_clock().spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 14);
    let group = okta.new_group("Owners", &people);
    let which = GroupRef::Named("Owners".to_owned());
    app.write(move |tx| {
        let owner = NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR);
        let change = GroupChange {
            policies: Some(vec![owner]),
            ..GroupChange::default()
        };
        app::groups::by_hand::change(tx, &which, &change)
    });
    app.pass(25 * HOUR_MS);
    let (app, mut browser) = of(app);
    let ids: Vec<Value> = people[..12]
        .iter()
        .map(|id| json!({ "value": id }))
        .collect();
    let out = json!([{ "op": "remove", "path": "members", "value": ids }]);
    okta.patch(&format!("/Groups/{group}"), &out).is(429);
    browser
        .open(&at(&app, "/log?outcome=held"))
        .says("Owners Asked to take 12 people out; more than the brake allows");
}

#[test]
fn what_is_decided_can_not_be_decided_so_again() {
    let (app, mut browser, okta, people) = held();
    browser.open(&at(&app, "/connections"));
    browser.follow("okta");
    browser.follow("Held changes");
    let page = browser.page.path.clone();
    let boxes = |browser: &Browser| browser.page.html.matches("name=\"target\"").count();
    assert_eq!(boxes(&browser), 3, "{}", browser.page.text());
    browser.tick("person10@corp.example").press("Discard");
    browser.press("Discard 1 change").says("Discarded");
    // Nothing to tick, but a button that lets it go after all.
    assert_eq!(boxes(&browser), 2);
    let mut other = browser.window();
    other.open(&page);
    browser
        .press("Release after all person10@corp.example")
        .says("Release 1 held change?");
    browser
        .press("Release 1 change")
        .says("Released 1 change")
        .says("It is applied when the provider sends it again");
    assert_eq!(boxes(&browser), 2);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    okta.patch_user(&people[10], &off).is(200);
    // Whose page is older is told.
    browser.tick("person11@corp.example").press("Release");
    let mut late = browser.window();
    late.open(&page);
    late.tick("person11@corp.example")
        .press("Discard")
        .says("keeps their access");
    let mut all = browser.window();
    all.open(&page);
    browser
        .press("Release 1 change")
        .says("Released 1 change")
        .says("What waits here was not applied");
    let moved = "The list changed since you looked";
    other
        .tick("person11@corp.example")
        .press("Discard")
        .says(moved);
    // Nor is it decided again by whoever was asked before.
    late.press("Discard 1 change").says(moved);
    okta.patch_user(&people[11], &off).is(200);
    // Of all, where nothing waits any more: before the question, and behind it.
    all.press("Discard").says("All changes that were held");
    browser.press("Release").says("All changes that were held");
    let mut asks = browser.window();
    asks.open(&page);
    browser.press("Release all").says("Released 1 change");
    all.press("Discard all").says(moved);
    asks.press("Release").says(moved);
    // The log tells what waits from what was decided, and from what was done since.
    let log = browser.open(&at(&app, "/log?outcome=held"));
    log.says("released").says("was held");
    let waits = log.html.matches("class=\"badge warn\"").count();
    assert_eq!(waits, 0, "{}", log.text());
}

#[test]
fn histories_name_who_came_into_a_group_and_who_went() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 5);
    let edge = okta.new_group("Edge", &[]);
    let path = format!("/Groups/{edge}");
    let members = |op: &str, ids: &[String]| {
        let ids: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
        json!([{ "op": op, "path": "members", "value": ids }])
    };
    okta.patch(&path, &members("add", &people)).is(200);
    okta.patch(&path, &members("remove", &people[..1])).is(200);
    browser.open(&at(&app, "/groups"));
    let group = browser.page.link("Edge");
    browser
        .open(&format!("{group}/history"))
        .says("added person0@corp.example, person1@corp.example, person2@corp.example and 2 more")
        .says("removed person0@corp.example");
    browser.open(&at(&app, "/members"));
    let member = browser.page.link("person0@corp.example");
    let page = browser.open(&format!("{member}/history"));
    page.says("Joined Edge").says("Left Edge");
    assert_eq!(page.link("Edge"), group);
    browser.open(&at(&app, "/members"));
    let member = browser.page.link("person1@corp.example");
    let page = browser.open(&format!("{member}/history"));
    page.says("Joined Edge");
    assert!(!page.text().contains("Left Edge"), "{}", page.text());
    // Of a group that is deleted, whoever was in it left.
    okta.delete(&path).is(204);
    let page = browser.open(&format!("{member}/history"));
    page.says("Left Edge").says("the first 200 are listed");
    // In the list of all changes too.
    browser
        .open(&at(&app, "/audit"))
        .says("removed person0@corp.example");
}

#[test]
fn a_pause_needs_somebody_and_explains_an_empty_log() {
    let (app, mut browser) = app();
    app.provider(ProviderKind::Okta);
    let id = app.write(|tx| app::connections::pause(tx, "okta")).id;
    browser.open(&at(&app, "")).says("okta is paused");
    let page = browser.page.link("Resume connection");
    assert_eq!(page, at(&app, &format!("/connections/{id}")));
    browser
        .open(&at(&app, "/log?connection=okta"))
        .says("okta is paused, and sent nothing in this time");
    browser.follow("See the connection").is(200, &page);
}

#[test]
fn groups_without_effect_are_counted() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 1);
    for at in 0..5 {
        okta.new_group(&format!("Idle {at}"), &people);
    }
    browser
        .open(&at(&app, ""))
        .says("5 groups with people grant nothing")
        .says("and 2 more have members and no policy.");
}

#[test]
fn the_figures_above_the_list_are_of_what_it_lists() {
    let app = Setup::standing_clock().spawn();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("person", 5);
    for taken in ["person3@corp.example", "person4@corp.example"] {
        okta.post("/Users", &user(taken)).is(409);
    }
    okta.get("/Users").is(200);
    // The list goes back to the middle of an hour.
    app.pass(24 * HOUR_MS - MINUTE_MS);
    let (app, mut browser) = of(app);
    okta.post("/Users", &user("person3@corp.example")).is(409);
    app.db.flush_activity(true).expect("written");
    let mut figures = |query: &str| {
        let page = browser.open(&at(&app, &format!("/log?{query}")));
        let total = page.html.split("class=\"active-filters\"><span>").nth(1);
        let total = total.and_then(|html| html.split('<').next());
        (total.unwrap_or_default().to_owned(), page.text())
    };
    let (total, text) = figures("since=7d");
    assert_eq!(total, "9 requests, 3 rejected");
    assert!(text.contains("the busiest stretch began on "), "{text}");
    for (query, found, rows) in [
        ("q=person3&outcome=refused", "2 matching requests", 2),
        ("q=person3", "3 matching requests, 2 rejected", 3),
        ("outcome=accepted&since=7d", "5 matching requests", 5),
        ("reason=user_name_taken&since=all", "3 matching requests", 3),
    ] {
        let (total, text) = figures(query);
        assert_eq!(total, found, "{query}");
        let listed = format!("{rows} requests, newest first");
        assert!(text.contains(&listed), "{query}: {text}");
        // The chart says the same, and has all of it.
        let chart = format!("{found}; the busiest stretch began ");
        assert!(text.contains(&chart), "{query}: {text}");
        assert!(!text.contains("older than"), "{query}: {text}");
        assert!(text.contains("not among what matches"), "{query}: {text}");
    }
    let (total, text) = figures("resource=group");
    assert_eq!(total, "0 matching requests, 0 rejected");
    assert!(text.contains("No matching request in this time."), "{text}");
}

/// Its name is told where it is gone too.
#[test]
fn the_token_of_a_request_is_named_when_it_is_revoked() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_group("Edge", &[]);
    let token = app.read(|tx| app::tokens::find(tx, "okta"));
    newest(&app, &mut browser)
        .page
        .says(&format!("{}, from 127.0.0.1", token.name));
    let id = token.id.to_string();
    app.write(move |tx| app::tokens::revoke(tx, &id));
    newest(&app, &mut browser)
        .page
        .says(&format!("{} (gone), from 127.0.0.1", token.name))
        .says(&token.id.to_string());
}
