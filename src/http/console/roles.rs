//! Roles: what exists, who holds one, and the account's own.

pub mod edit;
pub mod list;
pub mod show;

use actix_web::HttpRequest;

use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::flash;
use super::view::{Badge, Tone};
use super::words::t;
use crate::app;
use crate::domain::catalogue;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::role::{Role, RoleRef, RoleScope};

/// The role of the path, by either id.
///
/// Errors: `Forbidden`, `NotFound`.
fn find(caller: &AccountCaller, req: &HttpRequest) -> Result<Role> {
    let named = req.match_info().get("role_id").unwrap_or_default();
    let by_group = named.parse().map(RoleRef::PermissionGroup);
    let by_id = named.parse().map(RoleRef::Id);
    for which in [&by_group, &by_id].into_iter().flatten() {
        match caller.read(|tx| app::roles::get(tx, which)) {
            Err(error) if error.kind() == Kind::NotFound => {}
            found => return found,
        }
    }
    Err(Error::not_found("role", named))
}

fn chrome(caller: &AccountCaller, req: &HttpRequest, title: &str) -> Chrome {
    caller
        .chrome()
        .page(Nav::Roles, title)
        .flash(flash::told(req))
}

fn below_list(chrome: Chrome) -> Chrome {
    let list = chrome.path("/roles");
    chrome.crumb(t("nav.roles"), list)
}

/// The address of a role.
fn address(chrome: &Chrome, role: &Role) -> String {
    chrome.path(&format!("/roles/{}", role.permission_group))
}

/// What a role can be given on.
fn scope_word(scope: RoleScope) -> &'static str {
    match scope {
        RoleScope::Account => t("roles.on_account"),
        RoleScope::Domain => t("roles.on_domains"),
        RoleScope::Resource => t("roles.on_resources"),
    }
}

/// Whoever holds it can do nearly everything, or everything: the brake counts them apart too.
fn is_powerful(role: &Role) -> bool {
    let powerful = [catalogue::SUPER_ADMINISTRATOR, catalogue::ADMINISTRATOR];
    powerful.contains(&role.permission_group)
}

/// What is to be known of a role at a glance.
fn badges(role: &Role) -> Vec<Badge> {
    let mut badges = Vec::new();
    if is_powerful(role) {
        badges.push(Badge::new(Tone::Warn, "shield-alert", t("roles.powerful")));
    }
    if !role.built_in {
        badges.push(Badge::new(Tone::Accent, "", t("roles.own")));
    }
    if role.hidden {
        badges.push(Badge::new(Tone::Plain, "eye-off", t("roles.hidden")));
    }
    badges
}
