use super::town::Town;
use crate::app::groups::by_hand::{GroupChange, change};
use crate::app::legacy::runs;
use crate::app::legacy::verify::verify;
use crate::domain::error::Kind;
use crate::domain::group::GroupEdit;
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::{Verification, VerifiedGroup};
use crate::domain::reason::Reason;
use crate::domain::reference::GroupRef;
use crate::domain::text::GroupName;

fn look(town: &Town, id: MigrationId) -> Verification {
    town.db.read(|tx| verify(tx, id)).expect("a verification")
}

fn group<'v>(found: &'v Verification, name: &str) -> &'v VerifiedGroup {
    let mut named = found.groups.iter().filter(|one| one.group.new_name == name);
    named.next().expect("the group")
}

#[test]
fn it_turns_true_by_the_providers_pushes() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    let id = run.head.id;
    let found = look(&town, id);
    assert!(!found.is_verified());
    assert_eq!((found.people, found.as_planned), (3, 3));
    let dns = group(&found, "DNS Editors");
    let pushing: Vec<&str> = dns
        .connections
        .iter()
        .filter(|one| one.pushes)
        .map(|one| &*one.connection.name)
        .collect();
    assert_eq!(pushing, ["Entra ID"]);
    assert!(!dns.is_confirmed());

    // Under the old name, and under a new one.
    let id_of = |role: &str| town.scim_id(&town.name(role));
    let old = GroupName::parse(&town.name("DNS")).expect("a name");
    town.edit(town.entra, &id_of("DNS"), GroupEdit::Rename(old))
        .expect("a push");
    let found = look(&town, id);
    assert!(group(&found, "DNS Editors").is_confirmed());
    assert!(!found.is_verified());
    town.push(town.entra, "Billing", &["ada"]);
    let new = GroupName::parse("Super Administrators").expect("a name");
    let admins = id_of(super::town::SUPER);
    town.edit(town.okta, &admins, GroupEdit::Rename(new))
        .expect("a push");
    let found = look(&town, id);
    assert!(found.is_verified(), "{found:?}");
    // Who was put into a group since has more, and that is no fault of the migration.
    assert_eq!((found.people, found.as_planned), (3, 2));
    let [ada] = found.changed_since.as_slice() else {
        panic!("{:?}", found.changed_since);
    };
    assert_eq!(ada.id, town.id("ada"));
    assert_eq!(ada.gained.len(), 1);
    let admins = group(&found, "Super Administrators");
    let okta = admins.connections.iter().find(|one| one.pushes);
    assert!(okta.is_some_and(|one| one.renamed_ms.is_some()));
    assert!(okta.is_some_and(|one| !one.waits_for_name()));
}

#[test]
fn policies_that_were_changed_since_are_not_explained_by_pushes() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    let which = GroupRef::Named("Billing Editors".to_owned());
    let none = GroupChange {
        name: None,
        policies: Some(Vec::new()),
    };
    town.write(move |tx| change(tx, &which, &none).map(|_| ()));
    let found = look(&town, run.head.id);
    let names: Vec<&str> = found
        .unexplained
        .iter()
        .map(|one| &*one.user_name)
        .collect();
    assert_eq!(names, ["bob@corp.example", "cleo@corp.example"]);
    assert_eq!(found.as_planned, 1);
    assert!(!found.is_verified());
}

#[test]
fn names_that_are_taken_bury_no_other_refusal() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    let refused = |count: u32, reason: Reason| {
        let (old, code) = (town.name("DNS"), reason.code());
        let rows = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO provisioning (account, at_ms, duration_us, request, method, uri,
                 target_kind, target_id, target_name, outcome, status, scim_type, reason, detail,
                 changes)
             SELECT a.seq, i, 0, zeroblob(16), 'POST', '/Groups', 'Group', '', '{old}',
                 'refused', 409, '', '{code}', '{code}', '[]'
             FROM n CROSS JOIN accounts a"
        );
        town.db.attack(&rows).expect("rows");
    };
    refused(1, Reason::Brake);
    refused(5_001, Reason::GroupNameTaken);
    let found = look(&town, run.head.id);
    let told: Vec<&str> = found.refusals.iter().map(|one| &*one.detail).collect();
    assert_eq!(told, [Reason::Brake.code()]);
}

#[test]
fn an_unknown_run_is_not_found() {
    let town = Town::new();
    let id = MigrationId::from_bytes([9; 16]);
    let error = town.db.read(|tx| verify(tx, id)).expect_err("none");
    assert_eq!(error.kind(), Kind::NotFound);
}

/// What the upgrade that brought outlines does to the runs that are there already.
#[test]
fn a_run_that_is_older_than_outlines_gets_the_one_of_a_new_run() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    let outline = || {
        let found = town.db.read(|tx| runs::outline(tx, run.head.id));
        found.expect("a run").plan
    };
    let new = outline();
    assert!(new.people.is_empty() && !run.plan.people.is_empty());
    let upgrade = include_str!("../../../../migrations/0010_add_migration_outline.sql");
    let (_, update) = upgrade.split_once("DEFAULT '{}';").expect("the column");
    let (update, _) = update.split_once(';').expect("the update");
    let attack = |sql| town.db.attack(sql).expect("SQL that runs");
    attack("UPDATE legacy_migrations SET outline = '{}'");
    attack(update);
    assert_eq!(outline(), new);
}
