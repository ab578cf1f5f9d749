//! What is answered over the local door: the nouns as an administrator sees them, with instants
//! as RFC 3339 texts. The field names are those of the `json` output.

mod access;
mod brake;
mod groups;
mod legacy;
mod members;
mod operators;
mod policies;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::domain::account::Account;
use crate::domain::audit::{AuditRow, AuditVerdict};
use crate::domain::catalogue;
use crate::domain::connection::{
    Connection, ConnectionHealth, ConnectionSettings, HourSums, ProviderKind,
};
use crate::domain::id::{
    AccountId, AuditId, ConnectionId, PermissionGroupId, PolicyId, RoleId, TokenId,
};
use crate::domain::instant::print_ms;
use crate::domain::provisioning::ProvisioningRow;
use crate::domain::role::custom::RolePermission;
use crate::domain::role::{Role, RoleAccess, RoleHolder, RoleScope, RoleUse};
use crate::domain::token::{AddressCondition, Token, TokenSecret};

pub use access::{
    AccessView, DifferenceView, EdgeView, ExplanationView, PathView, PreviewedView, roles_text,
};
pub use brake::{DecidedView, HeldView, SsoView};
pub use groups::GroupView;
pub use legacy::{DetectedView, LegacyReply, PEOPLE_PER_PART};
pub use members::{MemberView, PersonView};
pub use operators::{AloneView, LinkView, OperatorView};
pub use policies::{Named, Names, PolicyView, ResourceGroupView, ScopeView};

/// One item of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Server(ServerView),
    Account(AccountView),
    Connection(ConnectionView),
    Token(TokenView),
    Held(HeldView),
    Decided(DecidedView),
    Sso(SsoView),
    Issued(Box<IssuedView>),
    Operator(OperatorView),
    /// A link that is opened once.
    Link(Box<LinkView>),
    Member(Box<MemberView>),
    Group(Box<GroupView>),
    Policy(Box<PolicyView>),
    /// A domain of the account.
    Domain(Named),
    ResourceGroup(Box<ResourceGroupView>),
    /// One role of a member.
    Access(Box<AccessView>),
    /// Somebody who holds the role that was asked about.
    Holder(Box<AccessView>),
    Explanation(Box<ExplanationView>),
    Difference(Box<DifferenceView>),
    Previewed(PreviewedView),
    Role(Box<RoleView>),
    Legacy(Box<LegacyReply>),
    AuditEntry(AuditView),
    AuditVerdict(VerdictView),
    LogRow(Box<LogView>),
    Backup(BackupView),
    Finding(FindingView),
    Checked(CheckedView),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerView {
    pub version: String,
    pub base_url: String,
}

impl ServerView {
    pub fn new(version: &str, base_url: &str) -> Self {
        Self {
            version: version.to_owned(),
            base_url: base_url.to_owned(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccountView {
    pub id: AccountId,
    pub name: String,
    pub reserved_prefix: String,
    pub members: i64,
    pub groups: i64,
    pub created: String,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            name: account.name,
            reserved_prefix: account.reserved_prefix,
            members: account.member_count,
            groups: account.group_count,
            created: print_ms(account.created_ms),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConnectionView {
    pub id: ConnectionId,
    pub account: AccountId,
    pub kind: ProviderKind,
    pub name: String,
    pub paused: bool,
    pub built_in: bool,
    pub settings: ConnectionSettings,
    /// What the provider is given as its base URL.
    pub base_url: String,
    pub created: String,
    pub last_request: Option<String>,
    pub last_write: Option<String>,
    /// Requests of the last 24 hours, those among them refused or failed, in per mille.
    pub requests_24h: i64,
    pub errors_per_mille_24h: Option<i64>,
    /// Changes that the brake holds and nobody has decided of, and since when there are any.
    pub held: i64,
    pub held_since: Option<String>,
    /// Of its tokens, those that were rolled and whose old secret still works.
    pub rolled_tokens: Vec<RolledToken>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RolledToken {
    pub id: TokenId,
    pub name: String,
    pub old_works_until: String,
}

impl RolledToken {
    /// Nothing of one that was not rolled, or whose old secret works no more.
    pub fn of(token: &Token, now_ms: i64) -> Option<Self> {
        let until_ms = token.old_works_until_ms(now_ms)?;
        Some(Self {
            id: token.id,
            name: token.name.clone(),
            old_works_until: print_ms(until_ms),
        })
    }
}

impl ConnectionView {
    /// `server_url` is how the server is reached, without a slash at the end.
    pub fn new(
        connection: Connection,
        health: &ConnectionHealth,
        account: AccountId,
        server_url: &str,
    ) -> Self {
        Self {
            id: connection.id,
            account,
            kind: connection.kind,
            name: connection.name,
            paused: connection.paused,
            built_in: connection.built_in,
            settings: connection.settings,
            base_url: format!("{server_url}/client/v4/accounts/{account}/scim/v2"),
            created: print_ms(connection.created_ms),
            last_request: health.last_request_ms.map(print_ms),
            last_write: health.last_write_ms.map(print_ms),
            requests_24h: health.hours.iter().map(HourSums::requests).sum(),
            errors_per_mille_24h: health.error_per_mille(),
            held: health.held,
            held_since: health.held_since_ms.map(print_ms),
            rolled_tokens: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenView {
    pub id: TokenId,
    pub name: String,
    /// `connection`, `account` or `member`.
    pub owner: String,
    pub connection: Option<String>,
    /// The last four characters of the newest secret.
    pub hint: String,
    pub permission_groups: Vec<String>,
    pub disabled: bool,
    /// `active`, `not_yet_valid`, `disabled`, `expired`, or `revoked` where that was just done.
    pub state: String,
    pub not_before: Option<String>,
    pub expires: Option<String>,
    /// Until when the secret works that the newest replaced; `None` where it does no more.
    pub old_works_until: Option<String>,
    pub addresses: AddressCondition,
    pub created: String,
    pub last_used: Option<String>,
    pub last_used_address: Option<String>,
}

impl TokenView {
    pub fn new(token: Token, now_ms: i64) -> Self {
        let group_name = |id| {
            let known = catalogue::token_permission_group(id);
            known.map_or_else(|| id.to_string(), |group| group.name.clone())
        };
        let old_works_until = token.old_works_until_ms(now_ms).map(print_ms);
        let state = token.state(now_ms).name().to_owned();
        Self {
            id: token.id,
            name: token.name,
            owner: token.owner.name().to_owned(),
            connection: token.connection,
            hint: token.hint,
            permission_groups: token
                .permission_groups
                .into_iter()
                .map(group_name)
                .collect(),
            disabled: token.validity.disabled,
            state,
            not_before: token.validity.not_before_ms.map(print_ms),
            expires: token.validity.expires_ms.map(print_ms),
            old_works_until,
            addresses: token.validity.addresses,
            created: print_ms(token.created_ms),
            last_used: token.last_used_ms.map(print_ms),
            last_used_address: token.last_used_address,
        }
    }
}

/// A secret on its one way from the server to whoever asked for it.
#[derive(Deserialize)]
#[serde(from = "String")]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&TokenSecret> for Secret {
    fn from(secret: &TokenSecret) -> Self {
        Self(Zeroizing::new(secret.reveal().to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The type itself is not serializable, so that no log or audit row takes it along; the
/// answer to whoever issued it names this function.
fn reveal<S: serde::Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.reveal())
}

/// A token with its secret, and the connection that was made with it.
#[derive(Debug, Serialize, Deserialize)]
pub struct IssuedView {
    #[serde(serialize_with = "reveal")]
    pub secret: Secret,
    pub token: TokenView,
    pub account: AccountView,
    pub connection: Option<ConnectionView>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleView {
    pub name: String,
    /// Not there for built-in roles on domains and resources.
    pub id: Option<RoleId>,
    pub permission_group: PermissionGroupId,
    pub label: String,
    pub description: String,
    pub scope: RoleScope,
    pub category: String,
    pub access: Option<RoleAccess>,
    pub built_in: bool,
    pub hidden: bool,
    pub aliases: Vec<String>,
    /// Of an own role, each `resource:action`.
    pub permissions: Vec<String>,
    pub created: Option<String>,
    pub modified: Option<String>,
    /// How many policies name it, where an own role is shown alone, and the first of them.
    pub policies: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<RoleUseView>,
}

/// A policy that names a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleUseView {
    pub policy: PolicyId,
    /// `member` or `group`.
    pub kind: String,
    /// The API's id.
    pub id: String,
    pub name: String,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        let texts = role.permissions.iter().map(RolePermission::as_str);
        Self {
            permissions: texts.map(ToOwned::to_owned).collect(),
            name: role.name,
            id: role.id,
            permission_group: role.permission_group,
            label: role.label,
            description: role.description,
            scope: role.scope,
            category: role.category,
            access: role.access,
            built_in: role.built_in,
            hidden: role.hidden,
            aliases: role.aliases,
            created: role.created_ms.map(print_ms),
            modified: role.modified_ms.map(print_ms),
            policies: None,
            used_by: Vec::new(),
        }
    }
}

impl From<RoleUse> for RoleUseView {
    fn from(one: RoleUse) -> Self {
        let (kind, id, name) = match one.holder {
            RoleHolder::Member { id, user_name } => ("member", id.to_string(), user_name),
            RoleHolder::Group { id, name } => ("group", id.to_string(), name),
        };
        Self {
            policy: one.policy,
            kind: kind.to_owned(),
            id,
            name,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditView {
    pub seq: i64,
    pub id: AuditId,
    pub at: String,
    /// Byte for byte what the chain covers.
    pub entry: Box<RawValue>,
    /// The link of the chain, in hex.
    pub hash: String,
}

impl TryFrom<AuditRow> for AuditView {
    type Error = serde_json::Error;

    fn try_from(row: AuditRow) -> Result<Self, serde_json::Error> {
        Ok(Self {
            seq: row.seq,
            id: row.id,
            at: print_ms(row.at_ms),
            entry: RawValue::from_string(row.entry)?,
            hash: data_encoding::HEXLOWER.encode(&row.hash),
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VerdictView {
    pub good: bool,
    pub rows: i64,
    pub last_seq: i64,
    pub anchors: i64,
    /// The first row that is wrong, and what is wrong with it.
    pub bad_seq: Option<i64>,
    pub fault: Option<String>,
}

impl From<AuditVerdict> for VerdictView {
    fn from(verdict: AuditVerdict) -> Self {
        let (bad_seq, fault) = verdict.fault.map(|fault| (fault.seq, fault.what)).unzip();
        Self {
            good: fault.is_none(),
            rows: verdict.rows,
            last_seq: verdict.last_seq,
            anchors: verdict.anchors,
            bad_seq,
            fault,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogView {
    pub seq: i64,
    pub at: String,
    pub connection: Option<String>,
    pub kind: Option<ProviderKind>,
    pub token: Option<TokenId>,
    pub request: String,
    pub method: String,
    pub uri: String,
    pub address: Option<String>,
    /// `User`, `Group` or empty.
    pub target_kind: String,
    pub target_id: String,
    pub target_name: String,
    pub outcome: String,
    pub status: u16,
    pub scim_type: String,
    pub reason: Option<String>,
    pub detail: String,
    /// What to do about a refusal, in the words of that provider.
    pub fix: Option<String>,
    pub changes: Vec<String>,
    /// In microseconds.
    pub duration_us: i64,
}

impl From<ProvisioningRow> for LogView {
    fn from(row: ProvisioningRow) -> Self {
        let fix = row.fix().map(str::to_owned);
        let (connection, kind) = row.connection.map(|(_, name, kind)| (name, kind)).unzip();
        Self {
            seq: row.seq,
            at: print_ms(row.at_ms),
            connection,
            kind,
            token: row.token,
            request: row.request.to_string(),
            method: row.method,
            uri: row.uri,
            address: row.address,
            target_kind: row.target_kind,
            target_id: row.target_id,
            target_name: row.target_name,
            outcome: row.outcome.name().to_owned(),
            status: row.status,
            scim_type: row.scim_type,
            reason: row.reason.map(|reason| reason.code().to_owned()),
            detail: row.detail,
            fix,
            changes: row.changes,
            duration_us: row.duration_us,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackupView {
    pub file: String,
    /// Beside it: checksum, schema version, last audit row.
    pub manifest: String,
    /// The key that a restored database needs; it is not in the backup.
    pub key_file: String,
    pub sha256: String,
    pub bytes: u64,
    pub schema_version: i64,
    /// The last row of the audit log that is in it; 0: none.
    pub audit_seq: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindingView {
    pub check: String,
    pub detail: String,
}

/// The end of an examination.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckedView {
    /// What was examined.
    pub what: String,
    pub good: bool,
    pub findings: usize,
}
