use super::town::{LOGS, Town, as_role, confirm, group};
use crate::app::legacy::undo;
use crate::app::members::Precondition;
use crate::domain::audit::Action;
use crate::domain::error::{Error, Kind};
use crate::domain::id::AccountId;
use crate::domain::legacy::plan::{
    Class, ConflictKind, Decision, Import, ImportGroup, PlanOptions,
};
use crate::domain::legacy::run::RunState;
use crate::domain::member::State;
use crate::domain::reference::{GroupRef, MemberRef};

const OTHER: &str = "0123456789abcdef0123456789abcdef";

fn name(role: &str) -> String {
    format!("CF-{OTHER} - {role}")
}

fn listed(role: &str, members: &[&str]) -> ImportGroup {
    ImportGroup {
        name: name(role),
        members: members
            .iter()
            .map(|name| format!("{name}@corp.example"))
            .collect(),
    }
}

fn options(groups: Vec<ImportGroup>, create_missing: bool) -> PlanOptions {
    PlanOptions {
        import: Some(Import {
            from_account: OTHER.parse().expect("an id"),
            create_missing,
            groups,
        }),
        ..PlanOptions::default()
    }
}

/// A town without legacy groups, and two people in it.
fn town() -> Town {
    let town = Town::empty();
    town.person("ada");
    town.person("bob");
    town
}

fn state(town: &Town, name: &str) -> Option<State> {
    let which = MemberRef::Named(format!("{name}@corp.example"));
    let found = town
        .db
        .read(|tx| crate::app::members::by_hand::find(tx, &which));
    found.ok().map(|member| member.state)
}

#[test]
fn groups_of_a_file_are_made_with_those_who_are_there() {
    let town = town();
    let groups = vec![
        listed("DNS", &["ADA", "ada", "nobody"]),
        listed("DNS", &["bob"]),
        listed("Billing", &["bob", "nobody"]),
        ImportGroup {
            name: "Engineering".to_owned(),
            members: Vec::new(),
        },
    ];
    let plan = town.plan(&options(groups, false)).expect("a plan");
    assert_eq!(plan.ignored, ["Engineering"]);
    assert_eq!((plan.summary.groups, plan.summary.gain), (2, 2));
    let dns = group(&plan, &name("DNS"));
    assert_eq!((dns.class, dns.members), (Class::Exact, 2));
    assert_eq!(dns.missing, ["nobody@corp.example"]);
    assert_eq!(plan.summary.missing, 1);
    assert!(town.convert(&plan).is_err(), "everybody gains something");

    let before = town.db.dump(&LOGS);
    let run = town.convert(&confirm(plan)).expect("a run");
    assert_eq!(town.roles("ada"), ["DNS"]);
    assert_eq!(town.roles("bob"), ["Billing", "DNS"]);
    assert_eq!(state(&town, "nobody"), None);
    assert!(town.has_group("DNS Editors") && town.has_group(&name("DNS")));
    town.check();
    let id = run.head.id;
    let undone = town.write(move |tx| undo::undo(tx, id, false));
    assert_eq!(undone.head.state, RunState::Undone);
    assert!(!town.has_group("DNS Editors"));
    // The ids that were given are never given again, and nobody was in a group before.
    let marks = [&LOGS[..], &["tombstones", "accounts", "members"]].concat();
    let gone = |table: &str| {
        let of = |row: &&String| !row.starts_with(&format!("{table}:"));
        before.iter().filter(of).cloned().collect::<Vec<_>>()
    };
    let mut wanted = gone("accounts");
    wanted.retain(|row| !row.starts_with("members:") && !row.starts_with("tombstones:"));
    assert_eq!(town.db.dump(&marks), wanted);
    town.check();
}

#[test]
fn those_who_are_missing_are_made_inactive_when_asked() {
    let town = town();
    let groups = vec![
        listed("DNS", &["ada", "new", "newer"]),
        listed("Billing", &["new"]),
    ];
    let plan = town.plan(&options(groups, true)).expect("a plan");
    assert_eq!(plan.summary.missing, 2);
    assert_eq!(group(&plan, &name("DNS")).members, 3);
    let run = town.convert(&confirm(plan)).expect("a run");
    assert_eq!(state(&town, "new"), Some(State::Inactive));
    assert_eq!(town.roles("new"), [""; 0]);
    town.check();
    // A provider lets one of them in.
    let newer = town.id("newer");
    let came = town.send(town.entra, move |tx| {
        let any = Precondition::default();
        crate::app::members::edit::<Error>(tx, newer, Action::ScimUserUpdate, &any, |profile| {
            let mut profile = profile.clone();
            profile.assign_active(Some(true));
            Ok(profile)
        })
        .map(|_| ())
    });
    came.expect("a push");
    assert_eq!(town.roles("newer"), ["DNS"]);
    let id = run.head.id;
    let undone = town.write(move |tx| undo::undo(tx, id, false));
    assert_eq!(undone.kept.len(), 1);
    assert!(undone.kept[0].message.contains("newer@corp.example"));
    assert_eq!(state(&town, "new"), None);
    assert_eq!(state(&town, "newer"), Some(State::Active));
    assert_eq!(town.roles("newer"), [""; 0]);
    town.check();
}

#[test]
fn those_who_were_made_go_though_their_groups_were_deleted_before() {
    let town = town();
    let plan = town.plan(&options(vec![listed("DNS", &["ada", "new"])], true));
    let plan = confirm(plan.expect("a plan"));
    let run = town.convert(&plan).expect("a run");
    assert_eq!(state(&town, "new"), Some(State::Inactive));
    let dns = GroupRef::Named("DNS Editors".to_owned());
    town.write(move |tx| crate::app::groups::by_hand::remove(tx, &dns).map(drop));
    let id = run.head.id;
    let undone = town.write(move |tx| undo::undo(tx, id, false));
    assert_eq!(undone.head.state, RunState::Undone);
    assert_eq!((undone.groups.len(), undone.kept.len()), (0, 1));
    assert_eq!(state(&town, "new"), None);
    town.check();
}

#[test]
fn a_file_is_judged_like_the_account() {
    let town = Town::new();
    let refuse = |groups| {
        let refused = town.plan(&options(groups, true)).expect_err("a refusal");
        refused.kind()
    };
    assert_eq!(refuse(Vec::new()), Kind::Invalid);
    let groups = vec![ImportGroup {
        name: town.name("DNS"),
        members: vec!["a\u{202e}b".to_owned()],
    }];
    let mut asked = options(groups, true);
    if let Some(import) = &mut asked.import {
        import.from_account = town.db.account.id;
    }
    let plan = town.plan(&asked).expect("a plan");
    let conflicts = &group(&plan, &town.name("DNS")).conflicts;
    let kinds: Vec<ConflictKind> = conflicts.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [ConflictKind::GroupExists, ConflictKind::UserNameInvalid]
    );
    // Of two names that differ in letter case alone, one may grant and the other not.
    let groups = vec![
        listed("DNS", &["ada"]),
        ImportGroup {
            name: name("dns"),
            members: vec!["bob@corp.example".to_owned()],
        },
    ];
    let plan = town.plan(&options(groups, false)).expect("a plan");
    assert_eq!((plan.summary.groups, plan.summary.people), (1, 1));
    let dns = group(&plan, &name("DNS"));
    assert_eq!(
        (dns.conflicts.len(), dns.conflicts[0].kind),
        (1, ConflictKind::NameTwice)
    );
    // Near misses and unknown roles are decided of as well.
    let groups = vec![ImportGroup {
        name: format!("CF-{OTHER}-DNS"),
        members: vec!["ada@corp.example".to_owned()],
    }];
    let plan = town.plan(&options(groups.clone(), false)).expect("a plan");
    assert_eq!(plan.summary.undecided, 1);
    let decided = PlanOptions {
        decisions: vec![as_role(&groups[0].name, "DNS")],
        ..options(groups, false)
    };
    let plan = town.plan(&decided).expect("a plan");
    assert!(plan.is_ready());
    let _: &Decision = &plan.options.decisions[0];
}

#[test]
fn an_account_that_kept_its_id_keeps_the_groups_ids_too() {
    let town = town();
    let own: AccountId = town.db.account.id;
    let mut asked = options(
        vec![ImportGroup {
            name: town.name("DNS"),
            members: vec!["ada@corp.example".to_owned()],
        }],
        false,
    );
    if let Some(import) = &mut asked.import {
        import.from_account = own;
    }
    let plan = town.plan(&asked).expect("a plan");
    town.convert(&confirm(plan)).expect("a run");
    let id = town.scim_id(&town.name("DNS"));
    assert!(id.as_str().starts_with("cloudflare-v1-"), "{id}");
    town.check();
}
