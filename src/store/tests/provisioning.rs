use std::sync::Arc;

use crate::app;
use crate::domain::actor::Permission;
use crate::domain::connection::{HourSums, ProviderKind, SettingsChange};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::provisioning::{
    Counted, LogSearch, Note, Outcome, ProvisioningFilter, Refusal, ResultKind,
};
use crate::domain::query::{Start, Window};
use crate::domain::reason::Reason;
use crate::domain::text::Label;
use crate::store::testing::{NOW_MS, TestDb, request};
use crate::store::tokens::SecretHash;
use crate::store::tx::WriteTx;
use crate::store::writer::{Authority, LogSpec, Write};

const DAY_MS: i64 = 86_400_000;

fn connected(db: &TestDb) -> SecretHash {
    let (_, issued) = db
        .write(|tx| {
            let name = Label::parse("Okta")?;
            app::connections::create(tx, ProviderKind::Okta, &name, &SettingsChange::default())
        })
        .expect("a connection");
    db.db.authenticate(&issued.secret).expect("a token").0
}

fn refusal(error: &Error) -> Refusal {
    Refusal {
        status: 409,
        scim_type: "uniqueness",
        reason: error.reason(),
        detail: error.message().to_owned(),
    }
}

fn send(
    db: &TestDb,
    secret: SecretHash,
    f: impl FnOnce(&WriteTx<'_>) -> Result<()> + Send + 'static,
) -> Result<()> {
    let write = Write {
        authority: Authority::Token {
            secret,
            account: db.account.id,
        },
        permission: Permission::ScimWrite,
        request: request(),
        log: Some(LogSpec {
            logged: Arc::default(),
            success: 200,
            refusal,
            note: Note::default(),
        }),
    };
    db.db.write_blocking(write, f)
}

fn outcomes(db: &TestDb, filter: &ProvisioningFilter) -> Vec<Outcome> {
    let window = Window {
        from: Start::After(0),
        limit: 100,
    };
    let rows = db
        .read(|tx| app::provisioning::list(tx, filter, window))
        .expect("rows");
    rows.into_iter().map(|row| row.outcome).collect()
}

#[test]
fn what_was_sent_is_logged_also_when_it_was_refused() {
    let db = TestDb::new();
    let secret = connected(&db);
    send(&db, secret, |_| Ok(())).expect("accepted");
    let refused = send(&db, secret, |tx| {
        tx.note_target("User", "17", "ada@corp.example");
        Err(Error::conflict(
            Reason::UserNameTaken,
            "Taken; choose another.",
        ))
    });
    assert_eq!(refused.map_err(|error| error.kind()), Err(Kind::Conflict));
    let all = ProvisioningFilter::default();
    assert_eq!(outcomes(&db, &all), [Outcome::Unchanged, Outcome::Refused]);
    let only = ProvisioningFilter {
        connection: Some("okta".to_owned()),
        outcome: Some(Outcome::Refused),
        since_ms: Some(NOW_MS),
    };
    assert_eq!(outcomes(&db, &only), [Outcome::Refused]);
    let row = db
        .read(|tx| app::provisioning::show(tx, "2"))
        .expect("a row");
    assert_eq!(
        (row.target_name.as_str(), row.status),
        ("ada@corp.example", 409)
    );
    assert!(
        row.fix()
            .is_some_and(|fix| fix.contains("match on userName"))
    );
    let unknown = ProvisioningFilter {
        connection: Some("Entra".to_owned()),
        ..all
    };
    let window = Window {
        from: Start::Newest,
        limit: 1,
    };
    let unknown = db.read(|tx| app::provisioning::list(tx, &unknown, window));
    assert_eq!(
        unknown.map_err(|error| error.kind()).err(),
        Some(Kind::NotFound)
    );
}

#[test]
fn old_rows_go_and_numbers_are_not_used_again() {
    let db = TestDb::new();
    let secret = connected(&db);
    for _ in 0..3 {
        send(&db, secret, |_| Ok(())).expect("accepted");
    }
    db.now_ms
        .store(NOW_MS + 31 * DAY_MS, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(db.db.remove_old_provisioning(30).expect("removed"), 2);
    assert_eq!(db.db.remove_old_provisioning(30).expect("nothing left"), 0);
    send(&db, secret, |_| Ok(())).expect("accepted");
    let row = db.read(|tx| app::provisioning::show(tx, "4"));
    assert!(row.is_ok());
}

#[test]
fn rows_are_counted_as_far_back_as_is_looked() {
    let db = TestDb::new();
    let secret = connected(&db);
    send(&db, secret, |_| Ok(())).expect("accepted");
    send(&db, secret, |_| Ok(())).expect("accepted");
    let refused = send(&db, secret, |tx| {
        tx.note_target("User", "17", "ada@corp.example");
        Err(Error::conflict(Reason::UserNameTaken, "Taken."))
    });
    assert!(refused.is_err());
    send(&db, secret, |_| Ok(())).expect("accepted");
    let count = |wanted: LogSearch, looked| {
        db.read(|tx| app::provisioning::count(tx, &wanted, looked))
            .expect("counted")
    };
    let hour = NOW_MS.div_euclid(3_600_000);
    let of = |refused, writes, looked_to_ms| Counted {
        hours: vec![(
            hour,
            HourSums {
                writes,
                refused,
                ..HourSums::default()
            },
        )],
        looked_to_ms,
    };
    let text = |text: &str| LogSearch {
        text: Some(text.to_owned()),
        ..LogSearch::default()
    };
    assert_eq!(count(text("ADA@"), 100), of(1, 0, None));
    assert_eq!(count(text("nobody"), 100), Counted::default());
    let accepted = LogSearch {
        result: Some(ResultKind::Accepted),
        ..LogSearch::default()
    };
    assert_eq!(count(accepted.clone(), 4), of(0, 3, None));
    assert_eq!(count(accepted.clone(), 3), of(0, 2, Some(NOW_MS)));
    let since = LogSearch {
        since_ms: Some(NOW_MS + 1),
        ..accepted
    };
    assert_eq!(count(since, 3), Counted::default());
}
