//! Values of tokens that have ended. They go for good: a clock that is set back brings none back.

use crate::domain::error::Result;
use crate::store::sql::run;
use crate::store::tx::WriteTx;

/// Of a token that is switched off no value comes back that was replaced.
pub(super) fn end_replaced(tx: &WriteTx<'_>, key: i64) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM token_secrets WHERE token = ?1 AND until_ms IS NOT NULL",
        [key],
    )?;
    Ok(())
}

/// Forgets the token's values whose time is over.
pub(super) fn forget(tx: &WriteTx<'_>, key: i64) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM token_secrets WHERE token = ?1 AND until_ms <= ?2",
        (key, tx.now_ms()),
    )?;
    Ok(())
}
