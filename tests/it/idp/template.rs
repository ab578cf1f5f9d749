//! Variables of a trace, and what is made of a step with them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

/// Variables by name.
#[derive(Clone, Default)]
pub(super) struct Env(BTreeMap<String, Value>);

impl Env {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// Takes what `inner` has beside what is here, but for its loop variable.
    pub(super) fn take_new(&mut self, inner: Self, loop_variable: &str) {
        for (name, value) in inner.0 {
            if name != loop_variable {
                self.0.entry(name).or_insert(value);
            }
        }
    }

    /// `name` or `name|filter|filter`.
    fn look_up(&self, expression: &str) -> Value {
        let mut parts = expression.split('|').map(str::trim);
        let name = parts.next().unwrap_or_default();
        // An earlier step failed: this one shall fail too, and not end the whole trace.
        let value = self
            .0
            .get(name)
            .cloned()
            .unwrap_or_else(|| format!("unset-{name}").into());
        parts.fold(value, |value, filter| {
            Value::String(filtered(filter, &value))
        })
    }

    /// Fills a text in; variables may hold further ones.
    pub(super) fn render_text(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (expression, after) = after.split_once("}}").expect("a closed variable");
            out.push_str(before);
            out.push_str(&self.render_text(&as_text(&self.look_up(expression))));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// A text that is one variable keeps the variable's JSON type.
    fn render_string(&self, text: &str) -> Value {
        let inner = text
            .strip_prefix("{{")
            .and_then(|text| text.strip_suffix("}}"));
        match inner {
            Some(expression) if !expression.contains("{{") => self.look_up(expression),
            _ => Value::String(self.render_text(text)),
        }
    }

    pub(super) fn render(&self, node: &Value) -> Value {
        match node {
            Value::String(text) => self.render_string(text),
            Value::Array(items) => items
                .iter()
                .flat_map(|item| self.render_item(item))
                .collect(),
            Value::Object(object) => match object.get("$merge").and_then(Value::as_array) {
                Some(parts) => parts
                    .iter()
                    .fold(Value::Object(Map::new()), |merged, part| {
                        merge(merged, self.render(part))
                    }),
                None => object
                    .iter()
                    .map(|(key, value)| (self.render_text(key), self.render(value)))
                    .collect(),
            },
            plain => plain.clone(),
        }
    }

    /// An element of an array; `$repeat` becomes many.
    fn render_item(&self, item: &Value) -> Vec<Value> {
        let Some(spec) = item.get("$repeat") else {
            return vec![self.render(item)];
        };
        let number = |name: &str| self.render(&spec[name]).as_i64();
        let (first, last) = (
            number("from").unwrap_or(1),
            number("to").expect("a last number"),
        );
        let name = spec["as"].as_str().unwrap_or("i");
        let rendered = |i: i64| {
            let mut inner = self.clone();
            inner.set(name, Value::from(i));
            inner.render(&spec["item"])
        };
        (first..=last).map(rendered).collect()
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn filtered(filter: &str, value: &Value) -> String {
    let text = as_text(value);
    let swapped = |c: char| {
        if c.is_lowercase() {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        }
    };
    match filter {
        "q" => crate::harness::client::percent(&text),
        "qp" => crate::harness::client::percent(&text).replace("%20", "+"),
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "swapcase" => text.chars().map(swapped).collect(),
        "str" => text,
        other => {
            assert!(other.is_empty(), "unknown filter |{other}");
            text
        }
    }
}

/// RFC 7386.
fn merge(target: Value, patch: Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch;
    };
    let mut out = match target {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    for (key, value) in patch {
        if value.is_null() {
            out.remove(&key);
        } else {
            let before = out.remove(&key).unwrap_or(Value::Null);
            out.insert(key, merge(before, value));
        }
    }
    Value::Object(out)
}

/// A request line holds no space and no character beyond ASCII; the rest of a path goes out as
/// the trace has it, since how a client encodes is part of what is tested.
pub(super) fn on_the_wire(target: &str) -> String {
    let mut out = String::new();
    for byte in target.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a text grows");
        }
    }
    out
}
