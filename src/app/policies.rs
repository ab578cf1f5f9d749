//! Policies of members and of user groups: read, and replaced as a whole.

pub mod holder;

use std::collections::HashMap;

use serde_json::json;

use super::guards;
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::PermissionGroupId;
use crate::domain::member::{Member, State};
use crate::domain::policy::{
    ChosenPolicy, NewPolicy, Policy, granted, tidied, unknown_resource_group, unknown_role,
    wrong_scope,
};
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::{ChosenScope, NewScope, ResourceGroup, Scope};
use crate::domain::role::{Role, RoleScope};
use crate::store;
use crate::store::members::MemberKey;
use crate::store::policies::records::{self, Holder};
use crate::store::tx::{ReadTx, WriteTx};

/// The member's own policies, everything in the order it was sent.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn of_member(tx: &ReadTx<'_>, which: &MemberRef) -> Result<Vec<Policy>> {
    tx.require(Permission::DirectoryRead)?;
    let (key, _) = store::members::by_hand::get(tx, which)?;
    records::of(tx, Holder::Member(key))
}

/// The group's policies, everything in the order it was sent.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn of_group(tx: &ReadTx<'_>, which: &GroupRef) -> Result<Vec<Policy>> {
    tx.require(Permission::DirectoryRead)?;
    let (key, _) = store::groups::by_hand::get(tx, which)?;
    records::of(tx, Holder::Group(key))
}

/// Makes the member's own policies exactly these; what did not change keeps its id. A member
/// has at least one.
///
/// Errors: `Forbidden` (permission, a role that the caller does not hold, the last Super
/// Administrator), `NotFound`, `Invalid` (unknown role, resource group or domain; a role on what
/// it does not apply to; no policy; an inactive member), `TooMany`.
pub fn set_of_member(
    tx: &WriteTx<'_>,
    which: &MemberRef,
    policies: &[NewPolicy],
) -> Result<Vec<Policy>> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, member) = store::members::by_hand::get(tx, which)?;
    let set = give_to_member(tx, key, &member, policies)?;
    if let Some((before, after)) = set.changed(tx)? {
        let id = member.membership_id();
        let event = Event::new(Action::MemberPolicies, id, &member.user_name)
            .before(json!({ "policies": before }))
            .after(json!({ "policies": after }));
        store::audit::append(tx, event)?;
    }
    Ok(set.after)
}

/// Makes the group's policies exactly these; none at all is fine.
///
/// Errors: as [`set_of_member`].
pub fn set_of_group(
    tx: &WriteTx<'_>,
    which: &GroupRef,
    policies: &[NewPolicy],
) -> Result<Vec<Policy>> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, group) = store::groups::by_hand::get(tx, which)?;
    let set = give(tx, Holder::Group(key), policies)?;
    if let Some((before, after)) = set.changed(tx)? {
        store::groups::touch(tx, key)?;
        let event = Event::new(Action::GroupPolicies, group.id, group.name)
            .before(json!({ "policies": before }))
            .after(json!({ "policies": after }));
        store::audit::append(tx, event)?;
    }
    Ok(set.after)
}

/// What a replacement came to.
pub(in crate::app) struct Set {
    pub(in crate::app) before: Vec<Policy>,
    pub(in crate::app) after: Vec<Policy>,
}

impl Set {
    /// Both sides for the audit log, when they differ.
    pub(in crate::app) fn changed(
        &self,
        tx: &ReadTx<'_>,
    ) -> Result<Option<(serde_json::Value, serde_json::Value)>> {
        if self.before == self.after {
            return Ok(None);
        }
        records::facts_of_both(tx, &self.before, &self.after).map(Some)
    }
}

/// Replaces a member's policies, with all guards.
///
/// Errors: as [`set_of_member`].
pub(in crate::app) fn give_to_member(
    tx: &WriteTx<'_>,
    key: MemberKey,
    member: &Member,
    policies: &[NewPolicy],
) -> Result<Set> {
    if member.state == State::Inactive {
        return Err(Error::invalid(
            Reason::InvalidValue,
            format!(
                "The member {} is inactive and can have no policies; activate them first.",
                member.user_name
            ),
        ));
    }
    if policies.is_empty() {
        return Err(Error::invalid(
            Reason::InvalidValue,
            "A member has at least one policy; give Minimal Account Access to somebody who may do \
             nothing.",
        ));
    }
    guards::not_own(tx, member.id)?;
    give(tx, Holder::Member(key), policies)
}

/// Replaces a holder's policies, with all guards.
///
/// Errors: as [`set_of_member`].
pub(in crate::app) fn give(
    tx: &WriteTx<'_>,
    holder: Holder,
    policies: &[NewPolicy],
) -> Result<Set> {
    guards::may_set_policies(tx)?;
    let before = records::of(tx, holder)?;
    let chosen = chosen(tx, policies, &mut |scope| {
        store::resource_groups::for_scope(tx, scope)
    })?;
    // Asked before it is written: nobody holds a role because they are giving it to themselves.
    guards::may_give(tx, &granted(&before, &chosen))?;
    let after = guards::keeping_super_administrator(tx, || records::replace(tx, holder, &chosen))?;
    Ok(Set { before, after })
}

/// The policies with all that they name looked up and found to fit; `inline` finds, or makes,
/// the resource group of a scope.
///
/// Errors: `Invalid`, `TooMany`.
pub(in crate::app) fn chosen(
    tx: &ReadTx<'_>,
    policies: &[NewPolicy],
    inline: &mut dyn FnMut(&NewScope) -> Result<ResourceGroup>,
) -> Result<Vec<ChosenPolicy>> {
    let mut roles: HashMap<PermissionGroupId, Role> = HashMap::new();
    let mut all = Vec::with_capacity(policies.len());
    for policy in tidied(policies)? {
        for id in &policy.permission_groups {
            if !roles.contains_key(id) {
                let role = store::roles::find_by_group(tx, *id)?;
                roles.insert(*id, role.ok_or_else(|| unknown_role(*id))?);
            }
        }
        let mut groups: Vec<ResourceGroup> = Vec::with_capacity(policy.resource_groups.len());
        for scope in &policy.resource_groups {
            let group = match scope {
                ChosenScope::Group(id) => store::resource_groups::find_by_id(tx, *id)?
                    .ok_or_else(|| unknown_resource_group(*id))?,
                ChosenScope::Inline(scope) => inline(scope)?,
            };
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        for role in policy
            .permission_groups
            .iter()
            .filter_map(|id| roles.get(id))
        {
            for group in &groups {
                check_scope(role, group)?;
            }
        }
        all.push(ChosenPolicy {
            id: policy.id,
            access: policy.access,
            permission_groups: policy.permission_groups,
            resource_groups: groups,
        });
    }
    Ok(all)
}

/// A role is given on what it applies to, and on nothing else.
fn check_scope(role: &Role, group: &ResourceGroup) -> Result<()> {
    match (role.scope, &group.scope) {
        (RoleScope::Account, Scope::WholeAccount) | (RoleScope::Domain, Scope::Domains(_)) => {
            Ok(())
        }
        (RoleScope::Account, Scope::Domains(_)) => {
            Err(wrong_scope(&role.name, "the whole account", group))
        }
        (RoleScope::Domain, Scope::WholeAccount) => Err(wrong_scope(&role.name, "domains", group)),
        (RoleScope::Resource, _) => Err(wrong_scope(&role.name, "single resources", group)),
    }
}

#[cfg(test)]
mod tests;
