//! The list of roles: the catalogue's, and the account's own.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::json;

use super::{address, badges, chrome, is_powerful};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::role::{Counted, Role, RoleReach, RoleScope};
use crate::domain::text::fold;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::number;
use crate::http::console::list::{Export, ListQuery, ListSpec};
use crate::http::console::view::{
    ActiveFilters, Badge, Button, Choice, Column, Empty, Field, FilterChip, Filters, Input, Link,
    Notice, Pager, Sorted,
};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, export, filters, html};

const SPEC: ListSpec = ListSpec {
    filters: &["kind", "scope", "hidden"],
    sorts: &["name"],
    sort: "",
    extras: &[],
};
const PAGE_ROWS: usize = 50;
const COLUMNS: [&str; 9] = [
    "permission_group_id",
    "id",
    "name",
    "kind",
    "scope",
    "category",
    "description",
    "hidden",
    "permissions",
];
const BUILT_IN: &str = "built-in";
const OWN: &str = "own";
/// The values of `hidden`.
const WITH: &str = "with";
const ONLY: &str = "only";

#[derive(Template)]
#[template(path = "pages/roles/list.html")]
struct List {
    chrome: Chrome,
    notice: Option<Notice>,
    exports: Vec<Link>,
    create: Option<Button>,
    filters: Filters,
    active: Option<ActiveFilters>,
    columns: Vec<Column>,
    rows: Vec<RoleRow>,
    pager: Pager,
    empty: Option<Empty>,
}

struct RoleRow {
    href: String,
    name: String,
    badges: Vec<Badge>,
    description: String,
    scope: &'static str,
    groups: String,
    people: String,
}

struct Asked {
    part: String,
    kind: Option<bool>,
    scope: Option<RoleScope>,
    hidden: Option<bool>,
    by_name: Option<bool>,
}

fn asked(list: &mut ListQuery) -> Asked {
    let kind = list.pick("kind", |value| match value {
        BUILT_IN => Some(true),
        OWN => Some(false),
        _ => None,
    });
    let scopes = [RoleScope::Account, RoleScope::Domain, RoleScope::Resource];
    let scope = list.pick("scope", |value| {
        scopes.into_iter().find(|scope| scope.name() == value)
    });
    let hidden = list.pick("hidden", |value| match value {
        WITH => Some(false),
        ONLY => Some(true),
        _ => None,
    });
    Asked {
        part: fold(list.q()),
        kind,
        scope,
        hidden,
        by_name: match list.sort() {
            ("name", descending) => Some(descending),
            _ => None,
        },
    }
}

impl Asked {
    /// Whether it answers to all but what is asked of hidden ones.
    fn answers(&self, role: &Role) -> bool {
        let has = |text: &str| fold(text).contains(&self.part);
        let named = self.part.is_empty()
            || has(&role.name)
            || has(&role.description)
            || role.aliases.iter().any(|alias| has(alias));
        named
            && self.kind.is_none_or(|built_in| role.built_in == built_in)
            && self.scope.is_none_or(|scope| role.scope == scope)
    }

    fn picks(&self, role: &Role) -> bool {
        let shown = match self.hidden {
            None => !role.hidden,
            Some(false) => true,
            Some(true) => role.hidden,
        };
        shown && self.answers(role)
    }

    /// The account's own first, then the powerful ones, then the others, each by name; or all by
    /// name.
    fn apply(&self, mut roles: Vec<Role>) -> Vec<Role> {
        roles.retain(|role| self.picks(role));
        roles.sort_by_cached_key(|role| fold(&role.name));
        match self.by_name {
            None => roles.sort_by_key(|role| (role.built_in, !is_powerful(role))),
            Some(true) => roles.reverse(),
            Some(false) => {}
        }
        roles
    }
}

/// `GET /a/{account_id}/roles`.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let mut list = ListQuery::of(&req, &SPEC);
    let asked = asked(&mut list);
    let roles = caller.read(|tx| app::roles::list(tx, true))?;
    let hidden = |role: &&Role| role.hidden && asked.answers(role);
    let hidden = roles.iter().filter(hidden).count();
    let roles = asked.apply(roles);
    if let Some(form) = Export::of(&req) {
        return send(caller, form, roles).await;
    }
    let begin = match list.after() {
        "" => 0,
        after => after.parse::<usize>().unwrap_or_else(|_| {
            list.after_is_bad();
            0
        }),
    };
    let total = roles.len();
    let some: Vec<Role> = roles.into_iter().skip(begin).take(PAGE_ROWS).collect();
    let reach = caller.read(|tx| app::roles::reach(tx, &some))?;
    let chrome = chrome(&caller, &req, t("nav.roles"));
    let create = caller
        .allows(Permission::RolesWrite)
        .then(|| Button::primary("plus", t("roles.create"), chrome.path("/roles/new")));
    let end = begin.saturating_add(some.len());
    let rows = some.iter().zip(&reach);
    let page = List {
        notice: list.notice(),
        exports: list.exports(),
        filters: fields(&list),
        active: active(&list, as_count(total)),
        columns: vec![
            Column::new(t("roles.name")).sort(list.sort_by("name")),
            Column::new(t("roles.scope")),
            Column::new(t("roles.groups")).number(),
            Column::new(t("roles.people")).number(),
        ],
        rows: rows
            .map(|(role, reach)| row(role, *reach, &chrome))
            .collect(),
        pager: Pager {
            text: page_text(&list, (some.len(), total, hidden)),
            first: list.first(),
            next: (end < total).then(|| list.next(&end.to_string())),
        },
        empty: some.is_empty().then(|| Empty {
            icon: "search",
            title: t("roles.none_found").to_owned(),
            why: t("roles.none_found_why").to_owned(),
            action: Some(Button::new("x", t("roles.show_all"), list.all())),
        }),
        create,
        chrome,
    };
    html(&req, &page)
}

/// How many of how many, and in which order where none was asked for.
fn page_text(list: &ListQuery, (shown, total, hidden): (usize, usize, usize)) -> String {
    let [shown, total, hidden] = [shown, total, hidden].map(|count| number(as_count(count)));
    let text = match hidden.as_str() {
        "0" => tf("roles.page", &[&shown, &total]),
        _ => tf("roles.page_hidden", &[&shown, &total, &hidden]),
    };
    match list.sort() {
        ("", _) => tf("roles.ordered", &[&text]),
        _ => text,
    }
}

fn as_count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn reached(counted: Counted) -> String {
    let shown = |count| number(as_count(count));
    match counted {
        Counted::All(count) => shown(count),
        Counted::AtLeast(0) => t("roles.not_counted").to_owned(),
        Counted::MoreThan(count) | Counted::AtLeast(count) => {
            tf("roles.at_least", &[&shown(count)])
        }
    }
}

fn row(role: &Role, reach: RoleReach, chrome: &Chrome) -> RoleRow {
    RoleRow {
        href: address(chrome, role),
        name: role.name.clone(),
        badges: badges(role),
        description: role.description.clone(),
        scope: short_scope(role.scope),
        groups: reached(reach.groups),
        people: reached(reach.people),
    }
}

/// What a role can be given on, in a word.
fn short_scope(scope: RoleScope) -> &'static str {
    match scope {
        RoleScope::Account => t("roles.account"),
        RoleScope::Domain => t("roles.on_domains"),
        RoleScope::Resource => t("roles.resources"),
    }
}

fn fields(list: &ListQuery) -> Filters {
    let choice = |name: &str, value: &str, word: &str| {
        Choice::new(value, t(word)).chosen(list.get(name) == value)
    };
    Filters {
        action: list.path().to_owned(),
        label: t("roles.filter").to_owned(),
        fields: vec![
            Field::line("search", "q", t("roles.search"))
                .id("f-q")
                .value(list.q())
                .autocomplete("off"),
            Field::select(
                "kind",
                t("roles.kind"),
                vec![
                    choice("kind", "", "roles.any_kind"),
                    choice("kind", BUILT_IN, "roles.built_in"),
                    choice("kind", OWN, "roles.own"),
                ],
            ),
            Field::select(
                "scope",
                t("roles.scope"),
                vec![
                    choice("scope", "", "roles.any_scope"),
                    choice("scope", RoleScope::Account.name(), "roles.on_account"),
                    choice("scope", RoleScope::Domain.name(), "roles.on_domains"),
                    choice("scope", RoleScope::Resource.name(), "roles.on_resources"),
                ],
            ),
            Field::select(
                "hidden",
                t("roles.hidden_ones"),
                vec![
                    choice("hidden", "", "roles.without_hidden"),
                    choice("hidden", WITH, "roles.with_hidden"),
                    choice("hidden", ONLY, "roles.only_hidden"),
                ],
            ),
        ],
        hidden: list.hidden(),
    }
}

fn active(list: &ListQuery, total: u64) -> Option<ActiveFilters> {
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
    let words = [
        ("kind", BUILT_IN, t("roles.built_in")),
        ("kind", OWN, t("roles.own")),
        ("scope", RoleScope::Account.name(), t("roles.on_account")),
        ("scope", RoleScope::Domain.name(), t("roles.on_domains")),
        ("scope", RoleScope::Resource.name(), t("roles.on_resources")),
        ("hidden", WITH, t("roles.with_hidden")),
        ("hidden", ONLY, t("roles.only_hidden")),
    ];
    for (name, value, text) in words {
        if list.get(name) == value {
            add(name, text.to_owned());
        }
    }
    list.is_filtered().then(|| ActiveFilters {
        total: tn("roles.total", total),
        chips,
        aside: String::new(),
        aside_link: None,
    })
}

async fn send(caller: AccountCaller, form: Export, roles: Vec<Role>) -> Answer {
    let mut roles = Some(roles);
    let rows = move |_: &crate::store::tx::ReadTx<'_>| {
        let row = |role: Role| {
            let permissions: Vec<String> =
                role.permissions.iter().map(ToString::to_string).collect();
            vec![
                json!(role.permission_group),
                json!(role.id),
                json!(role.name),
                json!(if role.built_in { BUILT_IN } else { OWN }),
                json!(role.scope.name()),
                json!(role.category),
                json!(role.description),
                json!(role.hidden),
                json!(permissions.join(" ")),
            ]
        };
        Ok(roles
            .take()
            .map(|roles| roles.into_iter().map(row).collect()))
    };
    Ok(export::send(caller, form, "roles", &COLUMNS, rows).await?)
}
