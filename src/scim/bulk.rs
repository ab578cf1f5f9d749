//! Bulk requests (RFC 7644 3.7): operations in one body, which may refer to what others of
//! them make. Read here, with the references resolved and the order worked out; the answer is
//! written here too.

mod order;
mod references;
mod resolve;

use serde_json::{Map, Value};

use super::error::{Error, Result};
use super::patch::{self, Op};
use super::schema::ResourceType;
use super::write::push_string;
use super::{BULK_REQUEST_URN, BULK_RESPONSE_URN, quirks};
use crate::domain::id::GroupScimId;
use crate::domain::reason::Reason;
use crate::domain::text::shown;

pub use resolve::not_made;

/// Most operations that may need each other in a circle: they are one write, and other
/// writers wait behind it.
pub const CIRCLE_MAX: usize = 64;

/// A bulk request.
#[derive(Debug)]
pub struct Bulk {
    /// After so many errors the rest is left undone; `None`: it never is.
    pub fail_on_errors: Option<usize>,
    pub operations: Vec<Operation>,
    /// Places in `operations`, in the order in which they are done; several that need each
    /// other stand together.
    pub units: Vec<Vec<usize>>,
}

/// One operation as it was sent, and what it comes to.
#[derive(Debug)]
pub struct Operation {
    pub method: Option<String>,
    pub path: Option<String>,
    pub bulk_id: Option<String>,
    /// The version that the resource must have, as `If-Match` names it.
    pub version: Option<String>,
    /// What the path names, below the base URL; `None` for what is to be made, and where the
    /// path names nothing.
    pub location: Option<String>,
    pub task: Result<Task>,
    /// Places of the operations that must have succeeded before.
    pub needs: Vec<usize>,
}

/// What is to be done, with all references replaced by ids.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    Create {
        resource: ResourceType,
        /// The id it is to get, which others refer to already.
        id: [u8; 16],
        data: Value,
    },
    Replace {
        resource: ResourceType,
        id: String,
        data: Value,
    },
    Patch {
        resource: ResourceType,
        id: String,
        ops: Result<Vec<Op>>,
    },
    Delete {
        resource: ResourceType,
        id: String,
    },
}

impl Task {
    pub fn resource(&self) -> ResourceType {
        match self {
            Self::Create { resource, .. }
            | Self::Replace { resource, .. }
            | Self::Patch { resource, .. }
            | Self::Delete { resource, .. } => *resource,
        }
    }
}

/// Reads a BulkRequest message. What is wrong with one operation is kept with it and leaves
/// the others alone. `new_id` gives ids for what is to be made.
///
/// Errors: `invalidSyntax` for what is no such message; 413 above `operations_max`.
pub fn parse(body: Value, operations_max: usize, new_id: impl FnMut() -> [u8; 16]) -> Result<Bulk> {
    let Value::Object(mut message) = body else {
        return Err(Error::invalid_syntax(
            "The body of a bulk request must be a JSON object with schemas and Operations; send \
             a BulkRequest message.",
        ));
    };
    check_schemas(&message)?;
    let fail_on_errors = fail_on_errors(&message)?;
    // An empty array is as good as none (RFC 7643 2.5), and Operations is required.
    let operations = match quirks::take_member(&mut message, "Operations") {
        Some(Value::Array(operations)) if !operations.is_empty() => operations,
        _ => {
            return Err(Error::invalid_syntax(
                "Operations must be an array of at least one operation; send what is to be done.",
            ));
        }
    };
    if operations.len() > operations_max {
        return Err(Error::too_large(format!(
            "The bulk request has {} operations and maxOperations is {operations_max}; send them \
             in several requests.",
            operations.len()
        )));
    }
    let numbered = operations.into_iter().enumerate();
    let operations: Result<Vec<Operation>> = numbered
        .map(|(i, operation)| parse_operation(i + 1, operation))
        .collect();
    let mut operations = operations?;
    resolve::references(&mut operations, new_id);
    let needs: Vec<Vec<usize>> = operations.iter().map(|op| op.needs.clone()).collect();
    let units = order::units(&needs, &resolve::followed(&operations));
    let units = resolve::short_circles(&mut operations, units);
    Ok(Bulk {
        fail_on_errors,
        operations,
        units,
    })
}

fn check_schemas(message: &Map<String, Value>) -> Result<()> {
    let schemas = quirks::member(message, "schemas").and_then(Value::as_array);
    let named = schemas.is_some_and(|schemas| {
        let mut urns = schemas.iter().filter_map(Value::as_str);
        urns.any(|urn| urn.eq_ignore_ascii_case(BULK_REQUEST_URN))
    });
    if named {
        return Ok(());
    }
    Err(Error::invalid_syntax(format!(
        "schemas must name {BULK_REQUEST_URN} in the body of a bulk request; add it."
    )))
}

/// How many errors are accepted "before the operation is terminated": to accept none would be
/// to do nothing, and is a mistake.
fn fail_on_errors(message: &Map<String, Value>) -> Result<Option<usize>> {
    let count = match quirks::member(message, "failOnErrors") {
        None | Some(Value::Null) => return Ok(None),
        Some(count) => count.as_u64().filter(|count| *count > 0),
    };
    let count = count.ok_or_else(|| {
        Error::invalid_syntax(
            "failOnErrors must be a whole number of at least 1; leave it out to have every \
             operation tried.",
        )
    })?;
    Ok(Some(usize::try_from(count).unwrap_or(usize::MAX)))
}

/// `number` counts from 1, for errors.
fn parse_operation(number: usize, operation: Value) -> Result<Operation> {
    let Value::Object(mut operation) = operation else {
        return Err(Error::invalid_syntax(format!(
            "Operation {number} of the bulk request must be an object with method and path; \
             correct it."
        )));
    };
    let mut text = |name: &str| match quirks::take_member(&mut operation, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid_value(format!(
            "{name} of operation {number} must be a string; correct it."
        ))),
    };
    let (method, path, bulk_id, version) = (
        text("method"),
        text("path"),
        text("bulkId"),
        text("version"),
    );
    let known = |text: &Result<Option<String>>| text.as_ref().ok().cloned().flatten();
    let mut parsed = Operation {
        method: known(&method),
        path: known(&path),
        bulk_id: known(&bulk_id),
        version: known(&version),
        location: None,
        task: Ok(Task::Delete {
            resource: ResourceType::User,
            id: String::new(),
        }),
        needs: Vec::new(),
    };
    let data = quirks::take_member(&mut operation, "data").unwrap_or(Value::Null);
    parsed.task = [method, path, bulk_id, version]
        .into_iter()
        .find_map(Result::err)
        .map_or_else(|| task(number, &parsed, data), Err);
    parsed.locate();
    Ok(parsed)
}

fn task(number: usize, operation: &Operation, data: Value) -> Result<Task> {
    let method = operation.method.as_deref().unwrap_or_default();
    if !["POST", "PUT", "PATCH", "DELETE"].contains(&method) {
        return Err(not_allowed(format!(
            "The method of operation {number} must be POST, PUT, PATCH or DELETE and is {:?}; \
             correct it.",
            shown(method)
        )));
    }
    let path = operation.path.as_deref().unwrap_or_default();
    let Some((resource, id)) = read_path(path) else {
        return Err(unknown_path(number, path));
    };
    match (method, id) {
        ("POST", None) => {
            if operation.bulk_id.as_deref().is_none_or(str::is_empty) {
                return Err(Error::invalid_value(format!(
                    "Operation {number} is a POST and has no bulkId, by which its answer is told \
                     from others; add one."
                )));
            }
            Ok(Task::Create {
                resource,
                id: [0; 16],
                data,
            })
        }
        ("POST", Some(_)) => Err(not_allowed(format!(
            "Operation {number} is a POST to a resource; POST to /Users or /Groups, or PUT or \
             PATCH the resource."
        ))),
        (method, None) => Err(not_allowed(format!(
            "Operation {number} is a {method} of all resources; name one, such as /Users/{{id}}."
        ))),
        ("PUT", Some(id)) => Ok(Task::Replace { resource, id, data }),
        ("PATCH", Some(id)) => Ok(Task::Patch {
            resource,
            id,
            ops: patch::parse(data),
        }),
        (_, Some(id)) => Ok(Task::Delete { resource, id }),
    }
}

/// `/Users`, `/Groups`, or one of them with an id or a reference.
fn read_path(path: &str) -> Option<(ResourceType, Option<String>)> {
    let below = path.strip_prefix('/')?;
    let (name, id) = match below.split_once('/') {
        Some((name, id)) => (name, Some(id)),
        None => (below, None),
    };
    let resource = match name {
        "Users" => ResourceType::User,
        "Groups" => ResourceType::Group,
        _ => return None,
    };
    let is_one = |id: &str| {
        let refers = references::reference(id).is_some_and(|(before, _)| before.is_empty());
        !id.is_empty() && (refers || !id.contains('/'))
    };
    match id {
        Some(id) if !is_one(id) => None,
        id => Some((resource, id.map(str::to_owned))),
    }
}

fn not_allowed(detail: String) -> Error {
    Error {
        status: 405,
        scim_type: None,
        detail,
        reason: Reason::MethodNotAllowed,
    }
}

fn unknown_path(number: usize, path: &str) -> Error {
    Error {
        status: 404,
        scim_type: None,
        detail: format!(
            "The path of operation {number} is {:?}; a bulk request works on /Users and /Groups, \
             and on /Users/{{id}} and /Groups/{{id}}.",
            shown(path)
        ),
        reason: Reason::RouteUnknown,
    }
}

impl Operation {
    /// Works out `location`: what can be nobody's id names nothing.
    fn locate(&mut self) {
        let id = match &self.task {
            Ok(Task::Create { .. }) => None,
            Ok(
                Task::Replace { resource, id, .. }
                | Task::Patch { resource, id, .. }
                | Task::Delete { resource, id },
            ) => Some((*resource, id.clone())),
            Err(_) => {
                let path = self.path.as_deref().and_then(read_path);
                path.and_then(|(resource, id)| Some((resource, id?)))
            }
        };
        self.location = id
            .filter(|(_, id)| GroupScimId::parse(id).is_some())
            .map(|(resource, id)| format!("/{}s/{id}", resource.core().name));
    }
}

/// What became of an operation.
#[derive(Debug)]
pub struct Outcome {
    /// The whole URL, where there is one.
    pub location: Option<String>,
    pub method: Option<String>,
    pub bulk_id: Option<String>,
    /// The ETag, after success.
    pub version: Option<String>,
    /// The status that the operation would have been answered by itself.
    pub status: u16,
    pub error: Option<Error>,
}

/// The BulkResponse (RFC 7644 3.7.3). Only errors have a `response`.
pub fn render(outcomes: &[Outcome]) -> String {
    let mut out = String::with_capacity(128 + 256 * outcomes.len());
    out.push_str("{\"schemas\":[\"");
    out.push_str(BULK_RESPONSE_URN);
    out.push_str("\"],\"Operations\":[");
    for (i, outcome) in outcomes.iter().enumerate() {
        out.push_str(if i == 0 { "{" } else { ",{" });
        for (name, text) in [
            ("\"location\":", &outcome.location),
            ("\"method\":", &outcome.method),
            ("\"bulkId\":", &outcome.bulk_id),
            ("\"version\":", &outcome.version),
        ] {
            if let Some(text) = text {
                out.push_str(name);
                push_string(&mut out, text);
                out.push(',');
            }
        }
        out.push_str("\"status\":\"");
        out.push_str(&outcome.status.to_string());
        out.push('"');
        if let Some(error) = &outcome.error {
            out.push_str(",\"response\":");
            out.push_str(&error.body());
        }
        out.push('}');
    }
    out.push_str("]}");
    out
}

#[cfg(test)]
mod tests;
