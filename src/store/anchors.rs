//! Anchors: signed lines in a file beside the database, each of which fixes the audit log up
//! to a row. With a copy of them elsewhere, cutting the log off or replacing it is found
//! (T-103); without one it is not, when the file goes too.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::Db;
use super::folder::{private_file, sync_folder_of};
use super::keys::Keys;
use super::sql::find;
use crate::domain::audit::ChainFault;
use crate::domain::error::{Error, Result};
use crate::domain::instant::{parse_ms, print_ms};

/// An anchor is due after so many rows, or with any new row after so long.
const ROWS_BETWEEN: i64 = 1000;
const MS_BETWEEN: i64 = 3_600_000;

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    seq: i64,
    hash: String,
    time: String,
    signature: String,
}

impl Line {
    /// What is signed. The label keeps the signature from meaning anything elsewhere.
    fn signed_text(&self) -> String {
        format!(
            "provost anchor v1\n{}\n{}\n{}",
            self.seq, self.hash, self.time
        )
    }

    fn is_signed_by(&self, public_key: &[u8]) -> bool {
        let Ok(signature) = HEXLOWER.decode(self.signature.as_bytes()) else {
            return false;
        };
        UnparsedPublicKey::new(&ED25519, public_key)
            .verify(self.signed_text().as_bytes(), &signature)
            .is_ok()
    }
}

/// The anchors of a file, by row.
#[derive(Debug, Default)]
pub(in crate::store) struct Anchors {
    hashes: BTreeMap<i64, Vec<u8>>,
    last_ms: i64,
    fault: Option<ChainFault>,
}

impl Anchors {
    /// Reads the file; none is no anchor. With `keys` the signatures are checked, and the
    /// first bad line is a fault. A last line without its end was cut by a crash and is
    /// passed over.
    pub(in crate::store) fn read(file: &Path, keys: Option<&Keys>) -> Result<Self> {
        let mut text = Vec::new();
        match File::open(file) {
            Ok(mut file) => file.read_to_end(&mut text).map_err(Error::internal)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::internal(error)),
        };
        let public_key = keys.map(Keys::anchor_public_key);
        let mut anchors = Self::default();
        let whole = text
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        for (number, line) in text[..whole].split(|&byte| byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let parsed = serde_json::from_slice::<Line>(line).ok().filter(|line| {
                public_key
                    .as_ref()
                    .is_none_or(|public_key| line.is_signed_by(public_key))
            });
            let decoded = parsed.and_then(|line| {
                let hash = HEXLOWER.decode(line.hash.as_bytes()).ok()?;
                Some((line.seq, hash, parse_ms(&line.time)?))
            });
            match decoded {
                Some((seq, hash, ms)) => {
                    anchors.last_ms = ms;
                    anchors.hashes.insert(seq, hash);
                }
                None if anchors.fault.is_none() => {
                    anchors.fault = Some(ChainFault {
                        seq: anchors.last_seq().unwrap_or(0) + 1,
                        what: format!(
                            "line {} of anchors.log was not signed with this server's key",
                            number + 1
                        ),
                    });
                }
                None => {}
            }
        }
        Ok(anchors)
    }

    pub(in crate::store) fn at(&self, seq: i64) -> Option<&Vec<u8>> {
        self.hashes.get(&seq)
    }

    pub(in crate::store) fn last_seq(&self) -> Option<i64> {
        self.hashes.last_key_value().map(|(&seq, _)| seq)
    }

    pub(in crate::store) fn fault(&self) -> Option<&ChainFault> {
        self.fault.as_ref()
    }
}

/// The last anchor's row and time in milliseconds since 1970, once the file was read.
#[derive(Debug, Default)]
pub(in crate::store) struct Anchored(Mutex<Option<(i64, i64)>>);

impl Db {
    /// Appends an anchor over the newest audit row when one is due; whether it did. To be
    /// called every minute or so, and before the end.
    ///
    /// Errors: `Unavailable`, `Internal` (the file can't be written).
    pub fn anchor_if_due(&self) -> Result<bool> {
        let mut last = self
            .0
            .anchored
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (seq, ms) = if let Some(known) = *last {
            known
        } else {
            let anchors = Anchors::read(&self.folder().anchors(), None)?;
            *last.insert((anchors.last_seq().unwrap_or(0), anchors.last_ms))
        };
        let newest: Option<(i64, [u8; 32])> = self.read(&self.own_seat("anchor"), |tx| {
            let row = find(
                tx.conn(),
                "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok::<_, Error>(row)
        })?;
        let Some((newest, hash)) = newest else {
            return Ok(false);
        };
        let now_ms = self.clock().now_ms();
        let due = newest - seq >= ROWS_BETWEEN || (now_ms - ms).abs() >= MS_BETWEEN;
        if newest <= seq || !due {
            return Ok(false);
        }
        let mut line = Line {
            seq: newest,
            hash: HEXLOWER.encode(&hash),
            time: print_ms(now_ms),
            signature: String::new(),
        };
        line.signature = HEXLOWER.encode(&self.keys().sign_anchor(&line.signed_text()));
        let text = serde_json::to_string(&line).map_err(Error::internal)?;
        append(&self.folder().anchors(), &text).map_err(Error::internal)?;
        *last = Some((newest, now_ms));
        Ok(true)
    }

    /// The Ed25519 key that verifies anchors without the server, in hex.
    pub fn anchor_public_key(&self) -> String {
        HEXLOWER.encode(&self.keys().anchor_public_key())
    }
}

/// Appends one line durably. What a crash left of a line is cut off first.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let is_new = !path.exists();
    let mut file = private_file().create(true).truncate(false).open(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let whole = text
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let whole = u64::try_from(whole).map_err(std::io::Error::other)?;
    file.set_len(whole)?;
    file.seek(SeekFrom::Start(whole))?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()?;
    if is_new { sync_folder_of(path) } else { Ok(()) }
}
