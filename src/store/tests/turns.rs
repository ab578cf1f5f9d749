use std::sync::{Arc, Mutex};

use rusqlite::ffi;

use crate::app;
use crate::domain::connection::{ProviderKind, SettingsChange};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::provisioning::{Note, Refusal};
use crate::domain::text::Label;
use crate::store::Condition;
use crate::store::testing::{TestDb, write};
use crate::store::turn::Turn;
use crate::store::tx::WriteTx;
use crate::store::writer::{LogSpec, Write};

fn names(db: &TestDb) -> Vec<String> {
    let list = db.read(app::connections::list).expect("a list");
    list.into_iter().map(|connection| connection.name).collect()
}

fn connect(tx: &WriteTx<'_>, name: &str) -> Result<()> {
    let name = Label::parse(name).expect("a name");
    let settings = SettingsChange::default();
    app::connections::create(tx, ProviderKind::Okta, &name, &settings).map(|_| ())
}

type Job<R> = Box<dyn FnOnce(&mut Turn<'_, '_>) -> R + Send>;

/// Takes these turns in order and waits for all of them.
fn take<R: Send + 'static>(
    db: &TestDb,
    jobs: Vec<Job<R>>,
    settle: impl Fn(R, Result<()>) -> R + Clone + Send + 'static,
) -> Vec<Result<R>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        let mut taken = Vec::new();
        for job in jobs {
            taken.push(db.db.take_turn(job, settle.clone()).await.expect("a turn"));
        }
        let mut results = Vec::new();
        for turn in taken {
            results.push(turn.answer().await);
        }
        results
    })
}

#[test]
fn a_turn_runs_several_writes_and_each_undoes_itself_alone() {
    let db = TestDb::new();
    let account = Some(db.account.id);
    let results = take(
        &db,
        vec![Box::new(move |turn| {
            let good = turn.write(write(account), |tx| connect(tx, "good"));
            let bad = turn.write(write(account), |tx| {
                connect(tx, "bad")?;
                Err::<(), _>(Error::internal("after all"))
            });
            (good.is_ok(), bad.is_ok())
        })],
        |result, committed| {
            assert!(committed.is_ok());
            result
        },
    );
    assert_eq!(
        results.into_iter().collect::<Result<Vec<_>>>().ok(),
        Some(vec![(true, false)])
    );
    assert_eq!(names(&db), ["good", "API"]);
}

#[test]
fn writes_that_stand_together_fall_together() {
    let db = TestDb::new();
    let account = Some(db.account.id);
    let run = |last: fn(&WriteTx<'_>) -> Result<()>| {
        let job = move |turn: &mut Turn<'_, '_>| {
            let writes = [write(account), write(account)];
            let done = turn.write_together(&writes, |txs| {
                connect(&txs[0], "first").map_err(|error| (0, error))?;
                last(&txs[1]).map_err(|error| (1, error))?;
                Ok(vec![(), ()])
            });
            done.map(|all| all.len())
                .map_err(|(at, error)| (at, error.kind()))
        };
        let mut results = take(&db, vec![Box::new(job)], |result, _| result);
        results.remove(0).expect("an answer")
    };
    let failed = run(|tx| {
        connect(tx, "second")?;
        Err(Error::internal("after all"))
    });
    assert_eq!(failed, Err((1, Kind::Internal)));
    assert_eq!(names(&db), ["API"]);
    assert_eq!(run(|_| panic!("on purpose")), Err((0, Kind::Internal)));
    assert_eq!(names(&db), ["API"]);
    assert_eq!(run(|tx| connect(tx, "second")), Ok(2));
    assert_eq!(names(&db), ["first", "second", "API"]);
}

#[test]
fn why_a_transaction_was_lost_is_told_to_all_in_it() {
    let logged = |account| Write {
        log: Some(LogSpec {
            success: 200,
            refusal: |error: &Error| Refusal {
                status: 500,
                scim_type: "",
                reason: error.reason(),
                detail: String::new(),
            },
            note: Note::default(),
            logged: Arc::default(),
        }),
        ..write(account)
    };
    for (code, kind, condition) in [
        (ffi::SQLITE_FULL, Kind::StorageFull, Condition::Healthy),
        (ffi::SQLITE_IOERR, Kind::Unavailable, Condition::WriteFailed),
    ] {
        let db = TestDb::new();
        let account = Some(db.account.id);
        // SQLite itself rolls everything back at such an error.
        let fail = move |tx: &WriteTx<'_>| -> Result<Vec<()>> {
            tx.conn().execute_batch("ROLLBACK")?;
            Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into())
        };
        let results = take::<Result<Vec<()>>>(
            &db,
            vec![Box::new(move |turn| {
                let before = turn.write(write(account), |tx| connect(tx, "lost"));
                before.expect("it is good by itself");
                let together = turn.write_together(&[logged(account), logged(account)], |txs| {
                    connect(&txs[0], "lost too").map_err(|error| (0, error))?;
                    fail(&txs[1]).map_err(|error| (1, error))
                });
                assert_eq!(together.as_ref().map_err(|(at, _)| *at), Err(1));
                Ok(Vec::new())
            })],
            |result, committed| committed.and(result),
        );
        let told = results.into_iter().map(Result::flatten).next();
        let told = told.expect("an answer").map_err(|error| error.kind());
        assert_eq!(told, Err(kind));
        assert_eq!(db.db.condition(), condition);
        assert_eq!(names(&db), ["API"]);
    }
}

#[test]
fn a_turn_that_panics_has_no_answer_and_the_writer_goes_on() {
    let db = TestDb::new();
    let results = take::<()>(
        &db,
        vec![Box::new(|_| panic!("on purpose"))],
        |result, _| result,
    );
    assert!(
        results[0]
            .as_ref()
            .is_err_and(|error| error.kind() == Kind::Unavailable)
    );
    db.write(|tx| connect(tx, "whole"))
        .expect("the writer goes on");
    assert_eq!(names(&db), ["whole", "API"]);
}

#[test]
fn a_commit_that_fails_is_told_before_the_next_turn() {
    let db = TestDb::new();
    let account = Some(db.account.id);
    let told = Arc::new(Mutex::new(Vec::new()));
    let note = {
        let told = Arc::clone(&told);
        move |what: &'static str| told.lock().expect("no panic").push(what)
    };
    let (first, later) = (note.clone(), note.clone());
    // A reference to nothing that is looked at when the transaction ends, and not before.
    let sql = "PRAGMA defer_foreign_keys = 1;
        INSERT INTO tombstones (id, account, kind, deleted_ms)
        VALUES (x'00000000000000000000000000000009', 999, 'member', 0);";
    let results = take(
        &db,
        vec![Box::new(move |turn| {
            let done = turn.write(write(account), |tx| {
                connect(tx, "lost")?;
                tx.conn().execute_batch(sql).map_err(Error::internal)
            });
            first("ran");
            done
        })],
        move |result, committed| {
            note(if committed.is_ok() { "kept" } else { "lost" });
            committed.and(result)
        },
    );
    assert!(results[0].as_ref().is_ok_and(Result::is_err));
    take(&db, vec![Box::new(move |_| later("later"))], |(), _| ());
    assert_eq!(*told.lock().expect("no panic"), ["ran", "lost", "later"]);
    assert_eq!(names(&db), ["API"]);
}
