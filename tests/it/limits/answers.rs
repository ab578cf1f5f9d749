//! How large an answer may be: a list is shortened at 16 MiB, one group is not.

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, text};
use crate::harness::fixtures::{members, sorted, user, with};

const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// All ids of a list, page after page, and how many pages it took.
fn all(scim: &Client, kind: &str) -> (Vec<String>, usize) {
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        let answer = scim
            .get(&format!("/{kind}?startIndex={}&count=200", ids.len() + 1))
            .is(200);
        assert!(
            answer.body.len() <= ANSWER_BYTES_MAX,
            "{} bytes",
            answer.body.len()
        );
        let page: Value = answer.json();
        let items = page["Resources"].as_array().expect("Resources");
        ids.extend(items.iter().map(|item| text(item, "id")));
        pages += 1;
        if page["totalResults"].as_u64() == u64::try_from(ids.len()).ok() {
            return (ids, pages);
        }
        assert!(!items.is_empty(), "an empty page before the end never ends");
    }
}

#[test]
fn a_page_of_large_people_is_shortened_and_the_next_goes_on() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let long = "x".repeat(60_000);
    let large = json!({ "title": long, "displayName": long, "nickName": long });
    let made: Vec<String> = (0..110)
        .map(|i| {
            scim.made(
                "/Users",
                &with(user(&format!("p{i}@corp.example")), large.clone()),
            )
        })
        .collect();
    let (ids, pages) = all(&scim, "Users");
    assert_eq!(ids, made);
    assert!(pages > 1, "{pages}");
}

#[test]
fn a_page_of_large_groups_is_shortened_and_the_next_goes_on() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let people = app.people(4000);
    let made: Vec<String> = (0..21)
        .map(|i| scim.new_group(&format!("Group {i}"), &people))
        .collect();
    let (ids, pages) = all(&scim, "Groups");
    assert_eq!(ids, made);
    assert!(pages > 1, "{pages}");
    assert_eq!(members(&scim.read_group(&made[7])), sorted(&people));
}
