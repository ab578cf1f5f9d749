//! The built-in roles: look-ups by both ids, and by name.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{CATALOGUE, MINIMAL_ACCOUNT_ACCESS};
use crate::domain::id::{PermissionGroupId, RoleId};
use crate::domain::reserved::skeleton;
use crate::domain::role::{IdSource, Role, RoleAccess, RoleKeys, RoleScope};
use crate::domain::text::fold;

/// A role as the file has it.
#[derive(Deserialize)]
pub(super) struct Entry {
    name: String,
    scope: RoleScope,
    description: String,
    access: RoleAccess,
    product: String,
    id: Option<RoleId>,
    id_source: Option<IdSource>,
    permission_group: EntryGroup,
    permissions: Option<RoleKeys>,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
struct EntryGroup {
    id: PermissionGroupId,
    id_source: IdSource,
    label: String,
    scopes: String,
}

impl From<Entry> for Role {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            permission_group: entry.permission_group.id,
            name: entry.name,
            label: entry.permission_group.label,
            description: entry.description,
            scope: entry.scope,
            scopes: entry.permission_group.scopes,
            category: entry.product,
            access: Some(entry.access),
            aliases: entry.aliases,
            keys: entry.permissions.unwrap_or_default(),
            permissions: Vec::new(),
            built_in: true,
            hidden: false,
            id_source: entry.id_source,
            permission_group_source: Some(entry.permission_group.id_source),
            created_ms: None,
            modified_ms: None,
        }
    }
}

/// The roles in the file's order, and where each is.
pub(super) struct Roles {
    all: Vec<Role>,
    by_group: HashMap<PermissionGroupId, usize>,
    by_id: HashMap<RoleId, usize>,
    /// Names and aliases, folded.
    by_name: HashMap<String, usize>,
}

impl Roles {
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        let all: Vec<Role> = entries.into_iter().map(Role::from).collect();
        let numbered = || all.iter().enumerate();
        Self {
            by_group: numbered()
                .map(|(i, role)| (role.permission_group, i))
                .collect(),
            by_id: numbered()
                .filter_map(|(i, role)| Some((role.id?, i)))
                .collect(),
            by_name: numbered()
                .flat_map(|(i, role)| names(role).map(move |name| (fold(name), i)))
                .collect(),
            all,
        }
    }
}

fn names(role: &Role) -> impl Iterator<Item = &str> {
    std::iter::once(&role.name)
        .chain(&role.aliases)
        .map(String::as_str)
}

/// Every built-in role, in the catalogue's order.
pub fn roles() -> &'static [Role] {
    &CATALOGUE.roles.all
}

pub fn role_by_group(id: PermissionGroupId) -> Option<&'static Role> {
    let roles = &CATALOGUE.roles;
    roles.by_group.get(&id).map(|&i| &roles.all[i])
}

pub fn role_by_id(id: RoleId) -> Option<&'static Role> {
    let roles = &CATALOGUE.roles;
    roles.by_id.get(&id).map(|&i| &roles.all[i])
}

/// By name or alias, letter case aside.
pub fn role_by_name(name: &str) -> Option<&'static Role> {
    let roles = &CATALOGUE.roles;
    roles.by_name.get(&fold(name)).map(|&i| &roles.all[i])
}

/// The role whose name, or an alias, looks so: see [`skeleton`].
pub fn role_by_skeleton(looks: &str) -> Option<&'static Role> {
    // Made when an account first names a role of its own.
    static LOOKS: LazyLock<HashMap<String, usize>> = LazyLock::new(|| {
        let all = roles().iter().enumerate();
        all.flat_map(|(i, role)| names(role).map(move |name| (skeleton(name), i)))
            .collect()
    });
    LOOKS.get(looks).map(|&i| &roles()[i])
}

/// The name of the built-in role that policies name by `id`.
pub fn role_name(id: PermissionGroupId) -> Option<&'static str> {
    // Of all members: not worth reading the file for.
    if id == MINIMAL_ACCOUNT_ACCESS {
        return Some("Minimal Account Access");
    }
    role_by_group(id).map(|role| role.name.as_str())
}
