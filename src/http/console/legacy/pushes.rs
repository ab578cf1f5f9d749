//! What providers have pushed of a converted group, and whether more can arrive.

use crate::app::legacy::pushing::Pushing;
use crate::domain::legacy::run::{Progress, Verification};
use crate::domain::legacy::steps::Pushes;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::When;
use crate::http::console::view::{Link, Source as Owner};
use crate::http::console::words::{t, tf};

/// How far a connection is with the new name.
pub(super) struct ConnectionRow {
    pub(super) source: Owner,
    pub(super) state: String,
    pub(super) when: Option<When>,
}

impl ConnectionRow {
    /// The same once the old name has ended without it.
    pub(super) fn left_at_close(self) -> Self {
        Self {
            state: t("legacy.never_renamed").to_owned(),
            when: None,
            ..self
        }
    }
}

/// What a group is called now, for what its connections are said to send.
#[derive(Clone, Copy)]
pub(super) enum Called<'n> {
    /// As the migration called it.
    Planned,
    /// The same, where several connections sent another name than the old one: which of them sent
    /// this one is not kept.
    BySome,
    /// Otherwise.
    Other(&'n str),
}

pub(super) fn connection(one: &Progress, called: Called<'_>, chrome: &Chrome) -> ConnectionRow {
    let (state, when) = match (one.other_name_ms(), one.seen_ms) {
        // When the group got that one is not kept: the connection may have sent the new one before.
        (Some(ms), _) => match called {
            Called::Planned if one.renamed_ms.is_none() => {
                (t("legacy.followed").to_owned(), Some(ms))
            }
            Called::Planned => (t("legacy.new_name").to_owned(), Some(ms)),
            Called::BySome => (t("legacy.another_name").to_owned(), Some(ms)),
            Called::Other(name) => (tf("legacy.other_name", &[&name]), None),
        },
        (None, Some(ms)) => (t("legacy.old_name").to_owned(), Some(ms)),
        (None, None) => (t("legacy.no_push").to_owned(), None),
    };
    ConnectionRow {
        source: super::owner(Some(&one.connection), chrome),
        state,
        when: when.map(|ms| chrome.times.ago(ms)),
    }
}

/// A connection of which nothing arrives, and why.
pub(super) struct Silent {
    pub(super) icon: &'static str,
    pub(super) link: Link,
}

/// How far the connections are whose new names are waited for.
pub(super) fn waited_for(found: &Verification) -> impl Iterator<Item = &Progress> {
    let left = found.groups_left();
    left.flat_map(|group| group.connections.iter().filter(|one| one.waits_for_name()))
}

/// Of the connections whose new names are waited for, those of which nothing arrives.
pub(super) fn silent<'p>(
    waiting: impl Iterator<Item = &'p Progress>,
    pushing: &Pushing,
    chrome: &Chrome,
) -> Vec<Silent> {
    let mut told = Vec::new();
    for one in waiting.map(|one| &one.connection) {
        let (icon, key) = match pushing.of(one) {
            Pushes::Arrive | Pushes::Unknown | Pushes::Ended => continue,
            Pushes::Paused => ("pause", "legacy.paused"),
            Pushes::NoToken => ("key-round", "legacy.without_token"),
        };
        let at = chrome.path(&format!("/connections/{}", one.id));
        if !told.iter().any(|one: &Silent| one.link.href == at) {
            let link = Link::new(tf(key, &[&one.name]), at);
            told.push(Silent { icon, link });
        }
    }
    told
}
