//! API tokens: the account's, its connections' and its members'; one by itself, another secret,
//! the end.

pub mod barred;
pub mod new;
pub mod overlap;
mod rows;
pub mod secret;
pub mod show;
pub mod switch;

use actix_web::HttpRequest;
use askama::Template;
use ipnet::IpNet;
use serde_json::json;

use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::connections::counted;
use super::export;
use super::format::Times;
use super::list::{Export, ListQuery, ListSpec};
use super::view::{
    ActiveFilters, Badge, Button, Choice, Column, Empty, Field, FilterChip, Filters, Input, Link,
    Notice, Pager, Sorted, TokenRow, Tone,
};
use super::words::{t, tf, tn};
use super::{Answer, filters, flash, html};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::error::{Error, Result};
use crate::domain::id::{PermissionGroupId, TokenId};
use crate::domain::instant::print_ms;
use crate::domain::token::browse::{TokenBrowse, TokenSort};
use crate::domain::token::{Token, TokenOwner, TokenState};

const SPEC: ListSpec = ListSpec {
    filters: &["owner", "status"],
    sorts: &["name", "used", "expires"],
    sort: "name",
    extras: &[],
};
const COLUMNS: [&str; 9] = [
    "id",
    "name",
    "owner",
    "connection",
    "status",
    "permissions",
    "created_on",
    "last_used_on",
    "expires_on",
];
const PAGE_ROWS: i64 = 50;
const EXPORT_ROWS: i64 = 200;
/// A token that ends within so many days is told in amber.
const SOON_MS: i64 = 14 * 86_400_000;
/// Values of `owner` and of `status`, and what they are called.
const OWNERS: [(&str, &str); 4] = [
    ("", "tokens.any_owner"),
    ("account", "tokens.of_account"),
    ("connection", "tokens.of_connections"),
    ("member", "tokens.of_members"),
];
const STATES: [(&str, &str); 5] = [
    ("", "tokens.any_state"),
    ("active", "tokens.active"),
    ("not_yet_valid", "tokens.early"),
    ("expired", "tokens.is_expired"),
    ("disabled", "tokens.disabled"),
];

#[derive(Template)]
#[template(path = "pages/tokens/list.html")]
struct List {
    chrome: Chrome,
    notice: Option<Notice>,
    exports: Vec<Link>,
    create: Option<Button>,
    filters: Filters,
    active: Option<ActiveFilters>,
    columns: Vec<Column>,
    rows: Vec<TokenRow>,
    pager: Pager,
    empty: Empty,
}

fn chrome(caller: &AccountCaller, req: &HttpRequest, title: &str) -> Chrome {
    caller
        .chrome()
        .page(Nav::Tokens, title)
        .flash(flash::told(req))
}

fn below_list(chrome: Chrome) -> Chrome {
    let list = chrome.path("/tokens");
    chrome.crumb(t("nav.tokens"), list)
}

/// What the address asks for.
fn asked(list: &mut ListQuery, limit: i64) -> TokenBrowse {
    let owner = list.pick("owner", TokenOwner::parse);
    let state = list.pick("status", TokenState::parse);
    let after = list.after().parse().ok();
    if after.is_none() && !list.after().is_empty() {
        list.after_is_bad();
    }
    let (sort, descending) = list.sort();
    TokenBrowse {
        text: list.q().to_owned(),
        owner,
        state,
        sort: TokenSort::parse(sort).unwrap_or(TokenSort::Name),
        descending,
        after,
        limit,
    }
}

/// `GET /a/{account_id}/tokens`.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensRead)?;
    let mut list = ListQuery::of(&req, &SPEC);
    if let Some(form) = Export::of(&req) {
        let asked = asked(&mut list, EXPORT_ROWS);
        return send(caller, form, asked).await;
    }
    // Whether somebody tries one in vain is to be seen now.
    counted(&caller).await;
    let asked = asked(&mut list, PAGE_ROWS);
    let (found, more) = caller.read(|tx| app::tokens::browse(tx, &asked))?;
    let now_ms = caller.now_ms();
    let chrome = chrome(&caller, &req, t("nav.tokens"));
    let create = caller
        .allows(Permission::TokensWrite)
        .then(|| Button::primary("plus", t("tokens.create"), chrome.path("/tokens/new")));
    let last = found.last().filter(|_| more);
    let page = List {
        notice: list.notice(),
        exports: list.exports(),
        filters: fields(&list),
        active: active(&list),
        columns: vec![
            Column::new(t("tokens.name")).sort(list.sort_by("name")),
            Column::new(t("row.permissions")),
            Column::new(t("row.used")).sort(list.sort_by("used")),
            Column::new(t("row.expires")).sort(list.sort_by("expires")),
        ],
        rows: found.iter().map(|one| row(one, now_ms, &chrome)).collect(),
        pager: Pager {
            text: tn("tokens.shown", u64::try_from(found.len()).unwrap_or(0)),
            first: list.first(),
            next: last.map(|token| list.next(&token.id.to_string())),
        },
        empty: empty(&list, create.clone()),
        create,
        chrome,
    };
    html(&req, &page)
}

fn empty(list: &ListQuery, create: Option<Button>) -> Empty {
    let (title, why, action) = if list.is_filtered() {
        let all = Button::new("x", t("tokens.show_all"), list.all());
        ("tokens.no_match", "tokens.no_match_why", Some(all))
    } else {
        ("tokens.none", "tokens.none_why", create)
    };
    Empty {
        icon: "key-round",
        title: t(title).to_owned(),
        why: t(why).to_owned(),
        action,
    }
}

async fn send(caller: AccountCaller, form: Export, mut asked: TokenBrowse) -> Answer {
    let now_ms = caller.now_ms();
    asked.after = None;
    let mut ended = false;
    let next = move |tx: &crate::store::tx::ReadTx<'_>| {
        if ended {
            return Ok(None);
        }
        let (found, more) = app::tokens::browse(tx, &asked)?;
        ended = !more;
        asked.after = found.last().map(|token| token.id);
        Ok(Some(found.iter().map(|one| cells(one, now_ms)).collect()))
    };
    Ok(export::send(caller, form, "tokens", &COLUMNS, next).await?)
}

fn cells(token: &Token, now_ms: i64) -> export::Row {
    vec![
        json!(token.id),
        json!(token.name),
        json!(token.owner.name()),
        json!(token.connection),
        json!(token.state(now_ms).name()),
        json!(names(&token.permission_groups).join("; ")),
        json!(print_ms(token.created_ms)),
        json!(token.last_used_ms.map(print_ms)),
        json!(token.validity.expires_ms.map(print_ms)),
    ]
}

fn row(token: &Token, now_ms: i64, chrome: &Chrome) -> TokenRow {
    TokenRow {
        href: chrome.path(&format!("/tokens/{}", token.id)),
        name: token.name.clone(),
        owner: owner(token),
        permissions: in_short(&token.permission_groups),
        used: token.last_used_ms.map(|ms| chrome.times.ago(ms)),
        expires: expires(token, now_ms, chrome),
        early: (token.state(now_ms) == TokenState::NotYetValid)
            .then(|| Badge::new(Tone::Warn, "clock", t("tokens.early"))),
        begins: begins(token, &chrome.times)
            .map(|from| tf("tokens.works_from", &[&from]))
            .unwrap_or_default(),
        old: overlap::until(token, &chrome.times).unwrap_or_default(),
        refused: barred::in_short(token, &chrome.times),
    }
}

fn owner(token: &Token) -> String {
    match (&token.connection, token.owner) {
        (Some(connection), _) => tf("tokens.of_connection", &[connection]),
        (None, TokenOwner::Member) => t("tokens.of_member").to_owned(),
        (None, TokenOwner::Account | TokenOwner::Connection) => t("tokens.of_account").to_owned(),
    }
}

/// The same as a sentence.
fn owned(token: &Token) -> String {
    match (&token.connection, token.owner) {
        (Some(connection), _) => tf("tokens.is_of_connection", &[connection]),
        (None, TokenOwner::Member) => t("tokens.is_of_member").to_owned(),
        (None, TokenOwner::Account | TokenOwner::Connection) => {
            t("tokens.is_of_account").to_owned()
        }
    }
}

/// From when on a token works that does not yet, and that nobody has switched off.
pub fn begins(token: &Token, times: &Times) -> Option<String> {
    let now_ms = times.now_ms();
    let early = token.state(now_ms) == TokenState::NotYetValid;
    let begins_ms = token.begins_ms(now_ms).filter(|_| early)?;
    Some(times.at(begins_ms).text)
}

fn expires(token: &Token, now_ms: i64, chrome: &Chrome) -> Badge {
    let end = token.validity.expires_ms;
    let day = end.map(|ms| chrome.times.day(ms).text).unwrap_or_default();
    match token.state(now_ms) {
        TokenState::Disabled => Badge::new(Tone::Bad, "ban", t("tokens.disabled")),
        TokenState::Expired => Badge::new(Tone::Bad, "clock", tf("tokens.expired", &[&day])),
        TokenState::Active | TokenState::NotYetValid => match end {
            None => Badge::new(Tone::Plain, "", t("tokens.never")),
            Some(ms) if ms - now_ms < SOON_MS => Badge::new(Tone::Warn, "clock", day),
            Some(_) => Badge::new(Tone::Plain, "", day),
        },
    }
}

/// Whether it may do whatever this server asks a token for.
fn holds_all(groups: &[PermissionGroupId]) -> bool {
    let all = catalogue::template_groups(crate::domain::token::TokenTemplate::Admin);
    all.iter().all(|group| groups.contains(group))
}

/// The names of permission groups, as the dashboard has them.
fn names(groups: &[PermissionGroupId]) -> Vec<String> {
    let name = |id: &PermissionGroupId| {
        let known = catalogue::token_permission_group(*id);
        known.map_or_else(|| id.to_string(), |known| known.dashboard_name.clone())
    };
    groups.iter().map(name).collect()
}

/// The first two, and how many more.
fn in_short(groups: &[PermissionGroupId]) -> String {
    if holds_all(groups) {
        return t("tokens.everything").to_owned();
    }
    match names(groups).as_slice() {
        [first, second, rest @ ..] if rest.len() > 1 => {
            let rest = u64::try_from(rest.len()).unwrap_or(0);
            tf(
                "tokens.and_more",
                &[first, second, &tn("tokens.more", rest)],
            )
        }
        names => super::format::list(names),
    }
}

fn networks(nets: &[IpNet]) -> String {
    let nets: Vec<String> = nets.iter().map(ToString::to_string).collect();
    super::format::list(&nets)
}

fn fields(list: &ListQuery) -> Filters {
    let choices = |name: &str, all: &[(&str, &str)]| -> Vec<Choice> {
        let chosen = list.get(name);
        let choice =
            |(value, key): &(&str, &str)| Choice::new(*value, t(key)).chosen(chosen == *value);
        all.iter().map(choice).collect()
    };
    Filters {
        action: list.path().to_owned(),
        label: t("tokens.filter").to_owned(),
        fields: vec![
            Field::line("search", "q", t("tokens.search"))
                .value(list.q())
                .placeholder(t("tokens.search_hint"))
                .autocomplete("off"),
            Field::select("owner", t("tokens.owner"), choices("owner", &OWNERS)),
            Field::select("status", t("tokens.state"), choices("status", &STATES)),
        ],
        hidden: list.hidden(),
    }
}

fn active(list: &ListQuery) -> Option<ActiveFilters> {
    let word = |name: &str| {
        let value = list.get(name);
        let known: &[(&str, &str)] = if name == "owner" { &OWNERS } else { &STATES };
        let found = known.iter().find(|(known, _)| *known == value);
        found.map_or_else(|| value.to_owned(), |(_, key)| t(key).to_owned())
    };
    let named = [
        ("q", "tokens.search"),
        ("owner", "tokens.owner"),
        ("status", "tokens.state"),
    ];
    let set = named.iter().filter(|(name, _)| !list.get(name).is_empty());
    let chips: Vec<FilterChip> = set
        .map(|(name, label)| FilterChip {
            text: tf("tokens.chip", &[&t(label), &word(name)]),
            without: list.with(name, ""),
        })
        .collect();
    (!chips.is_empty()).then(|| ActiveFilters {
        total: t("tokens.filtered").to_owned(),
        chips,
        aside: String::new(),
        aside_link: None,
    })
}

/// The token of the path.
///
/// Errors: `Forbidden`, `NotFound`.
fn find(caller: &AccountCaller, req: &HttpRequest) -> Result<Token> {
    let named = req.match_info().get("token_id").unwrap_or_default();
    let id: TokenId = named
        .parse()
        .map_err(|_| Error::not_found("token", named))?;
    // By its id alone: a token may be called like another one's id.
    caller.read(|tx| app::tokens::find(tx, &id.to_string()))
}
