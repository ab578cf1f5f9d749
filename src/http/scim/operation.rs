//! What a write does, whether it is a request of its own or an operation of a bulk: read from
//! its body ahead of the writer, as far as that goes, and done there.

use serde_json::Value;

use super::error::ScimError;
use super::request::claimed_name;
use crate::app;
use crate::app::groups::NewGroup;
use crate::app::members::{NewMember, Precondition};
use crate::domain::audit::Action;
use crate::domain::connection::ProviderKind;
use crate::domain::error::Error;
use crate::domain::group::{Group, GroupEdit, PATCH_ANSWER_MEMBERS_MAX};
use crate::domain::id::{GroupScimId, MemberId};
use crate::domain::member::{Member, Profile};
use crate::domain::provisioning::{AskedValues, Target};
use crate::scim::{self, asked, group as groups, patch, user};
use crate::store::groups::GroupKey;
use crate::store::tx::WriteTx;

pub type Work<T> = Box<dyn FnOnce(&WriteTx<'_>) -> Result<T, ScimError> + Send>;

/// A write that is ready for the writer. A body that can't be read is refused there, so that
/// the row of the provisioning log says who it was about.
pub struct Operation<T> {
    /// What is known of it before the work begins.
    pub target: Target,
    /// The usual status of success.
    pub success: u16,
    pub work: Work<T>,
}

impl<T: 'static> Operation<T> {
    pub fn new(
        target: Target,
        success: u16,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T, ScimError> + Send + 'static,
    ) -> Self {
        Self {
            target,
            success,
            work: Box::new(work),
        }
    }

    /// What is refused, whatever else holds.
    pub fn refused(target: Target, error: impl Into<ScimError>) -> Self {
        let error = error.into();
        Self::new(target, error.refusal().status, move |_| Err(error))
    }

    /// The same with `then` made of its result.
    pub fn map<U: 'static>(self, then: impl FnOnce(T) -> U + Send + 'static) -> Operation<U> {
        let work = self.work;
        Operation {
            target: self.target,
            success: self.success,
            work: Box::new(move |tx| work(tx).map(then)),
        }
    }
}

fn one(kind: &'static str, id: String) -> Target {
    Target {
        kind,
        id,
        name: String::new(),
    }
}

/// Somebody new, by their name as it was sent: it may be no good.
fn another(kind: &'static str, body: &Value, attribute: &str) -> Target {
    Target {
        kind,
        id: String::new(),
        name: claimed_name(body, attribute),
    }
}

/// The id of a User in a path; a text that can be nobody's id is nobody.
pub fn user_id(id: &str) -> Result<MemberId, Error> {
    id.parse().map_err(|_| Error::not_found("User", id))
}

/// The id of a Group in a path; a text that can be no group's id names none.
pub fn group_id(id: &str) -> Result<GroupScimId, Error> {
    GroupScimId::parse(id).ok_or_else(|| Error::not_found("Group", id))
}

/// POST /Users. `id`: the one it has been promised.
pub fn create_user(body: &Value, id: Option<[u8; 16]>) -> Operation<Member> {
    let new = user::parse_new(body).and_then(|profile| Ok(NewMember::prepare(profile)?));
    Operation::new(another("User", body, "userName"), 201, move |tx| {
        if let Some(id) = id {
            tx.promise_id(id);
        }
        Ok(app::members::create(tx, new?)?)
    })
}

/// PUT /Users/{id}.
pub fn replace_user(id: MemberId, body: Value, precondition: Precondition) -> Operation<Member> {
    let change = |body: &Value, profile: &Profile| -> Result<Profile, ScimError> {
        Ok(user::parse_replacement(body, profile)?)
    };
    let asked = |body: &Value| asked::of_record(body, asked::VALUES_MAX);
    let action = Action::ScimUserReplace;
    edit_user(id, action, precondition, body, change, asked)
}

/// Operations of a PATCH, or why they can't be read.
type Ops = scim::Result<Vec<patch::Op>>;

/// PATCH /Users/{id}.
pub fn patch_user(
    id: MemberId,
    ops: Ops,
    kind: ProviderKind,
    precondition: Precondition,
) -> Operation<Member> {
    let change = move |ops: &Ops, profile: &Profile| -> Result<Profile, ScimError> {
        match ops {
            Ok(ops) => Ok(user::apply(ops, profile, &id, kind)?),
            Err(error) => Err(error.clone().into()),
        }
    };
    let asked = |ops: &Ops| {
        let told = ops.as_deref().map(asked::of_ops);
        told.unwrap_or_default()
    };
    let action = Action::ScimUserUpdate;
    edit_user(id, action, precondition, ops, change, asked)
}

/// `sent` is what `change` makes the new profile of. Of what is refused, the log keeps what was
/// `asked`.
fn edit_user<B: Send + 'static>(
    id: MemberId,
    action: Action,
    precondition: Precondition,
    sent: B,
    change: impl FnOnce(&B, &Profile) -> Result<Profile, ScimError> + Send + 'static,
    asked: impl FnOnce(&B) -> AskedValues + Send + 'static,
) -> Operation<Member> {
    Operation::new(one("User", id.to_string()), 200, move |tx| {
        let change = |profile: &Profile| change(&sent, profile);
        let done = app::members::edit(tx, id, action, &precondition, change);
        if done.is_err() {
            tx.note_asked(asked(&sent));
        }
        done
    })
}

/// DELETE /Users/{id}.
pub fn delete_user(id: MemberId, precondition: Precondition) -> Operation<()> {
    Operation::new(one("User", id.to_string()), 204, move |tx| {
        Ok(app::members::delete(tx, id, &precondition)?)
    })
}

/// POST /Groups. `id`: the one it has been promised.
pub fn create_group(body: &Value, id: Option<[u8; 16]>) -> Operation<(GroupKey, Group)> {
    let new = groups::parse_new(body).map(|new| NewGroup {
        name: new.name,
        external_id: new.external_id,
        members: new.members,
    });
    let claimed = claimed_name(body, "displayName");
    Operation::new(another("Group", body, "displayName"), 201, move |tx| {
        let new = match new {
            Ok(new) => new,
            Err(error) => {
                app::groups::check_claimed_name(tx, &claimed)?;
                return Err(error.into());
            }
        };
        if let Some(id) = id {
            tx.promise_id(id);
        }
        Ok(app::groups::create(tx, &new)?)
    })
}

/// PUT /Groups/{id}.
pub fn replace_group(
    id: GroupScimId,
    body: &Value,
    precondition: Precondition,
) -> Operation<(GroupKey, Group)> {
    let edits = groups::parse_replacement(body);
    edit_group(id, Action::ScimGroupReplace, edits, precondition, false)
}

/// PATCH /Groups/{id}. `brief`: a large group is answered without a body.
pub fn patch_group(
    id: GroupScimId,
    ops: scim::Result<Vec<patch::Op>>,
    kind: ProviderKind,
    precondition: Precondition,
    brief: bool,
) -> Operation<(GroupKey, Group)> {
    let edits = ops.and_then(|ops| groups::edits(&ops, &id, kind));
    edit_group(id, Action::ScimGroupUpdate, edits, precondition, brief)
}

/// Whether a PATCH of that group is answered without a body (204).
pub fn is_silent(group: &Group, brief: bool) -> bool {
    brief && group.member_count > PATCH_ANSWER_MEMBERS_MAX
}

fn edit_group(
    id: GroupScimId,
    action: Action,
    edits: scim::Result<Vec<GroupEdit>>,
    precondition: Precondition,
    brief: bool,
) -> Operation<(GroupKey, Group)> {
    Operation::new(one("Group", id.to_string()), 200, move |tx| {
        let edits = match edits {
            Ok(edits) => edits,
            Err(error) => {
                app::groups::name_target(tx, &id)?;
                return Err(error.into());
            }
        };
        let answered = |tx: &WriteTx<'_>, group: &Group| {
            if is_silent(group, brief) {
                tx.note_status(204);
            }
        };
        let done = app::groups::edit(tx, &id, action, &precondition, &edits, answered);
        if done.is_err() {
            tx.note_asked(asked::of_edits(&edits));
        }
        Ok(done?)
    })
}

/// DELETE /Groups/{id}.
pub fn delete_group(id: GroupScimId, precondition: Precondition) -> Operation<()> {
    Operation::new(one("Group", id.to_string()), 204, move |tx| {
        Ok(app::groups::delete(tx, &id, &precondition)?)
    })
}
