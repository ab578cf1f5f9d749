//! In which order the operations of a bulk are done.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The operations in the order in which they are done, those that need each other together:
/// as sent, but for one that needs a later one, which waits for it. What is only put off
/// keeps the client's intent (RFC 7644 3.7); to do the needed one earlier would put it before
/// operations it was sent behind. A circle is done where its last one stands, for the same
/// reason. `needs[i]` are the operations that `i` needs; `after[i]` is the one that `i` only
/// follows, which no operation needs.
pub(super) fn units(needs: &[Vec<usize>], after: &[Option<usize>]) -> Vec<Vec<usize>> {
    let mut units = circles(needs);
    let mut unit_of: Vec<Option<usize>> = vec![None; needs.len()];
    for (unit, circle) in units.iter().enumerate() {
        for &at in circle {
            unit_of[at] = Some(unit);
        }
    }
    let unit_of: Vec<usize> = unit_of
        .into_iter()
        .enumerate()
        .map(|(at, unit)| {
            unit.unwrap_or_else(|| {
                units.push(vec![at]);
                units.len() - 1
            })
        })
        .collect();
    let mut open = vec![0_usize; units.len()];
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); units.len()];
    for (at, (needed, before)) in needs.iter().zip(after).enumerate() {
        for &need in needed.iter().chain(before) {
            let (unit, other) = (unit_of[at], unit_of[need]);
            if unit != other {
                open[unit] += 1;
                needed_by[other].push(unit);
            }
        }
    }
    let last = |unit: usize| (units[unit].last().copied(), unit);
    let ready = (0..units.len()).filter(|&unit| open[unit] == 0);
    let mut ready: BinaryHeap<_> = ready.map(last).map(Reverse).collect();
    let mut order = Vec::with_capacity(units.len());
    while let Some(Reverse((_, unit))) = ready.pop() {
        order.push(unit);
        for &other in &needed_by[unit] {
            open[other] -= 1;
            if open[other] == 0 {
                ready.push(Reverse(last(other)));
            }
        }
    }
    let mut units: Vec<Option<Vec<usize>>> = units.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|unit| units[unit].take())
        .collect()
}

/// The operations that need each other in circles, each circle by itself; circles with
/// operations between them are one.
fn circles(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needed) in needs.iter().enumerate() {
        for &need in needed {
            needed_by[need].push(at);
        }
    }
    let mut left = vec![true; needs.len()];
    peel(needs, &needed_by, &mut left);
    // What is left needs a circle or is in one; what no circle needs goes too.
    peel(&needed_by, needs, &mut left);
    let mut circles = Vec::new();
    for start in 0..needs.len() {
        if !left[start] {
            continue;
        }
        left[start] = false;
        let mut circle = vec![start];
        let mut looked_at = 0;
        while let Some(&at) = circle.get(looked_at) {
            looked_at += 1;
            for &next in needs[at].iter().chain(&needed_by[at]) {
                if std::mem::take(&mut left[next]) {
                    circle.push(next);
                }
            }
        }
        circle.sort_unstable();
        circles.push(circle);
    }
    circles
}

/// Takes out what has no edge in `out` to anything that is left, again and again.
fn peel(out: &[Vec<usize>], back: &[Vec<usize>], left: &mut [bool]) {
    let mut open: Vec<usize> = out
        .iter()
        .map(|edges| edges.iter().filter(|&&other| left[other]).count())
        .collect();
    let mut free: Vec<usize> = (0..out.len())
        .filter(|&at| left[at] && open[at] == 0)
        .collect();
    while let Some(at) = free.pop() {
        left[at] = false;
        for &other in &back[at] {
            open[other] = open[other].saturating_sub(1);
            if left[other] && open[other] == 0 {
                free.push(other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(needs: &[&[usize]]) -> Vec<Vec<usize>> {
        chained(needs, &vec![None; needs.len()])
    }

    fn chained(needs: &[&[usize]], after: &[Option<usize>]) -> Vec<Vec<usize>> {
        let needs: Vec<Vec<usize>> = needs.iter().map(|needed| needed.to_vec()).collect();
        units(&needs, after)
    }

    #[test]
    fn without_references_the_order_is_as_sent() {
        assert_eq!(of(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(of(&[&[], &[], &[]]), [[0], [1], [2]]);
        assert_eq!(of(&[&[], &[0], &[0, 1]]), [[0], [1], [2]]);
    }

    #[test]
    fn what_needs_a_later_one_waits_for_it_and_for_no_other() {
        assert_eq!(of(&[&[2], &[], &[], &[]]), [[1], [2], [0], [3]]);
        assert_eq!(of(&[&[1], &[2], &[]]), [[2], [1], [0]]);
    }

    #[test]
    fn what_follows_one_that_waits_waits_too() {
        let after = [None, Some(0), None, None, Some(1)];
        let needs: [&[usize]; 5] = [&[3], &[], &[], &[], &[]];
        assert_eq!(chained(&needs, &after), [[2], [3], [0], [1], [4]]);
    }

    #[test]
    fn a_circle_is_done_at_once_where_its_last_stands() {
        assert_eq!(of(&[&[2], &[], &[0], &[]]), [vec![1], vec![0, 2], vec![3]]);
        assert_eq!(of(&[&[], &[2], &[1], &[]]), [vec![0], vec![1, 2], vec![3]]);
        assert_eq!(of(&[&[0]]), [[0]]);
        let two = of(&[&[1], &[0], &[3], &[2]]);
        assert_eq!(two, [[0, 1], [2, 3]]);
        // Who needs somebody of a circle, and whom a circle needs, is not of it.
        assert_eq!(
            of(&[&[1], &[2], &[1, 3], &[]]),
            [vec![3], vec![1, 2], vec![0]]
        );
    }

    proptest! {
        #[test]
        fn everything_is_done_once_and_after_what_it_needs_and_follows(
            edges in proptest::collection::vec((0..12_usize, 0..12_usize), 0..30),
            places in proptest::collection::vec(0..4_usize, 12),
        ) {
            let mut needs = vec![Vec::new(); 12];
            for (at, need) in edges {
                needs[at].push(need);
            }
            // As in a request: what is needed is at no place yet.
            let needed: Vec<usize> = needs.iter().flatten().copied().collect();
            let stands = |at: &usize| !needed.contains(at);
            let before = |at: usize| (0..at).rev().find(|&b| stands(&b) && places[b] == places[at]);
            let after: Vec<Option<usize>> = (0..12)
                .map(|at| before(at).filter(|_| stands(&at)))
                .collect();
            let order = units(&needs, &after);
            let mut all: Vec<usize> = order.iter().flatten().copied().collect();
            let place = |at: usize| order.iter().position(|unit| unit.contains(&at));
            for (at, needed) in needs.iter().enumerate() {
                for &need in needed {
                    prop_assert!(place(need) <= place(at), "{needs:?}: {order:?}");
                }
            }
            for (at, before) in after.iter().enumerate() {
                if let Some(before) = before {
                    prop_assert!(place(*before) < place(at), "{needs:?} {after:?}: {order:?}");
                }
            }
            all.sort_unstable();
            prop_assert_eq!(all, (0..12).collect::<Vec<_>>());
        }
    }
}
