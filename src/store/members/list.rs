//! Pages of members.

use std::sync::LazyLock;

use super::super::order::Sort;
use super::super::page::{Asked, Listed, Rows, Stretch};
use super::super::query::{Place, Where};
use super::super::tx::ReadTx;
use super::rows::{COLUMNS, shape, show_by_key};
use crate::domain::error::{Error, Result};
use crate::domain::listing::{MemberListing, Paged, Position};
use crate::domain::member::MemberView;

const LISTED: Listed = Listed {
    from: "members m",
    alias: "m",
    extent: "SELECT member_count, last_member FROM accounts WHERE seq = ?1",
};

/// A page of the account's members, as `show` makes them, and how many match in all.
pub fn list<T>(
    tx: &ReadTx<'_>,
    listing: &MemberListing,
    show: &mut dyn FnMut(&MemberView<'_>) -> T,
) -> Result<Paged<T>> {
    asked(tx, listing)?.page(tx, &listing.span, &mut Shown(show))
}

/// The list as SQL.
fn asked(tx: &ReadTx<'_>, listing: &MemberListing) -> Result<Asked> {
    let place = Place::of(tx)?;
    let filter = listing.filter.as_ref();
    Ok(Asked::new(
        &LISTED,
        place.account,
        filter.map(|filter| Where::members(filter, place)),
        Sort::members(&listing.order.key, place),
        listing.order.descending,
    ))
}

static SQL_UP: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS} FROM members m WHERE m.seq > ?1 AND m.seq < ?3
         ORDER BY m.seq LIMIT ?4"
    )
});
static SQL_DOWN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS} FROM members m WHERE m.seq > ?1 AND m.seq < ?3
         ORDER BY m.seq DESC LIMIT ?4"
    )
});

struct Shown<'s, T>(&'s mut dyn FnMut(&MemberView<'_>) -> T);

impl<T> Rows for Shown<'_, T> {
    type Item = T;

    fn stretch(&mut self, tx: &ReadTx<'_>, stretch: &Stretch) -> Result<(Vec<T>, Vec<i64>)> {
        let sql = if stretch.up { &SQL_UP } else { &SQL_DOWN };
        let mut statement = tx.conn().prepare_cached(sql)?;
        let limit = stretch.limit.saturating_add(1);
        let params = (stretch.above, tx.connection(), stretch.below, limit);
        let mut rows = statement.query(params)?;
        let (mut items, mut keys) = stretch.room();
        while let Some(row) = rows.next()? {
            if stretch.is_full(items.len()) {
                keys.push(row.get(0)?);
                break;
            }
            let (key, shown) = shape(tx, row, |member| (self.0)(member))?;
            items.push(shown);
            keys.push(key);
        }
        Ok((items, keys))
    }

    fn by_keys(&mut self, tx: &ReadTx<'_>, places: &[Position]) -> Result<Vec<T>> {
        let mut shown = Vec::with_capacity(places.len());
        for place in places {
            let one = show_by_key(tx, place.seq, |member| (self.0)(member))?;
            shown.push(one.ok_or_else(|| Error::internal("a row of a page was not there"))?);
        }
        Ok(shown)
    }
}

#[cfg(test)]
mod tests;
