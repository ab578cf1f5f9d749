//! What operators may do follows from the roles of their members.

use provost::app;
use provost::domain::catalogue::{ADMINISTRATOR, ADMINISTRATOR_READ_ONLY, SUPER_ADMINISTRATOR};
use provost::domain::error::Kind;
use provost::domain::reference::MemberRef;
use serde_json::json;

use crate::harness::app::{TestApp, local_write};
use crate::harness::fixtures::user;

const ADA: &str = "ada@corp.example";

#[test]
fn without_a_role_there_is_nothing_but_you() {
    let app = TestApp::spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    app.operator("eve@corp.example", None);
    let account = format!("/a/{}", app.account.id);
    let mut eve = app.signed_in("eve@corp.example");
    eve.open(&account)
        .is(403, &account)
        .says("Administrator Read Only");
    eve.open("/me/profile").is(200, "/me/profile");
    app.operator("bob@corp.example", Some(ADMINISTRATOR_READ_ONLY));
    app.signed_in("bob@corp.example")
        .open(&account)
        .is(200, &account);
    // An account where one does not work is told apart from one that is not there by nothing.
    let other = app.other_account();
    let mut ada = app.signed_in(ADA);
    let mut page = |account: &str| {
        let page = ada.open(&format!("/a/{account}"));
        (
            page.status,
            page.html.replace(&page.answer.request_id(), ""),
        )
    };
    let theirs = page(&other.account);
    assert_eq!(theirs.0, 404);
    assert_eq!(theirs, page(&"0".repeat(32)));
    // And the end of a membership is the end of the rights.
    let which = MemberRef::Named("bob@corp.example (console)".to_owned());
    app.write(move |tx| app::members::leave::deactivate(tx, &which));
    let mut bob = app.signed_in("bob@corp.example");
    bob.open(&account).is(403, &account);
}

#[test]
fn no_provider_touches_an_operators_member() {
    let app = TestApp::spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let scim = app.scim();
    let found = scim.get("/Users?filter=userName%20eq%20%22ada@corp.example%20(console)%22");
    let id = found.is(200).json()["Resources"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/Users/{id}");
    scim.put(&path, &user("ada@corp.example (console)")).is(403);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    scim.patch(&path, &off).refused(403, "");
    scim.delete(&path).is(403);
    scim.post("/Users", &user("ada@corp.example (console)"))
        .is(409);
    // The person themself is free to come.
    scim.post("/Users", &user(ADA)).is(201);
    let taken = app.sql().execute(
        "UPDATE members SET connection = (SELECT seq FROM connections LIMIT 1)
         WHERE user_name LIKE '%(console)'",
        [],
    );
    assert!(taken.is_err(), "the database lets a provider take it over");
}

#[test]
fn somebody_is_always_left_to_administer_box_and_account() {
    let app = TestApp::spawn();
    let ada = app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    app.operator("bob@corp.example", Some(ADMINISTRATOR));
    let refused = |f: Box<dyn FnOnce(&provost::store::tx::WriteTx<'_>) -> _ + Send>| {
        let done: Result<(), provost::domain::error::Error> =
            app.db.write_blocking(local_write(None), f);
        done.err().map(|error| error.kind())
    };
    let forbidden = Some(Kind::Forbidden);
    assert_eq!(
        refused(Box::new(
            |tx| app::operators::set_disabled(tx, ADA, true).map(drop)
        )),
        forbidden
    );
    assert_eq!(
        refused(Box::new(|tx| app::operators::remove(tx, ADA).map(drop))),
        forbidden
    );
    assert_eq!(
        refused(Box::new(|tx| {
            app::operators::set_box_administrator(tx, ADA, false).map(drop)
        })),
        forbidden
    );
    // The operator's member counts as a Super Administrator like any other.
    let which = MemberRef::Named("ada@corp.example (console)".to_owned());
    let left = app.try_write(move |tx| app::members::by_hand::remove(tx, &which));
    assert_eq!(left.err().map(|error| error.kind()), forbidden);
    app.write(|tx| app::operators::set_box_administrator(tx, "bob@corp.example", true));
    app.write(|tx| app::operators::remove(tx, ADA));
    let gone = app
        .sql()
        .query_row("SELECT count(*) FROM operators", [], |row| row.get(0));
    assert_eq!(gone, Ok(1_i64));
    assert!(!ada.to_string().is_empty());
}
