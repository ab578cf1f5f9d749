//! sortBy and sortOrder (RFC 7644 3.4.2.3).

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, ENTERPRISE_URN, percent};
use crate::harness::fixtures::{user, with};
use crate::harness::pages::{all_ids, ids};

/// Whoever is listed, by the part of userName before the `@`, or by displayName.
#[track_caller]
fn order(scim: &Client, kind: &str, query: &str) -> String {
    let list = scim.get(&format!("/{kind}?{query}")).is(200).json();
    let items = list["Resources"].as_array().expect("Resources");
    let name = |item: &Value| {
        let named = if kind == "Users" {
            "userName"
        } else {
            "displayName"
        };
        let name = item[named].as_str().unwrap_or_default();
        name.split('@').next().unwrap_or_default().to_owned()
    };
    items.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// The order upwards, and the same backwards as the order downwards.
#[track_caller]
fn sorted(scim: &Client, kind: &str, by: &str, wanted: &str) {
    let by = format!("sortBy={}", percent(by));
    assert_eq!(order(scim, kind, &by), wanted, "{by}");
    let up = order(scim, kind, &format!("{by}&sortOrder=Ascending"));
    assert_eq!(up, wanted, "{by}");
    let mut reverse: Vec<&str> = wanted.split(' ').collect();
    reverse.reverse();
    let down = order(scim, kind, &format!("{by}&sortOrder=descending"));
    assert_eq!(down, reverse.join(" "), "{by} down");
}

/// Four people whose attributes are in other orders than their names.
fn four() -> (TestApp, Vec<String>) {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mail = |value: &str, kind: &str| json!({ "value": value, "type": kind });
    let people = [
        (
            "b",
            json!({
                "displayName": "ärmel", "title": "m", "externalId": "Z", "active": false,
                "name": { "familyName": "Straße", "givenName": "x" },
                "emails": [mail("4@x.example", "work"), mail("0@x.example", "home")],
                "photos": [{ "value": "https://x.example/b" }],
                ENTERPRISE_URN: { "department": "2", "manager": { "value": "m2" } },
            }),
        ),
        (
            "D",
            json!({
                "displayName": "Zebra", "externalId": "a",
                "name": { "familyName": "STRASSE" },
                "emails": [mail("9@x.example", "a"),
                    { "value": "1@x.example", "type": "z", "primary": true }],
                "photos": [{ "value": "https://x.example/B" }],
                ENTERPRISE_URN: { "department": "10", "manager": { "value": "m3" } },
            }),
        ),
        (
            "a",
            json!({
                "displayName": "Ähre", "title": "M", "externalId": "b",
                "name": { "familyName": "zebra" },
                "emails": [mail("3@X.example", "b")],
                ENTERPRISE_URN: { "department": "1", "manager": { "value": "M1" } },
            }),
        ),
        ("C", json!({ "title": "k", "emails": [] })),
    ];
    let make = |(name, more): &(&str, Value)| {
        scim.made(
            "/Users",
            &with(user(&format!("{name}@corp.example")), more.clone()),
        )
    };
    let ids = people.iter().map(make).collect();
    (app, ids)
}

#[test]
fn people_are_sorted_by_what_they_have_and_who_has_nothing_comes_last() {
    let (app, ids) = four();
    let scim = app.scim();
    for (by, wanted) in [
        // Letter case aside; who ties stays in the order of being made.
        ("userName", "a b C D"),
        ("USERNAME", "a b C D"),
        ("title", "C b a D"),
        ("name.familyName", "b D a C"),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName",
            "b D a C",
        ),
        ("name.givenName", "b D a C"),
        ("displayName", "D a b C"),
        // The primary value, else the first.
        ("emails", "D a b C"),
        ("emails.value", "D a b C"),
        ("emails.type", "a b D C"),
        ("emails.primary", "D b a C"),
        // Letter case counts in exact ones.
        ("externalId", "b D a C"),
        ("photos", "D b a C"),
        // Texts, not numbers.
        ("department", "a D b C"),
        ("manager", "a b D C"),
        ("active", "b D a C"),
        ("nickName", "b D a C"),
        ("id", "b D a C"),
        ("meta.created", "b D a C"),
        ("meta.location", "b D a C"),
        ("meta.resourceType", "b D a C"),
        ("schemas", "b D a C"),
    ] {
        if matches!(by, "id" | "meta.location") {
            // Ids of one millisecond are in no order that a test knows.
            let list = scim.get(&format!("/Users?sortBy={by}")).is(200).json();
            let mut wanted = ids.clone();
            wanted.sort();
            assert_eq!(crate::harness::pages::ids(&list), wanted, "{by}");
            continue;
        }
        sorted(&scim, "Users", by, wanted);
    }
    scim.set_active(&ids[2], false);
    sorted(&scim, "Users", "active", "b a D C");
    assert_eq!(order(&scim, "Users", ""), "b D a C");
    assert_eq!(order(&scim, "Users", "sortOrder=descending"), "b D a C");
    assert_eq!(order(&scim, "Users", "sortBy=&sortOrder="), "b D a C");
}

#[test]
fn people_are_sorted_by_times_groups_and_roles() {
    let app = crate::harness::app::Setup::standing_clock().spawn();
    let scim = app.scim();
    let mut ids = Vec::new();
    for name in ["c", "b", "a"] {
        ids.push(scim.new_user(&format!("{name}@corp.example")));
        app.pass(1000);
    }
    scim.set_active(&ids[1], false);
    sorted(&scim, "Users", "meta.created", "c b a");
    sorted(&scim, "Users", "meta.lastModified", "c a b");
    sorted(&scim, "Users", "id", "c b a");
    // Only whoever is active holds roles.
    sorted(&scim, "Users", "roles", "c a b");
    sorted(&scim, "Users", "roles.type", "c a b");
    scim.new_group("Zebras", &ids[..1]);
    scim.new_group("apes", &ids[1..2]);
    sorted(&scim, "Users", "groups.display", "b c a");
    sorted(&scim, "Users", "groups.type", "c b a");
    let of = |by: &str| order(&scim, "Users", &format!("sortBy={by}"));
    assert_eq!(of("groups"), of("groups.value"));
    assert_eq!(of("groups.%24ref"), of("groups.value"));
    assert!(of("groups").ends_with(" a"));
}

#[test]
fn groups_are_sorted_too() {
    let app = crate::harness::app::Setup::standing_clock().spawn();
    let scim = app.scim();
    let mut people = Vec::new();
    for i in 0..2 {
        people.push(scim.new_user(&format!("p{i}@corp.example")));
        app.pass(1000);
    }
    let groups = ["c", "B", "a"].map(|name| {
        let id = scim.new_group(name, &[]);
        app.pass(1000);
        id
    });
    let add = |group: &str, member: &str| {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": member }] }]);
        scim.patch_group(group, &add).is(200);
        app.pass(1000);
    };
    add(&groups[2], &people[0]);
    add(&groups[1], &people[1]);
    let name = json!([{ "op": "replace", "path": "externalId", "value": "x" }]);
    scim.patch_group(&groups[1], &name).is(200);
    for (by, wanted) in [
        ("displayName", "a B c"),
        ("id", "c B a"),
        ("meta.created", "c B a"),
        ("meta.lastModified", "c a B"),
        ("members", "a B c"),
        ("members.value", "a B c"),
        ("members.type", "B a c"),
        ("externalId", "B c a"),
        ("schemas", "c B a"),
    ] {
        sorted(&scim, "Groups", by, wanted);
    }
}

#[test]
fn external_ids_are_those_of_who_asks() {
    let (app, ids) = four();
    let other = app.provider(provost::domain::connection::ProviderKind::Generic);
    for (id, external) in [(&ids[0], "3"), (&ids[1], "1"), (&ids[3], "2")] {
        let set = json!([{ "op": "add", "path": "externalId", "value": external }]);
        other.patch_user(id, &set).is(200);
    }
    sorted(&other, "Users", "externalId", "D C b a");
    sorted(&app.scim(), "Users", "externalId", "b D a C");
}

#[test]
fn what_cannot_be_sorted_by_is_refused() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_user("ada@corp.example");
    for (kind, query) in [
        ("Users", "sortBy=shoeSize"),
        ("Users", "sortBy=name"),
        ("Users", "sortBy=addresses"),
        ("Users", "sortBy=meta"),
        ("Users", "sortBy=meta.version"),
        ("Users", "sortBy=members"),
        ("Users", "sortBy=name.shoeSize"),
        ("Users", "sortBy=emails%5Btype%20eq%20%22work%22%5D"),
        ("Users", "sortBy=a%20b"),
        ("Users", "sortBy=urn%3Ax%3AuserName"),
        ("Users", "sortBy=userName&sortOrder=up"),
        ("Users", "sortOrder=asc"),
        ("Groups", "sortBy=userName"),
        ("Groups", "sortBy=meta.version"),
    ] {
        let detail = scim
            .get(&format!("/{kind}?{query}"))
            .refused(400, "invalidValue");
        assert!(detail.contains("sort"), "{detail}");
    }
}

#[test]
fn a_filter_and_an_order_go_together() {
    let (app, _) = four();
    let scim = app.scim();
    for (filter, by, wanted) in [
        ("title eq \"m\"", "userName", "a b"),
        ("active eq true", "displayName", "D a C"),
        ("emails eq \"1@x.example\"", "userName", "D"),
        ("userName eq \"c@corp.example\"", "title", "C"),
        ("name.familyName eq \"strasse\"", "emails", "D b"),
        ("shoeSize eq 1", "title", ""),
    ] {
        let query = format!("filter={}&sortBy={by}", percent(filter));
        assert_eq!(order(&scim, "Users", &query), wanted, "{filter}");
        let list = scim.get(&format!("/Users?{query}")).is(200).json();
        assert_eq!(list["totalResults"], wanted.split_whitespace().count());
    }
}

#[test]
fn long_values_that_begin_alike_are_told_apart() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let beginning = "ä".repeat(2000);
    let ends = [3, 1, 5, 2, 4];
    let made: Vec<String> = ends
        .iter()
        .map(|end| {
            let long = format!("{beginning}{end}");
            let name = json!({ "displayName": long, "title": long });
            scim.made("/Users", &with(user(&format!("p{end}@corp.example")), name))
        })
        .collect();
    let wanted = [1, 3, 0, 4, 2].map(|at: usize| made[at].clone());
    for by in ["displayName", "title"] {
        let query = format!("sortBy={by}&count=1");
        let pages = scim.by_cursor("Users", &query);
        assert_eq!(all_ids(&pages), wanted);
        let last = pages.last().expect("a page");
        assert_eq!(all_ids(&scim.back("Users", &query, last)), wanted);
    }
    assert_eq!(
        scim.by_index("Users", "sortBy=displayName", 2, |_| ()),
        wanted
    );
    // Also when the row at the place is picked no more.
    let query = "count=2&sortBy=title&filter=active%20eq%20true";
    let first = scim.page_at("Users", query, "");
    scim.set_active(&wanted[1], false);
    let next = first["nextCursor"].as_str().unwrap_or_default();
    assert_eq!(ids(&scim.page_at("Users", query, next)), wanted[2..4]);
    // What is kept of a place is short: it goes into a URL.
    let page = scim.page_at("Users", "sortBy=displayName&count=1", "");
    let next = page["nextCursor"].as_str().unwrap_or_default();
    assert!(next.len() < 1500, "{}", next.len());
    assert_eq!(ids(&page), wanted[..1]);
}
