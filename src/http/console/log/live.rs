//! New rows of the log as server-sent events, which carry the rows of the list as they are.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use futures_util::stream;

use super::figures::Figures;
use super::there::There;
use super::{LOOKED, SPEC, asked, row_of_day, since};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::provisioning::LogSearch;
use crate::domain::reason::Reason;
use crate::http::console::Answer;
use crate::http::console::caller::{AccountCaller, Caller};
use crate::http::console::connections::counted;
use crate::http::console::filters;
use crate::http::console::form::query;
use crate::http::console::format::Times;
use crate::http::console::list::ListQuery;
use crate::http::console::view::LogRow;
use crate::http::limits::FeedPlace;
use crate::store::tx::ReadTx;

/// Between two looks at the log.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Rows that are sent at once: who is behind by more sees the rest a second later.
const ROWS_MAX: i64 = 50;
/// Looks without a row after which something is sent all the same: that nobody listens any more
/// shows only then.
const QUIET_LOOKS: u32 = 15;
/// Seconds after which it is worth asking again.
const RETRY_SECONDS: u32 = 15;

#[derive(Template)]
#[template(path = "pages/log/row.html")]
struct Row {
    row: LogRow,
    /// The day of the rows below it, where it is another one.
    left: Option<String>,
}

struct Feed {
    caller: AccountCaller,
    search: LogSearch,
    /// The list that the rows belong to.
    list: ListQuery,
    seen: i64,
    /// The day of the rows that stand on top of the list, where they are not below it yet.
    day: Option<String>,
    /// How far back the list counts requests: one of the spans.
    span: usize,
    quiet: u32,
    /// Whether anything was sent: a browser that hears nothing thinks it is not connected.
    begun: bool,
    /// Its place among those of its operator.
    _place: FeedPlace,
}

/// `GET /a/{account_id}/log/live?after=…`, with the filters of the list.
pub async fn live(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    let place = caller.state().feeds().enter(caller.me().operator);
    let place = place.ok_or_else(too_many)?;
    let connections = caller.read(app::connections::list)?;
    let list = ListQuery::of(&req, &SPEC);
    let mut list = list.at(&caller.chrome().path("/log"));
    let asked = asked(&mut list, &connections, 0);
    let (mut search, span) = (asked.search, asked.span);
    search.since_ms = None;
    // A browser that comes back says what it saw last.
    let last = req.headers().get("last-event-id");
    let last: Option<i64> = last.and_then(|id| id.to_str().ok()?.parse().ok());
    let times = caller.chrome().times;
    // What came by itself came today, but for a break at midnight.
    let top: Option<i64> = match last {
        Some(_) => Some(times.now_ms()),
        None => query(&req, "top").parse().ok(),
    };
    let after = list.after().parse().ok();
    let seen = match last.or(after) {
        Some(seen) => seen,
        None => caller.read(app::provisioning::newest)?,
    };
    let feed = Feed {
        caller,
        search,
        list: list.beginning(),
        seen,
        day: top.map(|ms| times.day(ms).text),
        span,
        quiet: 0,
        begun: false,
        _place: place,
    };
    let pieces = stream::unfold(feed, |mut feed| async move {
        let piece = feed.next().await?;
        Some((Ok::<_, Error>(piece), feed))
    });
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::HeaderName::from_static("x-accel-buffering"), "no"));
    Ok(answer.streaming(pieces))
}

fn too_many() -> Error {
    Error::new(
        Kind::RateLimited,
        Reason::RateLimited,
        "You follow the log in as many windows as you may; close some of them.",
    )
    .with_retry_after(RETRY_SECONDS)
}

impl Feed {
    /// What is sent next; `None` when the feed ends: the session does, the right to see it, or the
    /// server.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.caller.state().is_stopping() {
                return None;
            }
            // The session may have ended, and looking on must not keep it alive.
            let caller = self.caller.again_in(self.caller.account()).ok()?;
            caller.require(Permission::LogsRead).ok()?;
            match self.news(&caller).await {
                Ok(text) if !self.begun => {
                    self.begun = true;
                    return Some(Bytes::from(format!("retry: 2000\n\n{text}")));
                }
                Ok(text) if !text.is_empty() => {
                    self.quiet = 0;
                    return Some(Bytes::from(text));
                }
                Ok(_) => self.quiet += 1,
                Err(error) => {
                    tracing::debug!(?error, "a feed of the log ends");
                    return None;
                }
            }
            actix_web::rt::time::sleep(LOOK_EVERY).await;
            if self.quiet >= QUIET_LOOKS {
                self.quiet = 0;
                return Some(Bytes::from_static(b":\n\n"));
            }
        }
    }

    /// New rows, and how many requests there are with them.
    async fn news(&mut self, caller: &Caller) -> Result<String> {
        let mut text = self.look(caller)?;
        if !text.is_empty() {
            counted(&self.caller).await;
            let times = caller.chrome().times;
            let search = LogSearch {
                since_ms: since(self.span, times.now_ms()),
                ..self.search.clone()
            };
            let span = self.span;
            let figures = caller.read_long(move |tx| Figures::read(tx, &search, span));
            let total = figures.await?.total(&times);
            for piece in ["event: total\ndata: ", &total, "\n\n"] {
                text.push_str(piece);
            }
        }
        Ok(text)
    }

    /// The day that a new row comes to stand above, where it is of another one.
    fn left(&mut self, times: &Times, at_ms: i64) -> Option<String> {
        let day = times.day(at_ms).text;
        let had = self.day.replace(day.clone())?;
        (had != day).then_some(had)
    }

    /// New rows as the viewer may see them now.
    fn look(&mut self, caller: &Caller) -> Result<String> {
        let (search, seen) = (&self.search, self.seen);
        let follow =
            |tx: &ReadTx<'_>| app::provisioning::follow(tx, search, seen, (LOOKED, ROWS_MAX));
        let found = caller.read(follow)?;
        self.seen = found.seen;
        if found.rows.is_empty() {
            return Ok(String::new());
        }
        let chrome = caller.chrome();
        let there = There::of(caller, &found.rows)?;
        let mut text = String::new();
        for one in &found.rows {
            let id = one.seq.to_string();
            let href = format!("{}#r-{id}", self.list.here_with("open", &id));
            let page = Row {
                row: row_of_day(one, &chrome, &there, href, false),
                left: self.left(&chrome.times, one.at_ms),
            };
            let markup = page.render().map_err(Error::internal)?;
            text.push_str("event: row\nid: ");
            text.push_str(&id);
            text.push('\n');
            for line in markup.lines() {
                text.push_str("data: ");
                text.push_str(line);
                text.push('\n');
            }
            text.push('\n');
        }
        Ok(text)
    }
}
