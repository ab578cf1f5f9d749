//! Policies of members and user groups, and the resource groups in them, as the API reads and
//! shows them.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::body::{Fields, wrong};
use super::error::ApiError;
use super::roles;
use crate::domain::id::{AccountId, DomainId, PermissionGroupId};
use crate::domain::policy::{Access, NewPolicy, Policy};
use crate::domain::resource_group::{
    ChosenScope, NewScope, ResourceGroup, Scope, account_key, domain_key,
};
use crate::domain::role::{Role, RoleScope};
use crate::domain::text::shown;

const ZONE: &str = "com.cloudflare.api.account.zone.";

/// The account's roles by the id that policies name them by.
pub struct RoleTable {
    account: AccountId,
    roles: HashMap<PermissionGroupId, Role>,
}

impl RoleTable {
    pub fn new(account: AccountId, roles: Vec<Role>) -> Self {
        let by_group = |role: Role| (role.permission_group, role);
        Self {
            account,
            roles: roles.into_iter().map(by_group).collect(),
        }
    }

    pub fn render(&self, policy: &Policy) -> Value {
        let group = |id: &PermissionGroupId| match self.roles.get(id) {
            Some(role) => roles::render_group(role),
            None => json!({ "id": id }),
        };
        let on = policy.resource_groups.iter();
        json!({
            "id": policy.id,
            "access": policy.access.name(),
            "permission_groups":
                policy.permission_groups.iter().map(group).collect::<Vec<Value>>(),
            "resource_groups":
                on.map(|group| render_resource_group(group, self.account)).collect::<Vec<Value>>(),
        })
    }

    pub fn render_all(&self, policies: &[Policy]) -> Value {
        policies.iter().map(|policy| self.render(policy)).collect()
    }

    /// What of the policies the older view shows: roles of the account, given on all of it.
    pub fn roles_of(&self, policies: &[Policy]) -> Value {
        let mut seen = Vec::new();
        let mut shown = Vec::new();
        for policy in policies {
            let whole = policy
                .resource_groups
                .iter()
                .any(|group| group.scope == Scope::WholeAccount);
            if policy.access != Access::Allow || !whole {
                continue;
            }
            for id in &policy.permission_groups {
                let role = self.roles.get(id);
                if let Some(role) = role.filter(|role| role.scope == RoleScope::Account)
                    && !seen.contains(id)
                {
                    seen.push(*id);
                    shown.push(roles::render(role));
                }
            }
        }
        Value::Array(shown)
    }
}

pub fn render_resource_group(group: &ResourceGroup, account: AccountId) -> Value {
    let objects: Vec<Value> = match &group.scope {
        Scope::WholeAccount => vec![json!({ "key": "*" })],
        Scope::Domains(domains) => domains
            .iter()
            .map(|domain| json!({ "key": domain_key(domain.id), "name": domain.name }))
            .collect(),
    };
    let meta = if group.built_in {
        json!({ "editable": "false" })
    } else if group.adhoc {
        json!({ "editable": "false", "adhoc": "true" })
    } else {
        json!({ "editable": "true" })
    };
    json!({
        "id": group.id,
        "name": group.name,
        "meta": meta,
        "scope": { "key": account_key(account), "objects": objects },
    })
}

/// The `policies` of a body; `None` where there are none to read.
pub fn read(fields: &Fields<'_>, account: AccountId) -> Result<Option<Vec<NewPolicy>>, ApiError> {
    let Some(sent) = fields.list("policies")? else {
        return Ok(None);
    };
    let policy = |(at, sent)| {
        let fields = Fields::of(sent, format!("{}/{at}", fields.at("policies")))?;
        read_one(&fields, account)
    };
    sent.iter()
        .enumerate()
        .map(policy)
        .collect::<Result<_, _>>()
        .map(Some)
}

fn read_one(fields: &Fields<'_>, account: AccountId) -> Result<NewPolicy, ApiError> {
    let access = fields.parsed("access", "allow or deny", Access::parse)?;
    let groups = fields
        .required_list("permission_groups")?
        .iter()
        .enumerate();
    let groups = groups.map(|(at, sent)| {
        let pointer = format!("{}/{at}", fields.at("permission_groups"));
        let inner = Fields::of(sent, pointer)?;
        let id = inner.parsed("id", "the id of a permission group", |id| id.parse().ok())?;
        id.ok_or_else(|| inner.missing("id"))
    });
    let on = fields.required_list("resource_groups")?.iter().enumerate();
    let on = on.map(|(at, sent)| {
        let pointer = format!("{}/{at}", fields.at("resource_groups"));
        chosen(&Fields::of(sent, pointer)?, account)
    });
    Ok(NewPolicy {
        id: fields.text("id")?.and_then(|id| id.parse().ok()),
        access: access.ok_or_else(|| fields.missing("access"))?,
        permission_groups: groups.collect::<Result<_, _>>()?,
        resource_groups: on.collect::<Result<_, _>>()?,
    })
}

/// By id, or by the scope itself.
fn chosen(fields: &Fields<'_>, account: AccountId) -> Result<ChosenScope, ApiError> {
    let id = fields.parsed("id", "the id of a resource group", |id| id.parse().ok())?;
    if let Some(id) = id {
        return Ok(ChosenScope::Group(id));
    }
    match read_scope(fields, account)? {
        Some(scope) => Ok(ChosenScope::Inline(scope)),
        None => Err(fields.missing("id")),
    }
}

/// The `scope` of a body: an object, or a list with one, as it was once.
pub fn read_scope(fields: &Fields<'_>, account: AccountId) -> Result<Option<NewScope>, ApiError> {
    let Some(sent) = fields.value("scope") else {
        return Ok(None);
    };
    let (sent, pointer) = match sent.as_array().map(Vec::as_slice) {
        Some([one]) => (one, format!("{}/0", fields.at("scope"))),
        Some(_) => return Err(wrong(&fields.at("scope"), "an object")),
        None => (sent, fields.at("scope")),
    };
    let scope = Fields::of(sent, pointer)?;
    let key = scope.required_text("key")?;
    let objects = scope.required_list("objects")?.iter().enumerate();
    let objects = objects.map(|(at, sent)| {
        let inner = Fields::of(sent, format!("{}/{at}", scope.at("objects")))?;
        Ok((inner.required_text("key")?, inner.at("key")))
    });
    let objects: Vec<(&str, String)> = objects.collect::<Result<_, ApiError>>()?;
    let everything = matches!(objects.as_slice(), [("*", _)]);
    if key == account_key(account) && everything {
        return Ok(Some(NewScope::WholeAccount));
    }
    if let Some(id) = domain_of(key)
        && everything
    {
        return Ok(Some(NewScope::Domains(vec![id])));
    }
    if key != account_key(account) {
        return Err(ApiError::field(
            scope.at("key"),
            format!(
                "The scope {} is neither this account nor a domain; write {} or {ZONE}<domain id>.",
                shown(key),
                account_key(account)
            ),
        ));
    }
    if objects.is_empty() {
        return Err(ApiError::field(
            scope.at("objects"),
            "A scope has at least one object; name a domain, or \"*\" for the whole account.",
        ));
    }
    let domains = objects.into_iter().map(|(key, pointer)| {
        domain_of(key).ok_or_else(|| {
            ApiError::field(
                pointer,
                format!(
                    "{} is no domain; write {ZONE}<domain id>, or \"*\" alone for the whole \
                     account.",
                    shown(key)
                ),
            )
        })
    });
    let domains = domains.collect::<Result<_, _>>()?;
    Ok(Some(NewScope::Domains(domains)))
}

fn domain_of(key: &str) -> Option<DomainId> {
    key.strip_prefix(ZONE)?.parse().ok()
}
