//! A group as SCIM's Group, in three parts: a large group's members are streamed between
//! head and tail.

use super::super::GROUP_URN;
use super::super::project::Projection;
use super::super::schema::ResourceType;
use super::super::write::{self, Meta, push_string, push_string_bytes};
use crate::domain::group::{Group, GroupView};
use crate::domain::id::{MemberId, push_hex};

/// Appends the start of a Group, up to and including `"members":[`.
pub fn render_head(group: &Group, base_url: &str, out: &mut String) {
    render_head_projected(group, base_url, &Projection::all(), out);
}

/// Appends one member. A comma goes before it unless `out` ends with the `[` of the head:
/// so the first member goes into the buffer that holds the head, and a buffer of its own can
/// begin with any later one.
pub fn render_member(id: &MemberId, base_url: &str, out: &mut String) {
    if !out.ends_with('[') {
        out.push(',');
    }
    out.push_str("{\"value\":\"");
    push_hex(out, id.as_bytes());
    out.push_str("\",\"$ref\":\"");
    out.push_str(base_url);
    out.push_str("/Users/");
    push_hex(out, id.as_bytes());
    out.push_str("\",\"type\":\"User\"}");
}

/// Appends the end of a Group, from the `]` of its members on.
pub fn render_tail(group: &Group, base_url: &str, out: &mut String) {
    render_tail_projected(group, base_url, &Projection::all(), out);
}

/// What all Groups of a page have in common of which a projection leaves no members.
#[derive(Debug)]
pub struct WithoutMembers<'p> {
    head: String,
    location: String,
    /// What else it leaves out.
    less: Option<&'p Projection>,
}

impl<'p> WithoutMembers<'p> {
    pub fn new(base_url: &str, projection: &'p Projection) -> Self {
        Self {
            head: format!("{{\"schemas\":[\"{GROUP_URN}\"],\"id\":\""),
            location: format!(",\"location\":\"{base_url}/Groups/"),
            less: Some(projection).filter(|projection| !projection.is_all_but_members()),
        }
    }

    /// Appends one of them. What is stored is copied.
    pub fn push(&self, group: &GroupView<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(self.head.as_bytes());
        out.extend_from_slice(group.scim_id);
        if let Some(external_id) = group.external_id {
            out.extend_from_slice(b"\",\"externalId\":");
            push_string_bytes(out, external_id);
            out.push(b',');
        } else {
            out.extend_from_slice(b"\",");
        }
        out.extend_from_slice(group.document);
        out.extend_from_slice(self.location.as_bytes());
        out.extend_from_slice(group.scim_id);
        out.extend_from_slice(b"\"}}");
        if let Some(projection) = self.less {
            let whole = String::from_utf8_lossy(&out[start..]);
            let less = projection.apply_to_text(ResourceType::Group, &whole);
            out.truncate(start);
            out.extend_from_slice(less.as_bytes());
        }
    }
}

/// As [`render_head`], with what `projection` leaves; up to `"members":[` if it leaves
/// members.
pub fn render_head_projected(
    group: &Group,
    _base_url: &str,
    projection: &Projection,
    out: &mut String,
) {
    let parts = projection.group_parts();
    out.push_str("{\"schemas\":[\"");
    out.push_str(GROUP_URN);
    out.push_str("\"],\"id\":");
    push_string(out, group.scim_id.as_str());
    if let Some(external_id) = &group.external_id
        && parts.external_id
    {
        out.push_str(",\"externalId\":");
        push_string(out, external_id);
    }
    if parts.display_name {
        out.push_str(",\"displayName\":");
        push_string(out, group.seen_name());
    }
    if projection.wants_members() {
        out.push_str(",\"members\":[");
    }
}

/// As [`render_member`], with what `projection` leaves of it.
pub fn render_member_projected(
    id: &MemberId,
    base_url: &str,
    projection: &Projection,
    out: &mut String,
) {
    if projection.is_all() {
        return render_member(id, base_url, out);
    }
    let parts = projection.member_parts();
    if !out.ends_with('[') {
        out.push(',');
    }
    let mut separator = '{';
    let mut name = |name: &str, out: &mut String| {
        out.push(std::mem::replace(&mut separator, ','));
        out.push_str(name);
    };
    if parts.value {
        name("\"value\":\"", out);
        push_hex(out, id.as_bytes());
        out.push('"');
    }
    if parts.reference {
        name("\"$ref\":\"", out);
        out.push_str(base_url);
        out.push_str("/Users/");
        push_hex(out, id.as_bytes());
        out.push('"');
    }
    if parts.kind {
        name("\"type\":\"User\"", out);
    }
    if separator == '{' {
        out.push('{');
    }
    out.push('}');
}

/// As [`render_tail`], with what `projection` leaves.
pub fn render_tail_projected(
    group: &Group,
    base_url: &str,
    projection: &Projection,
    out: &mut String,
) {
    if projection.wants_members() {
        out.push(']');
    }
    if projection.group_parts().meta {
        out.push(',');
        write::push_meta(
            out,
            &Meta {
                resource_type: "Group",
                route: "/Groups/",
                id: group.scim_id.as_str(),
                base_url,
                created_ms: group.created_ms,
                modified_ms: group.modified_ms,
                version: group.record_version,
            },
        );
    }
    out.push('}');
}

/// A whole Group with members that are at hand; `members` is passed over when `projection`
/// leaves them out.
pub fn render_projected(
    group: &Group,
    members: &[MemberId],
    base_url: &str,
    projection: &Projection,
) -> String {
    let wants_members = projection.wants_members();
    let room = if wants_members {
        160 * members.len()
    } else {
        0
    };
    let mut out = String::with_capacity(640 + room);
    render_head_projected(group, base_url, projection, &mut out);
    if wants_members {
        for id in members {
            render_member_projected(id, base_url, projection, &mut out);
        }
    }
    render_tail_projected(group, base_url, projection, &mut out);
    out
}
