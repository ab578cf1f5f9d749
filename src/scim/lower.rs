//! Filters as questions to the store (RFC 7644 3.4.2.2), for both resource types: what
//! [`eval`] says of the resource as it is answered, said of what is stored. There is no filter
//! that can't be asked.

use super::error::Result;
use super::eval::{self, entry_sub};
use super::filter::{CompareOp, Filter, Literal};
use super::path::AttrPath;
use super::schema::{self, Attribute, Kind, ResourceType, Target};
use super::write;
use crate::domain::query::{
    EntryCondition, Filter as Query, Instants, TextOp, TextTest, ValueTest,
};
use crate::domain::text::fold;

/// How the attributes of a resource type are stored.
pub(in crate::scim) trait Stored {
    type Condition;

    const RESOURCE: ResourceType;

    /// A test of a single value: of an attribute, or of a sub-attribute of a single complex
    /// one. A complex one as a whole is only asked whether it is assigned.
    fn single(&self, target: Target, test: ValueTest) -> Query<Self::Condition>;

    /// Whether some one value of an attribute that has several passes the whole filter. The
    /// values of `schemas` have no sub-attributes: the conditions on them name none.
    fn some_entry(&self, target: Target, filter: Query<EntryCondition>) -> Query<Self::Condition>;
}

/// Errors: `invalidFilter` for a comparison that can't be made ([`eval::check`]).
pub(in crate::scim) fn lower<S: Stored>(filter: &Filter, to: &S) -> Result<Query<S::Condition>> {
    eval::check(filter, S::RESOURCE)?;
    Ok(Lowering { to }.whole(filter, None))
}

struct Lowering<'a, S> {
    to: &'a S,
}

impl<S: Stored> Lowering<'_, S> {
    /// The filter on the resource, or on its single complex attribute `of`.
    fn whole(&self, filter: &Filter, of: Option<Target>) -> Query<S::Condition> {
        let each = |part| self.whole(part, of);
        let resolve = |path: &AttrPath| match of {
            None => schema::resolve(S::RESOURCE, path),
            Some(of) => entry_sub(of.attribute, path).map(|sub| Target {
                sub: Some(sub),
                ..of
            }),
        };
        match filter {
            Filter::And(parts) => Query::all(parts.iter().map(each)),
            Filter::Or(parts) => Query::any(parts.iter().map(each)),
            Filter::Not(inner) => Query::not(self.whole(inner, of)),
            Filter::Present(path) => match resolve(path) {
                Some(target) => self.present(target),
                None => Query::Constant(false),
            },
            Filter::Compare { path, op, value } => match resolve(path) {
                Some(target) => self.compare(target, *op, value),
                None => Query::Constant(false),
            },
            Filter::Entry { path, filter } => match resolve(path) {
                Some(target) if target.leaf().kind != Kind::Complex => Query::Constant(false),
                Some(target) if has_several(target) => {
                    self.to.some_entry(target, entry(filter, target.attribute))
                }
                // A single complex value is its own one entry, when it is there.
                Some(target) => Query::all([
                    self.to.single(target, ValueTest::Assigned),
                    self.whole(filter, Some(target)),
                ]),
                None => Query::Constant(false),
            },
        }
    }

    /// `pr`: "has a non-empty or non-null value, or contains a non-empty node".
    fn present(&self, target: Target) -> Query<S::Condition> {
        let leaf = target.leaf();
        if has_several(target) {
            let filter = match leaf.kind {
                Kind::Complex => Query::any(leaf.subs.iter().map(|sub| not_empty(sub.name))),
                _ => not_empty(sub_name(target)),
            };
            return self.to.some_entry(target, filter);
        }
        let not_empty = |target| self.to.single(target, ValueTest::NotEmpty);
        match leaf.kind {
            Kind::Complex => Query::any(leaf.subs.iter().map(|sub| {
                not_empty(Target {
                    sub: Some(sub),
                    ..target
                })
            })),
            _ => not_empty(target),
        }
    }

    fn compare(&self, target: Target, op: CompareOp, literal: &Literal) -> Query<S::Condition> {
        let leaf = eval::meant(target.leaf(), literal);
        let sub = if leaf.name == target.leaf().name {
            target.sub
        } else {
            Some(leaf)
        };
        let target = Target { sub, ..target };
        let question = Question::of(leaf, op, literal);
        if !has_several(target) {
            return question.of_one(|test| self.to.single(target, test));
        }
        let exists = |filter| self.to.some_entry(target, filter);
        let passes = |test| match leaf.kind {
            // An entry is always there as a whole.
            Kind::Complex => Query::Constant(test == ValueTest::Assigned),
            _ => is(sub_name(target), test),
        };
        match question {
            Question::Constant(value) => Query::Constant(value),
            Question::Is(test) => exists(passes(test)),
            Question::IsNot(ValueTest::Assigned) => Query::not(exists(passes(ValueTest::Assigned))),
            // Other than the value: some one value is, or there is none.
            Question::IsNot(test) => Query::any([
                Query::not(exists(passes(ValueTest::Assigned))),
                exists(Query::all([
                    passes(ValueTest::Assigned),
                    Query::not(passes(test)),
                ])),
            ]),
        }
    }
}

/// `schemas` has several values too, though they have no parts.
fn has_several(target: Target) -> bool {
    target.attribute.multi || target.attribute.name == "schemas"
}

fn sub_name(target: Target) -> &'static str {
    target.sub.map_or("", |sub| sub.name)
}

fn is(sub: &'static str, test: ValueTest) -> Query<EntryCondition> {
    Query::Is(EntryCondition { sub, test })
}

fn not_empty(sub: &'static str) -> Query<EntryCondition> {
    is(sub, ValueTest::NotEmpty)
}

/// What is between brackets, as a question to one entry.
fn entry(filter: &Filter, attribute: &'static Attribute) -> Query<EntryCondition> {
    let each = |part| entry(part, attribute);
    match filter {
        Filter::And(parts) => Query::all(parts.iter().map(each)),
        Filter::Or(parts) => Query::any(parts.iter().map(each)),
        Filter::Not(inner) => Query::not(entry(inner, attribute)),
        Filter::Present(path) => match entry_sub(attribute, path) {
            Some(sub) => not_empty(sub.name),
            None => Query::Constant(false),
        },
        Filter::Compare { path, op, value } => match entry_sub(attribute, path) {
            Some(sub) => Question::of(sub, *op, value).of_one(|test| is(sub.name, test)),
            None => Query::Constant(false),
        },
        // No sub-attribute is complex.
        Filter::Entry { .. } => Query::Constant(false),
    }
}

/// A comparison as a test of one value.
enum Question {
    /// Nothing that is stored can be compared with the literal.
    Constant(bool),
    Is(ValueTest),
    /// What is not there passes too.
    IsNot(ValueTest),
}

impl Question {
    fn of(attribute: &Attribute, op: CompareOp, literal: &Literal) -> Self {
        if *literal == Literal::Null {
            return match op {
                CompareOp::Eq => Self::IsNot(ValueTest::Assigned),
                CompareOp::Ne => Self::Is(ValueTest::Assigned),
                CompareOp::Co
                | CompareOp::Sw
                | CompareOp::Ew
                | CompareOp::Gt
                | CompareOp::Ge
                | CompareOp::Lt
                | CompareOp::Le => Self::Constant(false),
            };
        }
        let test = match (attribute.kind, literal) {
            (Kind::Boolean, literal) => eval::boolean(literal)
                .filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne))
                .map(ValueTest::Is),
            (Kind::DateTime, Literal::Text(text)) => instants(op, text).map(ValueTest::Within),
            (Kind::String | Kind::Reference | Kind::Binary, Literal::Text(text)) => {
                Some(ValueTest::Text(text_test(attribute, op, text)))
            }
            (Kind::Complex, _) | (_, Literal::Number(_) | Literal::Bool(_) | Literal::Null) => None,
        };
        match (op, test) {
            // What can't be compared is not equal.
            (op, None) => Self::Constant(op == CompareOp::Ne),
            (CompareOp::Ne, Some(test)) => Self::IsNot(test),
            (_, Some(test)) => Self::Is(test),
        }
    }

    fn of_one<C>(self, passes: impl FnOnce(ValueTest) -> Query<C>) -> Query<C> {
        match self {
            Self::Constant(value) => Query::Constant(value),
            Self::Is(test) => passes(test),
            Self::IsNot(test) => Query::not(passes(test)),
        }
    }
}

fn text_test(attribute: &Attribute, op: CompareOp, text: &str) -> TextTest {
    let folded = !attribute.case_exact;
    TextTest {
        op: match op {
            CompareOp::Eq | CompareOp::Ne => TextOp::Equals,
            CompareOp::Co => TextOp::Contains,
            CompareOp::Sw => TextOp::StartsWith,
            CompareOp::Ew => TextOp::EndsWith,
            CompareOp::Gt => TextOp::Greater,
            CompareOp::Ge => TextOp::AtLeast,
            CompareOp::Lt => TextOp::Less,
            CompareOp::Le => TextOp::AtMost,
        },
        wanted: if folded { fold(text) } else { text.to_owned() },
        folded,
    }
}

/// The stored instants, which are whole milliseconds, that compare so with the one asked
/// for, which may be finer. `None`: none does.
fn instants(op: CompareOp, text: &str) -> Option<Instants> {
    const NANOSECONDS: i128 = 1_000_000;
    let wanted = write::parse_instant(text)?.as_nanosecond();
    let below = i64::try_from(wanted.div_euclid(NANOSECONDS)).ok()?;
    let exact = wanted.rem_euclid(NANOSECONDS) == 0;
    let after_it = below.saturating_add(1);
    let (from_ms, to_ms) = match op {
        CompareOp::Eq | CompareOp::Ne if exact => (below, below),
        CompareOp::Gt => (after_it, i64::MAX),
        CompareOp::Ge => (if exact { below } else { after_it }, i64::MAX),
        CompareOp::Lt => (i64::MIN, if exact { below - 1 } else { below }),
        CompareOp::Le => (i64::MIN, below),
        CompareOp::Eq | CompareOp::Ne | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => {
            return None;
        }
    };
    Some(Instants { from_ms, to_ms })
}

/// The conditions that entries made by the server, whose sub-attributes all have values,
/// leave: `fixed` is what each entry has, and `$ref` is `prefix` and the value.
pub(in crate::scim) fn computed(
    filter: &Query<EntryCondition>,
    fixed: (&str, &str),
    prefix: &str,
) -> Query<EntryCondition> {
    filter.replace(&|condition: &EntryCondition| {
        let EntryCondition { sub, test } = condition;
        if matches!(test, ValueTest::Assigned | ValueTest::NotEmpty) {
            return Query::Constant(true);
        }
        if *sub == fixed.0 {
            return Query::Constant(test.passes(fixed.1));
        }
        match test.equal_to() {
            Some(reference) if *sub == "$ref" => match reference.strip_prefix(prefix) {
                Some(value) => is("value", exactly(value)),
                None => Query::Constant(false),
            },
            _ => Query::Is(condition.clone()),
        }
    })
}

/// The values of `schemas` are fixed texts: what the filter says of one.
pub(in crate::scim) fn of_text<C>(filter: &Query<EntryCondition>, text: &str) -> Query<C> {
    filter.replace(&|condition: &EntryCondition| Query::Constant(condition.test.passes(text)))
}

fn exactly(text: &str) -> ValueTest {
    ValueTest::Text(TextTest {
        op: TextOp::Equals,
        wanted: text.to_owned(),
        folded: false,
    })
}

/// The one value that every entry that passes has in `sub`, if the filter says so.
pub(in crate::scim) fn needed<'f>(filter: &'f Query<EntryCondition>, sub: &str) -> Option<&'f str> {
    match filter {
        Query::Is(condition) if condition.sub == sub => condition.test.equal_to(),
        Query::And(parts) => parts.iter().find_map(|part| match part {
            Query::Is(_) => needed(part, sub),
            Query::Constant(_) | Query::And(_) | Query::Or(_) | Query::Not(_) => None,
        }),
        Query::Is(_) | Query::Constant(_) | Query::Or(_) | Query::Not(_) => None,
    }
}
