//! The mapping of legacy names and the life of a migration, by command.

use serde_json::{Value, json};

use super::{Program, Said};
use crate::harness::app::TestApp;
use crate::harness::client::text;
use crate::harness::fixtures::group;

const SUPER_ADMINISTRATOR: &str = "Super Administrator - All Privileges";

/// A server with the mapping on, where Generic pushed DNS with p0 and p1, and Billing with p2.
pub(super) fn pushed() -> (TestApp, Program, Vec<String>) {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    program.run(&["legacy", "on", "--yes"]).is(0);
    let people = app.scim().new_users("p", 3);
    push(&app, "DNS", &people[..2]);
    push(&app, "Billing", &people[2..]);
    (app, program, people)
}

fn push(app: &TestApp, role: &str, people: &[String]) -> String {
    let made = app
        .scim()
        .post("/Groups", &group(&app.legacy_name(role), people));
    text(&made.is(201).json(), "id")
}

/// Pushes under the name that the connection knows.
#[track_caller]
pub(super) fn push_again(app: &TestApp, role: &str, people: &[String]) {
    let name = app.legacy_name(role);
    let found = app
        .scim()
        .ids("Groups", &format!("displayName eq \"{name}\""));
    let path = format!("/Groups/{}", found[0]);
    app.scim().put(&path, &group(&name, people)).is(200);
}

/// The id of a plan that was written to `file`.
pub(super) fn planned(program: &Program, file: &str) -> String {
    program.run(&["legacy", "plan", "--out", file]).is(0);
    text(&read(program, file), "id")
}

pub(super) fn read(program: &Program, file: &str) -> Value {
    let text = std::fs::read_to_string(program.file(file)).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

pub(super) fn lines_fit(said: &Said) {
    let all = said.out.lines().chain(said.err.lines());
    // Names and addresses are never broken.
    let long: Vec<&str> = all
        .filter(|line| line.chars().count() > 80)
        .filter(|line| line.trim().contains(' ') && !line.contains("CF-"))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_mapping_is_switched_and_shown() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    let status = program.json(&["legacy", "status"]);
    assert_eq!(status["schema"], "provost.legacy_mapping.v1");
    assert_eq!(
        (&status["enabled"], &status["groups"]),
        (&json!(false), &json!(0))
    );
    let dry = program.run(&["legacy", "on", "--dry-run"]).is(0);
    assert!(dry.err.contains("is switched on") && dry.err.contains("nothing was changed"));
    assert_eq!(program.json(&["legacy", "status"])["enabled"], false);
    // Nobody is in such a group: there is nothing to ask.
    assert_eq!(
        program.run(&["legacy", "on"]).is(0).out,
        "on\t81\t0\t0\t0\n"
    );
    let people = app.scim().new_users("p", 2);
    push(&app, "DNS", &people[..1]);
    let [_, _, next] = program.run(&["legacy", "off"]).fails(2);
    assert!(next.contains("--yes"), "{next}");
    let off = program.run(&["legacy", "off", "--yes"]).is(0);
    assert!(
        off.err
            .contains("p0@corp.example loses DNS on the whole account"),
        "{}",
        off.err
    );
    assert_eq!(off.out, "off\t1\t1\t1\t0\n");
    lines_fit(&off);
    let [_, _, next] = program.run(&["legacy", "on"]).fails(2);
    assert!(next.contains("--dry-run"), "somebody gains by it: {next}");
    let on = [
        "legacy",
        "on",
        "--allow-super-administrator",
        "--yes",
        "-o",
        "human",
    ];
    let on = program.run(&on).is(0);
    assert!(
        on.out.contains("super administrator  offered"),
        "{}",
        on.out
    );
    push(&app, SUPER_ADMINISTRATOR, &people[1..]);
    let [what, why, _] = program.run(&["legacy", "off", "--yes"]).fails(9);
    assert_eq!(what, "error: cannot switch the legacy mapping off");
    assert!(why.contains("without a Super Administrator"), "{why}");
    assert_eq!(program.json(&["legacy", "status"])["enabled"], true);
}

#[test]
fn what_there_is_to_migrate_is_shown_in_every_form() {
    let (app, program, _) = pushed();
    let run = |form: &str| program.run(&["legacy", "detect", "-o", form]).is(0);
    let human = run("human");
    assert!(
        human
            .out
            .contains("gives DNS to 2 members, pushed by Generic"),
        "{}",
        human.out
    );
    assert!(
        human.err.contains("2 groups with 3 people"),
        "{}",
        human.err
    );
    assert!(
        human
            .err
            .contains("79 more are offered and were never used."),
        "{}",
        human.err
    );
    lines_fit(&human);
    let list: Value = serde_json::from_str(&run("json").out).expect("JSON");
    assert_eq!(list["schema"], "provost.legacy_group_list.v1");
    let names: Vec<String> = list["items"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|item| text(item, "name"))
        .collect();
    assert_eq!(names, [app.legacy_name("Billing"), app.legacy_name("DNS")]);
    assert_eq!(list["items"][0]["last_push"]["accepted"], true);
    assert_eq!(run("ndjson").out.lines().count(), 2);
    assert!(
        run("csv").out.starts_with("name,class,role,grants,"),
        "{}",
        run("csv").out
    );
    assert_eq!(
        program.run(&["legacy", "detect"]).is(0).out.lines().count(),
        2
    );
}

#[test]
fn a_plan_is_shown_in_every_form_and_changes_nothing() {
    let (app, program, _) = pushed();
    let audited = app.audit().len();
    let human = program.run(&["legacy", "plan", "-o", "human"]).is(0);
    assert!(
        human.out.contains("2 groups: 2 to convert"),
        "{}",
        human.out
    );
    assert!(
        human
            .out
            .contains("becomes \"DNS Editors\", keeps its policy for DNS")
    );
    assert!(
        human
            .out
            .contains("3 people are in these groups, and keep exactly the access")
    );
    lines_fit(&human);
    let json = program.json(&["legacy", "plan"]);
    assert_eq!(json["schema"], "provost.legacy_plan.v1");
    assert_eq!(json["format"], "provost.legacy.plan/1");
    assert_eq!(json["groups"][1]["new_name"], "DNS Editors");
    let csv = program.run(&["legacy", "plan", "-o", "csv"]).is(0);
    assert!(
        csv.out
            .starts_with("group,class,role,choice,new_name,policy,"),
        "{}",
        csv.out
    );
    assert_eq!(csv.out.lines().count(), 3);
    let people = program
        .run(&["legacy", "plan", "--people", "-o", "csv"])
        .is(0);
    assert!(
        people
            .out
            .contains("p0@corp.example,active,DNS; Minimal Account Access,")
    );
    let people = program
        .run(&["legacy", "plan", "--people", "-o", "human"])
        .is(0);
    assert!(
        people
            .out
            .contains("    same    DNS; Minimal Account Access"),
        "{}",
        people.out
    );
    let team = program.json(&["legacy", "plan", "--template", "{role} team"]);
    assert_eq!(team["groups"][1]["new_name"], "DNS team");
    let [_, why, _] = program
        .run(&["legacy", "plan", "--template", "team"])
        .fails(2);
    assert!(why.contains("must hold {role}"), "{why}");
    assert_eq!(app.audit().len(), audited);
    let id = planned(&program, "plan.json");
    let [_, why, _] = program
        .run(&["legacy", "plan", "--out", "plan.json"])
        .fails(1);
    assert!(why.contains("there already"), "{why}");
    assert_eq!(text(&read(&program, "plan.json"), "id"), id);
}

#[test]
fn a_migration_is_carried_out_watched_undone_and_closed() {
    let (app, program, people) = pushed();
    let id = planned(&program, "plan.json");
    let convert = ["legacy", "convert", "plan.json"];
    program.run(&convert).fails(2);
    let dry = program.run(&[&convert[..], &["--dry-run"]].concat()).is(0);
    assert!(dry.err.contains("-> \"DNS Editors\""), "{}", dry.err);
    lines_fit(&dry);
    assert_eq!(program.json(&["legacy", "runs"])["items"], json!([]));
    let human = [&convert[..], &["--yes", "-o", "human"]].concat();
    let done = program.run(&human).is(0);
    assert!(
        done.out.contains(&format!("Migration {id} (converted)")),
        "{}",
        done.out
    );
    let base = format!(
        "http://{}/client/v4/accounts/{}/scim/v2",
        app.address(),
        app.account.id
    );
    assert!(
        done.out.contains(&base),
        "steps name the server's own address: {}",
        done.out
    );
    let words: Vec<&str> = done.out.split_whitespace().collect();
    let first = "Nothing has to be done at once, as long as the connection lets pushes in: ";
    assert!(words.join(" ").contains(first), "{}", done.out);
    lines_fit(&done);
    // Again: the same run, and no question.
    let again = program.run(&convert).is(0);
    assert!(again.err.contains("carried out before"), "{}", again.err);
    let named = app.legacy_name("DNS");
    assert!(
        again.out.contains(&format!("{named}\tDNS Editors\t\n")),
        "{}",
        again.out
    );

    let [_, why, next] = program.run(&["legacy", "verify", &id]).fails(7);
    assert!(why.contains("2 groups were not pushed since"), "{why}");
    assert!(next.contains("next pushes"), "{next}");
    push_again(&app, "DNS", &people[..2]);
    push_again(&app, "Billing", &people[2..]);
    let found = program.json(&["legacy", "verify", &id]);
    assert_eq!(found["schema"], "provost.legacy_verification.v1");
    assert_eq!(
        (&found["verified"], &found["as_planned"]),
        (&json!(true), &json!(3))
    );
    let human = program.run(&["legacy", "verify", &id, "-o", "human"]).is(0);
    assert!(human.out.contains("VERIFIED") && human.out.contains("under the old name"));
    lines_fit(&human);
}

#[test]
fn a_migration_is_undone_and_another_one_closed() {
    let (_app, program, _) = pushed();
    let id = planned(&program, "plan.json");
    program
        .run(&["legacy", "convert", "plan.json", "--yes"])
        .is(0);
    let undo = ["legacy", "undo", &id];
    program.run(&undo).fails(2);
    let undone = program
        .run(&[&undo[..], &["--yes", "-o", "json"]].concat())
        .is(0);
    let undone: Value = serde_json::from_str(&undone.out).expect("JSON");
    assert_eq!(undone["schema"], "provost.legacy_undo.v1");
    assert_eq!(undone["run"]["state"], "undone");
    assert!(program.run(&undo).is(0).err.contains("undone before"));
    program.run(&["legacy", "close", &id]).fails(5);
    program.run(&["legacy", "close", &id, "--yes"]).fails(5);

    let second = planned(&program, "again.json");
    program
        .run(&["legacy", "convert", "again.json", "--yes"])
        .is(0);
    let [_, why, next] = program.run(&["legacy", "close", &second, "--yes"]).fails(5);
    assert!(
        why.contains("2 groups have not come under the new name"),
        "{why}"
    );
    assert!(next.contains("--anyway"), "{next}");
    let close = ["legacy", "close", &second, "--anyway"];
    program.run(&close).fails(2);
    let closed = program
        .run(&[&close[..], &["--yes", "-o", "json"]].concat())
        .is(0);
    let closed: Value = serde_json::from_str(&closed.out).expect("JSON");
    assert_eq!(closed["schema"], "provost.legacy_closed.v1");
    assert_eq!(closed["names_ended"], 2);
    let again = program.run(&close).is(0);
    assert!(again.err.contains("closed before"), "{}", again.err);
    // Nobody is waited for any more, whatever was not sent.
    let verified = program.json(&["legacy", "verify", &second]);
    for group in verified["groups"].as_array().expect("groups") {
        assert_eq!(group["connections"][0]["waits_for_name"], false, "{group}");
        assert_eq!(group["connections_recorded"], true, "{group}");
    }
    let csv = program
        .run(&["legacy", "verify", &second, "-o", "csv"])
        .is(0)
        .out;
    assert!(!csv.contains("Generic"), "{csv}");
    let human = program
        .run(&["legacy", "verify", &second, "-o", "human"])
        .is(0)
        .out;
    let left = "Generic had not sent the new name at the close";
    assert_eq!(human.matches(left).count(), 2, "{human}");
    let [_, why, _] = program.run(&["legacy", "undo", &second, "--yes"]).fails(5);
    assert!(why.contains("is closed"), "{why}");
    let runs = program.run(&["legacy", "runs", "-o", "csv"]).is(0).out;
    let states: Vec<&str> = runs
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    assert_eq!(states, ["closed", "undone"], "{runs}");
    let shown = program.json(&["legacy", "show", &second]);
    assert_eq!(shown["plan"]["id"], second);
}

#[test]
fn the_whole_life_needs_no_server() {
    let program = Program::with_account();
    program.run(&["legacy", "on"]).is(0);
    let account = text(&program.json(&["account", "show"]), "id");
    let name = format!("CF-{account} - DNS");
    let file = format!("group,member\n{name},ada@example.com\n");
    std::fs::write(
        program.file("groups.csv"),
        file.replace(&account, &"ab".repeat(16)),
    )
    .expect("a file");
    program.run(&["legacy", "detect"]).is(0);
    let import = [
        "legacy",
        "import",
        "groups.csv",
        "--from-account",
        &"ab".repeat(16),
    ];
    let import = [&import[..], &["--create-people", "--out", "plan.json"]].concat();
    program.run(&import).is(0);
    let id = text(&read(&program, "plan.json"), "id");
    program
        .run(&["legacy", "convert", "plan.json", "--yes"])
        .is(0);
    assert_eq!(
        program.json(&["group", "list"])["items"][0]["name"],
        "DNS Editors"
    );
    program.run(&["legacy", "verify", &id]).is(0);
    program.run(&["legacy", "undo", &id, "--yes"]).is(0);
    assert_eq!(program.json(&["group", "list"])["items"], json!([]));
    assert_eq!(program.json(&["member", "list"])["items"], json!([]));
    let undone = program.run(&["legacy", "verify", &id, "-o", "human"]).is(0);
    assert!(undone.out.contains("UNDONE"), "{}", undone.out);
    let second = planned_from(&program, &import, "second.json");
    program
        .run(&["legacy", "convert", "second.json", "--yes"])
        .is(0);
    program.run(&["legacy", "close", &second, "--yes"]).is(0);
}

/// The id of a plan, by this command with another file to write.
fn planned_from(program: &Program, command: &[&str], file: &str) -> String {
    let (_, rest) = command.split_last().expect("a file");
    program.run(&[rest, &[file]].concat()).is(0);
    text(&read(program, file), "id")
}

#[test]
fn what_is_not_there_is_not_found() {
    let program = Program::with_account();
    let nobody = "ab".repeat(16);
    for verb in ["show", "verify", "undo", "close"] {
        let [_, why, next] = program.run(&["legacy", verb, &nobody]).fails(4);
        assert!(
            why.contains(&nobody) && next.contains("provost legacy runs"),
            "{why} {next}"
        );
        program.run(&["legacy", verb, "x"]).is(2);
    }
    assert_eq!(program.run(&["legacy", "plan"]).is(0).out, "");
    program
        .run(&["legacy", "plan", "--out", "empty.json"])
        .is(0);
    let [_, why, _] = program
        .run(&["legacy", "convert", "empty.json", "--yes"])
        .fails(2);
    assert!(why.contains("no group to convert"), "{why}");
    program.run(&["legacy", "plan", "-a", "nobody"]).fails(4);
}
