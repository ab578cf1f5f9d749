//! The words of the console: one catalogue for each language, read when the first is needed.
//! Templates say `{{ "key"|t }}`, code says `t("key")`; tests hold the catalogue to both.
//!
//! A line is `key = text`. `{0}`, `{1}` are filled in, in any order; `{n}` is a count, and the
//! key of a text with one has a form for each of the language's plurals (`.one`, `.other`).
//! There is one language so far: a second one is a second file, a rule in `plural`, and the
//! choice of it in `find`.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

use super::format::number;

const EN: &str = concat!(
    include_str!("words/en.txt"),
    include_str!("words/en/audit.txt"),
    include_str!("words/en/groups.txt"),
    include_str!("words/en/operators.txt"),
    include_str!("words/en/legacy.txt"),
    include_str!("words/en/people.txt"),
    include_str!("words/en/provisioning.txt"),
    include_str!("words/en/settings.txt"),
    include_str!("words/en/tokens.txt"),
);

static WORDS: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| lines().map(|(key, text)| (key, bound(text))).collect());

/// Between a number and its word: no line ends there.
pub const BOUND: char = '\u{a0}';

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    EN.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
}

/// The text with each number and the word behind it held together; commands stay as they are.
fn bound(text: &'static str) -> &'static str {
    let mut out = String::with_capacity(text.len() + 8);
    let mut command = false;
    for (at, c) in text.char_indices() {
        command ^= c == '`';
        let counted =
            text[..at].ends_with(|c: char| c.is_ascii_digit()) || text[..at].ends_with("{n}");
        let binds = c == ' ' && !command && counted && begins_word(&text[at + 1..]);
        out.push(if binds { BOUND } else { c });
    }
    // The catalogue is read once, and stays.
    if out == text { text } else { out.leak() }
}

fn begins_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
}

fn find(key: &str) -> &'static str {
    WORDS.get(key).copied().unwrap_or_default()
}

/// The text of a key; nothing for one that is none, which a test finds.
pub fn t(key: &str) -> &'static str {
    find(key)
}

/// The text of a key with `{0}`, `{1}`, … filled in.
pub fn tf(key: &str, values: &[&dyn Display]) -> String {
    fill(find(key), values)
}

/// The text for a count of things.
pub fn tn(key: &str, count: u64) -> String {
    tnf(key, count, &[])
}

/// The text for a count of things, with `{0}`, `{1}`, … filled in.
pub fn tnf(key: &str, count: u64, values: &[&dyn Display]) -> String {
    let text = find(&format!("{key}.{}", plural(count)));
    fill(&text.replace("{n}", &number(count)), values)
}

/// What stands before and after the `{0}` of a text, for markup between the two.
pub fn around(key: &str) -> (&'static str, &'static str) {
    let text = find(key);
    text.split_once("{0}").unwrap_or((text, ""))
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "one" } else { "other" }
}

fn fill(text: &str, values: &[&dyn Display]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    // Piece by piece: a value that holds braces is not filled in again.
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let inner = after.split_once('}');
        let value = inner.and_then(|(name, _)| values.get(name.parse::<usize>().ok()?));
        if let (Some(value), Some((_, after))) = (value, inner) {
            let value = value.to_string();
            out.push_str(&value);
            rest = after;
            if let Some(word) = after.strip_prefix(' ')
                && is_number(&value)
                && begins_word(word)
            {
                out.push(BOUND);
                rest = word;
            }
        } else {
            out.push('{');
            rest = after;
        }
    }
    out + rest
}

/// Whether a value is a count or a measure, which the word behind it belongs to.
fn is_number(value: &str) -> bool {
    let figure = |b: u8| b.is_ascii_digit() || b",.%".contains(&b);
    value.starts_with(|c: char| c.is_ascii_digit()) && value.bytes().all(figure)
}

/// As a test writes it: each space one of the keyboard's.
#[cfg(test)]
pub fn plain(text: &str) -> String {
    text.replace(BOUND, " ")
}

#[cfg(test)]
mod tests;
