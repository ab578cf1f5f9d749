//! Legacy groups and their migration over the REST API.

use serde_json::{Value, json};

use crate::harness::api::{Api, SCIM_PROVISIONING, SETTINGS_READ, SETTINGS_WRITE};
use crate::harness::app::TestApp;
use crate::harness::client::text;
use crate::harness::fixtures::group;

const THEIRS: &str = "11112222333344445555666677778888";

fn at(api: &Api, rest: &str) -> String {
    api.at(&format!("/legacy_groups{rest}"))
}

/// With the mapping on, where p0 and p1 were pushed into DNS, and p2 into Billing.
fn pushed() -> (TestApp, Api, Vec<String>) {
    let app = TestApp::spawn();
    let api = app.api();
    api.put(&at(&api, "/mapping"), &json!({ "enabled": true }))
        .is(200);
    let people = app.scim().new_users("p", 3);
    push(&app, "DNS", &people[..2]);
    push(&app, "Billing", &people[2..]);
    (app, api, people)
}

fn push(app: &TestApp, role: &str, people: &[String]) {
    let body = group(&app.legacy_name(role), people);
    app.scim().post("/Groups", &body).is(201);
}

fn push_again(app: &TestApp, role: &str, people: &[String]) {
    let name = app.legacy_name(role);
    let found = app
        .scim()
        .ids("Groups", &format!("displayName eq \"{name}\""));
    let path = format!("/Groups/{}", found[0]);
    app.scim().put(&path, &group(&name, people)).is(200);
}

/// What carries out the plan that these options make.
fn planned(api: &Api, options: &Value) -> Value {
    let plan = api.post(&at(api, "/plan"), options).result();
    json!({ "id": plan["id"], "fingerprint": plan["fingerprint"], "options": options })
}

/// A migration of all there is; gives its id.
fn converted(api: &Api) -> String {
    let run = api
        .post(&at(api, "/convert"), &planned(api, &json!({})))
        .result();
    text(&run, "id")
}

#[test]
fn the_mapping_is_read_switched_and_previewed() {
    let app = TestApp::spawn();
    let api = app.api();
    let path = at(&api, "/mapping");
    let off = api.get(&path).result();
    assert_eq!(
        (&off["enabled"], &off["groups"]),
        (&json!(false), &json!(0))
    );
    let answer = api.put(&path, &json!({ "enabled": true }));
    assert!(answer.header("cf-auditlog-id").is_some(), "{answer:?}");
    let on = answer.result();
    assert_eq!((&on["made"], &on["groups"]), (&json!(81), &json!(81)));
    assert_eq!(on["super_administrator_offered"], false);
    let again = api.put(&path, &json!({ "enabled": true }));
    assert!(
        again.header("cf-auditlog-id").is_none(),
        "nothing was changed"
    );
    let all = json!({ "enabled": true, "allow_super_administrator": true });
    assert_eq!(api.put(&path, &all).result()["made"], 1);
    let people = app.scim().new_users("p", 3);
    push(&app, "DNS", &people);
    let preview = at(&api, "/mapping/preview");
    let page = api
        .post(
            &format!("{preview}?per_page=2"),
            &json!({ "enabled": false }),
        )
        .is(200);
    assert_eq!(
        app.audited().last().map(String::as_str),
        Some("Create SCIM Group"),
        "{page:?}"
    );
    let lost = api.post(&preview, &json!({ "enabled": false })).items();
    assert_eq!(lost.len(), 3, "{lost:?}");
    let gone = api.put(&path, &json!({ "enabled": false })).result();
    assert_eq!((&gone["ended"], &gone["hidden"]), (&json!(1), &json!(81)));
    let back = api.post(&preview, &json!({ "enabled": true })).items();
    assert_eq!(back.len(), 3, "{back:?}");
    for (body, pointer) in [
        (json!({}), "/enabled"),
        (json!({ "enabled": "on" }), "/enabled"),
        (
            json!({ "enabled": true, "allow_super_administrator": 1 }),
            "/allow_super_administrator",
        ),
        (
            json!({ "enabled": false, "allow_super_administrator": true }),
            "/allow_super_administrator",
        ),
    ] {
        for path in [&path, &preview] {
            let method = if *path == preview { "POST" } else { "PUT" };
            let answer = api.send(method, path, Some(&body));
            assert_eq!(answer.pointer(), pointer, "{body}");
            answer.fails(400, 1001);
        }
    }
}

#[test]
fn the_last_super_administrator_stays_whatever_the_mapping() {
    let app = TestApp::spawn();
    let api = app.api();
    let all = json!({ "enabled": true, "allow_super_administrator": true });
    api.put(&at(&api, "/mapping"), &all).is(200);
    let people = app.scim().new_users("p", 1);
    push(&app, "Super Administrator - All Privileges", &people);
    let off = json!({ "enabled": false });
    api.put(&at(&api, "/mapping"), &off).fails(403, 10000);
    let name = app.legacy_name("Super Administrator - All Privileges");
    let options = json!({ "decisions": [
        { "group": name, "choice": "rename_only", "new_name": "Boss" },
    ] });
    let mut asked = planned(&api, &options);
    let plan = api.post(&at(&api, "/plan"), &options).result();
    asked["confirmed"] = json!([plan["people"][0]["id"]]);
    let message = api.post(&at(&api, "/convert"), &asked).fails(403, 10000);
    assert!(message.contains("p0@corp.example"), "{message}");
    assert_eq!(api.get(&at(&api, "/runs")).items(), Vec::<Value>::new());
}

#[test]
fn a_migration_lives_from_inventory_to_close() {
    let (app, api, people) = pushed();
    let found = api.get(&at(&api, "")).result();
    assert_eq!(
        (&found["people"], &found["never_used"]),
        (&json!(3), &json!(79))
    );
    assert_eq!(found["groups"][1]["name"], app.legacy_name("DNS"));
    assert_eq!(found["groups"][1]["connection"]["name"], "Generic");
    let plan = api.post(&at(&api, "/plan"), &json!({})).result();
    assert_eq!(plan["summary"]["same"], 3);
    let asked = json!({ "id": plan["id"], "fingerprint": plan["fingerprint"] });
    let convert = at(&api, "/convert");
    let run = api.post(&convert, &asked).result();
    assert_eq!(run["state"], "converted");
    assert_eq!(run["converted"][1]["new_name"], "DNS Editors");
    let audited = app.audit().len();
    assert_eq!(
        api.post(&convert, &asked).result(),
        run,
        "a second time changes nothing"
    );
    assert_eq!(app.audit().len(), audited);
    let id = text(&run, "id");
    let one = at(&api, &format!("/runs/{id}"));
    assert_eq!(api.get(&one).result()["plan"]["id"], plan["id"]);
    assert_eq!(api.get(&at(&api, "/runs")).items()[0]["id"], run["id"]);
    let verify = || api.get(&format!("{one}/verification")).result();
    assert_eq!(verify()["verified"], false);
    push_again(&app, "DNS", &people[..2]);
    assert_eq!(verify()["verified"], false);
    push_again(&app, "Billing", &people[2..]);
    assert_eq!(verify()["verified"], true);
    let preview = api.get(&format!("{one}/undo")).result();
    assert_eq!(preview["groups"].as_array().map(Vec::len), Some(2));
    assert_eq!(api.get(&one).result()["state"], "converted");
    let undone = api.send("POST", &format!("{one}/undo"), None).result();
    assert_eq!(undone["run"]["state"], "undone");
    api.get(&format!("{one}/close")).fails(409, 1004);
    api.post(&format!("{one}/close"), &json!({ "anyway": true }))
        .fails(409, 1004);

    let one = at(&api, &format!("/runs/{}", converted(&api)));
    let close = format!("{one}/close");
    let waiting = api.get(&close).result();
    assert_eq!(
        waiting["without_new_name"].as_array().map(Vec::len),
        Some(2)
    );
    let message = api.send("POST", &close, None).fails(409, 1004);
    assert!(
        message.contains("DNS Editors") && message.contains("Generic"),
        "{message}"
    );
    let closed = api.post(&close, &json!({ "anyway": true })).result();
    assert_eq!(
        (&closed["names_ended"], &closed["run"]["state"]),
        (&json!(2), &json!("closed"))
    );
    assert_eq!(api.send("POST", &close, None).result()["names_ended"], 0);
    api.get(&format!("{one}/undo")).fails(409, 1004);
    api.send("POST", &format!("{one}/undo"), None)
        .fails(409, 1004);
}

#[test]
fn what_is_wrong_with_options_is_pointed_at() {
    let (app, api, _) = pushed();
    let dns = app.legacy_name("DNS");
    let decided = |decision: Value| json!({ "decisions": [{ "group": dns }, decision] });
    let imported =
        |group: Value| json!({ "import": { "from_account": THEIRS, "groups": [group] } });
    for (options, pointer) in [
        (json!([]), ""),
        (json!({ "template": 1 }), "/template"),
        (json!({ "decisions": {} }), "/decisions"),
        (decided(json!({ "choice": "skip" })), "/decisions/1"),
        (
            decided(json!({ "group": dns, "choice": "drop" })),
            "/decisions/1",
        ),
        (decided(json!({ "group": dns, "more": 1 })), "/decisions/1"),
        (json!({ "import": 1 }), "/import"),
        (
            json!({ "import": { "from_account": "x", "groups": [] } }),
            "/import",
        ),
        (imported(json!({ "name": 1, "members": [] })), "/import"),
    ] {
        let answer = api.post(&at(&api, "/plan"), &options);
        assert_eq!(answer.pointer(), pointer, "{options}");
        answer.fails(400, 1001);
        let asked = json!({ "id": THEIRS, "fingerprint": "x", "options": options });
        let answer = api.post(&at(&api, "/convert"), &asked);
        assert_eq!(answer.pointer(), format!("/options{pointer}"), "{options}");
        answer.fails(400, 1001);
    }
    for options in [
        json!({ "template": "team" }),
        json!({ "decisions": [{ "group": "nothing" }] }),
        json!({ "decisions": [{ "group": dns }, { "group": dns }] }),
    ] {
        api.post(&at(&api, "/plan"), &options).fails(400, 1001);
    }
    for (body, pointer) in [
        (json!({ "fingerprint": "x" }), "/id"),
        (json!({ "id": "x", "fingerprint": "x" }), "/id"),
        (json!({ "id": THEIRS }), "/fingerprint"),
        (
            json!({ "id": THEIRS, "fingerprint": "x", "confirmed": [THEIRS, 1] }),
            "/confirmed/1",
        ),
        (
            json!({ "id": THEIRS, "fingerprint": "x", "confirmed": 1 }),
            "/confirmed",
        ),
    ] {
        let answer = api.post(&at(&api, "/convert"), &body);
        assert_eq!(answer.pointer(), pointer, "{body}");
        answer.fails(400, 1001);
    }
    let one = at(&api, &format!("/runs/{}", converted(&api)));
    for (verb, name) in [("undo", "partial"), ("close", "anyway")] {
        let answer = api.post(&format!("{one}/{verb}"), &json!({ name: "yes" }));
        assert_eq!(answer.pointer(), format!("/{name}"));
        answer.fails(400, 1001);
    }
    assert_eq!(api.get(&one).result()["state"], "converted");
}

#[test]
fn a_plan_is_refused_when_it_is_stale_undecided_or_not_confirmed() {
    let (app, api, _) = pushed();
    let convert = |asked: &Value| api.post(&at(&api, "/convert"), asked);
    let stale = planned(&api, &json!({}));
    api.post(&at(&api, "/plan"), &json!({})).is(200);
    let mut other = stale.clone();
    other["options"] = json!({ "template": "{role} team" });
    let message = convert(&other).fails(409, 1004);
    assert!(
        message.contains("the decisions, the new names"),
        "{message}"
    );
    let dns = app.legacy_name("DNS");
    let options = json!({ "decisions": [{ "group": dns, "role": "Analytics" }] });
    let mut asked = planned(&api, &options);
    let message = convert(&asked).fails(409, 1004);
    assert!(
        message.contains("p0@corp.example (gains Analytics, loses DNS)"),
        "{message}"
    );
    let plan = api.post(&at(&api, "/plan"), &options).result();
    let people = plan["people"].as_array().expect("people").iter();
    asked["confirmed"] = people.map(|person| person["id"].clone()).collect();
    convert(&asked).is(200);
    convert(&stale).fails(409, 1004);
    let import = json!({ "import": { "from_account": THEIRS, "groups": [
        { "name": format!("CF-{THEIRS} - Billling"), "members": ["p0@corp.example"] },
    ] } });
    let message = convert(&planned(&api, &import)).fails(409, 1004);
    assert!(message.contains("wait for a decision"), "{message}");
    assert_eq!(api.get(&at(&api, "/runs")).items().len(), 1);
}

#[test]
fn groups_of_a_file_are_made_and_taken_away_again() {
    let (_app, api, _) = pushed();
    let options = json!({ "template": "{role} at {role}", "import": {
        "from_account": THEIRS, "create_missing": true, "groups": [
            { "name": format!("CF-{THEIRS} - Analytics"), "members": ["new@corp.example"] },
            { "name": "Plain", "members": [] },
        ],
    } });
    let plan = api.post(&at(&api, "/plan"), &options).result();
    assert_eq!(plan["ignored"], json!(["Plain"]));
    assert_eq!(plan["groups"][0]["missing"], json!(["new@corp.example"]));
    let asked = json!({
        "id": plan["id"], "fingerprint": plan["fingerprint"], "options": plan["options"],
    });
    let run = api.post(&at(&api, "/convert"), &asked).result();
    assert_eq!(run["converted"][0]["made"], true);
    let members = api.get(&api.at("/members")).items().len();
    let groups = api.get(&api.at("/iam/user_groups")).items();
    assert_eq!(groups.len(), 1, "{groups:?}");
    let one = at(&api, &format!("/runs/{}", text(&run, "id")));
    api.post(&format!("{one}/undo"), &json!({ "partial": true }))
        .is(200);
    assert_eq!(api.get(&api.at("/iam/user_groups")).items().len(), 0);
    assert_eq!(api.get(&api.at("/members")).items().len(), members - 1);
}

#[test]
fn runs_of_others_answer_as_runs_of_nobody() {
    let (app, api, _) = pushed();
    let theirs = converted(&api);
    let api = app.api_of_another_account();
    let nobody = "ab".repeat(16);
    for (method, rest) in [
        ("GET", ""),
        ("GET", "/verification"),
        ("GET", "/undo"),
        ("POST", "/undo"),
        ("GET", "/close"),
        ("POST", "/close"),
    ] {
        let ask = |id: &str| {
            let answer = api.send(method, &at(&api, &format!("/runs/{id}{rest}")), None);
            (answer.status, answer.text().replace(id, "ID"))
        };
        let (status, body) = ask(&theirs);
        assert_eq!(status, 404, "{method} {rest}: {body}");
        assert_eq!((status, body), ask(&nobody), "{method} {rest}");
        assert_eq!(ask("x").0, 404);
    }
    let asked = json!({ "id": theirs, "fingerprint": "x" });
    let stale = json!({ "id": nobody, "fingerprint": "x" });
    let told = |body: &Value| api.post(&at(&api, "/convert"), body).fails(409, 1004);
    assert_eq!(told(&asked), told(&stale));
    assert_eq!(api.get(&at(&api, "/runs")).items().len(), 0);
}

#[test]
fn whoever_provisions_reads_and_plans_and_converts_nothing() {
    let (app, admin, _) = pushed();
    let asked = planned(&admin, &json!({}));
    let reads = |api: &Api| {
        for rest in ["", "/mapping", "/runs"] {
            api.get(&at(api, rest)).is(200);
        }
        api.post(&at(api, "/plan"), &json!({})).is(200);
    };
    let scim = app.api_with(&[SCIM_PROVISIONING]);
    scim.get(&at(&scim, "")).is(200);
    scim.post(&at(&scim, "/plan"), &json!({})).is(200);
    let reader = app.api_with(&[SETTINGS_READ]);
    reads(&reader);
    let refused = |api: &Api, run: Option<&str>| {
        let on = json!({ "enabled": true });
        assert_eq!(api.put(&at(api, "/mapping"), &on).status, 403);
        assert_eq!(api.post(&at(api, "/mapping/preview"), &on).status, 403);
        assert_eq!(api.post(&at(api, "/convert"), &asked).status, 403);
        for verb in run
            .iter()
            .flat_map(|id| [format!("{id}/undo"), format!("{id}/close")])
        {
            let path = at(api, &format!("/runs/{verb}"));
            let answer = api.post(&path, &json!({}));
            assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        }
    };
    refused(&scim, None);
    refused(&reader, None);
    // What the groups give is given again: who may set policies may convert.
    let settings = app.api_with(&[SETTINGS_WRITE]);
    let run = settings.post(&at(&settings, "/convert"), &asked).result();
    refused(&scim, Some(&text(&run, "id")));
    refused(&reader, Some(&text(&run, "id")));
}
