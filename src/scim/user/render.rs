//! A member as SCIM's User. The stored document is copied as text, not read.

use super::super::project::Projection;
use super::super::schema::ResourceType;
use super::super::write::{self, Meta, push_string};
use crate::domain::member::{Member, RolePath, State};

/// How a document begins whose `active` a client unassigned ([`ACTIVE`]): always with it, and
/// never with nothing else.
///
/// [`ACTIVE`]: crate::domain::member::ACTIVE
const UNASSIGNED_ACTIVE: &str = "\"active\":null,";

/// Appends the whole User. `base_url` is what stands before `/Users`.
pub fn render(member: &Member, base_url: &str, out: &mut String) {
    let id = member.id.to_string();
    out.reserve(member.document.len() + 512 + 192 * member.groups.len());
    out.push_str("{\"id\":\"");
    out.push_str(&id);
    out.push('"');
    if let Some(external_id) = &member.external_id {
        out.push_str(",\"externalId\":");
        push_string(out, external_id);
    }
    // The document is an object; what is between its braces is spliced in.
    let inner = member.document.trim();
    let inner = inner
        .strip_prefix('{')
        .and_then(|inner| inner.strip_suffix('}'))
        .unwrap_or_default();
    let (active, inner) = match inner.strip_prefix(UNASSIGNED_ACTIVE) {
        Some(rest) => ("", rest),
        None if member.state == State::Active => (",\"active\":true", inner),
        None => (",\"active\":false", inner),
    };
    out.push_str(active);
    if !inner.trim().is_empty() {
        out.push(',');
        out.push_str(inner);
    }
    push_groups(member, base_url, out);
    push_roles(member, out);
    out.push(',');
    let version = member.version().to_string();
    write::push_meta(
        out,
        &Meta {
            resource_type: "User",
            route: "/Users/",
            id: &id,
            base_url,
            created_ms: member.created_ms,
            modified_ms: member.modified_ms,
            version: &version,
        },
    );
    out.push('}');
}

fn push_groups(member: &Member, base_url: &str, out: &mut String) {
    for (i, group) in member.groups.iter().enumerate() {
        out.push_str(if i == 0 { ",\"groups\":[{" } else { ",{" });
        out.push_str("\"value\":\"");
        out.push_str(&group.scim_id);
        out.push_str("\",\"$ref\":\"");
        out.push_str(base_url);
        out.push_str("/Groups/");
        out.push_str(&group.scim_id);
        out.push_str("\",\"display\":");
        push_string(out, &group.name);
        out.push_str(",\"type\":\"direct\"}");
    }
    if !member.groups.is_empty() {
        out.push(']');
    }
}

fn push_roles(member: &Member, out: &mut String) {
    for (i, role) in member.roles.iter().enumerate() {
        out.push_str(if i == 0 { ",\"roles\":[{" } else { ",{" });
        out.push_str("\"value\":");
        push_string(out, &role.name);
        out.push_str(match role.path {
            RolePath::Direct => ",\"type\":\"direct\"}",
            RolePath::Group => ",\"type\":\"group\"}",
        });
    }
    if !member.roles.is_empty() {
        out.push(']');
    }
}

/// The User with what `projection` leaves of it. The plain answer costs no more than
/// [`render`].
pub fn render_projected(member: &Member, base_url: &str, projection: &Projection) -> String {
    let mut out = String::new();
    render(member, base_url, &mut out);
    if projection.is_all() {
        return out;
    }
    projection.apply_to_text(ResourceType::User, &out)
}
