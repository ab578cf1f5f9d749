//! Rows of the audit log as lines of the history of one thing.

mod brake;
pub mod denied;
mod keys;
mod named;
mod people;
mod plain;
mod said;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::chrome::Chrome;
use super::format::Times;
use super::view::{Delta, DiffLine, EventRow};
use super::words::{t, tf};
use crate::domain::audit::{AuditFound, AuditRow};
use crate::domain::connection::BUILT_IN_NAME;
use crate::domain::id::MemberId;

pub use keys::label;
pub use people::{People, is_person};
pub use said::{PEOPLE_MAX, in_words};

/// Lines of one change.
const LINES_MAX: usize = 200;
/// Before the name of who works at the command line.
const CLI: &str = "cli:";
/// Names of times, beside those that end as one.
const TIMES: [&str; 9] = [
    "at",
    "before",
    "created",
    "expires",
    "lastModified",
    "minute",
    "not_before",
    "since",
    "until",
];
/// Values of one side of a change.
const VALUES_MAX: usize = 500;

/// What happened, who did it and when; what changed in a few words.
pub fn event(row: &AuditRow, entry: &Value, people: &People, chrome: &Chrome) -> EventRow {
    let (icon, class) = sign(entry);
    let what = in_words(entry, people, &chrome.times);
    let sub = if what.is_empty() {
        doer(entry)
    } else {
        tf("history.by", &[&doer(entry), &what])
    };
    EventRow {
        icon,
        class,
        subject: action(entry),
        subject_href: chrome.path(&format!("/audit/{}", row.seq)),
        verb: String::new(),
        object: String::new(),
        object_href: String::new(),
        sub,
        when: chrome.times.ago(row.at_ms),
        undo: String::new(),
    }
}

/// What was done, as the log calls it; of what was refused, that it was.
pub fn action(entry: &Value) -> String {
    if denied::is(entry) {
        return t("denied.title").to_owned();
    }
    text(&entry["action"]["description"])
}

/// Icon and colour of what was done.
pub fn sign(entry: &Value) -> (&'static str, &'static str) {
    match entry["action"]["type"].as_str() {
        _ if denied::is(entry) => ("ban", "mute"),
        Some("create") => ("plus", "ok"),
        Some("delete") => ("trash-2", "bad"),
        Some("view") => ("eye", "mute"),
        _ => ("pencil", "mute"),
    }
}

/// A change of a group as the history of one of its people tells it: they came, or went; and what
/// was decided of their held removal. `None` for every other row.
pub fn membership(
    row: &AuditRow,
    entry: &Value,
    member: &str,
    people: &People,
    chrome: &Chrome,
) -> Option<EventRow> {
    let resource = &entry["resource"];
    let kind = resource["type"].as_str()?;
    if !matches!(kind, "user_group" | "scim_group" | "connection") {
        return None;
    }
    let (was, is) = (&resource["request"], &resource["response"]);
    let released = entry["action"]["description"] == "Release Held Changes";
    let names = |ids: &Value| {
        let mut ids = ids.as_array().into_iter().flatten();
        ids.any(|id| id == member)
    };
    let came = [&is["members_added"]["ids"], &is["members"]["ids"]];
    let went = [&was["members_removed"]["ids"], &was["members_first"]];
    let (icon, class, word) = if came.into_iter().any(names) {
        ("users-round", "ok", t("history.joined"))
    } else if went.into_iter().any(names) {
        ("users-round", "mute", t("history.left"))
    } else if names(&is["members_held"]["ids"]) {
        if released {
            ("play", "mute", t("history.held_released"))
        } else {
            ("hand", "mute", t("history.held_discarded"))
        }
    } else {
        return None;
    };
    Some(EventRow {
        icon,
        class,
        subject: word.to_owned(),
        subject_href: chrome.path(&format!("/audit/{}", row.seq)),
        verb: String::new(),
        object: text(&resource["name"]),
        object_href: address(chrome, entry, people).unwrap_or_default(),
        sub: doer(entry),
        when: chrome.times.ago(row.at_ms),
        undo: String::new(),
    })
}

/// The row's entry as a value; what can't be read says nothing.
pub fn entry_of(row: &AuditRow) -> Value {
    serde_json::from_str(&row.entry).unwrap_or_default()
}

/// The same for people to read: of what was refused it says what it was about, which only its
/// address tells.
pub fn told_of(row: &AuditRow) -> Value {
    let mut entry = entry_of(row);
    let target = denied::target(&entry).map(|(kind, id)| (kind, id.to_owned()));
    if let Some((kind, id)) = target {
        entry["resource"]["type"] = kind.into();
        entry["resource"]["id"] = id.into();
    }
    entry
}

/// A text of an entry; nothing where there is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Where what was changed has its page; `None` where it has none, or no longer.
pub fn address(chrome: &Chrome, entry: &Value, people: &People) -> Option<String> {
    let resource = &entry["resource"];
    let id = resource["id"].as_str().filter(|id| !id.is_empty())?;
    let gone = entry["action"]["type"] == "delete" && entry["action"]["result"] == "success";
    if gone || people.are_without(resource) {
        return None;
    }
    let below = match resource["type"].as_str()? {
        "member" => format!("/members/{id}"),
        "scim_user" | "user" => {
            let member: MemberId = id.parse().ok()?;
            format!("/members/{}", member.membership())
        }
        "user_group" | "scim_group" => format!("/groups/{id}"),
        "connection" => format!("/connections/{id}"),
        "token" => format!("/tokens/{id}"),
        "role" => format!("/roles/{id}"),
        "legacy_migration" => format!("/migrate/{id}"),
        "account" => "/settings".to_owned(),
        _ => return None,
    };
    Some(chrome.path(&below))
}

/// Value by value what differs, before and after, and how many more there are.
pub fn deltas(entry: &Value, people: &People, times: &Times) -> (Vec<Delta>, usize) {
    let resource = &entry["resource"];
    let (mut before, mut after) = (Vec::new(), Vec::new());
    values("", &resource["request"], &mut before);
    values("", &resource["response"], &mut after);
    say_once(&mut after, people);
    let by_name = |all: &[(String, Value)]| all.iter().cloned().collect::<HashMap<_, _>>();
    let (had, has) = (by_name(&before), by_name(&after));
    let new = after.iter().filter(|(name, _)| !had.contains_key(name));
    let names = before.iter().chain(new).map(|(name, _)| name);
    let differ = names.filter_map(|name| {
        let (was, is) = (had.get(name), has.get(name));
        let told = |value: &Value| named::told(name, value, people, times);
        (was != is).then(|| Delta {
            name: name.clone(),
            // Nobody is before and after another one at once: ids come or go.
            who: match (was, is) {
                (Some(id), None) | (None, Some(id)) => people.who(name, &plainly(id)).cloned(),
                (Some(_), Some(_)) | (None, None) => None,
            },
            before: was.map(told).unwrap_or_default(),
            after: Some(is.map(told).unwrap_or_default()),
        })
    });
    let mut all: Vec<Delta> = differ.collect();
    // What was nothing and is nothing says nothing.
    let says = |one: &Delta| !one.before.is_empty() || one.after != Some(String::new());
    all.retain(says);
    name_people(&mut all);
    let left_out = all.len().saturating_sub(LINES_MAX);
    all.truncate(LINES_MAX);
    for one in &mut all {
        one.name = named::label_of(&one.name);
    }
    (all, left_out)
}

/// A value as it was written.
fn plainly(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether what has that name is a time. By the name and not by the text: a group may be called
/// as a time is written.
fn is_time(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or_default();
    let ends = ["_on", "_at", "_ms", "_until", "_since"];
    TIMES.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}

/// Of what was decided of held changes, an id says no more where it stands among those it was
/// about, nor does a name where a link does.
fn say_once(after: &mut Vec<(String, Value)>, people: &People) {
    let ids = after.iter().filter(|(path, _)| path.contains("_held.ids."));
    let ids: Vec<(String, String)> = ids.map(|(path, id)| (path.clone(), plainly(id))).collect();
    if ids.is_empty() {
        return;
    }
    after.retain(|(path, value)| {
        if path.starts_with("targets.") {
            let target = plainly(value);
            return ids.iter().all(|(_, id)| *id != target);
        }
        let mut known = ids.iter().filter(|(at, id)| people.who(at, id).is_some());
        !known.any(|(at, _)| at.replace(".ids.", ".names.") == *path)
    });
}

/// People who came or went stand each by their own; their number is told where some are not.
fn name_people(all: &mut Vec<Delta>) {
    for group in [
        "members",
        "members_added",
        "members_removed",
        "members_held",
        "groups_held",
    ] {
        let ids = format!("{group}.ids.");
        let named = all.iter().filter(|one| one.name.starts_with(&ids)).count();
        let counted = named.to_string();
        let count = format!("{group}.count");
        all.retain(|one| {
            let told = one.after.as_ref().filter(|after| !after.is_empty());
            one.name != count || *told.unwrap_or(&one.before) != counted
        });
        for one in all.iter_mut().filter(|one| one.name.starts_with(&ids)) {
            group.clone_into(&mut one.name);
        }
    }
}

/// How far one look went back, in words.
pub fn looked(found: &AuditFound, times: &Times) -> String {
    match found.back_to_ms {
        Some(ms) if found.next.is_some() => tf("history.looked", &[&times.at(ms).text]),
        Some(_) | None => t("history.looked_all").to_owned(),
    }
}

/// Line by line what differs by it: values that went, and values that came.
pub fn lines(entry: &Value, people: &People, times: &Times) -> Vec<DiffLine> {
    // Why it was refused is said in a sentence.
    if denied::is(entry) {
        return Vec::new();
    }
    let resource = &entry["resource"];
    let (mut before, mut after) = (Vec::new(), Vec::new());
    values("", &resource["request"], &mut before);
    values("", &resource["response"], &mut after);
    say_once(&mut after, people);
    // What is nothing says nothing: the other side tells what it was.
    for side in [&mut before, &mut after] {
        side.retain(|(_, value)| !value.is_null());
    }
    let key = |(path, value): &(String, Value)| (path.clone(), plainly(value));
    let (had, has) = (
        before.iter().map(key).collect::<HashSet<_>>(),
        after.iter().map(key).collect::<HashSet<_>>(),
    );
    let line = |one: &(String, Value), make: fn(String) -> DiffLine| {
        let (path, value) = one;
        // Of a person who is still there, where they stand in a list tells nothing.
        if let Some(who) = people.who(path, &plainly(value)) {
            let path = label(path.split('.').next().unwrap_or_default());
            return make(format!("{path}:")).about(who.clone());
        }
        let told = named::told(path, value, people, times);
        make(format!("{}: {told}", named::label_of(path)))
    };
    let gone = before.iter().filter(|one| !has.contains(&key(one)));
    let gone = gone.map(|one| line(one, DiffLine::gone));
    let added = after.iter().filter(|one| !had.contains(&key(one)));
    let added = added.map(|one| line(one, DiffLine::added));
    gone.chain(added).take(LINES_MAX).collect()
}

/// The values within, each with its path.
fn values(path: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    // What is bounded in the log is bounded here: a diff of so many values is read by nobody.
    if found.len() > VALUES_MAX {
        return;
    }
    let below = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                values(&below(name), value, found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                values(&below(&at.to_string()), value, found);
            }
        }
        Value::Null if path.is_empty() => {}
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push((path.to_owned(), value.clone()));
        }
    }
}

/// Who did it, as a sentence calls them.
pub fn doer(entry: &Value) -> String {
    let name = actor(entry);
    if actor_id(entry).starts_with(CLI) {
        return tf("history.at_cli", &[&name]);
    }
    name
}

/// Who did it, by what they are called.
pub fn actor(entry: &Value) -> String {
    let name = actor_id(entry);
    name.strip_prefix(CLI).unwrap_or(&name).to_owned()
}

/// Whether it was done by a token of the account, which no provider has.
pub fn is_by_own_token(entry: &Value) -> bool {
    entry["provost"]["connection"] == BUILT_IN_NAME
}

/// The same, whole: who works at the command line is told from others.
pub fn actor_id(entry: &Value) -> String {
    let actor = &entry["actor"];
    // By the account's own connection come tokens of all sorts: each is told by itself.
    let connection = entry["provost"]["connection"].as_str();
    let provider = connection.filter(|name| *name != BUILT_IN_NAME);
    let others = [&actor["email"], &actor["token_name"], &actor["id"]];
    let others = others.into_iter().filter_map(Value::as_str);
    let mut named = provider.into_iter().chain(others);
    let named = named.find(|text| !text.is_empty());
    named.map_or_else(|| t("history.provost").to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_who_came_are_told_one_by_one() {
        let told = |count: u64| {
            let after = json!({ "members_added": { "count": count, "ids": ["a", "b"] } });
            let entry = json!({ "resource": { "response": after } });
            let (all, _) = deltas(&entry, &People::default(), &Times::utc(0));
            let name = |one: Delta| format!("{} {}", one.name, one.after.unwrap_or_default());
            all.into_iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(told(2), ["members added a", "members added b"]);
        assert_eq!(told(9)[0], "members added › count 9");
    }

    #[test]
    fn a_text_is_no_other_value() {
        let time = "2026-11-23T09:14:00Z";
        let told = |name: &str, value: Value| {
            let entry = json!({ "resource": { "response": { name: value } } });
            let (all, _) = deltas(&entry, &People::default(), &Times::utc(0));
            let after = all.into_iter().next().and_then(|one| one.after);
            after.unwrap_or_default()
        };
        for text in ["true", "false", "null", time] {
            assert_eq!(told("name", json!(text)), text);
        }
        assert_eq!(told("disabled", json!(true)), t("said.yes"));
        assert_eq!(told("disabled", json!(false)), t("said.no"));
        assert_eq!(told("expires_on", Value::Null), "");
        assert_eq!(
            told("expires_on", json!(time)),
            "23\u{a0}Nov\u{a0}2026, 09:14"
        );
    }

    #[test]
    fn who_worked_at_the_command_line_is_told_by_their_name() {
        let entry = json!({ "actor": { "id": "cli:root" } });
        assert_eq!(actor(&entry), "root");
        assert_eq!(actor_id(&entry), "cli:root");
        assert_eq!(doer(&entry), "root at the command line");
        let entry = json!({ "actor": { "id": "cli:root", "email": "a@corp.example" } });
        assert_eq!(doer(&entry), "a@corp.example");
    }
}
