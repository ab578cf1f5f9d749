use std::path::Path;

use crate::env::{Clock, Entropy};
use crate::store::Db;
use crate::store::folder::DataFolder;
use crate::store::functions;
use crate::store::migrate::{MIGRATIONS, checksum, latest};
use crate::store::open::OpenError;
use crate::store::testing::{NOW_MS, TestDb, open, options};

fn try_open(folder: &Path) -> Result<Db, OpenError> {
    let (clock, _) = Clock::fixed(NOW_MS);
    Db::open(DataFolder::open(folder, true)?, clock, Entropy, options())
}

/// How the checksums of the migrations begin, in order. A line is added with a migration and never
/// changed: whoever has applied it would be locked out of their database.
const CHECKSUMS: &[&str] = &[
    "7e6162be4fc2c471",
    "e656c9c5c8c01929",
    "313c56ba3d0e760e",
    "4400fc911d79e3ea",
    "f299ba6f356a2848",
    "cf0eea269e1969d9",
    "e76939e9483f69fa",
    "16a9e298e45a223d",
    "b7354d00117a046f",
    "c894e195517d9119",
    "6ca2535627848169",
    "89c30a10ac2310a5",
    "52b1adabba8c030c",
    "3293969935dc69fe",
    "330a3bd2b796d392",
    "61cff32ce8f5f4ca",
    "461d84adfea159e7",
    "697d7b9b0d0abd2d",
    "8f82c8199b89a1e2",
];

#[test]
fn a_migration_is_never_changed() {
    let found = MIGRATIONS
        .iter()
        .map(|migration| checksum(migration)[..16].to_owned());
    assert_eq!(found.collect::<Vec<_>>(), CHECKSUMS);
}

#[test]
fn the_list_names_every_file_of_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    let listed: Vec<&str> = MIGRATIONS.iter().map(|migration| migration.name).collect();
    assert_eq!(files, listed);
}

/// The folder of a database that was closed.
fn closed(sql: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, _) = Clock::fixed(NOW_MS);
    open(folder.path(), clock).close();
    let conn = rusqlite::Connection::open(folder.path().join("provost.db")).expect("it opens");
    conn.execute_batch(sql).expect("SQL that runs");
    folder
}

/// What a crash leaves of such a folder when that SQL was the last that ran: a copy made while the
/// database is open, so that all of it is in the log alone.
fn crashed(sql: &str) -> tempfile::TempDir {
    let folder = closed("SELECT 1");
    let conn = rusqlite::Connection::open(folder.path().join("provost.db")).expect("it opens");
    conn.pragma_update(None, "wal_autocheckpoint", 0)
        .expect("a pragma");
    conn.execute_batch(sql).expect("SQL that runs");
    let crashed = tempfile::tempdir().expect("a folder");
    for name in ["provost.db", "provost.db-wal", "server.key"] {
        std::fs::copy(folder.path().join(name), crashed.path().join(name)).expect("a copy");
    }
    crashed
}

#[test]
fn a_newer_schema_is_refused_and_the_file_untouched() {
    let folder = closed(&format!("PRAGMA user_version = {}", latest() + 1));
    let file = folder.path().join("provost.db");
    let before = std::fs::read(&file).expect("a file");
    let refused = try_open(folder.path()).expect_err("newer");
    assert!(
        matches!(refused, OpenError::NewerSchema { .. }),
        "{refused}"
    );
    assert_eq!(refused.exit_code(), 65);
    assert!(
        before == std::fs::read(&file).expect("a file"),
        "the file was changed"
    );
    for left in ["provost.db-wal", "provost.db-shm", "backups"] {
        assert!(!folder.path().join(left).exists(), "{left}");
    }
}

#[test]
fn a_newer_schema_in_the_log_alone_is_refused_too() {
    let crashed = crashed(&format!("PRAGMA user_version = {}", latest() + 1));
    let read = || std::fs::read(crashed.path().join("provost.db")).expect("a file");
    let before = read();
    let refused = try_open(crashed.path()).expect_err("newer");
    assert_eq!(refused.exit_code(), 65);
    assert!(before == read(), "the file was changed");
    assert!(!crashed.path().join("provost.db-shm").exists());
}

#[test]
fn a_long_log_that_a_crash_left_is_moved_into_the_database_before_anybody_is_served() {
    let crashed = crashed(
        "CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(5 << 20));
         DROP TABLE filler",
    );
    let log = || std::fs::metadata(crashed.path().join("provost.db-wal")).expect("a log");
    assert!(log().len() > 5 << 20, "the log is short");
    let db = try_open(crashed.path()).expect("it opens");
    assert!(log().len() < 1 << 20, "{} bytes", log().len());
    db.close();
}

#[test]
fn a_changed_migration_is_refused() {
    let folder = closed("UPDATE schema_migrations SET sha256 = 'other'");
    let refused = try_open(folder.path()).expect_err("changed");
    assert!(
        matches!(refused, OpenError::ChangedMigration(_)),
        "{refused}"
    );
}

#[test]
fn a_database_without_its_key_is_refused() {
    let folder = closed("SELECT 1");
    std::fs::remove_file(folder.path().join("server.key")).expect("removed");
    let refused = try_open(folder.path()).expect_err("no key");
    assert!(matches!(refused, OpenError::Key(_)), "{refused}");
}

#[test]
fn a_second_process_is_kept_out() {
    let db = TestDb::new();
    let refused = DataFolder::open(db.path(), true).expect_err("locked");
    assert!(matches!(refused, OpenError::Locked(_)), "{refused}");
}

/// Requests of the hours before are sorted as the log has them; nothing is said to have gone wrong
/// that is not known to.
#[test]
fn what_was_held_before_it_was_counted_is_counted() {
    let conn = rusqlite::Connection::open_in_memory().expect("it opens");
    let run = |sql: &str| conn.execute_batch(sql).expect("SQL that runs");
    for migration in &MIGRATIONS[..11] {
        run(migration.sql);
    }
    run("PRAGMA foreign_keys = OFF;
         INSERT INTO connection_activity (connection, hour, reads, writes, refused, failed,
             last_request_ms, last_write_ms)
         VALUES (1, 5, 0, 1, 7, 0, 20000000, 18000001), (1, 6, 9, 0, 2, 0, 22000000, 0);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
         INSERT INTO provisioning (account, connection, at_ms, duration_us, request, method, uri,
             target_kind, target_id, target_name, outcome, status, scim_type, reason, detail,
             changes)
         SELECT 1, 1, 18000000 + i, 1, zeroblob(16), 'DELETE', '/', 'User', '', '', 'refused',
             429, '', iif(i <= 4, 'brake', 'busy'), '', '[]' FROM n;");
    run(MIGRATIONS[11].sql);
    let mut found = conn
        .prepare("SELECT held, refused, last_good_ms FROM connection_activity ORDER BY hour")
        .expect("a statement");
    let found = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let found: Result<Vec<(i64, i64, i64)>, _> = found.expect("rows").collect();
    assert_eq!(
        found.expect("rows"),
        [(4, 3, 18_000_001), (0, 2, 22_000_000)]
    );
}

#[test]
fn people_without_a_display_name_are_found_by_the_name_that_is_shown_after_an_upgrade() {
    let conn = rusqlite::Connection::open_in_memory().expect("it opens");
    functions::register(&conn).expect("functions");
    let run = |sql: &str| conn.execute_batch(sql).expect("SQL that runs");
    for migration in &MIGRATIONS[..13] {
        run(migration.sql);
    }
    run("PRAGMA foreign_keys = OFF");
    let people = [
        r#""name":{"familyName":"Ørsted","givenName":"PIA"},"#,
        r#""displayName":" ","name":{"formatted":"Dr. Ada Lovelace","givenName":"Ada"},"#,
        r#""displayName":"Max","name":{"givenName":"Maximilian"},"#,
        "",
    ];
    for (number, name) in people.iter().enumerate() {
        let document = format!(
            r#"{{"id":"{number:032}","active":true,{name}"userName":"{number}","meta":{{}}}}"#
        );
        let insert = "INSERT INTO members (seq, id, account, state, created_ms, modified_ms,
                          user_name, user_name_key, document)
                      VALUES ((1 << 40) + ?1, randomblob(16), 1, 'active', 0, 0, ?1, ?1, ?2)";
        conn.execute(insert, (number.to_string(), document))
            .expect("a member");
    }
    run(MIGRATIONS[13].sql);
    let mut found = conn
        .prepare("SELECT shown_name_key FROM members ORDER BY seq")
        .expect("a statement");
    let found = found.query_map([], |row| row.get(0));
    let found: Result<Vec<Option<String>>, _> = found.expect("rows").collect();
    let found = found.expect("keys");
    let found: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
    let expected = [Some("pia ørsted"), Some("dr. ada lovelace"), None, None];
    assert_eq!(found, expected);
}

#[test]
fn names_that_migrations_gave_are_folded_by_an_upgrade() {
    let conn = rusqlite::Connection::open_in_memory().expect("it opens");
    functions::register(&conn).expect("functions");
    let run = |sql: &str| conn.execute_batch(sql).expect("SQL that runs");
    for migration in &MIGRATIONS[..16] {
        run(migration.sql);
    }
    run("PRAGMA foreign_keys = OFF");
    for (ordinal, name) in ["DNS Editors", "E\u{301}quipe DNS"].iter().enumerate() {
        let insert = "INSERT INTO legacy_migration_groups (migration, ordinal, grp, group_id,
                          scim_id, old_name, new_name, made, policies_before, policies_after)
                      VALUES (1, ?1, 1, zeroblob(16), '', '', ?2, 0, '[]', '[]')";
        conn.execute(insert, (ordinal.to_string(), name))
            .expect("a group of a run");
    }
    run(MIGRATIONS[16].sql);
    let mut found = conn
        .prepare("SELECT new_name_key FROM legacy_migration_groups ORDER BY ordinal")
        .expect("a statement");
    let found = found.query_map([], |row| row.get(0));
    let found: Result<Vec<String>, _> = found.expect("rows").collect();
    assert_eq!(found.expect("keys"), ["dns editors", "équipe dns"]);
}
