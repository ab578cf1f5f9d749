use crate::app;
use crate::domain::audit::{AuditFilter, AuditFound, AuditLook, AuditVerdict};
use crate::domain::query::{Start, Window};
use crate::domain::text::Label;
use crate::domain::token::{AddressCondition, Expiry, NewOwner, NewToken, TokenTemplate};
use crate::store::testing::{NOW_MS, TestDb};

const NO_TRIGGERS: &str = "DROP TRIGGER audit_rows_stay_as_they_are; DROP TRIGGER audit_rows_stay;";

/// A log of 31 rows.
fn log() -> TestDb {
    let db = TestDb::new();
    for number in 0..30 {
        fill(&db, number);
    }
    db
}

fn fill(db: &TestDb, number: i64) {
    db.write(move |tx| {
        let new = NewToken {
            name: Label::parse(&format!("token {number}"))?,
            template: TokenTemplate::Read,
            owner: NewOwner::Account,
            expires: Expiry::Never,
            not_before_ms: None,
            addresses: AddressCondition::default(),
        };
        app::tokens::create(tx, &new).map(|_| ())
    })
    .expect("a token");
}

fn verify(db: &TestDb) -> AuditVerdict {
    app::audit::verify(&db.db).expect("a log that can be read")
}

fn first_bad_after(sql: &str) -> Option<i64> {
    let db = log();
    db.tamper(&format!("{NO_TRIGGERS}{sql}"));
    verify(&db).fault.map(|fault| fault.seq)
}

#[test]
fn a_whole_log_has_no_fault() {
    let db = log();
    assert!(db.db.anchor_if_due().expect("anchored"));
    let whole = AuditVerdict {
        rows: 31,
        last_seq: 31,
        anchors: 1,
        fault: None,
    };
    assert_eq!(verify(&db), whole);
    let last = db.db.verify_audit(Some(10)).expect("a verdict");
    assert_eq!((last.rows, last.fault), (10, None));
}

#[test]
fn every_tampering_is_found_at_its_row() {
    for (sql, seq) in [
        (
            "UPDATE audit SET entry = replace(entry, 'token', 'taken') WHERE seq = 7",
            7,
        ),
        ("UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 31", 31),
        ("UPDATE audit SET account = NULL WHERE seq = 9", 9),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 12", 12),
        ("DELETE FROM audit WHERE seq < 3", 1),
        (
            "DELETE FROM audit WHERE seq = 12;
             UPDATE audit SET seq = seq - 1 WHERE seq > 12",
            12,
        ),
        (
            "UPDATE audit SET seq = 1000 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6;
             UPDATE audit SET seq = 6 WHERE seq = 1000",
            5,
        ),
        (
            "INSERT INTO audit (seq, id, account, at_ms, entry, hash)
             SELECT 32, id, account, at_ms, entry, hash FROM audit WHERE seq = 31",
            32,
        ),
    ] {
        assert_eq!(first_bad_after(sql), Some(seq), "{sql}");
    }
}

#[test]
fn an_edited_row_is_called_edited() {
    let db = log();
    db.tamper(&format!(
        "{NO_TRIGGERS} UPDATE audit SET entry = '{{}}' WHERE seq = 7"
    ));
    let fault = verify(&db).fault.expect("a fault");
    assert!(
        fault
            .what
            .contains("edited: its hash belongs to another text"),
        "{}",
        fault.what
    );
}

#[test]
fn a_cut_off_end_is_found_by_its_anchor() {
    let db = log();
    assert!(db.db.anchor_if_due().expect("anchored"));
    db.tamper(&format!("{NO_TRIGGERS} DELETE FROM audit WHERE seq > 20"));
    let fault = verify(&db).fault.expect("a fault");
    assert_eq!(fault.seq, 21);
    assert!(fault.what.contains("cut off"), "{}", fault.what);
}

#[test]
fn a_log_written_anew_under_the_same_key_is_found_by_its_anchor() {
    let mut db = log();
    assert!(db.db.anchor_if_due().expect("anchored"));
    db.tamper(&format!("{NO_TRIGGERS} DELETE FROM audit"));
    db.restart();
    for number in 0..32 {
        fill(&db, number);
    }
    let fault = verify(&db).fault.expect("a fault");
    assert_eq!(fault.seq, 31);
    assert!(fault.what.contains("replaced"), "{}", fault.what);
}

#[test]
fn a_forged_anchor_is_a_fault_and_a_torn_one_is_not() {
    let db = log();
    assert!(db.db.anchor_if_due().expect("anchored"));
    let file = db.path().join("anchors.log");
    let good = std::fs::read_to_string(&file).expect("anchors");
    std::fs::write(&file, format!("{good}{{\"seq\":3")).expect("a file");
    assert_eq!(verify(&db).fault, None);
    std::fs::write(&file, good.replace("\"seq\":31", "\"seq\":30")).expect("a file");
    assert!(verify(&db).fault.is_some());
}

#[test]
fn an_anchor_is_due_after_an_hour_with_news() {
    let db = log();
    assert!(db.db.anchor_if_due().expect("the first"));
    assert!(!db.db.anchor_if_due().expect("nothing new"));
    db.now_ms
        .store(NOW_MS + 3_600_000, std::sync::atomic::Ordering::Relaxed);
    assert!(!db.db.anchor_if_due().expect("still nothing new"));
    db.write(|tx| app::tokens::revoke(tx, "token 3"))
        .expect("revoked");
    assert!(db.db.anchor_if_due().expect("an hour and a row"));
    assert_eq!(verify(&db).anchors, 2);
}

#[test]
fn rows_are_listed_by_window_account_and_action() {
    let db = log();
    let list = |filter: AuditFilter, from, limit| -> Vec<i64> {
        let rows = db.read(|tx| app::audit::list(tx, &filter, Window { from, limit }));
        rows.expect("rows").into_iter().map(|row| row.seq).collect()
    };
    let all = AuditFilter::default;
    assert_eq!(list(all(), Start::Newest, 3), [31, 30, 29]);
    assert_eq!(list(all(), Start::Before(29), 2), [28, 27]);
    assert_eq!(list(all(), Start::After(1), 2), [2, 3]);
    // The first row is the box's, not the account's.
    assert_eq!(list(all(), Start::After(0), 1), [2]);
    let action = AuditFilter {
        action: Some("create token".to_owned()),
        since_ms: None,
    };
    assert_eq!(list(action, Start::Newest, 1), [31]);
    let verb = AuditFilter {
        action: Some("delete".to_owned()),
        since_ms: None,
    };
    assert_eq!(list(verb, Start::Newest, 1), Vec::<i64>::new());
    let late = AuditFilter {
        since_ms: Some(NOW_MS + 1),
        ..all()
    };
    assert_eq!(list(late, Start::Newest, 1), Vec::<i64>::new());
    let row = db.read(|tx| app::audit::show(tx, "5")).expect("a row");
    let by_id = db
        .read(|tx| app::audit::show(tx, &row.id.to_string()))
        .expect("a row");
    assert_eq!((by_id.seq, row.entry.contains("secret")), (5, false));
}

#[test]
fn changes_of_one_thing_are_found_look_by_look() {
    let db = log();
    let row = db.read(|tx| app::audit::show(tx, "5")).expect("a row");
    let entry: serde_json::Value = serde_json::from_str(&row.entry).expect("JSON");
    let id = entry["resource"]["id"].as_str().expect("an id");
    let look = |since_ms, before, looked| {
        let found = db.read(|tx| app::audit::about(tx, [id, id], since_ms, before, (looked, 50)));
        let AuditFound { rows, next, .. } = found.expect("rows");
        (rows.iter().map(|row| row.seq).collect::<Vec<_>>(), next)
    };
    // Rows 22 to 31 are about others, and there are older ones.
    assert_eq!(look(0, None, 10), (vec![], Some(22)));
    assert_eq!(look(0, Some(22), 10), (vec![], Some(12)));
    assert_eq!(look(0, Some(12), 10), (vec![5], Some(2)));
    assert_eq!(look(0, Some(2), 10), (vec![], None));
    assert_eq!(look(0, None, 100), (vec![5], None));
    // The next look begins where this one ends, row by row.
    assert_eq!(look(0, None, 27), (vec![5], Some(5)));
    assert_eq!(look(0, None, 26), (vec![], Some(6)));
    // Nothing is looked for from before it was made, as far as a clock may be trusted.
    assert_eq!(look(NOW_MS + 60_001, None, 10), (vec![], None));
    assert_eq!(look(NOW_MS + 60_000, None, 100), (vec![5], None));
    let others = ["ffffffffffffffffffffffffffffffff", id];
    let found = db.read(|tx| app::audit::about(tx, others, 0, None, (100, 50)));
    assert_eq!(found.expect("rows").rows.len(), 1);
}

#[test]
fn a_look_goes_less_far_where_rows_are_large() {
    let db = log();
    let row = db.read(|tx| app::audit::show(tx, "5")).expect("a row");
    let entry: serde_json::Value = serde_json::from_str(&row.entry).expect("JSON");
    let id = entry["resource"]["id"].as_str().expect("an id");
    let look = |looked| {
        let found = db.read(|tx| app::audit::about(tx, [id, id], 0, None, (looked, 50)));
        let AuditFound { rows, next, .. } = found.expect("rows");
        (rows.iter().map(|row| row.seq).collect::<Vec<_>>(), next)
    };
    assert_eq!(look(12), (vec![], Some(20)));
    // Two rows of 20 KiB count as eleven each.
    db.tamper(&format!(
        "{NO_TRIGGERS} UPDATE audit SET entry = entry || printf('%20000s', '')
         WHERE seq IN (31, 29);"
    ));
    assert_eq!(look(12), (vec![], Some(30)));
    assert_eq!(look(13), (vec![], Some(29)));
    assert_eq!(look(46), (vec![], Some(6)));
    assert_eq!(look(47), (vec![5], Some(5)));
    // A row that can't be read is about nothing, and hides none of the others.
    db.tamper(&format!("UPDATE audit SET entry = '{{{id}' WHERE seq = 6;"));
    assert_eq!(look(100), (vec![5], None));
}

#[test]
fn the_log_is_looked_through_from_a_time_and_no_further_than_asked() {
    let db = TestDb::new();
    for number in 0..30 {
        let now_ms = NOW_MS + number * 1000;
        db.now_ms
            .store(now_ms, std::sync::atomic::Ordering::Relaxed);
        fill(&db, number);
    }
    let look = |change: &dyn Fn(&mut AuditLook), span| {
        let mut look = AuditLook {
            text: String::new(),
            actor: String::new(),
            verb: None,
            done: None,
            object: String::new(),
            source: None,
            since_ms: i64::MIN,
            until_ms: i64::MAX,
            before: None,
        };
        change(&mut look);
        let found = db.read(|tx| app::audit::look(tx, &look, span));
        let AuditFound { rows, next, .. } = found.expect("rows");
        (rows.iter().map(|row| row.seq).collect::<Vec<_>>(), next)
    };
    assert_eq!(look(&|_| {}, (100, 2)), (vec![31, 30], Some(30)));
    assert_eq!(
        look(&|look| look.before = Some(4), (100, 2)),
        (vec![3, 2], Some(2))
    );
    // The first row is the box's, not the account's.
    assert_eq!(
        look(&|look| look.before = Some(3), (100, 50)),
        (vec![2], None)
    );
    // What does not match counts too, and what is asked for is found where it is.
    let named = |name: &'static str| move |look: &mut AuditLook| name.clone_into(&mut look.object);
    assert_eq!(look(&named("no such thing"), (3, 50)), (vec![], Some(29)));
    assert_eq!(look(&named("TOKEN 12"), (100, 50)), (vec![14], None));
    // Row n + 2 is of NOW_MS + n seconds.
    let until = |look: &mut AuditLook| look.until_ms = NOW_MS + 10_000;
    assert_eq!(look(&until, (100, 2)), (vec![11, 10], Some(10)));
    let since = |look: &mut AuditLook| look.since_ms = NOW_MS + 28_001;
    assert_eq!(look(&since, (100, 50)), (vec![31], None));
    let never = |look: &mut AuditLook| look.until_ms = NOW_MS - 1;
    assert_eq!(look(&never, (100, 50)), (vec![], None));
}
