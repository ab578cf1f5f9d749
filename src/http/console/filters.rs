//! What templates write after `|`. Page modules say `use super::filters;`.

#![expect(clippy::inline_always, reason = "the attribute of filters writes it")]

use std::fmt::Display;

use askama::{Result, Values, filter_fn};

use super::view::Prose;
use super::words;
use crate::http::assets;

/// The text of a key.
#[filter_fn]
pub fn t(key: &str, _: &dyn Values) -> Result<&'static str> {
    let text = words::t(key);
    Ok(text)
}

/// The text of a key with one value in it.
#[filter_fn]
pub fn t1<A: Display>(key: &str, _: &dyn Values, first: A) -> Result<String> {
    let text = words::tf(key, &[&first]);
    Ok(text)
}

/// The text of a key with two values in it.
#[filter_fn]
pub fn t2<A: Display, B: Display>(
    key: &str,
    _: &dyn Values,
    first: A,
    second: B,
) -> Result<String> {
    let text = words::tf(key, &[&first, &second]);
    Ok(text)
}

/// The text of a key up to its `{0}`.
#[filter_fn]
pub fn before(key: &str, _: &dyn Values) -> Result<&'static str> {
    let (before, _) = words::around(key);
    Ok(before)
}

/// The text of a key behind its `{0}`.
#[filter_fn]
pub fn after(key: &str, _: &dyn Values) -> Result<&'static str> {
    let (_, after) = words::around(key);
    Ok(after)
}

/// A sentence that may name commands beside somebody's words, in its pieces; `chrome.prose` leads
/// to pages too.
#[filter_fn]
pub fn prose(text: &str, _: &dyn Values) -> Result<Prose> {
    let prose = Prose::told(text);
    Ok(prose)
}

/// The same of a refusal, with the quotes of the catalogue.
#[filter_fn]
pub fn refusal(text: &str, _: &dyn Values) -> Result<Prose> {
    let prose = Prose::told(text).curled();
    Ok(prose)
}

/// A name in two parts, for a line that has no room for it: names of one kind differ by their ends,
/// `CF-Main Account` and ` - DNS`. The second is empty of all others.
#[filter_fn]
pub fn ends(text: &str, _: &dyn Values) -> Result<(String, String)> {
    let at = text.rfind(" - ").unwrap_or(text.len());
    let (begin, end) = text.split_at(at);
    Ok((begin.to_owned(), end.to_owned()))
}

/// A name, an ID or an address in its parts, each with the signs that end it: `ada.`, `king@`,
/// `corp`, and `https://`.
#[filter_fn]
pub fn breaks(text: &str, _: &dyn Values) -> Result<Vec<String>> {
    let parts = parts(text);
    Ok(parts)
}

/// A text in its pieces, and the class of those that are held together: the beginning of a legacy
/// name, whose hyphen is no place to end a line, and ` - ` with the word behind it, which no line
/// ends with. The text is the same, so what is marked and copied of it is too.
#[filter_fn]
pub fn whole(text: &str, _: &dyn Values) -> Result<Vec<(String, &'static str)>> {
    let pieces = legacy_beginnings(text);
    let parted = pieces.into_iter().flat_map(|(piece, is_one)| {
        if is_one {
            vec![(piece, "one")]
        } else {
            with_dashes(&piece)
        }
    });
    Ok(parted.collect())
}

/// What parts a name and what is behind it.
const DASH: &str = "- ";
/// A longer word has no room beside it on a phone.
const HELD_MAX: usize = 24;

fn with_dashes(text: &str) -> Vec<(String, &'static str)> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(" - ") {
        let dash = at + 1;
        let word = &text[dash + DASH.len()..];
        let word = word.split(' ').next().unwrap_or_default();
        if dash < from || word.is_empty() || word.chars().count() > HELD_MAX {
            continue;
        }
        let end = dash + DASH.len() + word.len();
        pieces.push((text[from..dash].to_owned(), ""));
        pieces.push((text[dash..end].to_owned(), "nowrap"));
        from = end;
    }
    pieces.push((text[from..].to_owned(), ""));
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

/// Before an account's id in a legacy name, and the digits that tell it from a word.
const LEGACY: (&str, usize) = ("CF-", 8);

/// What may stand before and behind it without a space.
const OPENING: [char; 3] = ['“', '"', '('];
const CLOSING: [char; 7] = ['…', '”', '"', ')', ',', '.', ';'];

fn legacy_beginnings(text: &str) -> Vec<(String, bool)> {
    let (prefix, digits_min) = LEGACY;
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for word in text.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        // In quotes, or at the end of a sentence, too.
        let id = bare.trim_start_matches(OPENING).strip_prefix(prefix);
        let digits = id.unwrap_or_default().trim_end_matches(CLOSING);
        let is_one = digits.len() >= digits_min && digits.chars().all(|c| c.is_ascii_hexdigit());
        match pieces.last_mut() {
            _ if is_one => {
                pieces.push((bare.to_owned(), true));
                pieces.push((word[bare.len()..].to_owned(), false));
            }
            Some((last, false)) => last.push_str(word),
            Some(_) | None => pieces.push((word.to_owned(), false)),
        }
    }
    pieces
}

const ENDS: [char; 6] = ['@', '.', '/', '_', ':', '-'];

fn parts(text: &str) -> Vec<String> {
    let only_signs = |part: &str| part.trim_matches(ENDS).is_empty();
    // Signs that begin a word end nothing: `/tmp`, `--from`.
    let begins = |part: &str| {
        let before = part.trim_end_matches(ENDS);
        before.is_empty() || before.ends_with(char::is_whitespace)
    };
    let mut parts: Vec<String> = Vec::new();
    for part in text.split_inclusive(ENDS) {
        match parts.last_mut() {
            // A file's name may begin with one: `/tmp/.provost`.
            Some(last) if part == "." && last.ends_with('/') => parts.push(part.to_owned()),
            Some(last) if only_signs(part) || begins(last) => last.push_str(part),
            Some(_) | None => parts.push(part.to_owned()),
        }
    }
    parts
}

/// A command in its words, each in the parts that it may be broken in, and whether it is an option:
/// a line may not end with its `--`.
#[filter_fn]
pub fn command(text: &str, _: &dyn Values) -> Result<Vec<(Vec<String>, bool)>> {
    let word = |word: &str| {
        if word.chars().count() > WORD_MAX {
            (parts(word), false)
        } else {
            (vec![word.to_owned()], word.starts_with("--"))
        }
    };
    let words = text.split_inclusive(char::is_whitespace);
    Ok(words.map(word).collect())
}

/// A longer word may have no room in a line of a phone.
const WORD_MAX: usize = 32;

/// The address of a static file.
#[filter_fn]
pub fn asset(name: &str, _: &dyn Values) -> Result<&'static str> {
    let url = assets::url(name);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::{legacy_beginnings, parts, with_dashes};

    #[test]
    fn a_dash_is_held_to_the_word_behind_it() {
        let held = |text: &str| {
            let pieces = with_dashes(text);
            let all: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
            assert_eq!(all, text);
            let held = pieces.into_iter().filter(|(_, class)| !class.is_empty());
            held.map(|(text, _)| text).collect::<Vec<_>>()
        };
        assert_eq!(held("CF-Main Account - Zone Editor"), ["- Zone"]);
        assert_eq!(held("a - b - c"), ["- b", "- c"]);
        assert_eq!(held(" - DNS"), ["- DNS"]);
        for none in ["", "a-b", "a -  b", "a - ", "- a", "a – b", " - "] {
            assert!(held(none).is_empty(), "{none}");
        }
        assert!(held(&format!("a - {}", "x".repeat(25))).is_empty());
    }

    #[test]
    fn the_beginning_of_a_legacy_name_is_a_piece_of_its_own() {
        let id = "c0ffee4b1d5e4a7f8c9b0a1d2e3f4455";
        let text = format!("First group CF-{id} - DNS, CF-c0ffee4b… - A, CF-1 and \"CF-{id}\"");
        let pieces = legacy_beginnings(&text);
        let ones = pieces.iter().filter(|(_, is_one)| *is_one);
        let ones: Vec<&str> = ones.map(|(text, _)| text.as_str()).collect();
        let (bare, quoted) = (format!("CF-{id}"), format!("\"CF-{id}\""));
        assert_eq!(ones, [&*bare, "CF-c0ffee4b…", &*quoted]);
        let name = legacy_beginnings("It is “CF-c0ffee4b… - DNS”.");
        assert!(
            name.contains(&("“CF-c0ffee4b…".to_owned(), true)),
            "{name:?}"
        );
        let all: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(all, text);
    }

    #[test]
    fn parts_end_at_signs_and_come_to_the_whole() {
        let url = "https://id.corp.example:8443/client/v4/a3324a08/scim/v2";
        assert_eq!(parts(url)[..4], ["https://", "id.", "corp.", "example:"]);
        assert_eq!(parts("/tmp/pro-vost.db"), ["/tmp/", "pro-", "vost.", "db"]);
        assert_eq!(parts("/tmp/.x1/b"), ["/tmp/", ".x1/", "b"]);
        assert_eq!(parts("a3324a08"), ["a3324a08"]);
        assert_eq!(parts("list --from a/b"), ["list --from a/", "b"]);
        for text in [url, "", "::", "a..b--", "…@é/", "x --y-", "a/../.b"] {
            assert_eq!(parts(text).concat(), text);
        }
    }
}
