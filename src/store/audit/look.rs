//! The log as the console goes through it: newest first, so many rows at a look. It has no index
//! by what a row says: each write would pay for one, and a page of the dirtiest kind, for the ids
//! of what is changed lie anywhere.

use std::borrow::Cow;
use std::collections::HashSet;

use memchr::memmem::Finder;
use serde::Deserialize;

use super::audit_row;
use crate::domain::audit::{AuditFound, AuditLook, AuditSource};
use crate::domain::error::Result;
use crate::domain::text::fold;
use crate::store::sql::find;
use crate::store::summary::members_beginning;
use crate::store::tx::ReadTx;

/// Rows of other accounts are passed over: so many cost as much as one that is read.
const PASSED_FOR_ONE: i64 = 10;
/// A row of a large change counts as one more for each so many bytes of its text: what a look
/// costs is bytes, and pages of them, as much as rows.
const BYTES_FOR_ONE: usize = 2 * 1024;

/// Where an entry has told what was done and comes to who did it, and what it says of what was
/// done and was no mere reading: texts can't hold these, for their quotes are escaped.
const ACTOR: &[u8] = b"\"actor\":{";
const DONE: &[u8] = b"\"result\":\"success\"";
const READ: &[u8] = b"\"type\":\"view\"";

/// What of an entry can be asked for.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    action: Done<'a>,
    #[serde(borrow)]
    actor: Who<'a>,
    #[serde(borrow)]
    raw: Asked<'a>,
    #[serde(borrow)]
    resource: Thing<'a>,
    #[serde(default)]
    provost: Ours,
}

#[derive(Deserialize)]
struct Done<'a> {
    #[serde(borrow)]
    description: Cow<'a, str>,
    #[serde(borrow)]
    result: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    verb: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Who<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    context: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    email: Option<String>,
    token_name: Option<String>,
}

#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Thing<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
struct Ours {
    connection: Option<String>,
}

/// The log has people by their user names: those who are shown by another name are looked up by
/// the beginning of it, at most so many.
const PEOPLE_MAX: i64 = 50;

/// What is asked for, folded once.
struct Wanted<'l> {
    look: &'l AuditLook,
    text: String,
    actor: String,
    object: String,
    /// Ids of people whose names begin as the text does, and as the object.
    of_text: HashSet<String>,
    of_object: HashSet<String>,
}

impl<'l> Wanted<'l> {
    fn new(tx: &ReadTx<'_>, look: &'l AuditLook) -> Result<Self> {
        Ok(Self {
            look,
            text: fold(&look.text),
            actor: fold(&look.actor),
            object: fold(&look.object),
            of_text: people(tx, &look.text)?,
            of_object: people(tx, &look.object)?,
        })
    }

    fn matches(&self, entry: &str) -> bool {
        if self.look.is_plain() {
            return true;
        }
        // A row that was tampered with need not be readable; it is found without filters.
        let Ok(entry) = serde_json::from_str::<Entry<'_>>(entry) else {
            return false;
        };
        let Entry {
            action,
            actor,
            raw,
            resource,
            provost,
        } = &entry;
        let source = || AuditSource::of(&actor.kind, &actor.context, &actor.id, &raw.uri);
        let within = |part: &str, text: &str| !text.is_empty() && fold(text).contains(part);
        let within_some = |part: &str, text: &Option<String>| {
            text.as_deref().is_some_and(|text| within(part, text))
        };
        let by = |part: &str| {
            within_some(part, &actor.email)
                || within_some(part, &actor.token_name)
                || within_some(part, &provost.connection)
                || within(part, &actor.id)
        };
        let on = |part: &str, people: &HashSet<String>| {
            within(part, &resource.name)
                || resource.id == part
                || people.contains(resource.id.as_ref())
        };
        let done = action.result == "success";
        self.look.verb.is_none_or(|verb| action.verb == verb.name())
            && self.look.done.is_none_or(|wanted| wanted == done)
            && self.look.source.is_none_or(|wanted| source() == wanted)
            && (self.actor.is_empty() || by(&self.actor))
            && (self.object.is_empty()
                || on(&self.object, &self.of_object)
                || resource.kind == self.object)
            && (self.text.is_empty()
                || within(&self.text, &action.description)
                || on(&self.text, &self.of_text)
                || by(&self.text))
    }
}

/// Both ids of people whose name, user name or address begins so.
fn people(tx: &ReadTx<'_>, beginning: &str) -> Result<HashSet<String>> {
    if beginning.is_empty() {
        return Ok(HashSet::new());
    }
    let found = members_beginning(tx, beginning, PEOPLE_MAX)?.into_iter();
    let ids = found.flat_map(|id| [id.to_string(), id.membership().to_string()]);
    Ok(ids.collect())
}

/// Rows that match: those among the `looked` rows of the log before the look's place, at most
/// `limit`.
pub fn look(tx: &ReadTx<'_>, look: &AuditLook, span: (i64, usize)) -> Result<AuditFound> {
    let wanted = Wanted::new(tx, look)?;
    let mut begin = look.before.unwrap_or(i64::MAX);
    if look.until_ms < i64::MAX {
        begin = begin.min(first_since(tx, look.until_ms)?);
    }
    let matches = |entry: &[u8]| str::from_utf8(entry).is_ok_and(|entry| wanted.matches(entry));
    go_back(tx, begin, look.since_ms, span, matches)
}

/// The latest rows by which something was changed: those among the `looked` rows of the log, at
/// most `limit`. What was refused changed nothing.
pub fn changes(tx: &ReadTx<'_>, span: (i64, usize)) -> Result<AuditFound> {
    let [actor, done, read] = [ACTOR, DONE, READ].map(Finder::new);
    let matches = |entry: &[u8]| {
        let action = &entry[..actor.find(entry).unwrap_or(entry.len())];
        done.find(action).is_some() && read.find(action).is_none()
    };
    go_back(tx, i64::MAX, i64::MIN, span, matches)
}

/// The account's rows whose entry matches: those among the `looked` rows of the log before the
/// row `begin`, at most `limit`. It ends at a row from before `since_ms`.
pub(super) fn go_back(
    tx: &ReadTx<'_>,
    begin: i64,
    since_ms: i64,
    (looked, limit): (i64, usize),
    matches: impl Fn(&[u8]) -> bool,
) -> Result<AuditFound> {
    let account = tx.account()?;
    let mut statement = tx.conn().prepare_cached(
        "SELECT seq, id, at_ms, entry, hash, account FROM audit WHERE seq < ?1 ORDER BY seq DESC",
    )?;
    let mut found = AuditFound {
        rows: Vec::new(),
        next: None,
        back_to_ms: None,
    };
    let mut budget = looked.saturating_mul(PASSED_FOR_ONE);
    let mut rows = statement.query([begin])?;
    while let Some(row) = rows.next()? {
        let at_ms: i64 = row.get(2)?;
        if at_ms < since_ms {
            break;
        }
        let seq: i64 = row.get(0)?;
        if budget <= 0 || found.rows.len() >= limit {
            found.next = Some(seq + 1);
            break;
        }
        found.back_to_ms = Some(at_ms);
        if row.get::<_, Option<i64>>(5)? != Some(account) {
            budget -= 1;
            continue;
        }
        let entry = row.get_ref(3)?.as_bytes().map_err(rusqlite::Error::from)?;
        budget -= cost(entry.len());
        if matches(entry) {
            found.rows.push(audit_row(row)?);
        }
    }
    Ok(found)
}

/// What reading an entry of so many bytes takes from a look's budget.
fn cost(entry_bytes: usize) -> i64 {
    let more = i64::try_from(entry_bytes / BYTES_FOR_ONE).unwrap_or(i64::MAX);
    more.saturating_add(1).saturating_mul(PASSED_FOR_ONE)
}

/// The number of the first row of `ms` or later, as far as the clock went on: rows are numbered
/// without gaps, so it is found by halving.
pub(in crate::store) fn first_since(tx: &ReadTx<'_>, ms: i64) -> Result<i64> {
    let last: Option<i64> = find(
        tx.conn(),
        "SELECT seq FROM audit ORDER BY seq DESC LIMIT 1",
        [],
        |row| row.get(0),
    )?;
    let (mut low, mut high) = (1, last.unwrap_or(0).saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        let at_ms: Option<i64> = find(
            tx.conn(),
            "SELECT at_ms FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT 1",
            [middle],
            |row| row.get(0),
        )?;
        if at_ms.is_none_or(|at_ms| at_ms >= ms) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}
