//! When tokens and their old values end, and what is said of it.

use provost::domain::connection::ProviderKind;
use provost::domain::token::{Expiry, NewToken};
use serde_json::json;

use super::{app, of, secret, secret_of_any, works};
use crate::console::{MINUTE_MS, SUPER, at as place};
use crate::harness::app::Setup;
use crate::harness::browserless::Page;
use crate::harness::client::text;

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

#[test]
fn of_an_expired_token_nothing_is_said_to_go_on() {
    let (app, _, at) = of(Setup::standing_clock().spawn());
    app.new_token("Nightly", |new| new.expires = Expiry::Days(1));
    // A connection's token is made for a year.
    app.provider(ProviderKind::Entra);
    app.pass(366 * DAY_MS);
    let overview = place(&app, "");
    app.new_token("Weekly", |new| new.expires = Expiry::Days(7));
    app.new_token("Daily", |new| new.expires = Expiry::Days(1));
    app.pass(2 * DAY_MS);
    let mut browser = app.signed_in(SUPER);
    let page = browser.open(&overview);
    page.says("Token Daily expired on");
    page.says("Token Weekly expires on");
    let named = |title: &str| page.text().matches(title).count();
    assert_eq!(named("Nothing has used it yet."), 1, "of Weekly");
    assert_eq!(named("Nothing ever used it."), 1, "of Daily");
    assert_eq!(named("Generic never used it."), 1, "of a provider");
    browser.open(&at);
    let daily = browser.page.link("Daily");
    browser.follow("Daily").says("Expired");
    assert!(!browser.page.all("dt").contains(&"Expires".to_owned()));
    browser.open(&format!("{daily}/revoke"));
    browser.page.says("so nothing works with it");
    browser.open(&format!("{daily}/roll")).says("It expired on");
    assert!(!browser.page.text().contains("The old value works for"));
    assert!(!browser.page.text().contains("works until"));
    browser.press("Roll token").says("The old value has ended");
    works(&app, &secret(&browser), 200);
    let entra = app.read(provost::app::tokens::list);
    let entra = entra
        .iter()
        .find(|token| token.connection.as_deref() == Some("entra"));
    let id = entra.expect("the connection's").id;
    browser.open(&place(&app, "/connections"));
    let connection = browser.page.link("entra");
    browser
        .open(&format!("{connection}/token?token={id}"))
        .says("The old value expired on");
    assert!(!browser.page.text().contains("The old value works for"));
    assert!(!browser.page.text().contains("still works"));
    browser.press("Roll token").says("Copy");
    works(&app, &secret_of_any(&browser), 200);
}

/// A script's, a provider's, and one that nothing uses.
#[test]
fn what_the_end_of_a_token_stops_is_said_of_one_that_was_used() {
    let (app, _, at) = of(Setup::standing_clock().spawn());
    let week = |new: &mut NewToken| new.expires = Expiry::Days(7);
    let used = app.new_token("Used", week);
    app.new_token("Unused", week);
    let okta = app.provider(ProviderKind::Okta);
    let use_both = || {
        works(&app, &used, 200);
        okta.get("/Users").is(200);
        app.db.flush_activity(true).expect("written");
    };
    use_both();
    let mut browser = app.signed_in(SUPER);
    browser.open(&at);
    let (used_at, unused_at) = (browser.page.link("Used"), browser.page.link("Unused"));
    browser
        .open(&format!("{used_at}/revoke"))
        .says("Whatever uses it is refused");
    browser
        .open(&format!("{unused_at}/revoke"))
        .says("Nothing has used it so far. Once it is revoked its value lets nobody in");
    assert!(!browser.page.text().contains("is refused"));
    let overview = place(&app, "");
    let page = browser.open(&overview);
    let named = |page: &Page, title: &str| page.text().matches(title).count();
    assert_eq!(named(page, "What uses it stops working then."), 1);
    assert_eq!(named(page, "Nothing has used it yet."), 1);
    app.pass(358 * DAY_MS);
    app.new_token("Unused again", week);
    let mut later = app.signed_in(SUPER);
    later
        .open(&overview)
        .says("okta stops syncing when it does.")
        .says("Nothing has used it yet.");
}

#[test]
fn the_old_value_is_promised_no_longer_than_the_token_lasts() {
    let (app, _, at) = of(Setup::standing_clock().spawn());
    app.new_token("Daily", |new| new.expires = Expiry::Days(1));
    app.pass(22 * 60 * MINUTE_MS);
    let api = app.api();
    let tokens = api.get(&api.at("/tokens")).items();
    let daily = tokens.iter().find(|token| text(token, "name") == "Daily");
    let ends = text(daily.expect("the token"), "expires_on");
    let ends: jiff::Timestamp = ends.parse().expect("an instant");
    let mut browser = app.signed_in(SUPER);
    browser.open(&at);
    browser.follow("Daily");
    browser.follow("Roll token");
    let until = ends.strftime("%-d %b %Y, %H:%M");
    browser
        .fill("The old value works for", "168")
        .press("Roll token")
        .says(&format!("The old value works until {until};"));
    let page = browser.follow("I have stored it");
    page.says(&format!("The old value works until {until}"));
    let token = page.path.clone();
    browser
        .open(&at)
        .says(&format!("The old value works until {until}"));
    // In the zone of whoever looks.
    browser.open("/me/appearance");
    browser
        .fill("Time zone", "Asia/Tokyo")
        .press("Save appearance");
    let there = ends.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
    let until = there.strftime("%-d %b %Y, %H:%M");
    browser
        .open(&token)
        .says(&format!("The old value works until {until}"));
    app.pass(2 * 60 * MINUTE_MS);
    let mut later = app.signed_in(SUPER);
    later.open(&token).says("Roll token");
    assert!(!later.page.text().contains("The old value works until"));
}

#[test]
fn a_token_that_is_off_is_not_said_to_work_once_it_is_rolled() {
    let (app, _, at) = of(Setup::standing_clock().spawn());
    app.new_token("Script", |_| {});
    app.new_token("Daily", |new| new.expires = Expiry::Days(1));
    app.provider(ProviderKind::Okta);
    let api = app.api();
    let all = api.at("/tokens");
    let mut of_okta = String::new();
    for mut token in api.get(&all).items() {
        let (name, id) = (text(&token, "name"), text(&token, "id"));
        if name == "api admin" {
            continue;
        }
        if name == "okta" {
            of_okta.clone_from(&id);
        }
        token["status"] = json!("disabled");
        api.put(&format!("{all}/{id}"), &token).is(200);
    }
    app.pass(2 * DAY_MS);
    let mut browser = app.signed_in(SUPER);
    // Whether its time is over or not.
    for name in ["Script", "Daily"] {
        browser.open(&at);
        browser.follow(name).says("Switched off");
        browser
            .follow("Roll token")
            .says("It is switched off and stays so");
        for promise in ["The old value works for", "works at once", "works until"] {
            assert!(!browser.page.text().contains(promise), "{promise}");
        }
        browser
            .press("Roll token")
            .says("The old value has ended")
            .says("the value works only once it is switched on again");
        works(&app, &secret(&browser), 401);
    }
    browser.open(&place(&app, "/connections"));
    let connection = browser.page.link("okta");
    browser
        .open(&format!("{connection}/token?token={of_okta}"))
        .says("The token is switched off and stays so");
    assert!(!browser.page.text().contains("still works"));
    browser
        .press("Roll token")
        .says("the value works only once it is switched on again");
    works(&app, &secret_of_any(&browser), 401);
}

#[test]
fn an_overlap_that_is_none_of_the_choices_is_refused() {
    let (app, mut browser, at) = app();
    app.new_token("Script", |_| {});
    app.provider(ProviderKind::Okta);
    let list = || app.read(provost::app::tokens::list);
    let all = list();
    let of = |name: &str| all.iter().find(|token| token.name == name).expect("one").id;
    browser.open(&place(&app, "/connections"));
    let connection = browser.page.link("okta");
    for (page, button) in [
        (
            format!("{connection}/token?token={}", of("okta")),
            "Roll token",
        ),
        (format!("{at}/{}/roll", of("Script")), "Roll token"),
    ] {
        browser.open(&page);
        let (action, body) = browser.would_send(button);
        let bad = body.replace("overlap=24", "overlap=25");
        assert_ne!(bad, body);
        let path = action.split('?').next().expect("a path");
        browser
            .post(&action, &bad)
            .is(422, path)
            .says("Choose how long the old value works");
    }
    for (token, before) in list().iter().zip(&all) {
        assert_eq!(token.hint, before.hint, "rolled");
    }
}
