//! The backups in the data folder.

use std::fs;
use std::path::PathBuf;

use super::{Db, Manifest, io_error, manifest_of};
use crate::domain::error::Result;

/// Most backups that are told of.
const LISTED_MAX: usize = 200;

/// A backup as it lies in the folder.
#[derive(Debug, Clone)]
pub struct Kept {
    pub file: PathBuf,
    pub bytes: u64,
    /// What was found out about it when it was made; `None`: it was not made whole.
    pub manifest: Option<Manifest>,
}

/// The backups in the data folder's `backups`, the newest first, by their names: they hold the
/// time. How many there are is told by their number, at most 200.
///
/// Errors: `Invalid` (the folder can't be read).
pub fn list(db: &Db) -> Result<Vec<Kept>> {
    let entries = match fs::read_dir(db.folder().backups()) {
        Ok(entries) => entries,
        // Made with the first backup.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(io_error)?.path();
        if file.extension().is_some_and(|extension| extension == "db") {
            files.push(file);
        }
    }
    let kept = files.into_iter().map(|file| {
        let text = fs::read_to_string(manifest_of(&file)).ok();
        Kept {
            bytes: fs::metadata(&file).map_or(0, |about| about.len()),
            manifest: text.and_then(|text| serde_json::from_str(&text).ok()),
            file,
        }
    });
    let mut kept: Vec<Kept> = kept.collect();
    // RFC 3339 in UTC sorts as text.
    let time = |one: &Kept| one.manifest.as_ref().map(|manifest| manifest.time.clone());
    kept.sort_by(|a, b| (time(b), &b.file).cmp(&(time(a), &a.file)));
    kept.truncate(LISTED_MAX);
    Ok(kept)
}
