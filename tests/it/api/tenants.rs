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

#[test]
fn ids_of_another_account_are_unknown_ids() {
    let app = TestApp::spawn();
    let api = app.api();
    let other = app.other_account();
    let user = other.new_user("eve@other.example");
    let foreign_group = other.new_group("Theirs", std::slice::from_ref(&user));
    let person: MemberId = user.parse().expect("an id");
    let membership = person.membership().to_string();
    let of_other = format!("(SELECT seq FROM accounts WHERE id = X'{}')", other.account);
    let token = id(
        &app,
        &format!("SELECT id FROM tokens WHERE account = {of_other}"),
    );
    let connection = id(
        &app,
        &format!("SELECT id FROM connections WHERE account = {of_other} LIMIT 1"),
    );
    let whole = id(
        &app,
        &format!("SELECT id FROM resource_groups WHERE account = {of_other}"),
    );
    let audited = id(
        &app,
        &format!("SELECT id FROM audit WHERE account = {of_other} LIMIT 1"),
    );
    let (_, dns) = role(&api, "DNS");
    let mut on = policy(&api, &[dns.as_str()]);
    on["resource_groups"] = json!([{ "id": "ID" }]);
    let group = json!({ "name": "Ours" });
    let group = text(
        &api.post(&api.at("/iam/user_groups"), &group).result(),
        "id",
    );
    let members = format!("/iam/user_groups/{group}/members");
    let preview = |method: &str, path: &str, body: Value| {
        let asked = json!({ "method": method, "path": path, "body": body });
        ("POST", "/preview".to_owned(), asked)
    };
    let plain = |method: &'static str, path: &str| (method, path.to_owned(), Value::Null);
    let draft = api.token_body("x", &[crate::harness::api::SETTINGS_READ]);
    let accepted = json!({ "status": "accepted" });
    let asked = [
        (&membership, plain("GET", "/members/ID")),
        (&membership, plain("GET", "/members/ID/permissions")),
        (&membership, plain("DELETE", "/members/ID")),
        (
            &membership,
            ("PUT", "/members/ID".to_owned(), accepted.clone()),
        ),
        (&membership, plain("GET", "/explain?member=ID&role=DNS")),
        (&user, plain("GET", "/explain?member=ID&role=DNS")),
        (
            &membership,
            ("POST", members.clone(), json!([{ "id": "ID" }])),
        ),
        (
            &membership,
            ("PUT", members.clone(), json!([{ "id": "ID" }])),
        ),
        (&membership, plain("DELETE", &format!("{members}/ID"))),
        (&membership, preview("PUT", "/members/ID", accepted)),
        (
            &membership,
            preview("POST", &members, json!([{ "id": "ID" }])),
        ),
        (&foreign_group, plain("GET", "/iam/user_groups/ID")),
        (&foreign_group, plain("GET", "/iam/user_groups/ID/members")),
        (&foreign_group, plain("DELETE", "/iam/user_groups/ID")),
        (
            &foreign_group,
            preview("DELETE", "/iam/user_groups/ID", Value::Null),
        ),
        (&whole, plain("GET", "/iam/resource_groups/ID")),
        (&whole, plain("DELETE", "/iam/resource_groups/ID")),
        (
            &whole,
            (
                "PUT",
                format!("/iam/user_groups/{group}"),
                json!({ "policies": [on] }),
            ),
        ),
        (&token, plain("GET", "/tokens/ID")),
        (&token, plain("DELETE", "/tokens/ID")),
        (&token, plain("PUT", "/tokens/ID/value")),
        (&token, ("PUT", "/tokens/ID".to_owned(), draft)),
        (&connection, plain("GET", "/connections/ID")),
        (
            &audited,
            plain(
                "GET",
                "/logs/audit/ID/history?since=2020-01-01&before=2099-01-01",
            ),
        ),
    ];
    let unknown = "01234567789a7bcd8ef0123456789abc";
    for (foreign, request) in asked {
        let (of_other, of_nobody) = (
            answer(&api, &request, foreign),
            answer(&api, &request, unknown),
        );
        assert!(
            (400..=404).contains(&of_other.0),
            "{request:?}: {of_other:?}"
        );
        assert_eq!(of_other, of_nobody, "{request:?}");
    }
    assert_eq!(other.read_user(&user)["active"], true);
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
