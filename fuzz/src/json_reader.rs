//! The strict reader of bodies, beside the reader it stands on.

use std::collections::BTreeSet;

use provost::scim::json::{self, DEPTH_MAX, JsonLimits};
use serde_json::Value;

pub fn run(data: &[u8]) {
    let strict = json::parse(data, &JsonLimits::GENERAL);
    let lenient: Result<Value, _> = serde_json::from_slice(data);
    match (strict, lenient) {
        (Ok(strict), Ok(lenient)) => {
            assert_eq!(strict, lenient);
            assert!(depth(&strict) <= DEPTH_MAX);
            assert!(has_each_name_once(&strict), "{strict}");
            assert_eq!(json::parse(data, &JsonLimits::GROUP), Ok(strict));
        }
        // What it refuses beyond the other is said by name.
        (Err(error), lenient) => {
            assert_eq!(error.status, 400);
            let named = ["occurs twice", "nested deeper", "longer than", "more than"];
            let ours = named.iter().any(|name| error.detail.contains(name));
            assert!(lenient.is_err() || ours, "{}", error.detail);
        }
        (Ok(strict), Err(error)) => assert_eq!(error.to_string(), "", "accepted: {strict}"),
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Names are the same letter case aside (RFC 7643 2.1).
fn has_each_name_once(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(has_each_name_once),
        Value::Object(members) => {
            let names: BTreeSet<String> = members.keys().map(|k| k.to_ascii_lowercase()).collect();
            names.len() == members.len() && members.values().all(has_each_name_once)
        }
        _ => true,
    }
}
