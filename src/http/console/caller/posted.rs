//! Forms: whose they are, and that a page of ours sent them for this browser (T-27).

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};

use super::{AccountCaller, Caller, Extraction, Returning, Visitor};
use crate::domain::error::Error;
use crate::http::State;
use crate::http::caller::state_of;
use crate::http::console::error::ConsoleError;
use crate::http::console::form::{self, Bound, FORM_BYTES_MAX, Form, LOGIN_BYTES_MAX};
use crate::http::console::{confirming, ended};

/// Whose forms have a token of their own.
pub trait Sender: FromRequest<Error = ConsoleError> {
    /// The most bytes of their forms.
    const BYTES_MAX: usize;

    fn state(&self) -> &State;

    /// What the token is bound to.
    fn bound_to(&self) -> Vec<u8>;

    /// Keeps the form where it may have to wait for the password.
    fn keep(&self, req: &HttpRequest, form: &Form);

    /// What is answered to a form of a page of ours that has another token than theirs, in place
    /// of the refusal alone: nothing of it is done.
    fn overtaken(&self, req: &HttpRequest, form: &Form) -> Option<HttpResponse>;
}

impl Sender for Visitor {
    const BYTES_MAX: usize = LOGIN_BYTES_MAX;

    fn state(&self) -> &State {
        &self.state
    }

    fn bound_to(&self) -> Vec<u8> {
        self.about()
    }

    /// They are asked for no password again.
    fn keep(&self, _: &HttpRequest, _: &Form) {}

    fn overtaken(&self, req: &HttpRequest, form: &Form) -> Option<HttpResponse> {
        if req.path() == "/login" {
            ended::of_overtaken(self, req, form)
        } else {
            None
        }
    }
}

impl Sender for Returning {
    /// It is bound to a page of ours, and read within the time of any body.
    const BYTES_MAX: usize = FORM_BYTES_MAX;

    fn state(&self) -> &State {
        &self.0.state
    }

    fn bound_to(&self) -> Vec<u8> {
        self.0.about()
    }

    fn keep(&self, _: &HttpRequest, _: &Form) {}

    fn overtaken(&self, req: &HttpRequest, form: &Form) -> Option<HttpResponse> {
        ended::of_overtaken(&self.0, req, form)
    }
}

impl Sender for Caller {
    const BYTES_MAX: usize = FORM_BYTES_MAX;

    fn state(&self) -> &State {
        &self.state
    }

    fn bound_to(&self) -> Vec<u8> {
        self.about()
    }

    fn keep(&self, req: &HttpRequest, form: &Form) {
        confirming::keep(self, req, form);
    }

    fn overtaken(&self, req: &HttpRequest, form: &Form) -> Option<HttpResponse> {
        ended::of_earlier(self, req, form)
    }
}

impl Sender for AccountCaller {
    const BYTES_MAX: usize = FORM_BYTES_MAX;

    fn state(&self) -> &State {
        &self.state
    }

    fn bound_to(&self) -> Vec<u8> {
        self.about()
    }

    fn keep(&self, req: &HttpRequest, form: &Form) {
        confirming::keep(self, req, form);
    }

    fn overtaken(&self, req: &HttpRequest, form: &Form) -> Option<HttpResponse> {
        ended::of_earlier(self, req, form)
    }
}

/// A form that a page of ours sent for this browser's caller.
pub struct Posted<C> {
    pub caller: C,
    pub form: Form,
}

impl<C: Sender + 'static> FromRequest for Posted<C> {
    type Error = ConsoleError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, body) = (req.clone(), web::Payload::from_request(req, payload));
        Box::pin(async move {
            let state = state_of(&req)?;
            form::same_site(&state, &req)?;
            let caller = C::extract(&req).await;
            let body = body
                .await
                .map_err(|_| Error::internal("a request without a body"))?;
            let caller = match caller {
                Err(ConsoleError::SignedOut) => {
                    ended::keep(&state, &req, body).await;
                    return Err(ConsoleError::SignedOut);
                }
                caller => caller?,
            };
            let form = form::parsed(caller.state(), &req, body, C::BYTES_MAX).await?;
            match form::bound(caller.state(), &form, &caller.bound_to()) {
                Bound::Here => {}
                Bound::Elsewhere if form::surely_ours(&state, &req) => {
                    if let Some(answer) = caller.overtaken(&req, &form) {
                        ended::answer_in_place(&req, answer);
                    }
                    return Err(form::cross_site());
                }
                Bound::Elsewhere | Bound::Nowhere => return Err(form::cross_site()),
            }
            caller.keep(&req, &form);
            Ok(Self { caller, form })
        })
    }
}
