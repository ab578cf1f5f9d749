//! `provost backup`.

use std::path::PathBuf;

use clap::Subcommand;

use super::output::Shape;
use super::session::{Session, unexpected};
use crate::admin;
use crate::admin::command::Command;
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::Reply;
use crate::store;

#[derive(Debug, Subcommand)]
pub(super) enum Backup {
    /// Copy the database while it is in use, and examine the copy
    Create {
        /// A new file [default: one in the data folder's backups]
        file: Option<PathBuf>,
    },
    /// Examine a backup
    Verify { file: PathBuf },
}

pub(super) fn run(session: &Session, command: Backup) -> Result<(), Stop> {
    match command {
        Backup::Create { file } => {
            // A running server has another folder to start from than this command.
            let file = file.map(std::path::absolute).transpose().map_err(|error| {
                Fault::usage(
                    "cannot use that path",
                    error.to_string(),
                    "give an absolute path",
                )
            })?;
            let reply = session.one(Command::BackupCreate { file })?;
            session.print_one(&reply)?;
            let Reply::Backup(view) = reply else {
                return Err(unexpected("backup create").into());
            };
            Ok(session.say(&format!(
                "keep {} apart from it: without the key no token works after a restore\n\
                 next:  provost backup verify {}",
                view.key_file, view.file
            ))?)
        }
        Backup::Verify { file } => verify(session, file),
    }
}

fn verify(session: &Session, file: PathBuf) -> Result<(), Stop> {
    let file = std::path::absolute(&file).unwrap_or(file);
    let mut printer = session.printer(Shape::Stream, "");
    let mut good = false;
    let mut each = |reply: Reply| {
        if let Reply::Checked(checked) = &reply {
            good = checked.good;
        }
        printer.item(&reply)
    };
    if session.has_database() {
        session.call(Command::BackupVerify { file: file.clone() }, &mut each)?;
    } else {
        // A backup is examined on another machine too; there is no key for its chain then.
        let verdict = store::backup::verify(&file, None).map_err(|error| {
            Fault::of_error(
                &error,
                "cannot verify the backup",
                "look where the backups are kept",
            )
        })?;
        admin::replies_of(verdict)
            .into_iter()
            .try_for_each(&mut each)?;
    }
    printer.finish()?;
    if good {
        return Ok(());
    }
    Err(Fault::new(
        exit::CHECK_FAILED,
        format!("{} is not a good backup", file.display()),
        "the findings above say what is wrong with it",
        "make a new one with `provost backup create`, and keep the one before",
    )
    .into())
}
