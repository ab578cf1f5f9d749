//! What an account may make a role of its own of: names, descriptions, scopes, permissions.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use super::RoleScope;
use crate::domain::catalogue;
use crate::domain::error::{Error, Result};
use crate::domain::id::{PermissionGroupId, RoleId};
use crate::domain::reason::Reason;
use crate::domain::reserved::skeleton;
use crate::domain::text::{RoleName, fold, forbidden_char, shown};

/// Most roles of its own that an account may have.
pub const OWN_ROLES_MAX: i64 = 1_000;
/// Most permissions of one role.
pub const PERMISSIONS_MAX: usize = 200;
/// Longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 500;

/// What an account's own role permits: `resource:action`, meant for the account's own systems.
///
/// Both sides: 1 to 64 of the letters a to z, digits, `.`, `_`, `-` and `/`, a letter or digit
/// first. There are no wildcards, so that a role permits what it lists and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RolePermission(String);

impl RolePermission {
    /// Of each side of the colon, in characters.
    pub const SIDE_CHARS_MAX: usize = 64;

    /// Errors: `Invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |why: String| {
            Err(Error::invalid(
                Reason::InvalidValue,
                format!(
                    "The permission \"{}\" {why}; write it as resource:action, such as \
                     invoices:approve.",
                    shown(text)
                ),
            ))
        };
        let Some((resource, action)) = text.split_once(':') else {
            return refuse("has no colon".to_owned());
        };
        for side in [resource, action] {
            if side.is_empty() || side.len() > Self::SIDE_CHARS_MAX {
                return refuse(format!(
                    "needs 1 to {} characters on each side of its colon",
                    Self::SIDE_CHARS_MAX
                ));
            }
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            if !side.chars().all(|c| fits(c) || "._-/".contains(c)) {
                return refuse(
                    "holds a character other than a to z, 0 to 9, dot, underscore, hyphen and \
                     slash"
                        .to_owned(),
                );
            }
            if !side.starts_with(fits) {
                return refuse("begins a side with neither a letter nor a digit".to_owned());
            }
        }
        if means_super_administrator(resource) || means_super_administrator(action) {
            return Err(Error::invalid(
                Reason::InvalidValue,
                format!(
                    "No role of an account can contain Super Administrator, which \"{}\" names; \
                     give that built-in role itself.",
                    shown(text)
                ),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The built-in role's label and name, however its words are joined.
fn means_super_administrator(side: &str) -> bool {
    let joined: String = side.chars().filter(char::is_ascii_alphanumeric).collect();
    ["allprivileges", "superadministrator", "superadmin"]
        .iter()
        .any(|word| joined.contains(word))
}

impl fmt::Display for RolePermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a list of permissions: at most [`PERMISSIONS_MAX`], none of them twice.
///
/// Errors: `Invalid`.
pub fn parse_permissions<'t>(
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<Vec<RolePermission>> {
    let permissions = texts
        .into_iter()
        .map(RolePermission::parse)
        .collect::<Result<Vec<_>>>()?;
    check_permissions(&permissions)?;
    Ok(permissions)
}

fn check_permissions(permissions: &[RolePermission]) -> Result<()> {
    if permissions.len() > PERMISSIONS_MAX {
        return Err(Error::invalid(
            Reason::InvalidValue,
            format!(
                "A role has at most {PERMISSIONS_MAX} permissions; divide them among several roles."
            ),
        ));
    }
    let mut seen = HashSet::new();
    match permissions.iter().find(|one| !seen.insert(*one)) {
        Some(twice) => Err(Error::invalid(
            Reason::InvalidValue,
            format!("The permission \"{twice}\" is given twice; leave one out."),
        )),
        None => Ok(()),
    }
}

/// What a role is for, in one line; may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleDescription(String);

impl RoleDescription {
    /// Errors: `Invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |why: String| {
            Err(Error::invalid(
                Reason::InvalidValue,
                format!("The role's description {why}; shorten it to one plain line."),
            ))
        };
        if text.chars().count() > DESCRIPTION_CHARS_MAX {
            return refuse(format!("is longer than {DESCRIPTION_CHARS_MAX} characters"));
        }
        match forbidden_char(text) {
            Some(c) => refuse(format!(
                "holds the character U+{:04X}, which can't be seen or is not assigned",
                u32::from(c)
            )),
            None => Ok(Self(text.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A role that an account wants for itself.
#[derive(Debug, Clone)]
pub struct NewRole {
    pub name: RoleName,
    pub description: RoleDescription,
    /// Account or Domain.
    pub scope: RoleScope,
    pub permissions: Vec<RolePermission>,
}

impl NewRole {
    /// Errors: `Invalid` (scope, permissions), `Conflict` (the name of a built-in role).
    pub fn check(&self) -> Result<()> {
        check_own_scope(self.scope)?;
        check_permissions(&self.permissions)?;
        check_own_name(&self.name)
    }
}

/// What changes of an account's own role; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct RoleChange {
    pub name: Option<RoleName>,
    pub description: Option<RoleDescription>,
    pub scope: Option<RoleScope>,
    pub permissions: PermissionsChange,
}

#[derive(Debug, Clone, Default)]
pub enum PermissionsChange {
    #[default]
    Keep,
    Replace(Vec<RolePermission>),
    /// Takes some away, then adds those that are not there yet at the end.
    Edit {
        add: Vec<RolePermission>,
        remove: Vec<RolePermission>,
    },
}

impl PermissionsChange {
    /// What they become.
    ///
    /// Errors: `Invalid` (too many, or one twice).
    pub fn apply(&self, before: &[RolePermission]) -> Result<Vec<RolePermission>> {
        let after = match self {
            Self::Keep => before.to_vec(),
            Self::Replace(permissions) => permissions.clone(),
            Self::Edit { add, remove } => {
                let kept = before.iter().filter(|one| !remove.contains(one));
                let mut after: Vec<_> = kept.cloned().collect();
                for one in add {
                    if !after.contains(one) {
                        after.push(one.clone());
                    }
                }
                after
            }
        };
        check_permissions(&after)?;
        Ok(after)
    }
}

/// Errors: `Invalid`.
pub fn check_own_scope(scope: RoleScope) -> Result<()> {
    match scope {
        RoleScope::Account | RoleScope::Domain => Ok(()),
        RoleScope::Resource => Err(Error::invalid(
            Reason::InvalidValue,
            "A role of an account's own can't be given on single resources; use account or \
             domains.",
        )),
    }
}

/// Whether an account may give a role of its own this name: not that of a built-in one, in any
/// spelling or look, and not an id, by which roles are found too.
///
/// Errors: `Invalid` (an id), `Conflict` (the name of a built-in role).
pub fn check_own_name(name: &RoleName) -> Result<()> {
    if name.as_str().parse::<RoleId>().is_ok() {
        return Err(Error::invalid(
            Reason::InvalidValue,
            "A role's name can't be 32 hex digits, which are an id; choose another name.",
        ));
    }
    let alike = catalogue::role_by_name(name.as_str())
        .or_else(|| catalogue::role_by_skeleton(&skeleton(name.as_str())));
    match alike {
        Some(role) => Err(Error::conflict(
            Reason::NameTaken,
            format!(
                "The name \"{}\" is, or looks like, that of the built-in role {}; choose another \
                 name.",
                shown(name.as_str()),
                role.name
            ),
        )),
        None => Ok(()),
    }
}

/// The label of an account's own role: from its name, where that has something to make one of.
pub fn own_label(name: &str, permission_group: PermissionGroupId) -> String {
    let mut label = String::from("custom");
    for word in fold(name)
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        label.push('_');
        label.push_str(word);
    }
    if label == "custom" {
        return format!("custom_{permission_group}");
    }
    label
}

/// The meta.scopes of an account's own role.
pub fn own_scopes(scope: RoleScope) -> &'static str {
    match scope {
        RoleScope::Account => "com.cloudflare.api.account",
        RoleScope::Domain => "com.cloudflare.api.account.zone",
        RoleScope::Resource => "com.cloudflare.api.account.resource",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> RoleName {
        RoleName::parse(text).expect("a name")
    }

    #[test]
    fn a_permission_is_a_resource_and_an_action() {
        for good in ["a:b", "invoices:approve", "k8s/prod.eu_1:roll-out", "1:2"] {
            assert!(RolePermission::parse(good).is_ok(), "{good}");
        }
        let long = "x".repeat(65);
        let bad = [
            "",
            ":",
            "a",
            "a:",
            ":b",
            "a:b:c",
            "*:*",
            "a:*",
            "a:b*",
            "A:b",
            "a: b",
            "-a:b",
            "a:.b",
            "ä:b",
            &format!("{long}:a"),
            &format!("a:{long}"),
        ];
        for bad in bad {
            assert!(RolePermission::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_permission_means_super_administrator() {
        for bad in [
            "account:all_privileges",
            "super-administrator:be",
            "x:super_admin",
            "super.administrator.all.privileges:x",
        ] {
            let error = RolePermission::parse(bad).expect_err(bad);
            assert!(error.message().contains("Super Administrator"), "{error}");
        }
    }

    #[test]
    fn no_permission_is_there_twice_or_once_too_often() {
        assert!(parse_permissions(["a:b", "a:c"]).is_ok());
        assert!(parse_permissions(["a:b", "a:b"]).is_err());
        let many: Vec<String> = (0..=PERMISSIONS_MAX).map(|i| format!("a:{i}")).collect();
        assert!(parse_permissions(many.iter().map(String::as_str)).is_err());
        assert!(parse_permissions(many[1..].iter().map(String::as_str)).is_ok());
    }

    #[test]
    fn permissions_keep_their_order_when_some_are_edited() {
        let before = parse_permissions(["z:1", "a:1", "m:1"]).expect("permissions");
        let change = PermissionsChange::Edit {
            add: parse_permissions(["b:1", "z:1"]).expect("permissions"),
            remove: parse_permissions(["a:1", "q:1"]).expect("permissions"),
        };
        let after = change.apply(&before).expect("permissions");
        let texts: Vec<&str> = after.iter().map(RolePermission::as_str).collect();
        assert_eq!(texts, ["z:1", "m:1", "b:1"]);
    }

    #[test]
    fn the_names_of_built_in_roles_are_taken_however_they_look() {
        for taken in [
            "DNS",
            "dns",
            "Super Administrator",
            "SUPER ADMINISTRATOR - ALL PRIVILEGES",
            "Trust & Safety",
            "Super Administrat\u{43e}r",
            "\u{ff24}\u{ff2e}\u{ff33}",
        ] {
            assert!(check_own_name(&name(taken)).is_err(), "{taken}");
        }
        assert!(check_own_name(&name("0123456789abcdef0123456789abcdef")).is_err());
        for free in ["DNS editors", "Super Administrators", "管理者"] {
            assert!(check_own_name(&name(free)).is_ok(), "{free}");
        }
    }

    #[test]
    fn a_label_is_made_of_the_name() {
        let id = PermissionGroupId::from_bytes([7; 16]);
        assert_eq!(
            own_label("Invoice  approvers (EU)", id),
            "custom_invoice_approvers_eu"
        );
        assert_eq!(own_label("管理者", id), format!("custom_{id}"));
    }
}
