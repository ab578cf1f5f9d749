//! Second factors: an authenticator's secret, and recovery codes.

use rusqlite::Connection;

use super::key;
use crate::domain::actor::{Actor, MemberRights};
use crate::domain::error::Result;
use crate::domain::id::OperatorId;
use crate::domain::setup::{Code, RECOVERY_CODES};
use crate::store::keys::Keys;
use crate::store::members::MemberKey;
use crate::store::sql::{get as get_row, list as rows, run};
use crate::store::tokens::{Seat, rights_of};
use crate::store::totp::TotpSecret;
use crate::store::tx::{ReadTx, Scope, WriteTx};

/// What a sealed secret is for: another row's opens nothing.
fn about(id: OperatorId) -> Vec<u8> {
    [b"totp ".as_slice(), id.as_bytes()].concat()
}

/// Whether the operator must have a second factor: whoever administers the box, or is Super
/// Administrator of an account, must (T-25).
pub fn required(tx: &ReadTx<'_>, id: OperatorId) -> Result<bool> {
    let (operator, box_administrator) = get_row(
        tx.conn(),
        "SELECT seq, box_administrator FROM operators WHERE seq = ?1",
        [key(tx, id)?],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    are_due(tx.conn(), operator, box_administrator)
}

/// The same of a row.
pub(in crate::store) fn are_due(
    conn: &Connection,
    operator: i64,
    box_administrator: bool,
) -> Result<bool> {
    if box_administrator {
        return Ok(true);
    }
    let places: Vec<(i64, i64)> = rows(
        conn,
        "SELECT account, member FROM operator_members WHERE operator = ?1",
        [operator],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (account, member) in places {
        let actor = Actor::System {
            why: "second factor",
        };
        let seat = Seat::local(actor, Scope::default(), None).on_account(account);
        if rights_of(conn, &seat, MemberKey(member))? == MemberRights::Everything {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A new secret, to be confirmed by a code before it counts.
pub fn begin_totp(tx: &WriteTx<'_>, id: OperatorId) -> Result<TotpSecret> {
    let secret = TotpSecret::from_bytes(tx.entropy().bytes());
    let sealed = tx.keys().seal_secret(&about(id), secret.bytes());
    run(
        tx.conn(),
        "UPDATE operators SET totp_pending = ?2 WHERE seq = ?1",
        (key(tx, id)?, sealed),
    )?;
    Ok(secret)
}

/// The secret that waits for its first code.
pub fn pending_totp(tx: &ReadTx<'_>, keys: &Keys, id: OperatorId) -> Result<Option<TotpSecret>> {
    let sealed: Option<Vec<u8>> = get_row(
        tx.conn(),
        "SELECT totp_pending FROM operators WHERE seq = ?1",
        [key(tx, id)?],
        |row| row.get(0),
    )?;
    Ok(sealed.and_then(|sealed| opened(keys, id, &sealed)))
}

fn opened(keys: &Keys, id: OperatorId, sealed: &[u8]) -> Option<TotpSecret> {
    let bytes = keys.unseal_secret(&about(id), sealed)?;
    TotpSecret::of_slice(&bytes)
}

/// Makes the pending secret the one that counts, when `code` is its code. False: it is not.
pub fn confirm_totp(tx: &WriteTx<'_>, id: OperatorId, code: &str) -> Result<bool> {
    let secret = pending_totp(tx, tx.keys(), id)?;
    let Some(step) = secret.and_then(|secret| secret.matching_step(code, tx.now_ms())) else {
        return Ok(false);
    };
    run(
        tx.conn(),
        "UPDATE operators SET totp = totp_pending, totp_pending = NULL, totp_step = ?2,
             modified_ms = ?3 WHERE seq = ?1",
        (key(tx, id)?, step, tx.now_ms()),
    )?;
    Ok(true)
}

/// Takes a code of the authenticator, each once (T-25). False: it is none, or was taken.
pub fn take_code(tx: &WriteTx<'_>, id: OperatorId, code: &str) -> Result<bool> {
    let operator = key(tx, id)?;
    let sealed: Option<Vec<u8>> = get_row(
        tx.conn(),
        "SELECT totp FROM operators WHERE seq = ?1",
        [operator],
        |row| row.get(0),
    )?;
    let secret = sealed.and_then(|sealed| opened(tx.keys(), id, &sealed));
    let Some(step) = secret.and_then(|secret| secret.matching_step(code, tx.now_ms())) else {
        return Ok(false);
    };
    let taken = run(
        tx.conn(),
        "UPDATE operators SET totp_step = ?2 WHERE seq = ?1 AND totp_step < ?2",
        (operator, step),
    )?;
    Ok(taken > 0)
}

/// Forgets the authenticator and the recovery codes.
pub fn reset(tx: &WriteTx<'_>, id: OperatorId) -> Result<()> {
    let operator = key(tx, id)?;
    run(
        tx.conn(),
        "UPDATE operators SET totp = NULL, totp_pending = NULL, modified_ms = ?2 WHERE seq = ?1",
        (operator, tx.now_ms()),
    )?;
    run(
        tx.conn(),
        "DELETE FROM recovery_codes WHERE operator = ?1",
        [operator],
    )?;
    Ok(())
}

/// Stands for the recovery codes that there are: another once some are made or one is used.
pub fn recovery_codes_seen(tx: &ReadTx<'_>, id: OperatorId) -> Result<String> {
    let hashes: Vec<Vec<u8>> = rows(
        tx.conn(),
        "SELECT hash FROM recovery_codes WHERE operator = ?1 ORDER BY hash",
        [key(tx, id)?],
        |row| row.get(0),
    )?;
    Ok(format!("{:08x}", crc32fast::hash(&hashes.concat())))
}

/// New recovery codes in place of all there were.
pub fn new_recovery_codes(tx: &WriteTx<'_>, id: OperatorId) -> Result<Vec<Code>> {
    let operator = key(tx, id)?;
    run(
        tx.conn(),
        "DELETE FROM recovery_codes WHERE operator = ?1",
        [operator],
    )?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = Code::of_recovery(&tx.entropy().bytes());
        run(
            tx.conn(),
            "INSERT INTO recovery_codes (operator, hash) VALUES (?1, ?2)",
            (operator, tx.keys().hash_token(code.reveal())),
        )?;
        codes.push(code);
    }
    Ok(codes)
}

/// Uses a recovery code up. False: it is none of theirs.
pub fn take_recovery_code(tx: &WriteTx<'_>, id: OperatorId, code: &str) -> Result<bool> {
    let Some(code) = Code::typed(code) else {
        return Ok(false);
    };
    let gone = run(
        tx.conn(),
        "DELETE FROM recovery_codes WHERE operator = ?1 AND hash = ?2",
        (key(tx, id)?, tx.keys().hash_token(code.reveal())),
    )?;
    Ok(gone > 0)
}
