//! The binary as a process of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use provost::env::Clock;

use crate::harness::client::Client;
use crate::harness::eventually;

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first answer, in microseconds.
    pub(crate) started_us: u64,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_saying(data, &[], Stdio::null())
    }

    /// With these settings in the environment, and its log to `log`.
    pub(crate) fn start_saying(data: &Path, settings: &[(&str, &str)], log: Stdio) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
        let address = free.expect("a free port");
        let clock = Clock::system();
        let child = command(data)
            .args(["serve", "--listen", &address.to_string()])
            .env("PROVOST_LIMITS__TOKEN_RPS", "0")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let mut child = child.expect("the binary starts");
        let client = Client::new(address, "", "");
        eventually("the server to answer", || {
            let ended = child.try_wait().expect("a process");
            assert!(ended.is_none(), "the server did not start: {ended:?}");
            client
                .try_send("GET", "/healthz", &[], None)
                .is_ok_and(|answer| answer.status == 200)
        });
        Self {
            child,
            address,
            started_us: clock.monotonic_us(),
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a kill");
        self.child.wait().expect("an end");
    }

    /// SIGTERM, and a clean end.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("kill").success());
        let end = self.child.wait().expect("an end");
        assert!(end.success(), "the server ended with {end}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_provost"));
    // No setting of whoever runs the tests.
    command
        .env_clear()
        .current_dir(data.parent().expect("a parent"));
    command.arg("-d").arg(data);
    command
}

/// Runs a command of the binary, which must succeed.
#[track_caller]
pub(crate) fn provost(data: &Path, arguments: &[&str]) {
    let output = command(data)
        .args(arguments)
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{arguments:?}: {}\n{said}{told}",
        output.status
    );
}
