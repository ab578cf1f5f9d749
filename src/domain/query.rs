//! What may be asked of members and groups. Doors lower their own filters to these closed
//! types; the store translates them to SQL and has no case it can't translate.

use super::id::{ConnectionId, MemberId};
use super::text::fold;

/// A condition of `C` under the connectives.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter<C> {
    /// Matches everything or nothing; an unknown attribute matches nobody.
    Constant(bool),
    Is(C),
    And(Vec<Filter<C>>),
    Or(Vec<Filter<C>>),
    Not(Box<Filter<C>>),
}

/// How a text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOp {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
    /// The order is that of code points.
    Greater,
    AtLeast,
    Less,
    AtMost,
}

/// A comparison of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTest {
    pub op: TextOp,
    /// Folded already when `folded`.
    pub wanted: String,
    /// Letter case aside ([`fold`]).
    pub folded: bool,
}

/// A stretch of time, in milliseconds since 1970, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instants {
    pub from_ms: i64,
    pub to_ms: i64,
}

/// A test of one value. What is not there passes none of them.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueTest {
    /// It is there.
    Assigned,
    /// It is there, and not the empty text.
    NotEmpty,
    Text(TextTest),
    Is(bool),
    Within(Instants),
}

/// A condition on one entry of a multi-valued attribute: `sub` is the sub-attribute's name
/// from the schema table, never client text.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryCondition {
    pub sub: &'static str,
    pub test: ValueTest,
}

/// What can be asked of a member. Texts called `key` are folded ([`fold`]).
#[derive(Debug, Clone, PartialEq)]
pub enum MemberCondition {
    Id(MemberId),
    /// Of the id as text with `prefix` before it: an address begins so.
    IdText {
        prefix: String,
        test: TextTest,
    },
    /// Letter case aside.
    UserName(TextTest),
    /// Letter case aside.
    DisplayName(ValueTest),
    /// Of the calling connection's own id for the person.
    ExternalId(ValueTest),
    Active(bool),
    /// Invited, and not accepted yet.
    Pending,
    /// Active or invited: a member of the account.
    Present,
    /// Has this address, and with `kind_key` as one of that type.
    Email {
        key: String,
        kind_key: Option<String>,
    },
    /// In the group with this SCIM id.
    GroupId(String),
    /// In the group whose name has this key.
    GroupName {
        key: String,
    },
    Created(Instants),
    Modified(Instants),
    /// Of the version as an ETag.
    Version(TextTest),
    /// Of one value of the document: one to three names from the schema table lead to it.
    Document {
        names: Vec<&'static str>,
        test: ValueTest,
    },
    /// Some one of these passes the whole filter.
    Entry {
        of: MemberEntries,
        filter: Filter<EntryCondition>,
    },
}

/// What a member has several of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberEntries {
    /// A multi-valued attribute of the document.
    Document(Vec<&'static str>),
    /// The e-mail addresses that have a value: `value` and `type`, both compared letter case
    /// aside.
    Addresses,
    /// The groups: `value`, `display`, and `$ref`, which is this prefix and the id.
    Groups { reference_prefix: String },
    /// The effective roles by the member's own policies: `value`.
    DirectRoles,
    /// Those by the policies of the member's groups.
    GroupRoles,
}

/// What can be asked of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupCondition {
    Id(String),
    /// As for members.
    IdText {
        prefix: String,
        test: TextTest,
    },
    /// Its name, or an old name that is kept as an alias.
    Name {
        key: String,
    },
    /// Of its name as it is now.
    NameText(TextTest),
    /// Of the calling connection's own id for the group.
    ExternalId(ValueTest),
    /// Has this member.
    Member(MemberId),
    /// Has any member.
    HasMembers,
    /// Managed by this connection; `None`: made by hand.
    ManagedBy(Option<ConnectionId>),
    /// Some policy is attached to it.
    HasPolicies,
    /// Some one member passes the whole filter on `value` and `$ref`, which is this prefix
    /// and the id.
    Entry {
        reference_prefix: String,
        filter: Filter<EntryCondition>,
    },
    Created(Instants),
    Modified(Instants),
    /// Of the version as an ETag.
    Version(TextTest),
}

pub type MemberFilter = Filter<MemberCondition>;
pub type GroupFilter = Filter<GroupCondition>;

impl<C> Filter<C> {
    /// All of them, with constants worked out.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut left = Vec::new();
        for part in parts {
            match part {
                Self::Constant(true) => {}
                Self::Constant(false) => return part,
                Self::And(inner) => left.extend(inner),
                other => left.push(other),
            }
        }
        match left.pop() {
            None => Self::Constant(true),
            Some(only) if left.is_empty() => only,
            Some(last) => {
                left.push(last);
                Self::And(left)
            }
        }
    }

    /// Any of them, with constants worked out.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut left = Vec::new();
        for part in parts {
            match part {
                Self::Constant(false) => {}
                Self::Constant(true) => return part,
                Self::Or(inner) => left.extend(inner),
                other => left.push(other),
            }
        }
        match left.pop() {
            None => Self::Constant(false),
            Some(only) if left.is_empty() => only,
            Some(last) => {
                left.push(last);
                Self::Or(left)
            }
        }
    }

    /// The contrary.
    #[expect(clippy::should_implement_trait, reason = "`!filter` would read worse")]
    pub fn not(part: Self) -> Self {
        match part {
            Self::Constant(value) => Self::Constant(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// The same with something else in each condition's place.
    pub fn replace<D>(&self, by: &impl Fn(&C) -> Filter<D>) -> Filter<D> {
        match self {
            Self::Constant(value) => Filter::Constant(*value),
            Self::Is(condition) => by(condition),
            Self::And(parts) => Filter::all(parts.iter().map(|part| part.replace(by))),
            Self::Or(parts) => Filter::any(parts.iter().map(|part| part.replace(by))),
            Self::Not(part) => Filter::not(part.replace(by)),
        }
    }

    /// Whether some condition that `indexed` accepts must hold for every match: then the
    /// store finds the few candidates by an index, and the read is bounded.
    pub fn is_selective(&self, indexed: &impl Fn(&C) -> bool) -> bool {
        match self {
            Self::Constant(value) => !value,
            Self::Is(condition) => indexed(condition),
            Self::And(parts) => parts.iter().any(|part| part.is_selective(indexed)),
            Self::Or(parts) => parts.iter().all(|part| part.is_selective(indexed)),
            Self::Not(_) => false,
        }
    }
}

impl TextTest {
    pub fn passes(&self, value: &str) -> bool {
        if self.folded {
            self.holds(&fold(value))
        } else {
            self.holds(value)
        }
    }

    fn holds(&self, value: &str) -> bool {
        let wanted = self.wanted.as_str();
        match self.op {
            TextOp::Equals => value == wanted,
            TextOp::Contains => value.contains(wanted),
            TextOp::StartsWith => value.starts_with(wanted),
            TextOp::EndsWith => value.ends_with(wanted),
            TextOp::Greater => value > wanted,
            TextOp::AtLeast => value >= wanted,
            TextOp::Less => value < wanted,
            TextOp::AtMost => value <= wanted,
        }
    }
}

impl ValueTest {
    /// The text that it wants the value to be.
    pub fn equal_to(&self) -> Option<&str> {
        match self {
            Self::Text(test) if test.op == TextOp::Equals => Some(&test.wanted),
            Self::Assigned | Self::NotEmpty | Self::Text(_) | Self::Is(_) | Self::Within(_) => None,
        }
    }

    /// Whether a text that is there, and is not empty, passes.
    pub fn passes(&self, text: &str) -> bool {
        match self {
            Self::Assigned | Self::NotEmpty => true,
            Self::Text(test) => test.passes(text),
            Self::Is(_) | Self::Within(_) => false,
        }
    }
}

impl Instants {
    /// Whether it is one instant.
    pub fn is_one(self) -> bool {
        self.from_ms == self.to_ms
    }
}

impl MemberCondition {
    /// Answered by an index that leaves few rows. A range, or a part of a text, leaves any
    /// number.
    pub fn is_indexed(&self) -> bool {
        match self {
            Self::Id(_) | Self::Email { .. } => true,
            Self::UserName(test) => test.op == TextOp::Equals,
            Self::DisplayName(test) | Self::ExternalId(test) => test.equal_to().is_some(),
            Self::Modified(instants) => instants.is_one(),
            Self::IdText { .. }
            | Self::Active(_)
            | Self::Pending
            | Self::Present
            | Self::GroupId(_)
            | Self::GroupName { .. }
            | Self::Created(_)
            | Self::Version(_)
            | Self::Document { .. }
            | Self::Entry { .. } => false,
        }
    }

    /// Whether one person at most passes.
    pub fn is_unique(&self) -> bool {
        match self {
            Self::Id(_) | Self::UserName(_) | Self::ExternalId(_) => self.is_indexed(),
            _ => false,
        }
    }
}

impl GroupCondition {
    /// Answered by an index that leaves few rows.
    pub fn is_indexed(&self) -> bool {
        match self {
            Self::Id(_) | Self::Name { .. } | Self::Member(_) => true,
            Self::ExternalId(test) => test.equal_to().is_some(),
            Self::IdText { .. }
            | Self::NameText(_)
            | Self::HasMembers
            | Self::ManagedBy(_)
            | Self::HasPolicies
            | Self::Entry { .. }
            | Self::Created(_)
            | Self::Modified(_)
            | Self::Version(_) => false,
        }
    }

    /// Whether one group at most passes.
    pub fn is_unique(&self) -> bool {
        match self {
            Self::Id(_) | Self::Name { .. } | Self::ExternalId(_) => self.is_indexed(),
            _ => false,
        }
    }
}

/// A stretch of a log, whose rows have growing numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: Start,
    /// Most rows to return.
    pub limit: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Newest first, from the newest.
    Newest,
    /// Newest first, from the row before this one on.
    Before(i64),
    /// Oldest first, from the row after this one on; 0 begins at the first.
    After(i64),
}
