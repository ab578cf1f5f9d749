//! Values of tokens that have ended: for good, so that a clock that is set back brings none back.
//! The newest of them are known still, so that whoever goes on with one is told.

use crate::domain::error::Result;
use crate::store::sql::run;
use crate::store::tx::WriteTx;

/// Ended values that are kept of a token.
const KEPT: i64 = 3;

/// Of a token that is switched off no value comes back that was replaced.
pub(super) fn end_replaced(tx: &WriteTx<'_>, key: i64) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE token_secrets SET ended = 1
         WHERE token = ?1 AND until_ms IS NOT NULL AND ended = 0",
        [key],
    )?;
    forget_oldest(tx, key)
}

/// Ends the token's values whose time is over.
pub(super) fn end_over(tx: &WriteTx<'_>, key: i64) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE token_secrets SET ended = 1 WHERE token = ?1 AND until_ms <= ?2 AND ended = 0",
        (key, tx.now_ms()),
    )?;
    forget_oldest(tx, key)
}

fn forget_oldest(tx: &WriteTx<'_>, key: i64) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM token_secrets WHERE hash IN (
             SELECT hash FROM token_secrets WHERE token = ?1 AND ended = 1
             ORDER BY created_ms DESC, until_ms DESC, hash LIMIT -1 OFFSET ?2)",
        (key, KEPT),
    )?;
    Ok(())
}
