//! How often a token may ask.

use provost::domain::token::TokenTemplate;

use crate::harness::app::Setup;
use crate::harness::client::Answer;
use crate::harness::fixtures::user;

#[test]
fn a_token_may_send_its_burst_and_then_hears_429_with_whole_seconds() {
    let app = Setup::limits(|limits| (limits.token_rps, limits.token_burst) = (1, 5)).spawn();
    let scim = app.scim();
    let answers: Vec<Answer> = (0..8).map(|_| scim.get("/Users")).collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses[..5], [200; 5]);
    assert!(statuses[5..].contains(&429), "{statuses:?}");
    let refused = answers
        .into_iter()
        .find(|answer| answer.status == 429)
        .expect("a 429");
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.refused(429, "");
}

#[test]
fn whoever_waits_as_told_is_served() {
    let app = Setup::limits(|limits| (limits.token_rps, limits.token_burst) = (10, 1)).spawn();
    let scim = app.scim();
    crate::harness::eventually("a 429", || scim.get("/Users").status == 429);
    crate::harness::eventually("a 200", || scim.get("/Users").status == 200);
}

#[test]
fn each_token_has_its_own_rate() {
    let app = Setup::limits(|limits| (limits.token_rps, limits.token_burst) = (1, 1)).spawn();
    let scim = app.scim();
    crate::harness::eventually("a 429", || scim.get("/Users").status == 429);
    app.client(&app.new_token("another", |_| {}))
        .get("/Users")
        .is(200);
}

#[test]
fn zero_is_no_limit() {
    let app = Setup::limits(|limits| (limits.token_rps, limits.token_burst) = (0, 1)).spawn();
    let scim = app.scim();
    for _ in 0..200 {
        scim.get("/Users?count=0").is(200);
    }
}

#[test]
fn a_refused_write_is_not_applied() {
    let app = Setup::limits(|limits| (limits.token_rps, limits.token_burst) = (1, 2)).spawn();
    let scim = app.scim();
    let mut made = 0;
    for i in 0..10 {
        let status = scim
            .post("/Users", &user(&format!("p{i}@corp.example")))
            .status;
        made += i64::from(status == 201);
        assert!(matches!(status, 201 | 429), "{status}");
    }
    let stored: i64 = app
        .sql()
        .query_row("SELECT count(*) FROM members", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(stored, made);
    assert!(made < 10);
}

#[test]
fn a_wrong_token_is_never_rate_limited_into_another_answer() {
    let app = Setup::limits(|limits| (limits.token_rps, limits.token_burst) = (1, 1)).spawn();
    for _ in 0..20 {
        app.client("pvs_wrong").get("/Users").is(401);
    }
    app.scim().get("/Users").is(200);
}

/// Whoever has an old value of a token that leaked can't use up what the token may send.
#[test]
fn a_value_that_a_roll_replaced_has_a_rate_of_its_own() {
    let app = Setup {
        standing_clock: true,
        ..Setup::limits(|limits| (limits.token_rps, limits.token_burst) = (1, 3))
    }
    .spawn();
    let old = app.new_token("rolled", |new| new.template = TokenTemplate::Admin);
    let rolled = app.write(|tx| provost::app::tokens::roll(tx, "rolled", 0));
    let new = rolled.secret.reveal();
    let (old_scim, new_scim) = (app.client(&old), app.client(new));
    let (old_api, new_api) = (app.api().with_token(&old), app.api().with_token(new));
    let verify = old_api.at("/tokens/verify");
    let logged = app.log().len();
    assert_eq!(old_scim.get("/Users").status, 401);
    assert_eq!(old_api.get(&verify).status, 401);
    assert_eq!(old_scim.get("/Users").status, 401);
    assert_eq!(old_scim.get("/Users").status, 429, "it is limited");
    assert_eq!(old_api.get(&verify).status, 429, "by every door");
    assert_eq!(
        app.log().len(),
        logged + 2,
        "what is too much is not logged"
    );
    assert_eq!(new_scim.get("/Users").status, 200);
    assert_eq!(new_api.get(&verify).status, 200);
    assert_eq!(new_scim.get("/Users").status, 200);
    assert_eq!(new_scim.get("/Users").status, 429);
}

/// Nor fill the logs, nor be overlooked.
#[test]
fn a_value_that_a_roll_replaced_fills_few_rows() {
    let app = Setup::standing_clock().spawn();
    let old = app.new_token("rolled", |new| new.template = TokenTemplate::Admin);
    app.write(|tx| provost::app::tokens::roll(tx, "rolled", 0));
    let logged = app.log().len();
    let scim = app.client(&old);
    for _ in 0..30 {
        scim.get("/Users").is(401);
    }
    assert_eq!(app.log().len(), logged + 10);
    app.pass(60_000);
    scim.get("/Users").is(401);
    assert_eq!(app.log().len(), logged + 11);
    // The token tells all of them.
    app.db.flush_activity(true).expect("written");
    let tried: i64 = app
        .sql()
        .query_row(
            "SELECT refused_count FROM tokens WHERE name = 'rolled'",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert_eq!(tried, 31);
    // Over REST, of which the provisioning log knows nothing, it is an attempt as any other.
    let denied = || {
        app.db.flush_activity(true).expect("written");
        let rows = app.sql().query_row(
            "SELECT count(*) FROM audit WHERE entry LIKE '%Deny Request%'",
            [],
            |row| row.get::<_, i64>(0),
        );
        rows.expect("a count")
    };
    let before = denied();
    let api = app.api().with_token(&old);
    for _ in 0..5 {
        assert_eq!(api.get(&api.at("/tokens/verify")).status, 401);
    }
    assert_eq!(denied(), before + 1);
}
