//! What a change comes to, in a few words: a line of a list has room for no more.

use serde_json::Value;

use super::keys::label;
use super::plain::EFFECTIVE_ROLES;
use super::{People, brake, denied, is_time};
use crate::domain::instant::parse_ms;
use crate::http::console::format::{Times, bytes, list, number};
use crate::http::console::legacy;
use crate::http::console::words::{t, tf, tn, tnf};

/// Differences that a line names, and the characters that they may have together.
const NAMED_MAX: usize = 4;
const CHARS_MAX: usize = 84;
/// Characters of one value.
const VALUE_MAX: usize = 48;
/// Characters of the names of whom held changes are about.
const HELD_CHARS_MAX: usize = 60;
/// People whom a line names.
pub const PEOPLE_MAX: usize = 3;
/// What the log keeps of a thing for those who read it by machine.
const UNTOLD: [&str; 14] = [
    "schemas",
    "member",
    "user",
    "user_name",
    "id",
    "migration",
    "fingerprint",
    "sha256",
    "permission_group",
    "targets",
    "owner",
    "schema_version",
    "audit_seq",
    // What was done says which way.
    "legacy_mapping",
];
/// Milliseconds since 1970 are no less in any row.
const TIME_MIN_MS: i64 = 1_000_000_000_000;

/// What differs, in a few words.
pub fn in_words(entry: &Value, people: &People, times: &Times) -> String {
    let resource = &entry["resource"];
    if let Some(denied) = denied::told(entry) {
        return denied;
    }
    if let Some(held) = brake::held(&resource["response"]) {
        return held;
    }
    let action = &entry["action"];
    let recorded = resource["name"].as_str().unwrap_or_default();
    let say = Say {
        people,
        times,
        object: people.person_name(resource).unwrap_or(recorded),
        made: action["type"] == "create",
        gone: action["type"] == "delete",
        at_ms: action["time"].as_str().and_then(parse_ms),
        begins_ms: resource["response"]["not_before"]
            .as_str()
            .and_then(parse_ms),
    };
    let mut told = say.changes(&resource["request"], &resource["response"]);
    // Who works as whom is told where nothing else is.
    if told.is_empty()
        && let Some(name) = resource["response"]["user_name"].as_str()
    {
        told.push(tf("history.works_as", &[&short(name)]));
    }
    // Of whom it was decided is the news of such a row, and until when: neither is left out.
    let after = &resource["response"];
    if after["members_held"].is_object() || after["groups_held"].is_object() {
        return told.join(", ");
    }
    let fit = fitting(&told);
    let more = told.len() - fit;
    if more > 0 {
        told.truncate(fit);
        told.push(tn("history.more", u64::try_from(more).unwrap_or(0)));
    }
    told.join(", ")
}

/// How many of them a line has room for: one at least.
fn fitting(told: &[String]) -> usize {
    let mut chars = 0;
    let fits = |one: &&String| {
        chars += one.chars().count() + 2;
        chars <= CHARS_MAX
    };
    let fit = told.iter().take_while(fits).count().max(1).min(told.len());
    // One that is left out takes no less room than its name.
    if fit == told.len() && fit <= NAMED_MAX + 1 {
        return fit;
    }
    fit.min(NAMED_MAX)
}

/// What people are called, and in which zone times are told.
pub(super) struct Say<'s> {
    people: &'s People,
    pub(super) times: &'s Times,
    /// What the row is about, by its name: it stands beside it.
    pub(super) object: &'s str,
    /// Whether that was made by it, or removed.
    pub(super) made: bool,
    pub(super) gone: bool,
    /// When it was.
    pub(super) at_ms: Option<i64>,
    /// When the token begins that it is about.
    pub(super) begins_ms: Option<i64>,
}

impl Say<'_> {
    /// What differs between the two sides, name by name.
    fn changes(&self, before: &Value, after: &Value) -> Vec<String> {
        let mut told = Vec::new();
        let mut names: Vec<&String> = Vec::new();
        for side in [before, after] {
            for name in side.as_object().into_iter().flat_map(|side| side.keys()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        // What was done with somebody comes before what they lost by it.
        names.sort_by_key(|name| !["active", "state"].contains(&name.as_str()));
        for name in names {
            let (was, is) = (&before[name.as_str()], &after[name.as_str()]);
            if was == is || UNTOLD.contains(&name.as_str()) {
                continue;
            }
            // All that went says more than what went of policies of their own.
            if name == "roles" && before[EFFECTIVE_ROLES].is_array() {
                continue;
            }
            // An extension's attributes are called by their own names.
            if name.starts_with("urn:") {
                told.extend(self.changes(was, is));
                continue;
            }
            // With somebody's record this ends too; it was no switch.
            if name == "active" && is.is_null() {
                continue;
            }
            let one = self.of_people(name, was, is);
            let one = one.or_else(|| self.plain(name, was, is));
            told.extend(one.or_else(|| self.change(name, was, is)));
        }
        told.retain(|one| !one.is_empty());
        told
    }

    /// Whom it brought and whom it took away; `None` for what else there is.
    fn of_people(&self, name: &str, was: &Value, is: &Value) -> Option<String> {
        let count = |value: &Value| value["count"].as_u64().unwrap_or(0);
        Some(match name {
            "members_added" => match self.named(is) {
                Some((names, 0)) => tf("history.added_named", &[&list(&names)]),
                Some((names, more)) => tnf("history.added_and_more", more, &[&names.join(", ")]),
                None => tn("history.added", count(is)),
            },
            "members_removed" => match self.named(was) {
                Some((names, 0)) => tf("history.removed_named", &[&list(&names)]),
                Some((names, more)) => tnf("history.removed_and_more", more, &[&names.join(", ")]),
                None => tn("history.removed", count(was)),
            },
            "members_removed_by_emptying" => tn("history.removed", was.as_u64().unwrap_or(0)),
            "members" if is.is_null() => tn("history.members", count(was)),
            "members" if is["count"] == 0 => String::new(),
            "members" => tn("history.members", count(is)),
            "changes" => tn("history.held_changes", is.as_u64()?),
            "members_held" | "groups_held" => match self.held_of(is) {
                Some((names, 0)) => tf("history.held_of", &[&list(&names)]),
                Some((names, more)) => tnf("history.held_of_more", more, &[&names.join(", ")]),
                None => String::new(),
            },
            "active" if *was == true => t("history.deactivated").to_owned(),
            "active" if *was == false => t("history.reactivated").to_owned(),
            _ => return None,
        })
    }

    /// What some of them are called, and how many there are beside; `None` where nobody's name is
    /// known.
    fn named(&self, them: &Value) -> Option<(Vec<String>, u64)> {
        let ids = them["ids"].as_array()?.iter().filter_map(Value::as_str);
        let names = ids.filter_map(|id| self.people.name(id));
        let names: Vec<String> = names.take(PEOPLE_MAX).map(short).collect();
        let all = them["count"].as_u64().unwrap_or(0);
        let more = all.saturating_sub(u64::try_from(names.len()).unwrap_or(0));
        (!names.is_empty()).then_some((names, more))
    }

    /// The same of what was held: who is gone is called as the row has them.
    fn held_of(&self, them: &Value) -> Option<(Vec<String>, u64)> {
        let ids = them["ids"].as_array()?.iter().filter_map(Value::as_str);
        let name = |(at, id): (usize, &str)| {
            let name = self.people.name(id);
            name.or_else(|| them["names"][at].as_str()).map(short)
        };
        let mut names: Vec<String> = ids.enumerate().filter_map(name).take(PEOPLE_MAX).collect();
        while names.len() > 1 && list(&names).chars().count() > HELD_CHARS_MAX {
            names.pop();
        }
        let all = them["count"].as_u64().unwrap_or(0);
        let more = all.saturating_sub(u64::try_from(names.len()).unwrap_or(0));
        (!names.is_empty()).then_some((names, more))
    }

    /// One value; `None` where there is nothing that anybody would read.
    fn change(&self, name: &str, was: &Value, is: &Value) -> Option<String> {
        match name {
            "members_first" => return None,
            "managed_by" => return Some(t("history.taken_over").to_owned()),
            "policies" => return Some(t("history.policies").to_owned()),
            _ => {}
        }
        if let ("brake", Some(is)) = (name, is.as_str().filter(|is| !is.is_empty())) {
            return Some(brake::set(was.as_str(), is));
        }
        let what = label(name);
        if was.is_number() || is.is_number() {
            return Some(match (self.figure(name, was), self.figure(name, is)) {
                (Some(was), Some(is)) => tf("history.number_from_to", &[&what, &was, &is]),
                (Some(was), None) => tf("history.number_was", &[&what, &was]),
                (None, Some(is)) => tf("history.number", &[&what, &is]),
                (None, None) => what,
            });
        }
        match (was.as_str(), is.as_str()) {
            (None, None) if says_nothing(was) && says_nothing(is) => None,
            (None, None) => Some(what),
            (Some(was), Some(is)) => {
                let (was, is) = (self.value(name, was), self.value(name, is));
                Some(tf("history.from_to", &[&what, &was, &is]))
            }
            (None, Some(is)) if is_time(name) && parse_ms(is).is_some() => {
                Some(tf("history.number", &[&what, &self.value(name, is)]))
            }
            (None, Some(is)) => Some(tf("history.is", &[&what, &self.value(name, is)])),
            (Some(was), None) => Some(tf("history.was", &[&what, &self.value(name, was)])),
        }
    }

    /// A text as people read it: times are the viewer's, and of a file of the server its name is
    /// enough.
    fn value(&self, name: &str, text: &str) -> String {
        if let Some(ms) = parse_ms(text).filter(|_| is_time(name)) {
            return self.times.at(ms).text;
        }
        match name {
            "backup" => short(text.rsplit('/').next().unwrap_or(text)),
            _ => short(&legacy::said(text)),
        }
    }

    fn figure(&self, name: &str, value: &Value) -> Option<String> {
        // A size may be as large a number as a time.
        if let ("bytes", Some(size)) = (name, value.as_u64()) {
            return Some(bytes(size));
        }
        if let Some(ms) = value.as_i64().filter(|ms| *ms >= TIME_MIN_MS) {
            return Some(self.times.at(ms).text);
        }
        match value.as_u64() {
            Some(count) => Some(number(count)),
            None => value.is_number().then(|| value.to_string()),
        }
    }
}

pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(VALUE_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Whether a value is none: told of a thing that was made, it is noise.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::console::words::plain;

    fn changes(before: &Value, after: &Value) -> Vec<String> {
        let say = Say {
            people: &People::default(),
            times: &Times::utc(0),
            object: "",
            made: false,
            gone: false,
            at_ms: Some(0),
            begins_ms: None,
        };
        let told = say.changes(before, after);
        told.iter().map(|one| plain(one)).collect()
    }

    fn said(entry: &Value) -> String {
        plain(&in_words(entry, &People::default(), &Times::utc(0)))
    }

    #[test]
    fn policies_are_told_with_their_roles() {
        let policy = |id: u8, access: &str, roles: &[&str]| json!({ "id": id, "access": access, "roles": roles, "on": ["All"] });
        let before = json!({ "policies": [policy(1, "allow", &["DNS", "Billing"]),
                                          policy(2, "deny", &["DNS"])] });
        let after = json!({ "policies": [policy(1, "allow", &["DNS", "Cache Purge"]),
                                         policy(3, "allow", &["Analytics"])] });
        assert_eq!(
            changes(&before, &after),
            [
                "1 policy added (Analytics), 1 policy changed (Cache Purge added, Billing \
                 removed), 1 policy removed (denial of DNS)"
            ]
        );
    }

    #[test]
    fn changes_are_told_in_a_few_words() {
        let told = changes(
            &json!({ "name": "A", "members_removed": { "count": 1, "ids": ["x"] } }),
            &json!({ "name": "B", "members_added": { "count": 3 }, "policies": [{ "id": 1 }] }),
        );
        assert_eq!(
            told,
            [
                "1 member removed",
                "name from “A” to “B”",
                "3 members added",
                "1 policy added"
            ]
        );
        assert!(changes(&Value::Null, &Value::Null).is_empty());
        let told = |is: &str| {
            changes(
                &json!({ "brake": "10" }),
                &json!({ "brake": is, "name": "A" }),
            )
        };
        assert_eq!(told("20%")[0], "brake from 10 people to 20% of the members");
        assert_eq!(told("off")[0], "brake switched off");
        let held = |brake: &str, meter: &str| {
            let after = json!({ "brake": brake, "meter": meter });
            said(&json!({ "resource": { "response": after } }))
        };
        assert_eq!(
            held("10", "members"),
            "more than 10 people would have been removed"
        );
        assert_eq!(
            held("20%", "privileged"),
            "more than 20% of those with an administrator’s role would have lost it"
        );
        // A share is never less than some people; rows of before did not say how many it came to.
        for (meter, words) in [
            ("members", "more than 10 people would have been removed"),
            (
                "privileged",
                "more than 10 people would have lost an administrator’s role",
            ),
        ] {
            let after = json!({ "brake": "20%", "limit": 10, "meter": meter });
            let told = said(&json!({ "resource": { "response": after } }));
            assert_eq!(told, words);
        }
        for (was, is, word) in [
            (json!(true), json!(false), "deactivated"),
            (json!(false), json!(true), "reactivated"),
            (Value::Null, json!(true), "active"),
        ] {
            let told = changes(&json!({ "active": was }), &json!({ "active": is }));
            assert_eq!(told, [word]);
        }
        let gone = changes(&json!({ "active": false }), &Value::Null);
        assert!(gone.is_empty(), "{gone:?}");
        let made = json!({ "resource": { "response": {
            "a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6", "schemas": ["urn:x"]
        } } });
        assert_eq!(said(&made), "a “1”, b “2”, c “3”, d “4”, 2 more");
    }

    #[test]
    fn values_are_told_as_people_read_them() {
        let id = "0198f3a27c1b7e02a1b2c3d4e5f60718";
        let after = json!({
            "expires_on": "2026-11-23T09:14:00Z", "migration": id, "backup": "/var/a/b.db",
            "bytes": 1536, "recovery_codes": 9,
        });
        assert_eq!(
            changes(&json!({ "recovery_codes": 10 }), &after),
            [
                "recovery codes from 10 to 9",
                "backup file “b.db”",
                "size 1.5 KiB",
                "expires 23 Nov 2026, 09:14",
            ]
        );
        let rolled = |seconds: u64| {
            let after = json!({ "hint": "9xYz", "overlap_seconds": seconds });
            changes(&json!({ "hint": "1aBc" }), &after)
        };
        let new = "the new value ends in 9xYz";
        assert_eq!(rolled(0), [new, "the old value stopped working at once"]);
        let until = "the old value works until 1 Jan 1970, 01:00";
        assert_eq!(rolled(3600), [new, until]);
        // A size that could be a time.
        let large = changes(&Value::Null, &json!({ "bytes": 2_000_000_000_000_u64 }));
        assert!(large[0].ends_with("iB"), "{large:?}");
        let linked = json!({ "member": id, "user_name": "ada@corp.example" });
        assert_eq!(
            said(&json!({ "resource": { "response": linked } })),
            "works as ada@corp.example"
        );
    }

    #[test]
    fn of_a_new_connection_what_is_not_usual_is_told() {
        let made = |name: &str, value: &str| {
            let action = json!({ "type": "create" });
            let resource = json!({ "response": { name: value } });
            said(&json!({ "action": action, "resource": resource }))
        };
        assert_eq!(made("attribute_updates", "store"), "");
        assert_eq!(made("adopt_existing", "adopt"), "");
        let ignored = t("said.updates_ignore");
        assert_eq!(made("attribute_updates", "ignore"), ignored);
        assert_eq!(made("adopt_existing", "refuse"), t("said.adopt_not"));
    }

    #[test]
    fn a_name_that_looks_like_a_time_is_a_name() {
        let name = "2026-11-23T09:14:00Z";
        let told = changes(&json!({ "name": "A" }), &json!({ "name": name }));
        assert_eq!(told, [format!("name from “A” to “{name}”")]);
    }

    #[test]
    fn what_is_too_long_for_a_line_is_counted() {
        let long = "x".repeat(200);
        let after = json!({ "a": long, "b": long, "c": long });
        let told = said(&json!({ "resource": { "response": after } }));
        assert!(told.ends_with("2 more"), "{told}");
        assert!(told.chars().count() < 90, "{told}");
    }
}
