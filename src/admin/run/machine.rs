//! Backups and the examination of the database.

use std::path::{Path, PathBuf};

use super::{Run, Sink};
use crate::admin::fault::Stop;
use crate::admin::reply::{BackupView, CheckedView, FindingView, Reply};
use crate::app;
use crate::store::backup::Verdict;
use crate::store::check;

const BACKUPS: &str = "look where the backups are kept";

impl Run<'_> {
    pub(super) fn backup_create(&self, file: Option<PathBuf>, sink: Sink<'_>) -> Result<(), Stop> {
        let made = app::backups::create(self.db, self.write_as(None), file);
        let report = made.map_err(|error| self.fault(&error, BACKUPS))?;
        let view = BackupView {
            file: report.file.display().to_string(),
            manifest: report.manifest_file.display().to_string(),
            key_file: report.key_file.display().to_string(),
            sha256: report.sha256,
            bytes: report.bytes,
            schema_version: report.schema_version,
            audit_seq: report.audit_seq,
        };
        Ok(sink(Reply::Backup(view))?)
    }

    pub(super) fn backup_verify(&self, file: &Path, sink: Sink<'_>) -> Result<(), Stop> {
        let verdict = app::backups::verify(self.db, file);
        let verdict = verdict.map_err(|error| self.fault(&error, BACKUPS))?;
        for reply in replies_of(verdict) {
            sink(reply)?;
        }
        Ok(())
    }

    pub(super) fn db_check(&self, sink: Sink<'_>) -> Result<(), Stop> {
        let found = check::integrity(self.db);
        let found = found.map_err(|error| self.fault(&error, "provost db check"))?;
        let findings = found.len();
        for finding in found {
            let (check, detail) = (finding.check.to_owned(), finding.detail);
            sink(Reply::Finding(FindingView { check, detail }))?;
        }
        let what = self.db.folder().database().display().to_string();
        Ok(sink(Reply::Checked(CheckedView {
            what,
            good: findings == 0,
            findings,
        }))?)
    }
}

/// What the examination of a backup says, one item for each finding and one at the end.
pub fn replies_of(verdict: Verdict) -> Vec<Reply> {
    let findings = verdict.findings.len();
    let chain = if verdict.chain_checked {
        ""
    } else {
        ", its audit chain not recomputed"
    };
    let what = format!(
        "{} (schema version {}, {} audit rows{chain})",
        verdict.file.display(),
        verdict.schema_version,
        verdict.audit_seq
    );
    let finding = |detail| {
        Reply::Finding(FindingView {
            check: "backup".to_owned(),
            detail,
        })
    };
    let mut replies: Vec<Reply> = verdict.findings.into_iter().map(finding).collect();
    replies.push(Reply::Checked(CheckedView {
        what,
        good: findings == 0,
        findings,
    }));
    replies
}
