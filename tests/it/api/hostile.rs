//! Nothing that is sent ends in a 500, whatever the route: the client looks at every answer.

use provost::http::routes::{self, API_BASE, Door};
use serde_json::{Value, json};

use crate::harness::api::Api;
use crate::harness::app::TestApp;

/// Values for every parameter at once.
const QUERIES: [&str; 10] = [
    "page=9223372036854775807&per_page=9223372036854775807",
    "page=-1&per_page=-1&limit=-9223372036854775808",
    "page=1e309&limit=1e309",
    "cursor=YWZ0ZXI6OTIyMzM3MjAzNjg1NDc3NTgwNw&limit=1",
    "cursor=YWZ0ZXI6LTkyMjMzNzIwMzY4NTQ3NzU4MDg&direction=asc",
    "since=0001-01-01&before=9999-12-31&name=%00&id=%F0%9F%98%80",
    "since=-999999-01-01&before=+999999-12-31",
    "direction=asc&fuzzyName=%25&fuzzyEmail=_&label='&role=%22&member=;--",
    "name=%ff",
    "a=1&a=2&=3&&&=",
];

fn bodies() -> Vec<Value> {
    let long = "x".repeat(5_000);
    let mut bodies = vec![
        Value::Null,
        json!([]),
        json!({}),
        json!("text"),
        json!(-1.5e300),
        json!([null]),
        json!([{ "id": null }]),
        json!([{ "id": "f".repeat(32) }]),
        json!({ "members": { "id": 1 } }),
    ];
    // Every name that some route reads, with a value of each kind.
    let names = [
        "id",
        "name",
        "description",
        "scope",
        "status",
        "email",
        "roles",
        "policies",
        "permissions",
        "resource_permissions",
        "hidden",
        "email_domain",
        "enabled",
        "condition",
        "expires_on",
        "not_before",
        "first_name",
        "method",
        "path",
        "body",
        "key",
        "objects",
    ];
    let values = [
        Value::Null,
        json!(true),
        json!(0),
        json!(""),
        json!("\u{202e}a"),
        json!(long),
        json!([]),
        json!([[]]),
        json!({}),
        json!({ "key": "*", "objects": [{ "key": "*" }] }),
        json!([{ "access": "allow", "effect": "allow", "permission_groups": [], "resources": {},
            "resource_groups": [] }]),
    ];
    for value in &values {
        let all = names.iter().map(|name| ((*name).to_owned(), value.clone()));
        bodies.push(Value::Object(all.collect()));
    }
    // One good member each, so that the next ones are read.
    for value in values {
        bodies.push(
            json!({ "name": "n", "email": "a@b.example", "policies": value.clone(),
            "roles": value.clone(), "scope": value, "method": "PUT", "path": "/members/x" }),
        );
    }
    bodies
}

fn path(api: &Api, pattern: &str, id: &str) -> String {
    let parts = pattern.split('/').map(|part| match part {
        "{account_id}" => api.0.account.clone(),
        part if part.starts_with('{') => id.to_owned(),
        part => part.to_owned(),
    });
    parts.collect::<Vec<String>>().join("/")
}

#[test]
fn no_body_and_no_query_is_too_much_for_any_route() {
    let app = TestApp::spawn();
    let ann = app.people(1).remove(0);
    app.make_super_administrator(&ann);
    let (admin, member) = (app.api(), app.api_of(&ann));
    let bodies = bodies();
    for route in routes::all().filter(|route| route.door == Door::Api) {
        let own = route.path.starts_with("/user") || route.path.starts_with("/memberships");
        let api = if own { &member } else { &admin };
        let nobody = "f".repeat(32);
        for id in ["x", "%00", "%f0%9f%98%80", "a%2fb", nobody.as_str()] {
            let path = path(api, route.path, id);
            api.send(route.method, &path, Some(&json!({})));
        }
        let path = path(api, route.path, &nobody);
        for query in QUERIES {
            let target = format!("{path}?{query}");
            let body = (route.method != "GET").then(|| json!({}));
            api.send(route.method, &target, body.as_ref());
        }
        if matches!(route.method, "POST" | "PUT" | "PATCH") {
            for body in &bodies {
                api.send(route.method, &path, Some(body));
            }
        }
    }
    let lists = [
        "members",
        "roles",
        "iam/user_groups",
        "tokens",
        "connections",
        "audit_logs",
    ];
    for list in lists {
        let target = admin.at(&format!("/{list}?page=9223372036854775807&per_page=50"));
        assert!(admin.get(&target).items().is_empty(), "{list}");
    }
    assert_eq!(API_BASE, "/client/v4");
}
