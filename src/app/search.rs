//! Searching everything at once: people, then groups, as one list.

pub mod quick;

use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::group::Group;
use crate::domain::listing::{
    Begin, GroupListing, GroupSort, MemberListing, MemberSort, Order, Paged, Part, Position, Span,
    Spot,
};
use crate::domain::member::MemberView;
use crate::domain::query::{GroupFilter, MemberFilter};
use crate::store;
use crate::store::groups::GroupKey;
use crate::store::tx::ReadTx;

/// What is searched for: all people that the one filter picks, in their order, then all
/// groups that the other one picks, in theirs.
#[derive(Debug, Clone)]
pub struct Search {
    pub members: Sought<MemberFilter, MemberSort>,
    pub groups: Sought<GroupFilter, GroupSort>,
    pub span: Span<Spot>,
}

#[derive(Debug, Clone)]
pub struct Sought<F, K> {
    pub filter: Option<F>,
    pub order: Order<K>,
}

/// What was found.
#[derive(Debug, Clone)]
pub enum Found<T> {
    Member(T),
    Group(GroupKey, Box<Group>),
}

/// A page of people, as `show` makes them, and groups.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn list<T>(
    tx: &ReadTx<'_>,
    search: &Search,
    show: &mut dyn FnMut(&MemberView<'_>) -> T,
) -> Result<Paged<Found<T>, Spot>> {
    tx.require(Permission::ScimRead)?;
    let limit = search.span.limit;
    let mut page = Page::new(limit, show);
    match search.span.begin.clone() {
        Begin::First => page.forward(tx, search, Begin::First)?,
        Begin::At(offset) => {
            let members = count_members(tx, search)?;
            if offset < members {
                page.forward(tx, search, Begin::At(offset))?;
            } else {
                page.groups(tx, search, Begin::At(offset - members))?;
            }
        }
        Begin::After(Spot { part, position }) => match part {
            Part::Members => page.forward(tx, search, Begin::After(position))?,
            Part::Groups => page.groups(tx, search, Begin::After(position))?,
        },
        Begin::Before(Spot { part, position }) => match part {
            Part::Members => page.members(tx, search, Begin::Before(position))?,
            Part::Groups => page.backward(tx, search, Begin::Before(position))?,
        },
        Begin::Last => page.backward(tx, search, Begin::Last)?,
    }
    page.finish(tx, search)
}

fn listing_of_members(
    search: &Search,
    begin: Begin,
    limit: i64,
    total: Option<i64>,
) -> MemberListing {
    MemberListing {
        filter: search.members.filter.clone(),
        order: search.members.order.clone(),
        span: Span {
            begin,
            limit,
            known_total: total,
        },
    }
}

fn listing_of_groups(
    search: &Search,
    begin: Begin,
    limit: i64,
    total: Option<i64>,
) -> GroupListing {
    GroupListing {
        filter: search.groups.filter.clone(),
        order: search.groups.order.clone(),
        span: Span {
            begin,
            limit,
            known_total: total,
        },
    }
}

fn count_members(tx: &ReadTx<'_>, search: &Search) -> Result<i64> {
    let none = listing_of_members(search, Begin::First, 0, None);
    Ok(store::members::list(tx, &none, &mut |_| ())?.total)
}

fn count_groups(tx: &ReadTx<'_>, search: &Search) -> Result<i64> {
    let none = listing_of_groups(search, Begin::First, 0, None);
    Ok(store::groups::list(tx, &none, &mut |_| ())?.total)
}

/// A page that fills.
struct Page<'s, T> {
    show: &'s mut dyn FnMut(&MemberView<'_>) -> T,
    found: Vec<(Found<T>, Spot)>,
    more: bool,
    /// How many are still wanted.
    left: i64,
}

impl<'s, T> Page<'s, T> {
    fn new(limit: i64, show: &'s mut dyn FnMut(&MemberView<'_>) -> T) -> Self {
        Self {
            show,
            found: Vec::new(),
            more: false,
            left: limit,
        }
    }

    /// People from `begin` on, then groups.
    fn forward(&mut self, tx: &ReadTx<'_>, search: &Search, begin: Begin) -> Result<()> {
        self.members(tx, search, begin)?;
        if self.more {
            return Ok(());
        }
        self.groups(tx, search, Begin::First)
    }

    /// Groups to `begin`, and people before them.
    fn backward(&mut self, tx: &ReadTx<'_>, search: &Search, begin: Begin) -> Result<()> {
        self.groups(tx, search, begin)?;
        if self.more {
            return Ok(());
        }
        let groups = std::mem::take(&mut self.found);
        self.members(tx, search, Begin::Last)?;
        self.found.extend(groups);
        Ok(())
    }

    fn members(&mut self, tx: &ReadTx<'_>, search: &Search, begin: Begin) -> Result<()> {
        // How many there are is asked for once, at the end.
        let listing = listing_of_members(search, begin, self.left, Some(0));
        let page = store::members::list(tx, &listing, self.show)?;
        let found = page.items.into_iter().map(Found::Member);
        self.add(found, page.positions, page.more, Part::Members);
        Ok(())
    }

    fn groups(&mut self, tx: &ReadTx<'_>, search: &Search, begin: Begin) -> Result<()> {
        let listing = listing_of_groups(search, begin, self.left, Some(0));
        let page = store::groups::list_whole(tx, &listing)?;
        let found = page
            .items
            .into_iter()
            .map(|(key, group)| Found::Group(key, Box::new(group)));
        self.add(found, page.positions, page.more, Part::Groups);
        Ok(())
    }

    fn add(
        &mut self,
        found: impl Iterator<Item = Found<T>>,
        positions: Vec<Position>,
        more: bool,
        part: Part,
    ) {
        self.left -= i64::try_from(positions.len()).unwrap_or(i64::MAX);
        let spots = positions
            .into_iter()
            .map(|position| Spot { part, position });
        self.found.extend(found.zip(spots));
        self.more = more;
    }

    fn finish(self, tx: &ReadTx<'_>, search: &Search) -> Result<Paged<Found<T>, Spot>> {
        let here = i64::try_from(self.found.len()).unwrap_or(i64::MAX);
        let total = match search.span.known_total {
            Some(total) => total,
            None if search.span.begin == Begin::First && !self.more => here,
            None => count_members(tx, search)?.saturating_add(count_groups(tx, search)?),
        };
        let (items, positions) = self.found.into_iter().unzip();
        Ok(Paged {
            items,
            positions,
            more: self.more,
            total,
        })
    }
}
