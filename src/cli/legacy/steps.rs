//! What is left to do at each provider once groups are converted, as lines.

use super::text::{wrap, wrap_after};
use crate::domain::legacy::plan::Plan;
use crate::domain::legacy::run::{Closed, Run};
use crate::domain::legacy::steps::{self, Now, ProviderSteps, Pushes};

/// Groups that a list names; the report has all.
const NAMED_MAX: usize = 5;

/// The steps for every connection that pushes one of the run's groups and has not sent its new
/// name: `found` is what closing the run would find.
pub(super) fn of_run(run: &Run, found: &Closed, server_url: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for one in steps::left(run, found.without_new_name.iter().map(Now::unsent)) {
        lines.push(String::new());
        lines.extend(of_connection(&one, &run.plan, server_url));
    }
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
