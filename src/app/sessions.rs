//! Signing in and out. A guess is counted before its cost is paid, an unknown name costs what a
//! known one does, and both are told the same.

use serde_json::json;

use crate::domain::actor::{Actor, Permission, Request, SignedIn};
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{OperatorId, SessionId};
use crate::domain::password::Password;
use crate::domain::reason::Reason;
use crate::domain::session::{Session, SessionSecret};
use crate::domain::text::fold;
use crate::store::operators::{self, Credentials, factors};
use crate::store::passwords::Verdict;
use crate::store::sign_ins::{Guess, network_of};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::writer::{Authority, Write};
use crate::store::{Db, audit, sessions};

/// How long somebody may take for the second step, in milliseconds.
const SECOND_STEP_MS: i64 = 5 * 60 * 1000;
/// What a ticket is made of: operator, time, and what stands for the password.
const TICKET_BYTES: usize = 16 + 8 + 32;

/// What a right password came to.
pub enum Entered {
    In(SessionSecret),
    /// A code of the authenticator is wanted too, with this ticket.
    SecondStep(Vec<u8>),
}

/// What else than the password.
#[derive(Debug, Clone)]
pub enum SecondFactor {
    Code(String),
    RecoveryCode(String),
}

/// Signs in with a password; `browser` stands for the browser's cookie, to which a ticket is
/// bound.
///
/// Errors: `Unauthenticated` (not told which of the two is wrong), `RateLimited`, `Unavailable`.
pub async fn sign_in(
    db: &Db,
    request: &Request,
    browser: &[u8],
    (email, password): (&str, &str),
) -> Result<Entered> {
    let (name, network) = (fold(email.trim()), network_of(request.address));
    let found = db.read(&db.own_seat("sign-in"), |tx| {
        credentials(tx, &name, &network)
    })?;
    let guess = Guess::Password {
        name: &name,
        network: &network,
        known: found.as_ref().is_some_and(|found| found.known_network),
    };
    admit(db, guess)?;
    // One that is disabled, or has no password, costs what an unknown one does.
    let found = found.filter(|found| !found.disabled);
    let stored = found.as_ref().and_then(|found| found.password.clone());
    let typed = Password::typed(password).ok_or_else(refused)?;
    let verdict = db.passwords().verify(stored, &typed).await?;
    let Some(found) = found.filter(|_| verdict != Verdict::Wrong) else {
        return Err(refused());
    };
    db.sign_ins().succeeded(guess);
    let found = improved(db, request, found, verdict, &typed).await?;
    if found.has_totp {
        return Ok(Entered::SecondStep(ticket(db, browser, &found)));
    }
    let verified = found.password.clone();
    let made = enter(db, request, &found, move |tx| {
        begin(tx, verified.as_deref(), None)
    });
    made.await.map(Entered::In)
}

/// Goes on after [`Entered::SecondStep`].
///
/// Errors: as [`sign_in`]; `Stale` when the ticket is too old, or another browser's.
pub async fn second_step(
    db: &Db,
    request: &Request,
    browser: &[u8],
    ticket: &[u8],
    factor: SecondFactor,
) -> Result<SessionSecret> {
    let (operator, proof) = opened(db, browser, ticket).ok_or_else(|| {
        Error::stale("The code took too long, or the page was opened elsewhere; sign in again.")
    })?;
    let guess = Guess::Code { operator };
    admit(db, guess)?;
    let found = db.read(&db.own_seat("sign-in"), |tx| by_id(tx, operator))?;
    let verified = found.password.clone();
    if found.disabled || proof != proof_of(db, verified.as_deref()) {
        return Err(refused());
    }
    let made = enter(db, request, &found, move |tx| {
        begin(tx, verified.as_deref(), Some(&factor))
    });
    let secret = made.await?;
    db.sign_ins().succeeded(guess);
    Ok(secret)
}

/// Name or password, or the code, is wrong; it is not told which.
pub fn refused() -> Error {
    Error::unauthenticated(
        Reason::SignInRefused,
        "Email, password or code is wrong, and a code works once; check them, or have a link \
         made with `provost admin recover` on the server.",
    )
}

pub(in crate::app) fn admit(db: &Db, guess: Guess<'_>) -> Result<()> {
    let admitted = db.sign_ins().begin(guess, db.credential_now_ms());
    admitted.map_err(|seconds| {
        let plural = if seconds == 1 { "" } else { "s" };
        Error::new(
            Kind::RateLimited,
            Reason::RateLimited,
            format!(
                "There were too many wrong attempts; try again in {seconds} second{plural}, or \
                 let a server administrator end the waiting, under Operators in the console or \
                 with `provost admin unlock` on the server."
            ),
        )
        .with_retry_after(seconds)
    })
}

/// What somebody of that address signs in with.
///
/// Errors: `Forbidden`.
pub fn credentials(tx: &ReadTx<'_>, email_key: &str, network: &str) -> Result<Option<Credentials>> {
    tx.require(Permission::BoxAdministration)?;
    operators::credentials(tx, email_key, network)
}

fn by_id(tx: &ReadTx<'_>, id: OperatorId) -> Result<Credentials> {
    let operator = operators::get(tx, id)?;
    let found = operators::credentials(tx, &fold(&operator.email), "")?;
    found.ok_or_else(refused)
}

/// The hash is made anew when hashes cost more by now (T-20).
async fn improved(
    db: &Db,
    request: &Request,
    found: Credentials,
    verdict: Verdict,
    typed: &Password,
) -> Result<Credentials> {
    if verdict != Verdict::RightButCheap {
        return Ok(found);
    }
    let hash = db.passwords().hash(typed).await?;
    let (kept, before) = (hash.clone(), found.password.clone());
    enter(db, request, &found, move |tx| {
        rehash(tx, before.as_deref(), &hash)
    })
    .await?;
    Ok(Credentials {
        password: Some(kept),
        ..found
    })
}

/// Runs `f` as the operator who is about to be signed in.
async fn enter<T: Send + 'static>(
    db: &Db,
    request: &Request,
    found: &Credentials,
    f: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let session = SessionId::from_bytes(db.entropy().uuid_v7(db.clock().now_ms()));
    let write = Write {
        authority: Authority::Local {
            actor: Actor::Operator(SignedIn {
                operator: found.id,
                email: found.email.clone(),
                session,
                box_administrator: found.box_administrator,
                factor_missing: false,
                member: None,
                rights: None,
            }),
            account: None,
        },
        permission: Permission::OwnOperator,
        request: request.clone(),
        log: None,
    };
    db.write(write, f).await
}

/// A session for the operator whose password's hash still is `verified`, and who gives the
/// second factor where they have one.
///
/// Errors: `Unauthenticated`.
pub fn begin(
    tx: &WriteTx<'_>,
    verified: Option<&str>,
    factor: Option<&SecondFactor>,
) -> Result<SessionSecret> {
    tx.require(Permission::OwnOperator)?;
    let signed_in = tx.actor().own_operator()?;
    let operator = operators::get(tx, signed_in.operator)?;
    let same = operators::password(tx, operator.id)?.as_deref() == verified;
    if operator.disabled || !same {
        return Err(refused());
    }
    let with = match factor {
        None if operator.has_totp => return Err(refused()),
        None => "password",
        Some(SecondFactor::Code(code)) => {
            if !factors::take_code(tx, operator.id, code)? {
                return Err(refused());
            }
            "password and authenticator"
        }
        Some(SecondFactor::RecoveryCode(code)) => {
            if !factors::take_recovery_code(tx, operator.id, code)? {
                return Err(refused());
            }
            "password and recovery code"
        }
    };
    opened_session(tx, with)
}

/// The row of a session and that of the log, for whoever has proved who they are.
pub(in crate::app) fn opened_session(tx: &WriteTx<'_>, with: &str) -> Result<SessionSecret> {
    let signed_in = tx.actor().own_operator()?;
    let network = network_of(tx.request().address);
    let secret = sessions::insert(tx, signed_in.operator, signed_in.session, &network)?;
    let event = Event::new(Action::SignIn, signed_in.session, signed_in.email.as_str());
    audit::append(tx, event.after(json!({ "with": with })))?;
    Ok(secret)
}

fn rehash(tx: &WriteTx<'_>, before: Option<&str>, hash: &str) -> Result<()> {
    let id = tx.actor().own_operator()?.operator;
    if operators::password(tx, id)?.as_deref() == before {
        operators::set_password(tx, id, hash)?;
    }
    Ok(())
}

/// Whether the own password is `password`: asked before dangerous actions (T-28).
///
/// Errors: `Unauthenticated`, `RateLimited`, `Unavailable`.
pub async fn check_own(
    db: &Db,
    signed_in: &SignedIn,
    stored: Option<String>,
    password: &str,
) -> Result<()> {
    let guess = Guess::Own {
        operator: signed_in.operator,
    };
    admit(db, guess)?;
    let typed = Password::typed(password).ok_or_else(refused)?;
    if db.passwords().verify(stored, &typed).await? == Verdict::Wrong {
        return Err(refused());
    }
    db.sign_ins().succeeded(guess);
    Ok(())
}

/// The password was given again: for five minutes nobody asks for it, and the session has
/// another cookie.
///
/// Errors: `Forbidden`, `Unauthenticated` (the password changed meanwhile).
pub fn confirm(tx: &WriteTx<'_>, verified: Option<&str>) -> Result<SessionSecret> {
    tx.require(Permission::OwnOperator)?;
    let signed_in = tx.actor().own_operator()?;
    if operators::password(tx, signed_in.operator)?.as_deref() != verified {
        return Err(refused());
    }
    sessions::confirm(tx, signed_in.session)
}

/// Gives the session another cookie where the operator's roles in this account came to something
/// else since it had its last one (T-26). `None`: they did not.
///
/// Errors: `Forbidden`.
pub fn follow_rights(tx: &WriteTx<'_>) -> Result<Option<SessionSecret>> {
    tx.require(Permission::OwnOperator)?;
    let signed_in = tx.actor().own_operator()?;
    let Some(rights) = signed_in.rights else {
        return Ok(None);
    };
    let known = sessions::known_rights(tx, signed_in.session)?;
    if known == Some(rights) {
        return Ok(None);
    }
    sessions::note_rights(tx, signed_in.session, rights)?;
    let renewed = known.map(|_| sessions::renew(tx, signed_in.session));
    renewed.transpose()
}

/// Remembers that there was a request.
///
/// Errors: `Forbidden`.
pub fn touch(tx: &WriteTx<'_>) -> Result<()> {
    tx.require(Permission::OwnOperator)?;
    sessions::touch(tx, tx.actor().own_operator()?.session)
}

/// The own sessions, the newest first.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Session>> {
    tx.require(Permission::OwnOperator)?;
    sessions::list(tx, tx.actor().own_operator()?.operator)
}

/// Ends one of the own sessions; `None`: this one.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn end(tx: &WriteTx<'_>, id: Option<SessionId>) -> Result<()> {
    tx.require(Permission::OwnOperator)?;
    let signed_in = tx.actor().own_operator()?;
    let id = id.unwrap_or(signed_in.session);
    if !sessions::end(tx, signed_in.operator, id)? {
        return Err(Error::new(
            Kind::NotFound,
            Reason::NotFound,
            "This session has ended already; the list shows those that have not.",
        ));
    }
    let event = Event::new(Action::SignOut, id, signed_in.email.as_str());
    audit::append(tx, event)
}

/// Ends all of the own sessions but this one; how many.
///
/// Errors: `Forbidden`.
pub fn end_others(tx: &WriteTx<'_>) -> Result<usize> {
    tx.require(Permission::OwnOperator)?;
    let signed_in = tx.actor().own_operator()?;
    let ended = sessions::end_all(tx, signed_in.operator, Some(signed_in.session))?;
    if ended > 0 {
        let event = Event::new(Action::SignOut, signed_in.session, signed_in.email.as_str());
        audit::append(tx, event.after(json!({ "others": ended })))?;
    }
    Ok(ended)
}

fn about(browser: &[u8]) -> Vec<u8> {
    [b"second step ".as_slice(), browser].concat()
}

/// Stands for the password's hash, which changes with the password.
fn proof_of(db: &Db, password: Option<&str>) -> [u8; 32] {
    db.keys()
        .form_token(password.unwrap_or_default().as_bytes())
}

fn ticket(db: &Db, browser: &[u8], found: &Credentials) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(TICKET_BYTES);
    bytes.extend_from_slice(found.id.as_bytes());
    bytes.extend_from_slice(&db.credential_now_ms().to_be_bytes());
    bytes.extend_from_slice(&proof_of(db, found.password.as_deref()));
    db.keys().seal(&about(browser), &bytes)
}

fn opened(db: &Db, browser: &[u8], ticket: &[u8]) -> Option<(OperatorId, [u8; 32])> {
    let bytes = db.keys().unseal(&about(browser), ticket)?;
    let (operator, rest) = bytes.split_first_chunk::<16>()?;
    let (made, proof) = rest.split_first_chunk::<8>()?;
    let age = db.credential_now_ms() - i64::from_be_bytes(*made);
    let fresh = (0..SECOND_STEP_MS).contains(&age);
    let proof = proof.try_into().ok().filter(|_| fresh)?;
    Some((OperatorId::from_bytes(*operator), proof))
}
