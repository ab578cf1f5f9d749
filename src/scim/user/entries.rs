//! PATCH of a multi-valued attribute: entries added, replaced, removed, and chosen by a
//! filter (RFC 7644 3.5.2.1 to 3.5.2.3).

use serde_json::{Map, Value};

use super::super::eval;
use super::super::filter::{CompareOp, Filter, Literal};
use super::super::patch::OpKind;
use super::super::quirks;
use super::super::schema::Attribute;
use super::super::value::{self, ENTRIES_MAX, Unknown, is_primary};
use super::{DOCUMENT_BYTES_MAX, Error, Result};
use crate::domain::connection::ProviderKind;
use crate::domain::text::same_folded;

/// Most comparisons of entries that one PATCH may cost: the writer waits for it.
pub(super) const PATCH_WORK_MAX: usize = 1_000_000;

/// What a PATCH may still cost.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Self {
        Self(PATCH_WORK_MAX)
    }

    fn spend(&mut self, work: usize) -> Result<()> {
        match self.0.checked_sub(work) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(Error::too_many(
                "The operations compare too many entries of multi-valued attributes; send them \
                 in several requests.",
            )),
        }
    }
}

/// How many comparisons a filter makes of an entry.
fn comparisons(filter: &Filter) -> usize {
    match filter {
        Filter::Compare { .. } | Filter::Present(_) | Filter::Entry { .. } => 1,
        Filter::And(parts) | Filter::Or(parts) => parts.iter().map(comparisons).sum(),
        Filter::Not(inner) => comparisons(inner),
    }
}

/// One operation on one multi-valued attribute.
pub(super) struct Edit<'a> {
    pub(super) op: OpKind,
    pub(super) attribute: &'static Attribute,
    pub(super) sub: Option<&'static Attribute>,
    pub(super) filter: Option<&'a Filter>,
    /// `None` only for `remove`.
    pub(super) value: Option<&'a Value>,
    pub(super) kind: ProviderKind,
}

/// The entries after the operation.
pub(super) fn apply(
    mut list: Vec<Value>,
    edit: &Edit<'_>,
    budget: &mut Budget,
) -> Result<Vec<Value>> {
    let touched = match (edit.filter, edit.sub) {
        (None, None) => return without_filter(list, edit, budget),
        (None, Some(sub)) => {
            budget.spend(list.len())?;
            let all: Vec<usize> = (0..list.len()).collect();
            on_sub(&mut list, &all, sub, edit)?
        }
        (Some(filter), sub) => {
            check_names(edit.attribute, filter)?;
            budget.spend(list.len() * comparisons(filter))?;
            let matches = matching(&list, filter, edit.attribute)?;
            match sub {
                Some(sub) => on_sub(&mut list, &matches, sub, edit)?,
                None => on_entries(&mut list, &matches, edit)?,
            }
        }
    };
    settle_primary(&mut list, &touched, edit.attribute)?;
    list.retain(|entry| entry.as_object().is_some_and(|entry| !entry.is_empty()));
    check_len(&list, edit.attribute)?;
    Ok(list)
}

fn check_len(list: &[Value], attribute: &Attribute) -> Result<()> {
    if list.len() > ENTRIES_MAX {
        return Err(Error::invalid_value(format!(
            "{} would have more than {ENTRIES_MAX} entries; remove some first.",
            attribute.name
        )));
    }
    Ok(())
}

/// `emails`: the attribute as a whole.
fn without_filter(
    mut list: Vec<Value>,
    edit: &Edit<'_>,
    budget: &mut Budget,
) -> Result<Vec<Value>> {
    let attribute = edit.attribute;
    match (edit.op, edit.value) {
        // "All values are removed" (3.5.2.2), unless the client lists which, as Entra and
        // authentik do for members.
        (OpKind::Remove, None | Some(Value::Null)) => Ok(Vec::new()),
        (OpKind::Remove, Some(value)) => {
            let named = value::entries(attribute, value, Unknown::Refuse)?;
            budget.spend(list.len() * named.len())?;
            list.retain(|entry| !named.iter().any(|named| is_named(attribute, entry, named)));
            Ok(list)
        }
        (OpKind::Replace, value) => {
            value::entries(attribute, value.unwrap_or(&Value::Null), Unknown::Refuse)
        }
        (OpKind::Add, value) => {
            let value = value.unwrap_or(&Value::Null);
            let added = value::entries(attribute, value, Unknown::Refuse)?;
            budget.spend((list.len() + added.len()) * added.len())?;
            let mut touched = Vec::with_capacity(added.len());
            for entry in added {
                touched.push(add_entry(&mut list, attribute, entry));
            }
            settle_primary(&mut list, &touched, attribute)?;
            check_len(&list, attribute)?;
            Ok(list)
        }
    }
}

/// Adds an entry, or completes the one that is there: the same value of the same type does
/// not occur twice (RFC 7643 2.4). Gives its place.
fn add_entry(list: &mut Vec<Value>, attribute: &Attribute, entry: Value) -> usize {
    let same = |old: &Value| {
        let pair = |name: &str| {
            let sub = attribute.sub(name)?;
            Some(same_simple(sub, old.get(sub.name), entry.get(sub.name)))
        };
        *old == entry
            || (entry.get("value").is_some()
                && pair("value") == Some(true)
                && pair("type") != Some(false))
    };
    let Some(place) = list.iter().position(same) else {
        list.push(entry);
        return list.len() - 1;
    };
    if let (Some(Value::Object(old)), Value::Object(new)) = (list.get_mut(place), entry) {
        old.extend(new);
    }
    place
}

fn same_simple(sub: &Attribute, a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(Value::String(a)), Some(Value::String(b))) if !sub.case_exact => same_folded(a, b),
        (a, b) => a == b,
    }
}

/// Whether all that `named` says of an entry is so.
fn is_named(attribute: &Attribute, entry: &Value, named: &Value) -> bool {
    let Value::Object(named) = named else {
        return false;
    };
    named.iter().all(|(name, value)| {
        attribute
            .sub(name)
            .is_some_and(|sub| same_simple(sub, entry.get(name), Some(value)))
    })
}

/// "Unknown PATCH paths are invalidPath" holds for the names in a filter too.
fn check_names(attribute: &'static Attribute, filter: &Filter) -> Result<()> {
    match filter {
        Filter::Compare { path, .. } | Filter::Present(path) | Filter::Entry { path, .. } => {
            let known = path.urn.is_none() && path.sub.is_none();
            if known && attribute.sub(&path.name).is_some() {
                return Ok(());
            }
            Err(value::unknown_sub(attribute, &path.to_string()))
        }
        Filter::And(parts) | Filter::Or(parts) => parts
            .iter()
            .try_for_each(|part| check_names(attribute, part)),
        Filter::Not(inner) => check_names(attribute, inner),
    }
}

fn matching(list: &[Value], filter: &Filter, attribute: &'static Attribute) -> Result<Vec<usize>> {
    let mut matches = Vec::new();
    for (place, entry) in list.iter().enumerate() {
        if eval::matches_entry(filter, attribute, entry)? {
            matches.push(place);
        }
    }
    Ok(matches)
}

/// One value written to many entries must not outgrow a document even for a moment.
fn check_growth(places: &[usize], value: &Value, attribute: &Attribute) -> Result<()> {
    if places.len() * value::weight(value) > DOCUMENT_BYTES_MAX {
        return Err(Error::invalid_value(format!(
            "The value would take more than {DOCUMENT_BYTES_MAX} bytes in {} entries of {}; send \
             a shorter one.",
            places.len(),
            attribute.name
        )));
    }
    Ok(())
}

/// `emails[…].value` and `emails.value`. Gives the places that were written.
fn on_sub(
    list: &mut Vec<Value>,
    places: &[usize],
    sub: &'static Attribute,
    edit: &Edit<'_>,
) -> Result<Vec<usize>> {
    let value = match (edit.op, edit.value) {
        (OpKind::Add | OpKind::Replace, Some(value)) => value,
        _ => &Value::Null,
    };
    check_growth(places, value, edit.attribute)?;
    if places.is_empty() && !value.is_null() {
        let mut entry = new_entry(edit)?;
        set_sub(&mut entry, edit.attribute, sub, value)?;
        list.push(Value::Object(entry));
        return Ok(vec![list.len() - 1]);
    }
    for &place in places {
        if let Some(Value::Object(entry)) = list.get_mut(place) {
            set_sub(entry, edit.attribute, sub, value)?;
        }
    }
    Ok(places.to_vec())
}

/// `emails[…]`: whole entries. Gives the places that were written.
fn on_entries(list: &mut Vec<Value>, places: &[usize], edit: &Edit<'_>) -> Result<Vec<usize>> {
    let value = match (edit.op, edit.value) {
        (OpKind::Add | OpKind::Replace, Some(value)) => quirks::only_entry(edit.attribute, value),
        _ => &Value::Null,
    };
    check_growth(places, value, edit.attribute)?;
    if places.is_empty() && !value.is_null() {
        let mut entry = new_entry(edit)?;
        merge(&mut entry, edit.attribute, value)?;
        list.push(Value::Object(entry));
        return Ok(vec![list.len() - 1]);
    }
    for &place in places {
        if let Some(Value::Object(entry)) = list.get_mut(place) {
            if edit.op == OpKind::Replace || value.is_null() {
                entry.clear();
            }
            if !value.is_null() {
                merge(entry, edit.attribute, value)?;
            }
        }
    }
    Ok(places.to_vec())
}

/// The start of an entry that a path without a match creates: what its filter demands.
/// RFC 7644 3.5.2.3 wants `noTarget` for `replace`; Entra and Okta mean "create it".
/// Fixture: `filtered_paths_create_what_is_missing`.
fn new_entry(edit: &Edit<'_>) -> Result<Map<String, Value>> {
    let mut entry = Map::new();
    let Some(filter) = edit.filter else {
        return Ok(entry);
    };
    if edit.op == OpKind::Replace && !edit.kind.replace_creates_missing() {
        return Err(Error::no_target(format!(
            "No entry of {} matches [{filter}]; add one instead.",
            edit.attribute.name
        )));
    }
    if !demand(&mut entry, edit.attribute, filter)? {
        return Err(Error::no_target(format!(
            "No entry of {} matches [{filter}], and one can be made only of eq and and; add it \
             with a value instead.",
            edit.attribute.name
        )));
    }
    Ok(entry)
}

/// Writes what the filter demands into `entry`; false when it is no conjunction of eq.
fn demand(
    entry: &mut Map<String, Value>,
    attribute: &'static Attribute,
    filter: &Filter,
) -> Result<bool> {
    match filter {
        Filter::Compare {
            path,
            op: CompareOp::Eq,
            value,
        } => {
            let Some(sub) = attribute.sub(&path.name) else {
                return Ok(false);
            };
            let value = match value {
                Literal::Text(text) => Value::String(text.clone()),
                Literal::Bool(value) => Value::Bool(*value),
                Literal::Number(number) => Value::Number(number.clone()),
                Literal::Null => Value::Null,
            };
            set_sub(entry, attribute, sub, &value)?;
            Ok(true)
        }
        Filter::And(parts) => {
            for part in parts {
                if !demand(entry, attribute, part)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Filter::Compare { .. }
        | Filter::Present(_)
        | Filter::Entry { .. }
        | Filter::Or(_)
        | Filter::Not(_) => Ok(false),
    }
}

/// "If a value's primary is set to true, the server SHALL set the others' to false" (3.5.2).
fn settle_primary(list: &mut [Value], touched: &[usize], attribute: &Attribute) -> Result<()> {
    let written = touched
        .iter()
        .filter(|&&place| list.get(place).is_some_and(is_primary));
    let written: Vec<usize> = written.copied().collect();
    let Some((&first, rest)) = written.split_first() else {
        return Ok(());
    };
    if rest.iter().any(|&other| other != first) {
        return Err(Error::invalid_value(format!(
            "More than one entry of {} would be primary; mark one.",
            attribute.name
        )));
    }
    for (place, entry) in list.iter_mut().enumerate() {
        if place != first
            && is_primary(entry)
            && let Some(primary) = entry.get_mut("primary")
        {
            *primary = Value::Bool(false);
        }
    }
    Ok(())
}

/// Sets a sub-attribute, or unassigns it by null.
pub(super) fn set_sub(
    map: &mut Map<String, Value>,
    attribute: &Attribute,
    sub: &Attribute,
    value: &Value,
) -> Result<()> {
    match value::simple(attribute, Some(sub), value)? {
        Some(value) => map.insert(sub.name.to_owned(), value),
        None => map.remove(sub.name),
    };
    Ok(())
}

/// Merges a complex value: named sub-attributes are set, null ones unassigned.
pub(super) fn merge(
    map: &mut Map<String, Value>,
    attribute: &Attribute,
    value: &Value,
) -> Result<()> {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let sub = attribute.sub(key);
                let sub = sub.ok_or_else(|| value::unknown_sub(attribute, key))?;
                set_sub(map, attribute, sub, value)?;
            }
            Ok(())
        }
        other => {
            let bare = value::single(attribute, other, Unknown::Refuse)?;
            if let Some(Value::Object(bare)) = bare {
                map.extend(bare);
            }
            Ok(())
        }
    }
}
