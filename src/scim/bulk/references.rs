//! References to what other operations of a bulk make: `bulkId:x` where an id belongs
//! (RFC 7644 3.7.2). Texts elsewhere are nobody's business: a title may be called so.

use serde_json::Value;

use super::super::filter::{Filter, Literal};
use super::super::patch::Op;
use super::super::path::Path;
use super::super::schema::{Attribute, ResourceType, find, resolve};

const PREFIX: &str = "bulkId:";

/// The bulkId that a text refers to, and what stands before the reference: nothing, or the
/// rest of an address (`../Users/bulkId:x`).
pub(super) fn reference(text: &str) -> Option<(&str, &str)> {
    if let Some(bulk_id) = text.strip_prefix(PREFIX) {
        return Some(("", bulk_id));
    }
    let (before, bulk_id) = text.split_once("/bulkId:")?;
    Some((&text[..=before.len()], bulk_id))
}

/// Calls `each` with every text of a resource's body that names another resource.
pub(super) fn in_resource(
    resource: ResourceType,
    body: &mut Value,
    each: &mut dyn FnMut(&mut String),
) {
    let Value::Object(body) = body else { return };
    for (key, value) in body {
        let extension = resource.extension();
        match (extension.filter(|e| e.urn.eq_ignore_ascii_case(key)), value) {
            (Some(extension), Value::Object(inner)) => {
                for (key, value) in inner {
                    in_attribute(find(extension.attributes, key), value, each);
                }
            }
            (Some(_), _) => {}
            (None, value) => in_attribute(find(resource.core().attributes, key), value, each),
        }
    }
}

/// The same of PATCH operations: in their values, in the filters of their paths, and in the
/// paths that are names in a value.
pub(super) fn in_patch(resource: ResourceType, ops: &mut [Op], each: &mut dyn FnMut(&mut String)) {
    for op in ops {
        match (&mut op.path, &mut op.value) {
            (Some(path), Some(value)) => at_path(resource, path, value, each),
            (Some(path), None) => in_path(resource, path, each),
            (None, Some(value)) => in_patch_value(resource, value, each),
            (None, None) => {}
        }
    }
}

fn at_path(
    resource: ResourceType,
    path: &mut Path,
    value: &mut Value,
    each: &mut dyn FnMut(&mut String),
) {
    let mut schemas = [Some(resource.core()), resource.extension()]
        .into_iter()
        .flatten();
    if path.filter.is_none() && schemas.any(|schema| path.attr.is_schema(schema.urn)) {
        return in_patch_value(resource, value, each);
    }
    in_path(resource, path, each);
    let target = resolve(resource, &path.attr);
    in_attribute(target.map(|target| target.attribute), value, each);
}

fn in_patch_value(resource: ResourceType, value: &mut Value, each: &mut dyn FnMut(&mut String)) {
    let Value::Object(members) = value else {
        return;
    };
    // A name with a filter that refers to something becomes another name.
    let renamed: Vec<String> = members
        .keys()
        .filter(|key| key.contains(PREFIX))
        .cloned()
        .collect();
    for key in renamed {
        if let Ok(mut path) = Path::parse(&key)
            && let Some(value) = members.remove(&key)
        {
            in_path(resource, &mut path, each);
            members.insert(path.to_string(), value);
        }
    }
    for (key, value) in members {
        if let Ok(mut path) = Path::parse(key) {
            path.filter = None;
            at_path(resource, &mut path, value, each);
        }
    }
}

fn in_path(resource: ResourceType, path: &mut Path, each: &mut dyn FnMut(&mut String)) {
    let target = resolve(resource, &path.attr);
    if let Some(filter) = &mut path.filter
        && target.is_some_and(|target| names_resources(target.attribute))
    {
        in_filter(filter, each);
    }
}

fn in_filter(filter: &mut Filter, each: &mut dyn FnMut(&mut String)) {
    match filter {
        Filter::Compare {
            path,
            value: Literal::Text(text),
            ..
        } if names_it(&path.name) => each(text),
        Filter::Compare { .. } | Filter::Present(_) => {}
        Filter::Entry { filter, .. } | Filter::Not(filter) => in_filter(filter, each),
        Filter::And(parts) | Filter::Or(parts) => {
            for part in parts {
                in_filter(part, each);
            }
        }
    }
}

fn in_attribute(
    attribute: Option<&Attribute>,
    value: &mut Value,
    each: &mut dyn FnMut(&mut String),
) {
    if attribute.is_some_and(names_resources) {
        in_value(value, each);
    }
}

/// Whether its values are other resources: they have an address.
fn names_resources(attribute: &Attribute) -> bool {
    !attribute.is_read_only() && attribute.sub("$ref").is_some()
}

/// The sub-attributes that say which resource it is.
fn names_it(sub: &str) -> bool {
    sub.eq_ignore_ascii_case("value") || sub.eq_ignore_ascii_case("$ref")
}

fn in_value(value: &mut Value, each: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => {
            for item in items {
                in_value(item, each);
            }
        }
        Value::Object(entry) => {
            for (key, value) in entry {
                if let Value::String(text) = value
                    && names_it(key)
                {
                    each(text);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{ENTERPRISE_URN, PATCH_URN, USER_URN, patch};
    use super::*;

    fn found(resource: ResourceType, body: Value) -> Vec<String> {
        let mut body = body;
        let mut found = Vec::new();
        in_resource(resource, &mut body, &mut |text| found.push(text.clone()));
        found
    }

    /// The references of one operation, and the operation with each replaced by `X`.
    fn patched(resource: ResourceType, op: Value) -> (Vec<String>, Op) {
        let body = json!({"schemas": [PATCH_URN], "Operations": [op]});
        let mut ops = patch::parse(body).expect("a good patch");
        let mut found = Vec::new();
        in_patch(resource, &mut ops, &mut |text| {
            found.push(std::mem::replace(text, "X".to_owned()));
        });
        (found, ops.remove(0))
    }

    #[test]
    fn a_reference_is_a_value_or_the_end_of_an_address() {
        assert_eq!(reference("bulkId:a/b"), Some(("", "a/b")));
        assert_eq!(reference("../Users/bulkId:a"), Some(("../Users/", "a")));
        assert_eq!(reference("bulkid:a"), None);
        assert_eq!(reference("xbulkId:a"), None);
        assert_eq!(reference("/bulkId:"), Some(("/", "")));
    }

    #[test]
    fn bodies_refer_where_ids_belong_and_nowhere_else() {
        let group = json!({
            "displayName": "bulkId:no", "externalId": "bulkId:no",
            "Members": [{"value": "bulkId:a", "$ref": "../Users/bulkId:b", "display": "bulkId:no"},
                "bulkId:c", null, 1],
        });
        assert_eq!(
            found(ResourceType::Group, group),
            ["../Users/bulkId:b", "bulkId:a", "bulkId:c"]
        );
        let user = json!({
            "userName": "bulkId:no", "manager": "bulkId:no", "groups": [{"value": "bulkId:no"}],
            "emails": [{"value": "bulkId:no"}],
            ENTERPRISE_URN.to_uppercase(): {"Manager": {"value": "bulkId:a"}, "division": "bulkId:no"},
        });
        assert_eq!(found(ResourceType::User, user), ["bulkId:a"]);
        let bare = json!({ENTERPRISE_URN: {"manager": "bulkId:a"}});
        assert_eq!(found(ResourceType::User, bare), ["bulkId:a"]);
        assert!(found(ResourceType::User, json!({ENTERPRISE_URN: "bulkId:no"})).is_empty());
    }

    #[test]
    fn patches_refer_in_values_and_in_filters() {
        let user = ResourceType::User;
        for op in [
            json!({"op": "add", "path": "manager", "value": "bulkId:a"}),
            json!({"op": "add", "path": "manager.value", "value": "bulkId:a"}),
            json!({"op": "add", "path": format!("{ENTERPRISE_URN}:manager"),
                "value": {"value": "bulkId:a"}}),
            json!({"op": "add", "path": ENTERPRISE_URN, "value": {"manager": "bulkId:a"}}),
            json!({"op": "add", "value": {"manager": [{"value": "bulkId:a"}]}}),
            json!({"op": "add", "value": {format!("{ENTERPRISE_URN}:manager.value"): "bulkId:a"}}),
            json!({"op": "add", "value": {ENTERPRISE_URN: {"manager": {"value": "bulkId:a"}}}}),
            json!({"op": "add", "path": USER_URN, "value": {"manager": "bulkId:a"}}),
        ] {
            assert_eq!(patched(user, op.clone()).0, ["bulkId:a"], "{op}");
        }
        for op in [
            json!({"op": "add", "path": "title", "value": "bulkId:a"}),
            json!({"op": "add", "path": "emails[value eq \"bulkId:a\"].type", "value": "bulkId:a"}),
            json!({"op": "add", "value": {"title": "bulkId:a", "nonsense": "bulkId:a"}}),
            json!({"op": "remove", "path": "title"}),
        ] {
            assert!(patched(user, op.clone()).0.is_empty(), "{op}");
        }
    }

    #[test]
    fn filters_of_members_are_rewritten() {
        let group = ResourceType::Group;
        let path = "members[value eq \"bulkId:a\" or not ($ref eq \"Users/bulkId:b\")]";
        let (found, op) = patched(group, json!({"op": "remove", "path": path}));
        assert_eq!(found, ["bulkId:a", "Users/bulkId:b"]);
        assert_eq!(
            op.path.map(|path| path.to_string()).as_deref(),
            Some("members[value eq \"X\" or not ($ref eq \"X\")]")
        );
        let key = "members[value eq \"bulkId:a\"]";
        let (found, op) = patched(group, json!({"op": "add", "value": {key: {}}}));
        assert_eq!(found, ["bulkId:a"]);
        assert_eq!(op.value, Some(json!({"members[value eq \"X\"]": {}})));
    }
}
