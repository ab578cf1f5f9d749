//! Sentences that the console shares with the command line: they name commands in backticks.
//! A page shows these as code, and leads to its own page where it has one that does the same.

use super::Link;

/// A stretch of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// What is typed: a command, or a part of one.
    pub code: bool,
}

/// A sentence in its pieces, and the pages that do what its commands do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prose {
    pub pieces: Vec<Piece>,
    pub links: Vec<Link>,
}

impl Prose {
    /// The text in its pieces. What stands in double quotes is somebody's own words, so a
    /// backtick there is one; so is one that has no partner.
    pub fn of(text: &str) -> Self {
        let mut ticks = Vec::new();
        let mut quoted = false;
        for (at, c) in text.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '`' if !quoted => ticks.push(at),
                _ => {}
            }
        }
        let mut pieces = Vec::new();
        let mut add = |text: &str, code| {
            if !text.is_empty() {
                let text = text.to_owned();
                pieces.push(Piece { text, code });
            }
        };
        let mut rest = 0;
        for pair in ticks.chunks_exact(2) {
            if let [open, close] = *pair {
                add(&text[rest..open], false);
                add(&text[open + 1..close], true);
                rest = close + 1;
            }
        }
        add(&text[rest..], false);
        Self {
            pieces,
            links: Vec::new(),
        }
    }

    /// The same with the page that each command is led to by; a page that is there already is
    /// not named twice.
    #[must_use]
    pub fn led(mut self, page: impl Fn(&str) -> Option<Link>) -> Self {
        for piece in self.pieces.iter().filter(|piece| piece.code) {
            let found = page(&piece.text);
            self.links
                .extend(found.filter(|link| !self.links.contains(link)));
        }
        self
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let piece = |piece: Piece| {
            if piece.code {
                format!("<{}>", piece.text)
            } else {
                piece.text
            }
        };
        Prose::of(text).pieces.into_iter().map(piece).collect()
    }

    #[test]
    fn commands_are_code_and_everything_else_is_as_it_was() {
        assert_eq!(shown("Run `a b`, or `c`."), "Run <a b>, or <c>.");
        assert_eq!(shown("`a`"), "<a>");
        assert_eq!(shown("a ` b"), "a ` b");
        assert_eq!(shown("`a` and ` b"), "<a> and ` b");
        assert_eq!(shown("``"), "");
        assert_eq!(shown(""), "");
        let named = "A group named \"`x` é`\" is there; `a` shows it.";
        assert_eq!(
            shown(named),
            "A group named \"`x` é`\" is there; <a> shows it."
        );
        assert!(Prose::of("").is_empty());
    }

    #[test]
    fn a_page_is_named_once() {
        let page = |command: &str| (command != "c").then(|| Link::new("page", "/p"));
        let led = Prose::of("`a`, `b` and `c`").led(page);
        assert_eq!(led.links, [Link::new("page", "/p")]);
    }
}
