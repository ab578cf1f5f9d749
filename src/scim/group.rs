//! The wire's Group and the domain's group: bodies and operations to edits, rows to answers.

mod edits;
mod lower;
mod render;

use serde_json::Value;

use super::error::{Error, Result};
use super::quirks;
use super::value::type_name;
use crate::domain::group::GroupEdit;
use crate::domain::id::MemberId;
use crate::domain::text::{ExternalId, GroupName};

pub use edits::edits;
pub use lower::lower;
pub use render::{
    WithoutMembers, render_head, render_head_projected, render_member, render_member_projected,
    render_projected, render_tail, render_tail_projected,
};

/// Most members that the body of a POST or PUT may name.
pub const BODY_MEMBERS_MAX: usize = 100_000;

/// What the body of POST /Groups asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    pub name: GroupName,
    pub external_id: Option<ExternalId>,
    /// As sent: one may occur twice, and whether they are members of the account is for the
    /// use case to say.
    pub members: Vec<MemberId>,
}

/// Reads the body of POST /Groups.
///
/// Errors: `invalidSyntax` when the body is no object, `invalidValue` for a missing or
/// unusable displayName and for a member that is no user's id, `tooMany`.
pub fn parse_new(body: &Value) -> Result<NewGroup> {
    let Value::Object(body) = body else {
        return Err(Error::invalid_syntax(format!(
            "The body must be a JSON object and is {}; send a Group.",
            type_name(body)
        )));
    };
    let nothing = Value::Null;
    let member = |name: &str| quirks::member(body, name).unwrap_or(&nothing);
    let members = member_ids(member("members"), Unparsable::Refuse)?;
    if members.len() > BODY_MEMBERS_MAX {
        return Err(Error::too_many(format!(
            "The group is sent with {} members and {BODY_MEMBERS_MAX} fit into one request; add \
             the rest by PATCH.",
            members.len()
        )));
    }
    Ok(NewGroup {
        name: display_name(member("displayName"))?,
        external_id: external_id(member("externalId"))?,
        members,
    })
}

/// Reads the body of PUT /Groups/{id} as the edits that make a group be it: without
/// `members` nobody is left in it, without `externalId` it has none (RFC 7644 3.5.1).
///
/// Errors: as [`parse_new`].
pub fn parse_replacement(body: &Value) -> Result<Vec<GroupEdit>> {
    let group = parse_new(body)?;
    Ok(vec![
        GroupEdit::Rename(group.name),
        GroupEdit::SetExternalId(group.external_id),
        GroupEdit::ReplaceMembers(group.members),
    ])
}

fn display_name(value: &Value) -> Result<GroupName> {
    match value {
        Value::String(text) => Ok(GroupName::parse(text)?),
        Value::Null => Err(Error::invalid_value(
            "displayName is required; send it, and do not unassign it.",
        )),
        other => Err(Error::invalid_value(format!(
            "displayName must be a string and was sent as {}; correct the mapping.",
            type_name(other)
        ))),
    }
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

/// What happens to a member's value that can be nobody's id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unparsable {
    Refuse,
    /// Removing somebody who is not there succeeds.
    PassOver,
    /// Adding what is no id at all does too: see [`quirks::values_of_nobody`].
    PassOverNoIds,
}

/// The ids in a value of `members`: an array of objects with `value`, one such object, or
/// bare ids. Fixture: `every_shape_of_members`.
fn member_ids(value: &Value, unparsable: Unparsable) -> Result<Vec<MemberId>> {
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::String(_) => std::slice::from_ref(value),
        _ => quirks::entries_of(value).ok_or_else(|| {
            Error::invalid_value(format!(
                "members must be an array of objects with value and was sent as {}; correct it.",
                type_name(value)
            ))
        })?,
    };
    let mut ids = Vec::with_capacity(items.len());
    for item in items {
        let text = match item {
            Value::String(text) => Some(text.as_str()),
            Value::Object(entry) => quirks::member(entry, "value").and_then(Value::as_str),
            // As everywhere, null is nothing.
            Value::Null => continue,
            _ => None,
        };
        let Some(text) = text else {
            return Err(Error::invalid_value(
                "An entry of members has no value that is a string; send the id of a User.",
            ));
        };
        match text.parse() {
            Ok(id) => ids.push(id),
            Err(_) if unparsable == Unparsable::PassOver => {}
            Err(_) if unparsable == Unparsable::PassOverNoIds && !quirks::is_like_an_id(text) => {}
            Err(_) => return Err(unknown_member(text)),
        }
    }
    Ok(ids)
}

fn unknown_member(text: &str) -> Error {
    let shown: String = text.chars().take(80).collect();
    Error::unknown_member(format!(
        "There is no member {shown:?} in this account; provision the person first and send \
         the id that the answer had."
    ))
}

#[cfg(test)]
mod tests;
