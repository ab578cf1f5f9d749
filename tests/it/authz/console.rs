//! The console's pages and forms, asked by everybody. A form is sent with the token of its own
//! browser, except where a column leaves it out or comes from another site.

use std::fmt::Write;

use provost::app;
use provost::domain::actor::{MemberRights, Permission};
use provost::domain::audit::AuditFilter;
use provost::domain::catalogue::{ADMINISTRATOR, ADMINISTRATOR_READ_ONLY, SUPER_ADMINISTRATOR};
use provost::domain::connection::ProviderKind;
use provost::domain::id::MemberId;
use provost::domain::query::{Start, Window};
use provost::http::assets;
use provost::http::routes::{self, Access, Door, Route};

use crate::harness::app::{Setup, TestApp, local};
use crate::harness::browserless::Browser;

/// Who asks, and how.
#[derive(Clone, Copy, PartialEq)]
enum How {
    /// With the token of the form, from the console's own page.
    Own,
    /// Without the token.
    NoToken,
    /// With the token, from another site's page.
    CrossOrigin,
    /// With the token, in another content type.
    AsText,
    /// With the token, by a Super Administrator who has no second factor yet.
    NoFactor,
}

struct Column {
    name: &'static str,
    /// Whose session; nobody's.
    email: Option<&'static str>,
    /// A bearer token, which is nothing here.
    bearer: Option<String>,
    rights: Option<MemberRights>,
    box_administrator: bool,
    how: How,
}

fn columns(app: &TestApp) -> Vec<Column> {
    let admin = app.new_token("admin", |new| {
        new.template = provost::domain::token::TokenTemplate::Admin;
    });
    let column = |name, email, rights, how| Column {
        name,
        email,
        bearer: None,
        rights,
        box_administrator: email == Some("box@corp.example"),
        how,
    };
    let bearer = |name, token: &str| Column {
        bearer: Some(format!("Bearer {token}")),
        ..column(name, None, None, How::Own)
    };
    let all = MemberRights::Everything;
    vec![
        column("anonymous", None, None, How::Own),
        bearer("scim_token", &app.token),
        bearer("admin_token", &admin),
        column(
            "other_account",
            Some("elsewhere@corp.example"),
            None,
            How::Own,
        ),
        column(
            "no_role",
            Some("nobody@corp.example"),
            Some(MemberRights::Own),
            How::Own,
        ),
        column(
            "read_only",
            Some("reads@corp.example"),
            Some(MemberRights::Reads),
            How::Own,
        ),
        column(
            "administrator",
            Some("changes@corp.example"),
            Some(MemberRights::Administers),
            How::Own,
        ),
        column("super", Some("super@corp.example"), Some(all), How::Own),
        column("box", Some("box@corp.example"), Some(all), How::Own),
        column(
            "no_csrf_token",
            Some("box@corp.example"),
            Some(all),
            How::NoToken,
        ),
        column(
            "cross_origin",
            Some("box@corp.example"),
            Some(all),
            How::CrossOrigin,
        ),
        column("as_text", Some("box@corp.example"), Some(all), How::AsText),
        column("no_factor", Some("bare@corp.example"), None, How::NoFactor),
    ]
}

/// Where a route is asked, with a record of its own where it names one.
pub(crate) fn target(app: &TestApp, route: &Route) -> (String, Option<String>) {
    if route.path == "/static/{file}" {
        return (assets::url("console.css").to_owned(), None);
    }
    let mut path = route
        .path
        .replace("{account_id}", &app.account.id.to_string())
        .replace("{form:csv|json|ndjson}", "csv")
        .replace("{form:csv|json|tf|sh}", "csv")
        .replace("{kind:okta|entra|authentik|generic}", "okta")
        .replace(
            "{act:deactivate|reactivate|reset|unlock|sign-out|link}",
            "unlock",
        )
        .replace("{row_id}", "0")
        .replace("{role_id}", &ADMINISTRATOR_READ_ONLY.to_string());
    if path.contains("{group_id}") {
        path = path.replace("{group_id}", &a_group(app));
    }
    if path.contains("{connection_id}") {
        path = path.replace("{connection_id}", &a_connection(app));
    }
    if path.contains("{operator_id}") {
        path = path.replace("{operator_id}", &an_operator(app));
    }
    if path.contains("{member_id}") {
        path = path.replace("{member_id}", &a_member(app));
    }
    if path.contains("{row}") {
        path = path.replace("{row}", &a_row(app));
    }
    if path.contains("{token_id}") {
        path = path.replace("{token_id}", &a_token(app));
    }
    // A policy that is nobody's, and a migration that nobody made.
    path = path.replace("{policy_id}", &app.account.id.to_string());
    path = path.replace("{run_id}", &app.account.id.to_string());
    assert!(!path.contains('{'), "say here what {path} is asked for");
    (path, None)
}

/// A connection that nobody else uses: it is paused, and its token rolled.
fn a_connection(app: &TestApp) -> String {
    let all = app.read(app::connections::list);
    if let Some(one) = all.iter().find(|one| one.name == "Asked") {
        return one.id.to_string();
    }
    app.new_connection(ProviderKind::Okta, "Asked");
    a_connection(app)
}

/// The first row of the account's audit log.
fn a_row(app: &TestApp) -> String {
    let window = Window {
        from: Start::After(0),
        limit: 1,
    };
    let rows = app.read(|tx| app::audit::list(tx, &AuditFilter::default(), window));
    rows[0].seq.to_string()
}

/// A token that nobody else uses: it is rolled, and revoked.
fn a_token(app: &TestApp) -> String {
    let all = app.read(app::tokens::list);
    if let Some(one) = all.iter().find(|one| one.name == "Asked") {
        return one.id.to_string();
    }
    app.new_token("Asked", |_| {});
    a_token(app)
}

/// A group that a provider pushed.
fn a_group(app: &TestApp) -> String {
    let found = app
        .scim()
        .get("/Groups?filter=displayName+eq+%22Asked%22&attributes=id");
    let found = found.is(200).json();
    match found["Resources"][0]["id"].as_str() {
        Some(id) => id.to_owned(),
        None => app.scim().new_group("Asked", &[]),
    }
}

/// Somebody who never signs in here.
fn an_operator(app: &TestApp) -> String {
    let all = local(&app.db, None, |tx| app::operators::list(tx));
    match all.iter().find(|one| one.email == "asked@corp.example") {
        Some(one) => one.id.to_string(),
        None => app.operator_elsewhere("asked@corp.example").to_string(),
    }
}

/// Somebody whom a provider pushed.
fn a_member(app: &TestApp) -> String {
    let found = app
        .scim()
        .get("/Users?filter=userName+eq+%22asked@corp.example%22");
    let found = found.is(200).json();
    let id = match found["Resources"][0]["id"].as_str() {
        Some(id) => id.to_owned(),
        None => app.scim().new_user("asked@corp.example"),
    };
    let id: MemberId = id.parse().expect("an id");
    id.membership().to_string()
}

fn may(column: &Column, access: Access) -> bool {
    let Access::Needs(permission) = access else {
        return true;
    };
    match permission {
        Permission::OwnOperator => column.email.is_some(),
        Permission::BoxAdministration => column.box_administrator,
        other => column
            .rights
            .is_some_and(|rights| rights.allow_at_console(other)),
    }
}

/// The token that the forms of this browser have.
fn token_of(browser: &mut Browser, column: &Column) -> String {
    let (page, button) = match (column.email, column.how) {
        (None, _) => ("/login", "Sign in"),
        (_, How::NoFactor) => ("/me/factors", "Set up an authenticator"),
        (Some(_), _) => ("/me/profile", "Save profile"),
    };
    browser.open(page);
    let (_, body) = browser.would_send(button);
    let token = body.split('&').find(|part| part.starts_with("csrf="));
    token.expect("a token").to_owned()
}

fn cell(app: &TestApp, route: &Route, column: &Column) -> String {
    let mut browser = match column.email {
        Some(email) => app.signed_in(email),
        None => app.browser(),
    };
    let (path, _) = target(app, route);
    let token = token_of(&mut browser, column);
    let origin = format!("http://{}", app.address());
    let mut headers = Vec::new();
    if let Some(bearer) = &column.bearer {
        headers.push(("Authorization", bearer.as_str()));
    }
    let crosses = column.how == How::CrossOrigin;
    headers.push((
        "Sec-Fetch-Site",
        if crosses { "cross-site" } else { "same-origin" },
    ));
    let mut body = None;
    if route.method == "POST" {
        headers.push((
            "Origin",
            if crosses {
                "https://evil.example"
            } else {
                &origin
            },
        ));
        let kind = match column.how {
            How::AsText => "text/plain",
            How::Own | How::NoToken | How::CrossOrigin | How::NoFactor => {
                "application/x-www-form-urlencoded"
            }
        };
        headers.push(("Content-Type", kind));
        body = Some(if column.how == How::NoToken {
            ""
        } else {
            token.as_str()
        });
    }
    let answer = browser.send(route.method, &path, &headers, body);
    let account = app.account.id.to_string();
    match answer.header("location") {
        Some(to) => {
            let to = to.split('?').next().unwrap_or_default();
            let known = to.replace(&account, "{account_id}");
            let known = without_new_ids(known);
            let elsewhere = known
                .strip_prefix("/a/")
                .and_then(|rest| rest.split_at_checked(32))
                .filter(|(id, _)| id.bytes().all(|b| b.is_ascii_hexdigit()));
            let to = match elsewhere {
                Some((_, below)) => format!("/a/{{another}}{below}"),
                None => known,
            };
            format!("{} {to}", answer.status)
        }
        None => answer.status.to_string(),
    }
}

/// Whether the answer gave what was asked for: a page, or a form that was taken.
fn is_given(answer: &str) -> bool {
    let refused = ["303 /login", "303 /confirm", "303 /me/factors", "4"];
    !refused.iter().any(|begin| answer.starts_with(begin))
}

fn table() -> (String, Vec<String>) {
    let app = Setup::standing_clock().spawn();
    app.operator("box@corp.example", Some(SUPER_ADMINISTRATOR));
    app.operator("super@corp.example", Some(SUPER_ADMINISTRATOR));
    app.operator("changes@corp.example", Some(ADMINISTRATOR));
    app.operator("reads@corp.example", Some(ADMINISTRATOR_READ_ONLY));
    app.operator("nobody@corp.example", None);
    let other = app.other_account().account.parse().expect("an id");
    let elsewhere = app.operator_elsewhere("elsewhere@corp.example");
    app.works_in(elsewhere, other, SUPER_ADMINISTRATOR);
    // Nobody looked whether they have what they must have.
    let bare = app.operator_elsewhere("bare@corp.example");
    let account = app.account.id;
    local(&app.db, None, move |tx| {
        app::operators::link(tx, bare, account, SUPER_ADMINISTRATOR)
    });
    let columns = columns(&app);
    let (mut table, mut unexpected) = (String::new(), Vec::new());
    for route in routes::all().filter(|route| route.door == Door::Console) {
        let (method, path) = (route.method, route.path);
        writeln!(table, "{method} {path} ({:?})", route.access).expect("a line");
        for column in &columns {
            let answer = cell(&app, route, column);
            writeln!(table, "    {:<20} {answer}", column.name).expect("a line");
            let forged = method == "POST" && !matches!(column.how, How::Own | How::NoFactor);
            if is_given(&answer) && (forged || !may(column, route.access)) {
                unexpected.push(format!("{method} {path} as {}: {answer}", column.name));
            }
            // Wrong passwords of one row are not held against the next.
            let email = column.email.unwrap_or("box@corp.example");
            let id = local(&app.db, None, move |tx| app::operators::find(tx, email)).id;
            let name = column.email.unwrap_or_default();
            app.db.sign_ins().unlock(name, id);
        }
    }
    (table, unexpected)
}

#[test]
fn every_page_answers_everybody_as_the_golden_table_says() {
    let (table, unexpected) = table();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    super::compare(
        &table,
        include_str!("console.golden"),
        "authz/console.golden",
    );
}

/// Ids of what was made for the question are new each time.
fn without_new_ids(known: String) -> String {
    let known = match known.split_once("/connections/") {
        Some((before, id)) if id.len() == 32 => format!("{before}/connections/{{connection_id}}"),
        Some((before, rest)) if rest.ends_with("/held") => {
            format!("{before}/connections/{{connection_id}}/held")
        }
        Some(_) | None => known,
    };
    match known.strip_prefix("/operators/") {
        Some(id) if id.len() == 32 => "/operators/{operator_id}".to_owned(),
        Some(_) | None => known,
    }
}
