//! What each route is asked for: a path with a record of its own, and the body it takes.

use provost::app;
use provost::domain::token::NewOwner;
use provost::env::Entropy;
use provost::http::routes::{API_BASE, Door, Route};

use crate::harness::api::Api;
use crate::harness::app::TestApp;
use crate::harness::client::{BULK_URN, Client, USER_URN};
use crate::harness::fixtures::{group, user};

const MINIMAL_ACCESS: &str = "124b3f784ed20e168bc6bda6be3538a4";

/// The path of a route, with a record of its own where it names one, and the body it takes.
pub(super) fn target(
    app: &TestApp,
    route: &Route,
    unique: &str,
    me: Option<&str>,
) -> (String, Option<String>) {
    match route.door {
        Door::Scim => scim_target(&app.scim(), route, unique),
        Door::Api => api_target(app, route, unique, me),
        Door::Server => (route.path.to_owned(), None),
        Door::Console => super::console::target(app, route),
    }
}

fn scim_target(scim: &Client, route: &Route, unique: &str) -> (String, Option<String>) {
    let name = format!("{unique}@corp.example");
    let id = match route.path {
        "/Users/{id}" => scim.new_user(&name),
        "/Groups/{id}" => scim.new_group(&name, &[]),
        "/ResourceTypes/{id}" => "User".to_owned(),
        "/Schemas/{id}" => USER_URN.to_owned(),
        path => {
            assert!(!path.contains('{'), "say here what {path} is asked for");
            String::new()
        }
    };
    let path = scim.base() + &route.path.replace("{id}", &id);
    let made = format!("new.{name}");
    let body = match (route.method, route.path) {
        ("POST", "/Users") => user(&made),
        ("PUT", "/Users/{id}" | "/Me") => user(&name),
        ("POST", "/Groups") => group(&made, &[]),
        ("PUT", "/Groups/{id}") => group(&name, &[]),
        ("POST", "/Bulk") => serde_json::json!({
            "schemas": [BULK_URN],
            "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "a",
                "data": user(&made) }],
        }),
        ("PATCH", _) => serde_json::json!({
            "schemas": [crate::harness::client::PATCH_URN],
            "Operations": [{ "op": "add", "path": "externalId", "value": unique }],
        }),
        ("POST", path) if path.ends_with("/.search") => serde_json::json!({ "count": 1 }),
        ("GET" | "DELETE", _) => return (path, None),
        (method, path) => {
            assert_eq!(method, "", "say here what {method} {path} sends");
            return (path.to_owned(), None);
        }
    };
    (path, Some(body.to_string()))
}

/// The same of the REST API; `me` owns what the route's own person has.
fn api_target(
    app: &TestApp,
    route: &Route,
    unique: &str,
    me: Option<&str>,
) -> (String, Option<String>) {
    let api = Api(app.scim());
    let mut path = route.path.replace("{account_id}", &api.0.account);
    let own = me.filter(|_| path.starts_with("/user"));
    if path.contains("{token_id}") {
        let name = format!("t.{unique}");
        app.new_token(&name, |new| {
            if let Some(me) = own {
                new.owner = NewOwner::Member(me.parse().expect("an id"));
            }
        });
        let id = app.read(|tx| app::tokens::find(tx, &name)).id;
        path = path.replace("{token_id}", &id.to_string());
    }
    if path.contains("{membership_id}") {
        let id = match me {
            Some(me) => {
                let me = me.parse().expect("an id");
                app.read(|tx| app::members::get(tx, me)).membership_id()
            }
            None => provost::domain::id::MembershipId::from_bytes([7; 16]),
        };
        path = path.replace("{membership_id}", &id.to_string());
    }
    path = iam_target(app, &path, unique);
    if path.contains("{connection_id}") {
        let id = app.read(|tx| app::connections::find(tx, "Generic")).id;
        path = path.replace("{connection_id}", &id.to_string());
    }
    if route.path.ends_with("/logs/audit/{id}/history") {
        let row = crate::harness::client::text(&app.audit()[0], "id");
        path = path.replace("{id}", &row);
    }
    if path.contains("/logs/audit") && !path.ends_with("categories") {
        path += "?since=2026-01-01&before=2027-01-01";
    }
    assert!(!path.contains('{'), "say here what {path} is asked for");
    let token = api.token_body(unique, &[crate::harness::api::SCIM_PROVISIONING]);
    let body = match (route.method, route.path) {
        ("GET" | "DELETE", _) => None,
        ("PUT", path) if path.ends_with("/value") => None,
        (_, path) if path.contains("/tokens") => Some(token),
        ("PUT", "/accounts/{account_id}") => Some(serde_json::json!({ "name": "Corp" })),
        ("POST", "/accounts") => Some(serde_json::json!({ "name": unique })),
        ("PUT", "/memberships/{membership_id}") => {
            Some(serde_json::json!({ "status": "accepted" }))
        }
        ("PATCH", _) => Some(serde_json::json!({})),
        ("POST", path) if path.ends_with("/begin_verification") => None,
        ("PUT" | "POST", path) => Some(iam_body(app, path, unique)),
        (method, path) => {
            assert_eq!(method, "", "say here what {method} {path} sends");
            None
        }
    };
    let body = body.map(|body| body.to_string());
    (format!("{API_BASE}{path}"), body)
}

/// A record of its own for each name in the path of what policies are made of.
fn iam_target(app: &TestApp, path: &str, unique: &str) -> String {
    let api = app.api();
    let make = |path: &str| {
        let body = iam_body(app, path, unique);
        let made = api.post(&path.replace("{account_id}", &api.0.account), &body);
        crate::harness::client::text(&made.result(), "id")
    };
    let mut path = path.to_owned();
    for (name, collection) in [
        ("{member_id}", "/accounts/{account_id}/members"),
        ("{role_id}", "/accounts/{account_id}/roles"),
        (
            "{resource_group_id}",
            "/accounts/{account_id}/iam/resource_groups",
        ),
        ("{user_group_id}", "/accounts/{account_id}/iam/user_groups"),
        ("{domain_id}", "/accounts/{account_id}/domains"),
        (
            "{sso_connector_id}",
            "/accounts/{account_id}/sso_connectors",
        ),
    ] {
        if path.contains(name) {
            path = path.replace(name, &make(collection));
        }
    }
    if path.ends_with("/explain") {
        let member = make("/accounts/{account_id}/members");
        path = format!("{path}?member={member}&role=DNS");
    }
    if path.contains("{migration_id}") {
        let plan = migration_plan(&api, unique);
        let base = format!("/accounts/{}/legacy_groups", api.0.account);
        api.post(&format!("{base}/convert"), &plan).is(200);
        let id = plan["id"].as_str().expect("an id").to_owned();
        path = path.replace("{migration_id}", &id);
    }
    // Whoever is asked for in a group is in it.
    if let Some((group, member)) = path.split_once("/members/")
        && group.contains("/user_groups/")
    {
        let members = format!("{group}/members");
        api.post(&members, &serde_json::json!([{ "id": member }]))
            .is(200);
    }
    path.replace("{permission_group_id}", MINIMAL_ACCESS)
}

/// A plan that makes one group of a file, as it is sent to be carried out.
fn migration_plan(api: &Api, unique: &str) -> serde_json::Value {
    let number: [u8; 16] = Entropy.bytes();
    // Another account each time: its groups are not there yet.
    let from = format!("{:032x}", u128::from_le_bytes(number));
    let name = format!("CF-{from} - DNS");
    let options = serde_json::json!({
        "import": { "from_account": from, "groups": [{ "name": name, "members": [] }] },
        "decisions": [{
            "group": name, "new_name": format!("{unique}-{from}"),
        }],
    });
    let path = format!("/accounts/{}/legacy_groups/plan", api.0.account);
    let plan = api.post(&path, &options).is(200).result();
    serde_json::json!({
        "id": plan["id"], "fingerprint": plan["fingerprint"], "options": options,
    })
}

/// What is sent to make, or to replace, something of that collection.
fn iam_body(app: &TestApp, path: &str, unique: &str) -> serde_json::Value {
    let number: [u8; 8] = Entropy.bytes();
    let made = format!("{unique}-{:x}", u64::from_le_bytes(number));
    let name = path.rsplit('/').find(|part| !part.contains('{'));
    match name {
        Some("members") if path.contains("user_groups") => serde_json::json!([]),
        Some("members") => serde_json::json!({
            "email": format!("{made}@corp.example"), "status": "accepted",
        }),
        Some("mapping" | "preview") if path.contains("legacy_groups") => {
            serde_json::json!({ "enabled": false })
        }
        Some("preview") => serde_json::json!({
            "method": "POST", "path": "/members",
            "body": { "email": format!("{made}@corp.example") },
        }),
        Some("plan" | "undo" | "close") => serde_json::json!({}),
        Some("convert") => migration_plan(&app.api(), unique),
        Some("domains") => serde_json::json!({ "name": format!("{made}.example") }),
        Some("roles" | "user_groups") => serde_json::json!({ "name": made }),
        Some("resource_groups") => {
            let name = format!("{made}.example");
            let domain = app.write(move |tx| {
                let name = provost::domain::domains::DomainName::parse(&name)?;
                app::domains::add(tx, &name, None)
            });
            serde_json::json!({ "name": made, "scope": {
                "key": format!("com.cloudflare.api.account.{}", app.account.id),
                "objects": [{ "key": format!("com.cloudflare.api.account.zone.{}", domain.id) }],
            } })
        }
        Some("sso_connectors") => {
            serde_json::json!({ "email_domain": format!("{made}.example") })
        }
        _ => {
            assert_eq!(path, "", "say here what {path} is sent");
            serde_json::Value::Null
        }
    }
}
