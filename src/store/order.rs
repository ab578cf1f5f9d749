//! Orders as SQL: the expression that rows are sorted by. Like filters, they are put together
//! from closed types and the schema's own names, never from a client's text.

use rusqlite::types::Value;

use super::external_ids::{GROUP_OPERAND, MEMBER_OPERAND};
use super::legacy::old_names::{GROUP_NAME, MEMBERS_GROUP_NAME};
use super::query::Place;
use super::query::members::{GROUP_GRANTS, OWN_GRANTS, json_path};
use super::roles::name_sql;
use crate::domain::listing::{
    Compare, DocumentPath, EntryPath, GroupSort, MemberSort, POSITION_TEXT_BYTES_MAX, SortValue,
};

/// Which rows have something to be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Has {
    /// None: they come in the order they were made.
    Nothing,
    Always,
    Sometimes,
}

/// What rows are sorted by.
#[derive(Debug)]
pub(in crate::store) struct Sort {
    /// An SQL expression; NULL is a missing value.
    pub(in crate::store) expression: String,
    /// The values of its `?`.
    pub(in crate::store) values: Vec<Value>,
    pub(in crate::store) has: Has,
    /// Whether an index has the rows in this order.
    pub(in crate::store) along_index: bool,
    /// What is joined for it, with the condition that makes it one row.
    pub(in crate::store) join: &'static str,
}

impl Sort {
    fn by(expression: impl Into<String>, has: Has) -> Self {
        Self {
            expression: expression.into(),
            values: Vec::new(),
            has,
            along_index: false,
            join: "",
        }
    }

    fn along_index(expression: &str, has: Has) -> Self {
        Self {
            along_index: true,
            ..Self::by(expression, has)
        }
    }

    /// An order of `members m`.
    pub(in crate::store) fn members(key: &MemberSort, place: Place) -> Self {
        match key {
            MemberSort::Made => Self::by("NULL", Has::Nothing),
            MemberSort::Id => Self::by("m.id", Has::Always),
            MemberSort::UserName => Self::along_index("m.user_name_key", Has::Always),
            MemberSort::DisplayName => Self::along_index("m.display_name_key", Has::Sometimes),
            MemberSort::ExternalId => Self {
                values: vec![Value::from(place.connection)],
                ..Self::by(MEMBER_OPERAND, Has::Sometimes)
            },
            MemberSort::Active => Self::by("(m.state = 'active')", Has::Always),
            MemberSort::CreatedAt => Self::by("m.created_ms", Has::Always),
            MemberSort::ModifiedAt => Self::along_index("m.modified_ms", Has::Always),
            MemberSort::GroupId => Self::first_group("y.scim_id"),
            MemberSort::GroupName => Self {
                values: vec![Value::from(place.connection)],
                ..Self::first_group(&format!("fold({MEMBERS_GROUP_NAME})"))
            },
            MemberSort::AnyGroup => Self::first_group("'direct'"),
            MemberSort::RoleName => Self::first_role("fold(r.name)"),
            MemberSort::RolePath => {
                Self::first_role("CASE r.path WHEN 0 THEN 'direct' ELSE 'group' END")
            }
            MemberSort::Document { path, compare } => {
                Self::by(document(path, *compare), Has::Sometimes)
            }
        }
    }

    /// A User's `groups` are shown in this order.
    fn first_group(value: &str) -> Self {
        let sql = format!(
            "(SELECT {value} FROM group_members x JOIN groups y ON y.seq = x.grp
              WHERE x.member = m.seq ORDER BY x.grp LIMIT 1)"
        );
        Self::by(sql, Has::Sometimes)
    }

    /// A User's `roles` are shown in this order, and only while active.
    fn first_role(value: &str) -> Self {
        let name = name_sql("g.id");
        let sql = format!(
            "(SELECT {value} FROM (
                SELECT {name} AS name, 0 AS path FROM ({OWN_GRANTS}) g
                UNION ALL
                SELECT {name}, 1 FROM ({GROUP_GRANTS}) g) r
              WHERE m.state = 'active' ORDER BY r.name, r.path LIMIT 1)"
        );
        Self::by(sql, Has::Sometimes)
    }

    /// An order of `groups g`.
    pub(in crate::store) fn groups(key: &GroupSort, place: Place) -> Self {
        match key {
            GroupSort::Made => Self::by("NULL", Has::Nothing),
            GroupSort::Id => Self::along_index("g.scim_id", Has::Always),
            GroupSort::Name if place.old_names => Self {
                values: vec![Value::from(place.connection)],
                ..Self::by(format!("fold({GROUP_NAME})"), Has::Always)
            },
            GroupSort::Name => Self {
                // The account's repetition lets SQLite walk along the names.
                join: " JOIN group_names n ON n.grp = g.seq AND n.account = g.account
                        AND n.kind = 'current'",
                ..Self::along_index("n.name_key", Has::Always)
            },
            GroupSort::ExternalId => Self {
                values: vec![Value::from(place.connection)],
                ..Self::by(GROUP_OPERAND, Has::Sometimes)
            },
            GroupSort::CreatedAt => Self::by("g.created_ms", Has::Always),
            GroupSort::ModifiedAt => Self::by("g.modified_ms", Has::Always),
            GroupSort::MemberId => Self::by(
                "(SELECT o.member_id FROM group_members o
                  WHERE o.grp = g.seq ORDER BY o.member LIMIT 1)",
                Has::Sometimes,
            ),
            GroupSort::MemberCount => Self::by("g.member_count", Has::Always),
            GroupSort::AnyMember => Self::by(
                "CASE WHEN g.member_count > 0 THEN 'User' END",
                Has::Sometimes,
            ),
        }
    }
}

/// A value of the document. Of several entries counts the primary one, else the first
/// (RFC 7644 3.4.2.3).
fn document(path: &DocumentPath, compare: Compare) -> String {
    let compared = |value: String| match compare {
        Compare::Folded => format!("fold({value})"),
        Compare::Exactly | Compare::Boolean => value,
        Compare::Instant => format!("instant_ms({value})"),
    };
    let names = json_path(&path.names);
    match &path.entries {
        None => compared(format!("json_extract(m.document, '{names}')")),
        Some(EntryPath { sub }) => format!(
            "(SELECT {} FROM json_each(m.document, '{names}') o
              ORDER BY IFNULL(json_extract(o.value, '$.\"primary\"'), 0) DESC, o.key LIMIT 1)",
            compared(format!("json_extract(o.value, '$.\"{sub}\"')"))
        ),
    }
}

/// What a row is sorted by.
pub(in crate::store) fn read_value(value: Value) -> SortValue {
    match value {
        Value::Integer(number) => SortValue::Integer(number),
        Value::Text(text) => SortValue::Text(text),
        Value::Blob(bytes) => SortValue::Bytes(bytes),
        // No attribute is a decimal number.
        Value::Null | Value::Real(_) => SortValue::Missing,
    }
}

/// The same as a position keeps it: the beginning of a long text.
pub(in crate::store) fn cut(value: SortValue) -> SortValue {
    match value {
        SortValue::Text(mut text) if text.len() > POSITION_TEXT_BYTES_MAX => {
            text.truncate(text.floor_char_boundary(POSITION_TEXT_BYTES_MAX));
            SortValue::Text(text)
        }
        other => other,
    }
}

/// The same as a value to compare with.
pub(in crate::store) fn to_value(value: &SortValue) -> Value {
    match value {
        SortValue::Missing => Value::Null,
        SortValue::Integer(number) => Value::from(*number),
        SortValue::Text(text) => Value::from(text.clone()),
        SortValue::Bytes(bytes) => Value::from(bytes.clone()),
    }
}

/// Whether the position holds the beginning of its text only: no character is longer than
/// four bytes.
pub(in crate::store) fn is_cut(value: &SortValue) -> bool {
    matches!(value, SortValue::Text(text) if text.len() + 3 >= POSITION_TEXT_BYTES_MAX)
}
