//! `…/members`.

use provost::domain::catalogue;
use serde_json::{Value, json};

use crate::harness::api::{Api, SCIM_PROVISIONING, SETTINGS_READ, SETTINGS_WRITE};
use crate::harness::app::TestApp;
use crate::harness::client::text;

pub(super) const SUPER: &str = "33666b9c79b9a5273fc7344ff42f953d";

/// The id of the role of that name, and that of its permission group.
pub(super) fn role(api: &Api, name: &str) -> (String, String) {
    let mut page = 1;
    loop {
        let roles = api
            .get(&api.at(&format!("/roles?per_page=50&page={page}")))
            .items();
        assert!(!roles.is_empty(), "no role {name}");
        if let Some(role) = roles.iter().find(|role| role["name"] == name) {
            return (text(role, "id"), text(&role["permission_group"], "id"));
        }
        page += 1;
    }
}

pub(super) fn whole_account(api: &Api) -> String {
    let groups = api.get(&api.at("/iam/resource_groups")).items();
    let name = format!("com.cloudflare.api.account.{}", api.0.account);
    let built_in = groups.iter().find(|group| group["name"] == name);
    text(built_in.expect("the built-in one"), "id")
}

pub(super) fn policy(api: &Api, groups: &[&str]) -> Value {
    let groups: Vec<Value> = groups.iter().map(|id| json!({ "id": id })).collect();
    json!({
        "access": "allow",
        "permission_groups": groups,
        "resource_groups": [{ "id": whole_account(api) }],
    })
}

fn names(roles: &Value) -> Vec<String> {
    let roles = roles.as_array().expect("roles");
    roles.iter().map(|role| text(role, "name")).collect()
}

#[test]
fn a_member_is_made_by_roles_and_changed_by_policies() {
    let app = TestApp::spawn();
    let api = app.api();
    let (dns, dns_group) = role(&api, "DNS");
    let (billing, _) = role(&api, "Billing");
    let body = json!({ "email": "ann@corp.example", "roles": [dns, billing] });
    let ann = api.post(&api.at("/members"), &body).result();
    assert_eq!(ann["status"], "pending");
    assert_eq!(ann["user"]["email"], "ann@corp.example");
    assert_eq!(
        names(&ann["roles"]),
        ["DNS", "Billing"],
        "in the order sent"
    );
    assert_eq!(ann["policies"].as_array().map(Vec::len), Some(2));
    let path = api.at(&format!("/members/{}", text(&ann, "id")));
    assert_eq!(api.get(&path).result(), ann);

    // Role ids as texts and as objects, as both are sent.
    let change = json!({ "roles": [{ "id": billing }, { "id": dns }] });
    let changed = api.put(&path, &change).result();
    assert_eq!(names(&changed["roles"]), ["Billing", "DNS"]);
    let change = json!({ "roles": [billing], "status": "accepted" });
    let accepted = api.put(&path, &change).result();
    assert_eq!(accepted["status"], "accepted");
    assert_eq!(names(&accepted["roles"]), ["Billing"]);

    // Policies win over roles.
    let one = policy(&api, &[dns_group.as_str()]);
    let change = json!({ "policies": [one], "roles": [billing] });
    let changed = api.put(&path, &change).result();
    assert_eq!(names(&changed["roles"]), ["DNS"]);
    let id = changed["policies"][0]["id"].clone();
    // What was read can be sent back, and ids of policies stay.
    let again = api.put(&path, &changed);
    assert!(again.header("cf-auditlog-id").is_none(), "nothing changed");
    assert_eq!(again.result()["policies"][0]["id"], id);

    assert_eq!(api.delete(&path).result(), json!({ "id": ann["id"] }));
    api.get(&path).fails(404, 1003);
    let described = app.audited();
    let last: Vec<&str> = described.iter().map(String::as_str).collect();
    assert!(
        last.contains(&"Add Member") && last.ends_with(&["Remove Member"]),
        "{last:?}"
    );
}

#[test]
fn who_is_made_without_rights_has_minimal_account_access() {
    let app = TestApp::spawn();
    let api = app.api();
    let body = json!({ "email": "bob@corp.example", "status": "accepted" });
    let bob = api.post(&api.at("/members"), &body).result();
    assert_eq!(bob["status"], "accepted");
    assert_eq!(names(&bob["roles"]), ["Minimal Account Access"]);
    let message = api.post(&api.at("/members"), &body).fails(409, 1004);
    assert!(message.starts_with("There is a member \""), "{message}");
    let by_scim = app.scim().read_user(&text(&bob["user"], "id"));
    assert_eq!(by_scim["active"], true);
}

#[test]
fn the_list_has_pages_orders_and_states() {
    let app = TestApp::spawn();
    let api = app.api();
    let scim = app.scim();
    let people = scim.new_users("m", 7);
    scim.set_active(&people[0], false);
    let body = json!({ "email": "a@corp.example" });
    api.post(&api.at("/members"), &body).is(200);
    let emails = |query: &str| -> Vec<String> {
        let items = api.get(&api.at(&format!("/members?{query}"))).items();
        items.iter().map(|member| text(member, "email")).collect()
    };
    let all = emails("per_page=1000");
    assert_eq!(all.len(), 7, "inactive people are no members");
    let (first, second) = (emails("per_page=5"), emails("per_page=5&page=2.0"));
    assert_eq!([first, second].concat(), all);
    assert!(emails("per_page=5&page=3").is_empty());
    assert_eq!(emails("status=pending"), ["a@corp.example"]);
    assert_eq!(emails("status=accepted").len(), 6);
    assert!(emails("status=rejected").is_empty());
    assert_eq!(emails("order=user.email")[0], "a@corp.example");
    assert_eq!(
        emails("order=user.email&direction=desc")[0],
        "m6@corp.example"
    );
    for order in ["user.first_name", "user.last_name", "status"] {
        assert_eq!(emails(&format!("order={order}")).len(), 7);
    }
    api.get(&api.at("/members?order=age")).fails(400, 1001);
    api.get(&api.at("/members?status=lost")).fails(400, 1001);
    let info = api.get(&api.at("/members?per_page=5")).json()["result_info"].clone();
    assert_eq!(info["total_count"], 7);
    assert_eq!(info["total_pages"], 2);
    let inactive = text(&api.get(&api.at("/members?per_page=1000")).items()[0], "id");
    let user = text(
        &api.get(&api.at(&format!("/members/{inactive}"))).result()["user"],
        "id",
    );
    scim.set_active(&user, false);
    api.get(&api.at(&format!("/members/{inactive}")))
        .fails(404, 1003);
    api.put(&api.at(&format!("/members/{inactive}")), &json!({}))
        .fails(404, 1003);
}

#[test]
fn pages_pass_over_inactive_people_wherever_they_are() {
    let app = TestApp::spawn();
    let api = app.api();
    let scim = app.scim();
    let people = scim.new_users("m", 26);
    let mut left: Vec<String> = (0..26).map(|i| format!("m{i}@corp.example")).collect();
    let pages = |more: &str| -> Vec<String> {
        let page = |page: usize| {
            let path = format!("/members?per_page=5&page={page}{more}");
            let items = api.get(&api.at(&path)).items();
            let emails = items.iter().map(|member| text(member, "email"));
            emails.collect::<Vec<_>>()
        };
        // One beyond the last, which is empty.
        (1..=7).flat_map(page).collect()
    };
    // One after the other, at either end, and many together.
    for number in [0, 25, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20] {
        scim.set_active(&people[number], false);
        left.retain(|email| *email != format!("m{number}@corp.example"));
        assert_eq!(pages(""), left);
        let mut backward = pages("&direction=desc");
        backward.reverse();
        assert_eq!(backward, left);
        let info = api.get(&api.at("/members?page=3&per_page=5")).json()["result_info"].clone();
        assert_eq!(info["total_count"], left.len());
    }
    // A place is found where rows are missing too.
    for number in [1, 15] {
        scim.delete(&format!("/Users/{}", people[number])).is(204);
        left.retain(|email| *email != format!("m{number}@corp.example"));
        assert_eq!(pages(""), left);
    }
    scim.set_active(&people[0], true);
    left.insert(0, "m0@corp.example".to_owned());
    assert_eq!(pages(""), left);
}

#[test]
fn what_is_wrong_with_a_member_is_pointed_at() {
    let app = TestApp::spawn();
    let api = app.api();
    let nobody = "f".repeat(32);
    let (_, dns) = role(&api, "DNS");
    let fine = policy(&api, &[dns.as_str()]);
    for (body, pointer) in [
        (json!({}), "/email"),
        (json!({ "email": "nobody" }), "/email"),
        (
            json!({ "email": format!("{}@x.example", "x".repeat(90)) }),
            "/email",
        ),
        (
            json!({ "email": "a@x.example", "status": "maybe" }),
            "/status",
        ),
        (json!({ "email": "a@x.example", "roles": "DNS" }), "/roles"),
        (
            json!({ "email": "a@x.example", "roles": ["DNS"] }),
            "/roles/0",
        ),
        (
            json!({ "email": "a@x.example", "roles": [nobody] }),
            "/roles/0",
        ),
        (json!({ "email": "a@x.example", "roles": [5] }), "/roles/0"),
        (
            json!({ "email": "a@x.example", "policies": [{}] }),
            "/policies/0/permission_groups",
        ),
        (
            json!({ "email": "a@x.example", "policies": [fine, { "access": "allow",
                "permission_groups": [{}], "resource_groups": [] }] }),
            "/policies/1/permission_groups/0/id",
        ),
        (
            json!({ "email": "a@x.example", "policies": [{ "access": "allow",
                "permission_groups": [{ "id": dns }], "resource_groups": [{ "scope": {
                    "key": "com.cloudflare.api.account.zone.x", "objects": [{ "key": "*" }] } }] }] }),
            "/policies/0/resource_groups/0/scope/key",
        ),
    ] {
        let refused = api.post(&api.at("/members"), &body);
        assert_eq!(refused.pointer(), pointer, "{body}");
        refused.fails(400, 1001);
    }
    let unknown = json!({ "email": "a@x.example", "policies": [policy(&api, &[nobody.as_str()])] });
    api.post(&api.at("/members"), &unknown).fails(400, 1001);
    let empty = json!({ "email": "a@x.example", "policies": [] });
    api.post(&api.at("/members"), &empty).fails(400, 1001);
    assert!(
        api.get(&api.at("/members")).items().is_empty(),
        "nothing was made"
    );
}

#[test]
fn a_role_on_what_it_does_not_apply_to_is_1006() {
    let app = TestApp::spawn();
    let api = app.api();
    let groups = api
        .get(&api.at("/iam/permission_groups?name=Domain+DNS"))
        .items();
    let domain_dns = text(&groups[0], "id");
    let policies = [policy(&api, &[domain_dns.as_str()])];
    let body = json!({ "email": "a@corp.example", "policies": policies });
    let message = api.post(&api.at("/members"), &body).fails(400, 1006);
    assert!(message.contains("Domain DNS"), "{message}");
}

#[test]
fn nobody_gives_what_they_do_not_hold() {
    let app = TestApp::spawn();
    let admin = app.api();
    let body = json!({ "email": "ann@corp.example", "status": "accepted" });
    let ann = admin.post(&admin.at("/members"), &body).result();
    let path = admin.at(&format!("/members/{}", text(&ann, "id")));
    let (dns, _) = role(&admin, "DNS");
    // Provisioning alone changes no roles; Account Settings Write gives any but the highest.
    let scim = app.api_with(&[SCIM_PROVISIONING]);
    scim.put(&path, &json!({ "roles": [dns] })).fails(403, 9109);
    let write = app.api_with(&[SETTINGS_WRITE]);
    write.put(&path, &json!({ "roles": [dns] })).is(200);
    write
        .put(&path, &json!({ "roles": [SUPER] }))
        .fails(403, 10_000);
    admin.put(&path, &json!({ "roles": [SUPER] })).is(200);
    let read = app.api_with(&[SETTINGS_READ]);
    read.get(&path).is(200);
    read.put(&path, &json!({ "roles": [dns] })).fails(403, 9109);
}

#[test]
fn the_last_super_administrator_stays() {
    let app = TestApp::spawn();
    let api = app.api();
    let body = json!({ "email": "root@corp.example", "status": "accepted", "roles": [SUPER] });
    let root = api.post(&api.at("/members"), &body).result();
    let path = api.at(&format!("/members/{}", text(&root, "id")));
    let (dns, _) = role(&api, "DNS");
    let message = api
        .put(&path, &json!({ "roles": [dns] }))
        .fails(403, 10_000);
    assert!(message.contains("Super Administrator"), "{message}");
    api.delete(&path).fails(403, 10_000);
    assert_eq!(api.get(&path).result(), root);
}

#[test]
fn what_a_provider_manages_is_locked_but_for_its_policies() {
    let app = TestApp::spawn();
    let api = app.api();
    app.scim().new_user("pushed@corp.example");
    let member = api.get(&api.at("/members")).items().remove(0);
    assert!(member["managed_by"].is_string());
    let path = api.at(&format!("/members/{}", text(&member, "id")));
    let message = api.delete(&path).fails(403, 10_000);
    assert!(message.contains("Generic"), "{message}");
    let (dns, _) = role(&api, "DNS");
    let changed = api.put(&path, &json!({ "roles": [dns] })).result();
    assert_eq!(names(&changed["roles"]), ["DNS"]);
}

#[test]
fn a_members_token_may_what_their_roles_may() {
    let app = TestApp::spawn();
    let people = app.people(2);
    let root = &people[1];
    app.make_super_administrator(root);
    let ann = app.api_of(&people[0]);
    ann.get(&ann.at("")).is(200);
    let message = ann.get(&ann.at("/members")).fails(403, 9109);
    assert!(message.contains("role"), "{message}");
    ann.get(&ann.at("/tokens")).fails(403, 9109);
    let boss = app.api_of(root);
    let group = catalogue::ADMINISTRATOR.to_string();
    let membership = text(&ann.get("/memberships").items()[0], "id");
    let path = boss.at(&format!("/members/{membership}"));
    let policies = json!({ "policies": [policy(&boss, &[group.as_str()])] });
    boss.put(&path, &policies).is(200);
    // At once, with the token they had.
    ann.get(&ann.at("/members")).is(200);
    let token = ann.token_body("more", &[SETTINGS_READ]);
    ann.post(&ann.at("/tokens"), &token).fails(403, 9109);
    // They give no role that they do not hold.
    ann.put(&path, &json!({ "roles": [SUPER] }))
        .fails(403, 10_000);
    let minimal = catalogue::MINIMAL_ACCOUNT_ACCESS.to_string();
    let policies = json!({ "policies": [policy(&boss, &[minimal.as_str()])] });
    boss.put(&path, &policies).is(200);
    ann.get(&ann.at("/members")).fails(403, 9109);
}
