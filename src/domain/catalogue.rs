//! The built-in catalogue of roles and token permission groups, compiled in from one file.
//!
//! So far Provost asks for one role and a few token permission groups; the catalogue is
//! read for their ids and names.

use std::sync::LazyLock;

use serde::Deserialize;

use super::id::PermissionGroupId;
use super::token::TokenTemplate;

const fn id(hex: &[u8; 32]) -> PermissionGroupId {
    const fn nibble(digit: u8) -> u8 {
        if digit <= b'9' {
            digit - b'0'
        } else {
            digit - b'a' + 10
        }
    }
    let mut bytes = [0; 16];
    let mut i = 0;
    while i < 16 {
        bytes[i] = nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]);
        i += 1;
    }
    PermissionGroupId::from_bytes(bytes)
}

/// Token permission groups that this server asks for.
pub const SCIM_PROVISIONING: PermissionGroupId = id(b"d5812c023a5048b4882175a28952362d");
pub const ACCOUNT_SETTINGS_READ: PermissionGroupId = id(b"c1fde68c7bcc44588cbb6ddbc16d6480");
pub const ACCOUNT_SETTINGS_WRITE: PermissionGroupId = id(b"1af1fa2adc104452b74a9a3364202f20");
pub const ACCOUNT_API_TOKENS_READ: PermissionGroupId = id(b"eb56a6953c034b9d97dd838155666f06");
pub const ACCOUNT_API_TOKENS_WRITE: PermissionGroupId = id(b"5bc3f8b21c554832afc660159ab75fa4");
pub const SSO_CONNECTOR_READ: PermissionGroupId = id(b"1d80f6f165ea47f2b55d4a393fd697de");
pub const SSO_CONNECTOR_WRITE: PermissionGroupId = id(b"901ca5e292584c6aa1b4cdb39248bb07");
pub const USER_DETAILS_READ: PermissionGroupId = id(b"8acbe5bb0d54464ab867149d7f7cf8ac");
pub const USER_DETAILS_WRITE: PermissionGroupId = id(b"55a5e17cc99e4a3fa1f3432d262f2e55");
pub const MEMBERSHIPS_READ: PermissionGroupId = id(b"3518d0f75557482e952c6762d3e64903");
pub const MEMBERSHIPS_WRITE: PermissionGroupId = id(b"9201bc6f42d440968aaab0c6f17ebb1d");
pub const API_TOKENS_READ: PermissionGroupId = id(b"0cc3a61731504c89b99ec1be78b77aa0");
pub const API_TOKENS_WRITE: PermissionGroupId = id(b"686d18d5ac6c441c867cbf6771e58a0a");

/// The role every member gets when provisioned, by its permission group.
pub const MINIMAL_ACCOUNT_ACCESS: PermissionGroupId = id(b"124b3f784ed20e168bc6bda6be3538a4");

#[derive(Deserialize)]
struct File {
    roles: Vec<Role>,
    token_permission_groups: Vec<TokenPermissionGroup>,
}

/// A built-in role.
#[derive(Debug, Deserialize)]
pub struct Role {
    pub name: String,
    pub permission_group: RolePermissionGroup,
}

#[derive(Debug, Deserialize)]
pub struct RolePermissionGroup {
    pub id: PermissionGroupId,
}

/// What a token can be given.
#[derive(Debug, Deserialize)]
pub struct TokenPermissionGroup {
    pub id: PermissionGroupId,
    pub name: String,
    /// What resources it can be given on, of the SDKs' closed list.
    pub scopes: Vec<String>,
    /// One of the SDKs' thirteen.
    pub category: String,
    pub used_by_provost: bool,
}

// Read on first use: the start of the server needs none of it.
static CATALOGUE: LazyLock<File> = LazyLock::new(|| {
    serde_json::from_str(include_str!("catalogue.json")).expect("the catalogue is tested")
});

/// The name of the built-in role that policies name by `id`.
pub fn role_name(id: PermissionGroupId) -> Option<&'static str> {
    if id == MINIMAL_ACCOUNT_ACCESS {
        return Some("Minimal Account Access");
    }
    let found = CATALOGUE
        .roles
        .iter()
        .find(|role| role.permission_group.id == id);
    found.map(|role| role.name.as_str())
}

/// Every built-in role.
pub fn roles() -> impl Iterator<Item = &'static Role> {
    CATALOGUE.roles.iter()
}

pub fn token_permission_groups() -> &'static [TokenPermissionGroup] {
    &CATALOGUE.token_permission_groups
}

/// The token permission group of that id.
pub fn token_permission_group(id: PermissionGroupId) -> Option<&'static TokenPermissionGroup> {
    CATALOGUE
        .token_permission_groups
        .iter()
        .find(|group| group.id == id)
}

/// The permission groups of a token made from `template`.
pub fn template_groups(template: TokenTemplate) -> Vec<PermissionGroupId> {
    match template {
        TokenTemplate::Scim => vec![SCIM_PROVISIONING],
        TokenTemplate::Read => vec![ACCOUNT_SETTINGS_READ],
        TokenTemplate::Admin => token_permission_groups()
            .iter()
            .filter(|group| group.used_by_provost)
            .map(|group| group.id)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_in_the_code_are_those_of_the_catalogue() {
        let name = |id| {
            let mut groups = token_permission_groups().iter();
            groups
                .find(|group| group.id == id)
                .map(|group| group.name.as_str())
        };
        assert_eq!(name(SCIM_PROVISIONING), Some("SCIM Provisioning"));
        assert_eq!(name(ACCOUNT_SETTINGS_READ), Some("Account Settings Read"));
        assert_eq!(name(ACCOUNT_SETTINGS_WRITE), Some("Account Settings Write"));
        for (id, known) in [
            (ACCOUNT_API_TOKENS_READ, "Account API Tokens Read"),
            (ACCOUNT_API_TOKENS_WRITE, "Account API Tokens Write"),
            (SSO_CONNECTOR_READ, "SSO Connector Read"),
            (SSO_CONNECTOR_WRITE, "SSO Connector Write"),
            (USER_DETAILS_READ, "User Details Read"),
            (USER_DETAILS_WRITE, "User Details Write"),
            (MEMBERSHIPS_READ, "Memberships Read"),
            (MEMBERSHIPS_WRITE, "Memberships Write"),
            (API_TOKENS_READ, "API Tokens Read"),
            (API_TOKENS_WRITE, "API Tokens Write"),
        ] {
            assert_eq!(name(id), Some(known));
        }
        let minimal = CATALOGUE
            .roles
            .iter()
            .find(|role| role.permission_group.id == MINIMAL_ACCOUNT_ACCESS);
        assert_eq!(
            minimal.map(|role| role.name.as_str()),
            role_name(MINIMAL_ACCOUNT_ACCESS)
        );
        assert!(template_groups(TokenTemplate::Admin).len() > 20);
    }
}
