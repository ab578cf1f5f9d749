//! A member as SCIM's User. The stored document is copied as text, not read.

use std::sync::Arc;

use super::super::project::Projection;
use super::super::schema::ResourceType;
use super::super::write::push_string;
use crate::domain::document;
use crate::domain::member::{GroupOfMember, MemberView, RoleOfMember, RolePath, State};

/// What nearly everybody's answer says of roles.
const USUAL_ROLES: &str = ",\"roles\":[{\"value\":\"Minimal Account Access\",\"type\":\"direct\"}]";

/// Appends the whole User. `base_url` is what stands before `/Users`.
pub fn render(member: &MemberView<'_>, base_url: &str, out: &mut String) {
    let document::Parts { start, id, rest } = document::parts(member.document);
    out.push_str(start);
    if let Some(external_id) = member.external_id {
        out.push_str(",\"externalId\":");
        push_string(out, external_id);
    }
    match member.beside {
        Some(beside) => beside.shown.push(base_url, out, |out| {
            push_groups(&beside.groups, base_url, out);
            push_roles(&beside.roles, out);
        }),
        None if member.state == State::Active => {
            out.push_str(USUAL_ROLES);
        }
        None => {}
    }
    // It ends with the record's version.
    out.push_str(rest);
    if let Some(beside) = member.beside {
        push_crc(beside.crc(), out);
    }
    out.push_str("\\\"\",\"location\":\"");
    out.push_str(base_url);
    out.push_str("/Users/");
    out.push_str(id);
    out.push_str("\"}}");
}

/// As [`crate::domain::member::MemberVersion`] prints it.
fn push_crc(crc: u32, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [b'-'; 9];
    for (at, digit) in digits.iter_mut().skip(1).enumerate() {
        *digit = DIGITS[usize::from(crc.to_be_bytes()[at / 2] >> (4 - 4 * (at % 2)) & 15)];
    }
    out.push_str(str::from_utf8(&digits).unwrap_or_default());
}

fn push_groups(groups: &[Arc<GroupOfMember>], base_url: &str, out: &mut String) {
    for (i, group) in groups.iter().enumerate() {
        out.push_str(if i == 0 { ",\"groups\":[" } else { "," });
        push_group(group, base_url, out);
    }
    if !groups.is_empty() {
        out.push(']');
    }
}

fn push_group(group: &GroupOfMember, base_url: &str, out: &mut String) {
    out.push_str("{\"value\":\"");
    out.push_str(&group.scim_id);
    out.push_str("\",\"$ref\":\"");
    out.push_str(base_url);
    out.push_str("/Groups/");
    out.push_str(&group.scim_id);
    out.push_str("\",\"display\":");
    push_string(out, &group.name);
    out.push_str(",\"type\":\"direct\"}");
}

fn push_roles(roles: &[RoleOfMember], out: &mut String) {
    for (i, role) in roles.iter().enumerate() {
        out.push_str(if i == 0 { ",\"roles\":[" } else { "," });
        push_role(&role.name, role.path, out);
    }
    if !roles.is_empty() {
        out.push(']');
    }
}

fn push_role(name: &str, path: RolePath, out: &mut String) {
    out.push_str("{\"value\":");
    push_string(out, name);
    out.push_str(match path {
        RolePath::Direct => ",\"type\":\"direct\"}",
        RolePath::Group => ",\"type\":\"group\"}",
    });
}

/// The User with what `projection` leaves of it. The plain answer costs no more than
/// [`render`].
pub fn render_projected(
    member: &MemberView<'_>,
    base_url: &str,
    projection: &Projection,
) -> String {
    let mut out = String::with_capacity(member.document.len() + base_url.len() + 256);
    push_projected(member, base_url, projection, &mut out);
    out
}

/// The same at the end of `out`.
pub fn push_projected(
    member: &MemberView<'_>,
    base_url: &str,
    projection: &Projection,
    out: &mut String,
) {
    if projection.is_all() {
        return render(member, base_url, out);
    }
    let mut whole = String::new();
    render(member, base_url, &mut whole);
    out.push_str(&projection.apply_to_text(ResourceType::User, &whole));
}
