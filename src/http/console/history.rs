//! Rows of the audit log as lines of the history of one thing.

use serde_json::Value;

use super::chrome::Chrome;
use super::view::{DiffLine, EventRow};
use super::words::{t, tf, tn};
use crate::domain::audit::AuditRow;

/// Lines of one change.
const LINES_MAX: usize = 200;

/// What happened, who did it and when; what changed in a few words.
pub fn event(row: &AuditRow, chrome: &Chrome) -> EventRow {
    let entry: Value = serde_json::from_str(&row.entry).unwrap_or_default();
    let action = entry["action"]["description"].as_str().unwrap_or_default();
    let done = entry["action"]["result"] == "success";
    let (icon, class) = match entry["action"]["type"].as_str() {
        _ if !done => ("circle-x", "bad"),
        Some("create") => ("plus", "ok"),
        Some("delete") => ("trash-2", "bad"),
        _ => ("pencil", "mute"),
    };
    let what = changes(
        &entry["resource"]["request"],
        &entry["resource"]["response"],
    );
    let sub = if what.is_empty() {
        actor(&entry)
    } else {
        tf("history.by", &[&actor(&entry), &what.join(", ")])
    };
    EventRow {
        icon,
        class,
        subject: action.to_owned(),
        subject_href: chrome.path(&format!("/audit/{}", row.id)),
        verb: String::new(),
        object: String::new(),
        object_href: String::new(),
        sub,
        when: chrome.times.ago(row.at_ms),
        undo: String::new(),
    }
}

/// Line by line what differs by it: values that went, and values that came.
pub fn lines(row: &AuditRow) -> Vec<DiffLine> {
    let entry: Value = serde_json::from_str(&row.entry).unwrap_or_default();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    flatten("", &entry["resource"]["request"], &mut before);
    flatten("", &entry["resource"]["response"], &mut after);
    let gone = before.iter().filter(|line| !after.contains(line));
    let gone = gone.map(|line| DiffLine::gone(line.as_str()));
    let added = after.iter().filter(|line| !before.contains(line));
    let added = added.map(|line| DiffLine::added(line.as_str()));
    gone.chain(added).take(LINES_MAX).collect()
}

/// The values within, each with its path.
fn flatten(path: &str, value: &Value, lines: &mut Vec<String>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                flatten(&below(name), value, lines);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                flatten(&below(&at.to_string()), value, lines);
            }
        }
        Value::Null if path.is_empty() => {}
        Value::String(text) => lines.push(format!("{path}: {text}")),
        Value::Null | Value::Bool(_) | Value::Number(_) => lines.push(format!("{path}: {value}")),
    }
}

/// Who did it, by what they are called.
fn actor(entry: &Value) -> String {
    let actor = &entry["actor"];
    let texts = [
        &entry["provost"]["connection"],
        &actor["email"],
        &actor["token_name"],
        &actor["id"],
    ];
    let named = texts.into_iter().filter_map(Value::as_str);
    let named = named.into_iter().find(|text| !text.is_empty());
    named.map_or_else(|| t("history.provost").to_owned(), str::to_owned)
}

/// What differs between the two sides, name by name.
fn changes(before: &Value, after: &Value) -> Vec<String> {
    let mut told = Vec::new();
    let count = |value: &Value| value["count"].as_u64().unwrap_or(0);
    let mut names: Vec<&String> = Vec::new();
    for side in [before, after] {
        for name in side.as_object().into_iter().flat_map(|side| side.keys()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    for name in names {
        let (was, is) = (&before[name.as_str()], &after[name.as_str()]);
        told.push(match (name.as_str(), was.as_str(), is.as_str()) {
            ("members_added", ..) => tn("history.added", count(is)),
            ("members_removed", ..) => tn("history.removed", count(was)),
            ("members_removed_by_emptying", ..) => tn("history.removed", was.as_u64().unwrap_or(0)),
            ("members_first", ..) => continue,
            ("managed_by", ..) => t("history.taken_over").to_owned(),
            ("members", ..) if is.is_null() => tn("history.members", count(was)),
            ("members", ..) => tn("history.members", count(is)),
            ("policies", ..) => t("history.policies").to_owned(),
            (_, Some(was), Some(is)) => tf("history.from_to", &[name, &was, &is]),
            (_, None, Some(is)) => tf("history.is", &[name, &is]),
            (_, Some(was), None) => tf("history.was", &[name, &was]),
            (_, None, None) => name.clone(),
        });
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_told_in_a_few_words() {
        let told = changes(
            &json!({ "name": "A", "members_removed": { "count": 1, "ids": ["x"] } }),
            &json!({ "name": "B", "members_added": { "count": 3 }, "policies": [] }),
        );
        assert_eq!(
            told,
            [
                "1 member removed",
                "name from “A” to “B”",
                "3 members added",
                "policies"
            ]
        );
        assert!(changes(&Value::Null, &Value::Null).is_empty());
    }
}
