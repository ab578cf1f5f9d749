//! Cursors (RFC 9865 2): a place in a list as bytes. Whoever hands them out seals them, so
//! that they say nothing to a client and can't be made up.

use crate::domain::listing::{Begin, Part, Position, SortValue, Spot};

/// What a cursor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Where the page begins; never [`Begin::At`].
    pub begin: Begin<Spot>,
    /// The `count` of the first page, which all others must have (RFC 9865 2.1), 0 to 255.
    pub count: i64,
    /// How many rows were counted for the first page; `None` where they are known anyway.
    pub total: Option<i64>,
}

/// The first byte: another layout gets another number.
const LAYOUT: u8 = 1;

const FIRST: u8 = 0;
const AFTER: u8 = 1;
const BEFORE: u8 = 2;
const LAST: u8 = 3;
const BEGIN: u8 = 0b11;
const GROUPS: u8 = 0b100;
const COUNTED: u8 = 0b1000;

const MISSING: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

impl Cursor {
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, spot) = match &self.begin {
            // Nobody gives a cursor for a number; it would begin with the first page.
            Begin::First | Begin::At(_) => (FIRST, None),
            Begin::After(spot) => (AFTER, Some(spot)),
            Begin::Before(spot) => (BEFORE, Some(spot)),
            Begin::Last => (LAST, None),
        };
        let groups = spot.is_some_and(|spot| spot.part == Part::Groups);
        let flags =
            kind | if groups { GROUPS } else { 0 } | if self.total.is_some() { COUNTED } else { 0 };
        let count = u8::try_from(self.count).unwrap_or(u8::MAX);
        let mut bytes = vec![LAYOUT, flags, count];
        if let Some(total) = self.total {
            push_number(&mut bytes, total);
        }
        let Some(Spot { position, .. }) = spot else {
            return bytes;
        };
        push_number(&mut bytes, position.seq);
        match &position.key {
            SortValue::Missing => bytes.push(MISSING),
            SortValue::Integer(number) => {
                bytes.push(INTEGER);
                push_number(&mut bytes, *number);
            }
            SortValue::Text(text) => {
                bytes.push(TEXT);
                bytes.extend_from_slice(text.as_bytes());
            }
            SortValue::Bytes(value) => {
                bytes.push(BYTES);
                bytes.extend_from_slice(value);
            }
        }
        bytes
    }

    /// `None` for what [`Self::to_bytes`] does not write.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[layout, flags, count], mut rest) = bytes.split_first_chunk()?;
        if layout != LAYOUT || flags > (BEGIN | GROUPS | COUNTED) {
            return None;
        }
        let total = if flags & COUNTED == 0 {
            None
        } else {
            Some(take_number(&mut rest)?)
        };
        let kind = flags & BEGIN;
        let begin = if kind == AFTER || kind == BEFORE {
            let part = if flags & GROUPS == 0 {
                Part::Members
            } else {
                Part::Groups
            };
            let spot = Spot {
                part,
                position: take_position(rest)?,
            };
            if kind == AFTER {
                Begin::After(spot)
            } else {
                Begin::Before(spot)
            }
        } else if !rest.is_empty() || flags & GROUPS != 0 {
            return None;
        } else if kind == FIRST {
            Begin::First
        } else {
            Begin::Last
        };
        Some(Self {
            begin,
            count: i64::from(count),
            total,
        })
    }
}

fn take_position(mut rest: &[u8]) -> Option<Position> {
    let seq = take_number(&mut rest)?;
    let (&kind, mut rest) = rest.split_first()?;
    let key = match kind {
        MISSING => SortValue::Missing,
        INTEGER => SortValue::Integer(take_number(&mut rest)?),
        TEXT => SortValue::Text(String::from_utf8(rest.to_vec()).ok()?),
        BYTES => SortValue::Bytes(rest.to_vec()),
        _ => return None,
    };
    let whole = matches!(kind, TEXT | BYTES) || rest.is_empty();
    whole.then_some(Position { key, seq })
}

/// Small numbers take few bytes: how many, then these, the lowest first.
fn push_number(bytes: &mut Vec<u8>, number: i64) {
    let all = number.to_le_bytes();
    let used = all
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |at| at + 1);
    bytes.push(u8::try_from(used).unwrap_or_default());
    bytes.extend_from_slice(&all[..used]);
}

fn take_number(bytes: &mut &[u8]) -> Option<i64> {
    let (&used, rest) = bytes.split_first()?;
    let used = usize::from(used);
    if used > rest.len() || used > 8 {
        return None;
    }
    let (number, rest) = rest.split_at(used);
    let mut all = [0; 8];
    all[..used].copy_from_slice(number);
    *bytes = rest;
    Some(i64::from_le_bytes(all))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn begin() -> impl Strategy<Value = Begin<Spot>> {
        let key = prop_oneof![
            Just(SortValue::Missing),
            any::<i64>().prop_map(SortValue::Integer),
            ".{0,20}".prop_map(SortValue::Text),
            proptest::collection::vec(any::<u8>(), 0..20).prop_map(SortValue::Bytes),
        ];
        let part = prop_oneof![Just(Part::Members), Just(Part::Groups)];
        let spot = (part, key, any::<i64>()).prop_map(|(part, key, seq)| Spot {
            part,
            position: Position { key, seq },
        });
        prop_oneof![
            Just(Begin::First),
            Just(Begin::Last),
            spot.clone().prop_map(Begin::After),
            spot.prop_map(Begin::Before),
        ]
    }

    #[test]
    fn a_cursor_of_the_usual_list_is_short() {
        let position = Position {
            key: SortValue::Missing,
            seq: 1_000_000,
        };
        let cursor = Cursor {
            begin: Begin::After(Spot {
                part: Part::Members,
                position,
            }),
            count: 100,
            total: None,
        };
        assert_eq!(cursor.to_bytes().len(), 8);
    }

    proptest! {
        #[test]
        fn reading_what_was_written_gives_it_back(
            begin in begin(),
            count in 0..=200_i64,
            total in proptest::option::of(0..=i64::MAX),
        ) {
            let cursor = Cursor { begin, count, total };
            prop_assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Some(cursor));
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(cursor) = Cursor::from_bytes(&bytes) {
                prop_assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Some(cursor));
            }
        }
    }
}
