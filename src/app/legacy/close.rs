//! The end of a migration: old names end, and it can't be undone any more.

use serde_json::json;

use super::check::told;
use super::verify::{other_of, progress};
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::{Closed, Progress, RunGroup, RunState, Unsent};
use crate::domain::reason::Reason;
use crate::domain::text::shown;
use crate::store;
use crate::store::groups::GroupKey;
use crate::store::legacy::runs::{self, Stored};
use crate::store::legacy::{candidates, old_names};
use crate::store::tx::{ReadTx, WriteTx};

/// A group whose old name ends, whether a connection is still shown it, and how far those are that
/// push to it.
struct Ending {
    key: GroupKey,
    group: RunGroup,
    shown: bool,
    pushing: Vec<Progress>,
}

/// What closing would do, and which connections have sent no new name.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (undone).
pub fn preview(tx: &ReadTx<'_>, id: MigrationId) -> Result<Closed> {
    tx.require(Permission::DirectoryRead)?;
    let stored = converted(tx, id)?;
    look(tx, stored).map(|(_, _, closed)| closed)
}

/// Ends the old names. Closing what is closed changes nothing.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (undone; connections that push have sent no new
/// name, unless `anyway`).
pub fn close(tx: &WriteTx<'_>, id: MigrationId, anyway: bool) -> Result<Closed> {
    tx.require(Permission::DirectoryWrite)?;
    crate::app::guards::may_set_policies(tx)?;
    let stored = converted(tx, id)?;
    let (stored, ending, closed) = look(tx, stored)?;
    if stored.head.state == RunState::Closed {
        return Ok(closed);
    }
    if !anyway && !closed.without_new_name.is_empty() {
        return Err(waiting(&closed.without_new_name));
    }
    let mut names = Vec::with_capacity(ending.len());
    for one in ending {
        runs::set_at_end(tx, stored.key, one.group.id, &one.pushing)?;
        old_names::end(tx, one.key)?;
        if one.shown {
            // Whoever was shown the old name reads another one now.
            store::groups::touch(tx, one.key)?;
        }
        names.push(one.group.old_name);
    }
    runs::set_state(tx, stored.key, RunState::Closed)?;
    let event = Event::new(Action::MigrationClose, id, "").before(json!({ "old_names": names }));
    store::audit::append(tx, event)?;
    Ok(Closed {
        head: runs::get_stored(tx, id)?.head,
        ..closed
    })
}

/// The run, unless it is undone.
fn converted(tx: &ReadTx<'_>, id: MigrationId) -> Result<Stored> {
    let stored = runs::get_stored(tx, id)?;
    if stored.head.state == RunState::Undone {
        return Err(Error::conflict(
            Reason::MigrationState,
            format!("The migration {id} is undone, so it has nothing to close; make a new plan."),
        ));
    }
    Ok(stored)
}

fn look(tx: &ReadTx<'_>, stored: Stored) -> Result<(Stored, Vec<Ending>, Closed)> {
    let (mut ending, mut without_new_name) = (Vec::new(), Vec::new());
    let open = stored.head.state == RunState::Converted;
    for member in runs::groups(tx, stored.key)? {
        let now = candidates::find_group(tx, &member.group.scim_id)?;
        let now = now.filter(|(key, _)| open && *key == member.key && !member.group.undone);
        let Some((_, now)) = now else {
            continue;
        };
        let connections = progress(tx, member.key)?;
        let waiting: Vec<Progress> = connections
            .iter()
            .filter(|one| one.waits_for_name())
            .cloned()
            .collect();
        if !waiting.is_empty() {
            without_new_name.push(Unsent {
                other: other_of(tx, &member.group, &now.name)?,
                group: member.group.clone(),
                name: now.name,
                waiting,
            });
        }
        ending.push(Ending {
            key: member.key,
            group: member.group,
            shown: connections.iter().any(|one| one.renamed_ms.is_none()),
            pushing: connections.into_iter().filter(|one| one.pushes).collect(),
        });
    }
    let closed = Closed {
        head: stored.head.clone(),
        names: ending.len(),
        without_new_name,
    };
    Ok((stored, ending, closed))
}

fn waiting(groups: &[Unsent]) -> Error {
    let text = |one: &Unsent| {
        let names = one.waiting.iter().map(|one| shown(&one.connection.name));
        let names: Vec<String> = names.collect();
        format!("\"{}\" ({})", shown(&one.name), names.join(", "))
    };
    let groups: Vec<String> = groups.iter().map(text).collect();
    Error::conflict(
        Reason::MigrationState,
        format!(
            "Connections have not sent {} yet: {}; rename in the provider and let it push, or \
             close the migration all the same.",
            match groups.len() {
                1 => "the new name of a group".to_owned(),
                n => format!("the new names of {n} groups"),
            },
            told(&groups)
        ),
    )
}
