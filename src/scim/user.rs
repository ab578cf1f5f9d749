//! The wire's User and the domain's member: bodies to profiles, records to answers.

mod apply;
mod entries;
mod lower;
mod render;

use serde_json::{Map, Value};

use super::error::{Error, Result};
use super::schema::{ENTERPRISE, USER, find};
use super::value::{self, Unknown, type_name, weight, whole};
use super::{ENTERPRISE_URN, USER_URN};
use crate::domain::member::{Attributes, Profile};
use crate::domain::text::{ExternalId, UserName};

pub use apply::apply;
pub use lower::lower;
pub use render::{push_projected, render, render_projected};

/// Largest document of one person.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;

/// Reads the body of POST /Users. `active` is true when left out; what is unknown or
/// read-only is passed over (RFC 7644 3.3).
///
/// Errors: `invalidSyntax` when the body is no object, `invalidValue` for a value of the
/// wrong type, a missing or unusable userName, or more than a limit allows.
pub fn parse_new(body: &Value) -> Result<Profile> {
    let parsed = parse_body(body)?;
    Ok(Profile {
        active: parsed.active.unwrap_or(true),
        external_id: parsed.external_id,
        attributes: parsed.attributes,
    })
}

/// Reads the body of PUT /Users/{id}: what it leaves out is unassigned (RFC 7644 3.5.1),
/// except `active`, which stays as it is: authentik and Okta leave it out and mean nothing
/// by it. What we answered can be sent back as it is.
///
/// Errors: as [`parse_new`].
pub fn parse_replacement(body: &Value, current: &Profile) -> Result<Profile> {
    let parsed = parse_body(body)?;
    let mut replacement = Profile {
        active: parsed.active.unwrap_or(current.active),
        external_id: parsed.external_id,
        attributes: parsed.attributes,
    };
    if parsed.active.is_none() && current.is_active_unassigned() {
        replacement.assign_active(None);
    }
    Ok(replacement)
}

struct Parsed {
    active: Option<bool>,
    external_id: Option<ExternalId>,
    attributes: Attributes,
}

fn parse_body(body: &Value) -> Result<Parsed> {
    let Value::Object(body) = body else {
        return Err(Error::invalid_syntax(format!(
            "The body must be a JSON object and is {}; send a User.",
            type_name(body)
        )));
    };
    let mut parsed = Parsed {
        active: None,
        external_id: None,
        attributes: Attributes::new(),
    };
    for (key, value) in body {
        if key.eq_ignore_ascii_case("externalId") {
            parsed.external_id = external_id(value)?;
        } else if key.eq_ignore_ascii_case("active") {
            parsed.active = active(value)?;
        } else if key.eq_ignore_ascii_case(ENTERPRISE_URN) {
            let extension = extension(value)?;
            if !extension.is_empty() {
                let extension = Value::Object(extension);
                parsed
                    .attributes
                    .insert(ENTERPRISE_URN.to_owned(), extension);
            }
        } else if let Some(attribute) = find(USER.attributes, key)
            && !attribute.is_read_only()
            && let Some(value) = whole(attribute, value, Unknown::Ignore)?
        {
            parsed.attributes.insert(attribute.name.to_owned(), value);
        }
    }
    finish(&mut parsed.attributes)?;
    Ok(parsed)
}

fn external_id(value: &Value) -> Result<Option<ExternalId>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(ExternalId::parse(text)?)),
        other => Err(Error::invalid_value(format!(
            "externalId must be a string and was sent as {}; correct the mapping.",
            type_name(other)
        ))),
    }
}

fn active(value: &Value) -> Result<Option<bool>> {
    match (find(USER.attributes, "active"), value) {
        (Some(attribute), value) if !value.is_null() => {
            let value = value::simple(attribute, None, value)?;
            Ok(value.as_ref().and_then(Value::as_bool))
        }
        _ => Ok(None),
    }
}

/// The enterprise extension as a POST or PUT body has it.
fn extension(value: &Value) -> Result<Map<String, Value>> {
    let mut extension = Map::new();
    let body = match value {
        Value::Null => return Ok(extension),
        Value::Object(body) => body,
        other => return Err(extension_type(other)),
    };
    for (key, value) in body {
        if let Some(attribute) = find(ENTERPRISE.attributes, key)
            && let Some(value) = whole(attribute, value, Unknown::Ignore)?
        {
            extension.insert(attribute.name.to_owned(), value);
        }
    }
    Ok(extension)
}

fn extension_type(value: &Value) -> Error {
    Error::invalid_value(format!(
        "{ENTERPRISE_URN} must be an object and was sent as {}; correct the mapping.",
        type_name(value)
    ))
}

/// Checks a document as a whole and sets its `schemas` to what it really holds.
fn finish(attributes: &mut Attributes) -> Result<()> {
    match attributes.get("userName").and_then(Value::as_str) {
        Some(name) => UserName::parse(name)?,
        None => {
            return Err(Error::invalid_value(
                "userName is required; send it, and do not unassign it.",
            ));
        }
    };
    let mut schemas = vec![Value::String(USER_URN.to_owned())];
    if attributes.contains_key(ENTERPRISE_URN) {
        schemas.push(Value::String(ENTERPRISE_URN.to_owned()));
    }
    attributes.insert("schemas".to_owned(), Value::Array(schemas));
    let bytes: usize = attributes
        .iter()
        .map(|(key, value)| key.len() + 4 + weight(value))
        .sum();
    if bytes > DOCUMENT_BYTES_MAX {
        return Err(Error::invalid_value(format!(
            "The person's attributes take more than {DOCUMENT_BYTES_MAX} bytes together; send \
             fewer or shorter values."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
