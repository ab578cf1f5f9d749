//! What happens to the server itself and belongs into the audit log.

use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::Result;
use crate::store::tx::WriteTx;
use crate::store::{accounts, audit};

/// Records that the server began to serve: which start it is, and which version.
///
/// Errors: `Forbidden`.
pub fn record_start(tx: &WriteTx<'_>) -> Result<()> {
    tx.require(Permission::BoxAdministration)?;
    let (id, facts) = accounts::start_facts(tx)?;
    audit::append(
        tx,
        Event::new(Action::ServerStart, id, "provost").after(facts),
    )
}
