//! What a change would do to people's access.

use std::collections::BTreeSet;

use super::domains::Domain;
use super::effective::EffectiveScope;
use super::id::PermissionGroupId;
use super::reference::Person;

/// A role, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleOn {
    pub permission_group: PermissionGroupId,
    pub name: String,
    pub scope: EffectiveScope,
}

/// What one member has in the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    pub roles: Vec<RoleOn>,
    /// What the account's own roles among them permit, on whatever.
    pub permissions: BTreeSet<String>,
}

/// What a change does to one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub member: Person,
    pub gained: Vec<RoleOn>,
    pub lost: Vec<RoleOn>,
    pub permissions_gained: Vec<String>,
    pub permissions_lost: Vec<String>,
}

impl Held {
    /// What of it is not in `other`.
    fn beyond(&self, other: &Self) -> Vec<RoleOn> {
        let more = |role: &RoleOn| {
            let there = other
                .roles
                .iter()
                .find(|known| known.permission_group == role.permission_group);
            let scope = match there {
                Some(there) => minus(&role.scope, &there.scope),
                None => role.scope.clone(),
            };
            (!scope.is_nothing()).then(|| RoleOn {
                scope,
                ..role.clone()
            })
        };
        self.roles.iter().filter_map(more).collect()
    }
}

impl Difference {
    /// `None` when nothing changes for them.
    pub fn between(member: Person, before: &Held, after: &Held) -> Option<Self> {
        let permissions = |of: &Held, other: &Held| {
            let more = of.permissions.difference(&other.permissions);
            more.cloned().collect::<Vec<String>>()
        };
        let difference = Self {
            member,
            gained: after.beyond(before),
            lost: before.beyond(after),
            permissions_gained: permissions(after, before),
            permissions_lost: permissions(before, after),
        };
        let none = difference.gained.is_empty()
            && difference.lost.is_empty()
            && difference.permissions_gained.is_empty()
            && difference.permissions_lost.is_empty();
        (!none).then_some(difference)
    }
}

/// What `from` covers and `other` does not.
fn minus(from: &EffectiveScope, other: &EffectiveScope) -> EffectiveScope {
    use EffectiveScope::{Domains, Nothing, WholeAccount};
    match (from, other) {
        (Nothing, _) => Nothing,
        (from, Nothing) => from.clone(),
        (Domains(from), Domains(other)) => listed(from, |id| !has(other, id)),
        (Domains(from), WholeAccount { except }) => listed(from, |id| has(except, id)),
        (WholeAccount { except }, Domains(other)) => {
            let mut except = except.clone();
            let more: Vec<Domain> = other
                .iter()
                .filter(|domain| !has(&except, domain))
                .cloned()
                .collect();
            except.extend(more);
            WholeAccount { except }
        }
        (WholeAccount { except }, WholeAccount { except: other }) => {
            listed(other, |id| !has(except, id))
        }
    }
}

fn has(domains: &[Domain], wanted: &Domain) -> bool {
    domains.iter().any(|domain| domain.id == wanted.id)
}

fn listed(domains: &[Domain], keep: impl Fn(&Domain) -> bool) -> EffectiveScope {
    let left: Vec<Domain> = domains
        .iter()
        .filter(|domain| keep(domain))
        .cloned()
        .collect();
    if left.is_empty() {
        EffectiveScope::Nothing
    } else {
        EffectiveScope::Domains(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::DomainId;
    use crate::domain::policy::Target;

    fn scope(kind: u8, numbers: u8) -> EffectiveScope {
        let domains: Vec<Domain> = (0..3)
            .filter(|number| numbers & 1 << number != 0)
            .map(|number| Domain {
                id: DomainId::from_bytes([number; 16]),
                name: number.to_string(),
            })
            .collect();
        match kind {
            0 => EffectiveScope::WholeAccount { except: domains },
            _ if domains.is_empty() => EffectiveScope::Nothing,
            _ => EffectiveScope::Domains(domains),
        }
    }

    #[test]
    fn what_is_taken_off_a_scope_is_what_the_other_covers() {
        for (from, other) in (0..16).flat_map(|a| (0..16).map(move |b| (a, b))) {
            let (from, other) = (scope(from / 8, from % 8), scope(other / 8, other % 8));
            let left = minus(&from, &other);
            for number in 0..4 {
                let target = Target::Domain(DomainId::from_bytes([number; 16]));
                let covered = from.covers(target) && !other.covers(target);
                assert_eq!(left.covers(target), covered, "{from:?} {other:?} {number}");
            }
        }
    }
}
