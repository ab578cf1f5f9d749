//! Policies, and what they apply to.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::connection::ConnectionRef;
use crate::domain::domains::Domain;
use crate::domain::effective::EffectiveScope;
use crate::domain::id::{ConnectionId, PermissionGroupId, PolicyId, ResourceGroupId};
use crate::domain::policy::Policy;
use crate::domain::resource_group::{ResourceGroup, Scope};
use crate::domain::role::RoleHolder;

/// The names behind ids that records hold.
#[derive(Debug, Default)]
pub struct Names {
    pub connections: HashMap<ConnectionId, String>,
    pub roles: HashMap<PermissionGroupId, String>,
}

impl Names {
    /// A connection's name; one without, its id.
    pub fn connection(&self, id: ConnectionId) -> String {
        let known = self.connections.get(&id);
        known.map_or_else(|| id.to_string(), Clone::clone)
    }

    pub fn role(&self, id: PermissionGroupId) -> Named {
        let known = self.roles.get(&id);
        Named {
            id: id.to_string(),
            name: known.map_or_else(|| id.to_string(), Clone::clone),
        }
    }
}

/// Something by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: String,
    pub name: String,
}

impl From<Domain> for Named {
    fn from(domain: Domain) -> Self {
        Self {
            id: domain.id.to_string(),
            name: domain.name,
        }
    }
}

impl From<ConnectionRef> for Named {
    fn from(connection: ConnectionRef) -> Self {
        Self {
            id: connection.id.to_string(),
            name: connection.name,
        }
    }
}

/// What a role, or a resource group, covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ScopeView {
    Nothing,
    Account {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<Named>,
    },
    Domains {
        domains: Vec<Named>,
    },
}

fn named(domains: Vec<Domain>) -> Vec<Named> {
    domains.into_iter().map(Named::from).collect()
}

impl From<EffectiveScope> for ScopeView {
    fn from(scope: EffectiveScope) -> Self {
        match scope {
            EffectiveScope::Nothing => Self::Nothing,
            EffectiveScope::WholeAccount { except } => Self::Account {
                except: named(except),
            },
            EffectiveScope::Domains(domains) => Self::Domains {
                domains: named(domains),
            },
        }
    }
}

impl From<Scope> for ScopeView {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::WholeAccount => Self::Account { except: Vec::new() },
            Scope::Domains(domains) => Self::Domains {
                domains: named(domains),
            },
        }
    }
}

impl ScopeView {
    /// In words.
    pub fn text(&self) -> String {
        let list = |domains: &[Named]| {
            let names: Vec<&str> = domains.iter().map(|domain| domain.name.as_str()).collect();
            names.join(", ")
        };
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Account { except } if except.is_empty() => "the whole account".to_owned(),
            Self::Account { except } => format!("the whole account but {}", list(except)),
            Self::Domains { domains } => list(domains),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResourceGroupView {
    pub id: ResourceGroupId,
    pub name: String,
    /// The whole account.
    pub built_in: bool,
    /// Made for policies that named its scope.
    pub adhoc: bool,
    pub scope: ScopeView,
}

impl From<ResourceGroup> for ResourceGroupView {
    fn from(group: ResourceGroup) -> Self {
        Self {
            id: group.id,
            name: group.name,
            built_in: group.built_in,
            adhoc: group.adhoc,
            scope: group.scope.into(),
        }
    }
}

impl ResourceGroupView {
    /// What it covers, and by which name when it has one.
    pub fn text(&self) -> String {
        if self.built_in || self.adhoc {
            return self.scope.text();
        }
        format!("{} ({})", self.name, self.scope.text())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyView {
    pub id: PolicyId,
    pub holder: HolderView,
    /// `allow` or `deny`.
    pub access: String,
    pub permission_groups: Vec<Named>,
    pub resource_groups: Vec<ResourceGroupView>,
}

/// Whose a policy is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HolderView {
    /// `member` or `group`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The API's id.
    pub id: String,
    pub name: String,
}

impl From<RoleHolder> for HolderView {
    fn from(holder: RoleHolder) -> Self {
        let (kind, id, name) = match holder {
            RoleHolder::Member { id, user_name } => ("member", id.to_string(), user_name),
            RoleHolder::Group { id, name } => ("group", id.to_string(), name),
        };
        Self {
            kind: kind.to_owned(),
            id,
            name,
        }
    }
}

impl PolicyView {
    pub fn new(policy: Policy, holder: RoleHolder, names: &Names) -> Self {
        let roles = policy.permission_groups.into_iter();
        let on = policy.resource_groups.into_iter();
        Self {
            id: policy.id,
            holder: holder.into(),
            access: policy.access.name().to_owned(),
            permission_groups: roles.map(|id| names.role(id)).collect(),
            resource_groups: on.map(ResourceGroupView::from).collect(),
        }
    }

    /// The policy in words, without its holder.
    pub fn text(&self) -> String {
        let roles: Vec<&str> = self
            .permission_groups
            .iter()
            .map(|role| role.name.as_str())
            .collect();
        format!("{} {} on {}", self.access, roles.join(", "), self.on())
    }

    /// What it applies to, in words.
    pub fn on(&self) -> String {
        on(&self.resource_groups)
    }
}

/// What resource groups cover, in words.
pub(super) fn on(groups: &[ResourceGroupView]) -> String {
    let texts: Vec<String> = groups.iter().map(ResourceGroupView::text).collect();
    texts.join("; ")
}
