//! The project's own cases in `tests/vectors`: filters by evaluation, PATCH of users by
//! `apply`, PATCH of groups by edits folded over a set. People are called `a` or `u1` there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error::{Error, Result};
use super::filter::Filter;
use super::schema::ResourceType;
use super::{PATCH_URN, eval, group, patch, user};
use crate::domain::connection::ProviderKind;
use crate::domain::group::{GroupEdit, MemberMatch};
use crate::domain::id::{GroupScimId, MemberId};
use crate::domain::text::ExternalId;

const FILTERS: &str = include_str!("../../tests/vectors/filter.json");
const PATCHES: &str = include_str!("../../tests/vectors/patch.json");

fn load(text: &str) -> Value {
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn cases(vectors: &Value) -> impl Iterator<Item = &Value> {
    vectors["cases"].as_array().into_iter().flatten()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_default()
}

/// What differs from an expected `{status, scimType}`, where scimType may be a list.
fn error_differs(expected: &Value, error: &Error) -> bool {
    let found = error.scim_type.map_or("", super::ScimType::name);
    let types = match &expected["scimType"] {
        Value::Array(types) => types.iter().any(|kind| kind == found),
        one => one == found,
    };
    !types || expected["status"] != error.status
}

#[test]
fn every_filter_says_what_the_vectors_say() {
    let vectors = load(FILTERS);
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases(&vectors) {
        count += 1;
        let resource = &vectors["resources"][text(case, "resource")];
        let answer = Filter::parse(text(case, "filter"))
            .and_then(|filter| eval::matches(&filter, ResourceType::User, resource));
        let good = match &answer {
            Ok(answer) => case["expect"] == *answer,
            Err(error) => !error_differs(&case["expect"]["error"], error),
        };
        if !good {
            wrong.push(format!("{}: {answer:?}", text(case, "name")));
        }
    }
    assert!(
        count > 100 && wrong.is_empty(),
        "{count} cases, wrong:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_filter_is_lowered_or_refused() {
    let vectors = load(FILTERS);
    for case in cases(&vectors) {
        let filter = Filter::parse(text(case, "filter"));
        let lowered = filter.and_then(|filter| user::lower(&filter, "https://provost.example"));
        let refused = case["expect"]["error"].is_object();
        assert_eq!(lowered.is_err(), refused, "{}", text(case, "name"));
    }
}

/// Multi-valued attributes in any order, `primary` false and absent alike, without what the
/// server computes.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(name, value)| {
                let computed = matches!(name.as_str(), "schemas" | "meta" | "id");
                let nothing = value.is_null()
                    || value.as_array().is_some_and(Vec::is_empty)
                    || (*name == "primary" && **value == Value::Bool(false));
                !computed && !nothing
            });
            kept.map(|(name, value)| (name.clone(), comparable(value)))
                .collect()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(comparable).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

fn patched_user(resource: &Value, operations: &Value) -> Result<Value> {
    let current = user::parse_new(resource)?;
    let ops = patch::parse(json!({"schemas": [PATCH_URN], "Operations": operations}))?;
    let own_id = MemberId::from_bytes([7; 16]);
    let after = user::apply(&ops, &current, &own_id, ProviderKind::Generic)?;
    let mut value = Value::Object(after.attributes);
    value["active"] = json!(after.active);
    value["externalId"] = json!(after.external_id.as_ref().map(ExternalId::as_str));
    Ok(value)
}

fn member_id(name: &str) -> MemberId {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    MemberId::from_bytes(bytes)
}

/// Writes real ids for the vectors' short ones.
fn with_ids(operations: &Value) -> Value {
    match operations {
        Value::Object(map) => {
            let mapped = map.iter().map(|(name, value)| {
                let value = match (name.as_str(), value) {
                    ("value", Value::String(id)) if id.len() == 1 => {
                        json!(member_id(id).to_string())
                    }
                    ("path", Value::String(path)) => {
                        let mut path = path.clone();
                        for id in ["a", "b", "c", "d"] {
                            let real = member_id(id).to_string();
                            path = path.replace(&format!("\"{id}\""), &format!("\"{real}\""));
                        }
                        json!(path)
                    }
                    (_, value) => with_ids(value),
                };
                (name.clone(), value)
            });
            mapped.collect()
        }
        Value::Array(items) => items.iter().map(with_ids).collect(),
        other => other.clone(),
    }
}

fn chosen(by: &MemberMatch, id: MemberId) -> bool {
    match by {
        MemberMatch::Is(other) => *other == id,
        MemberMatch::Constant(value) => *value,
        MemberMatch::And(parts) => parts.iter().all(|part| chosen(part, id)),
        MemberMatch::Or(parts) => parts.iter().any(|part| chosen(part, id)),
        MemberMatch::Not(inner) => !chosen(inner, id),
    }
}

/// The model of a group that the store's SQL is the real one of.
#[derive(Default)]
pub(in crate::scim) struct Model {
    pub(in crate::scim) name: String,
    pub(in crate::scim) external_id: Option<String>,
    pub(in crate::scim) members: BTreeSet<MemberId>,
}

impl Model {
    pub(in crate::scim) fn edit(&mut self, edit: &GroupEdit) {
        match edit {
            GroupEdit::Rename(name) => name.as_str().clone_into(&mut self.name),
            GroupEdit::SetExternalId(id) => {
                self.external_id = id.as_ref().map(|id| id.as_str().to_owned());
            }
            GroupEdit::AddMembers(ids) => self.members.extend(ids),
            GroupEdit::RemoveMembers(ids) => self.members.retain(|id| !ids.contains(id)),
            GroupEdit::ReplaceMembers(ids) => self.members = ids.iter().copied().collect(),
            GroupEdit::RemoveAllMembers => self.members.clear(),
            GroupEdit::RemoveMembersWhere(by) => self.members.retain(|id| !chosen(by, *id)),
            GroupEdit::RequireMember(_) | GroupEdit::PassOver(_) => {}
        }
    }

    fn to_value(&self) -> Value {
        let members: Vec<Value> = self
            .members
            .iter()
            .map(|id| json!({"value": id.to_string()}))
            .collect();
        json!({
            "displayName": self.name,
            "externalId": self.external_id,
            "members": members,
        })
    }
}

fn patched_group(resource: &Value, operations: &Value) -> Result<Value> {
    let start = group::parse_new(&with_ids(resource))?;
    let mut model = Model {
        name: start.name.as_str().to_owned(),
        external_id: None,
        members: start.members.into_iter().collect(),
    };
    let body = json!({"schemas": [PATCH_URN], "Operations": with_ids(operations)});
    let own_id = GroupScimId::parse("g1").expect("it is an id");
    for edit in group::edits(&patch::parse(body)?, &own_id, ProviderKind::Generic)? {
        model.edit(&edit);
    }
    Ok(model.to_value())
}

#[test]
fn every_patch_does_what_the_vectors_say() {
    let vectors = load(PATCHES);
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases(&vectors) {
        count += 1;
        let name = text(case, "resource");
        let resource = &vectors["resources"][name];
        let is_group = name.contains("group");
        let answer = if is_group {
            patched_group(resource, &case["operations"])
        } else {
            patched_user(resource, &case["operations"])
        };
        let good = match (&answer, case.get("expect_error")) {
            (Err(error), Some(expected)) => !error_differs(expected, error),
            (Ok(value), None) => {
                let expected = &case["expect_resource"];
                let expected = if is_group {
                    with_ids(expected)
                } else {
                    expected.clone()
                };
                comparable(value) == comparable(&expected)
            }
            _ => false,
        };
        if !good {
            wrong.push(format!("{}: {answer:?}", text(case, "name")));
        }
    }
    assert!(
        count > 90 && wrong.is_empty(),
        "{count} cases, wrong:\n{}",
        wrong.join("\n")
    );
}
