//! A member's token holds what the member holds, over SCIM and REST alike.

use provost::app;
use provost::domain::catalogue;
use provost::domain::id::PermissionGroupId;
use provost::domain::policy::NewPolicy;
use provost::domain::reference::MemberRef;
use provost::domain::token::{NewOwner, TokenTemplate};
use serde_json::json;

use super::members::{policy, role};
use crate::harness::api::{Api, SCIM_PROVISIONING, SETTINGS_WRITE};
use crate::harness::app::TestApp;
use crate::harness::client::{Client, text};
use crate::harness::fixtures::user;

/// Gives a member this role alone.
fn give(app: &TestApp, member: &str, role: PermissionGroupId) {
    let which = MemberRef::Id(member.parse().expect("an id"));
    app.write(move |tx| app::policies::set_of_member(tx, &which, &[NewPolicy::allow(role)]));
}

/// A token of theirs.
fn own(app: &TestApp, member: &str, template: TokenTemplate) -> Client {
    let owner = NewOwner::Member(member.parse().expect("an id"));
    let token = app.new_token("own", |new| {
        new.template = template;
        new.owner = owner;
    });
    app.client(&token)
}

/// A group made by hand that gives Super Administrator; its id is the same over both doors.
fn owners(app: &TestApp) -> String {
    let api = app.api();
    let (_, all) = role(&api, "Super Administrator - All Privileges");
    let body = json!({ "name": "Owners", "policies": [policy(&api, &[all.as_str()])] });
    text(&api.post(&api.at("/iam/user_groups"), &body).result(), "id")
}

fn add(member: &str) -> serde_json::Value {
    json!([{ "op": "add", "path": "members", "value": [{ "value": member }] }])
}

#[test]
fn who_may_nothing_sees_themself_over_scim_and_nobody_else() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (ann, bob) = (
        scim.new_user("ann@corp.example"),
        scim.new_user("bob@corp.example"),
    );
    let group = scim.new_group("Staff", std::slice::from_ref(&bob));
    let before = app.audit().len();
    for template in [
        TokenTemplate::Scim,
        TokenTemplate::Read,
        TokenTemplate::Admin,
    ] {
        let me = own(&app, &ann, template);
        assert_eq!(me.get("/Me").is(200).json()["id"], ann);
        me.get("/ServiceProviderConfig").is(200);
        for path in [
            "/Users".to_owned(),
            "/Groups".to_owned(),
            format!("/Users/{bob}"),
            format!("/Users/{ann}"),
            format!("/Groups/{group}"),
        ] {
            me.get(&path).refused(403, "");
        }
        for path in ["/.search", "/Users/.search", "/Groups/.search"] {
            me.post(path, &json!({})).refused(403, "");
        }
        let off = json!([{ "op": "replace", "value": { "active": false } }]);
        for path in [format!("/Users/{bob}"), "/Me".to_owned()] {
            me.patch(&path, &off).refused(403, "");
            me.put(&path, &user("eve@corp.example")).refused(403, "");
            me.delete(&path).refused(403, "");
        }
        me.post("/Users", &user("eve@corp.example"))
            .refused(403, "");
        me.post("/Bulk", &json!({})).refused(403, "");
        me.patch(&format!("/Groups/{group}"), &add(&ann))
            .refused(403, "");
    }
    let changes = app.audited().into_iter().skip(before);
    let scim_changes: Vec<String> = changes.filter(|row| row.contains("SCIM")).collect();
    assert!(scim_changes.is_empty(), "{scim_changes:?}");
    // What they may follows from their roles, from one request to the next.
    let me = own(&app, &ann, TokenTemplate::Scim);
    give(&app, &ann, catalogue::ADMINISTRATOR_READ_ONLY);
    me.get(&format!("/Users/{bob}")).is(200);
    me.delete(&format!("/Users/{bob}")).refused(403, "");
    give(&app, &ann, catalogue::ADMINISTRATOR);
    me.delete(&format!("/Users/{bob}")).is(204);
}

#[test]
fn nobody_comes_into_a_group_over_scim_that_gives_more_than_they_hold() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (ann, bob) = (
        scim.new_user("ann@corp.example"),
        scim.new_user("bob@corp.example"),
    );
    give(&app, &ann, catalogue::ADMINISTRATOR);
    let owners = format!("/Groups/{}", owners(&app));
    for template in [TokenTemplate::Scim, TokenTemplate::Admin] {
        let me = own(&app, &ann, template);
        for member in [&ann, &bob] {
            let detail = me.patch(&owners, &add(member)).refused(403, "");
            assert!(detail.contains("Super Administrator"), "{detail}");
            let body = json!({ "displayName": "Owners", "members": [{ "value": member }] });
            me.put(&owners, &body).refused(403, "");
        }
        // Nor one that gives any other role that they don't hold.
        let api = app.api();
        let (_, dns) = role(&api, "DNS");
        let name = format!("Operators {template:?}");
        let body = json!({ "name": name, "policies": [policy(&api, &[dns.as_str()])] });
        let group = text(&api.post(&api.at("/iam/user_groups"), &body).result(), "id");
        me.patch(&format!("/Groups/{group}"), &add(&ann))
            .refused(403, "");
        let mine = Api(me.clone());
        let members = mine.at(&format!("/iam/user_groups/{group}/members"));
        let code = mine.post(&members, &json!([{ "id": membership(&api, &ann) }]));
        code.fails(403, 10_000);
    }
    let roles = scim.read_user(&ann)["roles"].clone();
    assert_eq!(roles.as_array().map(Vec::len), Some(1), "{roles}");
    // A provider may: that is its work.
    scim.patch(&owners, &add(&bob)).is(200);
    // And whoever holds it.
    let boss = own(&app, &bob, TokenTemplate::Scim);
    boss.patch(&owners, &add(&ann)).is(200);
}

/// The membership of that person.
fn membership(api: &Api, user: &str) -> String {
    let members = api.get(&api.at("/members?per_page=1000")).items();
    let found = members.iter().find(|member| member["user"]["id"] == user);
    text(found.expect("a member"), "id")
}

#[test]
fn nobody_lifts_a_denial_over_scim_of_what_they_do_not_hold() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (ann, bob) = (
        scim.new_user("ann@corp.example"),
        scim.new_user("bob@corp.example"),
    );
    let api = app.api();
    let (_, dns) = role(&api, "DNS");
    let mut denial = policy(&api, &[dns.as_str()]);
    denial["access"] = json!("deny");
    let body = json!({ "name": "No DNS", "policies": [denial] });
    let group = text(&api.post(&api.at("/iam/user_groups"), &body).result(), "id");
    let path = format!("/Groups/{group}");
    scim.patch(&path, &add(&bob)).is(200);
    give(&app, &ann, catalogue::ADMINISTRATOR);
    let me = own(&app, &ann, TokenTemplate::Admin);
    let out = json!([{ "op": "remove", "path": "members" }]);
    me.patch(&path, &out).refused(403, "");
    me.put(&path, &json!({ "displayName": "No DNS", "members": [] }))
        .refused(403, "");
    me.delete(&path).refused(403, "");
    // Who comes in gains nothing by it.
    me.patch(&path, &add(&ann)).is(200);
    scim.patch(&path, &out).is(200);
}

#[test]
fn nobody_lets_in_who_would_have_more_than_they_hold() {
    let app = TestApp::spawn();
    let api = app.api();
    let people = app.people(3);
    let (ann, bob, eve) = (&people[0], &people[1], &people[2]);
    give(&app, ann, catalogue::ADMINISTRATOR);
    app.make_super_administrator(eve);
    let accept = json!({ "status": "accepted" });
    let mine = app.api_of(ann);
    let (all, _) = role(&api, "Super Administrator - All Privileges");
    let invite = |email: &str, roles: serde_json::Value| {
        let body = json!({ "email": email, "roles": roles });
        text(&api.post(&api.at("/members"), &body).result(), "id")
    };
    // By the policies of an invitation, and by groups.
    let members = format!("/iam/user_groups/{}/members", owners(&app));
    let (own_policy, by_group) = (
        invite("one@corp.example", json!([all])),
        invite("two@corp.example", json!(null)),
    );
    api.post(&api.at(&members), &json!([{ "id": by_group }]))
        .is(200);
    for invited in [&own_policy, &by_group] {
        let path = api.at(&format!("/members/{invited}"));
        for caller in [
            &mine,
            &app.api_with(&[SCIM_PROVISIONING]),
            &app.api_with(&[SETTINGS_WRITE]),
        ] {
            let message = caller.put(&path, &accept).fails(403, 10_000);
            assert!(message.contains("Super Administrator"), "{message}");
        }
        app.api_of(eve).put(&path, &accept).is(200);
    }
    // Who gets nothing but what everybody gets is let in by whoever changes people.
    let other = invite("other@corp.example", json!(null));
    mine.put(&api.at(&format!("/members/{other}")), &accept)
        .is(200);
    // Somebody comes back with what the kept groups grant: by their provider.
    let on = json!([{ "op": "replace", "value": { "active": true } }]);
    let of_bob = membership(&api, bob);
    api.post(&api.at(&members), &json!([{ "id": of_bob }]))
        .is(200);
    app.scim().set_active(bob, false);
    let path = format!("/Users/{bob}");
    own(&app, ann, TokenTemplate::Scim)
        .patch(&path, &on)
        .refused(403, "");
    assert_eq!(app.scim().read_user(bob)["active"], false);
    app.scim().patch(&path, &on).is(200);
}
