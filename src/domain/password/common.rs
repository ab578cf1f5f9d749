//! The 10,000 most common passwords, and what is no more than one or two of them. Nearly all are
//! shorter than a password may be here, so looking the whole up would refuse next to nothing:
//! what people make of them to get the length is what is refused.

use std::collections::HashSet;
use std::sync::LazyLock;

use zeroize::Zeroizing;

/// One a line, sorted, in lower case; see `common-licence.txt`.
const LIST: &str = include_str!("common.txt");
const CHARS_MIN: usize = 4;
const CHARS_MAX: usize = 20;
/// So many of them in a row are still the first that somebody would try.
const WORDS_MAX: usize = 2;
/// Letters and digits that must be left beside them.
const REST_MIN: usize = 4;

static COMMON: LazyLock<HashSet<&'static [u8]>> =
    LazyLock::new(|| LIST.lines().map(str::as_bytes).collect());

/// Whether the text (in folded case) is one or two common passwords and fewer than four letters
/// and digits more, whatever stands between, and however letters are written as digits.
pub(super) fn makes_up(folded: &str) -> bool {
    [('1', '1'), ('1', 'i'), ('1', 'l')]
        .into_iter()
        .any(|(digit, letter)| {
            let plain = digit == letter;
            let read = |c: char| if plain { c } else { unleet(c, letter) };
            // What is no ASCII is in no entry, but counts.
            let letters = folded.chars().map(read).filter(|c| c.is_alphanumeric());
            let bytes = letters.map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(0));
            let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.collect());
            bytes.len() - covered(&bytes) < REST_MIN
        })
}

/// The letter that a digit or sign stands for.
fn unleet(c: char, one: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    }
}

/// How many of the bytes the best choice of entries takes, none overlapping another.
fn covered(bytes: &[u8]) -> usize {
    // `best[end]`: of the first `end` bytes, with so many entries as rounds were made.
    let mut best = vec![0; bytes.len() + 1];
    for _ in 0..WORDS_MAX {
        let before = best.clone();
        for end in 1..=bytes.len() {
            let mut most = best[end - 1].max(before[end]);
            for begin in end.saturating_sub(CHARS_MAX)..=end.saturating_sub(CHARS_MIN) {
                if COMMON.contains(&bytes[begin..end]) {
                    most = most.max(before[begin] + end - begin);
                }
            }
            best[end] = most;
        }
    }
    best[bytes.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_what_it_says() {
        assert_eq!(LIST.lines().count(), 10_000);
        assert_eq!(COMMON.len(), 10_000);
        let mut sorted: Vec<&str> = LIST.lines().collect();
        sorted.sort_unstable();
        assert!(LIST.lines().eq(sorted));
        for entry in LIST.lines() {
            assert!((CHARS_MIN..=CHARS_MAX).contains(&entry.len()), "{entry}");
            assert!(entry.is_ascii() && entry == entry.to_lowercase(), "{entry}");
        }
    }

    #[test]
    fn each_alone_and_any_two_are_nothing_more() {
        let entries: Vec<&str> = LIST.lines().collect();
        let plain = |entry: &&str| entry.bytes().all(|b| b.is_ascii_alphanumeric());
        for pair in entries.chunks(2) {
            let [one, two] = pair else { continue };
            if plain(one) && plain(two) {
                assert!(
                    makes_up(one) && makes_up(&[one, "-", two, "42"].concat()),
                    "{pair:?}"
                );
            }
        }
        for own in [
            "four lamps over the harbour",
            "k7vq2mzx9lw4ab",
            "üüüüü",
            "x7h2",
        ] {
            assert!(!makes_up(own), "{own}");
        }
    }
}
