//! Writing JSON by hand where it is hot: answers are spliced from stored text, not built.

use jiff::Timestamp;

use crate::domain::instant;

/// Appends `text` as a JSON string, quotes included.
pub fn push_string(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0}'..='\u{1f}' => {
                let code = u32::from(c);
                let digit = |nibble| char::from_digit(nibble, 16).unwrap_or('0');
                out.push_str("\\u00");
                out.push(digit(code >> 4));
                out.push(digit(code & 15));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The same where the answer is written as bytes.
pub fn push_string_bytes(out: &mut Vec<u8>, text: &str) {
    if is_plain(text) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    let mut quoted = String::with_capacity(text.len() + 16);
    push_string(&mut quoted, text);
    out.extend_from_slice(quoted.as_bytes());
}

/// Whether JSON takes the text as it is. No byte ends the walk early, so that the compiler looks
/// at many at once.
fn is_plain(text: &str) -> bool {
    let special = |b: u8| u8::from(b < 0x20) | u8::from(b == b'"') | u8::from(b == b'\\');
    text.bytes().fold(0, |any, b| any | special(b)) == 0
}

/// Appends `ms` since 1970 as `"2026-11-21T19:31:00.123Z"`, quotes included.
pub fn push_instant(out: &mut String, ms: i64) {
    out.push('"');
    instant::push_ms(out, ms);
    out.push('"');
}

/// What `meta` tells of a resource (RFC 7643 3.1).
pub struct Meta<'a> {
    pub resource_type: &'static str,
    /// The last parts of the address, e.g. `/Users/`.
    pub route: &'static str,
    pub id: &'a str,
    pub base_url: &'a str,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    pub modified_ms: i64,
    /// How often the record was written: the ETag is `W/"1"` and so on.
    pub version: i64,
}

/// Appends `"meta":{…}`.
pub fn push_meta(out: &mut String, meta: &Meta<'_>) {
    out.push_str("\"meta\":{\"resourceType\":\"");
    out.push_str(meta.resource_type);
    out.push_str("\",\"created\":");
    let start = out.len();
    push_instant(out, meta.created_ms);
    let created = start..out.len();
    out.push_str(",\"lastModified\":");
    if meta.modified_ms == meta.created_ms {
        out.extend_from_within(created);
    } else {
        push_instant(out, meta.modified_ms);
    }
    out.push_str(",\"location\":\"");
    out.push_str(meta.base_url);
    out.push_str(meta.route);
    out.push_str(meta.id);
    out.push_str("\",\"version\":\"W/\\\"");
    push_number(out, meta.version);
    out.push_str("\\\"\"}");
}

/// Appends a number in digits.
pub fn push_number(out: &mut String, number: i64) {
    // Most versions have one digit.
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => out.push(char::from(b'0' + digit)),
        _ => out.push_str(&number.to_string()),
    }
}

/// The instant that an RFC 7643 2.3.5 dateTime names. Without an offset it is UTC.
pub fn parse_instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.parse::<jiff::civil::DateTime>().ok()?;
        let zoned = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        text.contains(['T', 't']).then(|| zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_three_decimals() {
        let mut out = String::new();
        push_instant(&mut out, 1_700_000_000_120);
        assert_eq!(out, "\"2023-11-14T22:13:20.120Z\"");
    }

    #[test]
    fn strings_are_what_serde_would_write() {
        for text in ["a", "", "a\"b\\c\n\t\r\u{1}\u{1f}é😀\u{7f}\u{2028}"] {
            let (mut out, mut bytes) = (String::new(), Vec::new());
            push_string(&mut out, text);
            push_string_bytes(&mut bytes, text);
            assert_eq!(out.as_bytes(), bytes);
            assert_eq!(
                serde_json::from_str::<String>(&out).ok().as_deref(),
                Some(text)
            );
        }
    }

    #[test]
    fn any_spelling_of_an_instant_is_read() {
        let utc = parse_instant("2010-01-23T04:56:22Z");
        assert!(utc.is_some());
        assert_eq!(parse_instant("2010-01-23T05:56:22+01:00"), utc);
        assert_eq!(parse_instant("2010-01-23T04:56:22.000Z"), utc);
        assert_eq!(parse_instant("2010-01-23T04:56:22"), utc);
        assert_eq!(parse_instant("yesterday"), None);
    }
}
