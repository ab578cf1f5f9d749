//! What SQLite does for a page: the plans behind the promise that a deep one costs what the
//! first one does.

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde_json::json;

use super::*;
use crate::app;
use crate::app::members::Precondition;
use crate::domain::id::MemberId;
use crate::domain::listing::{
    Begin, Compare, DocumentPath, MemberSort, Order, Position, SortValue, Span,
};
use crate::domain::query::{Filter, MemberCondition, TextOp, TextTest, ValueTest};
use crate::store::testing::TestDb;

/// What EXPLAIN QUERY PLAN says of a statement, a line each.
pub(in crate::store) fn plan(tx: &ReadTx<'_>, sql: &str, values: &[Value]) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let params = params_from_iter(values.iter().cloned());
    let lines = crate::store::sql::list(tx.conn(), &sql, params, |row| row.get(3));
    lines.expect("a plan")
}

fn listing(key: MemberSort, filter: Option<MemberCondition>) -> MemberListing {
    MemberListing {
        filter: filter.map(Filter::Is),
        order: Order {
            key,
            descending: false,
        },
        span: Span {
            begin: Begin::First,
            limit: 100,
            known_total: None,
        },
    }
}

/// The plans of the statements for the page beyond a place in the middle.
fn plans(listing: &MemberListing, key: SortValue, backward: bool) -> Vec<Vec<String>> {
    let db = TestDb::new();
    let place = Position { key, seq: 500_000 };
    let of = |tx: &ReadTx<'_>| {
        let asked = asked(tx, listing)?;
        let mut plans = Vec::new();
        for (sql, mut values) in asked.statements(Some(&place), backward) {
            values.push(Value::from(101));
            plans.push(plan(tx, &sql, &values));
        }
        Ok(plans)
    };
    db.read(of).expect("plans")
}

#[test]
fn one_person_is_found_by_their_key_alone() {
    let db = TestDb::new();
    let folded = |folded| TextTest {
        op: TextOp::Equals,
        wanted: "a".to_owned(),
        folded,
    };
    let unique = [
        MemberCondition::Id(MemberId::from_bytes([7; 16])),
        MemberCondition::UserName(folded(true)),
        MemberCondition::ExternalId(ValueTest::Text(folded(false))),
    ];
    for condition in unique {
        assert!(condition.is_unique());
        let listing = listing(MemberSort::Made, Some(condition));
        let of = |tx: &ReadTx<'_>| {
            let (sql, values) = asked(tx, &listing)?.one_sql(&STATEMENTS, tx);
            Ok(plan(tx, &sql, &values))
        };
        let plan = db.read(of).expect("a plan");
        let through_all = |line: &String| line.contains("SCAN") || line.ends_with("(account=?)");
        assert!(!plan.iter().any(through_all), "{plan:#?}");
    }
}

fn text(text: &str) -> SortValue {
    SortValue::Text(text.to_owned())
}

#[test]
fn a_page_of_everybody_begins_at_its_place() {
    let db = TestDb::new();
    for sql in [&STATEMENTS.up, &STATEMENTS.down] {
        let values = [1, 1, 500_000, 101].map(Value::from);
        let plan = db.read(|tx| Ok(plan(tx, sql, &values))).expect("a plan");
        let wanted = "SEARCH m USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
        assert_eq!(plan.first().map(String::as_str), Some(wanted), "{plan:#?}");
        let found = |part: &str| plan.iter().any(|line| line.contains(part));
        assert!(!found("SCAN") && !found("TEMP B-TREE"), "{plan:#?}");
    }
}

#[test]
fn a_page_in_the_order_of_an_index_begins_at_its_place() {
    for (sort, key, index) in [
        (
            MemberSort::UserName,
            text("m"),
            "sqlite_autoindex_members_2 (account=? AND user_name_key",
        ),
        (
            MemberSort::ModifiedAt,
            SortValue::Integer(7),
            "members_by_modified (account=? AND modified_ms",
        ),
        (
            MemberSort::DisplayName,
            text("m"),
            "members_by_display_name (account=? AND display_name_key",
        ),
    ] {
        for (backward, range) in [(false, ">?)"), (true, "<?)")] {
            let plans = plans(&listing(sort.clone(), None), key.clone(), backward);
            let plan = &plans[0];
            let begins = plan[0].contains(index) && plan[0].ends_with(range);
            assert!(begins && plan.len() == 1, "{sort:?} {plan:#?}");
        }
    }
}

#[test]
fn a_selective_filter_finds_its_rows_whatever_the_place() {
    let key = || "ada@corp.example".to_owned();
    let equals = || TextTest {
        op: TextOp::Equals,
        wanted: key(),
        folded: true,
    };
    for (condition, wanted) in [
        (MemberCondition::UserName(equals()), "user_name_key=?"),
        (
            MemberCondition::Email {
                key: key(),
                kind_key: None,
            },
            "rowid=?)",
        ),
        (
            MemberCondition::ExternalId(ValueTest::Text(equals())),
            "rowid=?)",
        ),
    ] {
        let listing = listing(MemberSort::Made, Some(condition));
        for plan in plans(&listing, SortValue::Missing, false) {
            assert!(plan[0].contains(wanted), "{plan:#?}");
        }
    }
}

#[test]
fn an_order_without_an_index_sorts_no_more_than_a_page_at_a_time() {
    let path = DocumentPath {
        names: vec!["title"],
        entries: None,
    };
    let sort = MemberSort::Document {
        path,
        compare: Compare::Folded,
    };
    assert!(!sort.is_indexed());
    for plan in plans(&listing(sort, None), text("m"), false) {
        assert!(plan[0].contains("m USING INTEGER PRIMARY KEY"), "{plan:#?}");
        assert!(!plan.iter().any(|line| line.contains("MATERIALIZE")));
    }
}

/// A page that begins after so many rows.
fn jump(db: &TestDb, offset: usize) -> Vec<MemberId> {
    let offset = i64::try_from(offset).expect("few");
    let listing = MemberListing {
        span: Span {
            begin: Begin::At(offset),
            limit: 3,
            known_total: None,
        },
        ..MemberListing::first(None, 3)
    };
    let page = db.read(|tx| {
        let id = |member: &MemberView<'_>| member.id().parse();
        list(tx, &listing, &mut { id })
    });
    let ids = page.expect("a page").items.into_iter();
    ids.collect::<std::result::Result<_, _>>().expect("ids")
}

#[test]
fn a_jump_finds_its_row_whatever_came_and_went() {
    let db = TestDb::new();
    let add = |number: usize| {
        let name = json!({ "userName": format!("p{number}@corp.example") });
        let attributes = name.as_object().cloned().unwrap_or_default();
        db.write(move |tx| app::members::add(tx, attributes).map(|member| member.id))
            .expect("a member")
    };
    let mut people: Vec<MemberId> = (0..300).map(add).collect();
    // Any numbers do: what matters is that they jump about.
    let mut random = 7_usize;
    for step in 0..400 {
        random = random.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        let at = (random >> 8) % people.len();
        match random >> 4 & 15 {
            0 => {
                // Also the last one, whose key the next one gets.
                let at = if step % 2 == 0 { at } else { people.len() - 1 };
                let id = people.remove(at);
                db.write(move |tx| app::members::delete(tx, id, &Precondition::default()))
                    .expect("gone");
            }
            1 | 2 => people.push(add(1000 + step)),
            _ => {
                let end = people.len().min(at + 3);
                assert_eq!(jump(&db, at), people[at..end], "step {step}, after {at}");
            }
        }
    }
}
