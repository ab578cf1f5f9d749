//! What the arguments of commands name, found inside the transaction that uses it.

use crate::admin::command::{HolderKind, HolderSpec, PolicySpec, access};
use crate::admin::reply::Names;
use crate::app;
use crate::domain::error::{Error, Kind};
use crate::domain::group::Group;
use crate::domain::id::{DomainId, MembershipId, PermissionGroupId, PolicyId, ResourceGroupId};
use crate::domain::member::Member;
use crate::domain::policy::{NewPolicy, Policy};
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::{ChosenScope, NewScope, ResourceGroup};
use crate::domain::role::{Role, RoleHolder, RoleRef};
use crate::domain::text::shown;
use crate::store::tx::ReadTx;

pub(super) const MEMBERS: &str = "provost member list";
pub(super) const GROUPS: &str = "provost group list";
pub(super) const POLICIES: &str = "provost policy list";
pub(super) const ROLES: &str = "provost role list";
pub(super) const DOMAINS: &str = "provost domain list";
pub(super) const RESOURCE_GROUPS: &str = "provost resource-group list";

/// The scope that is no name.
const ACCOUNT: &str = "account";

/// An error, and which command shows what there is.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: Error,
    pub(super) next: &'static str,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, next: "" }
    }
}

impl Refusal {
    pub(super) fn next(next: &'static str) -> impl Fn(Error) -> Self {
        move |error| Self { error, next }
    }
}

pub(super) fn names(tx: &ReadTx<'_>) -> Result<Names, Error> {
    let connections = app::connections::list(tx)?.into_iter();
    let roles = app::roles::list(tx, true)?.into_iter();
    Ok(Names {
        connections: connections.map(|one| (one.id, one.name)).collect(),
        roles: roles.map(|one| (one.permission_group, one.name)).collect(),
    })
}

pub(super) fn member(tx: &ReadTx<'_>, named: &str) -> Result<Member, Refusal> {
    let which = MemberRef::Named(named.to_owned());
    app::members::by_hand::find(tx, &which).map_err(Refusal::next(MEMBERS))
}

pub(super) fn membership(tx: &ReadTx<'_>, named: &str) -> Result<MembershipId, Refusal> {
    member(tx, named).map(|member| member.membership_id())
}

pub(super) fn group(tx: &ReadTx<'_>, named: &str) -> Result<Group, Refusal> {
    let which = GroupRef::Named(named.to_owned());
    let found = app::groups::by_hand::find(tx, &which).map_err(Refusal::next(GROUPS))?;
    Ok(found.1)
}

pub(super) fn role(tx: &ReadTx<'_>, named: &str) -> Result<Role, Refusal> {
    app::roles::get(tx, &RoleRef::Named(named.to_owned())).map_err(Refusal::next(ROLES))
}

pub(super) fn roles(tx: &ReadTx<'_>, named: &[String]) -> Result<Vec<PermissionGroupId>, Refusal> {
    let each = named.iter().map(|named| role(tx, named));
    each.map(|role| role.map(|role| role.permission_group))
        .collect()
}

/// A member or a group by a name that could be either's.
pub(super) fn holder(tx: &ReadTx<'_>, spec: &HolderSpec) -> Result<RoleHolder, Refusal> {
    match spec.kind {
        Some(HolderKind::Member) => return member(tx, &spec.name).map(|one| of_member(&one)),
        Some(HolderKind::Group) => return group(tx, &spec.name).map(|one| of_group(&one)),
        None => {}
    }
    let member = there(member(tx, &spec.name))?;
    let group = there(group(tx, &spec.name))?;
    match (member, group) {
        (Some(member), None) => Ok(of_member(&member)),
        (None, Some(group)) => Ok(of_group(&group)),
        (Some(_), Some(_)) => Err(Refusal::from(Error::conflict(
            Reason::NameTaken,
            format!(
                "\"{}\" is a member and a user group; add --kind member or --kind group.",
                shown(&spec.name)
            ),
        ))),
        (None, None) => Err(Refusal {
            error: Error::not_found("member or user group", &spec.name),
            next: GROUPS,
        }),
    }
}

/// `None` for what is not there.
fn there<T>(found: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(refusal) if refusal.error.kind() == Kind::NotFound => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

pub(super) fn of_member(member: &Member) -> RoleHolder {
    RoleHolder::Member {
        id: member.membership_id(),
        user_name: member.user_name.clone(),
    }
}

pub(super) fn of_group(group: &Group) -> RoleHolder {
    RoleHolder::Group {
        id: group.id,
        name: group.name.clone(),
    }
}

pub(super) fn policies_of(tx: &ReadTx<'_>, holder: &RoleHolder) -> Result<Vec<Policy>, Error> {
    match holder {
        RoleHolder::Member { id, .. } => app::policies::of_member(tx, &MemberRef::Membership(*id)),
        RoleHolder::Group { id, .. } => app::policies::of_group(tx, &GroupRef::Id(*id)),
    }
}

/// The policy of that id, whose it is, all that holder's policies, and its place among them.
pub(super) struct Found {
    pub(super) holder: RoleHolder,
    pub(super) all: Vec<Policy>,
    pub(super) at: usize,
}

pub(super) fn policy(tx: &ReadTx<'_>, named: &str) -> Result<Found, Refusal> {
    let unknown = || Refusal {
        error: Error::not_found("policy", named),
        next: POLICIES,
    };
    let id: PolicyId = named.parse().map_err(|_| unknown())?;
    let holder = app::policies::holder::find(tx, id).map_err(Refusal::next(POLICIES))?;
    let all = policies_of(tx, &holder)?;
    let at = all.iter().position(|policy| policy.id == id);
    let at = at.ok_or_else(unknown)?;
    Ok(Found { holder, all, at })
}

/// The policy as it would be sent to stay what it is.
pub(super) fn same(policy: &Policy) -> NewPolicy {
    let on = policy.resource_groups.iter();
    NewPolicy {
        id: Some(policy.id),
        access: policy.access,
        permission_groups: policy.permission_groups.clone(),
        resource_groups: on.map(|group| ChosenScope::Group(group.id)).collect(),
    }
}

pub(super) fn new_policy(tx: &ReadTx<'_>, spec: &PolicySpec) -> Result<NewPolicy, Refusal> {
    Ok(NewPolicy {
        id: None,
        access: access(spec.deny),
        permission_groups: roles(tx, &spec.roles)?,
        resource_groups: scopes(tx, &spec.scopes)?,
    })
}

/// `account`, domains, which become one scope, and resource groups.
pub(super) fn scopes(tx: &ReadTx<'_>, named: &[String]) -> Result<Vec<ChosenScope>, Refusal> {
    let mut chosen = Vec::new();
    let mut domains: Vec<DomainId> = Vec::new();
    for name in named {
        if name.eq_ignore_ascii_case(ACCOUNT) {
            chosen.push(ChosenScope::Inline(NewScope::WholeAccount));
        } else if let Some(domain) = there(domain(tx, name))? {
            domains.push(domain);
        } else {
            let group = there(resource_group(tx, name))?;
            let group = group.ok_or_else(|| Refusal {
                error: Error::not_found("domain or resource group", name),
                next: DOMAINS,
            })?;
            chosen.push(ChosenScope::Group(group.id));
        }
    }
    if !domains.is_empty() {
        chosen.push(ChosenScope::Inline(NewScope::Domains(domains)));
    }
    Ok(chosen)
}

pub(super) fn domain(tx: &ReadTx<'_>, named: &str) -> Result<DomainId, Refusal> {
    let found = app::domains::find(tx, named).map_err(Refusal::next(DOMAINS))?;
    Ok(found.id)
}

pub(super) fn domains(tx: &ReadTx<'_>, named: &[String]) -> Result<Vec<DomainId>, Refusal> {
    named.iter().map(|named| domain(tx, named)).collect()
}

/// By id, else by its name.
pub(super) fn resource_group(tx: &ReadTx<'_>, named: &str) -> Result<ResourceGroup, Refusal> {
    if let Ok(id) = named.parse::<ResourceGroupId>()
        && let Some(found) = there(app::resource_groups::get(tx, id).map_err(Refusal::from))?
    {
        return Ok(found);
    }
    let found = app::resource_groups::list(tx, Some(named), 0, 1)?;
    found.into_iter().next().ok_or_else(|| Refusal {
        error: Error::not_found("resource group", named),
        next: RESOURCE_GROUPS,
    })
}
