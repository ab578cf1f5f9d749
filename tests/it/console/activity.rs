//! What the logs and the connections say of requests: rejected, held, the last that went well.

use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::{HOSTILE, MINUTE_MS, app, at, of};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::fixtures::user;

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The page of the newest request.
#[track_caller]
fn newest<'b>(app: &TestApp, browser: &'b mut Browser) -> &'b mut Browser {
    let seq = app.last_logged().seq;
    browser.open(&at(app, &format!("/log/{seq}")));
    browser
}

/// The cells of the table of what was asked for, row by row.
fn asked(browser: &Browser) -> Vec<String> {
    let table = browser.page.html.split("delta-table asked").nth(1);
    let table = table.and_then(|rest| rest.split("</table>").next());
    let rows = table.unwrap_or_default().split("<tr>").skip(2);
    let plain = |row: &str| {
        let mut text = String::new();
        for piece in row.split('<').skip(1) {
            let (tag, words) = piece.split_once('>').unwrap_or_default();
            if tag == "td" {
                text.push('|');
            }
            text.push_str(words);
        }
        text
    };
    rows.map(plain).collect()
}

#[test]
fn a_rejected_change_stands_beside_what_is_stored() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    let change = json!([
        { "op": "replace", "path": "displayName", "value": HOSTILE },
        { "op": "replace", "value": { "active": false, "password": "hunter2" } },
        { "op": "replace", "path": "userName", "value": "person1@corp.example" },
    ]);
    okta.patch_user(&people[0], &change).is(409);
    newest(&app, &mut browser);
    let page = &browser.page;
    page.says("Changing a person was rejected: the user name is taken")
        .says("409 uniqueness")
        .says("What is stored now, and what was asked for")
        .says(HOSTILE);
    assert!(!page.html.contains("<script>alert"), "markup in a value");
    assert!(!page.html.contains("<img"), "markup in a value");
    assert!(!page.html.contains("hunter2"), "a password is kept");
    let rows = asked(&browser);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("displayName|nothing|"), "{rows:?}");
    assert_eq!(rows[1], "active|true|false");
    assert_eq!(
        rows[2],
        "userName|person0@corp.example|person1@corp.example"
    );
    // On its own page it is not led to; in the list it is.
    assert_eq!(browser.page.find_link("Link to this request"), None);
    let seq = app.last_logged().seq;
    browser.open(&at(&app, &format!("/log?open={seq}")));
    let own = browser.page.link("Link to this request");
    assert_eq!(own, at(&app, &format!("/log/{seq}")));
    assert_eq!(asked(&browser), rows);

    // Somebody new, whose name another provider's person has.
    app.provider(ProviderKind::Authentik)
        .post("/Users", &user("person1@corp.example"))
        .is(409);
    newest(&app, &mut browser);
    browser
        .page
        .says("Creating a person was rejected: the user name is taken");
    assert_eq!(
        asked(&browser),
        [
            "userName|person1@corp.example exists already|person1@corp.example",
            "Managed by|okta|authentik"
        ]
    );
    let whose = browser.page.link("person1@corp.example");
    browser.open(&whose).says("person1@corp.example");

    // A group's: who was to come is counted.
    okta.new_group("Edge", &people);
    let group = okta.new_group("Riggers", &people[..1]);
    let change = json!([{ "op": "replace", "path": "displayName", "value": "Edge" }]);
    okta.patch(&format!("/Groups/{group}"), &change).is(409);
    newest(&app, &mut browser);
    browser
        .page
        .says("Changing a group was rejected: the group name is taken");
    assert_eq!(asked(&browser), ["displayName|Riggers|Edge"]);
    // What was carried out has nothing to compare.
    okta.new_user("grace@corp.example");
    newest(&app, &mut browser);
    assert!(asked(&browser).is_empty());
}

/// Of a record sent whole that which differs, and nothing is said of what a filter chooses.
#[test]
fn of_a_whole_record_what_differs_is_shown() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    let named = json!([{ "op": "add", "path": "name.familyName", "value": "King" }]);
    okta.patch_user(&people[0], &named).is(200);
    let mut record = user("person1@corp.example");
    record["active"] = json!(true);
    record["name"] = json!({ "familyName": "KING" });
    record["emails"] = json!([{ "type": "work", "value": "one@corp.example" }]);
    record["phoneNumbers"] = (0..20).map(|n| json!({ "value": n.to_string() })).collect();
    let whole = format!("/Users/{}", people[0]);
    okta.put(&whole, &record).is(409);
    newest(&app, &mut browser);
    let rows = asked(&browser);
    assert_eq!(
        rows.first().map(String::as_str),
        Some("userName|person0@corp.example|person1@corp.example")
    );
    // The case of letters is a difference too.
    assert!(
        rows.contains(&"name.familyName|King|KING".to_owned()),
        "{rows:?}"
    );
    assert!(
        rows.iter().all(|row| !row.starts_with("active|")),
        "{rows:?}"
    );
    let change = json!([
        { "op": "replace", "path": "userName", "value": "person1@corp.example" },
        { "op": "remove", "path": "name" },
        { "op": "replace", "path": "emails[primary eq true].value", "value": "x@corp.example" },
    ]);
    okta.patch_user(&people[0], &change).is(409);
    newest(&app, &mut browser);
    let rows = asked(&browser);
    assert!(rows[1].starts_with("name|King"), "{rows:?}");
    assert!(rows[2].contains("|not compared|"), "{rows:?}");
    // A search is a read.
    okta.post("/Users/.search", &json!({ "filter": "userName eq" }))
        .is(400);
    newest(&app, &mut browser).page.says("Reading was rejected");
}

#[test]
fn one_way_to_mend_is_a_sentence() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.post("/Groups", &json!({ "displayName": "" })).is(400);
    newest(&app, &mut browser);
    let page = &browser.page;
    page.says("How to fix it");
    let verdict = page.html.split("How to fix it").nth(1).unwrap_or_default();
    assert!(verdict.starts_with("</h2><p"), "a list of one");
    okta.new_user("person@corp.example");
    okta.post("/Users", &user("person@corp.example")).is(409);
    newest(&app, &mut browser);
    let verdict = browser.page.html.split("How to fix it").nth(1);
    assert!(verdict.unwrap_or_default().starts_with("</h2><ol"));
}

#[test]
fn what_the_brake_holds_is_counted_apart() {
    let app = Setup::standing_clock().spawn();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 30);
    app.pass(DAY_MS + 60 * MINUTE_MS);
    let (app, mut browser) = of(app);
    let off = json!([{ "op": "replace", "path": "active", "value": "False" }]);
    for id in &people {
        okta.patch_user(id, &off);
    }
    app.db.flush_activity(true).expect("written");
    browser
        .open(&at(&app, "/log"))
        .says("30 requests, 0 rejected, 20 held")
        .says("30 requests, 0 rejected, 20 held; the busiest stretch");
    assert!(browser.page.all("th").contains(&"Held".to_owned()));
    browser
        .open(&at(&app, "/log?outcome=refused"))
        .says("No request matches");
    browser
        .open(&at(&app, "/log?outcome=held"))
        .says("20 requests, newest first. Reads that went well are not listed");
    browser
        .open(&at(&app, ""))
        .says("none rejected, 20 held")
        .says("30 in all, 0 rejected, 20 held")
        .says("The brake held 20 requests.");
    let text = browser.page.text();
    assert!(!text.contains("have one cause"), "{text}");
    browser.open(&at(&app, "/connections"));
    browser
        .follow("okta")
        .says("30 requests in 24 hours, 0 rejected, 20 held.")
        .says("None of its latest requests was rejected.");
    newest(&app, &mut browser);
    browser
        .page
        .says("Changing a person was held by the brake")
        .says("429");
    assert_eq!(asked(&browser), ["active|true|False"]);
}

#[test]
fn a_rejected_request_is_no_sync() {
    let (app, mut browser) = of(Setup::standing_clock().spawn());
    let okta = app.provider(ProviderKind::Okta);
    // So many that one rejection makes no errors of it.
    for _ in 0..60 {
        okta.get("/Users").is(200);
    }
    app.pass(2 * MINUTE_MS);
    okta.get("/Users/0123456789abcdef0123456789abcdef").is(404);
    app.pass(3 * MINUTE_MS);
    for below in ["/connections", ""] {
        browser
            .open(&at(&app, below))
            .says("5 min ago")
            .says("last request 3 min ago")
            .says("Last sync");
    }
    browser
        .open(&at(&app, "/members"))
        .says("okta: last request rejected 3 min ago");
    // A read that failed is listed, as the log says.
    browser
        .open(&at(&app, "/log"))
        .says("404 rejected")
        .says("Reads that went well are counted");
    okta.get("/Users").is(200);
    app.pass(MINUTE_MS);
    browser.open(&at(&app, "/connections"));
    let text = browser.page.text();
    assert!(!text.contains("last request"), "{text}");
    browser
        .open(&at(&app, "/members"))
        .says("okta synced 1 min ago");
    // A bulk request of which nothing is done goes no better, whatever its status.
    let taken =
        json!({ "method": "POST", "path": "/Users", "bulkId": "a", "data": { "schemas": [] } });
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [taken],
    });
    let answer = okta.post("/Bulk", &body).is(200);
    assert!(
        answer.text().contains("\"status\":\"400\""),
        "{}",
        answer.text()
    );
    app.pass(MINUTE_MS);
    browser
        .open(&at(&app, "/connections"))
        .says("last request 1 min ago");
}

#[test]
fn the_audit_log_calls_values_by_their_words() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let mut person = user("ada.lovelace@corp.example");
    person["externalId"] = json!("00u1");
    okta.made("/Users", &person);
    let page = browser.open(&at(&app, "/audit?q=Create+SCIM+User"));
    page.says("external ID “00u1”");
    let text = page.text();
    assert!(!text.contains("externalId"), "{text}");
    // What it is called stands beside it.
    assert!(!text.contains("user name “ada"), "{text}");
    // Whichever rows: in what zone their times are.
    browser
        .open(&at(&app, "/audit"))
        .says("All rows")
        .says("Times in UTC");
}

#[test]
fn who_brought_somebody_in_is_marked_alike() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 1);
    let group = okta.new_group("Edge", &people);
    let mark = "class=\"source okta\"";
    let group = at(&app, &format!("/groups/{group}"));
    let member = browser
        .open(&format!("{group}/members"))
        .link("person0@corp.example");
    for path in [
        at(&app, "/members"),
        at(&app, "/groups"),
        format!("{group}/members"),
        format!("{member}/groups"),
    ] {
        let page = browser.open(&path);
        assert!(page.html.contains(mark), "{path}: {}", page.text());
    }
}
