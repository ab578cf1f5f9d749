//! The provisioning log at the console: found, opened, followed, sent as files.

use provost::domain::connection::ProviderKind;
use serde_json::{Value, json};

use super::{HOSTILE, app, at};
use crate::harness::app::TestApp;
use crate::harness::browserless::{Browser, Page};
use crate::harness::fixtures::{group, user};

#[test]
fn requests_are_found_opened_linked_to_and_sent_as_files() {
    let (app, mut browser) = app();
    browser
        .open(&at(&app, "/log"))
        .is(200, &at(&app, "/log"))
        .says("No requests in the last 24 hours");
    let okta = app.provider(ProviderKind::Okta);
    let entra = app.provider(ProviderKind::Entra);
    okta.new_users("person", 55);
    okta.post("/Groups", &group(HOSTILE, &[])).is(201);
    okta.post("/Users", &user("person3@corp.example")).is(409);
    entra
        .delete("/Users/0123456789abcdef0123456789abcdef")
        .is(404);
    let page = browser.open(&at(&app, "/log"));
    page.says("50 requests, newest first").says(HOSTILE);
    page.says("409 rejected").says("Times in UTC");
    assert!(!page.html.contains("<script>alert"), "markup in a name");
    assert!(!page.html.contains("<img"), "markup in a name");
    assert!(page.html.contains("/log/live?after="), "{}", page.html);
    browser.follow("Next").says("8 requests, newest first");
    assert!(
        !browser.page.html.contains("data-feed"),
        "an old page is live"
    );
    browser.follow("First page").says("50 requests");
    browser.follow("Pause");
    assert!(!browser.page.html.contains("data-feed"), "it is paused");

    let refused = at(&app, "/log?outcome=refused&q=PERSON3@");
    browser.open(&refused).says("1 request, newest first");
    browser.page.says("Search: PERSON3@").says("Rejected");
    let seq = app
        .log()
        .iter()
        .find(|row| row.status == 409)
        .expect("it")
        .seq;
    browser.open(&format!("{refused}&open={seq}"));
    let page = &browser.page;
    page.says("Creating a person was rejected: the user name is taken")
        .says("409 uniqueness")
        .says("let the provider match on userName");
    page.says("Members of that name").says("curl -sS -X POST");
    browser.follow("Link to this request");
    browser.page.is(200, &at(&app, &format!("/log/{seq}")));
    browser
        .page
        .says("At the same time")
        .says("POST person3@corp.example");
    let request = app
        .log()
        .iter()
        .find(|row| row.seq == seq)
        .expect("it")
        .request;
    browser
        .open(&at(&app, &format!("/log/{request}")))
        .says("POST person3@corp.example");
    browser
        .open(&at(&app, "/log/999999"))
        .is(404, &at(&app, "/log/999999"))
        .says("what was changed stays in the audit log");
    files(&app, &mut browser);
}

fn files(app: &TestApp, browser: &mut Browser) {
    browser
        .open(&at(app, "/log?resource=group"))
        .says("1 request, newest first");
    browser
        .open(&at(app, "/log?q=nobody&since=all"))
        .says("No request matches");
    browser
        .open(&at(app, "/log?outcome=odd&colour=red&after=x"))
        .says("Part of the address was left out")
        .says("50 requests");
    let mut file = |path: &str| browser.send("GET", &at(app, path), &[], None);
    let csv = file("/log.csv?outcome=refused").text();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("id,time,connection,"), "{csv}");
    let lines = file("/log.ndjson?resource=group").text();
    let line: Value = serde_json::from_str(lines.trim()).expect("JSON");
    assert_eq!(line["target"], HOSTILE);
    assert_eq!(line["outcome"], "applied");
    let all: Value = serde_json::from_str(&file("/log.json").text()).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(58));
}

#[test]
fn new_rows_come_in_as_they_are_on_the_page() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("person", 2);
    okta.post("/Groups", &group(HOSTILE, &[])).is(201);
    let feed = at(&app, "/log/live?after=0&resource=group");
    let sent = browser.send("GET", &feed, &[], None);
    assert_eq!(sent.header("content-type"), Some("text/event-stream"));
    let text = sent.text().replace('\u{a0}', " ");
    assert!(text.starts_with("retry: "), "{text}");
    assert_eq!(text.matches("event: row").count(), 1, "{text}");
    assert!(text.contains("data: <tr id="), "{text}");
    // What is said above them counts them too, as the list does.
    assert!(
        text.contains("event: total\ndata: 1 matching request, 0 rejected\n"),
        "{text}"
    );
    assert!(!text.contains("<script>"), "markup in a name: {text}");
    // Who comes back sees what came after the last row they saw.
    let seq = app.last_logged().seq.to_string();
    let last = [("Last-Event-ID", seq.as_str())];
    let text = browser.send("GET", &feed, &last, None).text();
    assert!(!text.contains("event: row"), "{text}");
}

#[test]
fn another_accounts_requests_are_not_there() {
    let (app, mut browser) = app();
    let other = app.other_account();
    other.post("/Users", &user("secret@corp.example")).is(201);
    let seq = app.log().last().map_or(1, |row| row.seq);
    let page = browser.open(&at(&app, "/log?since=all"));
    assert!(!page.text().contains("secret@"), "{}", page.text());
    for id in 1..=seq + 1 {
        let page = browser.open(&at(&app, &format!("/log/{id}")));
        assert!(!page.text().contains("secret@"), "{}", page.text());
    }
    let feed = at(&app, "/log/live?after=0");
    let text = browser.send("GET", &feed, &[], None).text();
    assert!(!text.contains("secret@"), "{text}");
}

#[test]
fn a_rejection_that_a_setting_mends_leads_to_the_setting() {
    let (app, mut browser) = app();
    let entra = app.provider(ProviderKind::Entra);
    let mut person = user("Jonas@corp.example");
    person["emails"] = json!([{ "value": "jonas@corp.example", "type": "work", "primary": true }]);
    entra.post("/Users", &person).is(400);
    let seq = app.last_logged().seq;
    browser.open(&at(&app, &format!("/log/{seq}")));
    browser
        .follow("Connection settings")
        .says("User name and email must be the same");
}

#[test]
fn what_changed_of_an_extension_is_told_by_its_attributes() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut person = user("grace@corp.example");
    person[extension] = json!({ "department": "Navy", "costCenter": "7" });
    let made = okta.post("/Users", &person).is(201).json();
    let id = made["id"].as_str().expect("an id");
    let path = format!("{extension}:department");
    let change = json!({ "op": "replace", "path": path, "value": "Computing" });
    okta.patch_user(id, &json!([change])).is(200);
    let log = app.log();
    let row = log.iter().max_by_key(|row| row.seq).expect("a row");
    assert_eq!(row.changes, ["department"]);
    browser.open(&at(&app, "/log")).says("Department");
    assert!(
        !browser.page.html.contains("Urn:ietf"),
        "an address is told"
    );
}

/// The page of the first request that was refused.
#[track_caller]
fn refused_entry(app: &TestApp) -> String {
    let log = app.log();
    let refused = log.iter().find(|row| row.status >= 400);
    at(app, &format!("/log/{}", refused.expect("a refusal").seq))
}

/// Nothing on the page is as a terminal would show it.
#[track_caller]
fn no_backtick(page: &Page) {
    assert!(!page.html.contains('`'), "{}", page.text());
}

/// What `told` finds on each of the pages that tell of something that the provider entra was
/// refused, which must be the same on all of them.
#[track_caller]
fn told_everywhere(
    app: &TestApp,
    browser: &mut Browser,
    mut told: impl FnMut(&Page) -> String,
) -> String {
    app.db.flush_activity(true).expect("written");
    let mut all = Vec::new();
    let mut tells = |page: &Page| {
        no_backtick(page);
        all.push(told(page));
    };
    tells(browser.open(&refused_entry(app)));
    let overview = browser.open(&at(app, ""));
    overview.says("from entra rejected: ");
    assert!(!overview.text().contains("or group"), "{}", overview.text());
    tells(overview);
    browser.open(&at(app, "/connections"));
    tells(browser.follow("entra"));
    all.dedup();
    assert_eq!(all.len(), 1, "{all:?}");
    all.swap_remove(0)
}

#[test]
fn a_fix_that_a_page_here_has_names_the_page_and_no_command() {
    let (app, mut browser) = app();
    let entra = app.provider(ProviderKind::Entra);
    entra.get("/Devices").is(404);
    let values = told_everywhere(&app, &mut browser, |page| {
        page.says("Compare the base URL in the provider’s settings");
        let codes = page.all("code");
        assert!(
            !codes.iter().any(|code| code.contains("provost ")),
            "{codes:?}"
        );
        page.link("Values for the provider")
    });
    browser.open(&values).is(200, &values);
}

#[test]
fn what_a_page_here_mends_is_told_in_the_words_of_that_page() {
    let (app, mut browser) = app();
    let entra = app.provider(ProviderKind::Entra);
    let mut person = user("Jonas.Weber@corp.example");
    person["emails"] = json!([{ "value": "jonas@corp.example", "primary": true, "type": "work" }]);
    let refused = entra.post("/Users", &person);
    assert!((400..500).contains(&refused.status), "{}", refused.text());
    let settings = told_everywhere(&app, &mut browser, |page| {
        page.says("switch “User name and email must be the same” off");
        page.link("Connection settings")
    });
    let page = settings.strip_suffix("#settings").expect("the settings");
    browser
        .open(page)
        .is(200, page)
        .says("User name and email must be the same");
}

#[test]
fn what_a_provider_wrote_between_backticks_is_no_command() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    // A name with the reserved prefix is refused with a sentence that quotes it.
    let name = format!("CF `provost token create` `{HOSTILE}`");
    let refused = okta.post("/Groups", &group(&name, &[]));
    assert_eq!(refused.status, 400, "{}", refused.text());
    let entry = refused_entry(&app);
    for path in [&entry, &at(&app, "/log?outcome=refused")] {
        let page = browser.open(path);
        page.says("`provost token create`");
        page.says("roup name is reserved");
        assert!(!page.html.contains("<script>alert"), "markup in a name");
        assert!(!page.html.contains("<img"), "markup in a name");
        let codes = page.all("code");
        assert!(!codes.iter().any(|code| code == "provost token create"));
    }
    // The list says why in a few words.
    let cells = browser.page.all("td");
    assert!(
        cells.contains(&"The group name is reserved".to_owned()),
        "{cells:?}"
    );
}

#[test]
fn an_error_page_shows_commands_as_code() {
    // A box without operators, and another link than the one that was printed.
    let new = TestApp::spawn();
    let mut nobody = new.browser();
    let page = nobody.open("/setup?code=0000-0000-0000");
    no_backtick(page);
    let codes = page.all("code");
    assert!(
        codes.iter().any(|code| code == "provost setup-link"),
        "{}",
        page.text()
    );
}
