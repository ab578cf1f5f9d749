//! What SCIM requests have in common: query, preconditions, bodies.

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use serde_json::Value;

use super::error::{HttpFault, ScimError};
use crate::app::members::{Precondition, Tags};
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::http::body;
use crate::http::caller::ScimCaller;
use crate::scim::json::{self, JsonLimits};
use crate::scim::list::{ListRequest, Query};
use crate::scim::project::Projection;
use crate::scim::quirks;

/// The query string and what it leaves of the answer.
pub struct Asked<'r> {
    pub query: Query<'r>,
    pub projection: Projection,
}

impl<'r> Asked<'r> {
    pub fn of(req: &'r HttpRequest) -> Result<Self, ScimError> {
        let query = Query::parse(req.query_string())?;
        let projection =
            Projection::parse(query.get("attributes"), query.get("excludedAttributes"));
        Ok(Self { query, projection })
    }
}

/// `If-Match` and `If-None-Match` of a write (RFC 9110 13.1.1, 13.1.2).
pub fn precondition(req: &HttpRequest) -> Precondition {
    Precondition {
        one_of: tags(req, header::IF_MATCH),
        none_of: tags(req, header::IF_NONE_MATCH),
    }
}

/// Whether the client that reads has this version already (`If-None-Match`).
///
/// Errors: `Stale` when `If-Match` wants another one.
pub fn is_known(req: &HttpRequest, version: &str) -> Result<bool, Error> {
    let Precondition { one_of, none_of } = precondition(req);
    let wanted = Precondition {
        one_of,
        none_of: None,
    };
    wanted.check(version)?;
    Ok(none_of.is_some_and(|tags| tags.have(version)))
}

/// The tags of a header; `None` without it. What is no text stays as a tag that no version
/// has, so that a garbled precondition fails and is not passed over.
fn tags(req: &HttpRequest, name: header::HeaderName) -> Option<Tags> {
    let mut tags = Vec::new();
    let mut sent = req.headers().get_all(name).peekable();
    sent.peek()?;
    for value in sent {
        let listed = value.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.extend(listed.filter(|tag| !tag.is_empty()).map(str::to_owned));
    }
    if tags.iter().any(|tag| tag == "*") {
        return Some(Tags::Any);
    }
    Some(Tags::These(tags))
}

/// The name a body gives to what it would make, if only for the log: it may be no good.
pub fn claimed_name(body: &Value, attribute: &str) -> String {
    let name = body
        .as_object()
        .and_then(|body| quirks::member(body, attribute));
    name.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Which limits a body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodySize {
    General,
    /// Creates or replaces a group, with its members.
    Group,
    /// Many operations.
    Bulk,
}

/// The body of a write, as strict JSON. Whoever may not write is told before the body is read.
pub async fn read_body(
    caller: &ScimCaller,
    req: &HttpRequest,
    payload: web::Payload,
    size: BodySize,
) -> Result<Value, ScimError> {
    caller.require(Permission::ScimWrite)?;
    let limits = caller.state().limits();
    let (bytes_max, json_limits) = match size {
        BodySize::General => (limits.scim_body_bytes, JsonLimits::GENERAL),
        BodySize::Group => (limits.group_body_bytes, JsonLimits::GROUP),
        BodySize::Bulk => (limits.bulk_body_bytes, JsonLimits::BULK),
    };
    let read = body::read(caller.state(), req, payload, bytes_max).await;
    let bytes = read.map_err(|fault| match fault {
        HttpFault::BodyTooLarge { max } if size == BodySize::Bulk => {
            HttpFault::BulkTooLarge { max }
        }
        fault => fault,
    })?;
    Ok(json::parse(&bytes, &json_limits)?)
}

/// What a list is asked for by GET.
pub fn list_request(req: &HttpRequest) -> Result<ListRequest, ScimError> {
    Ok(ListRequest::from_query(&Query::parse(req.query_string())?)?)
}

/// What it is asked for by POST: a search only reads (RFC 7644 3.4.3).
pub async fn search_request(
    caller: &ScimCaller,
    req: &HttpRequest,
    payload: web::Payload,
) -> Result<ListRequest, ScimError> {
    caller.require(Permission::ScimRead)?;
    let max = caller.state().limits().scim_body_bytes;
    let bytes = body::read(caller.state(), req, payload, max).await?;
    let body = json::parse(&bytes, &JsonLimits::GENERAL)?;
    Ok(ListRequest::from_body(&body)?)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    fn if_match(values: &[&[u8]]) -> Option<Tags> {
        let mut request = TestRequest::default();
        for value in values {
            let value = HeaderValue::from_bytes(value).expect("a header's value");
            request = request.append_header((header::IF_MATCH, value));
        }
        precondition(&request.to_http_request()).one_of
    }

    #[test]
    fn a_garbled_precondition_is_one_all_the_same() {
        let these = |tags: &[&str]| {
            Some(Tags::These(
                tags.iter().map(|&tag| tag.to_owned()).collect(),
            ))
        };
        assert_eq!(if_match(&[]), None);
        assert_eq!(if_match(&[b"\"\xff\""]), these(&[]));
        assert_eq!(if_match(&[b""]), these(&[]));
        assert_eq!(
            if_match(&[b" W/\"1\" ,\"2\"", b"\"3\""]),
            these(&["W/\"1\"", "\"2\"", "\"3\""])
        );
        assert_eq!(if_match(&[b"\"1\"", b"*"]), Some(Tags::Any));
    }
}
