//! `provost serve` itself: its first words, its signals, its certificate.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;

use rustix::process::{Pid, Signal, kill_process};

use super::{Process, Program, Said};
use crate::harness::browserless::Browser;
use crate::harness::client::Client;
use crate::harness::eventually;
use crate::harness::fixtures::user;

/// An address that was free a moment ago.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

fn serve(program: &Program, address: SocketAddr, more: &[&str]) -> Process {
    let listen = address.to_string();
    let process = program.start(&[&["serve", "--listen", &listen], more].concat());
    let socket = program.data().join("admin.sock");
    eventually("the server", || socket.exists());
    // A signal that comes sooner ends the process as the system would.
    eventually("the server to listen for signals", || {
        catches_signals(&process)
    });
    process
}

/// Whether the process has handlers for SIGHUP and SIGTERM, signals 1 and 15: the bits 0 and
/// 14 of `SigCgt` (proc(5)).
fn catches_signals(process: &Process) -> bool {
    let path = format!("/proc/{}/status", process.0.id());
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 0x4001 == 0x4001)
}

fn signal(process: &Process, signal: Signal) {
    let pid = i32::try_from(process.0.id())
        .ok()
        .and_then(Pid::from_raw)
        .expect("a process");
    kill_process(pid, signal).expect("a signal");
}

/// Ends the server gracefully; gives what it said.
fn stop(mut process: Process) -> Said {
    signal(&process, Signal::TERM);
    let status = process.0.wait().expect("an end");
    let mut said = Said {
        code: status.code(),
        out: String::new(),
        err: String::new(),
    };
    let out = process.0.stdout.as_mut().expect("a pipe");
    out.read_to_string(&mut said.out).expect("text");
    let err = process.0.stderr.as_mut().expect("a pipe");
    err.read_to_string(&mut said.err).expect("text");
    said
}

#[test]
fn the_process_is_called_by_the_name_of_the_program() {
    let program = Program::new();
    let process = serve(&program, free_address(), &[]);
    let name = std::fs::read_to_string(format!("/proc/{}/comm", process.0.id()));
    assert_eq!(name.expect("a process").trim(), "provost");
    stop(process);
}

#[test]
fn the_first_words_lead_into_the_first_run() {
    let program = Program::new();
    let address = free_address();
    let process = serve(&program, address, &[]);
    program.run(&["healthcheck"]).fails(8);
    let file = program.data().join("setup-url");
    let left = || {
        std::fs::read_to_string(&file)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let base = format!("http://{address}");
    eventually("the link", || {
        left().starts_with(&format!("{base}/setup?code="))
    });
    let mode = std::fs::metadata(&file)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let first = left();
    let mut browser = Browser::new(address);
    browser
        .open(&first[base.len()..])
        .is(200, "/setup")
        .says("Create Super Administrator");
    let said = stop(process).is(0);
    assert!(!program.data().join("admin.sock").exists());
    assert!(said.out.contains(&first), "{}", said.out);
    assert!(!said.err.contains("code="), "{}", said.err);
    // Each start has its own link, said or not; so does the command.
    let process = serve(&program, address, &["-q"]);
    eventually("another link", || !left().is_empty() && left() != first);
    let second = program.run(&["setup-link", "--minutes", "5"]).is(0);
    assert_eq!(second.out.trim(), left());
    let mut browser = Browser::new(address);
    browser.open(&first[base.len()..]).is(404, "/setup");
    browser.open(&left()[base.len()..]).is(200, "/setup");
    program.run(&["setup-link", "--minutes", "0"]).fails(2);
    let listen = address.to_string();
    let health = program
        .command(&["healthcheck"])
        .env("PROVOST_HTTP__LISTEN", &listen)
        .output();
    Said::of(&health.expect("the program")).is(0);
    let [_, why, _] = program.run(&["serve", "--listen", "127.0.0.1:0"]).fails(8);
    assert!(why.contains("in use"), "{why}");
    let said = stop(process).is(0);
    assert_eq!(said.out, "");
    program.run(&["db", "check"]).is(0);
    program.run(&["audit", "verify"]).is(0);
}

#[test]
fn an_operator_is_let_work_in_one_more_account() {
    let program = Program::new();
    let create = ["admin", "create", "--email", "ada@example.com"];
    program.run(&create).is(0);
    let named = "ada@example.com";
    program.run(&["account", "create", "Example Ltd"]).is(0);
    program
        .run(&["admin", "assign", named, "--role", "Nobody"])
        .fails(4);
    program.run(&["admin", "assign", named]).is(2);
    let reads = ["--role", "Administrator Read Only"];
    let first = ["admin", "assign", named, reads[0], reads[1]];
    program.run(&first).is(0);
    program.run(&first).fails(5);
    program.run(&["account", "create", "Second Ltd"]).is(0);
    let second = ["--account", "Second Ltd", "admin", "assign", named];
    let add = ["--account", "Second Ltd", "--yes", "member", "add"];
    program
        .run(&[&add[..], &["bob@example.com"][..]].concat())
        .is(0);
    program
        .run(&[&second[..], &["--member", "bob@example.com"][..]].concat())
        .is(0);
    program.run(&[&second[..], &reads[..]].concat()).fails(5);
    let listed = program.json(&["admin", "list"])["items"][0].clone();
    assert_eq!(
        listed["accounts"].to_string(),
        r#"["Example Ltd","Second Ltd"]"#
    );
}

#[test]
fn commands_alone_lead_to_a_provisioned_person_and_to_an_operator() {
    let program = Program::new();
    let address = free_address();
    let process = serve(&program, address, &["-q"]);
    program.run(&["account", "create", "Example Ltd"]).is(0);
    let token = program
        .run(&["connection", "create", "okta", "--name", "Okta"])
        .is(0)
        .out;
    let account = program.json(&["account", "list"])["items"][0]["id"].clone();
    let client = Client::new(address, account.as_str().expect("an id"), token.trim());
    client.post("/Users", &user("ada@example.com")).is(201);
    let link = program.run(&[
        "admin",
        "create",
        "--email",
        "ada@example.com",
        "--name",
        "Ada",
    ]);
    let link = link.is(0).out;
    assert!(!program.data().join("setup-url").exists());
    let path = link
        .trim()
        .strip_prefix(&format!("http://{address}"))
        .expect("a link");
    let mut browser = Browser::new(address);
    browser
        .open(path)
        .is(200, "/recover")
        .says("ada@example.com");
    let password = "four lamps over the harbour";
    browser
        .fill("Password", password)
        .fill("The same password again", password)
        .press("Set password")
        .is(200, "/login");
    let listed = program.json(&["admin", "list"])["items"][0].clone();
    assert_eq!(listed["email"], "ada@example.com");
    assert_eq!(listed["box_administrator"], true);
    assert_eq!(listed["accounts"][0], "Example Ltd");
    program.run(&["setup-link"]).fails(5);
    program
        .run(&["admin", "create", "--email", "ADA@example.com"])
        .fails(5);
    program
        .run(&["admin", "recover", "eve@example.com"])
        .fails(4);
    program.run(&["admin", "unlock", "ada@example.com"]).is(0);
    program
        .run(&["admin", "reset-factors", "ada@example.com"])
        .fails(2);
    program
        .run(&["--yes", "admin", "reset-factors", "ada@example.com"])
        .is(0);
    what_ends_with_the_last_operator_is_said(&program);
    program
        .run(&["--yes", "admin", "disable", "ada@example.com"])
        .fails(9);
    let again = program
        .run(&["admin", "recover", "ada@example.com"])
        .is(0)
        .out;
    assert!(again.contains("/recover?code="), "{again}");
    stop(process).is(0);
    program.run(&["admin", "list"]).is(0);
    program.run(&["db", "check"]).is(0);
}

/// Before anything is asked, or done.
fn what_ends_with_the_last_operator_is_said(program: &Program) {
    for end in ["disable", "remove"] {
        let said = program.run(&["admin", end, "ada@example.com", "--dry-run"]);
        let said = said.is(0).err;
        let alone = "then nobody can sign in as Super Administrator of Example Ltd";
        let stays = "the last server administrator, who stays";
        assert!(said.contains(alone) && said.contains(stays), "{said}");
    }
}

#[test]
fn a_self_signed_certificate_is_made_once_and_read_again_on_hangup() {
    let program = Program::new();
    let address = free_address();
    let listen = address.to_string();
    let health = || {
        let mut command = program.command(&["healthcheck"]);
        command
            .env("PROVOST_HTTP__LISTEN", &listen)
            .env("PROVOST_HTTP__TLS_SELF_SIGNED", "true");
        Said::of(&command.output().expect("the program"))
    };
    let process = serve(&program, address, &["--tls-self-signed"]);
    health().is(0);
    // A server of another folder has another certificate: this one's file no longer matches
    // what the first server shows, until it reads its files again.
    let other = Program::new();
    stop(serve(&other, free_address(), &["--tls-self-signed"])).is(0);
    let said = {
        for name in ["tls.key", "tls.crt"] {
            std::fs::copy(other.data().join(name), program.data().join(name)).expect("a copy");
        }
        signal(&process, Signal::HUP);
        eventually("the new certificate", || health().code == Some(0));
        std::fs::write(program.data().join("tls.crt"), "broken").expect("a file");
        signal(&process, Signal::HUP);
        health().fails(3);
        stop(process).is(0)
    };
    let fingerprints: Vec<&str> = said
        .out
        .lines()
        .filter(|line| line.contains("SHA-256"))
        .collect();
    assert_eq!(fingerprints.len(), 1, "{}", said.out);
    assert!(!said.out.contains("-----BEGIN") && !said.err.contains("-----BEGIN"));
}

#[test]
fn what_cannot_be_served_is_said_in_three_lines() {
    let program = Program::new();
    let [what, _, _] = program.run(&["serve", "--listen", "0.0.0.0:0"]).fails(3);
    assert!(what.contains("plain HTTP"), "{what}");
    let none = program
        .data()
        .with_file_name("none.pem")
        .display()
        .to_string();
    let files = ["--tls-cert", &none, "--tls-key", &none];
    let tls = [&["serve", "--listen", "127.0.0.1:0"], &files[..]].concat();
    program.run(&tls).fails(3);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let [what, _, _] = program.run(&["serve", "--listen", &address]).fails(1);
    assert!(what.contains(&address), "{what}");
}
