//! What clients send that the RFCs do not say, each tolerance a function with its reason.

use serde_json::{Map, Value};

use super::filter::Filter;
use super::patch::OpKind;
use super::schema::{Attribute, Kind, ResourceType, find};

/// `op` in any letter case: Entra sends `Add`, `Replace`, `Remove` unless its 2020 flag is
/// set. Fixture: `op_in_any_case`.
pub fn op_case(word: &str) -> Option<OpKind> {
    [
        ("add", OpKind::Add),
        ("replace", OpKind::Replace),
        ("remove", OpKind::Remove),
    ]
    .into_iter()
    .find(|(name, _)| name.eq_ignore_ascii_case(word))
    .map(|(_, kind)| kind)
}

/// Booleans as strings in any letter case: Entra sends `"False"`, Keycloak `"true"`; a server
/// that refuses them never deprovisions anybody. Fixture: `booleans_as_strings`.
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => boolean_text(text),
        _ => None,
    }
}

/// The same in a filter: Entra asks `roles[primary eq "True"]`.
pub fn boolean_text(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Names of a message's own members in any letter case: `operations`, `Op`, `PATH`.
/// Fixture: `message_names_in_any_case`.
pub fn take_member(message: &mut Map<String, Value>, name: &str) -> Option<Value> {
    if let Some(value) = message.remove(name) {
        return Some(value);
    }
    let key = message
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    message.remove(&key)
}

/// A member of a body by its name in any letter case (RFC 7643 2.1).
pub fn member<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.get(name).or_else(|| {
        let found = body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    })
}

/// One object where an array is due: OneLogin sends `emails` so, Entra single members.
/// Fixture: `emails_as_an_object`.
pub fn entries_of(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(items) => Some(items),
        Value::Object(_) => Some(std::slice::from_ref(value)),
        _ => None,
    }
}

/// A bare string where a complex value with `value` is due: `manager`, and entries such as
/// those of `emails` and `members`. Fixture: `bare_strings_for_complex_values`.
pub fn bare_value(attribute: &Attribute, text: &str) -> Option<Map<String, Value>> {
    let value = attribute.value_sub()?;
    let mut map = Map::new();
    map.insert(value.name.to_owned(), Value::String(text.to_owned()));
    Some(map)
}

/// How many values of `members` can be nobody's id, which a PATCH that adds members passes
/// over: scim-sanity adds a made-up one and wants success, since a client may be ahead of the
/// people it provisions. What looks like an id and is nobody's is refused all the same, also
/// in other letters than ours. Fixture: `values_that_are_no_ids_add_nobody`.
pub fn values_of_nobody(value: &Value) -> usize {
    let items = match value {
        Value::String(_) => std::slice::from_ref(value),
        _ => entries_of(value).unwrap_or_default(),
    };
    let id_of = |item: &'_ Value| match item {
        Value::String(text) => Some(is_like_an_id(text)),
        Value::Object(entry) => {
            let value = member(entry, "value").and_then(Value::as_str);
            value.map(is_like_an_id)
        }
        _ => None,
    };
    items
        .iter()
        .filter(|item| id_of(item) == Some(false))
        .count()
}

/// Whether a text is 32 hex digits, perhaps in capitals or with hyphens: then it was meant as
/// an id, and somebody is missed when it is passed over.
pub fn is_like_an_id(text: &str) -> bool {
    let digits = text.bytes().filter(|byte| *byte != b'-');
    text.len() <= 40
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
        && digits.count() == 32
}

/// An array of one where a single complex value is due: Entra sends `manager` so, as
/// `[{"$ref": …, "value": …}]`. Fixture: `manager_as_an_array`.
pub fn only_entry<'a>(attribute: &Attribute, value: &'a Value) -> &'a Value {
    static NOTHING: Value = Value::Null;
    match value {
        Value::Array(items) if attribute.kind == Kind::Complex => match items.as_slice() {
            [] => &NOTHING,
            [only] => only,
            _ => value,
        },
        _ => value,
    }
}

/// Enterprise attributes without their URN: Entra patches `manager` and asks
/// `manager eq "…"`. No core attribute has one of these names. Fixture:
/// `unqualified_manager`.
pub fn unqualified_extension(resource: ResourceType, name: &str) -> Option<&'static Attribute> {
    find(resource.extension()?.attributes, name)
}

/// `emails[type eq "work"].value eq "x"`, which Entra asks and the RFC's grammar lacks, is
/// `emails[type eq "work" and value eq "x"]`. Fixture: `filtered_sub_attribute_in_a_filter`.
pub fn filtered_sub_attribute(filter: Filter, test: Filter) -> Filter {
    match filter {
        Filter::And(mut parts) => {
            parts.push(test);
            Filter::And(parts)
        }
        other => Filter::And(vec![other, test]),
    }
}

/// What a PATCH may name and is passed over: `password` (Okta always sends one, and there is
/// none here) and `roles` (Entra's app roles: providers grant no roles). Fixture:
/// `roles_and_password_have_no_effect`.
pub fn has_no_effect(name: &str) -> bool {
    name.eq_ignore_ascii_case("password") || name.eq_ignore_ascii_case("roles")
}

/// What a PATCH value without a path may hold because the client sends the whole resource
/// back (authentik, Okta): passed over there, though as a path it is read-only. Fixture:
/// `whole_resource_as_a_value`.
pub fn is_ignored_in_value(name: &str) -> bool {
    name.eq_ignore_ascii_case("schemas") || name.eq_ignore_ascii_case("meta")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::super::patch;
    use super::super::schema::ENTERPRISE;
    use super::super::{PATCH_URN, eval, filter, user};
    use super::*;
    use crate::domain::connection::ProviderKind;
    use crate::domain::id::MemberId;

    fn sources(folder: &Path, all: &mut String) {
        let entries = fs::read_dir(folder).expect("the sources are there");
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_dir() {
                sources(&path, all);
            } else {
                all.push_str(&fs::read_to_string(path).expect("sources are text"));
            }
        }
    }

    #[test]
    fn every_fixture_that_a_comment_names_is_a_test() {
        let mut all = String::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scim"),
            &mut all,
        );
        let words: Vec<&str> = all
            .split_whitespace()
            .filter(|word| *word != "///")
            .collect();
        let mut count = 0;
        for pair in words.windows(2).filter(|pair| pair[0] == "Fixture:") {
            count += 1;
            let name = pair[1].trim_matches(['`', '.']);
            assert!(all.contains(&format!("fn {name}()")), "{name} is no test");
        }
        assert!(count > 10);
    }

    #[test]
    fn booleans_as_strings() {
        for text in ["true", "True", "TRUE"] {
            assert_eq!(boolean(&json!(text)), Some(true));
        }
        for text in ["false", "False", "FALSE"] {
            assert_eq!(boolean(&json!(text)), Some(false));
        }
        for other in [
            json!("yes"),
            json!(""),
            json!(1),
            json!(null),
            json!([true]),
        ] {
            assert_eq!(boolean(&other), None);
        }
    }

    #[test]
    fn manager_as_an_array() {
        let manager = find(ENTERPRISE.attributes, "manager").expect("it is announced");
        let entry = json!({"value": "m"});
        assert_eq!(only_entry(manager, &json!([entry])), &entry);
        assert_eq!(only_entry(manager, &json!([])), &Value::Null);
        assert_eq!(only_entry(manager, &json!([1, 2])), &json!([1, 2]));
        assert_eq!(only_entry(manager, &entry), &entry);
    }

    #[test]
    fn filtered_sub_attribute_in_a_filter() {
        let asked = filter::Filter::parse("emails[type eq \"work\"].value eq \"A@x\"");
        let asked = asked.expect("Entra's filter");
        let has = |kind: &str| {
            let user = json!({"emails": [{"type": kind, "value": "a@x"}, {"type": "work"}]});
            eval::matches(&asked, ResourceType::User, &user)
        };
        assert_eq!((has("work"), has("home")), (Ok(true), Ok(false)));
    }

    #[test]
    fn active_as_a_string_deactivates() {
        let current = user::parse_new(&json!({"userName": "a"})).expect("a good body");
        for operation in [
            json!({"op": "Replace", "path": "active", "value": "False"}),
            json!({"op": "Add", "path": "active", "value": "false"}),
            json!({"op": "replace", "value": {"active": "FALSE"}}),
        ] {
            let body = json!({"schemas": [PATCH_URN], "Operations": [operation]});
            let ops = patch::parse(body).expect("a good patch");
            let own_id = MemberId::from_bytes([1; 16]);
            let after = user::apply(&ops, &current, &own_id, ProviderKind::Entra);
            assert!(after.is_ok_and(|after| !after.active));
        }
    }
}
