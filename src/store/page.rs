//! Pages of lists: which rows, in the order they were made, and how many there are in all.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::query::Where;
use super::sql::{get, list as rows};
use super::tx::ReadTx;
use crate::domain::error::Result;
use crate::domain::query::Page;

/// What is listed. All parts are SQL of the code's own.
pub(in crate::store) struct Listed {
    /// The table and its short name: `groups g`.
    pub(in crate::store) from: &'static str,
    /// The short name alone.
    pub(in crate::store) alias: &'static str,
    /// What is joined when a filter asks for documents.
    pub(in crate::store) documents: &'static str,
    /// How many the account `?1` has in all: kept, not counted.
    pub(in crate::store) total: &'static str,
}

/// The keys of the page, ascending, and how many match in all.
pub(in crate::store) fn keys(
    tx: &ReadTx<'_>,
    listed: &Listed,
    filter: Option<Where>,
    page: Page,
) -> Result<(Vec<i64>, i64)> {
    let account = tx.account()?;
    let Listed { from, alias, .. } = listed;
    let filtered = filter.is_some();
    let Where {
        sql,
        values,
        needs_document,
    } = filter.unwrap_or_default();
    let documents = if needs_document { listed.documents } else { "" };
    let condition = if filtered {
        format!(" AND {sql}")
    } else {
        String::new()
    };
    let from = format!("FROM {from}{documents} WHERE {alias}.account = ?{condition}");
    let bound = || std::iter::once(Value::from(account)).chain(values.iter().cloned());
    let keys: Vec<i64> = rows(
        tx.conn(),
        &format!("SELECT {alias}.seq {from} ORDER BY {alias}.seq LIMIT ? OFFSET ?"),
        params_from_iter(bound().chain([Value::from(page.limit), Value::from(page.offset)])),
        |row| row.get(0),
    )?;
    let here = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    let total = if !filtered {
        get(tx.conn(), listed.total, [account], |row| row.get(0))?
    } else if here < page.limit && (here > 0 || page.offset == 0) {
        // The page is not full, so it holds the last match.
        page.offset + here
    } else {
        let count = format!("SELECT count(*) {from}");
        get(tx.conn(), &count, params_from_iter(bound()), |row| {
            row.get(0)
        })?
    };
    Ok((keys, total))
}
