//! Members as the REST API lists them: by page number, with their policies.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, NotAnId};
use crate::domain::listing::{
    Begin, Compare, DocumentPath, EntryPath, MemberListing, MemberSort, Order, Span,
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
        let active = || Filter::Is(MemberCondition::Active(true));
        let pending = || Filter::Is(MemberCondition::Pending);
        let filter = match self.state {
            Some(State::Active) => active(),
            Some(State::Pending) => pending(),
            Some(State::Inactive) => Filter::Constant(false),
            None => Filter::Or(vec![active(), pending()]),
        };
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
            filter: Some(filter),
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

/// A member with their policies.
pub type WithPolicies = (Member, Vec<Policy>);

/// A page of members, each with their policies, and how many there are in all.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn page(tx: &ReadTx<'_>, page: &MemberPage) -> Result<(Vec<WithPolicies>, i64)> {
    tx.require(Permission::DirectoryRead)?;
    let listed = store::members::list(tx, &page.listing(), &mut |member| {
        member.id().parse::<MemberId>()
    })?;
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
