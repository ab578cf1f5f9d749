//! `provost audit`.

use clap::Subcommand;

use super::log::{follow, no_server};
use super::output::Shape;
use super::session::{Session, unexpected};
use super::when::{When, parse_when};
use crate::admin::command::{Command, Window};
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::Reply;

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// The newest rows; with -f also those to come
    Tail {
        /// Wait for more
        #[arg(short, long)]
        follow: bool,
        /// How many
        #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
        lines: u32,
        /// Only this action, such as "Create SCIM User", or this verb, such as delete
        #[arg(long)]
        action: Option<String>,
    },
    /// One row with everything it says
    Show {
        /// Number or id
        id: String,
    },
    /// All rows, one JSON document a line (or -o csv)
    Export {
        /// Rows of then or later: an instant, or a span back from now
        #[arg(long, value_name = "WHEN", value_parser = parse_when)]
        since: Option<When>,
    },
    /// Recompute the chain over all rows, and compare it with the anchors
    Verify,
}

pub(super) fn run(session: &Session, command: Audit) -> Result<(), Stop> {
    match command {
        Audit::Tail {
            follow: false,
            lines,
            action,
        } => {
            let window = Window::Last(lines);
            let command = Command::AuditList {
                window,
                action,
                since_ms: None,
            };
            session.list(command, Shape::Stream)
        }
        Audit::Tail {
            follow: true,
            lines,
            action,
        } => {
            if !session.has_server()? {
                return Err(no_server().into());
            }
            follow(session, lines, &|window| Command::AuditList {
                window,
                action: action.clone(),
                since_ms: None,
            })
        }
        Audit::Show { id } => session.show(Command::AuditShow { id }),
        Audit::Export { since } => {
            let now_ms = session.clock.now_ms();
            let since_ms = since.map(|when| when.in_the_past(now_ms));
            session.export(Command::AuditExport { since_ms })
        }
        Audit::Verify => verify(session),
    }
}

fn verify(session: &Session) -> Result<(), Stop> {
    let reply = session.one(Command::AuditVerify)?;
    session.print_one(&reply)?;
    let Reply::AuditVerdict(verdict) = reply else {
        return Err(unexpected("audit verify").into());
    };
    if verdict.good {
        return Ok(());
    }
    let bad = verdict.bad_seq.unwrap_or_default();
    Err(Fault::new(
        exit::CHECK_FAILED,
        format!("the audit log is not whole: row {bad} is the first bad one"),
        verdict.fault.unwrap_or_default(),
        "keep the data folder as it is, and compare it with the newest backup and anchors.log",
    )
    .into())
}
