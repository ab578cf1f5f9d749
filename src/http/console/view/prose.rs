//! Sentences that the console shares with the command line: they name commands in backticks.
//! A page shows these as code, and leads to its own page where it has one that does the same.
//!
//! A sentence may hold somebody's own words too, such as the name of a group, and those are text
//! whatever they look like. So what is code is decided by where a sentence comes from: of our own
//! words all backticks count, of others' none, and where the two are mixed only commands that we
//! ourselves name.

use super::Link;

/// What sentences name that are put together with others' words. A test finds one that is missing.
const NAMED: [&str; 32] = [
    "convert",
    "never",
    "provost account create",
    "provost account list",
    "provost admin assign",
    "provost admin create",
    "provost admin enable",
    "provost admin list",
    "provost admin recover",
    "provost admin unlock",
    "provost backup verify",
    "provost connection held",
    "provost connection list",
    "provost connection release",
    "provost connection resume",
    "provost connection values",
    "provost db check",
    "provost domain add",
    "provost legacy convert",
    "provost legacy off",
    "provost legacy on --allow-super-administrator",
    "provost legacy plan",
    "provost legacy plan --map",
    "provost legacy runs",
    "provost role list",
    "provost setup-link",
    "provost sso",
    "provost sso create",
    "provost sso list",
    "provost sso verify",
    "provost token create",
    "provost token list",
];

/// What is named of a connection, behind this: one word, or one in single quotes.
const NAMED_OF: &str = "provost connection resume ";

fn is_ours(inside: &str) -> bool {
    let of_one = inside.strip_prefix(NAMED_OF).is_some_and(|word| {
        let quoted = word
            .strip_prefix('\'')
            .and_then(|word| word.strip_suffix('\''));
        let parts = |c: char| c == '\'' || (quoted.is_none() && c.is_whitespace());
        !word.is_empty() && !quoted.unwrap_or(word).contains(parts)
    });
    of_one || NAMED.contains(&inside)
}

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
    /// Who may do it where the viewer may not, a sentence each.
    pub others: Vec<&'static str>,
}

impl Prose {
    /// Our own words: what stands in backticks is code. One without a partner is a backtick. Quotes
    /// are those of the catalogue, whoever else shows the same words.
    pub fn of(text: &'static str) -> Self {
        let mut prose = Self::parted(text, |_, _| true);
        let mut opened = false;
        for piece in prose.pieces.iter_mut().filter(|piece| !piece.code) {
            let curled = piece.text.chars().map(|c| match c {
                '\'' => '’',
                '"' => {
                    opened = !opened;
                    if opened { '“' } else { '”' }
                }
                other => other,
            });
            piece.text = curled.collect();
        }
        prose
    }

    /// Our words with somebody else's in them, which are text. Theirs stand in double quotes, and
    /// may hold any: so only what is before the first of all quotes or behind the last one is
    /// surely ours, and there our own commands alone are taken for code.
    pub fn told(text: &str) -> Self {
        let first = text.find('"').unwrap_or(text.len());
        let last = text.rfind('"').unwrap_or(0);
        Self::parted(text, |at, inside| {
            (at < first || at > last) && is_ours(inside)
        })
    }

    /// Somebody's words: text, whatever is in it.
    pub fn text(text: impl Into<String>) -> Self {
        let (text, code) = (text.into(), false);
        Self {
            pieces: vec![Piece { text, code }],
            ..Self::default()
        }
    }

    /// The text in its pieces; `is_code` is asked of what stands between two backticks, and where.
    fn parted(text: &str, is_code: impl Fn(usize, &str) -> bool) -> Self {
        let mut pieces = Vec::new();
        let mut add = |text: &str, code| {
            if !text.is_empty() {
                let text = text.to_owned();
                pieces.push(Piece { text, code });
            }
        };
        let ticks: Vec<usize> = text.match_indices('`').map(|(at, _)| at).collect();
        let (mut rest, mut next) = (0, 0);
        while let [open, close, ..] = ticks[next..] {
            let inside = &text[open + 1..close];
            if is_code(open, inside) {
                add(&text[rest..open], false);
                add(inside, true);
                rest = close + 1;
                next += 2;
            } else {
                // It may be the second of a pair that begins with the next one.
                next += 1;
            }
        }
        add(&text[rest..], false);
        Self {
            pieces,
            ..Self::default()
        }
    }

    /// The same with the quotes of the catalogue around others' words, where it is plain which they
    /// are. A sentence with others in it, such as those of somebody's filter, stays as it is.
    #[must_use]
    pub fn curled(mut self) -> Self {
        for piece in self.pieces.iter_mut().filter(|piece| !piece.code) {
            if let Some(text) = curled(&piece.text) {
                piece.text = text;
            }
        }
        self
    }

    /// The commands that it names.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        let code = self.pieces.iter().filter(|piece| piece.code);
        code.map(|piece| piece.text.as_str())
    }

    /// Says other words in place of a command.
    pub fn replace(&mut self, command: &str, words: &str) {
        let pieces = self.pieces.iter_mut();
        for piece in pieces.filter(|piece| piece.code && piece.text == command) {
            words.clone_into(&mut piece.text);
            piece.code = false;
        }
    }

    /// The same with one more page that does what it says; one that is there already is not named
    /// twice.
    #[must_use]
    pub fn led(mut self, page: Link) -> Self {
        if !self.links.contains(&page) {
            self.links.push(page);
        }
        self
    }

    /// The same, and who may do what it says.
    #[must_use]
    pub fn for_others(mut self, who: &'static str) -> Self {
        if !self.others.contains(&who) {
            self.others.push(who);
        }
        self
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

/// The text with every pair of quotes curled; `None` where one is no pair around a few words.
fn curled(text: &str) -> Option<String> {
    let mut parts = text.split('"');
    let mut told = parts.next()?.to_owned();
    while let Some(inside) = parts.next() {
        let behind = parts.next()?;
        let opens = told.is_empty() || told.ends_with([' ', '(']);
        let closes = behind.is_empty() || behind.starts_with([' ', '.', ',', ';', ':', ')']);
        if !opens || !closes || inside.is_empty() || inside.contains('\\') {
            return None;
        }
        told.push('“');
        told.push_str(inside);
        told.push('”');
        told.push_str(behind);
    }
    Some(told)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn shown(prose: Prose) -> String {
        let piece = |piece: Piece| {
            if piece.code {
                format!("<{}>", piece.text)
            } else {
                piece.text
            }
        };
        prose.pieces.into_iter().map(piece).collect()
    }

    #[test]
    fn quotes_are_curled_where_they_are_ours() {
        let told = |text| shown(Prose::told(text).curled());
        assert_eq!(
            told("The group \"A b\" (of \"C\") is there; run `provost legacy plan`."),
            "The group “A b” (of “C”) is there; run <provost legacy plan>."
        );
        for as_it_was in [
            "The filter \"userName eq \\\"a\\\"\" is too long.",
            "Of [\"a\",\"b\"] none is known.",
            "A 6\" pipe.",
            "Nothing.",
        ] {
            assert_eq!(told(as_it_was), as_it_was);
        }
    }

    #[test]
    fn commands_are_code_and_everything_else_is_as_it_was() {
        let own = |text| shown(Prose::of(text));
        assert_eq!(own("Run `a b`, or `c`."), "Run <a b>, or <c>.");
        assert_eq!(own("`a`"), "<a>");
        assert_eq!(own("a ` b"), "a ` b");
        assert_eq!(own("`a` and ` b"), "<a> and ` b");
        assert_eq!(own("a's \"b\", `c \"d\"`"), "a’s “b”, <c \"d\">");
        assert_eq!(own("``"), "");
        assert_eq!(own(""), "");
        assert!(Prose::of("").is_empty());
    }

    #[test]
    fn what_somebody_wrote_is_text_whatever_is_in_it() {
        let told = |text: &str| shown(Prose::told(text));
        let ends = "; `provost db check` says more.";
        let shows = "; <provost db check> says more.";
        for name in ["`x` é`", "a\" `rm -rf ~` \"b", "`", "\"", "`` `", "\"\"`x`"] {
            // In quotes and without them.
            for named in [
                format!("The group \"{name}\" is there"),
                format!("{name} is there"),
            ] {
                let said = told(&format!("{named}{ends}"));
                assert_eq!(said, format!("{named}{shows}"));
            }
            assert_eq!(shown(Prose::text(name)), name);
        }
        // Even a command of ours, with whatever is around it.
        for name in [
            "`provost db check`",
            "a\" `provost db check`",
            "\"`provost db check`\"",
        ] {
            let twice = format!("The name \"{name}\" is taken; take \"{name}\" for it.");
            assert_eq!(told(&twice), twice);
            let both = told(&format!("Run `convert` or not: {twice} Then `convert`."));
            assert_eq!(
                both,
                format!("Run <convert> or not: {twice} Then <convert>.")
            );
        }
    }

    #[test]
    fn a_command_may_name_what_it_is_for() {
        let told = |text: &str| shown(Prose::told(text));
        assert_eq!(
            told("Run `provost connection resume 'HR feed'`."),
            "Run <provost connection resume 'HR feed'>."
        );
        assert_eq!(
            told("Run `provost connection resume okta`."),
            "Run <provost connection resume okta>."
        );
        for other in [
            "`provost connection resume a b`",
            "`provost connection resume 'a' b'`",
            "`provost connection resume `",
            "`provost token create 'x'`",
        ] {
            assert_eq!(told(other), other);
        }
    }

    #[test]
    fn a_page_is_named_once() {
        let page = || Link::new("page", "/p");
        let led = Prose::of("`a`, `b`").led(page()).led(page());
        assert_eq!(led.links, [page()]);
        assert_eq!(led.commands().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(led.for_others("x").for_others("x").others, ["x"]);
    }

    fn texts(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let own = ["admin", "cli", "tests", "reason.rs", "tests.rs"].contains(&&*name);
            if path.is_dir() && !own {
                texts(&path, found);
            } else if (name.ends_with(".rs") || name.ends_with(".txt")) && !own {
                found.push(std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }

    /// What refusals and the console's words name, but for the command line's own and for what is
    /// said of reasons, which holds nobody's words.
    #[test]
    fn every_command_of_a_mixed_sentence_is_known() {
        let mut all = Vec::new();
        texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let mut missing = Vec::new();
        for text in &all {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let mut joined = String::new();
            for line in code {
                // A text goes on where its line ends with a backslash.
                let line = line.trim_start();
                joined.push_str(line.trim_end_matches('\\'));
                if !line.ends_with('\\') {
                    joined.push('\n');
                }
            }
            for (at, _) in joined.match_indices("`provost ") {
                let rest = &joined[at + 1..];
                let end = rest.find(['`', '\n']).unwrap_or_default();
                if rest[end..].starts_with('`') && !NAMED.contains(&&rest[..end]) {
                    missing.push(rest[..end].to_owned());
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
