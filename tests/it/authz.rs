//! Every route, asked with every kind of credential. What each cell answers stands in
//! `authz.golden`; a new route without a row there fails, and so does a 2xx that the route's
//! own access rule does not explain.

pub(crate) mod console;
mod targets;

use std::fmt::Write;

use provost::app;
use provost::domain::actor::Permission;
use provost::domain::connection::ProviderKind;
use provost::domain::token::{AddressCondition, Expiry, NewOwner, NewToken, TokenTemplate};
use provost::http::routes::{self, Access, Door, Route};

use crate::harness::app::{Setup, TestApp};
use crate::harness::schema;
use targets::target;

const DAY_MS: i64 = 86_400_000;

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
            Permission::ScimReadOwn | Permission::TokenVerify
        ),
        "scim" | "scim_encoded" => matches!(
            permission,
            Permission::ScimRead
                | Permission::ScimReadOwn
                | Permission::ScimWrite
                | Permission::DirectoryRead
                | Permission::DirectoryWrite
                | Permission::TokenVerify
        ),
        "read" | "read_override" => matches!(
            permission,
            Permission::ScimRead
                | Permission::ScimReadOwn
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
                    Permission::ScimReadOwn | Permission::TokenVerify | Permission::AccountRead
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
    let answer = app.scim().try_send(method, &path, &headers, body);
    let answer = answer.expect("an answer");
    if route.door == Door::Api && matches!(column.variant, Variant::Plain) {
        let problems = schema::api_answer(method, &path, &answer);
        let body = answer.text();
        assert!(
            problems.is_empty(),
            "{method} {path} as {}: {problems:#?}\n{body:.2000}",
            column.name
        );
    }
    answer.status
}

/// The whole table: a line a route, a column a credential.
fn table() -> (String, Vec<String>) {
    let app = Setup::standing_clock().spawn();
    let columns = columns(&app);
    let mut table = String::new();
    let mut unexpected = Vec::new();
    let machine = routes::all().filter(|route| route.door != Door::Console);
    for (row, route) in machine.enumerate() {
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
    compare(&table, golden, "authz.golden");
}

/// Fails with the first lines that differ, and says where the whole new table is.
fn compare(table: &str, golden: &str, name: &str) {
    if table == golden {
        return;
    }
    let actual = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let actual = actual.join(name.replace('/', "-"));
    std::fs::write(&actual, table).expect("a file");
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
        "the matrix is not the golden one; when that is meant, copy {} over tests/it/{name}:\n{}",
        actual.display(),
        differing.join("\n")
    );
}

#[test]
fn every_route_of_the_table_has_its_lines() {
    let machine = include_str!("authz.golden");
    let pages = include_str!("authz/console.golden");
    for route in routes::all() {
        let golden = if route.door == Door::Console {
            pages
        } else {
            machine
        };
        let line = format!("{} {} ({:?})", route.method, route.path, route.access);
        assert!(
            golden.lines().any(|known| known == line),
            "no row for {line}"
        );
    }
    let lines = machine.lines().chain(pages.lines());
    let rows = lines.filter(|line| !line.starts_with(' ')).count();
    assert_eq!(rows, routes::all().count(), "rows for routes that are gone");
}
