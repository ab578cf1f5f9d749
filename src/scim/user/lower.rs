//! Filters on users as questions to the store. Whatever can't be asked exactly is refused:
//! a wrong result would be worse.

use super::super::eval::check_order;
use super::super::filter::{CompareOp, Filter, Literal};
use super::super::path::AttrPath;
use super::super::schema::{self, Attribute, Kind, Place, ResourceType, Target};
use super::super::{ENTERPRISE_URN, USER_URN, quirks, write};
use super::{Error, Result};
use crate::domain::query::{
    DocumentCondition, DocumentPath, EntryCondition, EntryPath, Filter as Query, MemberCondition,
    MemberFilter, ValueTest,
};
use crate::domain::text::fold;

/// Lowers a filter on users.
///
/// Errors: `invalidFilter` for operators and attributes that are not offered yet.
pub fn lower(filter: &Filter) -> Result<MemberFilter> {
    match filter {
        Filter::And(parts) => Ok(Query::And(lower_all(parts)?)),
        Filter::Or(parts) => Ok(Query::Or(lower_all(parts)?)),
        Filter::Not(inner) => Ok(Query::Not(Box::new(lower(inner)?))),
        Filter::Compare { path, op, value } => match resolve(path) {
            Some(target) => compare(target, *op, value),
            None => Ok(Query::Constant(false)),
        },
        Filter::Present(path) => match resolve(path) {
            Some(_) => Err(not_offered("pr")),
            None => Ok(Query::Constant(false)),
        },
        Filter::Entry { path, filter } => match resolve(path) {
            Some(target) => entry(target, filter),
            None => Ok(Query::Constant(false)),
        },
    }
}

fn lower_all(parts: &[Filter]) -> Result<Vec<MemberFilter>> {
    parts.iter().map(lower).collect()
}

fn resolve(path: &AttrPath) -> Option<Target> {
    schema::resolve(ResourceType::User, path)
}

pub(in crate::scim) fn not_offered(operator: &str) -> Error {
    Error::invalid_filter(format!(
        "The operator {operator} is not offered yet in filters on lists; ask with eq, and, or, \
         not."
    ))
}

/// A comparison that this release can't ask of the store exactly.
pub(in crate::scim) fn not_askable(what: &str) -> Error {
    Error::invalid_filter(format!(
        "A filter on {what} is not offered yet; ask for id, userName, externalId, emails or \
         another attribute instead."
    ))
}

fn is(condition: MemberCondition) -> MemberFilter {
    Query::Is(condition)
}

fn document(condition: DocumentCondition) -> MemberFilter {
    is(MemberCondition::Document(condition))
}

pub(in crate::scim) fn only_eq(attribute: &Attribute, op: CompareOp) -> Result<()> {
    check_order(attribute, op)?;
    if op == CompareOp::Eq {
        return Ok(());
    }
    Err(not_offered(op.name()))
}

fn compare(target: Target, op: CompareOp, value: &Literal) -> Result<MemberFilter> {
    only_eq(target.leaf(), op)?;
    match (target.place, target.attribute.name) {
        (Place::Common, name) => common(name, target.sub, value),
        (Place::Core, "active") => Ok(match boolean(value) {
            Some(value) => is(MemberCondition::Active(value)),
            None => Query::Constant(false),
        }),
        (Place::Core, "groups") => group(target.sub, value),
        (Place::Core, "roles") => Ok(role(target.sub, value)),
        (Place::Core, "userName") => Ok(match value {
            Literal::Text(text) => is(MemberCondition::UserName { key: fold(text) }),
            _ => Query::Constant(false),
        }),
        (Place::Core, "displayName") => Ok(match value {
            Literal::Text(text) => is(MemberCondition::DisplayName { key: fold(text) }),
            _ => stored(target, value),
        }),
        (Place::Core, "emails") if target.sub.is_none_or(|sub| sub.name == "value") => {
            Ok(match value {
                Literal::Text(text) => is(MemberCondition::Email {
                    key: fold(text),
                    kind_key: None,
                }),
                _ => stored(target, value),
            })
        }
        (Place::Core | Place::Extension, _) => Ok(stored(target, value)),
    }
}

fn boolean(value: &Literal) -> Option<bool> {
    match value {
        Literal::Bool(value) => Some(*value),
        Literal::Text(text) => quirks::boolean_text(text),
        Literal::Number(_) | Literal::Null => None,
    }
}

/// Milliseconds since 1970; `None` when no stored instant can be equal, for those have no
/// finer part.
pub(in crate::scim) fn instant_ms(text: &str) -> Option<i64> {
    let at = write::parse_instant(text)?;
    (at.subsec_nanosecond() % 1_000_000 == 0).then(|| at.as_millisecond())
}

/// The attributes of every resource (RFC 7643 3.1). None but externalId is ever null.
fn common(name: &str, sub: Option<&'static Attribute>, value: &Literal) -> Result<MemberFilter> {
    let Literal::Text(text) = value else {
        if name == "externalId" && *value == Literal::Null {
            return Err(not_askable("a missing externalId"));
        }
        return Ok(Query::Constant(false));
    };
    Ok(match (name, sub.map(|sub| sub.name)) {
        ("id", _) => is(MemberCondition::Id(text.parse().ok())),
        ("externalId", _) => is(MemberCondition::ExternalId(text.clone())),
        ("schemas", _) => schemas(text),
        ("meta", Some("resourceType")) => Query::Constant(text == "User"),
        ("meta", Some(sub @ ("location" | "version"))) => {
            return Err(not_askable(&format!("meta.{sub}")));
        }
        ("meta", Some("created")) => match instant_ms(text) {
            Some(ms) => is(MemberCondition::CreatedAt(ms)),
            None => Query::Constant(false),
        },
        ("meta", Some("lastModified")) => match instant_ms(text) {
            Some(ms) => is(MemberCondition::ModifiedAt(ms)),
            None => Query::Constant(false),
        },
        _ => Query::Constant(false),
    })
}

fn schemas(urn: &str) -> MemberFilter {
    if urn.eq_ignore_ascii_case(USER_URN) {
        Query::Constant(true)
    } else if urn.eq_ignore_ascii_case(ENTERPRISE_URN) {
        let path = DocumentPath {
            names: vec![ENTERPRISE_URN],
            entries: None,
        };
        let test = ValueTest::Absent;
        negate(document(DocumentCondition::Value { path, test }))
    } else {
        Query::Constant(false)
    }
}

fn negate(filter: MemberFilter) -> MemberFilter {
    Query::Not(Box::new(filter))
}

/// `groups` is computed from memberships, so each question has its own condition.
fn group(sub: Option<&'static Attribute>, value: &Literal) -> Result<MemberFilter> {
    let text = match value {
        Literal::Text(text) => text,
        Literal::Null => return Err(not_askable("missing groups")),
        Literal::Bool(_) | Literal::Number(_) => return Ok(Query::Constant(false)),
    };
    match sub.map_or("value", |sub| sub.name) {
        "value" => Ok(is(MemberCondition::GroupId(text.clone()))),
        "display" => Ok(is(MemberCondition::GroupName { key: fold(text) })),
        "type" if !text.eq_ignore_ascii_case("direct") => Ok(Query::Constant(false)),
        other => Err(not_askable(&format!("groups.{other}"))),
    }
}

/// `roles` is computed from policies.
fn role(sub: Option<&'static Attribute>, value: &Literal) -> MemberFilter {
    let any = MemberCondition::Role {
        key: None,
        path_key: None,
    };
    let text = match value {
        Literal::Text(text) => text,
        // Every role has both, so "no value" is "no role".
        Literal::Null => return negate(is(any)),
        Literal::Bool(_) | Literal::Number(_) => return Query::Constant(false),
    };
    let is_type = sub.is_some_and(|sub| sub.name == "type");
    is(MemberCondition::Role {
        key: (!is_type).then(|| fold(text)),
        path_key: is_type.then(|| fold(text)),
    })
}

/// What the stored document answers.
fn stored(target: Target, value: &Literal) -> MemberFilter {
    let attribute = target.attribute;
    let mut names = Vec::with_capacity(3);
    if target.place == Place::Extension {
        names.push(ENTERPRISE_URN);
    }
    names.push(attribute.name);
    let sub = match target.sub {
        Some(sub) => Some(sub),
        // Comparing a complex attribute means its value; it is absent as a whole.
        None if *value == Literal::Null => None,
        None => attribute.value_sub(),
    };
    let Some(test) = test(sub.unwrap_or(attribute), value) else {
        return Query::Constant(false);
    };
    if attribute.multi {
        return match sub {
            Some(sub) if test == ValueTest::Absent => no_entry_has(names, sub),
            Some(sub) => document(DocumentCondition::Value {
                path: DocumentPath {
                    names,
                    entries: Some(EntryPath { sub: sub.name }),
                },
                test,
            }),
            None => whole(names, test),
        };
    }
    names.extend(sub.map(|sub| sub.name));
    whole(names, test)
}

fn whole(names: Vec<&'static str>, test: ValueTest) -> MemberFilter {
    let path = DocumentPath {
        names,
        entries: None,
    };
    document(DocumentCondition::Value { path, test })
}

/// `emails.display eq null`: no entry has the sub-attribute.
fn no_entry_has(names: Vec<&'static str>, sub: &'static Attribute) -> MemberFilter {
    let absent = EntryCondition {
        sub: sub.name,
        test: ValueTest::Absent,
    };
    let filter = Query::Not(Box::new(Query::Is(absent)));
    negate(document(DocumentCondition::Entry { names, filter }))
}

/// `None`: the literal's type fits no value of the attribute, so nothing is equal.
fn test(attribute: &Attribute, value: &Literal) -> Option<ValueTest> {
    if *value == Literal::Null {
        return Some(ValueTest::Absent);
    }
    match attribute.kind {
        Kind::Boolean => boolean(value).map(ValueTest::EqualsBool),
        Kind::Complex => None,
        Kind::DateTime => match value {
            Literal::Text(text) => instant_ms(text).map(|ms| ValueTest::EqualsInstant { ms }),
            _ => None,
        },
        Kind::String | Kind::Reference | Kind::Binary => match value {
            Literal::Text(text) if attribute.case_exact => {
                Some(ValueTest::EqualsExactly(text.clone()))
            }
            Literal::Text(text) => Some(ValueTest::EqualsFolded(fold(text))),
            _ => None,
        },
    }
}

/// `attribute[filter]`: some one entry passes all of it.
fn entry(target: Target, filter: &Filter) -> Result<MemberFilter> {
    let attribute = target.attribute;
    match (target.place, attribute.name) {
        (Place::Core, "emails") => {
            if let Some(condition) = work_address(filter) {
                return Ok(is(condition));
            }
        }
        (Place::Core, "groups") => return computed_entry(filter, attribute),
        (Place::Core, "roles") => {
            if let Some(condition) = role_of_path(filter) {
                return Ok(is(condition));
            }
            return computed_entry(filter, attribute);
        }
        _ => {}
    }
    if attribute.kind != Kind::Complex {
        return Ok(Query::Constant(false));
    }
    let lowered = lower_entry(filter, attribute)?;
    let mut names = Vec::with_capacity(3);
    if target.place == Place::Extension {
        names.push(ENTERPRISE_URN);
    }
    names.push(attribute.name);
    if attribute.multi {
        return Ok(document(DocumentCondition::Entry {
            names,
            filter: lowered,
        }));
    }
    if target.place == Place::Common {
        return on_meta(filter, attribute);
    }
    // A single complex attribute is its own one entry, when it is there.
    let there = negate(whole(names.clone(), ValueTest::Absent));
    Ok(Query::And(vec![there, on_single(&names, &lowered)]))
}

/// `[type eq "work" and value eq "x"]`, the two in either order: an index has exactly this.
fn work_address(filter: &Filter) -> Option<MemberCondition> {
    let Filter::And(parts) = filter else {
        return None;
    };
    let [a, b] = parts.as_slice() else {
        return None;
    };
    let (kind, value) = match (text_of(a, "type"), text_of(b, "value")) {
        (Some(kind), Some(value)) => (kind, value),
        _ => (text_of(b, "type")?, text_of(a, "value")?),
    };
    Some(MemberCondition::Email {
        key: fold(value),
        kind_key: Some(fold(kind)),
    })
}

fn role_of_path(filter: &Filter) -> Option<MemberCondition> {
    let Filter::And(parts) = filter else {
        return None;
    };
    let [a, b] = parts.as_slice() else {
        return None;
    };
    let (path, key) = match (text_of(a, "type"), text_of(b, "value")) {
        (Some(path), Some(key)) => (path, key),
        _ => (text_of(b, "type")?, text_of(a, "value")?),
    };
    Some(MemberCondition::Role {
        key: Some(fold(key)),
        path_key: Some(fold(path)),
    })
}

/// The text in `sub eq "…"`.
fn text_of<'a>(filter: &'a Filter, sub: &str) -> Option<&'a str> {
    let Filter::Compare {
        path,
        op: CompareOp::Eq,
        value: Literal::Text(text),
    } = filter
    else {
        return None;
    };
    let plain = path.urn.is_none() && path.sub.is_none();
    (plain && path.name.eq_ignore_ascii_case(sub)).then_some(text)
}

/// Brackets behind a computed attribute: one comparison, or some of them joined by `or`, for
/// "an entry passes a or b" is "an entry passes a, or one passes b". The rest would mix
/// different entries up.
fn computed_entry(filter: &Filter, attribute: &'static Attribute) -> Result<MemberFilter> {
    match filter {
        Filter::Compare { path, op, value } => {
            let known = path.urn.is_none() && path.sub.is_none();
            let Some(sub) = attribute.sub(&path.name).filter(|_| known) else {
                return Ok(Query::Constant(false));
            };
            only_eq(sub, *op)?;
            match value {
                // Every entry has all of its sub-attributes.
                Literal::Null => Ok(Query::Constant(false)),
                _ if attribute.name == "roles" => Ok(role(Some(sub), value)),
                _ => group(Some(sub), value),
            }
        }
        Filter::Or(parts) => {
            let parts = parts.iter().map(|part| computed_entry(part, attribute));
            Ok(Query::Or(parts.collect::<Result<_>>()?))
        }
        Filter::Present(_) => Err(not_offered("pr")),
        Filter::And(_) | Filter::Not(_) | Filter::Entry { .. } => Err(not_askable(&format!(
            "{}[…] with and or not",
            attribute.name
        ))),
    }
}

fn lower_entry(filter: &Filter, attribute: &'static Attribute) -> Result<Query<EntryCondition>> {
    let each = |parts: &[Filter]| -> Result<Vec<_>> {
        parts
            .iter()
            .map(|part| lower_entry(part, attribute))
            .collect()
    };
    match filter {
        Filter::And(parts) => Ok(Query::And(each(parts)?)),
        Filter::Or(parts) => Ok(Query::Or(each(parts)?)),
        Filter::Not(inner) => Ok(Query::Not(Box::new(lower_entry(inner, attribute)?))),
        Filter::Entry { .. } => Ok(Query::Constant(false)),
        Filter::Compare { path, .. } | Filter::Present(path)
            if path.urn.is_some() || path.sub.is_some() || attribute.sub(&path.name).is_none() =>
        {
            Ok(Query::Constant(false))
        }
        Filter::Present(_) => Err(not_offered("pr")),
        Filter::Compare { path, op, value } => {
            let Some(sub) = attribute.sub(&path.name) else {
                return Ok(Query::Constant(false));
            };
            only_eq(sub, *op)?;
            Ok(match test(sub, value) {
                Some(test) => Query::Is(EntryCondition {
                    sub: sub.name,
                    test,
                }),
                None => Query::Constant(false),
            })
        }
    }
}

fn on_single(names: &[&'static str], filter: &Query<EntryCondition>) -> MemberFilter {
    let each = |parts: &[Query<EntryCondition>]| -> Vec<MemberFilter> {
        parts.iter().map(|part| on_single(names, part)).collect()
    };
    match filter {
        Query::Constant(value) => Query::Constant(*value),
        Query::And(parts) => Query::And(each(parts)),
        Query::Or(parts) => Query::Or(each(parts)),
        Query::Not(inner) => negate(on_single(names, inner)),
        Query::Is(condition) => {
            let mut path = names.to_vec();
            path.push(condition.sub);
            whole(path, condition.test.clone())
        }
    }
}

/// `meta[…]`: every resource has one, so the brackets say nothing of their own.
fn on_meta(filter: &Filter, attribute: &'static Attribute) -> Result<MemberFilter> {
    let each = |parts: &[Filter]| -> Result<Vec<_>> {
        parts.iter().map(|part| on_meta(part, attribute)).collect()
    };
    match filter {
        Filter::And(parts) => Ok(Query::And(each(parts)?)),
        Filter::Or(parts) => Ok(Query::Or(each(parts)?)),
        Filter::Not(inner) => Ok(negate(on_meta(inner, attribute)?)),
        Filter::Compare { path, op, value } => match attribute.sub(&path.name) {
            Some(sub) if path.urn.is_none() && path.sub.is_none() => {
                only_eq(sub, *op)?;
                common(attribute.name, Some(sub), value)
            }
            _ => Ok(Query::Constant(false)),
        },
        Filter::Present(_) => Err(not_offered("pr")),
        Filter::Entry { .. } => Ok(Query::Constant(false)),
    }
}

#[cfg(test)]
mod tests;
