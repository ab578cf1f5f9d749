//! Legacy groups become user groups: the plan, carrying it out, the mapping, a run, and its way
//! back.

pub mod close;
pub mod convert;
mod decisions;
pub mod files;
mod left_out;
pub mod mapping;
pub mod people;
pub mod plan;
mod pushes;
mod remembered;
mod rows;
pub mod run;
mod runs;
mod told;
pub mod undo;
mod verdict;

use actix_web::HttpRequest;

use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::form::Form as Sent;
use super::format::list;
use super::view::{Link, Source as Owner, Step};
use super::words::{t, tf, tn};
use crate::domain::error::{Error, Result};
use crate::domain::id::{AccountId, GroupId, MemberId, MigrationId};
use crate::domain::legacy::plan::{AccessRole, AccessScope, Plan, PlannedPerson, Source};
use crate::domain::legacy::run::{PersonDifference, RunHead};
use crate::domain::legacy::steps::{NewName, ProviderSteps, Pushes};

/// Of the plan and of what is done from it.
fn chrome(caller: &AccountCaller, title: &str) -> Chrome {
    caller.chrome().page(Nav::Legacy, title)
}

/// Below the plan.
fn below(chrome: Chrome) -> Chrome {
    let plan = chrome.path("/migrate");
    chrome.crumb(t("nav.legacy"), plan)
}

/// What a run's page is called.
fn run_title(head: &RunHead, chrome: &Chrome) -> String {
    tf(
        "legacy.run_title",
        &[&chrome.times.at(head.converted_ms).text],
    )
}

/// Below the page of a run.
fn below_run(chrome: Chrome, head: &RunHead) -> Chrome {
    let chrome = below(chrome);
    let run = chrome.path(&format!("/migrate/{}", head.id));
    let title = run_title(head, &chrome);
    chrome.crumb(title, run)
}

/// Below the plan that a form made: the way back is a form too, with the decisions as they are,
/// for the plan's own address knows none. Rows that were open stay so.
fn beside(chrome: Chrome, plan: &Plan, sent: &Sent) -> (Chrome, Back) {
    let mut decided = decisions::write(&plan.options);
    decided.extend(decisions::called(plan));
    if let Some(mark) = sent.text(remembered::MARK) {
        decided.push((remembered::MARK.to_owned(), mark.to_owned()));
    }
    if let Some(open) = sent.text(OPENED) {
        decided.push((OPENED.to_owned(), open.to_owned()));
    }
    let back = Back {
        action: chrome.path("/migrate"),
        decided,
    };
    (chrome.crumb_by_form(t("nav.legacy"), BACK), back)
}

/// What leads back to a plan with its decisions.
struct Back {
    action: String,
    decided: Vec<(String, String)>,
}

/// The field of the plan's form that says that its rows are open.
const OPENED: &str = "opened";

/// The id of its form.
const BACK: &str = "back";

/// The run of the path.
///
/// Errors: `NotFound`.
fn run_of(req: &HttpRequest) -> Result<MigrationId> {
    let named = req.match_info().get("run_id").unwrap_or_default();
    let unknown = |_| Error::not_found("migration", named);
    named.parse().map_err(unknown)
}

/// How far a migration is.
fn steps(current: usize, found: String) -> Vec<Step> {
    let step = |title: &str, text: String| (t(title).to_owned(), text);
    let rest = |title: &str, text: &str| step(title, t(text).to_owned());
    Step::all(
        current,
        [
            step("legacy.detect", found),
            rest("legacy.preview", "legacy.preview_text"),
            rest("legacy.convert", "legacy.convert_text"),
            rest("legacy.verify", "legacy.verify_text"),
        ],
    )
}

fn owner(source: Option<&Source>, chrome: &Chrome) -> Owner {
    match source {
        Some(source) => Owner::provider(source.kind, &source.name)
            .leads_to(chrome.path(&format!("/connections/{}", source.id))),
        None => Owner::local(t("legacy.no_provider")),
    }
}

/// What is to be done at one provider.
struct ProviderCard {
    id: String,
    title: String,
    steps: Vec<String>,
    names: Vec<NameRow>,
    more: String,
}

/// A group that is to be renamed there.
struct NameRow {
    old: String,
    new: String,
    /// That another group has the name that was planned, and that group's page.
    taken: Option<Link>,
}

/// That a name which was planned is another group's by now.
fn taken(planned: &str, other: GroupId, chrome: &Chrome) -> Link {
    let text = tf("legacy.planned_taken", &[&planned]);
    Link::new(text, chrome.path(&format!("/groups/{other}")))
}

/// Names of groups on a card.
const NAMES_MAX: usize = 5;

fn provider_cards(
    all: &[ProviderSteps<'_>],
    pushes: impl Fn(&Source) -> Pushes,
    chrome: &Chrome,
) -> Vec<ProviderCard> {
    let row = |name: &NewName<'_>| NameRow {
        old: short(name.old),
        new: name.new.to_owned(),
        taken: name
            .taken
            .map(|(planned, other)| taken(planned, other, chrome)),
    };
    let card = |(at, one): (usize, &ProviderSteps<'_>)| {
        let names = one.names.iter().take(NAMES_MAX);
        let more = count(one.names.len().saturating_sub(NAMES_MAX));
        ProviderCard {
            id: format!("h-idp-{at}"),
            title: tf("legacy.then", &[&one.connection.name]),
            steps: one.steps(pushes(one.connection)),
            names: names.map(row).collect(),
            more: if more == 0 {
                String::new()
            } else {
                tn("legacy.more_names", more)
            },
        }
    };
    all.iter().enumerate().map(card).collect()
}

/// A legacy name in two parts: what says nothing, shortened, and the role.
fn parts(name: &str) -> (String, String) {
    match name.split_once(" - ") {
        Some((account, role)) if account.chars().count() > 12 => {
            let begin: String = account.chars().take(11).collect();
            (format!("{begin}… - "), role.to_owned())
        }
        _ => (String::new(), name.to_owned()),
    }
}

/// A group's name in a line of others: a legacy one shortened, the rest as they are.
pub fn said(name: &str) -> String {
    let account = name.split_once(" - ").map(|(account, _)| account);
    let id = account.and_then(|account| account.strip_prefix("CF-"));
    if id.is_some_and(|id| id.parse::<AccountId>().is_ok()) {
        return short(name);
    }
    name.to_owned()
}

fn short(name: &str) -> String {
    let (account, role) = parts(name);
    format!("{account}{role}")
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A role and on what: "DNS on the entire account".
fn role_text(role: &AccessRole) -> String {
    let on = match (role.scope, role.domains.as_slice()) {
        (AccessScope::WholeAccount, []) => t("preview.on_account").to_owned(),
        (AccessScope::WholeAccount, except) => tf("preview.on_account_but", &[&list(except)]),
        (AccessScope::Domains, domains) => list(domains),
    };
    tf("preview.role_on", &[&role.role, &on])
}

/// Somebody whose access differs.
struct PersonRow {
    id: String,
    href: String,
    name: String,
    gains: Vec<String>,
    loses: Vec<String>,
}

impl PersonRow {
    fn new(
        id: MemberId,
        name: &str,
        (gained, lost): (&[AccessRole], &[AccessRole]),
        chrome: &Chrome,
    ) -> Self {
        Self {
            id: id.to_string(),
            href: member_path(id, chrome),
            name: name.to_owned(),
            gains: gained.iter().map(role_text).collect(),
            loses: lost.iter().map(role_text).collect(),
        }
    }

    fn planned(one: &PlannedPerson, chrome: &Chrome) -> Self {
        Self::new(one.id, &one.user_name, (&one.gained, &one.lost), chrome)
    }

    fn different(one: &PersonDifference, chrome: &Chrome) -> Self {
        Self::new(one.id, &one.user_name, (&one.gained, &one.lost), chrome)
    }
}

/// The page of a member.
fn member_path(id: MemberId, chrome: &Chrome) -> String {
    chrome.path(&format!("/members/{}", id.membership()))
}
