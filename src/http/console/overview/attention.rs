//! What needs somebody: each thing with the one step to take.

use super::refused;
use crate::app::members::shown::ListedMember;
use crate::app::summary::{Faring, IDLE_COUNTED, Overview};
use crate::domain::actor::Permission;
use crate::domain::brake::Brake;
use crate::domain::catalogue;
use crate::domain::connection::Connection;
use crate::domain::token::Token;
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::brake::ALL;
use crate::http::console::connections::strays::Stray;
use crate::http::console::connections::way_in::Strangers;
use crate::http::console::url::with_query;
use crate::http::console::view::{Link, Prose};
use crate::http::console::words::{t, tf, tn, tnf};

/// Milliseconds of an hour and of a day.
pub(super) const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Tokens are told of when they end within so many days, or were not used for so many.
const ENDS_DAYS: i64 = 14;
const IDLE_DAYS: i64 = 90;
/// Things of one kind that are told one by one; of tokens more, for each may stop something.
pub(super) const EACH_MAX: usize = 3;
const TOKENS_MAX: usize = 5;

pub struct Item {
    pub icon: &'static str,
    /// `bad`, `warn` or `mute`.
    pub class: &'static str,
    pub title: String,
    pub text: Prose,
    pub link: Link,
}

/// What there is to do, the most urgent first.
pub fn items(read: &Overview, strangers: Strangers<'_>, chrome: &Chrome) -> Vec<Item> {
    let mut items = held(read, chrome);
    items.extend(refused::open(read, chrome));
    items.extend(stray(read, strangers, chrome));
    items.extend(paused(read, chrome));
    items.extend(unbraked(read, chrome));
    items.extend(switched_off(read, chrome));
    items.extend(without_token(read, chrome));
    items.extend(tokens(read, chrome));
    items.extend(supers(read, chrome));
    items.extend(groups(read, chrome));
    items.extend(pending(read, chrome));
    items.extend(idle_tokens(read, chrome));
    items
}

/// What becomes of what is held, by the brake as it is set now.
fn held_text(connection: &Connection) -> String {
    let text = match connection.settings.brake {
        Brake::Off => t("attention.held_off_text"),
        ALL => t("attention.held_all_text"),
        Brake::People(0) => t("attention.held_zero_text"),
        Brake::People(_) | Brake::Share(_) => t("attention.held_text"),
    };
    if connection.paused {
        format!("{text} {}", t("held.paused"))
    } else {
        text.to_owned()
    }
}

/// What waits for a decision, however long ago it was asked for.
fn held(read: &Overview, chrome: &Chrome) -> Vec<Item> {
    let waits = read.connections.iter().filter(|one| one.health.held > 0);
    let item = |one: &Faring| {
        let waiting = count(one.health.held);
        let at = format!("/connections/{}/held", one.connection.id);
        Item {
            icon: "hand",
            class: "warn",
            title: tnf("attention.held", waiting, &[&one.connection.name]),
            text: Prose::text(held_text(&one.connection)),
            link: Link::new(t("attention.held_link"), chrome.path(&at)),
        }
    };
    waits.map(item).collect()
}

/// What came with an unknown token, where a provider that used to come in may be kept out by it.
fn stray(read: &Overview, strangers: Strangers<'_>, chrome: &Chrome) -> Option<Item> {
    let stray = Stray::of(&read.connections, &read.tokens, strangers, chrome)?;
    Some(Item {
        icon: "key-round",
        class: "warn",
        title: t("attention.stray").to_owned(),
        text: Prose::text(stray.text),
        link: stray.link,
    })
}

/// Connections that let nothing in: nobody is added or removed by them.
fn paused(read: &Overview, chrome: &Chrome) -> Vec<Item> {
    let all = read.connections.iter().map(|one| &one.connection);
    let link = if chrome.allows(Permission::ConnectionsWrite) {
        "here.resume"
    } else {
        "log.none_paused_link"
    };
    let item = |one: &Connection| Item {
        icon: "pause",
        class: "warn",
        title: tf("connections.was_paused_title", &[&one.name]),
        text: Prose::of(t("connections.paused_text")),
        link: Link::new(t(link), chrome.path(&format!("/connections/{}", one.id))),
    };
    all.filter(|one| one.paused).map(item).collect()
}

/// Connections that may remove everybody at once. Where some removals wait still, that says so.
fn unbraked(read: &Overview, chrome: &Chrome) -> Vec<Item> {
    let is_off =
        |one: &&Faring| one.connection.settings.brake == Brake::Off && one.health.held == 0;
    let link = if chrome.allows(Permission::ConnectionsWrite) {
        "connections.brake_set"
    } else {
        "log.none_paused_link"
    };
    let item = |one: &Faring| {
        let at = format!("/connections/{}#settings", one.connection.id);
        Item {
            icon: "triangle-alert",
            class: "warn",
            title: tf("attention.brake_off", &[&one.connection.name]),
            text: Prose::of(t("attention.brake_off_text")),
            link: Link::new(t(link), chrome.path(&at)),
        }
    };
    read.connections.iter().filter(is_off).map(item).collect()
}

/// Connections that can't sign in, since all tokens they have are switched off.
fn switched_off(read: &Overview, chrome: &Chrome) -> Vec<Item> {
    let is_off = |one: &&Connection| {
        let mine = |token: &&Token| token.connection.as_deref() == Some(one.name.as_str());
        let mut tokens = read.tokens.iter().filter(mine).peekable();
        tokens.peek().is_some() && tokens.all(|token| token.validity.disabled)
    };
    let item = |one: &Connection| Item {
        icon: "key-round",
        class: "warn",
        title: tf("attention.token_is_off", &[&one.name]),
        text: Prose::of(t("attention.token_is_off_text")),
        link: Link::new(
            t("attention.token_is_off_link"),
            chrome.path(&format!("/connections/{}", one.id)),
        ),
    };
    let all = read.connections.iter().map(|one| &one.connection);
    let providers = all.filter(|one| !one.built_in && !one.paused);
    providers.filter(is_off).map(item).collect()
}

/// Connections that can't sign in, since all tokens they had were revoked, or expired longer ago
/// than is told of each.
fn without_token(read: &Overview, chrome: &Chrome) -> Vec<Item> {
    // Who may not see tokens has none in what was read.
    if !chrome.allows(Permission::TokensRead) {
        return Vec::new();
    }
    let now = chrome.times.now_ms();
    let is_without = |one: &&Connection| {
        let mine = |token: &&Token| token.connection.as_deref() == Some(one.name.as_str());
        let tokens: Vec<&Token> = read.tokens.iter().filter(mine).collect();
        let over = |ms: i64| ms <= now;
        let is_over =
            |token: &&Token| token.validity.disabled || token.validity.expires_ms.is_some_and(over);
        let off = !tokens.is_empty() && tokens.iter().all(|token| token.validity.disabled);
        let told = off || tokens.iter().any(|token| ends_about(token, now));
        tokens.iter().all(is_over) && !told
    };
    let makes = chrome.allows(Permission::TokensAdminister);
    let item = |one: &Connection| {
        let at = chrome.path(&format!("/connections/{}", one.id));
        Item {
            icon: "key-round",
            class: "warn",
            title: tf("attention.no_token", &[&one.name]),
            text: Prose::of(t("attention.no_token_text")),
            link: if makes {
                Link::new(t("connections.new_token"), format!("{at}/token"))
            } else {
                Link::new(t("attention.token_is_off_link"), at)
            },
        }
    };
    let all = read.connections.iter().map(|one| &one.connection);
    let providers = all.filter(|one| !one.built_in && !one.paused);
    providers.filter(is_without).map(item).collect()
}

/// Whether a token ends soon, or did not long ago: each such is told of.
fn ends_about(token: &Token, now_ms: i64) -> bool {
    let soon = |ms: i64| (ms - now_ms).abs() < ENDS_DAYS * DAY_MS;
    !token.validity.disabled && token.validity.expires_ms.is_some_and(soon)
}

pub(super) fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// What the token is called: by the end of its value too where another one has its name.
fn called(token: &Token, read: &Overview) -> String {
    let mut others = read.tokens.iter().filter(|one| one.id != token.id);
    if others.any(|one| one.name == token.name) {
        tf("attention.token_twin", &[&token.name, &token.hint])
    } else {
        token.name.clone()
    }
}

/// Whose the token is, where it is a provider's.
fn user_of(token: &Token, read: &Overview) -> Option<String> {
    let name = token.connection.as_ref()?;
    let mut all = read.connections.iter();
    let found = all.find(|one| one.connection.name == *name && !one.connection.built_in);
    found.map(|_| name.clone())
}

/// What the provider loses by the end of its token; nothing by that of one it never used.
fn of_provider(token: &Token, name: &str, over: bool) -> String {
    let key = match (token.last_used_ms.is_some(), over) {
        (true, false) => "attention.token_stops",
        (true, true) => "attention.token_stopped",
        (false, false) => "attention.token_unused_by",
        (false, true) => "attention.token_unused_by_over",
    };
    tf(key, &[&name])
}

/// The same of a token that no provider has.
fn of_scripts(token: &Token, over: bool) -> &'static str {
    match (token.last_used_ms.is_some(), over) {
        (true, false) => t("attention.token_scripts"),
        (true, true) => t("attention.token_scripts_over"),
        (false, false) => t("attention.token_unused"),
        (false, true) => t("attention.token_unused_over"),
    }
}

/// That somebody uses it in vain: it is missed, whoever has it.
fn tried(token: &Token, chrome: &Chrome) -> String {
    let refused = token.still_tried(chrome.times.now_ms());
    let ago = refused.map(|refused| chrome.times.ago(refused.last_ms).text);
    tf("attention.token_tried", &[&ago.unwrap_or_default()])
}

fn tokens(read: &Overview, chrome: &Chrome) -> Vec<Item> {
    let now = chrome.times.now_ms();
    let item = |token: &Token| {
        let ms = token.validity.expires_ms.unwrap_or(now);
        let day = chrome.times.day(ms).text;
        let over = ms <= now;
        let key = if over {
            "attention.token_over"
        } else {
            "attention.token_ends"
        };
        let text = match user_of(token, read) {
            _ if token.still_tried(now).is_some() => tried(token, chrome),
            Some(name) => of_provider(token, &name, over),
            None => of_scripts(token, over).to_owned(),
        };
        Item {
            icon: "key-round",
            class: if over { "bad" } else { "warn" },
            title: tf(key, &[&called(token, read), &day]),
            text: Prose::text(text),
            link: Link::new(
                t("attention.token_link"),
                chrome.path(&format!("/tokens/{}", token.id)),
            ),
        }
    };
    let ends = |token: &&Token| ends_about(token, now);
    let mut ending: Vec<&Token> = read.tokens.iter().filter(ends).collect();
    // What ended first is missed for longest; of what nobody ever used, nothing is.
    let unmissed = |token: &Token| {
        let over = token.validity.expires_ms.is_some_and(|ms| ms <= now);
        over && token.last_used_ms.is_none() && token.still_tried(now).is_none()
    };
    ending.sort_by_key(|token| (unmissed(token), token.validity.expires_ms));
    ending.into_iter().take(TOKENS_MAX).map(item).collect()
}

/// An account with a single Super Administrator is one accident from having none, and one with
/// none who can sign in is there already.
fn supers(read: &Overview, chrome: &Chrome) -> Option<Item> {
    let supers = &read.super_administrators;
    let named = |word, one: &ListedMember| tf(word, &[&one.name]);
    let only_has_limits = match (supers.holders.as_slice(), &supers.next) {
        ([one], None) => !one.effective.is_unrestricted(),
        _ => false,
    };
    let (class, title, text) = match (supers.holders.len(), &read.super_alone) {
        (0, _) => (
            "bad",
            "attention.no_super",
            t("attention.no_super_text").to_owned(),
        ),
        (_, None) if read.super_signing_in.is_empty() => (
            "bad",
            "attention.no_login",
            t("attention.no_login_text").to_owned(),
        ),
        (_, None) => return None,
        (1, Some(alone)) if supers.next.is_none() => (
            if only_has_limits { "bad" } else { "warn" },
            "attention.one_super",
            named("attention.one_super_text", alone),
        ),
        (_, Some(alone)) => (
            "warn",
            "attention.one_login",
            named("attention.one_login_text", alone),
        ),
    };
    let link = if chrome.allows(Permission::BoxAdministration) {
        Link::new(t("attention.super_operator"), "/operators")
    } else {
        Link::new(t("attention.super_see"), super_page(chrome))
    };
    Some(Item {
        icon: "shield-alert",
        class,
        title: t(title).to_owned(),
        text: Prose::told(&text),
        link,
    })
}

/// Who has the role.
fn super_page(chrome: &Chrome) -> String {
    chrome.path(&format!("/roles/{}", catalogue::SUPER_ADMINISTRATOR))
}

fn groups(read: &Overview, chrome: &Chrome) -> Option<Item> {
    let names: Vec<&str> = read
        .idle_groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    let named = names.iter().take(EACH_MAX).copied().collect::<Vec<_>>();
    let count = u64::try_from(names.len()).unwrap_or(0);
    let title = match names.len() {
        0 => return None,
        n if n > IDLE_COUNTED => tf("attention.idle_many", &[&IDLE_COUNTED]),
        _ => tn("attention.idle", count),
    };
    let text = match names.len().saturating_sub(EACH_MAX) {
        more @ 1.. if names.len() <= IDLE_COUNTED => {
            let more = u64::try_from(more).unwrap_or(0);
            tnf("attention.idle_more", more, &[&named.join(", ")])
        }
        _ => crate::http::console::format::list(&named),
    };
    let at = with_query(&chrome.path("/groups"), [("grants", "nothing")]);
    Some(Item {
        icon: "users-round",
        class: "warn",
        title,
        text: Prose::text(tnf("attention.idle_text", count, &[&text])),
        link: if chrome.allows(Permission::DirectoryWrite) {
            Link::new(t("attention.idle_link"), at)
        } else {
            Link::new(t("attention.idle_see"), at)
        },
    })
}

fn pending(read: &Overview, chrome: &Chrome) -> Option<Item> {
    let count = u64::try_from(read.members.pending).unwrap_or(0);
    let at = with_query(&chrome.path("/members"), [("state", "pending")]);
    (count > 0).then(|| Item {
        icon: "mail",
        class: "mute",
        title: tn("attention.pending", count),
        text: Prose::of(t("attention.pending_text")),
        link: Link::new(tn("attention.pending_link", count), at),
    })
}

fn idle_tokens(read: &Overview, chrome: &Chrome) -> Option<Item> {
    let before = chrome.times.now_ms() - IDLE_DAYS * DAY_MS;
    let idle = |token: &&Token| token.last_used_ms.unwrap_or(token.created_ms) < before;
    let idle: Vec<&str> = read
        .tokens
        .iter()
        .filter(idle)
        .map(|token| token.name.as_str())
        .collect();
    let count = u64::try_from(idle.len()).unwrap_or(0);
    let named = idle.iter().take(EACH_MAX).copied().collect::<Vec<_>>();
    (count > 0).then(|| Item {
        icon: "key-round",
        class: "mute",
        title: tn("attention.unused", count),
        text: Prose::text(crate::http::console::format::list(&named)),
        link: Link::new(t("attention.unused_link"), chrome.path("/tokens")),
    })
}
