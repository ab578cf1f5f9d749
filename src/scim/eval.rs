//! What a filter says of a JSON value (RFC 7644 3.4.2.2): decides which entries a PATCH path
//! names, and is what the store's SQL is tested against.

use std::cmp::Ordering;

use serde_json::Value;

use super::error::{Error, Result};
use super::filter::{CompareOp, Filter, Literal};
use super::path::AttrPath;
use super::schema::{self, Attribute, Kind, Place, ResourceType, Target};
use super::{quirks, write};
use crate::domain::text::{fold, same_folded};

/// Whether a whole resource, in canonical names, passes.
///
/// Errors: see [`check`].
pub fn matches(filter: &Filter, resource: ResourceType, value: &Value) -> Result<bool> {
    check(filter, resource)?;
    Ok(evaluate(filter, Scope::Resource(resource), value))
}

/// Whether one entry of the multi-valued `attribute` passes; the filter's names are its
/// sub-attributes.
///
/// Errors: see [`check`].
pub fn matches_entry(
    filter: &Filter,
    attribute: &'static Attribute,
    entry: &Value,
) -> Result<bool> {
    let scope = Scope::Entry(attribute);
    check_in(filter, scope)?;
    Ok(evaluate(filter, scope, entry))
}

/// Whether all comparisons can be made: it does not depend on what the resources hold.
///
/// Errors: `invalidFilter` for an order of booleans or of binary values (RFC 7644 3.4.2.2), and
/// for a date that is none: who asks what was changed since must not be told "nothing".
pub fn check(filter: &Filter, resource: ResourceType) -> Result<()> {
    check_in(filter, Scope::Resource(resource))
}

#[derive(Clone, Copy)]
enum Scope {
    Resource(ResourceType),
    Entry(&'static Attribute),
}

fn check_in(filter: &Filter, scope: Scope) -> Result<()> {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            parts.iter().try_for_each(|part| check_in(part, scope))
        }
        Filter::Not(inner) => check_in(inner, scope),
        Filter::Present(_) => Ok(()),
        Filter::Compare { path, op, value } => match resolve(scope, path) {
            Some(target) => {
                let attribute = meant(target.leaf(), value);
                check_order(attribute, *op)?;
                check_instant(attribute, value)
            }
            None => Ok(()),
        },
        Filter::Entry { path, filter } => match resolve(scope, path) {
            Some(target) if target.leaf().kind == Kind::Complex => {
                check_in(filter, Scope::Entry(target.leaf()))
            }
            _ => Ok(()),
        },
    }
}

fn evaluate(filter: &Filter, scope: Scope, value: &Value) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| evaluate(part, scope, value)),
        Filter::Or(parts) => parts.iter().any(|part| evaluate(part, scope, value)),
        Filter::Not(inner) => !evaluate(inner, scope, value),
        Filter::Present(path) => find(scope, path, value)
            .is_some_and(|found| found.values.iter().any(|value| is_present(value))),
        Filter::Compare {
            path,
            op,
            value: literal,
        } => find(scope, path, value).is_some_and(|found| compare_all(&found, *op, literal)),
        Filter::Entry { path, filter } => find(scope, path, value).is_some_and(|found| {
            let scope = Scope::Entry(found.attribute);
            let passes = |entry: &&Value| evaluate(filter, scope, entry);
            found.attribute.kind == Kind::Complex && found.values.iter().any(passes)
        }),
    }
}

/// The values that a path names, entries of arrays one by one, and their attribute.
struct Found<'a> {
    attribute: &'static Attribute,
    values: Vec<&'a Value>,
}

/// `None`: the path names no attribute, and whatever is asked of it is false.
fn resolve(scope: Scope, path: &AttrPath) -> Option<Target> {
    match scope {
        Scope::Resource(resource) => schema::resolve(resource, path),
        Scope::Entry(attribute) => Some(Target {
            place: Place::Core,
            attribute: entry_sub(attribute, path)?,
            sub: None,
        }),
    }
}

/// The sub-attribute that a path in brackets names.
pub(crate) fn entry_sub(attribute: &Attribute, path: &AttrPath) -> Option<&'static Attribute> {
    if path.urn.is_some() || path.sub.is_some() {
        return None;
    }
    attribute.sub(&path.name)
}

fn find<'a>(scope: Scope, path: &AttrPath, value: &'a Value) -> Option<Found<'a>> {
    let target = resolve(scope, path)?;
    let resource = match scope {
        Scope::Resource(resource) => resource,
        Scope::Entry(_) => {
            return Some(Found {
                attribute: target.attribute,
                values: value.get(target.attribute.name).into_iter().collect(),
            });
        }
    };
    let container = match (target.place, resource.extension()) {
        (Place::Extension, Some(extension)) => value.get(extension.urn),
        _ => Some(value),
    };
    let top = container.and_then(|container| container.get(target.attribute.name));
    let mut values: Vec<&Value> = match top {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    };
    if let Some(sub) = target.sub {
        values = values
            .iter()
            .filter_map(|value| value.get(sub.name))
            .collect();
    }
    Some(Found {
        attribute: target.leaf(),
        values,
    })
}

/// "Has a non-empty or non-null value, or contains a non-empty node".
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(is_present),
        Value::Object(map) => map.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// What a comparison is made with: of a complex attribute it means its value (RFC 7644
/// 3.4.2.2, "the default sub-attribute"), and null means the whole.
pub(crate) fn meant(attribute: &'static Attribute, literal: &Literal) -> &'static Attribute {
    match attribute.value_sub() {
        Some(sub) if *literal != Literal::Null => sub,
        _ => attribute,
    }
}

/// A multi-valued attribute passes when one of its values does. Without any value, `ne` a
/// value holds and `eq null` holds: unassigned and null are one (RFC 7643 2.5).
fn compare_all(found: &Found<'_>, op: CompareOp, literal: &Literal) -> bool {
    let attribute = meant(found.attribute, literal);
    let mut values = found.values.clone();
    if attribute.name != found.attribute.name {
        values = values
            .iter()
            .filter_map(|value| value.get(attribute.name))
            .collect();
    }
    values.retain(|value| !value.is_null());
    if *literal == Literal::Null {
        let unassigned = values.is_empty();
        return match op {
            CompareOp::Eq => unassigned,
            CompareOp::Ne => !unassigned,
            CompareOp::Co
            | CompareOp::Sw
            | CompareOp::Ew
            | CompareOp::Gt
            | CompareOp::Ge
            | CompareOp::Lt
            | CompareOp::Le => false,
        };
    }
    if values.is_empty() {
        return op == CompareOp::Ne;
    }
    values
        .iter()
        .any(|value| compare(attribute, value, op, literal))
}

fn check_instant(attribute: &Attribute, literal: &Literal) -> Result<()> {
    let good = match literal {
        Literal::Null => true,
        Literal::Text(text) => write::parse_instant(text).is_some(),
        Literal::Bool(_) | Literal::Number(_) => false,
    };
    if attribute.kind != Kind::DateTime || good {
        return Ok(());
    }
    Err(Error::invalid_filter(format!(
        "{} is compared with a dateTime and this is none; write it like \"2026-11-01T00:00:00Z\".",
        attribute.name
    )))
}

/// "Boolean and Binary attributes SHALL cause a failed response" for orders.
fn check_order(attribute: &Attribute, op: CompareOp) -> Result<()> {
    if op.is_order() && matches!(attribute.kind, Kind::Boolean | Kind::Binary) {
        return Err(Error::invalid_filter(format!(
            "{} has no order, so {} can't be asked of it; use eq.",
            attribute.name,
            op.name()
        )));
    }
    Ok(())
}

fn compare(attribute: &Attribute, value: &Value, op: CompareOp, literal: &Literal) -> bool {
    let ordering = match (attribute.kind, value, literal) {
        (Kind::Boolean, Value::Bool(value), literal) => {
            boolean(literal).map(|wanted| value.cmp(&wanted))
        }
        (Kind::DateTime, Value::String(value), Literal::Text(wanted)) => {
            if let (Some(value), Some(wanted)) =
                (write::parse_instant(value), write::parse_instant(wanted))
            {
                Some(value.cmp(&wanted))
            } else {
                None
            }
        }
        (Kind::Complex, _, _) => None,
        (_, Value::String(value), Literal::Text(wanted)) => {
            return if attribute.case_exact {
                compare_text(value, op, wanted)
            } else if op == CompareOp::Eq {
                same_folded(value, wanted)
            } else {
                compare_text(&fold(value), op, &fold(wanted))
            };
        }
        _ => None,
    };
    match (op, ordering) {
        // What can't be compared is not equal.
        (CompareOp::Ne, ordering) => ordering != Some(Ordering::Equal),
        (_, None) => false,
        (op, Some(ordering)) => holds(op, ordering),
    }
}

pub(crate) fn boolean(literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Bool(value) => Some(*value),
        Literal::Text(text) => quirks::boolean_text(text),
        Literal::Number(_) | Literal::Null => None,
    }
}

fn holds(op: CompareOp, ordering: Ordering) -> bool {
    match op {
        CompareOp::Eq => ordering.is_eq(),
        CompareOp::Ne => ordering.is_ne(),
        CompareOp::Gt => ordering.is_gt(),
        CompareOp::Ge => ordering.is_ge(),
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::Le => ordering.is_le(),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

fn compare_text(value: &str, op: CompareOp, wanted: &str) -> bool {
    match op {
        CompareOp::Co => value.contains(wanted),
        CompareOp::Sw => value.starts_with(wanted),
        CompareOp::Ew => value.ends_with(wanted),
        CompareOp::Eq
        | CompareOp::Ne
        | CompareOp::Gt
        | CompareOp::Ge
        | CompareOp::Lt
        | CompareOp::Le => holds(op, value.cmp(wanted)),
    }
}
