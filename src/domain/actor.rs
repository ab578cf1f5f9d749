//! On whose authority a transaction runs, and from where.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use super::connection::ConnectionSettings;
use super::connection::ProviderKind;
use super::error::{Error, Result};
use super::id::{ConnectionId, MemberId, OperatorId, RequestId, SessionId, TokenId};
use super::reason::Reason;
use super::token::Grants;

/// What a use case asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Read people and groups over SCIM.
    ScimRead,
    /// Read over SCIM what the server offers, and the token's own owner.
    ScimReadOwn,
    /// Change people and groups over SCIM.
    ScimWrite,
    /// Make, change and delete the account's own roles, and hide built-in ones. To read roles is
    /// `DirectoryRead`.
    RolesWrite,
    /// Read the server's metrics.
    MetricsRead,
    /// Any credential that is good: to ask what it is.
    TokenVerify,
    /// Read the account and its settings.
    AccountRead,
    /// Change the account's name and settings.
    AccountWrite,
    /// Read members, roles, permission groups, resource groups and user groups.
    DirectoryRead,
    /// Change members, roles, resource groups and user groups. Which roles may be given is a
    /// question of what the caller holds.
    DirectoryWrite,
    /// Read the account's tokens, never their secrets.
    TokensRead,
    /// Make, change, roll and end the account's tokens.
    TokensWrite,
    /// Read SSO connectors.
    SsoRead,
    /// Change SSO connectors.
    SsoWrite,
    /// Read the audit log, the provisioning log and the connections' health.
    LogsRead,
    /// Read the token's own owner.
    UserRead,
    /// Change the token's own owner.
    UserWrite,
    /// Read the memberships of the token's owner.
    MembershipsRead,
    /// Accept, refuse or end the memberships of the token's owner.
    MembershipsWrite,
    /// Read the tokens of the token's owner.
    UserTokensRead,
    /// Make, change, roll and end the tokens of the token's owner.
    UserTokensWrite,
    /// Make, change and decide about connections, and how providers are treated. No token holds
    /// it.
    ConnectionsWrite,
    /// Make, roll and end any token of the account, those of connections too, whatever it gives.
    /// No token holds it.
    TokensAdminister,
    /// What is an operator's own: settings, password, factors, sessions.
    OwnOperator,
    /// Everything about the box: accounts, operators, TLS, logs, backups. Held by the local
    /// command line and by operators who are box administrators.
    BoxAdministration,
}

impl Permission {
    pub fn name(self) -> &'static str {
        match self {
            Self::ScimRead => "read SCIM resources",
            Self::ScimReadOwn => "read its owner over SCIM",
            Self::ScimWrite => "change SCIM resources",
            Self::RolesWrite => "change roles",
            Self::MetricsRead => "read metrics",
            Self::TokenVerify => "be verified",
            Self::AccountRead => "read the account",
            Self::AccountWrite => "change the account",
            Self::DirectoryRead => "read members, roles and groups",
            Self::DirectoryWrite => "change members, roles and groups",
            Self::TokensRead => "read the account's tokens",
            Self::TokensWrite => "change the account's tokens",
            Self::SsoRead => "read SSO connectors",
            Self::SsoWrite => "change SSO connectors",
            Self::LogsRead => "read logs and connections",
            Self::UserRead => "read its owner",
            Self::UserWrite => "change its owner",
            Self::MembershipsRead => "read its owner's memberships",
            Self::MembershipsWrite => "change its owner's memberships",
            Self::UserTokensRead => "read its owner's tokens",
            Self::UserTokensWrite => "change its owner's tokens",
            Self::ConnectionsWrite => "change connections",
            Self::TokensAdminister => "make, roll, switch off or revoke tokens",
            Self::OwnOperator => "change an operator's own settings",
            Self::BoxAdministration => "administer the server",
        }
    }

    /// What to use instead of a token that may not.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::ScimRead | Self::ScimReadOwn => {
                "use one with SCIM Provisioning: Edit, or with Account Settings: Read"
            }
            Self::ScimWrite => "use one with SCIM Provisioning: Edit",
            Self::MetricsRead | Self::AccountRead | Self::LogsRead => {
                "use one with Account Settings: Read"
            }
            Self::TokenVerify => "use another one",
            Self::AccountWrite | Self::RolesWrite => {
                "use one with Account Settings: Edit (Write in the API)"
            }
            Self::DirectoryRead => {
                "use one with SCIM Provisioning: Edit, or with Account Settings: Read or Edit"
            }
            Self::DirectoryWrite => {
                "use one with SCIM Provisioning: Edit or Account Settings: Edit (Write in the API)"
            }
            Self::TokensRead => "use one with Account API Tokens: Read",
            Self::TokensWrite => "use one with Account API Tokens: Edit (Write in the API)",
            Self::SsoRead => "use one with SSO Connector: Read",
            Self::SsoWrite => "use one with SSO Connector: Edit (Write in the API)",
            Self::UserRead => "use a member's token with User Details Read",
            Self::UserWrite => "use a member's token with User Details Write",
            Self::MembershipsRead => "use a member's token with Memberships Read",
            Self::MembershipsWrite => "use a member's token with Memberships Write",
            Self::UserTokensRead => "use a member's token with API Tokens Read",
            Self::UserTokensWrite => "use a member's token with API Tokens Write",
            Self::ConnectionsWrite
            | Self::TokensAdminister
            | Self::OwnOperator
            | Self::BoxAdministration => "use the console, or the command line on the server",
        }
    }
}

/// What the roles of a member let a token of theirs do in the account, whatever the token's own
/// policies say, and whichever door it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemberRights {
    /// See the account, and work on what is their own.
    Own,
    /// Read everything.
    Reads,
    /// Change everything but tokens.
    Administers,
    Everything,
}

impl MemberRights {
    pub const ALL: [Self; 4] = [Self::Own, Self::Reads, Self::Administers, Self::Everything];

    /// What the database calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Reads => "reads",
            Self::Administers => "administers",
            Self::Everything => "everything",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rights| rights.name() == name)
    }

    pub fn allow(self, permission: Permission) -> bool {
        match permission {
            Permission::ScimReadOwn
            | Permission::TokenVerify
            | Permission::AccountRead
            | Permission::UserRead
            | Permission::UserWrite
            | Permission::MembershipsRead
            | Permission::MembershipsWrite
            | Permission::UserTokensRead
            | Permission::UserTokensWrite => true,
            Permission::MetricsRead
            | Permission::ScimRead
            | Permission::DirectoryRead
            | Permission::TokensRead
            | Permission::SsoRead
            | Permission::LogsRead => self >= Self::Reads,
            Permission::AccountWrite
            | Permission::ScimWrite
            | Permission::DirectoryWrite
            | Permission::RolesWrite
            | Permission::SsoWrite => self >= Self::Administers,
            Permission::TokensWrite => self == Self::Everything,
            Permission::ConnectionsWrite
            | Permission::TokensAdminister
            | Permission::OwnOperator
            | Permission::BoxAdministration => false,
        }
    }

    /// The same of an operator at the console. Nothing there is a member's own: without a role
    /// they see nothing of the account, and SCIM is no door of theirs.
    pub fn allow_at_console(self, permission: Permission) -> bool {
        match permission {
            Permission::ScimRead
            | Permission::AccountRead
            | Permission::DirectoryRead
            | Permission::TokensRead
            | Permission::SsoRead
            | Permission::LogsRead => self >= Self::Reads,
            Permission::AccountWrite
            | Permission::DirectoryWrite
            | Permission::RolesWrite
            | Permission::SsoWrite
            | Permission::ConnectionsWrite => self >= Self::Administers,
            Permission::TokensWrite | Permission::TokensAdminister => self == Self::Everything,
            Permission::ScimReadOwn
            | Permission::ScimWrite
            | Permission::TokenVerify
            | Permission::MetricsRead
            | Permission::UserRead
            | Permission::UserWrite
            | Permission::MembershipsRead
            | Permission::MembershipsWrite
            | Permission::UserTokensRead
            | Permission::UserTokensWrite
            | Permission::OwnOperator
            | Permission::BoxAdministration => false,
        }
    }

    /// All roles that allow it at the console, in words, the least first; none of what no role
    /// gives.
    pub fn roles_for(permission: Permission) -> Vec<&'static str> {
        let names = [
            (Self::Reads, "Administrator Read Only"),
            (Self::Administers, "Administrator"),
            (Self::Everything, "Super Administrator - All Privileges"),
        ];
        let allowing = names
            .into_iter()
            .filter(|(rights, _)| rights.allow_at_console(permission));
        allowing.map(|(_, name)| name).collect()
    }
}

/// Who acts. There is no anonymous actor.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A client with a token, on a connection.
    Client(Client),
    /// Somebody who is signed in to the console.
    Operator(SignedIn),
    /// The command line of this machine, as the operating system's user.
    Cli { user: String },
    /// Provost itself; says why.
    System { why: &'static str },
}

/// A client that authenticated with a token, as it was at that moment.
#[derive(Debug, Clone)]
pub struct Client {
    pub token: TokenId,
    pub token_name: String,
    /// Which of the token's secrets was used: its last four characters.
    pub secret_hint: String,
    /// Who owns the token, when a member does.
    pub member: Option<MemberId>,
    /// That member's userName.
    pub member_name: Option<String>,
    /// What that member's roles let the token do.
    pub rights: Option<MemberRights>,
    pub grants: Grants,
    pub connection: ConnectionId,
    pub connection_name: String,
    pub connection_kind: ProviderKind,
    pub settings: ConnectionSettings,
}

/// An operator at the console, as they were when the transaction began.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub operator: OperatorId,
    pub email: String,
    pub session: SessionId,
    pub box_administrator: bool,
    /// They must have a second factor and have none: before they set one up they may do nothing
    /// but that (T-25).
    pub factor_missing: bool,
    /// Their member in the transaction's account.
    pub member: Option<MemberId>,
    /// What that member's roles amount to; `None` without an account, or without a member there.
    pub rights: Option<MemberRights>,
}

/// What decides of all that an operator may do, for use cases and for what a page offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    pub rights: Option<MemberRights>,
    pub box_administrator: bool,
    pub factor_missing: bool,
}

impl Standing {
    pub fn allows(self, permission: Permission) -> bool {
        match permission {
            Permission::OwnOperator => true,
            _ if self.factor_missing => false,
            Permission::BoxAdministration => self.box_administrator,
            other => self
                .rights
                .is_some_and(|rights| rights.allow_at_console(other)),
        }
    }
}

impl SignedIn {
    fn allows(&self, permission: Permission) -> bool {
        self.standing().allows(permission)
    }

    pub fn standing(&self) -> Standing {
        Standing {
            rights: self.rights,
            box_administrator: self.box_administrator,
            factor_missing: self.factor_missing,
        }
    }

    fn refusal(&self, permission: Permission) -> Error {
        if self.factor_missing {
            return factor_needed();
        }
        let roles = MemberRights::roles_for(permission);
        let message = match roles.split_last() {
            Some((last, others)) => {
                let roles = match others {
                    [] => format!("the role {last}"),
                    others => format!("one of the roles {} or {last}", others.join(", ")),
                };
                format!(
                    "You may not {}: that takes {roles}; ask somebody who is Super Administrator \
                     of this account.",
                    permission.name()
                )
            }
            None => format!(
                "You may not {}: that is for operators who are server administrators; ask one of \
                 them.",
                permission.name()
            ),
        };
        Error::forbidden(Reason::PermissionMissing, message)
    }
}

/// Nothing goes before the second factor.
pub fn factor_needed() -> Error {
    Error::forbidden(
        Reason::FactorNeeded,
        "Super Administrators and server administrators sign in with a second factor, and you have \
         none; set up an authenticator first.",
    )
}

impl Actor {
    pub fn allows(&self, permission: Permission) -> bool {
        match self {
            Self::Client(client) => {
                client.grants.allow(permission)
                    && client.rights.is_none_or(|rights| rights.allow(permission))
            }
            Self::Operator(operator) => operator.allows(permission),
            Self::Cli { .. } | Self::System { .. } => true,
        }
    }

    /// Errors: `Forbidden`, with what to use instead.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.allows(permission) {
            return Ok(());
        }
        if let Self::Operator(operator) = self {
            return Err(operator.refusal(permission));
        }
        if let Self::Client(client) = self
            && client.grants.allow(permission)
        {
            return Err(Error::forbidden(
                Reason::PermissionMissing,
                format!(
                    "This token would let its owner {}, and no role of theirs does; give them a \
                     role such as Administrator first.",
                    permission.name()
                ),
            ));
        }
        Err(Error::forbidden(
            Reason::PermissionMissing,
            format!(
                "This token may not {}; {}.",
                permission.name(),
                permission.remedy()
            ),
        ))
    }

    /// The member who owns the token that acts.
    ///
    /// Errors: `Forbidden` for everybody else.
    pub fn own_member(&self) -> Result<MemberId> {
        let member = match self {
            Self::Client(client) => client.member,
            Self::Operator(_) | Self::Cli { .. } | Self::System { .. } => None,
        };
        member.ok_or_else(|| {
            Error::forbidden(
                Reason::PermissionMissing,
                "This token belongs to no member and so has no user; use a member's own token \
                 (pvu_…), or the routes below /accounts/{account_id}.",
            )
        })
    }

    /// The connection that a change comes through.
    pub fn connection(&self) -> Option<ConnectionId> {
        match self {
            Self::Client(client) => Some(client.connection),
            Self::Operator(_) | Self::Cli { .. } | Self::System { .. } => None,
        }
    }

    /// The operator who is signed in.
    ///
    /// Errors: `Forbidden` for everybody else.
    pub fn own_operator(&self) -> Result<&SignedIn> {
        match self {
            Self::Operator(operator) => Ok(operator),
            Self::Client(_) | Self::Cli { .. } | Self::System { .. } => Err(Error::forbidden(
                Reason::PermissionMissing,
                "This caller is no operator who is signed in; use the console.",
            )),
        }
    }
}

/// The request or command that a transaction serves, for the logs. Holds no secret and no
/// query string: filters name people. Copies are cheap: each request has some.
#[derive(Debug, Clone)]
pub struct Request {
    pub id: RequestId,
    /// The HTTP method, or `CLI`.
    pub method: Cow<'static, str>,
    /// The path without its query, or the command.
    pub uri: Arc<str>,
    pub user_agent: Arc<str>,
    pub address: Option<IpAddr>,
    /// When it arrived: microseconds of a clock that never goes back, for durations.
    pub started_us: u64,
}

#[cfg(test)]
mod tests;
