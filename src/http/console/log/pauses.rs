//! What was refused because a connection was paused, and is over: it was resumed since. Such a
//! refusal needs nobody any more.

use std::collections::HashMap;

use crate::app;
use crate::domain::audit::Action;
use crate::domain::error::Result;
use crate::domain::id::ConnectionId;
use crate::domain::provisioning::ProvisioningRow;
use crate::domain::reason::Reason;
use crate::http::console::caller::Caller;
use crate::http::console::format::Times;
use crate::http::console::history::entry_of;
use crate::http::console::words::{t, tf};

/// Rows of the audit log that are looked through for when a connection was resumed, and how many
/// about it are looked at.
const LOOKED: i64 = 3_000;
const CHANGES: usize = 100;

/// Refusals that are over, by the numbers of their rows, and until when the pause was, where that
/// is known. Milliseconds since 1970, UTC.
#[derive(Debug, Default)]
pub struct Pauses(HashMap<i64, Option<i64>>);

impl Pauses {
    /// Nothing is read where none of the rows is about a pause.
    ///
    /// Errors: `Forbidden`, `Unavailable`.
    pub fn of(caller: &Caller, rows: &[ProvisioningRow]) -> Result<Self> {
        let mut refused: HashMap<ConnectionId, Vec<(i64, i64)>> = HashMap::new();
        for row in rows {
            if let (Some(Reason::ConnectionPaused), Some((id, ..))) = (row.reason, &row.connection)
            {
                refused.entry(*id).or_default().push((row.seq, row.at_ms));
            }
        }
        let mut over = HashMap::new();
        for (id, rows) in refused {
            let oldest = rows.iter().map(|(_, at_ms)| *at_ms).min().unwrap_or(0);
            let Some((resumed, back_to)) = resumed(caller, id, oldest)? else {
                continue;
            };
            for (seq, at_ms) in rows {
                let until = resumed.iter().copied().filter(|ms| *ms >= at_ms).min();
                // An earlier one may be farther back than was looked.
                over.insert(seq, until.filter(|_| back_to <= at_ms));
            }
        }
        Ok(Self(over))
    }

    /// What a page says of it in place of the answer of then; `None` where it is not over.
    pub(super) fn told(&self, row: &ProvisioningRow, times: &Times) -> Option<String> {
        Some(match self.0.get(&row.seq)? {
            Some(ms) => tf("log.was_paused_until", &[&times.at(*ms).text]),
            None => t("log.was_paused").to_owned(),
        })
    }

    pub(super) fn is_over(&self, row: &ProvisioningRow) -> bool {
        self.0.contains_key(&row.seq)
    }
}

/// When the connection was resumed since then, and how far back that is known; `None` while it is
/// paused.
fn resumed(caller: &Caller, id: ConnectionId, since_ms: i64) -> Result<Option<(Vec<i64>, i64)>> {
    let id = id.to_string();
    let (connection, found) = caller.read(|tx| {
        let span = (LOOKED, CHANGES);
        Ok((
            app::connections::find(tx, &id)?,
            app::audit::about(tx, [&id, &id], since_ms, None, span)?,
        ))
    })?;
    if connection.paused {
        return Ok(None);
    }
    let is_resume = |entry: &serde_json::Value| {
        entry["action"]["description"] == Action::ConnectionResume.description()
    };
    let resumes = found.rows.iter().filter(|row| is_resume(&entry_of(row)));
    let back_to = match found.next {
        Some(_) => found.back_to_ms.unwrap_or(i64::MAX),
        None => i64::MIN,
    };
    Ok(Some((resumes.map(|row| row.at_ms).collect(), back_to)))
}
