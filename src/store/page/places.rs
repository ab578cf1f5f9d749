//! Where a page begins that is asked for by a number nobody reached by reading.

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::super::members::{seq_of, seqs_of};
use super::super::ordinals::{Ordinals, stride};
use super::super::sql::{find, get};
use super::super::tx::ReadTx;
use super::{Asked, Leg, Listed, whole_place};
use crate::domain::error::Result;
use crate::domain::listing::{Position, SortValue};

impl Asked {
    /// How many rows there are in all, and the number that was given last.
    pub(super) fn extent(&self, tx: &ReadTx<'_>) -> Result<(i64, i64)> {
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(get(tx.conn(), self.listed.extent, [self.account], read)?)
    }

    /// The place of the `number`th of `total` rows in the order they were made: when nobody was
    /// ever deleted, its key says its number; else it is counted off from the nearest row whose
    /// number is known.
    pub(super) fn plain_place_of(
        &self,
        tx: &ReadTx<'_>,
        ordinals: &Ordinals,
        number: i64,
        (total, last_given): (i64, i64),
    ) -> Result<Option<Position>> {
        let Listed { from, alias, .. } = self.listed;
        if last_given == total {
            return Ok(Some(Position {
                key: SortValue::Missing,
                seq: seq_of(self.account, number),
            }));
        }
        // Rows that ever went.
        let gone = last_given - total;
        let list = (self.account, *alias);
        let [first, end] = seqs_of(self.account);
        let nearest = ordinals.nearest(list, gone, number);
        let (mut counted, mut beyond) = nearest.unwrap_or((0, first - 1));
        let sql = format!(
            "SELECT {alias}.seq FROM {from} WHERE {alias}.seq > ?1 AND {alias}.seq <= ?2
             ORDER BY {alias}.seq LIMIT 1 OFFSET ?3"
        );
        while counted < number {
            let step = stride(number - counted);
            let params = (beyond, end, step - 1);
            let found: Option<i64> = find(tx.conn(), &sql, params, |row| row.get(0))?;
            let Some(seq) = found else { return Ok(None) };
            (counted, beyond) = (counted + step, seq);
            ordinals.learn(list, gone, (counted, seq));
        }
        Ok(Some(Position {
            key: SortValue::Missing,
            seq: beyond,
        }))
    }

    /// The place of the `number`th row of the list, counted from 1.
    pub(super) fn place_of(&self, tx: &ReadTx<'_>, number: i64) -> Result<Option<Position>> {
        let up = self.goes_up(false);
        let mut left = number - 1;
        for leg in self.legs(None, up) {
            let (sql, mut values) = self.leg(&leg, up);
            let counted = values.clone();
            values.extend([Value::from(1), Value::from(left)]);
            let sql = format!("{sql} OFFSET ?");
            let found = find(tx.conn(), &sql, params_from_iter(values), whole_place)?;
            if found.is_some() {
                return Ok(found);
            }
            left -= self.count_leg(tx, &leg, counted)?;
        }
        Ok(None)
    }

    fn count_leg(&self, tx: &ReadTx<'_>, leg: &Leg, values: Vec<Value>) -> Result<i64> {
        let (all, _) = self.all(self.filter.as_ref());
        let has = if leg.present { "NOT NULL" } else { "NULL" };
        let sql = format!("SELECT count(*) FROM ({all}) WHERE k IS {has}");
        Ok(get(tx.conn(), &sql, params_from_iter(values), |row| {
            row.get(0)
        })?)
    }
}
