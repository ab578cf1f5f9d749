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

/// A name or an address in its parts, each with the sign that ends it: `ada.`, `king@`, `corp`.
#[filter_fn]
pub fn breaks(text: &str, _: &dyn Values) -> Result<Vec<String>> {
    let parts = text.split_inclusive(['@', '.', '/', '_']);
    Ok(parts.map(str::to_owned).collect())
}

/// The address of a static file.
#[filter_fn]
pub fn asset(name: &str, _: &dyn Values) -> Result<&'static str> {
    let url = assets::url(name);
    Ok(url)
}
