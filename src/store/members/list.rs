//! Pages of members.

use std::sync::LazyLock;

use rusqlite::Row;

use super::super::order::Sort;
use super::super::page::{Asked, Listed, Rows, Statements};
use super::super::query::{Place, Where};
use super::super::tx::ReadTx;
use super::beside::Ahead;
use super::rows::{COLUMNS, shape};
use crate::domain::error::Result;
use crate::domain::listing::{MemberListing, Paged};
use crate::domain::member::MemberView;

const LISTED: Listed = Listed {
    from: "members m",
    alias: "m",
    only: "",
    extent: "SELECT member_count, last_member FROM accounts WHERE seq = ?1",
};

/// A page of the account's members, as `show` makes them, and how many match in all.
pub fn list<T>(
    tx: &ReadTx<'_>,
    listing: &MemberListing,
    show: &mut dyn FnMut(&MemberView<'_>) -> T,
) -> Result<Paged<T>> {
    let mut shown = Shown {
        show,
        ahead: Ahead::default(),
    };
    asked(tx, listing)?.page(tx, &listing.span, &mut shown)
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

static STATEMENTS: LazyLock<Statements> =
    LazyLock::new(|| Statements::of(COLUMNS, LISTED.from, LISTED.alias));

struct Shown<'s, T> {
    show: &'s mut dyn FnMut(&MemberView<'_>) -> T,
    ahead: Ahead,
}

impl<T> Rows for Shown<'_, T> {
    type Item = T;

    fn statements(&self) -> &'static Statements {
        &STATEMENTS
    }

    fn expect(&mut self, up: bool, limit: i64) {
        self.ahead.expect(up, limit);
    }

    fn shape(&mut self, tx: &ReadTx<'_>, row: &Row<'_>) -> rusqlite::Result<(i64, T)> {
        let Self { show, ahead } = self;
        let (key, item) = shape(tx, row, ahead, show)?;
        ahead.pass();
        Ok((key, item))
    }
}

#[cfg(test)]
pub(in crate::store) mod tests;
