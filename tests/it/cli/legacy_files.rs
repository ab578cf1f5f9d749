//! The files that a migration reads and writes, by command.

use std::process::Command;

use serde_json::json;

use super::Program;
use super::legacy::{pushed, read};
use crate::harness::client::text;

const THEIRS: &str = "11112222333344445555666677778888";

fn write(program: &Program, file: &str, text: impl AsRef<[u8]>) {
    std::fs::write(program.file(file), text).expect("a file");
}

fn import<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [
        &["legacy", "import", file, "--from-account", THEIRS][..],
        more,
    ]
    .concat()
}

#[test]
fn groups_come_from_a_scim_list_or_from_csv() {
    let program = Program::with_account();
    program.run(&["member", "add", "ada@example.com"]).is(0);
    let name = format!("CF-{THEIRS} - DNS");
    let csv =
        format!("\u{feff}Group,Member\r\n{name},ada@example.com\r\n{name},new@example.com\r\n");
    write(&program, "groups.csv", csv);
    let list = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 3, "Resources": [
            { "id": "1", "userName": "ada@example.com" },
            { "id": "2", "userName": "new@example.com" },
            { "DisplayName": name, "members": [{ "value": "1" }, { "value": "2" }] },
            { "displayName": "Plain", "members": [] }] });
    write(&program, "groups.json", list.to_string());
    for (file, plan, ignored) in [("groups.csv", "a.json", 0), ("groups.json", "b.json", 1)] {
        let said = program.run(&import(file, &["--out", plan, "-o", "human"]));
        assert!(
            said.out
                .contains("becomes \"DNS Editors\", gets a policy for DNS")
        );
        assert!(
            said.out.contains("nobody here is called: new@example.com"),
            "{}",
            said.out
        );
        said.fails(7);
        let made = read(&program, plan);
        assert_eq!(made["groups"][0]["old_name"], name);
        assert_eq!(made["ignored"].as_array().map_or(0, Vec::len), ignored);
        assert_eq!(made["summary"]["gain"], 1);
    }
    // Those who are left out are named where nobody looks at it too.
    let piped = program.run(&import("groups.csv", &[]));
    let row = format!("{name}\texact\tDNS Editors\tDNS\t1\tchanges_access\tnew@example.com\n");
    assert_eq!(piped.out, row);
    assert!(
        piped
            .err
            .contains("1 person of the file, whom nobody here knows,"),
        "{piped:?}"
    );
    // One that would be refused is refused before it asks.
    program.run(&["legacy", "convert", "b.json"]).fails(7);
    let convert = [
        "legacy",
        "convert",
        "b.json",
        "--confirm",
        "ada@example.com",
        "--yes",
    ];
    program.run(&convert).is(0);
    let members = program.json(&["group", "members", "DNS Editors"]);
    assert_eq!(members["items"].as_array().map(Vec::len), Some(1));
    let made = program.run(&import(
        "groups.csv",
        &["--create-people", "--out", "c.json"],
    ));
    assert_eq!(made.code, Some(0), "she has it by now: {made:?}");
    assert_eq!(
        read(&program, "c.json")["groups"][0]["new_name"],
        "DNS Editors 2"
    );
}

#[test]
fn every_kind_of_name_waits_for_what_it_needs() {
    let program = Program::with_account();
    let own = text(&program.json(&["account", "show"]), "id");
    let names = [
        format!("CF-{THEIRS} - DNS"),
        format!("CF-{THEIRS} - Billling"),
        format!("cf-{THEIRS} -  Billing"),
        format!("CF-{THEIRS} - Domain DNS"),
        format!("CF-{own} - Analytics"),
    ];
    write(
        &program,
        "groups.csv",
        names.map(|name| format!("\"{name}\",\n")).concat(),
    );
    let plan = program.json(&import("groups.csv", &["--out", "a.json"]));
    let classes: Vec<String> = plan["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| text(group, "class"))
        .collect();
    for class in [
        "exact",
        "unknown_role",
        "near",
        "domain_role",
        "other_account",
    ] {
        assert!(classes.contains(&class.to_owned()), "{class}: {classes:?}");
    }
    assert_eq!(plan["summary"]["undecided"], 4);
    let human = program.run(&import("groups.csv", &["-o", "human"])).is(0);
    assert_eq!(human.out.matches("WAITS FOR A DECISION").count(), 4);
    assert!(human.err.contains("plan with --map"), "{}", human.err);
    let [_, why, next] = program
        .run(&["legacy", "convert", "a.json", "--yes"])
        .fails(5);
    assert!(why.contains("4 groups wait for a decision"), "{why}");
    assert!(next.contains("rename it only"), "{next}");
    let decided: Vec<_> = plan["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .filter(|group| group["choice"].is_null())
        .map(|group| json!({ "group": group["old_name"], "choice": "skip" }))
        .collect();
    write(&program, "map.json", json!(decided).to_string());
    let made = program.json(&import(
        "groups.csv",
        &["--map", "map.json", "--out", "b.json"],
    ));
    assert_eq!(
        (&made["summary"]["skip"], &made["summary"]["convert"]),
        (&json!(4), &json!(1))
    );
    let done = program
        .run(&["legacy", "convert", "b.json", "--yes", "-o", "human"])
        .is(0);
    assert!(
        done.out.contains("4 groups left as they are:"),
        "{}",
        done.out
    );
    assert!(
        done.out.contains("No provider pushes these groups"),
        "{}",
        done.out
    );
}

#[test]
fn a_file_that_is_no_good_says_where() {
    let program = Program::with_account();
    let unknown = r#"{"Resources":[{"displayName":"CF-1 - DNS","members":[{"value":"1"}]}]}"#;
    let deep = vec![b'['; 100_000];
    let bad: [(&[u8], &str); 12] = [
        (b"", "no row with a group"),
        (b"{", "line 1: EOF"),
        (b"[1]", "line 1: invalid type"),
        (b"{\"a\":1}", "no list of Resources"),
        (
            br#"{"Resources":[{"members":[]}]}"#,
            "/Resources/0/displayName: the displayName is empty",
        ),
        (
            br#"{"Resources":[{"displayName":1}]}"#,
            "line 1: invalid type: integer",
        ),
        (
            unknown.as_bytes(),
            "/Resources/0/members/0: no User of the file has the id \"1\"",
        ),
        (b"a,b,c", "line 1: the row has 3 fields"),
        (b"a,b\n,x", "line 2: the group is empty"),
        (b"a,b\n\xff\xfe,x", "line 2: a byte is no UTF-8"),
        (b"\"a,b\nc,d", "line 1: a quote is not closed"),
        (&deep, "line 1: invalid type"),
    ];
    for (bytes, said) in bad {
        write(&program, "bad", bytes);
        let run = program.run(&import("bad", &[]));
        let [what, why, _] = run.fails(2);
        assert_eq!(what, "error: cannot read bad");
        assert!(why.contains(said), "{why}");
    }
}

#[test]
fn decisions_and_plans_that_are_no_good_say_where() {
    let program = Program::with_account();
    for (bytes, said) in [
        (r#"{"a":1}"#, "/a: neither a text nor an object"),
        (
            r#"[{"group":"a","chioce":"skip"}]"#,
            "/0: \"chioce\" is not known",
        ),
        ("a,b,forget", "line 1: \"forget\" is no choice"),
        ("a,b,skip,DNS,x", "line 1: the row has 5 fields"),
    ] {
        write(&program, "map", bytes);
        let [_, why, _] = program.run(&["legacy", "plan", "--map", "map"]).fails(2);
        assert!(why.contains(said), "{why}");
    }
    write(&program, "map", "a,b");
    let [_, why, _] = program.run(&["legacy", "plan", "--map", "map"]).fails(2);
    assert!(why.contains("no legacy group \"a\" to decide of"), "{why}");
    for (bytes, said) in [
        ("{}", "it is no plan: missing field"),
        ("no", "it is no plan"),
    ] {
        write(&program, "plan", bytes);
        let [_, why, next] = program.run(&["legacy", "convert", "plan"]).fails(2);
        assert!(
            why.contains(said) && next.contains("legacy plan --out"),
            "{why} {next}"
        );
    }
    program.run(&["legacy", "plan", "--out", "plan.json"]).is(0);
    let mut plan = read(&program, "plan.json");
    plan["format"] = json!("provost.legacy.plan/2");
    write(&program, "plan", plan.to_string());
    let [_, why, _] = program.run(&["legacy", "convert", "plan"]).fails(2);
    assert!(why.contains("its format is"), "{why}");
    program.run(&["legacy", "convert", "nothing"]).fails(2);
}

#[test]
fn names_are_written_so_that_nothing_is_run() {
    let program = Program::with_account();
    let evil = "=cmd|'${x}' %{if} $(id) `id` \"q\" \\ \u{1b}[2J";
    let name = format!("CF-{THEIRS} - {evil}");
    let list = json!([{ "displayName": name, "members": [] },
        { "displayName": format!("CF-{THEIRS} - DNS"), "members": [] }]);
    write(&program, "groups.json", list.to_string());
    let new = "=1+1 '${x}' %{if} $(touch ran) `touch ran` \"q\" \\";
    let map = json!([{ "group": name, "role": "DNS", "new_name": new }]);
    write(&program, "map.json", map.to_string());
    let more = ["--map", "map.json", "--out", "plan.json", "-o", "human"];
    let said = program.run(&import("groups.json", &more)).is(0);
    assert!(
        !said.out.contains('\u{1b}') && said.out.contains("\\u{1b}[2J"),
        "{}",
        said.out
    );
    let csv = program
        .run(&import("groups.json", &["--map", "map.json", "-o", "csv"]))
        .is(0);
    assert!(csv.out.contains(",\"'=1+1 "), "{}", csv.out);
    let hcl = program.run(&["legacy", "export", "plan.json"]).is(0).out;
    assert!(!hcl.contains('\u{1b}'), "{hcl}");
    assert!(
        hcl.contains(r#""=1+1 '$${x}' %%{if} $(touch ran) `touch ran` \"q\" \\""#),
        "{hcl}"
    );
    assert_eq!(hcl.matches("resource \"cloudflare_user_group\"").count(), 2);
    let script = program
        .run(&["legacy", "export", "plan.json", "--curl"])
        .is(0)
        .out;
    // What follows the head runs with functions that print what they are asked for.
    let (head, calls) = script.split_once("$account\")\n").expect("a head");
    assert!(head.contains("base=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}"));
    let fake = format!(
        "id_of() {{ printf id; }}\ngroup() {{ printf '%s %s\\n' \"$1\" \"$2\"; }}\n{calls}"
    );
    let output = Command::new("sh")
        .args(["-c", &fake])
        .current_dir(program.file("."))
        .output()
        .expect("a shell");
    let made = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(made.lines().count(), 2, "{made}");
    let dns = "49ce85367bae433b9f0717ed4fea5c74";
    assert!(made.contains(&format!("{new} {dns}\n")), "{made}");
    assert!(!program.file("ran").exists());
}

#[test]
fn the_json_of_a_plan_is_a_plan() {
    let (_app, program, _) = pushed();
    let plan = program.run(&["legacy", "plan", "-o", "json"]).is(0);
    write(&program, "plan.json", plan.out);
    program
        .run(&["legacy", "convert", "plan.json", "--yes"])
        .is(0);
}
