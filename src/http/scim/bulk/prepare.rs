//! An operation of a bulk, made ready for the writer: by the same means as a request of its
//! own.

use std::sync::Arc;

use super::turns::Progress;
use crate::app::members::{Precondition, Tags};
use crate::domain::connection::ProviderKind;
use crate::domain::group::Group;
use crate::domain::id::{GroupId, GroupScimId};
use crate::domain::member::Member;
use crate::domain::provisioning::Target;
use crate::http::caller::ScimCaller;
use crate::http::scim::error::ScimError;
use crate::http::scim::operation::{self, Operation};
use crate::scim::bulk::{self, Task};
use crate::scim::schema::ResourceType;
use crate::store::writer::Write;

/// A success.
pub(super) struct Done {
    /// Where it is, below the base URL, when it was made.
    pub(super) made: Option<String>,
    /// The ETag, of what is still there.
    pub(super) version: Option<String>,
    /// The status that the request would have been answered by itself.
    pub(super) status: u16,
}

/// An operation with all that the writer needs.
pub(super) struct Part {
    pub(super) at: usize,
    /// Places of the operations that must have succeeded before.
    pub(super) needs: Vec<usize>,
    pub(super) write: Write<ScimError>,
    pub(super) work: operation::Work<Done>,
    /// The id that others refer to, of a group to be made.
    pub(super) promised: Option<GroupScimId>,
}

impl Part {
    pub(super) fn of(
        caller: &ScimCaller,
        progress: &Arc<Progress>,
        at: usize,
        sent: bulk::Operation,
    ) -> Self {
        let method = sent.method.as_deref().unwrap_or_default();
        let path = sent.path.as_deref().unwrap_or_default();
        let about = sent.location.as_deref().map_or_else(Target::default, about);
        let precondition = Precondition {
            one_of: sent.version.map(version_tag),
            none_of: None,
        };
        let promised = sent.task.as_ref().ok().and_then(promised);
        // Whoever refers to nothing names groups by ids of their own.
        let refers = (!sent.needs.is_empty()).then_some(progress);
        let prepared = match (sent.task, caller.client()) {
            (Ok(task), Ok(client)) => {
                prepare(task, precondition, client.connection_kind, about, refers)
            }
            (Err(error), _) => Operation::refused(about, error),
            (_, Err(error)) => Operation::refused(about, error),
        };
        Self {
            at,
            needs: sent.needs,
            write: caller.write_within(method, path, prepared.target, prepared.success),
            work: prepared.work,
            promised,
        }
    }
}

fn promised(task: &Task) -> Option<GroupScimId> {
    match task {
        Task::Create {
            resource: ResourceType::Group,
            id,
            ..
        } => Some(GroupScimId::from(GroupId::from_bytes(*id))),
        Task::Create { .. } | Task::Replace { .. } | Task::Patch { .. } | Task::Delete { .. } => {
            None
        }
    }
}

/// What `make` makes for the group that the id means: where it may be a promised one, that is
/// known at the operation's turn.
fn of_group(
    refers: Option<&Arc<Progress>>,
    id: GroupScimId,
    success: u16,
    make: impl FnOnce(GroupScimId) -> Operation<Done> + Send + 'static,
) -> Operation<Done> {
    let Some(progress) = refers else {
        return make(id);
    };
    let progress = Arc::clone(progress);
    Operation::new(about(&format!("/Groups/{id}")), success, move |tx| {
        (make(progress.meant(id)).work)(tx)
    })
}

/// `version` is what If-Match would name (RFC 7644 3.7).
fn version_tag(version: String) -> Tags {
    if version == "*" {
        Tags::Any
    } else {
        Tags::These(vec![version])
    }
}

/// What a location below the base URL names, for the log.
fn about(location: &str) -> Target {
    let (kind, id) = match location.strip_prefix("/Users/") {
        Some(id) => ("User", id),
        None => ("Group", location.trim_start_matches("/Groups/")),
    };
    Target {
        kind,
        id: id.to_owned(),
        name: String::new(),
    }
}

fn prepare(
    task: Task,
    precondition: Precondition,
    kind: ProviderKind,
    about: Target,
    refers: Option<&Arc<Progress>>,
) -> Operation<Done> {
    let prepared = match task {
        Task::Create { resource, id, data } => Ok(match resource {
            ResourceType::User => operation::create_user(&data, Some(id)).map(made_user),
            ResourceType::Group => operation::create_group(&data, Some(id)).map(made_group),
        }),
        Task::Replace { resource, id, data } => match resource {
            ResourceType::User => operation::user_id(&id)
                .map(|id| operation::replace_user(id, data, precondition).map(changed_user)),
            ResourceType::Group => operation::group_id(&id).map(|id| {
                of_group(refers, id, 200, move |id| {
                    let replaced = operation::replace_group(id, &data, precondition);
                    replaced.map(|(_, group)| changed_group(&group, false))
                })
            }),
        },
        Task::Patch { resource, id, ops } => match resource {
            ResourceType::User => operation::user_id(&id)
                .map(|id| operation::patch_user(id, ops, kind, precondition).map(changed_user)),
            ResourceType::Group => operation::group_id(&id).map(|id| {
                of_group(refers, id, 200, move |id| {
                    let patched = operation::patch_group(id, ops, kind, precondition, true);
                    patched.map(|(_, group)| changed_group(&group, true))
                })
            }),
        },
        Task::Delete { resource, id } => match resource {
            ResourceType::User => operation::user_id(&id)
                .map(|id| operation::delete_user(id, precondition).map(deleted)),
            ResourceType::Group => operation::group_id(&id).map(|id| {
                of_group(refers, id, 204, move |id| {
                    operation::delete_group(id, precondition).map(deleted)
                })
            }),
        },
    };
    prepared.unwrap_or_else(|error| Operation::refused(about, error))
}

fn made_user(member: Member) -> Done {
    Done {
        made: Some(format!("/Users/{}", member.id)),
        version: Some(member.version().to_string()),
        status: 201,
    }
}

fn made_group<K>((_, group): (K, Group)) -> Done {
    Done {
        made: Some(format!("/Groups/{}", group.scim_id)),
        version: Some(group.version().to_string()),
        status: 201,
    }
}

fn changed_user(member: Member) -> Done {
    Done {
        made: None,
        version: Some(member.version().to_string()),
        status: 200,
    }
}

/// `brief`: by itself it would be answered without a body when it is large.
fn changed_group(group: &Group, brief: bool) -> Done {
    let silent = operation::is_silent(group, brief);
    Done {
        made: None,
        version: Some(group.version().to_string()),
        status: if silent { 204 } else { 200 },
    }
}

fn deleted((): ()) -> Done {
    Done {
        made: None,
        version: None,
        status: 204,
    }
}
