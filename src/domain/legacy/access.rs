//! What people may do, each different answer once: of a thousand people in the same groups all
//! have the same.

use std::collections::HashMap;

use super::plan::{AccessRole, AccessScope};
use crate::domain::domains::Domain;
use crate::domain::effective::{Effective, EffectiveScope};
use crate::domain::id::{DomainId, PermissionGroupId};

/// A role, whether it is on the whole account, and the domains: in order, so that the same access
/// is the same key.
type Key = Vec<(PermissionGroupId, bool, Vec<DomainId>)>;

/// Answers by their places.
#[derive(Debug, Default)]
pub struct Accesses {
    all: Vec<Vec<AccessRole>>,
    places: HashMap<Key, usize>,
}

impl Accesses {
    /// The place of what is effective of `roles`; `name` tells the name of a role that was not
    /// met before.
    ///
    /// Errors: those of `name`.
    pub fn place<E>(
        &mut self,
        roles: &[Effective],
        mut name: impl FnMut(PermissionGroupId) -> Result<String, E>,
    ) -> Result<usize, E> {
        let mut key: Key = roles.iter().filter_map(key_of).collect();
        key.sort_unstable();
        if let Some(place) = self.places.get(&key) {
            return Ok(*place);
        }
        let mut access = Vec::with_capacity(key.len());
        for role in roles {
            let (scope, domains) = match &role.scope {
                EffectiveScope::Nothing => continue,
                EffectiveScope::WholeAccount { except } => (AccessScope::WholeAccount, except),
                EffectiveScope::Domains(domains) => (AccessScope::Domains, domains),
            };
            access.push(AccessRole {
                role: name(role.permission_group)?,
                permission_group: role.permission_group,
                scope,
                domains: names(domains),
            });
        }
        access.sort();
        self.all.push(access);
        self.places.insert(key, self.all.len() - 1);
        Ok(self.all.len() - 1)
    }

    pub fn at(&self, place: usize) -> &[AccessRole] {
        self.all.get(place).map_or(&[], Vec::as_slice)
    }

    pub fn into_all(self) -> Vec<Vec<AccessRole>> {
        self.all
    }
}

fn key_of(role: &Effective) -> Option<(PermissionGroupId, bool, Vec<DomainId>)> {
    let (whole, domains) = match &role.scope {
        EffectiveScope::Nothing => return None,
        EffectiveScope::WholeAccount { except } => (true, except),
        EffectiveScope::Domains(domains) => (false, domains),
    };
    let mut ids: Vec<DomainId> = domains.iter().map(|domain| domain.id).collect();
    ids.sort_unstable();
    Some((role.permission_group, whole, ids))
}

fn names(domains: &[Domain]) -> Vec<String> {
    let mut names: Vec<String> = domains.iter().map(|domain| domain.name.clone()).collect();
    names.sort_unstable();
    names
}

/// What of `after` is not in `before`: the roles, each with what is new of its scope.
pub fn beyond(before: &[AccessRole], after: &[AccessRole]) -> Vec<AccessRole> {
    let more = |role: &AccessRole| {
        let was = before
            .iter()
            .find(|was| was.permission_group == role.permission_group);
        was.map_or_else(|| Some(role.clone()), |was| minus(role, was))
    };
    after.iter().filter_map(more).collect()
}

/// What `from` covers and `other`, the same role, does not.
fn minus(from: &AccessRole, other: &AccessRole) -> Option<AccessRole> {
    use AccessScope::{Domains, WholeAccount};
    let kept = |of: &[String], keep: &dyn Fn(&String) -> bool| -> Vec<String> {
        of.iter().filter(|name| keep(name)).cloned().collect()
    };
    let (scope, domains) = match (from.scope, other.scope) {
        (Domains, Domains) => (
            Domains,
            kept(&from.domains, &|name| !other.domains.contains(name)),
        ),
        (Domains, WholeAccount) => (
            Domains,
            kept(&from.domains, &|name| other.domains.contains(name)),
        ),
        (WholeAccount, WholeAccount) => (
            Domains,
            kept(&other.domains, &|name| !from.domains.contains(name)),
        ),
        (WholeAccount, Domains) => {
            let mut except = [from.domains.clone(), other.domains.clone()].concat();
            except.sort_unstable();
            except.dedup();
            (WholeAccount, except)
        }
    };
    let nothing = scope == Domains && domains.is_empty();
    (!nothing).then(|| AccessRole {
        scope,
        domains,
        ..from.clone()
    })
}
