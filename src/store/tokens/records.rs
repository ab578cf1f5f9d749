//! Tokens as records: made, listed, rolled, revoked.

use rusqlite::{Row, params};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{ended, policies, refused, validity_row};
use crate::domain::catalogue;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{ConnectionId, MemberId, TokenId};
use crate::domain::instant::print_ms;
use crate::domain::reason::Reason;
use crate::domain::text::fold;
use crate::domain::token::policy::TokenDraft;
use crate::domain::token::{
    AddressCondition, Expiry, NewOwner, NewToken, TTL_DAYS_MAX, Token, TokenFilter, TokenOwner,
    TokenSecret, ValueUses,
};
use crate::store::sql::{find, get as get_row, list as list_rows, parsed, run};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{connections, members};

/// Most tokens a list shows.
const TOKENS_LISTED_MAX: i64 = 10_000;
/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Errors: `NotFound` (connection, member), `Invalid` (its time; a member who is not active).
pub fn insert(tx: &WriteTx<'_>, new: &NewToken) -> Result<(TokenId, TokenSecret)> {
    let expires_ms = expiry_ms(new, tx.now_ms())?;
    let owner = new.owner.kind();
    let (connection, member) = match &new.owner {
        NewOwner::Account => (None, None),
        NewOwner::Connection(named) => {
            let connection = connections::get_named(tx, named)?;
            (Some(connections::key(tx, connection.id)?), None)
        }
        NewOwner::Member(id) => (None, Some(members::active_key(tx, *id)?)),
    };
    let row = NewRow {
        owner,
        connection,
        member,
        name: new.name.as_str(),
        not_before_ms: new.not_before_ms,
        expires_ms,
        addresses: &new.addresses,
        disabled: false,
    };
    let (id, key) = insert_row(tx, &row)?;
    policies::insert_one(tx, key, catalogue::template_groups(new.template))?;
    let secret = insert_secret(tx, key, owner)?;
    tx.credentials_changed();
    Ok((id, secret))
}

/// A token of the account, or of a member, as the REST API makes it.
///
/// Errors: `NotFound` (member), `Invalid` (its times, its resources; a member who is not
/// active).
pub fn insert_draft(
    tx: &WriteTx<'_>,
    member: Option<MemberId>,
    draft: &TokenDraft,
) -> Result<(TokenId, TokenSecret)> {
    check_times(draft, tx.now_ms(), None)?;
    let owner = if member.is_some() {
        TokenOwner::Member
    } else {
        TokenOwner::Account
    };
    let row = NewRow {
        owner,
        connection: None,
        member: member.map(|id| members::active_key(tx, id)).transpose()?,
        name: draft.name.as_str(),
        not_before_ms: draft.not_before_ms,
        expires_ms: draft.expires_ms,
        addresses: &draft.addresses,
        disabled: draft.disabled.unwrap_or(false),
    };
    let (id, key) = insert_row(tx, &row)?;
    policies::replace(tx, key, member, &draft.policies)?;
    let secret = insert_secret(tx, key, owner)?;
    tx.credentials_changed();
    Ok((id, secret))
}

/// Replaces all that can be changed of a token that was read in this transaction. Switched off, it
/// loses the values that were rolled: switched on again, it is good by its newest one alone.
///
/// Errors: `Invalid` (its times, its resources).
pub fn update(tx: &WriteTx<'_>, before: &Token, draft: &TokenDraft) -> Result<()> {
    check_times(draft, tx.now_ms(), before.validity.expires_ms)?;
    let key = key_of(tx, before)?;
    let disabled = draft.disabled.unwrap_or(before.validity.disabled);
    if disabled || before.validity.disabled {
        ended::end_replaced(tx, key)?;
    }
    run(
        tx.conn(),
        "UPDATE tokens SET name = ?2, not_before_ms = ?3, expires_ms = ?4, addresses = ?5,
             disabled = ?6, modified_ms = ?7 WHERE seq = ?1",
        params![
            key,
            draft.name.as_str(),
            draft.not_before_ms,
            draft.expires_ms,
            addresses_text(&draft.addresses)?,
            disabled,
            tx.now_ms(),
        ],
    )?;
    policies::replace(tx, key, before.member, &draft.policies)?;
    tx.credentials_changed();
    Ok(())
}

/// Switches a token that was read in this transaction off, or on again.
pub fn switch(tx: &WriteTx<'_>, before: &Token, disabled: bool) -> Result<()> {
    let key = key_of(tx, before)?;
    ended::end_replaced(tx, key)?;
    run(
        tx.conn(),
        "UPDATE tokens SET disabled = ?2, modified_ms = ?3 WHERE seq = ?1",
        (key, disabled, tx.now_ms()),
    )?;
    tx.credentials_changed();
    Ok(())
}

/// An end that has passed is taken only where it stands already: what was read can be sent
/// back.
fn check_times(draft: &TokenDraft, now: i64, known_end: Option<i64>) -> Result<()> {
    let Some(end) = draft.expires_ms else {
        return Ok(());
    };
    let begins = draft.not_before_ms.unwrap_or(i64::MIN);
    if end > begins && (end > now || Some(end) == known_end) {
        return Ok(());
    }
    Err(ends_too_early())
}

fn ends_too_early() -> Error {
    Error::invalid(
        Reason::InvalidValue,
        "The token would end before it begins; give a later end or an earlier start.",
    )
}

struct NewRow<'a> {
    owner: TokenOwner,
    connection: Option<i64>,
    member: Option<i64>,
    name: &'a str,
    not_before_ms: Option<i64>,
    expires_ms: Option<i64>,
    addresses: &'a AddressCondition,
    disabled: bool,
}

fn insert_row(tx: &WriteTx<'_>, row: &NewRow<'_>) -> Result<(TokenId, i64)> {
    let id = TokenId::from_bytes(tx.new_id());
    run(
        tx.conn(),
        "INSERT INTO tokens (id, account, owner, connection, member, name, not_before_ms,
             expires_ms, addresses, disabled, created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
        params![
            id,
            tx.account()?,
            row.owner.name(),
            row.connection,
            row.member,
            row.name,
            row.not_before_ms,
            row.expires_ms,
            addresses_text(row.addresses)?,
            row.disabled,
            tx.now_ms(),
        ],
    )?;
    Ok((id, tx.conn().last_insert_rowid()))
}

fn addresses_text(addresses: &AddressCondition) -> Result<Option<String>> {
    if addresses.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(addresses)
        .map(Some)
        .map_err(Error::internal)
}

/// The row's key of a token that was read in this transaction.
fn key_of(tx: &ReadTx<'_>, token: &Token) -> Result<i64> {
    Ok(get_row(
        tx.conn(),
        "SELECT seq FROM tokens WHERE id = ?1",
        [token.id],
        |row| row.get(0),
    )?)
}

fn expiry_ms(new: &NewToken, now: i64) -> Result<Option<i64>> {
    let refuse = |message: String| Err(Error::invalid(Reason::InvalidValue, message));
    let expires = match new.expires {
        Expiry::Never => return Ok(None),
        Expiry::At(ms) => ms,
        Expiry::Days(days) if (1..=TTL_DAYS_MAX).contains(&days) => now + days * DAY_MS,
        Expiry::Days(_) => {
            return refuse(format!(
                "A token is valid for 1 to {TTL_DAYS_MAX} days; give a number between, or `never`."
            ));
        }
    };
    if expires <= now.max(new.not_before_ms.unwrap_or(now)) {
        return Err(ends_too_early());
    }
    Ok(Some(expires))
}

fn insert_secret(tx: &WriteTx<'_>, token: i64, owner: TokenOwner) -> Result<TokenSecret> {
    let random = Zeroizing::new(tx.entropy().bytes());
    let secret = TokenSecret::issue(owner, &random)
        .ok_or_else(|| Error::internal("the random bytes held too few usable ones"))?;
    run(
        tx.conn(),
        "INSERT INTO token_secrets (hash, token, hint, created_ms) VALUES (?1, ?2, ?3, ?4)",
        (
            tx.keys().hash_token(secret.reveal()),
            token,
            secret.hint(),
            tx.now_ms(),
        ),
    )?;
    Ok(secret)
}

/// A new secret; the old ones end after `overlap_ms` milliseconds, or where they would have
/// ended anyway. The token is then valid for as long again as it was when it was issued, so
/// that an expired one is mended by rolling it.
pub fn roll(tx: &WriteTx<'_>, before: &Token, overlap_ms: i64) -> Result<TokenSecret> {
    let (conn, now) = (tx.conn(), tx.now_ms());
    let key = key_of(tx, before)?;
    let issued: i64 = get_row(
        conn,
        "SELECT max(created_ms) FROM token_secrets WHERE token = ?1 AND ended = 0",
        [key],
        |row| Ok(row.get::<_, Option<i64>>(0)?.unwrap_or(before.created_ms)),
    )?;
    let until = before
        .validity
        .expires_ms
        .map_or(now + overlap_ms, |end| end.min(now + overlap_ms));
    run(
        conn,
        "UPDATE token_secrets SET until_ms = min(ifnull(until_ms, ?2), ?2)
         WHERE token = ?1 AND ended = 0",
        (key, until),
    )?;
    ended::end_over(tx, key)?;
    let expires = before
        .validity
        .expires_ms
        .map(|end| now + (end - issued).max(DAY_MS));
    run(
        conn,
        "UPDATE tokens SET expires_ms = ?2, modified_ms = ?3 WHERE seq = ?1",
        (key, expires, now),
    )?;
    let secret = insert_secret(tx, key, before.owner)?;
    tx.credentials_changed();
    Ok(secret)
}

/// Ends a token that was read in this transaction, with its secrets and policies.
pub fn delete(tx: &WriteTx<'_>, token: &Token) -> Result<()> {
    run(tx.conn(), "DELETE FROM tokens WHERE id = ?1", [token.id])?;
    tx.credentials_changed();
    Ok(())
}

/// The account's tokens, by name.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Token>> {
    let ids: Vec<TokenId> = list_rows(
        tx.conn(),
        "SELECT id FROM tokens WHERE account = ?1 ORDER BY name, seq LIMIT ?2",
        (tx.account()?, TOKENS_LISTED_MAX),
        |row| row.get(0),
    )?;
    ids.into_iter().map(|id| get(tx, id)).collect()
}

/// Those of one connection, by name.
pub fn of_connection(tx: &ReadTx<'_>, connection: ConnectionId) -> Result<Vec<Token>> {
    let ids: Vec<TokenId> = list_rows(
        tx.conn(),
        "SELECT id FROM tokens WHERE account = ?1 AND connection = ?2 ORDER BY name, seq LIMIT ?3",
        (
            tx.account()?,
            connections::key(tx, connection)?,
            TOKENS_LISTED_MAX,
        ),
        |row| row.get(0),
    )?;
    ids.into_iter().map(|id| get(tx, id)).collect()
}

/// Those of these ids that a token of the account has, each with its name.
pub fn there(tx: &ReadTx<'_>, ids: &[&str]) -> Result<Vec<(String, String)>> {
    let all = serde_json::to_string(ids).map_err(Error::internal)?;
    Ok(list_rows(
        tx.conn(),
        "SELECT j.value, t.name FROM json_each(?2) j
         JOIN tokens t ON t.id = unhex(j.value) AND t.account = ?1",
        (tx.account()?, all),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Errors: `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: TokenId) -> Result<Token> {
    let found = find(
        tx.conn(),
        "SELECT t.id, t.owner, c.name, t.name, t.created_ms, t.last_used_ms,
                t.last_used_address, t.disabled, t.not_before_ms, t.expires_ms, s.until_ms,
                t.addresses, s.hint, m.id, t.modified_ms, t.seq,
                (SELECT max(o.until_ms) FROM token_secrets o
                 WHERE o.token = t.seq AND o.ended = 0),
                t.refused_ms, t.refused_since_ms, t.refused_count, t.refused_why,
                t.refused_address, s.used_ms,
                (SELECT max(o.used_ms) FROM token_secrets o
                 WHERE o.token = t.seq AND o.hash <> s.hash)
         FROM tokens t
         LEFT JOIN connections c ON c.seq = t.connection
         LEFT JOIN members m ON m.seq = t.member
         LEFT JOIN token_secrets s ON s.token = t.seq AND s.ended = 0
         WHERE t.id = ?1 AND t.account = ?2
         ORDER BY s.until_ms IS NOT NULL, s.created_ms DESC LIMIT 1",
        (id, tx.account()?),
        token_row,
    )?;
    let (key, mut token) = found.ok_or_else(|| unknown(&id.to_string()))?;
    // One whose time is over is there as it was until the next roll.
    token.old_until_ms = token.old_until_ms.filter(|until| *until > tx.now_ms());
    token.policies = policies::list(tx.conn(), key)?;
    let groups = token.policies.iter().flat_map(|p| &p.permission_groups);
    token.permission_groups = groups.copied().collect();
    Ok(token)
}

/// A page of the tokens that `filter` picks, in the order of being made, and how many it picks.
pub fn page(
    tx: &ReadTx<'_>,
    filter: &TokenFilter,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Token>, i64)> {
    let expired_ms = if filter.include_expired {
        i64::MIN
    } else {
        tx.now_ms()
    };
    let account = tx.account()?;
    let total = get_row(
        tx.conn(),
        "SELECT count(*) FROM tokens t LEFT JOIN members m ON m.seq = t.member
         WHERE t.account = ?1 AND m.id IS ?2 AND (?3 IS NULL OR t.name = ?3)
           AND (t.expires_ms IS NULL OR t.expires_ms > ?4)",
        (account, filter.member, &filter.name, expired_ms),
        |row| row.get(0),
    )?;
    let sign = if filter.descending { -1 } else { 1 };
    let ids: Vec<TokenId> = list_rows(
        tx.conn(),
        "SELECT t.id FROM tokens t LEFT JOIN members m ON m.seq = t.member
         WHERE t.account = ?1 AND m.id IS ?2 AND (?3 IS NULL OR t.name = ?3)
           AND (t.expires_ms IS NULL OR t.expires_ms > ?4)
         ORDER BY t.seq * ?5 LIMIT ?6 OFFSET ?7",
        (
            account,
            filter.member,
            &filter.name,
            expired_ms,
            sign,
            limit,
            offset,
        ),
        |row| row.get(0),
    )?;
    let tokens: Result<Vec<Token>> = ids.into_iter().map(|id| get(tx, id)).collect();
    Ok((tokens?, total))
}

/// By id, else by name, letter case aside.
///
/// Errors: `NotFound`, `Conflict` (several of that name).
pub fn get_named(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Token> {
    if let Ok(id) = id_or_name.parse::<TokenId>() {
        match get(tx, id) {
            Err(error) if error.kind() == Kind::NotFound => {}
            other => return other,
        }
    }
    let ids: Vec<TokenId> = list_rows(
        tx.conn(),
        "SELECT id FROM tokens WHERE account = ?1 AND fold(name) = ?2 LIMIT 2",
        (tx.account()?, fold(id_or_name)),
        |row| row.get(0),
    )?;
    match ids.as_slice() {
        [] => Err(unknown(id_or_name)),
        [id] => get(tx, *id),
        _ => Err(Error::conflict(
            Reason::NameTaken,
            format!(
                "Several tokens are named {id_or_name}; name the one by its id, \
                 which `provost token list` shows."
            ),
        )),
    }
}

fn unknown(id_or_name: &str) -> Error {
    Error::new(
        Kind::NotFound,
        Reason::NotFound,
        format!("There is no token {id_or_name} in this account; `provost token list` shows them."),
    )
}

fn token_row(row: &Row<'_>) -> rusqlite::Result<(i64, Token)> {
    let token = Token {
        id: row.get(0)?,
        owner: parsed(row, 1, TokenOwner::parse)?,
        connection: row.get(2)?,
        member: row.get(13)?,
        name: row.get(3)?,
        permission_groups: Vec::new(),
        policies: Vec::new(),
        created_ms: row.get(4)?,
        modified_ms: row.get(14)?,
        last_used_ms: row.get(5)?,
        last_used_address: row.get(6)?,
        validity: validity_row(row, 7)?,
        hint: row.get::<_, Option<String>>(12)?.unwrap_or_default(),
        old_until_ms: row.get(16)?,
        refused: refused::row(row, 17)?,
        uses: ValueUses {
            newest_ms: row.get(22)?,
            old_ms: row.get(23)?,
        },
    };
    Ok((row.get(15)?, token))
}

/// When and from where the token with that key and that id was last used; never goes back. One that
/// was made since and has the key of one that is gone was not.
pub(in crate::store) fn touch_last_used(
    tx: &WriteTx<'_>,
    (key, token): (i64, TokenId),
    at_ms: i64,
    address: Option<&str>,
    agent: &str,
) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE tokens SET last_used_ms = ?2, last_used_address = ?3, last_used_agent = ?4
         WHERE seq = ?1 AND id = ?5 AND ifnull(last_used_ms, 0) <= ?2",
        (key, at_ms, address, agent, token),
    )?;
    Ok(())
}

/// What the audit log keeps of a token: never its secret.
pub fn facts(token: &Token) -> Value {
    let policies: Vec<Value> = token.policies.iter().map(policies::facts).collect();
    json!({
        "name": token.name,
        "owner": token.owner.name(),
        "connection": token.connection,
        "member": token.member,
        "policies": policies,
        "disabled": token.validity.disabled,
        "not_before": token.validity.not_before_ms.map(print_ms),
        "expires_on": token.validity.expires_ms.map(print_ms),
        "addresses": token.validity.addresses,
        "hint": token.hint,
    })
}

/// The same after a roll.
pub fn rolled_facts(token: &Token, overlap_ms: i64) -> Value {
    let mut facts = facts(token);
    facts["overlap_seconds"] = json!(overlap_ms / 1000);
    facts
}
