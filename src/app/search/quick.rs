//! What a search box finds: whatever has exactly that id first, then names.

use crate::app::groups::shown::{self as groups, GroupQuery, ListedGroup};
use crate::app::members::shown::{self as members, ListedMember, MemberQuery};
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{GroupId, MembershipId, RequestId};
use crate::domain::listing::{Begin, GroupSort};
use crate::domain::provisioning::ProvisioningRow;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::role::Role;
use crate::domain::text::fold;
use crate::domain::token::Token;
use crate::store;
use crate::store::tx::ReadTx;

/// Things of a kind that are told; one more tells that there are more.
pub const EACH_MAX: usize = 8;
/// Fewer people than this begin so: then the text is looked for within names too.
const ENOUGH: usize = 3;

/// What has exactly that id.
#[derive(Debug, Clone)]
pub enum Exact {
    Member(Box<ListedMember>),
    Group(GroupId, String),
    Connection(Box<Connection>),
    Token(Box<Token>),
    Role(Box<Role>),
    /// A request of a provider.
    Request(Box<ProvisioningRow>),
}

/// What was found, [`EACH_MAX`] of a kind and one more.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub exact: Vec<Exact>,
    pub members: Vec<ListedMember>,
    pub groups: Vec<ListedGroup>,
    pub connections: Vec<Connection>,
    pub tokens: Vec<Token>,
    pub roles: Vec<Role>,
}

/// Everything of the account that answers to the text.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn quick(tx: &ReadTx<'_>, text: &str) -> Result<Found> {
    tx.require(Permission::DirectoryRead)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(Found::default());
    }
    let key = fold(text);
    let has = |name: &str| fold(name).contains(&key);
    let most = i64::try_from(EACH_MAX + 1).unwrap_or(i64::MAX);
    let query = GroupQuery {
        part: Some(text.to_owned()),
        sort: GroupSort::Name,
        ..GroupQuery::default()
    };
    let mut found = Found {
        exact: exact(tx, text)?,
        members: people(tx, text, most)?,
        groups: groups::list(tx, &query, Begin::First, most)?.items,
        ..Found::default()
    };
    if tx.actor().allows(Permission::LogsRead) {
        found.connections = store::connections::list(tx)?;
        found.connections.retain(|one| has(&one.name));
        found.connections.truncate(EACH_MAX + 1);
    }
    if tx.actor().allows(Permission::TokensRead) {
        found.tokens = crate::app::tokens::list(tx)?;
        found.tokens.retain(|one| has(&one.name));
        found.tokens.truncate(EACH_MAX + 1);
    }
    found.roles = store::roles::list(tx)?;
    found.roles.retain(|one| has(&one.name));
    // What begins so is mostly what is looked for; what is hidden is not.
    let rank = |one: &Role| {
        let name = fold(&one.name);
        (one.hidden, !name.starts_with(&key), one.built_in, name)
    };
    found.roles.sort_by_cached_key(rank);
    found.roles.truncate(EACH_MAX + 1);
    Ok(found)
}

/// People whose name begins so; where there are few, those who have it anywhere in it.
fn people(tx: &ReadTx<'_>, text: &str, most: i64) -> Result<Vec<ListedMember>> {
    let ids = store::summary::members_beginning(tx, text, most)?;
    if ids.len() >= ENOUGH {
        let ids: Vec<MembershipId> = ids.iter().map(|id| id.membership()).collect();
        return members::some(tx, &ids);
    }
    let query = MemberQuery {
        part: Some(text.to_owned()),
        ..MemberQuery::default()
    };
    Ok(members::list(tx, &query, &Begin::First, most)?.items)
}

/// What has that id.
fn exact(tx: &ReadTx<'_>, text: &str) -> Result<Vec<Exact>> {
    let mut found = Vec::new();
    if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(found);
    }
    let text = text.to_ascii_lowercase();
    let named = MemberRef::Named(text.clone());
    if let Some((_, member)) = some(store::members::by_hand::get(tx, &named))? {
        let listed = members::some(tx, &[member.membership_id()])?.into_iter();
        found.extend(listed.map(|one| Exact::Member(Box::new(one))));
    }
    let named = GroupRef::Named(text.clone());
    if let Some((_, group)) = some(store::groups::by_hand::get(tx, &named))? {
        found.push(Exact::Group(group.id, group.name));
    }
    if tx.actor().allows(Permission::LogsRead) {
        if let Some(connection) = some(store::connections::get_named(tx, &text))? {
            found.push(Exact::Connection(Box::new(connection)));
        }
        if let Ok(request) = text.parse::<RequestId>()
            && let Some(row) = store::provisioning::near(tx, request)?
        {
            found.push(Exact::Request(Box::new(row)));
        }
    }
    if tx.actor().allows(Permission::TokensRead)
        && let Some(token) = some(crate::app::tokens::find(tx, &text))?
    {
        found.push(Exact::Token(Box::new(token)));
    }
    let named = crate::domain::role::RoleRef::Named(text);
    if let Some(role) = some(store::roles::get(tx, &named))? {
        found.push(Exact::Role(Box::new(role)));
    }
    Ok(found)
}

fn some<T>(found: Result<T>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Conflict) => Ok(None),
        Err(error) => Err(error),
    }
}
