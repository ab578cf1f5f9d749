//! `provost explain`.

use clap::Subcommand;

use super::output::Shape;
use super::session::{Session, unexpected};
use crate::admin::command::{Command, DirectoryCommand};
use crate::admin::fault::Stop;
use crate::admin::reply::{AccessView, EdgeView, ExplanationView, PathView, Reply};
use crate::domain::id::GroupId;

#[derive(Debug, Subcommand)]
pub(super) enum Explain {
    /// Why a person has a role: every path, and what would end it
    Why {
        /// Either id, userName or address
        member: String,
        /// Either id, or name
        role: String,
    },
    /// Why a person has a role not: what denies it, or what is missing
    WhyNot {
        /// Either id, userName or address
        member: String,
        /// Either id, or name
        role: String,
    },
    /// Who has a role in the end, and by what
    Who {
        /// Either id, or name
        role: String,
    },
}

pub(super) fn run(session: &Session, command: Explain) -> Result<(), Stop> {
    match command {
        Explain::Why { member, role } | Explain::WhyNot { member, role } => {
            why(session, member, role)
        }
        Explain::Who { role } => who(session, role),
    }
}

/// Who holds the role, as they are found.
pub(super) fn who(session: &Session, role: String) -> Result<(), Stop> {
    let command = DirectoryCommand::Holders { role };
    session.list(Command::Directory(command), Shape::List)
}

fn why(session: &Session, member: String, role: String) -> Result<(), Stop> {
    let command = Command::Directory(DirectoryCommand::Explain { member, role });
    let reply = session.one(command)?;
    let Reply::Explanation(view) = &reply else {
        return Err(unexpected("explain why").into());
    };
    let mut printer = session.printer(Shape::One, "");
    if printer.is_human() {
        for line in prose(view) {
            printer.text(&super::output::harmless(&line))?;
        }
    } else {
        printer.item(&reply)?;
    }
    Ok(printer.finish()?)
}

fn prose(view: &ExplanationView) -> Vec<String> {
    let (member, role) = (&view.member.user_name, &view.role.name);
    let scope = view.paths.as_ref().filter(|paths| paths.effective);
    let mut lines = match (&view.why_not, scope) {
        (None, Some(paths)) => vec![format!("{member} has {role} on {}.", paths.scope.text())],
        (why_not, _) => vec![why_not.clone().unwrap_or_default()],
    };
    if let Some(paths) = &view.paths {
        section(&mut lines, "What allows it:", paths.allows.iter());
        section(&mut lines, "What denies it:", paths.denies.iter());
        if paths.effective {
            lines.push("It ends when all of this is done:".to_owned());
            let each = paths.removal.iter();
            lines.extend(each.map(|edge| format!("  {}", step(edge, paths))));
        }
    }
    if !view.effective && !view.groups.is_empty() {
        let names: Vec<&str> = view.groups.iter().map(|one| one.name.as_str()).collect();
        lines.push(format!("Groups that give it: {}", names.join(", ")));
    }
    lines
}

fn section<'p>(
    lines: &mut Vec<String>,
    title: &str,
    paths: impl ExactSizeIterator<Item = &'p PathView>,
) {
    if paths.len() > 0 {
        lines.push(title.to_owned());
        lines.extend(paths.map(|path| format!("  {}", path.sentence())));
    }
}

/// How to take that away, by command, or by the provider where it is locked here.
fn step(edge: &EdgeView, paths: &AccessView) -> String {
    let role = &paths.permission_group.name;
    match edge {
        EdgeView::OwnPolicy { policy } | EdgeView::GroupPolicy { policy, .. } => {
            format!("provost policy set {policy} --remove-role {role:?}")
        }
        EdgeView::Membership { group } => {
            let path = paths.allows.iter().find(|path| is_of(path, *group));
            let name = path.and_then(PathView::group).map(|one| one.name.as_str());
            let name = name.unwrap_or_default();
            match path.and_then(PathView::manager) {
                Some(provider) => format!(
                    "take them out of the group {name} in {}, which manages it",
                    provider.name
                ),
                None => format!("provost group remove {name:?} {:?}", paths.member.user_name),
            }
        }
    }
}

fn is_of(path: &PathView, group: GroupId) -> bool {
    path.group().is_some_and(|one| one.id == group.to_string())
}
