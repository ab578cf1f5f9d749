//! A person in one account.

use std::fmt;

use serde_json::{Map, Value};

use super::id::{ConnectionId, MemberId, MembershipId};
use super::text::ExternalId;

/// Whether a person is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Invited by API or console; no access until accepted.
    Pending,
    /// A member of the account.
    Active,
    /// The record is kept; no membership, no access.
    Inactive,
}

impl State {
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Active, Self::Inactive]
            .into_iter()
            .find(|state| state.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// The attributes of a person that clients may write, as one JSON object in SCIM's names
/// (RFC 7643 4.1, 4.3): canonical attribute names, no nulls, no empty arrays. It always
/// holds `schemas` and a valid `userName`; it never holds `id`, `externalId`, `meta`,
/// `groups`, `roles` or `password`, which live elsewhere or nowhere. The one null is that of
/// [`ACTIVE`], where a client unassigned it; its value lives elsewhere too.
pub type Attributes = Map<String, Value>;

/// Present in a document, as null, when `active` is unassigned. As the keys are sorted, it is
/// the first.
pub const ACTIVE: &str = "active";

/// What a client may change of a member.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub active: bool,
    /// The calling connection's own id for the person.
    pub external_id: Option<ExternalId>,
    pub attributes: Attributes,
}

impl Profile {
    /// Sets `active`, or unassigns it (RFC 7644 3.5.2.2): then answers leave it out until it
    /// is set again, and whoever was in stays in.
    pub fn assign_active(&mut self, value: Option<bool>) {
        match value {
            Some(value) => {
                self.active = value;
                self.attributes.remove(ACTIVE);
            }
            None => {
                self.attributes.insert(ACTIVE.to_owned(), Value::Null);
            }
        }
    }

    /// Whether a client took `active` away and none has set it since.
    pub fn is_active_unassigned(&self) -> bool {
        self.attributes.contains_key(ACTIVE)
    }

    /// The text of a top-level string attribute.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(Value::as_str)
    }

    /// The person's address for the API and the logs: the primary e-mail, else the first,
    /// else userName.
    pub fn email(&self) -> &str {
        email_of(&self.attributes)
    }

    /// The primary address of type work, else the first of that type. Entra's UPN rule
    /// compares userName with it.
    pub fn primary_work_email(&self) -> Option<&str> {
        let emails = self.attributes.get("emails").and_then(Value::as_array)?;
        let is = |email: &&Value, key: &str| match key {
            "primary" => email.get("primary") == Some(&Value::Bool(true)),
            _ => email
                .get("type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("work")),
        };
        emails
            .iter()
            .find(|email| is(email, "primary") && is(email, "work"))
            .or_else(|| emails.iter().find(|email| is(email, "work")))
            .and_then(|email| email.get("value"))
            .and_then(Value::as_str)
    }
}

/// See [`Profile::email`].
pub fn email_of(attributes: &Attributes) -> &str {
    let emails = attributes.get("emails").and_then(Value::as_array);
    emails
        .and_then(|emails| {
            emails
                .iter()
                .find(|email| email.get("primary") == Some(&Value::Bool(true)))
                .or_else(|| emails.first())
        })
        .and_then(|email| email.get("value")?.as_str())
        .or_else(|| attributes.get("userName").and_then(Value::as_str))
        .unwrap_or_default()
}

/// A group a member is in, as a User's `groups` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOfMember {
    pub scim_id: String,
    pub name: String,
}

/// How a role reaches a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RolePath {
    Direct,
    Group,
}

/// An effective role, as a User's `roles` shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleOfMember {
    pub name: String,
    pub path: RolePath,
}

/// The version of a member's answer: of the record, and of what the answer shows beside it
/// (groups, roles), which change without the record being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberVersion {
    pub record: i64,
    /// CRC-32 of groups, roles and external id as answered.
    pub beside: u32,
}

impl fmt::Display for MemberVersion {
    /// The ETag: weak, since it speaks of the record and not of the bytes (RFC 7232 2.3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}-{:08x}\"", self.record, self.beside)
    }
}

/// A member as it is read, with what an answer needs. `document` is [`Attributes`] as stored
/// text: rendering copies it instead of parsing it.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: MemberId,
    pub membership_id: MembershipId,
    pub state: State,
    pub user_name: String,
    pub document: String,
    pub external_id: Option<String>,
    pub managed_by: Option<ConnectionId>,
    pub groups: Vec<GroupOfMember>,
    pub roles: Vec<RoleOfMember>,
    pub record_version: i64,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    pub modified_ms: i64,
}

impl Member {
    pub fn version(&self) -> MemberVersion {
        MemberVersion::of(
            self.record_version,
            &self.groups,
            &self.roles,
            self.external_id.as_deref(),
        )
    }
}

impl MemberVersion {
    /// The version of a record beside which an answer shows these.
    pub fn of(
        record: i64,
        groups: &[GroupOfMember],
        roles: &[RoleOfMember],
        external_id: Option<&str>,
    ) -> Self {
        let mut crc = crc32fast::Hasher::new();
        for group in groups {
            crc.update(group.scim_id.as_bytes());
            crc.update(&[0]);
            crc.update(group.name.as_bytes());
            crc.update(&[0]);
        }
        for role in roles {
            crc.update(role.name.as_bytes());
            crc.update(&[1 + u8::from(role.path == RolePath::Group)]);
        }
        if let Some(external_id) = external_id {
            crc.update(external_id.as_bytes());
            crc.update(&[3]);
        }
        Self {
            record,
            beside: crc.finalize(),
        }
    }
}
