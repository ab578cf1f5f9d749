//! Lists of members and groups: their order, where a page of them begins, and what a page is.

use super::query::{Filter, GroupCondition, MemberCondition};

/// In which order a list comes: by `key`, what has no value after all that has one, and ties
/// in the order of being made. `descending` is exactly the reverse of that.
#[derive(Debug, Clone, PartialEq)]
pub struct Order<K> {
    pub key: K,
    pub descending: bool,
}

/// What members can be sorted by. Of several values counts the primary one, else the first.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum MemberSort {
    /// When they were made: also for what is the same in everybody.
    #[default]
    Made,
    Id,
    UserName,
    DisplayName,
    /// The calling connection's own id for the person.
    ExternalId,
    Active,
    CreatedAt,
    ModifiedAt,
    GroupId,
    GroupName,
    /// Whether they are in a group at all.
    AnyGroup,
    RoleName,
    RolePath,
    /// A value of the document.
    Document {
        path: DocumentPath,
        compare: Compare,
    },
}

/// What groups can be sorted by.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum GroupSort {
    /// When they were made.
    #[default]
    Made,
    Id,
    Name,
    ExternalId,
    CreatedAt,
    ModifiedAt,
    MemberId,
    /// Whether they have a member at all.
    AnyMember,
    MemberCount,
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

/// How two values of a document are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Letter case aside, by code points of the folded text.
    Folded,
    /// By code points.
    Exactly,
    /// `false` before `true`.
    Boolean,
    /// As instants.
    Instant,
}

impl MemberSort {
    /// Whether an index has this order, so that a page costs no more than its rows.
    pub fn is_indexed(&self) -> bool {
        // An index has displayName too, but who has none is found by looking at everybody.
        matches!(self, Self::Made | Self::UserName | Self::ModifiedAt)
    }
}

impl GroupSort {
    /// Whether an index has this order, so that a page costs no more than its rows.
    pub fn is_indexed(&self) -> bool {
        matches!(self, Self::Made | Self::Id | Self::Name)
    }
}

/// Longest text of a [`Position`], in bytes: what is longer is cut.
pub const POSITION_TEXT_BYTES_MAX: usize = 1024;

/// What a row is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortValue {
    /// Nothing, or there is no order but that of being made.
    Missing,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// Where a row stands in an order. It stays a place in it when the row is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub key: SortValue,
    /// The row's own key: it grows in the order of being made.
    pub seq: i64,
}

/// Which part of a list a place is in: a search of everything lists people, then groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Members,
    Groups,
}

/// A place in a list that may have two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub part: Part,
    pub position: Position,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin<P = Position> {
    /// With the first row.
    First,
    /// After so many rows.
    At(i64),
    /// With the row after this place.
    After(P),
    /// So that it ends with the row before this place.
    Before(P),
    /// So that it ends with the last row.
    Last,
}

impl<P> Begin<P> {
    /// Whether the page is read from its end.
    pub fn is_backward(&self) -> bool {
        matches!(self, Self::Before(_) | Self::Last)
    }

    pub fn map<Q>(self, f: impl FnOnce(P) -> Q) -> Begin<Q> {
        match self {
            Self::First => Begin::First,
            Self::At(offset) => Begin::At(offset),
            Self::After(place) => Begin::After(f(place)),
            Self::Before(place) => Begin::Before(f(place)),
            Self::Last => Begin::Last,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<P = Position> {
    pub begin: Begin<P>,
    /// Most rows to return; 0 asks for the total alone.
    pub limit: i64,
    /// How many match in all, as an earlier page said: they are not counted again.
    pub known_total: Option<i64>,
}

/// A list and the page of it that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<C, K> {
    pub filter: Option<Filter<C>>,
    pub order: Order<K>,
    pub span: Span,
}

impl<C, K: Default> Listing<C, K> {
    /// The first page, in the order of being made.
    pub fn first(filter: Option<Filter<C>>, limit: i64) -> Self {
        Self {
            filter,
            order: Order {
                key: K::default(),
                descending: false,
            },
            span: Span {
                begin: Begin::First,
                limit,
                known_total: None,
            },
        }
    }
}

pub type MemberListing = Listing<MemberCondition, MemberSort>;
pub type GroupListing = Listing<GroupCondition, GroupSort>;

/// The rows of a page, where each stands, and how many there are in all.
#[derive(Debug, Clone)]
pub struct Paged<T, P = Position> {
    pub items: Vec<T>,
    /// One for each item.
    pub positions: Vec<P>,
    /// Whether there are rows beyond the page, in the direction it was read.
    pub more: bool,
    pub total: i64,
}
