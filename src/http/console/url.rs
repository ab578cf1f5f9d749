//! Addresses: percent-encoding both ways.

use std::fmt::Write;

/// A value as it stands in a query (RFC 3986 2.3 are left as they are, and slashes, which may
/// stand there).
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// An address with a query; pairs without a value are left out.
pub fn with_query<'p>(path: &str, pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut out = path.to_owned();
    let mut mark = '?';
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        out.push(mark);
        out.push_str(&encode(name));
        out.push('=');
        out.push_str(&encode(value));
        mark = '&';
    }
    out
}

/// The pairs of a query or a form (`application/x-www-form-urlencoded`), in the order sent.
/// `None`: a percent sign that encodes nothing, or bytes that are no UTF-8.
pub fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                let digits = str::from_utf8(digits).ok()?;
                // A sign before a digit would be read as a number too.
                let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                out.push(u8::from_str_radix(digits, 16).ok().filter(|_| hex)?);
                rest = after;
            }
            _ => out.push(*byte),
        }
    }
    String::from_utf8(out).ok()
}

/// Whether an address is a path of ours: what a sign-in or a cookie may lead to.
pub fn is_local(address: &str) -> bool {
    let odd = |c: char| c == '\\' || c.is_control();
    address.starts_with('/') && !address.starts_with("//") && !address.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_read_again() {
        let value = "a b&c=d/é+%";
        let url = with_query("/x", [("q", value), ("none", ""), ("s", "-t")]);
        assert_eq!(url, "/x?q=a%20b%26c%3Dd/%C3%A9%2B%25&s=-t");
        let read = pairs(&url[3..]).expect("pairs");
        assert_eq!(read[0], ("q".to_owned(), value.to_owned()));
        assert_eq!(read[1], ("s".to_owned(), "-t".to_owned()));
        assert_eq!(pairs("a=1+2&b"), pairs("a=1%202&b="));
        for broken in ["a=%", "a=%4", "a=%zz", "a=%+1", "a=%ff"] {
            assert_eq!(pairs(broken), None, "{broken}");
        }
    }

    #[test]
    fn only_paths_of_ours_are_local() {
        assert!(is_local("/a/x?q=1"));
        for other in ["//evil.example", "https://x", "/\\evil", "a", "", "/a\nb"] {
            assert!(!is_local(other), "{other:?}");
        }
    }
}
