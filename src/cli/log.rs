//! `provost log`: the provisioning log.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::output::Shape;
use super::session::Session;
use super::when::{When, parse_when};
use crate::admin::command::{Command, LogFilter, Window};
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::Reply;
use crate::domain::provisioning;

/// How often a follower looks for news.
const FOLLOW_MILLISECONDS: u64 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Log {
    /// The newest rows; with -f also those to come
    Tail {
        /// Wait for more
        #[arg(short, long)]
        follow: bool,
        /// How many
        #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
        lines: u32,
        #[command(flatten)]
        filter: Filter,
    },
    /// One row, why it was refused, and what to do about it
    Show {
        /// Number or request id
        id: String,
    },
    /// All rows, one JSON document a line (or -o csv)
    Export {
        /// Rows of then or later: an instant, or a span back from now
        #[arg(long, value_name = "WHEN", value_parser = parse_when)]
        since: Option<When>,
        #[command(flatten)]
        filter: Filter,
    },
}

#[derive(Debug, Args)]
pub(super) struct Filter {
    /// Only this connection, by id or name
    #[arg(long)]
    connection: Option<String>,
    /// Only this outcome
    #[arg(long, value_enum)]
    outcome: Option<Outcome>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Outcome {
    /// Accepted, and something changed
    Applied,
    /// Accepted, and everything was so already
    Unchanged,
    /// Rejected, or held by the brake
    Refused,
    /// Rejected because of an error here
    Failed,
}

impl Filter {
    fn with_since(self, since_ms: Option<i64>) -> LogFilter {
        let outcome = self.outcome.map(|outcome| match outcome {
            Outcome::Applied => provisioning::Outcome::Applied,
            Outcome::Unchanged => provisioning::Outcome::Unchanged,
            Outcome::Refused => provisioning::Outcome::Refused,
            Outcome::Failed => provisioning::Outcome::Failed,
        });
        LogFilter {
            connection: self.connection,
            outcome: outcome.map(|outcome| outcome.name().to_owned()),
            since_ms,
        }
    }
}

pub(super) fn run(session: &Session, command: Log) -> Result<(), Stop> {
    match command {
        Log::Tail {
            follow: false,
            lines,
            filter,
        } => {
            let filter = filter.with_since(None);
            let command = Command::LogList {
                window: Window::Last(lines),
                filter,
            };
            session.list(command, Shape::Stream)
        }
        Log::Tail {
            follow: true,
            lines,
            filter,
        } => {
            if !session.has_server()? {
                return Err(no_server().into());
            }
            let filter = filter.with_since(None);
            let ask = |window| Command::LogList {
                window,
                filter: filter.clone(),
            };
            follow(session, lines, &ask)
        }
        Log::Show { id } => session.show(Command::LogShow { id }),
        Log::Export { since, filter } => {
            let now_ms = session.clock.now_ms();
            let since_ms = since.map(|when| when.in_the_past(now_ms));
            session.export(Command::LogExport {
                filter: filter.with_since(since_ms),
            })
        }
    }
}

/// The newest rows and then, until interrupted, those that come.
pub(super) fn follow(
    session: &Session,
    lines: u32,
    ask: &dyn Fn(Window) -> Command,
) -> Result<(), Stop> {
    let mut printer = session.printer(Shape::Stream, "");
    let mut last = 0;
    let mut window = Window::Last(lines.max(1));
    loop {
        session.call(ask(window), &mut |reply| {
            last = seq_of(&reply).unwrap_or(last);
            if lines == 0 && matches!(window, Window::Last(_)) {
                return Ok(());
            }
            printer.item(&reply)
        })?;
        window = Window::After(last);
        std::thread::sleep(Duration::from_millis(FOLLOW_MILLISECONDS));
    }
}

fn seq_of(reply: &Reply) -> Option<i64> {
    match reply {
        Reply::AuditEntry(view) => Some(view.seq),
        Reply::LogRow(view) => Some(view.seq),
        Reply::Server(_)
        | Reply::Account(_)
        | Reply::Connection(_)
        | Reply::Token(_)
        | Reply::Issued(_)
        | Reply::Operator(_)
        | Reply::Link(_)
        | Reply::Member(_)
        | Reply::Group(_)
        | Reply::Policy(_)
        | Reply::Domain(_)
        | Reply::ResourceGroup(_)
        | Reply::Access(_)
        | Reply::Holder(_)
        | Reply::Explanation(_)
        | Reply::Difference(_)
        | Reply::Previewed(_)
        | Reply::Role(_)
        | Reply::Legacy(_)
        | Reply::AuditVerdict(_)
        | Reply::Backup(_)
        | Reply::Finding(_)
        | Reply::Held(_)
        | Reply::Decided(_)
        | Reply::Sso(_)
        | Reply::Checked(_) => None,
    }
}

/// Without a server nothing comes; holding the database open would keep one from starting.
pub(super) fn no_server() -> Fault {
    Fault::new(
        exit::UNAVAILABLE,
        "there is nothing to wait for",
        "no server runs on this data folder",
        "leave -f out, or start `provost serve`",
    )
}
