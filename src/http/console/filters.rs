//! What templates write after `|`. Page modules say `use super::filters;`.

#![expect(clippy::inline_always, reason = "the attribute of filters writes it")]

use std::fmt::Display;

use askama::filters::{Escaper, Html, Safe};
use askama::{Result, Values, filter_fn};

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

/// A sentence, escaped; what stands in it between backticks is a command or a name, and looks so.
#[filter_fn]
pub fn prose<T: Display>(text: T, _: &dyn Values) -> Result<Safe<String>> {
    let text = text.to_string();
    let mut html = String::with_capacity(text.len() + 32);
    // A backtick without its like is one.
    let paired = text.matches('`').count().is_multiple_of(2);
    if !paired {
        Html.write_escaped_str(&mut html, &text)?;
        return Ok(Safe(html));
    }
    for (at, part) in text.split('`').enumerate() {
        let code = at % 2 == 1;
        html.push_str(if code { "<code>" } else { "" });
        Html.write_escaped_str(&mut html, part)?;
        html.push_str(if code { "</code>" } else { "" });
    }
    Ok(Safe(html))
}

/// The address of a static file.
#[filter_fn]
pub fn asset(name: &str, _: &dyn Values) -> Result<&'static str> {
    let url = assets::url(name);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use crate::http::console::filters;

    #[derive(Template)]
    #[template(source = "{{ text|prose }}", ext = "html")]
    struct Sentence {
        text: String,
    }

    fn written(text: &str) -> String {
        let sentence = Sentence {
            text: text.to_owned(),
        };
        sentence.render().expect("a template")
    }

    #[test]
    fn commands_in_a_sentence_look_so_and_nothing_of_it_is_markup() {
        assert_eq!(
            written("Run `a <b>` & look."),
            "Run <code>a &#60;b&#62;</code> &#38; look."
        );
        assert_eq!(
            written("`<script>`"),
            "<code>&#60;script&#62;</code>",
            "what stands between is escaped too"
        );
        assert_eq!(written("It`s <one>"), "It`s &#60;one&#62;");
    }
}
