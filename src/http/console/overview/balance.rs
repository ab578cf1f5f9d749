//! In which column of the overview the last card stands: below the shorter one.

use super::attention::Item;
use super::{ConnectionRow, EventRow};

/// Heights at 1280 pixels, as far as they are known before anything is laid out: letters of a line
/// of the narrow column, a line, and what is around the lines of an item.
const LETTERS: usize = 32;
const LINE: usize = 19;
const AROUND: usize = 27;
/// The head of a card; of the wide column the chart, and a row of each list.
const HEAD: usize = 60;
const CHART: usize = 350;
const CONNECTION: usize = 56;
const CHANGE: usize = 62;
/// What a list takes beside its rows, or when it is empty.
const LIST: usize = 120;

/// Whether what needs somebody takes more room than all that stands beside it.
pub(super) fn attention_is_longer<'i>(
    attention: impl Iterator<Item = &'i Item>,
    connections: &[ConnectionRow],
    changes: &[EventRow],
) -> bool {
    let narrow = HEAD + attention.map(height).sum::<usize>();
    let wide = CHART + 2 * LIST + CONNECTION * connections.len() + CHANGE * changes.len();
    narrow > wide
}

fn height(item: &Item) -> usize {
    let lines = |letters: usize| letters.div_ceil(LETTERS);
    let text = item
        .text
        .pieces
        .iter()
        .map(|piece| piece.text.chars().count());
    let others = item
        .text
        .others
        .iter()
        .map(|text| lines(text.chars().count()));
    let all = lines(item.title.chars().count())
        + lines(text.sum())
        + others.sum::<usize>()
        + item.text.links.len()
        + 1;
    AROUND + LINE * all
}
