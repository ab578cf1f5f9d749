//! What is left to do at each provider once groups are converted, as lines.

use super::text::wrap_after;
use crate::domain::legacy::plan::Plan;
use crate::domain::legacy::run::Run;
use crate::domain::legacy::steps::{self, ProviderSteps, Pushes};

/// Groups that a list names; the report has all.
const NAMED_MAX: usize = 5;

/// The steps for every connection that pushes one of the run's groups.
pub(super) fn of_run(run: &Run, server_url: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for one in steps::of_run(run) {
        lines.push(String::new());
        lines.extend(of_connection(&one, &run.plan, server_url));
    }
    if lines.is_empty() {
        lines.push(String::new());
        lines.push("No provider pushes these groups: there is nothing to do elsewhere.".to_owned());
    }
    lines
}

fn of_connection(one: &ProviderSteps<'_>, plan: &Plan, server_url: &str) -> Vec<String> {
    let base = format!("{server_url}/client/v4/accounts/{}/scim/v2", plan.account);
    let (name, kind) = (&one.connection.name, one.connection.kind.name());
    let mut lines = vec![
        format!("At {name} ({kind}), which pushes to"),
        format!("  {base}"),
    ];
    // How the connection fares is not sent with the run.
    for (place, step) in one.steps(Pushes::Unknown).iter().enumerate() {
        wrap_after(&mut lines, &format!("  {}. ", place + 1), 5, step);
    }
    lines.push("  Names:".to_owned());
    for (old, new) in one.names.iter().take(NAMED_MAX) {
        lines.push(format!("    {old}"));
        lines.push(format!("        -> \"{new}\""));
    }
    if one.names.len() > NAMED_MAX {
        lines.push(format!("    and {} more", one.names.len() - NAMED_MAX));
    }
    lines
}
