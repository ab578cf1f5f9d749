//! Roles by command.

use serde_json::json;

use super::Program;
use crate::harness::app::open_sql;

#[test]
fn built_in_roles_are_listed_and_shown() {
    let program = Program::with_account();
    let listed = program.json(&["role", "list"]);
    assert_eq!(listed["schema"], "provost.role_list.v1");
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(104));
    let role = program.json(&["role", "show", "super administrator"]);
    assert_eq!(role["schema"], "provost.role.v1");
    assert_eq!(role["name"], "Super Administrator - All Privileges");
    assert_eq!(role["id"], "33666b9c79b9a5273fc7344ff42f953d");
    assert_eq!(role["permission_group"], "8e23b19e4e0d44c29d239c5688ba8cbb");
    for id in ["id", "permission_group"] {
        let found = program.json(&["role", "show", role[id].as_str().expect("an id")]);
        assert_eq!(found, role);
    }
    let domain = program.json(&["role", "show", "Domain DNS"]);
    assert!(domain["id"].is_null());
    assert_eq!(domain["scope"], "domains");
    let [_, _, next] = program.run(&["role", "show", "Nobody"]).fails(4);
    assert!(next.contains("provost role list"), "{next}");
}

#[test]
fn a_role_is_made_changed_and_deleted() {
    let program = Program::with_account();
    let made = program.json(&[
        "role",
        "create",
        "Approvers",
        "--description",
        "Approve invoices",
        "--scope",
        "domains",
        "--permission",
        "invoices:approve",
        "--permission",
        "invoices:see",
    ]);
    assert_eq!(made["built_in"], false);
    assert_eq!(
        made["permissions"],
        json!(["invoices:approve", "invoices:see"])
    );
    assert_eq!(made["scope"], "domains");
    let set = |arguments: &[&str]| {
        program.json(&[&["role", "set", "approvers"], arguments].concat())["permissions"].clone()
    };
    assert_eq!(
        set(&["--add", "invoices:pay", "--remove", "invoices:see"]),
        json!(["invoices:approve", "invoices:pay"])
    );
    assert_eq!(set(&["--permission", "a:b"]), json!(["a:b"]));
    assert_eq!(set(&["--no-permissions"]), json!([]));
    assert_eq!(set(&["--name", "Payers"]), json!([]));
    program.run(&["role", "show", "approvers"]).fails(4);
    let payers = program.json(&["role", "show", "payers"]);
    assert_eq!(payers["policies"], 0);
    assert_eq!(payers["permission_group"], made["permission_group"]);
    let [_, _, next] = program.run(&["role", "delete", "Payers"]).fails(2);
    assert!(next.contains("--yes"), "{next}");
    program
        .run(&["role", "delete", "Payers", "--dry-run"])
        .is(0);
    program.run(&["role", "show", "Payers"]).is(0);
    program.run(&["role", "delete", "Payers", "--yes"]).is(0);
    program.run(&["role", "delete", "Payers", "--yes"]).fails(4);
    let said = program.run(&["audit", "tail", "-n", "1"]).is(0).out;
    assert!(
        said.contains("Delete Role") && said.contains("Payers"),
        "{said}"
    );
    program.run(&["db", "check"]).is(0);
}

#[test]
fn what_is_no_role_is_refused_in_three_lines() {
    let program = Program::with_account();
    program.run(&["role", "create", "Approvers"]).is(0);
    let long = "x".repeat(121);
    let cases: [(&[&str], i32); 13] = [
        (&["create", "approvers"], 5),
        (&["create", "DNS"], 5),
        (&["create", " "], 2),
        (&["create", &long], 2),
        (&["create", "0123456789abcdef0123456789abcdef"], 2),
        (&["create", "R", "--permission", "nothing"], 2),
        (&["create", "R", "--permission", "a:all_privileges"], 2),
        (
            &["create", "R", "--permission", "a:b", "--permission", "a:b"],
            2,
        ),
        (&["create", "R", "--description", "a\u{202e}b"], 2),
        (&["set", "DNS", "--add", "a:b"], 6),
        (&["set", "Approvers", "--name", "Billing"], 5),
        (&["set", "Approvers"], 2),
        (&["hide", "Approvers"], 6),
    ];
    for (arguments, code) in cases {
        let lines = program.run(&[&["role"], arguments].concat()).fails(code);
        assert!(lines.iter().all(|line| line.len() > 8), "{lines:?}");
    }
    program.run(&["role", "delete", "DNS", "--yes"]).fails(6);
    program
        .run(&["role", "create", "R", "--scope", "resource"])
        .is(2);
    let both = [
        "role",
        "set",
        "Approvers",
        "--permission",
        "a:b",
        "--add",
        "c:d",
    ];
    program.run(&both).is(2);
    assert_eq!(
        program.json(&["role", "list", "--own"])["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_hidden_role_is_left_out_and_still_there() {
    let program = Program::with_account();
    assert_eq!(program.json(&["role", "hide", "dns"])["hidden"], true);
    let names = |arguments: &[&str]| {
        let listed = program.json(arguments);
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter(|role| role["name"] == "DNS").count()
    };
    assert_eq!(names(&["role", "list"]), 0);
    assert_eq!(names(&["role", "list", "--hidden"]), 1);
    program.run(&["role", "show", "DNS"]).is(0);
    assert_eq!(program.json(&["role", "unhide", "dns"])["hidden"], false);
    assert_eq!(names(&["role", "list"]), 1);
}

#[test]
fn a_role_in_use_asks_before_it_changes_and_is_not_deleted() {
    let program = Program::with_account();
    let made = program.json(&["role", "create", "Approvers", "--permission", "a:b"]);
    program.run(&["member", "add", "ada@example.com"]).is(0);
    let group = made["permission_group"].as_str().expect("an id");
    let give = format!(
        "INSERT INTO policies (seq, id, account, member, access, ordinal, created_ms)
         SELECT (account << 40) + 1, randomblob(16), account, seq, 'allow', 1, 0 FROM members;
         INSERT INTO policy_permission_groups VALUES (last_insert_rowid(), 0, x'{group}');
         INSERT INTO policy_resource_groups
         SELECT max(p.seq), 0, (SELECT seq FROM resource_groups WHERE built_in = 1)
         FROM policies p"
    );
    open_sql(program.data())
        .execute_batch(&give)
        .expect("a policy");
    let change = [
        "role",
        "set",
        "Approvers",
        "--add",
        "a:c",
        "--remove",
        "a:b",
    ];
    let said = program.run(&change);
    assert!(
        said.err.contains("role Approvers: permits also a:c"),
        "{}",
        said.err
    );
    assert!(said.err.contains("permits no more a:b"), "{}", said.err);
    assert!(
        said.err
            .contains("named by 1 policy of member ada@example.com"),
        "{}",
        said.err
    );
    said.fails(2);
    program
        .run(&["role", "set", "Approvers", "--description", "Words"])
        .is(0);
    assert_eq!(
        program.json(&["role", "show", "Approvers"])["permissions"],
        json!(["a:b"])
    );
    program.run(&[&change[..], &["--yes"]].concat()).is(0);
    let [_, why, next] = program
        .run(&["role", "delete", "Approvers", "--yes"])
        .fails(5);
    assert!(why.contains("member ada@example.com"), "{why}");
    assert!(next.contains("take it out"), "{next}");
    program
        .run(&["role", "set", "Approvers", "--scope", "domains"])
        .fails(5);
    let shown = program.json(&["role", "show", "Approvers"]);
    assert_eq!(shown["policies"], 1);
    assert_eq!(shown["used_by"][0]["name"], "ada@example.com");
    program.run(&["db", "check"]).is(0);
}

#[test]
fn every_form_of_output_has_the_roles() {
    let program = Program::with_account();
    let create = [
        "role",
        "create",
        "=Approvers",
        "--permission",
        "a:b",
        "--permission",
        "a:c",
    ];
    program.run(&create).is(0);
    let said = |form: &str| {
        program
            .run(&["role", "list", "--own", "-o", form])
            .is(0)
            .out
    };
    let csv = said("csv");
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert!(
        lines[0].starts_with("name,kind,scope,description,permissions,"),
        "{csv}"
    );
    assert!(
        lines[1].starts_with("'=Approvers,own,account,,a:b a:c,"),
        "{csv}"
    );
    let ndjson = said("ndjson");
    assert_eq!(ndjson.lines().count(), 1);
    assert!(
        ndjson.starts_with("{\"schema\":\"provost.role.v1\",\"name\":\"=Approvers\""),
        "{ndjson}"
    );
    let human = said("human");
    assert!(human.starts_with("NAME"), "{human}");
    let piped = program.run(&["role", "list", "--own"]).is(0).out;
    assert!(piped.starts_with("=Approvers\town\taccount\t\t"), "{piped}");
}
