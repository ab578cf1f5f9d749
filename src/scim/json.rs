//! The strict reader of request bodies. What two JSON readers could understand differently
//! (duplicate keys) or what costs more than it should (depth, sizes) is refused.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{Error, Result};

/// Objects and arrays inside each other.
pub const DEPTH_MAX: usize = 32;
/// Members of one object.
pub const OBJECT_MEMBERS_MAX: usize = 1_000;
/// Bytes of one string, unescaped.
pub const STRING_BYTES_MAX: usize = 256 * 1024;
/// Items of one array, in general.
pub const ARRAY_ITEMS_MAX: usize = 20_000;
/// Items of one array in POST and PUT of a group.
pub const GROUP_ARRAY_ITEMS_MAX: usize = 100_000;
/// Values of one body, in general and of bulk requests: objects, arrays and what is in them.
/// An object takes hundreds of bytes of memory, however few stand in the body.
pub const VALUES_MAX: usize = 150_000;
/// Values of POST and PUT of a group: as many members as it may have, each with two texts.
pub const GROUP_VALUES_MAX: usize = 320_000;

/// The limits that depend on the route.
#[derive(Debug, Clone, Copy)]
pub struct JsonLimits {
    pub array_items: usize,
    /// Of the whole body, at all levels; names of members do not count.
    pub values_max: usize,
}

impl JsonLimits {
    pub const GENERAL: Self = Self {
        array_items: ARRAY_ITEMS_MAX,
        values_max: VALUES_MAX,
    };
    /// For POST and PUT of a group, which carry the whole member list.
    pub const GROUP: Self = Self {
        array_items: GROUP_ARRAY_ITEMS_MAX,
        values_max: GROUP_VALUES_MAX,
    };
    /// For many operations, any of which may carry a member list.
    pub const BULK: Self = Self {
        array_items: GROUP_ARRAY_ITEMS_MAX,
        values_max: VALUES_MAX,
    };
}

/// Reads one JSON value in UTF-8. Refuses, as `invalidSyntax` with the place: keys that are
/// equal letter case aside (SCIM's names have none, RFC 7643 2.1), what is over a limit,
/// numbers out of range, and anything after the value.
pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Value> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let values = Cell::new(0);
    let seed = Seed {
        depth: 0,
        values: &values,
        limits: *limits,
    };
    let read = seed.deserialize(&mut reader);
    let value = read.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        Error::invalid_syntax(format!(
            "The body is not acceptable JSON: {error}; correct the body and send it again."
        ))
    })
}

#[derive(Clone, Copy)]
struct Seed<'c> {
    depth: usize,
    /// How many were read so far.
    values: &'c Cell<usize>,
    limits: JsonLimits,
}

impl Seed<'_> {
    fn count<E: serde::de::Error>(self) -> std::result::Result<(), E> {
        if self.values.get() == self.limits.values_max {
            return Err(E::custom(format_args!(
                "the body has more than {} values",
                self.limits.values_max
            )));
        }
        self.values.set(self.values.get() + 1);
        Ok(())
    }

    fn deeper<E: serde::de::Error>(self) -> std::result::Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(E::custom(format_args!(
                "objects and arrays are nested deeper than {DEPTH_MAX}"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

fn check_string<E: serde::de::Error>(text: &str) -> std::result::Result<(), E> {
    if text.len() > STRING_BYTES_MAX {
        return Err(E::custom(format_args!(
            "a string is longer than {STRING_BYTES_MAX} bytes"
        )));
    }
    Ok(())
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<Value, D::Error> {
        self.count()?;
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Value, E> {
        check_string(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> std::result::Result<Value, E> {
        check_string(&text)?;
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> std::result::Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(inner)? {
            if items.len() == self.limits.array_items {
                return Err(A::Error::custom(format_args!(
                    "an array has more than {} items",
                    self.limits.array_items
                )));
            }
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> std::result::Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        let mut seen = Keys::default();
        while let Some(key) = from.next_key::<String>()? {
            check_string(&key)?;
            if members.len() == OBJECT_MEMBERS_MAX {
                return Err(A::Error::custom(format_args!(
                    "an object has more than {OBJECT_MEMBERS_MAX} members"
                )));
            }
            if !seen.insert(&key, &members) {
                return Err(A::Error::custom(format_args!(
                    "the name {key:?} occurs twice in one object, letter case aside"
                )));
            }
            let value = from.next_value_seed(inner)?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

/// Finds names that are equal letter case aside: by looking at each while they are few, by a
/// set from then on, so that a hostile object does not cost the square of its size.
#[derive(Default)]
struct Keys(Option<HashSet<String>>);

impl Keys {
    const FEW: usize = 16;

    /// Whether `key` is new beside `known`.
    fn insert(&mut self, key: &str, known: &Map<String, Value>) -> bool {
        if known.len() < Self::FEW {
            return !known.keys().any(|other| other.eq_ignore_ascii_case(key));
        }
        let lowered = known.keys().map(|other| other.to_ascii_lowercase());
        let set = self.0.get_or_insert_with(|| lowered.collect());
        set.insert(key.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) -> Result<Value> {
        parse(text.as_bytes(), &JsonLimits::GENERAL)
    }

    fn refused(text: &str, part: &str) {
        match check(text) {
            Ok(_) => assert!(text.is_empty(), "accepted: {}", &text[..text.len().min(80)]),
            Err(error) => {
                assert_eq!(error.status, 400);
                assert!(error.detail.contains(part), "{} lacks {part}", error.detail);
                assert!(
                    error.detail.contains("column"),
                    "{} has no place",
                    error.detail
                );
            }
        }
    }

    #[test]
    fn what_serde_reads_is_read_alike() {
        let text = r#"{"a":[1,-2,2.5,"x\u00e9",true,null,{"b":{}}]}"#;
        assert_eq!(check(text).ok(), serde_json::from_str(text).ok());
    }

    #[test]
    fn names_that_occur_twice_are_refused() {
        refused(r#"{"userName":"a","userName":"b"}"#, "userName");
        refused(r#"{"userName":"a","USERNAME":"b"}"#, "USERNAME");
        let many: Vec<String> = (0..40).map(|i| format!("\"k{i}\":1")).collect();
        refused(&format!("{{{},\"K3\":1}}", many.join(",")), "K3");
        refused(&format!("{{{},\"K39\":1}}", many.join(",")), "K39");
        assert!(check(&format!("{{{}}}", many.join(","))).is_ok());
    }

    #[test]
    fn every_limit_holds_at_it_and_one_past_it() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(check(&nested(DEPTH_MAX)).is_ok());
        refused(&nested(DEPTH_MAX + 1), "deeper");
        let object = |n: usize| {
            let members: Vec<String> = (0..n).map(|i| format!("\"k{i}\":1")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(check(&object(OBJECT_MEMBERS_MAX)).is_ok());
        refused(&object(OBJECT_MEMBERS_MAX + 1), "members");
        let array = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
        assert!(check(&array(ARRAY_ITEMS_MAX)).is_ok());
        refused(&array(ARRAY_ITEMS_MAX + 1), "items");
        assert!(parse(array(GROUP_ARRAY_ITEMS_MAX).as_bytes(), &JsonLimits::GROUP).is_ok());
        let string = |n: usize| format!("[\"{}\"]", "x".repeat(n));
        assert!(check(&string(STRING_BYTES_MAX)).is_ok());
        refused(&string(STRING_BYTES_MAX + 1), "longer");
    }

    #[test]
    fn the_values_of_a_body_are_counted_at_all_levels() {
        // Each of these is three values, in an array that is one more.
        let body =
            |threes: usize, more: &str| format!("[{}0{more}]", "{\"a\":[0]},".repeat(threes));
        let limits = JsonLimits {
            values_max: 302,
            ..JsonLimits::GENERAL
        };
        assert!(parse(body(100, "").as_bytes(), &limits).is_ok());
        let refused = parse(body(100, ",[]").as_bytes(), &limits).map_err(|error| error.detail);
        assert!(
            refused.as_ref().is_err_and(
                |detail| detail.contains("more than 302 values") && detail.contains("column")
            ),
            "{refused:?}"
        );
    }

    #[test]
    fn large_groups_are_within_the_number_of_values() {
        let member = r#"{"value":"v","$ref":"r","display":"d","type":"User"}"#;
        let group = |member: &str, count: usize| {
            let members = vec![member; count].join(",");
            format!(r#"{{"displayName":"g","members":[{members}]}}"#)
        };
        for limits in [JsonLimits::GENERAL, JsonLimits::GROUP, JsonLimits::BULK] {
            assert!(parse(group(member, 20_000).as_bytes(), &limits).is_ok());
        }
        let lean = group(r#"{"value":"v","display":"d"}"#, GROUP_ARRAY_ITEMS_MAX);
        assert!(parse(lean.as_bytes(), &JsonLimits::GROUP).is_ok());
        assert!(parse(lean.as_bytes(), &JsonLimits::BULK).is_err());
    }

    #[test]
    fn broken_text_is_refused_with_its_place() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1}x",
            "\u{feff}{}",
            "1e999",
            "nul",
            "\"\\ud800\"",
            "{\"a\" 1}",
            "NaN",
        ] {
            assert!(check(text).is_err(), "{text:?}");
        }
        refused("{\"a\":1} x", "trailing");
        assert!(parse(b"\"\xff\"", &JsonLimits::GENERAL).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, &JsonLimits::GENERAL);
        }
    }
}
