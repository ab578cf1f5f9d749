//! What another account has answers as what nobody has, in paths and in bodies.

use provost::domain::id::MemberId;
use serde_json::{Value, json};

use super::members::{policy, role};
use crate::harness::api::Api;
use crate::harness::app::TestApp;
use crate::harness::client::text;

/// The one id that a statement finds, as hex.
fn id(app: &TestApp, sql: &str) -> String {
    let sql = format!("SELECT lower(hex(({sql})))");
    app.sql()
        .query_row(&sql, [], |row| row.get(0))
        .expect("an id")
}

/// The answer to this request with `of` for `ID`, and `ID` for what it is.
fn answer(api: &Api, (method, path, body): &(&str, String, Value), of: &str) -> (u16, String) {
    let body = body.to_string().replace("ID", of);
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let body = (!body.is_null()).then_some(&body);
    let answer = api.send(method, &api.at(&path.replace("ID", of)), body);
    (answer.status, answer.text().replace(of, "ID"))
}

/// What is asked, with `ID` in the place of an id.
type Asked = (&'static str, String, Value);

/// Ids of another account's things.
struct Theirs {
    membership: String,
    user: String,
    group: String,
    whole: String,
    token: String,
    connection: String,
    audited: String,
}

fn theirs(app: &TestApp, account: &str, user: String, group: String) -> Theirs {
    let of_other = format!("(SELECT seq FROM accounts WHERE id = X'{account}')");
    let one = |table: &str| {
        let sql = format!("SELECT id FROM {table} WHERE account = {of_other} LIMIT 1");
        id(app, &sql)
    };
    let person: MemberId = user.parse().expect("an id");
    Theirs {
        membership: person.membership().to_string(),
        user,
        group,
        whole: one("resource_groups"),
        token: one("tokens"),
        connection: one("connections"),
        audited: one("audit"),
    }
}

fn plain(method: &'static str, path: &str) -> Asked {
    (method, path.to_owned(), Value::Null)
}

fn preview(method: &str, path: &str, body: Value) -> Asked {
    let asked = json!({ "method": method, "path": path, "body": body });
    ("POST", "/preview".to_owned(), asked)
}

/// Requests that name their things, on a group of ours.
fn requests<'t>(api: &Api, theirs: &'t Theirs, group: &str) -> Vec<(&'t String, Asked)> {
    let (_, dns) = role(api, "DNS");
    let mut on = policy(api, &[dns.as_str()]);
    on["resource_groups"] = json!([{ "id": "ID" }]);
    let members = format!("/iam/user_groups/{group}/members");
    let draft = api.token_body("x", &[crate::harness::api::SETTINGS_READ]);
    let accepted = json!({ "status": "accepted" });
    vec![
        (&theirs.membership, plain("GET", "/members/ID")),
        (&theirs.membership, plain("GET", "/members/ID/permissions")),
        (&theirs.membership, plain("DELETE", "/members/ID")),
        (
            &theirs.membership,
            ("PUT", "/members/ID".to_owned(), accepted.clone()),
        ),
        (
            &theirs.membership,
            plain("GET", "/explain?member=ID&role=DNS"),
        ),
        (&theirs.user, plain("GET", "/explain?member=ID&role=DNS")),
        (
            &theirs.membership,
            ("POST", members.clone(), json!([{ "id": "ID" }])),
        ),
        (
            &theirs.membership,
            ("PUT", members.clone(), json!([{ "id": "ID" }])),
        ),
        (
            &theirs.membership,
            plain("DELETE", &format!("{members}/ID")),
        ),
        (&theirs.membership, preview("PUT", "/members/ID", accepted)),
        (
            &theirs.membership,
            preview("POST", &members, json!([{ "id": "ID" }])),
        ),
        (&theirs.group, plain("GET", "/iam/user_groups/ID")),
        (&theirs.group, plain("GET", "/iam/user_groups/ID/members")),
        (&theirs.group, plain("DELETE", "/iam/user_groups/ID")),
        (
            &theirs.group,
            preview("DELETE", "/iam/user_groups/ID", Value::Null),
        ),
        (&theirs.whole, plain("GET", "/iam/resource_groups/ID")),
        (&theirs.whole, plain("DELETE", "/iam/resource_groups/ID")),
        (
            &theirs.whole,
            (
                "PUT",
                format!("/iam/user_groups/{group}"),
                json!({ "policies": [on] }),
            ),
        ),
        (&theirs.token, plain("GET", "/tokens/ID")),
        (&theirs.token, plain("DELETE", "/tokens/ID")),
        (&theirs.token, plain("PUT", "/tokens/ID/value")),
        (&theirs.token, ("PUT", "/tokens/ID".to_owned(), draft)),
        (&theirs.connection, plain("GET", "/connections/ID")),
        (
            &theirs.audited,
            plain(
                "GET",
                "/logs/audit/ID/history?since=2020-01-01&before=2099-01-01",
            ),
        ),
    ]
}

#[test]
fn ids_of_another_account_are_unknown_ids() {
    let app = TestApp::spawn();
    let api = app.api();
    let other = app.other_account();
    let user = other.new_user("eve@other.example");
    let group = other.new_group("Theirs", std::slice::from_ref(&user));
    let theirs = theirs(&app, &other.account, user, group);
    let ours = json!({ "name": "Ours" });
    let ours = text(&api.post(&api.at("/iam/user_groups"), &ours).result(), "id");
    let unknown = "01234567789a7bcd8ef0123456789abc";
    for (foreign, request) in requests(&api, &theirs, &ours) {
        let of_other = answer(&api, &request, foreign);
        let of_nobody = answer(&api, &request, unknown);
        assert!(
            (400..=404).contains(&of_other.0),
            "{request:?}: {of_other:?}"
        );
        assert_eq!(of_other, of_nobody, "{request:?}");
    }
    assert_eq!(other.read_user(&theirs.user)["active"], true);
}

#[test]
fn a_preview_leaves_nothing_behind_even_where_it_is_refused() {
    let app = TestApp::spawn();
    let api = app.api();
    let boss = app.people(1).remove(0);
    app.make_super_administrator(&boss);
    let boss: MemberId = boss.parse().expect("an id");
    let state = || -> Vec<(String, i64)> {
        let sql = app.sql();
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let mut statement = sql.prepare(names).expect("a statement");
        let tables = statement.query_map([], |row| row.get(0)).expect("tables");
        let tables: Vec<String> = tables.collect::<Result<_, _>>().expect("names");
        let count = |table: String| {
            let count = format!("SELECT count(*) FROM \"{table}\"");
            let rows = sql
                .query_row(&count, [], |row| row.get(0))
                .expect("a count");
            (table, rows)
        };
        tables.into_iter().map(count).collect()
    };
    let before = state();
    let asked = |method: &str, path: String, body: Value| {
        let asked = json!({ "method": method, "path": path, "body": body });
        api.post(&api.at("/preview"), &asked)
    };
    let path = format!("/members/{}", boss.membership());
    asked("DELETE", path, Value::Null).fails(403, 10_000);
    let new = json!({ "email": "new@corp.example", "status": "accepted" });
    asked("POST", "/members".to_owned(), new).is(200);
    let after = state();
    let differing: Vec<_> = before
        .iter()
        .zip(&after)
        .filter(|(was, is)| was != is && !was.0.starts_with("audit"))
        .collect();
    assert!(differing.is_empty(), "{differing:?}");
    api.post(&api.at("/members"), &json!({ "email": "new@corp.example" }))
        .is(200);
}
