//! Every page, light and dark, wide and narrow, full, empty and in trouble: nothing that axe
//! finds, nothing that sticks out, nothing that the browser complains of. With
//! `PROVOST_SCREENSHOTS=FOLDER` it leaves a picture of each.

use std::collections::BTreeSet;

use super::look::problems;
use super::tour::{Stop, follow, pages};
use crate::harness::chrome::{self, Chrome};
use crate::harness::seeded::SeededApp;

/// Pages that no link leads to, or only at its time; journeys look at them on their way.
const ON_A_JOURNEY: [&str; 12] = [
    "/setup",
    "/setup/you",
    "/setup/factor",
    "/setup/account",
    "/setup/address",
    "/setup/connect",
    "/login",
    "/confirm",
    "/recover",
    "/search",
    "/",
    "/me/factors/confirm",
];

/// Where a tour of an account begins, beside its overview.
fn starts(account: &str) -> Vec<String> {
    [
        format!("/a/{account}"),
        format!("/a/{account}/search"),
        format!("/a/{account}/search?q=ma"),
        "/accounts".to_owned(),
        "/me".to_owned(),
    ]
    .to_vec()
}

#[track_caller]
fn tour(app: &SeededApp, account: &str) -> Vec<Stop> {
    let account = app.told(account);
    let mut browser = app.signed_in("SUPER");
    follow(&mut browser, &starts(account), &format!("/a/{account}"))
}

#[track_caller]
fn look_at(app: &SeededApp, stops: &[Stop], state: &str) {
    let chrome = Chrome::open(app.address());
    chrome.as_who(&app.signed_in("SUPER"));
    let mut found = Vec::new();
    for stop in stops {
        chrome.visit(&stop.path);
        found.extend(problems(&chrome, &format!("{state}/{}", stop.name())));
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
    look_at(&app, &tour(&app, "ACCOUNT"), "full");
}

#[test]
fn pages_of_accounts_that_are_empty_or_in_trouble() {
    if !chrome::is_there("the pages of an empty account and of one in trouble") {
        return;
    }
    let app = SeededApp::start();
    look_at(&app, &tour(&app, "ACCOUNT_EMPTY"), "empty");
    look_at(&app, &tour(&app, "ACCOUNT_TROUBLE"), "trouble");
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
        ("/dev/error/500?inside", "error-500-inside"),
    ]
    .map(|(path, route)| Stop {
        route,
        path: path.to_owned(),
    })
    .to_vec();
    look_at(&app, &stops, "dev");
}
