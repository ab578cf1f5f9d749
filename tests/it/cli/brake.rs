//! What the brake holds, and the SSO domains, by command.

use serde_json::Value;

use super::Program;
use crate::harness::app::{Setup, TestApp};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A server whose connection "Generic" holds the removal of three of four people.
fn with_held() -> (TestApp, Program, Vec<String>) {
    let app = Setup::standing_clock().spawn();
    let program = Program::on(app.data());
    let set = ["connection", "set", "Generic", "--brake", "1", "--yes"];
    program.run(&set).is(0);
    let ids = app.scim().new_users("p", 4);
    app.pass(2 * DAY_MS);
    app.scim().delete(&format!("/Users/{}", ids[0])).is(204);
    for id in &ids[1..] {
        app.scim().delete(&format!("/Users/{id}")).is(429);
    }
    (app, program, ids)
}

#[test]
fn what_is_held_is_shown_in_every_form() {
    let (app, program, ids) = with_held();
    let shown = program.json(&["connection", "show", "Generic"]);
    assert_eq!(shown["held"], 3);
    assert_eq!(shown["held_since"], "2026-11-23T12:00:00.000Z");
    assert_eq!(shown["settings"]["brake"], "1");
    let list = program.json(&["connection", "held", "generic"]);
    assert_eq!(list["schema"], "provost.held_change_list.v1");
    let first = &list["items"][0];
    assert_eq!(first["target_name"], "p1@corp.example");
    assert_eq!(first["target_id"], ids[1]);
    assert_eq!(first["operation"], "delete_user");
    assert_eq!((&first["tries"], &first["people"]), (&1.into(), &1.into()));
    assert_eq!(
        (&first["state"], &first["meter"]),
        (&"held".into(), &"members".into())
    );
    let request = first["request"].as_str().expect("an id");
    let logged = program.json(&["log", "show", request]);
    assert_eq!(logged["reason"], "brake");
    assert!(
        logged["fix"]
            .as_str()
            .is_some_and(|fix| fix.contains("connection held"))
    );
    let lines = |form: &str| {
        program
            .run(&["connection", "held", "Generic", "-o", form])
            .is(0)
            .out
    };
    assert_eq!(lines("ndjson").lines().count(), 3);
    assert!(
        lines("csv").starts_with("state,operation,target,"),
        "{}",
        lines("csv")
    );
    assert!(lines("human").contains("p2@corp.example"));
    program.run(&["connection", "held", "nobody"]).fails(4);
    drop(app);
}

#[test]
fn releasing_and_discarding_ask_first() {
    let (app, program, ids) = with_held();
    let remove = |at: usize| app.scim().delete(&format!("/Users/{}", ids[at])).status;
    for verb in ["release", "discard"] {
        let [_, _, next] = program.run(&["connection", verb, "Generic"]).fails(2);
        assert!(next.contains("--yes"), "{next}");
        let dry = program
            .run(&["connection", verb, "Generic", "--dry-run"])
            .is(0);
        assert!(dry.err.contains("3 held changes"), "{}", dry.err);
        assert!(
            dry.err.contains("deletes p1@corp.example (1 person)"),
            "{}",
            dry.err
        );
    }
    assert_eq!(remove(1), 429);
    let one = [
        "connection",
        "release",
        "Generic",
        "--target",
        "p1@corp.example",
        "--yes",
    ];
    let released = program.run(&[&one[..], &["-o", "json"]].concat()).is(0);
    let released: Value = serde_json::from_str(&released.out).expect("JSON");
    assert_eq!(released["changes"], 1);
    assert_eq!(released["state"], "released");
    assert_eq!((remove(1), remove(2)), (204, 429));
    program.run(&one).fails(4);
    let done = program
        .run(&["connection", "discard", "Generic", "--yes"])
        .is(0);
    assert_eq!(done.out, "Generic\tdiscarded\t2\n");
    assert_eq!((remove(2), remove(3)), (403, 403));
    let again = program
        .run(&["connection", "discard", "Generic", "--yes"])
        .is(0);
    assert!(
        again.out.is_empty() && again.err.contains("nothing is held"),
        "{again:?}"
    );
}

#[test]
fn a_brake_is_off_or_a_number_or_a_share() {
    let program = Program::with_account();
    let create = [
        "connection",
        "create",
        "okta",
        "--name",
        "Okta",
        "--brake",
        "35%",
    ];
    program.run(&create).is(0);
    let brake = || program.json(&["connection", "show", "Okta"])["settings"]["brake"].clone();
    assert_eq!(brake(), "35%");
    let set = |value: &str| program.run(&["connection", "set", "Okta", "--brake", value, "--yes"]);
    for value in ["off", "25", "20%"] {
        set(value).is(0);
        assert_eq!(brake(), value);
    }
    for value in ["on", "-1", "0%", "120%", "2.5"] {
        set(value).is(2);
    }
    let asked = ["connection", "set", "Okta", "--brake", "off"];
    program.run(&asked).fails(2);
    let dry = program.run(&[&asked[..], &["--dry-run"]].concat()).is(0);
    assert!(
        dry.err.contains("brake becomes off (now 20%)"),
        "{}",
        dry.err
    );
    let require = [
        "connection",
        "set",
        "Okta",
        "--require-sso-domain",
        "on",
        "--yes",
    ];
    program.run(&require).is(0);
    let shown = program.json(&["connection", "show", "Okta"]);
    assert_eq!(shown["settings"]["require_sso_domain"], true);
}

#[test]
fn a_domain_is_added_verified_enabled_and_removed() {
    let program = Program::with_account();
    let made = program
        .run(&["sso", "create", "Corp.Example", "-o", "json"])
        .is(0);
    let view: Value = serde_json::from_str(&made.out).expect("JSON");
    assert_eq!(view["email_domain"], "corp.example");
    assert_eq!(view["verification"], "pending");
    let code = view["code"].as_str().expect("a code");
    let digits = code.strip_prefix("provost_sso=").expect("a prefix");
    assert!(
        digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit()),
        "{code}"
    );
    assert!(made.err.contains(code) && made.err.contains("sso verify corp.example"));
    program.run(&["sso", "create", "corp.example"]).fails(5);
    program.run(&["sso", "create", "gmail.com"]).fails(2);
    program.run(&["sso", "create", "corp"]).fails(2);
    let enable = ["sso", "set", "corp.example", "--enabled", "on", "--yes"];
    program.run(&enable).fails(2);
    program.run(&["sso", "verify", "corp.example"]).fails(2);
    program
        .run(&["sso", "verify", "nobody.example", "--yes"])
        .fails(4);
    program
        .run(&["sso", "verify", "CORP.example", "--yes"])
        .is(0);
    program.run(&enable).is(0);
    let list = program.json(&["sso", "list"]);
    assert_eq!(list["schema"], "provost.sso_connector_list.v1");
    assert_eq!(list["items"][0]["enabled"], true);
    assert_eq!(list["items"][0]["verification"], "verified");
    let shown = program.json(&["sso", "show", view["id"].as_str().expect("an id")]);
    assert_eq!(shown["schema"], "provost.sso_connector.v1");
    // A domain signs in through one account of the box.
    program.run(&["account", "create", "Two"]).is(0);
    program
        .run(&["-a", "Two", "sso", "create", "corp.example"])
        .is(0);
    program
        .run(&["-a", "Two", "sso", "verify", "corp.example", "--yes"])
        .is(0);
    program
        .run(&[&["-a", "Two"], &enable[..]].concat())
        .fails(5);
    program
        .run(&["-a", "One", "sso", "delete", "corp.example"])
        .fails(2);
    program
        .run(&["-a", "One", "sso", "delete", "corp.example", "--yes"])
        .is(0);
    program
        .run(&["-a", "One", "sso", "show", "corp.example"])
        .fails(4);
    program.run(&[&["-a", "Two"], &enable[..]].concat()).is(0);
    let audited = program
        .run(&["-a", "Two", "audit", "tail", "-n", "9"])
        .is(0)
        .out;
    for what in [
        "Create SSO Connector",
        "Verify SSO Connector",
        "Update SSO Connector",
    ] {
        assert!(audited.contains(what), "{audited}");
    }
}
