//! Which row is the n-th of an account's: learned from who asked, so that a jump into a long
//! list counts rows off from the nearest one whose number is known, and not from the first.
//!
//! Rows are made at the end alone, so a number stays true until a row before it goes. How many
//! ever went says the account's row: it keeps how many there are, and the number given last.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Lists whose numbers are kept; with more, all are learned anew.
const LISTS_MAX: usize = 16;
/// Numbers kept of a list: some 400 KiB.
const NUMBERS_MAX: usize = 16_384;
/// Numbers closer to a known one than this are not worth keeping.
const NUMBERS_APART: i64 = 32;
/// Whoever counts rows off learns the number of one in so many: on the way, and near the end.
const STRIDE: i64 = 256;
const LAST_STRIDE: i64 = 32;

/// An account's key and what is listed.
pub(in crate::store) type List = (i64, &'static str);

/// How many rows are counted at once of those that are left.
pub(in crate::store) fn stride(left: i64) -> i64 {
    if left > STRIDE {
        STRIDE
    } else {
        left.min(LAST_STRIDE)
    }
}

#[derive(Debug, Default)]
pub(in crate::store) struct Ordinals(Mutex<HashMap<List, Known>>);

#[derive(Debug)]
struct Known {
    /// How many rows had gone when the numbers were learned.
    gone: i64,
    /// Numbers, from 1 on, and their rows' keys.
    numbers: BTreeMap<i64, i64>,
}

impl Ordinals {
    /// The last known number up to `number`, and its row's key, while so many rows have gone.
    pub(in crate::store) fn nearest(
        &self,
        list: List,
        gone: i64,
        number: i64,
    ) -> Option<(i64, i64)> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lists.get(&list).filter(|known| known.gone == gone)?;
        let nearest = known.numbers.range(..=number).next_back()?;
        Some((*nearest.0, *nearest.1))
    }

    /// Keeps that the row `key` was the `number`th when so many rows had gone. What was learned
    /// when fewer had is forgotten; who looked at an older view teaches nothing.
    pub(in crate::store) fn learn(&self, list: List, gone: i64, (number, key): (i64, i64)) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !lists.contains_key(&list) && lists.len() >= LISTS_MAX {
            lists.clear();
        }
        let known = lists.entry(list).or_insert_with(|| Known {
            gone,
            numbers: BTreeMap::new(),
        });
        if known.gone > gone {
            return;
        }
        if known.gone < gone {
            known.gone = gone;
            known.numbers.clear();
        }
        let near = known.numbers.range(..=number).next_back();
        let apart = near.is_none_or(|(near, _)| number - near >= NUMBERS_APART);
        if apart && known.numbers.len() < NUMBERS_MAX {
            known.numbers.insert(number, key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List = (1, "m");

    #[test]
    fn a_number_is_known_until_a_row_goes() {
        let ordinals = Ordinals::default();
        assert_eq!(ordinals.nearest(LIST, 3, 900), None);
        ordinals.learn(LIST, 3, (500, 3500));
        assert_eq!(ordinals.nearest(LIST, 3, 499), None);
        assert_eq!(ordinals.nearest(LIST, 3, 900), Some((500, 3500)));
        assert_eq!(ordinals.nearest((2, "m"), 3, 900), None);
        assert_eq!(ordinals.nearest(LIST, 4, 900), None);
        // What is next to a known one is not worth its place.
        ordinals.learn(LIST, 3, (510, 3570));
        ordinals.learn(LIST, 3, (800, 5600));
        assert_eq!(ordinals.nearest(LIST, 3, 700), Some((500, 3500)));
        // Who looked at an older view teaches nothing.
        ordinals.learn(LIST, 2, (900, 6300));
        assert_eq!(ordinals.nearest(LIST, 3, 900), Some((800, 5600)));
        // One went: all is learned anew.
        ordinals.learn(LIST, 4, (10, 80));
        assert_eq!(ordinals.nearest(LIST, 4, 900), Some((10, 80)));
        assert_eq!(ordinals.nearest(LIST, 3, 900), None);
    }

    #[test]
    fn rows_are_counted_off_in_large_steps_and_then_in_small_ones() {
        assert_eq!(
            [1, 32, 33, 256, 257, 9_000].map(stride),
            [1, 32, 32, 32, 256, 256]
        );
    }

    #[test]
    fn lists_and_numbers_are_bounded() {
        let ordinals = Ordinals::default();
        for account in 0..1000 {
            ordinals.learn((account, "m"), 1, (1, 1));
        }
        for number in (1..4_000_000).step_by(100) {
            ordinals.learn((999, "m"), 1, (number, number));
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
