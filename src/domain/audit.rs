//! What an audit row says: one for each change, in the words of Cloudflare's audit log v2.

mod reading;

use serde_json::Value;

use super::id::AuditId;

pub use reading::{
    AuditCondition, AuditField, AuditFilter, AuditFound, AuditLook, AuditRow, AuditSearch,
    AuditSource, AuditVerdict, ChainFault, ChainState,
};

/// Everything that can be done and is recorded. The name is `resource.verb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    AccountCreate,
    AccountUpdate,
    /// The names of legacy groups grant roles, or no longer do.
    LegacyOn,
    LegacyOff,
    ConnectionCreate,
    ConnectionUpdate,
    ConnectionPause,
    ConnectionResume,
    /// Its brake holds changes that wait for a decision.
    ConnectionBrake,
    ConnectionRelease,
    ConnectionDiscard,
    SsoConnectorCreate,
    SsoConnectorUpdate,
    SsoConnectorVerify,
    SsoConnectorDelete,
    TokenCreate,
    TokenUpdate,
    TokenRoll,
    TokenRevoke,
    RoleCreate,
    RoleUpdate,
    RoleDelete,
    RoleHide,
    RoleUnhide,
    MemberAdd,
    MemberUpdate,
    MemberDelete,
    MemberPolicies,
    GroupCreate,
    GroupUpdate,
    GroupDelete,
    GroupPolicies,
    /// Legacy groups became user groups.
    MigrationConvert,
    MigrationUndo,
    /// Old names ended.
    MigrationClose,
    ResourceGroupCreate,
    ResourceGroupUpdate,
    ResourceGroupDelete,
    DomainAdd,
    DomainRemove,
    /// A person changed their own name.
    UserUpdate,
    ScimUserCreate,
    ScimUserReplace,
    ScimUserUpdate,
    ScimUserDelete,
    ScimGroupCreate,
    ScimGroupReplace,
    ScimGroupUpdate,
    ScimGroupDelete,
    /// A request was refused for want of permission, or many for want of a good token.
    RequestDenied,
    BackupCreate,
    OperatorCreate,
    OperatorUpdate,
    OperatorDelete,
    OperatorLink,
    OperatorUnlink,
    PasswordChange,
    FactorsChange,
    SignIn,
    SignOut,
    SetupLinkCreate,
    SetupUpdate,
    LogRead,
    ServerStart,
    ClockStep,
    LogRetention,
}

/// The verb of an action, a closed enum of the SDKs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionType {
    Create,
    Update,
    Delete,
    View,
}

impl ActionType {
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::View => "view",
        }
    }
}

impl Action {
    /// What the log's reader sees.
    pub fn description(self) -> &'static str {
        match self {
            Self::AccountCreate => "Create Account",
            Self::AccountUpdate => "Update Account",
            Self::LegacyOn => "Switch Legacy Mapping On",
            Self::LegacyOff => "Switch Legacy Mapping Off",
            Self::ConnectionCreate => "Create Connection",
            Self::ConnectionUpdate => "Update Connection",
            Self::ConnectionPause => "Pause Connection",
            Self::ConnectionResume => "Resume Connection",
            Self::ConnectionBrake => "Hold Changes",
            Self::ConnectionRelease => "Release Held Changes",
            Self::ConnectionDiscard => "Discard Held Changes",
            Self::SsoConnectorCreate => "Create SSO Connector",
            Self::SsoConnectorUpdate => "Update SSO Connector",
            Self::SsoConnectorVerify => "Verify SSO Connector",
            Self::SsoConnectorDelete => "Delete SSO Connector",
            Self::TokenCreate => "Create Token",
            Self::TokenUpdate => "Update Token",
            Self::TokenRoll => "Roll Token",
            Self::TokenRevoke => "Revoke Token",
            Self::RoleCreate => "Create Role",
            Self::RoleUpdate => "Update Role",
            Self::RoleDelete => "Delete Role",
            Self::RoleHide => "Hide Role",
            Self::RoleUnhide => "Unhide Role",
            Self::MemberAdd => "Add Member",
            Self::MemberUpdate => "Update Member",
            Self::MemberDelete => "Remove Member",
            Self::MemberPolicies => "Replace Member Policies",
            Self::GroupCreate => "Create User Group",
            Self::GroupUpdate => "Update User Group",
            Self::GroupDelete => "Delete User Group",
            Self::GroupPolicies => "Replace User Group Policies",
            Self::MigrationConvert => "Convert Legacy Groups",
            Self::MigrationUndo => "Undo Legacy Migration",
            Self::MigrationClose => "Close Legacy Migration",
            Self::ResourceGroupCreate => "Create Resource Group",
            Self::ResourceGroupUpdate => "Update Resource Group",
            Self::ResourceGroupDelete => "Delete Resource Group",
            Self::DomainAdd => "Add Domain",
            Self::DomainRemove => "Remove Domain",
            Self::UserUpdate => "Update User",
            Self::ScimUserCreate => "Create SCIM User",
            Self::ScimUserReplace => "Replace SCIM User",
            Self::ScimUserUpdate => "Update SCIM User",
            Self::ScimUserDelete => "Delete SCIM User",
            Self::ScimGroupCreate => "Create SCIM Group",
            Self::ScimGroupReplace => "Replace SCIM Group",
            Self::ScimGroupUpdate => "Update SCIM Group",
            Self::ScimGroupDelete => "Delete SCIM Group",
            Self::RequestDenied => "Deny Request",
            Self::BackupCreate => "Create Backup",
            Self::OperatorCreate => "Create Operator",
            Self::OperatorUpdate => "Update Operator",
            Self::OperatorDelete => "Delete Operator",
            Self::OperatorLink => "Link Operator to Account",
            Self::OperatorUnlink => "Unlink Operator from Account",
            Self::PasswordChange => "Change Password",
            Self::FactorsChange => "Change Second Factor",
            Self::SignIn => "Sign In",
            Self::SignOut => "Sign Out",
            Self::SetupLinkCreate => "Create Setup Link",
            Self::SetupUpdate => "Update Setup",
            Self::LogRead => "Export Log",
            Self::ServerStart => "Start Server",
            Self::ClockStep => "Clock Stepped",
            Self::LogRetention => "Remove Old Log Rows",
        }
    }

    pub fn verb(self) -> ActionType {
        match self {
            Self::AccountCreate
            | Self::ConnectionCreate
            | Self::SsoConnectorCreate
            | Self::TokenCreate
            | Self::RoleCreate
            | Self::GroupCreate
            | Self::ResourceGroupCreate
            | Self::DomainAdd
            | Self::MemberAdd
            | Self::ScimUserCreate
            | Self::ScimGroupCreate
            | Self::OperatorCreate
            | Self::SignIn
            | Self::SetupLinkCreate
            | Self::BackupCreate => ActionType::Create,
            Self::AccountUpdate
            | Self::LegacyOn
            | Self::LegacyOff
            | Self::ConnectionUpdate
            | Self::ConnectionPause
            | Self::ConnectionResume
            | Self::TokenUpdate
            | Self::ConnectionBrake
            | Self::ConnectionRelease
            | Self::ConnectionDiscard
            | Self::SsoConnectorUpdate
            | Self::SsoConnectorVerify
            | Self::TokenRoll
            | Self::RoleUpdate
            | Self::RoleHide
            | Self::RoleUnhide
            | Self::MemberUpdate
            | Self::MemberPolicies
            | Self::GroupUpdate
            | Self::GroupPolicies
            | Self::MigrationConvert
            | Self::MigrationUndo
            | Self::MigrationClose
            | Self::ResourceGroupUpdate
            | Self::UserUpdate
            | Self::ScimUserReplace
            | Self::ScimUserUpdate
            | Self::ScimGroupReplace
            | Self::ScimGroupUpdate
            | Self::ServerStart
            | Self::OperatorUpdate
            | Self::OperatorLink
            | Self::OperatorUnlink
            | Self::PasswordChange
            | Self::FactorsChange
            | Self::SetupUpdate
            | Self::ClockStep => ActionType::Update,
            Self::TokenRevoke
            | Self::RoleDelete
            | Self::MemberDelete
            | Self::GroupDelete
            | Self::ResourceGroupDelete
            | Self::DomainRemove
            | Self::SsoConnectorDelete
            | Self::ScimUserDelete
            | Self::ScimGroupDelete
            | Self::OperatorDelete
            | Self::SignOut
            | Self::LogRetention => ActionType::Delete,
            Self::RequestDenied | Self::LogRead => ActionType::View,
        }
    }

    /// The kind of resource acted on.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::AccountCreate | Self::AccountUpdate | Self::LegacyOn | Self::LegacyOff => {
                "account"
            }
            Self::ConnectionCreate
            | Self::ConnectionUpdate
            | Self::ConnectionPause
            | Self::ConnectionResume
            | Self::ConnectionBrake
            | Self::ConnectionRelease
            | Self::ConnectionDiscard => "connection",
            Self::SsoConnectorCreate
            | Self::SsoConnectorUpdate
            | Self::SsoConnectorVerify
            | Self::SsoConnectorDelete => "sso_connector",
            Self::RoleCreate
            | Self::RoleUpdate
            | Self::RoleDelete
            | Self::RoleHide
            | Self::RoleUnhide => "role",
            Self::MemberAdd | Self::MemberUpdate | Self::MemberDelete | Self::MemberPolicies => {
                "member"
            }
            Self::GroupCreate | Self::GroupUpdate | Self::GroupDelete | Self::GroupPolicies => {
                "user_group"
            }
            Self::MigrationConvert | Self::MigrationUndo | Self::MigrationClose => {
                "legacy_migration"
            }
            Self::ResourceGroupCreate | Self::ResourceGroupUpdate | Self::ResourceGroupDelete => {
                "resource_group"
            }
            Self::DomainAdd | Self::DomainRemove => "domain",
            Self::TokenCreate | Self::TokenUpdate | Self::TokenRoll | Self::TokenRevoke => "token",
            Self::UserUpdate => "user",
            Self::ScimUserCreate
            | Self::ScimUserReplace
            | Self::ScimUserUpdate
            | Self::ScimUserDelete => "scim_user",
            Self::ScimGroupCreate
            | Self::ScimGroupReplace
            | Self::ScimGroupUpdate
            | Self::ScimGroupDelete => "scim_group",
            Self::RequestDenied => "request",
            Self::BackupCreate => "backup",
            Self::OperatorCreate
            | Self::OperatorUpdate
            | Self::OperatorDelete
            | Self::OperatorLink
            | Self::OperatorUnlink
            | Self::PasswordChange
            | Self::FactorsChange => "operator",
            Self::SignIn | Self::SignOut => "session",
            Self::SetupLinkCreate | Self::SetupUpdate => "setup",
            Self::LogRead | Self::LogRetention => "log",
            Self::ServerStart | Self::ClockStep => "server",
        }
    }

    /// The part of the product, for the filter of the same name.
    pub fn product(self) -> &'static str {
        match self {
            Self::AccountCreate | Self::AccountUpdate | Self::LegacyOn | Self::LegacyOff => {
                "accounts"
            }
            Self::RoleCreate
            | Self::RoleUpdate
            | Self::RoleDelete
            | Self::RoleHide
            | Self::RoleUnhide => "roles",
            Self::MemberAdd
            | Self::MemberUpdate
            | Self::MemberDelete
            | Self::MemberPolicies
            | Self::UserUpdate => "members",
            Self::GroupCreate
            | Self::GroupUpdate
            | Self::GroupDelete
            | Self::GroupPolicies
            | Self::MigrationConvert
            | Self::MigrationUndo
            | Self::MigrationClose => "user_groups",
            Self::ResourceGroupCreate
            | Self::ResourceGroupUpdate
            | Self::ResourceGroupDelete
            | Self::DomainAdd
            | Self::DomainRemove => "resource_groups",
            Self::TokenCreate | Self::TokenUpdate | Self::TokenRoll | Self::TokenRevoke => "tokens",
            Self::ScimUserCreate
            | Self::ScimUserReplace
            | Self::ScimUserUpdate
            | Self::ScimUserDelete
            | Self::ScimGroupCreate
            | Self::ScimGroupReplace
            | Self::ScimGroupUpdate
            | Self::ScimGroupDelete
            | Self::ConnectionCreate
            | Self::ConnectionUpdate
            | Self::ConnectionPause
            | Self::ConnectionResume
            | Self::ConnectionBrake
            | Self::ConnectionRelease
            | Self::ConnectionDiscard => "scim",
            Self::SsoConnectorCreate
            | Self::SsoConnectorUpdate
            | Self::SsoConnectorVerify
            | Self::SsoConnectorDelete => "sso",
            Self::OperatorCreate
            | Self::OperatorUpdate
            | Self::OperatorDelete
            | Self::OperatorLink
            | Self::OperatorUnlink
            | Self::PasswordChange
            | Self::FactorsChange
            | Self::SignIn
            | Self::SignOut
            | Self::SetupLinkCreate
            | Self::SetupUpdate => "operators",
            Self::RequestDenied
            | Self::BackupCreate
            | Self::LogRead
            | Self::LogRetention
            | Self::ServerStart
            | Self::ClockStep => "system",
        }
    }
}

/// A change, as a use case reports it. The store adds time, actor, request and chain.
#[derive(Debug, Clone)]
pub struct Event {
    pub action: Action,
    /// The id of what was acted on, as its door prints it.
    pub resource_id: String,
    /// A name a person recognizes it by.
    pub resource_name: String,
    /// What changed, without secrets; `null` when there was, or is, nothing.
    pub before: Value,
    pub after: Value,
    /// False when it was refused.
    pub success: bool,
}

impl Event {
    pub fn new(action: Action, id: impl ToString, name: impl Into<String>) -> Self {
        Self {
            action,
            resource_id: id.to_string(),
            resource_name: name.into(),
            before: Value::Null,
            after: Value::Null,
            success: true,
        }
    }

    #[must_use]
    pub fn before(mut self, before: Value) -> Self {
        self.before = before;
        self
    }

    #[must_use]
    pub fn after(mut self, after: Value) -> Self {
        self.after = after;
        self
    }

    #[must_use]
    pub fn refused(mut self) -> Self {
        self.success = false;
        self
    }
}
