//! Roles: named bundles of permissions, built in or the account's own.

pub mod custom;

use std::fmt;

use serde::{Deserialize, Serialize};

use custom::RolePermission;

use super::error::{Error, Result};
use super::id::{AccountId, GroupId, MembershipId, PermissionGroupId, PolicyId, RoleId};
use super::legacy::mapping::has_legacy_group;
use super::legacy::name;
use super::reason::Reason;
use super::text::shown;

/// What a role can be given on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleScope {
    /// The whole account.
    Account,
    /// One or more domains.
    #[serde(rename = "domains", alias = "domain")]
    Domain,
    /// One resource of a product; built-in roles alone.
    Resource,
}

impl RoleScope {
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Domain => "domains",
            Self::Resource => "resource",
        }
    }

    /// Of an account's own role: `account` or `domains` (`domain` too).
    ///
    /// Errors: `Invalid`.
    pub fn parse_own(text: &str) -> Result<Self> {
        match text {
            "account" => Ok(Self::Account),
            "domains" | "domain" => Ok(Self::Domain),
            _ => Err(Error::invalid(
                Reason::InvalidValue,
                format!(
                    "\"{}\" is no scope of a role; use account or domains.",
                    shown(text)
                ),
            )),
        }
    }
}

/// How far a built-in role reaches in its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleAccess {
    Admin,
    Write,
    Read,
}

/// Where a built-in role's id is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdSource {
    /// Seen in public documentation or recorded traffic.
    Published,
    /// Made by Provost from the role's name, for ever the same.
    Provost,
}

/// One of the twelve keys that the SDKs expect on a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAccess {
    pub read: bool,
    pub write: bool,
}

/// The twelve permission keys of a role, as the SDKs require them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleKeys {
    pub analytics: KeyAccess,
    pub billing: KeyAccess,
    pub cache_purge: KeyAccess,
    pub dns: KeyAccess,
    pub dns_records: KeyAccess,
    pub lb: KeyAccess,
    pub logs: KeyAccess,
    pub organization: KeyAccess,
    pub ssl: KeyAccess,
    pub waf: KeyAccess,
    pub zone_settings: KeyAccess,
    pub zones: KeyAccess,
}

impl RoleKeys {
    /// Each key with its name, in the order of the alphabet.
    pub fn all(&self) -> [(&'static str, KeyAccess); 12] {
        [
            ("analytics", self.analytics),
            ("billing", self.billing),
            ("cache_purge", self.cache_purge),
            ("dns", self.dns),
            ("dns_records", self.dns_records),
            ("lb", self.lb),
            ("logs", self.logs),
            ("organization", self.organization),
            ("ssl", self.ssl),
            ("waf", self.waf),
            ("zone_settings", self.zone_settings),
            ("zones", self.zones),
        ]
    }
}

/// A role as an account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// What `/roles` and a member's `roles` call it. The built-in roles on domains and on
    /// resources have none.
    pub id: Option<RoleId>,
    /// What policies call it.
    pub permission_group: PermissionGroupId,
    pub name: String,
    /// A name for programs. Two of the account's own share one when their names differ in
    /// punctuation alone.
    pub label: String,
    pub description: String,
    pub scope: RoleScope,
    /// What it can be given on, as the API says it: `com.cloudflare.api.account`, …
    pub scopes: String,
    /// The product it belongs to; of the account's own, `custom`.
    pub category: String,
    /// Of a built-in role.
    pub access: Option<RoleAccess>,
    /// Other spellings of a built-in role's name; each names it too.
    pub aliases: Vec<String>,
    /// All false for an account's own.
    pub keys: RoleKeys,
    /// Of an account's own, in the order they were given.
    pub permissions: Vec<RolePermission>,
    pub built_in: bool,
    /// Left out of lists by the account; works all the same.
    pub hidden: bool,
    /// Of a built-in role: where its two ids are from.
    pub id_source: Option<IdSource>,
    pub permission_group_source: Option<IdSource>,
    /// Of an account's own; milliseconds since 1970, UTC.
    pub created_ms: Option<i64>,
    pub modified_ms: Option<i64>,
}

impl Role {
    /// The name of the legacy group of `account` that grants it; there is one for each
    /// built-in role on the whole account.
    pub fn legacy_group_name(&self, account: AccountId) -> Option<String> {
        has_legacy_group(self).then(|| name::print(account, self))
    }
}

/// Which role is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleRef {
    Id(RoleId),
    PermissionGroup(PermissionGroupId),
    /// Either id, else a name or an alias, letter case aside.
    Named(String),
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::PermissionGroup(id) => id.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// How many there are, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    All(usize),
    /// There are more.
    MoreThan(usize),
    /// There may be more.
    AtLeast(usize),
}

/// Whom a role reaches by policies that allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleReach {
    /// Groups whose policies give it.
    pub groups: Counted,
    /// Active members, by policies of their own and by groups.
    pub people: Counted,
}

/// A group that gives a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granting {
    pub id: GroupId,
    pub name: String,
    /// Whether it does so by its name.
    pub legacy: bool,
}

/// A policy that names a role, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleUse {
    pub policy: PolicyId,
    pub holder: RoleHolder,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleHolder {
    Member { id: MembershipId, user_name: String },
    Group { id: GroupId, name: String },
}

impl fmt::Display for RoleHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member { user_name, .. } => write!(f, "member {user_name}"),
            Self::Group { name, .. } => write!(f, "group {name}"),
        }
    }
}
