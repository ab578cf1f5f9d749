//! Members as somebody looks through them: by state, by who manages them and by a part of what
//! they are called, in three orders. A page costs about the same in an account of any size: where
//! few members have what is asked for an index finds them all, and where many have it a page is
//! soon full. What is neither is looked through in stretches.

mod few;
mod part;

use std::fmt::Write as _;

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::super::order::{read_value, to_value};
use super::super::sql::{find, list as rows};
use super::super::tx::ReadTx;
use super::seqs_of;
use crate::domain::error::Result;
use crate::domain::id::{ConnectionId, MemberId};
use crate::domain::listing::{Begin, Position};
use crate::domain::member::State;

use part::glob_part;

/// What one page may cost: some milliseconds each.
pub const BOUNDS: Bounds = Bounds {
    few: 6_000,
    looked: 4_000,
    elsewhere: 1_000,
    row: 20,
};
/// The longest part that is looked for, in bytes. Names are shorter, and GLOB takes no more than
/// 50,000.
const PART_BYTES_MAX: usize = 1_024;

/// How much one page does.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// So many members are few: all of them are found first. Those of a state or a source are then
    /// read and sorted, those who have a part as far as a page needs them.
    pub few: i64,
    /// Members that are looked at, where each must be.
    pub looked: i64,
    /// Of so many whose userName has not the part the places in the order of names are read; of
    /// more, an index of that order is gone along.
    pub elsewhere: usize,
    /// To read a row takes as long as to pass over so many entries of an index.
    pub row: usize,
}

/// In which order they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchOrder {
    #[default]
    Name,
    Changed,
    Made,
}

/// Which members of the account are wanted.
#[derive(Debug, Clone)]
pub struct MemberSearch {
    /// Folded; somewhere in the userName, the displayName, the name that is shown where there is
    /// no displayName, or an address.
    pub part: Option<String>,
    pub state: Option<State>,
    /// Managed by this connection; the inner `None`: made by hand.
    pub source: Option<Option<ConnectionId>>,
    pub order: SearchOrder,
    pub descending: bool,
}

/// A page of them.
#[derive(Debug, Clone, Default)]
pub struct MembersFound {
    pub ids: Vec<MemberId>,
    /// Where to go on; `None` at the end.
    pub next: Option<Position>,
    /// Whether the page is not full only because it looked at [`Bounds::looked`] members.
    pub partly: bool,
}

/// The wanted members from `begin` on, at most `limit`. It is the first page or one behind a place.
pub fn search(
    tx: &ReadTx<'_>,
    wanted: &MemberSearch,
    begin: &Begin,
    limit: i64,
    bounds: Bounds,
) -> Result<MembersFound> {
    let too_long = |part: &String| part.len() > PART_BYTES_MAX;
    if wanted.part.as_ref().is_some_and(too_long) {
        return Ok(MembersFound::default());
    }
    let connection = match wanted.source {
        None => None,
        Some(None) => Some(Value::Null),
        Some(Some(id)) => match connection(tx, id)? {
            Some(key) => Some(Value::from(key)),
            None => return Ok(MembersFound::default()),
        },
    };
    let place = match begin {
        Begin::After(place) => Some(place),
        Begin::First | Begin::At(_) | Begin::Before(_) | Begin::Last => None,
    };
    let asked = Asked {
        account: tx.account()?,
        wanted,
        connection,
        place,
        limit,
        bounds,
    };
    if let Some(found) = asked.along_their_index(tx)? {
        return Ok(found);
    }
    if let Some(few) = asked.few(tx)? {
        let found = asked.read(tx, &few, None)?;
        return Ok(asked.page(found));
    }
    if let Some(part) = &wanted.part
        && let Some(found) = asked.by_part(tx, part)?
    {
        return Ok(found);
    }
    asked.walk(tx)
}

fn connection(tx: &ReadTx<'_>, id: ConnectionId) -> Result<Option<i64>> {
    Ok(find(
        tx.conn(),
        "SELECT seq FROM connections WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        |row| row.get(0),
    )?)
}

/// What is asked, with its keys.
struct Asked<'a> {
    account: i64,
    wanted: &'a MemberSearch,
    /// The key of the connection, or NULL for none; `None`: whoever manages them.
    connection: Option<Value>,
    place: Option<&'a Position>,
    limit: i64,
    bounds: Bounds,
}

/// Members who may be wanted.
struct Few {
    keys: Vec<i64>,
    found_by: FoundBy,
}

/// How it is known of members that they may be wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FoundBy {
    /// Each has the part that is looked for.
    Part,
    Else,
}

/// A condition and what is bound in it, in order.
type Bound = (String, Vec<Value>);

/// A member of a page, and the place.
type Found = (MemberId, Position);

impl Asked<'_> {
    /// The column that the order is by, and whether an index of the account has it.
    fn key(&self) -> &'static str {
        match self.wanted.order {
            SearchOrder::Name => "m.user_name_key",
            SearchOrder::Changed => "m.modified_ms",
            SearchOrder::Made => "m.seq",
        }
    }

    fn is_by_seq(&self) -> bool {
        self.wanted.order == SearchOrder::Made
    }

    /// `>` and `<` in the direction.
    fn ways(&self) -> (&'static str, &'static str, &'static str) {
        if self.wanted.descending {
            ("<", ">", " DESC")
        } else {
            (">", "<", "")
        }
    }

    /// The account's rows beyond the place and up to `end`, both in the order.
    fn stretch(&self, end: Option<&Position>) -> Bound {
        let (after, before, _) = self.ways();
        let key = self.key();
        let mut sql = String::new();
        let mut values = Vec::new();
        if self.is_by_seq() {
            sql.push_str("m.seq BETWEEN ? AND ?");
            let [mut first, mut last] = seqs_of(self.account);
            for (place, beyond) in [(self.place, true), (end, false)] {
                let Some(place) = place else { continue };
                match (beyond, self.wanted.descending) {
                    (true, false) => first = first.max(place.seq.saturating_add(1)),
                    (true, true) => last = last.min(place.seq.saturating_sub(1)),
                    (false, false) => last = last.min(place.seq),
                    (false, true) => first = first.max(place.seq),
                }
            }
            values.extend([first, last].map(Value::from));
            return (sql, values);
        }
        sql.push_str("m.account = ?");
        values.push(Value::from(self.account));
        // Written so that an index finds where the stretch begins and ends; ties are passed over.
        for (place, way, equal) in [(self.place, after, ""), (end, before, "=")] {
            let Some(place) = place else { continue };
            let value = to_value(&place.key);
            let _ = write!(
                sql,
                " AND {key} {way}= ? AND ({key} {way} ? OR m.seq {way}{equal} ?)"
            );
            values.extend([value.clone(), value, Value::from(place.seq)]);
        }
        (sql, values)
    }

    /// What each row must be. A `+` keeps SQLite from an index: which one is taken is decided here.
    fn conditions(&self, found_by: FoundBy) -> Bound {
        let mut sql = String::new();
        let mut values = Vec::new();
        if let Some(state) = self.wanted.state {
            sql.push_str(" AND +m.state = ?");
            values.push(Value::from(state.name().to_owned()));
        }
        if let Some(connection) = &self.connection {
            sql.push_str(" AND +m.connection IS ?");
            values.push(connection.clone());
        }
        if let Some(part) = &self.wanted.part
            && found_by != FoundBy::Part
        {
            let glob = || Value::from(glob_part(part));
            sql.push_str(
                " AND (m.user_name_key GLOB ? OR m.display_name_key GLOB ?
                       OR m.shown_name_key GLOB ?
                       OR m.seq IN (SELECT e.member FROM member_emails e
                                    WHERE e.account = ? AND e.other = 1
                                      AND e.value_key GLOB ?))",
            );
            values.extend([glob(), glob(), glob(), Value::from(self.account), glob()]);
        }
        (sql, values)
    }

    fn order(&self) -> String {
        let (.., way) = self.ways();
        if self.is_by_seq() {
            return format!(" ORDER BY m.seq{way} LIMIT ?");
        }
        format!(" ORDER BY {}{way}, m.seq{way} LIMIT ?", self.key())
    }

    fn select(&self) -> String {
        let key = if self.is_by_seq() { "NULL" } else { self.key() };
        format!("SELECT m.id, m.seq, {key} FROM ")
    }

    fn one_more(&self) -> Value {
        Value::from(self.limit.saturating_add(1))
    }

    /// Looks through the account in the order, as far as one page may.
    fn walk(&self, tx: &ReadTx<'_>) -> Result<MembersFound> {
        let (conditions, bound) = self.conditions(FoundBy::Else);
        let end = if conditions.is_empty() {
            None
        } else {
            self.end(tx)?
        };
        let (sql, values) = self.walk_sql(end.as_ref(), &conditions, bound);
        let found = rows(tx.conn(), &sql, params_from_iter(values), row)?;
        let mut page = self.page(found);
        if page.next.is_none()
            && let Some(end) = end
        {
            page.next = Some(end);
            page.partly = true;
        }
        Ok(page)
    }

    fn walk_sql(&self, end: Option<&Position>, conditions: &str, bound: Vec<Value>) -> Bound {
        let (stretch, mut values) = self.stretch(end);
        let (select, order) = (self.select(), self.order());
        let sql = format!("{select}members m WHERE {stretch}{conditions}{order}");
        values.extend(bound);
        values.push(self.one_more());
        (sql, values)
    }

    /// The place of the last row that this page looks at; `None` when it looks at all the rest.
    fn end(&self, tx: &ReadTx<'_>) -> Result<Option<Position>> {
        let (sql, values) = self.end_sql();
        let mut at = rows(tx.conn(), &sql, params_from_iter(values), row)?;
        // The last one, and one more.
        let end = (at.len() > 1).then(|| at.swap_remove(0));
        Ok(end.map(|(_, place)| place))
    }

    fn end_sql(&self) -> Bound {
        let (stretch, mut values) = self.stretch(None);
        let order = self.order();
        let key = if self.is_by_seq() { "NULL" } else { self.key() };
        // Nothing but the index is read; the id is nobody's.
        let sql = format!(
            "SELECT zeroblob(16), m.seq, {key} FROM members m WHERE {stretch}{order} OFFSET ?"
        );
        values.extend([Value::from(2), Value::from(self.bounds.looked - 1)]);
        (sql, values)
    }

    /// The page of rows that were found, one more than it has when there are more.
    fn page(&self, mut found: Vec<Found>) -> MembersFound {
        let limit = usize::try_from(self.limit).unwrap_or(0);
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(_, at)| at.clone());
        MembersFound {
            ids: found.into_iter().map(|(id, _)| id).collect(),
            next,
            partly: false,
        }
    }

    /// Those of one source or in one state that is not everybody's, in the order they were made:
    /// an index has them so.
    fn along_their_index(&self, tx: &ReadTx<'_>) -> Result<Option<MembersFound>> {
        if !self.is_by_seq() || self.wanted.part.is_some() {
            return Ok(None);
        }
        let statements = self.index_sql();
        if statements.is_empty() {
            return Ok(None);
        }
        let mut found = Vec::new();
        for (sql, values) in statements {
            found.extend(rows(tx.conn(), &sql, params_from_iter(values), row)?);
        }
        found.sort_unstable_by_key(|(_, place): &Found| place.seq);
        if self.wanted.descending {
            found.reverse();
        }
        found.truncate(usize::try_from(self.limit.saturating_add(1)).unwrap_or(0));
        Ok(Some(self.page(found)))
    }

    /// A statement for each stretch of an index that has them.
    fn index_sql(&self) -> Vec<Bound> {
        let (stretch, bounds) = self.stretch(None);
        let (select, order) = (self.select(), self.order());
        let of = |index: &str, which: &str, values: Vec<Value>| {
            let sql = format!(
                "{select}members m INDEXED BY {index}
                 WHERE m.account = ?{which} AND {stretch}{order}"
            );
            let account = [Value::from(self.account)].into_iter();
            let all = account.chain(values).chain(bounds.iter().cloned());
            (sql, all.chain([self.one_more()]).collect())
        };
        let Some(connection) = &self.connection else {
            return match self.wanted.state.and_then(index_of) {
                Some((index, which)) => vec![of(index, which, Vec::new())],
                None => Vec::new(),
            };
        };
        let states = match self.wanted.state {
            Some(state) => vec![state],
            None => vec![State::Active, State::Pending, State::Inactive],
        };
        let which = " AND m.connection IS ? AND m.state = ?";
        let of = |state: State| {
            let values = vec![connection.clone(), Value::from(state.name().to_owned())];
            of("members_by_source", which, values)
        };
        states.into_iter().map(of).collect()
    }
}

/// Whether there are at most so many.
fn within(found: usize, most: i64) -> bool {
    i64::try_from(found).is_ok_and(|found| found <= most)
}

/// The index of the members in a state that few are in, and the condition that is its own.
fn index_of(state: State) -> Option<(&'static str, &'static str)> {
    match state {
        State::Active => None,
        State::Pending => Some(("members_pending", " AND m.state = 'pending'")),
        State::Inactive => Some(("members_inactive", " AND m.state = 'inactive'")),
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<Found> {
    let place = Position {
        key: read_value(row.get(2)?),
        seq: row.get(1)?,
    };
    Ok((row.get(0)?, place))
}

#[cfg(test)]
mod tests;
