//! What may be asked of members and groups. Doors lower their own filters to these closed
//! types; the store translates them to SQL and has no case it can't translate.

use super::id::MemberId;

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

/// What can be asked of a member. Texts called `key` are folded ([`super::text::fold`]).
#[derive(Debug, Clone, PartialEq)]
pub enum MemberCondition {
    /// `None`: the text asked for can be nobody's id.
    Id(Option<MemberId>),
    UserName {
        key: String,
    },
    DisplayName {
        key: String,
    },
    /// The calling connection's own id for the person, compared exactly.
    ExternalId(String),
    Active(bool),
    /// `emails.value`, and with `kind` an address of that type: `emails[type eq … and value eq …]`.
    Email {
        key: String,
        kind_key: Option<String>,
    },
    /// In the group with this SCIM id.
    GroupId(String),
    /// In a group whose name has this key.
    GroupName {
        key: String,
    },
    /// Milliseconds since 1970.
    CreatedAt(i64),
    ModifiedAt(i64),
    /// Holds the effective role of that name (folded), by the path when one is given.
    Role {
        key: Option<String>,
        path_key: Option<String>,
    },
    /// An attribute of the document; see [`DocumentCondition`].
    Document(DocumentCondition),
}

/// Names one value, or several, in a member's document: one to three attribute names from
/// the schema table (so never client text), e.g. `["name", "familyName"]`.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentPath {
    pub names: Vec<&'static str>,
    /// Whether the attribute is multi-valued: `names` then lead to the array and `sub` names
    /// the sub-attribute of each entry.
    pub entries: Option<EntryPath>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct EntryPath {
    pub sub: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
pub enum DocumentCondition {
    /// Some value at `path` passes `test`.
    Value { path: DocumentPath, test: ValueTest },
    /// Some one entry of the multi-valued attribute passes the whole filter: `emails[…]`.
    Entry {
        names: Vec<&'static str>,
        filter: Filter<EntryCondition>,
    },
}

/// A condition on one entry of a multi-valued complex attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryCondition {
    pub sub: &'static str,
    pub test: ValueTest,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ValueTest {
    /// Equal letter case aside; the text is folded already.
    EqualsFolded(String),
    EqualsExactly(String),
    EqualsBool(bool),
    /// Equal as an instant: the stored text is any spelling of it.
    EqualsInstant {
        ms: i64,
    },
    /// Absent, or null: `eq null`.
    Absent,
}

/// What can be asked of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum GroupCondition {
    Id(String),
    /// Its name, or an old name that is kept as an alias.
    Name {
        key: String,
    },
    ExternalId(String),
    /// Has this member. `None`: the text asked for can be nobody's id.
    Member(Option<MemberId>),
    /// Has any member.
    HasMembers,
    CreatedAt(i64),
    ModifiedAt(i64),
    Version(String),
}

pub type MemberFilter = Filter<MemberCondition>;
pub type GroupFilter = Filter<GroupCondition>;

impl<C> Filter<C> {
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

impl MemberCondition {
    /// Answered by an index that leaves few rows.
    pub fn is_indexed(&self) -> bool {
        matches!(
            self,
            Self::Id(_)
                | Self::UserName { .. }
                | Self::DisplayName { .. }
                | Self::ExternalId(_)
                | Self::Email { .. }
        )
    }
}

impl GroupCondition {
    /// Answered by an index that leaves few rows.
    pub fn is_indexed(&self) -> bool {
        matches!(
            self,
            Self::Id(_) | Self::Name { .. } | Self::ExternalId(_) | Self::Member(_)
        )
    }
}

/// One page of a list, SCIM's way (RFC 7644 3.4.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// 0-based.
    pub offset: i64,
    /// 0 asks for the total alone.
    pub limit: i64,
}

/// The rows of a page and how many there are in all.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    pub items: Vec<T>,
    pub total: i64,
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
