//! POST /.search, at the root and for each type (RFC 7644 3.4.3).

use provost::domain::token::TokenTemplate;
use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, SCIM_TYPE, text};
use crate::harness::fixtures::{user, with};
use crate::harness::pages::{cursor, ids, total};

const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn request(more: Value) -> Value {
    with(json!({ "schemas": [SEARCH_URN] }), more)
}

#[track_caller]
fn found(scim: &Client, path: &str, more: Value) -> Value {
    scim.post(path, &request(more)).is(200).json()
}

#[test]
fn a_search_of_a_type_is_its_list() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let people = scim.new_users("person", 5);
    scim.new_group("Analysts", &people[..2]);
    scim.new_group("Builders", &[]);
    let search = json!({
        "filter": "userName ne \"x\" or active eq true",
        "sortBy": "userName", "sortOrder": "descending", "startIndex": 2, "count": 3,
        "attributes": ["userName", "emails.value"],
    });
    let search = with(search, json!({ "filter": "active eq true" }));
    let query = "filter=active%20eq%20true&sortBy=userName&sortOrder=descending&startIndex=2\
                 &count=3&attributes=userName,emails.value";
    let listed = scim.get(&format!("/Users?{query}")).is(200).json();
    assert_eq!(found(&scim, "/Users/.search", search), listed);
    assert_eq!(ids(&listed).len(), 3);
    for path in ["/Users", "/Groups"] {
        let listed = scim.get(path).is(200).json();
        assert_eq!(found(&scim, &format!("{path}/.search"), json!({})), listed);
    }
    let search = json!({ "excludedAttributes": ["members"], "sortBy": "displayName" });
    let query = "/Groups?excludedAttributes=members&sortBy=displayName";
    let listed = scim.get(query).is(200).json();
    assert_eq!(found(&scim, "/Groups/.search", search), listed);
}

#[test]
fn the_root_lists_people_and_then_groups() {
    let app = TestApp::spawn();
    let scim = app.scim();
    assert_eq!(total(&found(&scim, "/.search", json!({}))), 0);
    let mut all = scim.new_users("person", 5);
    for name in ["C", "a", "B"] {
        all.push(scim.new_group(name, &all[..2]));
    }
    let whole = found(&scim, "/.search", json!({}));
    assert_eq!((ids(&whole), total(&whole)), (all.clone(), 8));
    // Each as its own GET shows it.
    for item in whole["Resources"].as_array().expect("Resources") {
        let kind = text(&item["meta"], "resourceType");
        let alone = scim
            .get(&format!("/{kind}s/{}", text(item, "id")))
            .is(200)
            .json();
        assert_eq!(*item, alone);
    }
    for count in 1..=9 {
        let mut read = Vec::new();
        while read.len() < all.len() {
            let page = json!({ "startIndex": read.len() + 1, "count": count });
            let page = found(&scim, "/.search", page);
            assert_eq!(total(&page), 8);
            assert!(!ids(&page).is_empty(), "it never ends");
            assert_eq!(page["startIndex"], read.len() + 1);
            read.extend(ids(&page));
        }
        assert_eq!(read, all, "{count}");
        for start in 1..=9 {
            let page = json!({ "startIndex": start, "count": count, "sortBy": "meta.created" });
            let page = found(&scim, "/.search", page);
            let rest = &all[start - 1..];
            assert_eq!(ids(&page), rest[..rest.len().min(count)], "{start} {count}");
        }
    }
}

#[test]
fn cursors_cross_from_people_to_groups_and_back() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut all = scim.new_users("person", 5);
    for name in ["C", "a", "B"] {
        all.push(scim.new_group(name, &all[..2]));
    }
    let sorted = [&all[..5], &[all[6].clone(), all[7].clone(), all[5].clone()]].concat();
    for (more, wanted) in [
        (json!({}), &all),
        (json!({ "sortBy": "displayName" }), &sorted),
        (
            json!({ "filter": "meta.created gt \"2001-01-01T00:00:00Z\"" }),
            &all,
        ),
    ] {
        // Filters with an order of their own may not be offered.
        if scim.post("/.search", &request(more.clone())).status != 200 {
            continue;
        }
        for count in 1..=9 {
            let at = |cursor: &str| {
                let page = json!({ "cursor": cursor, "count": count });
                found(&scim, "/.search", with(page, more.clone()))
            };
            let mut pages = vec![at("")];
            while let Some(next) = pages.last().and_then(|page| cursor(page, "nextCursor")) {
                assert!(pages.len() < 100, "it never ends");
                pages.push(at(&next));
            }
            let read: Vec<String> = pages.iter().flat_map(ids).collect();
            assert_eq!(read, *wanted, "{more} {count}");
            assert!(pages.iter().all(|page| total(page) == 8), "{more} {count}");
            let mut back = vec![pages.pop().expect("a page")];
            while let Some(before) = back.last().and_then(|page| cursor(page, "previousCursor")) {
                assert!(back.len() < 100, "it never ends");
                back.push(at(&before));
            }
            let read: Vec<String> = back.iter().rev().flat_map(ids).collect();
            assert_eq!(read, *wanted, "{more} {count} back");
        }
    }
    // A cursor of the root is none of a type.
    let page = found(&scim, "/.search", json!({ "cursor": "", "count": 1 }));
    let next = cursor(&page, "nextCursor").expect("more");
    let body = request(json!({ "cursor": next, "count": 1 }));
    scim.post("/Users/.search", &body)
        .refused(400, "invalidCursor");
}

#[test]
fn an_attribute_that_a_type_lacks_matches_none_of_it() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let person = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", std::slice::from_ref(&person));
    for (filter, wanted) in [
        ("userName eq \"ada@corp.example\"", vec![&person]),
        ("displayName eq \"analysts\"", vec![&made]),
        (
            "userName eq \"ada@corp.example\" or displayName eq \"Analysts\"",
            vec![&person, &made],
        ),
        ("meta.resourceType eq \"Group\"", vec![&made]),
        ("shoeSize eq 1", vec![]),
    ] {
        let page = found(&scim, "/.search", json!({ "filter": filter }));
        assert_eq!(ids(&page).iter().collect::<Vec<_>>(), wanted, "{filter}");
        assert_eq!(total(&page), wanted.len(), "{filter}");
    }
    let page = found(&scim, "/.search", json!({ "attributes": "displayName" }));
    assert_eq!(page["Resources"][0].get("userName"), None);
    assert_eq!(page["Resources"][1]["displayName"], "Analysts");
    assert_eq!(page["Resources"][1].get("members"), None);
}

#[test]
fn the_root_follows_a_list_that_changes() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let people = scim.new_users("person", 6);
    let groups = ["a", "b", "c", "d"].map(|name| scim.new_group(name, &[]));
    let page = |start: usize| {
        found(
            &scim,
            "/.search",
            json!({ "startIndex": start, "count": 4 }),
        )
    };
    assert_eq!(ids(&page(1)), people[..4]);
    scim.delete(&format!("/Users/{}", people[0])).is(204);
    scim.delete(&format!("/Users/{}", people[1])).is(204);
    assert_eq!(ids(&page(5)), [&people[4..], &groups[..2]].concat());
    scim.delete(&format!("/Groups/{}", groups[0])).is(204);
    let last = page(9);
    assert_eq!((ids(&last), total(&last)), (groups[2..].to_vec(), 10));
    assert_eq!(total(&page(1)), 7);
}

#[test]
fn large_groups_are_found_with_their_members() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let people = app.people(1500);
    let first = scim.new_group("Everybody", &people);
    let second = scim.new_group("Nobody", &[]);
    let page = found(&scim, "/.search", json!({ "startIndex": 1500, "count": 5 }));
    assert_eq!(ids(&page), [people[1499].clone(), first, second]);
    let members = page["Resources"][1]["members"].as_array().expect("members");
    assert_eq!(members.len(), 1500);
}

#[test]
fn a_search_reads_and_is_no_write() {
    let app = TestApp::spawn();
    app.scim().new_user("ada@corp.example");
    let before = app.log().len();
    let reader = app.new_token("reader", |new| new.template = TokenTemplate::Read);
    for path in ["/.search", "/Users/.search", "/Groups/.search"] {
        app.client(&reader).post(path, &request(json!({}))).is(200);
        app.scim().post(path, &json!({})).is(200);
        let untyped = app
            .scim()
            .send("POST", path, &[("Content-Type", "text/plain")], Some(b"{}"));
        untyped.refused(415, "");
    }
    let written = app.log().len() - before;
    assert_eq!(written, 3, "refusals alone are logged");
}

#[test]
fn what_is_no_search_is_refused() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for path in ["/.search", "/Users/.search", "/Groups/.search"] {
        for (body, scim_type) in [
            ("", "invalidSyntax"),
            ("[]", "invalidSyntax"),
            ("{\"count\":1,\"COUNT\":2}", "invalidSyntax"),
            ("{\"schemas\":[\"urn:x\"]}", "invalidSyntax"),
            ("{\"filter\":\"userName eq a\"}", "invalidFilter"),
            ("{\"filter\":7}", "invalidValue"),
            ("{\"count\":\"x\"}", "invalidValue"),
            ("{\"sortOrder\":\"up\"}", "invalidValue"),
            ("{\"sortBy\":\"shoeSize\"}", "invalidValue"),
            ("{\"sortBy\":\"name\"}", "invalidValue"),
            ("{\"attributes\":[null]}", "invalidValue"),
            ("{\"cursor\":\"x\"}", "invalidCursor"),
            ("{\"cursor\":\"\",\"count\":\"x\"}", "invalidCount"),
        ] {
            let headers = [("Content-Type", SCIM_TYPE)];
            scim.send("POST", path, &headers, Some(body.as_bytes()))
                .refused(400, scim_type);
        }
    }
    let person = scim.made("/Users", &user("ada@corp.example"));
    scim.get(&format!("/Users/{person}/.search"))
        .refused(404, "");
}
