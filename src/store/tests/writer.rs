use std::sync::mpsc;

use crate::app;
use crate::domain::actor::Permission;
use crate::domain::connection::{ConnectionChange, ProviderKind, SettingsChange};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::reason::Reason;
use crate::domain::text::Label;
use crate::store::testing::{TestDb, options, request, write};
use crate::store::tx::WriteTx;
use crate::store::writer::{Authority, Write};
use crate::store::{Condition, Options};

type Body = Box<dyn FnOnce(&WriteTx<'_>) -> Result<()> + Send>;

fn label(text: &str) -> Label {
    Label::parse(text).expect("a name")
}

fn names(db: &TestDb) -> Vec<String> {
    let list = db.read(app::connections::list).expect("a list");
    list.into_iter().map(|connection| connection.name).collect()
}

fn connect(name: &'static str) -> impl FnOnce(&WriteTx<'_>) -> Result<()> + Send {
    move |tx| {
        let settings = SettingsChange::default();
        app::connections::create(tx, ProviderKind::Okta, &label(name), &settings).map(|_| ())
    }
}

/// Keeps the writer busy until the returned sender is dropped, so that what is sent meanwhile
/// shares one transaction.
fn occupy(db: &TestDb) -> (mpsc::Sender<()>, std::thread::JoinHandle<Result<()>>) {
    let (go, wait) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    let (store, account) = (db.db.clone(), db.account.id);
    let thread = std::thread::spawn(move || {
        store.write_blocking(write(Some(account)), move |_| {
            begun.send(()).map_err(Error::internal)?;
            // An error means that the sender is gone: that is the sign to go on.
            let _ = wait.recv();
            Ok::<_, Error>(())
        })
    });
    has_begun.recv().expect("the writer has begun");
    (go, thread)
}

fn waiting(db: &TestDb, writes: usize) {
    while db.db.writes_waiting() < writes {
        std::thread::yield_now();
    }
}

#[test]
fn a_failing_write_undoes_itself_alone() {
    let db = TestDb::new();
    let (go, occupied) = occupy(&db);
    let send = |f: Body| {
        let (store, account) = (db.db.clone(), db.account.id);
        std::thread::spawn(move || store.write_blocking(write(Some(account)), f))
    };
    let first = send(Box::new(connect("first")));
    waiting(&db, 1);
    let bad = send(Box::new(|tx| {
        connect("bad")(tx)?;
        Err(Error::internal("after all"))
    }));
    waiting(&db, 2);
    let second = send(Box::new(connect("second")));
    waiting(&db, 3);
    drop(go);
    let result = |thread: std::thread::JoinHandle<Result<()>>| thread.join().expect("a thread");
    assert!(result(occupied).is_ok() && result(first).is_ok() && result(second).is_ok());
    assert_eq!(
        result(bad).map_err(|error| error.kind()),
        Err(Kind::Internal)
    );
    assert_eq!(names(&db), ["first", "second", "API"]);
}

#[test]
fn a_panicking_write_undoes_itself_and_the_writer_goes_on() {
    let db = TestDb::new();
    let panicked = db.write(|tx| -> Result<()> {
        connect("half")(tx)?;
        panic!("on purpose")
    });
    assert_eq!(panicked.map_err(|error| error.kind()), Err(Kind::Internal));
    db.write(connect("whole")).expect("the writer goes on");
    assert_eq!(names(&db), ["whole", "API"]);
}

#[test]
fn a_full_queue_says_so_at_once() {
    let db = TestDb::with(Options {
        write_queue: 2,
        ..options()
    });
    let (go, occupied) = occupy(&db);
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (store, account) = (db.db.clone(), db.account.id);
            std::thread::spawn(move || {
                store.write_blocking(write(Some(account)), |_| Ok::<_, Error>(()))
            })
        })
        .collect();
    waiting(&db, 2);
    let refused = db.write(|_| Ok(())).expect_err("no place is left");
    assert_eq!(
        (refused.kind(), refused.reason()),
        (Kind::Unavailable, Reason::Busy)
    );
    assert!(refused.retry_after_seconds().is_some());
    drop(go);
    occupied.join().expect("a thread").expect("a commit");
    for thread in threads {
        thread.join().expect("a thread").expect("a commit");
    }
}

#[test]
fn a_token_revoked_while_its_write_waits_is_refused() {
    let db = TestDb::new();
    let (_, issued) = db
        .write(|tx| {
            let settings = SettingsChange::default();
            app::connections::create(tx, ProviderKind::Okta, &label("Okta"), &settings)
        })
        .expect("a connection");
    let (secret, _) = db.db.authenticate(&issued.secret).expect("a good token");
    let (go, occupied) = occupy(&db);
    let (store, account, id) = (db.db.clone(), db.account.id, issued.token.id.to_string());
    let revoke = std::thread::spawn(move || {
        store.write_blocking(write(Some(account)), move |tx| app::tokens::revoke(tx, &id))
    });
    waiting(&db, 1);
    let store = db.db.clone();
    let late = std::thread::spawn(move || {
        let write = Write {
            authority: Authority::Token { secret, account },
            permission: Permission::ScimWrite,
            request: request(),
            log: None,
        };
        store.write_blocking(write, |_| Ok::<_, Error>("written"))
    });
    waiting(&db, 2);
    drop(go);
    occupied.join().expect("a thread").expect("a commit");
    revoke.join().expect("a thread").expect("revoked");
    let refused = late
        .join()
        .expect("a thread")
        .expect_err("the token is gone");
    assert_eq!(refused.kind(), Kind::Unauthenticated);
    let unknown = db
        .db
        .authenticate(&issued.secret)
        .expect_err("the token is gone");
    assert_eq!(unknown.reason(), Reason::TokenUnknown);
}

#[test]
fn a_damaged_database_is_read_and_not_written() {
    let db = TestDb::new();
    db.db.set_damaged();
    assert_eq!(db.db.condition(), Condition::Damaged);
    let refused = db.write(connect("late")).expect_err("read-only");
    assert_eq!(refused.reason(), Reason::ReadOnly);
    assert_eq!(names(&db), ["API"]);
}

#[test]
fn names_are_unique_letter_case_aside() {
    let db = TestDb::new();
    db.write(connect("Okta")).expect("a connection");
    let taken = db.write(connect("OKTA")).expect_err("the name is taken");
    assert_eq!(
        (taken.kind(), taken.reason()),
        (Kind::Conflict, Reason::NameTaken)
    );
    let again = db.db.write_blocking(write(None), |tx| {
        app::accounts::create(tx, &label("EXAMPLE ltd"), None).map(|_| ())
    });
    assert_eq!(
        again.map_err(|error| error.reason()),
        Err(Reason::NameTaken)
    );
    let id = db.account.id;
    let same_id = db.db.write_blocking(write(None), move |tx| {
        app::accounts::create(tx, &label("Other"), Some(id)).map(|_| ())
    });
    assert_eq!(
        same_id.map_err(|error| error.reason()),
        Err(Reason::NameTaken)
    );
}

#[test]
fn a_paused_connection_answers_unavailable_until_resumed() {
    let db = TestDb::new();
    let (_, issued) = db
        .write(|tx| {
            let settings = SettingsChange::default();
            app::connections::create(tx, ProviderKind::Okta, &label("Okta"), &settings)
        })
        .expect("a connection");
    let check = || {
        let (_, seat) = db.db.authenticate(&issued.secret)?;
        seat.check(db.account.id, db.db.credential_now_ms(), None)
    };
    assert!(check().is_ok());
    db.write(|tx| app::connections::pause(tx, "okta"))
        .expect("paused");
    assert_eq!(
        check().map_err(|error| error.reason()),
        Err(Reason::ConnectionPaused)
    );
    db.write(|tx| app::connections::resume(tx, "okta"))
        .expect("resumed");
    assert!(check().is_ok());
    let change = ConnectionChange {
        name: Some(label("Workforce")),
        ..ConnectionChange::default()
    };
    let renamed = db.write(move |tx| app::connections::set(tx, "okta", &change));
    assert_eq!(
        renamed.map(|connection| connection.name).ok().as_deref(),
        Some("Workforce")
    );
}
