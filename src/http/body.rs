//! Reads request bodies: only of the announced type, only so large, only so slowly. The
//! framework has a time limit for the head of a request and none for its body.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;

use super::State;
use super::scim::error::HttpFault;

/// A body may start as slowly as it likes for this long.
const GRACE_MICROSECONDS: u64 = 5_000_000;
/// How often a body that does not come is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The whole body of a SCIM request, at most `max` bytes.
///
/// Errors: `MediaType`, `ContentEncoding`, `BodyTooLarge` (before reading on), `BodyTooSlow`,
/// `BodyBroken`.
pub async fn read(
    state: &State,
    req: &HttpRequest,
    payload: Payload,
    max: usize,
) -> Result<Bytes, HttpFault> {
    check_type(req)?;
    receive(state, req, payload, max).await
}

/// The same of a body of any type.
///
/// Errors: `BodyTooLarge` (before reading on), `BodyTooSlow`, `BodyBroken`.
pub async fn receive(
    state: &State,
    req: &HttpRequest,
    mut payload: Payload,
    max: usize,
) -> Result<Bytes, HttpFault> {
    let announced = req
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(HttpFault::BodyTooLarge { max });
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(64 * 1024));
    let clock = state.db().clock();
    let started = clock.monotonic_us();
    let total = state.limits().body_seconds.saturating_mul(1_000_000);
    loop {
        let elapsed = clock.monotonic_us().saturating_sub(started);
        let left = Duration::from_micros(total.saturating_sub(elapsed));
        let came = tokio::time::timeout(left.min(LOOK), payload.next()).await;
        match came {
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(Ok(chunk))) => {
                if body.len() + chunk.len() > max {
                    return Err(HttpFault::BodyTooLarge { max });
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Some(Err(_))) => return Err(HttpFault::BodyBroken),
            Err(_) => {}
        }
        let elapsed = clock.monotonic_us().saturating_sub(started);
        let paced = elapsed.saturating_sub(GRACE_MICROSECONDS) / 1_000_000;
        let owed = paced.saturating_mul(state.limits().body_bytes_per_second_min);
        let have = u64::try_from(body.len()).unwrap_or(u64::MAX);
        if elapsed >= total || have < owed {
            return Err(HttpFault::BodyTooSlow);
        }
    }
}

fn check_type(req: &HttpRequest) -> Result<(), HttpFault> {
    let mut encodings = req.headers().get_all(header::CONTENT_ENCODING);
    if encodings.any(|encoding| encoding != "identity") {
        return Err(HttpFault::ContentEncoding);
    }
    // RFC 7644 3.1: application/scim+json, and application/json is widely sent. A client that
    // names no type is read all the same.
    let named = req.headers().get(header::CONTENT_TYPE);
    let json = ["application/scim+json", "application/json"]
        .iter()
        .any(|json| req.content_type().trim().eq_ignore_ascii_case(json));
    if named.is_none() || json {
        Ok(())
    } else {
        Err(HttpFault::MediaType)
    }
}
