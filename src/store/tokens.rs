//! Tokens, and the seats they open: who a request comes from and where it may look.

pub mod browse;
mod ended;
mod policies;
pub mod records;
pub mod refused;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::{Connection, Row};

use super::members::MemberKey;
use super::sql::find;
use super::tx::{ReadTx, Scope};
use super::{Db, connections, grants};
use crate::domain::actor::{Actor, Client, MemberRights};
use crate::domain::catalogue;
use crate::domain::effective::{Effective, EffectiveScope};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::AccountId;
use crate::domain::reason::Reason;
use crate::domain::token::{AddressCondition, Grants, TokenSecret, Validity, policy};

/// What is stored of a token's secret (T-11).
pub type SecretHash = [u8; 32];

/// Seats that were looked up before.
pub(in crate::store) type SeatMap = HashMap<SecretHash, Arc<Seat>>;

/// Most seats remembered; an install has a handful of tokens.
const SEATS_REMEMBERED_MAX: usize = 1024;
/// A name up to so long is told in a command: the sentence around it stays short.
const WORD_CHARS_MAX: usize = 60;
/// How long a provider waits for a paused connection, in seconds.
const PAUSED_RETRY_SECONDS: u32 = 300;

/// A caller that is known: on whose authority, in which account.
#[derive(Debug, Clone)]
pub struct Seat {
    pub actor: Actor,
    pub(in crate::store) scope: Scope,
    /// `None`: the whole box.
    pub account: Option<AccountId>,
    pub(in crate::store) token: Option<i64>,
    /// Which of its values was sent.
    pub(in crate::store) value: Option<SecretHash>,
    validity: Option<Validity>,
    paused: bool,
}

impl Seat {
    pub(in crate::store) fn local(actor: Actor, scope: Scope, account: Option<AccountId>) -> Self {
        Self {
            actor,
            scope,
            account,
            token: None,
            value: None,
            validity: None,
            paused: false,
        }
    }

    pub(in crate::store) fn on_account(mut self, key: i64) -> Self {
        self.scope.account = Some(key);
        self
    }

    /// Whether the credential is good now, here, and for this account.
    ///
    /// Errors: `Unauthenticated`, `Forbidden` (address), `NotFound` (another account's, and
    /// an unknown one alike), `Unavailable` (paused).
    pub fn check(&self, account: AccountId, now_ms: i64, address: Option<IpAddr>) -> Result<()> {
        if let Some(validity) = &self.validity {
            validity.check(now_ms, address)?;
        }
        if self.account != Some(account) {
            return Err(unknown_account());
        }
        if self.paused {
            return Err(self.put_off());
        }
        Ok(())
    }

    /// What a provider hears while its connection is paused: who asks there why, reads it.
    fn put_off(&self) -> Error {
        const RESUME: &str = "provost connection resume";
        let which = match self.client() {
            Some(client) => {
                shell_word(&client.connection_name).unwrap_or_else(|| client.connection.to_string())
            }
            None => "NAME".to_owned(),
        };
        Error::unavailable(
            Reason::ConnectionPaused,
            format!(
                "This connection is paused; an administrator resumes it on its page in the \
                 console, or with `{RESUME} {which}`."
            ),
            PAUSED_RETRY_SECONDS,
        )
    }

    /// The same without an account in the request's path.
    pub fn check_validity(&self, now_ms: i64, address: Option<IpAddr>) -> Result<()> {
        self.validity
            .as_ref()
            .map_or(Ok(()), |validity| validity.check(now_ms, address))
    }

    /// Whether it came with a value of its token that a roll replaced, and that works no more.
    pub fn is_replaced(&self, now_ms: i64) -> bool {
        let validity = self.validity.as_ref();
        validity.is_some_and(|validity| validity.is_replaced(now_ms))
    }

    /// A member's roles change in many ways, so what their tokens may do is looked up each time.
    pub(in crate::store) fn can_be_remembered(&self) -> bool {
        self.client().is_none_or(|client| client.member.is_none())
    }

    /// The client, when the caller is one.
    pub fn client(&self) -> Option<&Client> {
        match &self.actor {
            Actor::Client(client) => Some(client),
            Actor::Operator(_) | Actor::Cli { .. } | Actor::System { .. } => None,
        }
    }
}

/// The name as a shell takes it for one word; `None` for one that would be hard to read so, with
/// quotes of any kind in it, or long.
fn shell_word(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    let is_hard = name.starts_with('-')
        || name.contains(['\'', '"', '`'])
        || name.chars().count() > WORD_CHARS_MAX;
    match name {
        _ if is_hard => None,
        name if name.chars().all(plain) => Some(name.to_owned()),
        name => Some(format!("'{name}'")),
    }
}

/// The answer for another account's address and for an unknown one: the two read alike.
pub fn unknown_account() -> Error {
    Error::new(
        Kind::NotFound,
        Reason::NotFound,
        "This token opens no account at this address; compare the account id in the URL \
         with the one of `provost connection values`.",
    )
}

pub(in crate::store) fn unknown_token() -> Error {
    Error::unauthenticated(
        Reason::TokenUnknown,
        "This token is not known, it was revoked or mistyped; roll the token of its connection in \
         the console, or make a new one with `provost token create`.",
    )
}

/// Remembers seats between requests, until any credential changes.
#[derive(Default)]
pub(in crate::store) struct SeatCache(RwLock<(u64, SeatMap)>);

impl Db {
    /// Who holds this token, as of now.
    ///
    /// Errors: `Unauthenticated` for an unknown one. Whether it is valid is [`Seat::check`]'s.
    pub fn authenticate(&self, secret: &TokenSecret) -> Result<(SecretHash, Arc<Seat>)> {
        let hash = self.0.keys.hash_token(secret.reveal());
        // Read before the look-up: what changes in between only costs another look-up.
        let generation = self.0.credentials_generation.load(Ordering::Acquire);
        let cache = self
            .0
            .seats
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if cache.0 == generation
            && let Some(seat) = cache.1.get(&hash)
        {
            return Ok((hash, Arc::clone(seat)));
        }
        drop(cache);
        let nobody = Seat::local(
            Actor::System {
                why: "authentication",
            },
            Scope::default(),
            None,
        );
        let found = self.read(&nobody, |tx| seat_of(tx.conn(), &hash))?;
        let seat = Arc::new(found.ok_or_else(unknown_token)?);
        if !seat.can_be_remembered() {
            return Ok((hash, seat));
        }
        let mut cache = self
            .0
            .seats
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if cache.0 != generation || cache.1.len() >= SEATS_REMEMBERED_MAX {
            cache.1.clear();
            cache.0 = generation;
        }
        cache.1.insert(hash, Arc::clone(&seat));
        Ok((hash, seat))
    }
}

/// Looks a token up by the hash of its secret.
pub(in crate::store) fn seat_of(conn: &Connection, secret: &SecretHash) -> Result<Option<Seat>> {
    // A token that belongs to no connection acts as the account's built-in one. A member's goes
    // with their membership; should one be left, it opens nothing.
    let found = find(
        conn,
        "SELECT t.seq, t.id, t.name, s.hint, t.disabled, t.not_before_ms, t.expires_ms,
                s.until_ms, t.addresses, a.seq, a.id, c.seq, c.id, c.name, c.kind,
                c.strict_upn_email, c.attribute_updates, c.adopt_existing, c.require_sso_domain,
                c.brake, c.paused, s.hash, m.id, m.user_name, m.seq, s.ended
         FROM token_secrets s
         JOIN tokens t ON t.seq = s.token
         JOIN accounts a ON a.seq = t.account
         LEFT JOIN members m ON m.seq = t.member
         JOIN connections c ON c.seq = COALESCE(t.connection,
            (SELECT b.seq FROM connections b WHERE b.account = t.account AND b.built_in = 1))
         WHERE s.hash = ?1 AND (t.member IS NULL OR m.state = 'active')",
        [secret],
        |row| {
            let member: Option<i64> = row.get(24)?;
            Ok((row.get::<_, i64>(0)?, member, seat_row(row, secret)?))
        },
    )?;
    let Some((key, member, mut seat)) = found else {
        return Ok(None);
    };
    let rights = match member {
        Some(member) => Some(rights_of(conn, &seat, MemberKey(member))?),
        None => None,
    };
    let held = policies::list(conn, key)?;
    if let (Actor::Client(client), Some(account)) = (&mut seat.actor, seat.account) {
        client.grants = policy::grants(&held, account, client.member);
        client.rights = rights;
    }
    Ok(Some(seat))
}

/// What the roles that the member holds on the whole account amount to.
pub(in crate::store) fn rights_of(
    conn: &Connection,
    seat: &Seat,
    member: MemberKey,
) -> Result<MemberRights> {
    rights_here(&ReadTx::new(conn, seat.scope, &seat.actor, 0), member)
}

/// The same in the transaction's account.
pub fn rights_here(tx: &ReadTx<'_>, member: MemberKey) -> Result<MemberRights> {
    let roles = grants::effective(tx, member, None)?;
    let of_account = |role: &&Effective| matches!(role.scope, EffectiveScope::WholeAccount { .. });
    let right = |role: &Effective| match role.permission_group {
        catalogue::SUPER_ADMINISTRATOR => MemberRights::Everything,
        catalogue::ADMINISTRATOR => MemberRights::Administers,
        catalogue::ADMINISTRATOR_READ_ONLY => MemberRights::Reads,
        _ => MemberRights::Own,
    };
    let rights = roles.iter().filter(of_account).map(right).max();
    Ok(rights.unwrap_or(MemberRights::Own))
}

fn seat_row(row: &Row<'_>, secret: &SecretHash) -> rusqlite::Result<Seat> {
    let stored: [u8; 32] = row.get(21)?;
    // The index has compared already; this comparison takes the same time for every hash.
    if aws_lc_rs::constant_time::verify_slices_are_equal(&stored, secret).is_err() {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    }
    let validity = Validity {
        secret_ended: row.get(25)?,
        ..validity_row(row, 4)?
    };
    let client = Client {
        token: row.get(1)?,
        token_name: row.get(2)?,
        secret_hint: row.get(3)?,
        member: row.get(22)?,
        member_name: row.get(23)?,
        rights: None,
        grants: Grants::default(),
        connection: row.get(12)?,
        connection_name: row.get(13)?,
        connection_kind: connections::kind_column(row, 14)?,
        settings: connections::settings_columns(row, 15)?,
    };
    Ok(Seat {
        actor: Actor::Client(client),
        scope: Scope {
            account: Some(row.get(9)?),
            connection: Some(row.get(11)?),
        },
        account: Some(row.get(10)?),
        token: Some(row.get(0)?),
        value: Some(stored),
        validity: Some(validity),
        paused: row.get(20)?,
    })
}

/// Columns disabled, not_before_ms, expires_ms, until_ms, addresses from `first` on, of a secret
/// that has not ended.
pub(in crate::store) fn validity_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Validity> {
    let addresses: Option<String> = row.get(first + 4)?;
    let addresses = match addresses {
        Some(text) => serde_json::from_str(&text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                first + 4,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?,
        None => AddressCondition::default(),
    };
    Ok(Validity {
        disabled: row.get(first)?,
        not_before_ms: row.get(first + 1)?,
        expires_ms: row.get(first + 2)?,
        secret_until_ms: row.get(first + 3)?,
        secret_ended: false,
        addresses,
    })
}
