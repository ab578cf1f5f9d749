//! The query string: nested names are dotted, lists repeat, and what is unknown is ignored.

use actix_web::HttpRequest;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::error::ApiError;
use crate::domain::instant::parse_ms;
use crate::domain::text::shown;
use crate::scim::list::decode;

/// Numbers beyond this are as good as it.
const NUMBER_MAX: f64 = 1e15;

/// The parameters, decoded, in the order sent. One without a value is as good as missing.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Errors: `Domain` (invalid) for percent signs that are no percent-encoding.
    pub fn of(req: &HttpRequest) -> Result<Self, ApiError> {
        let pairs = req
            .query_string()
            .split('&')
            .filter(|pair| !pair.is_empty());
        let decoded = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?.into_owned(), decode(value)?.into_owned()))
        });
        let mut all: Vec<(String, String)> = decoded.collect::<Result<_, ApiError>>()?;
        all.retain(|(_, value)| !value.is_empty());
        Ok(Self(all))
    }

    /// The first of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All of that name.
    pub fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    /// A whole number, written as the SDKs do: `2` or `2.0`.
    pub fn number(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let whole = || {
            let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
            rest.bytes()
                .all(|b| b == b'0')
                .then(|| whole.parse().ok())?
        };
        // Too long for a number of 64 bits, and a number all the same.
        let huge = || {
            let number: f64 = text.parse().ok()?;
            (number.abs() >= NUMBER_MAX).then_some(if number > 0.0 { i64::MAX } else { 0 })
        };
        whole().or_else(huge).map(Some).ok_or_else(|| {
            ApiError::field(name, format!("{name} must be a whole number; correct it."))
        })
    }

    pub fn boolean(&self, name: &str) -> Result<bool, ApiError> {
        match self.get(name) {
            None | Some("" | "false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(ApiError::field(
                name,
                format!("{name} must be true or false; correct it."),
            )),
        }
    }

    /// Whether `direction` asks for the reverse of an order that ascends by default.
    pub fn descending(&self) -> Result<bool, ApiError> {
        Ok(self.direction()? == Some(true))
    }

    /// `direction`: whether it descends; `None` where it was not sent.
    pub fn direction(&self) -> Result<Option<bool>, ApiError> {
        match self.get("direction") {
            None | Some("") => Ok(None),
            Some("asc") => Ok(Some(false)),
            Some("desc") => Ok(Some(true)),
            Some(_) => Err(ApiError::field(
                "direction",
                "direction must be asc or desc; send one of them.",
            )),
        }
    }

    /// A date (its beginning, UTC) or an instant, in milliseconds since 1970.
    pub fn instant(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let of_date = || {
            let date: Date = text.parse().ok()?;
            let start = date.to_zoned(TimeZone::UTC).ok()?;
            Some(start.timestamp().as_millisecond())
        };
        let read = if text.contains(['T', 't']) {
            parse_ms(text)
        } else {
            of_date()
        };
        read.map(Some).ok_or_else(|| {
            ApiError::field(
                name,
                format!(
                    "{name} is {:?}, which is no date (2026-11-21) and no time \
                     (2026-11-21T08:30:00Z); send one of these.",
                    shown(text)
                ),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn params(query: &str) -> Params {
        let request = TestRequest::with_uri(&format!("/?{query}"));
        Params::of(&request.to_http_request()).expect("parameters")
    }

    #[test]
    fn numbers_come_with_and_without_a_fraction() {
        let number = |text: &str| params(&format!("page={text}")).number("page").ok();
        assert_eq!(number("2"), Some(Some(2)));
        assert_eq!(number("2.0"), Some(Some(2)));
        assert_eq!(number(""), Some(None));
        assert_eq!(number("99999999999999999999999"), Some(Some(i64::MAX)));
        assert_eq!(number("-1e30"), Some(Some(0)));
        for bad in ["two", "2.5", "2x", "NaN"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn lists_repeat_and_names_are_dotted() {
        let params = params("a.not=x&a.not=y%20z&b=1");
        assert_eq!(params.all("a.not"), ["x", "y z"]);
        assert_eq!(params.get("b"), Some("1"));
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        let params = params("since=2026-11-21&before=2026-11-21T08:30:00Z&x=tomorrow");
        assert_eq!(params.instant("since").ok(), Some(Some(1_795_219_200_000)));
        assert_eq!(params.instant("before").ok(), Some(Some(1_795_249_800_000)));
        assert!(params.instant("x").is_err());
    }
}
