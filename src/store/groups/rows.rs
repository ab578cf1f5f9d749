//! Groups as they are read, without their members.

use std::sync::LazyLock;

use rusqlite::Row;

use super::super::external_ids::external_id_column;
use super::super::order::Sort;
use super::super::page::{Asked, Listed, Rows, Stretch};
use super::super::query::{Place, Where};
use super::super::sql::find;
use super::super::tx::ReadTx;
use super::GroupKey;
use crate::domain::error::{Error, Result};
use crate::domain::group::{Group, GroupView};
use crate::domain::id::GroupScimId;
use crate::domain::listing::{GroupListing, Paged, Position};

/// What [`view`] reads of `groups g`; `?2` is the caller's connection.
const COLUMNS: &str = concat!(
    "g.seq, g.scim_id, g.name, g.member_count, g.version, g.created_ms, g.modified_ms, ",
    external_id_column!("g", "group_external_ids", "grp")
);
/// What [`whole`] reads.
const WHOLE: &str = concat!(
    "g.seq, g.scim_id, g.name, g.member_count, g.version, g.created_ms, g.modified_ms, ",
    external_id_column!("g", "group_external_ids", "grp"),
    ", g.id, (SELECT c.id FROM connections c WHERE c.seq = g.connection)"
);

const BELOW: &str = "g.seq > ?1 AND g.seq < ?3 ORDER BY g.seq LIMIT ?4";
const BELOW_DOWN: &str = "g.seq > ?1 AND g.seq < ?3 ORDER BY g.seq DESC LIMIT ?4";

/// The statements of a list.
struct Statements {
    up: String,
    down: String,
    by_key: String,
}

impl Statements {
    fn of(columns: &str) -> Self {
        let select = |which: &str| format!("SELECT {columns} FROM groups g WHERE {which}");
        Self {
            up: select(BELOW),
            down: select(BELOW_DOWN),
            by_key: select("g.seq = ?1"),
        }
    }
}

static SQL: LazyLock<Statements> = LazyLock::new(|| Statements::of(COLUMNS));
static SQL_WHOLE: LazyLock<Statements> = LazyLock::new(|| Statements::of(WHOLE));
static SQL_BY_ID: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {WHOLE} FROM groups g WHERE g.account = ?3 AND g.scim_id = ?1")
});

/// The group with that SCIM id, in this account.
pub fn find_by_id(tx: &ReadTx<'_>, id: &GroupScimId) -> Result<Option<(GroupKey, Group)>> {
    let params = (id.as_str(), tx.connection(), tx.account()?);
    Ok(find(tx.conn(), &SQL_BY_ID, params, whole)?)
}

fn view<'r>(row: &'r Row<'_>) -> rusqlite::Result<GroupView<'r>> {
    Ok(GroupView {
        scim_id: row.get_ref(1)?.as_str()?,
        name: row.get_ref(2)?.as_str()?,
        member_count: row.get(3)?,
        record_version: row.get(4)?,
        created_ms: row.get(5)?,
        modified_ms: row.get(6)?,
        external_id: row.get_ref(7)?.as_str_or_null()?,
    })
}

fn whole(row: &Row<'_>) -> rusqlite::Result<(GroupKey, Group)> {
    let shown = view(row)?;
    let scim_id = GroupScimId::parse(shown.scim_id).ok_or_else(|| {
        rusqlite::Error::InvalidColumnType(1, "scim_id".to_owned(), rusqlite::types::Type::Text)
    })?;
    let group = Group {
        id: row.get(8)?,
        scim_id,
        name: shown.name.to_owned(),
        external_id: shown.external_id.map(ToOwned::to_owned),
        managed_by: row.get(9)?,
        member_count: shown.member_count,
        record_version: shown.record_version,
        created_ms: shown.created_ms,
        modified_ms: shown.modified_ms,
    };
    Ok((GroupKey(row.get(0)?), group))
}

const LISTED: Listed = Listed {
    from: "groups g",
    alias: "g",
    extent: "SELECT group_count, last_group FROM accounts WHERE seq = ?1",
};

/// A page of the account's groups, as `show` makes them, and how many match in all.
pub fn list<T>(
    tx: &ReadTx<'_>,
    listing: &GroupListing,
    show: &mut dyn FnMut(&GroupView<'_>) -> T,
) -> Result<Paged<T>> {
    let read = &mut |row: &Row<'_>| Ok(show(&view(row)?));
    asked(tx, listing)?.page(tx, &listing.span, &mut Shown { sql: &SQL, read })
}

/// The same for whoever goes on to read the members.
pub fn list_whole(tx: &ReadTx<'_>, listing: &GroupListing) -> Result<Paged<(GroupKey, Group)>> {
    let sql = &SQL_WHOLE;
    let read = &mut whole;
    asked(tx, listing)?.page(tx, &listing.span, &mut Shown { sql, read })
}

/// The list as SQL.
fn asked(tx: &ReadTx<'_>, listing: &GroupListing) -> Result<Asked> {
    let place = Place::of(tx)?;
    let filter = listing.filter.as_ref();
    Ok(Asked::new(
        &LISTED,
        place.account,
        filter.map(|filter| Where::groups(filter, place)),
        Sort::groups(&listing.order.key, place),
        listing.order.descending,
    ))
}

struct Shown<'s, T> {
    sql: &'static Statements,
    read: &'s mut dyn FnMut(&Row<'_>) -> rusqlite::Result<T>,
}

impl<T> Rows for Shown<'_, T> {
    type Item = T;

    fn stretch(&mut self, tx: &ReadTx<'_>, stretch: &Stretch) -> Result<(Vec<T>, Vec<i64>)> {
        let sql = if stretch.up {
            &self.sql.up
        } else {
            &self.sql.down
        };
        let mut statement = tx.conn().prepare_cached(sql)?;
        let limit = stretch.limit.saturating_add(1);
        let params = (stretch.above, tx.connection(), stretch.below, limit);
        let mut rows = statement.query(params)?;
        let (mut items, mut keys) = stretch.room();
        while let Some(row) = rows.next()? {
            keys.push(row.get(0)?);
            if stretch.is_full(items.len()) {
                break;
            }
            items.push((self.read)(row)?);
        }
        Ok((items, keys))
    }

    fn by_keys(&mut self, tx: &ReadTx<'_>, places: &[Position]) -> Result<Vec<T>> {
        let mut shown = Vec::with_capacity(places.len());
        for place in places {
            let params = (place.seq, tx.connection());
            let one = find(tx.conn(), &self.sql.by_key, params, |row| (self.read)(row))?;
            shown.push(one.ok_or_else(|| Error::internal("a row of a page was not there"))?);
        }
        Ok(shown)
    }
}

#[cfg(test)]
mod tests;
