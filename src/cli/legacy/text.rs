//! Sentences and numbers, laid out for a terminal.

/// Columns that a line of sentences fits into.
const WIDTH: usize = 80;

/// A number, and the word for it.
pub(super) fn count(number: impl Into<i64>, one: &str, many: &str) -> String {
    let number = number.into();
    let word = if number == 1 { one } else { many };
    format!("{number} {word}")
}

pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX), one, many)
}

/// Adds `text` to `lines`, `indent` columns in, broken between words where it is too long. Lines
/// after the first stand two columns further in.
pub(super) fn wrap(lines: &mut Vec<String>, indent: usize, text: &str) {
    wrap_after(lines, &" ".repeat(indent), indent + 2, text);
}

/// The same, with `first` before the text, and the other lines `hanging` columns in.
pub(super) fn wrap_after(lines: &mut Vec<String>, first: &str, hanging: usize, text: &str) {
    let mut line = first.to_owned();
    let mut columns = line.chars().count();
    let mut is_empty = true;
    for word in text.split(' ') {
        let wide = word.chars().count();
        if !is_empty && columns + 1 + wide > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(hanging)));
            columns = hanging;
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
            columns += 1;
        }
        line.push_str(word);
        columns += wide;
        is_empty = false;
    }
    lines.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_between_words_alone() {
        let mut lines = Vec::new();
        wrap(&mut lines, 4, &"word ".repeat(30));
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert!(lines[0].starts_with("    word") && lines[1].starts_with("      word"));
        let long = "x".repeat(100);
        let mut lines = Vec::new();
        wrap_after(&mut lines, "  1. ", 5, &format!("a {long} b"));
        assert_eq!(lines, ["  1. a", &format!("     {long}"), "     b"]);
    }
}
