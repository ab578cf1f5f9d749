//! Filters as SQL: total, with bound values. What is put in comes from closed types and the
//! schema's own names, never from a client.

mod groups;
pub(in crate::store) mod members;

use rusqlite::types::Value;

use super::tx::ReadTx;
use crate::domain::error::Result;
use crate::domain::id::MemberId;
use crate::domain::query::{
    EntryCondition, Filter, GroupCondition, GroupFilter, Instants, MemberCondition, MemberFilter,
    TextOp, TextTest, ValueTest,
};

/// Most sets of members that one filter may build before the first row is looked at.
const SETS_MAX: u8 = 2;

/// A WHERE clause: its text and the values of its `?` in order.
#[derive(Debug, Default)]
pub(in crate::store) struct Where {
    pub(in crate::store) sql: String,
    pub(in crate::store) values: Vec<Value>,
    /// Whether no more than one row can pass.
    pub(in crate::store) finds_one: bool,
    /// Whether an index for each part of an `or` finds the rows. SQLite would rather go through
    /// the account's keys: a unary `+` before the column keeps it away.
    pub(in crate::store) by_or: bool,
}

/// Whose rows and whose external ids are asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Place {
    pub(in crate::store) account: i64,
    pub(in crate::store) connection: Option<i64>,
    /// Whether groups are sorted by names, of which the connection knows some by old ones: asked
    /// where it matters.
    pub(in crate::store) old_names: bool,
}

impl Place {
    pub(in crate::store) fn of(tx: &ReadTx<'_>) -> Result<Self> {
        Ok(Self {
            account: tx.account()?,
            connection: tx.connection(),
            old_names: false,
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

    /// `sql` with one `?`, which is the caller's connection.
    fn for_connection(sql: &str, place: Place) -> Self {
        Self {
            value: Some(Value::from(place.connection)),
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
    /// A clause on `members m`.
    pub(in crate::store) fn members(filter: &MemberFilter, place: Place) -> Self {
        let selective = filter.is_selective(&MemberCondition::is_indexed);
        let mut builder = Builder {
            sets: if selective { 0 } else { SETS_MAX },
            range: if selective { "+" } else { "" },
            ..Builder::default()
        };
        builder.clause.by_or = is_by_or(filter, &MemberCondition::is_indexed);
        builder.clause.finds_one = has_key(filter, &MemberCondition::is_unique);
        builder.filter(filter, &mut |builder, condition| {
            builder.member(condition, place);
        });
        builder.clause
    }

    /// A clause on `groups g`.
    pub(in crate::store) fn groups(filter: &GroupFilter, place: Place) -> Self {
        let mut builder = Builder::default();
        builder.clause.by_or = is_by_or(filter, &GroupCondition::is_indexed);
        builder.clause.finds_one = has_key(filter, &GroupCondition::is_unique);
        builder.filter(filter, &mut |builder, condition| {
            builder.group(condition, place);
        });
        builder.clause
    }
}

/// See [`Where::by_or`]. Only where SQLite really can: with one part that no index answers it
/// would go through everybody of every account.
fn is_by_or<C>(filter: &Filter<C>, indexed: &impl Fn(&C) -> bool) -> bool {
    match filter {
        Filter::Or(parts) => {
            let nested =
                |part: &Filter<C>| matches!(part, Filter::Or(_)) && is_by_or(part, indexed);
            let answers = |part| has_key(part, indexed) || nested(part);
            parts.iter().all(answers) && !parts.is_empty()
        }
        Filter::And(parts) => {
            !has_key(filter, indexed) && parts.iter().any(|part| is_by_or(part, indexed))
        }
        Filter::Constant(_) | Filter::Is(_) | Filter::Not(_) => false,
    }
}

/// Whether one index finds what passes.
fn has_key<C>(filter: &Filter<C>, indexed: &impl Fn(&C) -> bool) -> bool {
    match filter {
        Filter::Is(condition) => indexed(condition),
        Filter::And(parts) => parts.iter().any(|part| has_key(part, indexed)),
        Filter::Constant(_) | Filter::Or(_) | Filter::Not(_) => false,
    }
}

#[derive(Default)]
struct Builder {
    clause: Where,
    /// What stands before a column that is compared with a range: where an index has the few
    /// candidates by a key, a `+`, so that SQLite does not take the range's own.
    range: &'static str,
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

    /// In halves: SQLite takes `a OR b OR c` for a tree as deep as it is long, and refuses one
    /// of 1,000 terms, which `pr` of a few hundred complex attributes comes to.
    fn joined<C>(
        &mut self,
        parts: &[Filter<C>],
        separator: &str,
        empty: &str,
        is: &mut impl FnMut(&mut Self, &C),
    ) {
        match parts {
            [] => self.push(empty),
            [part] => self.filter(part, is),
            _ => {
                let (left, right) = parts.split_at(parts.len() / 2);
                self.push("(");
                self.joined(left, separator, empty, is);
                self.push(separator);
                self.joined(right, separator, empty, is);
                self.push(")");
            }
        }
    }

    fn push(&mut self, sql: &str) {
        self.clause.sql.push_str(sql);
    }

    fn bind(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.clause.sql.push_str(sql);
        self.clause.values.extend(values);
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

    /// `[row, column, table, operand]`: of whom, where the external ids are, and how one of
    /// them is read.
    fn external_id(
        &mut self,
        [row, column, table, operand]: [&str; 4],
        test: &ValueTest,
        place: Place,
    ) {
        let connection = Value::from(place.connection);
        if let Some(wanted) = test.equal_to() {
            self.bind(
                &format!(
                    "{row} = (SELECT {column} FROM {table} WHERE connection = ? AND value = ?)"
                ),
                [connection, text(wanted)],
            );
            return;
        }
        if let Some(left) = self.sets.checked_sub(1) {
            // The narrow rows of all of them, and not everybody's.
            self.sets = left;
            self.bind(
                &format!("{row} IN (SELECT {column} FROM {table} WHERE connection = ? AND "),
                [connection],
            );
            self.test(&Operand::of("value"), test);
            return self.push(")");
        }
        self.test(&Operand::for_connection(operand, place), test);
    }

    /// A comparison of a stored key; one that an index with the key knows, if it can be.
    fn key(&mut self, column: &str, test: &TextTest) {
        if test.op == TextOp::Equals {
            return self.text(&Operand::key(column), test);
        }
        let column = format!("{}{column}", self.range);
        if test.op != TextOp::StartsWith {
            return self.text(&Operand::key(&column), test);
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
}

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
