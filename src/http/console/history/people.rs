//! People whom rows of the log name by their ids, and what they are called now.

use std::collections::HashMap;

use serde_json::Value;

use super::values;
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::MemberId;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::view::Link;

/// People who are looked up for a page, all at once; others keep their ids.
const LOOKED_UP_MAX: usize = 500;

/// Whoever is still there, by the id that the log has of them.
#[derive(Debug, Clone, Default)]
pub struct People(HashMap<String, Link>);

impl People {
    /// The people of all rows of a page, by one look.
    ///
    /// Errors: `Unavailable`.
    pub fn of<'e>(
        caller: &AccountCaller,
        entries: impl IntoIterator<Item = &'e Value>,
        chrome: &Chrome,
    ) -> Result<Self> {
        let mut ids: Vec<MemberId> = Vec::new();
        for entry in entries {
            let resource = &entry["resource"];
            let mut found = Vec::new();
            values("", &resource["request"], &mut found);
            values("", &resource["response"], &mut found);
            let named = found.iter().filter(|(path, _)| names_people(path));
            ids.extend(named.filter_map(|(_, value)| value.parse::<MemberId>().ok()));
        }
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(LOOKED_UP_MAX);
        if ids.is_empty() || !caller.allows(Permission::DirectoryRead) {
            return Ok(Self::default());
        }
        let names = caller.read(|tx| app::members::shown::names(tx, &ids))?;
        let link = |(id, name): (MemberId, String)| {
            let at = chrome.path(&format!("/members/{}", id.membership()));
            (id.to_string(), Link::new(name, at))
        };
        Ok(Self(names.into_iter().map(link).collect()))
    }

    /// Who that is, where a value names a person who is still there.
    pub fn who(&self, path: &str, value: &str) -> Option<&Link> {
        self.0.get(value).filter(|_| names_people(path))
    }
}

/// Whether the log has ids of people at that path: `members_added.ids.0`, `member`.
fn names_people(path: &str) -> bool {
    path.starts_with("member")
}
