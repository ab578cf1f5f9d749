//! Roles, permission groups, resource groups, user groups and their members.

use provost::app;
use provost::domain::domains::DomainName;
use serde_json::{Value, json};

use super::members::{policy, role, whole_account};
use crate::harness::api::{Api, SCIM_PROVISIONING, SETTINGS_WRITE};
use crate::harness::app::TestApp;
use crate::harness::client::text;

fn domain(app: &TestApp, name: &'static str) -> String {
    let made = app.write(move |tx| app::domains::add(tx, &DomainName::parse(name)?, None));
    format!("com.cloudflare.api.account.zone.{}", made.id)
}

pub(super) fn member(api: &Api, email: &str) -> String {
    let body = json!({ "email": email, "status": "accepted" });
    text(&api.post(&api.at("/members"), &body).result(), "id")
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(item, "id")).collect()
}

#[test]
fn roles_are_listed_by_pages_and_found_by_either_id() {
    let app = TestApp::spawn();
    let api = app.api();
    let mut seen = Vec::new();
    for page in 1.. {
        let roles = api
            .get(&api.at(&format!("/roles?page={page}&per_page=50")))
            .items();
        if roles.is_empty() {
            break;
        }
        seen.extend(ids(&roles));
    }
    assert_eq!(seen.len(), 82, "those of the account alone");
    let (id, group) = role(&api, "DNS");
    let dns = api.get(&api.at(&format!("/roles/{id}"))).result();
    assert_eq!(dns["permissions"]["dns_records"]["write"], true);
    assert_eq!(dns["permissions"]["dns_records"]["edit"], true);
    api.get(&api.at(&format!("/roles/{group}")))
        .fails(404, 1003);
    let found = api
        .get(&api.at(&format!("/iam/permission_groups/{group}")))
        .result();
    assert_eq!(found["name"], "DNS");
    assert_eq!(found["meta"]["editable"], "false");
    let ask = |query: &str| {
        api.get(&api.at(&format!("/iam/permission_groups?{query}")))
            .items()
    };
    assert_eq!(ids(&ask("name=DNS")), [group.as_str()]);
    assert_eq!(ids(&ask("label=all_privileges")).len(), 1);
    assert_eq!(ids(&ask(&format!("id={group}"))), [group.as_str()]);
    assert_eq!(ask("page=4&per_page=50").len(), 0);
    assert_eq!(
        ask("per_page=50").len() + ask("page=2&per_page=50").len(),
        100
    );
}

#[test]
fn an_account_makes_roles_of_its_own() {
    let app = TestApp::spawn();
    let api = app.api();
    let body = json!({
        "name": "Invoice clerk", "description": "Approves invoices.",
        "permissions": ["invoices:approve", "invoices:read"],
    });
    let made = api.post(&api.at("/roles"), &body).result();
    assert_eq!(
        made["resource_permissions"],
        json!(["invoices:approve", "invoices:read"])
    );
    assert_eq!(
        made["permissions"]["dns"],
        json!({ "read": false, "write": false, "edit": false })
    );
    let path = api.at(&format!("/roles/{}", text(&made, "id")));
    let mut change = made.clone();
    change["description"] = json!("Reads and approves invoices.");
    let changed = api.put(&path, &change).result();
    assert_eq!(
        changed["resource_permissions"],
        made["resource_permissions"]
    );
    assert_eq!(changed["description"], "Reads and approves invoices.");
    let group = text(&made["permission_group"], "id");
    let shown = api
        .get(&api.at(&format!("/iam/permission_groups/{group}")))
        .result();
    assert_eq!(shown["meta"]["editable"], "true");
    assert_eq!(role(&api, "Invoice clerk").1, group);
    // In policies beside the built-in ones, and then it stays.
    let body = json!({ "name": "Clerks", "policies": [policy(&api, &[group.as_str()])] });
    let clerks = api.post(&api.at("/iam/user_groups"), &body).result();
    let message = api.delete(&path).fails(409, 1004);
    assert!(message.contains("Clerks"), "{message}");
    api.delete(&api.at(&format!("/iam/user_groups/{}", text(&clerks, "id"))))
        .is(200);
    assert_eq!(api.delete(&path).result(), json!({ "id": made["id"] }));
    api.get(&path).fails(404, 1003);
}

#[test]
fn built_in_roles_stay_as_they_are_and_can_be_hidden() {
    let app = TestApp::spawn();
    let api = app.api();
    let (id, _) = role(&api, "Billing");
    let path = api.at(&format!("/roles/{id}"));
    api.put(&path, &json!({ "name": "Other" })).fails(400, 1002);
    api.delete(&path).fails(400, 1002);
    assert_eq!(
        api.put(&path, &json!({ "hidden": true })).result()["hidden"],
        true
    );
    assert!(
        api.get(&api.at("/iam/permission_groups?name=Billing"))
            .items()
            .is_empty()
    );
    api.get(&path).is(200);
    api.put(&path, &json!({ "hidden": false })).is(200);
    assert_eq!(role(&api, "Billing").0, id);
    for (body, pointer) in [
        (json!({}), "/name"),
        (json!({ "name": "x", "scope": "world" }), "/scope"),
        (
            json!({ "name": "x", "permissions": ["all"] }),
            "/permissions",
        ),
        (
            json!({ "name": "x", "resource_permissions": [5] }),
            "/resource_permissions/0",
        ),
    ] {
        let refused = api.post(&api.at("/roles"), &body);
        assert_eq!(refused.pointer(), pointer, "{body}");
        refused.fails(400, 1001);
    }
    api.post(&api.at("/roles"), &json!({ "name": "DNS" }))
        .fails(409, 1004);
}

#[test]
fn domains_are_added_and_removed() {
    let app = TestApp::spawn();
    let api = app.api();
    let id = "0123456789abcdef0123456789abcdef";
    let body = json!({ "id": id, "name": "Shop.Example" });
    let made = api.post(&api.at("/domains"), &body).result();
    assert_eq!(made, json!({ "id": id, "name": "shop.example" }));
    api.post(&api.at("/domains"), &json!({ "name": "shop.example" }))
        .fails(409, 1004);
    let refused = api.post(&api.at("/domains"), &json!({ "name": "shop" }));
    assert_eq!(refused.pointer(), "/name");
    refused.fails(400, 1001);
    api.post(
        &api.at("/domains"),
        &json!({ "id": "x", "name": "a.example" }),
    )
    .fails(400, 1001);
    let path = api.at(&format!("/domains/{id}"));
    assert_eq!(api.get(&path).result(), made);
    assert_eq!(
        api.get(&api.at("/domains?name=shop.example")).items(),
        [made]
    );
    assert!(api.get(&api.at("/domains?page=2")).items().is_empty());
    let scope = json!({ "key": format!("com.cloudflare.api.account.{}", api.0.account),
        "objects": [{ "key": format!("com.cloudflare.api.account.zone.{id}") }] });
    let body = json!({ "name": "Shop", "scope": scope });
    let group = api.post(&api.at("/iam/resource_groups"), &body).result();
    api.delete(&path).fails(409, 1004);
    api.delete(&api.at(&format!("/iam/resource_groups/{}", text(&group, "id"))))
        .is(200);
    assert_eq!(api.delete(&path).result(), json!({ "id": id }));
    api.get(&path).fails(404, 1003);
    api.get(&api.at("/domains/shop.example")).fails(404, 1003);
}

#[test]
fn resource_groups_are_lists_of_domains() {
    let app = TestApp::spawn();
    let api = app.api();
    let (one, two) = (domain(&app, "one.example"), domain(&app, "two.example"));
    let key = format!("com.cloudflare.api.account.{}", api.0.account);
    let body = json!({ "name": "Both", "scope": { "key": key, "objects":
        [{ "key": two }, { "key": one }] } });
    let both = api.post(&api.at("/iam/resource_groups"), &body).result();
    let keys = |group: &Value| -> Vec<String> {
        let objects = group["scope"]["objects"]
            .as_array()
            .expect("objects")
            .clone();
        objects.iter().map(|object| text(object, "key")).collect()
    };
    assert_eq!(keys(&both), [two.clone(), one.clone()], "in the order sent");
    let path = api.at(&format!("/iam/resource_groups/{}", text(&both, "id")));
    assert_eq!(api.get(&path).result(), both);
    let list = |query: &str| {
        api.get(&api.at(&format!("/iam/resource_groups{query}")))
            .items()
    };
    assert_eq!(list("").len(), 2);
    assert_eq!(ids(&list("?name=Both")), [text(&both, "id")]);
    let built_in = whole_account(&api);
    assert_eq!(ids(&list(&format!("?id={built_in}"))), [built_in.as_str()]);
    // The older shape was a list.
    let change = json!({ "name": "One", "scope": [{ "key": key, "objects": [{ "key": one }] }] });
    let changed = api.put(&path, &change).result();
    assert_eq!(
        (text(&changed, "name"), keys(&changed)),
        ("One".to_owned(), vec![one])
    );
    let fixed = api.at(&format!("/iam/resource_groups/{built_in}"));
    api.put(&fixed, &json!({ "name": "x" })).fails(400, 1002);
    api.delete(&fixed).fails(400, 1002);
    assert_eq!(api.delete(&path).result(), json!({ "id": both["id"] }));
    for scope in [
        json!({ "key": key, "objects": [] }),
        json!({ "key": key, "objects": [{ "key": "x" }] }),
        json!({ "key": "world", "objects": [{ "key": "*" }] }),
        json!({ "key": key, "objects": [{ "key": "*" }] }),
        json!("all"),
    ] {
        let body = json!({ "name": "x", "scope": scope });
        api.post(&api.at("/iam/resource_groups"), &body)
            .fails(400, 1001);
    }
}

#[test]
fn a_policy_may_name_its_scope_in_place_of_a_resource_group() {
    let app = TestApp::spawn();
    let api = app.api();
    let zone = domain(&app, "one.example");
    let groups = api
        .get(&api.at("/iam/permission_groups?name=Domain+DNS"))
        .items();
    let scope = json!({ "key": zone, "objects": [{ "key": "*" }] });
    let inline = json!({ "access": "allow", "permission_groups": [{ "id": groups[0]["id"] }],
        "resource_groups": [{ "scope": scope }] });
    let make = |name: &str| {
        let body = json!({ "name": name, "policies": [inline] });
        api.post(&api.at("/iam/user_groups"), &body).result()
    };
    let (a, b) = (make("A"), make("B"));
    let group = |made: &Value| made["policies"][0]["resource_groups"][0]["id"].clone();
    assert_eq!(group(&a), group(&b), "the same scope, the same group");
    assert_eq!(
        a["policies"][0]["resource_groups"][0]["meta"]["adhoc"],
        "true"
    );
}

#[test]
fn a_user_group_is_made_filled_and_ended() {
    let app = TestApp::spawn();
    let api = app.api();
    let (_, dns) = role(&api, "DNS");
    let (_, billing) = role(&api, "Billing");
    let policies = json!([policy(&api, &[dns.as_str(), billing.as_str()])]);
    let body = json!({ "name": "Operators", "policies": policies });
    let group = api.post(&api.at("/iam/user_groups"), &body).result();
    let groups = group["policies"][0]["permission_groups"]
        .as_array()
        .expect("groups");
    assert_eq!(ids(groups), [dns.clone(), billing], "in the order sent");
    let path = api.at(&format!("/iam/user_groups/{}", text(&group, "id")));
    let members = format!("{path}/members");
    let (ann, bob, eve) = (
        member(&api, "ann@corp.example"),
        member(&api, "bob@corp.example"),
        member(&api, "eve@corp.example"),
    );
    let added = api
        .post(&members, &json!([{ "id": bob }, { "id": ann }]))
        .items();
    assert_eq!(added.len(), 2);
    let added = api
        .post(&members, &json!({ "members": [{ "id": eve }] }))
        .items();
    assert_eq!(added.len(), 3, "everybody in it");
    let set = api
        .put(&members, &json!([{ "id": eve }, { "id": ann }]))
        .items();
    assert_eq!(ids(&set), [eve.clone(), ann.clone()], "in the order sent");
    let listed = |query: &str| api.get(&format!("{members}?{query}")).items();
    assert_eq!(listed("").len(), 2);
    assert_eq!(ids(&listed("fuzzyEmail=ANN")), [ann.as_str()]);
    assert_eq!(ids(&listed("direction=desc")), [eve.clone(), ann.clone()]);
    assert_eq!(
        ids(&listed("per_page=1&page=2&direction=asc")),
        [eve.as_str()]
    );
    assert!(listed("page=2").is_empty());
    let one = api.get(&format!("{members}/{ann}")).result();
    assert_eq!(one["user"]["email"], "ann@corp.example");
    api.get(&format!("{members}/{bob}")).fails(404, 1003);
    api.delete(&format!("{members}/{bob}")).fails(404, 1003);
    assert_eq!(api.delete(&format!("{members}/{ann}")).result()["id"], ann);
    assert!(api.put(&members, &json!([])).items().is_empty());

    let renamed = api.put(&path, &json!({ "name": "Operations" })).result();
    assert_eq!(
        renamed["policies"], group["policies"],
        "left out, left alone"
    );
    let emptied = api.put(&path, &json!({ "policies": [] })).result();
    assert_eq!(emptied["policies"], json!([]));
    assert_eq!(emptied["name"], "Operations");
    assert_eq!(api.delete(&path).result(), json!({ "id": group["id"] }));
    api.get(&path).fails(404, 1003);
    api.get(&members).fails(404, 1003);
}

#[test]
fn user_groups_are_found_by_name() {
    let app = TestApp::spawn();
    let api = app.api();
    for name in ["Beta", "alpha", "Gamma"] {
        api.post(&api.at("/iam/user_groups"), &json!({ "name": name }))
            .is(200);
    }
    let names = |query: &str| -> Vec<String> {
        let items = api
            .get(&api.at(&format!("/iam/user_groups?{query}")))
            .items();
        items.iter().map(|group| text(group, "name")).collect()
    };
    assert_eq!(names(""), ["alpha", "Beta", "Gamma"]);
    assert_eq!(names("direction=desc"), ["Gamma", "Beta", "alpha"]);
    assert_eq!(names("per_page=2&page=2"), ["Gamma"]);
    assert!(names("page=2").is_empty());
    assert_eq!(names("fuzzyName=AM"), ["Gamma"]);
    assert_eq!(names("name=Beta"), ["Beta"]);
    assert!(names("name=beta").is_empty(), "exactly");
    let id = text(
        &api.get(&api.at("/iam/user_groups?name=Beta")).items()[0],
        "id",
    );
    assert_eq!(names(&format!("id={id}")), ["Beta"]);
    assert!(names(&format!("id={}", "f".repeat(32))).is_empty());
    assert!(names("id=x").is_empty());
    let message = api
        .post(&api.at("/iam/user_groups"), &json!({ "name": "BETA" }))
        .fails(409, 1004);
    assert!(message.starts_with("There is a user group \""), "{message}");
    let legacy = format!("CF-{} - DNS", api.0.account);
    api.post(&api.at("/iam/user_groups"), &json!({ "name": legacy }))
        .fails(400, 1001);
    // What only looks like one is told by what is in it.
    let alike = legacy.replace(" - ", " \u{2013} ");
    let told = api
        .post(&api.at("/iam/user_groups"), &json!({ "name": alike }))
        .fails(400, 1001);
    assert!(told.contains("it has a dash for the hyphen"), "{told}");
    for name in ["Beta  two", " Beta", "Beta "] {
        api.post(&api.at("/iam/user_groups"), &json!({ "name": name }))
            .is(400);
    }
    api.post(&api.at("/iam/user_groups"), &json!({ "name": "CFO" }))
        .is(200);
    // What a provider called it stays as it was sent, whatever else is changed.
    app.scim().new_group("Two  spaces", &[]);
    let pushed = api
        .get(&api.at("/iam/user_groups?name=Two%20%20spaces"))
        .items();
    let path = api.at(&format!("/iam/user_groups/{}", text(&pushed[0], "id")));
    let kept = api.put(&path, &json!({ "name": "Two  spaces" })).result();
    assert_eq!(kept["name"], "Two  spaces");
}

#[test]
fn a_pushed_group_is_locked_but_for_its_policies() {
    let app = TestApp::spawn();
    let api = app.api();
    let ann = app.scim().new_user("ann@corp.example");
    app.scim().new_group("Pushed", &[ann]);
    let group = api.get(&api.at("/iam/user_groups")).items().remove(0);
    let path = api.at(&format!("/iam/user_groups/{}", text(&group, "id")));
    api.put(&path, &json!({ "name": "Mine" }))
        .fails(403, 10_000);
    api.delete(&path).fails(403, 10_000);
    api.put(&format!("{path}/members"), &json!([]))
        .fails(403, 10_000);
    let (_, dns) = role(&api, "DNS");
    let change = json!({ "policies": [policy(&api, &[dns.as_str()])] });
    api.put(&path, &change).is(200);
    // A token that provisions changes no policy.
    let scim = app.api_with(&[SCIM_PROVISIONING]);
    scim.put(&path, &change).fails(403, 9109);
}

#[test]
fn unknown_members_change_nothing() {
    let app = TestApp::spawn();
    let api = app.api();
    let group = api
        .post(&api.at("/iam/user_groups"), &json!({ "name": "G" }))
        .result();
    let members = api.at(&format!("/iam/user_groups/{}/members", text(&group, "id")));
    let ann = member(&api, "ann@corp.example");
    let nobody = "f".repeat(32);
    api.post(&members, &json!([{ "id": ann }, { "id": nobody }]))
        .fails(400, 1001);
    let refused = api.post(&members, &json!([{ "id": ann }, { "id": "x" }]));
    assert_eq!(refused.pointer(), "/1/id");
    refused.fails(400, 1001);
    api.post(&members, &json!("everybody")).fails(400, 1001);
    assert!(api.get(&members).items().is_empty());
}

#[test]
fn who_is_inactive_is_in_no_list() {
    let app = TestApp::spawn();
    let api = app.api();
    let ann = app.scim().new_user("ann@corp.example");
    let bob = app.scim().new_user("bob@corp.example");
    app.scim().new_group("Pushed", &[ann, bob.clone()]);
    let group = text(&api.get(&api.at("/iam/user_groups")).items()[0], "id");
    let members = api.at(&format!("/iam/user_groups/{group}/members"));
    assert_eq!(api.get(&members).items().len(), 2);
    app.scim().set_active(&bob, false);
    let left = api.get(&members);
    assert_eq!(left.json()["result_info"]["total_count"], 1);
    assert_eq!(left.items()[0]["email"], "ann@corp.example");
}

#[test]
fn who_may_not_give_super_administrator_offers_no_group_of_it() {
    let app = TestApp::spawn();
    let name = app.legacy_name("Super Administrator - All Privileges");
    // Another group has the name, so the legacy group can't be made just now.
    app.set_reserved_prefix("");
    app.scim().new_group(&name, &[]);
    let api = app.api_with(&[SETTINGS_WRITE]);
    let path = api.at("/legacy_groups/mapping");
    let offer = json!({ "enabled": true, "allow_super_administrator": true });
    api.put(&path, &offer).fails(403, 10_000);
    api.put(&path, &json!({ "enabled": true })).is(200);
    api.put(&path, &offer).fails(403, 10_000);
    app.api().put(&path, &offer).is(200);
}
