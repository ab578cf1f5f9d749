//! Values of tokens that have ended: they let nobody in.

use crate::domain::error::Result;
use crate::store::sql::run;
use crate::store::tx::WriteTx;

/// How long they are known as their token's, in milliseconds, and how many of one token.
const KNOWN_MS: i64 = 30 * 86_400_000;
const KNOWN_MAX: i64 = 8;

/// Of a token that is switched off no value comes back that was replaced.
pub(super) fn end_replaced(tx: &WriteTx<'_>, key: i64) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE token_secrets SET until_ms = min(until_ms, ?2)
         WHERE token = ?1 AND until_ms IS NOT NULL",
        (key, tx.now_ms()),
    )?;
    forget(tx, key)
}

/// A value that has ended lets nobody in, and is known for a while as the token's: so whoever goes
/// on using it is told of on the token's page.
pub(super) fn forget(tx: &WriteTx<'_>, key: i64) -> Result<()> {
    let now = tx.now_ms();
    run(
        tx.conn(),
        "DELETE FROM token_secrets WHERE token = ?1 AND until_ms <= ?2
             AND (until_ms <= ?3 OR hash NOT IN
                 (SELECT hash FROM token_secrets WHERE token = ?1
                  ORDER BY created_ms DESC LIMIT ?4))",
        (key, now, now - KNOWN_MS, KNOWN_MAX),
    )?;
    Ok(())
}
