//! Around every request: its id, the limits that need no body, the headers that every answer
//! has, and what is written and counted of it afterwards.

use std::any::Any;
use std::borrow::Cow;
use std::future::poll_fn;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use actix_web::{HttpMessage, web};

use super::State;
use super::api::error::ApiError;
use super::caller::{Known, account_of};
use super::console::{self, error::ConsoleError};
use super::error::Dialect;
use super::knocks::Knock;
use super::limits::OpenConnection;
use super::metrics::known_method;
use super::scim::bulk::Undone;
use super::scim::error::{HttpFault, ScimError};
use super::watch::Watched;
use crate::domain::actor::Request;
use crate::domain::error::Error;
use crate::domain::id::RequestId;
use crate::domain::provisioning::{Note, Outcome, Refusal, Target};
use crate::domain::reason::Reason;
use crate::store::activity::Visit;
use crate::store::tokens::Seat;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const NOSNIFF: HeaderName = HeaderName::from_static("x-content-type-options");

/// The network connection under an accepted one.
pub(in crate::http) fn stream_of(io: &dyn Any) -> Option<&TcpStream> {
    io.downcast_ref::<TcpStream>().or_else(|| {
        io.downcast_ref::<TlsStream<TcpStream>>()
            .map(|tls| tls.get_ref().0)
    })
}

/// The address at the other end of a connection, when it is a network's.
pub fn peer_of(io: &dyn Any) -> Option<IpAddr> {
    let peer = stream_of(io)?.peer_addr().ok()?;
    Some(peer.ip().to_canonical())
}

/// The outermost middleware.
pub async fn observe(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let Some(state) = req
        .app_data::<web::Data<State>>()
        .map(|state| State::clone(state))
    else {
        return Err(ApiError::from(Error::internal("the server has no state")).into());
    };
    let request = describe(&state, &req);
    let reads = matches!(req.method().as_str(), "GET" | "HEAD");
    req.extensions_mut().insert(request.clone());
    let answering = req.conn_data::<Watched>().map(Watched::answering);
    let place = state.in_flight().enter();
    let refused = refuse(&state, &req, place.is_some());
    let mut res = match refused {
        Some(fault) => {
            let response = Dialect::of(&request.uri).fault(fault).error_response();
            req.into_response(response).map_into_boxed_body()
        }
        None => answer(&request, next.call(req))
            .await?
            .map_into_boxed_body(),
    };
    drop(place);
    finish(&state, &request, reads, &res).await;
    if let Some(page) = console::error::page_for(&res, state.db().clock().now_ms()) {
        res = res.into_response(page);
    }
    console::cookies::hand_out(&mut res);
    let headers = res.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&request.id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(NOSNIFF, HeaderValue::from_static("nosniff"));
    // Static files alone say otherwise.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    console::headers::complete(headers, state.is_https());
    Ok(res.map_body(|_, body| match answering {
        Some(answering) => answering.send(body),
        None => body,
    }))
}

/// The handler's answer. A panic in it is ours to log and the client's to be told of: it must
/// not look like a broken network, which clients ask again at once.
async fn answer<T>(
    request: &Request,
    handler: impl Future<Output = Result<T, actix_web::Error>>,
) -> Result<T, actix_web::Error> {
    let mut handler = pin!(handler);
    let caught = poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        },
    );
    caught.await.unwrap_or_else(|_| {
        tracing::error!(request = %request.id, uri = &*request.uri, "a handler panicked");
        let error = Error::internal("a handler panicked");
        Err(Dialect::of(&request.uri).error(error))
    })
}

fn describe(state: &State, req: &ServiceRequest) -> Request {
    let agent = req
        .headers()
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let peer = req.peer_addr().map(|peer| peer.ip());
    Request {
        id: RequestId::from_bytes(state.db().entropy().uuid_v7(state.db().clock().now_ms())),
        method: method_of(req.method()),
        // Without the query: filters name people (T-58).
        uri: cut(req.uri().path(), 1024).into(),
        user_agent: cut(agent.unwrap_or_default(), 256).into(),
        address: state.client_address(peer, req.headers()),
        started_us: state.db().clock().monotonic_us(),
    }
}

fn method_of(method: &Method) -> Cow<'static, str> {
    let method = method.as_str();
    known_method(method).map_or_else(|| Cow::Owned(method.to_owned()), Cow::Borrowed)
}

/// The text, at most so many bytes of it.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What is refused before the request is looked at.
fn refuse(state: &State, req: &ServiceRequest, placed: bool) -> Option<HttpFault> {
    let crowded = req
        .conn_data::<OpenConnection>()
        .is_some_and(|connection| connection.too_many);
    if crowded {
        return Some(HttpFault::TooManyConnections);
    }
    let max = state.limits().head_bytes;
    let uri = req
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let headers = req.headers();
    let head: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if uri + head > max || headers.len() > state.limits().headers {
        return Some(HttpFault::HeadTooLarge { max });
    }
    // Whoever restarts what does not answer must not do so because there is much to do.
    let asks_health = matches!(req.path(), "/healthz" | "/readyz");
    (!placed && !asks_health).then_some(HttpFault::TooManyRequests)
}

/// Counts the request and writes what the logs keep of it.
async fn finish(
    state: &State,
    request: &Request,
    reads: bool,
    res: &ServiceResponse<impl MessageBody>,
) {
    let status = res.status().as_u16();
    let took_us = state
        .db()
        .clock()
        .monotonic_us()
        .saturating_sub(request.started_us);
    let route = res.request().match_name();
    // A search is a read, whatever its method (RFC 7644 3.4.3).
    let searches = route.is_some_and(|route| route.ends_with("/.search"));
    let reads = reads || searches;
    state
        .metrics()
        .count(&request.method, route, status, took_us);
    let refusal = refusal_of(res);
    let denial = denial_of(res).or_else(|| console_denial_of(res));
    let reason = refusal.as_ref().map(|refusal| refusal.reason).or(denial);
    say(request, status, took_us, reason);
    let known = res.request().extensions().get::<Known>().cloned();
    let now_ms = state.db().clock().now_ms();
    let Some(Known { seat, logged }) = known else {
        nobody_known(state, request, (res, reason), now_ms);
        return;
    };
    let undone = res.request().extensions().get::<Undone>().copied();
    let visit = Visit {
        now_ms,
        write: !reads,
        outcome: outcome_of(refusal.as_ref(), undone, status),
        held: reason == Some(Reason::Brake) || undone.is_some_and(|undone| undone.held),
        barred: barred(&seat, request, reason, state.db().credential_now_ms()),
        address: request.address,
        agent: &request.user_agent,
    };
    let told = counted(state, res, (&seat, &visit));
    let activity = state.db().activity();
    // To be asked for the password again is no refusal: whoever gives it goes on.
    let tells = |reason: Reason| {
        reason != Reason::ConfirmationNeeded
            && (!reason.is_of_credential() || activity.tells_barred(&seat, now_ms))
    };
    if let (Some(reason), 403) = (denial, status)
        && tells(reason)
    {
        state
            .db()
            .log_denial(Arc::clone(&seat), request.clone(), reason)
            .await;
    }
    if let Some(refusal) = refusal
        && told
        && !logged.load(Ordering::Relaxed)
    {
        let note = Note {
            target: target_of(res),
            ..Note::default()
        };
        state
            .db()
            .log_refusal(seat, request.clone(), note, refusal)
            .await;
    }
}

/// Counts a request of somebody who is known. Whether more is told of it than that.
fn counted(
    state: &State,
    res: &ServiceResponse<impl MessageBody>,
    (seat, visit): (&Seat, &Visit<'_>),
) -> bool {
    let activity = state.db().activity();
    let scim = matches!(Dialect::of(res.request().path()), Dialect::Scim);
    let replaced = visit.barred == Some(Reason::TokenReplaced);
    let told = !replaced || activity.tells_replaced(seat, visit.now_ms);
    if scim && told {
        activity.record(seat, visit);
    } else {
        // A script's look at the REST API is no sync of its connection.
        activity.used(seat, visit);
    }
    // Of what is refused so over SCIM the provisioning log tells.
    if !scim && res.status().as_u16() == 401 && visit.barred.is_some() {
        activity.record_denied(visit.address, visit.now_ms);
    }
    told
}

/// A request by nobody who is known: an attempt, where it was refused for that.
fn nobody_known(
    state: &State,
    request: &Request,
    (res, reason): (&ServiceResponse<impl MessageBody>, Option<Reason>),
    now_ms: i64,
) {
    // Looking at a page without being signed in is no attempt.
    if res.status().as_u16() != 401 || console::error::is_signed_out(res) {
        return;
    }
    state.db().activity().record_denied(request.address, now_ms);
    let provider = matches!(Dialect::of(res.request().path()), Dialect::Scim);
    if provider && res.request().match_info().get("account_id").is_some() {
        let unknown = reason == Some(Reason::TokenUnknown);
        let knock = Knock {
            at_ms: now_ms,
            address: request.address,
        };
        state
            .knocks()
            .add(account_of(res.request()), knock, unknown);
    }
}

/// Why the caller's token let it in no further, at the time by which credentials are judged.
fn barred(seat: &Seat, request: &Request, reason: Option<Reason>, now_ms: i64) -> Option<Reason> {
    match reason {
        // Who asks too often is told so before their token is looked at.
        Some(Reason::RateLimited) => {
            let valid = seat.check_validity(now_ms, request.address);
            valid.err().map(|error| error.reason())
        }
        _ => reason.filter(|reason| reason.is_of_credential()),
    }
}

fn outcome_of(refusal: Option<&Refusal>, undone: Option<Undone>, status: u16) -> Outcome {
    match (refusal, undone) {
        (Some(refusal), _) => refusal.outcome(),
        (None, Some(undone)) if undone.failed => Outcome::Failed,
        (None, Some(_)) => Outcome::Refused,
        (None, None) if status >= 500 => Outcome::Failed,
        (None, None) if status >= 400 => Outcome::Refused,
        (None, None) => Outcome::Applied,
    }
}

fn refusal_of(res: &ServiceResponse<impl MessageBody>) -> Option<Refusal> {
    let error = res.response().error()?.as_error::<ScimError>()?;
    if let Some(request) = res.request().extensions().get::<Request>() {
        log_cause(request.id, error);
    }
    Some(error.refusal())
}

/// Why the REST API refused, which has no row in the provisioning log.
fn denial_of(res: &ServiceResponse<impl MessageBody>) -> Option<Reason> {
    let error = res.response().error()?.as_error::<ApiError>()?;
    if let Some(request) = res.request().extensions().get::<Request>() {
        write_down(request.id, error.cause());
    }
    Some(error.reason())
}

/// Why the console refused.
fn console_denial_of(res: &ServiceResponse<impl MessageBody>) -> Option<Reason> {
    let error = res.response().error()?.as_error::<ConsoleError>()?;
    if let Some(request) = res.request().extensions().get::<Request>() {
        write_down(request.id, error.cause());
    }
    Some(error.reason())
}

/// Writes down what only our log may know of an error.
pub(in crate::http) fn log_cause(request: RequestId, error: &ScimError) {
    write_down(request, error.cause());
}

fn write_down(request: RequestId, cause: Option<&Error>) {
    match cause {
        Some(cause) if cause.reason() == Reason::Internal => {
            tracing::error!(%request, error = ?cause, "a request failed");
        }
        Some(cause) => tracing::warn!(%request, error = ?cause, "a request could not be served"),
        None => {}
    }
}

/// What a refused request was about, as far as its path tells.
fn target_of(res: &ServiceResponse<impl MessageBody>) -> Target {
    let req = res.request();
    let route = req.match_name().unwrap_or_default();
    let me = req
        .extensions()
        .get::<Known>()
        .and_then(|known| known.seat.client()?.member);
    if let Some(me) = me.filter(|_| route.ends_with("/Me")) {
        return Target {
            kind: "User",
            id: me.to_string(),
            name: String::new(),
        };
    }
    let kind = if route.contains("/Users") {
        "User"
    } else if route.contains("/Groups") {
        "Group"
    } else {
        ""
    };
    let id = req.match_info().get("id").unwrap_or_default().to_owned();
    Target {
        kind,
        id,
        name: String::new(),
    }
}

/// The access log: refusals for everybody, the rest for whoever turns the level up.
fn say(request: &Request, status: u16, took_us: u64, reason: Option<Reason>) {
    let (id, method, uri) = (request.id, &*request.method, &*request.uri);
    let address = request.address.as_ref().map(tracing::field::display);
    if let Some(reason) = reason {
        let reason = reason.code();
        tracing::info!(request = %id, method, uri, status, took_us, address, reason, "refused");
    } else {
        tracing::debug!(request = %id, method, uri, status, took_us, address, "answered");
    }
}
