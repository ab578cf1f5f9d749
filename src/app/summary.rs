//! An account at a glance: is it healthy, and what needs somebody.

mod removable;

use std::collections::HashMap;

use super::access::{self, Holders};
use super::members::shown::ListedMember;
use crate::domain::account::Account;
use crate::domain::actor::Permission;
use crate::domain::audit::AuditRow;
use crate::domain::catalogue;
use crate::domain::connection::{Connection, ConnectionHealth};
use crate::domain::error::Result;
use crate::domain::id::{ConnectionId, MemberId, MembershipId};
use crate::domain::legacy::mapping::MappingStatus;
use crate::domain::member::StateCounts;
use crate::domain::provisioning::ProvisioningRow;
use crate::domain::reason::Reason;
use crate::domain::role::RoleRef;
use crate::domain::summary::{IdleGroup, Refusals};
use crate::domain::token::Token;
use crate::store::grants::HoldersAfter;
use crate::store::tx::ReadTx;
use crate::store::{accounts, activity, audit, connections, legacy, members, operators, summary};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Rows of the provisioning log that are looked through for refusals.
const LOOKED: i64 = 5_000;
/// Groups that grant nothing are counted so far; there may be one more.
pub const IDLE_COUNTED: usize = 99;
const IDLE_MAX: i64 = 100;
/// The latest changes, and the rows of the audit log that are looked through for them.
const CHANGES: usize = 6;
const CHANGES_LOOKED: i64 = 1_500;
/// Super Administrators who are looked for.
const SUPERS_MAX: usize = 20;
/// Of them, those who are named.
pub const SUPERS_NAMED: usize = 6;

/// A connection and how it fares.
#[derive(Debug, Clone)]
pub struct Faring {
    pub connection: Connection,
    pub health: ConnectionHealth,
}

/// What there is to be told.
#[derive(Debug, Clone)]
pub struct Overview {
    pub account: Account,
    pub members: StateCounts,
    pub synced_groups: i64,
    pub connections: Vec<Faring>,
    pub legacy: MappingStatus,
    pub refusals: Vec<Refusals>,
    pub idle_groups: Vec<IdleGroup>,
    /// Those that may be seen by whoever asks.
    pub tokens: Vec<Token>,
    pub super_administrators: Holders,
    /// What the first of them are called.
    pub super_names: Vec<ListedMember>,
    /// Of these, whom a sync can take the role from.
    pub super_removable: Vec<MemberId>,
    /// Of all who have the role, as whom somebody can sign in to the console: people whom a
    /// provider sends never can.
    pub super_signing_in: Vec<MemberId>,
    /// What the only one of those is called.
    pub super_alone: Option<ListedMember>,
    pub changes: Vec<AuditRow>,
}

/// Why what was refused needs nobody any more, as it seems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Its token was no good, and let somebody in since.
    Token,
    /// A later request about everything that was refused for that reason was accepted.
    Objects,
    /// Some of it would not be refused for that reason any more, with no request since.
    Lifted,
}

/// Which of these refusals of a connection are settled, by their numbers: each is the newest one
/// for its reason.
///
/// Errors: `Forbidden`.
pub fn settled(
    tx: &ReadTx<'_>,
    connection: ConnectionId,
    rows: &[ProvisioningRow],
) -> Result<HashMap<i64, Settled>> {
    tx.require(Permission::LogsRead)?;
    let mut settled = HashMap::new();
    // Mostly there is none.
    if rows.is_empty() {
        return Ok(settled);
    }
    let mut causes = summary::refusals(tx, tx.now_ms() - DAY_MS, LOOKED)?;
    causes.retain(|one| one.connection.id == connection && one.is_settled());
    for row in rows {
        let mut same = causes.iter().filter(|one| one.reason == row.reason);
        if let Some(one) = same.find(|one| one.last_ms >= row.at_ms) {
            let how = if one.token_accepted {
                Settled::Token
            } else if one.lifted > 0 {
                Settled::Lifted
            } else {
                Settled::Objects
            };
            settled.insert(row.seq, how);
            continue;
        }
        // One of another day: its token tells.
        let barred = row.reason.is_some_and(Reason::is_of_credential);
        if let Some(token) = row.token.filter(|_| barred)
            && summary::token_used_since(tx, token, row.at_ms)?
        {
            settled.insert(row.seq, Settled::Token);
        }
    }
    Ok(settled)
}

/// The account at a glance.
///
/// Errors: `Forbidden`.
pub fn read(tx: &ReadTx<'_>) -> Result<Overview> {
    tx.require(Permission::LogsRead)?;
    let mut faring = Vec::new();
    for connection in connections::list(tx)? {
        let health = activity::health(tx, connection.id)?;
        // The built-in one is there in every account, used or not.
        if !connection.built_in || health.last_request_ms.is_some() {
            faring.push(Faring { connection, health });
        }
    }
    let tokens = if tx.actor().allows(Permission::TokensRead) {
        super::tokens::list(tx)?
    } else {
        Vec::new()
    };
    let role = RoleRef::PermissionGroup(catalogue::SUPER_ADMINISTRATOR);
    let supers = access::holders(tx, &role, HoldersAfter::default(), SUPERS_MAX)?;
    let first = supers.holders.iter().take(SUPERS_NAMED);
    let first: Vec<MembershipId> = first.map(|one| one.member.membership_id).collect();
    let named = super::members::shown::some(tx, &first)?;
    let signing_in = operators::places::administering(tx)?;
    let alone = match signing_in.as_slice() {
        [one] => super::members::shown::some(tx, &[one.membership()])?.pop(),
        _ => None,
    };
    let mut super_removable = removable::of(tx, &supers.holders, &named)?;
    // Whoever alone can sign in keeps the role: a provider is refused what takes it from them.
    if let [only] = signing_in.as_slice() {
        super_removable.retain(|id| id != only);
    }
    Ok(Overview {
        account: accounts::current(tx)?,
        members: members::shown::counts(tx)?,
        synced_groups: summary::synced_groups(tx)?,
        connections: faring,
        legacy: legacy::status(tx)?,
        refusals: summary::refusals(tx, tx.now_ms() - DAY_MS, LOOKED)?,
        idle_groups: summary::idle_groups(tx, IDLE_MAX)?,
        tokens,
        super_removable,
        super_names: named,
        super_signing_in: signing_in,
        super_alone: alone,
        super_administrators: supers,
        changes: audit::look::changes(tx, (CHANGES_LOOKED, CHANGES))?.rows,
    })
}
