use crate::app;
use crate::domain::error::Result;
use crate::domain::legacy::mapping::scim_id;
use crate::domain::text::GroupName;
use crate::domain::{catalogue, connection};
use crate::store::check::integrity;
use crate::store::groups::{self, GroupKey};
use crate::store::legacy::old_names;
use crate::store::testing::{TestDb, write};
use crate::store::tx::{ReadTx, WriteTx};

fn legacy(tx: &ReadTx<'_>, role: &str) -> Result<GroupKey> {
    let role = catalogue::role_by_name(role).expect("a role");
    let found = groups::find_by_id(tx, &scim_id(role)?)?;
    Ok(found.expect("a group").0)
}

/// Makes the legacy group of DNS a user group, as far as names go.
fn convert(tx: &WriteTx<'_>) -> Result<GroupKey> {
    let key = legacy(tx, "DNS")?;
    tx.conn()
        .execute("UPDATE groups SET legacy = NULL WHERE seq = ?1", [key.0])?;
    let role = format!("CF-{} - DNS", crate::store::legacy::account_id(tx)?);
    groups::rename(tx, key, &GroupName::parse("DNS editors")?)?;
    old_names::keep(tx, key, &role)?;
    Ok(key)
}

/// The mapping on, one group converted, and another account with another connection.
fn filled() -> TestDb {
    let db = TestDb::new();
    db.write(|tx| {
        app::legacy::mapping::switch_on(tx, false)?;
        let okta = crate::domain::text::Label::parse("Okta")?;
        let settings = connection::SettingsChange::default();
        app::connections::create(tx, connection::ProviderKind::Okta, &okta, &settings)?;
        convert(tx).map(drop)
    })
    .expect("a converted group");
    let other = db.db.write_blocking(write(None), |tx| {
        let name = crate::domain::text::Label::parse("Other")?;
        app::accounts::create(tx, &name, None).map(drop)
    });
    other.expect("another account");
    db
}

const BREACHES: &[(&str, &str)] = &[
    (
        "account_legacy_count",
        "UPDATE accounts SET legacy_count = 3",
    ),
    (
        "legacy_group",
        "UPDATE groups SET scim_id = 'x' WHERE name LIKE '% - Billing'",
    ),
    (
        "legacy_group",
        "DROP TRIGGER legacy_groups_keep_their_role;
         UPDATE groups SET legacy = zeroblob(16), scim_id = 'cloudflare-v1-' || hex(zeroblob(16))
         WHERE name LIKE '% - Billing'",
    ),
    (
        "legacy_group",
        "UPDATE groups SET name = 'Billing' WHERE name LIKE '% - Billing'",
    ),
    ("legacy_group", "UPDATE groups SET has_old_names = 1"),
    (
        "legacy_group_policy",
        "DELETE FROM policies WHERE grp = (SELECT seq FROM groups WHERE name LIKE '% - Billing')",
    ),
    (
        "legacy_group_policy",
        "UPDATE accounts SET legacy_mapping = 0",
    ),
    (
        "legacy_group_policy",
        "DROP TRIGGER policies_keep_their_holder; UPDATE policies SET access = 'deny'",
    ),
    (
        "legacy_group_policy",
        "DROP TRIGGER policy_permission_groups_stay; UPDATE policy_permission_groups
         SET permission_group = x'124b3f784ed20e168bc6bda6be3538a4'",
    ),
    (
        "legacy_group_policy",
        "INSERT INTO policy_permission_groups
         SELECT policy, 1, x'124b3f784ed20e168bc6bda6be3538a4' FROM policy_permission_groups",
    ),
    ("group_has_old_names", "UPDATE groups SET has_old_names = 0"),
    (
        "group_old_name",
        "DELETE FROM group_names WHERE kind = 'alias' AND name_key LIKE '% - dns'",
    ),
    ("group_old_name", "UPDATE group_old_names SET name = 'x'"),
    (
        "group_old_name",
        "UPDATE connections SET account = (SELECT max(seq) FROM accounts) WHERE name = 'Okta'",
    ),
    ("group_alias", "DELETE FROM group_old_names"),
    (
        "legacy_migration_name",
        "INSERT INTO legacy_migration_groups (migration, ordinal, grp, group_id, scim_id, old_name,
             new_name, new_name_key, made, policies_before, policies_after)
         VALUES (1, 0, 1, zeroblob(16), 'x', 'x', 'É', 'É', 0, '[]', '[]')",
    ),
];

#[test]
fn each_broken_rule_is_found() {
    assert_eq!(integrity(&filled().db).expect("an examination"), Vec::new());
    for (check, sql) in BREACHES {
        let db = filled();
        db.tamper(sql);
        let findings = integrity(&db.db).expect("an examination");
        let found = findings.iter().any(|finding| finding.check == *check);
        assert!(found, "{check}: {sql}: {findings:?}");
    }
}

/// The rows that names are in.
fn names(db: &TestDb) -> Vec<String> {
    let read = |tx: &ReadTx<'_>| {
        Ok(crate::store::sql::list(
            tx.conn(),
            "SELECT json_array(account, name_key, grp, kind) FROM group_names
             UNION ALL SELECT json_array(grp, connection, name, name_key, seen_ms, renamed_ms)
             FROM group_old_names
             UNION ALL SELECT json_array(seq, name, version, modified_ms, has_old_names, document)
             FROM groups",
            [],
            |row| row.get(0),
        )?)
    };
    db.read(read).expect("rows")
}

#[test]
fn what_is_kept_of_a_name_is_withdrawn_without_a_trace() {
    let db = TestDb::new();
    db.write(|tx| app::legacy::mapping::switch_on(tx, false).map(drop))
        .expect("switched on");
    let before = names(&db);
    let converted = |tx: &WriteTx<'_>| {
        let key = legacy(tx, "Trust and Safety")?;
        let old = format!(
            "CF-{} - Trust and Safety",
            crate::store::legacy::account_id(tx)?
        );
        groups::rename(tx, key, &GroupName::parse("Trust people")?)?;
        old_names::keep(tx, key, &old)?;
        Ok((key, old))
    };
    let (key, old) = db.write(converted).expect("kept");
    assert_ne!(names(&db), before);
    db.write(move |tx| {
        old_names::withdraw(tx, key, &old)?;
        groups::rename(tx, key, &GroupName::parse(&old)?)
    })
    .expect("withdrawn");
    assert_eq!(names(&db), before);
    // Ended, the old spellings of its role go too.
    let (key, _) = db.write(converted).expect("kept");
    db.write(move |tx| old_names::end(tx, key)).expect("ended");
    let left = names(&db);
    let of_it = format!(",{},", key.0);
    let aliases = left
        .iter()
        .filter(|row| row.contains(&of_it) && row.contains("alias"));
    assert_eq!(aliases.count(), 0);
    assert!(!left.iter().any(|row| row.contains("Trust and Safety")));
}

#[test]
fn a_name_that_another_group_has_is_not_kept() {
    let db = TestDb::new();
    let refused = db.write(|tx| {
        let (key, _) = groups::insert(tx, &GroupName::parse("A")?)?;
        groups::insert(tx, &GroupName::parse("B")?)?;
        old_names::keep(tx, key, "b")
    });
    assert!(refused.is_err());
}
