//! What is asked of lists, by query string or in a SearchRequest, and lists in answers
//! (RFC 7644 3.4.2 and 3.4.3, RFC 9865).

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::error::{Error, Result};
use super::filter::Filter;
use super::path::AttrPath;
use super::project::Projection;
use super::value::type_name;
use super::write::push_number;
use super::{LIST_URN, SEARCH_URN, quirks};

/// Most resources of one page, announced as `filter.maxResults`; more is clamped.
pub const PAGE_MAX: i64 = 200;
/// Resources of a page when the client does not say.
pub const PAGE_DEFAULT: i64 = 100;

/// A query string's parameters, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Query<'r> {
    /// Reads `a=b&c=d`, where `+` and `%20` both mean a space: Entra sends the first, Okta
    /// the second. Fixture: `plus_and_percent_20_are_spaces`. Names are taken in any letter case:
    /// a `FILTER` that is passed over would answer with everybody.
    ///
    /// Errors: `invalidValue` for a parameter that occurs twice, and for percent signs that
    /// are no UTF-8 in percent-encoding.
    pub fn parse(raw: &'r str) -> Result<Self> {
        let mut parameters: Vec<(Cow<'r, str>, Cow<'r, str>)> = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if parameters
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(&name))
            {
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
        let is_it = |other: &str| other.eq_ignore_ascii_case(name);
        let found = self.0.iter().find(|(other, _)| is_it(other));
        found.map(|(_, value)| &**value)
    }
}

/// A name or a value of a query string.
///
/// Errors: `invalidValue` for percent signs that are no UTF-8 in percent-encoding.
pub fn decode(text: &str) -> Result<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
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
    let text = String::from_utf8(bytes).map_err(|_| bad_encoding())?;
    Ok(Cow::Owned(text))
}

fn bad_encoding() -> Error {
    Error::invalid_value(
        "The query string is not percent-encoded UTF-8; write % as %25 and encode each value.",
    )
}

/// What a client asks of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRequest {
    pub filter: Option<Filter>,
    pub sort: Option<SortRequest>,
    pub projection: Projection,
    pub paging: Paging,
}

/// `sortBy` and `sortOrder` (RFC 7644 3.4.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortRequest {
    pub by: AttrPath,
    pub descending: bool,
}

/// Which page is asked for, and by which of the two methods. Who names neither pages by
/// index, as clients did before there were cursors (RFC 9865 2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// RFC 7644 3.4.2.4.
    Index {
        /// How many rows stand before the page: `startIndex` without its beginning at 1.
        offset: i64,
        count: i64,
    },
    /// RFC 9865 2. `None`: the first page.
    Cursor {
        cursor: Option<String>,
        count: Option<i64>,
    },
}

/// The parameters as texts, whichever way they came.
#[derive(Debug, Default)]
struct Parameters<'r> {
    attributes: Option<Cow<'r, str>>,
    excluded: Option<Cow<'r, str>>,
    filter: Option<Cow<'r, str>>,
    sort_by: Option<Cow<'r, str>>,
    sort_order: Option<Cow<'r, str>>,
    start_index: Option<Cow<'r, str>>,
    count: Option<Cow<'r, str>>,
    cursor: Option<Cow<'r, str>>,
}

impl ListRequest {
    /// Reads the query of a GET.
    ///
    /// Errors: `invalidFilter`; `invalidValue` for a sortBy or sortOrder that can't be, for
    /// numbers that are none, and for `cursor` beside `startIndex`; `invalidCount`.
    pub fn from_query(query: &Query<'_>) -> Result<Self> {
        let text = |name| query.get(name).map(Cow::Borrowed);
        Self::read(&Parameters {
            attributes: text("attributes"),
            excluded: text("excludedAttributes"),
            filter: text("filter"),
            sort_by: text("sortBy"),
            sort_order: text("sortOrder"),
            start_index: text("startIndex"),
            count: text("count"),
            cursor: text("cursor"),
        })
    }

    /// Reads the SearchRequest of a POST (RFC 7644 3.4.3). Its `schemas` may be left out, and
    /// what is unknown is passed over.
    ///
    /// Errors: as [`Self::from_query`]; `invalidSyntax` for what is no such message.
    pub fn from_body(body: &Value) -> Result<Self> {
        let Value::Object(message) = body else {
            return Err(Error::invalid_syntax(format!(
                "The body must be a JSON object and is {}; send a SearchRequest.",
                type_name(body)
            )));
        };
        check_schemas(message)?;
        Self::read(&Parameters {
            attributes: names(message, "attributes")?,
            excluded: names(message, "excludedAttributes")?,
            filter: text(message, "filter")?,
            sort_by: text(message, "sortBy")?,
            sort_order: text(message, "sortOrder")?,
            start_index: number(message, "startIndex")?,
            count: number(message, "count")?,
            cursor: text(message, "cursor")?,
        })
    }

    /// What makes this another list than others: two requests with the same answer to this ask
    /// for pages of one list. `name` says which resources are listed.
    pub fn about(&self, name: &str) -> String {
        let mut about = name.to_owned();
        if let Some(filter) = &self.filter {
            about.push_str("\nfilter ");
            about.push_str(&filter.to_string());
        }
        if let Some(SortRequest { by, descending }) = &self.sort {
            about.push_str(if *descending { "\ndown " } else { "\nup " });
            about.push_str(&by.to_string());
        }
        about
    }

    fn read(parameters: &Parameters<'_>) -> Result<Self> {
        let filter = parameters
            .filter
            .as_deref()
            .map(Filter::parse)
            .transpose()?;
        Ok(Self {
            filter,
            sort: sort(parameters)?,
            projection: Projection::parse(
                parameters.attributes.as_deref(),
                parameters.excluded.as_deref(),
            ),
            paging: paging(parameters)?,
        })
    }
}

fn check_schemas(message: &Map<String, Value>) -> Result<()> {
    let urn = |value: &Value| {
        let text = value.as_str();
        text.is_some_and(|text| text.eq_ignore_ascii_case(SEARCH_URN))
    };
    let good = match quirks::member(message, "schemas") {
        None | Some(Value::Null) => true,
        Some(Value::Array(urns)) => urns.iter().any(urn),
        Some(other) => urn(other),
    };
    if good {
        return Ok(());
    }
    Err(Error::invalid_syntax(format!(
        "schemas does not name {SEARCH_URN}; send a SearchRequest message."
    )))
}

fn wrong_type(name: &str, wanted: &str, value: &Value) -> Error {
    let found = type_name(value);
    Error::invalid_value(format!(
        "{name} must be {wanted} and is {found}; correct it or leave it out."
    ))
}

/// A text of a message; null is none.
fn text<'r>(message: &'r Map<String, Value>, name: &str) -> Result<Option<Cow<'r, str>>> {
    match quirks::member(message, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(Cow::Borrowed(text))),
        Some(other) => Err(wrong_type(name, "a string", other)),
    }
}

/// A number as the text that a query string would have.
fn number<'r>(message: &'r Map<String, Value>, name: &str) -> Result<Option<Cow<'r, str>>> {
    match quirks::member(message, name) {
        Some(Value::Number(number)) => Ok(Some(Cow::Owned(number.to_string()))),
        Some(other @ (Value::Array(_) | Value::Object(_) | Value::Bool(_))) => {
            Err(wrong_type(name, "a whole number", other))
        }
        _ => text(message, name),
    }
}

/// An array of attributes' names as the text that a query string would have. One text with
/// commas, as in a query, is read too.
fn names<'r>(message: &'r Map<String, Value>, name: &str) -> Result<Option<Cow<'r, str>>> {
    let Some(Value::Array(items)) = quirks::member(message, name) else {
        return text(message, name);
    };
    let mut joined = String::new();
    for item in items {
        let Value::String(item) = item else {
            return Err(wrong_type(name, "an array of strings", item));
        };
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(item);
    }
    Ok(Some(Cow::Owned(joined)))
}

/// An order without anything to sort by says nothing, but must be one (RFC 7644 3.4.2.3).
fn sort(parameters: &Parameters<'_>) -> Result<Option<SortRequest>> {
    let descending = match parameters.sort_order.as_deref().unwrap_or_default() {
        "" => false,
        order if order.eq_ignore_ascii_case("ascending") => false,
        order if order.eq_ignore_ascii_case("descending") => true,
        _ => {
            return Err(Error::invalid_value(
                "sortOrder is neither ascending nor descending; send one of the two or leave it \
                 out.",
            ));
        }
    };
    let Some(by) = parameters.sort_by.as_deref().filter(|by| !by.is_empty()) else {
        return Ok(None);
    };
    let by = AttrPath::parse(by).ok_or_else(|| {
        let shown: String = by.chars().take(80).collect();
        Error::invalid_value(format!(
            "sortBy {shown:?} is not the name of an attribute; send one that /Schemas announces, \
             such as userName or name.familyName."
        ))
    })?;
    Ok(Some(SortRequest { by, descending }))
}

/// Below 1 a startIndex means 1, below 0 a count means 0 (RFC 7644 3.4.2.4), and above
/// [`PAGE_MAX`] that.
fn paging(parameters: &Parameters<'_>) -> Result<Paging> {
    let not_whole =
        |name: &str| format!("{name} must be a whole number; correct it or leave it out.");
    let clamped = |count: i64| count.clamp(0, PAGE_MAX);
    let count = parameters.count.as_deref().map(whole);
    let Some(cursor) = &parameters.cursor else {
        let count = match count {
            None => PAGE_DEFAULT,
            Some(count) => count.ok_or_else(|| Error::invalid_value(not_whole("count")))?,
        };
        let start = match &parameters.start_index {
            None => 1,
            Some(start) => {
                whole(start).ok_or_else(|| Error::invalid_value(not_whole("startIndex")))?
            }
        };
        return Ok(Paging::Index {
            offset: start.max(1) - 1,
            count: clamped(count),
        });
    };
    if parameters.start_index.is_some() {
        return Err(Error::invalid_value(
            "cursor and startIndex are two ways to ask for a page; send one of them.",
        ));
    }
    let count = match count {
        None => None,
        Some(count) => {
            let count = count.ok_or_else(|| Error::invalid_count(not_whole("count")))?;
            Some(clamped(count))
        }
    };
    Ok(Paging::Cursor {
        cursor: Some(cursor.to_string()).filter(|cursor| !cursor.is_empty()),
        count,
    })
}

/// A whole number; what has more digits than fit is beyond every page all the same.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let clamped = if text.starts_with('-') { 0 } else { i64::MAX };
    Some(text.parse().unwrap_or(clamped))
}

/// What an answer says around its resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    pub total: i64,
    /// 1-based, of pages by index.
    pub start_index: Option<i64>,
    pub next: Option<String>,
    pub previous: Option<String>,
}

impl Frame {
    /// Appends the start of a ListResponse, up to and including `"Resources":[`. The resources
    /// follow with commas between them, then [`Self::render_tail`]: what is known after they
    /// were read comes after them.
    pub fn render_head(out: &mut String) {
        out.push_str("{\"schemas\":[\"");
        out.push_str(LIST_URN);
        out.push_str("\"],\"Resources\":[");
    }

    /// Appends the end, with how many resources the page really has: that may be fewer than
    /// asked for. A cursor is made of letters that JSON takes as they are.
    pub fn render_tail(&self, items: usize, out: &mut String) {
        out.push_str("],\"totalResults\":");
        push_number(out, self.total);
        if let Some(start) = self.start_index {
            out.push_str(",\"startIndex\":");
            push_number(out, start);
        }
        out.push_str(",\"itemsPerPage\":");
        push_number(out, i64::try_from(items).unwrap_or(i64::MAX));
        for (name, cursor) in [
            ("previousCursor", &self.previous),
            ("nextCursor", &self.next),
        ] {
            if let Some(cursor) = cursor {
                out.push_str(",\"");
                out.push_str(name);
                out.push_str("\":\"");
                out.push_str(cursor);
                out.push('"');
            }
        }
        out.push('}');
    }
}

#[cfg(test)]
mod tests;
