//! `provost db`.

use clap::Subcommand;

use super::output::Shape;
use super::session::Session;
use crate::admin::command::Command;
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::Reply;

#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Examine pages, references and every rule; exit code 7 when one does not hold
    Check,
}

pub(super) fn run(session: &Session, command: &DbCommand) -> Result<(), Stop> {
    let DbCommand::Check = command;
    let mut printer = session.printer(Shape::Stream, "");
    let mut findings = 0;
    session.call(Command::DbCheck, &mut |reply| {
        if let Reply::Checked(checked) = &reply {
            findings = checked.findings;
        }
        printer.item(&reply)
    })?;
    printer.finish()?;
    if findings == 0 {
        return Ok(());
    }
    Err(Fault::new(
        exit::CHECK_FAILED,
        "the database is not as it should be",
        format!("{findings} findings stand above"),
        "stop the server, keep a copy of the data folder, and restore the newest good backup",
    )
    .into())
}
