//! Members by command.

use serde_json::{Value, json};

use super::Program;
use crate::harness::app::TestApp;
use crate::harness::fixtures::user;

pub(super) const SUPER: &str = "Super Administrator";

fn names(listed: &Value) -> Vec<String> {
    let items = listed["items"].as_array().cloned().unwrap_or_default();
    let name = |item: &Value| item["user_name"].as_str().map(str::to_owned);
    items.iter().filter_map(name).collect()
}

#[test]
fn members_are_listed_by_name_state_and_source() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    app.scim().post("/Users", &user("bob@corp.example")).is(201);
    let ada = ["--user-name", "ada", "--display-name", "Countess"];
    program
        .run(&[&["member", "add", "ada@example.com"][..], &ada].concat())
        .is(0);
    program
        .run(&["member", "add", "eve@example.com", "--pending"])
        .is(0);
    let list = |filter: &[&str]| names(&program.json(&[&["member", "list"], filter].concat()));
    let all = ["bob@corp.example", "ada", "eve@example.com"];
    assert_eq!(list(&[]), all);
    assert_eq!(list(&["--q", "COUNTESS"]), ["ada"]);
    assert_eq!(list(&["--q", "ada@EXAMPLE"]), ["ada"]);
    assert_eq!(list(&["--state", "pending"]), ["eve@example.com"]);
    assert_eq!(list(&["--source", "generic"]), ["bob@corp.example"]);
    assert_eq!(list(&["--source", "hand"]), all[1..]);
    assert_eq!(list(&["--q", "nobody"]), [] as [&str; 0]);
    program
        .run(&["member", "list", "--source", "nobody"])
        .fails(4);
    program.run(&["member", "list", "--state", "gone"]).is(2);
    let listed = program.json(&["member", "list"]);
    assert_eq!(listed["schema"], "provost.member_list.v1");
    assert_eq!(listed["items"][0]["managed_by"], "Generic");
    assert!(listed["items"][1]["managed_by"].is_null());
}

#[test]
fn a_list_longer_than_one_read_has_everybody_once() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    app.people(450);
    let said = program.run(&["member", "list", "-o", "ndjson"]).is(0).out;
    let mut ids: Vec<String> = Vec::new();
    for line in said.lines() {
        let row: Value = serde_json::from_str(line).expect("a row");
        assert_eq!(row["schema"], "provost.member.v1");
        ids.extend(row["id"].as_str().map(str::to_owned));
    }
    assert_eq!(ids.len(), 450);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 450);
}

#[test]
fn a_member_is_found_by_every_name() {
    let program = Program::with_account();
    let add = ["member", "add", "ada@example.com", "--user-name", "ada"];
    let member = program.json(&add);
    for name in [
        &member["id"],
        &member["membership"],
        &json!("ADA"),
        &json!("Ada@example.com"),
    ] {
        let shown = program.json(&["member", "show", name.as_str().expect("a name")]);
        assert_eq!(shown["id"], member["id"], "{name}");
        assert_eq!(shown["schema"], "provost.member.v1");
        let roles = &shown["policies"][0]["permission_groups"];
        assert_eq!(roles[0]["name"], "Minimal Account Access");
    }
    let [_, why, next] = program.run(&["member", "show", "nobody"]).fails(4);
    assert!(why.contains("no member nobody"), "{why}");
    assert!(next.contains("provost member list"), "{next}");
}

#[test]
fn a_member_is_added_with_roles_or_invited() {
    let program = Program::with_account();
    program.run(&["domain", "add", "example.com"]).is(0);
    let add =
        |email: &str, more: &[&str]| program.json(&[&["member", "add", email], more].concat());
    let ada = add("ada@example.com", &["--role", "dns", "--role", "Billing"]);
    assert_eq!(ada["roles"], json!(["Billing", "DNS"]));
    let bob = add(
        "bob@example.com",
        &["--role", "Domain DNS", "--scope", "example.com"],
    );
    assert_eq!(bob["roles"], json!(["Domain DNS"]));
    let eve = add("eve@example.com", &["--pending"]);
    assert_eq!(eve["state"], "pending");
    assert_eq!(eve["roles"], json!([]));
    let invalid: [(&[&str], i32, &str); 3] = [
        (&["--role", "Nobody"], 4, "provost role list"),
        (&["--role", "Domain DNS"], 2, "policies of their own"),
        (
            &["--role", "DNS", "--scope", "else.example"],
            4,
            "provost domain list",
        ),
    ];
    for (more, code, remedy) in invalid {
        let said = program.run(&[&["member", "add", "x@example.com"], more].concat());
        let [_, _, next] = said.fails(code);
        assert!(next.contains(remedy), "{next}");
    }
    program.run(&["member", "show", "x@example.com"]).fails(4);
    assert_eq!(program.json(&["account", "show"])["members"], 3);
    program.run(&["db", "check"]).is(0);
}

#[test]
fn leaving_and_coming_back_is_shown_before_it_happens() {
    let program = Program::with_account();
    program
        .run(&["member", "add", "ada@example.com", "--role", "DNS"])
        .is(0);
    let rows = || program.run(&["audit", "tail", "-n", "1"]).is(0).out;
    let before = rows();
    let leave = ["member", "deactivate", "ada@example.com"];
    let said = program.run(&leave);
    assert!(
        said.err
            .contains("ada@example.com loses DNS on the whole account"),
        "{}",
        said.err
    );
    let [_, _, next] = said.fails(2);
    assert!(next.contains("--yes"), "{next}");
    let dry = program
        .run(&[&leave[..], &["--dry-run", "-o", "json"]].concat())
        .is(0);
    let shown: Value = serde_json::from_str(&dry.out).expect("JSON");
    assert_eq!(shown["schema"], "provost.difference_list.v1");
    let lost = &shown["items"][0]["lost"][0];
    assert_eq!(lost["permission_group"]["name"], "DNS");
    assert_eq!(lost["scope"], json!({ "type": "account" }));
    assert!(dry.err.contains("nothing was changed"), "{}", dry.err);
    assert_eq!(rows(), before);
    let gone = program.json(&[&leave[..], &["--yes"]].concat());
    assert_eq!(gone["state"], "inactive");
    assert_eq!(gone["roles"], json!([]));
    assert!(rows().contains("Update Member"), "{}", rows());
    let again = rows();
    program.run(&[&leave[..], &["--yes"]].concat()).is(0);
    assert_eq!(rows(), again, "who is gone already does not go again");
    let back = ["member", "activate", "ada@example.com"];
    let said = program.run(&back);
    assert!(
        said.err.contains("gains Minimal Account Access"),
        "{}",
        said.err
    );
    said.fails(2);
    let back = program.json(&[&back[..], &["--yes"]].concat());
    assert_eq!(back["state"], "active");
    assert_eq!(back["id"], gone["id"]);
    let remove = ["member", "remove", "ada@example.com"];
    program.run(&remove).fails(2);
    let removed = program.json(&[&remove[..], &["--yes"]].concat());
    assert_eq!(removed["id"], gone["id"]);
    program.run(&[&remove[..], &["--yes"]].concat()).fails(4);
    program.run(&["db", "check"]).is(0);
}

#[test]
fn the_last_super_administrator_stays_with_an_exit_code_of_its_own() {
    let program = Program::with_account();
    let add = |email: &str| {
        let said = program.run(&["member", "add", email, "--role", SUPER]);
        said.is(0);
    };
    add("ada@example.com");
    let own = program.json(&["policy", "list", "ada@example.com"]);
    let policy = own["items"][0]["id"].as_str().expect("an id").to_owned();
    let goes: [&[&str]; 5] = [
        &["member", "deactivate", "ada@example.com"],
        &["member", "remove", "ada@example.com"],
        &["member", "set", "ada@example.com", "--role", "DNS"],
        &["policy", "set", &policy, "--access", "deny"],
        &[
            "policy",
            "add",
            "ada@example.com",
            "--role",
            SUPER,
            "--deny",
        ],
    ];
    for go in goes {
        for how in ["--yes", "--dry-run"] {
            let [what, why, next] = program.run(&[go, &[how]].concat()).fails(9);
            assert!(what.contains("cannot"), "{what}");
            assert!(why.contains("without a Super Administrator"), "{why}");
            assert!(next.contains("provost policy add"), "{next}");
        }
    }
    add("bob@example.com");
    for go in &goes[..1] {
        program.run(&[go, &["--yes"][..]].concat()).is(0);
    }
    program.run(&["db", "check"]).is(0);
}

#[test]
fn what_a_provider_manages_is_locked_but_for_policies() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    app.scim().post("/Users", &user("bob@corp.example")).is(201);
    for verb in ["deactivate", "remove"] {
        let locked = ["member", verb, "bob@corp.example", "--yes"];
        let [_, why, _] = program.run(&locked).fails(6);
        assert!(
            why.contains("managed by the connection \"Generic\""),
            "{why}"
        );
    }
    let set = ["member", "set", "bob@corp.example", "--role", "DNS"];
    let said = program.run(&set);
    assert!(
        said.err.contains(
            "bob@corp.example gains DNS on the whole account; loses Minimal Account Access"
        ),
        "{}",
        said.err
    );
    said.fails(2);
    let member = program.json(&[&set[..], &["--yes"]].concat());
    assert_eq!(member["roles"], json!(["DNS"]));
    let row = app.audit().pop().expect("a row");
    assert_eq!(row["raw"]["uri"], "member set");
    assert_eq!(row["action"]["description"], "Replace Member Policies");
}

#[test]
fn every_form_of_output_has_the_members() {
    let program = Program::with_account();
    program
        .run(&["member", "add", "=x@example.com", "--user-name", "=x"])
        .is(0);
    let said = |form: &str| program.run(&["member", "list", "-o", form]).is(0).out;
    let csv = said("csv");
    assert!(
        csv.starts_with("id,user_name,email,display_name,state,source,roles,"),
        "{csv}"
    );
    assert!(
        csv.contains(",'=x,'=x@example.com,,active,hand,Minimal Account Access,"),
        "{csv}"
    );
    assert!(said("human").starts_with("ID "), "{}", said("human"));
    let piped = program.run(&["member", "list"]).is(0).out;
    assert!(
        piped.ends_with("\t=x\tactive\tMinimal Account Access\thand\n"),
        "{piped}"
    );
    let shown = program
        .run(&["member", "show", "=x", "-o", "human"])
        .is(0)
        .out;
    assert!(
        shown.contains("policies      allow Minimal Account Access on the whole account"),
        "{shown}"
    );
}
