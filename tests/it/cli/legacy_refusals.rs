//! What a migration refuses, by command: plans that change access, stale ones, and what was
//! changed since.

use provost::domain::connection::ProviderKind;
use serde_json::{Value, json};

use super::legacy::{lines_fit, planned, push_again, pushed, read};
use crate::harness::fixtures::{group, values};

#[test]
fn a_plan_that_changes_access_is_confirmed_person_by_person() {
    let (app, program, people) = pushed();
    let map = format!("{},,convert,Billing\n", app.legacy_name("DNS"));
    std::fs::write(program.file("map.csv"), map).expect("a file");
    let plan = [
        "legacy",
        "plan",
        "--map",
        "map.csv",
        "--out",
        "plan.json",
        "-o",
        "human",
    ];
    let said = program.run(&plan);
    assert!(
        said.out
            .contains("p0@corp.example gains Billing, loses DNS"),
        "{}",
        said.out
    );
    lines_fit(&said);
    let [_, why, _] = said.fails(7);
    assert!(why.contains("2 people would gain or lose"), "{why}");
    let convert = ["legacy", "convert", "plan.json", "--yes"];
    let with = |more: &[&str]| program.run(&[&convert[..], more].concat());
    let [_, why, _] = with(&[]).fails(7);
    assert!(
        why.contains("p0@corp.example") && why.contains("p1@corp.example"),
        "{why}"
    );
    let [_, why, _] = with(&["--confirm", "P0@corp.example"]).fails(7);
    assert!(
        !why.contains("p0@corp.example") && why.contains("p1@corp.example"),
        "{why}"
    );
    with(&["--confirm", "nobody"]).fails(4);
    std::fs::write(program.file("people"), format!("{}\n\n", people[1])).expect("a file");
    with(&["--confirm", "p0@corp.example", "--confirm-file", "people"]).is(0);
    let access = program.json(&["member", "access", "p0@corp.example"]);
    assert!(access.to_string().contains("Billing") && !access.to_string().contains("\"DNS\""));
}

#[test]
fn a_plan_is_stale_once_something_that_matters_changed() {
    let (app, program, people) = pushed();
    let map = format!("{},Resolvers\n", app.legacy_name("DNS"));
    std::fs::write(program.file("map.csv"), map).expect("a file");
    program
        .run(&["legacy", "plan", "--map", "map.csv", "--out", "first.json"])
        .is(0);
    planned(&program, "second.json");
    // Who is in a group does not matter.
    push_again(&app, "Billing", &people[1..]);
    program
        .run(&["legacy", "convert", "second.json", "--yes", "--dry-run"])
        .is(0);
    program
        .run(&["policy", "add", "p2@corp.example", "--role", "DNS", "--yes"])
        .is(0);
    program
        .run(&["legacy", "convert", "second.json", "--yes"])
        .is(0);
    // Its decision is about a group that is no legacy group any more.
    let [_, why, next] = program.run(&["legacy", "convert", "first.json"]).fails(5);
    assert!(
        why.contains("Since the plan was made, this changed"),
        "{why}"
    );
    assert!(next.contains("make the plan again"), "{next}");
    let mut changed = read(&program, "second.json");
    changed["fingerprint"] = json!("0");
    std::fs::write(program.file("changed.json"), changed.to_string()).expect("a file");
    let [_, why, _] = program.run(&["legacy", "convert", "changed.json"]).fails(5);
    assert!(
        why.contains("carried out already, and not as this one"),
        "{why}"
    );
}

#[test]
fn an_undo_names_what_was_changed_since() {
    let (app, program, people) = pushed();
    let id = planned(&program, "plan.json");
    program
        .run(&["legacy", "convert", "plan.json", "--yes"])
        .is(0);
    let billing = app
        .scim()
        .ids("Groups", "displayName eq \"Billing Editors\"");
    let path = format!("/Groups/{}", billing[0]);
    app.scim()
        .put(&path, &group("Payers", &people[2..]))
        .is(200);
    push_again(&app, "DNS", &people);
    let undo = ["legacy", "undo", &id];
    let said = program.run(&[&undo[..], &["--yes"]].concat());
    lines_fit(&said);
    let [_, why, next] = said.fails(5);
    assert!(why.contains("renamed since to \"Payers\""), "{why}");
    assert!(next.contains("--partial"), "{next}");
    let partial = [&undo[..], &["--partial", "--yes", "-o", "human"]].concat();
    let done = program.run(&partial).is(0);
    assert!(
        done.out.contains("1 group got back the old name"),
        "{}",
        done.out
    );
    assert!(done.out.contains("memberships stay"), "{}", done.out);
    let [_, _, next] = program.run(&partial).fails(5);
    assert!(!next.contains("--partial"), "{next}");
    let add = json!([{ "op": "Add", "path": "members", "value": values(&people) }]);
    app.scim().patch(&path, &add).is(200);
    // One that is gone keeps the migration from nothing.
    app.scim().delete(&path).is(204);
    let would = program.run(&[&undo[..], &["--dry-run"]].concat()).is(0);
    let said = format!("{}{}", would.out, would.err);
    assert!(said.contains("the migration would end as undone"), "{said}");
    let done = [&undo[..], &["--yes", "-o", "human"]].concat();
    let done = program.run(&done).is(0);
    assert!(done.out.contains("was deleted since"), "{}", done.out);
    let shown = program.run(&["legacy", "show", &id, "-o", "json"]).is(0);
    let shown: Value = serde_json::from_str(&shown.out).expect("JSON");
    assert_eq!(shown["state"], "undone", "{shown}");
    let found = program.run(&["legacy", "verify", &id, "-o", "human"]).is(0);
    assert!(found.out.contains("UNDONE"), "{}", found.out);
    assert!(program.run(&undo).is(0).err.contains("undone before"));
}

/// Another provider may give a group another name, and take the planned one for a group of its own.
#[test]
fn what_is_left_to_do_goes_by_what_groups_are_called_now() {
    let (app, program, people) = pushed();
    let id = planned(&program, "plan.json");
    let human = ["legacy", "convert", "plan.json", "--yes", "-o", "human"];
    let done = program.run(&human).is(0);
    assert!(done.out.contains("-> \"DNS Editors\""), "{}", done.out);
    let old = format!("displayName eq \"{}\"", app.legacy_name("DNS"));
    let dns = app.scim().ids("Groups", &old).remove(0);
    let entra = app.provider(ProviderKind::Entra);
    let call = |name: &str| json!([{ "op": "Replace", "value": { "displayName": name } }]);
    assert!(matches!(
        entra.patch_group(&dns, &call("Name servers")).status,
        200 | 204
    ));
    entra.new_group("DNS Editors", &[]);
    push_again(&app, "DNS", &people[..2]);
    let show = ["legacy", "show", &id, "-o", "human"];
    let shown = program.run(&show).is(0);
    let (_, left) = shown.out.split_once("  Names:").expect("names");
    assert!(left.contains("-> \"Name servers\""), "{left}");
    assert!(
        left.contains("\"DNS Editors\", as was planned, belongs to another group now"),
        "{left}"
    );
    lines_fit(&shown);
    // What is called so at its provider is left out.
    let named = app.scim().patch_group(&dns, &call("Name servers"));
    assert!(matches!(named.status, 200 | 204));
    let shown = program.run(&show).is(0);
    let (_, left) = shown.out.split_once("  Names:").expect("names");
    assert!(!left.contains("Name servers"), "{left}");
}
