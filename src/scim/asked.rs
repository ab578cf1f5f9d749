//! What a change asks for, value by value, as the provisioning log keeps it of one that was
//! refused; and what is stored, by the same names.

use serde_json::Value;

use super::patch::{Op, OpKind};
use super::path::Path;
use super::schema::{Attribute, ResourceType, resolve};
use super::{ENTERPRISE_URN, USER_URN};
use crate::domain::group::GroupEdit;
use crate::domain::provisioning::AskedValues;
use crate::domain::text::ExternalId;

/// Values of one change, and the characters of each and of its name: a row of the log is small.
pub const VALUES_MAX: usize = 20;
const CHARS_MAX: usize = 200;
/// What is nobody's to ask for, or no attribute of the person.
const UNTOLD: [&str; 7] = [
    "id", "meta", "schemas", "groups", "roles", "password", "members",
];

/// What a PATCH of a person asks for.
pub fn of_ops(ops: &[Op]) -> AskedValues {
    let mut all = Values::new(VALUES_MAX);
    for op in ops {
        match (&op.path, &op.value) {
            (Some(path), value) => {
                let value = value.as_ref().filter(|_| op.kind != OpKind::Remove);
                all.at(path, value.unwrap_or(&Value::Null));
            }
            (None, Some(value)) => all.inside("", value),
            (None, None) => {}
        }
    }
    all.found
}

/// What refusals are mostly about: it stands before what the others leave room for.
const FIRST: [&str; 4] = ["userName", "active", "externalId", "emails"];

/// What a whole record asks for, or has.
pub fn of_record(record: &Value, values_max: usize) -> AskedValues {
    let mut all = Values::new(values_max);
    let Value::Object(object) = record else {
        return all.found;
    };
    let place = |name: &str| {
        let known = FIRST.iter().position(|one| one.eq_ignore_ascii_case(name));
        known.unwrap_or(FIRST.len())
    };
    let mut named: Vec<_> = object.iter().collect();
    named.sort_by_key(|(name, _)| place(name));
    for (name, value) in named {
        all.named(name, value);
    }
    all.found
}

/// What a change of a group asks for. People are counted.
pub fn of_edits(edits: &[GroupEdit]) -> AskedValues {
    let members = |text: String| ("members".to_owned(), text);
    let told = edits.iter().filter_map(|edit| match edit {
        GroupEdit::Rename(name) => Some(("displayName".to_owned(), short(name.as_str()))),
        GroupEdit::SetExternalId(id) => {
            let id = id.as_ref().map_or("", ExternalId::as_str);
            Some(("externalId".to_owned(), short(id)))
        }
        GroupEdit::AddMembers(ids) => Some(members(format!("{} added", ids.len()))),
        GroupEdit::RemoveMembers(ids) => Some(members(format!("{} removed", ids.len()))),
        GroupEdit::ReplaceMembers(ids) => Some(members(format!("{} in all", ids.len()))),
        GroupEdit::RemoveAllMembers => Some(members("0 in all".to_owned())),
        GroupEdit::RemoveMembersWhere(_) => Some(members("some removed".to_owned())),
        GroupEdit::RequireMember(_) | GroupEdit::PassOver(_) => None,
    });
    told.take(VALUES_MAX).collect()
}

struct Values {
    found: AskedValues,
    max: usize,
}

impl Values {
    fn new(max: usize) -> Self {
        Self {
            found: Vec::new(),
            max,
        }
    }

    /// Values of an object whose names are paths, below a schema's URN or none.
    fn inside(&mut self, urn: &str, value: &Value) {
        let Value::Object(object) = value else { return };
        for (name, value) in object {
            let name = match urn {
                "" => name.clone(),
                urn => format!("{urn}:{name}"),
            };
            self.named(&name, value);
        }
    }

    fn named(&mut self, name: &str, value: &Value) {
        if let Ok(path) = Path::parse(name) {
            self.at(&path, value);
        }
    }

    /// Only what the schema knows: of what it does not, the refusal says enough.
    fn at(&mut self, path: &Path, value: &Value) {
        let attr = &path.attr;
        for urn in [USER_URN, ENTERPRISE_URN] {
            if path.filter.is_none() && attr.is_schema(urn) {
                return self.inside(urn, value);
            }
        }
        let Some(target) = resolve(ResourceType::User, attr) else {
            return;
        };
        let name = target.attribute.name;
        if UNTOLD
            .iter()
            .any(|untold| untold.eq_ignore_ascii_case(name))
        {
            return;
        }
        let mut name = match &path.filter {
            Some(filter) => format!("{name}[{}]", short(&filter.to_string())),
            None => name.to_owned(),
        };
        if let Some(sub) = target.sub {
            name = format!("{name}.{}", sub.name);
        }
        self.below(target.attribute, name, value);
    }

    fn below(&mut self, attribute: &Attribute, name: String, value: &Value) {
        if self.found.len() >= self.max {
            return;
        }
        match value {
            Value::Object(object) => {
                let known = |(sub, _): &(&String, _)| attribute.sub(sub).is_some();
                for (sub, value) in object.iter().filter(known) {
                    self.below(attribute, format!("{name}.{sub}"), value);
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let which = match item["type"].as_str() {
                        Some(kind) => format!("{name}[type eq \"{}\"]", short(kind)),
                        None => format!("{name}[{at}]"),
                    };
                    self.below(attribute, which, item);
                }
            }
            Value::String(text) => self.push(&name, short(text)),
            Value::Null => self.push(&name, String::new()),
            Value::Bool(_) | Value::Number(_) => self.push(&name, value.to_string()),
        }
    }

    /// A name grows with each array that is inside another, and may be as long as a value.
    fn push(&mut self, name: &str, value: String) {
        self.found.push((short(name), value));
    }
}

/// The text, cut where it is long.
fn short(text: &str) -> String {
    match text.char_indices().nth(CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::PATCH_URN;
    use super::super::patch::parse;
    use super::*;

    fn told(values: &AskedValues) -> Vec<String> {
        let line = |(name, value): &(String, String)| format!("{name}={value}");
        values.iter().map(line).collect()
    }

    #[test]
    fn a_patch_is_told_by_its_values() {
        let body = json!({ "schemas": [PATCH_URN], "Operations": [
            { "op": "Replace", "path": "USERNAME", "value": "ada@corp.example" },
            { "op": "Replace", "value": { "active": "False", "name.familyName": "King" } },
            { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "a@corp.example" },
            { "op": "Remove", "path": "title", "value": "gone" },
            { "op": "Replace", "path": "password", "value": "secret" },
            { "op": "Replace", "value": { "password": "secret", "shoeSize": "secret" } },
            { "op": "Add", "value": { ENTERPRISE_URN: { "department": "Navy" } } },
        ] });
        let ops = parse(body).expect("operations");
        assert_eq!(
            told(&of_ops(&ops)),
            [
                "userName=ada@corp.example",
                "active=False",
                "name.familyName=King",
                "emails[type eq \"work\"].value=a@corp.example",
                "title=",
                "department=Navy",
            ]
        );
    }

    #[test]
    fn a_record_is_told_by_the_same_names_and_kept_short() {
        let record = json!({
            "schemas": [USER_URN], "id": "7", "userName": "ada", "password": "secret",
            "emails": [{ "type": "work", "value": "a@corp.example" }],
        });
        assert_eq!(
            told(&of_record(&record, VALUES_MAX)),
            [
                "userName=ada",
                "emails[type eq \"work\"].type=work",
                "emails[type eq \"work\"].value=a@corp.example",
            ]
        );
        let many: Vec<_> = (0..99)
            .map(|at| json!({ "value": at.to_string() }))
            .collect();
        let odd = json!({ "type": "y".repeat(9_999), "value": "z", "primary": true });
        let long = json!({ "title": "x".repeat(9_999), "emails": [odd], "phoneNumbers": many });
        let kept = of_record(&long, VALUES_MAX);
        assert_eq!(kept.len(), VALUES_MAX);
        let is_short = |text: &str| text.chars().count() <= CHARS_MAX + 1;
        let are_short = |kept: &AskedValues| {
            let mut all = kept.iter();
            all.all(|(name, value)| is_short(name) && is_short(value))
        };
        assert!(are_short(&kept));
        // Arrays within arrays are nothing a schema has, and no way to a long name.
        let inside = |value, _| json!([{ "type": "y".repeat(9_999), "value": value }]);
        let nested = (0..10).fold(json!("z"), inside);
        let kept = of_record(&json!({ "emails": nested }), VALUES_MAX);
        assert!(!kept.is_empty() && are_short(&kept), "{kept:?}");
    }
}
