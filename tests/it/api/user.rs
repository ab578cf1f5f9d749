//! What a member's own token may ask.

use serde_json::json;

use crate::harness::api::SETTINGS_READ;
use crate::harness::app::TestApp;
use crate::harness::client::text;

#[test]
fn a_member_sees_themself_and_their_membership() {
    let app = TestApp::spawn();
    let ann = app.people(1).remove(0);
    let api = app.api_of(&ann);
    let user = api.get("/user").result();
    assert_eq!(user["id"], ann);
    assert_eq!(user["email"], "hand0@corp.example");
    let organization = &user["organizations"][0];
    assert_eq!(organization["id"], api.0.account);
    assert_eq!(organization["roles"], json!(["Minimal Account Access"]));
    let memberships = api.get("/memberships").items();
    assert_eq!(memberships.len(), 1);
    assert_eq!(memberships[0]["status"], "accepted");
    let id = text(&memberships[0], "id");
    assert_ne!(id, ann);
    let one = api.get(&format!("/memberships/{id}")).result();
    let mut listed = memberships[0].clone();
    let policies = &one["policies"];
    let role = &policies[0]["permission_groups"][0]["name"];
    assert_eq!(role, "Minimal Account Access");
    listed["policies"] = policies.clone();
    assert_eq!(one, listed);
    api.get(&format!("/memberships/{ann}")).fails(404, 1003);
    assert_eq!(api.get("/memberships?page=2").items().len(), 0);
    assert_eq!(api.get("/memberships?account.name=Other").items().len(), 0);
}

#[test]
fn a_membership_tells_what_its_roles_open_together() {
    let app = TestApp::spawn();
    let ann = app.people(1).remove(0);
    let api = app.api();
    let roles = api.get(&api.at("/roles?per_page=50")).items();
    let named = |name: &str| {
        let role = roles.iter().find(|role| role["name"] == name);
        role.expect("a role").clone()
    };
    let (dns, firewall) = (named("DNS"), named("Firewall"));
    let members = api.get(&api.at("/members")).items();
    let id = text(&members[0], "id");
    api.put(
        &api.at(&format!("/members/{id}")),
        &json!({ "roles": [dns["id"], firewall["id"]] }),
    )
    .is(200);
    let membership = &app.api_of(&ann).get("/memberships").items()[0];
    let all = membership["permissions"].as_object().expect("an object");
    assert_eq!(all.len(), 12);
    for (name, access) in all {
        for right in ["read", "write"] {
            let of = |role: &serde_json::Value| role["permissions"][name][right] == true;
            let wanted = of(&dns) || of(&firewall);
            assert_eq!(access[right], wanted, "{name}.{right}");
        }
        assert_eq!(access["edit"], access["write"]);
    }
    assert_eq!(all["dns_records"]["write"], true);
    assert_eq!(all["billing"]["read"], false);
}

#[test]
fn a_member_leaves_unless_a_provider_keeps_them() {
    let app = TestApp::spawn();
    let ann = app.people(1).remove(0);
    let api = app.api_of(&ann);
    let path = format!(
        "/memberships/{}",
        text(&api.get("/memberships").items()[0], "id")
    );
    assert_eq!(
        api.put(&path, &json!({ "status": "accepted" })).result()["status"],
        "accepted"
    );
    let refused = api.put(&path, &json!({ "status": "perhaps" }));
    assert_eq!(refused.pointer(), "/status");
    let others = format!("/memberships/{}", "f".repeat(32));
    api.delete(&others).fails(404, 1003);
    api.delete(&path).is(200);
    api.get("/user").fails(401, 1000);
    app.scim().get(&format!("/Users/{ann}")).is(404);

    let bob = app.scim().new_user("bob@corp.example");
    let api = app.api_of(&bob);
    let path = format!(
        "/memberships/{}",
        text(&api.get("/memberships").items()[0], "id")
    );
    api.put(&path, &json!({ "status": "rejected" }))
        .fails(403, 10_000);
    api.get("/user").is(200);
}

#[test]
fn a_member_changes_their_name_unless_a_provider_keeps_it() {
    let app = TestApp::spawn();
    let ann = app.people(1).remove(0);
    let api = app.api_of(&ann);
    let names = json!({ "first_name": "Ann", "last_name": "Archer" });
    let user = api.send("PATCH", "/user", Some(&names)).result();
    assert_eq!(user["first_name"], "Ann");
    assert_eq!(api.get("/user").result(), user);
    let row = app.audit().pop().expect("a row");
    assert_eq!(row["action"]["description"], "Update User");
    assert_eq!(row["actor"]["type"], "user");
    assert_eq!(row["actor"]["id"], ann);
    assert_eq!(row["actor"]["email"], "hand0@corp.example");
    let refused = api.send("PATCH", "/user", Some(&json!({ "telephone": "1" })));
    assert_eq!(refused.pointer(), "/telephone");
    refused.fails(400, 1001);
    let long = json!({ "first_name": "x".repeat(61) });
    api.send("PATCH", "/user", Some(&long)).fails(400, 1001);

    let bob = app.scim().new_user("bob@corp.example");
    let api = app.api_of(&bob);
    api.send("PATCH", "/user", Some(&names)).fails(403, 10_000);
    api.send("PATCH", "/user", Some(&json!({}))).is(200);
}

#[test]
fn an_accounts_token_is_nobodys() {
    let app = TestApp::spawn();
    let api = app.api();
    for path in ["/user", "/memberships", "/user/tokens"] {
        api.get(path).fails(403, 9109);
    }
    let message = api.get("/user/tokens/verify").fails(401, 1000);
    let right = format!("/accounts/{}/tokens/verify", api.0.account);
    assert!(message.contains(&right), "{message}");
}

#[test]
fn a_members_tokens_are_theirs_alone() {
    let app = TestApp::spawn();
    let people = app.people(2);
    let (ann, bob) = (app.api_of(&people[0]), app.api_of(&people[1]));
    let body = ann.token_body("laptop", &[SETTINGS_READ]);
    let token = ann.post("/user/tokens", &body).result();
    assert!(text(&token, "value").starts_with("pvu_"));
    let path = format!("/user/tokens/{}", text(&token, "id"));
    let laptop = ann.with_token(&text(&token, "value"));
    assert_eq!(
        laptop.get("/user/tokens/verify").result()["id"],
        token["id"]
    );
    assert_eq!(ann.get("/user/tokens").items().len(), 2);
    bob.get(&path).fails(404, 1003);
    bob.delete(&path).fails(404, 1003);
    bob.send("PUT", &format!("{path}/value"), None)
        .fails(404, 1003);
    // Nor are they the account's.
    let admin = app.api();
    let of_account = admin.at(&format!("/tokens/{}", text(&token, "id")));
    admin.get(&of_account).fails(404, 1003);
    let rolled = ann.send("PUT", &format!("{path}/value"), None).result();
    laptop.get("/user/tokens/verify").fails(401, 1000);
    let laptop = ann.with_token(rolled.as_str().expect("a secret"));
    assert_eq!(laptop.get(&laptop.at("")).result()["name"], "Corp");
    assert_eq!(ann.put(&path, &body).result()["name"], "laptop");
    assert_eq!(ann.delete(&path).result()["id"], token["id"]);
}

#[test]
fn a_members_tokens_end_with_their_access() {
    let app = TestApp::spawn();
    let ann = app.scim().new_user("ann@corp.example");
    let api = app.api_of(&ann);
    api.get("/user").is(200);
    app.scim().set_active(&ann, false);
    api.get("/user").fails(401, 1000);
    app.scim().set_active(&ann, true);
    api.get("/user").fails(401, 1000);
    let api = app.api_of(&ann);
    api.get("/user").is(200);
    app.scim().delete(&format!("/Users/{ann}")).is(204);
    api.get("/user").fails(401, 1000);
}
