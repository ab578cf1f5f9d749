use super::town::{SUPER, Town, as_role, called, confirm, decision};
use crate::app::legacy::convert::convert;
use crate::app::legacy::{mapping, runs};
use crate::app::policies;
use crate::domain::actor::{Actor, Client};
use crate::domain::catalogue;
use crate::domain::connection::{ConnectionSettings, ProviderKind};
use crate::domain::error::{Error, Kind};
use crate::domain::id::{ConnectionId, PermissionGroupId, TokenId};
use crate::domain::legacy::plan::{Choice, Plan};
use crate::domain::policy::{Access, NewPolicy};
use crate::domain::reason::Reason;
use crate::domain::reference::MemberRef;
use crate::domain::token::{Grants, TokenTemplate};
use crate::store::testing::write;
use crate::store::writer::{Authority, Write};

/// Refused, and nothing is left of it.
#[track_caller]
fn refused(town: &Town, plan: &Plan) -> Error {
    let (before, backups) = (town.db.dump(&[]), town.backups());
    let error = town.convert(plan).expect_err("a refusal");
    assert_eq!(town.db.dump(&[]), before);
    assert_eq!(town.backups(), backups);
    error
}

#[track_caller]
fn stale(town: &Town, plan: &Plan, what: &str) {
    let error = refused(town, plan);
    assert_eq!(error.reason(), Reason::PlanStale);
    let said = format!("this changed: {what};");
    assert!(error.message().contains(&said), "{error}");
}

#[test]
fn a_plan_that_something_changed_under_is_stale() {
    let town = Town::new();
    town.by_hand("root", SUPER);
    // Who is in a group is not what it stands on.
    let plan = town.planned();
    town.person("dora");
    town.push(town.entra, "DNS", &["dora"]);
    town.group("DNS Editors", &[]);
    stale(&town, &plan, "the new names");

    let plan = town.planned();
    town.group(&town.name("Zone Editor"), &[]);
    let error = refused(&town, &plan);
    assert!(
        error.message().contains("the groups or their names"),
        "{error}"
    );

    let skip = || vec![decision(&town.name("Zone Editor"), Choice::Skip)];
    let plan = town.decided(skip());
    let deny = NewPolicy {
        access: Access::Deny,
        ..NewPolicy::allow(role("DNS"))
    };
    let cleo = MemberRef::Id(town.id("cleo"));
    town.write(move |tx| policies::set_of_member(tx, &cleo, &[deny]));
    stale(&town, &plan, "policies or roles");

    let plan = town.decided(skip());
    town.write(mapping::switch_off);
    let error = refused(&town, &plan);
    assert!(error.message().contains("the legacy mapping"), "{error}");
    assert!(
        error
            .message()
            .contains("bob@corp.example (gains Billing and DNS)"),
        "{error}"
    );

    let plan = confirm(town.decided(skip()));
    let other = town.decided(vec![called(&town.name("DNS"), "Name servers")]);
    let mixed = Plan {
        options: other.options,
        ..plan
    };
    let error = refused(&town, &mixed);
    assert!(error.message().contains("the decisions"), "{error}");
}

fn role(name: &str) -> PermissionGroupId {
    let role = catalogue::role_by_name(name).expect("a role");
    role.permission_group
}

#[test]
fn undecided_groups_and_conflicts_are_told() {
    let town = Town::new();
    let unknown = town.name("Zone Editor");
    town.group(&unknown, &["cleo"]);
    let error = refused(&town, &town.planned());
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Conflict, Reason::PlanUnready)
    );
    assert!(
        error.message().contains("1 groups wait for a decision"),
        "{error}"
    );
    assert!(error.message().contains("Zone Editor"), "{error}");

    let plan = town.decided(vec![
        decision(&unknown, Choice::Skip),
        called(&town.name("DNS"), "CF people"),
    ]);
    let error = refused(&town, &plan);
    assert_eq!(error.reason(), Reason::PlanUnready);
    assert!(error.message().contains("\"CF people\""), "{error}");

    let all = [SUPER, "DNS", "Billing"].map(|role| decision(&town.name(role), Choice::Skip));
    let plan = town.decided([all.to_vec(), vec![decision(&unknown, Choice::Skip)]].concat());
    let error = refused(&town, &plan);
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.message().contains("no group to convert"), "{error}");
}

#[test]
fn whose_access_changes_is_confirmed_person_by_person() {
    let town = Town::new();
    let plan = town.decided(vec![as_role(&town.name("Billing"), "Analytics")]);
    let error = refused(&town, &plan);
    assert_eq!(error.reason(), Reason::AccessChanges);
    for told in [
        "2 people",
        "bob@corp.example (gains Analytics, loses Billing)",
        "cleo@corp.example",
    ] {
        assert!(error.message().contains(told), "{error}");
    }
    let mut half = plan.clone();
    for person in &mut half.people {
        person.confirmed = person.id == town.id("bob");
    }
    let error = refused(&town, &half);
    assert!(error.message().contains("1 people"), "{error}");
    assert!(!error.message().contains("bob@"), "{error}");

    town.convert(&confirm(plan)).expect("a run");
    assert_eq!(town.roles("bob"), ["Analytics", "DNS"]);
    assert_eq!(town.roles("cleo"), ["Analytics"]);
    assert_eq!(town.roles("ada"), [SUPER]);
    town.check();
}

#[test]
fn the_last_super_administrator_stays_whoever_confirms() {
    let town = Town::new();
    let plan = town.decided(vec![decision(&town.name(SUPER), Choice::RenameOnly)]);
    assert_eq!(plan.summary.super_administrators_after, 0);
    let error = refused(&town, &confirm(plan.clone()));
    assert_eq!(error.reason(), Reason::LastSuperAdministrator);
    assert!(error.message().contains("ada@corp.example"), "{error}");

    town.by_hand("root", SUPER);
    let plan = town.decided(vec![decision(&town.name(SUPER), Choice::RenameOnly)]);
    town.convert(&confirm(plan)).expect("a run");
    assert_eq!(town.roles("ada"), [""; 0]);
    town.check();
}

#[test]
fn the_same_plan_again_is_the_same_run() {
    let town = Town::new();
    let plan = town.planned();
    let run = town.convert(&plan).expect("a run");
    let (after, backups) = (town.db.dump(&[]), town.backups());
    assert_eq!(backups, 2, "a backup and its manifest");
    let again = town.convert(&plan).expect("the run");
    assert_eq!(again, run);
    assert_eq!(town.db.dump(&[]), after);
    assert_eq!(town.backups(), backups);
    let other = Plan {
        fingerprint: "0".repeat(16),
        ..plan
    };
    assert_eq!(refused(&town, &other).reason(), Reason::PlanStale);
    // Nothing is left to do for another one.
    let plan = town.planned();
    assert_eq!(plan.summary.groups, 0);
    assert_eq!(refused(&town, &plan).kind(), Kind::Invalid);
    let listed = town.db.read(runs::list).expect("runs");
    assert_eq!(listed, [run.head]);
}

#[test]
fn what_comes_to_another_access_than_planned_is_undone() {
    let town = Town::new();
    town.by_hand("root", SUPER);
    let plan = town.planned();
    // As a defect would: a group loses its policies on the way.
    town.db.tamper(
        "CREATE TRIGGER defect AFTER INSERT ON legacy_migration_groups
         WHEN NEW.new_name LIKE 'Billing%'
         BEGIN DELETE FROM policies WHERE grp = NEW.grp; END",
    );
    let error = refused(&town, &plan);
    assert_eq!(error.reason(), Reason::AccessChanges);
    assert!(
        error.message().contains("After the change 2 people"),
        "{error}"
    );
    assert!(error.message().contains("cleo@corp.example"), "{error}");
}

#[test]
fn a_token_that_gives_no_roles_converts_nothing() {
    let town = Town::new();
    let plan = town.planned();
    let with = |groups: &[PermissionGroupId]| {
        let kind = ProviderKind::Generic;
        let actor = Actor::Client(Client {
            token: TokenId::from_bytes([1; 16]),
            token_name: "test".to_owned(),
            secret_hint: "abcd".to_owned(),
            member: None,
            member_name: None,
            rights: None,
            grants: Grants::from_groups(groups.iter().copied()),
            connection: ConnectionId::from_bytes([2; 16]),
            connection_name: "API".to_owned(),
            connection_kind: kind,
            settings: ConnectionSettings::default_for(kind),
        });
        let account = Some(town.db.account.id);
        let seat = town
            .db
            .db
            .local_seat(actor.clone(), account)
            .expect("a seat");
        let write = Write {
            authority: Authority::Local { actor, account },
            ..write(None)
        };
        let write = Write {
            permission: crate::domain::actor::Permission::DirectoryWrite,
            ..write
        };
        convert(&town.db.db, &seat, write, plan.request()).map_err(|error| error.reason())
    };
    let reason = with(&[catalogue::SCIM_PROVISIONING]);
    assert_eq!(reason.err(), Some(Reason::PermissionMissing));
    assert_eq!(
        with(&[catalogue::ACCOUNT_SETTINGS_READ]).err(),
        Some(Reason::PermissionMissing)
    );
    assert!(with(&catalogue::template_groups(TokenTemplate::Admin)).is_ok());
}

#[test]
fn what_the_caller_does_not_hold_is_not_given_by_converting() {
    let town = Town::new();
    town.by_hand("root", SUPER);
    town.write(mapping::switch_off);
    let plan = confirm(town.planned());
    let actor = {
        let kind = ProviderKind::Generic;
        Actor::Client(Client {
            token: TokenId::from_bytes([1; 16]),
            token_name: "test".to_owned(),
            secret_hint: "abcd".to_owned(),
            member: None,
            member_name: None,
            rights: None,
            grants: Grants::from_groups([catalogue::ACCOUNT_SETTINGS_WRITE]),
            connection: ConnectionId::from_bytes([2; 16]),
            connection_name: "API".to_owned(),
            connection_kind: kind,
            settings: ConnectionSettings::default_for(kind),
        })
    };
    let account = Some(town.db.account.id);
    let seat = town.db.db.local_seat(actor, account).expect("a seat");
    let error = convert(&town.db.db, &seat, write(account), plan.request());
    let error = error.expect_err("Super Administrator would be given");
    assert_eq!(error.reason(), Reason::RoleNotHeld);
}
