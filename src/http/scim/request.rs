//! What SCIM requests have in common: query, preconditions, bodies.

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use serde_json::Value;

use super::error::ScimError;
use crate::app::members::Precondition;
use crate::domain::actor::Permission;
use crate::http::body;
use crate::http::caller::ScimCaller;
use crate::scim::json::{self, JsonLimits};
use crate::scim::list::Query;
use crate::scim::project::Projection;

/// The longest answer of a list: its page is shortened to fit.
pub const LIST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A page that begins further in walks over as many rows first: that is not for a worker.
pub const NEAR_OFFSET_MAX: i64 = 5_000;

/// The query string and what it leaves of the answer.
pub struct Asked {
    pub query: Query,
    pub projection: Projection,
}

impl Asked {
    pub fn of(req: &HttpRequest) -> Result<Self, ScimError> {
        let query = Query::parse(req.query_string())?;
        let projection =
            Projection::parse(query.get("attributes"), query.get("excludedAttributes"));
        Ok(Self { query, projection })
    }
}

/// `If-Match` (RFC 9110 13.1.1): `*` asks only that the record is there, which every route
/// with it asks anyway.
pub fn if_match(req: &HttpRequest) -> Precondition {
    let tags = tags(req, header::IF_MATCH);
    if tags.is_empty() || tags.iter().any(|tag| tag == "*") {
        Precondition::None
    } else {
        Precondition::OneOf(tags)
    }
}

/// Whether the client has this version already (`If-None-Match`, RFC 9110 13.1.2).
pub fn is_known(req: &HttpRequest, version: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_owned();
    tags(req, header::IF_NONE_MATCH)
        .iter()
        .any(|tag| tag == "*" || opaque(tag) == opaque(version))
}

fn tags(req: &HttpRequest, name: header::HeaderName) -> Vec<String> {
    req.headers()
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().to_owned())
        .filter(|tag| !tag.is_empty())
        .collect()
}

/// Which limits a body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodySize {
    General,
    /// Creates or replaces a group, with its members.
    Group,
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
    };
    let bytes = body::read(caller.state(), req, payload, bytes_max).await?;
    Ok(json::parse(&bytes, &json_limits)?)
}
