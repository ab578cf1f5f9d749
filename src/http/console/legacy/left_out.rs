//! What a migration left out: people of a file whom nobody here knows, and groups that stayed.

use super::short;
use super::undo::Line;
use crate::domain::legacy::plan::{Choice, PlannedGroup};
use crate::domain::legacy::run::Run;
use crate::http::console::format::list;
use crate::http::console::words::{t, tf, tn};

/// People who are named of a group; the others are counted.
const NAMED: usize = 20;
/// Groups that are told.
const TOLD: usize = 100;

pub(super) fn lines(run: &Run) -> Vec<Line> {
    let plan = &run.plan;
    let from_file = plan.options.import.as_ref();
    let made = from_file.is_some_and(|file| file.create_missing);
    let told = |one: &PlannedGroup| {
        let text = if from_file.is_some() && one.choice == Some(Choice::Skip) {
            t("legacy.left_group").to_owned()
        } else if one.missing.is_empty() || made {
            return None;
        } else {
            people(&one.missing)
        };
        Some(Line {
            name: short(&one.old_name),
            is_legacy: true,
            href: String::new(),
            text,
        })
    };
    let ignored = plan.ignored.iter().map(|name| Line {
        name: name.clone(),
        is_legacy: false,
        href: String::new(),
        text: t("legacy.left_name").to_owned(),
    });
    let groups = plan.groups.iter().filter_map(told);
    groups.chain(ignored).take(TOLD).collect()
}

fn people(missing: &[String]) -> String {
    let mut named: Vec<String> = missing.iter().take(NAMED).cloned().collect();
    let more = missing.len().saturating_sub(NAMED);
    if more > 0 {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        named.push(tn("legacy.left_more", more));
    }
    tf("legacy.left_people", &[&list(&named)])
}
