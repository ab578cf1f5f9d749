//! Query strings, and lists in answers (RFC 7644 3.4.2).

use super::LIST_URN;
use super::error::{Error, Result};
use crate::domain::query::Page;

/// Most resources of one page, announced as `filter.maxResults`; more is clamped.
pub const PAGE_MAX: i64 = 200;
/// Resources of a page when the client does not say.
pub const PAGE_DEFAULT: i64 = 100;

/// A query string's parameters, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=b&c=d`, where `+` and `%20` both mean a space: Entra sends the first, Okta
    /// the second. Fixture: `plus_and_percent_20_are_spaces`.
    ///
    /// Errors: `invalidValue` for a parameter that occurs twice, and for percent signs that
    /// are no UTF-8 in percent-encoding.
    pub fn parse(raw: &str) -> Result<Self> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if parameters.iter().any(|(other, _)| *other == name) {
                let shown: String = name.chars().take(80).collect();
                return Err(Error::invalid_value(format!(
                    "The query parameter {shown:?} occurs twice; send it once."
                )));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// `startIndex` and `count`: below 1 means 1, below 0 means 0, above [`PAGE_MAX`] means
    /// that (RFC 7644 3.4.2.4).
    ///
    /// Errors: `invalidValue` for what is no whole number.
    pub fn page(&self) -> Result<Page> {
        let start = self.integer("startIndex")?.unwrap_or(1).max(1);
        let count = self.integer("count")?.unwrap_or(PAGE_DEFAULT);
        Ok(Page {
            offset: start - 1,
            limit: count.clamp(0, PAGE_MAX),
        })
    }

    fn integer(&self, name: &str) -> Result<Option<i64>> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::invalid_value(format!(
                "{name} must be a whole number; correct it or leave it out."
            )));
        }
        // What has more digits than fit is beyond every page all the same.
        let clamped = if text.starts_with('-') { 0 } else { i64::MAX };
        Ok(Some(text.parse().unwrap_or(clamped)))
    }
}

fn decode(text: &str) -> Result<String> {
    if !text.contains(['%', '+']) {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<u8>| char::from(b?).to_digit(16);
                let pair = (digit(rest.next()), digit(rest.next()));
                let (Some(high), Some(low)) = pair else {
                    return Err(bad_encoding());
                };
                u8::try_from(high * 16 + low).map_err(|_| bad_encoding())?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| bad_encoding())
}

fn bad_encoding() -> Error {
    Error::invalid_value(
        "The query string is not percent-encoded UTF-8; write % as %25 and encode each value.",
    )
}

/// Appends the start of a ListResponse, up to and including `"Resources":[`. The resources
/// follow with commas between them, then [`render_tail`].
pub fn render_head(total: i64, page: Page, out: &mut String) {
    out.push_str("{\"schemas\":[\"");
    out.push_str(LIST_URN);
    out.push_str("\"],\"totalResults\":");
    out.push_str(&total.to_string());
    out.push_str(",\"startIndex\":");
    out.push_str(&page.offset.saturating_add(1).to_string());
    out.push_str(",\"Resources\":[");
}

/// Appends the end, with how many resources the page really has: that may be fewer than
/// asked for.
pub fn render_tail(items: usize, out: &mut String) {
    out.push_str("],\"itemsPerPage\":");
    out.push_str(&items.to_string());
    out.push('}');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plus_and_percent_20_are_spaces() {
        for raw in [
            "filter=userName+eq+%22a%2Bb%22",
            "filter=userName%20eq%20%22a%2bb%22",
        ] {
            let query = Query::parse(raw);
            assert_eq!(
                query.as_ref().map(|query| query.get("filter")),
                Ok(Some("userName eq \"a+b\""))
            );
        }
    }

    #[test]
    fn bad_queries_are_refused() {
        for raw in ["a=1&a=2", "a=%", "a=%2", "a=%zz", "a=%ff", "%ff=1", "a&a"] {
            assert_eq!(
                Query::parse(raw).map_err(|error| error.status),
                Err(400),
                "{raw}"
            );
        }
        assert!(Query::parse("&&a=1&").is_ok_and(|query| query.get("a") == Some("1")));
    }

    #[test]
    fn pages_are_clamped() {
        let page = |raw: &str| {
            let page = Query::parse(raw).and_then(|query| query.page());
            page.map(|page| (page.offset, page.limit))
                .map_err(|error| error.status)
        };
        assert_eq!(page(""), Ok((0, PAGE_DEFAULT)));
        assert_eq!(page("startIndex=0&count=-1"), Ok((0, 0)));
        assert_eq!(page("startIndex=-5&count=200"), Ok((0, 200)));
        assert_eq!(page("startIndex=201&count=201"), Ok((200, 200)));
        assert_eq!(page("count=99999999999999999999"), Ok((0, 200)));
        assert_eq!(
            page("startIndex=99999999999999999999"),
            Ok((i64::MAX - 1, PAGE_DEFAULT))
        );
        for raw in [
            "count=x",
            "count=",
            "count=1.5",
            "startIndex=%2B1",
            "count=1e3",
        ] {
            assert_eq!(page(raw), Err(400), "{raw}");
        }
    }

    #[test]
    fn a_list_is_json() {
        let mut out = String::new();
        let page = Page {
            offset: 0,
            limit: 1,
        };
        render_head(7, page, &mut out);
        out.push_str("{}");
        render_tail(1, &mut out);
        let list: Option<serde_json::Value> = serde_json::from_str(&out).ok();
        assert!(list.is_some_and(|list| list["itemsPerPage"] == 1 && list["totalResults"] == 7));
    }

    proptest! {
        #[test]
        fn any_query_is_answered(raw in "\\PC{0,60}") {
            let _ = Query::parse(&raw).and_then(|query| query.page());
        }
    }
}
