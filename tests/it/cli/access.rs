//! Accounts, connections, tokens and members by command, without a server.

use serde_json::json;

use super::Program;

#[test]
fn a_folder_without_a_database_is_named_not_made() {
    let program = Program::new();
    let [what, _, next] = program.run(&["account", "list"]).fails(8);
    assert!(what.contains("no Provost database"), "{what}");
    assert!(next.contains("provost serve"), "{next}");
    assert!(!program.data().exists());
}

#[test]
fn an_account_is_made_listed_and_shown() {
    let program = Program::new();
    let id = "0123456789abcdef0123456789abcdef";
    let made = program.json(&["account", "create", "Example Ltd", "--id", id]);
    assert_eq!(made["schema"], "provost.account.v1");
    assert_eq!(made["id"], id);
    let listed = program.json(&["account", "list"]);
    assert_eq!(listed["schema"], "provost.account_list.v1");
    assert_eq!(listed["items"][0]["name"], "Example Ltd");
    // Piped, a row is a line and its fields are separated by tabs.
    let said = program.run(&["account", "list"]).is(0);
    assert_eq!(said.out, format!("{id}\tExample Ltd\t0\t0\n"));
    let shown = program.json(&["account", "show", "EXAMPLE ltd"]);
    assert_eq!(shown["reserved_prefix"], "CF");
    program.run(&["account", "show", "Nobody"]).fails(4);
    program.run(&["account", "create", "example LTD"]).fails(5);
    program
        .run(&["account", "create", "Other", "--id", id])
        .fails(5);
    program.run(&["account", "create", " "]).fails(2);
    program
        .run(&["account", "create", "Other", "--id", "xyz"])
        .is(2);
    program.run(&["account"]).is(2);
}

#[test]
fn an_account_may_be_left_out_while_there_is_one() {
    let program = Program::new();
    program.run(&["account", "create", "One"]).is(0);
    program.run(&["connection", "list"]).is(0);
    program.run(&["account", "create", "Two"]).is(0);
    let [_, _, next] = program.run(&["connection", "list"]).fails(2);
    assert!(next.contains("--account"), "{next}");
    program.run(&["connection", "list", "-a", "two"]).is(0);
    program.run(&["-a", "Three", "connection", "list"]).fails(4);
}

#[test]
fn a_secret_is_alone_on_standard_output_whatever_form_is_asked() {
    let program = Program::with_account();
    let issues: [&[&str]; 4] = [
        &[
            "connection",
            "create",
            "okta",
            "--name",
            "Okta",
            "-o",
            "json",
        ],
        &[
            "connection",
            "create",
            "entra",
            "--name",
            "Entra",
            "-o",
            "human",
        ],
        &[
            "token",
            "create",
            "--template",
            "read",
            "--name",
            "R",
            "-o",
            "csv",
        ],
        &["token", "roll", "R", "--yes", "-o", "ndjson"],
    ];
    for (arguments, prefix) in issues.iter().zip(["pvs_", "pvs_", "pva_", "pva_"]) {
        let said = program.run(arguments).is(0);
        let secret = said.out.strip_suffix('\n').expect("one line");
        assert!(
            secret.starts_with(prefix) && secret.len() == 50,
            "{arguments:?}"
        );
        assert!(
            secret
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_'),
            "{arguments:?}"
        );
        assert!(!said.err.contains(secret), "{arguments:?}");
    }
    let listed = program.run(&["token", "list", "-o", "json"]).is(0);
    assert!(
        !listed.out.contains("pvs_") && !listed.out.contains("pva_"),
        "{}",
        listed.out
    );
}

#[test]
fn a_new_connection_says_what_to_enter_where() {
    let program = Program::with_account();
    let base = "http://127.0.0.1:7443/client/v4/accounts/";
    for (kind, words) in [
        ("okta", "OAuth Bearer Token"),
        ("entra", "Tenant URL"),
        ("authentik", "backchannel"),
        ("generic", "ServiceProviderConfig"),
    ] {
        let said = program
            .run(&["connection", "create", kind, "--name", kind])
            .is(0);
        assert!(
            said.err.contains(words) && said.err.contains(base),
            "{}",
            said.err
        );
        let values = program.run(&["connection", "values", kind]).is(0);
        assert!(
            values.out.contains(words) && values.out.contains(base),
            "{}",
            values.out
        );
    }
    program
        .run(&["connection", "create", "okta", "--name", "OKTA"])
        .fails(5);
    program
        .run(&["connection", "create", "ldap", "--name", "x"])
        .is(2);
    let strict = |name: &str| program.json(&["connection", "show", name])["settings"].clone();
    assert_eq!(strict("entra")["strict_upn_email"], true);
    assert_eq!(strict("okta")["strict_upn_email"], false);
}

#[test]
fn what_changes_access_asks_first() {
    let program = Program::with_account();
    program
        .run(&["connection", "create", "okta", "--name", "Okta"])
        .is(0);
    let changes: [&[&str]; 5] = [
        &["connection", "set", "Okta", "--adopt-existing", "refuse"],
        &["connection", "pause", "Okta"],
        &["account", "set", "--reserved-prefix", "XY"],
        &["token", "roll", "Okta"],
        &["token", "revoke", "Okta"],
    ];
    for change in changes {
        let rows = || program.run(&["audit", "tail", "-n", "1"]).is(0).out;
        let before = rows();
        let [_, _, next] = program.run(change).fails(2);
        assert!(next.contains("--yes"), "{next}");
        let dry = program.run(&[change, &["--dry-run"]].concat()).is(0);
        assert!(
            dry.err.contains("nothing was changed") && dry.out.is_empty(),
            "{dry:?}"
        );
        assert_eq!(rows(), before, "{change:?} changed something");
        program.run(&[change, &["--yes"]].concat()).is(0);
        assert_ne!(rows(), before, "{change:?} changed nothing");
    }
    let connection = program.json(&["connection", "show", "Okta"]);
    assert_eq!(connection["settings"]["adopt_existing"], "refuse");
    assert_eq!(connection["paused"], true);
    program.run(&["connection", "resume", "Okta"]).is(0);
    assert_eq!(program.json(&["account", "show"])["reserved_prefix"], "XY");
    program.run(&["token", "show", "Okta"]).fails(4);
    // A name gives nobody anything.
    program
        .run(&["connection", "set", "Okta", "--name", "Okta 2"])
        .is(0);
    program.run(&["account", "set", "--name", "One Ltd"]).is(0);
    program.run(&["connection", "set", "Okta 2"]).fails(2);
}

#[test]
fn a_token_has_the_bounds_it_was_made_with() {
    let program = Program::with_account();
    program
        .run(&["connection", "create", "generic", "--name", "G"])
        .is(0);
    let create = ["token", "create", "--template", "scim", "--name"];
    let bounded = [
        "T",
        "--connection",
        "g",
        "--expires",
        "2099-01-01",
        "--not-before",
        "2030-01-01",
        "--ip",
        "10.0.0.0/8",
        "--ip",
        "192.0.2.1",
        "--ip-not",
        "10.1.0.0/16",
    ];
    program.run(&[&create[..], &bounded].concat()).is(0);
    let token = program.json(&["token", "show", "T"]);
    assert_eq!(token["expires"], "2099-01-01T00:00:00.000Z");
    assert_eq!(token["not_before"], "2030-01-01T00:00:00.000Z");
    assert_eq!(token["connection"], "G");
    let addresses = json!({ "in": ["10.0.0.0/8", "192.0.2.1/32"], "not_in": ["10.1.0.0/16"] });
    assert_eq!(token["addresses"], addresses);
    assert_eq!(token["state"], "not_yet_valid");
    let listed = program.run(&["token", "list"]).is(0);
    let begins = "not before 2030-01-01T00:00:00.000Z";
    assert!(listed.out.contains(begins), "{}", listed.out);
    let rolled = program.run(&["token", "roll", "T", "--yes"]).is(0);
    let said = "stops working at once, and the new one works from 2030-01-01T00:00:00.000Z on";
    assert!(rolled.err.contains(said), "{}", rolled.err);
    let shut = ["Shut", "--ip", "10.1.0.0/16", "--ip-not", "10.0.0.0/8"];
    let shut = program.run(&[&create[..], &shut].concat()).fails(2);
    assert!(shut[1].contains("it would let nobody in"), "{shut:?}");
    program
        .run(&[&create[..], &["N", "--expires", "never"]].concat())
        .is(0);
    assert!(program.json(&["token", "show", "N"])["expires"].is_null());
    for bad in [
        ["B", "--expires", "soon"],
        ["B", "--ip", "example.com"],
        ["B", "--connection", "nobody"],
        ["B", "--expires", "2001-01-01"],
    ] {
        let said = program.run(&[&create[..], &bad].concat());
        assert!(
            matches!(said.code, Some(2 | 4)) && said.out.is_empty(),
            "{bad:?}: {said:?}"
        );
    }
}

#[test]
fn a_member_is_added_once() {
    let program = Program::with_account();
    let add = ["member", "add", "ada@example.com", "--given-name", "Ada"];
    let member = program.json(&add);
    assert_eq!(member["state"], "active");
    assert_eq!(member["roles"], json!(["Minimal Account Access"]));
    program.run(&["member", "add", "ADA@example.com"]).fails(5);
    program.run(&["member", "add", "a\u{202e}b"]).fails(2);
    assert_eq!(program.json(&["account", "show"])["members"], 1);
    program.run(&["db", "check"]).is(0);
}

#[test]
fn csv_has_a_header_and_no_formulas() {
    let program = Program::new();
    program.run(&["account", "create", "=cmd, \"x\""]).is(0);
    let said = program.run(&["account", "list", "-o", "csv"]).is(0);
    let lines: Vec<&str> = said.out.split("\r\n").collect();
    assert_eq!(lines[0], "id,name,reserved_prefix,members,groups,created");
    assert!(lines[1].contains("\"'=cmd, \"\"x\"\"\""), "{}", lines[1]);
}
