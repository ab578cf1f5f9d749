//! The console's own pages, by what they are called and what they are about: settings have no other
//! name that could be searched for.

use crate::domain::text::fold;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::words::{t, tf};
use crate::http::routes::page_needs;

/// Pages that are told.
const PAGES_MAX: usize = 8;
/// How paths of the account begin in the table of routes.
const ACCOUNT: &str = "/a/{account_id}";

/// A page: below what it stands in the menu, the key of its name, that of what it is about, and
/// its path; one of the account's begins with [`ACCOUNT`]. What it is about is shown; behind a bar
/// stand other words that it is looked for by.
type Page = [&'static str; 4];
#[rustfmt::skip] // A line a page.
const PAGES: [Page; 28] = [
    ["",                "nav.overview",      "find.overview", "/a/{account_id}"],
    ["",                "nav.members",       "find.members", "/a/{account_id}/members"],
    ["nav.members",     "members.add",       "find.members_add", "/a/{account_id}/members/new"],
    ["",                "nav.groups",        "find.groups", "/a/{account_id}/groups"],
    ["nav.groups",      "groups.create",     "find.groups_create", "/a/{account_id}/groups/new"],
    ["",                "nav.roles",         "find.roles", "/a/{account_id}/roles"],
    ["nav.roles",       "roles.create",      "find.roles_create", "/a/{account_id}/roles/new"],
    ["",                "nav.explain",       "find.explain", "/a/{account_id}/explain"],
    ["",                "nav.connections",   "find.connections", "/a/{account_id}/connections"],
    ["nav.connections", "wizard.title",      "find.connect", "/a/{account_id}/connections/new"],
    ["",                "nav.log",           "find.log", "/a/{account_id}/log"],
    ["",                "nav.legacy",        "find.legacy", "/a/{account_id}/migrate"],
    ["nav.legacy",      "find.mapping_name", "find.mapping", "/a/{account_id}/migrate/mapping"],
    ["",                "nav.tokens",        "find.tokens", "/a/{account_id}/tokens"],
    ["nav.tokens",      "tokens.create",     "find.tokens_create", "/a/{account_id}/tokens/new"],
    ["",                "nav.audit",         "find.audit", "/a/{account_id}/audit"],
    ["nav.audit",       "audit.chain",       "find.chain", "/a/{account_id}/audit/chain"],
    ["nav.settings",    "settings.account",  "find.account", "/a/{account_id}/settings"],
    ["nav.settings",    "settings.safety",   "find.safety", "/a/{account_id}/settings/safety"],
    ["nav.settings",    "settings.backups",  "find.backups", "/a/{account_id}/settings/backups"],
    ["nav.settings",    "settings.server",   "find.server", "/a/{account_id}/settings/server"],
    ["nav.settings",    "settings.about",    "find.about", "/a/{account_id}/settings/about"],
    ["",                "accounts.title",    "find.accounts", "/accounts"],
    ["",                "me.operators",      "find.operators", "/operators"],
    ["me.label",        "me.profile",        "find.profile", "/me/profile"],
    ["me.label",        "me.factors",        "find.factors", "/me/factors"],
    ["me.label",        "me.sessions",       "find.sessions", "/me/sessions"],
    ["me.label",        "me.appearance",     "find.appearance", "/me/appearance"],
];
/// Before the words that are not shown.
const ALSO: &str = " | ";

/// One that answers.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) about: &'static str,
}

/// Of the pages that the caller may open, those that are called so, then those that are about it.
pub(super) fn found(caller: &AccountCaller, chrome: &Chrome, text: &str) -> Vec<Found> {
    let key = fold(text);
    let (mut called, mut about) = (Vec::new(), Vec::new());
    for [above, name, words, path] in PAGES {
        let opens = page_needs(path).is_some_and(|needed| caller.allows(needed));
        if !opens {
            continue;
        }
        let is_legacy = words == "find.legacy" && LEGACY.iter().any(|it| key.starts_with(it));
        let words = t(words);
        let (about_it, _) = words.split_once(ALSO).unwrap_or((words, ""));
        let full = match above {
            "" => t(name).to_owned(),
            above => tf("find.under", &[&t(above), &t(name)]),
        };
        let by_name = fold(&full).contains(&key);
        if !by_name && !is_legacy && !is_about(&fold(&full), &fold(words), &key) {
            continue;
        }
        let found = Found {
            href: match path.strip_prefix(ACCOUNT) {
                Some(below) => chrome.path(below),
                None => path.to_owned(),
            },
            name: full,
            about: about_it,
        };
        if by_name {
            called.push(found);
        } else {
            about.push(found);
        }
    }
    called.append(&mut about);
    called.truncate(PAGES_MAX);
    called
}

/// How names of legacy groups begin, and their ids: they are on the page of the migration alone.
const LEGACY: [&str; 2] = ["cf-", "cloudflare-v1-"];

/// Whether every word that is searched for begins one of its words; plurals are the same.
fn is_about(name: &str, words: &str, key: &str) -> bool {
    let cut = |text: &'_ str| -> Vec<String> {
        let all = text.split(|c: char| !c.is_alphanumeric());
        let all = all.filter(|word| !word.is_empty());
        all.map(str::to_owned).collect()
    };
    let mut known = cut(name);
    // Two letters begin too many of them.
    if key.chars().count() > 2 {
        known.extend(cut(words));
    }
    let wanted = cut(key);
    let begins = |wanted: &String| {
        let single = wanted.strip_suffix('s').unwrap_or(wanted);
        known.iter().any(|word| word.starts_with(single))
    };
    // One letter begins everything.
    key.chars().count() > 1 && !wanted.is_empty() && wanted.iter().all(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_one_of_the_table_and_has_its_words() {
        for [_, name, words, path] in PAGES {
            assert!(page_needs(path).is_some(), "{path}");
            assert_ne!(t(name), t(words), "{path}");
            let parts: Vec<&str> = t(words).split(ALSO).collect();
            assert!(parts.len() < 3 && !parts[0].contains('|'), "{path}");
        }
    }

    #[test]
    fn words_are_found_by_how_they_begin() {
        let is = |key: &str| is_about("settings: safety", "brake, retention of logs", key);
        for key in ["brake", "brakes", "log", "retention logs", "settings brake"] {
            assert!(is(key), "{key}");
        }
        for key in ["b", "rake", "brake members", ",", ""] {
            assert!(!is(key), "{key}");
        }
    }
}
