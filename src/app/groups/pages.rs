//! User groups and their members as the REST API lists them: by page number.

use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::id::MembershipId;
use crate::domain::listing::{Begin, GroupListing, GroupSort, Order, Paged, Span};
use crate::domain::member::{Member, State};
use crate::domain::policy::Policy;
use crate::domain::query::{Filter, GroupCondition, TextOp, TextTest};
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::text::fold;
use crate::store;
use crate::store::groups::{GroupKey, by_hand, pages};
use crate::store::policies::records::{self, Holder};
use crate::store::tx::ReadTx;

/// Which page of which list.
#[derive(Debug, Clone, Default)]
pub struct GroupPage {
    /// Exactly this name.
    pub name: Option<String>,
    /// Somewhere in the name, letter case aside.
    pub part: Option<String>,
    pub descending: bool,
    pub offset: i64,
    pub limit: i64,
}

/// A group with its policies.
pub type WithPolicies = (Group, Vec<Policy>);

/// A page of user groups by name, each with its policies, and how many there are in all.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn page(tx: &ReadTx<'_>, page: &GroupPage) -> Result<(Vec<WithPolicies>, i64)> {
    tx.require(Permission::DirectoryRead)?;
    let is = |op, wanted: String, folded| {
        Filter::Is(GroupCondition::NameText(TextTest { op, wanted, folded }))
    };
    let mut conditions = Vec::new();
    if let Some(name) = &page.name {
        conditions.push(Filter::Is(GroupCondition::Name { key: fold(name) }));
        conditions.push(is(TextOp::Equals, name.clone(), false));
    }
    if let Some(part) = &page.part {
        conditions.push(is(TextOp::Contains, fold(part), true));
    }
    let listing = GroupListing {
        filter: (!conditions.is_empty()).then_some(Filter::And(conditions)),
        order: Order {
            key: GroupSort::Name,
            descending: page.descending,
        },
        span: Span {
            begin: match page.offset {
                0 => Begin::First,
                offset => Begin::At(offset),
            },
            limit: page.limit,
            known_total: None,
        },
    };
    let listed = store::groups::list_user_groups(tx, &listing)?;
    let mut groups = Vec::with_capacity(listed.items.len());
    for (key, group) in listed.items {
        groups.push((group, records::of(tx, Holder::Group(key))?));
    }
    Ok((groups, listed.total))
}

/// A page of user groups, whatever their order.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn walk(tx: &ReadTx<'_>, listing: &GroupListing) -> Result<Paged<(GroupKey, Group)>> {
    tx.require(Permission::DirectoryRead)?;
    store::groups::list_user_groups(tx, listing)
}

/// The group that is meant, with its policies.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, which: &GroupRef) -> Result<WithPolicies> {
    tx.require(Permission::DirectoryRead)?;
    let (key, group) = by_hand::get(tx, which)?;
    Ok((group, records::of(tx, Holder::Group(key))?))
}

/// Which page of a group's members.
#[derive(Debug, Clone, Default)]
pub struct PeoplePage {
    /// Somewhere in the userName or in an address, letter case aside.
    pub part: Option<String>,
    /// By userName, and then whether it descends; `None`: in the order of being made.
    pub by_name: Option<bool>,
    pub offset: i64,
    pub limit: i64,
}

/// A page of a group's members, and how many there are in all.
///
/// Errors: `Forbidden`, `NotFound`, `Unavailable` when it takes too long.
pub fn people(tx: &ReadTx<'_>, which: &GroupRef, page: &PeoplePage) -> Result<(Vec<Member>, i64)> {
    tx.require(Permission::DirectoryRead)?;
    let (key, _) = by_hand::get(tx, which)?;
    let part = page.part.as_deref().map(fold);
    let total = pages::count(tx, key, part.as_deref())?;
    let ids = pages::members(
        tx,
        key,
        part.as_deref(),
        page.by_name,
        (page.offset, page.limit),
    )?;
    Ok((all(tx, ids.into_iter().map(MemberRef::Id))?, total))
}

/// Who the group holds now, of these, in their order; `None` asks for everybody, at most
/// `limit`.
///
/// Errors: `Forbidden`, `Conflict`.
pub fn people_of(
    tx: &ReadTx<'_>,
    key: GroupKey,
    wanted: Option<&[MembershipId]>,
    limit: i64,
) -> Result<Vec<Member>> {
    tx.require(Permission::DirectoryRead)?;
    if let Some(wanted) = wanted {
        let mut seen = std::collections::HashSet::new();
        let each = wanted.iter().filter(|id| seen.insert(**id)).copied();
        let mut people = all(tx, each.map(MemberRef::Membership))?;
        people.retain(|member| member.state != State::Inactive);
        return Ok(people);
    }
    let ids = pages::members(tx, key, None, None, (0, limit))?;
    all(tx, ids.into_iter().map(MemberRef::Id))
}

/// That member of that group, and when they came in, in milliseconds since 1970, UTC.
///
/// Errors: `Forbidden`, `NotFound` (group, member, or the one is not in the other).
pub fn person(tx: &ReadTx<'_>, which: &GroupRef, id: MembershipId) -> Result<(Member, i64)> {
    tx.require(Permission::DirectoryRead)?;
    let (key, group) = by_hand::get(tx, which)?;
    let unknown = || Error::not_found(&format!("member of {}", group.name), id);
    let found = store::members::by_hand::get(tx, &MemberRef::Membership(id));
    let (member_key, member) = found.map_err(|_| unknown())?;
    if member.state == State::Inactive {
        return Err(unknown());
    }
    let added_ms = by_hand::added_ms(tx, key, member_key)?.ok_or_else(unknown)?;
    Ok((member, added_ms))
}

fn all(tx: &ReadTx<'_>, which: impl Iterator<Item = MemberRef>) -> Result<Vec<Member>> {
    which
        .map(|which| store::members::by_hand::get(tx, &which).map(|(_, member)| member))
        .collect()
}
