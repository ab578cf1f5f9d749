//! `provost serve` itself: its first words, its signals, its certificate.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{Process, Program, Said};
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
fn the_first_words_lead_to_a_provisioned_person() {
    let program = Program::new();
    let address = free_address();
    let process = serve(&program, address, &[]);
    program.run(&["healthcheck"]).fails(8);
    // What it says can be read once it has ended; the steps work on the folder until then too.
    let said = stop(process).is(0);
    assert!(!program.data().join("admin.sock").exists());
    let command = |begin: &str| {
        let line = said
            .out
            .lines()
            .find(|line| line.contains(begin))
            .expect("a command");
        line.to_owned()
    };
    let process = serve(&program, address, &["-q"]);
    let shell = |script: &str| {
        let ran = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::null())
            .output();
        Said::of(&ran.expect("a shell"))
    };
    shell(&command("account create")).is(0);
    let issue = command("TOKEN=");
    let token = shell(&format!("{issue}; printf %s \"$TOKEN\"")).is(0).out;
    let curl = command("curl ");
    let account = program.json(&["account", "list"])["items"][0]["id"].clone();
    let account = account.as_str().expect("an id");
    let url = format!("http://{address}/client/v4/accounts/{account}/scim/v2/Users");
    assert!(curl.contains(&url), "{curl}");
    let client = Client::new(address, account, &token);
    client.post("/Users", &user("ada@example.com")).is(201);
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
