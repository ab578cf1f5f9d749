//! Connections to the database file, each set up for its job, and what can stop a start.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{folder, functions};

/// Locks the file once for the whole process, which is alone with it anyway (see `folder`), and
/// keeps the index of the WAL in memory: no read and no write asks the system for locks, and
/// nobody else can write to the file while a server has it.
const VFS: &std::ffi::CStr = c"unix-excl";
/// Statements kept prepared on each connection.
const STATEMENTS_CACHED: usize = 128;
/// Page cache of a connection, in KiB: two workers and a writer stay under 50 MiB. With what the
/// allocator adds, each page takes a quarter more.
const CACHE_KIB: i64 = 2048;
/// The same of a reader. It finds in the system's memory what it does not hold itself, in less than
/// a microsecond.
const READER_CACHE_KIB: i64 = 1536;
/// The WAL is cut back to this after a checkpoint that emptied it.
const WAL_BYTES_KEPT: i64 = 64 * 1024 * 1024;

/// Why the data folder or the database can't be used. Each has its exit code.
#[derive(Debug)]
pub enum OpenError {
    /// Others can read it; the text says what to change.
    Insecure(String),
    /// Another process has it open.
    Locked(PathBuf),
    /// Made by a newer Provost; nothing was touched.
    NewerSchema {
        found: i64,
        known: i64,
    },
    /// An applied migration differs from the one this binary holds.
    ChangedMigration(String),
    Key(String),
    /// The file is gone or empty, and anchors tell of what was in it.
    Lost(PathBuf),
    Io(String),
    Database(rusqlite::Error),
}

impl OpenError {
    /// The process's exit code (65 and 78 as in sysexits.h).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Insecure(_) => 78,
            Self::NewerSchema { .. } => 65,
            Self::Locked(_) | Self::Io(_) | Self::Database(_) => 8,
            Self::ChangedMigration(_) | Self::Key(_) | Self::Lost(_) => 1,
        }
    }

    /// The command or deed that helps.
    pub fn remedy(&self) -> String {
        match self {
            Self::Insecure(_) => {
                "correct the mode, or start with --allow-insecure-permissions".to_owned()
            }
            Self::Locked(_) => "stop the other process, or use another --data folder".to_owned(),
            Self::NewerSchema { .. } => {
                "install the newer Provost again, or restore the backup made before its upgrade"
                    .to_owned()
            }
            Self::ChangedMigration(_) => "install an unmodified Provost".to_owned(),
            Self::Lost(_) => {
                "put it back, or a backup in its place; to begin anew, use another --data folder"
                    .to_owned()
            }
            Self::Key(_) => "put the server.key of this database back beside it".to_owned(),
            Self::Database(error) if is_damage(error) => {
                "move provost.db, provost.db-wal and provost.db-shm aside, and put the newest \
                 good backup in place of provost.db; `provost backup verify` examines one"
                    .to_owned()
            }
            Self::Io(_) | Self::Database(_) => {
                "look at the disk and the folder's permissions; `provost db check` examines the \
                 database"
                    .to_owned()
            }
        }
    }
}

/// Whether what is on the disk is no (whole) database.
pub(in crate::store) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insecure(what) | Self::Key(what) | Self::Io(what) => f.write_str(what),
            Self::ChangedMigration(name) => write!(
                f,
                "the database was made by migration {name}, which is not the one this binary holds"
            ),
            Self::Lost(path) => write!(
                f,
                "{} is gone or empty, and anchors.log beside it tells of an audit log",
                path.display()
            ),
            Self::Locked(path) => {
                write!(f, "{} is in use by another Provost process", path.display())
            }
            Self::NewerSchema { found, known } => write!(
                f,
                "the database has schema version {found}, and this binary knows up to {known}; it \
                 was not touched"
            ),
            Self::Database(error) => write!(f, "the database can't be opened: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Refuses to begin anew where a database has been: tokens would be unknown and every provider
/// told so, because of a disk that was not mounted or a copy that was not finished.
///
/// Errors: [`OpenError::Lost`].
pub(in crate::store) fn refuse_lost_database(file: &Path, anchors: &Path) -> Result<(), OpenError> {
    let is_empty = |path: &Path| std::fs::metadata(path).map_or(true, |meta| meta.len() == 0);
    if is_empty(file) && !is_empty(anchors) {
        return Err(OpenError::Lost(file.to_owned()));
    }
    Ok(())
}

/// Makes the file where there is none yet, for nobody else to read: SQLite makes the WAL and the
/// SHM with the database's mode.
pub(in crate::store) fn make_private(file: &Path) -> Result<(), OpenError> {
    if file.exists() {
        return Ok(());
    }
    let made = folder::private_file()
        .create(true)
        .truncate(false)
        .open(file);
    made.map(|_| ())
        .map_err(|error| OpenError::Io(format!("cannot make the database: {error}")))
}

/// The one connection that writes. Checkpoints are made by another thread (see `checkpoint`).
pub(in crate::store) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags_and_vfs(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        VFS,
    )?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: an answered write has reached the disk.
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    set_up(&conn)?;
    Ok(conn)
}

/// A connection that can't write, whatever it is asked.
pub(in crate::store) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags_and_vfs(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        VFS,
    )?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.pragma_update(None, "query_only", true)?;
    set_up(&conn)?;
    conn.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(conn)
}

fn set_up(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Plans that look at bound values are made anew at every binding (the build has STAT4):
    // that cost more than all reads together.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    functions::register(conn)
}
