//! What API tokens can be granted: another list than that of roles, with other ids.

use std::collections::HashMap;

use serde::Deserialize;

use super::CATALOGUE;
use crate::domain::id::PermissionGroupId;
use crate::domain::token::TokenTemplate;

/// What a token can be given.
#[derive(Debug, Deserialize)]
pub struct TokenPermissionGroup {
    pub id: PermissionGroupId,
    /// As the API has it; two groups share a name when they differ in their scopes.
    pub name: String,
    /// As Cloudflare's dashboard has it: Edit for Write.
    pub dashboard_name: String,
    pub description: String,
    /// `com.cloudflare.api.account`, `.account.zone`, `.user` or `com.cloudflare.edge.r2.bucket`.
    pub scopes: Vec<String>,
    pub category: String,
    /// Whether a route of ours asks for it.
    pub used_by_provost: bool,
}

pub(super) struct Tokens {
    all: Vec<TokenPermissionGroup>,
    by_id: HashMap<PermissionGroupId, usize>,
}

impl Tokens {
    pub(super) fn of(all: Vec<TokenPermissionGroup>) -> Self {
        let by_id = all.iter().enumerate().map(|(i, group)| (group.id, i));
        Self {
            by_id: by_id.collect(),
            all,
        }
    }
}

/// Every group, in the catalogue's order.
pub fn token_permission_groups() -> &'static [TokenPermissionGroup] {
    &CATALOGUE.tokens.all
}

pub fn token_permission_group(id: PermissionGroupId) -> Option<&'static TokenPermissionGroup> {
    let tokens = &CATALOGUE.tokens;
    tokens.by_id.get(&id).map(|&i| &tokens.all[i])
}

/// The permission groups of a token made from `template`.
pub fn template_groups(template: TokenTemplate) -> Vec<PermissionGroupId> {
    match template {
        TokenTemplate::Scim => vec![super::SCIM_PROVISIONING],
        TokenTemplate::Read => vec![super::ACCOUNT_SETTINGS_READ],
        TokenTemplate::Admin => token_permission_groups()
            .iter()
            .filter(|group| group.used_by_provost)
            .map(|group| group.id)
            .collect(),
    }
}
