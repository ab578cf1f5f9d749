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

/// How a document holds answers: many people have a set of their own, of few roles.
pub mod document {
    use std::collections::HashMap;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::AccessRole;

    #[derive(Serialize)]
    struct Told<'a> {
        roles: Vec<&'a AccessRole>,
        sets: Vec<Vec<usize>>,
    }

    #[derive(Deserialize)]
    struct Read {
        roles: Vec<AccessRole>,
        sets: Vec<Vec<usize>>,
    }

    pub fn serialize<S: Serializer>(all: &[Vec<AccessRole>], to: S) -> Result<S::Ok, S::Error> {
        let mut places: HashMap<&AccessRole, usize> = HashMap::new();
        let (mut roles, mut sets) = (Vec::new(), Vec::with_capacity(all.len()));
        for access in all {
            let mut set = Vec::with_capacity(access.len());
            for role in access {
                let place = *places.entry(role).or_insert_with(|| {
                    roles.push(role);
                    roles.len() - 1
                });
                set.push(place);
            }
            sets.push(set);
        }
        Told { roles, sets }.serialize(to)
    }

    /// Errors: of the document; a set with a place where there is no role.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Vec<AccessRole>>, D::Error> {
        let Read { roles, sets } = Read::deserialize(from)?;
        let role = |place: &usize| {
            let role = roles.get(*place).cloned();
            role.ok_or_else(|| D::Error::custom(format!("no role {place} in the plan's access")))
        };
        sets.iter()
            .map(|set| set.iter().map(role).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(number: u8, scope: AccessScope, domains: &[&str]) -> AccessRole {
        AccessRole {
            role: format!("Role {number}"),
            permission_group: PermissionGroupId::from_bytes([number; 16]),
            scope,
            domains: domains.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_beyond_is_told_by_scope() {
        use AccessScope::{Domains, WholeAccount};
        let whole = role(1, WholeAccount, &[]);
        let all_but_a = role(1, WholeAccount, &["a"]);
        let on_ab = role(1, Domains, &["a", "b"]);
        let on_a = role(1, Domains, &["a"]);
        let more = |before: &AccessRole, after: &AccessRole| {
            beyond(std::slice::from_ref(before), std::slice::from_ref(after))
        };
        assert_eq!(more(&whole, &all_but_a), []);
        let only = std::slice::from_ref;
        assert_eq!(more(&all_but_a, &whole), only(&on_a));
        assert_eq!(more(&on_a, &on_ab), [role(1, Domains, &["b"])]);
        assert_eq!(more(&all_but_a, &on_ab), only(&on_a));
        assert_eq!(more(&on_a, &whole), only(&all_but_a));
        let other = role(2, Domains, &["a"]);
        assert_eq!(beyond(&[], only(&whole)), only(&whole));
        assert_eq!(beyond(only(&other), only(&on_a)), only(&on_a));
        assert_eq!(beyond(only(&whole), &[]), []);
    }
}
