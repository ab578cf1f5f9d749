//! Every route, asked with every kind of credential. What each cell answers stands in
//! `authz.golden`; a new route without a row there fails, and so does a 2xx that the route's
//! own access rule does not explain.

use std::fmt::Write;

use provost::app;
use provost::domain::actor::Permission;
use provost::domain::connection::ProviderKind;
use provost::domain::token::{AddressCondition, Expiry, NewOwner, NewToken, TokenTemplate};
use provost::env::Entropy;
use provost::http::routes::{API_BASE, Access, Door, ROUTES, Route};

use crate::harness::api::Api;
use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{BULK_URN, Client, USER_URN};
use crate::harness::fixtures::{group, user};

const DAY_MS: i64 = 86_400_000;
const MINIMAL_ACCESS: &str = "124b3f784ed20e168bc6bda6be3538a4";

/// How a cell's request differs from a plain one.
#[derive(Clone, Copy, PartialEq)]
enum Variant {
    Plain,
    /// A letter of the path percent-encoded, the same address by RFC 3986.
    Encoded,
    /// A `.` segment in the path.
    Dotted,
    /// A double slash in the path.
    Doubled,
    /// A slash at the end of the path.
    Trailing,
    /// Sent as GET or POST, with the route's method in headers that ask to override it.
    Overridden,
}

/// One kind of credential: the value of `Authorization`, and how the request is sent.
struct Column {
    name: &'static str,
    bearer: Option<String>,
    variant: Variant,
}

/// Which columns may see a 2xx, and where.
fn may(column: &str, access: Access) -> bool {
    let Access::Needs(permission) = access else {
        return true;
    };
    match column {
        "member" => matches!(
            permission,
            Permission::ScimRead | Permission::ScimWrite | Permission::TokenVerify
        ),
        "scim" | "scim_encoded" => matches!(
            permission,
            Permission::ScimRead
                | Permission::ScimWrite
                | Permission::DirectoryRead
                | Permission::DirectoryWrite
                | Permission::TokenVerify
        ),
        "read" | "read_override" => matches!(
            permission,
            Permission::ScimRead
                | Permission::MetricsRead
                | Permission::DirectoryRead
                | Permission::AccountRead
                | Permission::LogsRead
                | Permission::TokenVerify
        ),
        "admin" => !of_members(permission) && permission != Permission::BoxAdministration,
        // Their token has everything, and their roles have not.
        "member_admin" => {
            of_members(permission)
                || matches!(
                    permission,
                    Permission::ScimRead
                        | Permission::ScimWrite
                        | Permission::TokenVerify
                        | Permission::AccountRead
                )
        }
        "member_super" => permission != Permission::BoxAdministration,
        _ => false,
    }
}

/// What nobody but a member can be asked for.
fn of_members(permission: Permission) -> bool {
    matches!(
        permission,
        Permission::UserRead
            | Permission::UserWrite
            | Permission::MembershipsRead
            | Permission::MembershipsWrite
            | Permission::UserTokensRead
            | Permission::UserTokensWrite
    )
}

/// A token of the account with everything that a token can have, but for `change`.
fn of_admin(app: &TestApp, name: &str, change: impl FnOnce(&mut NewToken)) -> String {
    app.new_token(name, |new| {
        new.template = TokenTemplate::Admin;
        change(new);
    })
}

/// Tokens that hold everything and are no good here and now.
fn refused_tokens(app: &TestApp) -> Vec<(&'static str, String)> {
    let elsewhere = AddressCondition {
        allow: vec!["192.0.2.0/24".parse().expect("a net")],
        deny: Vec::new(),
    };
    let other = app.other_account();
    let mut tokens = vec![
        ("never_issued", TestApp::spawn().token.clone()),
        (
            "expired",
            of_admin(app, "expired", |new| new.expires = Expiry::Days(1)),
        ),
        (
            "not_yet_valid",
            of_admin(app, "early", |new| new.not_before_ms = Some(i64::MAX / 2)),
        ),
        ("revoked", of_admin(app, "revoked", |_| {})),
        ("rolled_out", of_admin(app, "rolled", |_| {})),
        ("disabled", of_admin(app, "disabled", |_| {})),
        (
            "other_address",
            of_admin(app, "elsewhere", |new| new.addresses = elsewhere),
        ),
        ("other_account", other.token),
        (
            "paused",
            app.new_connection(ProviderKind::Generic, "paused"),
        ),
    ];
    let good = &app.token;
    let last = if good.ends_with('0') { "1" } else { "0" };
    tokens.push(("bad_checksum", good[..good.len() - 1].to_owned() + last));
    // No command disables a token yet; the flag is there all the same.
    let disable = "UPDATE tokens SET disabled = 1 WHERE name = 'disabled'";
    app.sql().execute(disable, []).expect("an update");
    app.write(|tx| app::tokens::revoke(tx, "revoked"));
    app.write(|tx| app::tokens::roll(tx, "rolled", DAY_MS));
    app.write(|tx| app::connections::pause(tx, "paused"));
    app.pass(2 * DAY_MS);
    tokens
}

fn columns(app: &TestApp) -> Vec<Column> {
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    let column = |name, bearer, variant| Column {
        name,
        bearer,
        variant,
    };
    let (scim, read) = (
        &app.token,
        app.new_token("read", |new| new.template = TokenTemplate::Read),
    );
    let admin = of_admin(app, "admin", |_| {});
    let mut columns = vec![
        column("anonymous", None, Variant::Plain),
        column("anonymous_encoded", None, Variant::Encoded),
        column("anonymous_dotted", None, Variant::Dotted),
        column("anonymous_doubled", None, Variant::Doubled),
        column("anonymous_trailing", None, Variant::Trailing),
        column("anonymous_override", None, Variant::Overridden),
        column("empty", bearer(""), Variant::Plain),
        column("garbage", bearer("garbage"), Variant::Plain),
        column("basic", Some(format!("Basic {admin}")), Variant::Plain),
    ];
    let refused = refused_tokens(app);
    columns.extend(
        refused
            .iter()
            .map(|(name, token)| column(name, bearer(token), Variant::Plain)),
    );
    columns.extend([
        column("read", bearer(&read), Variant::Plain),
        column("read_override", bearer(&read), Variant::Overridden),
        column("scim", bearer(scim), Variant::Plain),
        column("scim_encoded", bearer(scim), Variant::Encoded),
        column("admin", bearer(&admin), Variant::Plain),
        column("member", None, Variant::Plain),
        column("member_admin", None, Variant::Plain),
        column("member_super", None, Variant::Plain),
    ]);
    columns
}

/// The path of a route, with a record of its own where it names one, and the body it takes.
fn target(
    app: &TestApp,
    route: &Route,
    unique: &str,
    me: Option<&str>,
) -> (String, Option<String>) {
    match route.door {
        Door::Scim => scim_target(&app.scim(), route, unique),
        Door::Api => api_target(app, route, unique, me),
        Door::Server => (route.path.to_owned(), None),
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

/// A new member, who may be gone after one request.
fn new_member(app: &TestApp, unique: &str) -> String {
    app.scim().new_user(&format!("me.{unique}@corp.example"))
}

/// A token of that member: template scim, or admin.
fn of_member(app: &TestApp, unique: &str, id: &str, admin: bool) -> String {
    let owner = NewOwner::Member(id.parse().expect("an id"));
    let token = app.new_token(unique, |new| {
        new.owner = owner;
        if admin {
            new.template = TokenTemplate::Admin;
        }
    });
    format!("Bearer {token}")
}

fn cell(app: &TestApp, route: &Route, column: &Column, unique: &str) -> u16 {
    let me = column
        .name
        .starts_with("member")
        .then(|| new_member(app, unique));
    let (path, body) = target(app, route, unique, me.as_deref());
    let mut headers = Vec::new();
    if column.name == "member_super" {
        app.make_super_administrator(me.as_deref().unwrap_or_default());
    }
    let of_member = me.map(|me| of_member(app, unique, &me, column.name != "member"));
    if let Some(bearer) = of_member.as_ref().or(column.bearer.as_ref()) {
        headers.push(("Authorization", bearer.as_str()));
    }
    let mut method = route.method;
    let path = match column.variant {
        Variant::Plain => path,
        Variant::Encoded => {
            let end = path.find('?').unwrap_or(path.len());
            let at = path[..end].rfind('/').unwrap_or_default() + 1;
            let letter = path.as_bytes()[at];
            format!("{}%{letter:02x}{}", &path[..at], &path[at + 1..])
        }
        Variant::Dotted => path.replacen('/', "/./", 1),
        Variant::Doubled => path.replacen('/', "//", 1),
        Variant::Trailing => match path.split_once('?') {
            Some((path, query)) => format!("{path}/?{query}"),
            None => path + "/",
        },
        Variant::Overridden => {
            headers.push(("X-HTTP-Method-Override", method));
            headers.push(("X-HTTP-Method", method));
            method = if body.is_some() { "POST" } else { "GET" };
            path
        }
    };
    if body.is_some() {
        headers.push(("Content-Type", "application/json"));
    }
    let body = body.as_ref().map(String::as_bytes);
    app.scim()
        .try_send(method, &path, &headers, body)
        .expect("an answer")
        .status
}

/// The whole table: a line a route, a column a credential.
fn table() -> (String, Vec<String>) {
    let app = Setup::standing_clock().spawn();
    let columns = columns(&app);
    let mut table = String::new();
    let mut unexpected = Vec::new();
    for (row, route) in ROUTES.iter().enumerate() {
        writeln!(
            table,
            "{} {} ({:?})",
            route.method, route.path, route.access
        )
        .expect("a line");
        for (number, column) in columns.iter().enumerate() {
            let status = cell(&app, route, column, &format!("r{row}c{number}"));
            writeln!(table, "    {:<20} {status}", column.name).expect("a line");
            let open = route.access == Access::Open;
            // An override must leave a read a read, and what else POST does there.
            let others = ["DELETE", "PUT"].contains(&route.method);
            let read_anyway = column.name == "read_override" && others && status == 200;
            if status < 300 && !open && !may(column.name, route.access) && !read_anyway {
                unexpected.push(format!(
                    "{} {} as {}: {status}",
                    route.method, route.path, column.name
                ));
            }
        }
    }
    (table, unexpected)
}

#[test]
fn every_route_answers_every_credential_as_the_golden_table_says() {
    let (table, unexpected) = table();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    let golden = include_str!("authz.golden");
    if table == golden {
        return;
    }
    let actual = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("authz.golden");
    std::fs::write(&actual, &table).expect("a file");
    let lines = table
        .lines()
        .zip(golden.lines().chain(std::iter::repeat("(no line)")));
    let differing: Vec<String> = lines
        .enumerate()
        .filter(|(_, (now, then))| now != then)
        .map(|(number, (now, then))| format!("{}: {now:?}, was {then:?}", number + 1))
        .take(20)
        .collect();
    assert!(
        differing.is_empty() && table.len() == golden.len(),
        "the matrix is not the golden one; when that is meant, copy {} over tests/it/authz.golden:\n{}",
        actual.display(),
        differing.join("\n")
    );
}

#[test]
fn every_route_of_the_table_has_its_lines() {
    let golden = include_str!("authz.golden");
    for route in ROUTES {
        let line = format!("{} {} ({:?})", route.method, route.path, route.access);
        assert!(
            golden.lines().any(|known| known == line),
            "no row for {line}"
        );
    }
    let rows = golden.lines().filter(|line| !line.starts_with(' ')).count();
    assert_eq!(rows, ROUTES.len(), "rows for routes that are gone");
}
