//! What is told of a connection that lets nothing in: paused, without a token, or not there at all.

use provost::app;
use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::{MINUTE_MS, app, at, of};
use crate::harness::app::{Setup, TestApp};
use crate::harness::fixtures::user;

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Revokes all tokens of the connection.
fn revoke_tokens(app: &TestApp, name: &str) {
    let mut tokens = app.read(app::tokens::list);
    tokens.retain(|one| one.connection.as_deref() == Some(name));
    for token in tokens {
        let id = token.id.to_string();
        app.write(move |tx| app::tokens::revoke(tx, &id));
    }
}

#[test]
fn what_a_pause_refused_is_past_once_it_is_over() {
    let (app, mut browser) = of(Setup::standing_clock().spawn());
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("person", 1);
    let id = app.write(|tx| app::connections::pause(tx, "okta")).id;
    okta.post("/Users", &user("late@corp.example")).is(503);
    app.db.flush_activity(true).expect("written");
    let page = at(&app, &format!("/connections/{id}"));
    let entry = at(&app, &format!("/log/{}", app.last_logged().seq));
    for path in [&page, &entry] {
        let page = browser.open(path);
        page.says("an administrator resumes it on its page in the console");
        page.link("Resume connection");
    }
    // The page with the values says so too.
    let setup = browser.open(&format!("{page}/setup"));
    setup.says("This connection is paused");
    assert_eq!(setup.link("Resume connection"), page);
    app.pass(5 * MINUTE_MS);
    app.write(|tx| app::connections::resume(tx, "okta"));
    app.pass(5 * MINUTE_MS);
    for path in [&page, &entry] {
        let page = browser.open(path);
        page.says("The connection was paused when this came, until ");
        assert_eq!(page.find_link("Resume connection"), None);
        let text = page.text();
        assert!(!text.contains("How to fix it"), "{text}");
        assert!(!text.contains("an administrator resumes it"), "{text}");
    }
    browser
        .page
        .says("Creating a person was rejected: the connection was paused");
    let setup = browser.open(&format!("{page}/setup"));
    assert!(!setup.text().contains("paused"), "{}", setup.text());
}

#[test]
fn who_is_put_off_hears_the_name_as_a_shell_takes_it() {
    let (app, mut browser) = app();
    let long = "x".repeat(61);
    for (name, word) in [
        ("hr.feed", Some("hr.feed")),
        ("HR feed", Some("'HR feed'")),
        ("Ada's `feed`", None),
        ("-x", None),
        (&long, None),
    ] {
        let token = app.new_connection(ProviderKind::Generic, name);
        let paused = name.to_owned();
        let id = app.write(move |tx| app::connections::pause(tx, &paused)).id;
        let word = word.map_or_else(|| id.to_string(), str::to_owned);
        let answer = app.client(&token).post("/Users", &user("a@corp.example"));
        let detail = answer.refused(503, "");
        let command = format!("provost connection resume {word}");
        assert!(detail.contains(&format!("`{command}`")), "{detail}");
        assert!(detail.len() <= 200, "{detail}");
        let entry = at(&app, &format!("/log/{}", app.last_logged().seq));
        let codes = browser.open(&entry).all("code");
        assert!(codes.contains(&command), "{codes:?}");
    }
}

#[test]
fn a_connection_without_a_token_needs_somebody() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("person", 1);
    let told = "okta: it has no token that works";
    let overview = at(&app, "");
    let before = browser.open(&overview).text();
    assert!(!before.contains("no token that works"), "{before}");
    revoke_tokens(&app, "okta");
    browser.open(&overview).says(told);
    let id = app.write(|tx| app::connections::pause(tx, "okta")).id;
    let make = at(&app, &format!("/connections/{id}/token"));
    // What is paused lets nothing in by itself.
    let paused = browser.open(&overview).text();
    assert!(!paused.contains("no token that works"), "{paused}");
    app.write(|tx| app::connections::resume(tx, "okta"));
    let link = browser.open(&overview).link("Add a token");
    assert_eq!(link, make);
}

#[test]
fn a_token_that_expired_long_ago_is_none() {
    let app = Setup::standing_clock().spawn();
    app.provider(ProviderKind::Okta).new_users("person", 1);
    app.pass(366 * DAY_MS);
    let (app, mut browser) = of(app);
    // Told of the token itself, while that is news.
    let page = browser.open(&at(&app, ""));
    page.says("expired on");
    assert!(!page.text().contains("no token that works"));
    app.pass(30 * DAY_MS);
    let mut browser = app.signed_in(super::SUPER);
    browser
        .open(&at(&app, ""))
        .says("okta: it has no token that works");
}

#[test]
fn that_a_connection_is_not_deleted_is_said_on_its_page() {
    let (app, mut browser) = app();
    app.provider(ProviderKind::Okta);
    browser.open(&at(&app, "/connections"));
    let page = browser.follow("okta").path.clone();
    browser.page.says("A connection can’t be deleted");
    assert_eq!(
        browser.page.link("Pause connection"),
        format!("{page}/pause")
    );
    let own = app.read(app::connections::list);
    let own = own.iter().find(|one| one.built_in).expect("the account's");
    let text = browser
        .open(&at(&app, &format!("/connections/{}", own.id)))
        .text();
    assert!(!text.contains("can’t be deleted"), "{text}");
}

#[test]
fn what_is_not_there_is_told_by_its_kind() {
    let (app, mut browser) = app();
    let nobody = "0123456789abcdef0123456789abcdef";
    for (path, words) in [
        (
            "/audit/999999".to_owned(),
            "rows of the audit log are never removed",
        ),
        (
            format!("/connections/{nobody}"),
            "connections are never deleted",
        ),
        (
            "/connections/odd".to_owned(),
            "connections are never deleted",
        ),
        (format!("/tokens/{nobody}"), "the list of tokens shows them"),
    ] {
        let path = at(&app, &path);
        let page = browser.open(&path);
        page.is(404, &path).says(words);
        let text = page.text();
        assert!(!text.contains("provost "), "{text}");
        assert!(!text.contains("may have been deleted"), "{text}");
    }
}

#[test]
fn a_path_that_is_none_is_told_from_an_unknown_attribute() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let id = okta.new_users("person", 1).swap_remove(0);
    let mut told = |path: &str| {
        let change = json!([{ "op": "replace", "path": path, "value": "x" }]);
        okta.patch_user(&id, &change).refused(400, "invalidPath");
        let entry = at(&app, &format!("/log/{}", app.last_logged().seq));
        browser.open(&entry).text()
    };
    let text = told("emails[type eq \"work");
    assert!(text.contains("rejected: a path can’t be read"), "{text}");
    assert!(
        text.contains("double quotes in it have to be closed"),
        "{text}"
    );
    assert!(!text.contains("Remove the mapping"), "{text}");
    let text = told("shoeSize");
    assert!(
        text.contains("rejected: an attribute is not known"),
        "{text}"
    );
    assert!(text.contains("Remove the mapping"), "{text}");
}
