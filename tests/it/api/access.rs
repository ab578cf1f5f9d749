//! Permissions, explain, who holds a role, and preview.

use serde_json::{Value, json};

use super::iam::member;
use super::members::{policy, role};
use crate::harness::app::TestApp;
use crate::harness::client::text;

#[test]
fn permissions_say_what_a_member_may_and_why() {
    let app = TestApp::spawn();
    let api = app.api();
    let (dns_role, dns) = role(&api, "DNS");
    let ann = member(&api, "ann@corp.example");
    let body = json!({ "name": "Operators", "policies": [policy(&api, &[dns.as_str()])] });
    let group = api.post(&api.at("/iam/user_groups"), &body).result();
    let members = api.at(&format!("/iam/user_groups/{}/members", text(&group, "id")));
    api.post(&members, &json!([{ "id": ann }])).is(200);
    let permissions = api
        .get(&api.at(&format!("/members/{ann}/permissions")))
        .result();
    let roles = permissions["roles"].as_array().expect("roles");
    let of_dns = roles
        .iter()
        .find(|r| r["permission_group"]["name"] == "DNS")
        .expect("DNS");
    assert_eq!(of_dns["effective"], true);
    assert_eq!(of_dns["allows"][0]["via"]["group"]["name"], "Operators");
    assert_eq!(
        of_dns["removal"],
        json!([{ "type": "membership", "group": group["id"] }])
    );

    let explain = |member: &str, role: &str| {
        api.get(&api.at(&format!("/explain?member={member}&role={role}")))
    };
    let why = explain(&ann, "DNS").result();
    assert_eq!(why["effective"], true);
    assert_eq!(why["paths"]["allows"], of_dns["allows"]);
    let why_not = explain("ann%40corp.example", "Billing").result();
    assert_eq!(why_not["effective"], false);
    assert!(why_not["why_not"].is_string());
    explain(&ann, "Nothing").fails(404, 1003);
    explain(&"f".repeat(32), "DNS").fails(404, 1003);
    explain(&ann, "").fails(400, 1001);

    for id in [&dns_role, &dns] {
        let holders = api.get(&api.at(&format!("/roles/{id}/holders"))).items();
        assert_eq!(holders.len(), 1);
        assert_eq!(holders[0]["member"]["id"], ann);
    }
    api.get(&api.at(&format!("/roles/{}/holders", "f".repeat(32))))
        .fails(404, 1003);
}

#[test]
fn a_preview_says_what_a_request_would_do_and_does_nothing() {
    let app = TestApp::spawn();
    let api = app.api();
    let (_, dns) = role(&api, "DNS");
    let ann = member(&api, "ann@corp.example");
    let body = json!({ "name": "Operators", "policies": [policy(&api, &[dns.as_str()])] });
    let group = text(&api.post(&api.at("/iam/user_groups"), &body).result(), "id");
    let preview = |method: &str, path: &str, body: Value| {
        let asked = json!({ "method": method, "path": path, "body": body });
        api.post(&api.at("/preview"), &asked)
    };
    let members = format!("/iam/user_groups/{group}/members");
    let rows = app.audit().len();
    let gained = preview("POST", &members, json!([{ "id": ann }])).items();
    assert_eq!(gained.len(), 1);
    assert_eq!(gained[0]["member"]["id"], ann);
    assert_eq!(gained[0]["gained"][0]["permission_group"]["name"], "DNS");
    assert_eq!(gained[0]["lost"], json!([]));
    assert_eq!(app.audit().len(), rows, "nothing was done");
    assert!(api.get(&api.at(&members)).items().is_empty());
    api.post(&api.at(&members), &json!([{ "id": ann }])).is(200);
    let gone = format!("/iam/user_groups/{group}");
    for (method, path, body) in [
        ("DELETE", gone.as_str(), Value::Null),
        ("PUT", gone.as_str(), json!({ "policies": [] })),
        ("PUT", members.as_str(), json!([])),
        ("DELETE", &format!("{members}/{ann}"), Value::Null),
        ("DELETE", &format!("/members/{ann}"), Value::Null),
    ] {
        let lost = preview(method, path, body).items();
        let names: Vec<String> = lost[0]["lost"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|role| text(&role["permission_group"], "name"))
            .collect();
        assert!(
            names.contains(&"DNS".to_owned()),
            "{method} {path}: {lost:?}"
        );
    }
    let invited = preview(
        "POST",
        "/members",
        json!({ "email": "bob@corp.example",
        "status": "accepted" }),
    )
    .items();
    assert_eq!(
        invited[0]["gained"][0]["permission_group"]["name"],
        "Minimal Account Access"
    );
    // What would be refused is refused.
    preview(
        "DELETE",
        &format!("/members/{}", "f".repeat(32)),
        Value::Null,
    )
    .fails(404, 1003);
    let refused = preview("GET", "/members", Value::Null);
    assert_eq!(refused.pointer(), "/path");
    refused.fails(400, 1001);
    let refused = preview("POST", "/members", json!({ "email": 5 }));
    assert_eq!(refused.pointer(), "/body/email");
    preview("PUT", &members, Value::Null).fails(400, 1001);
}
