//! Filters as SQL: total, with bound values. The only place where SQL text is put together;
//! what is put in comes from closed types and the schema's own names, never from a client.

use rusqlite::types::Value;

use super::tx::ReadTx;
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::query::{
    DocumentCondition, DocumentPath, EntryCondition, Filter, GroupCondition, GroupFilter,
    MemberCondition, MemberFilter, ValueTest,
};
use crate::domain::text::fold;

/// A WHERE clause under construction: its text and the values of its `?` in order.
#[derive(Debug, Default)]
pub(in crate::store) struct Where {
    pub(in crate::store) sql: String,
    pub(in crate::store) values: Vec<Value>,
    /// Whether the text speaks of `d.document`.
    pub(in crate::store) needs_document: bool,
}

/// Whose rows and whose external ids are asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Place {
    pub(in crate::store) account: i64,
    pub(in crate::store) connection: Option<i64>,
}

impl Place {
    pub(in crate::store) fn of(tx: &ReadTx<'_>) -> Result<Self> {
        Ok(Self {
            account: tx.account()?,
            connection: tx.connection(),
        })
    }
}

impl Where {
    /// A clause on `members m` and, where it needs it, `member_documents d`.
    pub(in crate::store) fn members(filter: &MemberFilter, place: Place) -> Self {
        let mut clause = Self::default();
        clause.filter(filter, &mut |clause, condition| {
            clause.member(condition, place);
        });
        clause
    }

    /// A clause on `groups g`.
    pub(in crate::store) fn groups(filter: &GroupFilter, place: Place) -> Self {
        let mut clause = Self::default();
        clause.filter(filter, &mut |clause, condition| {
            clause.group(condition, place);
        });
        clause
    }

    fn filter<C>(&mut self, filter: &Filter<C>, is: &mut impl FnMut(&mut Self, &C)) {
        match filter {
            Filter::Constant(value) => self.push(if *value { "1" } else { "0" }),
            Filter::Is(condition) => is(self, condition),
            Filter::And(parts) => self.joined(parts, " AND ", "1", is),
            Filter::Or(parts) => self.joined(parts, " OR ", "0", is),
            Filter::Not(part) => {
                // What is not there equals nothing, so `not` of it holds: NULL counts as false.
                self.push("NOT IFNULL((");
                self.filter(part, is);
                self.push("), 0)");
            }
        }
    }

    fn joined<C>(
        &mut self,
        parts: &[Filter<C>],
        separator: &str,
        empty: &str,
        is: &mut impl FnMut(&mut Self, &C),
    ) {
        if parts.is_empty() {
            return self.push(empty);
        }
        self.push("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            self.filter(part, is);
        }
        self.push(")");
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn bind(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(sql);
        self.values.extend(values);
    }

    fn member(&mut self, condition: &MemberCondition, place: Place) {
        let account = Value::from(place.account);
        match condition {
            MemberCondition::Id(Some(id)) => self.bind("m.id = ?", [blob(id.as_bytes())]),
            MemberCondition::Id(None) => self.push("0"),
            MemberCondition::UserName { key } => {
                // Repeating the account lets SQLite take the unique index in any position.
                self.bind(
                    "(m.account = ? AND m.user_name_key = ?)",
                    [account, text(key)],
                );
            }
            MemberCondition::DisplayName { key } => {
                self.bind(
                    "(m.account = ? AND m.display_name_key = ?)",
                    [account, text(key)],
                );
            }
            MemberCondition::ExternalId(value) => self.bind(
                "m.seq IN (SELECT member FROM member_external_ids
                           WHERE connection = ? AND value = ?)",
                [Value::from(place.connection), text(value)],
            ),
            MemberCondition::Active(active) => {
                self.bind("(m.state = 'active') = ?", [Value::from(*active)]);
            }
            MemberCondition::Email { key, kind_key } => {
                self.bind(
                    "m.seq IN (SELECT member FROM member_emails
                               WHERE account = ? AND value_key = ?",
                    [account, text(key)],
                );
                if let Some(kind) = kind_key {
                    self.bind(" AND kind_key = ?", [text(kind)]);
                }
                self.push(")");
            }
            MemberCondition::GroupId(id) => self.bind(
                "m.seq IN (SELECT x.member FROM groups y JOIN group_members x ON x.grp = y.seq
                           WHERE y.account = ? AND y.scim_id = ?)",
                [account, text(id)],
            ),
            MemberCondition::GroupName { key } => self.bind(
                "m.seq IN (SELECT x.member FROM group_names y JOIN group_members x ON x.grp = y.grp
                           WHERE y.account = ? AND y.name_key = ? AND y.kind = 'current')",
                [account, text(key)],
            ),
            MemberCondition::CreatedAt(ms) => self.bind("m.created_ms = ?", [Value::from(*ms)]),
            MemberCondition::ModifiedAt(ms) => self.bind(
                "(m.account = ? AND m.modified_ms = ?)",
                [account, Value::from(*ms)],
            ),
            MemberCondition::Role { key, path_key } => {
                self.role(key.as_deref(), path_key.as_deref());
            }
            MemberCondition::Document(condition) => {
                self.needs_document = true;
                self.document(condition);
            }
        }
    }

    /// Effective roles come from policies, of the member and of their groups, while active.
    fn role(&mut self, key: Option<&str>, path_key: Option<&str>) {
        self.push("(m.state = 'active' AND (0");
        let direct = path_key.is_none_or(|path| path == "direct");
        let group = path_key.is_none_or(|path| path == "group");
        let ids: Option<Vec<Value>> = key.map(|key| {
            let named = catalogue::roles().filter(|role| fold(&role.name) == key);
            named
                .map(|role| blob(role.permission_group.id.as_bytes()))
                .collect()
        });
        let paths = [
            (
                direct,
                " OR EXISTS (SELECT 1 FROM policies p
                JOIN policy_permission_groups r ON r.policy = p.seq
                WHERE p.member = m.seq AND p.access = 'allow'",
            ),
            (
                group,
                " OR EXISTS (SELECT 1 FROM group_members x
                JOIN policies p ON p.grp = x.grp
                JOIN policy_permission_groups r ON r.policy = p.seq
                WHERE x.member = m.seq AND p.access = 'allow'",
            ),
        ];
        for (wanted, sql) in paths {
            if !wanted {
                continue;
            }
            self.push(sql);
            if let Some(ids) = &ids {
                let marks = vec!["?"; ids.len()].join(", ");
                self.bind(
                    &format!(" AND r.permission_group IN ({marks})"),
                    ids.iter().cloned(),
                );
            }
            self.push(")");
        }
        self.push("))");
    }

    fn document(&mut self, condition: &DocumentCondition) {
        match condition {
            DocumentCondition::Value {
                path:
                    DocumentPath {
                        names,
                        entries: None,
                    },
                test,
            } => {
                let value = format!("json_extract(d.document, '{}')", json_path(names));
                self.test(&value, test);
            }
            DocumentCondition::Value {
                path:
                    DocumentPath {
                        names,
                        entries: Some(entry),
                    },
                test,
            } => {
                let absent = matches!(test, ValueTest::Absent);
                // "No value" of a multi-valued attribute: no entry has one.
                self.push(if absent { "NOT EXISTS (" } else { "EXISTS (" });
                self.push(&format!(
                    "SELECT 1 FROM json_each(d.document, '{}') e WHERE ",
                    json_path(names)
                ));
                let value = entry_value(entry.sub);
                if absent {
                    self.push(&format!("{value} IS NOT NULL"));
                } else {
                    self.test(&value, test);
                }
                self.push(")");
            }
            DocumentCondition::Entry { names, filter } => {
                self.push(&format!(
                    "EXISTS (SELECT 1 FROM json_each(d.document, '{}') e WHERE ",
                    json_path(names)
                ));
                self.filter(filter, &mut |clause, EntryCondition { sub, test }| {
                    clause.test(&entry_value(sub), test);
                });
                self.push(")");
            }
        }
    }

    fn test(&mut self, value: &str, test: &ValueTest) {
        match test {
            ValueTest::EqualsFolded(key) => self.bind(&format!("fold({value}) = ?"), [text(key)]),
            ValueTest::EqualsExactly(exact) => self.bind(&format!("{value} = ?"), [text(exact)]),
            ValueTest::EqualsBool(on) => self.bind(&format!("{value} = ?"), [Value::from(*on)]),
            ValueTest::EqualsInstant { ms } => {
                self.bind(&format!("instant_ms({value}) = ?"), [Value::from(*ms)]);
            }
            ValueTest::Absent => self.push(&format!("{value} IS NULL")),
        }
    }

    fn group(&mut self, condition: &GroupCondition, place: Place) {
        let account = Value::from(place.account);
        match condition {
            GroupCondition::Id(id) => {
                self.bind("(g.account = ? AND g.scim_id = ?)", [account, text(id)]);
            }
            GroupCondition::Name { key } => self.bind(
                "g.seq IN (SELECT grp FROM group_names WHERE account = ? AND name_key = ?)",
                [account, text(key)],
            ),
            GroupCondition::ExternalId(value) => self.bind(
                "g.seq IN (SELECT grp FROM group_external_ids WHERE connection = ? AND value = ?)",
                [Value::from(place.connection), text(value)],
            ),
            GroupCondition::Member(Some(id)) => self.bind(
                "g.seq IN (SELECT x.grp FROM members y JOIN group_members x ON x.member = y.seq
                           WHERE y.id = ? AND y.account = ?)",
                [blob(id.as_bytes()), account],
            ),
            GroupCondition::Member(None) => self.push("0"),
            GroupCondition::HasMembers => self.push("g.member_count > 0"),
            GroupCondition::CreatedAt(ms) => self.bind("g.created_ms = ?", [Value::from(*ms)]),
            GroupCondition::ModifiedAt(ms) => self.bind("g.modified_ms = ?", [Value::from(*ms)]),
            GroupCondition::Version(version) => {
                self.bind("'W/\"' || g.version || '\"' = ?", [text(version)]);
            }
        }
    }
}

fn text(value: &str) -> Value {
    Value::from(value.to_owned())
}

fn blob(bytes: &[u8]) -> Value {
    Value::from(bytes.to_vec())
}

/// `$."name"."familyName"`: names of the schema hold dots and colons, but no quotes.
pub(in crate::store) fn json_path(names: &[&'static str]) -> String {
    let mut path = String::from("$");
    for name in names {
        path.push_str(".\"");
        path.push_str(name);
        path.push('"');
    }
    path
}

/// The sub-attribute of the entry at hand; an empty name means the entry itself.
fn entry_value(sub: &'static str) -> String {
    if sub.is_empty() {
        "e.value".to_owned()
    } else {
        format!("json_extract(e.value, '$.\"{sub}\"')")
    }
}
