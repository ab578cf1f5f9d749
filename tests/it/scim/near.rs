//! Lists that look short and are not: they are begun on a worker and read on the pool.

use provost::app;
use serde_json::{Value, json};

use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{Client, percent, text};
use crate::harness::fixtures::{user, with};
use crate::harness::pages::{all_ids, cursor, total};

/// More than SQLite goes through before it looks at the time.
const PEOPLE: usize = 1500;

/// Many people with one displayName and one address, a few groups, and how their ids are told
/// apart from those of another server.
fn many(near_read_ms: Option<u64>) -> (TestApp, Vec<String>) {
    let setup = Setup {
        near_read_ms,
        ..Setup::default()
    };
    let app = setup.spawn();
    let mut ids = app.write(|tx| {
        let add = |i: usize| {
            let more =
                json!({ "displayName": "Same", "emails": [{ "value": "all@corp.example" }] });
            let person = with(user(&format!("p{}@corp.example", i * 7 % PEOPLE)), more);
            let attributes = person.as_object().cloned().unwrap_or_default();
            app::members::add(tx, attributes).map(|member| member.id.to_string())
        };
        (0..PEOPLE).map(add).collect::<Result<Vec<_>, _>>()
    });
    let scim = app.scim();
    for name in ["b", "A", "c"] {
        let members = ids[..3].to_vec();
        ids.push(scim.new_group(name, &members));
    }
    (app, ids)
}

/// A page without what differs between two servers: who is on it, by number.
fn shape(page: &Value, known: &[String]) -> Value {
    let number = |id: String| known.iter().position(|known| *known == id);
    let who: Vec<_> = page["Resources"]
        .as_array()
        .expect("Resources")
        .iter()
        .map(|item| number(text(item, "id")))
        .collect();
    json!([
        who,
        total(page),
        page["itemsPerPage"],
        page.get("startIndex"),
        cursor(page, "nextCursor").is_some(),
        cursor(page, "previousCursor").is_some(),
    ])
}

/// Everything that is asked, and what came.
fn answers(scim: &Client, known: &[String]) -> Vec<(String, Value)> {
    let same = "displayName eq \"same\"";
    let all = "emails eq \"ALL@corp.example\"";
    let filters = [
        same.to_owned(),
        all.to_owned(),
        format!("{all} and {same}"),
        format!("{same} or userName eq \"p7@corp.example\" or {all}"),
        format!("{all} and not (userName ew \"1@corp.example\")"),
        "userName eq \"p7@corp.example\"".to_owned(),
        format!("id eq \"{}\"", known[4]),
        "displayName eq \"nobody\"".to_owned(),
    ];
    let mut queries: Vec<String> = filters
        .iter()
        .flat_map(|filter| {
            let filter = percent(filter);
            [
                format!("filter={filter}"),
                format!("filter={filter}&startIndex=900&count=200"),
                format!("filter={filter}&sortBy=userName&sortOrder=descending&count=50"),
                format!("filter={filter}&count=0"),
            ]
        })
        .collect();
    for plain in [
        "count=1000",
        "startIndex=1200&count=40",
        "sortBy=userName&count=700",
        "sortBy=meta.lastModified&sortOrder=descending&count=30",
        "sortBy=title&count=30",
    ] {
        queries.push(plain.to_owned());
    }
    let mut answers = Vec::new();
    let users = queries.iter().map(|query| format!("/Users?{query}"));
    let groups = [
        "",
        "sortBy=displayName",
        "filter=displayName%20eq%20%22a%22",
        "sortBy=externalId",
    ];
    let groups = groups.iter().map(|query| format!("/Groups?{query}"));
    for path in users.chain(groups) {
        let page = scim.get(&path).is(200).json();
        answers.push((path, shape(&page, known)));
    }
    for filter in &filters {
        for path in ["/.search", "/Users/.search"] {
            let search = json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
                "filter": filter, "startIndex": 3, "count": 400,
            });
            let page = scim.post(path, &search).is(200).json();
            answers.push((format!("{path} {filter}"), shape(&page, known)));
        }
    }
    for filter in [same, all] {
        let query = format!("filter={}&count=600", percent(filter));
        let pages = scim.by_cursor("Users", &query);
        let back = scim.back("Users", &query, &pages[pages.len() - 1]);
        assert_eq!(all_ids(&back), all_ids(&pages));
        let shapes = pages.iter().map(|page| shape(page, known)).collect();
        answers.push((query, shapes));
    }
    answers
}

#[test]
fn a_list_that_is_no_short_read_is_answered_all_the_same() {
    let (pressed, pressed_ids) = many(Some(0));
    let (usual, usual_ids) = many(Some(60_000));
    let wanted = answers(&usual.scim(), &usual_ids);
    let found = answers(&pressed.scim(), &pressed_ids);
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        let (query, wanted) = (&wanted.0, &wanted.1);
        assert_eq!(found.1, *wanted, "{query}");
    }
    // The lists are not all empty ones.
    assert_eq!(wanted[0].1[1], PEOPLE);
}
