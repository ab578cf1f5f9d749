//! Tokens: issued once, rolled with an overlap, revoked at once. Every transaction here is on
//! one account.

use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::reason::Reason;
use crate::domain::token::{NewToken, OVERLAP_HOURS_MAX, Token, TokenSecret};
use crate::store::audit;
use crate::store::tokens::records;
use crate::store::tx::{ReadTx, WriteTx};

/// A token and its secret, which is shown this once.
#[derive(Debug)]
pub struct IssuedToken {
    pub token: Token,
    pub secret: TokenSecret,
}

/// Makes a token.
///
/// Errors: `Forbidden`, `NotFound` (connection), `Invalid` (expiry before its start or in the
/// past).
pub fn create(tx: &WriteTx<'_>, new: &NewToken) -> Result<IssuedToken> {
    tx.require(Permission::BoxAdministration)?;
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
    tx.require(Permission::BoxAdministration)?;
    records::list(tx)
}

/// The token of that id, or of that name (letter case aside).
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (several of that name).
pub fn find(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Token> {
    tx.require(Permission::BoxAdministration)?;
    records::get_named(tx, id_or_name)
}

/// Gives the token a new secret; the old ones stay good for `overlap_ms` milliseconds, or not
/// at all when it is 0. An overlap never lengthens what an earlier one allowed.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (several of that name), `Invalid` (overlap
/// beyond 7 days).
pub fn roll(tx: &WriteTx<'_>, id_or_name: &str, overlap_ms: i64) -> Result<IssuedToken> {
    tx.require(Permission::BoxAdministration)?;
    if !(0..=OVERLAP_HOURS_MAX * 3_600_000).contains(&overlap_ms) {
        return Err(Error::invalid(
            Reason::InvalidValue,
            format!("The overlap must be 0 to {OVERLAP_HOURS_MAX} hours; choose one of these."),
        ));
    }
    let before = records::get_named(tx, id_or_name)?;
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
    tx.require(Permission::BoxAdministration)?;
    let token = records::get_named(tx, id_or_name)?;
    records::delete(tx, &token)?;
    let event = Event::new(Action::TokenRevoke, token.id, token.name.as_str())
        .before(records::facts(&token));
    audit::append(tx, event)?;
    Ok(token)
}
