//! Sessions of operators: made, looked up on every request and again in every write, ended.

use rusqlite::{Connection, Row};

use super::operators::{self, factors, member_in, settings_row};
use super::sql::{find, get as get_row, list as rows, parsed, run};
use super::tokens::{Seat, SecretHash, rights_of};
use super::tx::{ReadTx, Scope, WriteTx};
use super::{Db, accounts};
use crate::domain::actor::{Actor, MemberRights, SignedIn};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{AccountId, OperatorId, SessionId};
use crate::domain::operator::Settings;
use crate::domain::reason::Reason;
use crate::domain::session::{ABSOLUTE_MS, IDLE_MS, SESSIONS_MAX, Session, SessionSecret};

/// The longest name of a browser that is kept, in characters.
const AGENT_CHARS_MAX: usize = 200;

/// Somebody at the console, and where they are.
#[derive(Debug, Clone)]
pub struct ConsoleSeat {
    pub seat: Seat,
    pub session: Session,
    pub name: String,
    pub settings: Settings,
    /// Of the account that was asked for.
    pub account_name: Option<String>,
    /// What the roles there came to when the cookie was made; `None`: not there yet.
    pub known_rights: Option<MemberRights>,
}

impl Db {
    /// Whose session that is, and what they may do: in `account`, or on the box.
    ///
    /// Errors: `Unauthenticated` for one that is unknown or over; `NotFound` for an account
    /// where the operator does not work, and for an unknown one alike.
    pub fn console_seat(
        &self,
        secret: &SessionSecret,
        account: Option<AccountId>,
    ) -> Result<(SecretHash, ConsoleSeat)> {
        let hash = self.0.keys.hash_token(secret.reveal());
        let now_ms = self.credential_now_ms();
        let found = self.read(&self.own_seat("console"), |tx| {
            seat_of(tx.conn(), &hash, account, now_ms)
        })?;
        Ok((hash, found))
    }

    /// Which session that is or was, and whose: one that is over has its row until its operator
    /// signs in again.
    pub fn session_of(&self, secret: &SessionSecret) -> Result<Option<(SessionId, OperatorId)>> {
        let hash = self.0.keys.hash_token(secret.reveal());
        self.read(&self.own_seat("console"), |tx| {
            let found = found_by(tx.conn(), &hash)?;
            Ok(found.map(|found| (found.session.id, found.operator)))
        })
    }
}

struct Found {
    key: i64,
    session: Session,
    operator: OperatorId,
    email: String,
    name: String,
    box_administrator: bool,
    disabled: bool,
    settings: Settings,
    has_factor: bool,
    /// The session's row.
    row: i64,
}

fn session_row(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        created_ms: row.get(1)?,
        seen_ms: row.get(2)?,
        confirmed_ms: row.get(3)?,
        address: row.get(4)?,
        agent: row.get(5)?,
    })
}

/// As [`Db::console_seat`], in a transaction that is under way.
pub(in crate::store) fn seat_of(
    conn: &Connection,
    hash: &SecretHash,
    account: Option<AccountId>,
    now_ms: i64,
) -> Result<ConsoleSeat> {
    let good = |found: &Found| !found.disabled && found.session.is_good(now_ms);
    let found = found_by(conn, hash)?.filter(good).ok_or_else(over)?;
    let signed_in = SignedIn {
        operator: found.operator,
        email: found.email,
        session: found.session.id,
        box_administrator: found.box_administrator,
        factor_missing: !found.has_factor
            && factors::are_due(conn, found.key, found.box_administrator)?,
        member: None,
        rights: None,
    };
    let mut seat = Seat::local(
        Actor::Operator(signed_in.clone()),
        Scope::default(),
        account,
    );
    let (mut account_name, mut known_rights) = (None, None);
    if let Some(id) = account {
        let key = accounts::key(conn, id)?.ok_or_else(elsewhere)?;
        let (member_key, member) = member_in(conn, found.key, key)?.ok_or_else(elsewhere)?;
        seat = seat.on_account(key);
        let rights = rights_of(conn, &seat, member_key)?;
        seat.actor = Actor::Operator(SignedIn {
            member: Some(member),
            rights: Some(rights),
            ..signed_in
        });
        account_name = get_row(
            conn,
            "SELECT name FROM accounts WHERE seq = ?1",
            [key],
            |row| row.get(0),
        )?;
        known_rights = rights_row(conn, found.row, key)?;
    }
    Ok(ConsoleSeat {
        seat,
        session: found.session,
        name: found.name,
        settings: found.settings,
        account_name,
        known_rights,
    })
}

fn found_by(conn: &Connection, hash: &SecretHash) -> Result<Option<Found>> {
    Ok(find(
        conn,
        "SELECT s.id, s.created_ms, s.seen_ms, s.confirmed_ms, s.address, s.agent,
             o.seq, o.id, o.email, o.name, o.box_administrator, o.disabled,
             o.theme, o.zone, o.shortcuts, o.totp IS NOT NULL, s.seq
         FROM sessions s JOIN operators o ON o.seq = s.operator WHERE s.hash = ?1",
        [hash],
        |row| {
            Ok(Found {
                session: session_row(row)?,
                key: row.get(6)?,
                operator: row.get(7)?,
                email: row.get(8)?,
                name: row.get(9)?,
                box_administrator: row.get(10)?,
                disabled: row.get(11)?,
                settings: settings_row(row, 12)?,
                has_factor: row.get(15)?,
                row: row.get(16)?,
            })
        },
    )?)
}

fn rights_row(conn: &Connection, session: i64, account: i64) -> Result<Option<MemberRights>> {
    Ok(find(
        conn,
        "SELECT rights FROM session_rights WHERE session = ?1 AND account = ?2",
        (session, account),
        |row| parsed(row, 0, MemberRights::parse),
    )?)
}

/// What the operator's roles in the transaction's account came to when the cookie was made.
pub fn known_rights(tx: &ReadTx<'_>, id: SessionId) -> Result<Option<MemberRights>> {
    let session = find(
        tx.conn(),
        "SELECT seq FROM sessions WHERE id = ?1",
        [id],
        |row| row.get(0),
    )?;
    match session {
        Some(session) => rights_row(tx.conn(), session, tx.account()?),
        None => Ok(None),
    }
}

/// Remembers what they come to now.
pub fn note_rights(tx: &WriteTx<'_>, id: SessionId, rights: MemberRights) -> Result<()> {
    run(
        tx.conn(),
        "INSERT INTO session_rights (session, account, rights)
         SELECT seq, ?2, ?3 FROM sessions WHERE id = ?1
         ON CONFLICT (session, account) DO UPDATE SET rights = excluded.rights",
        (id, tx.account()?, rights.name()),
    )?;
    Ok(())
}

/// The session has another cookie from here on.
pub fn renew(tx: &WriteTx<'_>, id: SessionId) -> Result<SessionSecret> {
    let secret = SessionSecret::of_random(&tx.entropy().bytes());
    run(
        tx.conn(),
        "UPDATE sessions SET hash = ?2 WHERE id = ?1",
        (id, tx.keys().hash_token(secret.reveal())),
    )?;
    Ok(secret)
}

/// The session is over, whichever way it ended.
pub fn over() -> Error {
    Error::unauthenticated(
        Reason::SignInRefused,
        "You are not signed in, or no longer; sign in to go on.",
    )
}

/// The answer for an account where the operator does not work, and for an unknown one.
fn elsewhere() -> Error {
    Error::new(
        Kind::NotFound,
        Reason::NotFound,
        "There is no account at this address that you work in; choose one from the list of your \
         accounts.",
    )
}

/// Signs the operator in: a new session, and at most so many of theirs.
pub fn insert(
    tx: &WriteTx<'_>,
    operator: OperatorId,
    id: SessionId,
    network: &str,
) -> Result<SessionSecret> {
    let key = operators::key(tx, operator)?;
    operators::note_sign_in(tx, key, network)?;
    let secret = SessionSecret::of_random(&tx.entropy().bytes());
    let request = tx.request();
    let agent: String = request.user_agent.chars().take(AGENT_CHARS_MAX).collect();
    run(
        tx.conn(),
        "INSERT INTO sessions (id, hash, operator, created_ms, seen_ms, confirmed_ms, address,
             agent)
         VALUES (?1, ?2, ?3, ?4, ?4, ?4, ?5, ?6)",
        (
            id,
            tx.keys().hash_token(secret.reveal()),
            key,
            tx.now_ms(),
            request.address.map(|address| address.to_string()),
            agent,
        ),
    )?;
    run(
        tx.conn(),
        "DELETE FROM sessions WHERE operator = ?1 AND (created_ms <= ?3 OR seen_ms <= ?4
             OR seq NOT IN (SELECT seq FROM sessions WHERE operator = ?1
                            ORDER BY seq DESC LIMIT ?2))",
        (
            key,
            SESSIONS_MAX,
            tx.now_ms() - ABSOLUTE_MS,
            tx.now_ms() - IDLE_MS,
        ),
    )?;
    Ok(secret)
}

/// The operator's sessions that are good, the newest first.
pub fn list(tx: &ReadTx<'_>, operator: OperatorId) -> Result<Vec<Session>> {
    let found = rows(
        tx.conn(),
        "SELECT id, created_ms, seen_ms, confirmed_ms, address, agent FROM sessions
         WHERE operator = ?1 ORDER BY seq DESC LIMIT ?2",
        (operators::key(tx, operator)?, SESSIONS_MAX),
        session_row,
    )?;
    let good = |session: &Session| session.is_good(tx.now_ms());
    Ok(found.into_iter().filter(good).collect())
}

/// Remembers that there was a request.
pub fn touch(tx: &WriteTx<'_>, id: SessionId) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE sessions SET seen_ms = max(seen_ms, ?2) WHERE id = ?1",
        (id, tx.now_ms()),
    )?;
    Ok(())
}

/// The password was given again: the session has another cookie from here on (T-26).
pub fn confirm(tx: &WriteTx<'_>, id: SessionId) -> Result<SessionSecret> {
    run(
        tx.conn(),
        "UPDATE sessions SET confirmed_ms = ?2 WHERE id = ?1",
        (id, tx.now_ms()),
    )?;
    renew(tx, id)
}

/// Ends one of the operator's sessions. False: it is none of theirs.
pub fn end(tx: &WriteTx<'_>, operator: OperatorId, id: SessionId) -> Result<bool> {
    let gone = run(
        tx.conn(),
        "DELETE FROM sessions WHERE operator = ?1 AND id = ?2",
        (operators::key(tx, operator)?, id),
    )?;
    Ok(gone > 0)
}

/// Ends everybody's sessions but `kept`; how many.
pub fn end_everybodys(tx: &WriteTx<'_>, kept: Option<SessionId>) -> Result<usize> {
    Ok(run(
        tx.conn(),
        "DELETE FROM sessions WHERE id IS NOT ?1",
        [kept],
    )?)
}

/// Ends all of the operator's sessions but `kept`; how many.
pub fn end_all(tx: &WriteTx<'_>, operator: OperatorId, kept: Option<SessionId>) -> Result<usize> {
    Ok(run(
        tx.conn(),
        "DELETE FROM sessions WHERE operator = ?1 AND id IS NOT ?2",
        (operators::key(tx, operator)?, kept),
    )?)
}
