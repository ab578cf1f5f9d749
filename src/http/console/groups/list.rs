//! The list of user groups.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::json;

use super::{chrome, count, source};
use crate::app;
use crate::app::groups::shown::{self, GroupQuery, GroupSource, ListedGroup};
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::id::PermissionGroupId;
use crate::domain::instant::print_ms;
use crate::domain::listing::{Begin, GroupSort, Position};
use crate::domain::role::RoleRef;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::export;
use crate::http::console::format::number;
use crate::http::console::list::{Export, ListQuery, ListSpec};
use crate::http::console::view::{
    ActiveFilters, Badge, Button, Choice, Column, Empty, Field, FilterChip, Filters, GroupRow,
    Input, Link, Notice, Pager, Sorted, Tone,
};
use crate::http::console::words::{t, tf, tn, tnf};
use crate::http::console::{Answer, filters, html, place};

const SPEC: ListSpec = ListSpec {
    filters: &["source", "grants"],
    sorts: &["name", "members", "changed"],
    sort: "name",
    // A role that is to be given to one of them.
    extras: &["role"],
};
/// Rows of a page.
const PAGE_ROWS: i64 = 50;
/// Rows of a piece of an export.
const EXPORT_ROWS: i64 = 500;
const COLUMNS: [&str; 8] = [
    "id",
    "name",
    "source",
    "external_id",
    "members",
    "policies",
    "created_on",
    "modified_on",
];
/// The value of `source` for groups made by hand, and of `grants` for those without a policy.
const LOCAL: &str = "local";
const NOTHING: &str = "nothing";

#[derive(Template)]
#[template(path = "pages/groups/list.html")]
struct List {
    chrome: Chrome,
    notice: Option<Notice>,
    exports: Vec<Link>,
    create: Option<Button>,
    filters: Filters,
    active: Option<ActiveFilters>,
    columns: Vec<Column>,
    rows: Vec<GroupRow>,
    /// Where ticked rows are sent to; nothing where nobody may delete any.
    delete: String,
    pager: Pager,
    summary: String,
    empty: Option<Empty>,
}

/// What the address asks for.
fn asked(list: &mut ListQuery, connections: &[Connection]) -> GroupQuery {
    let source = list.pick("source", |value| {
        let by_id = |one: &&Connection| one.id.to_string() == value;
        match value {
            LOCAL => Some(GroupSource::Local),
            _ => connections
                .iter()
                .find(by_id)
                .map(|one| GroupSource::Connection(one.id)),
        }
    });
    let grants = list.pick("grants", |value| (value == NOTHING).then_some(()));
    let (sort, descending) = match list.sort() {
        ("members", descending) => (GroupSort::MemberCount, descending),
        ("changed", descending) => (GroupSort::ModifiedAt, descending),
        (_, descending) => (GroupSort::Name, descending),
    };
    let part = Some(list.q().to_owned()).filter(|part| !part.is_empty());
    GroupQuery {
        part,
        source,
        grants_nothing: grants.is_some(),
        sort,
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

/// `GET /a/{account_id}/groups`.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let connections = caller.read(app::connections::list)?;
    let mut list = ListQuery::of(&req, &SPEC);
    let query = asked(&mut list, &connections);
    if let Some(form) = Export::of(&req) {
        return send(caller, form, query).await;
    }
    let begin = begin(&mut list);
    let grants = list.pick("role", |value| value.parse::<PermissionGroupId>().ok());
    let page = caller
        .read_long(move |tx| shown::list(tx, &query, begin, PAGE_ROWS))
        .await?;
    let chrome = chrome(&caller, &req, t("nav.groups"));
    let writes = caller.allows(Permission::DirectoryWrite);
    let shown = u64::try_from(page.items.len()).unwrap_or(0);
    let total = count(page.total);
    let next = page.positions.last().filter(|_| page.more);
    let next = next.map(|last| list.next(&place::write(last)));
    let create =
        writes.then(|| Button::primary("plus", t("groups.create"), chrome.path("/groups/new")));
    let rows = page.items.iter().map(|one| row(one, grants, &chrome));
    let rows: Vec<GroupRow> = rows.collect();
    let template = List {
        notice: list.notice().or_else(|| granting(&caller, grants?)),
        exports: list.exports(),
        filters: fields(&list, &connections),
        active: active(&list, &connections, total),
        columns: columns(&list),
        // Boxes stand there when one of them can be ticked; whoever chooses a group that gets a
        // role has nothing to tick.
        delete: if writes && grants.is_none() && rows.iter().any(|row| row.locked.is_empty()) {
            chrome.path("/groups/delete")
        } else {
            String::new()
        },
        pager: Pager {
            text: tnf("groups.page", total, &[&number(shown), &number(total)]),
            first: list.first(),
            next,
        },
        summary: tn("groups.total", total),
        empty: rows.is_empty().then(|| empty(&list, create.clone())),
        rows,
        create,
        chrome,
    };
    html(&req, &template)
}

/// Says what one of the groups is looked for for.
fn granting(caller: &AccountCaller, role: PermissionGroupId) -> Option<Notice> {
    let which = RoleRef::PermissionGroup(role);
    let role = caller.read(|tx| app::roles::get(tx, &which)).ok()?;
    let title = tf("groups.choose_for", &[&role.name]);
    let notice = Notice::new(Tone::Accent, title, t("groups.choose_for_text"));
    Some(notice.icon("shield-check"))
}

fn row(one: &ListedGroup, grants: Option<PermissionGroupId>, chrome: &Chrome) -> GroupRow {
    let base = chrome.path("");
    let at = format!("{base}/groups/{}", one.group.id);
    let nothing = || Badge::new(Tone::Warn, "triangle-alert", t("groups.grants_nothing"));
    GroupRow {
        id: one.group.id.to_string(),
        href: match grants {
            Some(role) => format!("{at}?role={role}#add"),
            None => at,
        },
        name: one.group.name.clone(),
        source: source(one.managed_by.as_ref(), &base),
        members: number(count(one.group.member_count)),
        policies: number(count(one.policies)),
        note: (one.policies == 0).then(nothing),
        changed: chrome.times.ago(one.group.modified_ms),
        locked: match &one.managed_by {
            Some(connection) => tf("groups.not_ticked", &[&connection.name]),
            None => String::new(),
        },
    }
}

fn columns(list: &ListQuery) -> Vec<Column> {
    vec![
        Column::new(t("groups.name")).sort(list.sort_by("name")),
        Column::new(t("row.source")),
        Column::new(t("row.members"))
            .number()
            .sort(list.sort_by("members")),
        Column::new(t("row.policies")).number(),
        Column::new(t("row.changed")).sort(list.sort_by("changed")),
    ]
}

fn fields(list: &ListQuery, connections: &[Connection]) -> Filters {
    let mut hidden = list.hidden();
    hidden.push(("role".to_owned(), list.get("role").to_owned()));
    hidden.retain(|(_, value)| !value.is_empty());
    let chosen = list.get("source");
    let mut sources = vec![
        Choice::new("", t("groups.any_source")),
        Choice::new(LOCAL, t("groups.local")).chosen(chosen == LOCAL),
    ];
    sources.extend(connections.iter().filter(|one| !one.built_in).map(|one| {
        let id = one.id.to_string();
        Choice::new(&id, &one.name).chosen(chosen == id)
    }));
    let grants = vec![
        Choice::new("", t("groups.any_grants")),
        Choice::new(NOTHING, t("groups.grants_nothing")).chosen(list.get("grants") == NOTHING),
    ];
    Filters {
        action: list.path().to_owned(),
        label: t("groups.filter").to_owned(),
        fields: vec![
            Field::line("search", "q", t("groups.search"))
                .id("f-q")
                .value(list.q())
                .autocomplete("off"),
            Field::select("source", t("row.source"), sources),
            Field::select("grants", t("groups.grants"), grants),
        ],
        hidden,
    }
}

/// What narrows the list; `None` when nothing does.
fn active(list: &ListQuery, connections: &[Connection], total: u64) -> Option<ActiveFilters> {
    let source = |value: &str| {
        let by_id = |one: &&Connection| one.id.to_string() == value;
        let found = connections.iter().find(by_id);
        found.map_or_else(|| t("groups.local").to_owned(), |one| one.name.clone())
    };
    let mut chips = Vec::new();
    let mut add = |name: &str, text: String| {
        chips.push(FilterChip {
            text,
            without: list.with(name, ""),
        });
    };
    if !list.q().is_empty() {
        add("q", tf("list.named", &[&list.q()]));
    }
    if !list.get("source").is_empty() {
        add("source", tf("groups.from", &[&source(list.get("source"))]));
    }
    if !list.get("grants").is_empty() {
        add("grants", t("groups.grants_nothing").to_owned());
    }
    list.is_filtered().then(|| ActiveFilters {
        total: tn("groups.total", total),
        chips,
        aside: String::new(),
        aside_link: None,
    })
}

fn empty(list: &ListQuery, create: Option<Button>) -> Empty {
    if list.is_filtered() {
        return Empty {
            icon: "search",
            title: t("groups.none_found").to_owned(),
            why: t("groups.none_found_why").to_owned(),
            action: Some(Button::new("x", t("groups.show_all"), list.all())),
        };
    }
    Empty {
        icon: "users-round",
        title: t("groups.none").to_owned(),
        why: t("groups.none_why").to_owned(),
        action: create,
    }
}

async fn send(caller: AccountCaller, form: Export, query: GroupQuery) -> Answer {
    let mut next = Some(Begin::First);
    let rows = move |tx: &crate::store::tx::ReadTx<'_>| {
        let Some(begin) = next.take() else {
            return Ok(None);
        };
        let page = shown::list(tx, &query, begin, EXPORT_ROWS)?;
        let last: Option<Position> = page.positions.last().filter(|_| page.more).cloned();
        next = last.map(Begin::After);
        let row = |one: ListedGroup| {
            let source = one
                .managed_by
                .map_or_else(|| LOCAL.to_owned(), |by| by.name);
            vec![
                json!(one.group.id),
                json!(one.group.name),
                json!(source),
                json!(one.group.external_id),
                json!(one.group.member_count),
                json!(one.policies),
                json!(print_ms(one.group.created_ms)),
                json!(print_ms(one.group.modified_ms)),
            ]
        };
        Ok(Some(page.items.into_iter().map(row).collect()))
    };
    Ok(export::send(caller, form, "groups", &COLUMNS, rows).await?)
}
