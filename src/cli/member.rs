//! `provost member`.

use clap::Subcommand;

use super::session::Session;
use crate::admin::command::{Command, NewMember};
use crate::admin::fault::Stop;

#[derive(Debug, Subcommand)]
pub(super) enum Member {
    /// Add a person by hand, active, with Minimal Account Access
    Add {
        /// The person's address
        email: String,
        /// The sign-in name [default: the address]
        #[arg(long)]
        user_name: Option<String>,
        #[arg(long)]
        given_name: Option<String>,
        #[arg(long)]
        family_name: Option<String>,
        #[arg(long)]
        display_name: Option<String>,
    },
}

pub(super) fn run(session: &Session, command: Member) -> Result<(), Stop> {
    let Member::Add {
        email,
        user_name,
        given_name,
        family_name,
        display_name,
    } = command;
    let new = NewMember {
        user_name: user_name.unwrap_or_else(|| email.clone()),
        email: Some(email),
        given_name,
        family_name,
        display_name,
    };
    session.show(Command::MemberAdd(new))
}
