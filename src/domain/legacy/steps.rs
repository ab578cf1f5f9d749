//! What is left to do at each provider once groups are converted, in its own words.

use std::collections::BTreeMap;

use super::plan::{Plan, Source};
use super::run::Run;
use crate::domain::connection::ProviderKind;

/// What is to be done at one connection's provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSteps<'p> {
    pub connection: &'p Source,
    /// A sentence each, in their order.
    pub steps: &'static [&'static str],
    /// Names of the groups that it pushes, old and new.
    pub names: Vec<(&'p str, &'p str)>,
}

/// The steps for every connection that pushes one of the groups that the run converted.
pub fn of_run(run: &Run) -> Vec<ProviderSteps<'_>> {
    let groups = run.groups.iter().filter(|group| !group.undone);
    let new_names = groups.map(|group| (group.old_name.as_str(), group.new_name.as_str()));
    of(&run.plan, &new_names.collect())
}

/// The same of the groups that the plan would convert.
pub fn of_plan(plan: &Plan) -> Vec<ProviderSteps<'_>> {
    let groups = plan.groups.iter().filter(|group| group.takes_part());
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
        let names = (group.old_name.as_str(), *new);
        match all.iter_mut().find(|one| one.connection.id == source.id) {
            Some(one) => one.names.push(names),
            None => all.push(ProviderSteps {
                connection: source,
                steps: at(source.kind),
                names: vec![names],
            }),
        }
    }
    all
}

fn at(kind: ProviderKind) -> &'static [&'static str] {
    match kind {
        ProviderKind::Okta => &[
            "Nothing has to be done at once: Okta goes on pushing under the old names.",
            "In Directory > Groups, rename each group (or make a new one, and move people over).",
            "In Applications > your app > Push Groups, leave the link as it is; in Settings of \
             that tab, switch Rename groups on.",
            "Use Push now on each group: its name here changes with that push.",
        ],
        ProviderKind::Entra => &[
            "Nothing has to be done at once: Entra goes on pushing under the old names.",
            "In Entra ID > Groups, rename each group.",
            "In Enterprise applications > your app > Provisioning > Mappings > Groups, take out \
             the scoping filter on names that begin with CF-, when there is one.",
            "In Provisioning, use Provision on demand for one group, or wait for the next cycle \
             (every 40 minutes): its name here changes with that push.",
        ],
        ProviderKind::Authentik => &[
            "Nothing has to be done at once: authentik goes on pushing under the old names.",
            "In Directory > Groups, rename each group.",
            "In Applications > Providers > your SCIM provider, run the synchronization: its name \
             here changes with that push.",
        ],
        ProviderKind::Generic => &[
            "Nothing has to be done at once: pushes under the old names go on.",
            "Rename each group where it comes from, and push it: its name here changes with that \
             push.",
        ],
    }
}
