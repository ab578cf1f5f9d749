//! How filters are answered: by which index, and up to which size.

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde_json::json;

use crate::app;
use crate::domain::error::Result;
use crate::domain::listing::Listing;
use crate::domain::query::{GroupCondition, MemberCondition};
use crate::scim::filter::{FILTER_BYTES_MAX, FILTER_COMPARISONS_MAX, FILTER_DEPTH_MAX, Filter};
use crate::scim::schema::{Attribute, COMMON, ENTERPRISE, GROUP, USER};
use crate::scim::{group, user};
use crate::store::members::seq_of;
use crate::store::query::{Place, Where};
use crate::store::testing::TestDb;
use crate::store::tx::ReadTx;

const BASE_URL: &str = "https://provost.example";
const ID: &str = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";

fn parsed(filter: &str) -> Filter {
    Filter::parse(filter).expect("a filter")
}

/// What SQLite does for a page of the list, a line each; and whether a worker may do it.
fn plan(tx: &ReadTx<'_>, kind: &str, filter: &str) -> Result<(String, bool)> {
    let (place, filter) = (Place::of(tx)?, parsed(filter));
    let (clause, from, alias, selective) = if kind == "Users" {
        let filter = user::lower(&filter, BASE_URL).expect("a filter that can be asked");
        let selective = filter.is_selective(&MemberCondition::is_indexed);
        (Where::members(&filter, place), "members m", "m", selective)
    } else {
        let filter = group::lower(&filter, BASE_URL).expect("a filter that can be asked");
        let selective = filter.is_selective(&GroupCondition::is_indexed);
        (Where::groups(&filter, place), "groups g", "g", selective)
    };
    let plus = if clause.by_or { "+" } else { "" };
    let sql = format!(
        "EXPLAIN QUERY PLAN SELECT {alias}.seq FROM {from}
         WHERE {plus}{alias}.seq BETWEEN ? AND ? AND {} ORDER BY {alias}.seq LIMIT ? OFFSET ?",
        clause.sql
    );
    let keys = [0, 1].map(|next| Value::from(seq_of(place.account + next, 0)));
    let values = keys.into_iter().chain(clause.values);
    let values = values.chain([Value::from(100), Value::from(0)]);
    let mut statement = tx.conn().prepare(&sql)?;
    let lines: Vec<String> = statement
        .query_map(params_from_iter(values), |row| row.get(3))?
        .collect::<rusqlite::Result<_>>()?;
    Ok((lines.join("\n"), selective))
}

/// A filter, a step of its plan, and whether a worker may do it. `ID` and `AT` stand for an id
/// and an instant, `BASE` for the address of the door.
const LOOKED_UP: &[(&str, &str, &str, bool)] = &[
    (
        "Users",
        "userName eq \"a\"",
        "(account=? AND user_name_key=?",
        true,
    ),
    (
        "Users",
        "displayName eq \"a\"",
        "(account=? AND display_name_key=?",
        true,
    ),
    (
        "Users",
        "externalId eq \"a\"",
        "(connection=? AND value=?)",
        true,
    ),
    (
        "Users",
        "emails eq \"a\"",
        "(account=? AND value_key=?)",
        true,
    ),
    (
        "Users",
        "emails.value eq \"a\"",
        "(account=? AND value_key=?)",
        true,
    ),
    (
        "Users",
        "emails[type eq \"b\" and value eq \"a\"]",
        "(account=? AND value_key=?)",
        true,
    ),
    (
        "Users",
        "emails[value eq \"a\" and primary eq true]",
        "(account=? AND value_key=?)",
        true,
    ),
    ("Users", "id eq \"ID\"", "(id=?)", true),
    (
        "Users",
        "meta.location eq \"BASE/Users/ID\"",
        "(id=?)",
        true,
    ),
    (
        "Users",
        "meta.lastModified eq \"AT\"",
        "(account=? AND modified_ms=?",
        true,
    ),
    (
        "Users",
        "userName eq \"a\" and title co \"x\"",
        "(account=? AND user_name_key=?",
        true,
    ),
    (
        "Users",
        "roles co \"x\" and externalId eq \"a\"",
        "(connection=? AND value=?)",
        true,
    ),
    (
        "Users",
        "groups.display eq \"g\" and userName eq \"a\"",
        "(account=? AND user_name_key=?",
        true,
    ),
    (
        "Users",
        "emails eq \"a\" and meta.lastModified ge \"AT\"",
        "(account=? AND value_key=?)",
        true,
    ),
    (
        "Users",
        "displayName eq \"a\" and meta.lastModified ge \"AT\"",
        "(account=? AND display_name_key=?",
        true,
    ),
    (
        "Users",
        "meta.lastModified lt \"AT\" and userName eq \"a\" and userName sw \"a\"",
        "(account=? AND user_name_key=?",
        true,
    ),
    (
        "Users",
        "userName eq \"a\" or externalId eq \"b\"",
        "MULTI-INDEX OR",
        true,
    ),
    (
        "Users",
        "userName eq \"a\" or emails eq \"b\" or id eq \"ID\"",
        "MULTI-INDEX OR",
        true,
    ),
    (
        "Users",
        "(userName eq \"a\" or externalId eq \"b\") and meta.lastModified ge \"AT\"",
        "MULTI-INDEX OR",
        true,
    ),
    (
        "Users",
        "(userName eq \"a\" or externalId eq \"b\") and title co \"x\"",
        "MULTI-INDEX OR",
        true,
    ),
    (
        "Users",
        "userName eq \"a\" and title pr or emails eq \"b\" and active eq true",
        "MULTI-INDEX OR",
        true,
    ),
    (
        "Groups",
        "displayName eq \"a\" or externalId eq \"b\"",
        "SEARCH g USING INTEGER PRIMARY KEY (rowid=?)",
        true,
    ),
    (
        "Users",
        "userName sw \"a\"",
        "(account=? AND user_name_key>? AND user_name_key<?)",
        false,
    ),
    (
        "Users",
        "displayName sw \"a\"",
        "(account=? AND display_name_key>? AND display_name_key<?)",
        false,
    ),
    (
        "Users",
        "meta.lastModified gt \"AT\"",
        "(account=? AND modified_ms>?)",
        false,
    ),
    (
        "Users",
        "meta.lastModified le \"AT\"",
        "(account=? AND modified_ms<?)",
        false,
    ),
    (
        "Users",
        "meta.lastModified ge \"AT\" and meta.lastModified lt \"AT\"",
        "(account=? AND modified_ms>? AND modified_ms<?)",
        false,
    ),
    (
        "Users",
        "groups eq \"a\"",
        "(account=? AND scim_id=?",
        false,
    ),
    ("Groups", "id eq \"a\"", "(account=? AND scim_id=?", true),
    (
        "Groups",
        "displayName eq \"a\"",
        "(account=? AND name_key=?)",
        true,
    ),
    (
        "Groups",
        "externalId eq \"a\"",
        "(connection=? AND value=?)",
        true,
    ),
    (
        "Groups",
        "members eq \"ID\"",
        "group_members_by_member (member=?)",
        true,
    ),
    (
        "Groups",
        "members[value eq \"ID\" and $ref sw \"h\"]",
        "(member=?)",
        true,
    ),
];

#[test]
fn what_clients_ask_is_looked_up_in_an_index() {
    let db = TestDb::new();
    for (kind, filter, step, by_worker) in LOOKED_UP {
        let filter = filter
            .replace("ID", ID)
            .replace("AT", "2026-11-21T08:30:00Z")
            .replace("BASE", BASE_URL);
        let (plan, selective) = db.read(|tx| plan(tx, kind, &filter)).expect("a plan");
        assert!(plan.contains(step), "{filter}:\n{plan}");
        assert_eq!(selective, *by_worker, "{filter}");
        // Whether the account denies anything is one look.
        let plan = plan.replace("policies_that_deny (account=?)", "policies_that_deny");
        // Never by going through the account.
        for step in [
            "SCAN m",
            "SCAN g",
            "SCAN x",
            "SCAN y",
            "(account=?)",
            "m USING INTEGER PRIMARY KEY (rowid>?",
            "g USING INTEGER PRIMARY KEY (rowid>?",
        ] {
            assert!(!plan.contains(step), "{filter}:\n{plan}");
        }
    }
}

#[test]
fn nobody_else_s_account_is_gone_through_for_an_or() {
    let db = TestDb::new();
    let keys = ["userName", "emails", "externalId", "displayName"];
    let tests: Vec<String> = (0..FILTER_COMPARISONS_MAX)
        .map(|i| format!("{} eq \"{i}\"", keys[i % keys.len()]))
        .collect();
    for filter in [
        tests.join(" or "),
        "userName eq \"a\" or title eq \"b\"".to_owned(),
        "userName eq \"a\" or noSuchThing eq \"b\"".to_owned(),
        "userName eq \"a\" or (emails eq \"b\" or id eq \"x\") and active eq true".to_owned(),
        "userName eq \"a\" or not (emails eq \"b\")".to_owned(),
    ] {
        let (plan, _) = db.read(|tx| plan(tx, "Users", &filter)).expect("a plan");
        assert!(!plan.contains("SCAN m"), "{plan}");
    }
}

#[test]
fn a_part_of_a_name_is_looked_for_in_the_narrow_rows() {
    let db = TestDb::new();
    for filter in [
        "userName co \"a\"",
        "userName ew \"a\"",
        "displayName co \"a\"",
        "emails co \"a\"",
        "externalId sw \"a\"",
    ] {
        let (plan, selective) = db.read(|tx| plan(tx, "Users", filter)).expect("a plan");
        assert!(
            !plan.contains(" m USING INTEGER PRIMARY KEY (rowid>?"),
            "{filter}:\n{plan}"
        );
        assert!(!selective, "{filter}");
    }
}

/// The paths of a table's attributes.
fn paths(urn: Option<&str>, table: &'static [Attribute]) -> Vec<String> {
    let prefix = urn.map(|urn| format!("{urn}:")).unwrap_or_default();
    let mut paths = Vec::new();
    for attribute in table {
        paths.push(format!("{prefix}{}", attribute.name));
        for sub in attribute.subs {
            paths.push(format!("{prefix}{}.{}", attribute.name, sub.name));
        }
    }
    paths
}

/// The largest filters that can be read: as many comparisons as there may be, and as deep.
fn largest(path: &str) -> Vec<String> {
    let is_date = path.ends_with(".created") || path.ends_with(".lastModified");
    let text = if is_date { "2026-11-21T00:00:00Z" } else { "x" };
    let (ne, pr) = (format!("{path} ne \"{text}\""), format!("{path} pr"));
    let kinds = [[&ne, &ne], [&pr, &pr], [&pr, &ne]];
    kinds.into_iter().flat_map(largest_of).collect()
}

/// Of these two tests in turn.
fn largest_of([first, second]: [&String; 2]) -> [String; 3] {
    let len = first.len().max(second.len());
    let fit = |joined: usize, outer: usize, others: usize| {
        let comparisons = FILTER_COMPARISONS_MAX - others;
        ((FILTER_BYTES_MAX - outer) / (len + joined)).min(comparisons)
    };
    let tests = |count: usize| {
        let both = [first.as_str(), second.as_str()];
        both.into_iter().cycle().take(count)
    };
    let wide = |count: usize| tests(count).collect::<Vec<_>>().join(" or ");
    let id = format!("id eq \"{ID}\" and ()");
    let of_one = id.replace("()", &format!("({})", wide(fit(4, id.len(), 1))));
    let levels = FILTER_DEPTH_MAX / 2;
    let (open, close) = (format!("not ({first} or ({second} and "), "))");
    let around = levels * (open.len() + close.len());
    let inner: Vec<&str> = tests(fit(5, around, 2 * levels)).collect();
    let (opened, closed) = (open.repeat(levels), close.repeat(levels));
    let deep = format!("{opened}{}{closed}", inner.join(" and "));
    [wide(fit(4, 0, 0)), of_one, deep]
}

#[test]
fn the_largest_filters_run() {
    let db = TestDb::new();
    db.write(|tx| {
        let document = json!({ "userName": "ada", "emails": [{ "value": "ada@corp.example" }] });
        let attributes = document.as_object().cloned().unwrap_or_default();
        app::members::add(tx, attributes).map(|_| ())
    })
    .expect("a member");
    let common = paths(None, COMMON);
    let mut users = [common.clone(), paths(None, USER.attributes)].concat();
    users.extend(paths(None, ENTERPRISE.attributes));
    let groups = [common, paths(None, GROUP.attributes)].concat();
    for path in users {
        for filter in largest(&path).iter().map(|filter| parsed(filter)) {
            let lowered = user::lower(&filter, BASE_URL).expect("a filter that can be asked");
            let found = db.read(|tx| {
                let listing = Listing::first(Some(lowered), 10);
                app::members::list(tx, &listing, &mut |_| ())
            });
            assert!(found.is_ok(), "{path}: {:?}", found.err());
        }
    }
    for path in groups {
        for filter in largest(&path).iter().map(|filter| parsed(filter)) {
            let lowered = group::lower(&filter, BASE_URL).expect("a filter that can be asked");
            let found = db.read(|tx| {
                let listing = Listing::first(Some(lowered), 10);
                app::groups::list(tx, &listing, &mut |_| ())
            });
            assert!(found.is_ok(), "{path}: {:?}", found.err());
        }
    }
}
