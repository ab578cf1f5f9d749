//! Reading all members, for whoever lists them without page numbers.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::MemberId;
use crate::domain::listing::{Begin, Listing};
use crate::domain::member::Member;
use crate::store;
use crate::store::tx::ReadTx;

/// The next members in the order of being made, at most `limit`, and where to go on; `None`
/// behind the last one. Whoever is there throughout comes exactly once.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn walk(tx: &ReadTx<'_>, begin: Begin, limit: i64) -> Result<(Vec<Member>, Option<Begin>)> {
    tx.require(Permission::DirectoryRead)?;
    let mut listing = Listing::first(None, limit);
    listing.span.begin = begin;
    // Nobody asks how many there are.
    listing.span.known_total = Some(0);
    let page = store::members::list(tx, &listing, &mut |view| view.id().parse::<MemberId>())?;
    let mut members = Vec::with_capacity(page.items.len());
    for id in page.items {
        let id = id.map_err(|_| Error::internal("a document whose id is none"))?;
        if let Some((_, member)) = store::members::find_by_id(tx, id)? {
            members.push(member);
        }
    }
    let last = page.positions.into_iter().next_back();
    let next = last.filter(|_| page.more).map(Begin::After);
    Ok((members, next))
}
