//! Statements that read the items of a page, whatever they are.

use rusqlite::Row;

use super::super::sql::find;
use super::super::tx::ReadTx;
use crate::domain::error::{Error, Result};
use crate::domain::listing::Position;

/// How the rows of a list become items.
pub(in crate::store) trait Rows {
    type Item;

    fn statements(&self) -> &'static Statements;

    /// Those for a stretch of the table, once a row of the view was read.
    fn for_stretch(&self, _: &ReadTx<'_>) -> Result<&'static Statements> {
        Ok(self.statements())
    }

    /// The rows that follow come in the order of their keys, at most so many.
    fn expect(&mut self, _up: bool, _limit: i64) {}

    /// The row's key and its item.
    fn shape(&mut self, tx: &ReadTx<'_>, row: &Row<'_>) -> rusqlite::Result<(i64, Self::Item)>;
}

/// The statements that read items. In all of them `?2` is the caller's connection.
#[derive(Debug)]
pub(in crate::store) struct Statements {
    /// Up to a WHERE clause.
    pub(super) select: String,
    /// At most `?4` with keys between `?1` and `?3`, the first ones and the last ones.
    pub(in crate::store) up: String,
    pub(in crate::store) down: String,
    /// The one with the key `?1`.
    by_key: String,
}

impl Statements {
    /// `columns` of `from`, whose short name is `alias`; the key is the first of them.
    pub(in crate::store) fn of(columns: &str, from: &str, alias: &str) -> Self {
        let select = format!("SELECT {columns} FROM {from} WHERE ");
        let between = format!("{alias}.seq > ?1 AND {alias}.seq < ?3 ORDER BY {alias}.seq");
        Self {
            up: format!("{select}{between} LIMIT ?4"),
            down: format!("{select}{between} DESC LIMIT ?4"),
            by_key: format!("{select}{alias}.seq = ?1"),
            select,
        }
    }
}

/// The items of a statement's rows, and their keys; at most `limit`, and one key more when there
/// are more.
pub(super) fn read<R: Rows>(
    tx: &ReadTx<'_>,
    sql: &str,
    params: impl rusqlite::Params,
    limit: i64,
    shaped: &mut R,
) -> Result<(Vec<R::Item>, Vec<i64>)> {
    let limit = usize::try_from(limit).unwrap_or_default();
    let mut statement = tx.conn().prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let (mut items, mut keys) = (Vec::with_capacity(limit), Vec::with_capacity(limit + 1));
    while let Some(row) = rows.next()? {
        if items.len() >= limit {
            keys.push(row.get(0)?);
            break;
        }
        let (key, item) = shaped.shape(tx, row)?;
        keys.push(key);
        items.push(item);
    }
    Ok((items, keys))
}

/// The items at these places, in that order.
pub(super) fn by_keys<R: Rows>(
    tx: &ReadTx<'_>,
    places: &[Position],
    shaped: &mut R,
) -> Result<Vec<R::Item>> {
    let sql = &shaped.statements().by_key;
    let mut items = Vec::with_capacity(places.len());
    for place in places {
        let params = (place.seq, tx.connection());
        let one = find(tx.conn(), sql, params, |row| shaped.shape(tx, row))?;
        let (_, item) = one.ok_or_else(|| Error::internal("a row of a page was not there"))?;
        items.push(item);
    }
    Ok(items)
}
