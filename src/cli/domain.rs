//! `provost domain`.

use clap::Subcommand;

use super::consent::Consent;
use super::output::Shape;
use super::session::Session;
use crate::admin::command::{Command, DirectoryCommand};
use crate::admin::fault::Stop;
use crate::domain::id::{DomainId, NotAnId};

#[derive(Debug, Subcommand)]
pub(super) enum Domain {
    /// The domains that policies can apply to
    List,
    /// Add a domain
    Add {
        name: String,
        /// Keep the id that it has elsewhere: 32 lower-case hex digits
        #[arg(long, value_name = "HEX32", value_parser = parse_id)]
        id: Option<DomainId>,
    },
    /// Remove a domain that no policy and no resource group names
    Remove {
        /// Id or name
        domain: String,
        #[command(flatten)]
        consent: Consent,
    },
}

fn parse_id(text: &str) -> Result<DomainId, String> {
    text.parse()
        .map_err(|NotAnId| "an id is 32 lower-case hex digits".to_owned())
}

pub(super) fn run(session: &Session, command: Domain) -> Result<(), Stop> {
    match command {
        Domain::List => session.list(
            Command::Directory(DirectoryCommand::DomainList),
            Shape::List,
        ),
        Domain::Add { name, id } => {
            session.show(Command::Directory(DirectoryCommand::DomainAdd { name, id }))
        }
        Domain::Remove { domain, consent } => {
            // What is in use is refused, so this touches nobody's access.
            if !consent.given(session, &format!("domain {domain}: removed"))? {
                return Ok(());
            }
            let command = DirectoryCommand::DomainRemove { domain };
            session.show(Command::Directory(command))
        }
    }
}
