//! `provost policy`.

use clap::{Args, Subcommand, ValueEnum};

use super::change::{self, Asks};
use super::consent::Consent;
use super::output::Shape;
use super::session::Session;
use crate::admin::command::{
    Change, Command, DirectoryCommand, HolderKind, HolderSpec, PolicySet, PolicySpec,
};
use crate::admin::fault::{Fault, Stop};

#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// The policies of a member or of a group; without one, of all groups and of members who
    /// have more than Minimal Account Access by policies of their own
    List {
        /// Member or group, by id or name
        #[arg(value_name = "MEMBER|GROUP")]
        holder: Option<String>,
        #[command(flatten)]
        kind: OfKind,
        /// Also those of members who have nothing but Minimal Account Access
        #[arg(long, conflicts_with = "holder")]
        all: bool,
    },
    /// One policy, and whose it is
    Show { policy: String },
    /// Give a member or a group a further policy
    Add {
        /// Member or group, by id or name
        #[arg(value_name = "MEMBER|GROUP")]
        holder: String,
        #[command(flatten)]
        kind: OfKind,
        #[command(flatten)]
        roles: Roles,
        #[command(flatten)]
        scopes: Scopes,
        /// Deny the roles: that wins over whatever allows them
        #[arg(long)]
        deny: bool,
        #[command(flatten)]
        consent: Consent,
    },
    /// Change a policy; what is not named stays
    #[command(visible_alias = "edit")]
    Set(Set),
    /// Take a policy away
    Remove {
        policy: String,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct OfKind {
    /// Which is meant where a member and a group have the same name
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Member,
    Group,
}

/// The roles of a policy.
#[derive(Debug, Args)]
pub(super) struct Roles {
    /// By name or id; repeat it for more
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub(super) roles: Vec<String>,
}

/// What a policy applies to.
#[derive(Debug, Args)]
pub(super) struct Scopes {
    /// The whole account, a domain, or a resource group; repeat it for more
    #[arg(
        long = "scope",
        value_name = "account|DOMAIN|RESOURCE-GROUP",
        default_value = "account"
    )]
    scopes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Access {
    Allow,
    Deny,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    policy: String,
    #[arg(long, value_enum)]
    access: Option<Access>,
    /// All the roles it names from now on, by name or id; repeat it for more
    #[arg(long = "role", value_name = "ROLE", conflicts_with_all = ["add_role", "remove_role"])]
    roles: Vec<String>,
    /// Name this role too; repeat it for more
    #[arg(long, value_name = "ROLE")]
    add_role: Vec<String>,
    /// Name this role no more; without any role left the policy goes
    #[arg(long, value_name = "ROLE")]
    remove_role: Vec<String>,
    /// All it applies to from now on; repeat it for more
    #[arg(long = "scope", value_name = "account|DOMAIN|RESOURCE-GROUP")]
    scopes: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

/// A policy to be made.
pub(super) fn spec(deny: bool, roles: Vec<String>, scopes: Scopes) -> PolicySpec {
    PolicySpec {
        deny,
        roles,
        scopes: scopes.scopes,
    }
}

fn holder_spec(name: String, of: OfKind) -> HolderSpec {
    let kind = of.kind.map(|kind| match kind {
        Kind::Member => HolderKind::Member,
        Kind::Group => HolderKind::Group,
    });
    HolderSpec { name, kind }
}

pub(super) fn run(session: &Session, command: Policy) -> Result<(), Stop> {
    match command {
        Policy::List { holder, kind, all } => {
            let holder = holder.map(|name| holder_spec(name, kind));
            let command = DirectoryCommand::PolicyList { holder, all };
            session.list(Command::Directory(command), Shape::List)
        }
        Policy::Show { policy } => {
            session.show(Command::Directory(DirectoryCommand::PolicyShow { policy }))
        }
        Policy::Add {
            holder,
            kind,
            roles,
            scopes,
            deny,
            consent,
        } => {
            let policy = spec(deny, roles.roles, scopes);
            let effect = format!(
                "{holder}: policy that {} {} on {}",
                if deny { "denies" } else { "allows" },
                policy.roles.join(", "),
                policy.scopes.join(", "),
            );
            let holder = holder_spec(holder, kind);
            let change = Change::PolicyAdd { holder, policy };
            change::run(session, change, &effect, Asks::Always, consent)
        }
        Policy::Set(command) => set(session, command),
        Policy::Remove { policy, consent } => {
            let effect = format!("policy {policy}: removed");
            let change = Change::PolicyRemove { policy };
            change::run(session, change, &effect, Asks::Always, consent)
        }
    }
}

fn set(session: &Session, command: Set) -> Result<(), Stop> {
    let Set {
        policy,
        access,
        roles,
        add_role,
        remove_role,
        scopes,
        consent,
    } = command;
    let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
    let set = PolicySet {
        policy,
        deny: access.map(|access| access == Access::Deny),
        roles: some(roles),
        add: add_role,
        remove: remove_role,
        scopes: some(scopes),
    };
    let names_roles = set.roles.is_some() || !(set.add.is_empty() && set.remove.is_empty());
    if set.deny.is_none() && !names_roles && set.scopes.is_none() {
        return Err(Fault::usage(
            "nothing to set",
            "neither an access, a role nor a scope was given",
            "provost policy set --help",
        )
        .into());
    }
    let effect = format!("policy {}: changed", set.policy);
    change::run(
        session,
        Change::PolicySet(set),
        &effect,
        Asks::Always,
        consent,
    )
}
