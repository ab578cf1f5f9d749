//! JSON in lines that people can read.

/// A JSON text that has no spaces, with a line for each member and each item: as `serde_json` lays
/// out a value, but the text is not read as one, which takes several times as long.
pub(super) fn laid_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut copied) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    let mut last = 0;
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            last = byte;
            continue;
        }
        let (opened, closes) = (matches!(last, b'{' | b'['), matches!(byte, b'}' | b']'));
        if closes {
            depth = depth.saturating_sub(1);
        }
        // What is empty stays on its line.
        let breaks = opened != closes || last == b',';
        if breaks || last == b':' {
            out.push_str(text.get(copied..at).unwrap_or_default());
            copied = at;
        }
        if breaks {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        } else if last == b':' {
            out.push(' ');
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => depth += 1,
            _ => {}
        }
        last = byte;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_text_is_laid_out_as_the_value_would_be() {
        let odd = "a \"q\" \\ , : { [ ] } \n\t\u{1} é \u{1f600} \\\\\"";
        let values = [
            json!({}),
            json!([]),
            json!(null),
            json!(odd),
            json!([[], {}, [[]], [{}], 1, -2.5, true, null, "", "\\", "\""]),
            json!({
                odd: [odd, {"a": {"b": [], "c": {}, "d": [{ "e": odd, "f": [1, 2] }]}}],
                "x": {}, "y": [[1, [2]], 3], "z": ",",
            }),
        ];
        for value in values {
            let right = serde_json::to_string_pretty(&value).expect("a text");
            assert_eq!(laid_out(&value.to_string()), right);
        }
    }

    #[test]
    fn no_text_is_too_odd() {
        for text in ["", "}", "]]]]", "\"", "\"\\", ",", ":", "{", "é", "[1,"] {
            let same: String = laid_out(text).split_whitespace().collect();
            assert_eq!(same, text);
        }
        assert_eq!(laid_out(&Value::Null.to_string()), "null");
    }
}
