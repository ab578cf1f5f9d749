//! The built-in catalogue of roles and token permission groups, compiled in from one file that
//! a test validates. It is read on first use: the start of the server needs none of it.

mod roles;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::LazyLock;

use serde::Deserialize;

use super::id::PermissionGroupId;

pub use roles::{role_by_group, role_by_id, role_by_name, role_by_skeleton, role_name, roles};
pub use tokens::{
    TokenPermissionGroup, template_groups, token_permission_group, token_permission_groups,
};

const TEXT: &str = include_str!("catalogue.json");

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

/// Built-in roles that rules of ours name, by their permission groups.
pub const SUPER_ADMINISTRATOR: PermissionGroupId = id(b"8e23b19e4e0d44c29d239c5688ba8cbb");
pub const ADMINISTRATOR: PermissionGroupId = id(b"cc36d6556d080157d89a97907e33510a");
pub const ADMINISTRATOR_READ_ONLY: PermissionGroupId = id(b"ac698ebd14bdcb514c113da8c4d8b5f4");
/// What every member gets when provisioned.
pub const MINIMAL_ACCOUNT_ACCESS: PermissionGroupId = id(b"124b3f784ed20e168bc6bda6be3538a4");

/// Token permission groups that this server asks for: [`super::token::ASKED_FOR`].
pub const SCIM_PROVISIONING: PermissionGroupId = id(b"d5812c023a5048b4882175a28952362d");
pub const ACCOUNT_SETTINGS_READ: PermissionGroupId = id(b"c1fde68c7bcc44588cbb6ddbc16d6480");
pub const ACCOUNT_SETTINGS_WRITE: PermissionGroupId = id(b"1af1fa2adc104452b74a9a3364202f20");
pub const ACCOUNT_API_TOKENS_READ: PermissionGroupId = id(b"eb56a6953c034b9d97dd838155666f06");
pub const ACCOUNT_API_TOKENS_WRITE: PermissionGroupId = id(b"5bc3f8b21c554832afc660159ab75fa4");
pub const SSO_CONNECTOR_READ: PermissionGroupId = id(b"1d80f6f165ea47f2b55d4a393fd697de");
pub const SSO_CONNECTOR_WRITE: PermissionGroupId = id(b"901ca5e292584c6aa1b4cdb39248bb07");
pub const API_TOKENS_READ: PermissionGroupId = id(b"0cc3a61731504c89b99ec1be78b77aa0");
pub const API_TOKENS_WRITE: PermissionGroupId = id(b"686d18d5ac6c441c867cbf6771e58a0a");
pub const MEMBERSHIPS_READ: PermissionGroupId = id(b"3518d0f75557482e952c6762d3e64903");
pub const MEMBERSHIPS_WRITE: PermissionGroupId = id(b"9201bc6f42d440968aaab0c6f17ebb1d");
pub const USER_DETAILS_READ: PermissionGroupId = id(b"8acbe5bb0d54464ab867149d7f7cf8ac");
pub const USER_DETAILS_WRITE: PermissionGroupId = id(b"55a5e17cc99e4a3fa1f3432d262f2e55");

/// The file as it is written. What it says of itself (`about`, `counts`) the tests read.
#[derive(Deserialize)]
struct File {
    roles: Vec<roles::Entry>,
    token_permission_groups: Vec<TokenPermissionGroup>,
}

struct Catalogue {
    roles: roles::Roles,
    tokens: tokens::Tokens,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let file: File = serde_json::from_str(TEXT).expect("the catalogue is tested");
    Catalogue {
        roles: roles::Roles::of(file.roles),
        tokens: tokens::Tokens::of(file.token_permission_groups),
    }
});
