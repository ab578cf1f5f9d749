//! People whom rows of the log name by their ids, and what they are called now.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::values;
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::{AccountId, MemberId, MembershipId};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::view::Link;
use crate::store::tx::ReadTx;

/// People who are looked up for a page, all at once; others keep their ids.
const LOOKED_UP_MAX: usize = 500;

/// Whoever is still there, by the id that the log has of them, and the things that are.
#[derive(Debug, Clone, Default)]
pub struct People {
    known: HashMap<String, Link>,
    /// Of whom was looked whether they are there; of others nothing is known. `None`: the viewer
    /// may open nobody's page.
    looked_up: Option<HashSet<MemberId>>,
    /// Groups, tokens, roles and connections by their ids, and what they are called; of tokens
    /// none, for a viewer who may not open them.
    there: HashMap<String, String>,
    /// The names that rows of the page have for things, by their ids: of what is gone too.
    recorded: HashMap<String, String>,
    /// Whose log it is.
    pub(super) account: Option<AccountId>,
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
        let account = Some(caller.account());
        if !caller.allows(Permission::DirectoryRead) {
            return Ok(Self {
                account,
                ..Self::default()
            });
        }
        let (mut ids, mut others, mut things) = (Vec::new(), Vec::new(), HashSet::new());
        let mut recorded = HashMap::new();
        for (entry, limit) in entries {
            let (resource, actor) = (&entry["resource"], &entry["actor"]);
            let names = [
                (&resource["id"], &resource["name"]),
                (&actor["token_id"], &actor["token_name"]),
            ];
            for (id, name) in names {
                let name = name.as_str().filter(|name| !name.is_empty());
                if let (Some(id), Some(name)) = (id.as_str(), name) {
                    // The newest comes first.
                    let known = recorded.entry(id.to_owned());
                    known.or_insert_with(|| name.to_owned());
                }
            }
            ids.extend(person(resource));
            things.extend(thing(resource));
            let sides = [&resource["request"], &resource["response"]];
            let managers = sides
                .into_iter()
                .filter_map(|side| side["managed_by"].as_str());
            things.extend(managers.map(|id| (Kind::Connection, id)));
            let token = actor["token_id"].as_str();
            things.extend(token.map(|id| (Kind::Token, id)));
            others.extend(named(resource, limit));
        }
        // Those whom rows are about come first: their rows lead to them.
        ids.extend(others);
        let mut looked_up = HashSet::new();
        ids.retain(|id| looked_up.len() < LOOKED_UP_MAX && looked_up.insert(*id));
        let tokens = caller.allows(Permission::TokensRead);
        let (names, there) = caller.read(|tx| {
            Ok((
                app::members::shown::names(tx, &ids)?,
                still_there(tx, &things, tokens)?,
            ))
        })?;
        let link = |(id, name): (MemberId, String)| {
            let at = chrome.path(&format!("/members/{}", id.membership()));
            (id.to_string(), Link::new(name, at))
        };
        Ok(Self {
            known: names.into_iter().map(link).collect(),
            looked_up: Some(looked_up),
            there,
            recorded,
            account,
        })
    }

    /// Nobody, in that account.
    #[cfg(test)]
    pub(super) fn of_account(account: AccountId) -> Self {
        Self {
            account: Some(account),
            ..Self::default()
        }
    }

    /// What the person is called whom a row is about, while they are there.
    pub fn person_name(&self, resource: &Value) -> Option<&str> {
        let known = self.known.get(&person(resource)?.to_string())?;
        Some(&known.text)
    }

    /// Who that is, where a value names a person who is still there.
    pub fn who(&self, path: &str, value: &str) -> Option<&Link> {
        self.known.get(value).filter(|_| names_people(path))
    }

    /// What somebody is called who is still there, by either of their ids, or something that is.
    pub fn name(&self, id: &str) -> Option<&str> {
        let member = || id.parse::<MembershipId>().ok()?.member();
        let known = self.known.get(id);
        let known = known.or_else(|| self.known.get(&member()?.to_string()));
        let thing = || self.there.get(id).map(String::as_str);
        known.map(|link| link.text.as_str()).or_else(thing)
    }

    /// What rows of the page call it, whether it is there or not.
    pub fn recorded(&self, id: &str) -> Option<&str> {
        self.recorded.get(id).map(String::as_str)
    }

    /// The page of the token by which something was done or tried, while it is there.
    pub fn token(&self, entry: &Value, chrome: &Chrome) -> Option<Link> {
        let id = entry["actor"]["token_id"].as_str()?;
        let name = self.there.get(id)?;
        Some(Link::new(name, chrome.path(&format!("/tokens/{id}"))))
    }

    /// Whether a row is about somebody or something that is not there any more.
    pub fn are_without(&self, resource: &Value) -> bool {
        match (person(resource), thing(resource)) {
            (Some(id), _) => {
                let looked_up = self.looked_up.as_ref();
                looked_up.is_none_or(|all| all.contains(&id))
                    && !self.known.contains_key(&id.to_string())
            }
            (None, Some((_, id))) => !self.there.contains_key(id),
            (None, None) => false,
        }
    }
}

/// Whether a row is about a person.
pub fn is_person(resource: &Value) -> bool {
    person(resource).is_some()
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

/// Things that can be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Group,
    Token,
    Role,
    Connection,
}

/// The thing that a row is about, where it can be gone, and its id.
fn thing(resource: &Value) -> Option<(Kind, &str)> {
    let kind = match resource["type"].as_str()? {
        "user_group" | "scim_group" => Kind::Group,
        "token" => Kind::Token,
        "role" => Kind::Role,
        "connection" => Kind::Connection,
        _ => return None,
    };
    Some((kind, resource["id"].as_str()?))
}

/// Which of them are still there, and what they are called: one look for each kind.
fn still_there(
    tx: &ReadTx<'_>,
    things: &HashSet<(Kind, &str)>,
    tokens: bool,
) -> Result<HashMap<String, String>> {
    let of = |kind: Kind| -> Vec<&str> {
        let all = things.iter().filter(|(one, _)| *one == kind);
        all.map(|(_, id)| *id).collect()
    };
    let groups = app::groups::shown::there(tx, &of(Kind::Group))?;
    let mut there: HashMap<String, String> = groups.into_iter().collect();
    let named = if tokens { of(Kind::Token) } else { Vec::new() };
    if !named.is_empty() {
        there.extend(app::tokens::there(tx, &named)?);
    }
    if !of(Kind::Role).is_empty() {
        let all = app::roles::list(tx, true)?.into_iter();
        there.extend(all.map(|role| (role.permission_group.to_string(), role.name)));
    }
    if !of(Kind::Connection).is_empty() && tx.actor().allows(Permission::LogsRead) {
        let all = app::connections::list(tx)?.into_iter();
        there.extend(all.map(|one| (one.id.to_string(), one.name)));
    }
    Ok(there)
}

/// Whom the two sides of a row name, so many on each.
fn named(resource: &Value, limit: usize) -> Vec<MemberId> {
    let mut ids = Vec::new();
    for side in [&resource["request"], &resource["response"]] {
        let mut found = Vec::new();
        values("", side, &mut found);
        let named = found.iter().filter(|(path, _)| names_people(path));
        let named = named.filter_map(|(_, value)| value.as_str()?.parse::<MemberId>().ok());
        ids.extend(named.take(limit));
    }
    ids
}

/// Whether the log has ids of people at that path: `members_added.ids.0`, `member`.
fn names_people(path: &str) -> bool {
    path.starts_with("member")
}
