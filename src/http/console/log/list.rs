//! The list of requests, and its files.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::json;

use super::entry::{self, Entry, Where};
use super::figures::Figures;
use super::there::There;
use super::{Asked, LOOKED, OUTCOMES, RESOURCES, SPANS, SPEC, asked, days, row_of_day};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::error::Result;
use crate::domain::instant::print_ms;
use crate::domain::provisioning::{Found, LogSearch, ProvisioningRow};
use crate::domain::reason::Reason;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::{Chrome, Nav};
use crate::http::console::connections::counted;
use crate::http::console::export;
use crate::http::console::list::{Export, ListQuery};
use crate::http::console::overview::causes;
use crate::http::console::url::with_query;
use crate::http::console::view::{
    ActiveFilters, Badge, Button, Choice, Column, Empty, FactValue, Field, FilterChip, Filters,
    Histogram, Input, Link, LogRow, Notice, Pager, Sorted,
};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, html};

/// Rows of a page, and of a piece of a file.
const PAGE_ROWS: i64 = 50;
const EXPORT_ROWS: i64 = 500;
const COLUMNS: [&str; 19] = [
    "id",
    "time",
    "connection",
    "provider",
    "request_id",
    "method",
    "uri",
    "ip_address",
    "token_id",
    "target_type",
    "target_id",
    "target",
    "outcome",
    "status",
    "scim_type",
    "reason",
    "detail",
    "fix",
    "changes",
];

/// A row, and what is under it where it is open.
struct Shown {
    /// The day, where the list comes to another one.
    day: Option<String>,
    row: LogRow,
    entry: Option<Entry>,
}

#[derive(Template)]
#[template(path = "pages/log/list.html")]
struct List {
    chrome: Chrome,
    notice: Option<Notice>,
    /// Whether new rows come in by themselves; and the way to the other.
    live: Option<Badge>,
    turn: Option<Button>,
    exports: Vec<Link>,
    filters: Filters,
    active: ActiveFilters,
    chart: Histogram,
    columns: Vec<Column>,
    /// Where new rows come from; nothing where none do.
    feed: String,
    /// What is said of one row and of several, for the script that counts those that come in;
    /// nothing where the list says more than their number.
    shown: String,
    rows: Vec<Shown>,
    empty: Option<Empty>,
    pager: Pager,
}

/// What one look at the log reads.
struct Read {
    found: Found,
    figures: Figures,
    newest: i64,
}

/// `GET /a/{account_id}/log`.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    let connections = caller.read(app::connections::list)?;
    let mut list = ListQuery::of(&req, &SPEC);
    let now_ms = caller.chrome().times.now_ms();
    let wanted = asked(&mut list, &connections, now_ms);
    if let Some(form) = Export::of(&req) {
        return send(caller, form, wanted.search).await;
    }
    let before = begin(&mut list);
    if before.is_none() {
        counted(&caller).await;
    }
    let (search, span) = (wanted.search.clone(), wanted.span);
    let read = caller
        .read_long(move |tx| {
            Ok(Read {
                found: app::provisioning::search(tx, &search, before, (LOOKED, PAGE_ROWS))?,
                figures: Figures::read(tx, &search, span)?,
                newest: app::provisioning::newest(tx)?,
            })
        })
        .await?;
    let page = page(&caller, &req, &list, &wanted, &connections, &read)?;
    html(&req, &page)
}

/// The number of the row that the page begins behind.
fn begin(list: &mut ListQuery) -> Option<i64> {
    if list.after().is_empty() {
        return None;
    }
    let before = list.after().parse().ok();
    if before.is_none() {
        list.after_is_bad();
    }
    before
}

fn page(
    caller: &AccountCaller,
    req: &HttpRequest,
    list: &ListQuery,
    wanted: &Asked,
    connections: &[Connection],
    read: &Read,
) -> Result<List> {
    let chrome = caller.chrome().page(Nav::Log, t("nav.log"));
    let open = list.get("open");
    let there = There::of(caller, &read.found.rows)?;
    let shown = |(one, day): (&ProvisioningRow, Option<String>)| {
        let id = one.seq.to_string();
        let is_open = open == id;
        let href = list.here_with("open", if is_open { "" } else { &id });
        Shown {
            day,
            row: row_of_day(one, &chrome, &there, format!("{href}#r-{id}"), is_open),
            entry: is_open.then(|| entry::entry(one, caller, req, Where::InList)),
        }
    };
    let found = &read.found.rows;
    let days = days(&chrome.times, found.iter().map(|one| one.at_ms));
    let rows: Vec<Shown> = found.iter().zip(days).map(shown).collect();
    let first = list.after().is_empty();
    let live = first && list.get("live") != "0";
    let turn = match (first, live) {
        (true, true) => Some(Button::new("pause", t("log.pause"), list.with("live", "0"))),
        (true, false) => Some(Button::new("play", t("log.resume"), list.with("live", ""))),
        (false, _) => None,
    };
    let total = read.figures.total(&chrome.times);
    let paused = paused(list, connections);
    Ok(List {
        notice: list.notice(),
        live: live.then(|| Badge::live(t("log.live"))),
        turn,
        exports: list.exports(),
        filters: fields(list, connections),
        active: active(list, connections, total, &chrome),
        chart: read.figures.chart(&chrome),
        columns: columns(),
        feed: if live {
            // Rows of today have no day above them: theirs comes with the first of another day.
            let today = rows.first().is_some_and(|one| one.day.is_none());
            let top = found.first().filter(|_| today).map(|one| one.at_ms);
            feed(list, &chrome, read.newest, top)
        } else {
            String::new()
        },
        shown: if read.found.looked_to_ms.is_none() {
            ["log.shown.one", "log.shown.other"]
                .map(|key| tf("log.page", &[&t(key), &reads(wanted)]))
                .join("|")
        } else {
            String::new()
        },
        empty: rows
            .is_empty()
            .then(|| match paused.filter(|_| read.found.next.is_none()) {
                Some(one) => empty_of_paused(one, &chrome),
                None => empty(list, &read.found, &chrome),
            }),
        pager: pager(list, wanted, &read.found, &chrome),
        rows,
        chrome,
    })
}

/// The connection whose requests alone the list has, where it is paused.
fn paused<'c>(list: &ListQuery, connections: &'c [Connection]) -> Option<&'c Connection> {
    let others = ["q", "outcome", "resource", "reason"];
    let chosen = list.get("connection");
    let named = |one: &&Connection| one.id.to_string() == chosen || one.name == chosen;
    let one = connections.iter().find(named)?;
    // What stands behind other rows is not all of that time.
    let whole = list.after().is_empty() && others.iter().all(|name| list.get(name).is_empty());
    (one.paused && whole).then_some(one)
}

fn empty_of_paused(one: &Connection, chrome: &Chrome) -> Empty {
    let at = chrome.path(&format!("/connections/{}", one.id));
    Empty {
        icon: "pause",
        title: tf("log.none_paused", &[&one.name]),
        why: t("log.none_paused_why").to_owned(),
        action: Some(Button::new("plug", t("log.none_paused_link"), at)),
    }
}

fn feed(list: &ListQuery, chrome: &Chrome, newest: i64, top_ms: Option<i64>) -> String {
    let newest = newest.to_string();
    let top = top_ms.map_or_else(String::new, |ms| ms.to_string());
    let names = ["q", "connection", "outcome", "resource", "reason"];
    let filters = names.iter().map(|name| (*name, list.get(name)));
    with_query(
        &chrome.path("/log/live"),
        filters.chain([("after", newest.as_str()), ("top", top.as_str())]),
    )
}

pub fn columns() -> Vec<Column> {
    let mut time = Column::new(t("row.time"));
    time.sorted = Some(Sorted::Descending);
    vec![
        time,
        Column::new(t("row.request")),
        Column::new(t("row.subject")),
        Column::new(t("log.did")),
        Column::new(t("row.result")),
        Column::new(t("row.took")).number(),
        Column::new(t("log.open")).silent(),
    ]
}

fn fields(list: &ListQuery, connections: &[Connection]) -> Filters {
    let choice = |name: &str, value: &str, text: &str| {
        Choice::new(value, text).chosen(list.get(name) == value)
    };
    let any = || Choice::new("", t("log.any"));
    let mut providers = vec![any()];
    providers.extend(connections.iter().map(|one| {
        let id = one.id.to_string();
        let chosen = [id.as_str(), one.name.as_str()].contains(&list.get("connection"));
        Choice::new(&id, &one.name).chosen(chosen)
    }));
    let mut outcomes = vec![any()];
    outcomes.extend(OUTCOMES.map(|(value, word, _)| choice("outcome", value, t(word))));
    let mut resources = vec![any()];
    resources.extend(RESOURCES.map(|(value, word, _)| choice("resource", value, t(word))));
    let spans = SPANS.map(|(value, word, ..)| choice("since", value, t(word)));
    let mut hidden = list.hidden();
    for name in ["reason", "live"] {
        if !list.get(name).is_empty() {
            hidden.push((name.to_owned(), list.get(name).to_owned()));
        }
    }
    Filters {
        action: list.path().to_owned(),
        label: t("log.filter").to_owned(),
        fields: vec![
            Field::line("search", "q", t("log.search"))
                .id("f-q")
                .value(list.q())
                .placeholder(t("log.search_hint"))
                .autocomplete("off"),
            Field::select("connection", t("log.connection"), providers),
            Field::select("outcome", t("log.outcome"), outcomes),
            Field::select("resource", t("log.resource"), resources),
            Field::select("since", t("log.time"), spans.into()),
        ],
        hidden,
    }
}

/// What narrows the list, and how many requests there were.
fn active(
    list: &ListQuery,
    connections: &[Connection],
    total: String,
    chrome: &Chrome,
) -> ActiveFilters {
    let mut chips = Vec::new();
    let mut add = |name: &str, text: String| {
        if !list.get(name).is_empty() {
            let without = list.with(name, "");
            chips.push(FilterChip { text, without });
        }
    };
    let named = |value: &str, words: &[(&str, &'static str)]| {
        let found = words.iter().find(|(name, _)| *name == value);
        found.map_or_else(String::new, |(_, word)| t(word).to_owned())
    };
    let chosen = list.get("connection");
    let provider = connections
        .iter()
        .find(|one| one.id.to_string() == chosen || one.name == chosen);
    add("q", tf("list.searched", &[&list.q()]));
    add(
        "connection",
        provider.map_or_else(String::new, |one| one.name.clone()),
    );
    let outcomes = OUTCOMES.map(|(value, word, _)| (value, word));
    add("outcome", named(list.get("outcome"), &outcomes));
    let resources = RESOURCES.map(|(value, word, _)| (value, word));
    add("resource", named(list.get("resource"), &resources));
    let reason = Reason::from_code(list.get("reason"));
    let reason = reason.map_or_else(|| list.get("reason").to_owned(), causes::cause);
    add("reason", tf("log.because", &[&reason]));
    let spans = SPANS.map(|(value, word, ..)| (value, word));
    add("since", named(list.get("since"), &spans));
    ActiveFilters {
        total,
        chips,
        aside: tf("log.zone", &[&chrome.times.zone_name()]),
        aside_link: Some(Link::new(t("log.zone_change"), "/me/appearance")),
    }
}

/// What became of the requests that have no rows.
fn reads(wanted: &Asked) -> &'static str {
    if wanted.search.chooses() {
        t("log.reads_left_out")
    } else {
        t("log.reads_counted")
    }
}

fn pager(list: &ListQuery, wanted: &Asked, found: &Found, chrome: &Chrome) -> Pager {
    let shown = u64::try_from(found.rows.len()).unwrap_or(0);
    let text = match found.looked_to_ms {
        Some(ms) => tf(
            "log.page_to",
            &[
                &tn("log.shown", shown),
                &chrome.times.at(ms).text,
                &reads(wanted),
            ],
        ),
        None => tf("log.page", &[&tn("log.shown", shown), &reads(wanted)]),
    };
    Pager {
        text,
        first: list.first(),
        next: found.next.map(|next| list.next(&next.to_string())),
    }
}

/// Why nothing was found. What is searched for may be a request that is in no row.
fn none_found(list: &ListQuery) -> String {
    let why = t("log.none_found_why");
    if list.q().is_empty() {
        return why.to_owned();
    }
    format!("{why} {}", t("log.none_found_token"))
}

fn empty(list: &ListQuery, found: &Found, chrome: &Chrome) -> Empty {
    let (icon, title, why, action) = if found.next.is_some() {
        let next = found.next.unwrap_or(0).to_string();
        let why = match found.looked_to_ms {
            Some(ms) => tf("log.none_to", &[&chrome.times.at(ms).text]),
            None => none_found(list),
        };
        let further = Button::new("history", t("history.further"), list.next(&next));
        ("search", "log.none_found", why, Some(further))
    } else if list.is_filtered() && list.get("since") != "all" {
        let wider = Button::new("history", t("log.show_all_time"), list.with("since", "all"));
        let why = none_found(list);
        ("search", "log.none_found", why, Some(wider))
    } else if list.is_filtered() {
        let all = Button::new("x", t("log.show_all"), list.all());
        let why = none_found(list);
        ("search", "log.none_found", why, Some(all))
    } else {
        let all = Button::new("history", t("log.show_all_time"), list.with("since", "all"));
        (
            "activity",
            "log.none",
            t("log.none_why").to_owned(),
            Some(all),
        )
    };
    Empty {
        icon,
        title: t(title).to_owned(),
        why,
        action,
    }
}

async fn send(caller: AccountCaller, form: Export, wanted: LogSearch) -> Answer {
    let mut next = Some(None);
    let rows = move |tx: &crate::store::tx::ReadTx<'_>| {
        let Some(before) = next.take() else {
            return Ok(None);
        };
        let found = app::provisioning::search(tx, &wanted, before, (LOOKED, EXPORT_ROWS))?;
        next = found.next.map(Some);
        Ok(Some(found.rows.into_iter().map(line).collect()))
    };
    Ok(export::send(caller, form, "provisioning-log", &COLUMNS, rows).await?)
}

fn line(row: ProvisioningRow) -> export::Row {
    let fix = row.fix();
    let (connection, kind) = match &row.connection {
        Some((_, name, kind)) => (json!(name), json!(kind.name())),
        None => (json!(null), json!(null)),
    };
    vec![
        json!(row.seq),
        json!(print_ms(row.at_ms)),
        connection,
        kind,
        json!(row.request),
        json!(row.method),
        json!(row.uri),
        json!(row.address),
        json!(row.token),
        json!(row.target_kind),
        json!(row.target_id),
        json!(row.target_name),
        json!(row.outcome.name()),
        json!(row.status),
        json!(row.scim_type),
        json!(row.reason.map(Reason::code)),
        json!(row.detail),
        json!(fix),
        json!(row.changes.join("; ")),
    ]
}
