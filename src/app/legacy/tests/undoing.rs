use super::town::{LOGS, SUPER, Town, as_role, confirm, decision};
use crate::app::groups::by_hand::{GroupChange, change};
use crate::app::legacy::{close, mapping, undo, verify};
use crate::app::policies;
use crate::domain::catalogue;
use crate::domain::error::{Kind, Result};
use crate::domain::group::GroupEdit;
use crate::domain::id::MigrationId;
use crate::domain::legacy::plan::{Choice, ConflictKind, Plan};
use crate::domain::legacy::run::{RunState, Undo};
use crate::domain::policy::NewPolicy;
use crate::domain::reason::Reason;
use crate::domain::reference::GroupRef;
use crate::domain::text::GroupName;

fn take_back(town: &Town, id: MigrationId, partial: bool) -> Result<Undo> {
    town.db.write(move |tx| undo::undo(tx, id, partial))
}

/// Converts, compares, undoes, and compares with what was.
fn there_and_back(town: &Town, plan: &Plan) {
    let before = town.db.dump(&LOGS);
    let run = town.convert(&confirm(plan.clone())).expect("a run");
    assert_ne!(town.db.dump(&LOGS), before);
    town.check();
    let undone = take_back(town, run.head.id, false).expect("an undo");
    assert_eq!(undone.head.state, RunState::Undone);
    assert_eq!(undone.groups.len(), run.groups.len());
    assert_eq!((undone.blockers.len(), undone.kept.len()), (0, 0));
    assert_eq!(undone.people.len(), plan.changed_people().count());
    assert_eq!(town.db.dump(&LOGS), before);
    town.check();
    // Once more changes nothing.
    let all = town.db.dump(&[]);
    let again = take_back(town, run.head.id, false).expect("an undo");
    assert_eq!(again.head, undone.head);
    assert_eq!(town.db.dump(&[]), all);
    // And what is undone stays so, though its plan is asked for again.
    let same = town.convert(plan).expect("the run");
    assert_eq!(same.head, undone.head);
    assert_eq!(town.db.dump(&[]), all);
}

#[test]
fn undoing_leaves_every_table_as_it_was() {
    let town = Town::new();
    there_and_back(&town, &town.planned());
    let near = format!("CF-{}-DNS", town.db.account.id);
    town.group(&near, &["cleo"]);
    there_and_back(
        &town,
        &town.decided(vec![
            as_role(&near, "DNS"),
            as_role(&town.name("Billing"), "Analytics"),
            decision(&town.name("DNS"), Choice::RenameOnly),
        ]),
    );
    town.by_hand("root", SUPER);
    town.write(mapping::switch_off);
    there_and_back(&town, &town.decided(vec![decision(&near, Choice::Skip)]));
}

#[test]
fn a_converted_group_is_a_user_group_under_the_same_ids() {
    let town = Town::new();
    let (old, hidden) = (town.name("DNS"), town.has_group(&town.name("DNS")));
    assert!(!hidden, "a legacy group is no user group");
    let id = town.scim_id(&old);
    let run = town.convert(&town.planned()).expect("a run");
    assert!(town.has_group("DNS Editors"));
    assert_eq!(town.scim_id("DNS Editors"), id);
    assert_eq!(town.scim_id(&old), id, "the old name finds it");
    assert_eq!(run.groups.len(), 3);
    assert_eq!(town.roles("bob"), ["Billing", "DNS"]);
    // Neither switching off, nor on again, touches it.
    town.by_hand("root", SUPER);
    town.write(mapping::switch_off);
    assert_eq!(town.roles("bob"), ["Billing", "DNS"]);
    town.write(|tx| mapping::switch_on(tx, true));
    assert_eq!(town.scim_id(&old), id);
    town.check();
}

#[test]
fn what_was_changed_since_keeps_its_group_from_being_undone() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    let id = run.head.id;
    let rename = |from: &str, to: &str| {
        let which = GroupRef::Named(from.to_owned());
        let name = GroupName::parse(to).expect("a name");
        town.write(move |tx| {
            let (key, _) = crate::store::groups::by_hand::get(tx, &which)?;
            crate::store::groups::rename(tx, key, &name)
        });
    };
    rename("DNS Editors", "Name servers");
    let which = GroupRef::Named("Billing Editors".to_owned());
    let analytics = catalogue::role_by_name("Analytics").expect("a role");
    let policies = vec![NewPolicy::allow(analytics.permission_group)];
    let change_to = GroupChange {
        name: None,
        policies: Some(policies),
    };
    town.write(move |tx| change(tx, &which, &change_to).map(|_| ()));

    let before = town.db.dump(&[]);
    let error = take_back(&town, id, false).expect_err("a refusal");
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Conflict, Reason::MigrationState)
    );
    for told in [
        "2 groups",
        "\"Name servers\"",
        "\"Billing Editors\"",
        "the other group alone",
    ] {
        assert!(error.message().contains(told), "{error}");
    }
    assert_eq!(town.db.dump(&[]), before);
    let preview = town.db.read(|tx| undo::preview(tx, id)).expect("a preview");
    assert_eq!((preview.groups.len(), preview.blockers.len()), (1, 2));

    let part = take_back(&town, id, true).expect("a part");
    assert_eq!(part.head.state, RunState::Converted);
    assert_eq!((part.head.groups, part.head.groups_undone), (3, 1));
    assert!(!town.has_group("Super Administrators"));
    town.check();
    // Nothing of the rest can be undone as it is.
    assert!(take_back(&town, id, true).is_err());
    rename("Name servers", "DNS Editors");
    let part = take_back(&town, id, true).expect("another part");
    assert_eq!(part.head.groups_undone, 2);
    let which = GroupRef::Named("Billing Editors".to_owned());
    town.write(move |tx| policies::set_of_group(tx, &which, &[]));
    assert!(
        take_back(&town, id, false).is_err(),
        "another policy is not the same"
    );
    assert_eq!(town.roles("bob"), ["DNS"]);
    town.check();
}

#[test]
fn groups_that_were_deleted_keep_a_run_from_nothing() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    town.delete("DNS Editors");
    let undone = take_back(&town, run.head.id, false).expect("an undo");
    assert_eq!(undone.head.state, RunState::Undone);
    assert_eq!((undone.head.groups, undone.head.groups_undone), (3, 2));
    assert!(undone.blockers.is_empty());
    let gone: Vec<&str> = undone.kept.iter().map(|one| one.message.as_str()).collect();
    let told = "\"DNS Editors\" was deleted since, and is not made again.";
    assert_eq!(gone, [told]);
    town.check();
    let id = run.head.id;
    let found = town.db.read(|tx| verify::verify(tx, id)).expect("a look");
    assert!(found.is_verified());
    // Once more changes nothing.
    let all = town.db.dump(&[]);
    take_back(&town, id, false).expect("an undo");
    assert_eq!(town.db.dump(&[]), all);
}

#[test]
fn memberships_that_were_pushed_since_stay() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    town.db
        .now_ms
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let dns = town.scim_id(&town.name("DNS"));
    town.person("dora");
    town.edit(town.entra, &dns, town.adding(&["dora", "cleo"]))
        .expect("a push");
    let bob = vec![town.id("bob")];
    town.edit(town.entra, &dns, GroupEdit::RemoveMembers(bob))
        .expect("a push");
    let undone = take_back(&town, run.head.id, false).expect("an undo");
    let [kept] = undone.kept.as_slice() else {
        panic!("{:?}", undone.kept);
    };
    assert!(
        kept.message.contains("had 1 member and has 2"),
        "{}",
        kept.message
    );
    assert_eq!(town.roles("dora"), ["DNS"]);
    assert_eq!(town.roles("bob"), ["Billing"]);
    town.check();
    // And it is converted again.
    town.convert(&town.planned()).expect("another run");
    assert_eq!(town.roles("dora"), ["DNS"]);
}

#[test]
fn a_mapping_that_was_switched_since_is_switched_back_first() {
    let town = Town::new();
    town.by_hand("root", SUPER);
    let run = town.convert(&town.planned()).expect("a run");
    town.write(mapping::switch_off);
    let error = take_back(&town, run.head.id, true).expect_err("a refusal");
    assert!(error.message().contains("switched off since"), "{error}");
    town.write(|tx| mapping::switch_on(tx, true));
    take_back(&town, run.head.id, false).expect("an undo");
    assert_eq!(town.roles("bob"), ["Billing", "DNS"]);
    town.check();
    // A group that is no longer offered would grant again.
    let run = town.convert(&town.planned()).expect("a run");
    town.write(mapping::switch_off);
    town.write(|tx| mapping::switch_on(tx, false));
    let part = take_back(&town, run.head.id, true).expect("a part");
    assert_eq!((part.groups.len(), part.blockers.len()), (2, 1));
    assert_eq!(part.blockers[0].group.old_name, town.name(SUPER));
    town.check();
}

#[test]
fn what_is_closed_is_not_undone_and_what_is_undone_not_closed() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    let id = run.head.id;
    let shut = |anyway| town.db.write(move |tx| close::close(tx, id, anyway));
    let error = shut(false).expect_err("providers push still");
    assert_eq!(error.reason(), Reason::MigrationState);
    assert!(
        error.message().contains("\"DNS Editors\" (Entra ID)"),
        "{error}"
    );
    let would = town
        .db
        .read(|tx| close::preview(tx, id))
        .expect("a preview");
    assert_eq!((would.names, would.without_new_name.len()), (3, 3));
    let closed = shut(true).expect("an end");
    assert_eq!(closed.head.state, RunState::Closed);
    assert!(town.has_group("DNS Editors"));
    assert!(!town.has_group(&town.name("DNS")));
    town.check();
    let all = town.db.dump(&[]);
    assert_eq!(shut(false).expect("closed already").head, closed.head);
    let error = take_back(&town, id, true).expect_err("closed");
    assert!(error.message().contains("is closed"), "{error}");
    assert_eq!(town.db.dump(&[]), all);

    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    let id = run.head.id;
    take_back(&town, id, false).expect("an undo");
    let error = town.db.write(move |tx| close::close(tx, id, true));
    assert!(error.expect_err("undone").message().contains("is undone"));
}

#[test]
fn every_step_is_in_the_audit_log_under_the_plans_id() {
    let town = Town::new();
    let run = town.convert(&town.planned()).expect("a run");
    take_back(&town, run.head.id, false).expect("an undo");
    let id = run.head.id.to_string();
    let rows = town.db.dump(&LOGS[1..]);
    let about = |what: &str| {
        let both = |row: &&String| row.contains(what) && row.contains(&id);
        rows.iter().filter(both).count()
    };
    assert_eq!(about("Create Backup"), 1);
    assert_eq!(about("Convert Legacy Groups"), 1);
    assert_eq!(about("Update User Group"), 6);
    assert_eq!(about("Undo Legacy Migration"), 1);
}

#[test]
fn a_group_takes_part_in_one_open_migration_alone() {
    let town = Town::new();
    let named = |role: &str| format!("CF-{}-{role}", town.db.account.id);
    town.group(&named("DNS"), &["cleo"]);
    let skipped = || [SUPER, "DNS", "Billing"].map(|role| decision(&town.name(role), Choice::Skip));
    let asked = |role| [skipped().to_vec(), vec![as_role(&named(role), "DNS")]].concat();
    let run = town
        .convert(&confirm(town.decided(asked("DNS"))))
        .expect("a run");
    // By hand it may be called nearly so again.
    let rename = GroupChange {
        name: Some(GroupName::parse(&named("Billing")).expect("a name")),
        policies: None,
    };
    let which = GroupRef::Named(run.groups[0].new_name.clone());
    town.write(move |tx| change(tx, &which, &rename).map(|_| ()));
    let plan = town.decided(asked("Billing"));
    let kinds: Vec<ConflictKind> = plan
        .groups
        .iter()
        .flat_map(|group| group.conflicts.iter().map(|one| one.kind))
        .collect();
    assert_eq!(kinds, [ConflictKind::NotClosed]);
    let error = town.convert(&confirm(plan)).expect_err("a refusal");
    assert_eq!(error.reason(), Reason::PlanUnready);
    assert!(error.message().contains("close or undo"), "{error}");
    let id = run.head.id;
    town.write(move |tx| close::close(tx, id, true));
    let plan = town.decided(asked("Billing"));
    town.convert(&confirm(plan)).expect("a run");
    town.check();
}
