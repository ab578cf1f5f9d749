//! Every page, light and dark, wide and narrow, full, empty and in trouble: nothing that axe
//! finds, nothing that sticks out, nothing that the browser complains of. With
//! `PROVOST_SCREENSHOTS=FOLDER` it leaves a picture of each.

use std::collections::BTreeSet;

use super::look::{problems, problems_of};
use super::tour::{Stop, follow, links, pages};
use crate::harness::browserless::Browser;
use crate::harness::chrome::{self, Chrome};
use crate::harness::seeded::SeededApp;

/// Pages that no link leads to, or only at its time; journeys look at them on their way. The last are
/// addresses of forms, which lead to the page that they came from.
const ON_A_JOURNEY: [&str; 13] = [
    "/",
    "/search",
    "/me",
    "/setup",
    "/setup/factor",
    "/login",
    "/confirm",
    "/recover",
    "/me/factors/confirm",
    "/a/{account_id}/tokens/{token_id}/secret",
    "/a/{account_id}/members/bulk",
    "/a/{account_id}/migrate/convert",
    "/a/{account_id}/migrate/people",
];

/// Where a tour of an account begins: its overview, and pages that show more than the first of
/// their kind would.
fn starts(browser: &mut Browser, account: &str) -> Vec<String> {
    let at = |below: &str| format!("/a/{account}{below}");
    let mut starts = vec![
        at(""),
        at("/search"),
        at("/search?q=ma"),
        "/accounts".to_owned(),
        "/me/profile".to_owned(),
    ];
    for (list, words, below) in [
        (
            "/members?q=interim",
            "interim.cfo@acme.example",
            &["/remove", "/deactivate"][..],
        ),
        (
            "/members?q=pentest",
            "pentest@harbour-security.example",
            &["/activate"],
        ),
        (
            "/groups?q=Platform+Eng",
            "Platform Engineers",
            &["/members"],
        ),
        (
            "/groups?q=Migration",
            "Migration Crew",
            &["", "/rename", "/members/add"],
        ),
        ("/groups?q=Vendors", "Vendors, Read Only", &[]),
        (
            "/roles?q=Invoice",
            "Invoice Approver",
            &["/edit", "/delete"],
        ),
        ("/connections", "Microsoft Entra ID", &["", "/held"]),
        ("/tokens", "siem-export", &["", "/roll", "/revoke"]),
    ] {
        let page = browser.open(&at(list));
        let Some(path) = page.find_link(words) else {
            continue;
        };
        let path = path.split(['?', '#']).next().unwrap_or_default().to_owned();
        starts.extend(below.iter().map(|below| format!("{path}{below}")));
        starts.push(path);
    }
    // One who can be let work in one more account.
    if let Some(maria) = browser.open("/operators").find_link("Maria Lindqvist") {
        starts.push(format!("{maria}/place"));
        starts.push(maria);
    }
    starts.extend(deeper(browser, account, &starts));
    starts.push(at(
        "/explain?ask=why&member=auditor%40ledger-partners.example&role=Administrator+Read+Only",
    ));
    starts
}

/// What is asked of somebody's policy, and of rows that were ticked.
fn deeper(browser: &mut Browser, account: &str, starts: &[String]) -> Vec<String> {
    let at = |below: &str| format!("/a/{account}{below}");
    let mut found: Vec<String> = Vec::new();
    // A policy that may be taken away.
    let auditor = browser
        .open(&at("/members?q=auditor"))
        .find_link("auditor@ledger-partners.example");
    if let Some(auditor) = auditor {
        let html = browser.open(&auditor).html.clone();
        let policies = links(&html).into_iter();
        let policy = policies.filter(|path| path.contains("/policies/") && !path.ends_with("/new"));
        found.extend(policy.take(1).map(|path| format!("{path}/remove")));
        found.push(auditor);
    }
    // What is asked of ticked rows, by the boxes that can be ticked.
    let ids = boxes(&browser.open(&at("/groups?q=Migration")).html);
    found.extend(ids.first().map(|id| at(&format!("/groups/delete?id={id}"))));
    let crew = starts
        .iter()
        .find(|path| path.ends_with("/members/add"))
        .cloned();
    if let Some(people) = crew.map(|path| path.replace("/add", "")) {
        let ids = boxes(&browser.open(&people).html);
        found.extend(ids.first().map(|id| format!("{people}/remove?id={id}")));
    }
    found
}

/// The values of the boxes of rows.
fn boxes(html: &str) -> Vec<String> {
    let values = html.split("name=\"id\" value=\"").skip(1);
    values
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect()
}

#[track_caller]
fn tour(app: &SeededApp, account: &str) -> Vec<Stop> {
    let account = app.told(account);
    let mut browser = app.signed_in("SUPER");
    let starts = starts(&mut browser, account);
    follow(&mut browser, &starts, &format!("/a/{account}"))
}

#[track_caller]
fn look_at(app: &SeededApp, tours: &[(&str, Vec<Stop>)]) {
    let chrome = Chrome::open(app.address());
    chrome.as_who(&app.signed_in("SUPER"));
    let mut found = Vec::new();
    for (state, stops) in tours {
        for stop in stops {
            chrome.visit(&stop.path);
            found.extend(problems(&chrome, &format!("{state}/{}", stop.name())));
        }
    }
    assert!(
        found.is_empty(),
        "{} problems:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn no_page_is_left_out() {
    let app = SeededApp::start();
    let accounts = ["ACCOUNT", "ACCOUNT_EMPTY", "ACCOUNT_TROUBLE"];
    let stops = accounts.iter().flat_map(|account| tour(&app, account));
    let seen: BTreeSet<&str> = stops.map(|stop| stop.route).collect();
    let missing: Vec<&str> = pages()
        .map(|route| route.path)
        .filter(|path| !seen.contains(path) && !ON_A_JOURNEY.contains(path))
        .collect();
    assert!(missing.is_empty(), "no tour reaches {missing:#?}");
}

#[test]
fn pages_of_an_account_full_of_people() {
    if !chrome::is_there("the pages of a full account") {
        return;
    }
    let app = SeededApp::start();
    look_at(&app, &[("full", tour(&app, "ACCOUNT"))]);
}

#[test]
fn pages_of_accounts_that_are_empty_or_in_trouble() {
    if !chrome::is_there("the pages of an empty account and of one in trouble") {
        return;
    }
    let app = SeededApp::start();
    let tours = [
        ("empty", tour(&app, "ACCOUNT_EMPTY")),
        ("trouble", tour(&app, "ACCOUNT_TROUBLE")),
    ];
    look_at(&app, &tours);
}

/// Every component in every state, and every page of an error.
#[test]
fn components_and_errors() {
    if !chrome::is_there("the components") {
        return;
    }
    let app = SeededApp::start();
    let stops: Vec<Stop> = [
        ("/dev/components", "components"),
        ("/dev/bare", "bare"),
        ("/dev/flash", "flash"),
        ("/dev/error/404", "error-404"),
        ("/dev/error/404?inside", "error-404-inside"),
        ("/dev/error/403?inside", "error-403-inside"),
    ]
    .map(|(path, route)| Stop {
        route,
        path: path.to_owned(),
        number: 0,
    })
    .to_vec();
    look_at(&app, &[("dev", stops)]);
}

#[test]
fn a_look_sees_what_it_looks_for() {
    if !chrome::is_there("what a look sees") {
        return;
    }
    let app = SeededApp::start();
    let chrome = Chrome::open(app.address());
    chrome.visit("/login");
    assert!(problems(&chrome, "login").is_empty());
    let spoil = "const picture = document.createElement('img'); \
        picture.src = 'http://127.0.0.1:1/elsewhere.png'; \
        const wide = document.createElement('p'); wide.style.inlineSize = '3000px'; \
        wide.style.color = '#777'; wide.textContent = 'wide'; \
        document.querySelector('main').append(picture, wide); console.error('broken');";
    chrome.script(spoil, Vec::new());
    // No picture of what a test spoiled.
    let found = problems_of(&chrome, "login", None).join("\n");
    for wanted in [
        "1280 light: image-alt",
        "390 dark: color-contrast",
        "px wider than 320",
        "img-src",
        "broken",
    ] {
        assert!(found.contains(wanted), "{wanted} is not in {found}");
    }
}
