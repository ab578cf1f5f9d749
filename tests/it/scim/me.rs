//! /Me (RFC 7644 3.11): the person whose token it is.

use provost::app;
use provost::domain::catalogue;
use provost::domain::policy::NewPolicy;
use provost::domain::reference::MemberRef;
use provost::domain::token::{NewOwner, TokenTemplate};
use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Answer, Client};
use crate::harness::fixtures::{user, with};

/// An administrator and a client with a token of their own.
fn ada(app: &TestApp, template: TokenTemplate) -> (String, Client) {
    let (id, me) = person(app, template);
    let which = MemberRef::Id(id.parse().expect("an id"));
    let policies = [NewPolicy::allow(catalogue::ADMINISTRATOR)];
    app.write(move |tx| app::policies::set_of_member(tx, &which, &policies));
    (id, me)
}

/// The same of somebody with Minimal Account Access.
fn person(app: &TestApp, template: TokenTemplate) -> (String, Client) {
    let id = app.scim().new_user("ada@corp.example");
    let member = id.parse().expect("an id");
    let token = app.new_token("ada", |new| {
        new.template = template;
        new.owner = NewOwner::Member(member);
    });
    assert!(token.starts_with("pvu_"), "{token}");
    (id, app.client(&token))
}

/// The permanent location, in the header that every answer has.
#[track_caller]
fn is_at(answer: &Answer, id: &str) {
    let location = answer.header("location").expect("a Location");
    assert!(location.ends_with(&format!("/Users/{id}")), "{location}");
    let content = answer.header("content-location");
    let shown = (answer.status == 200).then_some(location);
    assert_eq!(content, shown);
}

#[test]
fn it_is_the_resource_of_the_tokens_owner() {
    let app = TestApp::spawn();
    let (id, me) = ada(&app, TokenTemplate::Scim);
    let read = me.get("/Me").is(200);
    is_at(&read, &id);
    let same = me.get(&format!("/Users/{id}")).is(200);
    assert_eq!(read.json(), same.json());
    assert_eq!(read.etag(), same.etag());
    let known = me.send("GET", "/Me", &[("If-None-Match", &read.etag())], None);
    is_at(&known.is(304), &id);
}

#[test]
fn it_is_changed_and_replaced_like_any_other() {
    let app = TestApp::spawn();
    let (id, me) = ada(&app, TokenTemplate::Scim);
    let title = json!([{ "op": "replace", "path": "title", "value": "Lead" }]);
    let patched = me.patch("/Me", &title).is(200);
    is_at(&patched, &id);
    assert_eq!(patched.json()["title"], "Lead");
    let body = with(user("ada@corp.example"), json!({ "displayName": "Ada" }));
    let replaced = me.put("/Me", &body).is(200);
    is_at(&replaced, &id);
    assert_eq!(replaced.json()["displayName"], "Ada");
    assert_eq!(app.scim().read_user(&id), replaced.json());
    assert_eq!(
        app.audited(),
        ["Create SCIM User", "Update SCIM User", "Replace SCIM User"]
    );
    let row = app.last_logged();
    assert_eq!((row.target_id.as_str(), row.status), (id.as_str(), 200));
    assert!(row.uri.ends_with("/Me"), "{}", row.uri);
}

#[test]
fn it_heeds_what_is_to_be_shown() {
    let app = TestApp::spawn();
    let (id, me) = ada(&app, TokenTemplate::Scim);
    let lean = |answer: Answer| {
        let body = answer.is(200).json();
        let names: Vec<String> = body
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        assert_eq!(names, ["id", "schemas", "title"], "{body}");
    };
    let body = with(user("ada@corp.example"), json!({ "title": "Lead" }));
    lean(me.put("/Me?attributes=title", &body));
    let title = json!([{ "op": "replace", "path": "title", "value": "Boss" }]);
    lean(me.patch("/Me?attributes=title", &title));
    lean(me.get("/Me?attributes=title"));
    let without = me.get("/Me?excludedAttributes=emails").is(200).json();
    assert_eq!(without.get("emails"), None);
    assert_eq!(without["id"], Value::from(id));
}

#[test]
fn refusals_say_where_it_is_too() {
    let app = TestApp::spawn();
    let (id, me) = ada(&app, TokenTemplate::Scim);
    let stale = [("If-Match", "W/\"0\"")];
    let body = user("ada@corp.example").to_string();
    for (method, body) in [
        ("PUT", Some(body.as_bytes())),
        ("DELETE", None),
        ("GET", None),
    ] {
        let answer = me.send(method, "/Me", &stale, body);
        is_at(&answer, &id);
        answer.refused(412, "");
    }
    let answer = me.send("PUT", "/Me", &[], Some(b"{"));
    is_at(&answer, &id);
    answer.refused(400, "invalidSyntax");
    let row = app.last_logged();
    assert_eq!((row.outcome.name(), row.status), ("refused", 400));
    assert_eq!((row.target_kind.as_str(), row.target_id), ("User", id));
}

#[test]
fn deleting_oneself_ends_the_token_too() {
    let app = TestApp::spawn();
    let (id, me) = ada(&app, TokenTemplate::Scim);
    let gone = me.delete("/Me").is(204);
    is_at(&gone, &id);
    me.get("/Me").refused(401, "");
    app.scim().get(&format!("/Users/{id}")).refused(404, "");
}

#[test]
fn deactivating_oneself_ends_the_token_too() {
    let app = TestApp::spawn();
    let (id, me) = ada(&app, TokenTemplate::Scim);
    let off = json!([{ "op": "replace", "value": { "active": false } }]);
    assert_eq!(me.patch("/Me", &off).is(200).json()["active"], false);
    me.get("/Me").refused(401, "");
    assert_eq!(app.scim().read_user(&id)["active"], false);
}

#[test]
fn it_needs_the_permissions_of_the_route_it_stands_for() {
    let app = TestApp::spawn();
    let (id, me) = ada(&app, TokenTemplate::Read);
    is_at(&me.get("/Me").is(200), &id);
    me.put("/Me", &user("ada@corp.example")).refused(403, "");
    me.delete("/Me").refused(403, "");
    me.patch("/Me", &json!([])).refused(403, "");
}

#[test]
fn everybody_reads_themself_and_who_may_change_people_changes_themself() {
    let app = TestApp::spawn();
    let (id, me) = person(&app, TokenTemplate::Scim);
    is_at(&me.get("/Me").is(200), &id);
    let body = user("boss@corp.example");
    let refusals = [
        me.put("/Me", &body),
        me.patch(
            "/Me",
            &json!([{ "op": "replace", "path": "userName", "value": "boss" }]),
        ),
        me.delete("/Me"),
    ];
    for answer in refusals {
        let detail = answer.refused(403, "");
        assert!(detail.contains("no role of theirs"), "{detail}");
    }
    assert_eq!(app.scim().read_user(&id)["userName"], "ada@corp.example");
}

#[test]
fn tokens_that_are_nobodys_are_told_so() {
    let app = TestApp::spawn();
    let of_account = app.client(&app.new_token("account", |_| {}));
    for client in [app.scim(), of_account] {
        let details = [
            client.get("/Me").refused(501, ""),
            client.put("/Me", &user("x@corp.example")).refused(501, ""),
            client.patch("/Me", &json!([])).refused(501, ""),
            client.delete("/Me").refused(501, ""),
        ];
        assert!(details.iter().all(|detail| detail.contains("/Users/{id}")));
    }
}

#[test]
fn nobody_is_made_by_it() {
    let app = TestApp::spawn();
    let (_, me) = ada(&app, TokenTemplate::Scim);
    let answer = me.post("/Me", &user("eve@corp.example"));
    assert_eq!(answer.header("allow"), Some("GET, PUT, PATCH, DELETE"));
    answer.refused(405, "");
    app.scim()
        .finds("Users", "userName eq \"eve@corp.example\"", &[]);
}

#[test]
fn it_is_no_resource_type() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let types = scim.get("/ResourceTypes").is(200).json();
    let endpoints: Vec<&Value> = types["Resources"]
        .as_array()
        .expect("Resources")
        .iter()
        .map(|one| &one["endpoint"])
        .collect();
    assert_eq!(endpoints, ["/Users", "/Groups"]);
    scim.get("/ResourceTypes/Me").refused(404, "");
}

#[test]
fn a_token_is_for_active_members_of_the_account_alone() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.set_active(&id, false);
    let elsewhere = app.other_account().new_user("ada@corp.example");
    for (id, why) in [(id, "inactive"), (elsewhere, "no member")] {
        let owner = NewOwner::Member(id.parse().expect("an id"));
        let error = app.no_token("ada", |new| new.owner = owner);
        assert!(error.contains(why), "{error}");
    }
}
