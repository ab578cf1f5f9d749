//! Filters as SQL: total, with bound values. What is put in comes from closed types and the
//! schema's own names, never from a client.

use rusqlite::types::Value;

use super::tx::ReadTx;
use crate::domain::error::Result;
use crate::domain::id::MemberId;
use crate::domain::query::{
    EntryCondition, Filter, GroupCondition, GroupFilter, Instants, MemberCondition, MemberEntries,
    MemberFilter, TextOp, TextTest, ValueTest,
};

/// Most sets of members that one filter may build before the first row is looked at.
const SETS_MAX: u8 = 2;

/// A WHERE clause: its text and the values of its `?` in order.
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

/// What a test looks at: an expression that occurs once, with the value it may need.
struct Operand {
    sql: String,
    value: Option<Value>,
    /// Whether it is folded as it is stored.
    is_key: bool,
}

impl Operand {
    fn of(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            value: None,
            is_key: false,
        }
    }

    fn key(sql: &str) -> Self {
        Self {
            is_key: true,
            ..Self::of(sql)
        }
    }

    /// `sql` behind a text.
    fn behind(prefix: &str, sql: &str) -> Self {
        Self {
            value: Some(text(prefix)),
            ..Self::of(format!("(? || {sql})"))
        }
    }
}

impl Where {
    /// A clause on `members m` and, where it needs it, `member_documents d`.
    pub(in crate::store) fn members(filter: &MemberFilter, place: Place) -> Self {
        let selective = filter.is_selective(&MemberCondition::is_indexed);
        let mut builder = Builder {
            sets: if selective { 0 } else { SETS_MAX },
            ..Builder::default()
        };
        builder.filter(filter, &mut |builder, condition| {
            builder.member(condition, place);
        });
        builder.clause
    }

    /// A clause on `groups g`.
    pub(in crate::store) fn groups(filter: &GroupFilter, place: Place) -> Self {
        let mut builder = Builder::default();
        builder.filter(filter, &mut |builder, condition| {
            builder.group(condition, place);
        });
        builder.clause
    }
}

#[derive(Default)]
struct Builder {
    clause: Where,
    /// How many more sets may be built. None where an index finds the few candidates, or where
    /// the contrary is asked for: there looking at each candidate costs less.
    sets: u8,
}

impl Builder {
    fn filter<C>(&mut self, filter: &Filter<C>, is: &mut impl FnMut(&mut Self, &C)) {
        match filter {
            Filter::Constant(value) => self.push(if *value { "1" } else { "0" }),
            Filter::Is(condition) => is(self, condition),
            Filter::And(parts) => self.joined(parts, " AND ", "1", is),
            Filter::Or(parts) => self.joined(parts, " OR ", "0", is),
            Filter::Not(part) => {
                let sets = std::mem::take(&mut self.sets);
                // What is not there equals nothing, so `not` of it holds: NULL counts as false.
                self.push("NOT IFNULL((");
                self.filter(part, is);
                self.push("), 0)");
                self.sets = sets;
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
        self.clause.sql.push_str(sql);
    }

    fn bind(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.clause.sql.push_str(sql);
        self.clause.values.extend(values);
    }

    fn member(&mut self, condition: &MemberCondition, place: Place) {
        let account = Value::from(place.account);
        match condition {
            MemberCondition::Id(id) => self.bind("m.id = ?", [blob(id)]),
            MemberCondition::IdText { prefix, test } => {
                self.text(&Operand::behind(prefix, "lower(hex(m.id))"), test);
            }
            MemberCondition::UserName(test) => {
                // Repeating the account lets SQLite take the index in any position.
                self.bind("(m.account = ? AND ", [account]);
                self.key("m.user_name_key", test);
                self.push(")");
            }
            MemberCondition::DisplayName(ValueTest::Text(test)) => {
                self.bind("(m.account = ? AND ", [account]);
                self.key("m.display_name_key", test);
                self.push(")");
            }
            MemberCondition::DisplayName(test) => {
                self.test(&Operand::key("m.display_name_key"), test);
            }
            MemberCondition::ExternalId(test) => {
                self.external_id(["m.seq", "member", "member_external_ids"], test, place);
            }
            MemberCondition::Active(true) => self.push("m.state = 'active'"),
            MemberCondition::Active(false) => self.push("m.state <> 'active'"),
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
            MemberCondition::GroupId(id) => self.in_group(
                "groups y JOIN group_members x ON x.grp = y.seq",
                ("y.account = ? AND y.scim_id = ?", [account, text(id)]),
            ),
            MemberCondition::GroupName { key } => self.in_group(
                "group_names y JOIN group_members x ON x.grp = y.grp",
                (
                    "y.account = ? AND y.name_key = ? AND y.kind = 'current'",
                    [account, text(key)],
                ),
            ),
            MemberCondition::Created(instants) => self.within("m.created_ms", *instants),
            MemberCondition::Modified(instants) => {
                self.bind("(m.account = ? AND ", [account]);
                self.within("m.modified_ms", *instants);
                self.push(")");
            }
            MemberCondition::Version(test) => {
                let version = Operand {
                    value: Some(Value::from(place.connection)),
                    ..Operand::of(VERSION)
                };
                self.text(&version, test);
            }
            MemberCondition::Document { names, test } => {
                self.clause.needs_document = true;
                let path = json_path(names);
                if *test == ValueTest::Assigned {
                    // An object would be written out as text, only to be there.
                    self.push(&format!("json_type(d.document, '{path}') <> 'null'"));
                } else {
                    let value = format!("json_extract(d.document, '{path}')");
                    self.test(&Operand::of(value), test);
                }
            }
            MemberCondition::Entry { of, filter } => self.entry(of, filter, place),
        }
    }

    /// Members of the group that `which` finds in `from`.
    fn in_group(&mut self, from: &str, (which, values): (&str, [Value; 2])) {
        if let Some(left) = self.sets.checked_sub(1) {
            self.sets = left;
            self.bind(
                &format!("m.seq IN (SELECT x.member FROM {from} WHERE {which})"),
                values,
            );
        } else {
            self.bind(
                &format!(
                    "EXISTS (SELECT 1 FROM {from} WHERE {which} AND x.member = m.seq LIMIT 1)"
                ),
                values,
            );
        }
    }

    fn entry(&mut self, of: &MemberEntries, filter: &Filter<EntryCondition>, place: Place) {
        match of {
            MemberEntries::Document(names) => {
                self.clause.needs_document = true;
                let from = format!("json_each(d.document, '{}') e WHERE ", json_path(names));
                self.exists(&from, filter, |sub| {
                    Operand::of(format!("json_extract(e.value, '$.\"{sub}\"')"))
                });
            }
            MemberEntries::Addresses => {
                let key = |sub: &str| {
                    Operand::key(if sub == "type" {
                        "e.kind_key"
                    } else {
                        "e.value_key"
                    })
                };
                if let Some(left) = self.sets.checked_sub(1) {
                    self.sets = left;
                    self.bind(
                        "m.seq IN (SELECT e.member FROM member_emails e WHERE e.account = ? AND ",
                        [Value::from(place.account)],
                    );
                    self.tests(filter, key);
                    self.push(")");
                } else {
                    self.exists("member_emails e WHERE e.member = m.seq AND ", filter, key);
                }
            }
            MemberEntries::Groups { reference_prefix } => self.exists(
                "group_members x JOIN groups y ON y.seq = x.grp WHERE x.member = m.seq AND ",
                filter,
                |sub| match sub {
                    "display" => Operand::of("y.name"),
                    "$ref" => Operand::behind(reference_prefix, "y.scim_id"),
                    _ => Operand::of("y.scim_id"),
                },
            ),
            MemberEntries::DirectRoles => self.roles(
                "policies p JOIN policy_permission_groups r ON r.policy = p.seq
                 WHERE p.member = m.seq",
                filter,
            ),
            MemberEntries::GroupRoles => self.roles(
                "group_members x JOIN policies p ON p.grp = x.grp
                 JOIN policy_permission_groups r ON r.policy = p.seq WHERE x.member = m.seq",
                filter,
            ),
        }
    }

    /// Who is not active holds no role.
    fn roles(&mut self, from: &str, filter: &Filter<EntryCondition>) {
        self.push("(m.state = 'active' AND ");
        let from = format!("{from} AND p.access = 'allow' AND ");
        self.exists(&from, filter, |_| {
            Operand::of("role_name(r.permission_group)")
        });
        self.push(")");
    }

    /// Whether a row of `from` passes the tests; `operand` says where a sub-attribute is. The
    /// limit keeps SQLite from making a join of it: many of those in one filter are planned
    /// for longer than they run.
    fn exists(
        &mut self,
        from: &str,
        filter: &Filter<EntryCondition>,
        operand: impl Fn(&str) -> Operand,
    ) {
        self.push("EXISTS (SELECT 1 FROM ");
        self.push(from);
        self.tests(filter, operand);
        self.push(" LIMIT 1)");
    }

    fn tests(&mut self, filter: &Filter<EntryCondition>, operand: impl Fn(&str) -> Operand) {
        self.filter(filter, &mut |builder, EntryCondition { sub, test }| {
            builder.test(&operand(sub), test);
        });
    }

    /// `[row, column, table]`: of whom, and where the external ids are.
    fn external_id(&mut self, [row, column, table]: [&str; 3], test: &ValueTest, place: Place) {
        let connection = Value::from(place.connection);
        if let Some(wanted) = test.equal_to() {
            self.bind(
                &format!(
                    "{row} IN (SELECT {column} FROM {table} WHERE connection = ? AND value = ?)"
                ),
                [connection, text(wanted)],
            );
            return;
        }
        self.bind(
            &format!(
                "EXISTS (SELECT 1 FROM {table} e WHERE e.{column} = {row} AND e.connection = ? AND "
            ),
            [connection],
        );
        self.test(&Operand::of("e.value"), test);
        self.push(" LIMIT 1)");
    }

    /// A comparison of a stored key; one that an index with the key knows, if it can be.
    fn key(&mut self, column: &str, test: &TextTest) {
        if test.op != TextOp::StartsWith {
            return self.text(&Operand::key(column), test);
        }
        self.bind(&format!("{column} >= ?"), [text(&test.wanted)]);
        if let Some(end) = after_all_with(&test.wanted) {
            self.bind(&format!(" AND {column} < ?"), [Value::from(end)]);
        }
    }

    fn within(&mut self, column: &str, Instants { from_ms, to_ms }: Instants) {
        if from_ms == to_ms {
            return self.bind(&format!("{column} = ?"), [Value::from(from_ms)]);
        }
        // One side alone where there is no other.
        match (from_ms, to_ms) {
            (from, i64::MAX) => self.bind(&format!("{column} >= ?"), [Value::from(from)]),
            (i64::MIN, to) => self.bind(&format!("{column} <= ?"), [Value::from(to)]),
            (from, to) => self.bind(
                &format!("{column} BETWEEN ? AND ?"),
                [Value::from(from), Value::from(to)],
            ),
        }
    }

    fn test(&mut self, operand: &Operand, test: &ValueTest) {
        match test {
            ValueTest::Text(test) => self.text(operand, test),
            ValueTest::Assigned => {
                self.operand(operand);
                self.push(" IS NOT NULL");
            }
            ValueTest::NotEmpty => {
                self.operand(operand);
                self.push(" <> ''");
            }
            ValueTest::Is(on) => {
                self.operand(operand);
                self.bind(" = ?", [Value::from(*on)]);
            }
            ValueTest::Within(instants) => {
                let Operand { sql, value, .. } = operand;
                self.clause.values.extend(value.clone());
                self.within(&format!("instant_ms({sql})"), *instants);
            }
        }
    }

    fn text(&mut self, operand: &Operand, TextTest { op, wanted, folded }: &TextTest) {
        let (function, operator) = match op {
            TextOp::Equals => ("", " = ?"),
            TextOp::Contains => ("contains(", ", ?)"),
            TextOp::StartsWith => ("starts_with(", ", ?)"),
            TextOp::EndsWith => ("ends_with(", ", ?)"),
            TextOp::Greater => ("", " > ?"),
            TextOp::AtLeast => ("", " >= ?"),
            TextOp::Less => ("", " < ?"),
            TextOp::AtMost => ("", " <= ?"),
        };
        self.push(function);
        if *folded && !operand.is_key {
            self.push("fold(");
            self.operand(operand);
            self.push(")");
        } else {
            self.operand(operand);
        }
        self.bind(operator, [text(wanted)]);
    }

    fn operand(&mut self, Operand { sql, value, .. }: &Operand) {
        self.bind(sql, value.clone());
    }

    fn group(&mut self, condition: &GroupCondition, place: Place) {
        let account = Value::from(place.account);
        match condition {
            GroupCondition::Id(id) => {
                self.bind("(g.account = ? AND g.scim_id = ?)", [account, text(id)]);
            }
            GroupCondition::IdText { prefix, test } => {
                self.text(&Operand::behind(prefix, "g.scim_id"), test);
            }
            GroupCondition::Name { key } => self.bind(
                "g.seq IN (SELECT grp FROM group_names WHERE account = ? AND name_key = ?)",
                [account, text(key)],
            ),
            GroupCondition::NameText(test) => self.text(&Operand::of("g.name"), test),
            GroupCondition::ExternalId(test) => {
                self.external_id(["g.seq", "grp", "group_external_ids"], test, place);
            }
            GroupCondition::Member(id) => self.bind(
                "g.seq IN (SELECT x.grp FROM members y JOIN group_members x ON x.member = y.seq
                           WHERE y.id = ? AND y.account = ?)",
                [blob(id), account],
            ),
            GroupCondition::HasMembers => self.push("g.member_count > 0"),
            GroupCondition::Entry {
                reference_prefix,
                filter,
            } => self.group_entry(reference_prefix, filter),
            GroupCondition::Created(instants) => self.within("g.created_ms", *instants),
            GroupCondition::Modified(instants) => self.within("g.modified_ms", *instants),
            GroupCondition::Version(test) => {
                self.text(&Operand::of("('W/\"' || g.version || '\"')"), test);
            }
        }
    }

    fn group_entry(&mut self, prefix: &str, filter: &Filter<EntryCondition>) {
        const ID: &str = "lower(hex(x.member_id))";
        self.push("EXISTS (SELECT 1 FROM group_members x WHERE x.grp = g.seq AND ");
        self.filter(filter, &mut |builder, EntryCondition { sub, test }| {
            match (*sub, test.equal_to().map(str::parse::<MemberId>)) {
                // One look-up, where the id's text would be made of every member's.
                ("value", Some(Ok(id))) => builder.bind(
                    "x.member = (SELECT seq FROM members WHERE id = ?)",
                    [blob(&id)],
                ),
                ("$ref", _) => builder.test(&Operand::behind(prefix, ID), test),
                _ => builder.test(&Operand::of(ID), test),
            }
        });
        self.push(" LIMIT 1)");
    }
}

/// A member's version as its answer has it: see `functions::member_version`.
const VERSION: &str = "member_version(m.version,
    (SELECT json_group_array(json_array(y.scim_id, y.name) ORDER BY x.grp)
     FROM group_members x JOIN groups y ON y.seq = x.grp WHERE x.member = m.seq),
    (SELECT json_group_array(json_array(lower(hex(id)), by_group)) FROM (
        SELECT r.permission_group AS id, 0 AS by_group FROM policies p
        JOIN policy_permission_groups r ON r.policy = p.seq
        WHERE p.member = m.seq AND p.access = 'allow' AND m.state = 'active'
        UNION ALL
        SELECT r.permission_group, 1 FROM group_members x JOIN policies p ON p.grp = x.grp
        JOIN policy_permission_groups r ON r.policy = p.seq
        WHERE x.member = m.seq AND p.access = 'allow' AND m.state = 'active')),
    (SELECT value FROM member_external_ids WHERE member = m.seq AND connection = ?))";

/// The least text above all that begin with `prefix`; `None`: there is none. Texts are
/// ordered by their bytes, which UTF-8 makes the order of code points.
fn after_all_with(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // Steps over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

fn text(value: &str) -> Value {
    Value::from(value.to_owned())
}

fn blob(id: &MemberId) -> Value {
    Value::from(id.as_bytes().to_vec())
}

/// `$."name"."familyName"`: names of the schema hold dots and colons, but no quotes.
fn json_path(names: &[&'static str]) -> String {
    let mut path = String::from("$");
    for name in names {
        path.push_str(".\"");
        path.push_str(name);
        path.push('"');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_the_next_text() {
        let end = |prefix: &str| after_all_with(prefix);
        assert_eq!(end("ab").as_deref(), Some("ac"));
        assert_eq!(end("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(end("\u{10ffff}"), None);
        assert_eq!(end(""), None);
    }
}
