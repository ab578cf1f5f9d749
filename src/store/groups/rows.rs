//! Groups as they are read, without their members.

use std::sync::LazyLock;

use rusqlite::Row;

use super::super::external_ids::external_id_column;
use super::super::legacy::old_names::{self, document_column, old_name_column};
use super::super::order::Sort;
use super::super::page::{Asked, Listed, Rows, Statements};
use super::super::query::{Place, Where};
use super::super::sql::{find, list as rows, stored_text, text_or_null};
use super::super::tx::ReadTx;
use super::GroupKey;
use crate::domain::error::Result;
use crate::domain::group::{Group, GroupView};
use crate::domain::id::GroupScimId;
use crate::domain::listing::{GroupListing, GroupSort, Paged};

/// What [`view`] reads of `groups g`; `?2` is the caller's connection.
const COLUMNS: &str = concat!(
    "g.seq, g.scim_id, ",
    document_column!(),
    ", ",
    external_id_column!("g", "group_external_ids", "grp")
);
/// The same for a connection that knows no group by an old name.
const COLUMNS_BY_OWN_NAMES: &str = concat!(
    "g.seq, g.scim_id, g.document, ",
    external_id_column!("g", "group_external_ids", "grp")
);
/// What [`whole`] reads.
const WHOLE: &str = concat!(
    "g.seq, g.scim_id, g.name, g.version, g.created_ms, g.modified_ms, ",
    external_id_column!("g", "group_external_ids", "grp"),
    ", g.member_count, g.id, (SELECT c.id FROM connections c WHERE c.seq = g.connection),
       g.legacy, g.has_old_names, ",
    old_name_column!("g", "?2")
);

static STATEMENTS: LazyLock<Statements> =
    LazyLock::new(|| Statements::of(COLUMNS, LISTED.from, LISTED.alias));
static STATEMENTS_BY_OWN_NAMES: LazyLock<Statements> =
    LazyLock::new(|| Statements::of(COLUMNS_BY_OWN_NAMES, LISTED.from, LISTED.alias));
static STATEMENTS_WHOLE: LazyLock<Statements> =
    LazyLock::new(|| Statements::of(WHOLE, LISTED.from, LISTED.alias));
static SQL_BY_ID: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {WHOLE} FROM groups g WHERE g.account = ?3 AND g.scim_id = ?1")
});

/// The group with that SCIM id, in this account.
pub fn find_by_id(tx: &ReadTx<'_>, id: &GroupScimId) -> Result<Option<(GroupKey, Group)>> {
    let params = (id.as_str(), tx.connection(), tx.account()?);
    Ok(find(tx.conn(), &SQL_BY_ID, params, whole)?)
}

/// The account's groups of which `condition`, SQL of the code's own on `groups g`, is true, in
/// the order they were made.
pub(in crate::store) fn whole_where(
    tx: &ReadTx<'_>,
    condition: &str,
) -> Result<Vec<(GroupKey, Group)>> {
    let sql = format!(
        "SELECT {WHOLE} FROM groups g WHERE g.account = ?1 AND ({condition}) ORDER BY g.seq"
    );
    Ok(rows(
        tx.conn(),
        &sql,
        (tx.account()?, tx.connection()),
        whole,
    )?)
}

fn view<'r>(row: &'r Row<'_>) -> rusqlite::Result<GroupView<'r>> {
    Ok(GroupView {
        scim_id: stored_text(row, 1)?,
        document: stored_text(row, 2)?,
        external_id: text_or_null(row, 3)?,
    })
}

fn whole(row: &Row<'_>) -> rusqlite::Result<(GroupKey, Group)> {
    let scim_id = GroupScimId::parse(row.get_ref(1)?.as_str()?).ok_or_else(|| {
        rusqlite::Error::InvalidColumnType(1, "scim_id".to_owned(), rusqlite::types::Type::Text)
    })?;
    let group = Group {
        scim_id,
        name: row.get(2)?,
        record_version: row.get(3)?,
        created_ms: row.get(4)?,
        modified_ms: row.get(5)?,
        external_id: row.get(6)?,
        member_count: row.get(7)?,
        id: row.get(8)?,
        managed_by: row.get(9)?,
        legacy: row.get(10)?,
        has_old_names: row.get(11)?,
        old_name: row.get(12)?,
    };
    Ok((GroupKey(row.get(0)?), group))
}

const LISTED: Listed = Listed {
    from: "groups g",
    alias: "g",
    only: "",
    extent: "SELECT group_count, last_group FROM accounts WHERE seq = ?1",
};
/// Those that are no legacy groups.
const USER_GROUPS: Listed = Listed {
    only: " AND g.legacy IS NULL",
    extent: "SELECT group_count - legacy_count, last_group FROM accounts WHERE seq = ?1",
    ..LISTED
};

/// A page of the account's groups, as `show` makes them, and how many match in all.
pub fn list<T>(
    tx: &ReadTx<'_>,
    listing: &GroupListing,
    show: &mut dyn FnMut(&GroupView<'_>) -> T,
) -> Result<Paged<T>> {
    let mut shown = Shown {
        statements: &STATEMENTS,
        by_own_names: Some(&STATEMENTS_BY_OWN_NAMES),
        shape: &mut |row| Ok((row.get(0)?, show(&view(row)?))),
    };
    asked(tx, &LISTED, listing)?.page(tx, &listing.span, &mut shown)
}

/// The same for whoever goes on to read the members.
pub fn list_whole(tx: &ReadTx<'_>, listing: &GroupListing) -> Result<Paged<(GroupKey, Group)>> {
    whole_page(tx, &LISTED, listing)
}

/// The same of user groups alone, by the names that are their own, whoever asks.
pub fn list_user_groups(
    tx: &ReadTx<'_>,
    listing: &GroupListing,
) -> Result<Paged<(GroupKey, Group)>> {
    whole_page(tx, &USER_GROUPS, listing)
}

fn whole_page(
    tx: &ReadTx<'_>,
    listed: &'static Listed,
    listing: &GroupListing,
) -> Result<Paged<(GroupKey, Group)>> {
    let mut shown = Shown {
        statements: &STATEMENTS_WHOLE,
        by_own_names: None,
        shape: &mut |row| Ok((row.get(0)?, whole(row)?)),
    };
    asked(tx, listed, listing)?.page(tx, &listing.span, &mut shown)
}

/// The list as SQL.
fn asked(tx: &ReadTx<'_>, listed: &'static Listed, listing: &GroupListing) -> Result<Asked> {
    let mut place = Place::of(tx)?;
    if !listed.only.is_empty() {
        // No connection is asked what it calls them.
        place.connection = None;
    } else if listing.order.key == GroupSort::Name {
        place.old_names = old_names::are_shown(tx)?;
    }
    let filter = listing.filter.as_ref();
    Ok(Asked::new(
        listed,
        place.account,
        filter.map(|filter| Where::groups(filter, place)),
        Sort::groups(&listing.order.key, place),
        listing.order.descending,
    ))
}

struct Shown<'s, T> {
    statements: &'static Statements,
    /// Where those are enough for whoever is shown no old names.
    by_own_names: Option<&'static Statements>,
    shape: &'s mut dyn FnMut(&Row<'_>) -> rusqlite::Result<(i64, T)>,
}

impl<T> Rows for Shown<'_, T> {
    type Item = T;

    fn statements(&self) -> &'static Statements {
        self.statements
    }

    fn for_stretch(&self, tx: &ReadTx<'_>) -> Result<&'static Statements> {
        match self.by_own_names {
            Some(by_own_names) if !old_names::are_shown_as_known(tx)? => Ok(by_own_names),
            Some(_) | None => Ok(self.statements),
        }
    }

    fn shape(&mut self, _: &ReadTx<'_>, row: &Row<'_>) -> rusqlite::Result<(i64, T)> {
        (self.shape)(row)
    }
}

#[cfg(test)]
mod tests;
