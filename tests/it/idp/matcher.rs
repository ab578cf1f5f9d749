//! What a trace expects of a value: the value itself, or a matcher such as `{"$len": 3}`.

use std::collections::BTreeSet;

use serde_json::Value;

type Verdict = Result<(), String>;

/// What a JSON pointer (RFC 6901) names; `*` names every element of an array.
pub(super) fn point(document: &Value, pointer: &str) -> Option<Value> {
    let Some(rest) = pointer.strip_prefix('/') else {
        return Some(document.clone());
    };
    let (token, rest) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let token = token.replace("~1", "/").replace("~0", "~");
    match document {
        Value::Array(items) if token == "*" => {
            Some(items.iter().filter_map(|item| point(item, rest)).collect())
        }
        Value::Array(items) => point(items.get(token.parse::<usize>().ok()?)?, rest),
        Value::Object(object) => point(object.get(&token)?, rest),
        _ => None,
    }
}

/// A plain object matches the members it names; a plain array matches element by element.
pub(super) fn matches(found: Option<&Value>, wanted: &Value) -> Verdict {
    if let Value::Object(object) = wanted
        && !object.is_empty()
        && object
            .keys()
            .all(|key| key.starts_with('$') && key != "$ref")
    {
        return object
            .iter()
            .try_for_each(|(name, wanted)| matcher(name, found, wanted));
    }
    let Some(found) = found else {
        return Err(format!("is absent, expected {wanted}"));
    };
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().try_for_each(|(key, wanted)| {
                matches(found.get(key), wanted).map_err(|why| format!("{key}: {why}"))
            })
        }
        (Value::Array(found), Value::Array(wanted)) => {
            need(found.len() == wanted.len(), || {
                format!("has {} elements, expected {}", found.len(), wanted.len())
            })?;
            found
                .iter()
                .zip(wanted)
                .try_for_each(|(found, wanted)| matches(Some(found), wanted))
        }
        _ => need(found == wanted, || format!("is {found}, expected {wanted}")),
    }
}

fn matcher(name: &str, found: Option<&Value>, wanted: &Value) -> Verdict {
    let shown = || found.map_or_else(|| "(absent)".to_owned(), |found| format!("{found:.300}"));
    let is = |ok: bool| need(ok, || format!("is {}, expected {name} {wanted}", shown()));
    let empty = match found {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(object)) => object.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    match name {
        "$absent" => return is(Value::Bool(found.is_none()) == *wanted),
        "$present" => return is(Value::Bool(found.is_some()) == *wanted),
        "$absentOrEmpty" => return is(Value::Bool(empty) == *wanted),
        "$not" => return is(matches(found, wanted).is_err()),
        "$deepLacks" => return is(!found.is_some_and(|found| mentions(found, wanted))),
        "$notContains" => {
            let has = array(found)
                .iter()
                .any(|item| matches(Some(item), wanted).is_ok());
            return is(!has);
        }
        _ => {}
    }
    let Some(value) = found else {
        return Err("is absent".to_owned());
    };
    match name {
        "$type" => is(is_type(value, wanted)),
        "$len" => is(length(value).is_some_and(|n| wanted.as_u64() == Some(n))),
        "$minLen" => is(length(value).is_some_and(|n| wanted.as_u64() <= Some(n))),
        "$maxLen" => is(length(value).is_some_and(|n| wanted.as_u64() >= Some(n))),
        "$regex" => is(looks_like(value, wanted)),
        "$iequals" => is(same_letters(value, wanted)),
        "$eq" => is(value == wanted),
        "$ne" => is(value != wanted),
        "$oneOf" => is(array(Some(wanted))
            .iter()
            .any(|w| matches(found, w).is_ok())),
        "$gt" => is(value.as_f64() > wanted.as_f64()),
        "$gte" => is(value.as_f64() >= wanted.as_f64()),
        "$lt" => is(value.is_number() && value.as_f64() < wanted.as_f64()),
        "$lte" => is(value.is_number() && value.as_f64() <= wanted.as_f64()),
        "$deepHas" => is(mentions(value, wanted)),
        "$match" => wanted
            .as_object()
            .into_iter()
            .flatten()
            .try_for_each(|(pointer, wanted)| {
                matches(point(value, pointer).as_ref(), wanted)
                    .map_err(|why| format!("{pointer} {why}"))
            }),
        _ => array_matcher(name, value, wanted),
    }
}

fn array_matcher(name: &str, value: &Value, wanted: &Value) -> Verdict {
    let is = |ok: bool| need(ok, || format!("is {value:.600}, expected {name} {wanted}"));
    is(value.is_array())?;
    let items = array(Some(value));
    let has = |wanted: &Value| items.iter().any(|item| matches(Some(item), wanted).is_ok());
    match name {
        "$contains" => is(has(wanted)),
        "$containsAll" => is(array(Some(wanted)).iter().all(has)),
        "$each" => is(items.iter().all(|item| matches(Some(item), wanted).is_ok())),
        "$unordered" => {
            let mut rest: Vec<&Value> = items.iter().collect();
            for wanted in array(Some(wanted)) {
                let at = rest
                    .iter()
                    .position(|item| matches(Some(item), wanted).is_ok());
                is(at.is_some())?;
                rest.swap_remove(at.unwrap_or_default());
            }
            is(rest.is_empty())
        }
        "$unique" => {
            let key = |item: &Value| match wanted.as_str() {
                Some(pointer) => point(item, pointer),
                None => Some(item.clone()),
            };
            let keys: Vec<String> = items
                .iter()
                .map(|item| format!("{:?}", key(item)))
                .collect();
            is(keys.iter().collect::<BTreeSet<_>>().len() == keys.len())
        }
        _ => Err(format!("unknown matcher {name}")),
    }
}

fn need(ok: bool, why: impl FnOnce() -> String) -> Verdict {
    if ok { Ok(()) } else { Err(why()) }
}

fn array(value: Option<&Value>) -> &[Value] {
    value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn length(value: &Value) -> Option<u64> {
    let length = match value {
        Value::Array(items) => items.len(),
        Value::Object(object) => object.len(),
        Value::String(text) => text.chars().count(),
        _ => return None,
    };
    u64::try_from(length).ok()
}

fn is_type(value: &Value, wanted: &Value) -> bool {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is = |wanted: &Value| wanted == found || (wanted == "number" && found == "integer");
    is(wanted) || array(Some(wanted)).iter().any(is)
}

/// Whether a text stands anywhere inside.
fn mentions(value: &Value, wanted: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| mentions(item, wanted)),
        Value::Object(object) => object.values().any(|item| mentions(item, wanted)),
        other => other.is_string() && other == wanted,
    }
}

fn same_letters(value: &Value, wanted: &Value) -> bool {
    let letters = |value: &Value| value.as_str().map(str::to_lowercase);
    letters(value).is_some() && letters(value) == letters(wanted)
}

/// The traces' expressions are lists of words, letter case aside: `(?i)(CF|reserved)`.
fn looks_like(value: &Value, wanted: &Value) -> bool {
    let expression = wanted.as_str().unwrap_or_default();
    let words = expression
        .strip_prefix("(?i)")
        .expect("an expression of words");
    let words = words
        .trim_start_matches('(')
        .trim_end_matches(')')
        .to_lowercase();
    let plain = words
        .chars()
        .all(|c| c.is_alphanumeric() || c == ' ' || c == '|');
    assert!(plain, "no regular expressions here: {expression}");
    let text = value.as_str().unwrap_or_default().to_lowercase();
    words.split('|').any(|word| text.contains(word))
}
