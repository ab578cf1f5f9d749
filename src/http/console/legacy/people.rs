//! The comparison person by person: what everybody in the groups may do before and after.

use actix_web::HttpRequest;
use askama::Template;

use super::plan::{plan_id, without};
use super::rows::Asked;
use super::{Back, below_run, beside, chrome, count, decisions, member_path, role_text, run_of};
use super::{remembered, short, told};
use crate::app::legacy;
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::legacy::plan::{AccessRole, AccessScope, Plan, PlannedGroup, PlannedPerson};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::view::{Badge, Notice, Stat, Tone};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, html, refusal};

/// People that the page names; the plan as JSON has all.
const PEOPLE_MAX: usize = 200;
/// Roles of one of them that a cell names.
const ROLES_MAX: usize = 6;

struct Row {
    href: String,
    name: String,
    before: Vec<String>,
    /// Nothing where it is the same.
    after: Option<Vec<String>>,
    state: Badge,
}

#[derive(Template)]
#[template(path = "pages/legacy/people.html")]
struct Page {
    chrome: Chrome,
    lead: String,
    proof: Option<Notice>,
    /// That the plan can't be carried out as it is; nothing where it can.
    unready: Option<Notice>,
    stats: Vec<Stat>,
    rows: Vec<Row>,
    more: String,
    /// To the plan with its decisions; `None` of one that was carried out.
    back: Option<Back>,
}

/// What is told of whom.
struct Told {
    lead: String,
    proof: Option<Notice>,
    stats: Vec<Stat>,
}

/// `POST /a/{account_id}/migrate/people`: of the plan with the decisions of the form, whether they
/// were applied to it or not; `in` is a group's id, whose people alone are told.
pub async fn of_plan(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryRead)?;
    let (id, options) = (plan_id(&caller, &form), decisions::read(&form));
    let named = form.text("in").map(str::to_owned);
    let asked = options.clone();
    let found = caller
        .read_long(move |tx| {
            let plan = legacy::plan::make(tx, id, &asked)?;
            let Some(named) = named else {
                return Ok((plan, None));
            };
            let group = group_of(&plan, &named)?;
            let people = legacy::plan::people_in(tx, group)?;
            Ok((plan, Some((named, people))))
        })
        .await;
    // What another page decided is kept too, and filled in on the way back.
    let (whole, before) = remembered::joined(&caller, &form, options);
    let (plan, only) = match found {
        Ok(found) => found,
        Err(error) => {
            let asked = Asked::default();
            let (form, decided) = ((&form, &asked), (id, whole, before));
            return without(&caller, &req, form, decided, refusal(error)?).await;
        }
    };
    remembered::keep(&caller, &form, (&whole, before), &plan).await;
    let (chrome, back) = beside(chrome(&caller, t("legacy.comparison")), &plan, &form);
    let Some((named, people)) = only else {
        let told = Told {
            lead: t("legacy.people_of_all").to_owned(),
            proof: Some(told::proof(&plan)),
            stats: told::stats(&plan.summary),
        };
        let all: Vec<&PlannedPerson> = plan.people.iter().collect();
        let mut page = page(chrome, &plan, all, told, Some(back));
        // What waits is no part of what is compared.
        page.unready = (!plan.is_ready()).then(|| {
            let text = told::commit_title(&plan);
            Notice::new(Tone::Warn, t("legacy.compared_unready"), text)
        });
        return html(&req, &page);
    };
    let told = Told {
        lead: tf(
            "legacy.people_of",
            &[&short(&group_of(&plan, &named)?.old_name)],
        ),
        proof: None,
        stats: Vec::new(),
    };
    let within = |one: &&PlannedPerson| people.contains(&one.id);
    let within: Vec<&PlannedPerson> = plan.people.iter().filter(within).collect();
    html(&req, &page(chrome, &plan, within, told, Some(back)))
}

fn group_of<'p>(plan: &'p Plan, named: &str) -> Result<&'p PlannedGroup> {
    let is = |group: &&PlannedGroup| group.id.is_some_and(|id| id.to_string() == named);
    let found = plan.groups.iter().find(is);
    found.ok_or_else(|| Error::not_found("group", named))
}

/// `GET /a/{account_id}/migrate/{run_id}/people`: of the plan that was carried out.
pub async fn of_run(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let id = run_of(&req)?;
    let run = caller
        .read_long(move |tx| legacy::runs::get(tx, id))
        .await?;
    let chrome = below_run(chrome(&caller, t("legacy.comparison")), &run.head);
    // It is told as of then: people and their access may be others by now.
    let when = chrome.times.at(run.head.converted_ms).text;
    let told = Told {
        lead: tf("legacy.people_then", &[&when]),
        proof: Some(told::proof_then(&run.plan.summary, &when)),
        stats: told::stats_then(&run.plan.summary),
    };
    let all: Vec<&PlannedPerson> = run.plan.people.iter().collect();
    html(&req, &page(chrome, &run.plan, all, told, None))
}

fn page(
    chrome: Chrome,
    plan: &Plan,
    mut people: Vec<&PlannedPerson>,
    told: Told,
    back: Option<Back>,
) -> Page {
    // Whose access changes comes first: `false` sorts before `true`.
    people.sort_by(|one, other| {
        let key = |one: &PlannedPerson| !one.changes();
        (key(one), &one.user_name).cmp(&(key(other), &other.user_name))
    });
    let all = people.len();
    people.truncate(PEOPLE_MAX);
    Page {
        lead: told.lead,
        proof: told.proof,
        unready: None,
        stats: told.stats,
        rows: people.iter().map(|one| row(one, plan, &chrome)).collect(),
        more: match all.saturating_sub(PEOPLE_MAX) {
            0 => String::new(),
            more => tn("legacy.more_people", count(more)),
        },
        back,
        chrome,
    }
}

fn row(one: &PlannedPerson, plan: &Plan, chrome: &Chrome) -> Row {
    let state = match (one.gained.is_empty(), one.lost.is_empty()) {
        (true, true) => Badge::new(Tone::Ok, "equal", t("legacy.same_access")),
        (false, true) => Badge::new(Tone::Warn, "plus", t("legacy.person_gains")),
        (true, false) => Badge::new(Tone::Bad, "minus", t("legacy.person_loses")),
        (false, false) => Badge::new(Tone::Bad, "triangle-alert", t("legacy.person_both")),
    };
    Row {
        href: member_path(one.id, chrome),
        name: one.user_name.clone(),
        before: roles(plan.access_at(one.before)),
        after: one.changes().then(|| roles(plan.access_at(one.after))),
        state,
    }
}

/// A role, and on what where that is not the entire account.
fn brief(role: &AccessRole) -> String {
    match (role.scope, role.domains.as_slice()) {
        (AccessScope::WholeAccount, []) => role.role.clone(),
        _ => role_text(role),
    }
}

fn roles(all: &[AccessRole]) -> Vec<String> {
    let mut texts: Vec<String> = all.iter().take(ROLES_MAX).map(brief).collect();
    let more = all.len().saturating_sub(ROLES_MAX);
    if more > 0 {
        texts.push(tn("legacy.more_roles", count(more)));
    }
    texts
}
