//! Instants as SCIM writes them (RFC 7643 2.3.5, xsd:dateTime).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Milliseconds since 1970 of an xsd:dateTime; without an offset it is taken as UTC.
pub fn parse_ms(text: &str) -> Option<i64> {
    if !text.contains(['T', 't']) {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let civil = text.parse::<DateTime>().ok()?;
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// `2026-11-21T08:30:00.000Z`. A number out of range prints as 1970.
pub fn print_ms(ms: i64) -> String {
    let mut out = String::with_capacity(24);
    push_ms(&mut out, ms);
    out
}

/// Writes the same at the end of `out`. Every resource of a list has two, and the general
/// way of printing takes five times as long.
pub fn push_ms(out: &mut String, ms: i64) {
    let instant = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let at = Offset::UTC.to_datetime(instant);
    let (Ok(year), Ok(millisecond)) = (u16::try_from(at.year()), u16::try_from(at.millisecond()))
    else {
        // Years before 0 have a sign.
        let text = format!("{instant:.3}");
        out.push_str(&text);
        return;
    };
    let two = |number: i8| u16::from(number.unsigned_abs());
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |start: usize, digits: usize, mut number: u16| {
        for place in text[start..start + digits].iter_mut().rev() {
            *place = b'0' + u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, two(at.month()));
    put(8, 2, two(at.day()));
    put(11, 2, two(at.hour()));
    put(14, 2, two(at.minute()));
    put(17, 2, two(at.second()));
    put(20, 3, millisecond);
    out.push_str(str::from_utf8(&text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_instant_is_one_number() {
        let ms = parse_ms("2026-11-21T08:30:00Z");
        assert!(ms.is_some());
        for text in [
            "2026-11-21T08:30:00.000Z",
            "2026-11-21T09:30:00+01:00",
            "2026-11-21T08:30:00",
            "2026-11-21t08:30:00z",
        ] {
            assert_eq!(parse_ms(text), ms, "{text}");
        }
        assert_eq!(
            ms.map(print_ms).as_deref(),
            Some("2026-11-21T08:30:00.000Z")
        );
    }

    proptest::proptest! {
        #[test]
        fn instants_print_as_the_library_prints_them(
            ms in proptest::prelude::any::<i64>(),
            near in -4_000_000_000_000_i64..40_000_000_000_000,
        ) {
            for ms in [ms, near] {
                let known = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
                proptest::prop_assert_eq!(print_ms(ms), format!("{known:.3}"));
            }
        }
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in [
            "",
            "2026-11-21",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "20261121",
        ] {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }
}
