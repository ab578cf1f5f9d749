//! Recomputes the chain of the audit log, and compares it with the anchors.

use std::sync::{Mutex, PoisonError, TryLockError};

use rusqlite::Connection;

use super::{CHAIN_START, chain};
use crate::domain::audit::{AuditVerdict, ChainFault, ChainState};
use crate::domain::error::Result;
use crate::store::Db;
use crate::store::anchors::Anchors;
use crate::store::keys::Keys;
use crate::store::sql::{find, get, list as list_rows};

/// Rows read at once: a short read that holds nobody up.
const CHUNK_ROWS: i64 = 1000;

/// A row as the chain covers it. Texts and hashes are taken as bytes: a row that was tampered
/// with need not hold what it should.
pub(in crate::store) struct RawRow {
    seq: i64,
    account: Option<i64>,
    at_ms: i64,
    entry: Vec<u8>,
    hash: Vec<u8>,
}

/// The rows after `seq`, oldest first.
pub(in crate::store) fn chunk(conn: &Connection, seq: i64) -> Result<Vec<RawRow>> {
    let rows = list_rows(
        conn,
        "SELECT seq, account, at_ms, entry, hash FROM audit WHERE seq > ?1
         ORDER BY seq LIMIT ?2",
        (seq, CHUNK_ROWS),
        |row| {
            Ok(RawRow {
                seq: row.get(0)?,
                account: row.get(1)?,
                at_ms: row.get(2)?,
                entry: row.get_ref(3)?.as_bytes()?.to_vec(),
                hash: row.get_ref(4)?.as_bytes()?.to_vec(),
            })
        },
    )?;
    Ok(rows)
}

/// Where to begin: after the row of that number, whose hash is taken as it is.
pub(in crate::store) struct Begin {
    seq: i64,
    hash: Vec<u8>,
}

impl Begin {
    /// At the first row.
    pub(in crate::store) fn at_first() -> Self {
        Self {
            seq: 0,
            hash: CHAIN_START.to_vec(),
        }
    }

    /// So that the last `rows` rows are recomputed.
    fn at_last(conn: &Connection, rows: i64) -> Result<Self> {
        let found = find(
            conn,
            "SELECT seq, hash FROM audit
             WHERE seq <= (SELECT max(seq) FROM audit) - ?1 ORDER BY seq DESC LIMIT 1",
            [rows],
            |row| {
                Ok(Self {
                    seq: row.get(0)?,
                    hash: row.get_ref(1)?.as_bytes()?.to_vec(),
                })
            },
        )?;
        Ok(found.unwrap_or_else(Self::at_first))
    }
}

/// Follows the chain through what `next` returns for the number it is given, to an empty
/// answer.
pub(in crate::store) fn follow(
    keys: &Keys,
    anchors: &Anchors,
    begin: Begin,
    mut next: impl FnMut(i64) -> Result<Vec<RawRow>>,
) -> Result<AuditVerdict> {
    let (mut last, mut hash) = (begin.seq, begin.hash);
    let mut verdict = AuditVerdict {
        rows: 0,
        last_seq: last,
        anchors: 0,
        fault: anchors.fault().cloned(),
    };
    loop {
        let rows = next(last)?;
        if rows.is_empty() {
            break;
        }
        for (index, row) in rows.iter().enumerate() {
            let what = broken_link(keys, last, &hash, row, rows.get(index + 1));
            if let Some((seq, what)) = what {
                verdict.fault = Some(ChainFault { seq, what });
                return Ok(verdict);
            }
            if let Some(anchored) = anchors.at(row.seq) {
                verdict.anchors += 1;
                if anchored.as_slice() != row.hash {
                    let what = "the row is not the one that anchors.log was signed over: \
                                the log was replaced"
                        .to_owned();
                    verdict.fault = Some(ChainFault { seq: row.seq, what });
                    return Ok(verdict);
                }
            }
            (last, hash) = (row.seq, row.hash.clone());
            verdict.rows += 1;
            verdict.last_seq = last;
        }
    }
    if let Some(anchored) = anchors.last_seq()
        && anchored > last
    {
        let what = format!(
            "the log ends at row {last}, but anchors.log was signed over row {anchored}: \
             the end was cut off"
        );
        verdict.fault = Some(ChainFault {
            seq: last + 1,
            what,
        });
    }
    Ok(verdict)
}

/// The first bad number and why, when `row` does not follow the row `last` with its `hash`.
fn broken_link(
    keys: &Keys,
    last: i64,
    hash: &[u8],
    row: &RawRow,
    after: Option<&RawRow>,
) -> Option<(i64, String)> {
    if row.seq != last + 1 {
        let what = format!("rows {} to {} are missing", last + 1, row.seq - 1);
        return Some((last + 1, what));
    }
    if link(keys, hash, row).is_some_and(|expected| expected.as_slice() == row.hash) {
        return None;
    }
    // When the next row follows the stored hash, the hash is the old one and the text is new.
    let text_only = after.is_some_and(|after| {
        after.seq == row.seq + 1
            && link(keys, &row.hash, after).is_some_and(|hash| hash.as_slice() == after.hash)
    });
    let what = if text_only {
        "the row was edited: its hash belongs to another text"
    } else {
        "the row does not continue the chain: it was edited, inserted or swapped, \
         or the one before was removed"
    };
    Some((row.seq, what.to_owned()))
}

/// The hash that `row` must have after a row with the hash `previous`.
fn link(keys: &Keys, previous: &[u8], row: &RawRow) -> Option<[u8; 32]> {
    let previous: &[u8; 32] = previous.try_into().ok()?;
    Some(chain(
        keys,
        previous,
        row.seq,
        row.account,
        row.at_ms,
        &row.entry,
    ))
}

/// 0 of an empty log.
fn last_seq(conn: &Connection) -> Result<i64> {
    let text = "SELECT ifnull(max(seq), 0) FROM audit";
    Ok(get(conn, text, [], |row| row.get(0))?)
}

/// The newest rows that are examined when the server starts (T-104).
pub const NEWEST_ROWS: i64 = 10_000;

/// What the last examinations found.
#[derive(Debug, Default)]
pub(in crate::store) struct Examined {
    /// Held by whoever examines: it is a lot of reading, once is enough.
    turn: Mutex<()>,
    state: Mutex<Option<ChainState>>,
}

impl Db {
    /// Recomputes the whole chain, or its last rows, and compares it with `anchors.log`.
    ///
    /// Errors: `Unavailable`, `Internal`.
    pub fn verify_audit(&self, last_rows: Option<i64>) -> Result<AuditVerdict> {
        // Read first: an anchor made meanwhile may be over rows that were not read yet.
        let anchors = Anchors::read(&self.folder().anchors(), Some(self.keys()))?;
        let seat = self.own_seat("audit verification");
        let begin = match last_rows {
            Some(rows) => self.read(&seat, |tx| Begin::at_last(tx.conn(), rows))?,
            None => Begin::at_first(),
        };
        follow(self.keys(), &anchors, begin, |seq| {
            self.read(&seat, |tx| chunk(tx.conn(), seq))
        })
    }

    /// The same, remembered for whoever looks at the log. Waits while it is being done already.
    ///
    /// Errors: `Unavailable`, `Internal`.
    pub fn check_chain(&self, last_rows: Option<i64>) -> Result<ChainState> {
        let examined = &self.0.examined;
        let _turn = examined.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let at_ms = self.clock().now_ms();
        let verdict = self.verify_audit(last_rows)?;
        let state = ChainState {
            at_ms,
            // The newest rows of a short log are all of them.
            whole: last_rows.is_none() || verdict.rows == verdict.last_seq,
            verdict,
        };
        let mut known = examined
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The newest rows may be good where an older one is not.
        let was_broken = |known: &ChainState| known.verdict.fault.is_some();
        let keeps = !state.whole && state.verdict.fault.is_none();
        if !(keeps && known.as_ref().is_some_and(was_broken)) {
            *known = Some(state.clone());
        }
        Ok(state)
    }

    /// The same of a log that is short enough for all of it, where rows came since.
    ///
    /// Errors: `Unavailable`, `Internal`.
    pub fn check_short_chain(&self) -> Result<()> {
        let Some(known) = self.chain_state() else {
            return Ok(());
        };
        let seat = self.own_seat("audit verification");
        let last_seq = self.read(&seat, |tx| last_seq(tx.conn()))?;
        let is_known = last_seq == known.verdict.last_seq || known.verdict.fault.is_some();
        if is_known || last_seq > NEWEST_ROWS {
            return Ok(());
        }
        self.check_chain(Some(NEWEST_ROWS)).map(drop)
    }

    /// Whether it is being examined just now.
    pub fn is_examining_chain(&self) -> bool {
        matches!(
            self.0.examined.turn.try_lock(),
            Err(TryLockError::WouldBlock)
        )
    }

    /// What the last examination found.
    pub fn chain_state(&self) -> Option<ChainState> {
        let state = self.0.examined.state.lock();
        state.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
