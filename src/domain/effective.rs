//! What a member may do in the end: every path by which a role reaches them, every denial, what
//! is left, and what would end it. Pure: the store brings the paths.

use std::collections::HashSet;

use super::connection::ConnectionRef;
use super::domains::Domain;
use super::id::{GroupId, GroupScimId, PermissionGroupId, PolicyId};
use super::member::RolePath;
use super::policy::{Access, Target};
use super::resource_group::{ResourceGroup, Scope};

/// A group that a member is in, and how they came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLink {
    pub id: GroupId,
    pub scim_id: GroupScimId,
    pub name: String,
    /// The connection that manages the group; `None`: made by hand.
    pub managed_by: Option<ConnectionRef>,
    /// The connection that added the member; `None`: added by hand.
    pub added_by: Option<ConnectionRef>,
    /// Milliseconds since 1970, UTC.
    pub added_ms: i64,
}

/// How a policy reaches a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// It is their own.
    Direct,
    Group(GroupLink),
}

impl Via {
    pub fn kind(&self) -> RolePath {
        match self {
            Self::Direct => RolePath::Direct,
            Self::Group(_) => RolePath::Group,
        }
    }
}

/// What one policy says of one role, and how it reaches the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub access: Access,
    pub policy: PolicyId,
    pub via: Via,
    /// In the policy's order.
    pub resource_groups: Vec<ResourceGroup>,
}

impl Path {
    fn targets(&self) -> impl Iterator<Item = Target> {
        self.resource_groups
            .iter()
            .flat_map(|group| group.scope.targets())
    }

    fn group(&self) -> Option<GroupId> {
        match &self.via {
            Via::Direct => None,
            Via::Group(group) => Some(group.id),
        }
    }
}

/// On what a role is effective.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectiveScope {
    /// Not at all.
    Nothing,
    /// The account, all of it but these domains.
    WholeAccount { except: Vec<Domain> },
    /// These domains, at least one.
    Domains(Vec<Domain>),
}

impl EffectiveScope {
    pub fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }

    /// All that it holds on.
    pub fn targets(&self) -> Vec<Target> {
        match self {
            Self::Nothing => Vec::new(),
            Self::WholeAccount { .. } => vec![Target::WholeAccount],
            Self::Domains(domains) => domains
                .iter()
                .map(|domain| Target::Domain(domain.id))
                .collect(),
        }
    }

    /// Whether it holds on `target`.
    pub fn covers(&self, target: Target) -> bool {
        let has = |domains: &[Domain], id| domains.iter().any(|domain| domain.id == id);
        match (self, target) {
            (Self::WholeAccount { except }, Target::WholeAccount) => except.is_empty(),
            (Self::WholeAccount { except }, Target::Domain(id)) => !has(except, id),
            (Self::Domains(domains), Target::Domain(id)) => has(domains, id),
            (Self::Domains(_), Target::WholeAccount) | (Self::Nothing, _) => false,
        }
    }
}

/// Something that can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edge {
    /// The role, from that policy of the member's own.
    OwnPolicy(PolicyId),
    /// The member, from the group.
    Membership(GroupId),
    /// The role, from that policy of the group: named where the group also denies the role, so
    /// that leaving it would lift the denial.
    GroupPolicy(GroupId, PolicyId),
}

/// One role as it stands for one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    pub permission_group: PermissionGroupId,
    /// The role's name, once the store has told it.
    pub name: String,
    pub scope: EffectiveScope,
    /// Every path that allows it, also where a denial leaves nothing of it.
    pub allows: Vec<Path>,
    /// Every path that denies it.
    pub denies: Vec<Path>,
    /// What would have to be taken away for the role to end on all it is effective on: with
    /// all of these gone it is gone, with fewer it is not.
    pub removal: Vec<Edge>,
}

impl Effective {
    pub fn is_effective(&self) -> bool {
        !self.scope.is_nothing()
    }

    /// On the whole account, and by nobody denied, on whatever: what the last of a role like
    /// Super Administrator is judged by.
    pub fn is_unrestricted(&self) -> bool {
        self.denies.is_empty() && self.scope.covers(Target::WholeAccount)
    }

    /// How it reaches the member, as a User's `roles` says it: by allowing paths of which
    /// something is left.
    pub fn kinds(&self) -> impl Iterator<Item = RolePath> {
        self.allows
            .iter()
            .filter(|path| contributes(path, &self.denies, &self.scope))
            .map(|path| path.via.kind())
    }
}

/// What the member may do in the end. `paths` is every role of every policy that reaches them;
/// roles come out in the order of their first mention. Somebody who is not `active` may do
/// nothing, whatever is kept of theirs.
pub fn evaluate(active: bool, paths: Vec<(PermissionGroupId, Path)>) -> Vec<Effective> {
    let mut roles: Vec<Effective> = Vec::new();
    let mut numbers = std::collections::HashMap::new();
    for (role, path) in paths {
        let at = *numbers.entry(role).or_insert_with(|| {
            roles.push(Effective {
                permission_group: role,
                name: String::new(),
                scope: EffectiveScope::Nothing,
                allows: Vec::new(),
                denies: Vec::new(),
                removal: Vec::new(),
            });
            roles.len() - 1
        });
        let Some(known) = roles.get_mut(at) else {
            continue;
        };
        match path.access {
            Access::Allow => known.allows.push(path),
            Access::Deny => known.denies.push(path),
        }
    }
    if active {
        for role in &mut roles {
            role.scope = scope(&role.allows, &role.denies);
            role.removal = removal(&role.allows, &role.denies, &role.scope);
        }
    }
    roles
}

/// What the allows leave after the denials.
fn scope(allows: &[Path], denies: &[Path]) -> EffectiveScope {
    let denied: HashSet<Target> = denies.iter().flat_map(Path::targets).collect();
    if denied.contains(&Target::WholeAccount) {
        return EffectiveScope::Nothing;
    }
    let mut allowed = allows.iter().flat_map(Path::targets);
    if allowed.any(|target| target == Target::WholeAccount) {
        return EffectiveScope::WholeAccount {
            except: domains(denies, |_| true),
        };
    }
    let left = domains(allows, |target| !denied.contains(&target));
    if left.is_empty() {
        EffectiveScope::Nothing
    } else {
        EffectiveScope::Domains(left)
    }
}

/// The domains that these name and `keep` keeps, each once.
fn domains(paths: &[Path], keep: impl Fn(Target) -> bool) -> Vec<Domain> {
    let mut seen = HashSet::new();
    let named = paths
        .iter()
        .flat_map(|path| &path.resource_groups)
        .filter_map(|group| match &group.scope {
            Scope::WholeAccount => None,
            Scope::Domains(domains) => Some(domains),
        });
    named
        .flatten()
        .filter(|domain| keep(Target::Domain(domain.id)) && seen.insert(domain.id))
        .cloned()
        .collect()
}

/// Whether anything of what the path allows is left.
fn contributes(path: &Path, denies: &[Path], scope: &EffectiveScope) -> bool {
    let denied = |target| {
        denies
            .iter()
            .any(|deny| deny.targets().any(|denied| denied == target))
    };
    !scope.is_nothing() && path.targets().any(|target| !denied(target))
}

/// One edge for each way in. A membership takes all of a group's allows with it, and its
/// denials too: where it has any of the role, its policies are named instead, which leave the
/// denials where they are. So no edge lifts a denial, and each one alone keeps the role alive.
fn removal(allows: &[Path], denies: &[Path], scope: &EffectiveScope) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    for path in allows
        .iter()
        .filter(|path| contributes(path, denies, scope))
    {
        let edge = match path.group() {
            None => Edge::OwnPolicy(path.policy),
            Some(group) if denies.iter().any(|deny| deny.group() == Some(group)) => {
                Edge::GroupPolicy(group, path.policy)
            }
            Some(group) => Edge::Membership(group),
        };
        if !edges.contains(&edge) {
            edges.push(edge);
        }
    }
    edges
}

#[cfg(test)]
mod tests;
