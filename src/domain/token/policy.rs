//! What a token may do and on what: its policies, as the REST API reads and shows them.

use serde_json::{Map, Value};

use super::{AddressCondition, Grants};
use crate::domain::error::{Error, Result};
use crate::domain::id::{AccountId, MemberId, PermissionGroupId, PolicyId};
use crate::domain::reason::Reason;
use crate::domain::text::{Label, shown};

/// Most policies of a token, permission groups of a policy, and resources of a policy.
pub const POLICIES_MAX: usize = 100;
pub const GROUPS_MAX: usize = 1_000;
pub const RESOURCES_MAX: usize = 100;
/// The longest name of a resource, in bytes.
const RESOURCE_BYTES_MAX: usize = 256;

const ACCOUNT: &str = "com.cloudflare.api.account.";
const ZONE: &str = "com.cloudflare.api.account.zone.";
const USER: &str = "com.cloudflare.api.user.";
const BUCKET: &str = "com.cloudflare.edge.r2.bucket.";

/// Whether a policy gives or takes. What one takes, no other one gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

impl Effect {
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Allow, Self::Deny]
            .into_iter()
            .find(|effect| effect.name() == name)
    }
}

/// One policy of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenPolicy {
    pub id: PolicyId,
    pub effect: Effect,
    /// In the order sent.
    pub permission_groups: Vec<PermissionGroupId>,
    /// Names of resources, each with `"*"` or with a map of further ones.
    pub resources: Map<String, Value>,
}

/// A policy as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTokenPolicy {
    /// Kept when it is one of the token's already.
    pub id: Option<PolicyId>,
    pub effect: Effect,
    pub permission_groups: Vec<PermissionGroupId>,
    pub resources: Map<String, Value>,
}

/// A token as the REST API makes or replaces it.
#[derive(Debug, Clone)]
pub struct TokenDraft {
    pub name: Label,
    pub policies: Vec<NewTokenPolicy>,
    /// `None`: as it is.
    pub disabled: Option<bool>,
    /// Milliseconds since 1970, UTC; `None`: no bound.
    pub not_before_ms: Option<i64>,
    pub expires_ms: Option<i64>,
    pub addresses: AddressCondition,
}

impl TokenDraft {
    /// The groups that it would give.
    pub fn given(&self) -> impl Iterator<Item = PermissionGroupId> {
        self.policies
            .iter()
            .filter(|policy| policy.effect == Effect::Allow)
            .flat_map(|policy| policy.permission_groups.iter().copied())
    }
}

impl TokenPolicy {
    /// Whether it is about this account as a whole, or about the person who owns the token.
    fn covers(&self, account: AccountId, member: Option<MemberId>) -> bool {
        self.resources.iter().any(|(name, on)| {
            if on != "*" {
                return false;
            }
            let all = |prefix: &str, id: Option<String>| {
                let rest = name.strip_prefix(prefix);
                rest.is_some_and(|rest| rest == "*" || Some(rest) == id.as_deref())
            };
            all(ACCOUNT, Some(account.to_string()))
                || member.is_some_and(|member| all(USER, Some(member.to_string())))
        })
    }
}

/// The groups that policies add up to on this account: all that they allow but for what they
/// deny.
pub fn held(
    policies: &[TokenPolicy],
    account: AccountId,
    member: Option<MemberId>,
) -> Vec<PermissionGroupId> {
    let of = |effect: Effect| {
        policies
            .iter()
            .filter(move |policy| policy.effect == effect && policy.covers(account, member))
            .flat_map(|policy| policy.permission_groups.iter().copied())
    };
    let denied: Vec<PermissionGroupId> = of(Effect::Deny).collect();
    let mut held: Vec<PermissionGroupId> = of(Effect::Allow).collect();
    held.retain(|group| !denied.contains(group));
    held
}

/// The same as what this server asks for.
pub fn grants(policies: &[TokenPolicy], account: AccountId, member: Option<MemberId>) -> Grants {
    Grants::from_groups(held(policies, account, member))
}

/// Whether `resources` names what a token of this account, or of this member, can be given.
///
/// Errors: `Invalid`.
pub fn check_resources(
    resources: &Map<String, Value>,
    account: AccountId,
    member: Option<MemberId>,
) -> Result<()> {
    if resources.is_empty() || resources.len() > RESOURCES_MAX {
        return Err(invalid(format!(
            "A policy names 1 to {RESOURCES_MAX} resources; send for instance \
             {{\"{ACCOUNT}{account}\": \"*\"}}."
        )));
    }
    for (name, on) in resources {
        check_resource(name, account, member)?;
        let known = match on {
            Value::String(text) => text == "*",
            Value::Object(inner) => {
                inner.len() <= RESOURCES_MAX
                    && inner
                        .iter()
                        .all(|(name, on)| on == "*" && is_resource(name))
            }
            _ => false,
        };
        if !known {
            return Err(invalid(format!(
                "The resource {} must have the value \"*\" or a map of resources to \"*\"; \
                 correct it.",
                shown(name)
            )));
        }
    }
    Ok(())
}

fn check_resource(name: &str, account: AccountId, member: Option<MemberId>) -> Result<()> {
    if !is_resource(name) {
        return Err(invalid(format!(
            "{} is no resource; name one like {ACCOUNT}{account}.",
            shown(name)
        )));
    }
    let own = |prefix: &str, id: Option<String>| {
        let rest = name.strip_prefix(prefix)?;
        Some(rest == "*" || Some(rest) == id.as_deref())
    };
    if name.starts_with(ZONE) || name.starts_with(BUCKET) {
        return Ok(());
    }
    let ours = own(ACCOUNT, Some(account.to_string()))
        .or_else(|| own(USER, member.map(|member| member.to_string())));
    if ours == Some(true) {
        return Ok(());
    }
    Err(invalid(format!(
        "The resource {} belongs to somebody else; a token of this account is given \
         {ACCOUNT}{account}.",
        shown(name)
    )))
}

fn is_resource(name: &str) -> bool {
    let known = [ACCOUNT, USER, BUCKET]
        .iter()
        .any(|prefix| name.len() > prefix.len() && name.starts_with(prefix));
    known && name.len() <= RESOURCE_BYTES_MAX && name.bytes().all(|b| b.is_ascii_graphic())
}

fn invalid(message: String) -> Error {
    Error::invalid(Reason::InvalidValue, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::actor::Permission;
    use crate::domain::catalogue;

    fn account() -> AccountId {
        AccountId::from_bytes([1; 16])
    }

    fn policy(effect: Effect, resource: &str) -> TokenPolicy {
        TokenPolicy {
            id: PolicyId::from_bytes([9; 16]),
            effect,
            permission_groups: vec![catalogue::ACCOUNT_SETTINGS_WRITE],
            resources: Map::from_iter([(resource.to_owned(), json!("*"))]),
        }
    }

    #[test]
    fn a_deny_wins_over_every_allow() {
        let own = format!("{ACCOUNT}{}", account());
        let given = |policies: &[TokenPolicy]| {
            grants(policies, account(), None).allow(Permission::AccountWrite)
        };
        assert!(given(&[policy(Effect::Allow, &own)]));
        assert!(given(&[policy(
            Effect::Allow,
            "com.cloudflare.api.account.*"
        )]));
        assert!(!given(&[
            policy(Effect::Allow, &own),
            policy(Effect::Deny, "com.cloudflare.api.account.*")
        ]));
    }

    #[test]
    fn a_policy_on_something_else_gives_nothing_here() {
        let other = format!("{ACCOUNT}{}", AccountId::from_bytes([2; 16]));
        let zone = format!("{ZONE}{}", account());
        for resource in [other, zone] {
            let held = grants(&[policy(Effect::Allow, &resource)], account(), None);
            assert!(!held.allow(Permission::AccountRead), "{resource}");
        }
    }

    #[test]
    fn resources_of_others_are_refused() {
        let check = |resources: Value| {
            let resources = resources.as_object().cloned().unwrap_or_default();
            check_resources(&resources, account(), None).is_ok()
        };
        let own = format!("{ACCOUNT}{}", account());
        assert!(check(json!({ own.clone(): "*" })));
        assert!(check(
            json!({ own.clone(): { "com.cloudflare.api.account.zone.*": "*" } })
        ));
        let other = format!("{ACCOUNT}{}", AccountId::from_bytes([2; 16]));
        for bad in [
            json!({}),
            json!({ other: "*" }),
            json!({ own.clone(): "all" }),
            json!({ own: 1 }),
            json!({ "something": "*" }),
            json!({ "com.cloudflare.api.user.1": "*" }),
        ] {
            assert!(!check(bad.clone()), "{bad}");
        }
    }
}
