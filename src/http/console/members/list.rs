//! The list of members.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::json;

use super::{chrome, count, source, state};
use crate::app;
use crate::app::members::shown::{
    self, LOOKED, ListedMember, MemberQuery, MemberSource, SearchOrder,
};
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::instant::print_ms;
use crate::domain::listing::Begin;
use crate::domain::member::{Member, State, StateCounts};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::export;
use crate::http::console::format::number;
use crate::http::console::list::{Export, ListQuery, ListSpec};
use crate::http::console::view::{
    ActiveFilters, Button, Choice, Column, Empty, Field, FilterChip, Filters, Input, Link,
    MemberRow, Notice, Pager, Sorted, Tab,
};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, html, place};
use crate::store::tx::ReadTx;

const SPEC: ListSpec = ListSpec {
    filters: &["state", "source"],
    sorts: &["name", "changed", "added"],
    sort: "name",
    extras: &[],
};
/// Rows of a page.
const PAGE_ROWS: i64 = 50;
/// Rows of a piece of an export, and of the first piece, which somebody waits for: it costs little
/// more than finding who has a part of a name.
const EXPORT_ROWS: i64 = 500;
const EXPORT_ROWS_FIRST: i64 = 10;
const COLUMNS: [&str; 11] = [
    "id",
    "user_id",
    "user_name",
    "name",
    "email",
    "state",
    "source",
    "groups",
    "roles",
    "created_on",
    "modified_on",
];
/// The value of `source` for members made by hand.
const LOCAL: &str = "local";

#[derive(Template)]
#[template(path = "pages/members/list.html")]
struct List {
    chrome: Chrome,
    notice: Option<Notice>,
    exports: Vec<Link>,
    add: Option<Button>,
    facets: Vec<Tab>,
    filters: Filters,
    active: Option<ActiveFilters>,
    columns: Vec<Column>,
    rows: Vec<MemberRow>,
    /// Where ticked rows are sent to; nothing where nobody may change any.
    bulk: String,
    pager: Pager,
    summary: String,
    empty: Option<Empty>,
}

/// What the address asks for.
fn asked(list: &mut ListQuery, connections: &[Connection]) -> MemberQuery {
    let source = list.pick("source", |value| {
        let by_id = |one: &&Connection| one.id.to_string() == value;
        match value {
            LOCAL => Some(MemberSource::Local),
            _ => connections
                .iter()
                .find(by_id)
                .map(|one| MemberSource::Connection(one.id)),
        }
    });
    let state = list.pick("state", State::named);
    let (order, descending) = match list.sort() {
        ("changed", descending) => (SearchOrder::Changed, descending),
        ("added", descending) => (SearchOrder::Made, descending),
        (_, descending) => (SearchOrder::Name, descending),
    };
    let part = Some(list.q().to_owned()).filter(|part| !part.is_empty());
    MemberQuery {
        part,
        state,
        source,
        order,
        descending,
    }
}

/// Where the page begins.
fn begin(list: &mut ListQuery) -> Begin {
    if list.after().is_empty() {
        return Begin::First;
    }
    if let Some(place) = place::read(list.after()) {
        return Begin::After(place);
    }
    list.after_is_bad();
    Begin::First
}

/// `GET /a/{account_id}/members`, and the same as a file.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let connections = caller.read(app::connections::list)?;
    let mut list = ListQuery::of(&req, &SPEC);
    let query = asked(&mut list, &connections);
    if let Some(form) = Export::of(&req) {
        return send(caller, form, query).await;
    }
    let begin = begin(&mut list);
    // A page in the order of an index is short; what is searched for may be anywhere.
    let page = if list.is_filtered() {
        caller
            .read_long(move |tx| shown::list(tx, &query, &begin, PAGE_ROWS))
            .await?
    } else {
        caller.read(|tx| shown::list(tx, &query, &begin, PAGE_ROWS))?
    };
    let counts = caller.read(shown::counts)?;
    let chrome = chrome(&caller, &req, t("nav.members"));
    let writes = caller.allows(Permission::DirectoryWrite);
    let next = page.next.as_ref();
    let next = next.map(|last| list.next(&place::write(last)));
    let add = Button::primary("user-plus", t("members.add"), chrome.path("/members/new"));
    let add = writes.then_some(add);
    let rows: Vec<MemberRow> = page.items.iter().map(|one| row(one, &chrome)).collect();
    let here = u64::try_from(rows.len()).unwrap_or(0);
    let text = match total(&list, &counts) {
        Some(total) => tf(
            "members.page",
            &[&number(here), &tn("members.total", total)],
        ),
        None if page.partly => tf(
            "members.partly",
            &[&tn("members.total", here), &number(count(LOOKED))],
        ),
        None => tn("members.total", here),
    };
    let template = List {
        notice: list.notice(),
        exports: list.exports(),
        facets: facets(&list, &counts),
        filters: fields(&list, &connections),
        active: active(&list, &connections),
        columns: columns(&list),
        bulk: if writes {
            chrome.path("/members/bulk")
        } else {
            String::new()
        },
        summary: text.clone(),
        empty: rows.is_empty().then(|| match next.as_ref() {
            Some(next) => look_further(next, LOOKED),
            None => empty(&list, add.as_ref(), &chrome),
        }),
        pager: Pager {
            text,
            first: list.first(),
            next,
        },
        rows,
        add,
        chrome,
    };
    html(&req, &template)
}

/// How many members the view has in all, where that is known without counting.
fn total(list: &ListQuery, counts: &StateCounts) -> Option<u64> {
    let of_all = list.q().is_empty() && list.get("source").is_empty();
    let total = match State::named(list.get("state")) {
        None => counts.all,
        Some(State::Active) => counts.active,
        Some(State::Pending) => counts.pending,
        Some(State::Inactive) => counts.inactive,
    };
    of_all.then(|| count(total))
}

fn row(one: &ListedMember, chrome: &Chrome) -> MemberRow {
    let base = chrome.path("");
    let id = one.member.membership_id();
    let groups = u64::try_from(one.member.beside.groups.len()).unwrap_or(0);
    MemberRow {
        id: id.to_string(),
        href: format!("{base}/members/{id}"),
        name: one.name.clone(),
        email: one.email.clone(),
        source: source(one.managed_by.as_ref(), &base),
        state: state(one.member.state),
        groups: number(groups),
        roles: number(roles(&one.member)),
        changed: chrome.times.ago(one.member.modified_ms),
    }
}

/// How many roles are effective, each once.
fn roles(member: &Member) -> u64 {
    let mut names = member.role_names();
    names.dedup();
    u64::try_from(names.len()).unwrap_or(0)
}

fn columns(list: &ListQuery) -> Vec<Column> {
    vec![
        Column::new(t("members.name")).sort(list.sort_by("name")),
        Column::new(t("row.source")),
        Column::new(t("row.state")),
        Column::new(t("row.groups")).number(),
        Column::new(t("row.roles")).number(),
        Column::new(t("row.changed")).sort(list.sort_by("changed")),
    ]
}

/// How many there are in each state, each leading to them.
fn facets(list: &ListQuery, counts: &StateCounts) -> Vec<Tab> {
    let facet = |(value, key, number_of): (&str, &str, i64)| Tab {
        text: t(key).to_owned(),
        href: list.with("state", value),
        count: number(count(number_of)),
        current: list.get("state") == value,
    };
    [
        ("", "members.everybody", counts.all),
        ("active", "members.active", counts.active),
        ("pending", "members.pending", counts.pending),
        ("inactive", "members.inactive", counts.inactive),
    ]
    .into_iter()
    .map(facet)
    .collect()
}

fn fields(list: &ListQuery, connections: &[Connection]) -> Filters {
    let chosen = list.get("source");
    let mut sources = vec![
        Choice::new("", t("members.any_source")),
        Choice::new(LOCAL, t("members.made_by_hand")).chosen(chosen == LOCAL),
    ];
    sources.extend(connections.iter().map(|one| {
        let id = one.id.to_string();
        Choice::new(&id, &one.name).chosen(chosen == id)
    }));
    let state = list.get("state");
    let choice = |value: &str, key| Choice::new(value, t(key)).chosen(state == value);
    let states = vec![
        choice("", "members.any_state"),
        choice("active", "members.active"),
        choice("pending", "members.pending"),
        choice("inactive", "members.inactive"),
    ];
    Filters {
        action: list.path().to_owned(),
        label: t("members.filter").to_owned(),
        fields: vec![
            Field::line("search", "q", t("members.search"))
                .id("f-q")
                .value(list.q())
                .autocomplete("off"),
            Field::select("state", t("row.state"), states),
            Field::select("source", t("row.source"), sources),
        ],
        hidden: list.hidden(),
    }
}

/// What narrows the list; `None` when nothing does.
fn active(list: &ListQuery, connections: &[Connection]) -> Option<ActiveFilters> {
    let mut chips = Vec::new();
    let mut add = |name: &str, text: String| {
        chips.push(FilterChip {
            text,
            without: list.with(name, ""),
        });
    };
    if !list.q().is_empty() {
        add("q", tf("list.searched", &[&list.q()]));
    }
    if let Some(known) = State::named(list.get("state")) {
        add("state", state(known).text);
    }
    let source = list.get("source");
    if !source.is_empty() {
        let found = connections.iter().find(|one| one.id.to_string() == source);
        let told = found.map_or_else(
            || t("members.made_by_hand").to_owned(),
            |one| tf("members.from", &[&one.name]),
        );
        add("source", told);
    }
    list.is_filtered().then(|| ActiveFilters {
        total: t("members.filtered").to_owned(),
        chips,
        aside: String::new(),
        aside_link: None,
    })
}

/// Nobody was found among as many as one look goes through.
pub fn look_further(next: &str, looked: i64) -> Empty {
    Empty {
        icon: "search",
        title: t("members.none_yet").to_owned(),
        why: tf("members.none_yet_why", &[&number(count(looked))]),
        action: Some(Button::new("search", t("history.further"), next)),
    }
}

fn empty(list: &ListQuery, add: Option<&Button>, chrome: &Chrome) -> Empty {
    if list.is_filtered() {
        return Empty {
            icon: "search",
            title: t("members.none_found").to_owned(),
            why: t("members.none_found_why").to_owned(),
            action: Some(Button::new("x", t("members.show_all"), list.all())),
        };
    }
    let connect = Button::new(
        "plug",
        t("overview.connect"),
        chrome.path("/connections/new"),
    );
    Empty {
        icon: "users",
        title: t("members.none").to_owned(),
        why: t("members.none_why").to_owned(),
        action: add.map(|_| connect),
    }
}

async fn send(caller: AccountCaller, form: Export, query: MemberQuery) -> Answer {
    let mut next = Some(Begin::First);
    let rows = move |tx: &ReadTx<'_>| {
        let Some(begin) = next.take() else {
            return Ok(None);
        };
        let rows = if begin == Begin::First {
            EXPORT_ROWS_FIRST
        } else {
            EXPORT_ROWS
        };
        let page = shown::list(tx, &query, &begin, rows)?;
        let last = page.next;
        next = last.map(Begin::After);
        Ok(Some(page.items.iter().map(exported).collect()))
    };
    Ok(export::send(caller, form, "members", &COLUMNS, rows).await?)
}

fn exported(one: &ListedMember) -> export::Row {
    let source = one.managed_by.as_ref().map_or(LOCAL, |by| by.name.as_str());
    let member = &one.member;
    let groups: Vec<&str> = member
        .beside
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    let mut roles = member.role_names();
    roles.dedup();
    vec![
        json!(member.membership_id()),
        json!(member.id),
        json!(member.user_name),
        json!(one.name),
        json!(one.email),
        json!(member.state.name()),
        json!(source),
        json!(groups),
        json!(roles),
        json!(print_ms(member.created_ms)),
        json!(print_ms(member.modified_ms)),
    ]
}
