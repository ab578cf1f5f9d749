//! What is left to do at each provider once groups are converted, in its own words.

use std::collections::BTreeMap;

use super::text::wrap_after;
use crate::domain::connection::ProviderKind;
use crate::domain::legacy::plan::{Plan, Source};
use crate::domain::legacy::run::Run;

/// Groups that a list names; the report has all.
const NAMED_MAX: usize = 5;

/// Names of one connection's groups, old and new.
struct Pushed<'r> {
    source: &'r Source,
    names: Vec<(&'r str, &'r str)>,
}

/// The steps for every connection that pushes one of the run's groups.
pub(super) fn of_run(run: &Run, server_url: &str) -> Vec<String> {
    let new_names: BTreeMap<&str, &str> = run
        .groups
        .iter()
        .filter(|group| !group.undone)
        .map(|group| (group.old_name.as_str(), group.new_name.as_str()))
        .collect();
    let mut lines = Vec::new();
    for pushed in pushed(&run.plan, &new_names) {
        lines.push(String::new());
        lines.extend(of_connection(&pushed, &run.plan, server_url));
    }
    if lines.is_empty() {
        lines.push(String::new());
        lines.push("No provider pushes these groups: there is nothing to do elsewhere.".to_owned());
    }
    lines
}

fn pushed<'r>(plan: &'r Plan, new_names: &BTreeMap<&'r str, &'r str>) -> Vec<Pushed<'r>> {
    let mut all: Vec<Pushed<'r>> = Vec::new();
    for group in &plan.groups {
        let (Some(source), Some(new)) = (&group.connection, new_names.get(group.old_name.as_str()))
        else {
            continue;
        };
        let names = (group.old_name.as_str(), *new);
        match all.iter_mut().find(|one| one.source.id == source.id) {
            Some(one) => one.names.push(names),
            None => all.push(Pushed {
                source,
                names: vec![names],
            }),
        }
    }
    all
}

fn of_connection(pushed: &Pushed<'_>, plan: &Plan, server_url: &str) -> Vec<String> {
    let name = &pushed.source.name;
    let base = format!("{server_url}/client/v4/accounts/{}/scim/v2", plan.account);
    let mut lines = vec![
        format!(
            "At {} ({}), which pushes to",
            name,
            pushed.source.kind.name()
        ),
        format!("  {base}"),
    ];
    let steps: &[&str] = match pushed.source.kind {
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
    };
    for (place, step) in steps.iter().enumerate() {
        wrap_after(&mut lines, &format!("  {}. ", place + 1), 5, step);
    }
    lines.push("  Names:".to_owned());
    for (old, new) in pushed.names.iter().take(NAMED_MAX) {
        lines.push(format!("    {old}"));
        lines.push(format!("        -> \"{new}\""));
    }
    if pushed.names.len() > NAMED_MAX {
        lines.push(format!("    and {} more", pushed.names.len() - NAMED_MAX));
    }
    lines
}
