//! Members who are known to be few: they are told from an index, read and sorted.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::super::super::sql::list as rows;
use super::super::super::tx::ReadTx;
use super::{Asked, Bound, Few, Found, FoundBy, index_of, row, within};
use crate::domain::error::Result;
use crate::domain::listing::Position;

impl Asked<'_> {
    /// The members of the source and in the state that are asked for, if an index has them and
    /// they are few.
    pub(super) fn few(&self, tx: &ReadTx<'_>) -> Result<Option<Few>> {
        let Some((sql, mut values)) = self.few_sql() else {
            return Ok(None);
        };
        values.push(Value::from(self.bounds.few + 1));
        let keys = rows(tx.conn(), &sql, params_from_iter(values), |row| row.get(0))?;
        let few = Few {
            keys,
            found_by: FoundBy::Else,
        };
        Ok(within(few.keys.len(), self.bounds.few).then_some(few))
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

    /// The first `most` of them beyond the place, in the order they were made.
    pub(super) fn first_of(&self, keys: &[i64], most: usize) -> Vec<i64> {
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

    /// The same in the order of an index, whose entries alone are read. `None` where so many are
    /// passed over that it would have cost as much to read the rows of all of `keys`: they may be
    /// few among many, or all lie at the other end.
    pub(super) fn first_by_index(
        &self,
        tx: &ReadTx<'_>,
        keys: &[i64],
        most: usize,
    ) -> Result<Option<Vec<i64>>> {
        let (sql, values) = self.in_order_sql();
        let mut statement = tx.conn().prepare_cached(&sql)?;
        let mut entries = statement.query(params_from_iter(values))?;
        let mut first = Vec::with_capacity(most);
        let mut left = keys.len().saturating_mul(self.bounds.row);
        while first.len() < most
            && let Some(entry) = entries.next()?
        {
            let Some(fewer) = left.checked_sub(1) else {
                return Ok(None);
            };
            left = fewer;
            let key = entry.get(0)?;
            if keys.binary_search(&key).is_ok() {
                first.push(key);
            }
        }
        Ok(Some(first))
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

    /// Those of these members who are wanted, as many as a page has and one more, up to `end`.
    pub(super) fn read(
        &self,
        tx: &ReadTx<'_>,
        few: &Few,
        end: Option<&Position>,
    ) -> Result<Vec<Found>> {
        let (sql, values) = self.of_few_sql(few, end);
        Ok(rows(tx.conn(), &sql, params_from_iter(values), row)?)
    }

    pub(super) fn of_few_sql(&self, few: &Few, end: Option<&Position>) -> Bound {
        let (stretch, bounds) = self.stretch(end);
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
