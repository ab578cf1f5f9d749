//! Who calls the REST API: a typed extractor, so that a handler that has one has authenticated.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::error::ApiError;
use crate::domain::actor::{Permission, Request};
use crate::domain::error::{Error, Result};
use crate::domain::id::{AccountId, AuditId, MemberId};
use crate::domain::reason::Reason;
use crate::http::State;
use crate::http::caller::{Identity, account_of};
use crate::store::Db;
use crate::store::tokens::{Seat, SecretHash};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::writer::{Authority, Write};

/// A client with a token: of the account in the path, where the path names one.
pub struct ApiCaller {
    state: State,
    seat: Arc<Seat>,
    secret: SecretHash,
    account: AccountId,
    request: Request,
}

/// What a write came to, and its row of the audit log, when it changed anything.
#[derive(Debug)]
pub struct Done<T> {
    pub value: T,
    pub audit: Option<AuditId>,
}

impl<T> Done<T> {
    pub fn map<U>(self, then: impl FnOnce(T) -> U) -> Done<U> {
        Done {
            value: then(self.value),
            audit: self.audit,
        }
    }
}

impl FromRequest for ApiCaller {
    type Error = ApiError;
    type Future = Ready<std::result::Result<Self, ApiError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

impl ApiCaller {
    fn of(req: &HttpRequest) -> std::result::Result<Self, ApiError> {
        let Identity {
            state,
            request,
            secret,
            seat,
            ..
        } = Identity::of(req).map_err(|error| in_our_words(req, error.into()))?;
        let account = match req.match_info().get("account_id") {
            Some(_) => account_of(req),
            None => seat
                .account
                .ok_or_else(|| Error::internal("a token without an account"))?,
        };
        seat.check(account, state.db().credential_now_ms(), request.address)?;
        Ok(Self {
            state,
            seat,
            secret,
            account,
            request,
        })
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn account(&self) -> AccountId {
        self.account
    }

    pub fn now_ms(&self) -> i64 {
        self.state.db().credential_now_ms()
    }

    /// The member who owns the token.
    ///
    /// Errors: `Forbidden` for a token that belongs to none.
    pub fn own_member(&self) -> Result<MemberId> {
        self.seat.actor.own_member()
    }

    /// Whether the token is of that account.
    ///
    /// Errors: `NotFound`.
    pub fn check(&self, account: AccountId) -> Result<()> {
        let address = self.request.address;
        self.seat.check(account, self.now_ms(), address)
    }

    /// Whether the token may do this at all: asked before a body is read.
    pub fn require(&self, permission: Permission) -> Result<()> {
        self.seat.actor.require(permission)
    }

    /// A bounded read, on this thread.
    pub fn read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.state.db().read(&self.seat, f)
    }

    /// A read that may take long, on the pool.
    pub async fn read_long<T: Send + 'static>(
        &self,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.state.db().read_long(Arc::clone(&self.seat), f).await
    }

    /// A write; the token must still allow `permission` when its turn comes.
    pub async fn write<T: Send + 'static>(
        &self,
        permission: Permission,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<Done<T>> {
        let write = self.authorized(permission);
        let work = move |tx: &WriteTx<'_>| {
            // The row of the audit log names the status of the answer.
            tx.note_status(200);
            let value = f(tx)?;
            let audit = tx.audit_id();
            Ok(Done { value, audit })
        };
        self.state.db().write(write, work).await
    }

    /// A use case that takes long and makes its write itself: see [`State::work`].
    pub async fn work<T: Send + 'static>(
        &self,
        permission: Permission,
        f: impl FnOnce(&Db, &Seat, Write<Error>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (seat, write) = (Arc::clone(&self.seat), self.authorized(permission));
        self.state.work(seat, write, f).await
    }

    fn authorized(&self, permission: Permission) -> Write<Error> {
        Write {
            authority: Authority::Token {
                secret: self.secret,
                account: self.account,
            },
            permission,
            request: self.request.clone(),
            log: None,
        }
    }
}

/// Which credentials this door takes, said to whoever sends none of them: the official clients
/// can be given a key in place of a token.
fn in_our_words(req: &HttpRequest, error: ApiError) -> ApiError {
    if error.reason() != Reason::TokenMissing {
        return error;
    }
    let keys = ["x-auth-key", "x-auth-user-service-key"];
    let message = if keys.iter().any(|name| req.headers().contains_key(*name)) {
        "API keys and service keys are not taken here; make an API token, and send it in the \
         header \"Authorization: Bearer pva_…\"."
    } else {
        "The request has no bearer token; send the header \"Authorization: Bearer pva_…\"."
    };
    Error::unauthenticated(Reason::TokenMissing, message).into()
}
