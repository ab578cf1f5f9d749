//! The log as the history of one thing tells it: newest first, so many rows at a look.

use std::borrow::Cow;

use memchr::memmem::Finder;
use serde::Deserialize;

use super::look::go_back;
use crate::domain::audit::AuditFound;
use crate::domain::error::Result;
use crate::store::tx::ReadTx;

/// What two ids begin with alike is rare enough from so many bytes on.
const SAME_BYTES_MIN: usize = 16;
/// So far a clock may be set back, in milliseconds, and nothing that was changed is passed over.
const CLOCK_STEP_MS: i64 = 60 * 1000;

/// What of an entry says what it is about.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    resource: Thing<'a>,
}

#[derive(Deserialize)]
struct Thing<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// Rows about what has one of these two ids: those among the `looked` rows of the log before the
/// row `before`, at most `limit`. Nothing is about something from before `since_ms`.
pub fn about(
    tx: &ReadTx<'_>,
    ids: [&str; 2],
    since_ms: i64,
    before: Option<i64>,
    span: (i64, usize),
) -> Result<AuditFound> {
    // Ids of one thing differ in their last digits, if at all: one look at each row's text is
    // enough to pass it over, and costs half of two.
    let same = ids[0].bytes().zip(ids[1].bytes());
    let same = same.take_while(|(a, b)| a == b).count();
    let needles = match ids[0].get(..same) {
        Some(both) if same >= SAME_BYTES_MIN => vec![Finder::new(both)],
        Some(_) | None => ids.map(Finder::new).to_vec(),
    };
    let matches = |entry: &[u8]| {
        needles.iter().any(|needle| needle.find(entry).is_some())
            // A row that was tampered with need not be readable; it is about nothing known.
            && serde_json::from_slice::<Entry<'_>>(entry)
                .is_ok_and(|entry| ids.contains(&entry.resource.id.as_ref()))
    };
    let since_ms = since_ms.saturating_sub(CLOCK_STEP_MS);
    go_back(tx, before.unwrap_or(i64::MAX), since_ms, span, matches)
}
