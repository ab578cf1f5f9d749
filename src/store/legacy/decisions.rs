//! Decisions on a plan that were not carried out yet: each operator's own in an account.

use std::collections::BTreeMap;

use super::super::operators::key;
use super::super::sql::{find, run};
use super::super::tx::{ReadTx, WriteTx};
use crate::domain::error::{Error, Result};
use crate::domain::id::OperatorId;
use crate::domain::legacy::plan::{KeptDecisions, PlanOptions};

/// Most bytes of each of their two texts: the schema refuses more.
const BYTES_MAX: usize = 128 * 1024;

/// The operator's, in the transaction's account. What can't be read is none, as another version may
/// have left it: it changes nothing by itself, and must keep nobody from the plan.
pub fn get(tx: &ReadTx<'_>, operator: OperatorId) -> Result<Option<KeptDecisions>> {
    let found: Option<(String, String, i64)> = find(
        tx.conn(),
        "SELECT options, names, kept_ms FROM legacy_plan_decisions
         WHERE operator = ?1 AND account = ?2",
        (key(tx, operator)?, tx.account()?),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let Some((options, names, kept_ms)) = found else {
        return Ok(None);
    };
    let read = || -> serde_json::Result<KeptDecisions> {
        Ok(KeptDecisions {
            options: serde_json::from_str(&options)?,
            names: serde_json::from_str(&names)?,
            kept_ms,
        })
    };
    match read() {
        Ok(kept) => Ok(Some(kept)),
        Err(error) => {
            tracing::warn!(%error, "decisions on a plan that were kept can't be read");
            Ok(None)
        }
    }
}

/// Keeps them instead of what was kept.
///
/// Errors: `TooMany`.
pub fn set(
    tx: &WriteTx<'_>,
    operator: OperatorId,
    options: &PlanOptions,
    names: &BTreeMap<String, String>,
) -> Result<()> {
    let options = serde_json::to_string(options).map_err(Error::internal)?;
    let names = serde_json::to_string(names).map_err(Error::internal)?;
    if options.len().max(names.len()) > BYTES_MAX {
        return Err(Error::too_many(
            "The decisions are too long to be kept; save the plan for later as a file.",
        ));
    }
    run(
        tx.conn(),
        "INSERT INTO legacy_plan_decisions (operator, account, options, names, kept_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (operator, account) DO UPDATE SET options = excluded.options,
             names = excluded.names, kept_ms = excluded.kept_ms",
        (
            key(tx, operator)?,
            tx.account()?,
            options,
            names,
            tx.now_ms(),
        ),
    )?;
    Ok(())
}

/// Forgets them.
pub fn remove(tx: &WriteTx<'_>, operator: OperatorId) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM legacy_plan_decisions WHERE operator = ?1 AND account = ?2",
        (key(tx, operator)?, tx.account()?),
    )?;
    Ok(())
}

/// Forgets everybody's, in the transaction's account.
pub fn remove_all(tx: &WriteTx<'_>) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM legacy_plan_decisions WHERE account = ?1",
        [tx.account()?],
    )?;
    Ok(())
}
