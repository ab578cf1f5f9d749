//! Bodies of PATCH (RFC 7644 3.5.2): the only place that reads `Operations`.

use serde_json::{Map, Value};

use super::error::{Error, Result};
use super::path::Path;
use super::{PATCH_URN, quirks};

/// Most operations of one PATCH.
pub const PATCH_OPS_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpKind {
    Add,
    Replace,
    Remove,
}

impl OpKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

/// One operation. `add` and `replace` have a value (null counts as one), `remove` has a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    pub kind: OpKind,
    /// `None`: the value is an object whose names are paths.
    pub path: Option<Path>,
    pub value: Option<Value>,
}

/// Reads a PatchOp message.
///
/// Errors: `invalidSyntax` for what is no such message, `tooMany` above
/// [`PATCH_OPS_MAX`], `invalidPath`, `noTarget` for a `remove` without a path,
/// `invalidValue` for another operation without a value.
pub fn parse(body: Value) -> Result<Vec<Op>> {
    let Value::Object(mut message) = body else {
        return Err(Error::invalid_syntax(
            "The body of a PATCH must be a JSON object with schemas and Operations; send a \
             PatchOp message.",
        ));
    };
    check_schemas(&message)?;
    let operations = match quirks::take_member(&mut message, "Operations") {
        Some(Value::Array(operations)) if !operations.is_empty() => operations,
        _ => {
            return Err(Error::invalid_syntax(
                "Operations must be an array of at least one operation; send what is to change.",
            ));
        }
    };
    if operations.len() > PATCH_OPS_MAX {
        return Err(Error::too_many(format!(
            "A PATCH has at most {PATCH_OPS_MAX} operations and this has {}; send several.",
            operations.len()
        )));
    }
    let numbered = operations.into_iter().enumerate();
    numbered
        .map(|(i, operation)| parse_op(i + 1, operation))
        .collect()
}

fn check_schemas(message: &Map<String, Value>) -> Result<()> {
    let schemas = quirks::member(message, "schemas").and_then(Value::as_array);
    let named = schemas.is_some_and(|schemas| {
        let mut urns = schemas.iter().filter_map(Value::as_str);
        urns.any(|urn| urn.eq_ignore_ascii_case(PATCH_URN))
    });
    if named {
        return Ok(());
    }
    Err(Error::invalid_syntax(format!(
        "schemas must name {PATCH_URN} in the body of a PATCH; add it."
    )))
}

/// `number` counts from 1, for errors.
fn parse_op(number: usize, operation: Value) -> Result<Op> {
    let Value::Object(mut operation) = operation else {
        return Err(Error::invalid_syntax(format!(
            "Operation {number} must be an object with op, path and value; correct it."
        )));
    };
    let kind = quirks::take_member(&mut operation, "op");
    let kind = kind
        .as_ref()
        .and_then(Value::as_str)
        .and_then(quirks::op_case);
    let Some(kind) = kind else {
        return Err(Error::invalid_syntax(format!(
            "Operation {number} must have an op that is add, replace or remove; correct it."
        )));
    };
    let path = match quirks::take_member(&mut operation, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(Path::parse(&text)?),
        Some(_) => {
            return Err(Error::unreadable_path(format!(
                "The path of operation {number} must be a string; correct it."
            )));
        }
    };
    let value = quirks::take_member(&mut operation, "value");
    match (kind, &path, &value) {
        (OpKind::Remove, None, _) => Err(Error::no_target(format!(
            "Operation {number} is a remove without a path; name what to remove."
        ))),
        (OpKind::Add | OpKind::Replace, _, None) => Err(Error::invalid_value(format!(
            "Operation {number} has the op {} and no value; add one, null to unassign.",
            kind.name()
        ))),
        _ => Ok(Op { kind, path, value }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::ScimType;
    use super::*;

    fn with(operations: Value) -> Result<Vec<Op>> {
        parse(json!({"schemas": [PATCH_URN], "Operations": operations}))
    }

    #[test]
    fn op_in_any_case() {
        let ops = with(json!([
            {"op": "Add", "path": "title", "value": "x"},
            {"op": "REPLACE", "value": {"a": 1}},
            {"op": "remove", "path": "title"},
        ]));
        let kinds = ops.map(|ops| ops.iter().map(|op| op.kind).collect::<Vec<_>>());
        assert_eq!(
            kinds,
            Ok(vec![OpKind::Add, OpKind::Replace, OpKind::Remove])
        );
    }

    #[test]
    fn message_names_in_any_case() {
        let body = json!({
            "Schemas": [PATCH_URN.to_ascii_lowercase()],
            "operations": [{"Op": "add", "Path": "title", "VALUE": null}],
        });
        let ops = parse(body);
        assert_eq!(ops.map(|ops| ops[0].value.clone()), Ok(Some(Value::Null)));
    }

    #[test]
    fn what_is_no_patch_is_refused() {
        let kind = |body: Value| parse(body).map_err(|error| error.scim_type);
        let syntax = Err(Some(ScimType::InvalidSyntax));
        assert_eq!(kind(json!([])), syntax);
        assert_eq!(
            kind(json!({"Operations": [{"op": "remove", "path": "a"}]})),
            syntax
        );
        assert_eq!(kind(json!({"schemas": [PATCH_URN]})), syntax);
        assert_eq!(
            kind(json!({"schemas": [PATCH_URN], "Operations": ["x"]})),
            syntax
        );
    }

    #[test]
    fn operations_are_counted() {
        let ops = |n: usize| with(json!(vec![json!({"op": "remove", "path": "title"}); n]));
        assert!(ops(PATCH_OPS_MAX).is_ok());
        let error = ops(PATCH_OPS_MAX + 1).map_err(|error| error.scim_type);
        assert_eq!(error, Err(Some(ScimType::TooMany)));
    }

    proptest! {
        #[test]
        fn any_json_is_answered(text in "[\\[\\]{}\":,a-z0-9 ]{0,60}", path in "\\PC{0,40}") {
            if let Ok(value) = serde_json::from_str(&text) {
                let _ = parse(value);
            }
            let _ = with(json!([{"op": "add", "path": path, "value": text}]));
        }
    }
}
