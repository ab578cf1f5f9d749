//! A database in a temporary folder, for tests.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tempfile::TempDir;

use super::folder::DataFolder;
use super::tokens::Seat;
use super::tx::{ReadTx, WriteTx};
use super::writer::{Authority, Write};
use super::{Db, Options};
use crate::app;
use crate::domain::account::Account;
use crate::domain::actor::{Actor, Permission, Request};
use crate::domain::error::{Error, Result};
use crate::domain::id::{AccountId, RequestId};
use crate::domain::text::Label;
use crate::env::{Clock, Entropy};

/// When the tests' clock stands at first: 2026-11-21, in milliseconds since 1970.
pub(crate) const NOW_MS: i64 = 1_795_000_000_000;

pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) now_ms: Arc<AtomicI64>,
    pub(crate) account: Account,
    folder: TempDir,
}

pub(crate) fn options() -> Options {
    Options {
        synchronous: false,
        password_cost: Some(super::passwords::Cost::LEAST),
        ..Options::default()
    }
}

pub(crate) fn open(folder: &Path, clock: Clock) -> Db {
    let folder = DataFolder::open(folder, true).expect("a folder of our own");
    Db::open(folder, clock, Entropy, options()).expect("a database that opens")
}

impl TestDb {
    /// With one account, "Example Ltd".
    pub(crate) fn new() -> Self {
        Self::with(options())
    }

    pub(crate) fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (clock, now_ms) = Clock::fixed(NOW_MS);
        let data = DataFolder::open(folder.path(), true).expect("a folder of our own");
        let db = Db::open(data, clock, Entropy, options).expect("a database that opens");
        let name = Label::parse("Example Ltd").expect("a name");
        let account = db
            .write_blocking(write(None), move |tx| {
                app::accounts::create(tx, &name, None)
            })
            .expect("an account");
        Self {
            db,
            now_ms,
            account,
            folder,
        }
    }

    /// Closes the database and opens it anew: nothing is remembered of before.
    pub(crate) fn restart(&mut self) {
        let (clock, now_ms) = Clock::fixed(self.now_ms.load(Ordering::Relaxed));
        self.db.close();
        // The lock goes with the last handle, so another folder takes its place meanwhile.
        let elsewhere = tempfile::tempdir().expect("a temporary folder");
        self.db = open(elsewhere.path(), clock.clone());
        let before = std::mem::replace(&mut self.db, open(self.folder.path(), clock));
        before.close();
        self.now_ms = now_ms;
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes as the command line on the account.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.db.write_blocking(write(Some(self.account.id)), f)
    }

    pub(crate) fn seat(&self) -> Seat {
        self.db
            .local_seat(actor(), Some(self.account.id))
            .expect("the account")
    }

    /// Reads as the command line on the account.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.db.read(&self.seat(), f)
    }

    /// Runs SQL that goes by no use case, but by all the rules of the schema.
    pub(crate) fn attack(&self, sql: &str) -> rusqlite::Result<()> {
        let mut conn = super::open::writer(&self.db.0.file)?;
        let tx = conn.transaction()?;
        tx.execute_batch(sql)?;
        tx.commit()
    }

    /// Every row of every table but these, as text: what two of them have in common is the same,
    /// byte for byte.
    pub(crate) fn dump(&self, without: &[&str]) -> Vec<String> {
        let conn = super::open::reader(&self.db.0.file).expect("the database");
        let tables: Vec<String> = super::sql::list(
            &conn,
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
            [],
            |row| row.get(0),
        )
        .expect("tables");
        let mut all = Vec::new();
        for table in tables
            .iter()
            .filter(|name| !without.contains(&name.as_str()))
        {
            let sql = format!("SELECT * FROM {table}");
            let mut statement = conn.prepare(&sql).expect("a table");
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| {
                let mut text = format!("{table}:");
                for column in 0..columns {
                    let value = row.get_ref(column)?;
                    let shown = match value.as_str() {
                        Ok(value) => format!(" {value:?}"),
                        Err(_) => format!(" {value:?}"),
                    };
                    text.push_str(&shown);
                }
                Ok(text)
            });
            let mut rows: Vec<String> = rows
                .expect("rows")
                .collect::<rusqlite::Result<_>>()
                .expect("rows");
            rows.sort_unstable();
            all.extend(rows);
        }
        all
    }

    /// Runs SQL past all rules, as a damaged disk or an intruder would.
    pub(crate) fn tamper(&self, sql: &str) {
        let conn = super::open::writer(&self.db.0.file).expect("the database");
        for (pragma, on) in [("foreign_keys", false), ("ignore_check_constraints", true)] {
            conn.pragma_update(None, pragma, on).expect("a pragma");
        }
        conn.execute_batch(sql).expect("SQL that runs");
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        self.db.close();
    }
}

pub(crate) fn actor() -> Actor {
    Actor::Cli {
        user: "tester".to_owned(),
    }
}

pub(crate) fn request() -> Request {
    Request {
        id: RequestId::from_bytes([7; 16]),
        method: "CLI".into(),
        uri: "test".into(),
        user_agent: "".into(),
        address: None,
        started_us: 0,
    }
}

pub(crate) fn write(account: Option<AccountId>) -> Write<Error> {
    Write {
        authority: Authority::Local {
            actor: actor(),
            account,
        },
        permission: Permission::BoxAdministration,
        request: request(),
        log: None,
    }
}
