//! What providers last sent about one thing: among the newest rows, since the log has no index by
//! target.

use super::provisioning_row;
use crate::domain::error::Result;
use crate::domain::provisioning::ProvisioningRow;
use crate::store::sql::list;
use crate::store::tx::ReadTx;

/// The newest rows of the account whose target has that SCIM id, at most `limit` of those among the
/// last `looked` rows of the log.
pub fn about(
    tx: &ReadTx<'_>,
    target: &str,
    (looked, limit): (i64, i64),
) -> Result<Vec<ProvisioningRow>> {
    Ok(list(
        tx.conn(),
        "SELECT p.seq, p.at_ms, c.id, c.name, c.kind, p.token, p.request, p.method,
                p.uri, p.address, p.target_kind, p.target_id, p.target_name, p.outcome,
                p.status, p.scim_type, p.reason, p.detail, p.changes, p.duration_us, p.asked
         FROM provisioning p LEFT JOIN connections c ON c.seq = p.connection
         WHERE p.seq > (SELECT max(seq) FROM provisioning) - ?1 AND p.account = ?2
           AND p.target_id = ?3
         ORDER BY p.seq DESC LIMIT ?4",
        (looked, tx.account()?, target, limit),
        provisioning_row,
    )?)
}
