//! Policies, domains and resource groups by command.

use serde_json::{Value, json};

use super::Program;

/// Ada, the group Ops with her in it, and two domains.
fn with_world() -> Program {
    let program = Program::with_account();
    let setup: [&[&str]; 5] = [
        &["member", "add", "ada@example.com", "--user-name", "ada"],
        &["group", "create", "Ops"],
        &["group", "add", "Ops", "ada"],
        &["domain", "add", "A.example."],
        &["domain", "add", "b.example"],
    ];
    for command in setup {
        program.run(command).is(0);
    }
    program
}

fn policies(program: &Program, holder: &str) -> Vec<Value> {
    let listed = program.json(&["policy", "list", holder]);
    assert_eq!(listed["schema"], "provost.policy_list.v1");
    listed["items"].as_array().cloned().unwrap_or_default()
}

fn id(policy: &Value) -> &str {
    policy["id"].as_str().expect("an id")
}

#[test]
fn a_policy_is_added_changed_and_removed() {
    let program = with_world();
    let add = [
        "policy",
        "add",
        "Ops",
        "--role",
        "Domain DNS",
        "--scope",
        "a.example",
        "--scope",
        "B.example",
    ];
    let said = program.run(&add);
    assert!(
        said.err
            .contains("ada gains Domain DNS on a.example, b.example"),
        "{}",
        said.err
    );
    said.fails(2);
    assert!(policies(&program, "Ops").is_empty());
    let made = program.json(&[&add[..], &["--yes"]].concat());
    assert_eq!(made["access"], "allow");
    assert_eq!(made["holder"]["type"], "group");
    let scope = &made["resource_groups"][0]["scope"];
    assert_eq!(scope["domains"][0]["name"], "a.example");
    assert_eq!(
        program.json(&["policy", "show", id(&made)])["id"],
        made["id"]
    );
    let set =
        |more: &[&str]| program.json(&[&["policy", "edit", id(&made)], more, &["--yes"]].concat());
    let changed = set(&["--scope", "b.example", "--add-role", "Domain Administrator"]);
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(
        changed["permission_groups"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(
        changed["resource_groups"][0]["scope"]["domains"],
        json!([
            { "id": scope["domains"][1]["id"], "name": "b.example" },
        ])
    );
    assert_eq!(set(&["--access", "deny"])["access"], "deny");
    let fewer = set(&["--remove-role", "Domain DNS"]);
    assert_eq!(
        fewer["permission_groups"][0]["name"],
        "Domain Administrator"
    );
    // Its last role takes it along.
    set(&["--remove-role", "Domain Administrator"]);
    assert!(policies(&program, "Ops").is_empty());
    program.run(&["policy", "show", id(&made)]).fails(4);
    program
        .run(&["policy", "remove", id(&made), "--yes"])
        .fails(4);
    program.run(&["policy", "set", id(&made)]).fails(2);
    program.run(&["db", "check"]).is(0);
}

#[test]
fn a_denial_shows_who_loses_what() {
    let program = with_world();
    program
        .run(&["policy", "add", "ada", "--role", "DNS", "--yes"])
        .is(0);
    assert_eq!(policies(&program, "ada").len(), 2);
    let deny = ["policy", "add", "Ops", "--role", "dns", "--deny"];
    let said = program.run(&deny);
    assert!(
        said.err.contains("Ops: policy that denies dns"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("ada loses DNS on the whole account"),
        "{}",
        said.err
    );
    said.fails(2);
    let made = program.json(&[&deny[..], &["--yes"]].concat());
    assert_eq!(made["access"], "deny");
    let remove = program.run(&["policy", "remove", id(&made)]);
    assert!(remove.err.contains("ada gains DNS"), "{}", remove.err);
    let empty = ["policy", "add", "Ops", "--role", "Billing", "--deny"];
    let said = program.run(&empty);
    assert!(
        said.err.contains("nobody may do more or less"),
        "{}",
        said.err
    );
    said.fails(2);
}

#[test]
fn the_policy_that_everybody_has_is_one_like_any_other() {
    let program = with_world();
    let own = policies(&program, "ada");
    let shown = program.json(&["policy", "show", id(&own[0])]);
    assert_eq!(shown["holder"]["name"], "ada");
    let [_, why, _] = program
        .run(&["policy", "remove", id(&own[0]), "--yes"])
        .fails(2);
    assert!(why.contains("at least one policy"), "{why}");
    let set = ["policy", "set", id(&own[0]), "--role", "DNS", "--yes"];
    assert_eq!(program.json(&set)["permission_groups"][0]["name"], "DNS");
    program.run(&["db", "check"]).is(0);
}

#[test]
fn a_name_of_two_says_so() {
    let program = with_world();
    program.run(&["group", "create", "ada"]).is(0);
    let add = ["policy", "add", "ada", "--role", "DNS", "--yes"];
    let [_, _, next] = program.run(&add).fails(5);
    assert!(next.contains("--kind"), "{next}");
    let group = program.json(&[&add[..], &["--kind", "group"]].concat());
    assert_eq!(group["holder"]["type"], "group");
    let member = program.json(&[&add[..], &["--kind", "member"]].concat());
    assert_eq!(member["holder"]["type"], "member");
    let [_, why, _] = program.run(&["policy", "list", "nobody"]).fails(4);
    assert!(why.contains("no member or user group nobody"), "{why}");
}

#[test]
fn all_policies_are_those_of_groups_then_of_members() {
    let program = with_world();
    program.run(&["member", "add", "bob@example.com"]).is(0);
    program
        .run(&["policy", "add", "Ops", "--role", "DNS", "--yes"])
        .is(0);
    let holders = |arguments: &[&str]| {
        let listed = program.json(arguments);
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        let name = |item: &Value| item["holder"]["name"].as_str().map(str::to_owned);
        items.iter().filter_map(name).collect::<Vec<_>>()
    };
    // What the group gives is no policy of ada's own.
    assert_eq!(holders(&["policy", "list"]), ["Ops"]);
    let all = ["Ops", "ada", "bob@example.com"];
    assert_eq!(holders(&["policy", "list", "--all"]), all);
    // What is denied is no role of theirs, and a policy all the same.
    let bob = "bob@example.com";
    program
        .run(&["policy", "add", bob, "--role", "DNS", "--deny", "--yes"])
        .is(0);
    assert_eq!(holders(&["policy", "list"]), ["Ops", bob, bob]);
    let piped = program.run(&["policy", "list", "Ops"]).is(0).out;
    assert!(
        piped.ends_with("\tgroup\tOps\tallow\tDNS\tthe whole account\n"),
        "{piped}"
    );
}

#[test]
fn a_resource_group_widens_what_its_policies_give() {
    let program = with_world();
    let create = ["resource-group", "create", "Shops", "--domain", "a.example"];
    let made = program.json(&create);
    assert_eq!(made["schema"], "provost.resource_group.v1");
    program.run(&create).fails(5);
    let add = [
        "policy",
        "add",
        "ada",
        "--role",
        "Domain DNS",
        "--scope",
        "shops",
        "--yes",
    ];
    program.run(&add).fails(4);
    let add = [
        "policy",
        "add",
        "ada",
        "--role",
        "Domain DNS",
        "--scope",
        "Shops",
        "--yes",
    ];
    program.run(&add).is(0);
    let wider = ["resource-group", "set", "Shops", "--add", "b.example"];
    let said = program.run(&wider);
    assert!(
        said.err.contains("ada gains Domain DNS on b.example"),
        "{}",
        said.err
    );
    said.fails(2);
    program.run(&[&wider[..], &["--yes"]].concat()).is(0);
    let named = ["resource-group", "set", "Shops", "--name", "Stores"];
    assert_eq!(program.json(&named)["name"], "Stores");
    let narrower = [
        "resource-group",
        "set",
        "Stores",
        "--remove",
        "a.example",
        "--yes",
    ];
    let scope = program.json(&narrower)["scope"].clone();
    assert_eq!(scope["domains"][0]["name"], "b.example");
    program.run(&["resource-group", "set", "Stores"]).fails(2);
    program.run(&["db", "check"]).is(0);
}

#[test]
fn what_policies_name_is_not_removed() {
    let program = with_world();
    let setup: [&[&str]; 2] = [
        &[
            "resource-group",
            "create",
            "Stores",
            "--domain",
            "b.example",
        ],
        &[
            "policy",
            "add",
            "ada",
            "--role",
            "Domain DNS",
            "--scope",
            "Stores",
            "--yes",
        ],
    ];
    for command in setup {
        program.run(command).is(0);
    }
    let [_, why, _] = program
        .run(&["resource-group", "delete", "Stores", "--yes"])
        .fails(5);
    assert!(why.contains("ada"), "{why}");
    program
        .run(&["domain", "remove", "b.example", "--yes"])
        .fails(5);
    program.run(&["domain", "remove", "a.example"]).fails(2);
    program
        .run(&["domain", "remove", "a.example", "--yes"])
        .is(0);
    let domains = program.run(&["domain", "list"]).is(0).out;
    assert!(domains.ends_with("\tb.example\n"), "{domains}");
    assert_eq!(domains.lines().count(), 1);
    program
        .run(&["domain", "remove", "none.example", "--yes"])
        .fails(4);
    program.run(&["domain", "add", "no domain"]).fails(2);
    let groups = program.json(&["resource-group", "list"]);
    assert_eq!(groups["schema"], "provost.resource_group_list.v1");
    assert_eq!(groups["items"][0]["built_in"], true);
    program.run(&["resource-group", "set", "Stores"]).fails(2);
    program.run(&["db", "check"]).is(0);
}

#[test]
fn another_accounts_policy_is_nobodys() {
    let program = with_world();
    program.run(&["account", "create", "Two"]).is(0);
    let in_one = |arguments: &[&str]| program.json(&[&["-a", "One"], arguments].concat());
    let own = in_one(&["policy", "list", "ada"])["items"][0].clone();
    let made = in_one(&["policy", "add", "Ops", "--role", "DNS", "--yes"]);
    for policy in [own, made] {
        let id = policy["id"].as_str().expect("an id");
        program.run(&["-a", "One", "policy", "show", id]).is(0);
        for verb in ["show", "remove"] {
            let command = ["-a", "Two", "policy", verb, id];
            let yes: &[&str] = if verb == "remove" { &["--yes"] } else { &[] };
            let [_, why, _] = program.run(&[&command[..], yes].concat()).fails(4);
            assert!(why.contains(&format!("no policy {id} in")), "{why}");
        }
    }
}
