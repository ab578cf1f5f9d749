//! User groups as the console's pages show them: lists by key, each group with what it gives and
//! who manages it, and its people.

use std::collections::{HashMap, HashSet};

use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::group::{Group, GroupPerson};
use crate::domain::id::{ConnectionId, GroupId, MemberId, MembershipId, PolicyId};
use crate::domain::listing::{Begin, GroupListing, GroupSort, Order, Paged, Span};
use crate::domain::policy::Policy;
use crate::domain::query::{Filter, GroupCondition, TextOp, TextTest};
use crate::domain::reference::{GroupRef, MemberRef, Person};
use crate::domain::text::fold;
use crate::store;
use crate::store::groups::{GroupKey, MembersAfter, by_hand, people};
use crate::store::members::search::{self, MemberSearch, SearchOrder};
use crate::store::policies::records::{self, Holder};
use crate::store::tx::{ReadTx, WriteTx};

/// Members of a group that one look for a part of a name goes through.
pub const LOOKED: i64 = 10_000;
/// Members with a part of a name that are looked at for who could be added to a group.
const CANDIDATES_READ: i64 = 200;
/// The largest group of which those are counted who receive what it grants.
const COUNTED_MAX: i64 = 1_000;
/// Groups of one bulk change.
pub const BULK_MAX: usize = 100;

/// Which groups of the account.
#[derive(Debug, Clone, Default)]
pub struct GroupQuery {
    /// Somewhere in the name, letter case aside.
    pub part: Option<String>,
    pub source: Option<GroupSource>,
    /// Only those without a policy.
    pub grants_nothing: bool,
    pub sort: GroupSort,
    pub descending: bool,
}

/// Who manages a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupSource {
    /// Nobody: it was made by hand.
    Local,
    Connection(ConnectionId),
}

/// A group in a list.
#[derive(Debug, Clone)]
pub struct ListedGroup {
    pub group: Group,
    pub managed_by: Option<Connection>,
    pub policies: i64,
}

/// A page of groups, where each stands, and how many there are in all.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn list(
    tx: &ReadTx<'_>,
    query: &GroupQuery,
    begin: Begin,
    limit: i64,
) -> Result<Paged<ListedGroup>> {
    tx.require(Permission::DirectoryRead)?;
    let listing = GroupListing {
        filter: filter(query),
        order: Order {
            key: query.sort.clone(),
            descending: query.descending,
        },
        span: Span {
            begin,
            limit,
            known_total: None,
        },
    };
    let page = store::groups::list_user_groups(tx, &listing)?;
    let connections = connections(tx)?;
    let mut items = Vec::with_capacity(page.items.len());
    for (key, group) in page.items {
        items.push(ListedGroup {
            policies: records::count(tx, Holder::Group(key))?,
            managed_by: group
                .managed_by
                .and_then(|id| connections.get(&id).cloned()),
            group,
        });
    }
    Ok(Paged {
        items,
        positions: page.positions,
        more: page.more,
        total: page.total,
    })
}

fn filter(query: &GroupQuery) -> Option<Filter<GroupCondition>> {
    let part = query.part.as_ref().map(|part| {
        Filter::Is(GroupCondition::NameText(TextTest {
            op: TextOp::Contains,
            wanted: fold(part),
            folded: true,
        }))
    });
    let source = query.source.map(|source| {
        Filter::Is(GroupCondition::ManagedBy(match source {
            GroupSource::Local => None,
            GroupSource::Connection(id) => Some(id),
        }))
    });
    let nothing = query
        .grants_nothing
        .then(|| Filter::not(Filter::Is(GroupCondition::HasPolicies)));
    let all: Vec<_> = [part, source, nothing].into_iter().flatten().collect();
    (!all.is_empty()).then(|| Filter::all(all))
}

fn connections(tx: &ReadTx<'_>) -> Result<HashMap<ConnectionId, Connection>> {
    let all = store::connections::list(tx)?;
    Ok(all.into_iter().map(|one| (one.id, one)).collect())
}

/// A group and what its page tells of it.
#[derive(Debug, Clone)]
pub struct ShownGroup {
    pub key: GroupKey,
    pub group: Group,
    pub managed_by: Option<Connection>,
    /// Its own id at each connection that has one for it.
    pub external_ids: Vec<(Connection, String)>,
    pub policies: Vec<Policy>,
    /// When each policy was given its present words, in milliseconds since 1970, UTC.
    pub policies_ms: HashMap<PolicyId, i64>,
}

/// The group that is meant.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, which: &GroupRef) -> Result<ShownGroup> {
    tx.require(Permission::DirectoryRead)?;
    let (key, group) = by_hand::get(tx, which)?;
    let connections = connections(tx)?;
    let external_ids = people::external_ids(tx, key)?.into_iter();
    let external_ids = external_ids
        .filter_map(|(id, value)| Some((connections.get(&id)?.clone(), value)))
        .collect();
    Ok(ShownGroup {
        managed_by: group
            .managed_by
            .and_then(|id| connections.get(&id).cloned()),
        policies: records::of(tx, Holder::Group(key))?,
        policies_ms: records::made_ms(tx, Holder::Group(key))?,
        external_ids,
        key,
        group,
    })
}

/// How many receive what the group's policies grant: those of its members who are active. `None`
/// where the group is too large to look at each for a page.
///
/// Errors: `Forbidden`.
pub fn receivers(tx: &ReadTx<'_>, group: &ShownGroup) -> Result<Option<i64>> {
    tx.require(Permission::DirectoryRead)?;
    if group.group.member_count > COUNTED_MAX {
        return Ok(None);
    }
    people::active(tx, group.key).map(Some)
}

/// The next members of a group, at most `limit`, with `part` somewhere in their userName or name;
/// and where to go on. One look for a part goes through [`LOOKED`] members.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn people(
    tx: &ReadTx<'_>,
    key: GroupKey,
    part: Option<&str>,
    after: MembersAfter,
    limit: i64,
) -> Result<(Vec<GroupPerson>, Option<MembersAfter>)> {
    tx.require(Permission::DirectoryRead)?;
    people::list(tx, key, part, after, (LOOKED, limit))
}

/// People who could be added to a group, each with what they are called: whose userName, name or
/// address begins with that, and behind them, while there is room, those who have it anywhere in
/// one of these.
///
/// Errors: `Forbidden`.
pub fn candidates(
    tx: &ReadTx<'_>,
    key: GroupKey,
    text: &str,
    limit: i64,
) -> Result<Vec<(Person, String)>> {
    tx.require(Permission::DirectoryRead)?;
    let mut found = people::candidates(tx, key, text, limit)?;
    let room = usize::try_from(limit).unwrap_or(0);
    if found.len() < room {
        let wanted = MemberSearch {
            part: Some(fold(text)),
            state: None,
            source: None,
            order: SearchOrder::Name,
            descending: false,
        };
        let page = search::search(tx, &wanted, &Begin::First, CANDIDATES_READ, search::BOUNDS)?;
        let others = people::outside(tx, key, &page.ids)?;
        let known: HashSet<MemberId> = found.iter().map(|(person, _)| person.id).collect();
        found.extend(
            others
                .into_iter()
                .filter(|(one, _)| !known.contains(&one.id)),
        );
        found.truncate(room);
    }
    Ok(found)
}

/// Those of these ids, SCIM's or others, that a user group has, each with its name.
///
/// Errors: `Forbidden`.
pub fn there(tx: &ReadTx<'_>, ids: &[&str]) -> Result<Vec<(String, String)>> {
    tx.require(Permission::DirectoryRead)?;
    store::groups::by_hand::there(tx, ids)
}

/// Whom some names mean.
#[derive(Debug, Clone, Default)]
pub struct Named {
    pub found: Vec<MembershipId>,
    /// Names of nobody, and those that several people have.
    pub unknown: Vec<String>,
    pub several: Vec<String>,
}

/// The people who are named, by user names, addresses or ids.
///
/// Errors: `Forbidden`.
pub fn named(tx: &ReadTx<'_>, names: &[&str]) -> Result<Named> {
    tx.require(Permission::DirectoryRead)?;
    let mut all = Named::default();
    for name in names {
        match store::members::by_hand::get(tx, &MemberRef::Named((*name).to_owned())) {
            Ok((_, member)) => all.found.push(member.membership_id()),
            Err(error) => match error.kind() {
                Kind::NotFound => all.unknown.push((*name).to_owned()),
                Kind::Conflict => all.several.push((*name).to_owned()),
                _ => return Err(error),
            },
        }
    }
    Ok(all)
}

/// Deletes all of these groups made by hand, or none; who they were.
///
/// Errors: as [`super::by_hand::remove`]; `TooMany`.
pub fn remove_all(tx: &WriteTx<'_>, groups: &[GroupId]) -> Result<Vec<Group>> {
    tx.require(Permission::DirectoryWrite)?;
    if groups.len() > BULK_MAX {
        return Err(Error::too_many(format!(
            "At most {BULK_MAX} groups are deleted at once; choose fewer."
        )));
    }
    let remove = |id: &GroupId| super::by_hand::remove(tx, &GroupRef::Id(*id));
    groups.iter().map(remove).collect()
}
