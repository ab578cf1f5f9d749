//! Whom and what rows of the log are about that is still there: what is gone has no page.

use std::collections::HashSet;

use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::MemberId;
use crate::domain::provisioning::ProvisioningRow;
use crate::http::console::caller::Caller;

/// The SCIM ids of people and groups who are there, by one look for all rows of a page.
#[derive(Default)]
pub(super) struct There(HashSet<String>);

impl There {
    /// Nobody, for a viewer who may not open their pages.
    ///
    /// Errors: `Unavailable`.
    pub(super) fn of(caller: &Caller, rows: &[ProvisioningRow]) -> Result<Self> {
        if !caller.allows(Permission::DirectoryRead) {
            return Ok(Self::default());
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
        Ok(Self(people.chain(groups).collect()))
    }

    pub(super) fn has(&self, row: &ProvisioningRow) -> bool {
        self.0.contains(&row.target_id)
    }
}
