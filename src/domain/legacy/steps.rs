//! What is left to do at each provider once groups are converted, in its own words.

use std::collections::{BTreeMap, HashMap};

use super::plan::{Plan, Source};
use super::run::{Progress, Run, Unsent, VerifiedGroup};
use crate::domain::connection::ProviderKind;
use crate::domain::id::GroupId;

/// What is to be done at one connection's provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSteps<'p> {
    pub connection: &'p Source,
    /// The groups that it pushes.
    pub names: Vec<NewName<'p>>,
}

/// What a group is to be called at its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewName<'p> {
    pub old: &'p str,
    pub new: &'p str,
    /// The name that was planned, and the group that answers to it now, where that is another one.
    pub taken: Option<(&'p str, GroupId)>,
}

/// A group of a run as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Now<'r> {
    old: &'r str,
    name: &'r str,
    other: Option<GroupId>,
    connections: &'r [Progress],
}

impl<'r> Now<'r> {
    /// `None` of a group that is gone.
    pub fn verified(group: &'r VerifiedGroup) -> Option<Self> {
        Some(Self {
            old: &group.group.old_name,
            name: group.name.as_deref()?,
            other: group.other,
            connections: &group.connections,
        })
    }

    pub fn unsent(group: &'r Unsent) -> Self {
        Self {
            old: &group.group.old_name,
            name: &group.name,
            other: group.other,
            connections: &group.waiting,
        }
    }
}

/// Whether what a connection pushes arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushes {
    Arrive,
    /// The connection is paused.
    Paused,
    /// It has no token that is good now.
    NoToken,
    /// Nobody looked.
    Unknown,
    /// The run is closed, and its old names ended with it.
    Ended,
}

impl ProviderSteps<'_> {
    /// A sentence each, in their order.
    pub fn steps(&self, pushes: Pushes) -> Vec<String> {
        let kind = self.connection.kind;
        let rest = rest(kind).iter().map(|step| (*step).to_owned());
        std::iter::once(first(kind, pushes)).chain(rest).collect()
    }
}

/// The steps for every connection that pushes one of the groups that the run converted.
pub fn of_run(run: &Run) -> Vec<ProviderSteps<'_>> {
    let groups = run.groups.iter().filter(|group| !group.undone);
    let new_names = groups.map(|group| (group.old_name.as_str(), group.new_name.as_str()));
    of(&run.plan, &new_names.collect())
}

/// The same for as long as a connection has not sent the new name, which is the one that the group
/// has by now: it may have been given another than was planned, which somebody else has since.
pub fn left<'r>(run: &'r Run, now: impl Iterator<Item = Now<'r>>) -> Vec<ProviderSteps<'r>> {
    let now: HashMap<&str, Now<'r>> = now.map(|group| (group.old, group)).collect();
    let mut all = of_run(run);
    for one in &mut all {
        let connection = one.connection.id;
        one.names.retain_mut(|name| {
            let Some(group) = now.get(name.old) else {
                return false;
            };
            let planned = std::mem::replace(&mut name.new, group.name);
            name.taken = group.other.map(|other| (planned, other));
            let waits =
                |one: &Progress| one.connection.id == connection && one.other_name_ms().is_none();
            group.connections.iter().any(waits)
        });
    }
    all.retain(|one| !one.names.is_empty());
    all
}

/// The same of the groups that the plan would convert: those whose new names clash with something
/// can't have them.
pub fn of_plan(plan: &Plan) -> Vec<ProviderSteps<'_>> {
    let groups = plan.groups.iter().filter(|group| group.takes_part());
    let groups = groups.filter(|group| group.conflicts.is_empty());
    let new_names = groups.filter_map(|group| {
        let new = group.new_name.as_deref()?;
        Some((group.old_name.as_str(), new))
    });
    of(plan, &new_names.collect())
}

fn of<'p>(plan: &'p Plan, new_names: &BTreeMap<&'p str, &'p str>) -> Vec<ProviderSteps<'p>> {
    let mut all: Vec<ProviderSteps<'p>> = Vec::new();
    for group in &plan.groups {
        let (Some(source), Some(new)) = (&group.connection, new_names.get(group.old_name.as_str()))
        else {
            continue;
        };
        let name = NewName {
            old: &group.old_name,
            new,
            taken: None,
        };
        match all.iter_mut().find(|one| one.connection.id == source.id) {
            Some(one) => one.names.push(name),
            None => all.push(ProviderSteps {
                connection: source,
                names: vec![name],
            }),
        }
    }
    all
}

fn rest(kind: ProviderKind) -> &'static [&'static str] {
    match kind {
        ProviderKind::Okta => &[
            "In Directory > Groups, rename each group (or make a new one, and move people over).",
            "In Applications > your app > Push Groups, leave the link as it is; in Settings of \
             that tab, switch Rename groups on.",
            "Use Push now on each group: the new name comes with that push, and nothing else \
             changes.",
        ],
        ProviderKind::Entra => &[
            "In Entra ID > Groups, rename each group.",
            "In Enterprise applications > your app > Provisioning > Mappings > Groups, take out \
             the scoping filter on names that begin with CF-, when there is one.",
            "In Provisioning, use Provision on demand for one group, or wait for the next cycle \
             (every 40 minutes): the new name comes with that push, and nothing else changes.",
        ],
        ProviderKind::Authentik => &[
            "In Directory > Groups, rename each group.",
            "In Applications > Providers > your SCIM provider, run the synchronization: the new \
             names come with it, and nothing else changes.",
        ],
        ProviderKind::Generic => &[
            "Rename each group where it comes from, and push it: the new name comes with that \
             push, and nothing else changes.",
        ],
    }
}

/// That what is pushed under the old names arrives; of a connection that lets nothing in, when it
/// does again; after the end, that none does.
fn first(kind: ProviderKind, pushes: Pushes) -> String {
    let goes = match kind {
        ProviderKind::Okta => "Okta goes on pushing under the old names",
        ProviderKind::Entra => "Entra goes on pushing under the old names",
        ProviderKind::Authentik => "authentik goes on pushing under the old names",
        ProviderKind::Generic => "pushes under the old names go on",
    };
    match pushes {
        Pushes::Arrive => format!("Nothing has to be done at once: {goes}."),
        Pushes::Paused => {
            format!("Nothing arrives while the connection is paused: {goes} once it is resumed.")
        }
        Pushes::NoToken => format!(
            "Nothing arrives, for the connection has no token that works: {goes} once it has one."
        ),
        Pushes::Ended => "Do this at once: the old names have ended, so pushes under them are \
                          refused until the groups are renamed."
            .to_owned(),
        Pushes::Unknown => format!(
            "Nothing has to be done at once, as long as the connection lets pushes in: {goes}."
        ),
    }
}
