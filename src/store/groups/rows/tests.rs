//! Plans behind pages of groups: see those of members.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::*;
use crate::domain::listing::{Begin, GroupSort, Order, Position, SortValue, Span};
use crate::domain::query::{Filter, GroupCondition, TextOp, TextTest, ValueTest};
use crate::store::testing::TestDb;

fn plan(tx: &ReadTx<'_>, sql: &str, values: Vec<Value>) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let lines =
        crate::store::sql::list(tx.conn(), &sql, params_from_iter(values), |row| row.get(3));
    lines.expect("a plan")
}

#[test]
fn a_page_of_all_groups_begins_at_its_place() {
    let db = TestDb::new();
    let both = [&STATEMENTS, &STATEMENTS_WHOLE];
    for sql in both.iter().flat_map(|of| [&of.up, &of.down]) {
        let values = [1, 1, 500, 101].map(Value::from).to_vec();
        let plan = db.read(|tx| Ok(plan(tx, sql, values))).expect("a plan");
        let wanted = "SEARCH g USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
        assert_eq!(plan.first().map(String::as_str), Some(wanted), "{plan:#?}");
        assert!(
            !plan.iter().any(|line| line.contains("TEMP B-TREE")),
            "{plan:#?}"
        );
    }
}

#[test]
fn one_group_is_found_by_its_key_alone() {
    let db = TestDb::new();
    let external_id = ValueTest::Text(TextTest {
        op: TextOp::Equals,
        wanted: "a".to_owned(),
        folded: false,
    });
    let unique = [
        GroupCondition::Id("a".to_owned()),
        GroupCondition::Name {
            key: "a".to_owned(),
        },
        GroupCondition::ExternalId(external_id),
    ];
    for condition in unique {
        assert!(condition.is_unique());
        let listing = GroupListing::first(Some(Filter::Is(condition)), 100);
        let of = |tx: &ReadTx<'_>| {
            let (sql, values) = asked(tx, &LISTED, &listing)?.one_sql(&STATEMENTS, tx);
            Ok(plan(tx, &sql, values))
        };
        let plan = db.read(of).expect("a plan");
        let through_all = |line: &String| line.contains("SCAN") || line.ends_with("(account=?)");
        assert!(!plan.iter().any(through_all), "{plan:#?}");
    }
}

#[test]
fn a_page_of_groups_by_name_or_id_begins_at_its_place() {
    for (key, index) in [
        (GroupSort::Name, "PRIMARY KEY (account=? AND name_key"),
        (GroupSort::Id, "(account=? AND scim_id"),
    ] {
        let listing = GroupListing {
            filter: None,
            order: Order {
                key,
                descending: false,
            },
            span: Span {
                begin: Begin::First,
                limit: 100,
                known_total: None,
            },
        };
        let place = Position {
            key: SortValue::Text("m".to_owned()),
            seq: 500,
        };
        let db = TestDb::new();
        let of = |tx: &ReadTx<'_>| {
            let (sql, mut values) = asked(tx, &LISTED, &listing)?
                .statements(Some(&place), false)
                .remove(0);
            values.push(Value::from(101));
            Ok(plan(tx, &sql, values))
        };
        let plan = db.read(of).expect("a plan");
        assert!(
            plan[0].contains(index) && plan[0].ends_with(">?)"),
            "{plan:#?}"
        );
        assert!(
            !plan.iter().any(|line| line.contains("TEMP B-TREE")),
            "{plan:#?}"
        );
    }
}
