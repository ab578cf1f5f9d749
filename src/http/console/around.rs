//! What every page of a signed-in operator shows around itself: counts, and what needs to be
//! known wherever one is.

use super::chrome::{AccountSlot, Chrome, NavCounts};
use super::connections::list::HELD_ANY;
use super::overview::cards;
use super::url::with_query;
use super::view::{Badge, Notice, Tone};
use super::words::{t, tf, tn, tnf};
use crate::domain::overview::{Counts, LastSync};
use crate::store::Condition;

/// The account's sidebar, and what is held in it.
pub fn of_account(chrome: Chrome, account: AccountSlot, counts: Counts) -> Chrome {
    let count = |n: i64| u64::try_from(n).ok();
    let nav = NavCounts {
        members: count(counts.members),
        groups: count(counts.groups),
        connections: count(counts.connections),
        tokens: None,
        legacy: count(counts.legacy_waiting).filter(|_| counts.legacy),
    };
    let sync = counts.last_sync.as_ref().map(|last| newest(last, &chrome));
    let chrome = chrome.account(account, nav).sync(sync);
    let Some(held) = count(counts.held).filter(|n| *n > 0) else {
        return chrome;
    };
    let (to, title) = match &counts.held_by {
        Some(one) => (
            chrome.path(&format!("/connections/{}/held", one.id)),
            tnf("banner.held_by", held, &[&one.name]),
        ),
        None => (
            with_query(&chrome.path("/connections"), [("held", HELD_ANY)]),
            tn("banner.held", held),
        ),
    };
    let notice = Notice::new(Tone::Warn, title, t("banner.held_text"));
    chrome.banner(notice.icon("hand").action(t("banner.held_action"), to))
}

/// Who sent something last, in the colour that its connection has: green where that is well.
fn newest(last: &LastSync, chrome: &Chrome) -> Badge {
    let signs = last.signs;
    let at_ms = signs.last_request_ms.unwrap_or_default();
    let ago = chrome.times.ago(at_ms).text;
    let synced = tf("sync.newest", &[&last.connection, &ago]);
    let (state, tone) = cards::state_of(signs, chrome.times.now_ms());
    match tone {
        // It came, and came to nothing: no sync.
        Tone::Ok | Tone::Plain if signs.last_failed && !signs.paused => {
            let text = tf("sync.rejected", &[&last.connection, &ago]);
            Badge::new(Tone::Plain, "circle-x", text)
        }
        Tone::Ok => Badge::live(synced),
        // It was not refused; that was just some time ago.
        Tone::Plain if !signs.paused => Badge::new(Tone::Plain, "clock", synced),
        Tone::Plain | Tone::Accent | Tone::Warn | Tone::Bad => {
            let key = match (signs.paused, signs.holds) {
                (true, _) => "sync.paused",
                (false, false) => "sync.degraded",
                (false, true) => "sync.held",
            };
            let text = tf(key, &[&last.connection, &ago]);
            Badge { text, ..state }
        }
    }
}

/// Says on every page, and in every form, why nothing can be saved.
pub fn of_box(chrome: Chrome, condition: Condition) -> Chrome {
    let why = match condition {
        Condition::Healthy => return chrome,
        Condition::Damaged => t("banner.damaged"),
        Condition::WriteFailed => t("banner.write_failed"),
    };
    let notice = Notice::new(Tone::Bad, t("banner.read_only"), why).icon("database");
    chrome.banner(notice).read_only(t("banner.disabled"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::connection::ConnectionRef;
    use crate::domain::connection::Signs;
    use crate::domain::id::{AccountId, ConnectionId};
    use crate::http::console::format::Times;
    use crate::http::console::words::plain;

    fn chrome() -> Chrome {
        Chrome::bare("x", Times::utc(0))
    }

    fn slot() -> AccountSlot {
        AccountSlot::new(AccountId::from_bytes([1; 16]), "Corp")
    }

    /// Two changes are held, and Okta asked 42 seconds ago.
    fn counts() -> Counts {
        Counts {
            members: 1284,
            held: 2,
            last_sync: Some(LastSync {
                connection: "Okta".to_owned(),
                signs: Signs {
                    last_request_ms: Some(-42_000),
                    ..Signs::default()
                },
            }),
            ..Counts::default()
        }
    }

    #[test]
    fn what_is_red_or_paused_elsewhere_is_not_green_here() {
        let told = |change: fn(&mut LastSync)| {
            let mut counts = counts();
            counts.last_sync.iter_mut().for_each(change);
            let sync = of_account(chrome(), slot(), counts).sync.expect("a badge");
            (sync.tone, plain(&sync.text), sync.live)
        };
        assert_eq!(
            told(|last| last.signs.holds = true),
            (
                Tone::Bad,
                "Okta: changes held, last request 42 s ago".to_owned(),
                false
            )
        );
        assert_eq!(
            told(|last| last.signs.error_per_mille = Some(20)).1,
            "Okta: some errors, last request 42 s ago"
        );
        assert_eq!(
            told(|last| last.signs.paused = true).1,
            "Okta is paused, last request 42 s ago"
        );
        assert_eq!(
            told(|last| last.signs.last_failed = true),
            (
                Tone::Plain,
                "Okta: last request rejected 42 s ago".to_owned(),
                false
            )
        );
    }

    #[test]
    fn what_is_held_and_what_is_broken_is_said_on_every_page() {
        let counts = counts();
        let held = of_account(chrome(), slot(), counts.clone());
        assert_eq!(plain(&held.banners[0].title), "2 changes are held");
        let sync = held
            .sync
            .clone()
            .map(|badge| (plain(&badge.text), badge.live));
        assert_eq!(sync, Some(("Okta synced 42 s ago".to_owned(), true)));
        assert_eq!(held.nav[1].items[0].count, "1,284");
        // To what is held, or to those that hold it.
        let leads = |held_by: Option<ConnectionId>| {
            let name = "Entra".to_owned();
            let held_by = held_by.map(|id| ConnectionRef { id, name });
            let counts = Counts {
                held_by,
                ..counts.clone()
            };
            let chrome = of_account(chrome(), slot(), counts);
            let banner = &chrome.banners[0];
            let named = plain(&banner.title) == "Entra: 2 changes are held";
            (banner.action.clone().expect("an action").href, named)
        };
        let account = AccountId::from_bytes([1; 16]);
        let id = ConnectionId::from_bytes([2; 16]);
        let at = format!("/a/{account}/connections");
        assert_eq!(leads(None), (format!("{at}?held=any"), false));
        assert_eq!(leads(Some(id)), (format!("{at}/{id}/held"), true));
        let there = |path: &str| held.clone().arrived(path).banners.len();
        assert_eq!(there(&format!("{at}?held=any")), 0);
        assert_eq!(there(&at), 1);
        // Nothing to migrate, so no way there.
        let migration = |chrome: &Chrome| {
            let items = chrome.nav.iter().flat_map(|group| group.items.clone());
            items
                .into_iter()
                .find(|item| item.href.ends_with("/migrate"))
        };
        assert!(migration(&held).is_none());
        let told = |legacy_waiting| {
            let counts = Counts {
                legacy: true,
                legacy_waiting,
                ..Counts::default()
            };
            let item = migration(&of_account(chrome(), slot(), counts)).expect("an entry");
            (item.count, item.hot)
        };
        assert_eq!(told(5), ("5".to_owned(), true));
        assert_eq!(told(0), (String::new(), false));
        let quiet = of_account(chrome(), slot(), Counts::default());
        assert!(quiet.banners.is_empty());
        let broken = of_box(chrome(), Condition::WriteFailed);
        assert!(!broken.read_only.is_empty() && broken.banners.len() == 1);
        assert!(of_box(chrome(), Condition::Healthy).read_only.is_empty());
    }
}
