//! `provost member`.

use clap::{Args, Subcommand, ValueEnum};

use super::change::{self, Asks};
use super::consent::Consent;
use super::output::Shape;
use super::policy::{Roles, Scopes, spec};
use super::session::Session;
use crate::admin::command::{Change, Command, DirectoryCommand, MemberQuery, NewMember};
use crate::admin::fault::Stop;

#[derive(Debug, Subcommand)]
pub(super) enum Member {
    /// The people of the account
    List {
        /// Stands somewhere in the name or an address, letter case aside
        #[arg(long, value_name = "TEXT")]
        q: Option<String>,
        #[arg(long, value_enum)]
        state: Option<State>,
        /// Managed by that connection; "hand": by none
        #[arg(long, value_name = "CONNECTION")]
        source: Option<String>,
    },
    /// One person, and the policies of their own
    Show {
        /// Either id, userName or address
        member: String,
    },
    /// Add a person by hand, active, with Minimal Account Access
    Add(Add),
    /// What the person may do in the end, and by what
    Access {
        /// Either id, userName or address
        member: String,
    },
    /// Give the person these roles as their own, in place of those they have so
    Set {
        /// Either id, userName or address
        member: String,
        #[command(flatten)]
        roles: Roles,
        #[command(flatten)]
        scopes: Scopes,
        #[command(flatten)]
        consent: Consent,
    },
    /// End the membership: no access from now on; record and groups are kept
    Deactivate {
        /// Either id, userName or address
        member: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Let somebody in who is inactive or invited
    #[command(visible_alias = "activate")]
    Reactivate {
        /// Either id, userName or address
        member: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Delete the person for good
    Remove {
        /// Either id, userName or address
        member: String,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Args)]
pub(super) struct Add {
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
    /// A role in place of Minimal Account Access, by name or id; repeat it for more
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    #[command(flatten)]
    scopes: Scopes,
    /// Only invite: no access until `provost member activate`
    #[arg(long)]
    pending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum State {
    Active,
    Pending,
    Inactive,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Inactive => "inactive",
        }
    }
}

pub(super) fn run(session: &Session, command: Member) -> Result<(), Stop> {
    use DirectoryCommand as C;
    match command {
        Member::List { q, state, source } => {
            let query = MemberQuery {
                text: q,
                state: state.map(|state| state.name().to_owned()),
                source,
            };
            session.list(Command::Directory(C::MemberList(query)), Shape::List)
        }
        Member::Show { member } => session.show(Command::Directory(C::MemberShow { member })),
        Member::Add(add) => session.show(Command::Directory(added(add))),
        Member::Access { member } => {
            session.list(Command::Directory(C::MemberAccess { member }), Shape::List)
        }
        Member::Set {
            member,
            roles,
            scopes,
            consent,
        } => {
            let policy = spec(false, roles.roles, scopes);
            let effect = format!("member {member}: own policies replaced");
            let change = Change::MemberSet { member, policy };
            change::run(session, change, &effect, Asks::Always, consent)
        }
        Member::Deactivate { member, consent } => {
            let effect = format!("member {member}: deactivated; own policies and tokens go");
            let change = Change::MemberDeactivate { member };
            change::run(session, change, &effect, Asks::Always, consent)
        }
        Member::Reactivate { member, consent } => {
            let effect = format!("member {member}: active");
            let change = Change::MemberActivate { member };
            change::run(session, change, &effect, Asks::ForAccess, consent)
        }
        Member::Remove { member, consent } => {
            let effect = format!("member {member}: deleted for good, from all groups too");
            let change = Change::MemberRemove { member };
            change::run(session, change, &effect, Asks::Always, consent)
        }
    }
}

fn added(add: Add) -> DirectoryCommand {
    let policy = (!add.roles.is_empty()).then(|| spec(false, add.roles, add.scopes));
    let new = NewMember {
        user_name: add.user_name.unwrap_or_else(|| add.email.clone()),
        email: Some(add.email),
        given_name: add.given_name,
        family_name: add.family_name,
        display_name: add.display_name,
    };
    DirectoryCommand::MemberAdd {
        new,
        pending: add.pending,
        policy,
    }
}
