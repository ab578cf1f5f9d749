//! A migration that was carried out: whether access is as it was meant to be, and how far each
//! provider is.

use actix_web::HttpRequest;
use askama::Template;

use super::pushes::{Called, ConnectionRow, Silent, connection, silent, waited_for};
use super::runs::run_state;
use super::undo::{Line, of_run, sentence};
use super::verdict::{from_file, is_pushed, verdict, waiting};
use super::{
    PersonRow, ProviderCard, below, chrome, count, counted, left_out, provider_cards, run_of,
    run_title, said, steps,
};
use crate::app::legacy::{self, pushing::Pushing};
use crate::domain::actor::Permission;
use crate::domain::legacy::plan::Source;
use crate::domain::legacy::run::{
    Kept, PersonDifference, Progress, Refused, Run, RunState, Verification, VerifiedGroup,
};
use crate::domain::legacy::steps::{self as at_providers, Now, Pushes};
use crate::http::console::again::Again;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{When, number};
use crate::http::console::view::{Badge, Button, Fact, FactValue, Link, Notice, Stat, Step, Tone};
use crate::http::console::words::{t, tf, tn, tnf};
use crate::http::console::{Answer, filters, html};

/// Seconds after which the page looks again by itself, while it waits for providers.
const LOOK_SECONDS: u16 = 15;
/// Groups that the page names; the report has all.
const GROUPS_MAX: usize = 200;

/// A group of the run.
struct GroupRow {
    old: (String, String),
    now: Link,
    /// Whether that is the legacy name.
    is_legacy: bool,
    members: String,
    state: Badge,
    connections: Vec<ConnectionRow>,
    /// What is said where no connection pushes it.
    unpushed: &'static str,
}

/// A push that was refused since, and the row of the log that has it.
struct RefusalRow {
    group: Link,
    /// Whether that is a legacy name.
    is_legacy: bool,
    when: When,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/legacy/run.html")]
struct Page {
    chrome: Chrome,
    badge: Badge,
    actions: Vec<Button>,
    lead: String,
    steps: Vec<Step>,
    verdict: Notice,
    /// Of what waits for pushes: connections of which nothing arrives.
    silent: Vec<Silent>,
    /// How it looks again while it waits for providers.
    again: Again,
    stats: Vec<Stat>,
    groups_aside: String,
    /// What the column says that tells of providers, or of what an undo made of the groups.
    told: &'static str,
    groups: Vec<GroupRow>,
    groups_more: String,
    unexplained: Vec<PersonRow>,
    changed_since: Vec<PersonRow>,
    refusals: Vec<RefusalRow>,
    /// What an undo left to do, or did not put back; and where groups are converted again.
    kept: Vec<Line>,
    left_out: Vec<Line>,
    plan: String,
    providers: Vec<ProviderCard>,
    facts: Vec<Fact>,
    /// The page's own address.
    at: String,
}

/// `GET /a/{account_id}/migrate/{run_id}`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let id = run_of(&req)?;
    let (run, found, pushing) = caller
        .read_long(move |tx| {
            Ok((
                legacy::runs::outline(tx, id)?,
                legacy::verify::verify(tx, id)?,
                legacy::pushing::find(tx)?,
            ))
        })
        .await?;
    let mut page = page(&caller, &req, (&run, &pushing), &found);
    if run.head.state == RunState::Converted {
        page.silent = silent(waited_for(&found), &pushing, &page.chrome);
        if !page.silent.is_empty() && page.verdict.text == t("legacy.waits_text") {
            t("legacy.waits_paused").clone_into(&mut page.verdict.text);
        }
    }
    html(&req, &page)
}

fn page(
    caller: &AccountCaller,
    req: &HttpRequest,
    (run, pushing): (&Run, &Pushing),
    found: &Verification,
) -> Page {
    let head = &run.head;
    let title = run_title(head, &caller.chrome());
    let chrome = below(chrome(caller, &title));
    let at = chrome.path(&format!("/migrate/{}", head.id));
    let ends = head.state == RunState::Converted && caller.allows(Permission::DirectoryWrite);
    let groups = tn("legacy.groups", counted(head.groups));
    let people = tn("legacy.members", count(run.plan.summary.people));
    let done = match head.state {
        RunState::Converted if is_open(found) => 3,
        RunState::Converted | RunState::Closed | RunState::Undone => 4,
    };
    let shown = found.groups.iter().take(GROUPS_MAX);
    Page {
        badge: run_state(head.state),
        actions: if ends {
            ways_out(found, &at)
        } else {
            Vec::new()
        },
        lead: lead(run, &people),
        // What was put back is at no step.
        steps: match head.state {
            RunState::Undone => Vec::new(),
            RunState::Converted | RunState::Closed => {
                steps(done, tf("legacy.found", &[&groups, &people]))
            }
        },
        verdict: verdict(run, found),
        silent: Vec::new(),
        again: again(req, found, &at),
        stats: match head.state {
            RunState::Converted | RunState::Closed => stats(found),
            RunState::Undone => Vec::new(),
        },
        groups_aside: confirmed_of(found),
        told: told_of(head.state),
        groups: shown.map(|one| group(one, found, &chrome)).collect(),
        groups_more: match found.groups.len().saturating_sub(GROUPS_MAX) {
            0 => String::new(),
            more => tn("legacy.more_run_groups", count(more)),
        },
        unexplained: people_of(&found.unexplained, &chrome),
        changed_since: people_of(&found.changed_since, &chrome),
        refusals: found
            .refusals
            .iter()
            .map(|one| refusal(one, found, &chrome))
            .collect(),
        kept: found.kept.iter().map(|one| kept(one, &chrome)).collect(),
        left_out: left_out::lines(run),
        plan: chrome.path("/migrate"),
        providers: providers((run, pushing), found, &chrome),
        facts: facts(run, &chrome),
        at,
        chrome,
    }
}

/// What is left to do at each provider.
fn providers(
    (run, pushing): (&Run, &Pushing),
    found: &Verification,
    chrome: &Chrome,
) -> Vec<ProviderCard> {
    let state = run.head.state;
    if state == RunState::Undone {
        return Vec::new();
    }
    let now = found.groups_left().filter_map(Now::verified);
    let pushes = |one: &Source| match state {
        RunState::Closed => Pushes::Ended,
        RunState::Converted | RunState::Undone => pushing.of(one),
    };
    provider_cards(&at_providers::left(run, now), pushes, chrome)
}

/// The heading of what is told of each group.
fn told_of(state: RunState) -> &'static str {
    match state {
        RunState::Converted | RunState::Closed => t("legacy.at_providers"),
        RunState::Undone => t("legacy.after_undo"),
    }
}

/// The ways in which it ends.
fn ways_out(found: &Verification, at: &str) -> Vec<Button> {
    let word = match found.head.groups_undone {
        _ if found.groups_left().all(|one| one.name.is_none()) => t("legacy.end_undone"),
        0 => t("legacy.undo"),
        _ => t("legacy.undo_rest"),
    };
    vec![
        Button::new("undo-2", word, format!("{at}/undo")),
        Button::new("circle-check", t("legacy.close"), format!("{at}/close")),
    ]
}

/// Whether anything is still to come, and the page's way of looking for it. Of a group that was
/// deleted nothing is.
fn again(req: &HttpRequest, found: &Verification, at: &str) -> Again {
    let asked_to = found.groups_left().filter(|one| one.name.is_some());
    let mut pushes = asked_to.flat_map(|one| &one.connections);
    let doubts = !found.unexplained.is_empty() || !found.refusals.is_empty();
    let waits =
        found.head.state == RunState::Converted && (doubts || pushes.any(Progress::waits_for_name));
    let mut again = Again::of(req, at, waits, LOOK_SECONDS);
    if let Some(turn) = &mut again.turn {
        turn.href.push_str("#looks");
    }
    again
}

/// Whether a push is waited for, or something is not as it was planned.
fn is_open(found: &Verification) -> bool {
    waiting(found) > 0 || !found.unexplained.is_empty() || !found.refusals.is_empty()
}

/// What it did, and what of that holds no more.
fn lead(run: &Run, people: &str) -> String {
    let head = &run.head;
    // Groups that were deleted before were not put back.
    let undone = head.state == RunState::Undone && head.groups_undone == head.groups;
    let file = from_file(run);
    let key = match (file, undone) {
        (false, false) => "legacy.run_lead",
        (false, true) => "legacy.run_back",
        (true, false) => "legacy.run_made",
        (true, true) => "legacy.run_unmade",
    };
    let did = tnf(key, counted(head.groups), &[&people]);
    let back = counted(head.groups_undone);
    if undone || back == 0 {
        return did;
    }
    // What it made is gone; what it converted is as it was.
    let later = if file {
        tn("legacy.taken_away", back)
    } else {
        tn("legacy.put_back", back)
    };
    tf("legacy.then_back", &[&did, &later])
}

/// How many groups were pushed since, of those that a provider pushes; nothing of a run that was
/// undone.
fn confirmed_of(found: &Verification) -> String {
    let left = found.groups_left().filter(|one| is_pushed(one)).count();
    if left == 0 {
        return String::new();
    }
    let confirmed = found.groups_left().filter(|one| is_pushed(one));
    let confirmed = confirmed.filter(|one| one.is_confirmed());
    tf(
        "legacy.confirmed_of",
        &[&number(count(confirmed.count())), &number(count(left))],
    )
}

/// Of which group it was, as it is called now; the row of the log says the rest.
fn refusal(one: &Refused, found: &Verification, chrome: &Chrome) -> RefusalRow {
    let is = |group: &&VerifiedGroup| match one.group.as_str() {
        "" => group.group.old_name == one.name,
        id => group.group.scim_id == id,
    };
    let now = found.groups.iter().find(is);
    let now = now.and_then(|group| group.name.as_deref());
    let name = now.unwrap_or(&one.name);
    let shown = said(name);
    RefusalRow {
        is_legacy: shown != name,
        group: Link::new(shown, chrome.path(&format!("/log/{}", one.row))),
        when: chrome.times.ago(one.at_ms),
        text: tf("legacy.refused", &[&one.connection, &one.detail]),
    }
}

fn people_of(all: &[PersonDifference], chrome: &Chrome) -> Vec<PersonRow> {
    let row = |one| PersonRow::different(one, chrome);
    all.iter().map(row).collect()
}

/// Of groups that have their old names again, which have no page as legacy groups.
fn kept(one: &Kept, chrome: &Chrome) -> Line {
    let text = sentence(&one.message);
    if one.of_run {
        return of_run(text);
    }
    if let Some(other) = one.other {
        return Line {
            name: one.group.new_name.clone(),
            is_legacy: false,
            href: chrome.path(&format!("/groups/{other}")),
            text,
        };
    }
    Line {
        name: super::short(&one.group.old_name),
        is_legacy: true,
        href: String::new(),
        text,
    }
}

fn stats(found: &Verification) -> Vec<Stat> {
    let stat = |label: &str, n: usize, note: &str| Stat::new(t(label), number(count(n)), t(note));
    vec![
        stat("legacy.people", found.people, "legacy.still_there"),
        stat(
            "legacy.as_planned",
            found.as_planned,
            "legacy.as_planned_note",
        ),
        stat(
            "legacy.since",
            found.changed_since.len(),
            "legacy.since_note",
        ),
        stat(
            "legacy.unasked",
            found.unexplained.len(),
            "legacy.unasked_note",
        ),
    ]
}

fn group(one: &VerifiedGroup, found: &Verification, chrome: &Chrome) -> GroupRow {
    let run = found.head.state;
    let mut of_groups = found.kept.iter().filter(|kept| !kept.of_run);
    let is_told = of_groups.any(|kept| kept.group.id == one.group.id);
    // After the end nobody is waited for, and who still sends the old name is refused.
    let is_left = |one: &Progress| run == RunState::Closed && one.waits_for_name();
    let state = match &one.name {
        _ if one.group.undone && one.group.made => {
            Badge::new(Tone::Plain, "trash-2", t("legacy.gone_again"))
        }
        _ if one.group.undone => Badge::new(Tone::Plain, "undo-2", t("legacy.undone")),
        None => Badge::new(Tone::Warn, "trash-2", t("legacy.deleted")),
        Some(_) if !one.recorded => Badge::new(Tone::Plain, "minus", t("legacy.not_recorded")),
        Some(_) if !is_pushed(one) => Badge::new(Tone::Ok, "check", t("legacy.done")),
        Some(_) if one.connections.iter().any(is_left) => {
            Badge::new(Tone::Warn, "triangle-alert", t("legacy.without_name"))
        }
        Some(_) if one.is_confirmed() => Badge::new(Tone::Ok, "check", t("legacy.confirmed")),
        Some(_) => Badge::new(Tone::Plain, "clock", t("legacy.waiting")),
    };
    let href = match &one.name {
        Some(_) if !one.group.undone => chrome.path(&format!("/groups/{}", one.group.id)),
        _ => String::new(),
    };
    let name = one.name.as_deref().unwrap_or(&one.group.new_name);
    let sent = one
        .connections
        .iter()
        .filter(|one| one.other_name_ms().is_some());
    let called = match sent.count() {
        _ if name != one.group.new_name => Called::Other(name),
        0 | 1 => Called::Planned,
        _ => Called::BySome,
    };
    let pushing = one.connections.iter().filter(|one| one.pushes);
    let (old, now) = if name == one.group.old_name {
        (<(String, String)>::default(), super::short(name))
    } else {
        (super::parts(&one.group.old_name), name.to_owned())
    };
    GroupRow {
        is_legacy: name == one.group.old_name,
        old,
        now: Link::new(now, href),
        members: number(counted(one.members)),
        state,
        connections: pushing
            .map(|one| {
                let row = connection(one, called, chrome);
                if is_left(one) {
                    row.left_at_close()
                } else {
                    row
                }
            })
            .collect(),
        unpushed: match &one.name {
            _ if one.group.undone && is_told => t("legacy.as_told"),
            Some(name) if one.group.undone && !one.group.made && *name != one.group.old_name => {
                t("legacy.as_before_renamed")
            }
            _ if one.group.undone && !one.group.made => t("legacy.as_before"),
            Some(_) if !one.recorded => t("legacy.pushes_not_recorded"),
            Some(_) if !one.group.undone => t("legacy.nobody_pushes"),
            Some(_) | None => t("legacy.no_more_pushes"),
        },
    }
}

fn facts(run: &Run, chrome: &Chrome) -> Vec<Fact> {
    let head = &run.head;
    let mut facts = vec![
        Fact::time(t("legacy.converted"), chrome.times.at(head.converted_ms)),
        Fact::copy(
            t("legacy.run_id"),
            head.id.to_string(),
            t("legacy.copy_run_id"),
        ),
        Fact::new(t("legacy.backup"), FactValue::Code(head.backup.clone())),
    ];
    if let Some(ms) = head.undone_ms {
        facts.push(Fact::time(t("legacy.undone"), chrome.times.at(ms)));
    }
    if let Some(ms) = head.closed_ms {
        facts.push(Fact::time(t("legacy.closed"), chrome.times.at(ms)));
    }
    facts
}
