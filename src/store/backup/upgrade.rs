//! Before an upgrade: is the file ours to open, and is there a way back.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{copy, make_folder, stamp, with_suffix};
use crate::store::folder::DataFolder;
use crate::store::migrate;
use crate::store::open::OpenError;

/// Free bytes needed, as a multiple of the database's size: the copy, and what the migration
/// writes.
const ROOM_FACTOR: u64 = 2;
/// Where SQLite's file header keeps `user_version`, big-endian.
const USER_VERSION_AT: usize = 60;
const HEADER_BYTES: usize = 64;
/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Refuses a database of a newer Provost before anything touches it, and copies an older one
/// to `backups` before it is migrated.
///
/// Errors: [`OpenError::NewerSchema`], [`OpenError::Io`] (no room, or the copy failed).
pub(in crate::store) fn before_upgrade(
    folder: &DataFolder,
    file: &Path,
    now_ms: i64,
) -> Result<(), OpenError> {
    before_upgrade_to(migrate::latest(), folder, file, now_ms)
}

/// The same for a binary that knows the versions up to `known`.
pub(in crate::store) fn before_upgrade_to(
    known: i64,
    folder: &DataFolder,
    file: &Path,
    now_ms: i64,
) -> Result<(), OpenError> {
    let found = schema_version(file)?;
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    if found == 0 || found == known {
        return Ok(());
    }
    let io = |what: &str, error: &dyn std::fmt::Display| OpenError::Io(format!("{what}: {error}"));
    let backups = folder.backups();
    make_folder(&backups).map_err(|error| io("cannot make the backups folder", &error))?;
    let size = fs::metadata(file)
        .map_err(|error| io("cannot look at the database", &error))?
        .len();
    let disk = rustix::fs::statvfs(&backups)
        .map_err(|error| io("cannot ask for the disk's free space", &error))?;
    let (free, needed) = (
        disk.f_bavail.saturating_mul(disk.f_frsize),
        size * ROOM_FACTOR,
    );
    if free < needed {
        return Err(OpenError::Io(format!(
            "an upgrade needs {needed} bytes free for the backup before it, and the disk has {free}"
        )));
    }
    let dest = backups.join(format!(
        "provost-{}-before-version-{known}.db",
        stamp(now_ms)
    ));
    copy(file, &dest, now_ms).map_err(|error| {
        io(
            "the backup before the upgrade failed",
            &format!("{error:?}"),
        )
    })?;
    tracing::info!(file = %dest.display(), "the database was backed up before its upgrade");
    Ok(())
}

/// The schema's version, read without changing a byte or leaving a file; 0 for a new one.
fn schema_version(file: &Path) -> Result<i64, OpenError> {
    let failed =
        |error: std::io::Error| OpenError::Io(format!("cannot read the database: {error}"));
    let wal = with_suffix(file, "-wal");
    if fs::metadata(&wal).is_ok_and(|meta| meta.len() > 0) {
        return version_through_log(file);
    }
    // Without a log the header says it all; opening the file would make one.
    let mut header = Vec::new();
    match File::open(file) {
        Ok(file) => {
            let bytes = u64::try_from(HEADER_BYTES).unwrap_or_default();
            file.take(bytes).read_to_end(&mut header).map_err(failed)?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed(error)),
    }
    // Of a file that is no database, opening it says so better.
    let version = header
        .strip_prefix(MAGIC)
        .and(header.get(USER_VERSION_AT..HEADER_BYTES))
        .and_then(|bytes: &[u8]| bytes.try_into().ok());
    Ok(version.map_or(0, |bytes| i64::from(i32::from_be_bytes(bytes))))
}

/// The version with what a crash left in the log.
fn version_through_log(file: &Path) -> Result<i64, OpenError> {
    let shm = with_suffix(file, "-shm");
    let had_shm = shm.exists();
    let conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let version = migrate::version(&conn)?;
    drop(conn);
    if !had_shm {
        // This process holds the folder's lock: nobody else can have begun to use it.
        let _ = fs::remove_file(shm);
    }
    Ok(version)
}
