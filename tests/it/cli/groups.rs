//! User groups by command.

use serde_json::{Value, json};

use super::Program;
use crate::harness::app::TestApp;
use crate::harness::fixtures::group;

fn with_people() -> Program {
    let program = Program::with_account();
    for name in ["ada", "bob"] {
        let email = format!("{name}@example.com");
        program
            .run(&["member", "add", &email, "--user-name", name])
            .is(0);
    }
    program
}

fn members(program: &Program, group: &str) -> Vec<String> {
    let listed = program.json(&["group", "members", group]);
    assert_eq!(listed["schema"], "provost.member_list.v1");
    let items = listed["items"].as_array().cloned().unwrap_or_default();
    let name = |item: &Value| item["user_name"].as_str().map(str::to_owned);
    items.iter().filter_map(name).collect()
}

#[test]
fn a_group_lives_by_commands() {
    let program = with_people();
    let made = program.json(&["group", "create", "Operators"]);
    assert_eq!(made["schema"], "provost.group.v1");
    assert!(made["managed_by"].is_null());
    program.run(&["group", "create", "OPERATORS"]).fails(5);
    // Without policies nobody's access changes, so nothing is asked.
    let both = program.json(&["group", "add", "operators", "ada", "bob@example.com"]);
    assert_eq!(both["members"], 2);
    assert_eq!(members(&program, "Operators"), ["ada", "bob"]);
    let renamed = program.json(&["group", "rename", "Operators", "Ops"]);
    assert_eq!(
        (&renamed["name"], &renamed["id"]),
        (&json!("Ops"), &made["id"])
    );
    program.run(&["group", "show", "Operators"]).fails(4);
    program.run(&["group", "remove", "Ops", "ada"]).fails(2);
    let one = program.json(&["group", "remove-member", "Ops", "ada", "--yes"]);
    assert_eq!(one["members"], 1);
    let [_, why, next] = program.run(&["group", "add", "Ops", "nobody"]).fails(4);
    assert!(why.contains("no member nobody"), "{why}");
    assert!(next.contains("provost member list"), "{next}");
    let [_, _, next] = program.run(&["group", "add", "None", "ada"]).fails(4);
    assert!(next.contains("provost group list"), "{next}");
    program.run(&["group", "delete", "Ops"]).fails(2);
    let gone = program.json(&["group", "delete", "Ops", "--yes"]);
    assert_eq!(gone["id"], made["id"]);
    assert_eq!(program.json(&["group", "list"])["items"], json!([]));
    program.run(&["db", "check"]).is(0);
}

#[test]
fn coming_into_a_group_with_roles_is_shown_and_asked() {
    let program = with_people();
    program
        .run(&[
            "group", "create", "Ops", "--role", "DNS", "--role", "Billing",
        ])
        .is(0);
    let add = ["group", "add-member", "Ops", "ada"];
    let said = program.run(&add);
    let line = "ada gains DNS on the whole account, Billing on the whole account";
    assert!(said.err.contains(line), "{}", said.err);
    said.fails(2);
    assert_eq!(program.json(&["group", "show", "Ops"])["members"], 0);
    program.run(&[&add[..], &["--yes"]].concat()).is(0);
    assert_eq!(
        program.json(&["member", "show", "ada"])["roles"],
        json!(["Billing", "DNS", "Minimal Account Access"])
    );
    // Who is in already gets nothing new.
    program.run(&add).is(0);
    let delete = program.run(&["group", "delete", "Ops"]);
    assert!(delete.err.contains("ada loses DNS on"), "{}", delete.err);
    delete.fails(2);
    let shown = program.json(&["group", "show", "ops"]);
    let roles = &shown["policies"][0]["permission_groups"];
    assert_eq!(
        (&roles[0]["name"], &roles[1]["name"]),
        (&json!("DNS"), &json!("Billing"))
    );
}

#[test]
fn a_managed_group_is_locked_but_for_its_policies() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    let ids = app.people(1);
    app.scim().post("/Groups", &group("Pushed", &ids)).is(201);
    let locked: [&[&str]; 4] = [
        &["group", "rename", "Pushed", "Other"],
        &["group", "delete", "Pushed", "--yes"],
        &["group", "add", "Pushed", &ids[0], "--yes"],
        &["group", "remove", "Pushed", &ids[0], "--yes"],
    ];
    for command in locked {
        let [_, why, next] = program.run(command).fails(6);
        assert!(
            why.contains("managed by the connection \"Generic\""),
            "{why}"
        );
        assert!(next.contains("policies"), "{next}");
    }
    let add = ["policy", "add", "Pushed", "--role", "DNS"];
    let said = program.run(&add);
    assert!(
        said.err.contains("gains DNS on the whole account"),
        "{}",
        said.err
    );
    said.fails(2);
    program.run(&[&add[..], &["--yes"]].concat()).is(0);
    let listed = program.json(&["group", "list", "--q", "push"]);
    assert_eq!(listed["items"][0]["managed_by"], "Generic");
    assert_eq!(
        program.json(&["group", "list", "--q", "none"])["items"],
        json!([])
    );
}

#[test]
fn names_that_are_no_names_are_refused_in_three_lines() {
    let program = with_people();
    let legacy = format!("CF-{} - DNS", "0".repeat(32));
    let long = "x".repeat(600);
    let alike = legacy.replace(" - ", " \u{2013} ");
    for name in ["", &long, "a\u{202e}b", &legacy, &alike, " G", "G ", "G  H"] {
        program.run(&["group", "create", name]).fails(2);
    }
    program
        .run(&["group", "create", "G", "--role", "Nobody"])
        .fails(4);
    program.run(&["group", "add", "G"]).is(2);
    assert_eq!(program.json(&["account", "show"])["groups"], 0);
}
