//! The last use of each value of a token: after a roll two of them may work.

use std::collections::HashMap;

use crate::domain::error::Result;
use crate::store::sql::run;
use crate::store::tokens::SecretHash;
use crate::store::tx::WriteTx;

/// When they were last used, to the millisecond: which of two came later is what is asked.
#[derive(Debug, Default)]
pub(super) struct Values(HashMap<SecretHash, i64>);

impl Values {
    pub(super) fn used(&mut self, value: SecretHash, at_ms: i64) {
        let last = self.0.entry(value).or_insert(at_ms);
        *last = at_ms.max(*last);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (value, at_ms) in other.0 {
            self.used(value, at_ms);
        }
    }

    /// Never goes back. One that is gone since is passed over.
    pub(super) fn write(&self, tx: &WriteTx<'_>) -> Result<()> {
        for (&value, &at_ms) in &self.0 {
            run(
                tx.conn(),
                "UPDATE token_secrets SET used_ms = ?2
                 WHERE hash = ?1 AND ifnull(used_ms, 0) < ?2",
                (value, at_ms),
            )?;
        }
        Ok(())
    }
}
