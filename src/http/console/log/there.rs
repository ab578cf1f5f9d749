//! Whom and what rows of the log are about that is still there: what is gone has no page. And what
//! became of what was held: what was decided or done since waits for nobody.

use std::collections::{HashMap, HashSet};

use super::is_held;
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::brake::HeldState;
use crate::domain::error::Result;
use crate::domain::id::{ConnectionId, MemberId};
use crate::domain::provisioning::ProvisioningRow;
use crate::http::console::caller::Caller;

/// What is known of the rows of a page, by one look for each kind.
#[derive(Default)]
pub(super) struct There {
    /// The SCIM ids of people and groups who are there.
    records: HashSet<String>,
    /// What is held of them, or was decided of it, by connection.
    held: HashMap<(ConnectionId, String), HeldState>,
}

impl There {
    /// Nobody, for a viewer who may not open their pages.
    ///
    /// Errors: `Unavailable`.
    pub(super) fn of(caller: &Caller, rows: &[ProvisioningRow]) -> Result<Self> {
        let held: HashSet<&str> = rows
            .iter()
            .filter(|row| is_held(row))
            .map(|row| row.target_id.as_str())
            .collect();
        let held: Vec<&str> = held.into_iter().collect();
        let held = if held.is_empty() {
            Vec::new()
        } else {
            caller.read(|tx| app::brake::held_states(tx, &held))?
        };
        let held = held
            .into_iter()
            .map(|(connection, target, state)| ((connection, target), state));
        Ok(Self {
            records: records(caller, rows)?,
            held: held.collect(),
        })
    }

    pub(super) fn has(&self, row: &ProvisioningRow) -> bool {
        self.records.contains(&row.target_id)
    }

    /// What is decided of what the row's request asked for; `None` where nothing is held of its
    /// target any more.
    pub(super) fn held(&self, row: &ProvisioningRow) -> Option<HeldState> {
        let (connection, ..) = row.connection.as_ref()?;
        let key = (*connection, row.target_id.clone());
        self.held.get(&key).copied()
    }
}

fn records(caller: &Caller, rows: &[ProvisioningRow]) -> Result<HashSet<String>> {
    if !caller.allows(Permission::DirectoryRead) {
        return Ok(HashSet::new());
    }
    let about = |kind: &'static str| {
        let rows = rows.iter().filter(move |row| row.target_kind == kind);
        let ids: HashSet<&str> = rows.map(|row| row.target_id.as_str()).collect();
        ids.into_iter().filter(|id| !id.is_empty())
    };
    let people: Vec<MemberId> = about("User").filter_map(|id| id.parse().ok()).collect();
    let groups: Vec<&str> = about("Group").collect();
    let (people, groups) = caller.read(|tx| {
        Ok((
            app::members::shown::names(tx, &people)?,
            app::groups::shown::there(tx, &groups)?,
        ))
    })?;
    let people = people.into_iter().map(|(id, _)| id.to_string());
    Ok(people.chain(groups.into_iter().map(|(id, _)| id)).collect())
}
