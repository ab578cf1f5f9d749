//! Commands about who is in, and what they may do. A member is named by either id, userName or
//! address; a group, a role, a domain and a resource group by id or name; a policy by its id.

use serde::{Deserialize, Serialize};

use super::{NewMember, RoleSet};
use crate::domain::id::DomainId;
use crate::domain::member::State;
use crate::domain::policy::Access;

/// What asks, or adds without touching what others may do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryCommand {
    MemberList(MemberQuery),
    MemberShow {
        member: String,
    },
    MemberAdd {
        new: NewMember,
        /// Invited, and not in before they are accepted.
        pending: bool,
        /// `None`: Minimal Account Access.
        policy: Option<PolicySpec>,
    },
    MemberAccess {
        member: String,
    },
    GroupList {
        /// Stands somewhere in the name, letter case aside.
        text: Option<String>,
    },
    GroupShow {
        group: String,
    },
    GroupMembers {
        group: String,
    },
    GroupCreate {
        name: String,
        policy: Option<PolicySpec>,
    },
    PolicyList {
        /// `None`: of everybody.
        holder: Option<HolderSpec>,
        /// Also of those who have nothing but Minimal Account Access.
        all: bool,
    },
    PolicyShow {
        policy: String,
    },
    DomainList,
    DomainAdd {
        name: String,
        id: Option<DomainId>,
    },
    DomainRemove {
        domain: String,
    },
    ResourceGroupList,
    ResourceGroupShow {
        resource_group: String,
    },
    ResourceGroupCreate {
        name: String,
        domains: Vec<String>,
    },
    ResourceGroupDelete {
        resource_group: String,
    },
    Explain {
        member: String,
        role: String,
    },
    Holders {
        role: String,
    },
}

/// What may change somebody's access: it can be made, and it can be asked what it would do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The member's own policies become this one.
    MemberSet {
        member: String,
        policy: PolicySpec,
    },
    MemberActivate {
        member: String,
    },
    MemberDeactivate {
        member: String,
    },
    MemberRemove {
        member: String,
    },
    GroupRename {
        group: String,
        name: String,
    },
    GroupDelete {
        group: String,
    },
    GroupAdd {
        group: String,
        members: Vec<String>,
    },
    GroupRemove {
        group: String,
        members: Vec<String>,
    },
    PolicyAdd {
        holder: HolderSpec,
        policy: PolicySpec,
    },
    PolicySet(PolicySet),
    PolicyRemove {
        policy: String,
    },
    ResourceGroupSet(ResourceGroupSet),
    RoleSet(RoleSet),
    LegacyOn {
        allow_super_administrator: bool,
    },
    LegacyOff,
}

/// Which members are listed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MemberQuery {
    /// Stands somewhere in the userName, the display name or an address, letter case aside.
    pub text: Option<String>,
    /// A name of [`State`].
    pub state: Option<String>,
    /// Id or name of the connection that manages them; `hand`: none does.
    pub source: Option<String>,
}

/// Whose policies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HolderSpec {
    pub name: String,
    /// `None`: whichever has that name.
    pub kind: Option<HolderKind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    Member,
    Group,
}

/// A policy to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicySpec {
    pub deny: bool,
    pub roles: Vec<String>,
    /// Each `account`, a domain or a resource group.
    pub scopes: Vec<String>,
}

/// What becomes of a policy; `None` stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PolicySet {
    pub policy: String,
    pub deny: Option<bool>,
    /// All it is to name, instead of those to add and to remove.
    pub roles: Option<Vec<String>>,
    pub add: Vec<String>,
    pub remove: Vec<String>,
    pub scopes: Option<Vec<String>>,
}

/// What becomes of a resource group; `None` stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ResourceGroupSet {
    pub resource_group: String,
    pub name: Option<String>,
    /// All it is to cover, instead of those to add and to remove.
    pub domains: Option<Vec<String>>,
    pub add: Vec<String>,
    pub remove: Vec<String>,
}

/// The access that `deny` stands for.
pub fn access(deny: bool) -> Access {
    if deny { Access::Deny } else { Access::Allow }
}

impl MemberQuery {
    /// The state that is meant; `None`: any.
    pub fn state(&self) -> Option<State> {
        self.state.as_deref().and_then(State::named)
    }
}

impl DirectoryCommand {
    /// The command as it is typed, without its arguments.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MemberList(_) => "member list",
            Self::MemberShow { .. } => "member show",
            Self::MemberAdd { .. } => "member add",
            Self::MemberAccess { .. } => "member access",
            Self::GroupList { .. } => "group list",
            Self::GroupShow { .. } => "group show",
            Self::GroupMembers { .. } => "group members",
            Self::GroupCreate { .. } => "group create",
            Self::PolicyList { .. } => "policy list",
            Self::PolicyShow { .. } => "policy show",
            Self::DomainList => "domain list",
            Self::DomainAdd { .. } => "domain add",
            Self::DomainRemove { .. } => "domain remove",
            Self::ResourceGroupList => "resource-group list",
            Self::ResourceGroupShow { .. } => "resource-group show",
            Self::ResourceGroupCreate { .. } => "resource-group create",
            Self::ResourceGroupDelete { .. } => "resource-group delete",
            Self::Explain { .. } => "explain why",
            Self::Holders { .. } => "explain who",
        }
    }

    /// What its list is made of, for the schema's name.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::MemberList(_)
            | Self::MemberShow { .. }
            | Self::MemberAdd { .. }
            | Self::GroupMembers { .. } => "member",
            Self::MemberAccess { .. } => "access",
            Self::GroupList { .. } | Self::GroupShow { .. } | Self::GroupCreate { .. } => "group",
            Self::PolicyList { .. } | Self::PolicyShow { .. } => "policy",
            Self::DomainList | Self::DomainAdd { .. } | Self::DomainRemove { .. } => "domain",
            Self::ResourceGroupList
            | Self::ResourceGroupShow { .. }
            | Self::ResourceGroupCreate { .. }
            | Self::ResourceGroupDelete { .. } => "resource_group",
            Self::Explain { .. } => "explanation",
            Self::Holders { .. } => "holder",
        }
    }
}

impl Change {
    /// The command as it is typed, without its arguments.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MemberSet { .. } => "member set",
            Self::MemberActivate { .. } => "member reactivate",
            Self::MemberDeactivate { .. } => "member deactivate",
            Self::MemberRemove { .. } => "member remove",
            Self::GroupRename { .. } => "group rename",
            Self::GroupDelete { .. } => "group delete",
            Self::GroupAdd { .. } => "group add",
            Self::GroupRemove { .. } => "group remove",
            Self::PolicyAdd { .. } => "policy add",
            Self::PolicySet(_) => "policy set",
            Self::PolicyRemove { .. } => "policy remove",
            Self::ResourceGroupSet(_) => "resource-group set",
            Self::RoleSet(_) => "role set",
            Self::LegacyOn { .. } => "legacy on",
            Self::LegacyOff => "legacy off",
        }
    }
}
