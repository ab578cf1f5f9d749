//! Commands while a server runs: they go through its socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use super::Program;
use crate::harness::app::TestApp;
use crate::harness::fixtures::user;

#[test]
fn commands_reach_the_running_server() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    assert_eq!(
        program.json(&["account", "list"])["items"][0]["name"],
        "Corp"
    );
    let said = program
        .run(&["connection", "create", "okta", "--name", "Okta"])
        .is(0);
    let address = app.address().to_string();
    assert!(
        said.err.contains(&address),
        "the base URL is the server's: {}",
        said.err
    );
    let okta = app.client(said.out.trim());
    okta.get("/Users").is(200);
    program.run(&["connection", "pause", "Okta", "--yes"]).is(0);
    okta.get("/Users").is(503);
    program.run(&["connection", "resume", "Okta"]).is(0);
    okta.get("/Users").is(200);
    let rolled = program
        .run(&["token", "roll", "Okta", "--overlap", "1h", "--yes"])
        .is(0);
    okta.get("/Users").is(200);
    let new = app.client(rolled.out.trim());
    new.get("/Users").is(200);
    let until = program.json(&["token", "show", "Okta"])["old_works_until"].clone();
    assert!(until.as_str().is_some_and(|until| until.ends_with('Z')));
    let connection = program.json(&["connection", "show", "Okta"]);
    assert_eq!(connection["rolled_tokens"][0]["name"], "Okta");
    assert_eq!(connection["rolled_tokens"][0]["old_works_until"], until);
    let shown = program
        .run(&["connection", "show", "Okta", "-o", "human"])
        .is(0);
    assert!(
        shown.out.contains("old secret works until"),
        "{}",
        shown.out
    );
    program
        .run(&["token", "roll", "Okta", "--overlap", "0", "--yes"])
        .is(0);
    assert!(program.json(&["token", "show", "Okta"])["old_works_until"].is_null());
    let connection = program.json(&["connection", "show", "Okta"]);
    assert_eq!(connection["rolled_tokens"], serde_json::json!([]));
    okta.get("/Users").is(401);
    new.get("/Users").is(401);
    program.run(&["token", "revoke", "Okta", "--yes"]).is(0);
    program.run(&["db", "check"]).is(0);
    program.run(&["backup", "create"]).is(0);
}

#[test]
fn the_audit_log_says_which_user_gave_the_command() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    program.run(&["member", "add", "ada@example.com"]).is(0);
    let row = app.audit().pop().expect("a row");
    let user = row["actor"]["id"].as_str().expect("an actor");
    assert!(user.starts_with("cli:") && user.len() > 4, "{user}");
    assert_eq!(row["action"]["description"], "Add Member");
    assert_eq!(row["raw"]["method"], "CLI");
    assert_eq!(row["raw"]["uri"], "member add");
    program
        .run(&["audit", "export", "-a", "corp", "--since", "1d"])
        .is(0);
    let row = app.audit().pop().expect("a row");
    assert_eq!(row["action"]["description"], "Export Log");
}

#[test]
fn a_refusal_is_shown_with_its_fix() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    app.scim().post("/Users", &user("ada@example.com")).is(201);
    app.scim().post("/Users", &user("ADA@example.com")).is(409);
    let said = program
        .run(&["log", "tail", "--outcome", "refused", "-o", "ndjson"])
        .is(0);
    let row: Value = serde_json::from_str(said.out.trim()).expect("one row");
    assert_eq!(row["schema"], "provost.log_row.v1");
    assert_eq!(row["reason"], "user_name_taken");
    assert_eq!(row["connection"], "Generic");
    let request = row["request"].as_str().expect("an id");
    let shown = program.json(&["log", "show", request]);
    let fix = shown["fix"].as_str().expect("a fix");
    assert!(fix.contains("match on userName"), "{fix}");
    let exported = program
        .run(&["log", "export", "--connection", "generic"])
        .is(0);
    assert_eq!(exported.out.lines().count(), 2);
    program
        .run(&["log", "tail", "--connection", "nobody"])
        .fails(4);
    program.run(&["log", "show", "999"]).fails(4);
}

#[test]
fn a_follower_sees_what_comes() {
    let app = TestApp::spawn();
    let program = Program::on(app.data());
    let mut process = program.start(&["log", "tail", "-f", "-n", "0"]);
    let mut lines = BufReader::new(process.0.stdout.take().expect("a pipe")).lines();
    // It may look for the first time before or after this; rows that come later are shown
    // in any case.
    let scim = app.scim();
    let (seen, see) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || seen.send(lines.next()));
    let mut count = 0;
    let line = loop {
        scim.post("/Users", &user(&format!("follow{count}@example.com")))
            .is(201);
        count += 1;
        if let Ok(line) = see.recv_timeout(std::time::Duration::from_millis(100)) {
            break line;
        }
        assert!(count < 200, "no row came");
    };
    reader.join().expect("a reader").expect("a receiver");
    let line = line.expect("a line").expect("text");
    assert!(line.contains("follow"), "{line}");
    drop(process);
    drop(app);
    Program::with_account()
        .run(&["audit", "tail", "-f"])
        .fails(8);
}

#[test]
fn the_socket_takes_one_sane_request() {
    let app = TestApp::spawn();
    let path = app.data().join("admin.sock");
    let mode = std::fs::metadata(&path)
        .expect("the socket")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let ask = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&path).expect("the socket");
        // A refused request is not read to its end.
        let _ = stream.write_all(bytes);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    };
    let line = |request: &Value| format!("{request}\n").into_bytes();
    let listed = ask(&line(
        &json!({ "protocol": 1, "account": null, "command": "account_list" }),
    ));
    let listed = listed.expect("an answer");
    assert!(
        listed.contains("Corp") && listed.ends_with("\"end\"\n"),
        "{listed}"
    );
    for bad in [
        b"\n".to_vec(),
        b"nonsense\n".to_vec(),
        b"{\"protocol\":1}\n".to_vec(),
        line(&json!({ "protocol": 99, "account": null, "command": "hello" })),
        line(&json!({ "protocol": 1, "account": null, "command": "account_destroy" })),
    ] {
        let answer = ask(&bad).expect("an answer");
        assert!(answer.starts_with("{\"error\""), "{answer}");
    }
    // One byte more than the limit; the answer may be cut off by what was not read.
    let long = ask(&vec![b'x'; provost::admin::REQUEST_BYTES_MAX + 1]);
    assert!(
        long.map_or(true, |answer| answer.starts_with("{\"error\"")),
        "it was taken"
    );
    // A client that says nothing keeps nobody else out.
    let silent = UnixStream::connect(&path).expect("the socket");
    Program::on(app.data()).run(&["account", "list"]).is(0);
    drop(silent);
}
