//! Lists read to their end, while they change: by number (RFC 7644 3.4.2.4) and by cursor
//! (RFC 9865) alike.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::harness::Random;
use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{Client, percent};
use crate::harness::fixtures::{user, with};
use crate::harness::pages::{all_ids, cursor, ids, total};

#[track_caller]
fn gone(scim: &Client, people: &[String]) {
    for id in people {
        scim.delete(&format!("/Users/{id}")).is(204);
    }
}

#[test]
fn who_reads_in_order_misses_nobody_when_those_read_are_deleted() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (name, query) in [
        ("plain", String::new()),
        ("sorted", "sortBy=userName".to_owned()),
        ("titled", "sortBy=title&sortOrder=descending".to_owned()),
        ("picked", format!("filter={}", percent("active eq true"))),
    ] {
        let made = scim.new_users(name, 20);
        // More than a page goes, and so the total falls below numbers that were read.
        let read = scim.by_index("Users", &query, 4, |read| {
            if read == 8 {
                gone(&scim, &made[..6]);
            }
        });
        let unique: HashSet<&String> = read.iter().collect();
        assert_eq!(unique.len(), read.len(), "{name}: nobody twice");
        for id in &made[6..] {
            assert!(read.contains(id), "{name}: somebody was missed");
        }
        gone(&scim, &made[6..]);
    }
}

#[test]
fn who_reads_in_order_meets_nobody_twice_when_others_come() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_users("m", 12);
    for (round, query) in ["", "sortBy=userName", "sortBy=id&sortOrder=descending"]
        .into_iter()
        .enumerate()
    {
        let read = scim.by_index("Users", query, 5, |read| {
            // One before all that was read, one behind.
            for name in ["a", "z"] {
                scim.new_user(&format!("{name}{round}-{read}@corp.example"));
            }
        });
        let unique: HashSet<&String> = read.iter().collect();
        assert_eq!(unique.len(), read.len(), "{query}");
        assert!(made.iter().all(|id| read.contains(id)), "{query}");
    }
}

#[test]
fn a_first_page_begins_anew() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_users("person", 12);
    let page = |start| ids(&scim.page_from("Users", "", start, 4));
    assert_eq!(
        (page(1), page(5)),
        (made[..4].to_vec(), made[4..8].to_vec())
    );
    gone(&scim, &made[..2]);
    assert_eq!(page(1), made[2..6]);
    assert_eq!(page(5), made[6..10]);
    // Asked again, and asked with another count.
    assert_eq!(page(5), made[6..10]);
    assert_eq!(ids(&scim.page_from("Users", "", 5, 100)), made[6..]);
    let past = scim.page_from("Users", "", 11, 4);
    assert!(ids(&past).is_empty() && total(&past) == 10);
}

#[test]
fn nobody_elses_reading_moves_a_page() {
    let app = Setup::standing_clock().spawn();
    let scim = app.scim();
    let other = app.client(&app.new_token("other", |_| {}));
    let made = scim.new_users("person", 12);
    scim.page_from("Users", "", 1, 4);
    gone(&scim, &made[..2]);
    // Another token counts rows off, and so does another list of the same token.
    assert_eq!(ids(&other.page_from("Users", "", 5, 4)), made[6..10]);
    assert_eq!(
        ids(&scim.page_from("Users", "sortBy=meta.created", 5, 4)),
        made[6..10]
    );
    assert_eq!(ids(&scim.page_from("Users", "", 6, 4)), made[7..11]);
    // The list that was being read goes on, for as long as its place is kept.
    assert_eq!(ids(&scim.page_from("Users", "", 5, 4)), made[4..8]);
    app.pass(5 * 60 * 1000);
    assert_eq!(ids(&scim.page_from("Users", "", 5, 4)), made[4..8]);
    app.pass(5 * 60 * 1000 + 1);
    assert_eq!(ids(&scim.page_from("Users", "", 5, 4)), made[6..10]);
}

#[test]
fn the_total_is_that_of_the_first_page_of_a_filtered_list() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_users("person", 10);
    let filter = format!("filter={}", percent("active eq true"));
    assert_eq!(total(&scim.page_from("Users", &filter, 1, 3)), 10);
    gone(&scim, &made[8..]);
    // Not counted again while there are more, and the last page has the end.
    assert_eq!(total(&scim.page_from("Users", &filter, 4, 3)), 10);
    assert_eq!(total(&scim.page_from("Users", &filter, 7, 3)), 8);
    assert_eq!(total(&scim.page_from("Users", &filter, 1, 3)), 8);
    // Everybody's number is kept in the account.
    assert_eq!(total(&scim.page_from("Users", "", 1, 3)), 8);
    scim.new_user("late@corp.example");
    assert_eq!(total(&scim.page_from("Users", "", 4, 3)), 9);
}

#[test]
fn a_jump_into_a_list_counts_rows_off() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_users("person", 9);
    let title = json!([{ "op": "add", "path": "title", "value": "x" }]);
    for id in &made[6..] {
        scim.patch_user(id, &title).is(200);
    }
    let filter = format!("filter={}", percent("active eq true"));
    for (query, start, wanted) in [
        ("", 4, [3, 4]),
        (filter.as_str(), 4, [3, 4]),
        ("sortBy=userName", 4, [3, 4]),
        ("sortBy=userName&sortOrder=descending", 4, [5, 4]),
        // Across the border between those who have one and those who have none.
        ("sortBy=title", 2, [7, 8]),
        ("sortBy=title", 3, [8, 0]),
        ("sortBy=title", 4, [0, 1]),
        ("sortBy=title", 5, [1, 2]),
        ("sortBy=title&sortOrder=descending", 6, [0, 8]),
        ("sortBy=title&sortOrder=descending", 7, [8, 7]),
    ] {
        let page = scim.page_from("Users", query, start, 2);
        let wanted = wanted.map(|at: usize| made[at].clone());
        assert_eq!(
            (ids(&page), total(&page)),
            (wanted.to_vec(), 9),
            "{query} {start}"
        );
    }
    for query in ["", "sortBy=title", "sortBy=userName", filter.as_str()] {
        for start in [10, 11, 1_000_000_000] {
            let page = scim.page_from("Users", query, start, 2);
            assert!(
                ids(&page).is_empty() && total(&page) == 9,
                "{query} {start}"
            );
        }
    }
}

/// A person with some of these attributes, few values of each, in any letter case.
fn anybody(random: &mut Random, number: usize) -> Value {
    let words = ["a", "B", "b", "ä", "Ä", "ss", "ß", "z"];
    let mut more = Map::new();
    let word = |random: &mut Random| words[random.below(words.len())];
    for name in ["title", "displayName", "nickName", "userType"] {
        if random.below(3) > 0 {
            more.insert(name.to_owned(), json!(word(random)));
        }
    }
    if random.below(3) > 0 {
        let entry = |random: &mut Random, primary: bool| json!({ "value": words[random.below(words.len())], "primary": primary });
        let primary = random.below(2) == 0;
        let entries = [entry(random, false), entry(random, primary)];
        more.insert("emails".to_owned(), json!(entries));
    }
    more.insert("active".to_owned(), json!(random.below(4) > 0));
    let prefix = word(random);
    with(user(&format!("{prefix}{number}")), Value::Object(more))
}

const ORDERS: [&str; 12] = [
    "",
    "userName",
    "title",
    "displayName",
    "emails",
    "emails.primary",
    "active",
    "meta.created",
    "meta.lastModified",
    "id",
    "externalId",
    "roles",
];

const FILTERS: [&str; 6] = [
    "",
    "active eq true",
    "title eq \"a\" or title eq \"b\" or title eq \"ss\"",
    "not (nickName eq \"Z\")",
    "displayName eq \"b\"",
    "userType eq \"ä\" and active eq true",
];

fn question(random: &mut Random) -> String {
    let mut query = Vec::new();
    let by = ORDERS[random.below(ORDERS.len())];
    if !by.is_empty() {
        query.push(format!("sortBy={by}"));
        if random.below(2) == 0 {
            query.push("sortOrder=descending".to_owned());
        }
    }
    let filter = FILTERS[random.below(FILTERS.len())];
    if !filter.is_empty() {
        query.push(format!("filter={}", percent(filter)));
    }
    query.join("&")
}

#[test]
fn every_way_to_read_a_list_gives_the_same_sequence() {
    let seed = Random::seed();
    let mut random = Random::seeded(seed);
    let app = TestApp::spawn();
    let scim = app.scim();
    for number in 0..60 {
        scim.made("/Users", &anybody(&mut random, number));
    }
    for _ in 0..60 {
        let query = question(&mut random);
        let what = format!("seed {seed}: {query}");
        let whole = scim.page_from("Users", &query, 1, 200);
        let wanted = ids(&whole);
        assert_eq!(total(&whole), wanted.len(), "{what}");
        let count = 1 + random.below(25);
        let counted = format!("{query}&count={count}");
        let pages = scim.by_cursor("Users", &counted);
        assert_eq!(all_ids(&pages), wanted, "{what} by cursor");
        assert!(
            pages.iter().all(|page| total(page) == wanted.len()),
            "{what}"
        );
        let last = pages.last().expect("a page");
        let back = scim.back("Users", &counted, last);
        assert_eq!(all_ids(&back), wanted, "{what} back");
        let read = scim.by_index("Users", &query, count, |_| ());
        assert_eq!(read, wanted, "{what} by index");
        let start = 1 + random.below(wanted.len() + 2);
        let jump = scim.page_from("Users", &query, start, count);
        let rest = wanted.get(start - 1..).unwrap_or_default();
        assert_eq!(
            ids(&jump),
            rest[..rest.len().min(count)],
            "{what} from {start}"
        );
    }
}

#[test]
fn whoever_was_there_throughout_is_read_exactly_once() {
    let seed = Random::seed();
    let mut random = Random::seeded(seed);
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut number = 0;
    let mut come = |random: &mut Random| {
        number += 1;
        scim.made("/Users", &anybody(random, number))
    };
    let mut there: Vec<String> = (0..40).map(|_| come(&mut random)).collect();
    for round in 0..24 {
        // Sorted by what nobody's reading changes.
        let by = [
            "",
            "&sortBy=userName",
            "&sortBy=title",
            "&sortBy=emails&sortOrder=descending",
        ];
        let query = format!("count={}", 1 + random.below(9)) + by[random.below(by.len())];
        let what = format!("seed {seed}, round {round}: {query}");
        let mut throughout: HashSet<String> = there.iter().cloned().collect();
        let mut churn = |random: &mut Random| {
            for _ in 0..random.below(4) {
                if random.below(2) == 0 || there.is_empty() {
                    there.push(come(random));
                } else {
                    let id = there.swap_remove(random.below(there.len()));
                    scim.delete(&format!("/Users/{id}")).is(204);
                    throughout.remove(&id);
                }
            }
        };
        let read = if random.below(2) == 0 {
            let mut pages = vec![scim.page_at("Users", &query, "")];
            while let Some(next) = pages.last().and_then(|page| cursor(page, "nextCursor")) {
                churn(&mut random);
                assert!(pages.len() < 1000, "{what}: it never ends");
                pages.push(scim.page_at("Users", &query, &next));
            }
            all_ids(&pages)
        } else {
            let count = 1 + random.below(9);
            let rest = query.split_once('&').map_or("", |(_, rest)| rest);
            scim.by_index("Users", rest, count, |_| churn(&mut random))
        };
        let unique: HashSet<&String> = read.iter().collect();
        assert_eq!(unique.len(), read.len(), "{what}: somebody twice");
        let missed = throughout.iter().filter(|id| !unique.contains(id)).count();
        assert_eq!(missed, 0, "{what}: somebody was missed");
        while there.len() < 40 {
            there.push(come(&mut random));
        }
    }
}
