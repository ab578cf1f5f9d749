//! The resources of a page as they are answered, written while they are read.

use std::ops::Range;

use super::LIST_BYTES_MAX;
use crate::scim::list::Frame;

/// So many resources tell how long the text of a page becomes.
const FIRST: usize = 8;

/// What an answer is written into: a text, or the bytes of one where all that is copied lies in the
/// database as text and would be looked through once more for nothing.
pub trait Buffer: Sized {
    fn with_room(bytes: usize) -> Self;
    fn bytes(&self) -> &[u8];
    fn reserve(&mut self, bytes: usize);
    fn push_text(&mut self, text: &str);
    /// Appends what another one has there: whole resources.
    fn push_part(&mut self, other: &Self, part: Range<usize>);
    fn truncate(&mut self, bytes: usize);
    fn into_bytes(self) -> Vec<u8>;
}

impl Buffer for String {
    fn with_room(bytes: usize) -> Self {
        Self::with_capacity(bytes)
    }

    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    fn reserve(&mut self, bytes: usize) {
        self.reserve(bytes);
    }

    fn push_text(&mut self, text: &str) {
        self.push_str(text);
    }

    fn push_part(&mut self, other: &Self, part: Range<usize>) {
        self.push_str(&other[part]);
    }

    fn truncate(&mut self, bytes: usize) {
        self.truncate(bytes);
    }

    fn into_bytes(self) -> Vec<u8> {
        self.into_bytes()
    }
}

impl Buffer for Vec<u8> {
    fn with_room(bytes: usize) -> Self {
        Self::with_capacity(bytes)
    }

    fn bytes(&self) -> &[u8] {
        self
    }

    fn reserve(&mut self, bytes: usize) {
        self.reserve(bytes);
    }

    fn push_text(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }

    fn push_part(&mut self, other: &Self, part: Range<usize>) {
        self.extend_from_slice(&other[part]);
    }

    fn truncate(&mut self, bytes: usize) {
        self.truncate(bytes);
    }

    fn into_bytes(self) -> Vec<u8> {
        self
    }
}

/// The resources of a page: the beginning of the answer itself.
pub struct Texts<B = String> {
    text: B,
    /// Where each one is.
    places: Vec<Range<usize>>,
    /// How many there may be.
    expected: usize,
    /// Whether what follows a full answer is left out.
    bounded: bool,
}

impl<B: Buffer> Texts<B> {
    /// With room for a page of so many; `backward`: it is shortened at its beginning.
    pub fn of_page(limit: i64, backward: bool) -> Self {
        let items = usize::try_from(limit).unwrap_or_default();
        Self {
            text: head(1024 * (1 + items.min(FIRST))),
            places: Vec::with_capacity(items),
            expected: items,
            bounded: !backward,
        }
    }

    /// Adds what `write` appends; its number.
    pub fn push(&mut self, write: impl FnOnce(&mut B)) -> usize {
        let number = self.places.len();
        let start = self.bytes();
        if self.bounded && start > LIST_BYTES_MAX {
            self.places.push(start..start);
            return number;
        }
        if number == FIRST {
            // The others will not be much longer, and a long text is not copied to grow.
            let rest = start / FIRST * (self.expected.saturating_sub(FIRST) + 1);
            self.text.reserve(rest.min(LIST_BYTES_MAX) / 16 * 17);
        }
        if number > 0 {
            self.text.push_text(",");
        }
        let start = self.bytes();
        write(&mut self.text);
        self.places.push(start..self.bytes());
        number
    }

    /// How long they are together, with what stands before them.
    pub fn bytes(&self) -> usize {
        self.text.bytes().len()
    }

    /// How many bytes an answer needs for the one of that number.
    pub fn size(&self, number: usize) -> usize {
        match self.places[number].len() {
            // It was left out, for there is no room for it.
            0 => usize::MAX,
            bytes => bytes + 1,
        }
    }

    /// The beginning of the answer with these alone, in this order.
    pub fn with(mut self, numbers: &[usize]) -> B {
        let in_order = numbers.iter().enumerate().all(|(at, number)| at == *number);
        if in_order {
            let end = match numbers.last() {
                Some(last) => self.places[*last].end,
                None => self
                    .places
                    .first()
                    .map_or(self.bytes(), |first| first.start),
            };
            self.text.truncate(end);
            return self.text;
        }
        let mut text: B = head(self.bytes() + 512);
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 {
                text.push_text(",");
            }
            text.push_part(&self.text, self.places[*number].clone());
        }
        text
    }
}

impl Texts {
    /// The one of that number.
    pub fn get(&self, number: usize) -> &str {
        &self.text[self.places[number].clone()]
    }
}

fn head<B: Buffer>(room: usize) -> B {
    let mut head = String::with_capacity(128);
    Frame::render_head(&mut head);
    let mut text = B::with_room(room);
    text.push_text(&head);
    text
}
