//! The audit log: who changed what, one row by itself, and whether the chain holds.

pub mod chain;
pub mod entry;
mod files;

use actix_web::HttpRequest;
use askama::Template;
use jiff::civil;
use serde_json::Value;

use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::format::{Times, When};
use super::history::{self, People, text};
use super::legacy;
use super::list::{Export, ListQuery, ListSpec};
use super::log::days;
use super::view::{
    ActiveFilters, Badge, Button, Choice, Column, Empty, FactValue, Field, FilterChip, Filters,
    Input, Link, Notice, Pager, Sorted,
};
use super::words::{t, tf, tn};
use super::{Answer, filters, flash, html};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::audit::{ActionType, AuditFound, AuditLook, AuditRow, AuditSource};
use entry::Entry;

const SPEC: ListSpec = ListSpec {
    filters: &[
        "actor", "action", "object", "outcome", "source", "since", "until",
    ],
    sorts: &["time"],
    sort: "-time",
    extras: &["open"],
};
/// Rows of a page, and rows of the log that one look goes through.
const PAGE_ROWS: usize = 50;
const LOOKED: i64 = 5000;
/// Values of `action`, and what they are called.
const ACTIONS: [(ActionType, &str); 4] = [
    (ActionType::Create, "audit.create"),
    (ActionType::Update, "audit.update"),
    (ActionType::Delete, "audit.delete"),
    (ActionType::View, "audit.view"),
];

/// Values of `outcome`, what they are called, and whether something was done.
const OUTCOMES: [(&str, &str, bool); 2] = [
    ("done", "audit.done", true),
    ("refused", "audit.refused", false),
];

/// A row of the list.
struct Line {
    /// The day, where the list comes to another one.
    day: Option<String>,
    seq: String,
    when: When,
    /// The sign of what was done, and its colour.
    icon: &'static str,
    icon_class: &'static str,
    what: String,
    what_href: String,
    /// Nothing was changed.
    refused: bool,
    changes: String,
    /// As it is told in a row, and whole.
    object: String,
    object_name: String,
    object_href: String,
    who: String,
    /// Whoever did it by a token of the account is that token, which has a page.
    who_href: String,
    source: &'static str,
    /// By which token somebody else was refused; `None` for everything else.
    token: Option<Link>,
    /// Opens the row, or closes it.
    href: String,
    open: Option<Entry>,
}

#[derive(Template)]
#[template(path = "pages/audit/list.html")]
struct List {
    chrome: Chrome,
    notice: Option<Notice>,
    exports: Vec<Link>,
    check: Button,
    /// Where the chain is broken, or has not been examined.
    fault: Option<Notice>,
    state: Badge,
    state_text: String,
    filters: Filters,
    active: ActiveFilters,
    columns: Vec<Column>,
    rows: Vec<Line>,
    further: Option<Button>,
    pager: Pager,
    empty: Empty,
}

fn chrome(caller: &AccountCaller, req: &HttpRequest, title: &str) -> Chrome {
    caller
        .chrome()
        .page(Nav::Audit, title)
        .flash(flash::told(req))
}

fn below(chrome: Chrome) -> Chrome {
    let list = chrome.path("/audit");
    chrome.crumb(t("nav.audit"), list)
}

/// What a source is called.
fn source_word(source: AuditSource) -> &'static str {
    match source {
        AuditSource::Console => t("audit.console"),
        AuditSource::Api => t("audit.api"),
        AuditSource::Scim => t("audit.scim"),
        AuditSource::Cli => t("audit.cli"),
        AuditSource::System => t("audit.system"),
    }
}

fn source_of(entry: &Value) -> AuditSource {
    let actor = &entry["actor"];
    let part = |value: &Value| text(value);
    AuditSource::of(
        &part(&actor["type"]),
        &part(&actor["context"]),
        &part(&actor["id"]),
        &part(&entry["raw"]["uri"]),
    )
}

/// What the address asks for. Days are the viewer's.
fn asked(list: &mut ListQuery, times: &Times) -> AuditLook {
    let verb = list.pick("action", |value| {
        let mut all = ACTIONS.iter().map(|(verb, _)| *verb);
        all.find(|verb| verb.name() == value)
    });
    let done = list.pick("outcome", |value| {
        let found = OUTCOMES.iter().find(|(name, ..)| *name == value);
        found.map(|(.., done)| *done)
    });
    let source = list.pick("source", AuditSource::parse);
    let since_ms = list.pick("since", |value| times.day_begins(value.parse().ok()?));
    let until_ms = list.pick("until", |value| {
        let day: civil::Date = value.parse().ok()?;
        times.day_begins(day.tomorrow().ok()?)
    });
    let before = list.after().parse().ok().filter(|seq: &i64| *seq > 0);
    if before.is_none() && !list.after().is_empty() {
        list.after_is_bad();
    }
    AuditLook {
        text: list.q().to_owned(),
        actor: list.get("actor").trim().to_owned(),
        verb,
        done,
        object: list.get("object").trim().to_owned(),
        source,
        since_ms: since_ms.unwrap_or(i64::MIN),
        until_ms: until_ms.unwrap_or(i64::MAX),
        before,
    }
}

/// `GET /a/{account_id}/audit`.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    let chrome = chrome(&caller, &req, t("nav.audit"));
    let mut list = ListQuery::of(&req, &SPEC);
    let look = asked(&mut list, &chrome.times);
    if let Some(form) = Export::of(&req) {
        return files::send(caller, form, look).await;
    }
    let found = caller
        .read_long(move |tx| app::audit::look(tx, &look, (LOOKED, PAGE_ROWS)))
        .await?;
    let entries: Vec<Value> = found.rows.iter().map(history::told_of).collect();
    // The row that is open alone tells of each.
    let named = found.rows.iter().zip(&entries).map(|(row, entry)| {
        let all = is_open(row, &list);
        (entry, if all { usize::MAX } else { history::PEOPLE_MAX })
    });
    let people = People::some(&caller, named, &chrome)?;
    let days = days(&chrome.times, found.rows.iter().map(|row| row.at_ms));
    let all = found.rows.iter().zip(&entries).zip(days);
    let rows = all
        .map(|(one, day)| line(one, day, &list, &people, &chrome))
        .collect();
    let state = caller.state().db().chain_state();
    let (badge, state_text) = chain::badge(state.as_ref(), &chrome.times);
    let page = List {
        notice: list.notice(),
        exports: list.exports(),
        check: Button::new(
            "shield-check",
            t("audit.check"),
            chrome.path("/audit/chain"),
        ),
        fault: chain::fault(state.as_ref(), &chrome),
        state: badge,
        state_text,
        filters: fields(&list),
        active: active(&list, &chrome),
        columns: columns(),
        rows,
        further: found
            .next
            .map(|seq| Button::new("history", t("audit.further"), list.next(&seq.to_string()))),
        pager: pager(&list, &found, &chrome.times),
        empty: empty(&list, &found, &chrome.times),
        chrome,
    };
    html(&req, &page)
}

fn columns() -> Vec<Column> {
    vec![
        Column::new(t("audit.at")),
        Column::new(t("audit.what")),
        Column::new(t("audit.object_name")),
        Column::new(t("audit.differs")),
        Column::new(t("audit.actor")),
        Column::new(t("audit.details")).silent(),
    ]
}

fn is_open(row: &AuditRow, list: &ListQuery) -> bool {
    list.get("open") == row.seq.to_string()
}

fn line(
    (row, entry): (&AuditRow, &Value),
    day: Option<String>,
    list: &ListQuery,
    people: &People,
    chrome: &Chrome,
) -> Line {
    let seq = row.seq.to_string();
    let open = is_open(row, list);
    let href = list.here_with("open", if open { "" } else { &seq });
    let (icon, icon_class) = history::sign(entry);
    let name = object(entry, people, &chrome.times);
    let (who, refused) = (history::actor(entry), history::denied::is(entry));
    let token = people.token(entry, chrome).unwrap_or_else(|| {
        // It is gone, or the viewer may not open it.
        Link::new(text(&entry["actor"]["token_name"]), "")
    });
    let own = history::is_by_own_token(entry) && token.text == who;
    Line {
        day,
        // The day stands above.
        when: chrome.times.clock(row.at_ms),
        icon,
        icon_class,
        what: history::action(entry),
        what_href: chrome.path(&format!("/audit/{seq}")),
        refused,
        changes: history::in_words(entry, people, &chrome.times),
        object_href: history::address(chrome, entry, people).unwrap_or_default(),
        object: legacy::said(&name),
        object_name: match recorded(entry, &name) {
            Some(recorded) => tf("audit.named", &[&name, &recorded]),
            None => name,
        },
        who_href: if own {
            token.href.clone()
        } else {
            String::new()
        },
        token: (refused && !own && !token.text.is_empty()).then_some(token),
        who,
        source: source_word(source_of(entry)),
        href: format!("{href}#r-{seq}"),
        open: open.then(|| entry::of(row, entry, people, chrome)),
        seq,
    }
}

/// What was changed, by its name, a file by that without its folder, and a person by what pages
/// call them. A migration has none: it is told by the day it was begun.
fn object(entry: &Value, people: &People, times: &Times) -> String {
    let resource = &entry["resource"];
    let (id, name) = (text(&resource["id"]), text(&resource["name"]));
    if let Some(called) = people.person_name(resource) {
        return called.to_owned();
    }
    if !name.is_empty() {
        let is_file = resource["type"] == "backup";
        let file = name.rsplit('/').next().filter(|_| is_file);
        return file.map_or(name.clone(), str::to_owned);
    }
    if let Some(name) = people.name(&id).or_else(|| people.recorded(&id)) {
        return name.to_owned();
    }
    match (resource["type"].as_str(), begun_ms(&id)) {
        (Some("legacy_migration"), Some(ms)) => tf("audit.migration", &[&times.day(ms).text]),
        // An id tells less than what it is one of.
        _ => match history::denied::kind(entry) {
            "" => id,
            kind => kind.to_owned(),
        },
    }
}

/// The name that a person had in the log, where they are called otherwise: their user name.
fn recorded(entry: &Value, called: &str) -> Option<String> {
    let resource = &entry["resource"];
    let is_person = history::is_person(resource);
    let recorded = text(&resource["name"]);
    (is_person && !recorded.is_empty() && recorded != called).then_some(recorded)
}

/// When a thing was made whose id tells it: a UUIDv7 begins with milliseconds since 1970.
fn begun_ms(id: &str) -> Option<i64> {
    let ms = id.get(..12).filter(|_| id.len() == 32)?;
    i64::from_str_radix(ms, 16).ok()
}

/// How far the page goes back.
fn pager(list: &ListQuery, found: &AuditFound, times: &Times) -> Pager {
    let count = u64::try_from(found.rows.len()).unwrap_or(0);
    let full = found.rows.len() >= PAGE_ROWS;
    let text = match (found.next, found.back_to_ms) {
        (Some(_), Some(ms)) if !full => tf(
            "audit.looked",
            &[&tn("audit.found", count), &times.at(ms).text],
        ),
        _ => tn("audit.shown", count),
    };
    Pager {
        text,
        first: list.first(),
        // What was not found yet is looked for by a button of other words.
        next: found
            .next
            .filter(|_| full)
            .map(|seq| list.next(&seq.to_string())),
    }
}

fn empty(list: &ListQuery, found: &AuditFound, times: &Times) -> Empty {
    let (why, action) = match (found.next, found.back_to_ms) {
        (Some(seq), Some(ms)) => (
            tf("audit.none_so_far", &[&times.at(ms).text]),
            Button::new("history", t("audit.further"), list.next(&seq.to_string())),
        ),
        _ => (
            t("audit.none_why").to_owned(),
            Button::new("x", t("audit.show_all"), list.all()),
        ),
    };
    Empty {
        icon: "scroll-text",
        title: t("audit.none").to_owned(),
        why,
        action: Some(action),
    }
}

fn fields(list: &ListQuery) -> Filters {
    let (action, source) = (list.get("action"), list.get("source"));
    let outcomes = OUTCOMES
        .map(|(name, word, _)| Choice::new(name, t(word)).chosen(list.get("outcome") == name));
    let any = |key: &str| Choice::new("", t(key));
    let actions =
        ACTIONS.map(|(verb, word)| Choice::new(verb.name(), t(word)).chosen(action == verb.name()));
    let sources = AuditSource::ALL
        .map(|one| Choice::new(one.name(), source_word(one)).chosen(source == one.name()));
    let line = |name: &'static str, label: &str| {
        Field::text(name, t(label))
            .value(list.get(name))
            .autocomplete("off")
    };
    Filters {
        action: list.path().to_owned(),
        label: t("audit.filter").to_owned(),
        fields: vec![
            Field::line("search", "q", t("audit.search"))
                .value(list.q())
                .placeholder(t("audit.search_hint"))
                .autocomplete("off"),
            line("actor", "audit.actor").placeholder(t("audit.actor_hint")),
            line("object", "audit.object").placeholder(t("audit.object_hint")),
            Field::select(
                "action",
                t("audit.action"),
                [any("audit.any")].into_iter().chain(actions).collect(),
            ),
            Field::select(
                "outcome",
                t("audit.outcome"),
                [any("audit.any_outcome")]
                    .into_iter()
                    .chain(outcomes)
                    .collect(),
            ),
            Field::select(
                "source",
                t("audit.source"),
                [any("audit.any_source")]
                    .into_iter()
                    .chain(sources)
                    .collect(),
            ),
            Field::line("date", "since", t("audit.since")).value(list.get("since")),
            Field::line("date", "until", t("audit.until")).value(list.get("until")),
        ],
        hidden: list.hidden(),
    }
}

fn active(list: &ListQuery, chrome: &Chrome) -> ActiveFilters {
    let named = [
        ("q", "audit.search"),
        ("actor", "audit.actor"),
        ("object", "audit.object"),
        ("action", "audit.action"),
        ("outcome", "audit.outcome"),
        ("source", "audit.source"),
        ("since", "audit.since"),
        ("until", "audit.until"),
    ];
    let word = |name: &str| match name {
        "action" => {
            let mut all = ACTIONS.iter();
            let found = all.find(|(verb, _)| verb.name() == list.get(name));
            found.map_or_else(String::new, |(_, word)| t(word).to_owned())
        }
        "outcome" => {
            let found = OUTCOMES.iter().find(|(value, ..)| *value == list.get(name));
            found.map_or_else(String::new, |(_, word, _)| t(word).to_owned())
        }
        "source" => AuditSource::parse(list.get(name))
            .map_or_else(String::new, |one| source_word(one).to_owned()),
        _ => list.get(name).to_owned(),
    };
    let set = named.iter().filter(|(name, _)| !list.get(name).is_empty());
    let chips: Vec<FilterChip> = set
        .map(|(name, label)| FilterChip {
            text: tf("audit.chip", &[&t(label), &word(name)]),
            without: list.with(name, ""),
        })
        .collect();
    let total = if chips.is_empty() {
        t("audit.all_rows")
    } else {
        t("audit.filtered")
    };
    ActiveFilters {
        total: total.to_owned(),
        chips,
        aside: tf("log.zone", &[&chrome.times.zone_name()]),
        aside_link: Some(Link::new(t("log.zone_change"), "/me/appearance")),
    }
}
