//! Backups: a copy of the running database at one audit row, examined before it counts.
//! `server.key` is never in one: a stolen backup must not hold usable tokens.

pub mod kept;
pub mod upgrade;

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::anchors::Anchors;
use super::audit::verify::{self, Begin};
use super::folder::{private_file, sync_folder_of, write_durably};
use super::keys::Keys;
use super::sql::find;
use super::{Db, migrate, open};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::instant::print_ms;
use crate::domain::reason::Reason;

pub(in crate::store) use upgrade::before_upgrade;

/// Pages copied in one step, and the rest between two: other readers of the disk go on.
const STEP_PAGES: i32 = 256;
const STEP_REST: Duration = Duration::from_millis(1);

/// What stands beside a backup as `<file>.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the whole file, in hex.
    pub sha256: String,
    pub schema_version: i64,
    /// The last audit row in it, 0 when there is none, and its hash in hex.
    pub audit_seq: i64,
    pub audit_hash: String,
    /// When it was made, as RFC 3339.
    pub time: String,
}

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct Report {
    pub file: PathBuf,
    pub manifest_file: PathBuf,
    pub bytes: u64,
    pub sha256: String,
    pub schema_version: i64,
    pub audit_seq: i64,
    /// The file that has to be kept apart from the backup, and without which its tokens are
    /// void.
    pub key_file: PathBuf,
}

/// What an examination of a backup found.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub file: PathBuf,
    pub schema_version: i64,
    pub audit_seq: i64,
    /// Whether the chain could be recomputed: that takes the key.
    pub chain_checked: bool,
    /// What is wrong, a sentence each; empty when the backup is good.
    pub findings: Vec<String>,
}

/// Copies the database to `dest`, or to a new file in the data folder's `backups`.
///
/// Errors: `Conflict` (the file exists), `StorageFull`, `Unavailable`, `Internal`.
pub fn create(db: &Db, dest: Option<PathBuf>) -> Result<Report> {
    let now_ms = db.clock().now_ms();
    let file = if let Some(file) = dest {
        file
    } else {
        let folder = db.folder().backups();
        make_folder(&folder).map_err(io_error)?;
        folder.join(format!("provost-{}.db", stamp(now_ms)))
    };
    let (manifest, bytes) = copy(&db.0.file, &file, now_ms)?;
    Ok(Report {
        manifest_file: manifest_of(&file),
        bytes,
        sha256: manifest.sha256,
        schema_version: manifest.schema_version,
        audit_seq: manifest.audit_seq,
        key_file: db.folder().path().join("server.key"),
        file,
    })
}

/// Copies the database to a new file of that name in the data folder's `backups`.
///
/// Errors: as [`create`].
pub fn create_named(db: &Db, name: &str) -> Result<Report> {
    let folder = db.folder().backups();
    make_folder(&folder).map_err(io_error)?;
    create(db, Some(folder.join(name)))
}

/// Removes a backup that may not stay.
pub fn discard(report: &Report) {
    for file in [&report.file, &report.manifest_file] {
        if let Err(error) = fs::remove_file(file) {
            tracing::error!(%error, file = %file.display(), "a backup could not be removed");
        }
    }
}

/// What the audit log keeps of a backup.
pub fn facts(report: &Report) -> Value {
    json!({
        "sha256": report.sha256,
        "bytes": report.bytes,
        "schema_version": report.schema_version,
        "audit_seq": report.audit_seq,
    })
}

fn stamp(now_ms: i64) -> String {
    print_ms(now_ms)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn manifest_of(file: &Path) -> PathBuf {
    with_suffix(file, ".json")
}

fn io_error(error: std::io::Error) -> Error {
    if error.kind() == ErrorKind::StorageFull {
        return Error::new(
            Kind::StorageFull,
            Reason::StorageFull,
            "The disk has no room for the backup; free space, or name a file on another disk.",
        );
    }
    let text = format!("The backup can't be written ({error}); choose another file or folder.");
    Error::invalid(Reason::InvalidValue, text).with_source(error)
}

fn refuse_existing(file: &Path) -> Result<()> {
    if file.symlink_metadata().is_ok() {
        return Err(Error::conflict(
            Reason::NameTaken,
            format!("{} exists already; name another file.", file.display()),
        ));
    }
    Ok(())
}

/// Copies `source` to the new file `dest`: to a temporary file first, which takes its name
/// only when it was examined and is durable.
fn copy(source: &Path, dest: &Path, now_ms: i64) -> Result<(Manifest, u64)> {
    let manifest_file = manifest_of(dest);
    refuse_existing(dest)?;
    refuse_existing(&manifest_file)?;
    let temporary = with_suffix(dest, ".part");
    private_file()
        .create_new(true)
        .open(&temporary)
        .map_err(io_error)?;
    let copied = copy_to(source, &temporary, now_ms).and_then(|(manifest, bytes)| {
        let text = serde_json::to_string_pretty(&manifest).map_err(Error::internal)?;
        // First the manifest: a backup without one is not taken for whole.
        write_durably(&manifest_file, text.as_bytes()).map_err(io_error)?;
        rename_new(&temporary, dest).map_err(io_error)?;
        Ok((manifest, bytes))
    });
    if copied.is_err() {
        for left in [
            temporary.clone(),
            with_suffix(&temporary, "-journal"),
            manifest_file,
        ] {
            // Nothing to remove is as good as removed.
            let _ = fs::remove_file(left);
        }
    }
    copied
}

fn rename_new(from: &Path, to: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?;
    sync_folder_of(to)
}

fn copy_to(source: &Path, temporary: &Path, now_ms: i64) -> Result<(Manifest, u64)> {
    let from = open::reader(source)?;
    // One view from the first page to the last: without it the copy begins anew whenever
    // somebody writes.
    from.execute_batch("BEGIN")?;
    let (audit_seq, audit_hash) = last_audit(&from)?;
    let schema_version = migrate::version(&from)?;
    let mut to = Connection::open_with_flags(
        temporary,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // The file is made durable below, at once and not page by page.
    to.pragma_update(None, "synchronous", "OFF")?;
    {
        let backup = Backup::new(&from, &mut to)?;
        while backup.step(STEP_PAGES)? != StepResult::Done {
            std::thread::sleep(STEP_REST);
        }
    }
    from.execute_batch("COMMIT")?;
    // One file on its own, with no log beside it.
    to.pragma_update(None, "journal_mode", "DELETE")?;
    let mut findings = Vec::new();
    examine_pages(&to, &mut findings)?;
    drop(to);
    if let Some(finding) = findings.first() {
        return Err(Error::internal(format!("the copy is damaged: {finding}")));
    }
    let file = File::open(temporary).map_err(io_error)?;
    file.sync_all().map_err(io_error)?;
    let bytes = file.metadata().map_err(io_error)?.len();
    let sha256 = sha256_of(&file).map_err(io_error)?;
    let time = print_ms(now_ms);
    Ok((
        Manifest {
            sha256,
            schema_version,
            audit_seq,
            audit_hash,
            time,
        },
        bytes,
    ))
}

fn last_audit(conn: &Connection) -> Result<(i64, String)> {
    let last: Option<(i64, [u8; 32])> = find(
        conn,
        "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(last.map_or((0, String::new()), |(seq, hash)| {
        (seq, HEXLOWER.encode(&hash))
    }))
}

fn sha256_of(mut file: &File) -> std::io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(HEXLOWER.encode(context.finish().as_ref()));
        }
        context.update(&buffer[..read]);
    }
}

/// SQLite's own examination of its pages.
pub(in crate::store) fn examine_pages(
    conn: &Connection,
    findings: &mut Vec<String>,
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare("PRAGMA quick_check(20)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if text != "ok" {
            findings.push(text);
        }
    }
    Ok(())
}

/// Whether every row that is referred to is there.
pub(in crate::store) fn examine_references(
    conn: &Connection,
    findings: &mut Vec<String>,
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if findings.len() >= 20 {
            break;
        }
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        findings.push(format!(
            "a row of {table} refers to a row of {parent} that is not there"
        ));
    }
    Ok(())
}

/// Examines a backup; with `keys` its audit chain too. The file is not changed.
///
/// Errors: `NotFound`, `Internal` (the file can't be read).
pub fn verify(file: &Path, keys: Option<&Keys>) -> Result<Verdict> {
    let opened = File::open(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::new(
            Kind::NotFound,
            Reason::NotFound,
            format!("There is no file {}; check its name.", file.display()),
        ),
        _ => io_error(error),
    })?;
    let mut verdict = Verdict {
        file: file.to_owned(),
        schema_version: 0,
        audit_seq: 0,
        chain_checked: false,
        findings: Vec::new(),
    };
    let manifest = read_manifest(file, &mut verdict.findings);
    if let Some(manifest) = &manifest
        && sha256_of(&opened).map_err(io_error)? != manifest.sha256
    {
        verdict
            .findings
            .push("the file is not the one its manifest was written for".to_owned());
    }
    if let Err(error) = examine(file, manifest.as_ref(), keys, &mut verdict) {
        verdict
            .findings
            .push(format!("the database can't be read: {error:?}"));
    }
    Ok(verdict)
}

fn read_manifest(file: &Path, findings: &mut Vec<String>) -> Option<Manifest> {
    let text = match fs::read(manifest_of(file)) {
        Ok(text) => text,
        Err(error) => {
            findings.push(format!("the manifest beside it can't be read: {error}"));
            return None;
        }
    };
    let manifest = serde_json::from_slice(&text);
    manifest
        .map_err(|error| findings.push(format!("the manifest is damaged: {error}")))
        .ok()
}

fn examine(
    file: &Path,
    manifest: Option<&Manifest>,
    keys: Option<&Keys>,
    verdict: &mut Verdict,
) -> Result<()> {
    let conn = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    let whole: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if whole != "ok" {
        verdict.findings.push(whole);
        return Ok(());
    }
    examine_references(&conn, &mut verdict.findings)?;
    verdict.schema_version = migrate::version(&conn)?;
    if let Err(error) = migrate::check(&conn) {
        verdict.findings.push(error.to_string());
    }
    let (seq, hash) = last_audit(&conn)?;
    verdict.audit_seq = seq;
    if manifest.is_some_and(|manifest| manifest.audit_seq != seq || manifest.audit_hash != hash) {
        verdict
            .findings
            .push("the last audit row is not the one in the manifest".to_owned());
    }
    if let Some(keys) = keys {
        let chain = verify::follow(keys, &Anchors::default(), Begin::at_first(), |seq| {
            verify::chunk(&conn, seq)
        })?;
        verdict.chain_checked = true;
        if let Some(fault) = chain.fault {
            verdict
                .findings
                .push(format!("audit row {}: {}", fault.seq, fault.what));
        }
    }
    Ok(())
}
