//! What a request asked for that was refused, beside what is stored now.

use crate::app;
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::error::Result;
use crate::domain::id::{ConnectionId, GroupScimId, MemberId};
use crate::domain::member::State;
use crate::domain::provisioning::{AskedValues, Outcome, ProvisioningRow};
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::words::{t, tn};
use crate::scim;

/// Values of one record that are looked through.
const VALUES_MAX: usize = 500;

/// A value as it is stored, and as it was asked for.
pub struct AskedLine {
    pub name: String,
    /// Nothing where there is none.
    pub now: String,
    /// Said of it: that the record is there.
    pub now_note: &'static str,
    /// Whether what is stored by that name can't be told: it is chosen by a filter.
    pub unknown: bool,
    /// The page of the record; nothing for a value.
    pub now_href: String,
    pub asked: String,
}

/// What is stored, by the names that requests have for it.
struct Stored {
    values: AskedValues,
    name: String,
    href: String,
    managed_by: Option<Connection>,
    inactive: bool,
}

/// Nothing where it was not refused, or where there is nothing to compare: its record is not there,
/// or is nothing to the viewer.
pub(super) fn lines(
    row: &ProvisioningRow,
    caller: &AccountCaller,
    chrome: &Chrome,
) -> Vec<AskedLine> {
    let refused = matches!(row.outcome, Outcome::Refused | Outcome::Failed);
    if !refused || !caller.allows(Permission::DirectoryRead) {
        return Vec::new();
    }
    // Of a record that was there its own page says more.
    let taken = row.method == "POST"
        && matches!(
            row.reason,
            Some(Reason::UserNameTaken | Reason::GroupNameTaken)
        );
    let deletes = row.method == "DELETE";
    if row.asked.is_empty() && !taken && !deletes {
        return Vec::new();
    }
    let stored = match row.target_kind.as_str() {
        "User" => member(row, caller, chrome, taken),
        "Group" => group(row, caller, chrome, taken),
        _ => return Vec::new(),
    };
    // Who is gone since has nothing now; who can't be read has nothing to be told.
    let Ok(Some(stored)) = stored else {
        return Vec::new();
    };
    if deletes {
        return vec![AskedLine {
            name: t("log.asked_record").to_owned(),
            now: t("log.asked_there").to_owned(),
            now_note: "",
            unknown: false,
            now_href: stored.href,
            asked: t("log.asked_deleted").to_owned(),
        }];
    }
    if row.asked.is_empty() {
        return of_taken(row, stored);
    }
    let is_same = |(name, asked): &&(String, String)| {
        let now = stored.now(name);
        now.is_some_and(|now| is_alike(&now, asked))
    };
    let (same, differ): (Vec<_>, Vec<_>) = row.asked.iter().partition(is_same);
    // A whole record is sent for one value of it.
    let told = if differ.is_empty() { same } else { differ };
    told.into_iter().map(|one| line(one, &stored)).collect()
}

/// Entra writes "False"; of all other values the case of letters counts.
fn is_alike(now: &str, asked: &str) -> bool {
    let truth = ["true", "false"].contains(&now);
    now == asked || (truth && now.eq_ignore_ascii_case(asked))
}

fn line((name, asked): &(String, String), stored: &Stored) -> AskedLine {
    let now = stored.now(name);
    AskedLine {
        name: name.clone(),
        unknown: now.is_none(),
        now: now.unwrap_or_default(),
        now_note: "",
        now_href: String::new(),
        asked: if asked.is_empty() {
            t("log.asked_removed").to_owned()
        } else {
            asked.clone()
        },
    }
}

impl Stored {
    /// What is stored by that name, all parts of it where it has several. `None` where that can't
    /// be told: of an entry that another filter chooses, or of one of several.
    fn now(&self, name: &str) -> Option<String> {
        let named = |known: &str| known.eq_ignore_ascii_case(name);
        let below = |known: &str| {
            let rest = known.get(name.len()..);
            known.get(..name.len()).is_some_and(named)
                && rest.is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        let find = |wanted: &dyn Fn(&str) -> bool| -> Vec<&str> {
            let all = self.values.iter().filter(|(known, _)| wanted(known));
            all.map(|(_, value)| value.as_str()).collect()
        };
        match find(&named).as_slice() {
            [one] => Some((*one).to_owned()),
            [] if name.contains('[') && !name.ends_with(']') => None,
            [] => match find(&below) {
                parts if parts.is_empty() && name.contains('[') => None,
                parts => Some(parts.join(", ")),
            },
            [_, _, ..] => None,
        }
    }
}

/// Whose the name is that a new record was to have.
fn of_taken(row: &ProvisioningRow, stored: Stored) -> Vec<AskedLine> {
    let attribute = match row.target_kind.as_str() {
        "User" => "userName",
        _ => "displayName",
    };
    let manager = |name: Option<&str>| name.unwrap_or(t("members.local")).to_owned();
    let asking = row.connection.as_ref().map(|(_, name, _)| name.as_str());
    let managed = AskedLine {
        name: t("log.asked_manager").to_owned(),
        now: manager(stored.managed_by.as_ref().map(|by| by.name.as_str())),
        now_note: "",
        unknown: false,
        now_href: String::new(),
        asked: manager(asking),
    };
    let named = AskedLine {
        name: attribute.to_owned(),
        now: stored.name,
        now_note: if stored.inactive {
            t("log.asked_exists_inactive")
        } else {
            t("log.asked_exists")
        },
        unknown: false,
        now_href: stored.href,
        asked: row.target_name.clone(),
    };
    let managed = Some(managed).filter(|line| line.now != line.asked);
    [named].into_iter().chain(managed).collect()
}

/// The record's own id at the connection that asked.
fn external_id(row: &ProvisioningRow, ids: &[(Connection, String)]) -> Option<(String, String)> {
    let asking: ConnectionId = row.connection.as_ref()?.0;
    let found = ids.iter().find(|(one, _)| one.id == asking)?;
    Some(("externalId".to_owned(), found.1.clone()))
}

fn member(
    row: &ProvisioningRow,
    caller: &AccountCaller,
    chrome: &Chrome,
    taken: bool,
) -> Result<Option<Stored>> {
    let which = match row.target_id.parse::<MemberId>() {
        Ok(id) => MemberRef::Id(id),
        Err(_) if taken => MemberRef::Named(row.target_name.clone()),
        Err(_) => return Ok(None),
    };
    let found = caller.read(|tx| app::members::shown::get(tx, &which))?;
    let listed = &found.listed;
    let record = serde_json::Value::Object(found.attributes.clone());
    let mut values = scim::asked::of_record(&record, VALUES_MAX);
    let active_now = listed.member.state != State::Inactive;
    values.push(("active".to_owned(), active_now.to_string()));
    values.extend(external_id(row, &found.external_ids));
    Ok(Some(Stored {
        values,
        name: listed.member.user_name.clone(),
        href: chrome.path(&format!("/members/{}", found.id())),
        managed_by: listed.managed_by.clone(),
        inactive: !active_now,
    }))
}

fn group(
    row: &ProvisioningRow,
    caller: &AccountCaller,
    chrome: &Chrome,
    taken: bool,
) -> Result<Option<Stored>> {
    let which = match GroupScimId::parse(&row.target_id) {
        Some(id) => GroupRef::Scim(id),
        None if taken => GroupRef::Named(row.target_name.clone()),
        None => return Ok(None),
    };
    let found = caller.read(|tx| app::groups::shown::get(tx, &which))?;
    let group = &found.group;
    let members = u64::try_from(group.member_count).unwrap_or(0);
    let mut values = vec![
        ("displayName".to_owned(), group.name.clone()),
        ("members".to_owned(), tn("held.people", members)),
    ];
    values.extend(external_id(row, &found.external_ids));
    Ok(Some(Stored {
        values,
        name: group.name.clone(),
        href: chrome.path(&format!("/groups/{}", group.id)),
        managed_by: found.managed_by,
        inactive: false,
    }))
}
