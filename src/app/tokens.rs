//! Tokens: issued once, rolled with an overlap, revoked at once. Every transaction here is on
//! one account.

use crate::domain::actor::{Actor, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::catalogue;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{ConnectionId, MemberId, PermissionGroupId, TokenId};
use crate::domain::reason::Reason;
use crate::domain::token::browse::TokenBrowse;
use crate::domain::token::policy::{self, Effect, TokenDraft};
use crate::domain::token::{NewToken, OVERLAP_HOURS_MAX, Token, TokenFilter, TokenSecret};
use crate::store::tokens::{browse, records};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{accounts, audit};

/// A token and its secret, which is shown this once.
#[derive(Debug)]
pub struct IssuedToken {
    pub token: Token,
    pub secret: TokenSecret,
}

/// Whose tokens a caller works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of the account and of its connections.
    Account,
    /// Those of the member who owns the caller's token.
    Own,
}

impl Whose {
    pub fn read(self) -> Permission {
        match self {
            Self::Account => Permission::TokensRead,
            Self::Own => Permission::UserTokensRead,
        }
    }

    pub fn write(self) -> Permission {
        match self {
            Self::Account => Permission::TokensWrite,
            Self::Own => Permission::UserTokensWrite,
        }
    }

    fn member(self, tx: &ReadTx<'_>) -> Result<Option<MemberId>> {
        match self {
            Self::Account => Ok(None),
            Self::Own => tx.actor().own_member().map(Some),
        }
    }
}

/// Makes a token.
///
/// Errors: `Forbidden`, `NotFound` (connection), `Invalid` (expiry before its start or in the
/// past; addresses of which none is left).
pub fn create(tx: &WriteTx<'_>, new: &NewToken) -> Result<IssuedToken> {
    tx.require(Permission::TokensAdminister)?;
    new.addresses.check()?;
    let (id, secret) = records::insert(tx, new)?;
    let token = records::get(tx, id)?;
    let event = Event::new(Action::TokenCreate, token.id, token.name.as_str())
        .after(records::facts(&token));
    audit::append(tx, event)?;
    Ok(IssuedToken { token, secret })
}

/// The account's tokens, by name.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Token>> {
    tx.require(Permission::TokensRead)?;
    records::list(tx)
}

/// Those of one connection, by name.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn of_connection(tx: &ReadTx<'_>, connection: ConnectionId) -> Result<Vec<Token>> {
    tx.require(Permission::TokensRead)?;
    records::of_connection(tx, connection)
}

/// A page of the account's tokens as it is asked for, and whether there are more behind it.
///
/// Errors: `Forbidden`.
pub fn browse(tx: &ReadTx<'_>, asked: &TokenBrowse) -> Result<(Vec<Token>, bool)> {
    tx.require(Permission::TokensRead)?;
    browse::page(tx, asked)
}

/// The token of that id, or of that name (letter case aside).
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (several of that name).
pub fn find(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Token> {
    tx.require(Permission::TokensRead)?;
    records::get_named(tx, id_or_name)
}

/// Those of these ids that a token of the account has, each with its name.
///
/// Errors: `Forbidden`.
pub fn there(tx: &ReadTx<'_>, ids: &[&str]) -> Result<Vec<(String, String)>> {
    tx.require(Permission::TokensRead)?;
    records::there(tx, ids)
}

/// Gives the token a new secret; the old ones stay good for `overlap_ms` milliseconds, or not
/// at all when it is 0, the token is switched off, or its time begins no sooner than they would
/// end. An overlap never lengthens what an earlier one allowed.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (several of that name), `Invalid` (overlap
/// beyond 7 days).
pub fn roll(tx: &WriteTx<'_>, id_or_name: &str, overlap_ms: i64) -> Result<IssuedToken> {
    tx.require(Permission::TokensAdminister)?;
    if !(0..=OVERLAP_HOURS_MAX * 3_600_000).contains(&overlap_ms) {
        return Err(Error::invalid(
            Reason::InvalidValue,
            format!("The overlap must be 0 to {OVERLAP_HOURS_MAX} hours; choose one of these."),
        ));
    }
    let before = records::get_named(tx, id_or_name)?;
    // What is switched off has no value that works: none comes back when it is switched on. Nor
    // has what is not valid yet: what would end before it is ends now.
    let now_ms = tx.now_ms();
    let begins = before.begins_ms(now_ms);
    let unused = begins.is_some_and(|begins| begins - now_ms >= overlap_ms);
    let overlap_ms = if before.validity.disabled || unused {
        0
    } else {
        overlap_ms
    };
    let secret = records::roll(tx, &before, overlap_ms)?;
    let token = records::get(tx, before.id)?;
    let event = Event::new(Action::TokenRoll, token.id, token.name.as_str())
        .before(records::facts(&before))
        .after(records::rolled_facts(&token, overlap_ms));
    audit::append(tx, event)?;
    Ok(IssuedToken { token, secret })
}

/// Ends a token and all its secrets with this transaction.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (several of that name).
pub fn revoke(tx: &WriteTx<'_>, id_or_name: &str) -> Result<Token> {
    tx.require(Permission::TokensAdminister)?;
    let token = records::get_named(tx, id_or_name)?;
    records::delete(tx, &token)?;
    let event = Event::new(Action::TokenRevoke, token.id, token.name.as_str())
        .before(records::facts(&token));
    audit::append(tx, event)?;
    Ok(token)
}

/// Switches a token off, so that it lets nobody in, or on again; values that were replaced end
/// with it. One that is so already is left alone.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (several of that name).
pub fn switch(tx: &WriteTx<'_>, id_or_name: &str, on: bool) -> Result<Token> {
    tx.require(Permission::TokensAdminister)?;
    let before = records::get_named(tx, id_or_name)?;
    if before.validity.disabled != on {
        return Ok(before);
    }
    records::switch(tx, &before, !on)?;
    let token = records::get(tx, before.id)?;
    let event = Event::new(Action::TokenUpdate, token.id, token.name.as_str())
        .before(records::facts(&before))
        .after(records::facts(&token));
    audit::append(tx, event)?;
    Ok(token)
}

/// A page of tokens in the order of being made, and how many there are.
///
/// Errors: `Forbidden`.
pub fn page(
    tx: &ReadTx<'_>,
    whose: Whose,
    filter: &TokenFilter,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Token>, i64)> {
    tx.require(whose.read())?;
    let filter = TokenFilter {
        member: whose.member(tx)?,
        ..filter.clone()
    };
    records::page(tx, &filter, offset, limit)
}

/// The token of that id.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, whose: Whose, id: TokenId) -> Result<Token> {
    tx.require(whose.read())?;
    of(tx, whose, id)
}

/// The token that the caller came with.
///
/// Errors: `NotFound` for a caller without one.
pub fn own(tx: &ReadTx<'_>) -> Result<Token> {
    tx.require(Permission::TokenVerify)?;
    match tx.actor() {
        Actor::Client(client) => records::get(tx, client.token),
        Actor::Operator(_) | Actor::Cli { .. } | Actor::System { .. } => {
            Err(Error::not_found("token", "of this caller"))
        }
    }
}

/// Makes a token that gives no more than the caller holds.
///
/// Errors: `Forbidden` (also for what the caller does not hold), `Invalid` (its times, its
/// resources, addresses of which none is left).
pub fn issue(tx: &WriteTx<'_>, whose: Whose, draft: &TokenDraft) -> Result<IssuedToken> {
    tx.require(whose.write())?;
    check_held(tx, draft.given())?;
    draft.addresses.check()?;
    let (id, secret) = records::insert_draft(tx, whose.member(tx)?, draft)?;
    let token = records::get(tx, id)?;
    let event = Event::new(Action::TokenCreate, token.id, token.name.as_str())
        .after(records::facts(&token));
    audit::append(tx, event)?;
    Ok(IssuedToken { token, secret })
}

/// Replaces all that can be changed of a token; it then gives no more than the caller holds.
///
/// Errors: as [`issue`], `NotFound`.
pub fn replace(tx: &WriteTx<'_>, whose: Whose, id: TokenId, draft: &TokenDraft) -> Result<Token> {
    tx.require(whose.write())?;
    let before = of(tx, whose, id)?;
    check_held(tx, draft.given())?;
    // What was read can be sent back, whatever was taken when it was stored.
    if draft.addresses != before.validity.addresses {
        draft.addresses.check()?;
    }
    records::update(tx, &before, draft)?;
    let token = records::get(tx, id)?;
    let event = Event::new(Action::TokenUpdate, token.id, token.name.as_str())
        .before(records::facts(&before))
        .after(records::facts(&token));
    audit::append(tx, event)?;
    Ok(token)
}

/// Gives a token another secret; the old one ends at once. Whoever sees the new secret can do
/// what the token can, so it may give no more than the caller holds.
///
/// Errors: `Forbidden` (also for what the caller does not hold), `NotFound`.
pub fn roll_now(tx: &WriteTx<'_>, whose: Whose, id: TokenId) -> Result<IssuedToken> {
    tx.require(whose.write())?;
    let before = of(tx, whose, id)?;
    let allows = before
        .policies
        .iter()
        .filter(|policy| policy.effect == Effect::Allow);
    check_held(
        tx,
        allows.flat_map(|policy| policy.permission_groups.iter().copied()),
    )?;
    let secret = records::roll(tx, &before, 0)?;
    let token = records::get(tx, before.id)?;
    let event = Event::new(Action::TokenRoll, token.id, token.name.as_str())
        .before(records::facts(&before))
        .after(records::rolled_facts(&token, 0));
    audit::append(tx, event)?;
    Ok(IssuedToken { token, secret })
}

/// Ends a token and all its secrets with this transaction.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn end(tx: &WriteTx<'_>, whose: Whose, id: TokenId) -> Result<Token> {
    tx.require(whose.write())?;
    let token = of(tx, whose, id)?;
    records::delete(tx, &token)?;
    let event = Event::new(Action::TokenRevoke, token.id, token.name.as_str())
        .before(records::facts(&token));
    audit::append(tx, event)?;
    Ok(token)
}

/// Of another owner, another account, or nobody's: the three are not told apart.
fn of(tx: &ReadTx<'_>, whose: Whose, id: TokenId) -> Result<Token> {
    let unknown = || Error::not_found("token", id);
    let token = records::get(tx, id).map_err(|error| match error.kind() {
        Kind::NotFound => unknown(),
        _ => error,
    })?;
    if token.member == whose.member(tx)? {
        Ok(token)
    } else {
        Err(unknown())
    }
}

/// Nobody gives what they do not hold.
fn check_held(tx: &ReadTx<'_>, given: impl IntoIterator<Item = PermissionGroupId>) -> Result<()> {
    let Actor::Client(client) = tx.actor() else {
        return Ok(());
    };
    if client.grants.hold_everything() {
        return Ok(());
    }
    let account = accounts::current(tx)?.id;
    let own = records::get(tx, client.token)?;
    let held = policy::held(&own.policies, account, own.member);
    match given.into_iter().find(|group| !held.contains(group)) {
        None => Ok(()),
        Some(group) => {
            let name = catalogue::token_permission_group(group)
                .map_or_else(|| group.to_string(), |known| known.name.clone());
            Err(Error::forbidden(
                Reason::PermissionMissing,
                format!(
                    "This token may not give {name:?}, which it does not hold itself; use one \
                     that holds it, such as --template admin makes."
                ),
            ))
        }
    }
}
