//! Pages of lists: which rows, in which order, and how many there are in all.
//!
//! Every page continues by key: `WHERE (sort value, seq) > (…)`. Only a page that begins at a
//! number nobody reached by reading (see `positions`) is found by counting rows off, over the
//! narrow rows alone. What has a sort value and what has none are two legs of one order, so
//! that neither comparisons nor indexes ever meet a NULL.

mod places;
mod rows;

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::members::seqs_of;
use super::order::{self, Has, Sort};

use super::query::Where;
use super::sql::{find, get, list as rows};
use super::tx::ReadTx;
use crate::domain::error::Result;
use crate::domain::listing::{Begin, Paged, Position, SortValue, Span};

pub(in crate::store) use rows::{Rows, Statements};
use rows::{by_keys, read};

/// What is listed. All parts are SQL of the code's own.
pub(in crate::store) struct Listed {
    /// The table and its short name: `groups g`.
    pub(in crate::store) from: &'static str,
    /// The short name alone.
    pub(in crate::store) alias: &'static str,
    /// Which rows are listed at all: nothing, or a condition with its AND. Such a list has an
    /// order that is not the table's own.
    pub(in crate::store) only: &'static str,
    /// How many the account `?1` has in all, and the number it gave last: kept, not counted.
    pub(in crate::store) extent: &'static str,
}

/// A list as SQL.
pub(in crate::store) struct Asked {
    listed: &'static Listed,
    account: i64,
    filter: Option<Where>,
    sort: Sort,
    descending: bool,
}

/// Where a page really begins.
#[derive(Debug)]
pub(in crate::store) enum Edge {
    /// With the first row of the direction.
    Open,
    /// Beyond this place in the direction.
    Beyond(Position),
    /// Behind the last row: there is no such page.
    Nowhere,
}

/// The places of a page's rows, in the order of the list.
#[derive(Debug)]
pub(in crate::store) struct Keys {
    pub(in crate::store) positions: Vec<Position>,
    /// Whether there are more in the direction the page was read.
    pub(in crate::store) more: bool,
}

impl Keys {
    /// The same of rows in the order they were made.
    pub(in crate::store) fn of_seqs(seqs: Vec<i64>, limit: i64, backward: bool) -> Self {
        let key = SortValue::Missing;
        let place = |seq| Position {
            key: key.clone(),
            seq,
        };
        let found = seqs.into_iter().map(place).collect();
        Self::of(found, usize::try_from(limit).unwrap_or(0), backward)
    }

    /// Of one row more than the page has, when there are so many, in the direction read.
    pub(in crate::store) fn of(mut found: Vec<Position>, limit: usize, backward: bool) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        if backward {
            found.reverse();
        }
        Self {
            positions: found,
            more,
        }
    }
}

/// One half of an order: what has a sort value, or what has none.
struct Leg {
    present: bool,
    beyond: Option<Position>,
}

impl Asked {
    pub(in crate::store) fn new(
        listed: &'static Listed,
        account: i64,
        filter: Option<Where>,
        sort: Sort,
        descending: bool,
    ) -> Self {
        Self {
            listed,
            account,
            filter,
            sort,
            descending,
        }
    }

    /// The page of `span`, of what `rows` makes of its rows.
    pub(in crate::store) fn page<R: Rows>(
        &self,
        tx: &ReadTx<'_>,
        span: &Span,
        rows: &mut R,
    ) -> Result<Paged<R::Item>> {
        let backward = span.begin.is_backward();
        let (edge, known) = self.edge(tx, span)?;
        let (items, keys) = if self.is_plain() {
            self.stretch(tx, &edge, span.limit, backward, rows)?
        } else if self.finds_one(&edge, span.limit) {
            let (items, keys) = self.one(tx, rows)?;
            (items, Keys::of_seqs(keys, span.limit, backward))
        } else {
            let keys = self.keys(tx, &edge, span.limit, backward)?;
            (by_keys(tx, &keys.positions, rows)?, keys)
        };
        let total = self.total(tx, known, &span.begin, &keys)?;
        Ok(Paged {
            items,
            positions: keys.positions,
            more: keys.more,
            total,
        })
    }

    /// A page of the table as it lies: one statement.
    fn stretch<R: Rows>(
        &self,
        tx: &ReadTx<'_>,
        edge: &Edge,
        limit: i64,
        backward: bool,
        rows: &mut R,
    ) -> Result<(Vec<R::Item>, Keys)> {
        let up = self.goes_up(backward);
        let [first, last] = seqs_of(self.account);
        let (above, below) = match edge {
            Edge::Nowhere => return Ok((Vec::new(), Keys::of(Vec::new(), 0, backward))),
            Edge::Open => (first - 1, last + 1),
            Edge::Beyond(place) if up => (place.seq.max(first - 1), last + 1),
            Edge::Beyond(place) => (first - 1, place.seq.min(last + 1)),
        };
        // Where it begins was not told without reading how many there are.
        let Statements {
            up: going_up, down, ..
        } = rows.for_stretch(tx)?;
        let sql = if up { going_up } else { down };
        rows.expect(up, limit);
        let params = (above, tx.connection(), below, limit.saturating_add(1));
        let (mut items, keys) = read(tx, sql, params, limit, rows)?;
        if backward {
            items.reverse();
        }
        Ok((items, Keys::of_seqs(keys, limit, backward)))
    }

    /// The filter of a look-up that finds one row at most, as most do: that row is read by the
    /// statement which finds it.
    fn finds_one(&self, edge: &Edge, limit: i64) -> bool {
        let begins = matches!(edge, Edge::Open) && limit > 0;
        let is_key = self.filter.as_ref().is_some_and(|filter| filter.finds_one);
        begins && is_key && self.sort.has == Has::Nothing
    }

    fn one<R: Rows>(&self, tx: &ReadTx<'_>, rows: &mut R) -> Result<(Vec<R::Item>, Vec<i64>)> {
        let (sql, values) = self.one_sql(rows.statements(), tx);
        read(tx, &sql, params_from_iter(values), 1, rows)
    }

    /// The statement of that and its values, for a list that has a filter.
    pub(in crate::store) fn one_sql(
        &self,
        statements: &Statements,
        tx: &ReadTx<'_>,
    ) -> (String, Vec<Value>) {
        let (alias, select) = (self.listed.alias, &statements.select);
        // Numbers go on from the connection's. What finds the row is in the filter: by the account
        // SQLite would rather go through everybody.
        let only = self.listed.only;
        let mut sql = format!("{select}+{alias}.account = ?{only}");
        let connection = Value::from(tx.connection());
        let mut values = vec![Value::Null, connection, Value::from(self.account)];
        if let Some(filter) = &self.filter {
            sql.push_str(" AND ");
            sql.push_str(&filter.sql);
            values.extend(filter.values.iter().cloned());
        }
        (sql, values)
    }

    /// Whether it is everybody in the order they were made: then a page is one stretch of the
    /// table.
    fn is_plain(&self) -> bool {
        self.filter.is_none() && self.sort.has == Has::Nothing && self.listed.only.is_empty()
    }

    /// Whether keys grow in the direction read.
    fn goes_up(&self, backward: bool) -> bool {
        self.descending == backward
    }

    /// All rows that `filter` picks, as `seq` and what they are sorted by, `k`; and the values
    /// of its `?`.
    fn all(&self, filter: Option<&Where>) -> (String, Vec<Value>) {
        self.all_between(filter, seqs_of(self.account))
    }

    /// The same of rows between these two, where it does not go along an index.
    fn all_between(&self, filter: Option<&Where>, between: [i64; 2]) -> (String, Vec<Value>) {
        let Listed {
            from, alias, only, ..
        } = self.listed;
        let Sort {
            expression, join, ..
        } = &self.sort;
        let mut values = self.sort.values.clone();
        let by_or = filter.is_some_and(|filter| filter.by_or);
        let plus = if by_or { "+" } else { "" };
        let account = if self.sort.along_index {
            values.push(Value::from(self.account));
            "account = ?"
        } else {
            values.extend(between.map(Value::from));
            "seq BETWEEN ? AND ?"
        };
        let mut sql = format!(
            "SELECT {alias}.seq AS seq, {expression} AS k FROM {from}{join}
             WHERE {plus}{alias}.{account}{only}"
        );
        if let Some(filter) = filter {
            sql.push_str(" AND ");
            sql.push_str(&filter.sql);
            values.extend(filter.values.iter().cloned());
        }
        (sql, values)
    }

    /// The legs beyond `place`, in the direction.
    fn legs(&self, place: Option<&Position>, up: bool) -> Vec<Leg> {
        let leg = |present, beyond: Option<&Position>| Leg {
            present,
            beyond: beyond.cloned(),
        };
        let present_at = place.filter(|place| place.key != SortValue::Missing);
        let missing_at = place.filter(|place| place.key == SortValue::Missing);
        match self.sort.has {
            Has::Nothing => vec![leg(false, place)],
            Has::Always => vec![leg(true, present_at)],
            Has::Sometimes => match (up, place.is_some(), missing_at.is_some()) {
                (true, _, true) => vec![leg(false, missing_at)],
                (true, _, false) => vec![leg(true, present_at), leg(false, None)],
                (false, true, false) => vec![leg(true, present_at)],
                (false, _, _) => vec![leg(false, missing_at), leg(true, None)],
            },
        }
    }

    /// A leg as SQL, up to its LIMIT, in a direction.
    fn leg(&self, leg: &Leg, up: bool) -> (String, Vec<Value>) {
        let mut between = seqs_of(self.account);
        if let (Some(place), Has::Nothing) = (&leg.beyond, self.sort.has) {
            // Of two lower bounds SQLite begins at the first one.
            let [first, last] = &mut between;
            if up {
                *first = place.seq.max(*first);
            } else {
                *last = place.seq.min(*last);
            }
        }
        let (all, mut values) = self.all_between(self.filter.as_ref(), between);
        let (after, way) = if up { (">", "") } else { ("<", " DESC") };
        let mut sql = format!("SELECT seq, k FROM ({all}) WHERE ");
        let Leg { present, beyond } = leg;
        if *present {
            sql.push_str("k IS NOT NULL");
        } else if self.sort.has == Has::Nothing {
            sql.push('1');
        } else {
            sql.push_str("k IS NULL");
        }
        let condition = match beyond {
            Some(place) if *present => {
                let key = order::to_value(&place.key);
                values.extend([key.clone(), key, Value::from(place.seq)]);
                // Written so that an index finds the first key; ties are passed over one by one.
                format!(" AND k {after}= ? AND (k {after} ? OR seq {after} ?)")
            }
            Some(place) => {
                values.push(Value::from(place.seq));
                format!(" AND seq {after} ?")
            }
            None => String::new(),
        };
        sql.push_str(&condition);
        sql.push_str(" ORDER BY ");
        if *present {
            sql.push('k');
            sql.push_str(way);
            sql.push_str(", ");
        }
        sql.push_str("seq");
        sql.push_str(way);
        sql.push_str(" LIMIT ?");
        (sql, values)
    }

    /// The text of a long sort value, which a position holds the beginning of, is asked of the
    /// row while it is there and unchanged; when it is not, rows that begin alike come again.
    fn completed(&self, tx: &ReadTx<'_>, mut place: Position) -> Result<Position> {
        if !order::is_cut(&place.key) {
            return Ok(place);
        }
        let (all, mut values) = self.all(None);
        values.push(Value::from(place.seq));
        let sql = format!("SELECT k FROM ({all}) WHERE seq = ?");
        let found: Option<Value> =
            find(tx.conn(), &sql, params_from_iter(values), |row| row.get(0))?;
        if let (Some(Value::Text(whole)), SortValue::Text(beginning)) = (found, &place.key)
            && whole.starts_with(beginning.as_str())
        {
            place.key = SortValue::Text(whole);
        }
        Ok(place)
    }

    /// Where a page begins, and how many rows there are in all as far as that is known
    /// without counting.
    fn edge(&self, tx: &ReadTx<'_>, span: &Span) -> Result<(Edge, Option<i64>)> {
        let extent = match &self.filter {
            Some(_) => None,
            None => Some(self.extent(tx)?),
        };
        let total = extent.map_or(span.known_total, |(rows, _)| Some(rows));
        let edge = match &span.begin {
            Begin::First | Begin::Last | Begin::At(0) => Edge::Open,
            Begin::At(offset) if self.filter.is_none() && Some(*offset) >= total => Edge::Nowhere,
            Begin::At(offset) => {
                let place = match (tx.ordinals(), extent) {
                    (Some(ordinals), Some(extent)) if self.is_plain() && !self.descending => {
                        self.plain_place_of(tx, ordinals, *offset, extent)?
                    }
                    _ => self.place_of(tx, *offset)?,
                };
                place.map_or(Edge::Nowhere, Edge::Beyond)
            }
            Begin::After(place) | Begin::Before(place) => {
                Edge::Beyond(self.completed(tx, place.clone())?)
            }
        };
        Ok((edge, total))
    }

    /// What is asked one after the other until there are enough rows beyond `place`; the value
    /// of each LIMIT is left to be bound.
    pub(in crate::store) fn statements(
        &self,
        place: Option<&Position>,
        backward: bool,
    ) -> Vec<(String, Vec<Value>)> {
        let up = self.goes_up(backward);
        let legs = self.legs(place, up);
        legs.iter().map(|leg| self.leg(leg, up)).collect()
    }

    /// The places of at most `limit` rows from `edge` on.
    fn keys(&self, tx: &ReadTx<'_>, edge: &Edge, limit: i64, backward: bool) -> Result<Keys> {
        let place = match edge {
            Edge::Open => None,
            Edge::Beyond(place) => Some(place),
            Edge::Nowhere => return Ok(Keys::of(Vec::new(), 0, backward)),
        };
        let limit = usize::try_from(limit).unwrap_or(0);
        let mut found: Vec<Position> = Vec::with_capacity(limit + 1);
        for (sql, mut values) in self.statements(place, backward) {
            let left = limit + 1 - found.len();
            if left == 0 {
                break;
            }
            values.push(Value::from(i64::try_from(left).unwrap_or(i64::MAX)));
            let params = params_from_iter(values);
            found.extend(rows(tx.conn(), &sql, params, place_row)?);
        }
        Ok(Keys::of(found, limit, backward))
    }

    /// How many rows there are in all: known, plain from the page, or counted.
    fn total(
        &self,
        tx: &ReadTx<'_>,
        known: Option<i64>,
        begin: &Begin,
        keys: &Keys,
    ) -> Result<i64> {
        if let Some(total) = known {
            return Ok(total);
        }
        let here = i64::try_from(keys.positions.len()).unwrap_or(i64::MAX);
        match begin {
            // The page holds the last match.
            Begin::First if !keys.more => return Ok(here),
            Begin::At(offset) if !keys.more && (here > 0 || *offset == 0) => {
                return Ok(offset + here);
            }
            _ => {}
        }
        self.count(tx)
    }

    /// How many rows match.
    fn count(&self, tx: &ReadTx<'_>) -> Result<i64> {
        let Listed {
            from, alias, only, ..
        } = self.listed;
        let Some(filter) = &self.filter else {
            return Ok(self.extent(tx)?.0);
        };
        let plus = if filter.by_or { "+" } else { "" };
        let sql = format!(
            "SELECT count(*) FROM {from} WHERE {plus}{alias}.seq BETWEEN ? AND ?{only} AND {}",
            filter.sql
        );
        let account = seqs_of(self.account).map(Value::from);
        let values = account.into_iter().chain(filter.values.iter().cloned());
        Ok(get(tx.conn(), &sql, params_from_iter(values), |row| {
            row.get(0)
        })?)
    }
}

/// A row of `seq` and `k`.
fn whole_place(row: &Row<'_>) -> rusqlite::Result<Position> {
    Ok(Position {
        key: order::read_value(row.get(1)?),
        seq: row.get(0)?,
    })
}

/// The same to be kept: see [`order::cut`].
fn place_row(row: &Row<'_>) -> rusqlite::Result<Position> {
    let Position { key, seq } = whole_place(row)?;
    let key = order::cut(key);
    Ok(Position { key, seq })
}
