//! JSON schemas (2020-12, as far as they are needed here) as constants.

use serde_json::{Map, Value, json};

/// What a value may be.
pub(super) enum Schema {
    /// A named one.
    Ref(&'static str),
    Text,
    /// 32 lower-case hex digits.
    Id,
    /// RFC 3339, UTC.
    Time,
    Integer,
    Boolean,
    Any,
    Enum(&'static [&'static str]),
    List(&'static Schema),
    /// An object of any names, each with such a value.
    Map(&'static Schema),
    /// That, or null.
    Nullable(&'static Schema),
    Either(&'static [Schema]),
    Object(&'static [Field]),
}

/// A member of an object.
pub(super) struct Field {
    name: &'static str,
    schema: Schema,
    required: bool,
}

/// A member that is always there.
pub(super) const fn always(name: &'static str, schema: Schema) -> Field {
    Field {
        name,
        schema,
        required: true,
    }
}

/// A member that may be missing.
pub(super) const fn maybe(name: &'static str, schema: Schema) -> Field {
    Field {
        name,
        schema,
        required: false,
    }
}

impl Schema {
    pub(super) fn render(&self) -> Value {
        match self {
            Self::Ref(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
            Self::Text => json!({ "type": "string" }),
            Self::Id => json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" }),
            Self::Time => json!({ "type": "string", "format": "date-time" }),
            Self::Integer => json!({ "type": "integer" }),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Any => json!({}),
            Self::Enum(values) => json!({ "type": "string", "enum": values }),
            Self::List(inner) => json!({ "type": "array", "items": inner.render() }),
            Self::Map(inner) => {
                json!({ "type": "object", "additionalProperties": inner.render() })
            }
            Self::Nullable(inner) => json!({ "anyOf": [inner.render(), { "type": "null" }] }),
            Self::Either(all) => {
                json!({ "anyOf": all.iter().map(Self::render).collect::<Vec<Value>>() })
            }
            Self::Object(fields) => {
                let properties = fields
                    .iter()
                    .map(|field| (field.name.to_owned(), field.schema.render()));
                let required = fields.iter().filter(|field| field.required);
                json!({
                    "type": "object",
                    "properties": properties.collect::<Map<String, Value>>(),
                    "required": required.map(|field| field.name).collect::<Vec<&str>>(),
                })
            }
        }
    }
}
