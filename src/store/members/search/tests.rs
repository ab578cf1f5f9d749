//! Every way of finding members finds the same ones in the same order, and none reads more than
//! it may.

mod part;

use rusqlite::params_from_iter;
use serde_json::json;

use self::part::set;
use super::super::list::tests::plan;
use super::*;
use crate::app;
use crate::domain::connection::{ProviderKind, SettingsChange};
use crate::domain::text::Label;
use crate::store::testing::TestDb;

/// Nothing is few and each page looks at five; half of it is few; all is, whoever is found by what
/// else than the name; and then an index is gone along not at all, or not far.
const BOUNDS: [Bounds; 6] = [
    bounds(0, 5, 9),
    bounds(6, 4, 9),
    bounds(100, 1, 9),
    bounds(100, 1, 0),
    Bounds {
        row: 0,
        ..bounds(100, 1, 0)
    },
    Bounds {
        row: 1,
        ..bounds(100, 1, 0)
    },
];

const fn bounds(few: i64, looked: i64, elsewhere: usize) -> Bounds {
    Bounds {
        few,
        looked,
        elsewhere,
        row: super::BOUNDS.row,
    }
}

/// A member as the tests know them.
#[derive(Debug)]
struct Known {
    id: MemberId,
    seq: i64,
    texts: Vec<String>,
    name: String,
    state: String,
    connection: Option<i64>,
    modified_ms: i64,
}

/// Thirty people, of two providers and of none, in all states.
fn town() -> (TestDb, [ConnectionId; 2]) {
    let db = TestDb::new();
    let connect = |name: &'static str| {
        db.write(move |tx| {
            let name = Label::parse(name).expect("a name");
            app::connections::create(tx, ProviderKind::Okta, &name, &SettingsChange::default())
        })
        .expect("a connection")
        .0
        .id
    };
    let connections = [connect("One"), connect("Two")];
    for number in 0..30 {
        let name = format!(
            "{}.p{number}@corp.example",
            ["zoe", "Ada", "max"][number % 3]
        );
        let mut person = json!({ "userName": name });
        if number % 2 == 0 {
            person["displayName"] = json!(["Maria 100%", "Zoë_Straße", "x*[y]?"][number % 3]);
        }
        if number % 4 == 1 {
            person["name"] = json!({ "givenName": "Grace", "familyName": "HOPPER*" });
        }
        if number % 5 == 0 {
            person["emails"] =
                json!([{ "value": name }, { "value": format!("m{number}@x.example") }]);
        }
        let attributes = person.as_object().cloned().expect("an object");
        db.write(move |tx| app::members::add(tx, attributes))
            .expect("a member");
    }
    db.attack(
        "UPDATE members SET connection = (SELECT seq FROM connections WHERE name = 'One')
         WHERE seq % 4 = 1;
         UPDATE members SET connection = (SELECT seq FROM connections WHERE name = 'Two')
         WHERE seq % 4 = 2;
         UPDATE members SET modified_ms = modified_ms - (seq * 7) % 11;
         UPDATE members SET state = 'inactive' WHERE seq % 5 = 3;
         UPDATE members SET state = 'pending' WHERE seq % 13 = 6;",
    )
    .expect("a change by all rules");
    (db, connections)
}

fn known(tx: &ReadTx<'_>) -> Result<Vec<Known>> {
    let read = |row: &Row<'_>| {
        let (name, display): (String, Option<String>) = (row.get(2)?, row.get(3)?);
        let (addresses, given): (Option<String>, Option<String>) = (row.get(7)?, row.get(8)?);
        // Whoever has a displayName is shown by that.
        let shown = given
            .filter(|_| display.is_none())
            .map(|_| "grace hopper*".to_owned());
        Ok(Known {
            id: row.get(0)?,
            seq: row.get(1)?,
            texts: [Some(name.clone()), display, shown, addresses]
                .into_iter()
                .flatten()
                .collect(),
            name,
            state: row.get(4)?,
            connection: row.get(5)?,
            modified_ms: row.get(6)?,
        })
    };
    Ok(rows(
        tx.conn(),
        "SELECT m.id, m.seq, m.user_name_key, m.display_name_key, m.state, m.connection,
                m.modified_ms, (SELECT group_concat(e.value_key, char(10)) FROM member_emails e
                                WHERE e.member = m.seq), m.document ->> '$.name.givenName'
         FROM members m ORDER BY m.seq",
        [],
        read,
    )?)
}

/// Who is wanted, found without the database.
fn expected(tx: &ReadTx<'_>, wanted: &MemberSearch) -> Result<Vec<MemberId>> {
    let source = match wanted.source {
        Some(Some(id)) => Some(connection(tx, id)?),
        Some(None) => Some(None),
        None => None,
    };
    let mut all = known(tx)?;
    all.retain(|one| {
        wanted
            .part
            .as_ref()
            .is_none_or(|part| one.texts.iter().any(|text| text.contains(part)))
            && wanted.state.is_none_or(|state| state.name() == one.state)
            && source.is_none_or(|source| source == one.connection)
    });
    all.sort_by(|a, b| {
        let order = match wanted.order {
            SearchOrder::Name => a.name.cmp(&b.name),
            SearchOrder::Changed => a.modified_ms.cmp(&b.modified_ms),
            SearchOrder::Made => std::cmp::Ordering::Equal,
        };
        let order = order.then(a.seq.cmp(&b.seq));
        if wanted.descending {
            order.reverse()
        } else {
            order
        }
    });
    Ok(all.into_iter().map(|one| one.id).collect())
}

/// All pages of so many, one after the other.
fn found(
    tx: &ReadTx<'_>,
    wanted: &MemberSearch,
    (bounds, each): (Bounds, usize),
) -> Result<Vec<MemberId>> {
    let limit = i64::try_from(each).expect("small");
    let (mut all, mut begin) = (Vec::new(), Begin::First);
    for _ in 0..100 {
        let page = search(tx, wanted, &begin, limit, bounds)?;
        assert!(page.ids.len() <= each, "{wanted:?}");
        assert!(!page.partly || page.next.is_some(), "{wanted:?}");
        all.extend(page.ids);
        match page.next {
            Some(next) => begin = Begin::After(next),
            None => return Ok(all),
        }
    }
    panic!("no end of {wanted:?}");
}

/// Every mixture of what can be asked for.
fn questions(connections: [ConnectionId; 2]) -> Vec<MemberSearch> {
    let parts = [
        None,
        Some(""),
        Some("ada"),
        Some("@corp"),
        Some("100%"),
        Some("_s"),
        Some("*["),
        Some("y]?"),
        Some("a?a"),
        Some("ce hop"),
        Some("per*"),
        Some("ss"),
        Some("m1"),
        Some("1"),
        Some("nobody"),
    ];
    let states = [
        None,
        Some(State::Active),
        Some(State::Pending),
        Some(State::Inactive),
    ];
    let [one, two] = connections.map(|id| Some(Some(id)));
    let mut all = Vec::new();
    for part in parts {
        for state in states {
            for source in [None, Some(None), one, two] {
                for order in [SearchOrder::Name, SearchOrder::Changed, SearchOrder::Made] {
                    all.extend([false, true].map(|descending| MemberSearch {
                        part: part.map(str::to_owned),
                        state,
                        source,
                        order,
                        descending,
                    }));
                }
            }
        }
    }
    all
}

#[test]
fn every_way_finds_the_same_members_in_the_same_order() {
    let (db, connections) = town();
    let mut in_all = 0;
    for wanted in questions(connections) {
        let right = db.read(|tx| expected(tx, &wanted)).expect("members");
        in_all += right.len();
        for asked in BOUNDS
            .map(|bounds| (bounds, 3))
            .into_iter()
            .chain([(BOUNDS[2], 1)])
        {
            let found = db.read(|tx| found(tx, &wanted, asked)).expect("pages");
            assert_eq!(found, right, "{wanted:?} {asked:?}");
        }
    }
    assert!(
        in_all > 2_000,
        "{in_all}: the questions find hardly anybody"
    );
}

#[test]
fn a_connection_of_nobody_and_a_text_of_no_name_find_nobody() {
    let (db, _) = town();
    let nobody = ConnectionId::from_bytes([9; 16]);
    let mut wanted = MemberSearch {
        part: None,
        state: None,
        source: Some(Some(nobody)),
        order: SearchOrder::Name,
        descending: false,
    };
    let look = |wanted: &MemberSearch| {
        db.read(|tx| search(tx, wanted, &Begin::First, 3, super::BOUNDS))
            .expect("a page")
    };
    assert!(look(&wanted).ids.is_empty());
    (wanted.source, wanted.part) = (None, Some("a".repeat(60_000)));
    assert!(look(&wanted).ids.is_empty());
}

/// The plan of each statement that a question may run, but those through all texts.
fn plans(wanted: &MemberSearch) -> Vec<Vec<String>> {
    let db = TestDb::new();
    let at = Position {
        key: match wanted.order {
            SearchOrder::Name => crate::domain::listing::SortValue::Text("m".to_owned()),
            SearchOrder::Changed => crate::domain::listing::SortValue::Integer(7),
            SearchOrder::Made => crate::domain::listing::SortValue::Missing,
        },
        seq: 500_000,
    };
    db.read(|tx| {
        let asked = Asked {
            account: tx.account()?,
            wanted,
            connection: wanted.source.map(|_| Value::from(1)),
            place: Some(&at),
            limit: 50,
            bounds: super::BOUNDS,
        };
        let (conditions, bound) = asked.conditions(FoundBy::Else);
        let mut all = vec![
            asked.walk_sql(Some(&at), &conditions, bound),
            asked.end_sql(),
            asked.in_order_sql(),
        ];
        for found_by in [FoundBy::Part, FoundBy::Else] {
            let keys = vec![1, 2];
            all.push(asked.of_few_sql(&Few { keys, found_by }, Some(&at)));
        }
        all.extend(asked.few_sql().map(|(sql, mut values)| {
            values.push(Value::from(7));
            (sql, values)
        }));
        if asked.is_by_seq() {
            all.extend(asked.index_sql());
        }
        Ok(all
            .iter()
            .map(|(sql, values)| plan(tx, sql, values))
            .collect())
    })
    .expect("plans")
}

#[test]
fn a_page_begins_at_its_place_and_goes_along_its_index() {
    let nobody = ConnectionId::from_bytes([9; 16]);
    for (order, index) in [
        (
            SearchOrder::Name,
            "sqlite_autoindex_members_2 (account=? AND user_name_key>? AND",
        ),
        (
            SearchOrder::Changed,
            "members_by_modified (account=? AND modified_ms>? AND",
        ),
        (
            SearchOrder::Made,
            "INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        ),
    ] {
        for descending in [false, true] {
            for state in [None, Some(State::Active), Some(State::Inactive)] {
                let wanted = MemberSearch {
                    part: Some("ada".to_owned()),
                    state,
                    source: Some(Some(nobody)),
                    order,
                    descending,
                };
                let plans = plans(&wanted);
                let (walk, end) = (&plans[0], &plans[1]);
                assert!(walk[0].contains(index), "{wanted:?} {walk:#?}");
                assert!(
                    !walk.iter().any(|line| line.contains("TEMP B-TREE")),
                    "{walk:#?}"
                );
                // Of an index the entries alone are read.
                for entries in [end, &plans[2]] {
                    assert_eq!(entries.len(), 1, "{entries:#?}");
                    let is_table = order == SearchOrder::Made;
                    let covered = is_table || entries[0].contains("COVERING INDEX");
                    assert!(covered && entries[0].starts_with("SEARCH"), "{entries:#?}");
                }
                for few in &plans[3..5] {
                    assert!(few[0].contains("SCAN j"), "{few:#?}");
                    assert!(few[1].contains("INTEGER PRIMARY KEY (rowid=?)"), "{few:#?}");
                }
                for plan in &plans[5..] {
                    let own = plan[0].contains("members_by_source (account=? AND connection=?")
                        && plan.len() == 1;
                    assert!(own, "{wanted:?} {plan:#?}");
                }
            }
        }
    }
}

#[test]
fn an_address_is_told_apart_from_the_user_name_when_that_changes() {
    let (db, _) = town();
    let count = |sql: &str| {
        db.read(|tx| {
            Ok(rows(tx.conn(), sql, params_from_iter([0; 0]), |row| {
                row.get::<_, i64>(0)
            })?)
        })
        .expect("a number")[0]
    };
    // Each fifth has the userName as an address, and another one.
    assert_eq!(
        count("SELECT count(*) FROM member_emails WHERE other = 0"),
        6
    );
    assert_eq!(
        count("SELECT count(*) FROM member_emails WHERE other = 1"),
        6
    );
    set(
        &db,
        "zoe.p0@corp.example",
        "userName",
        json!("m0@x.example"),
    );
    assert_eq!(
        count("SELECT count(*) FROM member_emails WHERE other = 0"),
        6
    );
    let addresses = "SELECT e.other FROM member_emails e JOIN members m ON m.seq = e.member
        WHERE m.user_name = 'm0@x.example' ORDER BY e.ordinal";
    assert_eq!(count(addresses), 1, "the address that was the name");
}
