//! Conversations of identity providers, replayed: `tests/idp/*.json` holds what Okta, Entra
//! and authentik send and what they need to hear, groups whose names grant roles too. All
//! mismatches of a file are reported.

mod matcher;
mod template;

use std::sync::Mutex;

use provost::domain::connection::ProviderKind;
use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Answer, Client, SCIM_TYPE};
use crate::harness::{checks, schema};
use template::Env;

/// The account's only Super Administrator, whom no provider may take away.
const SUPER_ADMINISTRATOR: &str = "boss@corp.example";
/// What a step may hold; anything else is a slip in the file.
const STEP_KEYS: [&str; 12] = [
    "name", "method", "path", "headers", "body", "expect", "save", "repeat", "tags", "note",
    "pause", "auth",
];
const EXPECT_KEYS: [&str; 6] = ["status", "json", "headers", "anyOf", "maxMs", "noBody"];

#[test]
fn okta_hears_what_it_needs() {
    replay(ProviderKind::Okta, include_str!("../idp/okta-basic.json"));
}

#[test]
fn entra_hears_what_it_needs() {
    replay(ProviderKind::Entra, include_str!("../idp/entra-basic.json"));
}

#[test]
fn authentik_hears_what_it_needs() {
    replay(
        ProviderKind::Authentik,
        include_str!("../idp/authentik-basic.json"),
    );
}

#[test]
fn groups_whose_names_grant_roles_are_linked_and_pushed_to() {
    let app = spawn();
    app.legacy_on(false);
    let mut steps = read(include_str!("../idp/legacy-cf-groups.json"));
    assert_passes(run(&app.provider(ProviderKind::Okta), &steps));
    // While the mapping is off such names are refused like all of the reserved prefix.
    let app = spawn();
    let needs_it = |step: &Value| array(&step["tags"]).iter().any(|tag| tag == "legacy-on");
    steps
        .as_array_mut()
        .expect("steps")
        .retain(|step| !needs_it(step));
    assert_passes(run(&app.provider(ProviderKind::Okta), &steps));
}

#[test]
fn a_wrong_expectation_is_reported() {
    let app = TestApp::spawn();
    let step = |expect: Value| json!([{ "name": "x", "method": "GET", "path": "/Users", "expect": expect }]);
    for wrong in [
        json!({ "status": 404 }),
        json!({ "status": 200, "json": { "/totalResults": 1 } }),
        json!({ "status": 200, "headers": { "X-Nothing": "1" } }),
        json!({ "status": 200, "noBody": true }),
        json!({ "anyOf": [{ "status": 404 }, { "status": 400 }] }),
    ] {
        assert_eq!(run(&app.scim(), &step(wrong.clone())).len(), 1, "{wrong}");
    }
    let right = json!({ "status": [200, 204], "json": { "/Resources": { "$len": 0 } } });
    assert_eq!(run(&app.scim(), &step(right)), Vec::<String>::new());
}

#[track_caller]
fn replay(kind: ProviderKind, trace: &str) {
    assert_passes(run(&spawn().provider(kind), &read(trace)));
}

fn spawn() -> TestApp {
    let app = TestApp::spawn();
    let boss = app.scim().new_user(SUPER_ADMINISTRATOR);
    app.make_super_administrator(&boss);
    app
}

fn read(trace: &str) -> Value {
    serde_json::from_str(trace).expect("a trace is JSON")
}

#[track_caller]
fn assert_passes(problems: Vec<String>) {
    assert!(
        problems.is_empty(),
        "{} mismatches:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// Everything that did not go as the trace says.
fn run(client: &Client, steps: &Value) -> Vec<String> {
    let mut env = Env::new();
    env.set("run", json!("r1"));
    env.set("account_id", json!(client.account));
    env.set("token", json!(client.token));
    env.set("super_admin_user_name", json!(SUPER_ADMINISTRATOR));
    let mut problems = Vec::new();
    for (number, step) in steps
        .as_array()
        .expect("an array of steps")
        .iter()
        .enumerate()
    {
        lint(step);
        let name = step["name"].as_str().unwrap_or_default();
        for why in run_step(client, step, &mut env) {
            problems.push(format!("[{:02}] {name}: {why}", number + 1));
        }
    }
    problems
}

fn lint(step: &Value) {
    let known = |value: &Value, keys: &[&str]| {
        value
            .as_object()
            .is_none_or(|object| object.keys().all(|key| keys.contains(&key.as_str())))
    };
    assert!(known(step, &STEP_KEYS), "unknown keys in {step}");
    assert!(
        known(&step["expect"], &EXPECT_KEYS),
        "unknown expectations in {step}"
    );
}

fn run_step(client: &Client, step: &Value, env: &mut Env) -> Vec<String> {
    let spec = &step["repeat"];
    if spec.is_null() {
        return once(client, step, env);
    }
    let number = |name: &str, default: i64| match &spec[name] {
        Value::Null => default,
        value => env.render(value).as_i64().expect("a number"),
    };
    let (first, last) = (number("from", 1), number("to", 0));
    let name = spec["as"].as_str().unwrap_or("i");
    let waiting = Mutex::new((first..=last).collect::<Vec<_>>());
    let (failures, saved) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..number("parallel", 1) {
            scope.spawn(|| {
                while let Some(i) = waiting.lock().expect("a lock").pop() {
                    let mut inner = env.clone();
                    inner.set(name, json!(i));
                    let why = once(client, step, &mut inner);
                    let why = why.iter().map(|why| format!("{name}={i}: {why}"));
                    failures.lock().expect("a lock").extend(why);
                    saved.lock().expect("a lock").push(inner);
                }
            });
        }
    });
    for inner in saved.into_inner().expect("a lock") {
        env.take_new(inner, name);
    }
    failures.into_inner().expect("a lock")
}

/// Sends one request and compares.
fn once(client: &Client, step: &Value, env: &mut Env) -> Vec<String> {
    let path = env.render_text(step["path"].as_str().expect("a path"));
    let (target, scim) = target_of(client, &path);
    let method = step["method"].as_str().expect("a method");
    let body = body_of(step, env);
    let headers = headers_of(client, step, env, body.is_some());
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let answer = match client.try_send(method, &target, &headers, body.as_deref()) {
        Ok(answer) => answer,
        Err(error) => return vec![format!("no answer: {error}")],
    };
    let mut problems = if scim {
        checks::scim_answer(method, &target, &answer, &client.token)
    } else {
        schema::api_answer(method, &target, &answer)
    };
    let document = checks::strict_json(&answer.body).ok();
    problems.extend(compare(
        &env.render(&step["expect"]),
        &answer,
        document.as_ref(),
    ));
    for (name, pointer) in step["save"].as_object().into_iter().flatten() {
        let pointer = pointer.as_str().unwrap_or_default();
        let found = match pointer.strip_prefix("header:") {
            Some(header) => answer.header(header).map(|text| json!(text)),
            None => document
                .as_ref()
                .and_then(|document| matcher::point(document, pointer)),
        };
        match found {
            Some(value) => env.set(&env.render_text(name), value),
            None => problems.push(format!("cannot save {name}: nothing at {pointer}")),
        }
    }
    problems
}

/// Where a step goes: below the SCIM base, or out of it to the REST API of the account.
fn target_of(client: &Client, path: &str) -> (String, bool) {
    let whole = match path.strip_prefix("../../") {
        Some(path) => format!("/client/v4/accounts/{}/{path}", client.account),
        None => format!("{}{path}", client.base()),
    };
    (template::on_the_wire(&whole), !path.starts_with("../../"))
}

fn body_of(step: &Value, env: &Env) -> Option<Vec<u8>> {
    let body = step.get("body")?;
    Some(match body.get("$raw").and_then(Value::as_str) {
        Some(raw) => env.render_text(raw).into_bytes(),
        None => env.render(body).to_string().into_bytes(),
    })
}

fn headers_of(client: &Client, step: &Value, env: &Env, body: bool) -> Vec<(String, String)> {
    let mut headers = vec![("Accept".to_owned(), SCIM_TYPE.to_owned())];
    match &step["auth"] {
        Value::Bool(false) => {}
        Value::String(value) => headers.push(("Authorization".to_owned(), env.render_text(value))),
        _ => headers.push((
            "Authorization".to_owned(),
            format!("Bearer {}", client.token),
        )),
    }
    if body {
        headers.push(("Content-Type".to_owned(), SCIM_TYPE.to_owned()));
    }
    for (name, value) in step["headers"].as_object().into_iter().flatten() {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if let Some(value) = value.as_str() {
            headers.push((name.clone(), env.render_text(value)));
        }
    }
    headers
}

/// Why the answer is not what was expected.
fn compare(expect: &Value, answer: &Answer, document: Option<&Value>) -> Vec<String> {
    let mut why = Vec::new();
    if let Some(wanted) = expect.get("status")
        && !status_is(answer.status, wanted)
    {
        why.push(format!(
            "status {}, expected {wanted}: {}",
            answer.status,
            answer.text()
        ));
    }
    for (name, wanted) in expect["headers"].as_object().into_iter().flatten() {
        let found = answer.header(name).map(|text| json!(text));
        if let Err(reason) = matcher::matches(found.as_ref(), wanted) {
            why.push(format!("header {name}: {reason}"));
        }
    }
    if expect["noBody"] == true && !answer.body.is_empty() {
        why.push("has a body".to_owned());
    }
    for (pointer, wanted) in expect["json"].as_object().into_iter().flatten() {
        let found = document.and_then(|document| matcher::point(document, pointer));
        if let Err(reason) = matcher::matches(found.as_ref(), wanted) {
            why.push(format!("{pointer} {reason}"));
        }
    }
    let options = array(&expect["anyOf"]);
    let outcomes: Vec<_> = options
        .iter()
        .map(|option| compare(option, answer, document))
        .collect();
    if !outcomes.is_empty() && outcomes.iter().all(|outcome| !outcome.is_empty()) {
        why.push(format!("none of the accepted outcomes: {outcomes:?}"));
    }
    why
}

fn status_is(status: u16, wanted: &Value) -> bool {
    match wanted {
        Value::Array(options) => options.iter().any(|option| status_is(status, option)),
        Value::String(class) => class.strip_suffix("xx") == Some(&(status / 100).to_string()),
        number => *number == json!(status),
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
