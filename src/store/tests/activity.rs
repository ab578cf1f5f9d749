use std::net::IpAddr;

use crate::app;
use crate::domain::audit::AuditFilter;
use crate::domain::connection::{HourSums, ProviderKind, SettingsChange};
use crate::domain::provisioning::Outcome;
use crate::domain::query::{Start, Window};
use crate::domain::text::Label;
use crate::store::activity::{SOURCES_MAX, Visit};
use crate::store::testing::{NOW_MS, TestDb};

fn denied_rows(db: &TestDb) -> usize {
    rows(db, "Deny Request")
}

fn clock_steps(db: &TestDb) -> usize {
    rows(db, "Clock Stepped")
}

fn rows(db: &TestDb, action: &str) -> usize {
    let filter = AuditFilter {
        action: Some(action.to_owned()),
        since_ms: None,
    };
    let window = Window {
        from: Start::Newest,
        limit: 10_000,
    };
    let seat = db.db.own_seat("test");
    db.db
        .read(&seat, |tx| app::audit::list(tx, &filter, window))
        .expect("rows")
        .len()
}

#[test]
fn requests_are_summed_by_the_hour() {
    let db = TestDb::new();
    let (connection, issued) = db
        .write(|tx| {
            let name = Label::parse("Okta")?;
            let settings = SettingsChange::default();
            app::connections::create(tx, ProviderKind::Okta, &name, &settings)
        })
        .expect("a connection");
    let (_, seat) = db.db.authenticate(&issued.secret).expect("a seat");
    let visit = |write, outcome| Visit {
        now_ms: NOW_MS,
        write,
        outcome,
        held: false,
        barred: None,
        address: "192.0.2.7".parse().ok(),
        agent: "test",
    };
    for (write, outcome) in [
        (false, Outcome::Unchanged),
        (false, Outcome::Unchanged),
        (true, Outcome::Applied),
        (true, Outcome::Refused),
    ] {
        db.db.activity().record(&seat, &visit(write, outcome));
    }
    let held = Visit {
        held: true,
        ..visit(true, Outcome::Refused)
    };
    db.db.activity().record(&seat, &held);
    db.db.flush_activity(false).expect("written");
    db.db
        .activity()
        .record(&seat, &visit(true, Outcome::Failed));
    db.db.flush_activity(false).expect("written");
    let id = connection.id.to_string();
    let health = db
        .read(|tx| app::connections::health(tx, &id))
        .expect("health");
    assert_eq!(
        health.hours[23],
        HourSums {
            reads: 2,
            writes: 1,
            refused: 1,
            failed: 1,
            held: 1
        }
    );
    assert_eq!(
        (health.last_request_ms, health.last_write_ms),
        (Some(NOW_MS), Some(NOW_MS))
    );
    assert_eq!(health.error_per_mille(), Some(333));
    let token = db
        .read(|tx| app::tokens::find(tx, "Okta"))
        .expect("a token");
    assert_eq!(token.last_used_ms, Some(NOW_MS));
    assert_eq!(token.last_used_address.as_deref(), Some("192.0.2.7"));
}

#[test]
fn a_flood_of_bad_tokens_fills_a_bounded_number_of_rows() {
    let db = TestDb::new();
    for source in 0..6000_u32 {
        let address = IpAddr::from(source.to_be_bytes());
        db.db.activity().record_denied(Some(address), NOW_MS);
        db.db.activity().record_denied(Some(address), NOW_MS);
    }
    db.db.flush_activity(false).expect("nothing is due");
    assert_eq!(denied_rows(&db), 0);
    db.now_ms
        .store(NOW_MS + 60_000, std::sync::atomic::Ordering::Relaxed);
    db.db.flush_activity(false).expect("written");
    assert_eq!(denied_rows(&db), SOURCES_MAX + 1);
}

#[test]
fn a_step_of_the_clock_is_put_on_record() {
    let db = TestDb::new();
    db.db.flush_activity(true).expect("the first look");
    db.now_ms
        .store(NOW_MS - 3_600_000, std::sync::atomic::Ordering::Relaxed);
    db.db.flush_activity(true).expect("written");
    assert_eq!(clock_steps(&db), 1);
}

#[test]
fn a_clock_that_is_behind_at_the_start_is_put_on_record() {
    let db = TestDb::new();
    db.now_ms
        .store(NOW_MS - 3_600_000, std::sync::atomic::Ordering::Relaxed);
    db.db.flush_activity(true).expect("written");
    assert_eq!(clock_steps(&db), 1);
}
