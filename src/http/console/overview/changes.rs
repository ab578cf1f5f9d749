//! The latest changes: whom or what, what happened, and who did it.

use serde_json::Value;

use crate::domain::audit::AuditRow;
use crate::domain::error::Result;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::history::{self, People};
use crate::http::console::view::EventRow;
use crate::http::console::words::{t, tf};

/// Rows of the audit log as lines.
///
/// Errors: `Unavailable`.
pub fn lines(caller: &AccountCaller, rows: &[AuditRow], chrome: &Chrome) -> Result<Vec<EventRow>> {
    let entries: Vec<Value> = rows.iter().map(history::entry_of).collect();
    let some = entries.iter().map(|entry| (entry, history::PEOPLE_MAX));
    let people = People::some(caller, some, chrome)?;
    let all = rows.iter().zip(&entries);
    Ok(all
        .map(|(row, entry)| line(row, entry, &people, chrome))
        .collect())
}

fn line(row: &AuditRow, entry: &Value, people: &People, chrome: &Chrome) -> EventRow {
    let resource = &entry["resource"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&resource["type"]);
    let event = history::event(row, entry, people, chrome);
    let name = text(&resource["name"]);
    let (icon, class, verb) = what(entry, &kind);
    // That it was changed says little: where nothing tells more, what was done does.
    let sub = match history::in_words(entry, people, &chrome.times).as_str() {
        "" => tf("history.by", &[&event.sub, &event.subject]),
        _ => event.sub.clone(),
    };
    EventRow {
        icon,
        class,
        subject: if name.is_empty() { event.subject } else { name },
        subject_href: history::address(chrome, entry, people).unwrap_or(event.subject_href),
        verb: verb.to_owned(),
        sub,
        ..event
    }
}

/// Icon, colour and verb.
fn what(entry: &Value, kind: &str) -> (&'static str, &'static str, &'static str) {
    let is_person = matches!(kind, "member" | "scim_user" | "user");
    let after = &entry["resource"]["response"];
    let out = after["active"] == false || after["state"] == "inactive";
    let verb = entry["action"]["type"].as_str().unwrap_or_default();
    match entry["action"]["description"].as_str().unwrap_or_default() {
        "Hold Changes" => return ("hand", "warn", t("event.held")),
        "Roll Token" => return ("key-round", "mute", t("event.rolled")),
        "Pause Connection" => return ("pause", "mute", t("event.paused")),
        "Resume Connection" => return ("play", "mute", t("event.resumed")),
        // Of these the row has no name but what was done.
        "Convert Legacy Groups" | "Undo Legacy Migration" | "Close Legacy Migration" => {
            return ("git-compare-arrows", "mute", t("event.done"));
        }
        _ => {}
    }
    match (verb, is_person) {
        ("create", true) => ("user-plus", "ok", t("event.person_made")),
        ("update", true) if out => ("user-x", "mute", t("event.person_out")),
        ("update", true) => ("user", "mute", t("event.changed")),
        ("delete", true) => ("user-x", "bad", t("event.removed")),
        ("create", false) => ("plus", "ok", t("event.made")),
        ("delete", false) => ("trash-2", "mute", t("event.removed")),
        _ => (icon(kind), "mute", t("event.changed")),
    }
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "user_group" | "scim_group" => "users-round",
        "connection" => "plug",
        "token" => "key-round",
        "role" => "shield-check",
        _ => "pencil",
    }
}
