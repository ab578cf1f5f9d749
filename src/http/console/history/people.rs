//! People whom rows of the log name by their ids, and what they are called now.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::values;
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::{MemberId, MembershipId};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::view::Link;

/// People who are looked up for a page, all at once; others keep their ids.
const LOOKED_UP_MAX: usize = 500;

/// Whoever is still there, by the id that the log has of them, and the groups that are.
#[derive(Debug, Clone, Default)]
pub struct People {
    known: HashMap<String, Link>,
    /// Of whom was looked whether they are there; of others nothing is known. `None`: the viewer
    /// may open nobody's page.
    looked_up: Option<HashSet<MemberId>>,
    groups: HashSet<String>,
}

impl People {
    /// Those of all rows of a page, by one look. Nobody, for a viewer who may not open their
    /// pages.
    ///
    /// Errors: `Unavailable`.
    pub fn of<'e>(
        caller: &AccountCaller,
        entries: impl IntoIterator<Item = &'e Value>,
        chrome: &Chrome,
    ) -> Result<Self> {
        let all = entries.into_iter().map(|entry| (entry, usize::MAX));
        Self::some(caller, all, chrome)
    }

    /// The same of so many people on each side of each row.
    ///
    /// Errors: as [`People::of`].
    pub fn some<'e>(
        caller: &AccountCaller,
        entries: impl IntoIterator<Item = (&'e Value, usize)>,
        chrome: &Chrome,
    ) -> Result<Self> {
        if !caller.allows(Permission::DirectoryRead) {
            return Ok(Self::default());
        }
        let (mut ids, mut others, mut groups) = (Vec::new(), Vec::new(), HashSet::new());
        for (entry, limit) in entries {
            let resource = &entry["resource"];
            ids.extend(person(resource));
            groups.extend(group(resource));
            others.extend(named(resource, limit));
        }
        // Those whom rows are about come first: their rows lead to them.
        ids.extend(others);
        let mut looked_up = HashSet::new();
        ids.retain(|id| looked_up.len() < LOOKED_UP_MAX && looked_up.insert(*id));
        let groups: Vec<&str> = groups.into_iter().collect();
        let (names, groups) = caller.read(|tx| {
            Ok((
                app::members::shown::names(tx, &ids)?,
                app::groups::shown::there(tx, &groups)?,
            ))
        })?;
        let link = |(id, name): (MemberId, String)| {
            let at = chrome.path(&format!("/members/{}", id.membership()));
            (id.to_string(), Link::new(name, at))
        };
        Ok(Self {
            known: names.into_iter().map(link).collect(),
            looked_up: Some(looked_up),
            groups: groups.into_iter().collect(),
        })
    }

    /// Who that is, where a value names a person who is still there.
    pub fn who(&self, path: &str, value: &str) -> Option<&Link> {
        self.known.get(value).filter(|_| names_people(path))
    }

    /// What somebody is called who is still there.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.known.get(id).map(|link| link.text.as_str())
    }

    /// Whether a row is about a person or a group who is not there any more.
    pub fn are_without(&self, resource: &Value) -> bool {
        match (person(resource), group(resource)) {
            (Some(id), _) => {
                let looked_up = self.looked_up.as_ref();
                looked_up.is_none_or(|all| all.contains(&id))
                    && !self.known.contains_key(&id.to_string())
            }
            (None, Some(id)) => !self.groups.contains(id),
            (None, None) => false,
        }
    }
}

/// The person whom a row is about.
fn person(resource: &Value) -> Option<MemberId> {
    let id = resource["id"].as_str()?;
    match resource["type"].as_str()? {
        "member" => id.parse::<MembershipId>().ok()?.member(),
        "scim_user" | "user" => id.parse().ok(),
        _ => None,
    }
}

/// The group that a row is about.
fn group(resource: &Value) -> Option<&str> {
    match resource["type"].as_str()? {
        "user_group" | "scim_group" => resource["id"].as_str(),
        _ => None,
    }
}

/// Whom the two sides of a row name, so many on each.
fn named(resource: &Value, limit: usize) -> Vec<MemberId> {
    let mut ids = Vec::new();
    for side in [&resource["request"], &resource["response"]] {
        let mut found = Vec::new();
        values("", side, &mut found);
        let named = found.iter().filter(|(path, _)| names_people(path));
        let named = named.filter_map(|(_, value)| value.parse::<MemberId>().ok());
        ids.extend(named.take(limit));
    }
    ids
}

/// Whether the log has ids of people at that path: `members_added.ids.0`, `member`.
fn names_people(path: &str) -> bool {
    path.starts_with("member")
}
