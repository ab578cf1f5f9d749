//! How access comes to somebody, in words: a chain for each way, what denies it, and what would
//! have to be taken away.

use std::collections::HashMap;

use super::access_preview::scope_text;
use super::format::Times;
use super::legacy;
use super::view::{Hop, Link};
use super::words::{t, tf};
use crate::app;
use crate::domain::effective::{Edge, Effective, Path, Via};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{GroupId, PermissionGroupId, PolicyId};
use crate::domain::policy::{Access, Policy};
use crate::domain::reference::{GroupRef, MemberRef, Person};
use crate::domain::resource_group::Scope;
use crate::domain::role::Role;
use crate::store::tx::ReadTx;

/// Names of roles by what policies call them.
#[derive(Debug, Clone, Default)]
pub struct RoleNames(HashMap<PermissionGroupId, String>);

impl RoleNames {
    pub fn of(roles: &[Role]) -> Self {
        let name = |role: &Role| (role.permission_group, role.name.clone());
        Self(roles.iter().map(name).collect())
    }

    /// Of a role that nobody knows, its id.
    pub fn get(&self, id: PermissionGroupId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// Policies have no names of their own: they are called by what they name first.
    pub fn of_policy(&self, policy: &Policy) -> String {
        let first = policy.permission_groups.first();
        let first = first.map(|id| self.get(*id)).unwrap_or_default();
        match policy.permission_groups.len() {
            0 | 1 => first,
            n => tf("paths.policy_more", &[&first, &(n - 1)]),
        }
    }
}

/// What stands behind the paths of one answer: the names of policies.
#[derive(Debug, Default)]
pub struct PolicyNames {
    names: HashMap<PolicyId, String>,
    read: Vec<Option<GroupId>>,
    /// Legacy groups: what they grant follows from their names, and neither has a page.
    by_name: Vec<GroupId>,
}

impl PolicyNames {
    /// Of the policies by which these roles reach the member.
    ///
    /// Errors: `Forbidden`.
    pub fn of(
        tx: &ReadTx<'_>,
        roles: &RoleNames,
        member: &Person,
        effective: &[&Effective],
    ) -> Result<Self> {
        let mut all = Self::default();
        for role in effective {
            for path in role.allows.iter().chain(&role.denies) {
                let group = match &path.via {
                    Via::Direct => None,
                    Via::Group(link) => Some(link.id),
                };
                if all.read.contains(&group) {
                    continue;
                }
                all.read.push(group);
                let policies = match group {
                    None => app::policies::of_member(tx, &MemberRef::Id(member.id)),
                    Some(id) => app::policies::of_group(tx, &GroupRef::Id(id)),
                };
                let Some(policies) = found(policies)? else {
                    all.by_name.extend(group);
                    continue;
                };
                for policy in policies {
                    all.names.insert(policy.id, roles.of_policy(&policy));
                }
            }
        }
        Ok(all)
    }

    fn is_by_name(&self, group: GroupId) -> bool {
        self.by_name.contains(&group)
    }

    /// Where a group is looked at: a legacy group where it is made a user group.
    fn page_of(&self, group: GroupId, base: &str) -> String {
        if self.is_by_name(group) {
            format!("{base}/migrate")
        } else {
            format!("{base}/groups/{group}")
        }
    }

    fn get(&self, id: PolicyId) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| {
            let id = id.to_string();
            tf("paths.policy", &[&&id[id.len() - 8..]])
        })
    }
}

/// A legacy group's policies are nobody's to look at: `None`.
fn found(policies: Result<Vec<Policy>>) -> Result<Option<Vec<Policy>>, Error> {
    match policies {
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        policies => policies.map(Some),
    }
}

/// One way from a member to a role, hop by hop. `base` is the account's address.
pub fn chain(
    member: (&Person, &str),
    path: &Path,
    role: &Effective,
    names: &PolicyNames,
    base: &str,
    times: &Times,
) -> Vec<Hop> {
    let (person, name) = member;
    let of_member = format!("{base}/members/{}", person.membership_id);
    let mut hops = vec![Hop::new(t("paths.member"), name).leads_to(&of_member)];
    let mut policy_at = of_member;
    if let Via::Group(link) = &path.via {
        let when = times.at(link.added_ms).text;
        let kind = match &link.added_by {
            Some(connection) => tf("paths.pushed", &[&connection.name, &when]),
            None => tf("paths.added", &[&when]),
        };
        policy_at = names.page_of(link.id, base);
        hops.push(Hop::new(kind, &link.name).leads_to(&policy_at));
    }
    hops.push(match &path.via {
        Via::Group(link) if names.is_by_name(link.id) => {
            Hop::new(t("paths.by_name"), legacy::said(&link.name)).leads_to(policy_at)
        }
        via => {
            let kind = match (path.access, via) {
                (Access::Allow, Via::Direct) => t("paths.own_allow"),
                (Access::Deny, Via::Direct) => t("paths.own_deny"),
                (Access::Allow, Via::Group(_)) => t("paths.allow"),
                (Access::Deny, Via::Group(_)) => t("paths.deny"),
            };
            let policy = names.get(path.policy);
            Hop::new(kind, policy).leads_to(format!("{policy_at}#p-{}", path.policy))
        }
    });
    let on = on(path);
    let kind = match path.access {
        Access::Allow => tf("paths.role", &[&on]),
        Access::Deny => tf("paths.role_denied", &[&on]),
    };
    let at = format!("{base}/roles/{}", role.permission_group);
    hops.push(Hop::new(kind, &role.name).leads_to(at));
    hops
}

/// On what a path says it, within a sentence.
fn on(path: &Path) -> String {
    let mut domains = Vec::new();
    for group in &path.resource_groups {
        match &group.scope {
            Scope::WholeAccount => return t("preview.on_account").to_owned(),
            Scope::Domains(some) => domains.extend(some.iter().cloned()),
        }
    }
    super::policy_form::domains_text(&domains)
}

/// One thing that would have to be taken away, and where.
pub struct Removal {
    pub link: Link,
    /// What does the same, and more: to everybody who is in the group.
    pub other: Option<Link>,
}

pub fn removal(
    edge: &Edge,
    role: &Effective,
    member: &Person,
    names: &PolicyNames,
    base: &str,
) -> Removal {
    Removal {
        link: removed(edge, role, member, names, base),
        other: match edge {
            Edge::Membership(id) => policy_of(*id, role, base),
            Edge::OwnPolicy(_) | Edge::GroupPolicy(..) => None,
        },
    }
}

/// The policies by which that group gives the role; those of a legacy group follow from its name.
fn policy_of(group: GroupId, role: &Effective, base: &str) -> Option<Link> {
    let by_group = role.allows.iter().filter_map(|path| match &path.via {
        Via::Group(link) if link.id == group => Some((link, path.policy)),
        Via::Group(_) | Via::Direct => None,
    });
    let by_group: Vec<_> = by_group.collect();
    let (link, policy) = by_group.first()?;
    let (key, at) = if by_group.iter().all(|(_, other)| other == policy) {
        (
            "paths.or_policy",
            format!("{base}/groups/{group}#p-{policy}"),
        )
    } else {
        ("paths.or_policies", format!("{base}/groups/{group}"))
    };
    let changes = legacy::said(&link.name) == link.name;
    changes.then(|| Link::new(tf(key, &[&link.name]), at))
}

fn removed(
    edge: &Edge,
    role: &Effective,
    member: &Person,
    names: &PolicyNames,
    base: &str,
) -> Link {
    let group = |id: &GroupId| {
        let link = role.allows.iter().find_map(|path| match &path.via {
            Via::Group(link) if link.id == *id => Some(link),
            Via::Group(_) | Via::Direct => None,
        });
        let name = link.map_or_else(|| id.to_string(), |link| link.name.clone());
        let source = link.and_then(|link| link.managed_by.as_ref());
        (name, source.map(|source| source.name.clone()))
    };
    match edge {
        Edge::OwnPolicy(_) => {
            let at = format!("{base}/members/{}", member.membership_id);
            Link::new(t("paths.remove_own"), at)
        }
        Edge::Membership(id) => {
            let at = names.page_of(*id, base);
            match group(id) {
                (name, Some(source)) => Link::new(tf("paths.remove_in", &[&name, &source]), at),
                (name, None) => Link::new(tf("paths.remove_from", &[&name]), at),
            }
        }
        Edge::GroupPolicy(id, policy) => {
            let (name, _) = group(id);
            let at = format!("{base}/groups/{id}#p-{policy}");
            Link::new(tf("paths.remove_policy", &[&name]), at)
        }
    }
}

/// The role, on what it is effective: "DNS on the entire account".
pub fn role_on(role: &Effective) -> String {
    tf("preview.role_on", &[&role.name, &scope_text(&role.scope)])
}
