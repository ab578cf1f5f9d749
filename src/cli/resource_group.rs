//! `provost resource-group`.

use clap::{Args, Subcommand};

use super::change::{self, Asks};
use super::consent::Consent;
use super::output::Shape;
use super::session::Session;
use crate::admin::command::{Change, Command, DirectoryCommand, ResourceGroupSet};
use crate::admin::fault::{Fault, Stop};

#[derive(Debug, Subcommand)]
pub(super) enum ResourceGroup {
    /// What policies apply to
    List,
    /// One resource group and its domains
    Show {
        /// Id or name
        resource_group: String,
    },
    /// Name a list of domains
    Create {
        name: String,
        /// By name or id; repeat it for more
        #[arg(long = "domain", value_name = "DOMAIN", required = true)]
        domains: Vec<String>,
    },
    /// Change its name or its domains
    Set(Set),
    /// Delete one that no policy names
    Delete {
        /// Id or name
        resource_group: String,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Id or name
    resource_group: String,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    /// All its domains from now on, by name or id; repeat it for more
    #[arg(long = "domain", value_name = "DOMAIN", conflicts_with_all = ["add", "remove"])]
    domains: Vec<String>,
    /// Cover this domain too; repeat it for more
    #[arg(long, value_name = "DOMAIN")]
    add: Vec<String>,
    /// Cover this domain no more; repeat it for more
    #[arg(long, value_name = "DOMAIN")]
    remove: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(super) fn run(session: &Session, command: ResourceGroup) -> Result<(), Stop> {
    use DirectoryCommand as C;
    let show = |command| session.show(Command::Directory(command));
    match command {
        ResourceGroup::List => session.list(Command::Directory(C::ResourceGroupList), Shape::List),
        ResourceGroup::Show { resource_group } => show(C::ResourceGroupShow { resource_group }),
        ResourceGroup::Create { name, domains } => show(C::ResourceGroupCreate { name, domains }),
        ResourceGroup::Set(command) => set(session, command),
        ResourceGroup::Delete {
            resource_group,
            consent,
        } => {
            // What is in use is refused, so this touches nobody's access.
            if !consent.given(
                session,
                &format!("resource group {resource_group}: deleted"),
            )? {
                return Ok(());
            }
            show(C::ResourceGroupDelete { resource_group })
        }
    }
}

fn set(session: &Session, command: Set) -> Result<(), Stop> {
    let Set {
        resource_group,
        name,
        domains,
        add,
        remove,
        consent,
    } = command;
    let set = ResourceGroupSet {
        resource_group,
        name,
        domains: (!domains.is_empty()).then_some(domains),
        add,
        remove,
    };
    let covers = set.domains.is_some() || !(set.add.is_empty() && set.remove.is_empty());
    if set.name.is_none() && !covers {
        return Err(Fault::usage(
            "nothing to set",
            "neither a name nor a domain was given",
            "provost resource-group set --help",
        )
        .into());
    }
    let effect = format!("resource group {}: changed", set.resource_group);
    let asks = if covers {
        Asks::Always
    } else {
        Asks::ForAccess
    };
    change::run(
        session,
        Change::ResourceGroupSet(set),
        &effect,
        asks,
        consent,
    )
}
