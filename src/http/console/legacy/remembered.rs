//! What somebody decided of a plan is kept for them, and filled in when they open it again.

use super::decisions::{WAS, field};
use super::short;
use crate::app::legacy::decided;
use crate::domain::actor::Permission;
use crate::domain::legacy::called::Called;
use crate::domain::legacy::plan::{KeptDecisions, Plan, PlanOptions};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::format::{When, list};
use crate::http::console::refusal;
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

/// What is kept of a caller's decisions.
#[derive(Default)]
pub(super) struct Keeping {
    pub kept: Option<KeptDecisions>,
    /// Why they are not kept that were sent.
    why: String,
    /// Groups that another page decided of since the form was opened: those that the form says
    /// nothing of, and those of which it says something else.
    added: Vec<String>,
    differing: Vec<String>,
}

impl From<Option<KeptDecisions>> for Keeping {
    fn from(kept: Option<KeptDecisions>) -> Self {
        Self {
            kept,
            ..Self::default()
        }
    }
}

impl Keeping {
    /// What a form sends back to tell which decisions it was filled in with.
    pub(super) fn mark(&self) -> String {
        let at = self.kept.as_ref().map_or(0, |kept| kept.kept_ms);
        at.to_string()
    }
}

/// The field of forms that says with which decisions they were filled in.
pub(super) const MARK: &str = "kept";

/// The decisions of a form, with those that were kept since it was opened about groups of which it
/// says nothing: another window of the caller's, or a later page, sent them; and with those about
/// groups for which its page had no room. They would be lost.
pub(super) fn joined(
    caller: &AccountCaller,
    form: &Sent,
    mut options: PlanOptions,
) -> (PlanOptions, Keeping) {
    let before = caller.read(decided::get).ok().flatten();
    let mut keeping = Keeping::from(before);
    let seen = form.text(MARK).unwrap_or_default();
    let Some(kept) = keeping.kept.as_ref() else {
        return (options, keeping);
    };
    if seen.is_empty() {
        return (options, keeping);
    }
    if seen == keeping.mark() {
        let named = form.all("group");
        let unnamed = kept.options.decisions.iter();
        let unnamed = unnamed.filter(|one| !named.contains(&&*one.group));
        options.decisions.extend(unnamed.cloned());
        return (options, keeping);
    }
    let (mut added, mut differing) = (Vec::new(), Vec::new());
    for other in &kept.options.decisions {
        let name = kept.names.get(&other.group).unwrap_or(&other.group);
        let mut decisions = options.decisions.iter();
        match decisions.find(|one| one.group == other.group) {
            Some(one) if one == other => {}
            Some(_) => differing.push(short(name)),
            None => {
                added.push(short(name));
                options.decisions.push(other.clone());
            }
        }
    }
    if options.template.is_none() {
        options.template.clone_from(&kept.options.template);
    }
    (keeping.added, keeping.differing) = (added, differing);
    (options, keeping)
}

/// Keeps the decisions for the caller; what is kept then. That they can't be is no reason to answer
/// no plan.
pub(super) async fn keep(
    caller: &AccountCaller,
    form: &Sent,
    (options, before): (&PlanOptions, Keeping),
    plan: &Plan,
) -> Keeping {
    let mut names = decided::names(options, plan, before.kept.as_ref());
    // A group that is gone was called something when the form was made.
    for decision in &options.decisions {
        if let Some(was) = form.text(&field(WAS, &decision.group)) {
            let name = names.entry(decision.group.clone());
            name.or_insert_with(|| was.to_owned());
        }
    }
    let is_kept = match &before.kept {
        Some(kept) => kept.options == *options && kept.names == names,
        None => options.is_empty(),
    };
    if is_kept {
        return before;
    }
    let asked = (options.clone(), names.clone());
    let done = caller
        .write(Permission::OwnOperator, move |tx| {
            decided::keep(tx, &asked.0, &asked.1)
        })
        .await;
    match done {
        Ok(kept_ms) => Keeping {
            kept: (!options.is_empty()).then(|| KeptDecisions {
                options: options.clone(),
                names,
                kept_ms,
            }),
            ..before
        },
        Err(error) => {
            tracing::debug!(?error, "decisions on a plan were not kept");
            Keeping {
                kept: None,
                why: refusal(error).unwrap_or_else(|_| t("legacy.not_written").to_owned()),
                ..before
            }
        }
    }
}

/// Of the plan with `options`; nothing where nothing was decided.
pub(super) fn told(keeping: &Keeping, plan: &Plan, chrome: &Chrome) -> Option<Remembered> {
    let why = Some(&keeping.why).filter(|why| !why.is_empty());
    let Some(kept) = &keeping.kept else {
        return (why.is_some() || !plan.options.is_empty()).then(|| Remembered {
            tone: Tone::Warn,
            icon: "triangle-alert",
            title: t("legacy.not_remembered"),
            when: None,
            text: t("legacy.not_remembered_text"),
            lines: why.into_iter().cloned().collect(),
        });
    };
    let mut lines = misfits(kept, plan);
    lines.extend(line("legacy.decided_elsewhere", keeping.added.clone()));
    lines.extend(line("legacy.decided_otherwise", keeping.differing.clone()));
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
    let lines = [
        line("legacy.decided_gone", gone),
        line("legacy.decided_renamed", renamed),
    ];
    lines.into_iter().flatten().collect()
}

/// What is said of these groups; nothing of none.
fn line(key: &str, mut names: Vec<String>) -> Option<String> {
    let all = names.len();
    names.truncate(NAMED);
    if all > NAMED {
        names.push(tn("legacy.taken_others", super::count(all - NAMED)));
    }
    (all > 0).then(|| tnf(key, super::count(all), &[&list(&names)]))
}
