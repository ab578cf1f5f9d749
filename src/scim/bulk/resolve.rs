//! From what operations refer to, to the ids of what is going to be made.

use std::collections::HashMap;

use super::super::error::{Error, Result};
use super::super::schema::ResourceType;
use super::references::{in_patch, in_resource, reference};
use super::{CIRCLE_MAX, Operation, Task};
use crate::domain::id::MemberId;
use crate::domain::reason::Reason;
use crate::domain::text::shown;

/// What a bulkId stands for.
struct Made {
    at: usize,
    /// `None`: the operation is no good.
    makes: Option<(ResourceType, [u8; 16])>,
    times: usize,
}

/// Gives ids to what is to be made and puts them where it is referred to.
pub(super) fn references(operations: &mut [Operation], mut new_id: impl FnMut() -> [u8; 16]) {
    let mut made: HashMap<String, Made> = HashMap::new();
    for (at, operation) in operations.iter_mut().enumerate() {
        let is_post = operation.method.as_deref() == Some("POST");
        let Some(bulk_id) = operation.bulk_id.clone().filter(|_| is_post) else {
            continue;
        };
        let makes = match &mut operation.task {
            Ok(Task::Create { resource, id, .. }) => {
                *id = new_id();
                Some((*resource, *id))
            }
            Ok(Task::Replace { .. } | Task::Patch { .. } | Task::Delete { .. }) | Err(_) => None,
        };
        let entry = made.entry(bulk_id).or_insert(Made {
            at,
            makes,
            times: 0,
        });
        entry.times += 1;
    }
    for operation in operations {
        let bulk_id = operation.bulk_id.as_deref().unwrap_or_default();
        let is_create = matches!(operation.task, Ok(Task::Create { .. }));
        if let Some(times) = made.get(bulk_id).map(|made| made.times)
            && times > 1
            && is_create
        {
            // Which of them a reference means nobody could say.
            operation.task = Err(Error::invalid_value(format!(
                "{times} operations of this request have the bulkId {:?}; give each its own.",
                shown(bulk_id)
            )));
        }
        if let Err(error) = replace_references(operation, &made) {
            operation.task = Err(error);
        }
        operation.locate();
    }
}

fn replace_references(operation: &mut Operation, made: &HashMap<String, Made>) -> Result<()> {
    let Ok(task) = &mut operation.task else {
        return Ok(());
    };
    let resource = task.resource();
    let (mut needs, mut wrong) = (Vec::new(), None);
    let mut replace = |text: &mut String, wanted: ResourceType| {
        let Some((before, bulk_id)) = reference(text) else {
            return;
        };
        match look_up(made, bulk_id, wanted) {
            Ok((at, id)) => {
                needs.push(at);
                if let Some(id) = id {
                    *text = format!("{before}{id}");
                }
            }
            Err(error) => wrong = wrong.take().or(Some(error)),
        }
    };
    match task {
        Task::Replace { id, .. } | Task::Patch { id, .. } | Task::Delete { id, .. } => {
            replace(id, resource);
        }
        Task::Create { .. } => {}
    }
    // Members of groups and managers are people.
    let mut each = |text: &mut String| replace(text, ResourceType::User);
    match task {
        Task::Create { data, .. } | Task::Replace { data, .. } => {
            in_resource(resource, data, &mut each);
        }
        Task::Patch { ops: Ok(ops), .. } => in_patch(resource, ops, &mut each),
        Task::Patch { ops: Err(_), .. } | Task::Delete { .. } => {}
    }
    needs.sort_unstable();
    needs.dedup();
    operation.needs = needs;
    wrong.map_or(Ok(()), Err)
}

/// The operation that makes what a bulkId stands for, and its id; no id when that operation
/// is no good.
fn look_up(
    made: &HashMap<String, Made>,
    bulk_id: &str,
    wanted: ResourceType,
) -> Result<(usize, Option<MemberId>)> {
    let Some(made) = made.get(bulk_id) else {
        return Err(Error {
            reason: Reason::BulkReference,
            ..Error::invalid_value(format!(
                "bulkId {:?} is given to no POST of this request; correct the reference, or send \
                 the operation that makes it along.",
                shown(bulk_id)
            ))
        });
    };
    match made.makes {
        Some((resource, _)) if resource != wanted => Err(Error {
            reason: Reason::BulkReference,
            ..Error::invalid_value(format!(
                "bulkId {:?} makes a {} and a {} is needed here; refer to another operation.",
                shown(bulk_id),
                resource.core().name,
                wanted.core().name,
            ))
        }),
        Some((_, id)) => Ok((made.at, Some(MemberId::from_bytes(id)))),
        None => Ok((made.at, None)),
    }
}

/// For each operation the one before it on the same resource: in any other order they could
/// come to something else than was sent (RFC 7644 3.7). What makes a resource stands nowhere,
/// being ahead of all that name it by reference, and what is no good changes nothing.
pub(super) fn followed(operations: &[Operation]) -> Vec<Option<usize>> {
    let mut last: HashMap<&str, usize> = HashMap::new();
    let numbered = operations.iter().enumerate();
    numbered
        .map(|(at, operation)| {
            let location = operation.location.as_deref()?;
            match operation.task {
                Ok(Task::Replace { .. } | Task::Patch { .. } | Task::Delete { .. }) => {
                    last.insert(location, at)
                }
                Ok(Task::Create { .. }) | Err(_) => None,
            }
        })
        .collect()
}

/// RFC 7644 3.7.1: circles must be tried, and may be refused as a conflict. The longest are,
/// and then each of their operations stands for itself.
pub(super) fn short_circles(
    operations: &mut [Operation],
    units: Vec<Vec<usize>>,
) -> Vec<Vec<usize>> {
    let mut short = Vec::with_capacity(units.len());
    for unit in units {
        if unit.len() <= CIRCLE_MAX {
            short.push(unit);
            continue;
        }
        for &at in &unit {
            operations[at].needs.clear();
            operations[at].task = Err(conflict(format!(
                "This operation and {} others refer to each other in a circle, and at most \
                 {CIRCLE_MAX} may; set the references by PATCH afterwards.",
                unit.len() - 1
            )));
        }
        short.extend(unit.into_iter().map(|at| vec![at]));
    }
    short
}

/// What an operation is told whose reference can't be resolved.
fn conflict(detail: String) -> Error {
    Error {
        status: 409,
        scim_type: None,
        detail,
        reason: Reason::BulkReference,
    }
}

/// The error of an operation that needs what the operation with `bulk_id` did not make.
pub fn not_made(bulk_id: &str) -> Error {
    conflict(format!(
        "This operation refers to bulkId {:?}, whose own operation failed; correct that one and \
         send both again.",
        shown(bulk_id)
    ))
}
