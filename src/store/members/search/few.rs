//! Members who are known to be few: they are told from an index, read and sorted.

use std::collections::BTreeSet;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::super::super::sql::{like_part, list as rows};
use super::super::super::tx::ReadTx;
use super::part::BY_PART;
use super::{Asked, Bound, Few, FoundBy, MembersFound, index_of, row, within};
use crate::domain::error::Result;

impl Asked<'_> {
    /// The keys of all members who may be wanted, if they are few.
    pub(super) fn few(&self, tx: &ReadTx<'_>) -> Result<Option<Few>> {
        if let Some((sql, values)) = self.few_sql() {
            let keys = self.keys(tx, &sql, values)?;
            if within(keys.len(), self.bounds.few) {
                return Ok(Some(Few {
                    keys,
                    found_by: FoundBy::Else,
                }));
            }
        }
        let Some(part) = &self.wanted.part else {
            return Ok(None);
        };
        let mut all = BTreeSet::new();
        for sql in BY_PART {
            let values = vec![Value::from(self.account), Value::from(like_part(part))];
            all.extend(self.keys(tx, sql, values)?);
            if !within(all.len(), self.bounds.few) {
                return Ok(None);
            }
        }
        Ok(Some(Few {
            keys: all.into_iter().collect(),
            found_by: FoundBy::Part,
        }))
    }

    fn keys(&self, tx: &ReadTx<'_>, sql: &str, mut values: Vec<Value>) -> Result<Vec<i64>> {
        values.push(Value::from(self.bounds.few + 1));
        let params = params_from_iter(values);
        Ok(rows(tx.conn(), sql, params, |row| row.get(0))?)
    }

    /// Those of the source and in the state, as far as an index has them.
    pub(super) fn few_sql(&self) -> Option<Bound> {
        let account = Value::from(self.account);
        let Some(connection) = &self.connection else {
            let (index, which) = index_of(self.wanted.state?)?;
            let sql = format!(
                "SELECT m.seq FROM members m INDEXED BY {index}
                 WHERE m.account = ?{which} LIMIT ?"
            );
            return Some((sql, vec![account]));
        };
        let mut values = vec![account, connection.clone()];
        let state = match self.wanted.state {
            Some(state) => {
                values.push(Value::from(state.name().to_owned()));
                " AND m.state = ?"
            }
            None => "",
        };
        let sql = format!(
            "SELECT m.seq FROM members m INDEXED BY members_by_source
             WHERE m.account = ? AND m.connection IS ?{state} LIMIT ?"
        );
        Some((sql, values))
    }

    /// Those of them that the page shows, and one more, where an index tells: reading a row costs
    /// as much as passing over twenty entries of an index.
    pub(super) fn of_page(&self, tx: &ReadTx<'_>, few: Few) -> Result<Few> {
        let most = usize::try_from(self.limit.saturating_add(1)).unwrap_or(0);
        if self.wanted.state.is_some() || self.connection.is_some() || few.keys.len() <= most {
            return Ok(few);
        }
        let keys = if self.is_by_seq() {
            self.first_of(&few.keys, most)
        } else {
            self.first_by_index(tx, &few.keys, most)?
        };
        Ok(Few { keys, ..few })
    }

    /// The first `most` of them beyond the place, in the order they were made.
    fn first_of(&self, keys: &[i64], most: usize) -> Vec<i64> {
        let place = self.place.map(|place| place.seq);
        if self.wanted.descending {
            let beyond = keys.iter().rev().copied();
            let beyond = beyond.filter(|key| place.is_none_or(|place| *key < place));
            return beyond.take(most).collect();
        }
        let beyond = keys.iter().copied();
        let beyond = beyond.filter(|key| place.is_none_or(|place| *key > place));
        beyond.take(most).collect()
    }

    /// The same in the order of an index, whose entries alone are read.
    fn first_by_index(&self, tx: &ReadTx<'_>, keys: &[i64], most: usize) -> Result<Vec<i64>> {
        let (sql, values) = self.in_order_sql();
        let mut statement = tx.conn().prepare_cached(&sql)?;
        let mut entries = statement.query(params_from_iter(values))?;
        let mut first = Vec::with_capacity(most);
        while first.len() < most
            && let Some(entry) = entries.next()?
        {
            let key = entry.get(0)?;
            if keys.binary_search(&key).is_ok() {
                first.push(key);
            }
        }
        Ok(first)
    }

    /// Everybody beyond the place, in the order.
    pub(super) fn in_order_sql(&self) -> Bound {
        let (stretch, values) = self.stretch(None);
        let (.., way) = self.ways();
        let key = self.key();
        let sql =
            format!("SELECT m.seq FROM members m WHERE {stretch} ORDER BY {key}{way}, m.seq{way}");
        (sql, values)
    }

    /// The page of these members alone.
    pub(super) fn of_few(&self, tx: &ReadTx<'_>, few: &Few) -> Result<MembersFound> {
        let (sql, values) = self.of_few_sql(few);
        let found = rows(tx.conn(), &sql, params_from_iter(values), row)?;
        Ok(self.page(found))
    }

    pub(super) fn of_few_sql(&self, few: &Few) -> Bound {
        let (stretch, bounds) = self.stretch(None);
        let (conditions, bound) = self.conditions(few.found_by);
        let (select, order) = (self.select(), self.order());
        let sql = format!(
            "{select}json_each(?) j CROSS JOIN members m ON m.seq = j.value
             WHERE {stretch}{conditions}{order}"
        );
        let keys: Vec<String> = few.keys.iter().map(ToString::to_string).collect();
        let mut values = vec![Value::from(format!("[{}]", keys.join(",")))];
        values.extend(bounds);
        values.extend(bound);
        values.push(self.one_more());
        (sql, values)
    }
}
