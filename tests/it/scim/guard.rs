//! The last Super Administrator stays, whatever a provider sends.

use serde_json::{Value, json};

use provost::app::policies::{set_of_group, set_of_member};
use provost::domain::catalogue::{MINIMAL_ACCOUNT_ACCESS, SUPER_ADMINISTRATOR};
use provost::domain::id::GroupScimId;
use provost::domain::policy::{Access, NewPolicy};
use provost::domain::reason::Reason;
use provost::domain::reference::{GroupRef, MemberRef};

use crate::harness::app::TestApp;
use crate::harness::client::Answer;
use crate::harness::fixtures::{group, roles, user, values, with};

fn policy(access: Access) -> Vec<NewPolicy> {
    vec![NewPolicy {
        access,
        ..NewPolicy::allow(SUPER_ADMINISTRATOR)
    }]
}

fn give_group(app: &TestApp, id: &str, policies: Vec<NewPolicy>) {
    let which = GroupRef::Scim(GroupScimId::parse(id).expect("an id"));
    app.write(move |tx| set_of_group(tx, &which, &policies));
}

fn give_member(app: &TestApp, id: &str, policies: Vec<NewPolicy>) {
    let which = MemberRef::Id(id.parse().expect("an id"));
    app.write(move |tx| set_of_member(tx, &which, &policies));
}

/// It is refused, says why and what to do, is logged, and left nothing.
#[track_caller]
fn refused(app: &TestApp, answer: Answer, (user, group): (&Value, &Value)) {
    let detail = answer.refused(403, "");
    assert!(detail.contains("without a Super Administrator"), "{detail}");
    assert!(
        detail.contains("give it to another active member first"),
        "{detail}"
    );
    let logged = app.last_logged();
    assert_eq!(logged.reason, Some(Reason::LastSuperAdministrator));
    assert_eq!(
        app.audited().last().map(String::as_str),
        Some("Deny Request")
    );
    let scim = app.scim();
    for before in [user, group] {
        let path = before["meta"]["location"].as_str().expect("a location");
        let (_, path) = path.split_once("/scim/v2").expect("a resource");
        assert_eq!(scim.get(path).is(200).json(), *before);
    }
}

#[test]
fn the_last_super_administrator_by_a_group_stays() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (ada, bob) = (
        scim.new_user("ada@corp.example"),
        scim.new_user("bob@corp.example"),
    );
    let admins = scim.new_group("Admins", std::slice::from_ref(&ada));
    give_group(&app, &admins, policy(Access::Allow));
    let (user_before, group_before) = (scim.read_user(&ada), scim.read_group(&admins));
    let before = (&user_before, &group_before);
    let (user_path, group_path) = (format!("/Users/{ada}"), format!("/Groups/{admins}"));
    let off = json!([{ "op": "replace", "value": { "active": false } }]);
    refused(&app, scim.patch(&user_path, &off), before);
    let body = with(user("ada@corp.example"), json!({ "active": false }));
    refused(&app, scim.put(&user_path, &body), before);
    refused(&app, scim.delete(&user_path), before);
    refused(&app, scim.delete(&group_path), before);
    refused(&app, scim.put(&group_path, &group("Admins", &[])), before);
    for operations in [
        json!([{ "op": "remove", "path": "members" }]),
        json!([{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }]),
        json!([{ "op": "replace", "path": "members", "value": [] }]),
        json!([
            { "op": "replace", "path": "displayName", "value": "Renamed" },
            { "op": "remove", "path": "members", "value": values(std::slice::from_ref(&ada)) },
        ]),
    ] {
        refused(&app, scim.patch(&group_path, &operations), before);
    }
    let in_bulk = scim.in_bulk(&json!([
        { "method": "PATCH", "path": user_path, "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": off } },
        { "method": "DELETE", "path": group_path },
    ]));
    for result in in_bulk {
        assert_eq!(result["status"], "403", "{result}");
    }
    assert_eq!(scim.read_user(&ada), user_before);
    // In one request somebody else may take the place, in either order.
    let exchange = json!([
        { "op": "remove", "path": "members", "value": values(std::slice::from_ref(&ada)) },
        { "op": "add", "path": "members", "value": values(std::slice::from_ref(&bob)) },
    ]);
    scim.patch(&group_path, &exchange).is(200);
    scim.put(&group_path, &group("Admins", std::slice::from_ref(&ada)))
        .is(200);
    // With a second one the first may go.
    give_member(&app, &bob, policy(Access::Allow));
    scim.delete(&user_path).is(204);
    scim.delete(&group_path).is(204);
    scim.delete(&format!("/Users/{bob}")).refused(403, "");
}

#[test]
fn a_push_into_a_group_that_is_denied_the_role_is_refused_for_the_last_one() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ada = scim.new_user("ada@corp.example");
    give_member(&app, &ada, policy(Access::Allow));
    let denied = scim.new_group("Denied", &[]);
    give_group(&app, &denied, policy(Access::Deny));
    let (user_before, group_before) = (scim.read_user(&ada), scim.read_group(&denied));
    let add = json!([{ "op": "add", "path": "members", "value": values(&[ada]) }]);
    let answer = scim.patch(&format!("/Groups/{denied}"), &add);
    refused(&app, answer, (&user_before, &group_before));
}

#[test]
fn a_denied_role_is_not_shown() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ada = scim.new_user("ada@corp.example");
    let team = scim.new_group("Team", std::slice::from_ref(&ada));
    assert_eq!(roles(&scim.read_user(&ada)), ["Minimal Account Access"]);
    let deny = NewPolicy {
        access: Access::Deny,
        ..NewPolicy::allow(MINIMAL_ACCOUNT_ACCESS)
    };
    let tag = scim.get(&format!("/Users/{ada}")).is(200).etag();
    give_group(&app, &team, vec![deny]);
    assert_eq!(roles(&scim.read_user(&ada)), Vec::<String>::new());
    scim.finds("Users", r#"roles[value co "Minimal"]"#, &[]);
    assert_ne!(scim.get(&format!("/Users/{ada}")).is(200).etag(), tag);
}
