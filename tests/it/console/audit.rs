//! The audit log at the console: looked through, filtered, read row by row, exported.

use provost::app::domains;
use provost::app::policies::set_of_group;
use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use provost::domain::domains::DomainName;
use provost::domain::policy::NewPolicy;
use provost::domain::reference::GroupRef;
use provost::domain::resource_group::{ChosenScope, NewScope};
use provost::domain::token::TokenTemplate;
use serde_json::{Value, json};

use super::{HOSTILE, MINUTE_MS, READS, SUPER, at};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::client::Answer;
use crate::harness::fixtures::user;
use crate::harness::operators::PASSWORD;

fn app() -> (TestApp, Browser, String) {
    let (app, browser) = super::app();
    let at = at(&app, "/audit");
    (app, browser, at)
}

/// How many rows the page lists.
fn rows(browser: &Browser) -> usize {
    browser.page.html.matches("<tr id=\"r-").count()
}

#[test]
fn the_log_is_paged_and_each_row_read() {
    let (app, mut browser, at) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("person", 60);
    okta.new_group(HOSTILE, &[]);
    let page = browser.open(&at);
    page.is(200, &at)
        .says("Create SCIM Group")
        .says("50 rows, newest first")
        .says(HOSTILE);
    assert!(!page.html.contains("<script>alert"), "markup in a name");
    assert!(!page.html.contains("<img"), "markup in a name");
    let newest = browser.page.link("Create SCIM Group");
    browser.follow("Next").says("First page");
    assert!(
        !browser.page.html.contains(&newest),
        "the row is there twice"
    );
    browser.follow("First page");
    browser.follow("Create SCIM Group");
    browser
        .page
        .says("What differs")
        .says("In the chain")
        .says("All changes of this object")
        .says(HOSTILE);
    let entry = browser.page.path.clone();
    // By its id too.
    let rows_of_box = app.audit();
    let id = rows_of_box.last().and_then(|row| row["id"].as_str());
    let by_id = format!("{at}/{}", id.expect("an id"));
    browser.open(&by_id).is(200, &by_id);
    browser.open(&entry);
    let group = browser.page.link(&format!("Open {HOSTILE}"));
    browser.open(&group).is(200, &group);
    browser.open(&entry);
    browser.follow("All changes of this object").says("1 row");
    browser
        .open(&format!("{at}/99999"))
        .is(404, &format!("{at}/99999"));
    browser
        .open(&format!("{at}/melon"))
        .is(404, &format!("{at}/melon"));
}

#[test]
fn a_row_opens_in_the_list() {
    let (app, mut browser, at) = app();
    let group = app.scim().new_group("Before", &[]);
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "After" }]);
    app.scim()
        .patch(&format!("/Groups/{group}"), &rename)
        .is(200);
    let page = browser.open(&format!("{at}?object=after&action=update"));
    page.says("1 row");
    let open = browser.page.html.split("aria-expanded=\"false\"").next();
    let open = open.and_then(|before| before.rsplit("href=\"").next());
    let open = open
        .and_then(|rest| rest.split('"').next())
        .expect("a link");
    let open = open.replace("&amp;", "&").replace("&#38;", "&");
    // Without script too the page goes on at the row.
    let (open, row) = open.split_once('#').expect("a place on the page");
    browser.open(open);
    assert!(browser.page.html.contains(&format!("<tr id=\"{row}\"")));
    let deleted = browser.page.all("del").join(" ");
    let inserted = browser.page.all("ins").join(" ");
    assert!(
        deleted.contains("Before"),
        "{deleted}: {}",
        browser.page.text()
    );
    assert!(inserted.contains("After"), "{inserted}");
    assert!(open.contains("object=after"), "the filters stay: {open}");
}

#[test]
fn every_filter_finds_and_leaves_out() {
    let (app, mut browser, at) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_group("Riggers", &[]);
    okta.new_user("maria@corp.example");
    browser.open(&format!("/a/{}/settings", app.account.id));
    browser.fill("Account name", "Harbour").press("Save name");
    for (query, finds, leaves) in [
        ("q=riggers", "Create SCIM Group", "Create SCIM User"),
        ("q=scim+user", "Create SCIM User", "Create SCIM Group"),
        ("actor=ADA@corp", "Update Account", "Create SCIM Group"),
        ("object=Riggers", "Create SCIM Group", "Create SCIM User"),
        ("object=scim_user", "Create SCIM User", "Create SCIM Group"),
        ("action=update&q=account", "Update Account", "Create SCIM"),
        ("source=scim", "Create SCIM User", "Update Account"),
        ("source=console", "Update Account", "Create SCIM User"),
        ("source=cli", "Create Connection", "Create SCIM User"),
        ("since=2000-01-01", "Create SCIM User", "Nobody did this"),
        ("until=2100-01-01", "Create SCIM User", "Nobody did this"),
    ] {
        browser.open(&format!("{at}?{query}"));
        let text = browser.page.text();
        assert!(
            text.contains(finds),
            "{query} does not find {finds}: {text}"
        );
        assert!(!text.contains(leaves), "{query} finds {leaves}");
        browser.page.says("Rows that match");
    }
    for query in [
        "action=view&q=nothing",
        "until=2000-01-01",
        "since=2100-01-01",
    ] {
        browser
            .open(&format!("{at}?{query}"))
            .says("No row matches");
        assert_eq!(rows(&browser), 0);
    }
    browser
        .open(&format!(
            "{at}?action=melt&source=x&since=y&after=z&sort=w&colour=red"
        ))
        .is(200, &at)
        .says("Part of the address was left out");
    // What others did is theirs.
    let other = app.other_account();
    other.new_user("far@corp.example");
    browser
        .open(&format!("{at}?q=far@corp"))
        .says("No row matches");
}

#[test]
fn policies_are_told_with_the_domains_that_they_were_for() {
    let (app, mut browser, at) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_group("Edge", &[]);
    let shops = ["example.com", "shop.example"].map(|name| {
        let add = app.write(move |tx| domains::add(tx, &DomainName::parse(name)?, None));
        add.id
    });
    let role = |name| {
        let role = catalogue::role_by_name(name).expect("a role");
        role.permission_group
    };
    let on = |some: &[_]| vec![ChosenScope::Inline(NewScope::Domains(some.to_vec()))];
    let edge = GroupRef::Named("Edge".to_owned());
    let set = |policy: &NewPolicy| {
        let (edge, policies) = (edge.clone(), vec![policy.clone()]);
        let set = app.write(move |tx| set_of_group(tx, &edge, &policies));
        set[0].id
    };
    let mut policy = NewPolicy::allow(role("Domain DNS"));
    policy.resource_groups = on(&shops);
    policy.id = Some(set(&policy));
    policy.permission_groups.push(role("Cache Domain Purge"));
    policy.resource_groups = on(&shops[..1]);
    set(&policy);
    policy.resource_groups = NewPolicy::allow(role("DNS")).resource_groups;
    policy.permission_groups = vec![role("DNS")];
    set(&policy);
    let rows = app.audit();
    let [.., narrowed, widened] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    let on = |row: &Value, side: &str| row["resource"][side]["policies"][0]["on"].clone();
    let both = json!(["example.com", "shop.example"]);
    assert_eq!(on(narrowed, "request"), both);
    assert_eq!(on(narrowed, "response"), json!(["example.com"]));
    let account = format!("com.cloudflare.api.account.{}", app.account.id);
    assert_eq!(on(widened, "response"), json!([account]));
    browser
        .open(&at)
        .says("1 policy changed (Cache Domain Purge added; now on example.com)")
        .says("now on the entire account)");
    let id = narrowed["id"].as_str().expect("an id");
    browser
        .open(&format!("{at}/{id}"))
        .says("What differs")
        .says("shop.example");
}

#[test]
fn what_was_refused_is_no_change() {
    let (app, mut browser, at) = app();
    app.scim().new_group("Riggers", &[]);
    let reader = app.client(&app.new_token("reader", |new| new.template = TokenTemplate::Read));
    for _ in 0..8 {
        reader.post("/Users", &user("maria@corp.example")).is(403);
    }
    let page = browser.open(&super::at(&app, ""));
    let changes = page.html.split("id=\"h-live\"").nth(1).expect("the card");
    let changes = changes.split("</section>").next().unwrap_or_default();
    assert!(changes.contains("Riggers"), "{changes}");
    assert!(!changes.contains("efused"), "{changes}");
    let told = "tried to create a person; refused: the token has no permission for that";
    browser.open(&at).says("Refused request").says(told);
    let text = browser.page.text();
    assert!(!text.contains("permission_missing"), "{text}");
    browser
        .open(&format!("{at}?outcome=done"))
        .says("Create SCIM Group");
    assert!(!browser.page.text().contains("Refused request"));
    browser.open(&format!("{at}?outcome=refused"));
    assert_eq!(rows(&browser), 8);
    // Which token it was is told, and leads to the token; so does what it was about.
    assert!(browser.page.link("reader").contains("/tokens/"));
    browser.follow("Refused request").says(told);
    assert!(browser.page.link("reader").contains("/tokens/"));
    let api = app.api_with(&[crate::harness::api::SETTINGS_READ]);
    let groups = app.api().at("/iam/user_groups");
    let group = api.get(&groups).items()[0]["id"].clone();
    let path = format!("{groups}/{}", group.as_str().expect("an id"));
    api.put(&path, &serde_json::json!({ "name": "Stewards" }))
        .is(403);
    browser
        .open(&format!("{at}?outcome=refused"))
        .says("tried to change a user group; refused: the token has no permission for that");
    assert!(browser.page.link("Riggers").contains("/groups/"));
}

/// The histories of a group and of a member say it as the log does, with no code.
#[test]
fn what_was_refused_stands_in_words_in_a_history() {
    let (app, mut browser, _) = app();
    let group = app.scim().new_group("Riggers", &[]);
    let maria = app.scim().new_user("maria@corp.example");
    let reader = app.client(&app.new_token("reader", |new| new.template = TokenTemplate::Read));
    reader.delete(&format!("/Groups/{group}")).is(403);
    reader.delete(&format!("/Users/{maria}")).is(403);
    for (list, name, told) in [
        ("/groups", "Riggers", "tried to remove a user group"),
        ("/members", "maria@corp.example", "tried to remove a person"),
    ] {
        browser.open(&super::at(&app, list));
        let page = browser.follow(name).path.clone();
        browser.open(&format!("{page}/history")).says(told);
        let text = browser.page.text();
        assert!(!text.contains("permission_missing"), "{text}");
    }
}

#[test]
fn of_a_token_it_is_said_what_works_and_what_is_gone_has_no_link() {
    let (app, mut browser, at) = app();
    app.new_token("Nightly", |_| {});
    app.write(|tx| provost::app::tokens::roll(tx, "Nightly", 60 * MINUTE_MS));
    browser.open(&at).says("the old value works until");
    app.write(|tx| provost::app::tokens::roll(tx, "Nightly", 0));
    browser
        .open(&at)
        .says("the old value stopped working at once");
    let token = browser.page.link("Nightly");
    browser.open(&token).is(200, &token);
    app.write(|tx| provost::app::tokens::revoke(tx, "Nightly"));
    browser.open(&at).says("Revoke Token");
    assert_eq!(browser.page.find_link("Nightly"), None, "it has no page");
    let text = browser.page.text();
    assert!(!text.contains("overlap seconds"), "{text}");
    browser
        .open(&super::at(&app, ""))
        .says("Nightly was rolled")
        .says("Nightly (a token) was revoked");
    assert!(browser.page.link("Nightly").contains("/audit/"));
}

#[test]
fn a_long_look_back_says_how_far_it_came() {
    let (app, mut browser, at) = app();
    app.scim().new_group("Early", &[]);
    app.people(5100);
    browser
        .open(&format!("{at}?object=early"))
        .says("No row matches")
        .says("Looked back to");
    assert_eq!(rows(&browser), 0);
    browser
        .follow("Look further back")
        .says("Create SCIM Group")
        .says("1 row");
    assert_eq!(rows(&browser), 1);
    assert_eq!(browser.page.find_link("Look further back"), None);
    let group = browser.page.link("Early");
    browser
        .open(&format!("{group}/history"))
        .says("Create SCIM Group");
}

fn export(browser: &mut Browser, path: &str) -> Answer {
    browser.send("GET", path, &[], None)
}

#[test]
fn the_view_is_exported_with_the_password_given_anew() {
    let app = Setup::standing_clock().spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    app.operator(READS, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    let mut browser = app.signed_in(READS);
    let at = format!("/a/{}/audit", app.account.id);
    app.scim().new_group("Riggers", &[]);
    let csv = export(&mut browser, &format!("{at}.csv?object=riggers"));
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.starts_with("seq,id,at,action,"), "{csv}");
    let json = export(&mut browser, &format!("{at}.json?object=riggers")).json();
    assert_eq!(json[0]["object_name"], "Riggers");
    assert_eq!(json[0]["source"], "scim");
    // Rows behind many that do not match are found all the same.
    app.people(20_100);
    let late = export(&mut browser, &format!("{at}.ndjson?object=riggers")).text();
    assert_eq!(late.lines().count(), 1, "{late}");
    let told = app.audit();
    let exports = told.iter().filter(|row| row["resource"]["type"] == "log");
    assert_eq!(exports.count(), 3);
    app.pass(6 * MINUTE_MS);
    let mut refused = |form: &str| -> String {
        let asked = export(&mut browser, &format!("{at}.{form}?object=riggers"));
        assert_eq!(asked.status, 303, "{form}");
        assert!(!asked.text().contains("Riggers"), "{form}");
        asked.header("location").expect("a location").to_owned()
    };
    let (to, _, _) = (refused("csv"), refused("json"), refused("ndjson"));
    assert!(to.starts_with("/confirm?next="), "{to}");
    let told = app.audit();
    let exports = told.iter().filter(|row| row["resource"]["type"] == "log");
    assert_eq!(exports.count(), 3, "nothing was sent");
    browser.open(&to);
    browser.fill("Password", PASSWORD);
    let (action, body) = browser.would_send("Continue");
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let back = browser.send("POST", &action, &headers, Some(&body));
    let to = back.header("location").expect("a location").to_owned();
    let csv = export(&mut browser, &to).text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    // The whole of it comes in pieces: each row once, the newest first.
    let all = export(&mut browser, &format!("{at}.ndjson")).text();
    let seq = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("a row");
        row["seq"].as_i64().expect("its number")
    };
    let all: Vec<i64> = all.lines().map(seq).collect();
    assert!(all.windows(2).all(|two| two[0] > two[1]));
    let there: i64 = app
        .sql()
        .query_row(
            "SELECT count(*) FROM audit WHERE account IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .expect("a number");
    assert_eq!(i64::try_from(all.len()), Ok(there));
}

/// To be asked for the password again is no refusal.
#[test]
fn the_question_for_the_password_leaves_no_row() {
    let (app, mut browser) = super::of(Setup::standing_clock().spawn());
    app.pass(30 * MINUTE_MS);
    let rows = app.audit().len();
    let at = format!("/a/{}/connections/new/okta", app.account.id);
    let page = browser.open(&at);
    assert!(page.html.contains("name=\"password\""), "{}", page.text());
    let told = app.audit();
    let denied = |row: &&serde_json::Value| row["action"]["result"] == "failure";
    assert_eq!(told[rows..].iter().filter(denied).count(), 0);
}

#[test]
fn a_row_about_what_is_gone_shows_no_bare_id() {
    let (app, mut browser, at) = app();
    app.new_token("Gone", |_| {});
    let token = app.read(|tx| provost::app::tokens::find(tx, "Gone")).id;
    app.operator(READS, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    let mut reader = app.signed_in(READS);
    reader.open(&format!("/a/{}/tokens/{token}/revoke", app.account.id));
    app.write(|tx| provost::app::tokens::revoke(tx, "Gone"));
    for query in ["", "?outcome=refused"] {
        let page = browser.open(&format!("{at}{query}"));
        page.says("tried to");
        let text = page.text();
        assert!(!text.contains(&token.to_string()), "{text}");
    }
}

/// What is not green of rows that nobody examined.
#[test]
fn the_newest_rows_alone_are_not_the_chain() {
    let (app, mut browser, at) = app();
    app.db.check_chain(Some(2)).expect("a verdict");
    browser
        .open(&at)
        .says("Newest 2 rows examined")
        .says("provost audit verify");
    assert!(!browser.page.text().contains("The chain holds"));
    // A short log's newest rows are all of them.
    app.db.check_chain(Some(10_000)).expect("a verdict");
    browser.open(&at).says("rows examined");
    // And they are examined again as it grows.
    app.people(3);
    app.db.check_short_chain().expect("a verdict");
    let all = "SELECT count(*) FROM audit";
    let rows: i64 = app
        .sql()
        .query_row(all, [], |row| row.get(0))
        .expect("rows");
    browser
        .open(&at)
        .says(&format!("The chain holds, {rows} rows examined"));
}

#[test]
fn the_chain_is_examined_and_its_first_bad_row_named() {
    let (app, mut browser, at) = app();
    app.operator(READS, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    let mut reader = app.signed_in(READS);
    app.scim().new_group("Riggers", &[]);
    reader.open(&format!("{at}/chain")).says("The chain holds");
    browser.open(&at).says("The chain holds");
    let sql = app.sql();
    let seq: i64 = sql
        .query_row(
            "SELECT max(seq) FROM audit WHERE entry LIKE '%Riggers%'",
            [],
            |row| row.get(0),
        )
        .expect("a row");
    sql.execute_batch(&format!(
        "DROP TRIGGER audit_rows_stay_as_they_are;
         UPDATE audit SET entry = replace(entry, 'Riggers', 'Diggers') WHERE seq = {seq};"
    ))
    .expect("tampered with");
    let state = app.db.check_chain(None).expect("examined");
    assert!(state.verdict.fault.is_some());
    let broken = format!("The chain is broken at row {seq}");
    for browser in [&mut browser, &mut reader] {
        browser.open(&at).says(&broken).says("it was edited");
        browser.follow("Open the row").says("Diggers");
    }
    // The newest rows alone do not mend it.
    app.people(10);
    app.db.check_chain(Some(5)).expect("examined");
    browser.open(&at).says(&broken);
    let _ = app.unchecked_at_end();
}

#[test]
fn whoever_only_reads_sees_no_forms() {
    let (app, _, at) = app();
    app.operator(READS, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    let mut reader = app.signed_in(READS);
    reader.open(&at);
    let row = reader.page.link("Add Member");
    for path in [at.clone(), row, format!("{at}/chain")] {
        let page = reader.open(&path);
        assert_eq!(page.status, 200, "{path}");
        let forms = page.html.split("<form").skip(1);
        let posts: Vec<&str> = forms
            .filter(|form| form.contains("method=\"post\""))
            .collect();
        // Signing out is everybody's.
        assert!(
            posts.iter().all(|form| form.contains("/logout")),
            "{posts:?}"
        );
    }
}
