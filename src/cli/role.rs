//! `provost role`.

use clap::{Args, Subcommand, ValueEnum};

use super::change::{self, Asks};
use super::consent::Consent;
use super::output::Shape;
use super::session::{Session, unexpected};
use crate::admin::command::{Change, Command, NewRole, RoleSet};
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{Reply, RoleView};

#[derive(Debug, Subcommand)]
pub(super) enum Role {
    /// The roles of the account
    List {
        /// Hidden ones too
        #[arg(long)]
        hidden: bool,
        /// Only the account's own
        #[arg(long)]
        own: bool,
    },
    /// One role, and of an own one the policies that name it
    Show {
        /// Either id, or name
        role: String,
    },
    /// Who has the role in the end, and by what
    Holders {
        /// Either id, or name
        role: String,
    },
    /// Make a role of the account's own
    Create {
        name: String,
        /// What it is for, in one line
        #[arg(
            long,
            default_value = "",
            value_name = "TEXT",
            hide_default_value = true
        )]
        description: String,
        /// What it can be given on
        #[arg(long, value_enum, default_value = "account")]
        scope: Scope,
        /// What it permits, such as invoices:approve; repeat it for more
        #[arg(long = "permission", value_name = "RESOURCE:ACTION")]
        permissions: Vec<String>,
    },
    /// Change a role of the account's own
    Set(Set),
    /// Delete a role of the account's own that no policy names
    Delete {
        /// Either id, or name
        role: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Leave a built-in role out of lists; whoever holds it keeps it
    Hide {
        /// Either id, or name
        role: String,
    },
    /// List a built-in role again
    Unhide {
        /// Either id, or name
        role: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Scope {
    /// The whole account
    Account,
    /// One or more domains
    Domains,
}

impl Scope {
    fn name(self) -> String {
        match self {
            Self::Account => "account".to_owned(),
            Self::Domains => "domains".to_owned(),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Either id, or name
    role: String,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    /// What it is for, in one line
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// What it can be given on; fixed while a policy names the role
    #[arg(long, value_enum)]
    scope: Option<Scope>,
    /// All that it permits from now on; repeat it for more
    #[arg(long = "permission", value_name = "RESOURCE:ACTION", conflicts_with_all = ["add", "remove"])]
    permissions: Vec<String>,
    /// It permits nothing any more
    #[arg(long, conflicts_with_all = ["permissions", "add", "remove"])]
    no_permissions: bool,
    /// Permit this too; repeat it for more
    #[arg(long, value_name = "RESOURCE:ACTION")]
    add: Vec<String>,
    /// Permit this no more; repeat it for more
    #[arg(long, value_name = "RESOURCE:ACTION")]
    remove: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(super) fn run(session: &Session, command: Role) -> Result<(), Stop> {
    match command {
        Role::List { hidden, own } => session.list(Command::RoleList { hidden, own }, Shape::List),
        Role::Show { role } => session.show(Command::RoleShow { role }),
        Role::Holders { role } => super::explain::who(session, role),
        Role::Create {
            name,
            description,
            scope,
            permissions,
        } => session.show(Command::RoleCreate(NewRole {
            name,
            description,
            scope: scope.name(),
            permissions,
        })),
        Role::Set(command) => set(session, command),
        Role::Delete { role, consent } => delete(session, role, consent),
        Role::Hide { role } => session.show(Command::RoleHide { role }),
        Role::Unhide { role } => session.show(Command::RoleUnhide { role }),
    }
}

fn shown(session: &Session, role: &str) -> Result<Box<RoleView>, Stop> {
    let role = role.to_owned();
    match session.one(Command::RoleShow { role })? {
        Reply::Role(view) => Ok(view),
        _ => Err(unexpected("role show").into()),
    }
}

fn set(session: &Session, command: Set) -> Result<(), Stop> {
    let Set {
        role,
        name,
        description,
        scope,
        permissions,
        no_permissions,
        add,
        remove,
        consent,
    } = command;
    let replaces = no_permissions || !permissions.is_empty();
    let change = RoleSet {
        role,
        name,
        description,
        scope: scope.map(Scope::name),
        permissions: replaces.then_some(permissions),
        add,
        remove,
    };
    let permits =
        change.permissions.is_some() || !(change.add.is_empty() && change.remove.is_empty());
    if !permits && change.name.is_none() && change.description.is_none() && change.scope.is_none() {
        return Err(Fault::usage(
            "nothing to set",
            "neither a name, a description, a scope nor a permission was given",
            "provost role set --help",
        )
        .into());
    }
    let before = shown(session, &change.role)?;
    // Words give nobody anything, nor does a role that no policy names.
    let asks = permits && before.policies.is_some_and(|count| count > 0);
    let effect = effect(&before, &change);
    let change = Change::RoleSet(change);
    if asks {
        return change::run(session, change, &effect, Asks::Always, consent);
    }
    if consent.dry_run && !consent.given(session, &effect)? {
        return Ok(());
    }
    session.show(Command::Change(change))
}

/// What becomes of the role, and of whom that is the business.
fn effect(before: &RoleView, change: &RoleSet) -> String {
    let name = &before.name;
    let mut lines = Vec::new();
    if let Some(new) = change.name.as_ref().filter(|new| *new != name) {
        lines.push(format!("role {name}: name becomes {new}"));
    }
    if let Some(new) = &change.description {
        lines.push(format!("role {name}: description becomes {new:?}"));
    }
    if let Some(new) = &change.scope {
        lines.push(format!("role {name}: can be given on {new}"));
    }
    let has = |one: &&String| before.permissions.contains(one);
    let (more, fewer): (Vec<&String>, Vec<&String>) = match &change.permissions {
        Some(all) => (
            all.iter().filter(|one| !has(one)).collect(),
            before
                .permissions
                .iter()
                .filter(|one| !all.contains(one))
                .collect(),
        ),
        None => (
            change.add.iter().filter(|one| !has(one)).collect(),
            change.remove.iter().filter(has).collect(),
        ),
    };
    for (verb, list) in [("permits also", more), ("permits no more", fewer)] {
        if !list.is_empty() {
            let list: Vec<&str> = list.into_iter().map(String::as_str).collect();
            lines.push(format!("role {name}: {verb} {}", list.join(" ")));
        }
    }
    lines.push(holders(before));
    lines.join("\n")
}

/// Whom a role's change concerns.
fn holders(role: &RoleView) -> String {
    let total = role.policies.unwrap_or_default();
    if total == 0 {
        return format!("role {}: no policy names it", role.name);
    }
    let named: Vec<String> = role
        .used_by
        .iter()
        .take(10)
        .map(|one| format!("{} {}", one.kind, one.name))
        .collect();
    let more = if total > 10 { ", …" } else { "" };
    format!(
        "role {}: named by {total} {} of {}{more}",
        role.name,
        if total == 1 { "policy" } else { "policies" },
        named.join(", "),
    )
}

fn delete(session: &Session, role: String, consent: Consent) -> Result<(), Stop> {
    let before = shown(session, &role)?;
    let used = before.policies.is_some_and(|count| count > 0);
    // What is refused anyway needs no question.
    if before.built_in || used {
        return session.show(Command::RoleDelete { role });
    }
    let effect = format!("role {}: deleted; no policy names it", before.name);
    if !consent.given(session, &effect)? {
        return Ok(());
    }
    session.show(Command::RoleDelete { role })
}
