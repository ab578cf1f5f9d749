//! The SQL functions of our own that filters call. All are pure, so that SQLite may leave
//! repeated calls out.

use std::sync::Arc;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Error, Result};

use crate::domain::id::PermissionGroupId;
use crate::domain::member::{
    Attributes, Beside, GroupOfMember, MemberVersion, RoleOfMember, RolePath, State, shown_name,
    shown_name_key,
};
use crate::domain::{catalogue, document, instant, text};

type Compare = fn(&str, &str) -> bool;

/// Makes `fold`, `shown_name`, `shown_name_key`, `instant_ms`, `contains`, `starts_with`,
/// `ends_with`, `built_in_role_name` and `member_version` known to a connection. NULL, and what is
/// no text, gives NULL; so does a role that is not built in.
pub(in crate::store) fn register(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    conn.create_scalar_function("fold", 1, flags, |context| {
        Ok(text_at(context, 0).map(text::fold))
    })?;
    // Of a member's document.
    conn.create_scalar_function("shown_name", 1, flags, |context| {
        Ok(attributes_at(context, 0).as_ref().and_then(shown_name))
    })?;
    conn.create_scalar_function("shown_name_key", 1, flags, |context| {
        Ok(attributes_at(context, 0).as_ref().and_then(shown_name_key))
    })?;
    conn.create_scalar_function("instant_ms", 1, flags, |context| {
        Ok(text_at(context, 0).and_then(instant::parse_ms))
    })?;
    // `instr` and `substr` would do for these, but `length` ends at the first NUL.
    let compare: [(&str, Compare); 3] = [
        ("contains", |text, part| text.contains(part)),
        ("starts_with", |text, part| text.starts_with(part)),
        ("ends_with", |text, part| text.ends_with(part)),
    ];
    for (name, holds) in compare {
        conn.create_scalar_function(name, 2, flags, move |context| {
            let (text, part) = (text_at(context, 0), text_at(context, 1));
            Ok(text.zip(part).map(|(text, part)| holds(text, part)))
        })?;
    }
    conn.create_scalar_function("built_in_role_name", 1, flags, |context| {
        context
            .get::<PermissionGroupId>(0)
            .map(catalogue::role_name)
    })?;
    conn.create_scalar_function("member_version", 4, flags, |context| {
        member_version(context).map(|version| version.to_string())
    })
}

fn text_at<'a>(context: &'a Context<'_>, at: usize) -> Option<&'a str> {
    context.get_raw(at).as_str().ok()
}

fn attributes_at(context: &Context<'_>, at: usize) -> Option<Attributes> {
    text_at(context, at).and_then(|text| document::attributes(text).ok())
}

/// Arguments: the record's version; the state; the groups as a JSON array of [id, name] in the
/// order of answers; the effective roles as one of [name, 1 when by a group else 0] in any order.
fn member_version(context: &Context<'_>) -> Result<MemberVersion> {
    let groups: Vec<(String, String)> = json_at(context, 2)?;
    let groups = groups
        .into_iter()
        .map(|(scim_id, name)| Arc::new(GroupOfMember { scim_id, name }))
        .collect();
    let roles: Vec<(String, i64)> = json_at(context, 3)?;
    let mut roles: Vec<RoleOfMember> = roles
        .into_iter()
        .map(|(name, by_group)| RoleOfMember {
            name,
            path: if by_group == 0 {
                RolePath::Direct
            } else {
                RolePath::Group
            },
        })
        .collect();
    roles.sort_unstable();
    roles.dedup();
    let state = text_at(context, 1).and_then(State::named);
    let state = state.ok_or_else(|| Error::UserFunctionError("no state".into()))?;
    Ok(MemberVersion::of(
        context.get(0)?,
        state,
        &Beside::new(groups, roles),
    ))
}

fn json_at<T: serde::de::DeserializeOwned>(context: &Context<'_>, at: usize) -> Result<T> {
    let text = text_at(context, at).unwrap_or("[]");
    serde_json::from_str(text).map_err(|error| Error::UserFunctionError(Box::new(error)))
}
