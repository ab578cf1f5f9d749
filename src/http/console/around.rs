//! What every page of a signed-in operator shows around itself: counts, and what needs to be
//! known wherever one is.

use super::chrome::{AccountSlot, Chrome, NavCounts};
use super::connections::brake::{ALL, reaches_all};
use super::connections::list::HELD_ANY;
use super::overview::cards;
use super::url::with_query;
use super::view::{Badge, Notice, Tone};
use super::words::{t, tf, tn, tnf};
use crate::domain::brake::Brake;
use crate::domain::overview::{Counts, Holder, LastSync};
use crate::store::Condition;

/// For so long after its last request a paused connection is told of before those that are well, in
/// milliseconds: that it lets nothing in may be news.
const PAUSED_TOLD_MS: i64 = 24 * 60 * 60 * 1000;

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
    let sync = told_of(&counts.syncs, &chrome).map(|(one, more)| sync(one, more, &chrome));
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
    let notice = Notice::new(Tone::Warn, title, held_text(&counts));
    chrome.banner(notice.icon("hand").action(t("banner.held_action"), to))
}

/// What becomes of what is held: once the brakes hold nothing more, it waits for another reason.
fn held_text(counts: &Counts) -> String {
    let holders = counts.holders.as_slice();
    // Whoever went a moment ago still counts, among who is left.
    let is_open = |one: &Holder| reaches_all(one.brake, counts.members.saturating_add(one.removed));
    if holders.is_empty() || !holders.iter().all(is_open) {
        let text = t("banner.held_text");
        return match holders {
            [one] if one.paused => format!("{text} {}", t("held.paused")),
            _ => text.to_owned(),
        };
    }
    let (brakes, waits) = match holders {
        [one] => {
            let brake = match one.brake {
                Brake::Off => "banner.held_off",
                ALL => "banner.held_all",
                Brake::People(_) | Brake::Share(_) => "banner.held_enough",
            };
            let waits = if one.paused {
                "banner.held_waits_paused"
            } else {
                "banner.held_waits"
            };
            (brake, waits)
        }
        some if some.iter().any(|one| one.paused) => ("banner.held_open", "banner.held_waits_some"),
        _ => ("banner.held_open", "banner.held_waits_any"),
    };
    format!("{} {}", t(brakes), t(waits))
}

/// Of whom it is told: who holds changes, else has errors, else was paused within a day of its last
/// request, and of several the one that sent something last. Whom somebody paused long ago is told
/// of only where nobody else sent anything since, and one request that was rejected makes nobody
/// less well than others. And how many there are beside it of which it would be told too.
fn told_of<'s>(syncs: &'s [LastSync], chrome: &Chrome) -> Option<(&'s LastSync, u64)> {
    let now_ms = chrome.times.now_ms();
    let ill = |one: &LastSync| match cards::state_of(one.signs, now_ms).1 {
        Tone::Bad => 3,
        Tone::Warn if one.signs.holds => 3,
        Tone::Warn => 2,
        Tone::Plain | Tone::Accent | Tone::Ok => {
            let last_ms = one.signs.last_request_ms;
            let is_new = last_ms.is_some_and(|ms| now_ms.saturating_sub(ms) <= PAUSED_TOLD_MS);
            i32::from(one.signs.paused && is_new)
        }
    };
    let all = syncs.iter();
    let told = all.max_by_key(|one| (ill(one), one.signs.last_request_ms))?;
    let unwell = syncs.iter().filter(|one| ill(one) > 0).count();
    Some((told, u64::try_from(unwell).unwrap_or(0).saturating_sub(1)))
}

/// When it sent something last, in the colour that its connection has: green where that is well.
/// Where so many more are not well, their number has the room of that.
fn sync(last: &LastSync, more: u64, chrome: &Chrome) -> Badge {
    let signs = last.signs;
    let Some(at_ms) = signs.last_request_ms else {
        let text = tf("connections.was_paused_title", &[&last.connection]);
        return Badge::new(Tone::Plain, "pause", text);
    };
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
            let beside = match more {
                0 => tf("sync.asked", &[&ago]),
                more => tn("sync.more", more),
            };
            let text = tf(key, &[&last.connection, &beside]);
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

    fn asked(connection: &str, ago_ms: i64) -> LastSync {
        LastSync {
            connection: connection.to_owned(),
            signs: Signs {
                last_request_ms: Some(-ago_ms),
                ..Signs::default()
            },
        }
    }

    /// Two changes are held, and Okta asked 42 seconds ago.
    fn counts() -> Counts {
        Counts {
            members: 1284,
            held: 2,
            syncs: vec![asked("Okta", 42_000)],
            ..Counts::default()
        }
    }

    #[test]
    fn what_is_red_or_paused_elsewhere_is_not_green_here() {
        let told = |change: fn(&mut LastSync)| {
            let mut counts = counts();
            counts.syncs.iter_mut().for_each(change);
            let sync = of_account(chrome(), slot(), counts).sync.expect("a badge");
            (sync.tone, plain(&sync.text), sync.live)
        };
        assert_eq!(
            told(|last| last.signs.holds = true),
            (
                Tone::Warn,
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
    fn who_is_least_well_is_told_of_before_who_sent_something_last() {
        let told = |change: fn(&mut LastSync)| {
            let mut entra = asked("Entra", 7_200_000);
            change(&mut entra);
            let counts = Counts {
                syncs: vec![asked("Okta", 42_000), entra],
                ..Counts::default()
            };
            let sync = of_account(chrome(), slot(), counts).sync.expect("a badge");
            (plain(&sync.text), sync.tone)
        };
        assert_eq!(told(|_| {}).0, "Okta synced 42 s ago");
        let (held, tone) = told(|entra| entra.signs.holds = true);
        assert_eq!(
            (held.as_str(), tone),
            ("Entra: changes held, last request 2 hours ago", Tone::Warn)
        );
        assert_eq!(
            told(|entra| entra.signs.paused = true).0,
            "Entra is paused, last request 2 hours ago"
        );
        assert_eq!(
            told(|entra| entra.signs.error_per_mille = Some(20)).1,
            Tone::Warn
        );
        // Where several are not well, the first of them and how many more.
        let mut all = vec![
            asked("Okta", 42_000),
            asked("Entra", 7_200_000),
            asked("Lab", 1),
        ];
        all[0].signs.paused = true;
        all[1].signs.holds = true;
        let several = |syncs: &[LastSync]| {
            let counts = Counts {
                syncs: syncs.to_vec(),
                ..Counts::default()
            };
            let sync = of_account(chrome(), slot(), counts).sync.expect("a badge");
            plain(&sync.text)
        };
        assert_eq!(several(&all), "Entra: changes held, 1 more not well");
        all[2].signs.error_per_mille = Some(20);
        assert_eq!(several(&all), "Entra: changes held, 2 more not well");
        let unheard = |entra: &mut LastSync| {
            entra.signs.paused = true;
            entra.signs.last_request_ms = None;
        };
        assert_eq!(told(unheard).0, "Okta synced 42 s ago");
        let long_ago = |entra: &mut LastSync| {
            entra.signs.paused = true;
            entra.signs.last_request_ms = Some(-25 * 3_600_000);
        };
        assert_eq!(told(long_ago).0, "Okta synced 42 s ago");
        let mut alone = asked("Entra", 0);
        unheard(&mut alone);
        let counts = Counts {
            syncs: vec![alone],
            ..Counts::default()
        };
        let sync = of_account(chrome(), slot(), counts).sync.expect("a badge");
        assert_eq!(plain(&sync.text), "Entra is paused");
    }

    #[test]
    fn a_brake_that_holds_nothing_more_is_not_said_to_be_too_tight() {
        let said = |holders: Vec<Holder>| {
            let counts = Counts {
                holders,
                ..counts()
            };
            plain(&of_account(chrome(), slot(), counts).banners[0].text)
        };
        let of = |brake| Holder {
            brake,
            paused: false,
            removed: 6,
        };
        let told = |brakes: &[Brake]| said(brakes.iter().copied().map(of).collect());
        let (off, share) = (Brake::Off, Brake::Share(20));
        assert!(told(&[share]).contains("more people at once"));
        assert!(told(&[off, share]).contains("more people at once"));
        assert!(told(&[off]).starts_with("The brake is off now"));
        assert!(told(&[ALL]).starts_with("The brake is at 100% now"));
        for open in [
            [ALL, off],
            [off, off],
            [ALL, ALL],
            [Brake::People(1290), off],
        ] {
            assert!(told(&open).starts_with("The brakes hold nothing more"));
        }
        // As many as there are, and as went a moment ago.
        assert!(told(&[Brake::People(1289)]).contains("more people at once"));
        assert!(told(&[Brake::People(1290)]).contains("now as there are, and holds nothing more"));
        // A connection that is paused lets nothing in.
        let paused = Holder {
            paused: true,
            ..of(off)
        };
        assert!(told(&[off]).contains("when the provider sends it again, unless"));
        assert!(said(vec![paused]).contains("again once the connection is resumed, unless"));
        assert!(said(vec![paused, of(off)]).contains("again and its connection isn’t paused"));
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
