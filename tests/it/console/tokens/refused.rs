//! Tokens that somebody goes on using in vain: their pages say so, and what mends it.

use provost::domain::token::refused::{Barred, TokenRefusals};

use super::{MINUTE_MS, SUPER, at, of, works};
use crate::harness::app::{Setup, TestApp};
use crate::harness::fixtures::user;

/// What is known of the refusals of the token that is called "Script".
fn refused(app: &TestApp) -> Option<TokenRefusals> {
    let all = app.read(provost::app::tokens::list);
    let script = all.into_iter().find(|token| token.name == "Script");
    script.expect("the token").refused
}

fn switch(app: &TestApp, on: bool) {
    app.write(move |tx| provost::app::tokens::switch(tx, "Script", on));
}

#[test]
fn a_token_that_is_switched_off_and_used_says_so() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    let made = app.new_token("Script", |_| {});
    works(&app, &made, 200);
    browser.open(&at);
    let token = browser.page.link("Script");
    let says_not = |browser: &crate::harness::browserless::Browser| {
        let text = browser.page.text();
        assert!(!text.contains("Still used"), "{text}");
    };
    browser.open(&token);
    says_not(&browser);
    switch(&app, false);
    for _ in 0..3 {
        works(&app, &made, 401);
    }
    // Of a wrong secret there is nothing to remember.
    works(&app, "pva_nonsense", 401);
    browser
        .open(&token)
        .says("Still used: last tried just now from 127.0.0.1, refused because it is switched off")
        .says("3 tries since")
        .says("Switch it on again");
    browser.open(&at).says("tried just now: switched off");
    switch(&app, true);
    browser.open(&token).says("Last refused");
    says_not(&browser);
}

/// A token that is made right after the newest one was revoked has its place in the database.
#[test]
fn what_used_a_token_that_is_gone_is_not_told_of_the_next_one() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    let made = app.new_token("Script", |_| {});
    works(&app, &made, 200);
    app.write(|tx| provost::app::tokens::revoke(tx, "Script"));
    let next = app.new_token("Script", |_| {});
    app.db.flush_activity(true).expect("written");
    let used = || {
        let all = app.read(provost::app::tokens::list);
        let script = all.into_iter().find(|token| token.name == "Script");
        script.expect("the token").last_used_ms
    };
    assert_eq!(used(), None);
    browser.open(&at);
    browser.follow("Script").says("Last used Never");
    works(&app, &next, 200);
    app.db.flush_activity(true).expect("written");
    assert!(used().is_some());
}

/// However often somebody tries, it costs one write a minute.
#[test]
fn refusals_are_written_once_a_minute_and_all_of_them() {
    let (app, ..) = of(Setup::standing_clock().spawn());
    let made = app.new_token("Script", |_| {});
    switch(&app, false);
    let tried = |times: usize| {
        for _ in 0..times {
            works(&app, &made, 401);
        }
        app.db.flush_activity(false).expect("written");
        refused(&app).map(|refused| refused.count)
    };
    assert_eq!(refused(&app), None);
    assert_eq!(tried(2), Some(2));
    assert_eq!(tried(5), Some(2), "the minute is not over");
    app.pass(MINUTE_MS);
    assert_eq!(tried(1), Some(8));
    // Of another reason, or after a change, it is another story.
    app.pass(1);
    switch(&app, true);
    switch(&app, false);
    app.pass(MINUTE_MS);
    assert_eq!(tried(1), Some(1));
}

#[test]
fn of_a_value_that_a_roll_replaced_and_of_an_address_it_is_said_too() {
    let app = Setup::standing_clock().spawn();
    let made = app.new_token("Script", |_| {});
    let far = app.new_token("Far", |new| {
        new.addresses.allow = vec!["192.0.2.0/24".parse().expect("a network")];
    });
    works(&app, &far, 403);
    let rolled = app.write(|tx| provost::app::tokens::roll(tx, "Script", 60 * MINUTE_MS));
    app.pass(61 * MINUTE_MS);
    works(&app, &made, 401);
    works(&app, rolled.secret.reveal(), 200);
    app.operator(SUPER, Some(provost::domain::catalogue::SUPER_ADMINISTRATOR));
    let mut browser = app.signed_in(SUPER);
    browser
        .open(&at(&app, "/tokens"))
        .says("an old value")
        .says("not from there");
    browser
        .follow("Script")
        .says("refused because the value that was sent was replaced by a roll")
        .says("put the newest one there");
    browser.open(&at(&app, "/tokens"));
    browser
        .follow("Far")
        .says("refused because it may not be used from there");
    // A roll is what mends it: who goes on all the same is told of again.
    app.pass(MINUTE_MS);
    let newest = app.write(|tx| provost::app::tokens::roll(tx, "Script", 0));
    browser.open(&at(&app, "/tokens"));
    let text = browser.page.text();
    assert!(!text.contains("an old value"), "{text}");
    app.pass(MINUTE_MS);
    for old in [&*made, rolled.secret.reveal()] {
        works(&app, old, 401);
    }
    works(&app, newest.secret.reveal(), 200);
    browser.open(&at(&app, "/tokens")).says("an old value");
    browser.follow("Script").says("2 tries since");
}

/// Only more of the same waits for the end of the minute.
#[test]
fn another_cause_is_told_at_once() {
    let (app, ..) = of(Setup::standing_clock().spawn());
    let made = app.new_token("Script", |_| {});
    let tried = || {
        works(&app, &made, 401);
        app.db.flush_activity(false).expect("written");
        refused(&app).map(|refused| (refused.why, refused.count))
    };
    switch(&app, false);
    assert_eq!(tried(), Some((Barred::Disabled, 1)));
    switch(&app, true);
    app.write(|tx| provost::app::tokens::roll(tx, "Script", 0));
    app.pass(1000);
    assert_eq!(tried(), Some((Barred::Replaced, 1)));
    assert_eq!(
        tried(),
        Some((Barred::Replaced, 1)),
        "the minute is not over"
    );
    app.pass(MINUTE_MS);
    assert_eq!(tried(), Some((Barred::Replaced, 3)));
}

#[test]
fn refusals_of_an_old_value_are_settled_once_the_newer_one_was_used() {
    let (app, mut browser, at) = of(Setup::standing_clock().spawn());
    let old = app.new_token("Script", |_| {});
    let rolled = app.write(|tx| provost::app::tokens::roll(tx, "Script", 0));
    app.pass(1000);
    works(&app, &old, 401);
    browser.open(&at);
    let token = browser.page.link("Script");
    browser
        .open(&token)
        .says("Still used")
        .says("put the newest one there");
    app.pass(1000);
    works(&app, rolled.secret.reveal(), 200);
    for page in [&token, &at] {
        let text = browser.open(page).text();
        for told in ["Still used", "put the newest one there", "tried"] {
            assert!(!text.contains(told), "{told} is in {text}");
        }
    }
    browser.open(&token).says("Last refused");
    // Whoever still has the old one, and tries again, is told of again.
    app.pass(MINUTE_MS);
    works(&app, &old, 401);
    browser.open(&token).says("put the newest one there");
}

/// Of a token that was made before the clock went back too.
#[test]
fn refusals_are_remembered_whatever_the_clock_says() {
    let (app, ..) = of(Setup::standing_clock().spawn());
    let made = app.new_token("Script", |_| {});
    app.pass(-10 * MINUTE_MS);
    switch(&app, false);
    works(&app, &made, 401);
    app.db.flush_activity(true).expect("written");
    assert_eq!(refused(&app).map(|refused| refused.count), Some(1));
}

#[test]
fn a_barred_address_that_goes_on_trying_fills_one_audit_row_a_minute() {
    let app = Setup::standing_clock().spawn();
    let far = app.new_token("Far", |new| {
        new.addresses.allow = vec!["192.0.2.0/24".parse().expect("a network")];
    });
    let rows = || {
        let count = "SELECT count(*) FROM audit WHERE entry LIKE '%Deny Request%'";
        app.sql().query_row(count, [], |row| row.get::<_, i64>(0))
    };
    for _ in 0..5 {
        works(&app, &far, 403);
    }
    assert_eq!(rows(), Ok(1));
    app.pass(MINUTE_MS);
    works(&app, &far, 403);
    assert_eq!(rows(), Ok(2));
    // Over SCIM too, where the provisioning log has a row of each.
    app.pass(MINUTE_MS);
    let logged = app.log().len();
    let scim = app.client(&far);
    for _ in 0..3 {
        scim.get("/Users").is(403);
        scim.post("/Users", &user("ada@corp.example")).is(403);
    }
    assert_eq!((rows(), app.log().len()), (Ok(3), logged + 6));
    app.pass(MINUTE_MS);
    scim.get("/Users").is(403);
    assert_eq!(rows(), Ok(4));
}
