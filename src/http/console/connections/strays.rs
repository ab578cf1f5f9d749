//! That requests came with an unknown token, which may be those of connections that were in use.

use super::way_in::Strangers;
use crate::app::summary::Faring;
use crate::domain::token::Token;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::list;
use crate::http::console::overview::cards::tokens_of;
use crate::http::console::view::{Link, Notice, Tone};
use crate::http::console::words::{t, tf, tn};

/// Connections that are named.
const NAMED_MAX: usize = 3;

/// What is told of all connections together, since whose it was can't be told.
pub struct Stray {
    pub text: String,
    pub link: Link,
}

impl Stray {
    /// `None` once something good came from each of them since.
    pub fn of(
        all: &[Faring],
        tokens: &[Token],
        strangers: Strangers<'_>,
        chrome: &Chrome,
    ) -> Option<Self> {
        let now_ms = chrome.times.now_ms();
        let may_be = |one: &Faring| {
            let used = (&one.connection, &one.health);
            strangers.of_used(used, tokens_of(one, tokens), now_ms)
        };
        let open = all.iter().filter_map(|one| Some((one, may_be(one)?)));
        let open: Vec<_> = open.collect();
        let (first, knock) = open.first()?;
        // It may as well be the first try of one that nothing came from yet.
        let waits = |one: &&Faring| {
            let (connection, health) = (&one.connection, &one.health);
            let nothing = health.last_request_ms.is_none() && health.last_good_ms.is_none();
            let there = connection.created_ms <= knock.at_ms;
            nothing && there && !connection.built_in && !connection.paused
        };
        let used = open.iter().map(|(one, _)| *one);
        let maybe: Vec<&Faring> = used.chain(all.iter().filter(waits)).collect();
        let names = maybe.iter().map(|one| one.connection.name.clone());
        let mut names: Vec<String> = names.take(NAMED_MAX).collect();
        let more = u64::try_from(maybe.len() - names.len()).unwrap_or(0);
        if more > 0 {
            names.push(tn("attention.stray_more", more));
        }
        let when = Strangers::when(*knock, &chrome.times);
        let link = if maybe.len() > 1 {
            Link::new(t("attention.stray_link"), chrome.path("/connections"))
        } else {
            let at = format!("/connections/{}", first.connection.id);
            Link::new(t("attention.token_is_off_link"), chrome.path(&at))
        };
        Some(Self {
            text: tf("attention.stray_text", &[&when, &list(&names)]),
            link,
        })
    }

    /// Above a list of connections.
    pub fn notice(self) -> Notice {
        Notice::new(Tone::Warn, t("attention.stray"), self.text)
    }
}
