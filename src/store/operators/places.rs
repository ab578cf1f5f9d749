//! Where operators work, and what their members there hold.

use std::cmp::Reverse;

use super::key;
use crate::domain::actor::{MemberRights, Permission};
use crate::domain::catalogue;
use crate::domain::effective::{Effective, EffectiveScope};
use crate::domain::error::Result;
use crate::domain::id::{AccountId, MemberId, OperatorId};
use crate::domain::reference::Person;
use crate::domain::text::fold;
use crate::store::grants;
use crate::store::members::MemberKey;
use crate::store::sql::{find, list as rows};
use crate::store::tokens::rights_here;
use crate::store::tx::{ReadTx, Scope};

/// Operators of an account who are looked through for those who can do everything there.
const SIGNING_IN_MAX: i64 = 200;

/// An operator in one account.
#[derive(Debug, Clone)]
pub struct Placed {
    pub account: AccountId,
    pub account_name: String,
    pub member: Person,
    /// Those that are effective.
    pub roles: Vec<Effective>,
    /// What they amount to at the console.
    pub rights: MemberRights,
}

/// Where the operator works, by the account's name.
pub fn of(tx: &ReadTx<'_>, id: OperatorId) -> Result<Vec<Placed>> {
    let found: Vec<(i64, AccountId, String, i64)> = rows(
        tx.conn(),
        "SELECT a.seq, a.id, a.name, o.member FROM operator_members o
         JOIN accounts a ON a.seq = o.account WHERE o.operator = ?1 ORDER BY a.name_key",
        [key(tx, id)?],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    let mut places = Vec::with_capacity(found.len());
    for (account_key, account, account_name, member) in found {
        let within = scope(account_key);
        let tx = ReadTx::new(tx.conn(), within, tx.actor(), tx.now_ms());
        let key = MemberKey(member);
        let mut roles = grants::effective(&tx, key, None)?;
        roles.retain(Effective::is_effective);
        places.push(Placed {
            account,
            account_name,
            member: grants::person(&tx, key)?,
            roles,
            rights: rights_here(&tx, key)?,
        });
    }
    Ok(places)
}

/// Whether somebody else than that operator can sign in as Super Administrator of the account.
pub fn others_administer(tx: &ReadTx<'_>, account: AccountId, but: OperatorId) -> Result<bool> {
    let found: Vec<(i64, i64)> = rows(
        tx.conn(),
        "SELECT a.seq, m.member FROM accounts a
         JOIN operator_members m ON m.account = a.seq JOIN operators o ON o.seq = m.operator
         WHERE a.id = ?1 AND o.id <> ?2 AND o.disabled = 0 AND o.password IS NOT NULL",
        (account, but),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (account, member) in found {
        let tx = ReadTx::new(tx.conn(), scope(account), tx.actor(), tx.now_ms());
        if administers(&tx, member)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether anybody can sign in as Super Administrator of the transaction's account: looking ends
/// with the first one found.
pub fn somebody_administers(tx: &ReadTx<'_>) -> Result<bool> {
    for (member, _) in signing_in(tx, i64::MAX)? {
        if administers(tx, member)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The members of the transaction's account as whom somebody can sign in as Super Administrator,
/// of the `SIGNING_IN_MAX` operators who have worked there for longest.
pub fn administering(tx: &ReadTx<'_>) -> Result<Vec<MemberId>> {
    let mut all = Vec::new();
    for (member, id) in signing_in(tx, SIGNING_IN_MAX)? {
        if administers(tx, member)? {
            all.push(id);
        }
    }
    Ok(all)
}

/// The members of the transaction's account as whom somebody can sign in who may do that at the
/// console, of the same operators: those with the most rights first, then by name.
pub fn allowed(tx: &ReadTx<'_>, permission: Permission) -> Result<Vec<Person>> {
    let mut all = Vec::new();
    for (member, _) in signing_in(tx, SIGNING_IN_MAX)? {
        let key = MemberKey(member);
        let rights = rights_here(tx, key)?;
        if rights.allow_at_console(permission) {
            all.push((rights, grants::person(tx, key)?));
        }
    }
    all.sort_by_cached_key(|(rights, one)| (Reverse(*rights), fold(&one.name)));
    Ok(all.into_iter().map(|(_, one)| one).collect())
}

/// The member as whom the operator of that address works in the transaction's account.
pub fn member_by_address(tx: &ReadTx<'_>, address: &str) -> Result<Option<MemberId>> {
    Ok(find(
        tx.conn(),
        "SELECT p.id FROM operators o JOIN operator_members m ON m.operator = o.seq
         JOIN members p ON p.seq = m.member WHERE o.email_key = ?1 AND m.account = ?2",
        (fold(address.trim()), tx.account()?),
        |row| row.get(0),
    )?)
}

/// The members of operators who can sign in, the first ones first.
fn signing_in(tx: &ReadTx<'_>, limit: i64) -> Result<Vec<(i64, MemberId)>> {
    Ok(rows(
        tx.conn(),
        "SELECT m.member, p.id FROM operator_members m
         JOIN operators o ON o.seq = m.operator JOIN members p ON p.seq = m.member
         WHERE m.account = ?1 AND o.disabled = 0 AND o.password IS NOT NULL
         ORDER BY m.member LIMIT ?2",
        (tx.account()?, limit),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Whether the member is Super Administrator of the whole account.
fn administers(tx: &ReadTx<'_>, member: i64) -> Result<bool> {
    let role = catalogue::SUPER_ADMINISTRATOR;
    let held = grants::effective(tx, MemberKey(member), Some(role))?;
    let whole = |one: &Effective| matches!(one.scope, EffectiveScope::WholeAccount { .. });
    Ok(held.iter().any(whole))
}

fn scope(account: i64) -> Scope {
    Scope {
        account: Some(account),
        connection: None,
    }
}
