//! What a provider is refused for at the door: an old value of its token, or one that nobody knows.

use provost::domain::reason::Reason;

use super::super::{MINUTE_MS, SUPER, at, of};
use super::connect;
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;

const STRANGER: &str = "with a token that Provost doesn’t know: copy the value again, whole";
const REPLACED: &str = "because the value that was sent was replaced by a roll";

fn waiting(browser: &mut Browser, page: &str) -> usize {
    let page = browser.open(&format!("{page}/setup"));
    page.text().matches("Waiting").count()
}

#[track_caller]
fn says_not(browser: &Browser, words: &str) {
    let text = browser.page.text();
    assert!(!text.contains(words), "{words:?} is in {text}");
}

/// A box whose first provider waits for nothing more.
fn standing() -> (TestApp, Browser) {
    let (app, browser) = of(Setup::standing_clock().spawn());
    app.scim().get("/Users").is(200);
    (app, browser)
}

#[test]
fn an_old_value_is_told_as_one_until_the_newer_one_is_used() {
    let (app, mut browser) = standing();
    let (page, old) = connect(&app, &mut browser, "entra", "Entra");
    old.get("/Users").is(200);
    assert_eq!(waiting(&mut browser, &page), 2);
    let rolled = app.write(|tx| provost::app::tokens::roll(tx, "Entra", 0));
    app.pass(1000);
    let told = old.get("/Users").refused(401, "");
    assert!(
        told.contains("enter the newer value at the client"),
        "{told}"
    );
    assert_eq!(app.last_logged().reason, Some(Reason::TokenReplaced));
    app.pass(2000);
    // Where it is set up, on its page, and on the overview.
    assert_eq!(waiting(&mut browser, &page), 3);
    browser
        .page
        .says(&format!(
            "A request from 127.0.0.1 came 2 s ago with its token and was refused, {REPLACED}."
        ))
        .says("put the newest one there");
    browser
        .open(&page)
        .says(REPLACED)
        .says("an old value")
        .says("enter the newer one at the provider");
    browser
        .open(&at(&app, ""))
        .says("1 request from Entra rejected: an old value of the token, replaced by a roll")
        .says("enter the newer one at the provider");
    says_not(&browser, "Roll the token and enter");
    says_not(&browser, "Accepted since");
    // Once the newer one is used, nobody has to do anything.
    app.pass(MINUTE_MS);
    app.client(rolled.secret.reveal()).get("/Users").is(200);
    assert_eq!(waiting(&mut browser, &page), 2);
    says_not(&browser, REPLACED);
    browser.page.says("Set-up values of Entra");
    browser.open(&page);
    says_not(&browser, REPLACED);
    let settled = "Settled: requests with the same token were accepted since.";
    browser.page.says(settled);
    says_not(&browser, "enter the newer one at the provider");
    browser.open(&at(&app, "")).says("Accepted since");
    // On another day too.
    app.pass(25 * 60 * MINUTE_MS);
    let mut later = app.signed_in(SUPER);
    later.open(&page).says(settled);
    says_not(&later, "enter the newer one at the provider");
}

/// The newest value is shown of a token; which one the provider goes by is said beside it.
#[test]
fn while_two_values_work_pages_say_which_is_used() {
    let (app, mut browser) = standing();
    let (page, old) = connect(&app, &mut browser, "okta", "Okta");
    old.get("/Users").is(200);
    assert_eq!(waiting(&mut browser, &page), 2);
    let roll = |overlap_ms| app.write(move |tx| provost::app::tokens::roll(tx, "Okta", overlap_ms));
    let rolled = roll(24 * 60 * MINUTE_MS);
    let new = app.client(rolled.secret.reveal());
    let token = at(&app, &format!("/tokens/{}", rolled.token.id));
    app.pass(MINUTE_MS);
    old.get("/Users").is(200);
    app.pass(6000);
    let mut all_say = |waits: usize, told: &str| {
        assert_eq!(waiting(&mut browser, &page), waits);
        if waits == 3 {
            browser.page.says(told);
        } else {
            says_not(&browser, "old value");
        }
        browser.open(&page).says(told);
        browser
            .open(&token)
            .says("The old value works until")
            .says(told);
    };
    let told = "The old value was last used 6 s ago; the new one has not been used yet. Enter the \
                new value at the provider before ";
    all_say(3, told);
    new.get("/Users").is(200);
    app.pass(2000);
    let told = "The new value is in use: it was last used 2 s ago, the old one 8 s ago.";
    all_say(2, told);
    // Somebody has the old one still.
    old.get("/Users").is(200);
    app.pass(1000);
    let told = "The old value was last used 1 s ago, after the new one (3 s ago): both are in use.";
    all_say(3, told);
    // Without an overlap too, what was right is so no more.
    let newest = app.client(roll(0).secret.reveal());
    assert_eq!(waiting(&mut browser, &page), 3);
    browser
        .page
        .says("The new value has not been used yet; the old one was last used 1 s ago");
    newest.get("/Users").is(200);
    assert_eq!(waiting(&mut browser, &page), 2);
}

/// Whose an unknown token is can't be told where several wait for their first request.
#[test]
fn where_several_wait_a_strangers_request_ticks_nothing() {
    let (app, mut browser) = standing();
    let (okta, own) = connect(&app, &mut browser, "okta", "Okta");
    let (entra, _) = connect(&app, &mut browser, "entra", "Entra");
    app.pass(1000);
    let target = format!("{}/Users", own.base());
    own.send_plain("GET", &target, &[], None).is(401);
    for page in [&okta, &entra] {
        assert_eq!(waiting(&mut browser, page), 4);
        browser
            .page
            .says("whether that was this provider can’t be told");
    }
    app.client("pvs_x").get("/Users").is(401);
    app.pass(20_000);
    for page in [&okta, &entra] {
        assert_eq!(waiting(&mut browser, page), 4);
        let told = "Something at 127.0.0.1 reached this server 20 s ago with a token that no \
                    connection has; if that was this provider, paste the token again.";
        browser.page.says(told);
        says_not(&browser, STRANGER);
        browser.open(page).says(told);
    }
    let rows = |browser: &mut Browser, list: &str| {
        let page = browser.open(&at(&app, list));
        page.text().matches("unknown token 20 s ago").count()
    };
    assert_eq!(rows(&mut browser, ""), 2);
    assert_eq!(rows(&mut browser, "/connections"), 2);
    // Once one of them came in, it is the other one's.
    own.get("/Users").is(200);
    assert_eq!(waiting(&mut browser, &entra), 3);
    browser.page.says(STRANGER).says("Connect Entra");
    assert_eq!(rows(&mut browser, "/connections"), 1);
    assert_eq!(waiting(&mut browser, &okta), 2);
}

/// The end of an overlap that ran out is no end of the token.
#[test]
fn a_value_whose_overlap_is_over_is_no_expired_token() {
    let (app, mut browser) = standing();
    let (_, old) = connect(&app, &mut browser, "okta", "Okta");
    app.write(|tx| provost::app::tokens::roll(tx, "Okta", 20 * MINUTE_MS));
    old.get("/Users").is(200);
    app.pass(20 * MINUTE_MS);
    old.get("/Users").is(401);
    assert_eq!(app.last_logged().reason, Some(Reason::TokenReplaced));
    browser
        .open(&at(&app, ""))
        .says("an old value of the token, replaced by a roll");
    says_not(&browser, "Rolled before it expires");
}

#[test]
fn a_mistyped_token_is_told_where_a_connection_waits() {
    let (app, mut browser) = standing();
    let (page, own) = connect(&app, &mut browser, "okta", "Okta");
    app.pass(1000);
    // Without any token nothing was mistyped.
    let target = format!("{}/Users", own.base());
    own.send_plain("GET", &target, &[], None).is(401);
    assert_eq!(waiting(&mut browser, &page), 3);
    browser.page.says("Requests arrive without a good token");
    says_not(&browser, STRANGER);
    let mistyped = || app.client("pvs_x").get("/Users").is(401);
    mistyped();
    app.pass(20_000);
    assert_eq!(waiting(&mut browser, &page), 3);
    let told = format!("A request from 127.0.0.1 came 20 s ago {STRANGER}");
    browser
        .page
        .says(&told)
        .says("Which connection the request was meant for can’t be told");
    browser.open(&page).says(&told);
    says_not(&browser, "No request yet");
    // A newer value makes it a thing of before.
    app.write(|tx| provost::app::tokens::roll(tx, "Okta", 0));
    browser.open(&page).says("No request yet");
    says_not(&browser, STRANGER);
    assert_eq!(waiting(&mut browser, &page), 3);
    says_not(&browser, "without a good token");
    // So does time.
    app.pass(1000);
    mistyped();
    browser.open(&page).says(STRANGER);
    app.pass(61 * MINUTE_MS);
    let mut later = app.signed_in(SUPER);
    later.open(&page).says("No request yet");
    // And so does whoever comes in.
    mistyped();
    later.open(&page).says(STRANGER);
    let rolled = app.write(|tx| provost::app::tokens::roll(tx, "Okta", 0));
    app.client(rolled.secret.reveal()).get("/Users").is(200);
    mistyped();
    later.open(&page);
    says_not(&later, STRANGER);
    assert_eq!(waiting(&mut later, &page), 2);
    says_not(&later, STRANGER);
}

/// A provider that came in before and comes with an unknown token now looks like a quiet one.
#[test]
fn an_unknown_token_is_told_of_those_in_use_until_each_came_in_again() {
    let (app, mut browser) = standing();
    let (okta, own) = connect(&app, &mut browser, "okta", "Okta");
    let (entra, other) = connect(&app, &mut browser, "entra", "Entra");
    let title = "A request came with a token that no connection has";
    let not_told = "Whether it was meant for this connection can’t be told";
    let overview = at(&app, "");
    let list = at(&app, "/connections");
    own.get("/Users").is(200);
    other.get("/Users").is(200);
    app.pass(1000);
    let mistyped = || app.client("pvs_x").get("/Users").is(401);
    mistyped();
    app.pass(20_000);
    let both = "Last 20 s ago, from 127.0.0.1. Which connection it was meant for can’t be told; \
                Entra, Generic and Okta sent no good request since.";
    for place in [&overview, &list] {
        browser.open(place).says(title).says(both);
    }
    for page in [&okta, &entra] {
        browser.open(page).says(title).says(not_told);
    }
    // It is no error of theirs.
    browser.open(&list);
    says_not(&browser, "Some errors");
    // Whoever comes in is told of no more, and once all have, nobody is.
    own.get("/Users").is(200);
    browser.open(&okta);
    says_not(&browser, title);
    browser
        .open(&overview)
        .says("; Entra and Generic sent no good request since. If");
    other.get("/Users").is(200);
    app.scim().get("/Users").is(200);
    for place in [&overview, &list, &okta, &entra] {
        browser.open(place);
        says_not(&browser, title);
    }
    // So it ends with a pause, with a newer value, and by itself.
    app.pass(1000);
    mistyped();
    app.write(|tx| provost::app::connections::pause(tx, "Entra").map(drop));
    browser
        .open(&overview)
        .says("; Generic and Okta sent no good request since. If");
    app.pass(1000);
    app.scim().get("/Users").is(200);
    app.write(|tx| provost::app::tokens::roll(tx, "Okta", 0));
    browser.open(&overview);
    says_not(&browser, title);
    mistyped();
    app.pass(3 * 60 * MINUTE_MS);
    let mut later = app.signed_in(SUPER);
    later.open(&overview).says(title);
    later.open(&okta).says(not_told);
    app.pass(22 * 60 * MINUTE_MS);
    let mut later = app.signed_in(SUPER);
    later.open(&overview);
    says_not(&later, title);
}
