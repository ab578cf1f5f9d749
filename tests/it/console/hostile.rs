//! What a provider, or anybody, may have written into records, addresses and headers: it is shown
//! as text, and leads nowhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use provost::app;
use provost::domain::catalogue::{ADMINISTRATOR, SUPER_ADMINISTRATOR};
use provost::domain::connection::ProviderKind;
use provost::http::routes::{self, Door, Route};
use serde_json::{Value, json};

use crate::harness::app::{Setup, TestApp, label, local};
use crate::harness::browserless::Browser;
use crate::harness::client::{Client, text};
use crate::harness::fixtures::{group, user};

const ADA: &str = "ada@corp.example";
/// Markup in every place where markup could stand.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
/// What must not be found of it on any page, unless it is escaped.
const RAW: [&str; 4] = ["<script>alert", "<img", "\"'><", "href=\"javascript:"];
/// Views of one page that are looked at: they differ by their queries alone.
const VIEWS_MAX: usize = 4;
const PAGES_MAX: usize = 700;

/// A value of that attribute that is as hostile as its type lets it be.
fn value_of(attribute: &Value) -> Option<Value> {
    if attribute["mutability"] == "readOnly" {
        return None;
    }
    let one = match attribute["type"].as_str()? {
        "string" => match attribute["canonicalValues"].as_array() {
            Some(known) => known.first()?.clone(),
            None => json!(HOSTILE),
        },
        "reference" => json!(format!("javascript:alert(1)//{HOSTILE}")),
        "boolean" => json!(true),
        "dateTime" => json!("2026-01-01T00:00:00Z"),
        "integer" => json!(7),
        "binary" => json!("PHNjcmlwdD4="),
        "complex" => {
            let parts = attribute["subAttributes"].as_array()?;
            let parts = parts.iter().filter_map(|part| {
                let name = part["name"].as_str()?.to_owned();
                Some((name, value_of(part)?))
            });
            Value::Object(parts.collect())
        }
        other => panic!("say here what a {other} is"),
    };
    Some(if attribute["multiValued"] == true {
        json!([one])
    } else {
        one
    })
}

/// Puts hostile values into everything that a provider may write of a User; how many it took.
fn fill_user(scim: &Client, id: &str) -> usize {
    let schemas = scim.get("/Schemas").is(200).json();
    let mut taken = 0;
    for schema in schemas["Resources"].as_array().expect("schemas") {
        let urn = text(schema, "id");
        let core = urn.ends_with("core:2.0:User");
        if !core && !urn.contains("extension") {
            continue;
        }
        for attribute in schema["attributes"].as_array().expect("attributes") {
            let name = text(attribute, "name");
            let own = [
                "active", "groups", "roles", "password", "meta", "id", "schemas",
            ];
            if core && own.contains(&name.as_str()) {
                continue;
            }
            let path = if core { name } else { format!("{urn}:{name}") };
            let Some(value) = value_of(attribute) else {
                continue;
            };
            let ops = json!([{ "op": "replace", "path": path, "value": value }]);
            let status = scim.patch(&format!("/Users/{id}"), &ops).status;
            assert!([200, 204, 400].contains(&status), "{path}: {status}");
            taken += usize::from(status < 300);
        }
    }
    taken
}

/// Ada's account with hostile text in every record that has any.
fn filled() -> (TestApp, Browser) {
    let app = Setup::standing_clock().spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let okta = app.provider(ProviderKind::Okta);
    let id = okta.new_user("maria@corp.example");
    let taken = fill_user(&okta, &id);
    assert!(taken >= 20, "only {taken} attributes were taken");
    let pushed = okta.made("/Groups", &group(HOSTILE, std::slice::from_ref(&id)));
    let ops = json!([{ "op": "replace", "path": "externalId", "value": HOSTILE }]);
    okta.patch(&format!("/Groups/{pushed}"), &ops);
    // Refusals keep what was asked for.
    okta.post("/Groups", &group(HOSTILE, &[])).is(409);
    okta.post("/Users", &user(&format!("{HOSTILE}\u{202e}")));
    okta.get("/Users?filter=userName%20eq%20%3Cscript%3Ealert(1)%3C/script%3E");
    app.new_connection(ProviderKind::Generic, HOSTILE);
    local(&app.db, None, |tx| {
        app::accounts::create(tx, &label(HOSTILE), None)
    });
    let role = app.api();
    role.post(
        &format!("/accounts/{}/roles", app.account.id),
        &json!({ "name": HOSTILE, "description": HOSTILE, "permissions": ["x:y"] }),
    );
    let bob = app.operator_elsewhere("bob@corp.example");
    local(&app.db, None, move |tx| {
        let operators = app::operators::find(tx, &bob.to_string())?;
        app::operators::set_disabled(tx, &operators.email, true)
    });
    let browser = app.signed_in(ADA);
    (app, browser)
}

/// The addresses that a page leads to, without what stands behind `#`.
fn links(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in [" href=\"", " action=\""] {
        for piece in html.split(name).skip(1) {
            let link = piece.split('"').next().unwrap_or_default();
            let link = link.replace("&amp;", "&").replace("&#38;", "&");
            let link = link.split('#').next().unwrap_or_default();
            if link.starts_with('/') && !link.starts_with("/static/") {
                found.push(link.to_owned());
            }
        }
    }
    found
}

#[test]
fn script_in_any_attribute_is_text_on_every_page() {
    let (app, mut browser) = filled();
    let mut to_see: VecDeque<String> = VecDeque::new();
    to_see.push_back(format!("/a/{}", app.account.id));
    to_see.push_back("/operators".to_owned());
    to_see.push_back(format!("/a/{}/search?q=%3Cscript%3E", app.account.id));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut known = BTreeSet::new();
    let (mut shows, mut pages) = (BTreeSet::new(), 0);
    while let Some(at) = to_see.pop_front() {
        let path = at.split('?').next().unwrap_or_default().to_owned();
        let views = seen.entry(path.clone()).or_default();
        let file = [".csv", ".json", ".ndjson", "/live"];
        if *views >= VIEWS_MAX || path == "/logout" || file.iter().any(|end| path.ends_with(end)) {
            continue;
        }
        *views += 1;
        pages += 1;
        assert!(pages < PAGES_MAX, "it never ends: {at}");
        // Opening holds the page to `harness::html` too: nothing inline, all of it balanced.
        let page = browser.open(&at);
        let problem = RAW.iter().find(|raw| page.html.contains(**raw));
        assert!(problem.is_none(), "{problem:?} at {at}: {}", page.html);
        if page.html.contains("alert(1)") {
            shows.insert(path);
        }
        for link in links(&page.html) {
            if known.insert(link.clone()) {
                to_see.push_back(link);
            }
        }
    }
    // It did see them: people, groups, access, log, connections, roles, accounts.
    let account = format!("/a/{}", app.account.id);
    for wanted in [
        format!("{account}/members"),
        format!("{account}/groups"),
        format!("{account}/log"),
        format!("{account}/connections"),
        format!("{account}/roles"),
        "/accounts".to_owned(),
    ] {
        assert!(shows.contains(&wanted), "{wanted} is not in {shows:#?}");
    }
    assert!(shows.len() >= 15, "{shows:#?}");
}

#[test]
fn script_in_an_address_or_a_form_is_text_in_the_answer() {
    let app = Setup::standing_clock().spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let mut browser = app.signed_in(ADA);
    let account = format!("/a/{}", app.account.id);
    let evil = "%3Cscript%3Ealert(1)%3C/script%3E%22'%3E%3Cimg%20src=x%3E";
    let js = "javascript:alert(1)";
    for page in [
        "/members?q={}&state={}&source={}&sort={}&after={}",
        "/groups?q={}&sort={}",
        "/roles?q={}",
        "/log?q={}&connection={}&outcome={}&since={}&open={}",
        "/explain?member={}&role={}&ask={}&after={}",
        "/search?q={}",
        "/members/{}",
        "/groups/{}",
        "/roles/{}",
        "/connections/{}",
        "/log/{}",
        "/nothing/{}",
    ] {
        for value in [evil, js] {
            let at = format!("{account}{}", page.replace("{}", value));
            let page = browser.open(&at);
            let raw = RAW.iter().find(|raw| page.html.contains(**raw));
            assert!(raw.is_none(), "{raw:?} at {at}: {}", page.html);
            assert!(page.status < 500, "{at}: {}", page.status);
        }
    }
    let mut stranger = app.browser();
    for at in [
        "/login?next={}",
        "/recover?code={}",
        "/setup?code={}",
        "/{}",
    ] {
        let page = stranger.open(&at.replace("{}", evil));
        let raw = RAW.iter().find(|raw| page.html.contains(**raw));
        assert!(raw.is_none(), "{raw:?} at {at}: {}", page.html);
    }
    // A browser's own name is shown among the sessions.
    let agent = ("User-Agent".to_owned(), HOSTILE.to_owned());
    stranger.headers.push(agent);
    app.operator("eve@corp.example", Some(ADMINISTRATOR));
    crate::harness::operators::sign_in(
        &mut stranger,
        "eve@corp.example",
        crate::harness::operators::PASSWORD,
    );
    let page = stranger.open("/me/sessions");
    assert!(page.text().contains("<script>alert(1)"), "{}", page.text());
    assert!(!page.html.contains("<script>alert"));
}

/// Another account's records, by the names of routes' parts.
fn theirs(app: &TestApp) -> BTreeMap<&'static str, String> {
    let other = app.other_account();
    let account = other.account.parse().expect("an id");
    let person = other.new_user("theirs@corp.example");
    let id: provost::domain::id::MemberId = person.parse().expect("an id");
    let named = other.new_group("Theirs", &[person]);
    let (connection, token, row) = local(&app.db, Some(account), |tx| {
        let connections = app::connections::list(tx)?;
        let one = connections.iter().find(|one| !one.built_in);
        let connection = one.expect("a connection").id.to_string();
        let tokens = app::tokens::list(tx)?;
        let window = provost::domain::query::Window {
            from: provost::domain::query::Start::After(0),
            limit: 1,
        };
        let filter = provost::domain::provisioning::ProvisioningFilter::default();
        let rows = app::provisioning::list(tx, &filter, window)?;
        Ok((
            connection,
            tokens[0].id.to_string(),
            rows[0].request.to_string(),
        ))
    });
    BTreeMap::from([
        ("member_id", id.membership().to_string()),
        ("group_id", named),
        ("connection_id", connection),
        ("token_id", token),
        ("row_id", row),
        ("role_id", account.to_string()),
        ("policy_id", account.to_string()),
        ("operator_id", account.to_string()),
    ])
}

/// The path with `value` for each of its records.
fn path_of(route: &Route, account: &str, value: impl Fn(&str) -> String) -> String {
    let mut path = String::new();
    let mut rest = route.path;
    while let Some((before, after)) = rest.split_once('{') {
        let (part, after) = after.split_once('}').expect("a brace");
        let (name, choices) = part.split_once(':').unwrap_or((part, ""));
        path.push_str(before);
        path.push_str(&match (name, choices.split('|').next()) {
            ("account_id", _) => account.to_owned(),
            (_, Some(first)) if !choices.is_empty() => first.to_owned(),
            (name, _) => value(name),
        });
        rest = after;
    }
    path + rest
}

#[test]
fn another_accounts_records_answer_as_those_that_nobody_has() {
    let app = Setup::standing_clock().spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let theirs = theirs(&app);
    let mut browser = app.signed_in(ADA);
    browser.open("/me/profile");
    let (_, token) = browser.would_send("Save profile");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let account = app.account.id.to_string();
    let mut asked = 0;
    let parts = |route: &&Route| {
        let of_account = route.path.starts_with("/a/{account_id}/");
        route.door == Door::Console && of_account && route.path.matches("_id}").count() > 1
    };
    for route in routes::all().filter(parts) {
        let nobodys = |name: &str| {
            let theirs = theirs.get(name).map_or(account.as_str(), String::as_str);
            // As long, of the same digits, and nobody's.
            theirs.chars().rev().collect::<String>()
        };
        let known = |name: &str| {
            let own = theirs.get(name);
            own.cloned().unwrap_or_else(|| account.clone())
        };
        let mut ask = |path: &str| {
            let body = (route.method == "POST").then_some(token.as_str());
            let headers: &[(&str, &str)] = if body.is_some() { &form } else { &[] };
            let answer = browser.send(route.method, path, headers, body);
            let mut said = answer.text().replace(&answer.request_id(), "");
            for part in path.split('/').filter(|part| part.len() == 32) {
                said = said.replace(part, "ID");
            }
            (answer.status, said)
        };
        let theirs = ask(&path_of(route, &account, known));
        let unknown = ask(&path_of(route, &account, nobodys));
        assert_eq!(theirs, unknown, "{} {}", route.method, route.path);
        if route.path.contains("_id}/") || route.path.ends_with("_id}") {
            asked += usize::from(theirs.0 == 404);
        }
    }
    assert!(asked >= 30, "only {asked} routes know records");
}

#[test]
fn every_page_has_its_headers_and_every_file_its_type() {
    let app = Setup::standing_clock().spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let mut browser = app.signed_in(ADA);
    let account = format!("/a/{}", app.account.id);
    // `open` compares the headers of each, whatever its status.
    for (page, status) in [
        ("/nothing", 404),
        ("/a/nothing", 404),
        ("/static/nothing.css", 404),
        ("/operators/nothing", 404),
        ("/login/../../etc/passwd", 404),
        (&format!("{account}/members/nothing"), 404),
    ] {
        assert_eq!(browser.open(page).status, status, "{page}");
    }
    for (method, path) in [
        ("PUT", "/me/profile"),
        ("DELETE", "/accounts"),
        ("GET", "/logout"),
    ] {
        let answer = browser.send(method, path, &[], None);
        assert_eq!(answer.status, 405, "{method} {path}");
        let problems = crate::harness::html::page_problems(&answer);
        assert!(problems.is_empty(), "{method} {path}: {problems:#?}");
    }
    let file = provost::http::assets::url("console.js");
    let answer = browser.send("GET", file, &[], None);
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        Some("same-origin")
    );
    for list in ["members", "groups", "roles", "log"] {
        for (form, kind) in [
            ("csv", "text/csv; charset=utf-8"),
            ("json", "application/json"),
            ("ndjson", "application/x-ndjson"),
        ] {
            let answer = browser.send("GET", &format!("{account}/{list}.{form}"), &[], None);
            assert_eq!(answer.header("content-type"), Some(kind));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let named = answer.header("content-disposition").expect("a name");
            assert!(named.starts_with("attachment; filename="), "{named}");
        }
    }
}
