//! Releasing and discarding what the brake holds.

use super::*;

/// Six people of whom the first went, four are held, and the last was not touched.
fn with_held() -> (TestApp, Vec<String>) {
    let (app, ids) = with_people(6);
    set_brake(&app, "Generic", Brake::People(1));
    deactivate(&app.scim(), &ids[0]).is(200);
    for id in &ids[1..5] {
        is_held(deactivate(&app.scim(), id));
    }
    (app, ids)
}

fn states(app: &TestApp) -> Vec<HeldState> {
    held(app).iter().map(|change| change.state).collect()
}

fn last_audited(app: &TestApp) -> Value {
    app.audit().pop().expect("a row")
}

#[test]
fn what_is_released_passes_for_a_day_and_is_not_counted() {
    let (app, ids) = with_held();
    let scim = app.scim();
    assert_eq!(release(&app, &[]), 4);
    let row = last_audited(&app);
    assert_eq!(row["action"]["description"], "Release Held Changes");
    let facts = &row["resource"]["response"];
    assert_eq!(facts["changes"], 4);
    let of = json!({ "count": 4, "ids": ids[1..5], "names": names(&held(&app)) });
    assert_eq!(facts["members_held"], of);
    assert!(facts.get("groups_held").is_none(), "{facts}");
    assert!(app.read(app::brake::alarms).is_empty());
    assert_eq!(states(&app), [HeldState::Released; 4]);
    deactivate(&scim, &ids[1]).is(200);
    scim.delete(&format!("/Users/{}", ids[2])).is(204);
    // Nobody has seen this one.
    is_held(deactivate(&scim, &ids[5]));
    app.pass(15 * MINUTE);
    deactivate(&scim, &ids[5]).is(200);
    // One has gone in this window, and what was released still passes.
    app.pass(24 * HOUR - 15 * MINUTE - 1);
    deactivate(&scim, &ids[3]).is(200);
    app.pass(1);
    assert!(held(&app).is_empty(), "what was released is over");
    deactivate(&scim, &ids[4]).is(200);
    assert_eq!(release(&app, &[]), 0, "nothing is left");
}

#[test]
fn a_release_that_is_over_counts_again() {
    let (app, ids) = with_held();
    let scim = app.scim();
    assert_eq!(release(&app, &[]), 4);
    app.pass(24 * HOUR);
    deactivate(&scim, &ids[1]).is(200);
    is_held(deactivate(&scim, &ids[2]));
    assert_eq!(states(&app), [HeldState::Held]);
}

#[test]
fn what_is_discarded_is_refused_until_it_is_released_after_all() {
    let (app, ids) = with_held();
    let scim = app.scim();
    assert_eq!(discard(&app, &[]), 4);
    let row = last_audited(&app);
    assert_eq!(row["action"]["description"], "Discard Held Changes");
    assert!(app.read(app::brake::alarms).is_empty());
    app.pass(7 * 24 * HOUR);
    for id in &ids[1..5] {
        let detail = deactivate(&scim, id).refused(403, "");
        assert!(
            detail.contains("discarded") && detail.contains("release"),
            "{detail}"
        );
    }
    let reason = app.last_logged().reason.map(Reason::code);
    assert_eq!(reason, Some("brake_discarded"));
    assert_eq!(states(&app), [HeldState::Discarded; 4]);
    assert_eq!(scim.read_user(&ids[1])["active"], true);
    // Off or not, what was decided stands.
    set_brake(&app, "Generic", Brake::Off);
    deactivate(&scim, &ids[1]).refused(403, "");
    assert_eq!(release(&app, &["P1@corp.example", &ids[2]]), 2);
    deactivate(&scim, &ids[1]).is(200);
    deactivate(&scim, &ids[2]).is(200);
    deactivate(&scim, &ids[3]).refused(403, "");
}

#[test]
fn what_the_provider_takes_back_is_held_no_more() {
    let (app, ids) = with_held();
    let scim = app.scim();
    discard(&app, &["p1@corp.example"]);
    scim.set_active(&ids[1], true);
    scim.set_active(&ids[2], true);
    assert_eq!(names(&held(&app)), ["p3@corp.example", "p4@corp.example"]);
    app.pass(15 * MINUTE);
    deactivate(&scim, &ids[1]).is(200);
}

#[test]
fn only_what_is_named_and_was_seen_is_decided() {
    let (app, ids) = with_held();
    let first = held(&app)[0].first_ms;
    app.pass(MINUTE);
    is_held(deactivate(&app.scim(), &ids[5]));
    let which = HeldSelection {
        targets: Vec::new(),
        until_ms: Some(first),
        ..HeldSelection::default()
    };
    let released = app.write(move |tx| app::brake::release(tx, "generic", &which));
    assert_eq!(released, 4);
    assert_eq!(
        release(&app, &["p1@corp.example"]),
        0,
        "it is released already"
    );
    assert_eq!(discard(&app, &["p1@corp.example"]), 1);
    let which = selection(&["p0@corp.example"]);
    let rows = app.audit().len();
    let nobody = app.try_write(move |tx| app::brake::release(tx, "Generic", &which));
    let nobody = nobody.expect_err("a refusal").to_string();
    assert!(
        nobody.contains("Nothing is held of p0@corp.example"),
        "{nobody}"
    );
    assert_eq!(app.audit().len(), rows);
}

#[test]
fn what_goes_otherwise_is_held_no_more() {
    let (app, ids) = with_held();
    let okta = app.provider(ProviderKind::Okta);
    okta.delete(&format!("/Users/{}", ids[1])).is(204);
    deactivate(&okta, &ids[2]).is(200);
    assert_eq!(names(&held(&app)), ["p3@corp.example", "p4@corp.example"]);
}
