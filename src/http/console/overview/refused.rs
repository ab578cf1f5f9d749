//! What providers were refused in the last day: what still needs somebody, and what was followed by
//! a request that was accepted. That this one asked for the same is not known, so it is told, and
//! told apart.

use super::attention::{EACH_MAX, Item, count};
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
    told(settled, item, ("circle-check", "mute"), chrome)
}

/// The most frequent by themselves, the others by their number.
fn told<'r>(
    mut all: impl Iterator<Item = &'r Refusals>,
    item: impl Fn(&Refusals) -> Item,
    (icon, class): (&'static str, &'static str),
    chrome: &Chrome,
) -> Vec<Item> {
    let mut items: Vec<Item> = all.by_ref().take(EACH_MAX).map(item).collect();
    let more = u64::try_from(all.count()).unwrap_or(0);
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
            token_accepted: false,
            last_ms: 0,
        }
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
}
