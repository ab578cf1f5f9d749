//! Backups of the whole box.

use std::path::{Path, PathBuf};

use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::store::backup::kept::{self, Kept};
use crate::store::tokens::Seat;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::writer::Write;
use crate::store::{Condition, Db, audit, backup};

/// Copies the running database to `dest` (default: a new file in the data folder's
/// `backups`), examines the copy, and records it in the audit log. `write` says who asks.
/// On a read-only server the backup is made without its audit row: it is needed most there.
///
/// Errors: `Forbidden`, `Conflict` (the file exists), `StorageFull`, `Unavailable`,
/// `Internal`.
pub fn create(db: &Db, write: Write<Error>, dest: Option<PathBuf>) -> Result<backup::Report> {
    write.require(Permission::BoxAdministration)?;
    made(db, write, dest)
}

/// The same for an operator at the console, into the data folder's `backups`: no path comes from
/// outside. The session is judged again with the audit row.
///
/// Errors: as [`create`].
pub fn create_at_console(db: &Db, seat: &Seat, write: Write<Error>) -> Result<backup::Report> {
    seat.actor.require(Permission::BoxAdministration)?;
    made(db, write, None)
}

/// The backups in the data folder, newest first.
///
/// Errors: `Forbidden`, `Invalid` (the folder can't be read).
pub fn list(tx: &ReadTx<'_>, db: &Db) -> Result<Vec<Kept>> {
    tx.require(Permission::BoxAdministration)?;
    kept::list(db)
}

fn made(db: &Db, write: Write<Error>, dest: Option<PathBuf>) -> Result<backup::Report> {
    let report = backup::create(db, dest)?;
    if db.condition() != Condition::Healthy {
        return Ok(report);
    }
    let made = report.clone();
    match db.write_blocking(write, move |tx| record(tx, &made)) {
        Ok(()) => Ok(report),
        Err(error) => {
            backup::discard(&report);
            Err(error)
        }
    }
}

/// Examines a backup: checksum, integrity, references, schema version, audit chain.
///
/// Errors: `NotFound` (no such file), `Internal`.
pub fn verify(db: &Db, file: &Path) -> Result<backup::Verdict> {
    backup::verify(file, Some(db.keys()))
}

fn record(tx: &WriteTx<'_>, report: &backup::Report) -> Result<()> {
    tx.require(Permission::BoxAdministration)?;
    let file = report.file.display().to_string();
    let event = Event::new(Action::BackupCreate, &report.sha256, file).after(backup::facts(report));
    audit::append(tx, event)
}
