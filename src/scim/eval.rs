//! What a filter says of a JSON value (RFC 7644 3.4.2.2): decides which entries a PATCH path
//! names, and is what the store's SQL is tested against.

use std::cmp::Ordering;

use serde_json::Value;

use super::error::{Error, Result};
use super::filter::{CompareOp, Filter, Literal};
use super::path::AttrPath;
use super::schema::{self, Attribute, Kind, Place, ResourceType};
use super::{quirks, write};
use crate::domain::text::{fold, same_folded};

/// Whether a whole resource, in canonical names, passes.
pub fn matches(filter: &Filter, resource: ResourceType, value: &Value) -> Result<bool> {
    evaluate(filter, Scope::Resource(resource), value)
}

/// Whether one entry of the multi-valued `attribute` passes; the filter's names are its
/// sub-attributes.
pub fn matches_entry(
    filter: &Filter,
    attribute: &'static Attribute,
    entry: &Value,
) -> Result<bool> {
    evaluate(filter, Scope::Entry(attribute), entry)
}

#[derive(Clone, Copy)]
enum Scope {
    Resource(ResourceType),
    Entry(&'static Attribute),
}

fn evaluate(filter: &Filter, scope: Scope, value: &Value) -> Result<bool> {
    match filter {
        // Every part is looked at, so that a comparison that can't be made is an error
        // whatever stands beside it.
        Filter::And(parts) => {
            let mut all = true;
            for part in parts {
                all &= evaluate(part, scope, value)?;
            }
            Ok(all)
        }
        Filter::Or(parts) => {
            let mut any = false;
            for part in parts {
                any |= evaluate(part, scope, value)?;
            }
            Ok(any)
        }
        Filter::Not(inner) => Ok(!evaluate(inner, scope, value)?),
        Filter::Present(path) => {
            let found = find(scope, path, value);
            Ok(found.is_some_and(|found| found.values.iter().any(|value| is_present(value))))
        }
        Filter::Compare {
            path,
            op,
            value: literal,
        } => {
            let Some(found) = find(scope, path, value) else {
                return Ok(false);
            };
            compare_all(&found, *op, literal)
        }
        Filter::Entry { path, filter } => {
            let Some(found) = find(scope, path, value) else {
                return Ok(false);
            };
            if found.attribute.kind != Kind::Complex {
                return Ok(false);
            }
            let mut any = false;
            for entry in &found.values {
                any |= evaluate(filter, Scope::Entry(found.attribute), entry)?;
            }
            Ok(any)
        }
    }
}

/// The values that a path names, entries of arrays one by one, and their attribute.
struct Found<'a> {
    attribute: &'static Attribute,
    values: Vec<&'a Value>,
}

/// `None`: the path names no attribute, and whatever is asked of it is false.
fn find<'a>(scope: Scope, path: &AttrPath, value: &'a Value) -> Option<Found<'a>> {
    let resource = match scope {
        Scope::Resource(resource) => resource,
        Scope::Entry(attribute) => {
            if path.urn.is_some() || path.sub.is_some() {
                return None;
            }
            let sub = attribute.sub(&path.name)?;
            return Some(Found {
                attribute: sub,
                values: value.get(sub.name).into_iter().collect(),
            });
        }
    };
    let target = schema::resolve(resource, path)?;
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

/// A multi-valued attribute passes when one of its values does. Without any value, `ne` a
/// value holds and `eq null` holds: unassigned and null are one (RFC 7643 2.5).
fn compare_all(found: &Found<'_>, op: CompareOp, literal: &Literal) -> Result<bool> {
    let mut attribute = found.attribute;
    let mut values = found.values.clone();
    // Comparing a complex attribute means its value; it is null as a whole.
    if attribute.kind == Kind::Complex
        && *literal != Literal::Null
        && let Some(sub) = attribute.value_sub()
    {
        attribute = sub;
        values = values
            .iter()
            .filter_map(|value| value.get(sub.name))
            .collect();
    }
    check_order(attribute, op)?;
    values.retain(|value| !value.is_null());
    if *literal == Literal::Null {
        let unassigned = values.is_empty();
        return Ok(match op {
            CompareOp::Eq => unassigned,
            CompareOp::Ne => !unassigned,
            CompareOp::Co
            | CompareOp::Sw
            | CompareOp::Ew
            | CompareOp::Gt
            | CompareOp::Ge
            | CompareOp::Lt
            | CompareOp::Le => false,
        });
    }
    if values.is_empty() {
        return Ok(op == CompareOp::Ne);
    }
    Ok(values
        .iter()
        .any(|value| compare(attribute, value, op, literal)))
}

/// "Boolean and Binary attributes SHALL cause a failed response" for orders.
pub(crate) fn check_order(attribute: &Attribute, op: CompareOp) -> Result<()> {
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
            let wanted = match literal {
                Literal::Bool(wanted) => Some(*wanted),
                Literal::Text(text) => quirks::boolean_text(text),
                Literal::Number(_) | Literal::Null => None,
            };
            wanted.map(|wanted| value.cmp(&wanted))
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
