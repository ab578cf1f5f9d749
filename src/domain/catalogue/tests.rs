//! The file whole: its counts, its names, and its ids by the rule that made them.

use std::collections::{BTreeMap, HashSet};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use serde_json::Value;

use super::*;
use crate::domain::id::AccountId;
use crate::domain::role::{Role, RoleScope};
use crate::domain::text::RoleName;
use crate::domain::token::{ASKED_FOR, TokenTemplate};

fn file() -> Value {
    serde_json::from_str(TEXT).expect("JSON")
}

#[test]
fn the_counts_are_those_the_file_announces() {
    let announced = &file()["counts"];
    let count = |scope| roles().iter().filter(|role| role.scope == scope).count();
    let counted = serde_json::json!({
        "account": count(RoleScope::Account),
        "domain": count(RoleScope::Domain),
        "resource": count(RoleScope::Resource),
        "token_permission_groups": token_permission_groups().len(),
    });
    assert_eq!(&counted, announced);
    assert_eq!((roles().len(), token_permission_groups().len()), (104, 311));
}

#[test]
fn no_id_name_or_label_is_there_twice() {
    let mut ids = HashSet::new();
    let groups = token_permission_groups()
        .iter()
        .map(|group| group.id.to_string());
    let role_ids = roles()
        .iter()
        .filter_map(|role| role.id)
        .map(|id| id.to_string());
    let role_groups = roles().iter().map(|role| role.permission_group.to_string());
    for id in groups.chain(role_ids).chain(role_groups) {
        assert!(ids.insert(id.clone()), "{id}");
    }
    // Two spellings of one role may be one name when letter case is put aside; those of two
    // roles may not.
    let mut names = BTreeMap::new();
    let mut labels = HashSet::new();
    for role in roles() {
        for name in std::iter::once(&role.name).chain(&role.aliases) {
            let key = crate::domain::text::fold(name);
            let other = names.insert(key, role.name.as_str());
            assert!(other.is_none_or(|other| other == role.name), "{name}");
            assert!(RoleName::parse(name).is_ok(), "{name}");
        }
        assert!(labels.insert(&role.label), "{}", role.label);
        assert!(!role.label.starts_with("custom"), "{}", role.label);
        assert!(!role.description.is_empty(), "{}", role.name);
    }
    let mut names = HashSet::new();
    for group in token_permission_groups() {
        assert!(names.insert((&group.name, &group.scopes)), "{}", group.name);
    }
}

#[test]
fn every_role_is_found_by_its_ids_and_its_names() {
    for role in roles() {
        let same = |found: Option<&'static Role>| found.is_some_and(|found| found == role);
        assert!(same(role_by_group(role.permission_group)), "{}", role.name);
        assert!(
            role.id.is_none_or(|id| same(role_by_id(id))),
            "{}",
            role.name
        );
        for name in std::iter::once(&role.name).chain(&role.aliases) {
            assert!(same(role_by_name(name)), "{name}");
            assert!(same(role_by_name(&name.to_uppercase())), "{name}");
        }
        assert_eq!(role_name(role.permission_group), Some(role.name.as_str()));
    }
    for group in token_permission_groups() {
        let found = token_permission_group(group.id);
        assert!(
            found.is_some_and(|found| std::ptr::eq(found, group)),
            "{}",
            group.name
        );
    }
    let nobody = PermissionGroupId::from_bytes([0; 16]);
    assert!(role_by_group(nobody).is_none() && token_permission_group(nobody).is_none());
    assert!(role_by_name("Super").is_none());
}

/// The first 32 hex digits of SHA-256.
fn derived(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    HEXLOWER.encode(&hash.as_ref()[..16])
}

#[test]
fn ids_of_ours_are_made_by_the_rule() {
    let mut made = 0;
    for role in file()["roles"].as_array().expect("roles") {
        let name = role["name"].as_str().expect("a name");
        let group = &role["permission_group"];
        for (id, source, kind) in [
            (&role["id"], &role["id_source"], "role"),
            (&group["id"], &group["id_source"], "permission-group"),
        ] {
            if source == "provost" {
                assert_eq!(id, &derived(&format!("provost:{kind}:{name}")), "{name}");
                made += 1;
            }
        }
    }
    assert_eq!(made, 123);
}

#[test]
fn a_role_has_what_its_scope_asks_for() {
    let account = AccountId::from_bytes([0xab; 16]);
    for (role, entry) in roles()
        .iter()
        .zip(file()["roles"].as_array().expect("roles"))
    {
        let on_account = role.scope == RoleScope::Account;
        assert_eq!(role.id.is_some(), on_account, "{}", role.name);
        assert_eq!(role.id_source.is_some(), on_account, "{}", role.name);
        assert_eq!(
            entry["permissions"].is_object(),
            on_account,
            "{}",
            role.name
        );
        let scopes = match role.scope {
            RoleScope::Account => role.scopes == "com.cloudflare.api.account",
            RoleScope::Domain => role.scopes == "com.cloudflare.api.account.zone",
            RoleScope::Resource => {
                role.scopes.starts_with("com.cloudflare.edge.access.")
                    || role.scopes == "com.cloudflare.api.account.worker"
            }
        };
        assert!(scopes, "{}: {}", role.name, role.scopes);
        let legacy = entry["legacy_group_name"].as_str();
        let legacy = legacy.map(|form| form.replace("{account_id}", &account.to_string()));
        assert_eq!(role.legacy_group_name(account), legacy, "{}", role.name);
        let keys = role.keys.all();
        assert!(keys.is_sorted_by_key(|(name, _)| *name));
        if let Some(table) = entry["permissions"].as_object() {
            for (name, access) in keys {
                assert_eq!(table[name]["read"], access.read, "{} {name}", role.name);
                assert_eq!(table[name]["write"], access.write, "{} {name}", role.name);
            }
        }
    }
}

#[test]
fn token_permission_groups_are_in_the_sdks_closed_lists() {
    const SCOPES: [&str; 4] = [
        "com.cloudflare.api.account",
        "com.cloudflare.api.account.zone",
        "com.cloudflare.api.user",
        "com.cloudflare.edge.r2.bucket",
    ];
    const CATEGORIES: [&str; 13] = [
        "developer_platform",
        "ai_and_machine_learning",
        "dns_and_zones",
        "app_security",
        "rules_and_configuration",
        "cloudflare_one_and_zero_trust",
        "analytics_and_logs",
        "network_services",
        "media",
        "email_and_messaging",
        "cache_and_performance",
        "account_and_billing",
        "other",
    ];
    for group in token_permission_groups() {
        assert!(!group.scopes.is_empty(), "{}", group.name);
        assert!(
            group
                .scopes
                .iter()
                .all(|scope| SCOPES.contains(&scope.as_str()))
        );
        assert!(
            CATEGORIES.contains(&group.category.as_str()),
            "{}",
            group.category
        );
        assert!(!group.dashboard_name.is_empty() && !group.description.is_empty());
    }
}

#[test]
fn the_ids_in_the_code_are_those_of_the_catalogue() {
    for (id, name) in [
        (SUPER_ADMINISTRATOR, "Super Administrator - All Privileges"),
        (ADMINISTRATOR, "Administrator"),
        (ADMINISTRATOR_READ_ONLY, "Administrator Read Only"),
        (MINIMAL_ACCOUNT_ACCESS, "Minimal Account Access"),
    ] {
        assert_eq!(role_by_group(id).map(|role| role.name.as_str()), Some(name));
    }
    assert_eq!(
        role_name(MINIMAL_ACCOUNT_ACCESS),
        Some("Minimal Account Access")
    );
}

#[test]
fn what_routes_check_exists_and_is_marked() {
    const NAMES: [&str; 13] = [
        "SCIM Provisioning",
        "Account Settings Read",
        "Account Settings Write",
        "Account API Tokens Read",
        "Account API Tokens Write",
        "SSO Connector Read",
        "SSO Connector Write",
        "User Details Read",
        "User Details Write",
        "Memberships Read",
        "Memberships Write",
        "API Tokens Read",
        "API Tokens Write",
    ];
    for (id, name) in ASKED_FOR.into_iter().zip(NAMES) {
        let group = token_permission_group(id);
        assert_eq!(group.map(|group| group.name.as_str()), Some(name));
        assert!(group.is_some_and(|group| group.used_by_provost), "{name}");
    }
    let admin = template_groups(TokenTemplate::Admin);
    assert!(admin.len() > 20);
    for template in [TokenTemplate::Scim, TokenTemplate::Read] {
        assert!(
            template_groups(template)
                .iter()
                .all(|id| admin.contains(id))
        );
    }
}
