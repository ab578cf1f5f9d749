//! Asking before something is taken away.

use std::io::{self, IsTerminal, Write};

use clap::Args;

use super::output::harmless;
use super::session::Session;
use crate::admin::fault::{Fault, Stop, exit};

/// For commands that remove or change access.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Consent {
    /// Show the effect, change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl Consent {
    /// Shows `effect` and asks; `false` when the command ends here, changing nothing.
    ///
    /// Errors: exit code 2 without a terminal and without `--yes`; 1 when the answer is no.
    pub(super) fn given(self, session: &Session, effect: &str) -> Result<bool, Stop> {
        let mut stderr = io::stderr().lock();
        if self.dry_run || !session.global.quiet {
            effect
                .lines()
                .try_for_each(|line| writeln!(stderr, "{}", harmless(line)))?;
        }
        if self.dry_run {
            writeln!(stderr, "nothing was changed (--dry-run)")?;
            return Ok(false);
        }
        if session.global.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() || !stderr.is_terminal() {
            return Err(Fault::usage(
                "will not change access without being told so",
                "there is no terminal to ask on",
                "repeat the command with --yes, or with --dry-run to see the effect alone",
            )
            .into());
        }
        write!(stderr, "Go on? [y/N] ")?;
        stderr.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            return Ok(true);
        }
        Err(Fault::new(
            exit::FAILED,
            "nothing was changed",
            "the question was not answered with yes",
            "repeat the command when it is meant",
        )
        .into())
    }
}
