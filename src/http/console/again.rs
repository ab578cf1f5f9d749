//! Pages that wait for others, and look again by themselves until there is nothing to wait for.
//! Where there is script, the parts that are marked (`ui::again`) are asked for alone, so that
//! nobody loses the focus or what they type; without it the browser loads the page again.

use actix_web::HttpRequest;

use super::form::query;
use super::view::Link;
use super::words::{t, tn};

/// How a page that waits looks again.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// Seconds between two looks; `None` while it looks no more.
    pub every: Option<u16>,
    /// What it says of that; nothing where it waits for nothing.
    pub text: String,
    /// The way to a pause, or out of it.
    pub turn: Option<Link>,
}

impl Again {
    /// Of the page at `at`: `?watch=off` pauses it.
    pub fn of(req: &HttpRequest, at: &str, waits: bool, seconds: u16) -> Self {
        match (waits, query(req, "watch") == "off") {
            (false, _) => Self::default(),
            (true, false) => Self {
                every: Some(seconds),
                text: tn("again.every", seconds.into()),
                turn: Some(Link::new(t("again.pause"), format!("{at}?watch=off"))),
            },
            (true, true) => Self {
                every: None,
                text: t("again.paused").to_owned(),
                turn: Some(Link::new(t("again.resume"), at)),
            },
        }
    }
}
