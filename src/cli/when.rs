//! Instants and spans of time as arguments.

use crate::admin::command::Expires;
use crate::domain::instant;

const SECOND_MS: i64 = 1000;
const DAY_MS: i64 = 86_400_000;

/// `30s`, `15m`, `24h`, `7d`, `2w`, or `0`, in milliseconds.
pub(super) fn parse_span(text: &str) -> Result<i64, String> {
    let wanted = || format!("{text:?} is no span of time such as 30s, 15m, 24h, 7d or 2w");
    if text == "0" {
        return Ok(0);
    }
    let unit = match text.chars().last() {
        Some('s') => SECOND_MS,
        Some('m') => 60 * SECOND_MS,
        Some('h') => 3600 * SECOND_MS,
        Some('d') => DAY_MS,
        Some('w') => 7 * DAY_MS,
        Some(_) | None => return Err(wanted()),
    };
    // The unit is one byte: it is one of the five letters.
    let digits = &text[..text.len() - 1];
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let count = plain.then(|| digits.parse::<i64>().ok()).flatten();
    count
        .and_then(|count| count.checked_mul(unit))
        .ok_or_else(wanted)
}

/// A date, or a date and a time, in milliseconds since 1970.
fn parse_instant(text: &str) -> Option<i64> {
    instant::parse_ms(text).or_else(|| instant::parse_ms(&format!("{text}T00:00:00Z")))
}

/// When something begins, or began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Milliseconds since 1970, UTC.
    At(i64),
    /// Milliseconds from now: back for what was, ahead for what will be.
    Off(i64),
}

pub(super) fn parse_when(text: &str) -> Result<When, String> {
    let span = || parse_span(text).ok().map(When::Off);
    parse_instant(text)
        .map(When::At)
        .or_else(span)
        .ok_or_else(|| {
            format!(
                "{text:?} is neither an instant such as 2026-11-21T08:30:00Z nor a span such as 24h"
            )
        })
}

impl When {
    pub(super) fn in_the_past(self, now_ms: i64) -> i64 {
        match self {
            Self::At(ms) => ms,
            Self::Off(ms) => now_ms.saturating_sub(ms),
        }
    }

    pub(super) fn in_the_future(self, now_ms: i64) -> i64 {
        match self {
            Self::At(ms) => ms,
            Self::Off(ms) => now_ms.saturating_add(ms),
        }
    }
}

/// `365d`, an instant, or `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Never,
    When(When),
}

pub(super) fn parse_ends(text: &str) -> Result<Ends, String> {
    if text == "never" {
        return Ok(Ends::Never);
    }
    parse_when(text)
        .map(Ends::When)
        .map_err(|error| format!("{error}, nor never"))
}

impl Ends {
    pub(super) fn expires(self, now_ms: i64) -> Expires {
        match self {
            Self::Never => Expires::Never,
            Self::When(When::Off(ms)) if ms % DAY_MS == 0 => Expires::Days(ms / DAY_MS),
            Self::When(when) => Expires::At(when.in_the_future(now_ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_unit() {
        assert_eq!(parse_span("24h"), Ok(DAY_MS));
        assert_eq!(parse_span("0"), Ok(0));
        for bad in [
            "",
            "h",
            "24",
            "-1h",
            "1.5h",
            "1h30m",
            "99999999999999999w",
            "é",
            "+1d",
        ] {
            assert!(parse_span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn instants_may_be_dates() {
        assert_eq!(parse_when("1970-01-02"), Ok(When::At(DAY_MS)));
        assert_eq!(parse_when("1970-01-02T00:00:00Z"), Ok(When::At(DAY_MS)));
        assert_eq!(
            parse_when("7d").map(|when| when.in_the_past(8 * DAY_MS)),
            Ok(DAY_MS)
        );
        assert!(parse_when("yesterday").is_err());
    }

    #[test]
    fn an_end_in_days_is_counted_by_the_server() {
        assert_eq!(
            parse_ends("365d").map(|ends| ends.expires(5)),
            Ok(Expires::Days(365))
        );
        assert_eq!(
            parse_ends("12h").map(|ends| ends.expires(0)),
            Ok(Expires::At(DAY_MS / 2))
        );
        assert_eq!(parse_ends("never"), Ok(Ends::Never));
    }
}
