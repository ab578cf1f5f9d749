//! Earlier migrations, as the page of the plan lists them.

use super::{count, counted};
use crate::domain::legacy::run::{RunHead, RunState};
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{When, number};
use crate::http::console::view::{Badge, Tone};
use crate::http::console::words::{t, tf, tn, tnf};

/// Earlier runs that the page names.
const RUNS_MAX: usize = 20;

/// A run in the list of earlier ones.
pub(super) struct RunRow {
    pub href: String,
    pub when: When,
    pub text: String,
    pub state: Badge,
}

pub(super) fn runs(all: &[RunHead], chrome: &Chrome) -> Vec<RunRow> {
    let row = |run: &RunHead| RunRow {
        href: chrome.path(&format!("/migrate/{}", run.id)),
        when: chrome.times.ago(run.converted_ms),
        text: run_told(run),
        state: run_state(run.state),
    };
    all.iter().take(RUNS_MAX).map(row).collect()
}

/// The word of a run's state.
pub(super) fn run_state(state: RunState) -> Badge {
    match state {
        RunState::Converted => Badge::new(Tone::Accent, "check", t("legacy.converted")),
        RunState::Undone => Badge::new(Tone::Plain, "undo-2", t("legacy.undone")),
        RunState::Closed => Badge::new(Tone::Ok, "circle-check", t("legacy.closed")),
    }
}

/// What a run did, and how much of it was undone where that was not all.
fn run_told(run: &RunHead) -> String {
    let did = tn("legacy.run_groups", counted(run.groups));
    match counted(run.groups_undone) {
        0 => did,
        back if back == counted(run.groups) => did,
        back => tnf("legacy.run_groups_undone", back, &[&did]),
    }
}

pub(super) fn runs_aside(all: &[RunHead]) -> String {
    let undone = all.iter().filter(|run| run.state == RunState::Undone);
    let told = tn("legacy.runs_count", count(all.len()));
    match count(undone.count()) {
        0 => told,
        undone => tnf("legacy.runs_undone", undone, &[&told]),
    }
}

pub(super) fn runs_more(all: usize) -> String {
    match all.saturating_sub(RUNS_MAX) {
        0 => String::new(),
        more => tf("legacy.more_runs", &[&number(count(more))]),
    }
}
