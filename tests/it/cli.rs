//! The command line, through the real program: on its own, and beside a running server.

mod access;
mod brake;
mod checks;
mod explain;
mod groups;
mod legacy;
mod legacy_files;
mod members;
mod policies;
mod roles;
mod running;
mod serve;
mod shell;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program on a data folder, without the environment of the tests.
pub(crate) struct Program {
    data: PathBuf,
    // Where it is started from; holds the data folder unless a server has its own.
    folder: TempDir,
}

impl Program {
    /// On a folder that does not exist yet.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            data: folder.path().join("data"),
            folder,
        }
    }

    /// On the folder of a running server.
    pub(crate) fn on(data: PathBuf) -> Self {
        Self {
            data,
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// With one account, "One".
    pub(crate) fn with_account() -> Self {
        let program = Self::new();
        program.run(&["account", "create", "One"]).is(0);
        program
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// A file where the program is started from.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provost"));
        command
            .env_clear()
            .current_dir(self.folder.path())
            .arg("--data")
            .arg(&self.data)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().expect("the program"))
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Process {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Process(command.spawn().expect("the program"))
    }

    /// The one document that a command prints.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["-o", "json"]].concat()).is(0);
        serde_json::from_str(&said.out).expect("JSON")
    }
}

/// A process that ends with the test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn is(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Refused with this code, in three lines at the end; gives them.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> [String; 3] {
        let said = self.is(code);
        let lines: Vec<&str> = said.err.lines().collect();
        let at = lines
            .iter()
            .rposition(|line| line.starts_with("error: "))
            .expect("an error");
        let [what, why, next] = lines[at..] else {
            panic!("not three lines: {}", said.err)
        };
        assert!(
            why.starts_with("  ") && next.starts_with("  next:  "),
            "{}",
            said.err
        );
        [what, why, next].map(str::to_owned)
    }
}
