use serde_json::json;

use crate::app;
use crate::app::groups::NewGroup;
use crate::domain::connection::{ProviderKind, SettingsChange};
use crate::domain::role::custom::{NewRole, RoleDescription, parse_permissions};
use crate::domain::role::{RoleRef, RoleScope};
use crate::domain::text::{GroupName, Label, RoleName};
use crate::store::check::integrity;
use crate::store::testing::{TestDb, write};

/// Two members, a group of them both, a connection with its token; and another account.
fn filled() -> TestDb {
    let db = TestDb::new();
    db.write(|tx| {
        let mut members = Vec::new();
        for name in ["ada@corp.example", "Bob@corp.example"] {
            let document = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": name, "displayName": name,
                "emails": [{ "value": name, "type": "work", "primary": true }],
            });
            let attributes = document.as_object().cloned().unwrap_or_default();
            members.push(app::members::add(tx, attributes)?.id);
        }
        let name = GroupName::parse("Engineers")?;
        app::groups::create(
            tx,
            &NewGroup {
                name,
                external_id: None,
                members,
            },
        )?;
        let settings = SettingsChange::default();
        app::connections::create(tx, ProviderKind::Okta, &Label::parse("Okta")?, &settings)?;
        let role = NewRole {
            name: RoleName::parse("Approvers")?,
            description: RoleDescription::default(),
            scope: RoleScope::Account,
            permissions: parse_permissions(["invoices:approve"])?,
        };
        app::roles::create(tx, &role)?;
        app::roles::hide(tx, &RoleRef::Named("DNS".to_owned()))?;
        Ok(())
    })
    .expect("members and a group");
    let other = db.db.write_blocking(write(None), |tx| {
        app::accounts::create(tx, &Label::parse("Other")?, None).map(|_| ())
    });
    other.expect("another account");
    db
}

#[test]
fn a_database_made_by_the_rules_has_no_finding() {
    assert_eq!(integrity(&filled().db).expect("an examination"), Vec::new());
}

/// A policy of a member's own.
const POLICY: &str = "INSERT INTO policies (seq, id, account, member, access, ordinal, created_ms)
         SELECT (account << 40) + 777, zeroblob(16), account, seq, 'allow', 0, 0 FROM members
         WHERE seq = {ada};
     INSERT INTO policy_permission_groups
         SELECT seq, 0, x'124b3f784ed20e168bc6bda6be3538a4' FROM policies WHERE id = zeroblob(16);
     INSERT INTO policy_resource_groups
         SELECT p.seq, 0, r.seq FROM resource_groups r JOIN policies p ON p.account = r.account
         WHERE p.id = zeroblob(16)";

/// A rule, and what breaks it; `{other}`, `{okta}` and `{ada}` stand for the keys of the other
/// account, the connection and a member, `{policy}` for making that one a policy.
const BREACHES: &[(&str, &str)] = &[
    (
        "account_member_count",
        "UPDATE accounts SET member_count = 5",
    ),
    ("account_group_count", "UPDATE accounts SET group_count = 5"),
    (
        "account_active_count",
        "UPDATE accounts SET active_count = 5",
    ),
    (
        "held_change_target",
        "UPDATE connections SET account = {other} WHERE name = 'Okta';
         INSERT INTO held_changes (connection, member, operation, meter, people, first_ms,
             last_ms, request, state)
         VALUES ({okta}, {ada}, 'delete_user', 'members', 1, 0, 0, zeroblob(16), 'held')",
    ),
    (
        "held_change_target",
        "UPDATE members SET state = 'pending';
         INSERT INTO held_changes (connection, member, operation, meter, people, first_ms,
             last_ms, request, state)
         VALUES ({okta}, {ada}, 'delete_user', 'members', 1, 0, 0, zeroblob(16), 'held')",
    ),
    (
        "sso_connector_domain",
        "INSERT INTO sso_connectors (id, account, email_domain, code, status, created_ms,
             modified_ms)
         VALUES (zeroblob(16), {other}, 'Corp.example', '', 'awaiting', 0, 0)",
    ),
    (
        "account_name_key",
        "UPDATE accounts SET name = 'x' WHERE name = 'Other'",
    ),
    (
        "account_built_in_connection",
        "DELETE FROM connections WHERE built_in = 1 AND account = {other}",
    ),
    (
        "account_built_in_resource_group",
        "DROP TRIGGER whole_accounts_stay; DELETE FROM resource_groups WHERE account = {other}",
    ),
    ("connection_name_key", "UPDATE connections SET name = 'x'"),
    ("group_member_count", "UPDATE groups SET member_count = 5"),
    (
        "group_member_count",
        "DELETE FROM group_members WHERE member = {ada}",
    ),
    (
        "group_member_id",
        "UPDATE group_members SET member_id = zeroblob(16)",
    ),
    (
        "group_member_account",
        "UPDATE groups SET account = {other}",
    ),
    (
        "group_current_name",
        "UPDATE group_names SET kind = 'alias'",
    ),
    ("group_current_name", "UPDATE groups SET name = 'x'"),
    (
        "group_name_account",
        "UPDATE group_names SET account = {other}",
    ),
    (
        "external_id_account",
        "UPDATE connections SET account = {other} WHERE name = 'Okta';
                 INSERT INTO member_external_ids VALUES ({okta}, 'x', {ada}, 1)",
    ),
    (
        "managing_connection_account",
        "UPDATE connections SET account = {other} WHERE name = 'Okta';
                 UPDATE members SET connection = {okta}",
    ),
    (
        "policy_account",
        "{policy}; DROP TRIGGER policies_keep_their_holder;
         UPDATE policies SET account = {other}",
    ),
    (
        "policy_key",
        "{policy}; DROP TRIGGER policies_keep_their_holder;
         UPDATE policies SET seq = seq + (9 << 40)",
    ),
    (
        "policy_parts",
        "{policy}; DELETE FROM policy_permission_groups",
    ),
    (
        "policy_parts",
        "{policy}; DELETE FROM policy_resource_groups",
    ),
    (
        "policy_role",
        "{policy}; DROP TRIGGER policy_permission_groups_stay;
         UPDATE policy_permission_groups SET permission_group = zeroblob(16)",
    ),
    (
        "policy_role",
        "{policy}; DROP TRIGGER policy_permission_groups_stay;
         UPDATE policy_permission_groups
         SET permission_group = (SELECT permission_group FROM custom_roles);
         DROP TRIGGER custom_roles_keep_their_ids;
         UPDATE custom_roles SET account = {other}",
    ),
    ("custom_role", "UPDATE custom_roles SET name = 'x'"),
    ("custom_role", "UPDATE custom_roles SET name_key = 'x'"),
    (
        "custom_role",
        "UPDATE custom_roles SET name = 'Billing', name_key = 'billing'",
    ),
    (
        "custom_role",
        "UPDATE custom_roles SET description = char(7)",
    ),
    ("custom_role", "UPDATE custom_roles SET permissions = '[1]'"),
    (
        "custom_role",
        "UPDATE custom_roles SET permissions = '[\"*:*\"]'",
    ),
    (
        "custom_role",
        "DROP TRIGGER custom_roles_keep_their_ids; UPDATE custom_roles
         SET permission_group = (SELECT permission_group FROM hidden_roles)",
    ),
    (
        "hidden_role",
        "UPDATE hidden_roles SET permission_group = zeroblob(16)",
    ),
    (
        "member_inactive_without_policies",
        "UPDATE members SET state = 'inactive'",
    ),
    (
        "member_active_with_policy",
        "UPDATE members SET minimal_access = 0",
    ),
    ("member_hints", "UPDATE members SET had_groups = 0"),
    (
        "member_hints",
        "{policy}; UPDATE members SET has_policies = 0",
    ),
    (
        "external_id_in_row",
        "UPDATE members SET external_connection = {okta}, external_id = 'nobody'",
    ),
    (
        "external_id_in_row",
        "INSERT INTO member_external_ids VALUES ({okta}, 'x', {ada}, 1)",
    ),
    (
        "external_id_in_row",
        "INSERT INTO member_external_ids VALUES ({okta}, 'x', 5, 0)",
    ),
    (
        "external_id_in_row",
        "INSERT INTO group_external_ids VALUES ({okta}, 'x', 5, 0)",
    ),
    (
        "email_of_nobody",
        "INSERT INTO member_emails SELECT account, 'x', member, 7, NULL, 1 FROM member_emails",
    ),
    (
        "email_of_nobody",
        "UPDATE member_emails SET other = 1 - other",
    ),
    (
        "account_last_key",
        "UPDATE accounts SET last_member = member_count;
                 UPDATE members SET seq = seq + 50 WHERE seq = {ada}",
    ),
    (
        "tombstone_of_the_living",
        "INSERT INTO tombstones SELECT id, account, 'member', 0 FROM members",
    ),
    (
        "token_account",
        "UPDATE connections SET account = {other} WHERE name = 'Okta'",
    ),
    ("token_secret", "DELETE FROM token_secrets"),
    ("token_secret", "UPDATE token_secrets SET ended = 1"),
    ("token_policy", "DELETE FROM token_policies"),
    (
        "member_document",
        "UPDATE members SET user_name_key = 'x' WHERE seq = {ada}",
    ),
    (
        "member_document",
        "UPDATE members SET display_name_key = 'x'",
    ),
    ("member_document", "UPDATE members SET shown_name_key = 'x'"),
    ("member_document", "UPDATE members SET document = '[]'"),
    ("member_document", "UPDATE members SET version = 7"),
    ("member_document", "DELETE FROM member_emails"),
    (
        "member_document",
        "UPDATE member_emails SET kind_key = 'home'",
    ),
    (
        "account_super_administrator",
        "INSERT INTO administered_accounts SELECT seq FROM accounts",
    ),
    (
        "account_super_administrator",
        "INSERT INTO administered_accounts SELECT seq FROM accounts WHERE name = 'Other'",
    ),
    (
        "guard_put_off",
        "INSERT INTO guards_put_off (account) SELECT seq FROM accounts",
    ),
    (
        "resource_group_domains",
        "INSERT INTO resource_groups (id, account, name, name_key, created_ms)
         SELECT randomblob(16), seq, 'x', 'x', 0 FROM accounts WHERE name = 'Other'",
    ),
    (
        "resource_group_domains",
        "INSERT INTO domains (id, account, name, created_ms)
         SELECT randomblob(16), seq, 'x.example', 0 FROM accounts WHERE name = 'Other';
         INSERT INTO resource_group_domains SELECT r.seq, 0, d.seq FROM resource_groups r, domains d
         WHERE r.built_in = 1",
    ),
    (
        "resource_group_unused",
        "INSERT INTO resource_groups (id, account, name, scope_key, created_ms)
         SELECT randomblob(16), seq, 'x', 'x', 0 FROM accounts WHERE name = 'Other'",
    ),
    ("box_row", "DELETE FROM box"),
    (
        "audit_chain",
        "DROP TRIGGER audit_rows_stay; DELETE FROM audit WHERE seq = 2",
    ),
    ("references", "DELETE FROM members"),
];

#[test]
fn each_broken_rule_is_found() {
    for (check, sql) in BREACHES {
        let sql = sql
            .replace("{policy}", POLICY)
            .replace("{other}", "(SELECT seq FROM accounts WHERE name = 'Other')")
            .replace(
                "{okta}",
                "(SELECT seq FROM connections WHERE name = 'Okta')",
            )
            .replace(
                "{ada}",
                "(SELECT seq FROM members WHERE user_name_key LIKE 'ada@%')",
            );
        let db = filled();
        db.tamper(&sql);
        let findings = integrity(&db.db).expect("an examination");
        let found = findings.iter().any(|finding| finding.check == *check);
        assert!(found, "{check}: {sql}: {findings:?}");
    }
}
