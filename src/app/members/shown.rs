//! Members as the console's pages show them: lists by key, and one member with all that is told
//! of them.

use std::collections::HashMap;

use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::document;
use crate::domain::error::{Error, Result};
use crate::domain::id::{ConnectionId, MemberId, MembershipId, PolicyId};
use crate::domain::listing::{Begin, Position};
use crate::domain::member::{
    Attributes, GroupPlace, Member, State, StateCounts, email_of, shown_name,
};
use crate::domain::operator::Operator;
use crate::domain::policy::Policy;
use crate::domain::reference::MemberRef;
use crate::domain::text::fold;
use crate::store;
use crate::store::members::search::{self, MemberSearch};
use crate::store::members::{by_hand, shown};
use crate::store::operators;
use crate::store::policies::records::{self, Holder};
use crate::store::tx::ReadTx;

pub use crate::store::members::search::SearchOrder;

/// Members that one page of a list looks at, where each must be looked at.
pub const LOOKED: i64 = search::BOUNDS.looked;
/// Members of one bulk change.
pub const BULK_MAX: usize = 200;
/// Groups of one member that are shown.
const GROUPS_MAX: i64 = 500;

/// Which members of the account.
#[derive(Debug, Clone, Default)]
pub struct MemberQuery {
    /// Somewhere in the userName, the name or an address, letter case aside.
    pub part: Option<String>,
    pub state: Option<State>,
    pub source: Option<MemberSource>,
    pub order: SearchOrder,
    pub descending: bool,
}

/// Who manages a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberSource {
    /// Nobody: they were made by hand.
    Local,
    Connection(ConnectionId),
}

/// A member in a list.
#[derive(Debug, Clone)]
pub struct ListedMember {
    pub member: Member,
    /// What they are called; the userName where there is no name.
    pub name: String,
    pub email: String,
    pub managed_by: Option<Connection>,
}

/// A page of members.
#[derive(Debug, Clone)]
pub struct MemberPage {
    pub items: Vec<ListedMember>,
    /// Where to go on; `None` at the end.
    pub next: Option<Position>,
    /// Whether the page is not full only because it looked at as many members as a page may.
    pub partly: bool,
}

/// What those of them are called who are still there.
///
/// Errors: `Forbidden`.
pub fn names(tx: &ReadTx<'_>, ids: &[MemberId]) -> Result<Vec<(MemberId, String)>> {
    tx.require(Permission::DirectoryRead)?;
    shown::names(tx, ids)
}

/// A page of members, from `begin` or the beginning on.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn list(tx: &ReadTx<'_>, query: &MemberQuery, begin: &Begin, limit: i64) -> Result<MemberPage> {
    tx.require(Permission::DirectoryRead)?;
    let wanted = MemberSearch {
        part: query.part.as_deref().map(fold),
        state: query.state,
        source: query.source.map(|source| match source {
            MemberSource::Local => None,
            MemberSource::Connection(id) => Some(id),
        }),
        order: query.order,
        descending: query.descending,
    };
    let found = search::search(tx, &wanted, begin, limit, search::BOUNDS)?;
    let connections = connections(tx)?;
    let mut items = Vec::with_capacity(found.ids.len());
    for id in found.ids {
        let (_, member) = by_hand::get(tx, &MemberRef::Id(id))?;
        items.push(listed(member, &connections)?);
    }
    Ok(MemberPage {
        items,
        next: found.next,
        partly: found.partly,
    })
}

fn connections(tx: &ReadTx<'_>) -> Result<HashMap<ConnectionId, Connection>> {
    let all = store::connections::list(tx)?;
    Ok(all.into_iter().map(|one| (one.id, one)).collect())
}

fn listed(member: Member, connections: &HashMap<ConnectionId, Connection>) -> Result<ListedMember> {
    let attributes = attributes(&member)?;
    Ok(ListedMember {
        name: shown_name(&attributes).unwrap_or_else(|| member.user_name.clone()),
        email: email_of(&attributes).to_owned(),
        managed_by: member
            .managed_by
            .and_then(|id| connections.get(&id).cloned()),
        member,
    })
}

fn attributes(member: &Member) -> Result<Attributes> {
    document::attributes(&member.document)
        .map_err(|error| Error::internal(format!("the document of {}: {error}", member.id)))
}

/// How many members are in which state.
///
/// Errors: `Forbidden`.
pub fn counts(tx: &ReadTx<'_>) -> Result<StateCounts> {
    tx.require(Permission::DirectoryRead)?;
    shown::counts(tx)
}

/// A member and what their page tells of them.
#[derive(Debug, Clone)]
pub struct ShownMember {
    pub listed: ListedMember,
    pub attributes: Attributes,
    /// Their own id at each connection that has one for them.
    pub external_ids: Vec<(Connection, String)>,
    pub policies: Vec<Policy>,
    /// When each of them was given its present words; the one that everybody has is not told.
    pub policies_ms: HashMap<PolicyId, i64>,
    pub groups: Vec<GroupPlace>,
    /// The operator of the console who works as this member.
    pub operator: Option<Operator>,
}

impl ShownMember {
    pub fn which(&self) -> MemberRef {
        MemberRef::Id(self.listed.member.id)
    }

    pub fn id(&self) -> MembershipId {
        self.listed.member.membership_id()
    }
}

/// The member who is meant.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, which: &MemberRef) -> Result<ShownMember> {
    tx.require(Permission::DirectoryRead)?;
    let (key, member) = by_hand::get(tx, which)?;
    let connections = connections(tx)?;
    let external_ids = shown::external_ids(tx, key)?.into_iter();
    let operator = shown::operator_of(tx, key)?;
    let operator = operator.map(|id| operators::get(tx, id)).transpose()?;
    Ok(ShownMember {
        attributes: attributes(&member)?,
        external_ids: external_ids
            .filter_map(|(id, value)| Some((connections.get(&id)?.clone(), value)))
            .collect(),
        policies: records::of(tx, Holder::Member(key))?,
        policies_ms: records::made_ms(tx, Holder::Member(key))?,
        groups: shown::groups_of(tx, key, GROUPS_MAX)?,
        operator,
        listed: listed(member, &connections)?,
    })
}

/// Those of these who are members, in their order, at most [`BULK_MAX`].
///
/// Errors: `Forbidden`, `TooMany`.
pub fn some(tx: &ReadTx<'_>, ids: &[MembershipId]) -> Result<Vec<ListedMember>> {
    tx.require(Permission::DirectoryRead)?;
    if ids.len() > BULK_MAX {
        return Err(Error::too_many(format!(
            "At most {BULK_MAX} members are changed at once; choose fewer."
        )));
    }
    let connections = connections(tx)?;
    let mut members = Vec::with_capacity(ids.len());
    for id in ids {
        let found = by_hand::get(tx, &MemberRef::Membership(*id));
        match found {
            Ok((_, member)) => members.push(listed(member, &connections)?),
            // Somebody else removed them meanwhile.
            Err(error) if error.kind() == crate::domain::error::Kind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(members)
}
