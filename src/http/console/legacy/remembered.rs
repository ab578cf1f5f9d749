//! What somebody decided of a plan is kept for them, and filled in when they open it again.

use super::short;
use crate::app::legacy::decided;
use crate::domain::actor::Permission;
use crate::domain::legacy::called::Called;
use crate::domain::legacy::plan::{KeptDecisions, Plan, PlanOptions};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{When, list};
use crate::http::console::view::Tone;
use crate::http::console::words::{t, tf, tn, tnf};

/// Groups that are named of those that decisions no longer fit.
const NAMED: usize = 5;

/// What stands above the plan of decisions that are kept.
pub(super) struct Remembered {
    pub tone: Tone,
    pub icon: &'static str,
    pub title: &'static str,
    pub when: Option<When>,
    pub text: &'static str,
    /// What no longer fits.
    pub lines: Vec<String>,
}

/// Keeps the decisions for the caller; what is kept then. That they can't be is no reason to answer
/// no plan.
pub(super) async fn keep(
    caller: &AccountCaller,
    options: &PlanOptions,
    plan: &Plan,
) -> Option<KeptDecisions> {
    let before = caller.read(decided::get).ok().flatten();
    let names = decided::names(options, plan, before.as_ref());
    let is_kept = match &before {
        Some(kept) => kept.options == *options && kept.names == names,
        None => options.is_empty(),
    };
    if is_kept {
        return before;
    }
    let now = KeptDecisions {
        options: options.clone(),
        names,
        kept_ms: caller.state().db().clock().now_ms(),
    };
    let asked = now.clone();
    let done = caller
        .write(Permission::OwnOperator, move |tx| {
            decided::keep(tx, &asked.options, &asked.names)
        })
        .await;
    match done {
        Ok(()) => Some(now).filter(|now| !now.options.is_empty()),
        Err(error) => {
            tracing::debug!(?error, "decisions on a plan were not kept");
            None
        }
    }
}

/// Of the plan with `options`; nothing where nothing was decided.
pub(super) fn told(
    kept: Option<&KeptDecisions>,
    plan: &Plan,
    chrome: &Chrome,
) -> Option<Remembered> {
    let Some(kept) = kept else {
        return (!plan.options.is_empty()).then(|| Remembered {
            tone: Tone::Warn,
            icon: "triangle-alert",
            title: t("legacy.not_remembered"),
            when: None,
            text: t("legacy.not_remembered_text"),
            lines: Vec::new(),
        });
    };
    let lines = misfits(kept, plan);
    let (tone, icon) = if lines.is_empty() {
        (Tone::Plain, "history")
    } else {
        (Tone::Warn, "triangle-alert")
    };
    Some(Remembered {
        tone,
        icon,
        title: t("legacy.remembered"),
        when: Some(chrome.times.ago(kept.kept_ms)),
        text: t("legacy.remembered_text"),
        lines,
    })
}

/// Decisions about groups that are gone, and those that are called otherwise since.
fn misfits(kept: &KeptDecisions, plan: &Plan) -> Vec<String> {
    let (mut gone, mut renamed) = (Vec::new(), Vec::new());
    let called = Called::of(&plan.groups);
    for decision in &kept.options.decisions {
        let named = &decision.group;
        let was = kept.names.get(named);
        let place = called.place(named);
        match place.and_then(|place| plan.groups.get(place)) {
            None => gone.push(short(was.unwrap_or(named))),
            Some(now) => {
                if let Some(was) = was.filter(|was| **was != now.old_name) {
                    let pair = [short(was), short(&now.old_name)];
                    renamed.push(tf("legacy.renamed_to", &[&pair[0], &pair[1]]));
                }
            }
        }
    }
    let line = |key: &str, mut names: Vec<String>| {
        let all = names.len();
        names.truncate(NAMED);
        if all > NAMED {
            names.push(tn("legacy.taken_others", super::count(all - NAMED)));
        }
        (all > 0).then(|| tnf(key, super::count(all), &[&list(&names)]))
    };
    let lines = [
        line("legacy.decided_gone", gone),
        line("legacy.decided_renamed", renamed),
    ];
    lines.into_iter().flatten().collect()
}
