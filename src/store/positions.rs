//! Where readers of lists stand: so that the next page of a list is found by key, however far
//! in it begins.
//!
//! `startIndex` is a number, and finding the n-th row means counting n rows off. Clients read in
//! order, though: each page begins where the one before ended. So the end of each page is kept
//! here for a while, under who reads which list, with the total of its first page; the next page
//! continues at that place.
//!
//! What that means for rows that come and go while a list is read: a row that was there
//! throughout is read exactly once, since the next page begins behind the last row that was
//! sent and not at a number that has come to mean another row. A place is shared by what reads
//! the same list with the same token, and is at most [`KEPT_MS`] old: a page that begins with it
//! is the page that began there then, so it differs from a fresh count by what came and went
//! since. A first page never looks here. What was forgotten costs time, nothing else.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};

use crate::domain::id::{AccountId, TokenId};
use crate::domain::listing::Spot;

/// How long a place is kept, in milliseconds.
pub const KEPT_MS: i64 = 5 * 60 * 1000;
/// Lists that are kept, the latest read.
pub const LISTS_MAX: usize = 256;
/// Places of one list that are kept, the latest written: some requests are repeated, and some
/// clients read with several requests at once.
pub const PLACES_MAX: usize = 8;

/// Who reads which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListId([u8; 32]);

impl ListId {
    /// `about` names type, filter and order.
    pub fn of(account: AccountId, token: Option<TokenId>, about: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(account.as_bytes());
        context.update(&token.map_or([0; 16], |token| *token.as_bytes()));
        context.update(about.as_bytes());
        let mut id = [0; 32];
        id.copy_from_slice(context.finish().as_ref());
        Self(id)
    }
}

/// Remembers a bounded number of places, in memory alone.
#[derive(Debug, Default)]
pub struct Positions(Mutex<HashMap<ListId, Reading>>);

#[derive(Debug)]
struct Reading {
    /// Of the first page.
    total: i64,
    /// When it was last read: milliseconds since 1970, by the given clock.
    read_ms: i64,
    places: VecDeque<Place>,
}

#[derive(Debug)]
struct Place {
    /// After so many rows, the row at this spot was sent.
    offset: i64,
    spot: Spot,
    /// When it was: asking for it again and again does not make it younger.
    sent_ms: i64,
}

impl Positions {
    /// Where the first `offset` rows of the list ended, and the total that was said.
    pub fn recall(&self, list: ListId, offset: i64, now_ms: i64) -> Option<(Spot, i64)> {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = readings.get_mut(&list)?;
        if is_stale(reading.read_ms, now_ms) {
            readings.remove(&list);
            return None;
        }
        reading.read_ms = now_ms;
        reading
            .places
            .retain(|place| !is_stale(place.sent_ms, now_ms));
        let found = reading.places.iter().find(|place| place.offset == offset)?;
        Some((found.spot.clone(), reading.total))
    }

    /// Keeps where the first `offset` rows of the list ended.
    pub fn remember(&self, list: ListId, offset: i64, place: Spot, total: i64, now_ms: i64) {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !readings.contains_key(&list) && readings.len() >= LISTS_MAX {
            make_room(&mut readings, now_ms);
        }
        let reading = readings.entry(list).or_insert_with(|| Reading {
            total,
            read_ms: now_ms,
            places: VecDeque::new(),
        });
        reading.total = total;
        reading.read_ms = now_ms;
        reading.places.retain(|kept| kept.offset != offset);
        if reading.places.len() >= PLACES_MAX {
            reading.places.pop_front();
        }
        reading.places.push_back(Place {
            offset,
            spot: place,
            sent_ms: now_ms,
        });
    }
}

/// A clock that was set back makes it stale too.
fn is_stale(since_ms: i64, now_ms: i64) -> bool {
    now_ms.abs_diff(since_ms) > KEPT_MS.unsigned_abs()
}

/// Drops what is stale, or else what was read longest ago.
fn make_room(readings: &mut HashMap<ListId, Reading>, now_ms: i64) {
    readings.retain(|_, reading| !is_stale(reading.read_ms, now_ms));
    if readings.len() < LISTS_MAX {
        return;
    }
    let oldest = readings
        .iter()
        .min_by_key(|(_, reading)| reading.read_ms)
        .map(|(list, _)| *list);
    if let Some(oldest) = oldest {
        readings.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::listing::{Part, Position, SortValue};

    fn list(name: &str) -> ListId {
        ListId::of(AccountId::from_bytes([1; 16]), None, name)
    }

    fn place(seq: i64) -> Spot {
        let key = SortValue::Missing;
        Spot {
            part: Part::Members,
            position: Position { key, seq },
        }
    }

    #[test]
    fn a_place_is_found_by_its_list_and_number_for_a_while() {
        let positions = Positions::default();
        positions.remember(list("a"), 100, place(7), 900, 0);
        let found = Some((place(7), 900));
        assert_eq!(positions.recall(list("a"), 100, KEPT_MS), found);
        assert_eq!(positions.recall(list("a"), 101, KEPT_MS), None);
        assert_eq!(positions.recall(list("b"), 100, KEPT_MS), None);
        // Looking at it does not make it younger, and neither does a later page.
        positions.remember(list("a"), 200, place(9), 900, KEPT_MS);
        assert_eq!(positions.recall(list("a"), 100, KEPT_MS + 1), None);
        assert_eq!(
            positions.recall(list("a"), 200, KEPT_MS + 1),
            Some((place(9), 900))
        );
        positions.remember(list("a"), 100, place(7), 900, KEPT_MS);
        assert_eq!(positions.recall(list("a"), 100, -1), None);
    }

    #[test]
    fn lists_differ_by_account_token_and_what_is_asked() {
        let account = |byte| AccountId::from_bytes([byte; 16]);
        let token = |byte| Some(TokenId::from_bytes([byte; 16]));
        let ids = [
            ListId::of(account(1), token(1), "a"),
            ListId::of(account(2), token(1), "a"),
            ListId::of(account(1), token(2), "a"),
            ListId::of(account(1), token(1), "b"),
            ListId::of(account(1), None, "a"),
        ];
        for (at, id) in ids.iter().enumerate() {
            assert!(!ids[at + 1..].contains(id), "{at}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let positions = Positions::default();
        for offset in 0..20 {
            positions.remember(list("a"), offset, place(offset), 20, 0);
        }
        assert_eq!(positions.recall(list("a"), 11, 0), None);
        assert!(positions.recall(list("a"), 12, 0).is_some());
        for (number, now_ms) in (0_i64..).zip(0..LISTS_MAX) {
            let now_ms = i64::try_from(now_ms).expect("small");
            positions.remember(list(&number.to_string()), 1, place(1), 2, now_ms + 1);
        }
        // The list that was read longest ago made room.
        assert_eq!(positions.recall(list("a"), 19, 1), None);
        assert!(positions.recall(list("0"), 1, 1).is_some());
        let kept = positions.0.lock().expect("nobody panicked").len();
        assert_eq!(kept, LISTS_MAX);
    }
}
