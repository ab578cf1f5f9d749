//! `provost group`.

use clap::Subcommand;

use super::change::{self, Asks};
use super::consent::Consent;
use super::output::Shape;
use super::policy::{Scopes, spec};
use super::session::Session;
use crate::admin::command::{Change, Command, DirectoryCommand};
use crate::admin::fault::Stop;

#[derive(Debug, Subcommand)]
pub(super) enum Group {
    /// The user groups of the account
    List {
        /// Stands somewhere in the name, letter case aside
        #[arg(long, value_name = "TEXT")]
        q: Option<String>,
    },
    /// One group and its policies
    Show {
        /// Id or name
        group: String,
    },
    /// Make a group by hand
    Create {
        name: String,
        /// A role for whoever will be in it, by name or id; repeat it for more
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        #[command(flatten)]
        scopes: Scopes,
    },
    /// Give a group made by hand another name
    Rename {
        /// Id or name
        group: String,
        /// The new name
        name: String,
    },
    /// Delete a group made by hand; its members stay members of the account
    Delete {
        /// Id or name
        group: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Who is in the group
    Members {
        /// Id or name
        group: String,
    },
    /// Put members into a group made by hand
    #[command(visible_alias = "add-member")]
    Add {
        /// Id or name
        group: String,
        /// Either id, userName or address
        #[arg(required = true, value_name = "MEMBER")]
        members: Vec<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Take members out of a group made by hand
    #[command(visible_alias = "remove-member")]
    Remove {
        /// Id or name
        group: String,
        /// Either id, userName or address
        #[arg(required = true, value_name = "MEMBER")]
        members: Vec<String>,
        #[command(flatten)]
        consent: Consent,
    },
}

pub(super) fn run(session: &Session, command: Group) -> Result<(), Stop> {
    use DirectoryCommand as C;
    let list = |command| session.list(Command::Directory(command), Shape::List);
    let show = |command| session.show(Command::Directory(command));
    match command {
        Group::List { q: text } => list(C::GroupList { text }),
        Group::Show { group } => show(C::GroupShow { group }),
        Group::Create {
            name,
            roles,
            scopes,
        } => {
            let policy = (!roles.is_empty()).then(|| spec(false, roles, scopes));
            show(C::GroupCreate { name, policy })
        }
        // A name gives nobody anything.
        Group::Rename { group, name } => {
            session.show(Command::Change(Change::GroupRename { group, name }))
        }
        Group::Delete { group, consent } => {
            let effect = format!("group {group}: deleted, its policies with it");
            let change = Change::GroupDelete { group };
            change::run(session, change, &effect, Asks::Always, consent)
        }
        Group::Members { group } => list(C::GroupMembers { group }),
        Group::Add {
            group,
            members,
            consent,
        } => {
            let effect = format!("group {group}: gets {}", members.join(", "));
            let change = Change::GroupAdd { group, members };
            change::run(session, change, &effect, Asks::ForAccess, consent)
        }
        Group::Remove {
            group,
            members,
            consent,
        } => {
            let effect = format!("group {group}: without {}", members.join(", "));
            let change = Change::GroupRemove { group, members };
            change::run(session, change, &effect, Asks::Always, consent)
        }
    }
}
