//! What people and things are called wherever they are told: by names and not by ids, and people as
//! the list of members has them.

use provost::domain::catalogue::ADMINISTRATOR_READ_ONLY;
use provost::domain::connection::ProviderKind;
use provost::domain::token::TokenTemplate;
use serde_json::json;

use super::{app, at};
use crate::harness::browserless::Browser;
use crate::harness::fixtures::{user, with};

#[test]
fn people_are_called_alike_everywhere() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let named = json!({ "displayName": "Pia Walker" });
    let pia = okta.made("/Users", &with(user("pia1@corp.example"), named));
    let group = okta.new_group("Editors", std::slice::from_ref(&pia));
    browser.open(&at(&app, &format!("/groups/{group}")));
    browser.tick("Cache Purge").press("Show preview");
    browser.page.says("Pia Walker");
    browser.press("Save policy").says("Added the policy");
    browser.open(&at(&app, "")).says("Pia Walker");
    browser.open(&at(&app, "/roles?q=cache+purge"));
    browser
        .follow("Cache Purge")
        .says("Pia Walker")
        .says("pia1@corp.example");
    browser
        .follow("Explain Pia Walker")
        .says("Pia Walker has Cache Purge");
    browser
        .open(&at(&app, &format!("/search?q={pia}")))
        .says("Member, pia1@corp.example");
    assert!(browser.page.link("Pia Walker").contains("/members/"));
    browser.open(&at(&app, "/audit?object=pia1"));
    browser.follow("Create SCIM User").says("to Pia Walker.");
    assert!(
        browser
            .page
            .all("dd")
            .contains(&"pia1@corp.example".to_owned())
    );
}

/// Settings have no names but those of their pages.
#[test]
fn pages_are_found_by_what_they_are_about_by_whoever_may_open_them() {
    let (app, mut browser) = app();
    app.operator("reads@corp.example", Some(ADMINISTRATOR_READ_ONLY));
    let mut reads = app.signed_in("reads@corp.example");
    let search = |browser: &mut Browser, text: &str| {
        let path = at(&app, &format!("/search?q={text}"));
        browser.open(&path).is(200, &at(&app, "/search"));
    };
    for (text, page, path) in [
        ("brake", "Settings: Safety", "/settings/safety"),
        ("Retention", "Settings: Safety", "/settings/safety"),
        ("backups", "Settings: Backups", "/settings/backups"),
        ("audit", "Audit log", "/audit"),
        (
            "mapping",
            "Legacy migration: Legacy mapping",
            "/migrate/mapping",
        ),
        ("prefix", "Settings: Account", "/settings"),
    ] {
        search(&mut browser, text);
        browser.page.says("Pages");
        let href = browser.page.link(page);
        assert_eq!(href, at(&app, path), "{text}");
        assert_eq!(browser.open(&href).status, 200, "{text}");
    }
    // Legacy groups have no pages of their own.
    for text in ["CF-0123+-+DNS", "cloudflare-v1-47"] {
        search(&mut browser, text);
        assert_eq!(browser.page.link("Legacy migration"), at(&app, "/migrate"));
    }
    search(&mut browser, "time+zone");
    let zone = browser.page.link("Your account: Appearance");
    assert_eq!(zone, "/me/appearance");
    search(&mut browser, "session");
    browser.page.link("Your account: Sessions");
    browser.page.link("Settings: Safety");
    // As people call it who don't know yet how it is called here.
    for (text, page) in [
        ("server+administrator", "Operators"),
        ("two-factor", "Your account: Second factor"),
        ("authenticator", "Your account: Second factor"),
        ("sign+out", "Your account: Sessions"),
        ("sessions", "Your account: Sessions"),
        ("mass+deletion", "Settings: Safety"),
        ("held", "Connections"),
        ("api+key", "API tokens"),
        ("sso", "Connections"),
        ("restore", "Settings: Backups"),
    ] {
        search(&mut browser, text);
        assert!(browser.page.find_link(page).is_some(), "{text}");
        assert!(!browser.page.text().contains(" | "), "{text}");
    }
    // What somebody may not open is not offered to them.
    for text in ["backup", "mapping", "operators"] {
        search(&mut reads, text);
        for page in [
            "Settings: Backups",
            "Legacy migration: Legacy mapping",
            "Operators",
        ] {
            assert_eq!(reads.page.find_link(page), None, "{text}");
        }
    }
    search(&mut reads, "brake");
    reads.page.link("Settings: Safety");
    search(&mut reads, "brake+xyzzy");
    reads.page.says("Nothing answers to “brake xyzzy”");
}

/// The logs have people by their user names; they are found by what pages call them too.
#[test]
fn what_was_done_to_somebody_is_found_by_the_name_that_is_shown() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let named = json!({ "name": { "givenName": "Pia", "familyName": "Walker" } });
    let pia = okta.made("/Users", &with(user("u1@corp.example"), named));
    okta.new_user("u2@corp.example");
    let found = |browser: &crate::harness::browserless::Browser| {
        let rows = browser.page.html.matches("<tr id=\"r-").count();
        (rows, browser.page.text().contains("u2@corp.example"))
    };
    for asked in ["q=pia+w", "object=Pia+Walker", "q=u1@corp"] {
        browser.open(&at(&app, &format!("/audit?{asked}")));
        assert_eq!(found(&browser), (1, false), "{asked}");
    }
    browser.open(&at(&app, "/audit?q=alker"));
    assert_eq!(found(&browser), (0, false), "by its beginning");
    browser.open(&at(&app, "/log?q=pia+walker"));
    assert_eq!(found(&browser), (1, false));
    assert!(browser.page.html.contains("u1@corp.example"), "{pia}");
}

#[test]
fn a_row_tells_names_and_nothing_that_did_not_change() {
    let (app, mut browser) = app();
    app.new_token("Nightly", |new| new.template = TokenTemplate::Read);
    browser.open(&at(&app, "/audit?q=nightly"));
    browser.follow("Create Token");
    let came = browser.page.all("ins");
    for name in ["Account Settings Read", "This account"] {
        assert!(came.contains(&name.to_owned()), "{name}: {came:?}");
    }
    let cells = browser.page.all("td");
    let says_nothing = |pair: &&[String]| pair.iter().all(|cell| cell == "nothing");
    assert_eq!(cells.chunks(2).find(says_nothing), None, "{cells:?}");
}

#[test]
fn a_history_tells_names_as_the_log_does() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let person = okta.new_user("maria@corp.example");
    let group = okta.new_group("Riggers", std::slice::from_ref(&person));
    let page = at(&app, &format!("/groups/{group}"));
    browser.open(&page);
    browser.tick("Cache Purge").press("Show preview");
    browser.press("Save policy").says("Added the policy");
    // Another provider takes the person over.
    let entra = app.provider(ProviderKind::Entra);
    let title = json!([{ "op": "replace", "path": "title", "value": "Rigger" }]);
    entra.patch(&format!("/Users/{person}"), &title).is(200);
    browser.open(&format!("{page}/history"));
    let text = browser.page.text();
    assert!(
        text.contains("policies 1 › on 1: the entire account"),
        "{text}"
    );
    assert!(!text.contains("com.cloudflare"), "{text}");
    browser.open(&at(&app, "/members"));
    let member = browser.page.link("maria@corp.example");
    browser
        .open(&format!("{member}/history"))
        .says("managed by: okta")
        .says("managed by: entra");
}
