//! Who may do what, and why; what a change would do to it.

use serde::{Deserialize, Serialize};

use super::policies::on;
use super::{Named, PersonView, ResourceGroupView, ScopeView};
use crate::app::access::Explanation;
use crate::domain::effective::{Edge, Effective, Path, Via};
use crate::domain::id::{GroupId, PolicyId};
use crate::domain::instant::print_ms;
use crate::domain::policy::Access;
use crate::domain::preview::{Difference, RoleOn};
use crate::domain::reference::Person;

/// One role as it stands for one member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessView {
    pub member: PersonView,
    pub permission_group: Named,
    pub effective: bool,
    pub scope: ScopeView,
    /// Every path that allows it, also where a denial leaves nothing of it.
    pub allows: Vec<PathView>,
    pub denies: Vec<PathView>,
    /// With all of these taken away the role ends, with fewer it does not.
    pub removal: Vec<EdgeView>,
}

/// What one policy says of a role, and how it reaches the member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PathView {
    /// `allow` or `deny`.
    pub access: String,
    pub policy: PolicyId,
    pub via: ViaView,
    pub resource_groups: Vec<ResourceGroupView>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ViaView {
    /// It is their own.
    Direct,
    Group {
        group: Named,
        managed_by: Option<Named>,
        added_by: Option<Named>,
        added_on: String,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EdgeView {
    OwnPolicy { policy: PolicyId },
    Membership { group: GroupId },
    GroupPolicy { group: GroupId, policy: PolicyId },
}

impl From<Path> for PathView {
    fn from(path: Path) -> Self {
        let via = match path.via {
            Via::Direct => ViaView::Direct,
            Via::Group(link) => ViaView::Group {
                group: Named {
                    id: link.id.to_string(),
                    name: link.name,
                },
                managed_by: link.managed_by.map(Named::from),
                added_by: link.added_by.map(Named::from),
                added_on: print_ms(link.added_ms),
            },
        };
        let on = path.resource_groups.into_iter();
        Self {
            access: path.access.name().to_owned(),
            policy: path.policy,
            via,
            resource_groups: on.map(ResourceGroupView::from).collect(),
        }
    }
}

impl PathView {
    /// By what it comes, in a few words.
    pub fn text(&self) -> String {
        match &self.via {
            ViaView::Direct => "own policy".to_owned(),
            ViaView::Group { group, .. } => format!("group {}", group.name),
        }
    }

    /// By what it comes, how, and on what.
    pub fn sentence(&self) -> String {
        let (policy, on) = (self.policy, on(&self.resource_groups));
        let says = match Access::parse(&self.access) {
            Some(Access::Deny) => "denies",
            Some(Access::Allow) | None => "allows",
        };
        match &self.via {
            ViaView::Direct => format!("their own policy {policy} {says} it on {on}"),
            ViaView::Group {
                group,
                managed_by,
                added_by,
                added_on,
            } => {
                let managed = managed_by.as_ref().map_or_else(
                    || "made by hand".to_owned(),
                    |one| format!("managed by {}", one.name),
                );
                let by = added_by
                    .as_ref()
                    .map_or_else(|| "by hand".to_owned(), |one| format!("by {}", one.name));
                format!(
                    "group {} ({managed}), in it since {added_on}, added {by}: its policy \
                     {policy} {says} it on {on}",
                    group.name
                )
            }
        }
    }

    /// The group by which it comes.
    pub fn group(&self) -> Option<&Named> {
        match &self.via {
            ViaView::Direct => None,
            ViaView::Group { group, .. } => Some(group),
        }
    }

    /// The provider that manages that group.
    pub fn manager(&self) -> Option<&Named> {
        match &self.via {
            ViaView::Direct => None,
            ViaView::Group { managed_by, .. } => managed_by.as_ref(),
        }
    }
}

impl From<Edge> for EdgeView {
    fn from(edge: Edge) -> Self {
        match edge {
            Edge::OwnPolicy(policy) => Self::OwnPolicy { policy },
            Edge::Membership(group) => Self::Membership { group },
            Edge::GroupPolicy(group, policy) => Self::GroupPolicy { group, policy },
        }
    }
}

impl AccessView {
    pub fn new(member: Person, role: Effective) -> Self {
        let paths = |paths: Vec<Path>| paths.into_iter().map(PathView::from).collect();
        Self {
            member: member.into(),
            permission_group: Named {
                id: role.permission_group.to_string(),
                name: role.name,
            },
            effective: !role.scope.is_nothing(),
            scope: role.scope.into(),
            allows: paths(role.allows),
            denies: paths(role.denies),
            removal: role.removal.into_iter().map(EdgeView::from).collect(),
        }
    }
}

/// Why a member has a role, or has not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExplanationView {
    pub member: PersonView,
    pub role: Named,
    pub effective: bool,
    /// In one sentence, when it is not effective.
    pub why_not: Option<String>,
    /// `None`: no policy that names the role reaches the member.
    pub paths: Option<AccessView>,
    /// Some of the groups that give the role.
    pub groups: Vec<Named>,
}

impl From<Explanation> for ExplanationView {
    fn from(found: Explanation) -> Self {
        let group = |(id, name): (GroupId, String)| Named {
            id: id.to_string(),
            name,
        };
        Self {
            effective: found.is_effective(),
            why_not: found.why_not(),
            paths: found
                .effective
                .map(|role| AccessView::new(found.member.clone(), role)),
            member: found.member.into(),
            role: Named {
                id: found.role.permission_group.to_string(),
                name: found.role.name,
            },
            groups: found.groups.into_iter().map(group).collect(),
        }
    }
}

/// What a change would do to one member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DifferenceView {
    pub member: PersonView,
    pub gained: Vec<RoleOnView>,
    pub lost: Vec<RoleOnView>,
    /// What the account's own roles among them permit.
    pub permissions_gained: Vec<String>,
    pub permissions_lost: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleOnView {
    pub permission_group: Named,
    pub scope: ScopeView,
}

impl From<RoleOn> for RoleOnView {
    fn from(role: RoleOn) -> Self {
        Self {
            permission_group: Named {
                id: role.permission_group.to_string(),
                name: role.name,
            },
            scope: role.scope.into(),
        }
    }
}

impl From<Difference> for DifferenceView {
    fn from(found: Difference) -> Self {
        let roles = |roles: Vec<RoleOn>| roles.into_iter().map(RoleOnView::from).collect();
        Self {
            member: found.member.into(),
            gained: roles(found.gained),
            lost: roles(found.lost),
            permissions_gained: found.permissions_gained,
            permissions_lost: found.permissions_lost,
        }
    }
}

/// What roles gained, or lost, come to in words.
pub fn roles_text(roles: &[RoleOnView]) -> String {
    let text =
        |role: &RoleOnView| format!("{} on {}", role.permission_group.name, role.scope.text());
    roles.iter().map(text).collect::<Vec<_>>().join(", ")
}

impl DifferenceView {
    /// In one line.
    pub fn text(&self) -> String {
        let parts = [
            ("gains", roles_text(&self.gained)),
            ("loses", roles_text(&self.lost)),
            ("may also", self.permissions_gained.join(" ")),
            ("may no more", self.permissions_lost.join(" ")),
        ];
        let parts = parts.iter().filter(|(_, what)| !what.is_empty());
        let parts: Vec<String> = parts.map(|(verb, what)| format!("{verb} {what}")).collect();
        format!("{} {}", self.member.user_name, parts.join("; "))
    }
}

/// The end of a preview.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct PreviewedView {
    /// Members who were looked at, at most.
    pub looked_at: usize,
    /// There may be more for whom it makes a difference.
    pub more: bool,
}
