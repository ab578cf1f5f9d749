//! What providers were refused in the last day: what still needs somebody, and what was followed by
//! a request that was accepted. That this one asked for the same is not known, so it is told, and
//! told apart.

use super::attention::{EACH_MAX, HOUR_MS, Item, count};
use super::causes::cause;
use crate::app::summary::Overview;
use crate::domain::reason::Reason;
use crate::domain::summary::Refusals;
use crate::http::console::chrome::Chrome;
use crate::http::console::url::with_query;
use crate::http::console::view::{Link, Piece, Prose};
use crate::http::console::words::{t, tf, tn, tnf};

/// What still needs somebody.
pub(super) fn open(read: &Overview, chrome: &Chrome) -> Vec<Item> {
    let item = |one: &Refusals| {
        let mut text = match one.reason {
            // Whether it would have created it or renamed it, each request's own page tells.
            Some(Reason::UserNameTaken | Reason::GroupNameTaken) | None => {
                Prose::of(t("attention.refused_text"))
            }
            Some(reason) => chrome.fix(reason, one.kind, Some(one.connection.id)),
        };
        let when = Piece {
            text: format!("{} ", last(one, chrome)),
            code: false,
        };
        text.pieces.insert(0, when);
        Item {
            icon: "circle-x",
            class: "bad",
            title: refused(one),
            text,
            link: requests(one, chrome),
        }
    };
    // A pause is told by itself while it lasts.
    let others = read.refusals.iter().filter(|one| !one.is_settled());
    let others = others.filter(|one| one.reason != Some(Reason::ConnectionPaused));
    told(others, item, ("circle-x", "bad"), chrome)
}

/// What was accepted since.
pub(super) fn settled(read: &Overview, chrome: &Chrome) -> Vec<Item> {
    let item = |one: &Refusals| {
        let ago = chrome.times.ago(one.last_ms).text;
        let text = if one.token_accepted {
            tf("attention.settled_token", &[&ago])
        } else {
            tnf("attention.settled_text", count(one.accepted), &[&ago])
        };
        Item {
            icon: "circle-check",
            class: "mute",
            title: refused(one),
            text: Prose::text(text),
            link: requests(one, chrome),
        }
    };
    let settled = read.refusals.iter().filter(|one| one.is_settled());
    let settled = settled.filter(|one| !one.is_over());
    told(settled, item, ("circle-check", "mute"), chrome)
}

/// The most frequent by themselves, and the newest among them; the others by their number.
fn told<'r>(
    all: impl Iterator<Item = &'r Refusals>,
    item: impl Fn(&Refusals) -> Item,
    (icon, class): (&'static str, &'static str),
    chrome: &Chrome,
) -> Vec<Item> {
    let all: Vec<&Refusals> = all.collect();
    let named = named(&all, chrome.times.now_ms());
    let mut items: Vec<Item> = named.iter().map(|one| item(one)).collect();
    let more = u64::try_from(all.len() - named.len()).unwrap_or(0);
    if more > 0 {
        let log = with_query(&chrome.path("/log"), [("outcome", "refused")]);
        items.push(Item {
            icon,
            class,
            title: tn("attention.causes", more),
            text: Prose::of(t("attention.causes_text")),
            link: Link::new(t("attention.refused_link"), log),
        });
    }
    items
}

/// Which causes are named, of those that come with the most frequent first. What began just now
/// is what somebody has just done, however seldom it was: the newest cause has a place, and so has
/// one more of the last hour; the most frequent one keeps its own.
fn named<'r>(all: &[&'r Refusals], now_ms: i64) -> Vec<&'r Refusals> {
    if all.len() <= EACH_MAX {
        return all.to_vec();
    }
    let (first, rest) = all.split_at(EACH_MAX);
    let mut named = first.to_vec();
    let mut by_age = all.to_vec();
    by_age.sort_by_key(|one| std::cmp::Reverse(one.first_ms));
    let is_new = |(at, one): &(usize, &&Refusals)| *at == 0 || now_ms - one.first_ms < HOUR_MS;
    let new = by_age.iter().enumerate().filter(is_new);
    let new: Vec<&Refusals> = new.map(|(_, one)| *one).take(EACH_MAX - 1).collect();
    let is_one_of = |all: &[&Refusals], one: &Refusals| all.iter().any(|it| std::ptr::eq(*it, one));
    for one in &new {
        if !is_one_of(rest, one) {
            continue;
        }
        // In place of the least frequent that is not new itself.
        if let Some(at) = (1..named.len()).rfind(|at| !is_one_of(&new, named[*at])) {
            named.remove(at);
            named.push(one);
        }
    }
    named
}

/// To the requests themselves.
fn requests(one: &Refusals, chrome: &Chrome) -> Link {
    let log = with_query(
        &chrome.path("/log"),
        [
            ("connection", one.connection.id.to_string().as_str()),
            ("outcome", "refused"),
            ("reason", one.reason.map_or("", Reason::code)),
        ],
    );
    Link::new(t("attention.refused_link"), log)
}

/// When it was last, and of how many a later request was accepted.
fn last(one: &Refusals, chrome: &Chrome) -> String {
    let ago = chrome.times.ago(one.last_ms).text;
    match one.accepted {
        0 => tf("attention.last", &[&ago]),
        accepted => tnf("attention.last_some", count(accepted), &[&ago]),
    }
}

/// Whom it was refused, and why: one provider may be refused for several reasons.
fn refused(one: &Refusals) -> String {
    let (name, what) = (&one.connection.name, what(one));
    match one.reason {
        Some(reason) => tf("attention.refused_for", &[name, &what, &cause(reason)]),
        None => tf("attention.refused", &[name, &what]),
    }
}

/// "5 people and 2 groups"; requests that are about neither are counted themselves.
fn what(one: &Refusals) -> String {
    let mut all = Vec::new();
    if one.people > 0 {
        all.push(tn("attention.people", count(one.people)));
    }
    if one.groups > 0 {
        all.push(tn("attention.groups", count(one.groups)));
    }
    if one.others > 0 {
        let key = if all.is_empty() {
            "attention.requests"
        } else {
            "attention.further"
        };
        all.push(tn(key, count(one.others)));
    }
    crate::http::console::format::list(&all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::connection::{ConnectionRef, ProviderKind};
    use crate::domain::id::ConnectionId;
    use crate::http::console::words::plain;

    fn about(people: i64, groups: i64, others: i64) -> Refusals {
        Refusals {
            connection: ConnectionRef {
                id: ConnectionId::from_bytes([1; 16]),
                name: "okta".to_owned(),
            },
            kind: ProviderKind::Okta,
            reason: None,
            requests: people + groups + others,
            people,
            groups,
            others,
            accepted: 0,
            lifted: 0,
            token_accepted: false,
            first_ms: 0,
            last_ms: 0,
        }
    }

    #[test]
    fn what_began_just_now_is_named_however_seldom_it_was() {
        let now_ms = 10 * HOUR_MS;
        let named_of = |ages: &[i64]| -> Vec<i64> {
            let causes: Vec<Refusals> = (0_i64..)
                .zip(ages)
                .map(|(at, age)| Refusals {
                    first_ms: now_ms - age * HOUR_MS / 2,
                    others: at,
                    ..about(0, 0, 1)
                })
                .collect();
            let all: Vec<&Refusals> = causes.iter().collect();
            named(&all, now_ms).iter().map(|one| one.others).collect()
        };
        assert_eq!(named_of(&[9, 8, 1]), [0, 1, 2]);
        // The newest of all, and the newer ones of the last hour.
        assert_eq!(named_of(&[9, 8, 7, 6]), [0, 1, 3]);
        assert_eq!(named_of(&[9, 8, 7, 6, 0, 1]), [0, 4, 5]);
        assert_eq!(named_of(&[9, 0, 7, 1, 6]), [0, 1, 3]);
        assert_eq!(named_of(&[0, 8, 7, 6]), [0, 1, 2]);
    }

    #[test]
    fn what_was_refused_is_called_by_its_kind() {
        let said = |all: (i64, i64, i64)| plain(&what(&about(all.0, all.1, all.2)));
        assert_eq!(said((1, 0, 0)), "1 person");
        assert_eq!(said((0, 2, 0)), "2 groups");
        assert_eq!(said((5, 2, 0)), "5 people and 2 groups");
        assert_eq!(said((0, 0, 3)), "3 requests");
        assert_eq!(said((2, 1, 1)), "2 people, 1 group and 1 further request");
    }

    #[test]
    fn only_what_was_accepted_as_a_whole_is_settled() {
        let settled = |all: (i64, i64, i64), accepted| {
            let mut one = about(all.0, all.1, all.2);
            one.accepted = accepted;
            one.is_settled()
        };
        assert!(settled((1, 1, 0), 2) && settled((0, 1, 0), 1));
        assert!(!settled((1, 1, 0), 1) && !settled((1, 0, 1), 1) && !settled((0, 0, 1), 0));
    }

    #[test]
    fn what_nobody_refuses_any_more_leaves_the_others_open() {
        let lifted = |all: (i64, i64, i64), accepted| {
            let mut one = about(all.0, all.1, all.2);
            (one.accepted, one.lifted) = (accepted, 1);
            (one.is_settled(), one.is_over())
        };
        assert_eq!(lifted((0, 0, 0), 0), (true, true));
        assert_eq!(lifted((1, 0, 0), 1), (true, false));
        assert_eq!(lifted((1, 0, 0), 0), (false, false));
        assert_eq!(lifted((0, 0, 1), 0), (false, false));
    }
}
