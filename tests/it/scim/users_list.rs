//! GET /Users: paging (RFC 7644 3.4.2.4).

use serde_json::Value;

use crate::harness::app::TestApp;
use crate::harness::client::{Client, text};

#[track_caller]
fn page(scim: &Client, query: &str) -> (u64, u64, Vec<String>) {
    let list = scim.get(&format!("/Users?{query}")).is(200).json();
    let items = list["Resources"].as_array().expect("Resources");
    let names = items.iter().map(|item| text(item, "userName")).collect();
    let number = |name: &str| list[name].as_u64().expect("a number");
    (number("totalResults"), number("startIndex"), names)
}

fn names(list: &Value) -> Vec<String> {
    let items = list["Resources"].as_array().expect("Resources");
    items.iter().map(|item| text(item, "id")).collect()
}

#[test]
fn an_empty_account_answers_an_empty_list() {
    let app = TestApp::spawn();
    let list = app.scim().get("/Users").is(200).json();
    assert_eq!(list["totalResults"], 0);
    assert_eq!(list["startIndex"], 1);
    assert_eq!(list["itemsPerPage"], 0);
    assert_eq!(list["Resources"], serde_json::json!([]));
}

#[test]
fn pages_meet_without_gap_or_overlap() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_users("person", 7);
    let (total, start, all) = page(&scim, "");
    assert_eq!((total, start, all.len()), (7, 1, 7));
    let mut seen = Vec::new();
    for start in [1, 4, 7] {
        let (total, at, names) = page(&scim, &format!("startIndex={start}&count=3"));
        assert_eq!((total, at), (7, start));
        seen.extend(names);
    }
    assert_eq!(seen, all);
}

#[test]
fn counts_out_of_range_are_clamped() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_users("person", 3);
    assert_eq!(page(&scim, "startIndex=0&count=2").1, 1);
    assert_eq!(page(&scim, "startIndex=-5&count=2").1, 1);
    assert_eq!(page(&scim, "count=0"), (3, 1, Vec::new()));
    assert_eq!(page(&scim, "count=-1"), (3, 1, Vec::new()));
    assert_eq!(page(&scim, "startIndex=4&count=2").2, Vec::<String>::new());
    assert_eq!(page(&scim, "startIndex=99999999999&count=2").0, 3);
}

#[test]
fn what_is_no_number_is_refused() {
    let app = TestApp::spawn();
    for query in ["count=ten", "startIndex=1.5", "count=", "startIndex=x"] {
        app.scim()
            .get(&format!("/Users?{query}"))
            .refused(400, "invalidValue");
    }
}

#[test]
fn a_page_holds_at_most_200() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for i in 0..201 {
        scim.new_group(&format!("Group {i}"), &[]);
    }
    for (count, wanted) in [("199", 199), ("200", 200), ("201", 200), ("100000", 200)] {
        let list = scim.get(&format!("/Groups?count={count}")).is(200).json();
        assert_eq!(list["itemsPerPage"], wanted, "count={count}");
        assert_eq!(list["totalResults"], 201);
    }
    let unasked = scim.get("/Groups").is(200).json();
    assert!(unasked["itemsPerPage"].as_u64() <= Some(200));
    let last = scim.get("/Groups?startIndex=201&count=200").is(200).json();
    assert_eq!(names(&last).len(), 1);
}

#[test]
fn a_filtered_list_is_paged_too() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 5);
    scim.set_active(&ids[2], false);
    let list = scim
        .get("/Users?filter=active%20eq%20true&startIndex=2&count=2")
        .is(200)
        .json();
    assert_eq!(list["totalResults"], 4);
    assert_eq!(names(&list), [ids[1].clone(), ids[3].clone()]);
}

#[test]
fn inactive_people_are_listed() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.set_active(&id, false);
    assert_eq!(page(&scim, "").2, ["ada@corp.example"]);
}

#[test]
fn a_list_shows_only_its_own_account() {
    let app = TestApp::spawn();
    app.other_account().new_user("ada@corp.example");
    assert_eq!(page(&app.scim(), "").0, 0);
}

#[test]
fn a_listed_person_is_what_a_get_answers() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    scim.new_group("Analysts", &ids[..1]);
    let list = scim.get("/Users").is(200).json();
    for (item, id) in list["Resources"]
        .as_array()
        .expect("Resources")
        .iter()
        .zip(&ids)
    {
        assert_eq!(*item, scim.read_user(id));
    }
}
