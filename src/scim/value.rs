//! Values as the attribute table wants them: canonical names, right types, no nulls.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use serde_json::{Map, Value};

use super::error::{Error, Result};
use super::patch::OpKind;
use super::quirks;
use super::schema::{Attribute, Kind, Target};

/// Longest string that is stored.
pub const STORED_STRING_BYTES_MAX: usize = 64 * 1024;
/// Most entries of one multi-valued attribute of a user.
pub const ENTRIES_MAX: usize = 1_000;

/// What happens to sub-attributes that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Bodies of POST and PUT: servers ignore what they do not know (RFC 7644 3.3).
    Ignore,
    /// PATCH, where a name is a path.
    Refuse,
}

/// `emails`, or `emails.value` for `sub`: how errors name what is wrong.
pub fn label(attribute: &Attribute, sub: Option<&Attribute>) -> String {
    match sub {
        Some(sub) => format!("{}.{}", attribute.name, sub.name),
        None => attribute.name.to_owned(),
    }
}

/// Whether a PATCH operation may touch `target` at all (RFC 7644 3.5.2): each operation has to
/// agree with the attribute's mutability, and what is required is neither removed nor
/// otherwise left without a value (3.5.2.2).
///
/// Errors: `mutability`.
pub fn check_target(op: OpKind, target: &Target, value: Option<&Value>) -> Result<()> {
    let name = || label(target.attribute, target.sub);
    if target.attribute.is_read_only() || target.leaf().is_read_only() {
        return Err(Error::mutability(format!(
            "{} is read-only; leave it out.",
            name()
        )));
    }
    let unassigns = op == OpKind::Remove || value.is_none_or(Value::is_null);
    if target.leaf().required && unassigns {
        return Err(Error::mutability(format!(
            "{} is required and can't be removed; replace it by another value.",
            name()
        )));
    }
    Ok(())
}

/// The whole value of an attribute, an array when it is multi-valued. `None` when that is
/// nothing: null, no entries, no sub-attributes (RFC 7643 2.5).
pub fn whole(attribute: &Attribute, value: &Value, unknown: Unknown) -> Result<Option<Value>> {
    if !attribute.multi {
        return single(attribute, value, unknown);
    }
    let entries = entries(attribute, value, unknown)?;
    Ok((!entries.is_empty()).then_some(Value::Array(entries)))
}

/// The entries of a multi-valued attribute; at most one of them is primary.
pub fn entries(attribute: &Attribute, value: &Value, unknown: Unknown) -> Result<Vec<Value>> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let Some(items) = quirks::entries_of(value) else {
        return Err(wrong_type(attribute, None, "an array of objects", value));
    };
    if items.len() > ENTRIES_MAX {
        return Err(Error::invalid_value(format!(
            "{} has more than {ENTRIES_MAX} entries; send fewer.",
            attribute.name
        )));
    }
    let mut entries = Vec::with_capacity(items.len());
    for item in items {
        if let Some(entry) = single(attribute, item, unknown)? {
            entries.push(entry);
        }
    }
    check_primary(attribute, &entries)?;
    Ok(entries)
}

/// Whether an entry says that it is the primary one.
pub fn is_primary(entry: &Value) -> bool {
    entry.get("primary") == Some(&Value::Bool(true))
}

/// "The primary attribute value 'true' MUST appear no more than once" (RFC 7643 2.4).
pub fn check_primary(attribute: &Attribute, entries: &[Value]) -> Result<()> {
    if entries.iter().filter(|entry| is_primary(entry)).count() > 1 {
        return Err(Error::invalid_value(format!(
            "{} has more than one entry that is primary; mark one.",
            attribute.name
        )));
    }
    Ok(())
}

/// One value of an attribute: an entry of a multi-valued one.
pub fn single(attribute: &Attribute, value: &Value, unknown: Unknown) -> Result<Option<Value>> {
    if attribute.kind != Kind::Complex {
        return simple(attribute, None, value);
    }
    // An entry of a list is no list.
    let value = if attribute.multi {
        value
    } else {
        quirks::only_entry(attribute, value)
    };
    let map = match value {
        Value::Null => return Ok(None),
        Value::Object(map) => complex(attribute, map, unknown)?,
        Value::String(text) => {
            let bare = quirks::bare_value(attribute, text);
            let bare = bare.ok_or_else(|| wrong_type(attribute, None, "an object", value))?;
            complex(attribute, &bare, unknown)?
        }
        other => return Err(wrong_type(attribute, None, "an object", other)),
    };
    Ok((!map.is_empty()).then_some(Value::Object(map)))
}

/// The sub-attributes of a complex value. What is read-only is passed over.
pub fn complex(
    attribute: &Attribute,
    value: &Map<String, Value>,
    unknown: Unknown,
) -> Result<Map<String, Value>> {
    let mut map = Map::new();
    for (key, value) in value {
        let Some(sub) = attribute.sub(key) else {
            match unknown {
                Unknown::Ignore => continue,
                Unknown::Refuse => return Err(unknown_sub(attribute, key)),
            }
        };
        if sub.is_read_only() {
            continue;
        }
        if let Some(value) = simple(attribute, Some(sub), value)? {
            map.insert(sub.name.to_owned(), value);
        }
    }
    Ok(map)
}

pub fn unknown_sub(attribute: &Attribute, name: &str) -> Error {
    let names: Vec<&str> = attribute.subs.iter().map(|sub| sub.name).collect();
    Error::invalid_path(format!(
        "{} has no sub-attribute {name:?}; it has {}.",
        attribute.name,
        names.join(", ")
    ))
}

/// A value that is not complex: of `attribute`, or of its sub-attribute `sub`.
pub fn simple(
    attribute: &Attribute,
    sub: Option<&Attribute>,
    value: &Value,
) -> Result<Option<Value>> {
    if value.is_null() {
        return Ok(None);
    }
    let kind = sub.unwrap_or(attribute).kind;
    let wrong = |wanted| Err(wrong_type(attribute, sub, wanted, value));
    match kind {
        Kind::Boolean => match quirks::boolean(value) {
            Some(value) => Ok(Some(Value::Bool(value))),
            None => wrong("true or false"),
        },
        Kind::String | Kind::Reference | Kind::DateTime | Kind::Binary => {
            let Value::String(text) = value else {
                return wrong("a string");
            };
            if text.len() > STORED_STRING_BYTES_MAX {
                return Err(Error::invalid_value(format!(
                    "{} is longer than {STORED_STRING_BYTES_MAX} bytes; send a shorter value.",
                    label(attribute, sub)
                )));
            }
            if kind == Kind::Binary && !is_base64(text) {
                return wrong("Base64");
            }
            Ok(Some(Value::String(text.clone())))
        }
        Kind::Complex => wrong("one of its sub-attributes"),
    }
}

/// Base64 in either alphabet, with or without padding (RFC 7643 2.3.6, RFC 4648).
fn is_base64(text: &str) -> bool {
    [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD]
        .iter()
        .any(|encoding| encoding.decode(text.as_bytes()).is_ok())
}

/// How an error names the type of what was sent.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

pub fn wrong_type(
    attribute: &Attribute,
    sub: Option<&Attribute>,
    wanted: &str,
    value: &Value,
) -> Error {
    let sent = match value {
        Value::String(text) if text.len() <= 40 => format!("{text:?}"),
        other => type_name(other).to_owned(),
    };
    Error::invalid_value(format!(
        "{} must be {wanted} and was sent as {sent}; correct the mapping.",
        label(attribute, sub)
    ))
}

/// About how many bytes a value takes as JSON, without writing it.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 6,
        Value::Number(_) => 24,
        Value::String(text) => text.len() + 3,
        Value::Array(items) => 2 + items.iter().map(weight).sum::<usize>(),
        Value::Object(map) => {
            let members = map.iter().map(|(key, value)| key.len() + 4 + weight(value));
            2 + members.sum::<usize>()
        }
    }
}
