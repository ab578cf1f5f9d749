//! Search: everything of an account that answers to a text, whatever has exactly that id first.

mod pages;

use actix_web::HttpRequest;
use askama::Template;

use super::caller::{AccountCaller, Caller};
use super::chrome::{AccountSlot, Chrome};
use super::form::query;
use super::members::{source, state};
use super::url::with_query;
use super::view::{Badge, Empty, Link, Source};
use super::words::{t, tf, tn};
use super::{Answer, filters, html, see_other};
use crate::app;
use crate::app::search::quick::{EACH_MAX, Exact, Found, quick};
use crate::domain::actor::Permission;

/// Longest text that is searched for, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// Something that was found.
struct Hit {
    text: String,
    href: String,
    /// What else is to be known of it.
    sub: String,
    source: Option<Source>,
    badge: Option<Badge>,
}

impl Hit {
    fn new(text: impl Into<String>, href: impl Into<String>, sub: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
            sub: sub.into(),
            source: None,
            badge: None,
        }
    }
}

/// All of a kind.
struct Section {
    id: &'static str,
    icon: &'static str,
    title: &'static str,
    hits: Vec<Hit>,
    /// Where there are more.
    more: Option<Link>,
}

#[derive(Template)]
#[template(path = "pages/search.html")]
struct Search {
    chrome: Chrome,
    action: String,
    text: String,
    summary: String,
    sections: Vec<Section>,
    empty: Option<Empty>,
}

fn asked(req: &HttpRequest) -> String {
    query(req, "q")
        .trim()
        .chars()
        .take(TEXT_CHARS_MAX)
        .collect()
}

/// `GET /a/{account_id}/search?q=…`.
pub async fn in_account(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let text = asked(&req);
    let wanted = text.clone();
    let found = caller.read_long(move |tx| quick(tx, &wanted)).await?;
    let chrome = caller.chrome().titled(t("search.title"));
    let mut sections = Vec::new();
    if !text.is_empty() {
        sections.push(exact(&found, &chrome));
        sections.extend(sections_of(&found, &chrome, &text));
        sections.push(own_pages(&caller, &chrome, &text));
    }
    sections.retain(|section| !section.hits.is_empty());
    let hits: usize = sections.iter().map(|section| section.hits.len()).sum();
    let page = Search {
        action: chrome.path("/search"),
        summary: if sections.iter().any(|section| section.more.is_some()) {
            t("search.found_first").to_owned()
        } else {
            tn("search.found", u64::try_from(hits).unwrap_or(0))
        },
        empty: sections.is_empty().then(|| nothing(&text)),
        text,
        sections,
        chrome,
    };
    html(&req, &page)
}

fn nothing(text: &str) -> Empty {
    let (title, why) = match text {
        "" => (t("search.ask").to_owned(), t("search.ask_why")),
        _ => (tf("search.none", &[&text]), t("search.none_why")),
    };
    Empty {
        icon: "search",
        title,
        why: why.to_owned(),
        action: None,
    }
}

fn exact(found: &Found, chrome: &Chrome) -> Section {
    let hit = |one: &Exact| match one {
        Exact::Member(one) => Hit::new(
            &one.name,
            chrome.path(&format!("/members/{}", one.member.membership_id())),
            if one.name == one.member.user_name {
                t("search.member").to_owned()
            } else {
                tf("search.member_named", &[&one.member.user_name])
            },
        ),
        Exact::Group(id, name) => Hit::new(
            name,
            chrome.path(&format!("/groups/{id}")),
            t("search.group"),
        ),
        Exact::Connection(one) => Hit::new(
            &one.name,
            chrome.path(&format!("/connections/{}", one.id)),
            t("search.connection"),
        ),
        Exact::Token(one) => Hit::new(
            &one.name,
            chrome.path(&format!("/tokens/{}", one.id)),
            t("search.token"),
        ),
        Exact::Role(one) => Hit::new(
            &one.name,
            chrome.path(&format!("/roles/{}", one.permission_group)),
            t("search.role"),
        ),
        Exact::Request(row) => Hit::new(
            format!("{} {}", row.method, row.target_name),
            chrome.path(&format!("/log/{}", row.request)),
            t("search.request"),
        ),
    };
    Section {
        id: "s-exact",
        icon: "tag",
        title: t("search.exact"),
        hits: found.exact.iter().map(hit).collect(),
        more: None,
    }
}

/// The first few, and where the others are.
fn section<T>(
    (id, icon, title): (&'static str, &'static str, &'static str),
    found: &[T],
    hit: impl Fn(&T) -> Hit,
    more: String,
) -> Section {
    // The list of roles looks into descriptions too.
    let word = match id {
        "s-roles" => t("search.more_roles"),
        _ => t("search.more"),
    };
    Section {
        id,
        icon,
        title: t(title),
        hits: found.iter().take(EACH_MAX).map(hit).collect(),
        more: (found.len() > EACH_MAX).then(|| Link::new(word, more)),
    }
}

fn sections_of(found: &Found, chrome: &Chrome, text: &str) -> Vec<Section> {
    let base = chrome.path("");
    let list = |path: &str| with_query(&chrome.path(path), [("q", text)]);
    vec![
        section(
            ("s-members", "user", "nav.members"),
            &found.members,
            |one| Hit {
                source: Some(Source {
                    href: None,
                    ..source(one.managed_by.as_ref(), &base)
                }),
                badge: Some(state(one.member.state)),
                ..Hit::new(
                    &one.name,
                    format!("{base}/members/{}", one.member.membership_id()),
                    &one.email,
                )
            },
            list("/members"),
        ),
        section(
            ("s-groups", "users-round", "nav.groups"),
            &found.groups,
            |one| {
                let members = u64::try_from(one.group.member_count).unwrap_or(0);
                Hit {
                    source: Some(Source {
                        href: None,
                        ..source(one.managed_by.as_ref(), &base)
                    }),
                    ..Hit::new(
                        &one.group.name,
                        format!("{base}/groups/{}", one.group.id),
                        tn("members.total", members),
                    )
                }
            },
            list("/groups"),
        ),
        section(
            ("s-connections", "plug", "nav.connections"),
            &found.connections,
            |one| {
                let at = format!("{base}/connections/{}", one.id);
                Hit::new(&one.name, at, one.kind.name())
            },
            list("/connections"),
        ),
        section(
            ("s-roles", "shield-check", "nav.roles"),
            &found.roles,
            |one| {
                let at = format!("{base}/roles/{}", one.permission_group);
                Hit::new(&one.name, at, &one.description)
            },
            list("/roles"),
        ),
        section(
            ("s-tokens", "key-round", "nav.tokens"),
            &found.tokens,
            |one| {
                let at = format!("{base}/tokens/{}", one.id);
                let owner = one.connection.as_deref().unwrap_or_default();
                Hit::new(&one.name, at, owner)
            },
            list("/tokens"),
        ),
    ]
}

/// Pages of the console that are called so, or are about it.
fn own_pages(caller: &AccountCaller, chrome: &Chrome, text: &str) -> Section {
    let found = pages::found(caller, chrome, text);
    let hits = found.into_iter();
    Section {
        id: "s-pages",
        icon: "file-text",
        title: t("search.pages"),
        hits: hits
            .map(|page| Hit::new(page.name, page.href, page.about))
            .collect(),
        more: None,
    }
}

/// `GET /search?q=…`: in the account where the caller works, or the choice of one.
pub async fn everywhere(caller: Caller, req: HttpRequest) -> Answer {
    let text = asked(&req);
    let (_, places) = caller.read(app::operators::own::get)?;
    let at = |id: crate::domain::id::AccountId| {
        with_query(&format!("/a/{id}/search"), [("q", text.as_str())])
    };
    if let [only] = places.as_slice() {
        return Ok(see_other(&at(only.account)));
    }
    let chrome = caller.chrome().titled(t("search.title"));
    let hits = places.iter().map(|place| {
        let slot = AccountSlot::new(place.account, &place.account_name);
        Hit::new(&place.account_name, at(place.account), slot.short_id)
    });
    let hits: Vec<Hit> = hits.collect();
    let sections = Section {
        id: "s-accounts",
        icon: "building-2",
        title: t("search.choose"),
        hits,
        more: None,
    };
    let page = Search {
        action: "/search".to_owned(),
        summary: String::new(),
        empty: sections.hits.is_empty().then(|| Empty {
            icon: "building-2",
            title: t("accounts.none").to_owned(),
            why: t("accounts.none_why").to_owned(),
            action: None,
        }),
        sections: vec![sections],
        text,
        chrome,
    };
    html(&req, &page)
}
