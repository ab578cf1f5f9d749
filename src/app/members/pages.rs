//! Members as the REST API lists them: by page number, with their policies.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, NotAnId};
use crate::domain::listing::{
    Begin, Compare, DocumentPath, EntryPath, MemberListing, MemberSort, Order, Position, Span,
};
use crate::domain::member::{Member, State};
use crate::domain::policy::Policy;
use crate::domain::query::{Filter, MemberCondition};
use crate::domain::reference::MemberRef;
use crate::store;
use crate::store::members::by_hand;
use crate::store::policies::records::{self, Holder};
use crate::store::tx::ReadTx;

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MemberOrder {
    #[default]
    Made,
    FirstName,
    LastName,
    Email,
    Status,
}

/// Which page of which list. Inactive people are members no more and on none.
#[derive(Debug, Clone, Default)]
pub struct MemberPage {
    pub order: MemberOrder,
    pub descending: bool,
    /// Only those who are active, or only those who are invited.
    pub state: Option<State>,
    pub offset: i64,
    pub limit: i64,
}

impl MemberPage {
    fn listing(&self) -> MemberListing {
        let filter = self.state.map(|state| match state {
            State::Active => Filter::Is(MemberCondition::Active(true)),
            State::Pending => Filter::Is(MemberCondition::Pending),
            State::Inactive => Filter::Constant(false),
        });
        let document = |names: &[&'static str], entries| MemberSort::Document {
            path: DocumentPath {
                names: names.to_vec(),
                entries,
            },
            compare: Compare::Folded,
        };
        let key = match self.order {
            MemberOrder::Made => MemberSort::Made,
            MemberOrder::FirstName => document(&["name", "givenName"], None),
            MemberOrder::LastName => document(&["name", "familyName"], None),
            MemberOrder::Email => document(&["emails"], Some(EntryPath { sub: "value" })),
            MemberOrder::Status => MemberSort::Active,
        };
        MemberListing {
            filter,
            order: Order {
                key,
                descending: self.descending,
            },
            span: Span {
                begin: match self.offset {
                    0 => Begin::First,
                    offset => Begin::At(offset),
                },
                limit: self.limit,
                known_total: None,
            },
        }
    }
}

/// The list of all members: everybody but those who are inactive, who are passed over by
/// number, so that a page costs the same at any depth.
fn everybody(tx: &ReadTx<'_>, page: &MemberPage) -> Result<MemberListing> {
    let mut listing = page.listing();
    let inactive = by_hand::inactive_up_to(tx, i64::MAX)?;
    if inactive == 0 {
        return Ok(listing);
    }
    let mut count = listing.clone();
    count.span.limit = 0;
    let total = store::members::list(tx, &count, &mut |_| ())?.total - inactive;
    listing.filter = Some(Filter::Is(MemberCondition::Present));
    listing.span.known_total = Some(total);
    let offset = page.offset;
    if offset >= total {
        listing.span.begin = Begin::First;
        listing.span.limit = 0;
    } else if offset > 0 && page.order == MemberOrder::Made {
        let number = if page.descending {
            total - offset + 1
        } else {
            offset
        };
        listing.span.begin = Begin::After(place_of(tx, number)?);
    }
    Ok(listing)
}

/// Where the `number`th stands of those who are not inactive, in the order they were made: as
/// many rows further on as there are inactive ones before.
fn place_of(tx: &ReadTx<'_>, number: i64) -> Result<Position> {
    let mut at = number;
    loop {
        let mut listing = MemberListing::first(None, 1);
        listing.span.begin = Begin::At(at - 1);
        let found = store::members::list(tx, &listing, &mut |_| ())?;
        let place = found.positions.into_iter().next();
        let place = place.ok_or_else(|| Error::internal("fewer members than were counted"))?;
        let further = number + by_hand::inactive_up_to(tx, place.seq)?;
        if further == at {
            return Ok(place);
        }
        at = further;
    }
}

/// A member with their policies.
pub type WithPolicies = (Member, Vec<Policy>);

/// A page of members, each with their policies, and how many there are in all.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn page(tx: &ReadTx<'_>, page: &MemberPage) -> Result<(Vec<WithPolicies>, i64)> {
    tx.require(Permission::DirectoryRead)?;
    let listing = match page.state {
        None => everybody(tx, page)?,
        Some(_) => page.listing(),
    };
    let listed = store::members::list(tx, &listing, &mut |member| member.id().parse::<MemberId>())?;
    let mut members = Vec::with_capacity(listed.items.len());
    for id in listed.items {
        let id = id.map_err(|NotAnId| Error::internal("a document whose id is none"))?;
        let (key, member) = by_hand::get(tx, &MemberRef::Id(id))?;
        members.push((member, records::of(tx, Holder::Member(key))?));
    }
    Ok((members, listed.total))
}

/// The member who is meant, with their policies: nobody who is inactive, since they are no
/// member.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (several have that address).
pub fn get(tx: &ReadTx<'_>, which: &MemberRef) -> Result<WithPolicies> {
    tx.require(Permission::DirectoryRead)?;
    let (key, member) = by_hand::get(tx, which)?;
    if member.state == State::Inactive {
        return Err(Error::not_found("member", member.membership_id()));
    }
    Ok((member, records::of(tx, Holder::Member(key))?))
}
