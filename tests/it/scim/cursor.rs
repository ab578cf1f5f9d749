//! Paging by cursor (RFC 9865).

use serde_json::{Value, json};

use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{Client, percent};
use crate::harness::fixtures::{user, with};
use crate::harness::pages::{all_ids, cursor, ids, total};

#[test]
fn cursors_lead_to_the_last_page_and_back() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_users("person", 7);
    for (count, wanted) in [
        (3, vec![3, 3, 1]),
        (7, vec![7]),
        (8, vec![7]),
        (1, vec![1; 7]),
    ] {
        let query = format!("count={count}");
        let pages = scim.by_cursor("Users", &query);
        let sizes: Vec<usize> = pages.iter().map(|page| ids(page).len()).collect();
        assert_eq!(sizes, wanted);
        assert_eq!(all_ids(&pages), made);
        assert!(pages.iter().all(|page| total(page) == 7));
        assert!(pages[0].get("previousCursor").is_none());
        assert!(pages.iter().all(|page| page.get("startIndex").is_none()));
        let last = pages.last().expect("a page");
        let back = scim.back("Users", &query, last);
        assert_eq!(all_ids(&back), made);
        assert!(back.len() == pages.len() && back[0].get("previousCursor").is_none());
        assert!(back[0].get("nextCursor").is_some() || back.len() == 1);
    }
    // Without a value, and with none at all beside `count`.
    assert_eq!(
        ids(&scim.get("/Users?cursor&count=2").is(200).json()),
        made[..2]
    );
    let by_index = scim.get("/Users?count=2").is(200).json();
    assert!(by_index.get("nextCursor").is_none() && by_index["startIndex"] == 1);
    // The count of the first page holds for all.
    let first = scim.page_at("Users", "count=2", "");
    let next = cursor(&first, "nextCursor").expect("more");
    assert_eq!(ids(&scim.page_at("Users", "", &next)), made[2..4]);
    assert!(next.len() <= 40, "{next}");
}

#[test]
fn lists_of_nobody_and_pages_of_nothing_have_no_cursor() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let no_cursor =
        |page: &Value| page.get("nextCursor").is_none() && page.get("previousCursor").is_none();
    let empty = scim.page_at("Users", "", "");
    assert!(no_cursor(&empty) && total(&empty) == 0);
    scim.new_users("person", 3);
    for count in ["0", "-1"] {
        let none = scim.page_at("Users", &format!("count={count}"), "");
        assert!(no_cursor(&none) && total(&none) == 3 && ids(&none).is_empty());
    }
    let page = scim.page_at("Users", "count=3", "");
    assert!(no_cursor(&page) && ids(&page).len() == 3);
    let large = scim.page_at("Users", "count=100000", "");
    assert!(no_cursor(&large) && ids(&large).len() == 3);
}

#[test]
fn sorted_and_filtered_lists_have_cursors_too() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for i in 0..9 {
        let title = ["b", "A", "c"][i % 3];
        let more = if i % 4 == 0 {
            json!({})
        } else {
            json!({ "title": title })
        };
        scim.made("/Users", &with(user(&format!("p{i}@corp.example")), more));
    }
    let filter = percent("active eq true");
    for order in ["ascending", "descending"] {
        for by in [
            "title",
            "userName",
            "displayName",
            "meta.created",
            "active",
            "id",
        ] {
            for filter in ["", filter.as_str()] {
                let query = if filter.is_empty() {
                    format!("sortBy={by}&sortOrder={order}")
                } else {
                    format!("sortBy={by}&sortOrder={order}&filter={filter}")
                };
                let whole = ids(&scim.get(&format!("/Users?{query}")).is(200).json());
                let query = format!("{query}&count=2");
                let pages = scim.by_cursor("Users", &query);
                assert_eq!(all_ids(&pages), whole, "{query}");
                assert!(pages.iter().all(|page| total(page) == 9), "{query}");
                let last = pages.last().expect("a page");
                assert_eq!(all_ids(&scim.back("Users", &query, last)), whole, "{query}");
                assert_eq!(
                    scim.by_index("Users", &query.replace("&count=2", ""), 2, |_| ()),
                    whole
                );
            }
        }
    }
}

/// A list of three, and the cursor of its second page of one.
fn three() -> (TestApp, Vec<String>, String) {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_users("person", 3);
    let next = cursor(&scim.page_at("Users", "count=1", ""), "nextCursor").expect("more");
    (app, made, next)
}

#[test]
fn a_cursor_is_good_for_its_own_list_alone() {
    let (app, made, next) = three();
    let scim = app.scim();
    assert_eq!(ids(&scim.page_at("Users", "count=1", &next)), made[1..2]);
    let refused = |client: &Client, path: &str| {
        let detail = client.get(path).refused(400, "invalidCursor");
        assert!(detail.contains("empty cursor"), "{detail}");
    };
    scim.new_group("Analysts", &[]);
    let filter = percent("active eq true");
    for path in [
        format!("/Groups?count=1&cursor={next}"),
        format!("/Users?count=1&cursor={next}&filter={filter}"),
        format!("/Users?count=1&cursor={next}&sortBy=userName"),
        format!("/Users?count=1&cursor={next}&sortBy=id&sortOrder=descending"),
        format!("/Users?count=1&cursor={next}A"),
        format!("/Users?count=1&cursor={}", &next[1..]),
        format!("/Users?count=1&cursor={}", next.to_ascii_lowercase()),
        format!("/Users?count=1&cursor={next}%3D"),
        "/Users?cursor=a".to_owned(),
        "/Users?cursor=%20".to_owned(),
        "/Users?cursor=%00".to_owned(),
        "/Users?cursor=AQEB".to_owned(),
        format!("/Users?cursor={}", "A".repeat(5000)),
    ] {
        refused(&scim, &path);
    }
    for at in 0..next.len() {
        let other = if next.as_bytes()[at] == b'A' {
            "B"
        } else {
            "A"
        };
        let edited = format!("{}{other}{}", &next[..at], &next[at + 1..]);
        refused(&scim, &format!("/Users?count=1&cursor={edited}"));
    }
    let path = format!("/Users?count=1&cursor={next}");
    refused(&app.other_account(), &path);
    refused(&TestApp::spawn().scim(), &path);
    // Attributes make no other list.
    let page = scim.page_at("Users", "count=1&attributes=userName", &next);
    assert_eq!(ids(&page), made[1..2]);
    // Nor does another token of the account.
    let another = app.new_connection(provost::domain::connection::ProviderKind::Okta, "okta");
    let page = app.client(&another).page_at("Users", "count=1", &next);
    assert_eq!(ids(&page), made[1..2]);
}

#[test]
fn pagination_that_cannot_be_is_refused() {
    let (app, _, next) = three();
    let scim = app.scim();
    for count in ["2", "0", "-1", "200"] {
        let path = format!("/Users?count={count}&cursor={next}");
        let detail = scim.get(&path).refused(400, "invalidCount");
        assert!(detail.contains("count of 1"), "{detail}");
    }
    for count in ["x", "", "1.5"] {
        scim.get(&format!("/Users?cursor=&count={count}"))
            .refused(400, "invalidCount");
        scim.get(&format!("/Users?count={count}"))
            .refused(400, "invalidValue");
    }
    for path in [
        "/Users?cursor=&startIndex=1".to_owned(),
        format!("/Users?count=1&cursor={next}&startIndex=2"),
    ] {
        scim.get(&path).refused(400, "invalidValue");
    }
    for body in [
        json!({ "cursor": "", "startIndex": 1 }),
        json!({ "cursor": 1 }),
    ] {
        scim.post("/Users/.search", &body)
            .refused(400, "invalidValue");
    }
    scim.post("/Users/.search", &json!({ "cursor": next, "count": 7 }))
        .refused(400, "invalidCount");
    scim.post("/Users/.search", &json!({ "cursor": "x" }))
        .refused(400, "invalidCursor");
}

#[test]
fn a_cursor_stays_a_place_when_its_row_is_gone() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_users("person", 6);
    for query in [
        "count=2",
        "count=2&sortBy=userName",
        "count=2&sortBy=nickName",
    ] {
        let first = scim.page_at("Users", query, "");
        assert_eq!(ids(&first), made[..2]);
    }
    let first = scim.page_at("Users", "count=2&sortBy=userName", "");
    let next = cursor(&first, "nextCursor").expect("more");
    scim.delete(&format!("/Users/{}", made[1])).is(204);
    scim.delete(&format!("/Users/{}", made[2])).is(204);
    let second = scim.page_at("Users", "count=2&sortBy=userName", &next);
    assert_eq!(ids(&second), made[3..5]);
    assert_eq!(total(&second), 4);
    // Back from there: everybody before it, though that is less than a page.
    let before = cursor(&second, "previousCursor").expect("before");
    let back = scim.page_at("Users", "count=2&sortBy=userName", &before);
    assert_eq!(ids(&back), made[..1]);
    assert!(back.get("previousCursor").is_none() && back.get("nextCursor").is_some());
    // Nobody is before it any more: the next page is the first one.
    scim.delete(&format!("/Users/{}", made[0])).is(204);
    let nothing = scim.page_at("Users", "count=2&sortBy=userName", &before);
    assert!(ids(&nothing).is_empty() && nothing.get("previousCursor").is_none());
    let next = cursor(&nothing, "nextCursor").expect("more");
    let first = scim.page_at("Users", "count=2&sortBy=userName", &next);
    assert_eq!(ids(&first), made[3..5]);
    assert!(first.get("previousCursor").is_none());
    // And nobody behind the last place.
    let next = cursor(&first, "nextCursor").expect("more");
    scim.delete(&format!("/Users/{}", made[5])).is(204);
    let end = scim.page_at("Users", "count=2&sortBy=userName", &next);
    assert!(ids(&end).is_empty() && end.get("nextCursor").is_none());
}

#[test]
fn cursors_do_not_expire() {
    let app = Setup::standing_clock().spawn();
    let scim = app.scim();
    let made = scim.new_users("person", 3);
    let next = cursor(&scim.page_at("Users", "count=1", ""), "nextCursor").expect("more");
    app.pass(300 * 86_400_000);
    assert_eq!(ids(&scim.page_at("Users", "count=1", &next)), made[1..2]);
    let config = scim.get("/ServiceProviderConfig").is(200).json();
    assert!(config["pagination"].get("cursorTimeout").is_none());
}

#[test]
fn a_filtered_list_is_counted_once() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_users("person", 5);
    let query = format!("count=2&filter={}", percent("active eq true"));
    let first = scim.page_at("Users", &query, "");
    scim.set_active(&made[4], false);
    let second = scim.page_at(
        "Users",
        &query,
        &cursor(&first, "nextCursor").expect("more"),
    );
    assert_eq!((total(&first), total(&second)), (5, 5));
    assert!(second.get("nextCursor").is_none());
    assert_eq!(total(&scim.page_at("Users", &query, "")), 4);
    // Of everybody the number is known at any time.
    let first = scim.page_at("Users", "count=2", "");
    scim.delete(&format!("/Users/{}", made[4])).is(204);
    let second = scim.page_at(
        "Users",
        "count=2",
        &cursor(&first, "nextCursor").expect("more"),
    );
    assert_eq!((total(&first), total(&second)), (5, 4));
}

#[test]
fn shortened_pages_lose_nobody_in_either_direction() {
    let app = TestApp::spawn();
    let scim = app.scim();
    // Nineteen of them are an answer of 16 MiB.
    let long = "x".repeat(60_000);
    let mut large = json!({ "name": {} });
    for name in [
        "title",
        "displayName",
        "nickName",
        "userType",
        "locale",
        "timezone",
    ] {
        large[name] = json!(long);
    }
    for name in ["preferredLanguage", "profileUrl"] {
        large[name] = json!(format!("https://x.example/{long}"));
    }
    for name in [
        "formatted",
        "familyName",
        "givenName",
        "middleName",
        "honorificPrefix",
    ] {
        large["name"][name] = json!(long);
    }
    let made: Vec<String> = (0..45)
        .map(|i| {
            let person = user(&format!("p{i}@corp.example"));
            scim.made("/Users", &with(person, large.clone()))
        })
        .collect();
    for query in ["count=200", "count=30"] {
        let pages = scim.by_cursor("Users", query);
        assert_eq!(all_ids(&pages), made);
        assert!(pages.len() > 2, "{}", pages.len());
        // More stand before the last page than one answer holds.
        let back = scim.back("Users", query, pages.last().expect("a page"));
        assert_eq!(all_ids(&back), made);
    }
}

#[test]
fn shortened_pages_of_groups_lose_none_in_either_direction() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let people = app.people(4000);
    let made: Vec<String> = (0..40)
        .map(|i| scim.new_group(&format!("Group {i:02}"), &people))
        .collect();
    for query in ["count=200", "count=200&sortBy=displayName"] {
        let pages = scim.by_cursor("Groups", query);
        assert_eq!(all_ids(&pages), made);
        assert!(pages.len() > 2, "{}", pages.len());
        let last = pages.last().expect("a page");
        assert_eq!(all_ids(&scim.back("Groups", query, last)), made);
    }
}
