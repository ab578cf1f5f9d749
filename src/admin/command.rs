//! What can be asked over the local door, with its arguments as they were typed; whoever
//! carries a command out parses them.

mod directory;
mod legacy;
mod operators;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::brake::HeldState;
use crate::domain::connection::{ProviderKind, SettingsChange};
use crate::domain::id::AccountId;
use crate::domain::token::{AddressCondition, TokenTemplate};

pub use operators::{NewOperator, OperatorCommand};

pub use directory::{
    Change, DirectoryCommand, HolderKind, HolderSpec, MemberQuery, PolicySet, PolicySpec,
    ResourceGroupSet, access,
};
pub use legacy::LegacyCommand;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Who answers, and which version.
    Hello,
    AccountCreate {
        name: String,
        id: Option<AccountId>,
    },
    AccountList,
    AccountShow,
    AccountSet {
        name: Option<String>,
        reserved_prefix: Option<String>,
    },
    ConnectionCreate {
        kind: ProviderKind,
        name: String,
        settings: SettingsChange,
    },
    ConnectionList,
    ConnectionShow {
        connection: String,
    },
    ConnectionSet {
        connection: String,
        name: Option<String>,
        settings: SettingsChange,
    },
    ConnectionPause {
        connection: String,
    },
    ConnectionResume {
        connection: String,
    },
    ConnectionHeld {
        connection: String,
    },
    /// What becomes of held changes: see `domain::brake::HeldSelection`.
    ConnectionDecide {
        connection: String,
        /// Released or discarded.
        state: HeldState,
        targets: Vec<String>,
        until_ms: Option<i64>,
    },
    Sso(SsoCommand),
    TokenCreate(NewToken),
    TokenList,
    TokenShow {
        token: String,
    },
    TokenRoll {
        token: String,
        /// How long the old secret stays good, in milliseconds; 0: not at all.
        overlap_ms: i64,
    },
    TokenRevoke {
        token: String,
    },
    Operator(OperatorCommand),
    Directory(DirectoryCommand),
    Legacy(LegacyCommand),
    /// Makes the change.
    Change(Change),
    /// Says what the change would do to people's access; changes nothing.
    Preview(Change),
    RoleList {
        /// Those that the account hides too.
        hidden: bool,
        /// The account's own alone.
        own: bool,
    },
    RoleShow {
        role: String,
    },
    RoleCreate(NewRole),
    RoleDelete {
        role: String,
    },
    RoleHide {
        role: String,
    },
    RoleUnhide {
        role: String,
    },
    AuditList {
        window: Window,
        action: Option<String>,
        since_ms: Option<i64>,
    },
    AuditShow {
        id: String,
    },
    AuditExport {
        since_ms: Option<i64>,
    },
    AuditVerify,
    LogList {
        window: Window,
        filter: LogFilter,
    },
    LogShow {
        id: String,
    },
    LogExport {
        filter: LogFilter,
    },
    /// `None`: a new file in the data folder's `backups`.
    BackupCreate {
        file: Option<PathBuf>,
    },
    BackupVerify {
        file: PathBuf,
    },
    DbCheck,
}

/// About the e-mail domains of an account; each by its name or id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SsoCommand {
    List,
    Create { domain: String },
    Show { domain: String },
    Set { domain: String, enabled: bool },
    Verify { domain: String },
    Delete { domain: String },
}

/// Which rows of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The newest rows, at most this many, oldest of them first.
    Last(u32),
    /// What came after that row, oldest first.
    After(i64),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct LogFilter {
    /// Id or name.
    pub connection: Option<String>,
    /// A name of `domain::provisioning::Outcome`.
    pub outcome: Option<String>,
    /// Milliseconds since 1970, UTC: rows of then or later.
    pub since_ms: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewToken {
    pub name: String,
    pub template: TokenTemplate,
    /// Id or name of the connection that owns it; `None`: the account does.
    pub connection: Option<String>,
    /// Id or userName of the member who owns it, in place of a connection.
    #[serde(default)]
    pub member: Option<String>,
    pub expires: Expires,
    /// Milliseconds since 1970, UTC.
    pub not_before_ms: Option<i64>,
    pub addresses: AddressCondition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expires {
    /// This many days from now.
    Days(i64),
    /// At this instant, in milliseconds since 1970, UTC.
    At(i64),
    Never,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NewMember {
    pub user_name: String,
    pub email: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub display_name: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewRole {
    pub name: String,
    pub description: String,
    /// `account` or `domains`.
    pub scope: String,
    /// Each `resource:action`.
    pub permissions: Vec<String>,
}

/// What becomes of an own role; `None` stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RoleSet {
    /// Either id, or the name.
    pub role: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub scope: Option<String>,
    /// All it is to have, instead of those to add and to remove.
    pub permissions: Option<Vec<String>>,
    pub add: Vec<String>,
    pub remove: Vec<String>,
}

impl Command {
    /// The command as it is typed, without its arguments.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::AccountCreate { .. } => "account create",
            Self::AccountList => "account list",
            Self::AccountShow => "account show",
            Self::AccountSet { .. } => "account set",
            Self::ConnectionCreate { .. } => "connection create",
            Self::ConnectionList => "connection list",
            Self::ConnectionShow { .. } => "connection show",
            Self::ConnectionSet { .. } => "connection set",
            Self::ConnectionPause { .. } => "connection pause",
            Self::ConnectionResume { .. } => "connection resume",
            Self::ConnectionHeld { .. } => "connection held",
            Self::ConnectionDecide { state, .. } => match state {
                HeldState::Released => "connection release",
                HeldState::Held | HeldState::Discarded => "connection discard",
            },
            Self::Sso(command) => match command {
                SsoCommand::List => "sso list",
                SsoCommand::Create { .. } => "sso create",
                SsoCommand::Show { .. } => "sso show",
                SsoCommand::Set { .. } => "sso set",
                SsoCommand::Verify { .. } => "sso verify",
                SsoCommand::Delete { .. } => "sso delete",
            },
            Self::TokenCreate(_) => "token create",
            Self::TokenList => "token list",
            Self::TokenShow { .. } => "token show",
            Self::TokenRoll { .. } => "token roll",
            Self::TokenRevoke { .. } => "token revoke",
            Self::Operator(command) => command.name(),
            Self::Directory(command) => command.name(),
            Self::Legacy(command) => command.name(),
            Self::Change(change) | Self::Preview(change) => change.name(),
            Self::RoleList { .. } => "role list",
            Self::RoleShow { .. } => "role show",
            Self::RoleCreate(_) => "role create",
            Self::RoleDelete { .. } => "role delete",
            Self::RoleHide { .. } => "role hide",
            Self::RoleUnhide { .. } => "role unhide",
            Self::AuditList { .. } => "audit tail",
            Self::AuditShow { .. } => "audit show",
            Self::AuditExport { .. } => "audit export",
            Self::AuditVerify => "audit verify",
            Self::LogList { .. } => "log tail",
            Self::LogShow { .. } => "log show",
            Self::LogExport { .. } => "log export",
            Self::BackupCreate { .. } => "backup create",
            Self::BackupVerify { .. } => "backup verify",
            Self::DbCheck => "db check",
        }
    }
}
