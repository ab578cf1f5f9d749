//! Backups of the whole box.

use std::path::{Path, PathBuf};

use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::store::tx::WriteTx;
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
