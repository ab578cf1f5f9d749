use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::TryRecvError;

use crate::app;
use crate::domain::error::Kind;
use crate::domain::member::Attributes;
use crate::env::Clock;
use crate::store::backup::upgrade::before_upgrade_to;
use crate::store::folder::DataFolder;
use crate::store::migrate::latest;
use crate::store::testing::{NOW_MS, TestDb, open, write};
use crate::store::{Condition, backup};

#[test]
fn a_backup_is_whole_and_verified() {
    let db = TestDb::new();
    let report = app::backups::create(&db.db, write(None), None).expect("a backup");
    assert!(report.file.starts_with(db.path().join("backups")));
    let mode = std::fs::metadata(&report.file)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let verdict = app::backups::verify(&db.db, &report.file).expect("a verdict");
    assert_eq!(verdict.findings, Vec::<String>::new());
    assert!(verdict.chain_checked);
    assert_eq!((verdict.audit_seq, report.audit_seq), (1, 1));
    let names: Vec<_> = std::fs::read_dir(db.path().join("backups"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_backup_overwrites_nothing() {
    let db = TestDb::new();
    let file = db.path().join("mine.db");
    std::fs::write(&file, "mine").expect("a file");
    let refused = app::backups::create(&db.db, write(None), Some(file.clone()));
    assert_eq!(
        refused.map_err(|error| error.kind()).err(),
        Some(Kind::Conflict)
    );
    assert_eq!(std::fs::read(&file).expect("a file"), b"mine");
}

#[test]
fn a_changed_backup_is_found() {
    let db = TestDb::new();
    let report = app::backups::create(&db.db, write(None), None).expect("a backup");
    let mut bytes = std::fs::read(&report.file).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&report.file, bytes).expect("a file");
    let verdict = backup::verify(&report.file, Some(db.db.keys())).expect("a verdict");
    assert!(!verdict.findings.is_empty());
    let absent = backup::verify(&db.path().join("none.db"), None);
    assert_eq!(
        absent.map_err(|error| error.kind()).err(),
        Some(Kind::NotFound)
    );
}

#[test]
fn a_damaged_server_still_makes_backups() {
    let db = TestDb::new();
    db.db.set_damaged();
    assert_eq!(db.db.condition(), Condition::Damaged);
    assert!(app::backups::create(&db.db, write(None), None).is_ok());
}

#[test]
fn a_backup_under_writes_is_whole_and_lets_them_pass() {
    let db = TestDb::new();
    let (store, account) = (db.db.clone(), db.account.id);
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writing = std::thread::spawn(move || {
        let mut written = 0;
        while stopped.try_recv() == Err(TryRecvError::Empty) {
            let write = write(Some(account));
            let done = store.write_blocking(write, move |tx| {
                let user_name = format!("person-{written}@corp.example");
                let mut attributes = Attributes::new();
                attributes.insert("userName".to_owned(), user_name.into());
                app::members::add(tx, attributes).map(|_| ())
            });
            done.expect("a write beside the backup");
            written += 1;
        }
        written
    });
    let reports: Vec<_> = (0..5)
        .map(|number| {
            let file = db.path().join(format!("{number}.db"));
            app::backups::create(&db.db, write(None), Some(file)).expect("a backup")
        })
        .collect();
    drop(stop);
    assert!(writing.join().expect("a thread") > 0);
    for report in reports {
        let verdict = app::backups::verify(&db.db, &report.file).expect("a verdict");
        assert_eq!(verdict.findings, Vec::<String>::new());
        assert_eq!(verdict.audit_seq, report.audit_seq);
    }
}

#[test]
fn an_older_database_is_copied_before_its_upgrade() {
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, _) = Clock::fixed(NOW_MS);
    open(folder.path(), clock).close();
    let data = DataFolder::open(folder.path(), true).expect("the folder is free again");
    let known = latest() + 1;
    before_upgrade_to(known, &data, &data.database(), NOW_MS).expect("a copy");
    let copies: Vec<_> = std::fs::read_dir(data.backups())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "db"))
        .collect();
    let [copy] = copies.as_slice() else {
        panic!("{copies:?}")
    };
    let verdict = backup::verify(copy, None).expect("a verdict");
    assert_eq!(
        (verdict.findings, verdict.schema_version),
        (Vec::new(), latest())
    );
}
