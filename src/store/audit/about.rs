//! The log as the history of one thing tells it: newest first, so many rows at a look.

use std::borrow::Cow;

use memchr::memmem::{Finder, FinderRev};
use serde::Deserialize;
use serde_json::Value;

use super::look::go_back;
use crate::domain::audit::AuditFound;
use crate::domain::error::Result;
use crate::store::tx::ReadTx;

/// What two ids begin with alike is rare enough from so many bytes on.
const SAME_BYTES_MIN: usize = 16;
/// So far a clock may be set back, in milliseconds, and nothing that was changed is passed over.
const CLOCK_STEP_MS: i64 = 60 * 1000;

/// Where an entry says what it is about, and where it goes on about itself: texts in it can't hold
/// these, for their quotes are escaped.
const ABOUT: &[u8] = b"\"resource\":{";
const OURS: &[u8] = b",\"provost\":{";

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
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

/// Rows about what has one of these two ids, and those by which the person with the first came into
/// a group or went: those among the `looked` rows of the log before the
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
    let (about, ours, own) = (
        Finder::new(ABOUT),
        FinderRev::new(OURS),
        Finder::new(ids[0]),
    );
    let matches = |entry: &[u8]| {
        if !needles.iter().any(|needle| needle.find(entry).is_some()) {
            return false;
        }
        // A row that was tampered with need not be readable; it is about nothing known.
        let Ok(Entry { resource }) = serde_json::from_slice(entry) else {
            return false;
        };
        if ids.contains(&resource.id.as_ref()) {
            return true;
        }
        // Who changed a group is named too, and often: only what was changed is read whole.
        let begin = about.find(entry).unwrap_or(0);
        let end = ours.rfind(entry).unwrap_or(entry.len()).max(begin);
        let kinds = ["user_group", "scim_group", "connection"];
        kinds.contains(&resource.kind.as_ref())
            && own.find(&entry[begin..end]).is_some()
            && is_of_members(entry, ids[0])
    };
    let since_ms = since_ms.saturating_sub(CLOCK_STEP_MS);
    go_back(tx, before.unwrap_or(i64::MAX), since_ms, span, matches)
}

/// Whether a change of a group names that person among those who came or went.
fn is_of_members(entry: &[u8], member: &str) -> bool {
    let Ok(entry) = serde_json::from_slice::<Value>(entry) else {
        return false;
    };
    let (was, is) = (
        &entry["resource"]["request"],
        &entry["resource"]["response"],
    );
    let lists = [
        &is["members_added"]["ids"],
        &is["members"]["ids"],
        // What was decided of their held removal.
        &is["members_held"]["ids"],
        &was["members_removed"]["ids"],
        &was["members_first"],
    ];
    let mut named = lists.into_iter().filter_map(Value::as_array).flatten();
    named.any(|id| id == member)
}
