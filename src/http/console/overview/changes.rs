//! The latest changes: whom or what, what happened, and who did it.

use serde_json::Value;

use crate::domain::audit::AuditRow;
use crate::domain::error::Result;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::history::{self, People};
use crate::http::console::legacy;
use crate::http::console::view::EventRow;
use crate::http::console::words::{t, tf, tn};

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
    if let Some((subject, verb)) = migration(entry) {
        return EventRow {
            icon: "git-compare-arrows",
            class: "mute",
            subject: subject.to_owned(),
            subject_href: history::address(chrome, entry, people).unwrap_or(event.subject_href),
            verb,
            sub: history::doer(entry),
            ..event
        };
    }
    let called = people.person_name(resource).map(str::to_owned);
    let name = called.unwrap_or_else(|| text(&resource["name"]));
    let (icon, class, verb) = what(entry, &kind);
    // That it was changed says little: where nothing tells more, what was done does.
    let sub = match history::in_words(entry, people, &chrome.times).as_str() {
        "" => tf("history.by", &[&event.sub, &event.subject]),
        _ => event.sub.clone(),
    };
    EventRow {
        icon,
        class,
        subject: match name.as_str() {
            "" => event.subject,
            name => legacy::said(name),
        },
        subject_href: history::address(chrome, entry, people).unwrap_or(event.subject_href),
        verb: verb.to_owned(),
        sub,
        ..event
    }
}

/// What was done to legacy groups, of which a row has no name; `None` of everything else.
fn migration(entry: &Value) -> Option<(&'static str, String)> {
    let resource = &entry["resource"];
    let (was, is) = (&resource["request"], &resource["response"]);
    let many = |value: &Value| {
        let all = value.as_array().map_or(0, Vec::len);
        u64::try_from(all).unwrap_or(u64::MAX)
    };
    let told = match entry["action"]["description"].as_str()? {
        "Convert Legacy Groups" => {
            let summary = &is["summary"];
            let of = |choice: &str| summary[choice].as_u64().unwrap_or(0);
            let all = of("convert").saturating_add(of("rename_only"));
            (t("event.legacy_groups"), tn("event.converted", all))
        }
        "Undo Legacy Migration" => {
            let verb = match many(&is["groups"]) {
                0 => t("event.undone_end").to_owned(),
                n => tn("event.undone", n),
            };
            (t("event.legacy_migration"), verb)
        }
        "Close Legacy Migration" => {
            let verb = match many(&was["old_names"]) {
                0 => t("event.closed").to_owned(),
                n => tn("event.closed_names", n),
            };
            (t("event.legacy_migration"), verb)
        }
        _ => return None,
    };
    Some(told)
}

/// Icon, colour and verb.
fn what(entry: &Value, kind: &str) -> (&'static str, &'static str, &'static str) {
    let is_person = matches!(kind, "member" | "scim_user" | "user");
    let after = &entry["resource"]["response"];
    let out = after["active"] == false || after["state"] == "inactive";
    let before = &entry["resource"]["request"];
    let back = before["active"] == false && after["active"] == true
        || before["state"] == "inactive" && after["state"] == "active";
    let verb = entry["action"]["type"].as_str().unwrap_or_default();
    match entry["action"]["description"].as_str().unwrap_or_default() {
        "Hold Changes" => return ("hand", "warn", t("event.held")),
        "Release Held Changes" => return ("play", "mute", t("event.held_released")),
        "Discard Held Changes" => return ("hand", "mute", t("event.held_discarded")),
        // Mostly called as their connections are.
        "Create Token" => return ("key-round", "mute", t("event.token_made")),
        "Update Token" => return ("key-round", "mute", t("event.token_changed")),
        "Revoke Token" => return ("key-round", "bad", t("event.token_revoked")),
        "Roll Token" => return ("key-round", "mute", t("event.rolled")),
        "Link Operator to Account" => return ("user", "mute", t("event.linked")),
        "Pause Connection" => return ("pause", "mute", t("event.paused")),
        "Resume Connection" => return ("play", "mute", t("event.resumed")),
        _ => {}
    }
    match (verb, is_person) {
        ("create", true) => ("user-plus", "ok", t("event.person_made")),
        ("update", true) if out => ("user-x", "mute", t("event.person_out")),
        ("update", true) if back => ("user-check", "ok", t("event.person_back")),
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
