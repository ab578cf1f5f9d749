//! What a migration would do: the page that everything begins from.

use std::collections::{BTreeMap, HashSet};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::remembered::{self, Keeping, MARK, Remembered};
use super::rows::{self, Asked, GroupRow, Question, Waits};
use super::runs::{RunRow, runs, runs_aside, runs_more};
use super::{OPENED, PersonRow, ProviderCard, chrome, count, decisions, provider_cards, steps};
use super::{told, told::commit_title};
use crate::app::legacy::pushing::Pushing;
use crate::app::{accounts, legacy};
use crate::domain::actor::Permission;
use crate::domain::error::{Kind, Result};
use crate::domain::id::MigrationId;
use crate::domain::legacy::called::Called;
use crate::domain::legacy::mapping::{MappingStatus, legacy_roles};
use crate::domain::legacy::new_name::check_template;
use crate::domain::legacy::plan::{Plan, PlanOptions, PlannedGroup, Source};
use crate::domain::legacy::run::{RunHead, RunState};
use crate::domain::legacy::steps as at_providers;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::format::list;
use crate::http::console::view::{Button, Empty, Field, Form, Input, Link, Notice, Step, Tone};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html_as, refusal, see_other};

/// People whose access changes that the page names.
const PEOPLE_MAX: usize = 20;
/// Groups that are named of those that lack a decision.
const LACKING_NAMED: usize = 5;
/// Groups that wait for somebody that are named above the plan.
const WAITING_MAX: usize = 12;

/// A plan, and what is told beside it.
pub(super) struct Found {
    pub(super) plan: Plan,
    runs: Vec<RunHead>,
    mapping: MappingStatus,
    /// Whose pushes arrive.
    pushing: Pushing,
    /// What new names can't begin with; nothing for none.
    prefix: String,
    /// A pattern that the plan was to be made with and can't be, and why.
    wrong: Option<(String, String)>,
    /// What is kept of the caller's decisions.
    pub(super) keeping: Keeping,
}

/// Works the plan out, with those whose access would change: whoever keeps theirs is counted, and
/// told by the comparison.
///
/// Errors: those of `legacy::plan::make`.
pub(super) async fn find(
    caller: &AccountCaller,
    id: MigrationId,
    options: PlanOptions,
) -> Result<Found> {
    caller
        .read_long(move |tx| {
            Ok(Found {
                plan: legacy::plan::changes(tx, id, &options)?,
                runs: legacy::runs::list(tx)?,
                mapping: legacy::mapping::status(tx)?,
                pushing: legacy::pushing::find(tx)?,
                prefix: accounts::current(tx)?.reserved_prefix,
                wrong: None,
                keeping: legacy::decided::get(tx)?.into(),
            })
        })
        .await
}

/// The id of the form's plan, else of a new one.
pub(super) fn plan_id(caller: &AccountCaller, form: &Sent) -> MigrationId {
    let known = form.get("id").parse();
    known.unwrap_or_else(|_| legacy::plan::new_id(caller.state().db()))
}

#[derive(Template)]
#[template(path = "pages/legacy/plan.html")]
struct Page {
    chrome: Chrome,
    steps: Vec<Step>,
    notice: Option<Notice>,
    remembered: Option<Remembered>,
    proof: Notice,
    plan_aside: String,
    form: Form,
    /// The decisions that the plan was made with, for files and the comparison.
    decided: Vec<(String, String)>,
    template: Field,
    rows: Vec<GroupRow>,
    /// Groups that wait for somebody, with links to where.
    waiting: Vec<Waits>,
    waiting_more: String,
    /// What a new name has to be.
    name_hint: String,
    rows_more: String,
    /// Whether every row is open.
    all_open: bool,
    /// Whether a group waits for a decision.
    waits: bool,
    /// Where the first conflict is solved; nothing where there is none.
    conflict: String,
    questions_title: String,
    questions: Vec<Question>,
    /// Names of roles, to choose from.
    roles: Vec<&'static str>,
    merges: Vec<String>,
    people_title: String,
    people: Vec<PersonRow>,
    people_more: bool,
    providers: Vec<ProviderCard>,
    commit_title: String,
    commit_text: &'static str,
    /// The word of the button; nothing while nothing can be converted.
    commit: String,
    mapping: Notice,
    runs: Vec<RunRow>,
    /// How many there are, and how many of them were undone.
    runs_aside: String,
    runs_more: String,
    empty: Option<Empty>,
    /// `…/migrate`, before what the plan is sent to.
    at: String,
}

/// `GET /a/{account_id}/migrate`: the plan with the caller's decisions, as far as they still fit.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let id = legacy::plan::new_id(caller.state().db());
    let kept = caller.read(legacy::decided::get)?;
    let options = kept.map(|kept| kept.options).unwrap_or_default();
    let found = match find(&caller, id, options.clone()).await {
        Err(error) if error.kind() == Kind::Invalid => find_without(&caller, id, options).await?,
        found => found?,
    };
    page(
        &caller,
        &req,
        &found,
        None,
        (StatusCode::OK, &Asked::default()),
    )
}

/// `GET /a/{account_id}/migrate/convert`, `GET …/people`: pages that forms lead to, whose addresses
/// know no decisions.
pub async fn anew(caller: AccountCaller) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    Ok(see_other(&caller.chrome().path("/migrate")))
}

/// `POST /a/{account_id}/migrate`: the plan with the decisions of the form; nothing is changed.
/// Without those that can't be taken, saying why.
pub async fn preview(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryRead)?;
    let id = legacy::plan::new_id(caller.state().db());
    // Opening every row is no decision, and neither is coming back.
    let quiet = form.ticked("open") || form.ticked("back");
    if form.ticked("afresh") {
        return afresh(&caller, &req).await;
    }
    let asked = asked(&form);
    let (options, before) = remembered::joined(&caller, &form, decisions::read(&form));
    let mut found = match find(&caller, id, options.clone()).await {
        Err(error) => {
            let decided = (id, options, before);
            return without(&caller, &req, (&form, &asked), decided, refusal(error)?).await;
        }
        Ok(found) => found,
    };
    found.keeping = remembered::keep(&caller, &form, (&options, before), &found.plan).await;
    if quiet {
        return page(&caller, &req, &found, None, (StatusCode::OK, &asked));
    }
    let lacking = asked.lacking(&found.plan);
    let (status, notice) = if lacking.is_empty() {
        (StatusCode::OK, updated(&found.plan))
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, undecided(&lacking))
    };
    page(&caller, &req, &found, Some(notice), (status, &asked))
}

/// Forgets what was decided.
async fn afresh(caller: &AccountCaller, req: &HttpRequest) -> Answer {
    caller
        .write(Permission::OwnOperator, |tx| {
            legacy::decided::keep(tx, &PlanOptions::default(), &BTreeMap::new())
        })
        .await?;
    let at = caller.chrome().path("/migrate");
    Ok(flash::done(req, &at, t("legacy.afresh_done"), ""))
}

/// What the form asked for: rows stay open until they are closed again.
fn asked(form: &Sent) -> Asked {
    let pressed = form.text("open");
    Asked {
        open: pressed.or_else(|| form.text(OPENED)) == Some("all"),
        apply: form.ticked("apply"),
        unnamed: decisions::unnamed(form),
    }
}

/// Of which groups no decision was there to apply.
fn undecided(lacking: &[&PlannedGroup]) -> Notice {
    let more = count(lacking.len().saturating_sub(LACKING_NAMED));
    let named = lacking.iter().take(LACKING_NAMED);
    let mut names: Vec<String> = named.map(|group| super::short(&group.old_name)).collect();
    if more > 0 {
        names.push(tn("legacy.taken_others", more));
    }
    let title = tn("legacy.lacking", count(lacking.len()));
    let text = tf("legacy.lacking_text", &[&list(&names)]);
    Notice::new(Tone::Bad, title, text)
}

/// The plan with as much of the decisions as can be taken: without those about groups that are gone
/// or were decided of already, and without the pattern where that is what can't be taken.
async fn find_without(
    caller: &AccountCaller,
    id: MigrationId,
    options: PlanOptions,
) -> Result<Found> {
    let mut plain = find(caller, id, PlanOptions::default()).await?;
    let wrong = options.template.as_ref().and_then(|typed| {
        let why = check_template(typed).err()?;
        Some((typed.clone(), why.message().to_owned()))
    });
    let mut decisions = options.decisions;
    let called = Called::of(&plain.plan.groups);
    let mut of = HashSet::new();
    decisions.retain(|one| {
        called
            .place(&one.group)
            .is_some_and(|place| of.insert(place))
    });
    for template in [options.template, None] {
        let rest = PlanOptions {
            template,
            decisions: decisions.clone(),
            import: None,
        };
        match find(caller, id, rest).await {
            Err(error) if error.kind() == Kind::Invalid => {}
            found => return found.map(|found| Found { wrong, ..found }),
        }
    }
    plain.wrong = wrong;
    Ok(plain)
}

/// That the decisions were taken, and what is left to decide.
fn updated(plan: &Plan) -> Notice {
    let tone = if plan.is_ready() {
        Tone::Ok
    } else {
        Tone::Warn
    };
    let text = tf("legacy.updated_text", &[&told::aside(plan)]);
    Notice::new(tone, t("legacy.updated"), text)
}

/// The page where nothing was converted: something moved since the plan with the fingerprint
/// `seen` was looked at, or it waits for something.
pub(super) fn kept(caller: &AccountCaller, req: &HttpRequest, found: &Found, seen: &str) -> Answer {
    let now = found.plan.fingerprint.as_str();
    let notice = if now == seen {
        let text = commit_title(&found.plan);
        Notice::new(Tone::Warn, t("legacy.not_ready"), text)
    } else {
        let key = if found.plan.takes_part() == 0 && !found.runs.is_empty() {
            "legacy.moved_all"
        } else {
            "legacy.moved_text"
        };
        let text = tf(key, &[&told::differing(now, seen)]);
        Notice::new(Tone::Warn, t("legacy.moved"), text)
    };
    page(
        caller,
        req,
        found,
        Some(notice),
        (StatusCode::CONFLICT, &Asked::default()),
    )
}

/// The page where the decisions of the form can't be taken, or not any more.
pub(super) async fn without(
    caller: &AccountCaller,
    req: &HttpRequest,
    (form, asked): (&Sent, &Asked),
    (id, options, before): (MigrationId, PlanOptions, Keeping),
    why: String,
) -> Answer {
    let mut found = find_without(caller, id, options.clone()).await?;
    found.keeping = remembered::keep(caller, form, (&options, before), &found.plan).await;
    let called = Called::of(&found.plan.groups);
    let mut decided = options.decisions.iter();
    let notice = if decided.any(|one| called.place(&one.group).is_none()) {
        gone(caller, &found)
    } else {
        Notice::new(Tone::Bad, t("legacy.not_planned"), why)
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(caller, req, &found, Some(notice), (status, asked))
}

/// That groups are gone of which the form decided, with the migration that may have converted them:
/// which they are stands beside what is kept.
fn gone(caller: &AccountCaller, found: &Found) -> Notice {
    let newest = found.runs.first();
    let open = newest.filter(|run| run.state == RunState::Converted);
    let run = open.map(|run| {
        let at = format!("/migrate/{}", run.id);
        Link::new(t("legacy.newest_run"), caller.chrome().path(&at))
    });
    Notice {
        action: run,
        ..Notice::new(Tone::Warn, t("legacy.gone"), t("legacy.gone_text"))
    }
}

fn page(
    caller: &AccountCaller,
    req: &HttpRequest,
    found: &Found,
    notice: Option<Notice>,
    (status, asked): (StatusCode, &Asked),
) -> Answer {
    let chrome = chrome(caller, t("legacy.title"));
    let (plan, summary) = (&found.plan, &found.plan.summary);
    let writes = caller.allows(Permission::DirectoryWrite);
    let (waiting, shown) = (count(summary.undecided), rows::shown(plan));
    let changed: Vec<_> = plan.changed_people().collect();
    let named = changed.iter().take(PEOPLE_MAX);
    let groups = tn("legacy.groups", count(summary.groups - summary.skip));
    let in_them = tn("legacy.members", count(summary.people));
    let at = chrome.path("/migrate");
    let page = Page {
        steps: steps(1, tf("legacy.found", &[&groups, &in_them])),
        notice,
        remembered: remembered::told(&found.keeping, plan, &chrome),
        proof: told::proof(plan),
        plan_aside: told::aside(plan),
        form: form(found, &at),
        decided: decisions::write(&plan.options),
        template: template(found),
        rows: rows::all((plan, &found.pushing), &shown, &chrome, asked.open),
        waiting_more: waiting_more(rows::waiting(&shown).count()),
        waiting: rows::waiting(&shown).take(WAITING_MAX).collect(),
        name_hint: match found.prefix.as_str() {
            "" => t("legacy.name_free").to_owned(),
            prefix => tf("legacy.name_hint", &[&prefix]),
        },
        rows_more: match plan.groups.len().saturating_sub(shown.len()) {
            0 => String::new(),
            more => tn("legacy.more_groups", count(more)),
        },
        all_open: asked.open,
        waits: waiting > 0,
        conflict: rows::conflict(&shown),
        questions_title: if waiting == 0 {
            t("legacy.decisions").to_owned()
        } else {
            tn("legacy.decisions_needed", waiting)
        },
        questions: rows::questions(plan, &shown, asked),
        roles: legacy_roles().map(|role| role.name.as_str()).collect(),
        merges: plan.merges.iter().map(|one| one.proposal.clone()).collect(),
        people_title: tn("legacy.changes_of", count(changed.len())),
        people_more: changed.len() > PEOPLE_MAX,
        people: named.map(|one| PersonRow::planned(one, &chrome)).collect(),
        providers: providers(found, &chrome),
        commit_title: commit_title(plan),
        commit_text: told::commit_text(plan, writes),
        commit: if writes && plan.is_ready() {
            tn("legacy.convert_groups", count(plan.takes_part()))
        } else {
            String::new()
        },
        mapping: told::mapping((&found.mapping, &found.runs), caller, &chrome),
        runs: runs(&found.runs, &chrome),
        runs_aside: runs_aside(&found.runs),
        runs_more: runs_more(found.runs.len()),
        empty: plan.groups.is_empty().then(|| empty(found, &chrome)),
        at,
        chrome,
    };
    html_as(req, status, &page)
}

/// What is left to do at each provider then.
fn providers(found: &Found, chrome: &Chrome) -> Vec<ProviderCard> {
    let pushes = |one: &Source| found.pushing.of(one);
    provider_cards(&at_providers::of_plan(&found.plan), pushes, chrome)
}

/// With what says which plan was looked at, and with which decisions.
fn form(found: &Found, at: &str) -> Form {
    Form::new(at)
        .hidden("id", found.plan.id.to_string())
        .hidden("fingerprint", &found.plan.fingerprint)
        .hidden(MARK, found.keeping.mark())
}

fn waiting_more(all: usize) -> String {
    match all.saturating_sub(WAITING_MAX) {
        0 => String::new(),
        more => tn("legacy.waiting_more", count(more)),
    }
}

/// The pattern as it was typed, with what is wrong with it.
fn template(found: &Found) -> Field {
    let taken = || {
        (
            found.plan.options.template.clone().unwrap_or_default(),
            String::new(),
        )
    };
    let (value, wrong) = found.wrong.clone().unwrap_or_else(taken);
    Field::text("template", t("legacy.template"))
        .value(value)
        .error(wrong)
        .placeholder(t("legacy.template_example"))
        .hint(t("legacy.template_hint"))
        .autocomplete("off")
}

/// Where there is nothing to convert: the newest migration that can be undone is what is next.
fn empty(found: &Found, chrome: &Chrome) -> Empty {
    let mut runs = found.runs.iter();
    let open = runs.find(|run| run.state == RunState::Converted);
    let why = match open {
        Some(_) => t("legacy.none_left"),
        None if found.mapping.mapping.on => t("legacy.none_on"),
        None => t("legacy.none_why"),
    };
    Empty {
        icon: "git-compare-arrows",
        title: t("legacy.none").to_owned(),
        why: why.to_owned(),
        action: open.map(|run| {
            let href = chrome.path(&format!("/migrate/{}", run.id));
            Button::primary("history", t("legacy.open_run"), href)
        }),
    }
}
