//! Lists page by page: where a page begins, and what its answer says of the pages around it.
//!
//! A page by index begins at a number. Whoever reads in order continues behind the last row
//! that was sent (see [`crate::store::positions`]). A page by cursor begins where the cursor
//! says; it holds all there is to know, so that the server keeps nothing for it (RFC 9865 5.3),
//! it stays good as long as the server's key, and it gives nobody a right to anything.

mod texts;

use std::ops::Range;

use actix_web::HttpResponse;
use data_encoding::BASE64URL_NOPAD;

use super::error::ScimError;
use super::respond;
use crate::domain::error::Error;
use crate::domain::listing::{Begin, Listing, Paged, Part, Position, Span, Spot};
use crate::http::caller::ScimCaller;
use crate::scim;
use crate::scim::cursor::Cursor;
use crate::scim::list::{Frame, ListRequest, PAGE_DEFAULT, Paging};
use crate::store::positions::ListId;
use crate::store::tx::ReadTx;

pub use texts::{Buffer, Texts};

/// The longest answer of a list: its page is shortened to fit.
pub const LIST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A page that begins further in may walk over as many rows first, 40 ns each: that is not for a
/// worker.
const NEAR_OFFSET_MAX: i64 = 200_000;

/// A list that is being read, at one of its pages.
pub struct Walk<'c> {
    caller: &'c ScimCaller,
    /// What all pages of the list have in common.
    about: String,
    filtered: bool,
    method: Method,
    span: Span<Spot>,
}

enum Method {
    Index {
        list: ListId,
        offset: i64,
        /// Whether the page continues behind one that was read.
        continued: bool,
    },
    Cursor,
}

impl<'c> Walk<'c> {
    /// `name` says which resources are listed.
    ///
    /// Errors: `invalidCursor`, `invalidCount`.
    pub fn begin(
        caller: &'c ScimCaller,
        name: &str,
        request: &ListRequest,
    ) -> Result<Self, ScimError> {
        let about = request.about(name);
        let filtered = request.filter.is_some();
        let (method, span) = match &request.paging {
            Paging::Index { offset, count } => {
                let list = ListId::of(caller.account(), Some(caller.client()?.token), &about);
                by_index(caller, list, *offset, *count, filtered)
            }
            Paging::Cursor {
                cursor: None,
                count,
            } => (Method::Cursor, first(count.unwrap_or(PAGE_DEFAULT))),
            Paging::Cursor {
                cursor: Some(cursor),
                count,
            } => (Method::Cursor, by_cursor(caller, &about, cursor, *count)?),
        };
        Ok(Self {
            caller,
            about,
            filtered,
            method,
            span,
        })
    }

    /// The page in a list that has two parts.
    pub fn span(&self) -> Span<Spot> {
        self.span.clone()
    }

    /// The page in a list of one part.
    pub fn span_of_one(&self) -> Span {
        Span {
            begin: self.span.begin.clone().map(|spot| spot.position),
            limit: self.span.limit,
            known_total: self.span.known_total,
        }
    }

    /// Whether the page is read, and shortened, from its end.
    pub fn is_backward(&self) -> bool {
        self.span.begin.is_backward()
    }

    /// What the answer says of the list.
    pub fn frame<T, P>(&self, page: &Paged<T, P>) -> Frame {
        let (start_index, total) = match self.method {
            Method::Cursor => (None, page.total),
            Method::Index {
                offset, continued, ..
            } => {
                let end = offset.saturating_add(count(page.positions.len()));
                // Numbers go on from the page before, whatever was deleted since: a client that
                // reads until startIndex passes totalResults must come to the last row, and
                // must find an end.
                let total = match (continued, page.more) {
                    (false, _) => page.total,
                    (true, true) => page.total.max(end + 1),
                    (true, false) => end,
                };
                (Some(offset.saturating_add(1)), total)
            }
        };
        Frame {
            total,
            start_index,
            next: None,
            previous: None,
        }
    }

    /// Says in `frame` how to go on, now that the resources `shown` of the page are sent.
    ///
    /// `spot` says where in the whole list a place of the page is: see [`in_part`].
    pub fn close<T, P>(
        &self,
        page: &Paged<T, P>,
        spot: impl Fn(&P) -> Spot,
        shown: Range<usize>,
        frame: &mut Frame,
    ) {
        if self.span.limit == 0 {
            return;
        }
        let cut = shown.len() < page.positions.len();
        match self.method {
            Method::Index { list, offset, .. } => {
                // What is answered on one page needs no place, and most look-ups are.
                let goes_on = page.more || cut || offset > 0;
                if let Some(last) = page.positions[shown.clone()].last().filter(|_| goes_on) {
                    let db = self.caller.state().db();
                    let end = offset.saturating_add(count(shown.len()));
                    let now_ms = db.clock().now_ms();
                    let last = spot(last);
                    db.positions().remember(list, end, last, page.total, now_ms);
                }
            }
            Method::Cursor => self.close_by_cursor(page, spot, shown, frame),
        }
    }

    fn close_by_cursor<T, P>(
        &self,
        page: &Paged<T, P>,
        spot: impl Fn(&P) -> Spot,
        shown: Range<usize>,
        frame: &mut Frame,
    ) {
        let seal = |begin| Some(self.seal(begin, page.total));
        let backward = self.is_backward();
        let sent = &page.positions[shown.clone()];
        let (Some(head), Some(last)) = (sent.first(), sent.last()) else {
            // All before it are gone: the next page is the first one. After the last page there
            // is nothing, and going back from there is the client's own matter.
            frame.next = backward.then(|| self.seal(Begin::First, page.total));
            return;
        };
        let is_first = self.span.begin == Begin::First;
        let more_after = backward || page.more || shown.end < page.positions.len();
        let more_before = if backward {
            page.more || shown.start > 0
        } else {
            !is_first
        };
        if more_after {
            frame.next = seal(Begin::After(spot(last)));
        }
        if more_before {
            frame.previous = seal(Begin::Before(spot(head)));
        }
    }

    /// A cursor of this list, in letters that need no encoding in a URL (RFC 3986 2.3).
    fn seal(&self, begin: Begin<Spot>, total: i64) -> String {
        let cursor = Cursor {
            begin,
            count: self.span.limit,
            total: self.filtered.then_some(total),
        };
        let keys = self.caller.state().db().keys();
        let about = bound_to(self.caller, &self.about);
        BASE64URL_NOPAD.encode(&keys.seal(&about, &cursor.to_bytes()))
    }
}

/// What a cursor is good for alone.
fn bound_to(caller: &ScimCaller, about: &str) -> Vec<u8> {
    let mut bytes = caller.account().as_bytes().to_vec();
    bytes.extend_from_slice(about.as_bytes());
    bytes
}

fn first(limit: i64) -> Span<Spot> {
    Span {
        begin: Begin::First,
        limit,
        known_total: None,
    }
}

fn by_index(
    caller: &ScimCaller,
    list: ListId,
    offset: i64,
    limit: i64,
    filtered: bool,
) -> (Method, Span<Spot>) {
    let method = |continued| Method::Index {
        list,
        offset,
        continued,
    };
    if offset == 0 {
        return (method(false), first(limit));
    }
    let db = caller.state().db();
    let known = db.positions().recall(list, offset, db.clock().now_ms());
    let continued = known.is_some();
    let span = match known {
        Some((spot, total)) => Span {
            begin: Begin::After(spot),
            limit,
            known_total: filtered.then_some(total),
        },
        None => Span {
            begin: Begin::At(offset),
            ..first(limit)
        },
    };
    (method(continued), span)
}

fn by_cursor(
    caller: &ScimCaller,
    about: &str,
    cursor: &str,
    count: Option<i64>,
) -> Result<Span<Spot>, scim::Error> {
    let sealed = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    let opened = sealed.and_then(|sealed| {
        let keys = caller.state().db().keys();
        keys.unseal(&bound_to(caller, about), &sealed)
    });
    // The answer is the same whatever is wrong with it (RFC 9865 5.2).
    let read = opened.and_then(|bytes| Cursor::from_bytes(&bytes));
    let cursor = read.ok_or_else(|| {
        scim::Error::invalid_cursor(
            "The cursor is none that this list gave; send the first page's parameters with every \
             page and the nextCursor as it was answered, or an empty cursor to begin again.",
        )
    })?;
    // The count of the first page holds for all (RFC 9865 2.1); who leaves it out means it.
    if count.is_some_and(|count| count != cursor.count) {
        return Err(scim::Error::invalid_count(format!(
            "The pages of this cursor have a count of {}; send that count, or begin again with an \
             empty cursor.",
            cursor.count
        )));
    }
    Ok(Span {
        begin: cursor.begin,
        limit: cursor.count,
        known_total: cursor.total,
    })
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

/// Whether a page is tried on a worker: when an index bounds the work. `picks` and `sorts`
/// say what an index answers, `made` is the order of the table itself.
pub fn is_near<C, K: PartialEq>(
    listing: &Listing<C, K>,
    made: &K,
    picks: impl Fn(&C) -> bool,
    sorts: impl Fn(&K) -> bool,
) -> bool {
    let key = &listing.order.key;
    if let Some(filter) = &listing.filter {
        // With both, SQLite may walk along the order's index and look for the few.
        return filter.is_selective(&picks) && key == made;
    }
    let far = matches!(listing.span.begin, Begin::At(offset) if offset > NEAR_OFFSET_MAX);
    sorts(key) && !far
}

/// A page: on this thread when it looks near, else on the pool. That an index finds the rows
/// does not say how few they are (everybody may have one displayName), so who is near only
/// tries; all other requests of the worker wait meanwhile.
pub async fn read<T: Send + 'static>(
    caller: &ScimCaller,
    near: bool,
    list: impl Fn(&ReadTx<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    if near && let Some(page) = caller.try_read(&list)? {
        return Ok(page);
    }
    caller.read_long(move |tx| list(tx)).await
}

/// What a place is in a list of one part, or in this part of a list.
pub fn in_part(part: Part) -> impl Fn(&Position) -> Spot {
    move |position| Spot {
        part,
        position: position.clone(),
    }
}

/// The answer of a list of one part whose resources are texts: as many of the page as fit.
pub fn answer<B: Buffer>(
    walk: &Walk<'_>,
    page: &Paged<usize>,
    part: Part,
    texts: Texts<B>,
) -> HttpResponse {
    let shown = if texts.bytes() <= LIST_BYTES_MAX {
        0..page.items.len()
    } else {
        let sizes = page.items.iter().map(|number| texts.size(*number));
        let sizes: Vec<usize> = sizes.collect();
        fitting(&sizes, walk.is_backward())
    };
    let mut frame = walk.frame(page);
    let mut body = texts.with(&page.items[shown.clone()]);
    let items = shown.len();
    walk.close(page, in_part(part), shown, &mut frame);
    let mut tail = String::with_capacity(128);
    frame.render_tail(items, &mut tail);
    body.push_text(&tail);
    respond::json(body.into_bytes())
}

/// Which items of a page an answer holds, by their sizes in bytes: from its beginning, or from
/// its end when the page was read so; at least one.
pub fn fitting(sizes: &[usize], backward: bool) -> Range<usize> {
    let mut bytes = 0_usize;
    let mut fits = |size: &usize| {
        bytes = bytes.saturating_add(*size);
        bytes <= LIST_BYTES_MAX
    };
    if backward {
        let fit = sizes.iter().rev().take_while(|size| fits(size)).count();
        sizes.len() - fit.max(1).min(sizes.len())..sizes.len()
    } else {
        let fit = sizes.iter().take_while(|size| fits(size)).count();
        0..fit.max(1).min(sizes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_as_much_as_fits_and_at_least_one() {
        let half = LIST_BYTES_MAX / 2;
        assert_eq!(fitting(&[], false), 0..0);
        assert_eq!(fitting(&[], true), 0..0);
        assert_eq!(fitting(&[half, half, 1], false), 0..2);
        assert_eq!(fitting(&[1, half, half], true), 1..3);
        assert_eq!(fitting(&[LIST_BYTES_MAX + 1, 1], false), 0..1);
        assert_eq!(fitting(&[1, usize::MAX], true), 1..2);
    }
}
