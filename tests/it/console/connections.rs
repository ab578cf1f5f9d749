//! Connections at the console: connected, watched, settled, paused, rolled, held.

mod brakes;
mod settings;
mod way_in;

use provost::domain::brake::Brake;
use provost::domain::catalogue;
use provost::domain::connection::{ProviderKind, SettingsChange};
use provost::domain::id::MemberId;
use serde_json::{Value, json};

use super::{HOSTILE, SUPER, app, at};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user};

const ADMINISTRATOR: &str = "changes@corp.example";
const HOUR: i64 = 3_600_000;

/// The value that is shown once.
fn token(browser: &Browser) -> String {
    let values = browser.page.all("code");
    let token = values.iter().find(|text| text.starts_with("pvs_"));
    token.expect("a token").clone()
}

/// Connects a provider by the wizard; gives the address of its page and a client with its token.
fn connect(app: &TestApp, browser: &mut Browser, kind: &str, name: &str) -> (String, Client) {
    browser.open(&at(app, &format!("/connections/new/{kind}")));
    browser
        .fill("Connection name", name)
        .press("Create connection and token")
        .says("shown this once");
    let client = app.client(&token(browser));
    browser.follow("I have stored the token");
    let page = browser.page.path.trim_end_matches("/setup").to_owned();
    (page, client)
}

/// What deactivates somebody.
fn off() -> Value {
    json!([{ "op": "replace", "path": "active", "value": false }])
}

/// A box with a provider of 30 people, of whom it took 10 out, and 20 more are held; the provider,
/// and the people.
fn held() -> (TestApp, Client, Vec<String>) {
    let app = Setup::standing_clock().spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 30);
    app.pass(25 * HOUR);
    let is_held = |id: &&String| okta.patch_user(id, &off()).status == 429;
    assert_eq!(people.iter().filter(is_held).count(), 20);
    (app, okta, people)
}

#[test]
fn who_knocked_before_a_connection_was_made_is_not_its_provider() {
    let app = Setup::standing_clock().spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let mut browser = app.signed_in(SUPER);
    app.scim().get("/Users").is(200);
    let wrong = || app.client("pvs_x").get("/Users").is(401);
    wrong();
    app.pass(1000);
    connect(&app, &mut browser, "okta", "Okta");
    let setup = browser.page.path.clone();
    let waiting = |browser: &mut Browser| browser.open(&setup).text().matches("Waiting").count();
    assert_eq!(waiting(&mut browser), 4, "{}", browser.page.text());
    browser.page.says("Roll it to see a new one");
    wrong();
    assert_eq!(waiting(&mut browser), 3);
    browser.page.says("Requests arrive without a good token");
}

#[test]
fn a_provider_is_connected_and_its_checks_tick_themselves() {
    let (app, mut browser) = app();
    browser
        .open(&at(&app, "/connections/new"))
        .says("Microsoft Entra ID");
    for (kind, words) in [
        ("okta", "SCIM 2.0 Base Url"),
        ("entra", "Tenant URL"),
        ("authentik", "Backchannel Providers"),
        ("generic", "With the token in the variable TOKEN"),
    ] {
        let (_, client) = connect(&app, &mut browser, kind, &format!("By {kind}"));
        let setup = browser.page.path.clone();
        browser.page.says(words).says("Waiting").says("/scim/v2");
        assert!(
            !browser.page.text().contains("pvs_"),
            "the token is shown once"
        );
        assert_eq!(browser.page.looks_every(), Some(5));
        let paused = browser.open(&format!("{setup}?watch=off"));
        assert_eq!(paused.looks_every(), None);
        paused.says("Updates are paused");
        client
            .post("/Users", &user(&format!("{kind}@corp.example")))
            .is(201);
        client
            .post("/Groups", &group(&format!("{kind} team"), &[]))
            .is(201);
        let page = browser.open(&setup);
        page.says("Every check passed")
            .says(&format!("{kind}@corp.example"));
        assert!(!page.text().contains("Waiting"), "{}", page.text());
        assert_eq!(browser.page.looks_every(), None);
        assert_eq!(browser.page.find_link("Pause"), None);
    }
    browser
        .open(&at(&app, "/connections"))
        .says("By okta")
        .says("By generic")
        .says("364 days left");
    // A name that is taken is said beside its field.
    browser.open(&at(&app, "/connections/new/okta"));
    browser
        .fill("Connection name", "by OKTA")
        .press("Create connection and token")
        .is(422, &at(&app, "/connections/new/okta"))
        .says("choose another name");
}

/// A name that is offered is not refused then.
#[test]
fn the_name_that_is_offered_for_a_second_connection_is_free() {
    let (app, mut browser) = app();
    let new = at(&app, "/connections/new/okta");
    let offered = |browser: &mut Browser, name: &str| {
        let html = browser.open(&new).html.clone();
        assert!(html.contains(&format!("value=\"{name}\"")), "{html}");
    };
    offered(&mut browser, "Okta");
    // Names are the same in any letter case.
    app.provider(ProviderKind::Okta);
    offered(&mut browser, "Okta 2");
    connect(&app, &mut browser, "okta", "OKTA 2");
    offered(&mut browser, "Okta 3");
    offered(&mut browser, "Okta 3");
}

#[test]
fn settings_are_saved_and_never_over_somebody_elses_change() {
    let (app, mut browser) = app();
    let (page, client) = connect(&app, &mut browser, "entra", HOSTILE);
    browser.open(&page).says(HOSTILE).says("No request yet");
    assert!(
        !browser.page.html.contains("<script>alert"),
        "markup in a name"
    );
    let mut other = browser.window();
    other.open(&page);
    browser
        .fill("Brake on mass changes", "lots")
        .press("Save settings")
        .is(422, &format!("{page}/settings"))
        .says("give it as off, 25 or 20%");
    browser
        .fill("Brake on mass changes", "5")
        .fill("Connection name", "Entra")
        .press("Save settings")
        .is(200, &page)
        .says("Saved Entra");
    other
        .fill("Brake on mass changes", "off")
        .press("Save settings")
        .is(409, &format!("{page}/settings"))
        .says("Somebody changed this connection");
    browser.open(&page);
    assert!(
        browser.page.html.contains("value=\"5\""),
        "{}",
        browser.page.html
    );
    browser.follow("Pause").says("answered 503");
    browser
        .press("Pause connection")
        .is(200, &page)
        .says("Paused Entra");
    client.get("/Users").is(503);
    browser.press("Resume connection").says("Resumed Entra");
    client.get("/Users").is(200);
}

#[test]
fn an_empty_page_of_a_connection_says_where_to_go_on() {
    let (app, mut browser) = app();
    browser.open(&at(&app, "/connections"));
    let page = browser.page.link("API");
    browser
        .open(&page)
        .says("The account’s own API tokens write through it.");
    browser.open(&format!("{page}/held"));
    browser
        .follow("Connection settings")
        .is(200, &page)
        .says("Brake on mass changes");
}

#[test]
fn a_token_is_rolled_with_an_overlap_or_without() {
    let (app, mut browser) = app();
    let (page, old) = connect(&app, &mut browser, "okta", "Okta");
    browser.open(&page);
    browser.follow("Roll token Okta");
    browser
        .fill("The old value works for", "24")
        .press("Roll token")
        .says("shown this once")
        .says("The old value works until");
    let new = app.client(&token(&browser));
    old.get("/Users").is(200);
    new.get("/Users").is(200);
    browser.open(&page).says("The old value works until");
    browser.follow("Roll token Okta");
    browser
        .fill("The old value works for", "0")
        .press("Roll token")
        .says("The old value has ended.");
    let newest = app.client(&token(&browser));
    new.get("/Users").is(401);
    newest.get("/Users").is(200);
    browser.open(&page);
    assert!(!browser.page.text().contains("The old value works until"));
    browser.follow("Add a token");
    browser.fill("Token name", "second").press("Create token");
    app.client(&token(&browser)).get("/Users").is(200);
    newest.get("/Users").is(200);
    // An Administrator sees the connection and not how to roll its token.
    app.operator(ADMINISTRATOR, Some(catalogue::ADMINISTRATOR));
    let mut less = app.signed_in(ADMINISTRATOR);
    less.open(&page).says("second");
    assert!(
        !less.page.text().contains("Roll token"),
        "{}",
        less.page.text()
    );
    less.open(&format!("{page}/token"))
        .is(403, &format!("{page}/token"));
}

/// Whoever loads the page again after its form made a token gets no second one.
#[test]
fn a_form_that_comes_twice_makes_one_token() {
    let (app, mut browser) = app();
    browser.open(&at(&app, "/connections/new/okta"));
    let (path, body) = browser.would_send("Create connection and token");
    browser.post(&path, &body).says("Okta");
    let page = browser.post(&path, &body);
    assert_eq!(page.status, 410);
    page.says("The value was shown once");
    browser.open(&at(&app, "/connections"));
    browser.follow("Okta");
    browser.follow("Roll token Okta");
    let (path, body) = browser.would_send("Roll token");
    // The form's own address is the page of that token again.
    assert!(path.contains("/token?token="), "{path}");
    let tokens = || app.read(provost::app::tokens::list).len();
    let before = tokens();
    browser.post(&path, &body).says("The old value works until");
    assert_eq!(browser.post(&path, &body).status, 410);
    assert_eq!(tokens(), before);
}

#[test]
fn held_changes_are_shown_with_what_they_take_and_decided() {
    let (app, okta, people) = held();
    let off = off();
    let mut browser = app.signed_in(SUPER);
    browser.open(&at(&app, "/connections")).says("Changes held");
    browser.follow("okta");
    let page = browser.page.path.clone();
    browser.follow("Held changes").says("person29@corp.example");
    browser.page.says("Membership and Minimal Account Access");
    browser
        .tick("person29@corp.example")
        .press("Discard")
        .says("keeps their access")
        .says("person29@corp.example");
    assert!(
        !browser.page.text().contains("person28@"),
        "only the ticked one"
    );
    browser
        .press("Discard 1 change")
        .is(200, &format!("{page}/held"))
        .says("Discarded 1 change");
    browser
        .open(&at(&app, ""))
        .says("okta had held changes discarded")
        .says("1 held change, of person29@corp.example");
    let member: MemberId = people[29].parse().expect("an id");
    let history = at(&app, &format!("/members/{}/history", member.membership()));
    browser
        .open(&history)
        .says("A held removal was discarded okta");
    browser.open(&format!("{page}/held"));
    browser.press("Release").says("All changes that were held");
    browser
        .press("Release all")
        .says("Released 19 changes")
        .says("They are applied when");
    browser
        .open(&at(&app, ""))
        .says("okta had held changes released")
        .says("19 held changes, of person10@corp.example,")
        .says("and 17 more");
    assert_eq!(okta.patch_user(&people[28], &off).status, 200);
    okta.patch_user(&people[29], &off).refused(403, "");
    // Whoever looks understands at once why the provider is refused, and that it was again.
    let row = format!("/log/{}", app.last_logged().seq);
    browser
        .open(&at(&app, &row))
        .says("then discarded at this console");
    browser
        .open(&format!("{page}/held"))
        .says("Asked 2 times, last just now")
        .says("What was discarded is refused whenever the provider asks for it again");
    // What was released was applied.
    browser.open(&format!("{page}/held"));
    let text = browser.page.text();
    assert!(!text.contains("None of them was applied"), "{text}");
}

/// Somebody's release ends by its use. That they go at once when they come back is no release: they
/// do not count for a day, and both is said before it happens.
#[test]
fn a_release_ends_by_being_used_and_who_comes_back_counts_anew() {
    let (app, okta, people) = held();
    let mut browser = app.signed_in(SUPER);
    browser.open(&at(&app, "/connections"));
    browser.follow("okta");
    browser.follow("Held changes").says(
        "People who joined or came back less than a day ago do not count, and are removed at once",
    );
    let page = browser.page.path.clone();
    browser
        .tick("person29@corp.example")
        .tick("person28@corp.example");
    browser
        .press("Release")
        .says("until 23 Nov 2026, 13:00 they then pass")
        .says("release ends when it is used");
    browser
        .press("Release 2 changes")
        .says("Released 2 changes");
    okta.patch_user(&people[29], &off()).is(200);
    browser.open(&page);
    assert!(
        !browser.page.text().contains("person29@"),
        "its release is used"
    );
    okta.set_active(&people[29], true);
    okta.patch_user(&people[29], &off()).is(200);
    // A day after they came back they count.
    okta.set_active(&people[29], true);
    // What nobody used yet can be ended.
    browser
        .open(&page)
        .says("Released until 23 Nov 2026, 13:00");
    browser
        .press("Discard after all person28@corp.example")
        .says("keeps their access");
    browser.press("Discard 1 change").says("Discarded 1 change");
    okta.patch_user(&people[28], &off()).refused(403, "");
    app.set_connection(
        "okta",
        SettingsChange {
            brake: Some(Brake::People(0)),
            ..SettingsChange::default()
        },
    );
    app.pass(25 * HOUR);
    okta.patch_user(&people[29], &off()).is(429);
}

/// However many were decided in the last day, what waits for a decision can be decided.
#[test]
fn what_waits_stands_before_what_is_decided() {
    let app = Setup::standing_clock().spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 150);
    app.pass(25 * HOUR);
    let is_held = |id: &String| okta.patch_user(id, &off()).status == 429;
    let (last, first) = people.split_last().expect("people");
    assert!(first.iter().filter(|id| is_held(id)).count() > 100);
    let mut browser = app.signed_in(SUPER);
    browser.open(&at(&app, "/connections")).says("Changes held");
    browser.follow("okta");
    browser.follow("Held changes");
    browser.press("Release");
    browser.press("Release all");
    assert!(is_held(last), "within the limit");
    let page = browser.page.path.clone();
    browser.open(&page).says("person149@corp.example");
    browser.press("Discard").says("person149@corp.example");
    // Nor is it forgotten after a day.
    app.pass(30 * HOUR);
    let mut later = app.signed_in(SUPER);
    later
        .open(&at(&app, ""))
        .says("okta: 1 held change to decide on");
    app.set_connection(
        "okta",
        SettingsChange {
            brake: Some(Brake::Off),
            ..SettingsChange::default()
        },
    );
    later
        .open(&page)
        .says("is applied when the provider sends it again, unless you discard it.");
    later.open(&at(&app, "")).says("Its brake is off");
}

#[test]
fn what_is_held_is_one_step_away() {
    let app = Setup::standing_clock().spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let (okta, entra) = (
        app.provider(ProviderKind::Okta),
        app.provider(ProviderKind::Entra),
    );
    app.provider(ProviderKind::Authentik);
    let (first, second) = (okta.new_users("first", 30), entra.new_users("second", 30));
    app.pass(25 * HOUR);
    let held = |client: &Client, people: &[String]| {
        let statuses = people.iter().map(|id| client.patch_user(id, &off()).status);
        assert!(statuses.filter(|status| *status == 429).count() > 0);
    };
    held(&okta, &first);
    let mut browser = app.signed_in(SUPER);
    browser.open(&at(&app, ""));
    browser
        .follow("See what is held")
        .says("Held changes")
        .says("first29@corp.example");
    let page = browser.page.path.clone();
    assert!(page.ends_with("/held"), "{page}");
    let banner = browser.page.text().contains("See what is held");
    assert!(!banner, "a page that leads to itself");
    // The log says it in a few words, and what to do in the console's own.
    browser
        .open(&at(&app, "/log"))
        .says("first29@corp.example Asked to deactivate; more than the brake allows");
    let row = format!("/log/{}", app.last_logged().seq);
    browser
        .open(&at(&app, &row))
        .says("See who would lose access");
    assert!(!browser.page.text().contains("provost connection"));
    assert_eq!(browser.page.link("Held changes"), page);
    // Several connections hold some: those alone are listed, each with what it holds.
    held(&entra, &second);
    browser.open(&at(&app, ""));
    browser
        .follow("See what is held")
        .is(200, &at(&app, "/connections"))
        .says("2 connections")
        .says("Holds changes");
    assert!(!browser.page.text().contains("authentik"));
    assert_eq!(browser.page.link("okta"), page);
    browser.follow("entra").says("second29@corp.example");
    browser
        .open(&at(&app, "/connections?held=some"))
        .says("Part of the address was left out")
        .says("authentik");
}
