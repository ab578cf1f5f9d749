//! A person in one account.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::connection::ConnectionMark;
use super::document;
use super::id::{ConnectionId, GroupId, MemberId, MembershipId};
use super::kept::{Kept, Once};
use super::text::{ExternalId, fold};

/// Whether a person is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
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

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Pending]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// The attributes of a person that clients may write, as one JSON object in SCIM's names
/// (RFC 7643 4.1, 4.3): canonical attribute names, no nulls, no empty arrays. It always
/// holds `schemas` and a valid `userName`; it never holds `id`, `externalId`, `meta`,
/// `groups`, `roles` or `password`, which live elsewhere or nowhere. The one null is that of
/// [`ACTIVE`], where a client unassigned it; its value lives elsewhere too.
pub type Attributes = Map<String, Value>;

/// Present among the attributes, as null, when `active` is unassigned. As the keys are sorted,
/// it is the first.
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

/// What pages call a person: displayName, else name.formatted, else givenName and familyName;
/// `None` where there is only the userName.
pub fn shown_name(attributes: &Attributes) -> Option<String> {
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        text.trim().to_owned()
    };
    let name = attributes.get("name");
    let part = |part: &str| text(name.and_then(|name| name.get(part)));
    let whole = format!("{} {}", part("givenName"), part("familyName"));
    let names = [
        text(attributes.get("displayName")),
        part("formatted"),
        whole.trim().to_owned(),
    ];
    names.into_iter().find(|name| !name.is_empty())
}

/// [`shown_name`] folded, where it is another than displayName: to find people by who have none.
pub fn shown_name_key(attributes: &Attributes) -> Option<String> {
    let display = attributes.get("displayName").and_then(Value::as_str);
    if display.is_some_and(|name| !name.trim().is_empty()) {
        return None;
    }
    shown_name(attributes).as_deref().map(fold)
}

/// A group a member is in, as a User's `groups` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOfMember {
    pub scim_id: String,
    pub name: String,
}

/// A group that a member is in, as pages list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPlace {
    pub id: GroupId,
    pub name: String,
    /// Whether a provider manages who is in it.
    pub managed: bool,
    /// The connection that brought the member in; `None`: by hand.
    pub added_by: Option<ConnectionMark>,
    /// Milliseconds since 1970, UTC.
    pub added_ms: i64,
    /// Whether it has any policy.
    pub grants: bool,
    /// Whether it is a legacy group, which grants by its name and is no user group yet.
    pub is_legacy: bool,
}

/// How many members of an account are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StateCounts {
    pub all: i64,
    pub active: i64,
    pub pending: i64,
    pub inactive: i64,
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

/// What an answer shows beside the record, and what changes without it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// People share them.
    pub groups: Vec<Arc<GroupOfMember>>,
    /// Effective roles, sorted.
    pub roles: Vec<RoleOfMember>,
    crc: Once<u32>,
    /// What answers show of both.
    pub shown: Kept,
}

/// The role that everybody gets who becomes a member, as answers show it.
pub const USUAL_ROLE: &str = "Minimal Account Access";

impl Beside {
    pub fn new(groups: Vec<Arc<GroupOfMember>>, roles: Vec<RoleOfMember>) -> Self {
        Self {
            groups,
            roles,
            crc: Once::default(),
            shown: Kept::default(),
        }
    }

    /// The same for many answers, which need not put it together each time.
    #[must_use]
    pub fn keeping(self) -> Self {
        Self {
            shown: Kept::keeping(),
            ..self
        }
    }

    /// CRC-32 of groups and roles as answered, which must not be changed any more.
    pub fn crc(&self) -> u32 {
        self.crc.get(|| {
            let mut crc = crc32fast::Hasher::new();
            for group in &self.groups {
                crc.update(group.scim_id.as_bytes());
                crc.update(&[0]);
                crc.update(group.name.as_bytes());
                crc.update(&[0]);
            }
            for role in &self.roles {
                crc.update(role.name.as_bytes());
                crc.update(&[1 + u8::from(role.path == RolePath::Group)]);
            }
            crc.finalize()
        })
    }

    /// Whether it is what nearly everybody has: no groups and, while active, the one role of
    /// their own that comes with the membership.
    pub fn is_usual(&self, state: State) -> bool {
        let usual = |role: &RoleOfMember| role.path == RolePath::Direct && role.name == USUAL_ROLE;
        self.groups.is_empty()
            && match (state, self.roles.as_slice()) {
                (State::Active, [role]) => usual(role),
                (State::Active, _) => false,
                (State::Pending | State::Inactive, roles) => roles.is_empty(),
            }
    }
}

/// The version of a member's answer: of the record, and of what the answer shows beside it,
/// where that is not the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberVersion {
    pub record: i64,
    /// CRC-32 of groups and roles as answered.
    pub beside: Option<u32>,
}

impl fmt::Display for MemberVersion {
    /// The ETag: weak, since it speaks of the record and not of the bytes (RFC 7232 2.3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.beside {
            None => write!(f, "W/\"{}\"", self.record),
            Some(beside) => write!(f, "W/\"{}-{beside:08x}\"", self.record),
        }
    }
}

impl MemberVersion {
    /// The version of a record in `state` beside which an answer shows these.
    pub fn of(record: i64, state: State, beside: &Beside) -> Self {
        Self {
            record,
            beside: (!beside.is_usual(state)).then(|| beside.crc()),
        }
    }
}

/// A member as an answer needs it, as it lies in the database.
#[derive(Debug, Clone, Copy)]
pub struct MemberView<'r> {
    pub state: State,
    /// See [`super::document`].
    pub document: &'r str,
    pub external_id: Option<&'r str>,
    /// `None`: the usual (see [`Beside::is_usual`]).
    pub beside: Option<&'r Beside>,
}

impl<'r> MemberView<'r> {
    /// The id's digits.
    pub fn id(&self) -> &'r str {
        document::parts(self.document).id
    }

    pub fn version(&self) -> MemberVersion {
        let record = document::version(self.document);
        match self.beside {
            Some(beside) => MemberVersion::of(record, self.state, beside),
            None => MemberVersion {
                record,
                beside: None,
            },
        }
    }
}

/// A member as it is read to be changed.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: MemberId,
    pub state: State,
    pub user_name: String,
    /// See [`super::document`].
    pub document: String,
    pub external_id: Option<String>,
    pub managed_by: Option<ConnectionId>,
    pub beside: Beside,
    pub record_version: i64,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    pub modified_ms: i64,
}

impl Member {
    pub fn view(&self) -> MemberView<'_> {
        MemberView {
            state: self.state,
            document: &self.document,
            external_id: self.external_id.as_deref(),
            beside: (!self.beside.is_usual(self.state)).then_some(&self.beside),
        }
    }

    pub fn version(&self) -> MemberVersion {
        self.view().version()
    }

    pub fn membership_id(&self) -> MembershipId {
        self.id.membership()
    }

    pub fn role_names(&self) -> Vec<&str> {
        let roles = self.beside.roles.iter();
        roles.map(|role| role.name.as_str()).collect()
    }
}
