//! Tokens whose time is yet to come: where they are told apart, and what is said of their values.

use provost::domain::connection::ProviderKind;
use provost::domain::token::NewOwner;

use super::{of, secret, works};
use crate::console::{MINUTE_MS, SUPER, at as place};
use crate::harness::app::{Setup, TestApp};
use crate::harness::client::text;

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// That much from now, as it is given to a new token, and as pages tell it.
fn ahead(app: &TestApp, milliseconds: i64) -> (i64, String) {
    let ms = app.read(|tx| Ok(tx.now_ms())) + milliseconds;
    let at = jiff::Timestamp::from_millisecond(ms).expect("an instant");
    (ms, at.strftime("%-d %b %Y, %H:%M").to_string())
}

#[test]
fn a_token_that_is_not_valid_yet_says_so_and_since_when_its_values_work() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    let (begins, from) = ahead(&app, 30 * MINUTE_MS);
    let made = app.new_token("Later", |new| new.not_before_ms = Some(begins));
    browser
        .open(&at)
        .says("Not valid yet")
        .says(&format!("Works from {from} on"));
    browser
        .open(&format!("{at}?status=not_yet_valid"))
        .says("Later")
        .says("1 token");
    browser.open(&format!("{at}?status=active"));
    assert!(!browser.page.text().contains("Later"), "counted as active");
    let csv = browser.send("GET", &format!("{at}.csv?q=later"), &[], None);
    assert!(csv.text().contains("not_yet_valid"), "{}", csv.text());
    // The API has no such state.
    let api = app.api();
    let all = api.get(&api.at("/tokens")).items();
    let later = all.iter().find(|token| text(token, "name") == "Later");
    assert_eq!(later.expect("the token")["status"], "active");
    browser.open(&at);
    browser
        .follow("Later")
        .says(&format!("Not valid before {from}"));
    assert!(!browser.page.text().contains("Active"), "nor on its page");
    let token = browser.page.path.clone();
    browser
        .open(&format!("{token}/switch"))
        .says(&format!("It is not valid before {from}. Switched off"));
    browser
        .open(&format!("{token}/revoke"))
        .says(&format!("It is not valid before {from}, so nothing works"));
    browser
        .open(&format!("{token}/roll"))
        .says("until then neither the old value nor the new one works");
    assert!(!browser.page.text().contains("The old value works for"));
    browser
        .fill("The old value ends", "24")
        .press("Roll token")
        .says(&format!("The old value works from {from} until"))
        .says(&format!("the new value works from {from} on"));
    let second = secret(&browser);
    works(&app, &made, 401);
    works(&app, &second, 401);
    let both = format!("The old value works from {from} until");
    browser.open(&token).says(&both);
    browser.open(&at).says(&both);
    browser
        .open(&place(&app, "/audit?q=later"))
        .says("the old value ends 22 Nov 2026, 12:00");
    app.pass(31 * MINUTE_MS);
    works(&app, &made, 200);
    works(&app, &second, 200);
    let mut after = app.signed_in(SUPER);
    after
        .open(&token)
        .says("Active")
        .says("The old value works until");
}

/// What would end before the token begins ends at once: it could never be used.
#[test]
fn an_old_value_that_would_never_work_is_not_promised() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    let (begins, from) = ahead(&app, 2 * DAY_MS);
    let made = app.new_token("Soon", |new| new.not_before_ms = Some(begins));
    let (much_later, _) = ahead(&app, 30 * DAY_MS);
    app.new_token("Much later", |new| new.not_before_ms = Some(much_later));
    browser.open(&at);
    browser.follow("Much later");
    browser
        .follow("Roll token")
        .says("Rolling ends the old value and makes a new one, which works from then on");
    assert!(!browser.page.text().contains("The old value ends"));
    browser
        .press("Roll token")
        .says("The old value has ended. The token is not valid yet");
    browser.open(&at);
    browser.follow("Soon");
    browser.follow("Roll token").says("In 3 days");
    assert!(!browser.page.text().contains("In 24 hours"), "too soon");
    app.write(|tx| provost::app::tokens::roll(tx, "Soon", DAY_MS));
    let token = app.read(|tx| provost::app::tokens::find(tx, "Soon"));
    assert_eq!(token.old_until_ms, None);
    browser.open(&at).says(&format!("Works from {from} on"));
    app.pass(2 * DAY_MS);
    works(&app, &made, 401);
}

#[test]
fn a_connections_token_is_told_so_too() {
    let (app, mut browser, _) = of(Setup::standing_clock().spawn());
    app.provider(ProviderKind::Okta);
    let (begins, from) = ahead(&app, 30 * MINUTE_MS);
    app.new_token("Spare", |new| {
        new.not_before_ms = Some(begins);
        new.owner = NewOwner::Connection("okta".to_owned());
    });
    let token = app.read(|tx| provost::app::tokens::find(tx, "Spare"));
    browser.open(&place(&app, "/connections"));
    let connection = browser.page.link("okta");
    browser.open(&connection).says("Not valid yet");
    browser
        .open(&format!("{connection}/token?token={}", token.id))
        .says(&format!("The token is not valid before {from}"));
    browser
        .fill("The old value ends", "24")
        .press("Roll token")
        .says(&format!("The old value works from {from} until"));
    // The only one that works is told before it goes.
    let okta = app.read(|tx| provost::app::tokens::find(tx, "okta"));
    browser
        .open(&place(&app, &format!("/tokens/{}/revoke", okta.id)))
        .says("It is the only token of okta that works");
}

#[test]
fn addresses_of_which_none_is_left_are_refused_at_the_field() {
    let (_app, mut browser, at) = super::app();
    browser.open(&format!("{at}/new?template=read"));
    browser
        .fill("Name", "Nobody")
        .fill("Addresses it may be used from", "10.1.0.0/16, 10.2.0.0/16")
        .fill("Addresses it may not be used from", "10.0.0.0/8")
        .press("Continue to summary")
        .says("so it would let nobody in; take some of them out");
    assert_eq!(browser.page.status, 422);
    let field = "aria-describedby=\"f-not_from-hint f-not_from-error\"";
    assert!(browser.page.html.contains(field), "{}", browser.page.html);
    browser
        .fill("Addresses it may not be used from", "10.1.0.0/16")
        .press("Continue to summary")
        .says("Check the token");
}
