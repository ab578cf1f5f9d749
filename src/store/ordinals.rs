//! Which row is the n-th of an account's: learned from who asked, so that a jump into a long
//! list counts rows off from the nearest one whose number is known, and not from the first.
//!
//! Rows are made at the end alone, so a number stays true until a row before it goes. Nobody
//! has to say that one went: with the numbers are kept how many rows there were and which was
//! the last. When a reader's own view still has that row, and has as many more rows in all as
//! it has rows behind that one, then none before it went.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Lists whose numbers are kept; with more, all are learned anew.
const LISTS_MAX: usize = 16;
/// Numbers kept of a list: some 100 KiB.
const NUMBERS_MAX: usize = 4096;
/// Numbers closer to a known one than this are not worth keeping.
const NUMBERS_APART: i64 = 32;
/// Whoever counts rows off learns the number of one in so many.
pub(in crate::store) const STRIDE: i64 = 256;
/// Rows behind the last one that are counted to tell that none before it went.
pub(in crate::store) const ADDED_MAX: i64 = 10_000;

/// An account's key and what is listed.
pub(in crate::store) type List = (i64, &'static str);

/// What a view had: how many rows, and the key of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Extent {
    pub(in crate::store) rows: i64,
    pub(in crate::store) last: i64,
}

#[derive(Debug, Default)]
pub(in crate::store) struct Ordinals(Mutex<HashMap<List, Known>>);

#[derive(Debug)]
struct Known {
    /// The numbers were true of this.
    extent: Extent,
    /// Numbers, from 1 on, and their rows' keys.
    numbers: BTreeMap<i64, i64>,
}

impl Ordinals {
    /// What the numbers of a list were true of.
    pub(in crate::store) fn extent(&self, list: List) -> Option<Extent> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(&list).map(|known| known.extent)
    }

    /// The last known number up to `number`, and its row's key, while they are true of `extent`.
    pub(in crate::store) fn nearest(
        &self,
        list: List,
        extent: Extent,
        number: i64,
    ) -> Option<(i64, i64)> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lists.get(&list).filter(|known| known.extent == extent)?;
        let nearest = known.numbers.range(..=number).next_back()?;
        Some((*nearest.0, *nearest.1))
    }

    /// Keeps that the row `key` was the `number`th of `now`. `still`: what the known numbers
    /// were true of, when they were found to be true of `now` too; else they are forgotten.
    pub(in crate::store) fn learn(
        &self,
        list: List,
        still: Option<Extent>,
        now: Extent,
        (number, key): (i64, i64),
    ) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(known), Some(still)) = (lists.get_mut(&list), still) {
            // Somebody else has learned more meanwhile, perhaps of a later view.
            if known.extent != still {
                return;
            }
            known.extent = now;
            let near = known.numbers.range(..=number).next_back();
            let apart = near.is_none_or(|(near, _)| number - near >= NUMBERS_APART);
            if apart && known.numbers.len() < NUMBERS_MAX {
                known.numbers.insert(number, key);
            }
            return;
        }
        if lists.len() >= LISTS_MAX {
            lists.clear();
        }
        let known = Known {
            extent: now,
            numbers: BTreeMap::from([(number, key)]),
        };
        lists.insert(list, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List = (1, "m");

    fn extent(rows: i64, last: i64) -> Extent {
        Extent { rows, last }
    }

    #[test]
    fn a_number_is_known_while_what_it_was_true_of_stands() {
        let ordinals = Ordinals::default();
        assert_eq!(ordinals.extent(LIST), None);
        let now = extent(1000, 7000);
        ordinals.learn(LIST, None, now, (500, 3500));
        assert_eq!(ordinals.extent(LIST), Some(now));
        assert_eq!(ordinals.nearest(LIST, now, 499), None);
        assert_eq!(ordinals.nearest(LIST, now, 900), Some((500, 3500)));
        assert_eq!(ordinals.nearest((2, "m"), now, 900), None);
        assert_eq!(ordinals.nearest(LIST, extent(999, 7000), 900), None);
        // More came; what is known stays, and what is next to it is not worth its place.
        let later = extent(1001, 7007);
        ordinals.learn(LIST, Some(now), later, (510, 3570));
        ordinals.learn(LIST, Some(later), later, (800, 5600));
        assert_eq!(ordinals.nearest(LIST, later, 700), Some((500, 3500)));
        assert_eq!(ordinals.nearest(LIST, later, 900), Some((800, 5600)));
        // Who looked at an older view teaches nothing.
        ordinals.learn(LIST, Some(now), now, (900, 6300));
        assert_eq!(ordinals.nearest(LIST, later, 900), Some((800, 5600)));
        // One went: all is learned anew.
        let fewer = extent(1000, 7007);
        ordinals.learn(LIST, None, fewer, (10, 80));
        assert_eq!(ordinals.nearest(LIST, fewer, 900), Some((10, 80)));
    }

    #[test]
    fn lists_and_numbers_are_bounded() {
        let ordinals = Ordinals::default();
        let now = extent(1_000_000, 1_000_000);
        for account in 0..1000 {
            ordinals.learn((account, "m"), None, now, (1, 1));
        }
        for number in (1..1_000_000).step_by(100) {
            ordinals.learn((999, "m"), Some(now), now, (number, number));
        }
        let lists = ordinals.0.lock().expect("nobody panicked");
        assert!(lists.len() <= LISTS_MAX);
        assert!(
            lists
                .values()
                .all(|known| known.numbers.len() <= NUMBERS_MAX)
        );
    }
}
