//! Policies: allow or deny × roles × what they apply to, attached to a member or a group.

use std::collections::BTreeSet;

use super::error::{Error, Result};
use super::id::{DomainId, PermissionGroupId, PolicyId};
use super::reason::Reason;
use super::resource_group::{ChosenScope, ResourceGroup, Scope};
use super::text::shown;

/// Most policies of one member or group.
pub const POLICIES_MAX: usize = 500;
/// Most pairs of a role and a resource group that the policies of one member or group make:
/// what a look at them costs.
pub const PAIRS_MAX: usize = 20_000;

/// What a policy does with the roles it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    Allow,
    /// Wins over every allow, whichever way that comes.
    Deny,
}

impl Access {
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Allow, Self::Deny]
            .into_iter()
            .find(|access| access.name() == name)
    }
}

/// A policy as it is stored; everything in the order it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub id: PolicyId,
    pub access: Access,
    pub permission_groups: Vec<PermissionGroupId>,
    pub resource_groups: Vec<ResourceGroup>,
}

/// A policy to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPolicy {
    /// Kept when the holder has a policy of that id; else there will be another one.
    pub id: Option<PolicyId>,
    pub access: Access,
    pub permission_groups: Vec<PermissionGroupId>,
    pub resource_groups: Vec<ChosenScope>,
}

impl NewPolicy {
    /// Allows `role` on the whole account.
    pub fn allow(role: PermissionGroupId) -> Self {
        Self {
            id: None,
            access: Access::Allow,
            permission_groups: vec![role],
            resource_groups: vec![ChosenScope::Inline(
                super::resource_group::NewScope::WholeAccount,
            )],
        }
    }
}

/// A policy to be made, once all that it names is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenPolicy {
    pub id: Option<PolicyId>,
    pub access: Access,
    pub permission_groups: Vec<PermissionGroupId>,
    pub resource_groups: Vec<ResourceGroup>,
}

impl From<Policy> for ChosenPolicy {
    /// The policy goes on as it is.
    fn from(policy: Policy) -> Self {
        Self {
            id: Some(policy.id),
            access: policy.access,
            permission_groups: policy.permission_groups,
            resource_groups: policy.resource_groups,
        }
    }
}

/// Checks what needs no look at the account; roles named twice in a policy are named once.
///
/// Errors: `Invalid` (a policy without roles or resource groups), `TooMany`.
pub fn tidied(policies: &[NewPolicy]) -> Result<Vec<NewPolicy>> {
    if policies.len() > POLICIES_MAX {
        return Err(Error::too_many(format!(
            "A member or group has at most {POLICIES_MAX} policies; name several roles in one."
        )));
    }
    let policies = policies.iter().map(tidy).collect::<Result<Vec<_>>>()?;
    let pairs = policies.iter().fold(0_usize, |pairs, policy| {
        let own = policy.permission_groups.len();
        pairs.saturating_add(own.saturating_mul(policy.resource_groups.len()))
    });
    if pairs > PAIRS_MAX {
        return Err(Error::too_many(format!(
            "The policies of a member or group make at most {PAIRS_MAX} pairs of a role and a \
             resource group; put more domains into fewer resource groups."
        )));
    }
    Ok(policies)
}

fn tidy(policy: &NewPolicy) -> Result<NewPolicy> {
    let mut policy = policy.clone();
    let mut seen = std::collections::HashSet::new();
    policy.permission_groups.retain(|id| seen.insert(*id));
    for scope in &mut policy.resource_groups {
        if let ChosenScope::Inline(inline) = scope {
            *inline = inline.clone().without_repeats();
        }
    }
    let mut scopes = Vec::with_capacity(policy.resource_groups.len());
    for scope in policy.resource_groups {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    policy.resource_groups = scopes;
    let missing = if policy.permission_groups.is_empty() {
        Some("permission_groups")
    } else if policy.resource_groups.is_empty() {
        Some("resource_groups")
    } else {
        None
    };
    if let Some(missing) = missing {
        return Err(Error::invalid(
            Reason::InvalidValue,
            format!("A policy has no {missing}; name at least one, or leave the policy out."),
        ));
    }
    Ok(policy)
}

/// Which policy of `before` each of `after` goes on as: by its id where that is the holder's,
/// else the first that says the same.
pub fn continued(before: &[Policy], after: &[ChosenPolicy]) -> Vec<Option<usize>> {
    let mut taken = vec![false; before.len()];
    let mut found = vec![None; after.len()];
    for (place, policy) in found.iter_mut().zip(after) {
        let Some(id) = policy.id else { continue };
        let at = before.iter().position(|known| known.id == id);
        if let Some(at) = at.filter(|&at| !taken[at]) {
            taken[at] = true;
            *place = Some(at);
        }
    }
    for (place, policy) in found.iter_mut().zip(after) {
        if place.is_some() {
            continue;
        }
        let same = |(at, known): (usize, &Policy)| !taken[at] && policy.says_as(known);
        let at = before.iter().enumerate().position(same);
        if let Some(at) = at {
            taken[at] = true;
            *place = Some(at);
        }
    }
    found
}

impl ChosenPolicy {
    /// Whether nothing but the id differs.
    pub fn says_as(&self, policy: &Policy) -> bool {
        let groups = |groups: &[ResourceGroup]| groups.iter().map(|group| group.id).collect();
        let (mine, theirs): (Vec<_>, Vec<_>) = (
            groups(&self.resource_groups),
            groups(&policy.resource_groups),
        );
        self.access == policy.access
            && self.permission_groups == policy.permission_groups
            && mine == theirs
    }
}

/// The smallest thing a role is given on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    WholeAccount,
    Domain(DomainId),
}

impl Scope {
    pub fn targets(&self) -> Vec<Target> {
        match self {
            Self::WholeAccount => vec![Target::WholeAccount],
            Self::Domains(domains) => domains
                .iter()
                .map(|domain| Target::Domain(domain.id))
                .collect(),
        }
    }
}

/// A role on one target.
pub type Atom = (PermissionGroupId, Target);

/// What a policy says, stored or about to be.
pub trait Says {
    fn access(&self) -> Access;
    fn permission_groups(&self) -> &[PermissionGroupId];
    fn resource_groups(&self) -> &[ResourceGroup];
}

macro_rules! says {
    ($($policy:ty)*) => {$(
        impl Says for $policy {
            fn access(&self) -> Access {
                self.access
            }

            fn permission_groups(&self) -> &[PermissionGroupId] {
                &self.permission_groups
            }

            fn resource_groups(&self) -> &[ResourceGroup] {
                &self.resource_groups
            }
        }
    )*};
}

says! { Policy ChosenPolicy }

/// What a holder of `after` is given that one of `before` was not: what is newly allowed, and
/// what is no longer denied.
pub fn granted(before: &[impl Says], after: &[impl Says]) -> BTreeSet<Atom> {
    let (allowed_before, denied_before) = atoms(before);
    let (allowed_after, denied_after) = atoms(after);
    let newly = allowed_after.difference(&allowed_before);
    let no_longer = denied_before.difference(&denied_after);
    newly.chain(no_longer).copied().collect()
}

/// What these policies allow, and what they deny.
fn atoms(policies: &[impl Says]) -> (BTreeSet<Atom>, BTreeSet<Atom>) {
    let (mut allowed, mut denied) = (BTreeSet::new(), BTreeSet::new());
    for policy in policies {
        let side = match policy.access() {
            Access::Allow => &mut allowed,
            Access::Deny => &mut denied,
        };
        let groups = policy.resource_groups().iter();
        for target in groups.flat_map(|group| group.scope.targets()) {
            let roles = policy.permission_groups().iter();
            side.extend(roles.map(|&role| (role, target)));
        }
    }
    (allowed, denied)
}

/// The role that a policy names is nobody's in this account.
pub fn unknown_role(id: PermissionGroupId) -> Error {
    Error::invalid(
        Reason::UnknownRole,
        format!(
            "There is no role with the permission group {id} in this account; choose one that \
             iam/permission_groups lists."
        ),
    )
}

/// The resource group that a policy names is nobody's in this account.
pub fn unknown_resource_group(id: super::id::ResourceGroupId) -> Error {
    Error::invalid(
        Reason::UnknownResourceGroup,
        format!(
            "There is no resource group {id} in this account; choose one that \
             iam/resource_groups lists, or name its scope."
        ),
    )
}

/// The domain that a scope names is not the account's.
pub fn unknown_domain(id: DomainId) -> Error {
    Error::invalid(
        Reason::UnknownResourceGroup,
        format!("There is no domain {id} in this account; add it to the account's domains first."),
    )
}

/// A role can't be given on a resource group: `applies` says on what it can be, such as
/// "domains".
pub fn wrong_scope(role: &str, applies: &str, group: &ResourceGroup) -> Error {
    let is = match &group.scope {
        Scope::WholeAccount => "is the whole account",
        Scope::Domains(_) => "is a list of domains",
    };
    Error::invalid(
        Reason::RoleScope,
        format!(
            "The role \"{}\" applies to {applies}, and the resource group {} (\"{}\") {is}; put \
             roles of the account and roles of domains into policies of their own.",
            shown(role),
            group.id,
            shown(&group.name),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ResourceGroupId;
    use crate::domain::resource_group::NewScope;

    fn policy(id: u8, access: Access, role: u8, group: u8) -> Policy {
        Policy {
            id: PolicyId::from_bytes([id; 16]),
            access,
            permission_groups: vec![PermissionGroupId::from_bytes([role; 16])],
            resource_groups: vec![ResourceGroup {
                id: ResourceGroupId::from_bytes([group; 16]),
                name: String::new(),
                built_in: true,
                adhoc: false,
                scope: Scope::WholeAccount,
            }],
        }
    }

    fn chosen(policy: &Policy, id: Option<u8>) -> ChosenPolicy {
        ChosenPolicy {
            id: id.map(|id| PolicyId::from_bytes([id; 16])),
            access: policy.access,
            permission_groups: policy.permission_groups.clone(),
            resource_groups: policy.resource_groups.clone(),
        }
    }

    #[test]
    fn unchanged_policies_go_on_and_known_ids_are_kept() {
        let before = [
            policy(1, Access::Allow, 1, 1),
            policy(2, Access::Allow, 2, 1),
            policy(3, Access::Allow, 2, 1),
        ];
        let other = policy(0, Access::Deny, 9, 1);
        let after = [
            chosen(&before[1], None),
            chosen(&other, Some(2)),
            chosen(&before[0], Some(77)),
            chosen(&before[0], None),
        ];
        // 2 is asked for by its id, so that the same words go on as 3.
        assert_eq!(
            continued(&before, &after),
            [Some(2), Some(1), Some(0), None]
        );
    }

    #[test]
    fn a_denial_taken_back_is_a_grant() {
        let role = |role: u8| {
            (
                PermissionGroupId::from_bytes([role; 16]),
                Target::WholeAccount,
            )
        };
        let before = [
            policy(1, Access::Deny, 1, 1),
            policy(2, Access::Allow, 2, 1),
        ];
        let after = [
            policy(3, Access::Allow, 2, 1),
            policy(4, Access::Allow, 3, 1),
        ];
        let granted: Vec<Atom> = granted(&before, &after).into_iter().collect();
        assert_eq!(granted, [role(1), role(3)]);
    }

    #[test]
    fn a_policy_names_something_and_nothing_twice() {
        let role = PermissionGroupId::from_bytes([1; 16]);
        let mut new = NewPolicy::allow(role);
        new.permission_groups.push(role);
        new.resource_groups
            .push(ChosenScope::Inline(NewScope::WholeAccount));
        let tidied_one = tidied(std::slice::from_ref(&new)).map(|mut all| all.remove(0));
        assert_eq!(tidied_one.ok(), Some(NewPolicy::allow(role)));
        new.permission_groups.clear();
        assert!(tidied(&[new]).is_err());
        assert!(tidied(&vec![NewPolicy::allow(role); POLICIES_MAX + 1]).is_err());
    }
}
