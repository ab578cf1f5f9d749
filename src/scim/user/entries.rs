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

/// What the operations of one PATCH share.
pub(super) struct Tally {
    /// What it may still cost.
    work: usize,
    /// The attributes of which it has made an entry the primary one.
    primaries: Vec<&'static str>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            work: PATCH_WORK_MAX,
            primaries: Vec::new(),
        }
    }

    fn spend(&mut self, work: usize) -> Result<()> {
        match self.work.checked_sub(work) {
            Some(left) => {
                self.work = left;
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

/// The entries after the operation. None are left: the attribute is unassigned (RFC 7644
/// 3.5.2.2, RFC 7643 2.5).
pub(super) fn apply(
    mut list: Vec<Value>,
    edit: &Edit<'_>,
    tally: &mut Tally,
) -> Result<Vec<Value>> {
    let primaries = match (edit.filter, edit.sub) {
        (None, None) => without_filter(&mut list, edit, tally)?,
        (None, Some(sub)) => {
            tally.spend(list.len())?;
            let all: Vec<usize> = (0..list.len()).collect();
            on_sub(&mut list, &all, sub, edit)?
        }
        (Some(filter), sub) => {
            check_names(edit.attribute, filter)?;
            tally.spend(list.len() * comparisons(filter))?;
            let matches = matching(&list, filter, edit.attribute)?;
            match sub {
                Some(sub) => on_sub(&mut list, &matches, sub, edit)?,
                None => on_entries(&mut list, &matches, edit)?,
            }
        }
    };
    settle_primary(&mut list, &primaries, edit.attribute, tally)?;
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

/// `emails`: the attribute as a whole. Gives the places of entries it made primary.
fn without_filter(list: &mut Vec<Value>, edit: &Edit<'_>, tally: &mut Tally) -> Result<Vec<usize>> {
    let attribute = edit.attribute;
    let value = edit.value.unwrap_or(&Value::Null);
    match edit.op {
        // "All values are removed" (3.5.2.2), unless the client lists which, as Entra and
        // authentik do for members.
        OpKind::Remove if value.is_null() => {
            list.clear();
            Ok(Vec::new())
        }
        OpKind::Remove => {
            let named = value::entries(attribute, value, Unknown::Refuse)?;
            tally.spend(list.len() * named.len())?;
            list.retain(|entry| !named.iter().any(|named| is_named(attribute, entry, named)));
            Ok(Vec::new())
        }
        // All values go, and these come in their place (3.5.2.3).
        OpKind::Replace => {
            *list = value::entries(attribute, value, Unknown::Refuse)?;
            Ok(list.iter().position(is_primary).into_iter().collect())
        }
        // New values come beside those that are there (3.5.2.1).
        OpKind::Add => {
            let added = value::entries(attribute, value, Unknown::Refuse)?;
            tally.spend((list.len() + added.len()) * added.len())?;
            let places = added
                .into_iter()
                .filter_map(|entry| add_entry(list, attribute, entry));
            Ok(places.collect())
        }
    }
}

/// Adds an entry, or completes the one that is there: the same value of the same type does
/// not occur twice (RFC 7643 2.4), and adding what is there already changes nothing (RFC 7644
/// 3.5.2.1). Gives its place when it is to be primary.
fn add_entry(list: &mut Vec<Value>, attribute: &Attribute, entry: Value) -> Option<usize> {
    let primary = is_primary(&entry);
    let same_sub = |old: &Value, sub: &Attribute| {
        same_simple(sub, assigned(old, sub.name), assigned(&entry, sub.name))
    };
    let same_named = |old: &Value, name: &str| {
        let sub = attribute.sub(name);
        sub.is_none_or(|sub| same_sub(old, sub))
    };
    let has_value = entry.get("value").is_some();
    let same = |old: &Value| {
        if has_value {
            same_named(old, "value") && same_named(old, "type")
        } else {
            attribute.subs.iter().all(|sub| same_sub(old, sub))
        }
    };
    let Some(place) = list.iter().position(same) else {
        list.push(entry);
        return primary.then_some(list.len() - 1);
    };
    if let (Some(Value::Object(old)), Value::Object(new)) = (list.get_mut(place), entry) {
        for (name, value) in new {
            if old.contains_key(&name) || !is_default(&name, &value) {
                old.insert(name, value);
            }
        }
    }
    primary.then_some(place)
}

/// `primary` is false when it is left out (RFC 7643 2.4).
fn is_default(name: &str, value: &Value) -> bool {
    name == "primary" && *value == Value::Bool(false)
}

/// A sub-attribute of an entry, unless it only says what leaving it out says too.
fn assigned<'a>(entry: &'a Value, name: &str) -> Option<&'a Value> {
    entry.get(name).filter(|value| !is_default(name, value))
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
        let value = Some(value).filter(|value| !is_default(name, value));
        attribute
            .sub(name)
            .is_some_and(|sub| same_simple(sub, assigned(entry, name), value))
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

/// `emails[…].value`: that sub-attribute of every entry that matches (RFC 7644 3.5.2.3), and
/// `emails.value`: of every entry. Gives the places of entries it made primary.
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
        let place = add_entry(list, edit.attribute, Value::Object(entry));
        return Ok(place.into_iter().collect());
    }
    for &place in places {
        if let Some(Value::Object(entry)) = list.get_mut(place) {
            set_sub(entry, edit.attribute, sub, value)?;
        }
    }
    let primary = sub.name == "primary" && quirks::boolean(value) == Some(true);
    Ok(if primary { places.to_vec() } else { Vec::new() })
}

/// `emails[…]`: every entry that matches, as a whole: `replace` puts the value in its place
/// (RFC 7644 3.5.2.3), `add` completes it, `remove` takes it away (3.5.2.2). Gives the places
/// of entries it made primary.
fn on_entries(list: &mut Vec<Value>, places: &[usize], edit: &Edit<'_>) -> Result<Vec<usize>> {
    let value = match (edit.op, edit.value) {
        (OpKind::Add | OpKind::Replace, Some(value)) => quirks::only_entry(edit.attribute, value),
        _ => &Value::Null,
    };
    check_growth(places, value, edit.attribute)?;
    if places.is_empty() && !value.is_null() {
        let mut entry = new_entry(edit)?;
        merge(&mut entry, edit.attribute, value)?;
        let place = add_entry(list, edit.attribute, Value::Object(entry));
        return Ok(place.into_iter().collect());
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
    let primary = value
        .as_object()
        .and_then(|entry| quirks::member(entry, "primary"))
        .and_then(quirks::boolean);
    Ok(if primary == Some(true) {
        places.to_vec()
    } else {
        Vec::new()
    })
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

/// An operation that makes an entry primary makes all others not so (RFC 7644 3.5.2). But a
/// request that makes two of them primary says what can't be: one may be (RFC 7643 2.4).
fn settle_primary(
    list: &mut [Value],
    places: &[usize],
    attribute: &'static Attribute,
    tally: &mut Tally,
) -> Result<()> {
    let Some((&first, rest)) = places.split_first() else {
        return Ok(());
    };
    let two = || {
        Err(Error::invalid_value(format!(
            "More than one entry of {} would be primary; mark one.",
            attribute.name
        )))
    };
    if rest.iter().any(|&other| other != first) {
        return two();
    }
    let claimed = tally.primaries.contains(&attribute.name);
    for (place, entry) in list.iter_mut().enumerate() {
        if place == first || !is_primary(entry) {
            continue;
        }
        if claimed {
            return two();
        }
        if let Some(primary) = entry.get_mut("primary") {
            *primary = Value::Bool(false);
        }
    }
    if !claimed {
        tally.primaries.push(attribute.name);
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
