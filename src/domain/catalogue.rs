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
