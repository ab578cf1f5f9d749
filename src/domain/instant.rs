//! Instants as SCIM writes them (RFC 7643 2.3.5, xsd:dateTime).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

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
    let instant = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{instant:.3}")
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
