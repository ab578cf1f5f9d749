//! The overview, the accounts and search.

use provost::app;
use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use provost::domain::id::MemberId;

use serde_json::json;

use super::{HOSTILE, MINUTE_MS, SUPER, app, at};
use crate::harness::app::{Setup, local};
use crate::harness::browserless::Browser;
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user};

#[test]
fn the_overview_says_how_things_are_and_what_needs_somebody() {
    let (app, mut browser) = app();
    browser
        .open(&at(&app, ""))
        .is(200, &at(&app, ""))
        .says("Overview")
        .says("No requests in the last 24 hours.")
        .says("There is one Super Administrator")
        .says("By a policy of their own");
    let entra = app.provider(ProviderKind::Entra);
    let people = entra.new_users("person", 2);
    entra.new_group(HOSTILE, &people);
    entra.new_group("Edge", &people);
    // Refused: there is somebody of that name.
    entra.post("/Users", &user("person0@corp.example")).is(409);
    app.db.flush_activity(true).expect("written");
    let page = browser.open(&at(&app, ""));
    page.says("1 person from entra rejected: the user name is taken")
        .says("2 groups with people grant nothing")
        .says(HOSTILE)
        .says("2 synced, 0 by hand")
        .says("3 active")
        .says("person1@corp.example")
        .says("joined")
        .says("Some errors");
    assert!(!page.html.contains("<script>alert"), "markup in a name");
    assert!(!page.html.contains("<img"), "markup in a name");
    assert!(!page.html.contains(" style="), "a style in the page");
    page.says("Requests by the hour over the last 24 hours")
        .says("Show as table");
    browser.open("/accounts").says("1 connection with errors");
    // Whoever reads sees the same, and is not offered to connect.
    app.operator(
        "reads@corp.example",
        Some(catalogue::ADMINISTRATOR_READ_ONLY),
    );
    let mut reader = app.signed_in("reads@corp.example");
    let page = reader.open(&at(&app, ""));
    page.is(200, &at(&app, "")).says("Needs attention");
    assert!(
        !page.html.contains("/connections/new"),
        "a button to connect"
    );
    app.operator("nobody@corp.example", None);
    let mut nobody = app.signed_in("nobody@corp.example");
    nobody.open(&at(&app, "")).is(403, &at(&app, ""));
}

/// Requests about who is not there have no name to tell them apart by.
#[test]
fn refused_requests_without_a_name_are_counted_by_what_they_ask_for() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.get("/Users/00000000000000000000000000000001").is(404);
    okta.get("/Groups/00000000000000000000000000000002").is(404);
    okta.get("/Groups/00000000000000000000000000000002").is(404);
    app.db.flush_activity(true).expect("written");
    browser
        .open(&at(&app, ""))
        .says("1 person and 1 group from okta rejected: not here, or no longer");
}

#[test]
fn each_cause_of_rejections_leads_to_its_requests() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_user("ada.l@corp.example");
    okta.post("/Users", &user("ada.l@corp.example")).is(409);
    okta.post("/Users", &user("")).is(400);
    okta.get("/Users/00000000000000000000000000000001").is(404);
    okta.get("/Users?filter=melon").is(400);
    okta.post("/Groups", &group("cf everything", &[])).is(400);
    app.db.flush_activity(true).expect("written");
    let page = browser.open(&at(&app, ""));
    page.says("2 more causes of rejections");
    let todo = page.html.split("id=\"h-todo\"").nth(1).expect("the card");
    let todo = todo.split("</section>").next().unwrap_or_default();
    assert_eq!(todo.matches("reason=").count(), 3, "{todo}");
    let one = browser.page.link("See the rejected requests");
    browser.open(&one).says("Because: ");
    assert_eq!(browser.page.html.matches("<tr id=\"r-").count(), 1);
}

/// A cause that somebody has just made is the one they look for.
#[test]
fn the_newest_cause_is_named_though_others_are_more_frequent() {
    let (app, _) = super::of(Setup::standing_clock().spawn());
    let okta = app.provider(ProviderKind::Okta);
    okta.new_user("ada.l@corp.example");
    for _ in 0..2 {
        okta.post("/Users", &user("ada.l@corp.example")).is(409);
        okta.post("/Users", &user("")).is(400);
        okta.get("/Users/00000000000000000000000000000001").is(404);
        okta.get("/Users?filter=melon").is(400);
    }
    app.pass(3 * 60 * MINUTE_MS);
    okta.post("/Groups", &group("cf everything", &[])).is(400);
    app.db.flush_activity(true).expect("written");
    let mut browser = app.signed_in(SUPER);
    browser
        .open(&at(&app, ""))
        .says("1 group from okta rejected: the group name is reserved")
        .says("2 more causes of rejections");
}

/// What was followed by a request that was accepted is told, but nobody has to do anything.
#[test]
fn what_was_accepted_since_needs_no_attention() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 2);
    let title = |path: &str| json!([{ "op": "replace", "path": path, "value": "Engineer" }]);
    let refuse = |id: &str| okta.patch_user(id, &title("melon")).is(400);
    refuse(&people[0]);
    refuse(&people[1]);
    let parts = |browser: &mut Browser| {
        let page = browser.open(&at(&app, ""));
        let card = page.html.split("id=\"h-todo\"").nth(1).expect("the card");
        let card = card.split("</section>").next().unwrap_or_default();
        let (open, since) = card.split_once("Accepted since").unwrap_or((card, ""));
        (open.to_owned(), since.to_owned())
    };
    let told = "2 people from okta rejected: an attribute is not known";
    let (open, since) = parts(&mut browser);
    assert!(open.contains(told) && since.is_empty(), "{open}");
    okta.patch_user(&people[0], &title("title")).is(200);
    let (open, since) = parts(&mut browser);
    assert!(open.contains(told) && since.is_empty(), "{open}");
    browser
        .page
        .says("Last just now; a later request for 1 of them was accepted.");
    let count = |card: &str| card.matches("<li>").count();
    let before = count(&open);
    okta.patch_user(&people[1], &title("title")).is(200);
    let (open, since) = parts(&mut browser);
    assert!(
        !open.contains(told) && since.contains(told),
        "{open}{since}"
    );
    assert_eq!(count(&open), before - 1);
    assert!(open.contains(&format!("<span class=\"badge\">{}</span>", before - 1)));
    browser
        .page
        .says("a later request for each of the 2 was accepted")
        .says("The log tells whether these asked for the same.");
    // One that is refused again needs somebody again.
    refuse(&people[1]);
    let (open, since) = parts(&mut browser);
    assert!(open.contains(told) && since.is_empty(), "{open}");
}

/// A later request about the same thing answers some causes and not others.
#[test]
fn what_a_later_request_says_nothing_about_stays() {
    let (app, mut browser) = super::of(Setup::standing_clock().spawn());
    let okta = app.provider(ProviderKind::Okta);
    let edge = okta.new_group("Edge", &[]);
    let path = format!("/Groups/{edge}");
    let nobody = json!([{ "value": "00000000000000000000000000000001" }]);
    let add = json!([{ "op": "add", "path": "members", "value": nobody }]);
    okta.patch(&path, &add).is(400);
    // The next change of the group brings not whom this one named.
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Edges" }]);
    okta.patch(&path, &rename).is(200);
    let page = browser.open(&at(&app, ""));
    let text = page.text();
    assert!(text.contains("1 group from okta rejected"), "{text}");
    assert!(!text.contains("Accepted since"), "{text}");
    // A token that is good again has been mended.
    let switch = |on: bool| {
        app.write(move |tx| {
            let all = app::tokens::list(tx)?;
            let okta = all
                .into_iter()
                .find(|one| one.connection.as_deref() == Some("okta"));
            let okta = okta.expect("its token").id.to_string();
            app::tokens::switch(tx, &okta, on)
        });
    };
    switch(false);
    okta.patch(&path, &rename).is(401);
    let disabled = "1 group from okta rejected: token disabled";
    browser.open(&at(&app, "")).says(disabled);
    let text = browser.page.text();
    assert!(!text.contains("Accepted since"), "{text}");
    switch(true);
    // A read tells it too, which leaves no row in the log.
    app.pass(MINUTE_MS);
    okta.get("/Users").is(200);
    app.db.flush_activity(true).expect("written");
    let text = browser.open(&at(&app, "")).text();
    let (_, since) = text
        .split_once("Accepted since")
        .expect("what was accepted");
    assert!(
        since.contains("with the same token were accepted since"),
        "{since}"
    );
}

#[test]
fn every_page_says_which_provider_sent_something_last() {
    let (app, mut browser) = super::of(Setup::standing_clock().spawn());
    let (okta, entra) = (
        app.provider(ProviderKind::Okta),
        app.provider(ProviderKind::Entra),
    );
    app.provider(ProviderKind::Authentik);
    let members = at(&app, "/members");
    let page = browser.open(&members);
    assert!(!page.text().contains(" synced "), "{}", page.text());
    let asks = |client: &Client| {
        client.get("/Users").is(200);
        app.db.flush_activity(true).expect("written");
    };
    asks(&entra);
    app.pass(MINUTE_MS);
    asks(&okta);
    app.pass(2 * MINUTE_MS);
    browser.open(&members).says("okta synced 2 min ago");
    // The one that asked in an earlier hour too, and not at all today.
    app.pass(25 * 60 * MINUTE_MS);
    asks(&entra);
    app.pass(26 * 60 * MINUTE_MS);
    let mut later = app.signed_in(SUPER);
    later.open(&members).says("entra synced 1 day ago");
}

#[test]
fn accounts_are_chosen_and_made() {
    let (app, mut browser) = app();
    browser
        .open("/accounts")
        .is(200, "/accounts")
        .says("1 account on this server")
        .says(&app.account.id.to_string())
        .says("Healthy");
    browser.press("Create account").is(422, "/accounts");
    browser
        .fill("Account name", "Second")
        .fill("Account ID", "not an id")
        .press("Create account")
        .is(422, "/accounts")
        .says("This is no account ID");
    let id = "0123456789abcdef0123456789abcdef";
    browser
        .fill("Account name", "Second")
        .fill("Account ID", "0123456789ABCDEF0123456789abcdef")
        .press("Create account")
        .is(200, &format!("/a/{id}"))
        .says("Created Second");
    browser
        .open("/accounts")
        .says("2 accounts on this server")
        .says("Second");
    browser
        .fill("Account name", "second")
        .press("Create account")
        .is(422, "/accounts")
        .says("exists");
    // Whoever is no box administrator sees their own and makes none.
    app.operator("changes@corp.example", Some(catalogue::ADMINISTRATOR));
    let mut other = app.signed_in("changes@corp.example");
    let page = other.open("/accounts");
    page.says("You work in 1 account.");
    assert!(
        !page.html.contains("Create account"),
        "a form to make accounts"
    );
    // Somebody else's account is listed for a box administrator, and leads nowhere.
    local(&app.db, None, |tx| {
        let name = crate::harness::app::label("Third");
        provost::app::accounts::create(tx, &name, None)
    });
    browser.open("/accounts").says("Third").says("No role here");
}

#[test]
fn search_finds_everything_and_exact_ids_first() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let id = okta.new_user("maria.lindqvist@corp.example");
    let group = okta.new_group("Maria’s team", &[]);
    browser
        .open(&at(&app, "/search"))
        .says("Search this account");
    browser
        .open(&at(&app, "/search?q=lindqvist"))
        .says("maria.lindqvist@corp.example")
        .says("1 result");
    browser
        .open(&at(&app, "/search?q=MARIA"))
        .says("maria.lindqvist@corp.example")
        .says("Maria’s team");
    browser.open(&at(&app, "/search?q=okta")).says("okta");
    browser
        .open(&at(&app, "/search?q=audit"))
        .says("Audit Logs Viewer");
    browser
        .open(&at(&app, "/search?q=provisioning"))
        .says("Provisioning log");
    // Also what the sidebar leaves out while there is nothing to migrate.
    browser
        .open(&at(&app, "/search?q=legacy"))
        .says("Legacy migration");
    let member: MemberId = id.parse().expect("an id");
    for id in [id.clone(), member.membership().to_string(), group] {
        browser
            .open(&at(&app, &format!("/search?q={id}")))
            .says("Exactly this ID");
    }
    browser
        .open(&at(&app, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"))
        .says("Nothing answers to “<script>alert(1)</script>”");
    // Without an account: there is one, so it is that one's.
    browser
        .open("/search?q=maria")
        .is(200, &at(&app, "/search"));
}

/// Two causes that are as frequent as each other are not one.
#[test]
fn causes_that_tie_are_told_as_several() {
    let (app, mut browser) = app();
    let (okta, entra) = (
        app.provider(ProviderKind::Okta),
        app.provider(ProviderKind::Entra),
    );
    okta.post("/Groups", &group("cf everything", &[])).is(400);
    browser
        .open(&at(&app, ""))
        .says("1 rejection, for one cause at okta");
    let person = entra.new_user("person@corp.example");
    let title = json!([{ "op": "replace", "path": "melon", "value": "Engineer" }]);
    entra.patch_user(&person, &title).is(400);
    browser
        .open(&at(&app, ""))
        .says("2 rejections; the 2 most frequent causes have 1 each.");
}

/// What stands around the page tells no other state than the page.
#[test]
fn the_top_bar_agrees_with_the_overview_at_once() {
    let (app, mut browser) = super::of(Setup::standing_clock().spawn());
    let okta = app.provider(ProviderKind::Okta);
    okta.new_user("person@corp.example");
    browser.open(&at(&app, "")).says("okta synced just now");
}
