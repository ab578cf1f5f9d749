//! Who may do what, and why, by command.

use serde_json::{Value, json};

use super::Program;
use crate::harness::app::TestApp;
use crate::harness::fixtures::group;

/// Ada with DNS by her own policy and by the group that a provider pushed; Billing denied.
fn with_ada() -> (TestApp, Program) {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    let ids = app.scim().new_users("ada", 1);
    app.scim().post("/Groups", &group("Pushed", &ids)).is(201);
    let give: [&[&str]; 5] = [
        &["policy", "add", &ids[0], "--role", "DNS"],
        &["policy", "add", "Pushed", "--role", "DNS"],
        &["policy", "add", "Pushed", "--role", "Billing"],
        &["policy", "add", &ids[0], "--role", "Billing", "--deny"],
        &["group", "create", "Elsewhere", "--role", "Administrator"],
    ];
    for command in give {
        program.run(&[command, &["--yes"]].concat()).is(0);
    }
    (app, program)
}

fn ada(program: &Program) -> String {
    let listed = program.json(&["member", "list"]);
    let name = listed["items"][0]["user_name"].as_str();
    name.expect("a name").to_owned()
}

#[test]
fn why_names_every_path_and_what_would_end_it() {
    let (_app, program) = with_ada();
    let ada = ada(&program);
    let why = program.json(&["explain", "why", &ada, "dns"]);
    assert_eq!(why["schema"], "provost.explanation.v1");
    assert_eq!(why["effective"], true);
    assert_eq!(why["paths"]["scope"], json!({ "type": "account" }));
    let allows = why["paths"]["allows"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert_eq!(allows.len(), 2);
    let pushed = allows.iter().find(|path| path["via"]["type"] == "group");
    let via = &pushed.expect("a path by the group")["via"];
    assert_eq!(via["group"]["name"], "Pushed");
    assert_eq!(via["managed_by"]["name"], "Generic");
    assert_eq!(via["added_by"]["name"], "Generic");
    let removal = why["paths"]["removal"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let kinds: Vec<&Value> = removal.iter().map(|edge| &edge["type"]).collect();
    assert_eq!(kinds, ["own_policy", "membership"]);
    let human = program
        .run(&["explain", "why", &ada, "DNS", "-o", "human"])
        .is(0)
        .out;
    assert!(
        human.starts_with(&format!("{ada} has DNS on the whole account.\n")),
        "{human}"
    );
    for words in [
        "What allows it:",
        "their own policy",
        "group Pushed (managed by Generic)",
        "--remove-role \"DNS\"",
        "take them out of the group Pushed in Generic",
    ] {
        assert!(human.contains(words), "{words}: {human}");
    }
    // What it says ends it, does: the provider's part here by its policy.
    let step = human
        .lines()
        .find_map(|line| line.trim().strip_prefix("provost "));
    let step = step.expect("a command").replace("\"DNS\"", "DNS");
    let step: Vec<&str> = step.split(' ').chain(["--yes"]).collect();
    program.run(&step).is(0);
    assert_eq!(
        program.json(&["explain", "why", &ada, "DNS"])["effective"],
        true
    );
}

#[test]
fn why_not_names_what_denies_or_what_is_missing() {
    let (_app, program) = with_ada();
    let ada = ada(&program);
    let denied = program
        .run(&["explain", "why-not", &ada, "Billing", "-o", "human"])
        .is(0)
        .out;
    assert!(denied.contains("others deny all of it"), "{denied}");
    assert!(denied.contains("What denies it:"), "{denied}");
    let missing = program.json(&["explain", "why-not", &ada, "Administrator"]);
    assert_eq!(missing["effective"], false);
    assert!(missing["paths"].is_null());
    assert_eq!(missing["groups"][0]["name"], "Elsewhere");
    let human = program
        .run(&["explain", "why-not", &ada, "Administrator", "-o", "human"])
        .is(0)
        .out;
    assert!(human.contains("Groups that give it: Elsewhere"), "{human}");
    let same = program.json(&["explain", "why", &ada, "Administrator"]);
    assert_eq!(same, missing);
    let [_, _, next] = program.run(&["explain", "why", &ada, "Nobody"]).fails(4);
    assert!(next.contains("provost role list"), "{next}");
    let [_, _, next] = program.run(&["explain", "why", "nobody", "DNS"]).fails(4);
    assert!(next.contains("provost member list"), "{next}");
}

#[test]
fn access_lists_every_role_with_its_reasons() {
    let (_app, program) = with_ada();
    let ada = ada(&program);
    let access = program.json(&["member", "access", &ada]);
    assert_eq!(access["schema"], "provost.access_list.v1");
    let items = access["items"].as_array().cloned().unwrap_or_default();
    let effective: Vec<(&Value, &Value)> = items
        .iter()
        .map(|role| (&role["permission_group"]["name"], &role["effective"]))
        .collect();
    assert_eq!(
        effective,
        [
            (&json!("Minimal Account Access"), &json!(true)),
            (&json!("DNS"), &json!(true)),
            (&json!("Billing"), &json!(false)),
        ]
    );
    let piped = program.run(&["member", "access", &ada]).is(0).out;
    let lines: Vec<&str> = piped.lines().collect();
    assert_eq!(
        lines[1],
        "DNS\tyes\tthe whole account\town policy; group Pushed\t"
    );
    assert_eq!(lines[2], "Billing\tno\tnothing\tgroup Pushed\town policy");
    let csv = program
        .run(&["member", "access", &ada, "-o", "csv"])
        .is(0)
        .out;
    assert!(
        csv.starts_with("user_name,role,effective,on,by,denied_by,"),
        "{csv}"
    );
}

#[test]
fn who_lists_the_holders_and_nobody_who_is_denied() {
    let (app, program) = with_ada();
    let ada = ada(&program);
    let others = app.people(250);
    for id in &others[..1] {
        program
            .run(&["policy", "add", id, "--role", "DNS", "--yes"])
            .is(0);
    }
    let who = |command: &[&str]| {
        let listed = program.json(command);
        assert_eq!(listed["schema"], "provost.holder_list.v1");
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|one| one["member"]["user_name"].clone())
            .collect::<Vec<_>>()
    };
    let holders = who(&["explain", "who", "DNS"]);
    assert_eq!(holders.len(), 2);
    assert_eq!(holders[0], ada);
    assert_eq!(who(&["role", "holders", "dns"]), holders);
    assert_eq!(who(&["explain", "who", "Billing"]), [] as [Value; 0]);
    assert_eq!(
        who(&["explain", "who", "Minimal Account Access"]).len(),
        251
    );
    program.run(&["explain", "who", "Nobody"]).fails(4);
    program.run(&["role", "holders", "Nobody"]).fails(4);
}

#[test]
fn a_change_of_an_own_role_shows_who_may_do_more() {
    let program = Program::with_account();
    program
        .run(&["role", "create", "Payers", "--permission", "invoices:pay"])
        .is(0);
    program
        .run(&["member", "add", "ada@example.com", "--role", "Payers"])
        .is(0);
    let set = [
        "role",
        "set",
        "Payers",
        "--add",
        "invoices:see",
        "--remove",
        "invoices:pay",
    ];
    let said = program.run(&set);
    assert!(
        said.err
            .contains("ada@example.com may also invoices:see; may no more invoices:pay"),
        "{}",
        said.err
    );
    said.fails(2);
    program.run(&[&set[..], &["--yes"]].concat()).is(0);
}
