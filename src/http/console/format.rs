//! Numbers and times as people read them: in one place, since templates compute nothing.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::words::{BOUND, t, tf, tn};

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const UNITS: [(&str, i64); 4] = [
    ("format.seconds", SECOND_MS),
    ("format.minutes", MINUTE_MS),
    ("format.hours", HOUR_MS),
    ("format.days", DAY_MS),
];
/// From here on a date says more than a count of days.
const RELATIVE_MAX_MS: i64 = 30 * DAY_MS;

/// `1284` as `1,284`.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `part` of `whole` in per cent: two digits behind the point below 1, one below 10.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0%".to_owned();
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    // Each from the figures themselves: what was rounded before rounds up too early.
    let rounded = |parts: u128| (part * parts + whole / 2) / whole;
    match (rounded(10_000), rounded(1000)) {
        (0, _) => "<0.01%".to_owned(),
        (hundredths @ 1..100, _) => format!("0.{hundredths:02}%"),
        (_, tenths @ 0..100) => format!("{}.{}%", tenths / 10, tenths % 10),
        _ => format!("{}%", rounded(100)),
    }
}

/// How long something took, from microseconds.
pub fn took(us: u64) -> String {
    match us {
        0..10_000 => tf(
            "format.ms",
            &[&format_args!("{}.{}", us / 1000, us % 1000 / 100)],
        ),
        10_000..10_000_000 => tf("format.ms", &[&number(us / 1000)]),
        _ => tf("format.s", &[&number(us / 1_000_000)]),
    }
}

/// A size in bytes, by powers of 1024.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if size < 1024 {
        return tn("format.bytes", size);
    }
    let mut unit = 0;
    let mut tenths = size * 10 / 1024;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{}{BOUND}{}", tenths / 10, tenths % 10, UNITS[unit])
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            tf("format.and", &[&first.join(", "), &last.as_ref()])
        }
    }
}

/// The text as a sentence begins.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// What a browser says of itself as "Firefox on Windows"; others' words stay as they are.
pub fn browser(agent: &str) -> String {
    // Each also names those it descends from, so the order counts.
    let browsers = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let named = |all: &[(&str, &'static str)]| {
        let mut known = all.iter();
        known
            .find(|(mark, _)| agent.contains(mark))
            .map(|one| one.1)
    };
    match (named(&browsers), named(&systems)) {
        (Some(browser), Some(system)) if agent.starts_with("Mozilla/") => {
            tf("sessions.agent_on", &[&browser, &system])
        }
        _ if agent.is_empty() => t("sessions.unknown_agent").to_owned(),
        _ => agent.to_owned(),
    }
}

/// The first letters of a name, for an avatar: of its first and last word.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| c.is_whitespace() || matches!(c, '.' | '@' | '_'))
        .filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    // Of an address only what stands before the host.
    let last = if name.contains('@') {
        words.next()
    } else {
        words.next_back()
    };
    let last = last.and_then(|word| word.chars().next());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .take(2)
        .collect()
}

/// A time zone by its name in the IANA database, which is in the binary: a bare box has none,
/// and everybody reads the same times.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The names of all time zones, in the order of the database.
pub fn zones() -> Vec<String> {
    let names = TimeZoneDatabase::bundled();
    names.available().map(|name| name.to_string()).collect()
}

/// A duration or a day: no line ends within.
fn bound(text: &str) -> String {
    text.replace(' ', &BOUND.to_string())
}

/// The words of [`Times::ago`], separated by `|`: now, past, future, and one and many of each
/// unit from seconds to days.
pub(super) fn relative_words() -> &'static str {
    static WORDS: LazyLock<String> = LazyLock::new(|| {
        let units = UNITS
            .iter()
            .flat_map(|(key, _)| [format!("{key}.one"), format!("{key}.other")].map(|key| t(&key)));
        let around = ["format.just_now", "format.ago", "format.in"].map(t);
        bound(
            &around
                .into_iter()
                .chain(units)
                .collect::<Vec<_>>()
                .join("|"),
        )
    });
    &WORDS
}

/// A moment, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// RFC 3339 in UTC, for `datetime`.
    pub iso: String,
    /// With the zone, for who points at it.
    pub absolute: String,
    pub text: String,
    /// Whether the text is relative to now, and goes on being.
    pub relative: bool,
}

/// How the viewer reads times.
#[derive(Debug, Clone)]
pub struct Times {
    zone: TimeZone,
    now_ms: i64,
}

impl Times {
    /// `now_ms` in milliseconds since 1970.
    pub fn new(zone: TimeZone, now_ms: i64) -> Self {
        Self { zone, now_ms }
    }

    pub fn utc(now_ms: i64) -> Self {
        Self::new(TimeZone::UTC, now_ms)
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The zone's name at this moment: `UTC`, `CET`.
    pub fn zone_name(&self) -> String {
        self.show(self.now_ms, "%Z")
    }

    fn show(&self, ms: i64, form: &str) -> String {
        let Ok(moment) = Timestamp::from_millisecond(ms) else {
            return String::new();
        };
        moment
            .to_zoned(self.zone.clone())
            .strftime(form)
            .to_string()
    }

    fn of(&self, ms: i64, text: String, relative: bool) -> When {
        let iso = Timestamp::from_millisecond(ms)
            .map_or_else(|_| String::new(), |moment| format!("{moment:.0}"));
        When {
            iso,
            absolute: self.show(ms, "%-d %b %Y, %H:%M:%S %Z"),
            text,
            relative,
        }
    }

    /// When a day of the viewer's begins, in milliseconds since 1970.
    pub fn day_begins(&self, day: jiff::civil::Date) -> Option<i64> {
        let begin = day.to_zoned(self.zone.clone()).ok()?;
        Some(begin.timestamp().as_millisecond())
    }

    /// Day and time: `12 Mar 2025, 09:14`. A line may end behind the day.
    pub fn at(&self, ms: i64) -> When {
        let (day, time) = (self.day(ms).text, self.show(ms, "%H:%M"));
        let text = if day.is_empty() {
            day
        } else {
            format!("{day}, {time}")
        };
        self.of(ms, text, false)
    }

    /// The day alone: `12 Mar 2025`.
    pub fn day(&self, ms: i64) -> When {
        self.of(ms, bound(&self.show(ms, "%-d %b %Y")), false)
    }

    /// The time alone, for rows under a day: `15:37:02`.
    pub fn clock(&self, ms: i64) -> When {
        self.of(ms, self.show(ms, "%H:%M:%S"), false)
    }

    /// Hour and minute, for the axis of a chart: `15:30`.
    pub fn hour(&self, ms: i64) -> String {
        self.show(ms, "%H:%M")
    }

    /// Relative to now, either way: `42 s ago`, `in 6 days`; a day when it is far.
    pub fn ago(&self, ms: i64) -> When {
        self.relative(ms).unwrap_or_else(|| self.day(ms))
    }

    /// The same beside other moments of one thing: when it is far, with its time as theirs.
    pub fn ago_or_at(&self, ms: i64) -> When {
        self.relative(ms).unwrap_or_else(|| self.at(ms))
    }

    /// `None`: too far away for that.
    fn relative(&self, ms: i64) -> Option<When> {
        let apart = self.now_ms.saturating_sub(ms);
        let size = apart.saturating_abs();
        if size >= RELATIVE_MAX_MS {
            return None;
        }
        let fits = |(_, unit): &&(&str, i64)| size >= *unit;
        let (key, unit) = UNITS.iter().rfind(fits).unwrap_or(&UNITS[0]);
        let count = u64::try_from(size / unit).unwrap_or(0);
        let text = if size < SECOND_MS {
            t("format.just_now").to_owned()
        } else if apart >= 0 {
            tf("format.ago", &[&tn(key, count)])
        } else {
            tf("format.in", &[&tn(key, count)])
        };
        Some(self.of(ms, bound(&text), true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T12:00:00Z.
    const NOON_MS: i64 = 1_795_262_400_000;

    #[test]
    fn numbers_have_their_thousands_apart() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1284), "1,284");
        assert_eq!(number(100_000), "100,000");
        assert_eq!(number(1_000_000), "1,000,000");
    }

    #[test]
    fn shares_are_as_exact_as_they_are_small() {
        assert_eq!(percent(0, 10), "0%");
        assert_eq!(percent(5, 0), "0%");
        assert_eq!(percent(4, 10_000), "0.04%");
        assert_eq!(percent(324, 10_000), "3.2%");
        assert_eq!(percent(58, 1_542), "3.8%");
        assert_eq!(percent(994, 10_000), "9.9%");
        assert_eq!(percent(995, 10_000), "10%");
        // Rounded once: 8.149 and 10.499 are nearer to what is below.
        assert_eq!(percent(8_149, 100_000), "8.1%");
        assert_eq!(percent(10_499, 100_000), "10%");
        assert_eq!(percent(99_499, 1_000_000), "9.9%");
        assert_eq!(percent(99_500, 1_000_000), "10%");
        assert_eq!(percent(1, 2), "50%");
        assert_eq!(percent(1, 1_000_000), "<0.01%");
        assert_eq!(percent(7, 7), "100%");
    }

    #[test]
    fn sizes_and_durations() {
        assert_eq!(bytes(1), "1\u{a0}byte");
        assert_eq!(bytes(1536), "1.5\u{a0}KiB");
        assert_eq!(bytes(5 * 1024 * 1024 * 1024), "5.0\u{a0}GiB");
        assert_eq!(took(900), "0.9\u{a0}ms");
        assert_eq!(took(14_200), "14\u{a0}ms");
        assert_eq!(took(12_000_000), "12\u{a0}s");
    }

    #[test]
    fn lists_and_initials() {
        assert_eq!(list(&["DNS"]), "DNS");
        assert_eq!(list(&["DNS", "Billing", "Cache"]), "DNS, Billing and Cache");
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(initials("Ines Duarte"), "ID");
        assert_eq!(initials("maria.lindqvist@acme.example"), "ML");
        assert_eq!(initials("admin@acme.example"), "AA");
        assert_eq!(initials("Плюс"), "П");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn times_are_the_viewers() {
        let times = Times::utc(NOON_MS);
        assert_eq!(times.at(NOON_MS).text, "21\u{a0}Nov\u{a0}2026, 12:00");
        assert_eq!(times.at(NOON_MS).iso, "2026-11-21T12:00:00Z");
        assert_eq!(times.ago(NOON_MS - 42_000).text, "42\u{a0}s\u{a0}ago");
        assert_eq!(
            times.ago(NOON_MS - 42_000).absolute,
            "21 Nov 2026, 11:59:18 UTC"
        );
        assert_eq!(times.ago(NOON_MS - 3 * DAY_MS).text, "3\u{a0}days\u{a0}ago");
        assert_eq!(times.ago(NOON_MS + DAY_MS).text, "in\u{a0}1\u{a0}day");
        assert_eq!(times.ago(NOON_MS).text, "just\u{a0}now");
        assert_eq!(
            times.ago(NOON_MS - 400 * DAY_MS).text,
            "17\u{a0}Oct\u{a0}2025"
        );
        let far = times.ago_or_at(NOON_MS - 400 * DAY_MS).text;
        assert_eq!(far, "17\u{a0}Oct\u{a0}2025, 12:00");
        assert_eq!(times.ago_or_at(NOON_MS).text, times.ago(NOON_MS).text);
        assert_eq!(times.at(i64::MAX).text, "");
        let tokyo = Times::new(zone("Asia/Tokyo").expect("a zone"), NOON_MS);
        assert_eq!(tokyo.clock(NOON_MS).text, "21:00:00");
        assert_eq!(tokyo.zone_name(), "JST");
        assert!(zone("Nowhere/At All").is_none());
        assert!(zones().len() > 400);
    }

    #[test]
    fn browsers_are_told_by_name() {
        let engine = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let linux = "Mozilla/5.0 (X11; Linux x86_64)";
        for (agent, told) in [
            (
                format!("{linux} {engine} Chrome/156.0 Safari/537.36"),
                "Chrome on Linux",
            ),
            (
                format!("{linux} {engine} Chrome/156.0 Safari/537.36 Edg/156.0"),
                "Edge on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; rv:150.0) Gecko Firefox/150.0".to_owned(),
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/156.0 Safari/604.1"
                    .to_owned(),
                "Chrome on iOS",
            ),
            ("curl/8.9 on Linux".to_owned(), "curl/8.9 on Linux"),
            (String::new(), "Unknown browser"),
        ] {
            assert_eq!(browser(&agent), told);
        }
    }
}
