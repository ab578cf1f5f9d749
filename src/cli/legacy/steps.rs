//! What is left to do at each provider once groups are converted, as lines.

use super::text::{wrap, wrap_after};
use crate::domain::legacy::plan::Plan;
use crate::domain::legacy::run::{Closed, Run, Verification};
use crate::domain::legacy::steps::{self, Now, ProviderSteps, Pushes};

/// Groups that a list names; the report has all.
const NAMED_MAX: usize = 5;

/// The steps for every connection that pushes one of the run's groups and has not sent its new
/// name: `found` is what closing the run would find.
pub(super) fn of_run(run: &Run, found: &Closed, server_url: &str) -> Vec<String> {
    let left = steps::left(run, found.without_new_name.iter().map(Now::unsent));
    // How the connections fare is not sent with the run.
    let mut lines = of_left(&left, run, (server_url, Pushes::Unknown));
    if lines.is_empty() {
        lines.push(String::new());
        let why = if steps::of_run(run).is_empty() {
            "No provider pushes these groups"
        } else {
            "No provider sends an old name any more"
        };
        lines.push(format!("{why}: there is nothing to do elsewhere."));
    }
    lines
}

/// The same of a run that is closed: nothing where every new name came.
pub(super) fn of_closed(run: &Run, found: &Verification, server_url: &str) -> Vec<String> {
    let left = steps::left(run, found.groups_left().filter_map(Now::verified));
    of_left(&left, run, (server_url, Pushes::Ended))
}

fn of_left(
    left: &[ProviderSteps<'_>],
    run: &Run,
    (server_url, pushes): (&str, Pushes),
) -> Vec<String> {
    let mut lines = Vec::new();
    for one in left {
        lines.push(String::new());
        lines.extend(of_connection(one, &run.plan, (server_url, pushes)));
    }
    lines
}

fn of_connection(
    one: &ProviderSteps<'_>,
    plan: &Plan,
    (server_url, pushes): (&str, Pushes),
) -> Vec<String> {
    let base = format!("{server_url}/client/v4/accounts/{}/scim/v2", plan.account);
    let (name, kind) = (&one.connection.name, one.connection.kind.name());
    let mut lines = vec![
        format!("At {name} ({kind}), which pushes to"),
        format!("  {base}"),
    ];
    for (place, step) in one.steps(pushes).iter().enumerate() {
        wrap_after(&mut lines, &format!("  {}. ", place + 1), 5, step);
    }
    lines.push("  Names:".to_owned());
    for name in one.names.iter().take(NAMED_MAX) {
        lines.push(format!("    {}", name.old));
        lines.push(format!("        -> \"{}\"", name.new));
        if let Some((planned, _)) = name.taken {
            let text = format!("\"{planned}\", as was planned, belongs to another group now");
            wrap(&mut lines, 11, &text);
        }
    }
    if one.names.len() > NAMED_MAX {
        lines.push(format!("    and {} more", one.names.len() - NAMED_MAX));
    }
    lines
}
