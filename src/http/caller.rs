//! Who sends a request, as typed extractors: a handler that has one has authenticated. No
//! middleware compares paths, so no spelling of a path slips past one.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::State;
use super::api::error::ApiError;
use super::limits::RateOf;
use super::scim::error::{HttpFault, ScimError};
use super::scim::operation::Operation;
use crate::domain::actor::{Client, Permission, Request};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{AccountId, RequestId, push_hex};
use crate::domain::provisioning::{Note, Outcome, Target};
use crate::domain::reason::Reason;
use crate::domain::text::shown;
use crate::domain::token::TokenSecret;
use crate::store::activity::Visit;
use crate::store::tokens::{Seat, SecretHash};
use crate::store::tx::ReadTx;
use crate::store::writer::{Authority, LogSpec, Write};

/// What is known of a request's sender, for the logs: kept with the request, since a handler
/// that fails returns only its error.
#[derive(Clone)]
pub struct Known {
    pub seat: Arc<Seat>,
    /// Whether the request has its row in the provisioning log, or needs none.
    pub logged: Arc<AtomicBool>,
}

/// A SCIM client, with a token of the account in the path.
pub struct ScimCaller {
    state: State,
    seat: Arc<Seat>,
    secret: SecretHash,
    account: AccountId,
    request: Request,
    logged: Arc<AtomicBool>,
    base_url: String,
}

impl FromRequest for ScimCaller {
    type Error = ScimError;
    type Future = Ready<std::result::Result<Self, ScimError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

/// A request by somebody whose token is known, before it is looked at what for.
pub(in crate::http) struct Identity {
    pub(in crate::http) state: State,
    pub(in crate::http) request: Request,
    pub(in crate::http) secret: SecretHash,
    pub(in crate::http) seat: Arc<Seat>,
    logged: Arc<AtomicBool>,
}

impl Identity {
    /// Authenticates, within the token's rate, and remembers who it is for the logs.
    pub(in crate::http) fn of(req: &HttpRequest) -> std::result::Result<Self, ScimError> {
        let state = state_of(req)?;
        let request = request_of(req)?;
        let token = bearer(req.headers())?;
        let (secret, seat) = state.db().authenticate(&token)?;
        let known = Known {
            seat: Arc::clone(&seat),
            logged: Arc::default(),
        };
        let logged = Arc::clone(&known.logged);
        req.extensions_mut().insert(known);
        admit(&state, (&seat, &secret), &logged)?;
        Ok(Self {
            state,
            request,
            secret,
            seat,
            logged,
        })
    }
}

/// The account in the path; an address that is none is as unknown as any other.
pub(in crate::http) fn account_of(req: &HttpRequest) -> AccountId {
    let named = req.match_info().get("account_id");
    let account = named.and_then(|id| id.parse().ok());
    account.unwrap_or(AccountId::from_bytes([0; 16]))
}

impl ScimCaller {
    fn of(req: &HttpRequest) -> std::result::Result<Self, ScimError> {
        let Identity {
            state,
            request,
            secret,
            seat,
            logged,
        } = Identity::of(req)?;
        let account = account_of(req);
        seat.check(account, state.db().credential_now_ms(), request.address)?;
        check_host(req.headers())?;
        let mut base_url = state.origin(req);
        base_url.push_str("/client/v4/accounts/");
        push_hex(&mut base_url, account.as_bytes());
        base_url.push_str("/scim/v2");
        Ok(Self {
            state,
            seat,
            secret,
            account,
            request,
            logged,
            base_url,
        })
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The URL that the client calls us by, up to `/scim/v2`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The client behind the token.
    ///
    /// Errors: `Internal`, for a seat that no token opened: it can't come here.
    pub fn client(&self) -> Result<&Client> {
        self.seat
            .client()
            .ok_or_else(|| Error::internal("a SCIM caller without a token"))
    }

    pub fn request_id(&self) -> RequestId {
        self.request.id
    }

    pub fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.seat)
    }

    /// Whether the token may do this at all: asked before a body is read.
    pub fn require(&self, permission: Permission) -> Result<()> {
        self.seat.actor.require(permission)
    }

    /// A bounded read, on this thread.
    pub fn read<T, E: From<Error>>(
        &self,
        f: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.state.db().read(&self.seat, f)
    }

    /// A read that looks short, on this thread; `None` when it is for the pool.
    pub fn try_read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<Option<T>> {
        self.state.db().try_read(&self.seat, f)
    }

    /// A read that may take long, on the pool.
    pub async fn read_long<T, E>(
        &self,
        f: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.state.db().read_long(self.seat(), f).await
    }

    /// A write, with its row in the provisioning log.
    pub async fn write<T: Send + 'static>(
        &self,
        operation: Operation<T>,
    ) -> std::result::Result<T, ScimError> {
        let (request, logged) = (self.request.clone(), Arc::clone(&self.logged));
        let write = self.write_of(request, operation.target, operation.success, logged);
        self.state.db().write(write, operation.work).await
    }

    /// One of several writes of this request, with a row of its own in the provisioning log:
    /// `method` and `path` as the client sent them.
    pub fn write_within(
        &self,
        method: &str,
        path: &str,
        target: Target,
        success: u16,
    ) -> Write<ScimError> {
        let request = Request {
            method: shown(method).into(),
            uri: format!(
                "/client/v4/accounts/{}/scim/v2{}",
                self.account,
                shown(path)
            )
            .into(),
            started_us: self.state.db().clock().monotonic_us(),
            ..self.request.clone()
        };
        self.write_of(request, target, success, Arc::default())
    }

    fn write_of(
        &self,
        request: Request,
        target: Target,
        success: u16,
        logged: Arc<AtomicBool>,
    ) -> Write<ScimError> {
        Write {
            authority: Authority::Token {
                secret: self.secret,
                account: self.account,
            },
            permission: Permission::ScimWrite,
            request,
            log: Some(LogSpec {
                success,
                refusal: ScimError::refusal,
                note: Note {
                    target,
                    ..Note::default()
                },
                logged,
            }),
        }
    }
}

/// A caller of `/metrics`: any token whose account lets it read metrics.
pub struct MetricsCaller;

impl FromRequest for MetricsCaller {
    type Error = ApiError;
    type Future = Ready<std::result::Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

impl MetricsCaller {
    fn of(req: &HttpRequest) -> std::result::Result<Self, ApiError> {
        let state = state_of(req)?;
        let request = request_of(req)?;
        let token = bearer(req.headers())?;
        let (secret, seat) = state.db().authenticate(&token)?;
        let valid = seat.check_validity(state.db().credential_now_ms(), request.address);
        // It is no connection's request, and no write's: what is noted is that the token is used,
        // or would be.
        let visit = Visit {
            now_ms: state.db().clock().now_ms(),
            write: false,
            outcome: Outcome::Applied,
            held: false,
            barred: valid.as_ref().err().map(Error::reason),
            address: request.address,
            agent: &request.user_agent,
        };
        if valid.is_err() {
            state.db().activity().used(&seat, &visit);
        }
        valid?;
        admit(&state, (&seat, &secret), &AtomicBool::new(false))?;
        seat.actor.require(Permission::MetricsRead)?;
        state.db().activity().used(&seat, &visit);
        Ok(Self)
    }
}

pub(in crate::http) fn state_of(req: &HttpRequest) -> Result<State> {
    let state = req.app_data::<web::Data<State>>();
    state
        .map(|state| State::clone(state))
        .ok_or_else(|| Error::internal("the server was built without its state"))
}

/// The request as `observe` noted it.
pub(in crate::http) fn request_of(req: &HttpRequest) -> Result<Request> {
    let request = req.extensions().get::<Request>().cloned();
    request.ok_or_else(|| Error::internal("a request that was not observed"))
}

/// The rate limit, before anything costs: refusals are counted, not written. Whoever goes on with a
/// value that a roll replaced takes nothing from what its token may send.
fn admit(state: &State, (seat, secret): (&Seat, &SecretHash), logged: &AtomicBool) -> Result<()> {
    let Some(client) = seat.client() else {
        return Ok(());
    };
    let whose = if seat.is_replaced(state.db().credential_now_ms()) {
        RateOf::value(secret)
    } else {
        RateOf::token(client.token)
    };
    state
        .rates()
        .admit(whose, state.db().clock().monotonic_us())
        .map_err(|seconds| {
            logged.store(true, Ordering::Relaxed);
            Error::new(
                Kind::RateLimited,
                Reason::RateLimited,
                "This token sends more requests than it may; wait as Retry-After says and send the \
             rest.",
            )
            .with_retry_after(seconds)
        })
}

/// Answers repeat the host in their addresses, so it must be one (RFC 9112 3.2): letters of
/// JSON or of a URL's later parts have no place in it.
fn check_host(headers: &HeaderMap) -> std::result::Result<(), HttpFault> {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:[]%".contains(b);
    match headers.get(header::HOST).map(header::HeaderValue::as_bytes) {
        Some(host) if host.is_empty() || !host.iter().all(plain) => Err(HttpFault::HostInvalid),
        _ => Ok(()),
    }
}

/// The token of the one Authorization header (T-18): not of a query, a cookie or a body.
///
/// Errors: `Unauthenticated` without one of our form, a protocol error for two headers.
pub fn bearer(headers: &HeaderMap) -> std::result::Result<TokenSecret, ScimError> {
    let mut sent = headers.get_all(header::AUTHORIZATION);
    let value = sent.next().ok_or_else(missing)?;
    if sent.next().is_some() {
        return Err(HttpFault::AuthorizationTwice.into());
    }
    let text = value.to_str().map_err(|_| missing())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("Bearer") || token.trim().is_empty() {
        return Err(missing().into());
    }
    let malformed = || {
        Error::unauthenticated(
            Reason::TokenUnknown,
            "This is no token of Provost: it was cut or mistyped; copy it again, or make a new \
             one with `provost token create`.",
        )
    };
    Ok(TokenSecret::parse(token.trim()).ok_or_else(malformed)?)
}

fn missing() -> Error {
    Error::unauthenticated(
        Reason::TokenMissing,
        "The request has no bearer token; send the header \"Authorization: Bearer pvs_…\".",
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_a_port() {
        let check = |host: &'static [u8]| {
            let value = header::HeaderValue::from_bytes(host).expect("a header's value");
            let request = TestRequest::default().insert_header((header::HOST, value));
            check_host(request.to_http_request().headers())
        };
        for host in [
            "h",
            "scim.corp.example:7443",
            "10.0.0.1:80",
            "[::1]:7443",
            "a_b",
        ] {
            assert_eq!(check(host.as_bytes()), Ok(()), "{host}");
        }
        for host in [
            "", "a\"b", "a\\b", "a b", "a/b", "u@h", "h?x", "h#x", "<h>", "\u{e9}",
        ] {
            assert_eq!(
                check(host.as_bytes()),
                Err(HttpFault::HostInvalid),
                "{host}"
            );
        }
    }
}
